"""An office that asks for comments, and how the public answers: by the form as a browser sends it."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import requests

from channels import base
from config.clock import DrivenClock, wall
from config.comments import form, numbers, work
from notices.document import Draft, read
from notices.samples import expand
from producers.publish import Published, publish
from streams.comments.comment import Disposition, comments_of, undecided
from streams.comments.handle import Decided, decide
from tests.journeys.town import BY, Outlet, Town, opened, prepared
from tests.producers.papers import Desk
from tests.source import ROOT

NUMBER = "JC-2026-02"
OUTLETS = (
    Outlet("site", "website", options={"comments": True}),
    Outlet("ybj-site", "website", "ybj"),
)
FORM = {"content-type": "application/x-www-form-urlencoded"}


@contextmanager
def consulted(folder: Path, clock: DrivenClock | None = None) -> Iterator[Town]:
    """The town of two offices, of which one takes comments; nothing is published."""
    with prepared(folder / "home", clock or DrivenClock(), OUTLETS) as ground, opened(ground) as town:
        yield town


def asking(town: Desk, *, first: int = 0, last: int = 30, number: str = NUMBER, more: Mapping[str, str] = {}) -> Draft:
    """A notice that asks for comments from so many days after today to so many days after."""
    today = wall(town.clock.now())
    begins, ends = (f"{today + timedelta(days=days):%Y-%m-%d}" for days in (first, last))
    own = {
        "决策编号": number,
        "征求意见开始": f'"{begins}"',
        "征求意见截止": f'"{ends}"',
        "征求意见天数": f"{last - first}日",
        "反馈承诺日": f'"{today + timedelta(days=last + 20):%Y-%m-%d}"',
        "渠道": "[website]",
        **({"不足三十日的理由": "急"} if last - first < 30 else {}),
        **more,
    }
    return _draft(town, "t06b-consultation-posts.md", own, without=("附件", "渠道用语"))


def ask_public(town: Desk, **how: object) -> Published:
    """Publish it."""
    return publish(town.house, asking(town, **how), by=BY)  # type: ignore[arg-type]  # as asking has it


def extend(town: Desk, *, was: int = 30, last: int = 45, number: str = NUMBER) -> Published:
    """Publish that comments are taken for longer: until so many days after today."""
    was_to, open_to, feedback = (
        f"{wall(town.clock.now()) + timedelta(days=n):%Y-%m-%d}" for n in (was, last, last + 20)
    )
    dates = {"原截止日": f'"{was_to}"', "延长后截止日": f'"{open_to}"', "反馈承诺日": f'"{feedback}"'}
    own = {"决策编号": number, "渠道": "[website]", **dates}
    return publish(town.house, _draft(town, "t15-extension-posts.md", own, without=("关联", "渠道用语")), by=BY)


def feed_back(town: Desk, number: str = NUMBER) -> Published:
    """Publish what became of the comments, whatever it says; those that have no answer yet are adopted."""
    waiting = undecided(town.house.store.read(lambda c: comments_of(c, "rsj", number)))
    answers = [Decided(one.id, Disposition.ADOPTED, "写进文件") for one in waiting]
    town.house.store.write(lambda tx: decide(tx, answers, office="rsj", by=BY))
    return publish(town.house, feeding_back(town, number), by=BY)


def feeding_back(town: Desk, number: str = NUMBER, **more: str) -> Draft:
    """The notice of what became of them, as somebody writes it by hand."""
    own = {"决策编号": number, "渠道": "[website]", **more}
    return _draft(town, "t07-feedback-hardship.md", own, without=("关联", "渠道用语"))


def _draft(town: Desk, sample: str, own: Mapping[str, str], *, without: tuple[str, ...]) -> Draft:
    source = expand((ROOT / "samples" / sample).read_text("utf-8"), town.clock.now())
    front, body = source.removeprefix("---\n").split("\n---\n", 1)
    kept, left_out = [], False
    for line in front.splitlines():
        if not line.startswith((" ", "-")):
            left_out = line.partition(":")[0] in (*own, *without)
        if not left_out:
            kept.append(line)
    text = body.split("\n## ")[0].replace("修订征求意见稿.pdf", "")
    text += "\n\n## 征求意见稿\n\n岗位类别增加养老服务协理、托育辅助。" if "t06" in sample else ""
    lines = [*kept, *(f"{name}: {value}" for name, value in own.items())]
    file = town.house.home / "draft.md"
    file.write_text("\n".join(["---", *lines, "---", "", text, ""]), "utf-8")
    public = [name for name in base.names() if base.load(name).public]
    offices = [town.house.outlets.office(name) for name in town.house.configuration.offices]
    return read(file, offices=offices, public_channels=public)


@dataclass(frozen=True)
class Sent:
    """What a form was answered with."""

    status: int
    page: str
    headers: Mapping[str, str]

    @property
    def receipt(self) -> str:
        """The receipt number on the page."""
        found = re.search(r"<code>([0-9A-Z]{5}(?:-[0-9A-Z]{5}){3})</code>", self.page)
        assert found, self.page
        return found[1]

    @property
    def wrong(self) -> "list[str]":
        """The Chinese of what the page says is wrong."""
        found = re.findall(r'<li><a href="#[a-z]+">(.*?)</a>', self.page)
        return [re.sub(r" <span.*?</span>", "", one) for one in found]

    @property
    def handed_back(self) -> str:
        """The text that goes back to whoever wrote it, as a browser would show it."""
        found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", self.page, re.DOTALL)
        assert found, self.page
        return re.sub(r"&(lt|gt|amp|#34|#39);", lambda one: ESCAPED[one[1]], found[1])


ESCAPED = {"lt": "<", "gt": ">", "amp": "&", "#34": '"', "#39": "'"}


@dataclass(frozen=True)
class Reader:
    """Somebody who comments, with no browser."""

    town: Town

    def address(self, of: Published | str) -> str:
        name = of if isinstance(of, str) else of.notice
        return f"{self.town.house.configuration.public_url}/comment/{name}"

    def form(self, of: Published | str) -> "dict[str, str]":
        """The hidden fields of a fresh form, and the right answer to its question."""
        page = requests.get(self.address(of), timeout=20)
        assert page.status_code == 200, page.text
        token = re.search(r'name="form" value="([^"]+)"', page.text)
        assert token is not None
        return {"form": token[1], "answer": str(answer(page.text))}

    def send(self, of: Published | str, fields: Mapping[str, str], **headers: str) -> Sent:
        """As a browser posts it; header names with ``_`` for ``-``."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answered = requests.post(self.address(of), data=dict(fields), headers=given, timeout=30)
        return Sent(answered.status_code, answered.content.decode(), answered.headers)

    def say(self, of: Published | str, text: str, **more: str) -> Sent:
        """Fill a form in as a person without scripts does, in the time that it takes."""
        fields = self.form(of)
        self.town.clock.advance(form().least)
        return self.send(of, {**fields, "text": text, **more})

    def look(self, receipt: str, **more: str) -> Sent:
        """Enter a receipt number."""
        return self.send("receipt", {"receipt": receipt, **more})


def answer(page: str) -> int:
    """The sum that a form asks for."""
    found = re.search(r'<label for="answer">(.+?)加(.+?)等于几', page)
    assert found is not None, page
    return numbers("zh").index(found[1]) + numbers("zh").index(found[2])


def solved(token: str) -> str:
    """The work for a form, done by a machine of one's own."""
    mark, found = token.rpartition(".")[2], []
    for puzzle in range(work().puzzles):
        number = 0
        while hashlib.sha256(f"{mark}.{puzzle}.{number}".encode()).digest()[:4] >= LEAST:
            number += 1
        found.append(str(number))
    return ",".join(found)


LEAST = (1 << (32 - work().bits)).to_bytes(4)


def at(days: int, seconds: float = 0) -> datetime:
    """So many seconds after midnight here, so many days after the day on which a driven clock begins."""
    midnight = wall(DrivenClock().now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days, seconds=seconds)
