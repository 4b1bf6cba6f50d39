"""Judges nobody here wrote. Each takes files and answers with what is wrong; an empty list is a pass.

One call judges many files: the Java ones take a second to start.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.parts.java import java
from tests.parts.maven import jars
from tests.parts.npm import node_modules

ATOM = Path(__file__).parent / "atom.rnc"


def verapdf(paths: Sequence[Path], flavour: str) -> list[str]:
    """veraPDF on PDFs; ``flavour`` is ``2a`` (PDF/A-2a), ``ua1`` (PDF/UA-1) …; a line for each broken rule."""
    answer = _run_java("verapdf", "org.verapdf.apps.GreenfieldCliWrapper", "-f", flavour, "--format", "json", *paths)
    jobs = json.loads(answer.stdout)["report"]["jobs"]
    if len(jobs) != len(paths):
        raise RuntimeError(f"veraPDF judged {len(jobs)} of {len(paths)} files: {answer.stderr}")
    return [line for job in jobs for line in _pdf_failures(job)]


def _pdf_failures(job: dict[str, Any]) -> list[str]:
    name = job["itemDetails"]["name"]
    if "validationResult" not in job:
        return [f"{name}: not judged: {job.get('taskException')}"]
    return [
        f"{name}: {rule['specification']} {rule['clause']}-{rule['testNumber']}: {rule['description']}"
        for result in job["validationResult"]
        for rule in result["details"]["ruleSummaries"]
    ] + [f"{name}: {result['statement']}" for result in job["validationResult"] if not result["compliant"]]


def nu(paths: Sequence[Path]) -> list[str]:
    """The Nu HTML checker on pages, errors only; a line for each error, with its place."""
    checker = node_modules() / "vnu-jar/build/dist/vnu.jar"
    command: list[str | Path] = [java(), "-jar", checker, "--errors-only", "--format", "json", *paths]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return [
        f"{found.get('url', '')}:{found.get('lastLine', 0)}: {found['message']} | {found.get('extract', '')!r}"
        for found in json.loads(answer.stderr)["messages"]
    ]


def jing(*paths: Path, grammar: Path = ATOM) -> list[str]:
    """jing on XML, by default with the grammar of Atom (RFC 4287); a line for each error, with its place."""
    answer = _run_java("jing", "com.thaiopensource.relaxng.util.Driver", "-c", grammar, *paths)
    errors = [*answer.stdout.splitlines(), *answer.stderr.splitlines()]
    if answer.returncode and not errors:
        raise RuntimeError(f"jing ended with {answer.returncode} and no word")
    return errors


def axe(page: Page) -> list[str]:
    """axe-core on the page as it stands in the browser; a line for each element that breaks a rule."""
    page.evaluate((node_modules() / "axe-core/axe.min.js").read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {' '.join(node['target'])}: {node['html']}"
        for rule in found
        for node in rule["nodes"]
    ]


def _run_java(name: str, main: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [java(), "-cp", f"{jars(name)}/*", main, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
