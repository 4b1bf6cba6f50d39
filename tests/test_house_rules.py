"""The rules of the house, checked on the source itself."""

import ast
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

from channels.base import names
from config.limits import every_limit
from config.messages import catalogue
from tests.longest import LONGEST
from tests.source import PRODUCT, ROOT, TESTS, imported, python_files, text_files, tree

AREAS = sorted(file.stem for file in (ROOT / "config" / "messages").glob("*.toml"))


def test_imports_run_the_way_the_data_runs() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout


def test_no_channel_knows_another() -> None:
    channels = set(names())
    for file in python_files("channels"):
        own = file.relative_to(ROOT / "channels").parts[0].removesuffix(".py")
        known = {module.split(".")[1] for module in imported(file) if module.startswith("channels.")}
        ours = {own, own.removeprefix("staff_")}  # one for staff is its public twin, in words of its own
        assert known & channels <= ours, f"{file.relative_to(ROOT)} imports another channel"


@pytest.mark.parametrize("package", PRODUCT)
def test_a_package_of_ours_is_ours(package: str) -> None:
    """Our names are common ones: a distribution that brings its own ``channels`` would shadow ours."""
    assert Path(str(import_module(package).__file__)).is_relative_to(ROOT)


# -- data that the code promises to use ------------------------------------------------------------


def test_every_limit_has_the_test_that_breaks_it() -> None:
    proven = {
        tuple(argument.value for argument in node.args if isinstance(argument, ast.Constant))
        for file in python_files("tests")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "breaks"
    }
    rows = {(limit.channel, limit.name) for limit in every_limit()}
    assert sorted(rows - proven) == []
    assert sorted(proven - rows) == []


@pytest.mark.parametrize("area", AREAS)
def test_every_message_is_in_both_languages_and_used(area: str) -> None:
    mentioned, prefixes = _mentioned_messages()
    for name, texts in catalogue(area).items():
        key = f"{area}.{name}"
        assert texts.keys() == {"zh", "en"}, key
        assert all(text.strip() for text in texts.values()), key
        assert _blanks(texts["zh"]) == _blanks(texts["en"]), f"{key}: other blanks in Chinese than in English"
        assert key in mentioned or key.startswith(tuple(prefixes)), f"{key} is never said"


def test_what_is_said_is_in_the_catalogues_with_its_blanks_filled() -> None:
    for file in python_files(*PRODUCT):
        for call in _calls_of_say(file):
            where = f"{file.relative_to(ROOT)}:{call.lineno}"
            key = call.args[0]
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                continue
            area, _, name = key.value.partition(".")
            assert area in AREAS, where
            assert name in catalogue(area), f"{where}: {key.value}"
            if all(keyword.arg for keyword in call.keywords):
                given = {keyword.arg for keyword in call.keywords}
                assert given == _blanks(catalogue(area)[name]["zh"]), f"{where}: {key.value}"


def _calls_of_say(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say" and node.args:
            yield node


def _mentioned_messages() -> tuple[set[str], set[str]]:
    """Every text in our code and templates that reads ``area.name``, and the beginnings of those put together."""
    whole, begun = set[str](), set[str]()
    for node in chain.from_iterable(ast.walk(tree(file)) for file in python_files(*PRODUCT)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole.add(node.value)
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            begun.add(str(node.values[0].value))
    for template in (ROOT / "templates").rglob("*.j2"):
        whole.update(re.findall(r"""["']([a-z_]+\.[a-z0-9_]+)["']""", template.read_text("utf-8")))
    return whole, {text for text in begun if text.split(".")[0] in AREAS and "." in text}


def _blanks(text: str) -> set[str]:
    return {re.split(r"[.\[]", blank)[0] for _, blank, _, _ in string.Formatter().parse(text) if blank}


# -- what may not be in the repository -------------------------------------------------------------

# A letter in brackets keeps each word from being found here.
UNWANTED = re.compile(
    r"TO[D]O|FIX[M]E|raise NotImplemented[E]rror|pytest\.mark\.ski[p]|pytest\.mark\.xfai[l]"
    r"|/wor[k]/|pyp[i]\.org|python[h]osted|npm[j]s\.org|repo1?\.ma[v]en|deb\.deb[i]an|golang[.]org"
    r"|(?i:cl[a]ude|anth[r]opic|open[a]i|chat[g]pt|sub-?ag[e]nt|co-authored-b[y])"
)


def test_nothing_unwanted_is_in_the_repository() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for file in text_files()
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1)
        if UNWANTED.search(line)
    ]
    assert found == []


# -- packages --------------------------------------------------------------------------------------


def test_the_longest_files_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


@pytest.mark.parametrize(("lists", "packages"), [(("product",), PRODUCT), (("product", "test"), PRODUCT + TESTS)])
def test_what_is_imported_is_declared_and_the_other_way_round(
    lists: tuple[str, ...], packages: tuple[str, ...]
) -> None:
    declared = dict(chain.from_iterable(_declared(ROOT / "requirements" / f"{name}.in") for name in lists))
    brings = packages_distributions()
    modules = {module.split(".")[0] for file in python_files(*packages) for module in imported(file)}
    ours = {*PRODUCT, *TESTS}
    used = {_normal(brings[module][0]) for module in modules - ours - sys.stdlib_module_names if module in brings}
    undeclared = used - declared.keys()
    assert sorted(undeclared) == []
    idle = {name for name, reason in declared.items() if not reason} - used
    assert sorted(idle) == [], "declared, never imported, and no reason beside it"


def _declared(file: Path) -> Iterator[tuple[str, str]]:
    """Each package of a list with what is written beside it."""
    for line in file.read_text("utf-8").splitlines():
        package, _, reason = line.partition("#")
        if package.strip() and not package.startswith("-"):
            yield _normal(re.split(r"[\[<>=]", package)[0]), reason.strip()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
