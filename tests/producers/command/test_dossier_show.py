"""``dossier show``: what comes next of a matter, at which instant and why, and what stands against deciding it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from config.clock import SHANGHAI, DrivenClock
from config.matters import tellings
from notices.occasions import Event
from producers.command.dossier.why import source_of
from producers.command.exits import Exit
from producers.matter_acts import Signed, begin, exempt
from producers.publish import publish
from producers.schedule.recount import next_recount
from streams import triggers
from tests.journeys.town import BY, NOBODY, Ground, Outlet, Town, furnish, opened
from tests.producers.command.conftest import Terminal
from tests.producers.desk import books
from tests.producers.papers import NUMBER, SAMPLES, consult, paper, said, work

ASKED = "关于公开征求《云岭高新区公益性岗位开发管理办法（修订征求意见稿）》意见的公告"
SIGNED = Signed("陈远", "吴桐")
BY_15 = "重大行政决策程序暂行条例第十五条"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """An office at its desk on 23 November, and a terminal with the same clock."""
    furnish(tmp_path / "home", NOBODY, [Outlet("site", "website")])
    monkeypatch.setenv("GONGKAI_CLOCK", str(tmp_path / "clock"))
    clock = DrivenClock(datetime(2026, 11, 23, 10, tzinfo=SHANGHAI), file=tmp_path / "clock")
    with opened(Ground(tmp_path / "home", clock)) as here:
        yield here


def coming(town: Town) -> list[tuple[str, str, str]]:
    """What comes next, as a program reads it: when, what and why."""
    told = Terminal(town.house.home).ok("dossier", "show", NUMBER, "--office", "rsj")["coming"]
    found = [(datetime.fromisoformat(one["at"]).astimezone(SHANGHAI), one["what"], one["why"]) for one in told]
    return [(f"{at:%Y-%m-%d %H:%M:%S}", what, why) for at, what, why in found]


def shown(town: Town, lang: str = "zh") -> str:
    """What a person reads, as one line."""
    return Terminal(town.house.home)("dossier", "show", NUMBER, "--office", "rsj", "--lang", lang).out


def test_after_a_consultation_it_lists_each_instant_and_what_it_rests_on(town: Town) -> None:
    consult(town, 渠道="[website]")  # from the 24th to 25 December, feedback by 20 January
    promised = source_of(tellings()[Event.FEEDBACK_DUE])
    closes = f"“{ASKED}”写明征求意见截止2026-12-25"
    answers = f"“{ASKED}”写明反馈承诺日2027-01-20"
    assert coming(town) == [
        ("2026-11-24 00:00:00", "开始征求意见", f"“{ASKED}”写明征求意见开始2026-11-24（{BY_15}）"),
        ("2026-12-23 00:00:00", "即将截止", f"{closes}，截止前3天告知（{BY_15}）"),
        ("2026-12-26 00:00:00", "征求意见截止", f"{closes}（{BY_15}）"),
        ("2027-01-20 00:00:00", "反馈到期", f"{answers}（{promised}）"),
        ("2027-01-28 00:00:00", "反馈超期", f"{answers}，过了5个工作日还没有公开的告知（{promised}）"),
    ]
    assert promised.startswith("重大行政决策程序暂行条例")
    for piece in ("2026-11-24 00:00", "截止前3天告知", "征求意见"):
        assert piece in shown(town).replace("\n", "")
    assert "told 3 days before" in " ".join(shown(town, "en").split())


def test_an_extension_is_what_the_end_rests_on_from_then_on(town: Town) -> None:
    consult(town, 渠道="[website]")
    dates = {"原截止日": "2026-12-25", "延长后截止日": "2027-01-15", "反馈承诺日": "2027-02-28"}
    draft = paper(town, "t15", **dates, 渠道="[website]", 渠道用语="")
    said(town, publish(town.house, draft, by=BY))
    whys = {what: why for _, what, why in coming(town)}
    title = draft.content.title
    assert whys["征求意见截止"] == f"“{title}”写明延长后截止日2027-01-15（{BY_15}）"
    assert whys["反馈到期"].startswith(f"“{title}”写明反馈承诺日2027-02-28")


def test_after_closing_it_says_what_stands_against_the_decision(town: Town) -> None:
    consult(town, 渠道="[website]")
    terminal = Terminal(town.house.home)
    assert terminal.ok("dossier", "show", NUMBER, "--office", "rsj")["against"] == "still_open"
    town.house.store.write(lambda tx: triggers.plan(tx, next_recount(tx.clock.now())))
    town.clock.set(datetime(2026, 12, 26, 0, 5, tzinfo=SHANGHAI))
    work(town)
    found = terminal.ok("dossier", "show", NUMBER, "--office", "rsj")
    assert found["against"] == "no_feedback"
    assert {one["rule"] for one in found["duties"]} == {"feedback", "feedback-promised"}
    assert f"决策事项{NUMBER}的意见采纳情况还没有公开" in "".join(shown(town).split())
    said(town, publish(town.house, paper(town, "t07", 渠道="[website]"), by=BY))
    found = terminal.ok("dossier", "show", NUMBER, "--office", "rsj")
    assert (found["against"], found["duties"], found["coming"]) == (None, [], [])


@pytest.mark.parametrize(
    ("lang", "open_", "nothing"),
    [
        ("zh", "正在征求意见，2026年12月25日截止", "先发布意见采纳情况反馈，再公布"),
        ("en", "is open for comments until the end of", "Publish the feedback first, then the decision"),
    ],
)
def test_whoever_publishes_the_decision_is_told_what_stands_against_it(
    town: Town, lang: str, open_: str, nothing: str
) -> None:
    consult(town, 渠道="[website]")
    terminal = Terminal(town.house.home)
    for instant, why in ((datetime(2026, 12, 25, 23, 59, 59), open_), (datetime(2026, 12, 26), nothing)):
        town.clock.set(instant.replace(tzinfo=SHANGHAI))
        work(town)
        paper(town, "t14", 渠道="[website]", 渠道用语="")
        before = books(town)
        for more in ((), ("--dry-run",)):
            said_ = terminal("publish", town.house.home / f"{SAMPLES['t14']}.md", "--lang", lang, *more)
            assert said_.exit == Exit.WRONG, said_.out
            told = " ".join((said_.out + said_.err).split())
            assert NUMBER in told
            assert why in told
            assert "gongkai dossier show" in told
        assert books(town) == before


def test_reports_and_milestones_rest_on_the_day_they_promised(town: Town) -> None:
    one = "[{节点: 场所落实, 计划完成日: 2026-12-10, 状态: 进行中, 责任股室: 办公室}]"
    draft = paper(town, "t08", 渠道="[website]", 进展节点=one, 下次通报日="2026-12-14")
    said(town, publish(town.house, draft, by=BY))
    title = draft.content.title
    (first, second) = coming(town)
    assert first[:2] == ("2026-12-18 00:00:00", "节点超期")
    assert first[2].startswith(f"“{title}”写明“场所落实”的计划完成日2026-12-10，过了5个工作日")
    assert second[:2] == ("2026-12-22 00:00:00", "进展超期")
    assert second[2].startswith(f"“{title}”写明下次通报日2026-12-14，过了5个工作日")


def test_an_explanation_rests_on_the_term_of_the_decision(town: Town) -> None:
    begin(town.house, "rsj", NUMBER, name="修订办法", section="bgs", signed=SIGNED, by=BY)
    exempt(town.house, "rsj", NUMBER, reason="应急处置", signed=SIGNED, by=BY)
    draft = paper(town, "t14", 渠道="[website]")
    said(town, publish(town.house, draft, by=BY))
    (only,) = coming(town)
    article = source_of(tellings()[Event.EXPLANATION_OVERDUE])
    why = f"“{draft.content.title}”应当在2026-11-26前解读，过了5个工作日还没有公开的告知（{article}）"
    assert only == ("2026-12-04 00:00:00", "解读超期", why)


def test_every_event_that_comes_by_itself_has_its_article() -> None:
    clockwork = [one for one in tellings().values() if one.term or one.duty]
    assert [one.id for one in clockwork] == [
        *("opened", "closing", "closed", "feedback-due", "feedback-overdue", "report-overdue", "milestone-overdue"),
        "explanation-overdue",
    ]
    assert all(source_of(one) for one in clockwork)
