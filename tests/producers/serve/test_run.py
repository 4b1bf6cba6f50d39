"""``gongkai run`` as a newcomer meets it: a process, its partner, the samples; broken off, and started again."""

import json
import os
import re
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests import waiting
from tests.producers.serve.doors import ask, listening
from tests.producers.serve.processes import Gongkai, asked, free_ports, started

SAMPLES, ACTS = 16, 2
MATTERS = 2  # that the samples are of, each with a page of its own


def loaded(home: Path) -> tuple[int, int]:
    """How many samples are published, how many acts done."""
    found = json.loads((home / "samples.json").read_text("utf-8"))
    return len(found["notices"]), len(found["acts"])


def until(running: Gongkai, notices: int, acts: int) -> None:
    """Wait until so much is loaded, looking at the status page meanwhile."""
    with listening(running.addresses["Status"]) as stream:
        while loaded(running.home) < (notices, acts):
            stream.next("beat")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_newcomers_first_hour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, port = tmp_path / "var", free_ports(3)
    with started("run", home, port) as first:
        outlets = ["Partner's inbox", "Group chat", "Official account", "Phones"]
        assert list(first.addresses) == ["Public site", "Feeds", "Posters", "Status", *outlets]
        assert first.addresses["Public site"] == f"http://127.0.0.1:{port}/"
        assert urlsplit(first.addresses["Partner's inbox"]).port == port + 2
        until(first, 3, 0)
        refused = asked("run", home, free_ports(3))
        assert refused.returncode == 6, refused.stderr
        children = psutil.Process(first.process.pid).children()
        code, seconds = first.end()  # in the middle of loading
        assert (code, seconds < 10) == (0, True)
        assert not any(child.is_running() for child in children)
    assert loaded(home) < (SAMPLES, ACTS)
    with started("run", home, port) as second:
        until(second, SAMPLES, ACTS)
        everything_is_there(second)
        children = psutil.Process(second.process.pid).children()
        assert any("sandbox" in child.cmdline() for child in children)
        second.process.kill()  # however it goes, nobody stays behind
        second.process.wait()
        assert psutil.wait_procs(children, 10)[1] == []
    before = (home / "samples.json").read_bytes()
    with started("run", home, port) as third:
        with listening(third.addresses["Status"]) as stream:
            stream.next("beat")
            assert third.memory <= 150
            memory = third.memory
        assert ask(third.addresses["Status"], "/readyz").status == 200
        ending = third.end(signal.SIGTERM)
        assert ending[0] == 0
    assert (home / "samples.json").read_bytes() == before
    assert "Traceback" not in first.errors.read_text() + third.errors.read_text()
    with capsys.disabled():
        starts = ", ".join(f"{one.seconds:.1f}" for one in (first, second, third))
        print(f"\nready after {starts} s (aim 3), idle {memory:.0f} MB (aim 150), load {os.getloadavg()[0]:.1f}")  # noqa: T201 - a figure


def test_a_taken_port_is_told_before_anything_is_written(tmp_path: Path) -> None:
    home, port = tmp_path / "var", free_ports(3)
    with socket.create_server(("127.0.0.1", port + 2)):
        refused = asked("run", home, port)
    assert refused.returncode == 4, refused.stderr
    assert str(port + 2) in refused.stderr
    assert not (home / "gongkai.toml").exists()


def everything_is_there(running: Gongkai) -> None:
    """Site, feeds, posters, inbox, chat and account have the samples, with the correction and the withdrawal."""
    notices = json.loads((running.home / "samples.json").read_text("utf-8"))["notices"]
    site = running.addresses["Public site"]
    expected = {
        notices["t11-guide-enrolment"]: "社保大厅1至6号窗口",
        notices["t05-cases-completed"]: "统计口径有误",
        notices["t09-hall-outage"]: "供电故障",
    }
    with listening(running.addresses["Status"]) as stream:
        while not all(words in page_of(site, name) for name, words in expected.items()):
            stream.next("beat")
        while not is_settled(running):
            stream.next("beat")
    waiting.until(lambda: ask(site, "/feeds/all.atom").body.decode().count("</entry>") == SAMPLES + MATTERS)
    for name in notices.values():  # with every step of every attempt there was
        for lang in ("zh", "en"):
            assert ask(running.addresses["Status"], f"/notices/{name}?lang={lang}").status == 200
    wall = ask(running.addresses["Posters"], "/posters").body.decode()
    images = re.findall(r'<img src="(/files/[^"]+)"', wall)
    hung = list((running.home / "outlets/poster-a3/public/posters").iterdir())
    assert len(images) == len(hung) >= 12
    assert ask(running.addresses["Posters"], images[0]).headers["content-type"] == "image/png"
    inbox = ask(running.addresses["Partner's inbox"], "/partner/ribao/inbox.json")
    verdicts = {entry["verdict"] for entry in json.loads(inbox.body)["entries"]}
    assert verdicts == {"stored"}  # each once, each signed
    chat = json.loads(ask(running.addresses["Group chat"], "/group/gongzuoqun/messages.json").body)["lines"]
    told = SAMPLES - 1 + ACTS + 1  # one sample names channels of its own; a consultation is extended
    assert [line["errcode"] for line in chat] == [0] * told
    assert len({line["content"] for line in chat}) == len(chat)
    account = ask(running.addresses["Official account"], "/wechat/").body.decode()
    assert account.count("已发布，未群发") >= 10
    assert "撤回说明" in account
    phones = ask(running.addresses["Phones"], "/phones").body.decode()
    held = re.findall(r'href="(/phones/\w+)"', phones)
    assert len(held) == 12
    phone = ask(running.addresses["Phones"], held[0]).body.decode()
    assert phone.count("【云岭高新区人社局】") == 7, "five notices, a correction, a withdrawal"
    assert "短信里的内容不变" in phone
    assert "已撤回" in phone


def page_of(site: str, name: str) -> str:
    """The words of a notice's page: marks may stand between them."""
    month, _, rest = name.partition("-")
    found = ask(site, f"/n/{month}/{rest}.html")
    assert found.status in (200, 404)  # 404 until it is written
    return re.sub(r"<[^>]*>", "", found.body.decode())


def is_settled(running: Gongkai) -> bool:
    """Whether every delivery has come as far as it can without a person."""
    metrics = ask(running.addresses["Status"], "/metrics").body.decode()
    states = set(re.findall(r'gongkai_deliveries{channel="\w+",state="(\w+)"}', metrics))
    states -= {"superseded"}  # what a matter's page said while its news came fast
    return states == {"delivered", "accepted"} and "gongkai_oldest_waiting_seconds{" not in metrics
