"""The Dockerfile: what is set up natively, in an image that can do little. Nothing builds it here; this reads it."""

import re
import tomllib
from pathlib import Path

from tests.deploy.compose import OURS, services
from tests.deploy.image import Step, is_sent, sent, stages
from tests.source import PRODUCT, ROOT, text_files

SET_UP, RUNS = stages()
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def texts(stage: list[Step], word: str) -> list[str]:
    return [step.text for step in stage if step.word == word]


def test_both_stages_are_on_one_pinned_python() -> None:
    bases = {texts(stage, "FROM")[0].partition(" ")[0] for stage in (SET_UP, RUNS)}
    (base,) = bases
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+", base)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert tuple(map(int, base.partition(":")[2].split("-")[0].split("."))) >= tuple(
        map(int, wanted.removeprefix(">=").split("."))
    )


def test_it_is_set_up_as_make_does() -> None:
    """The same packages by the same hashes, the same fonts by the same command, the same install of our own."""
    done = " ".join(texts(SET_UP, "RUN"))
    installs = re.findall(r"^\t@\$\(PIP\) (.*(?:product\.txt|--editable \.))$", MAKEFILE, re.M)
    assert len(installs) == 2
    for line in installs:
        assert line in done
    assert "$(BIN)/python -m config.fonts" in MAKEFILE
    assert ".venv/bin/python -m config.fonts" in done
    assert "curl" not in done
    assert "apt-get" not in done, "nothing that is not pinned"
    for package in PRODUCT:
        assert f" {package}" in done, "compiled: nothing can be written later"


def test_it_runs_as_nobody_who_could_do_anything() -> None:
    (user,) = texts(RUNS, "USER")
    assert {service["user"] for name, service in services().items() if name in OURS} == {user}
    uid, _, gid = user.partition(":")
    (made,) = texts(RUNS, "RUN")
    assert f"--uid {uid} --gid {gid}" in made
    assert f"--owner {uid} --group {gid} --mode 0750 /gongkai" in made
    assert [step.word for step in RUNS][-3:] == ["USER", "ENTRYPOINT", "CMD"]
    assert "--chown" not in " ".join(texts(RUNS, "COPY")), "the program cannot rewrite itself"


def test_what_is_copied_is_there_and_holds_no_secret() -> None:
    for source in (text.split()[:-1] for text in texts(SET_UP, "COPY")):
        assert all((ROOT / one).exists() for one in source)
    assert all((ROOT / name).exists() for name in sent())
    for name in (".env", ".git/config", "installation/secrets/ribao", "var/gongkai.sqlite", "tests/conftest.py"):
        assert not is_sent(Path(name))
    words = " ".join(step.text for stage in (SET_UP, RUNS) for step in stage)
    assert not re.search(r"(?i)password|secret|token|_key", words)
    assert "ARG" not in {step.word for stage in (SET_UP, RUNS) for step in stage}


def test_all_of_the_product_is_in_it() -> None:
    """``tests/deploy/test_services.py`` runs the services from nothing but what is sent."""
    files = [file.relative_to(ROOT) for file in text_files()]
    product = [file for file in files if file.parts[0] in PRODUCT]
    assert len(product) > 100
    assert all(map(is_sent, product))
