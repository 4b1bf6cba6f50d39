"""The papers of a matter, made of the sample notices: a consultation, its feedback, what was decided."""

import re
import shutil
from contextlib import suppress
from datetime import date, timedelta
from typing import Protocol

from config.clock import DrivenClock, wall
from notices.document import Draft, read
from notices.samples import expand
from producers.house import House
from producers.matter_acts import MatterExists, Signed, begin, exempt
from producers.publish import Published, publish
from producers.schedule.fire import fire_due
from tests.journeys.town import BY, Town
from tests.producers.desk import PUBLIC
from tests.source import ROOT

NUMBER = "JC-2026-02"
SAMPLES = {
    "t10": "t10-explained-hardship",
    "t06": "t06b-consultation-posts",
    "t07": "t07-feedback-hardship",
    "t08": "t08-progress-posts",
    "t14": "t14-decision-hardship",
    "t15": "t15-extension-posts",
}


class Desk(Protocol):
    """Where somebody writes: a town, or a house and its clock alone."""

    house: House
    clock: DrivenClock


def paper(town: Desk, kind: str, **front: str) -> Draft:
    """The sample of ``kind`` for the matter ``NUMBER``, for site and feed, with these lines of its front matter."""
    return sample(town, SAMPLES[kind], **{"渠道": "[website, feed]", "决策编号": NUMBER, "关联": "[]", **front})


def sample(town: Desk, name: str, **front: str) -> Draft:
    """The sample file of that name with these lines of its front matter; one that is empty or ``[]`` is left out."""
    source = expand((ROOT / "samples" / f"{name}.md").read_text("utf-8"), town.clock.now())
    given = {"发文机关": "rsj", **front}
    head, _, body = source.removeprefix("---\n").partition("\n---\n")
    for one in given:
        head = re.sub(rf"^{one}:.*\n(?:[ -].*\n)*", "", head + "\n", flags=re.MULTILINE).rstrip("\n")
    lines = [f"{one}: {value}" for one, value in given.items() if value not in ("[]", "")]
    for attached in (ROOT / "samples").glob("*.[pc][ds][fv]"):
        shutil.copy(attached, town.house.home)
    made = town.house.home / f"{name}.md"
    made.write_text("\n".join(["---", head, *lines, "---", body]), "utf-8")
    offices = [town.house.outlets.office(one) for one in town.house.configuration.offices]
    return read(made, offices=offices, public_channels=PUBLIC)


def spare(town: Desk, number: str) -> None:
    """It is on record that the public of this matter was asked before."""
    signed = Signed("陈远", "吴桐")
    with suppress(MatterExists):
        begin(town.house, "rsj", number, name="制定办法", section="bgs", signed=signed, by=BY)
    exempt(town.house, "rsj", number, reason="本系统启用前已在原网站公开征求意见", signed=signed, by=BY)


def today(town: Desk) -> date:
    """The day on the town's clock."""
    return wall(town.clock.now()).date()


def consult(town: Town, first: int = 1, days: int = 31, promised: int = 58, **front: str) -> Published:
    """Publish a consultation that opens in ``first`` days, and do what is due by it."""
    return said(town, publish(town.house, consultation(town, first, days, promised, **front), by=BY))


def consultation(town: Desk, first: int = 1, days: int = 31, promised: int = 58, **front: str) -> Draft:
    """One that opens in ``first`` days, for ``days``, with feedback promised in ``promised`` days."""
    day = today(town)
    open_from, open_to = day + timedelta(days=first), day + timedelta(days=first + days)
    dates = {"征求意见开始": f"{open_from}", "征求意见截止": f"{open_to}", "征求意见天数": f"{days}日"}
    dates["反馈承诺日"] = f"{day + timedelta(days=promised)}"
    return paper(town, "t06", **{**dates, "渠道用语": "", "座谈安排": "另行通知", **front})


def said(town: Town, done: Published) -> Published:
    """Let the stages hear of it, and tell what is due by it."""
    work(town)
    return done


def work(town: Town) -> None:
    """Do everything that is due now."""
    town.engine.run_until_idle()
    while fire_due(town.house):
        town.engine.run_until_idle()
