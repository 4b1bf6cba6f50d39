"""How many persons a text would reach and what it costs, told and asked about before it goes."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.clock import DrivenClock
from notices.samples import expand
from producers.command.exits import Exit
from tests.producers.command.conftest import Desk, Terminal
from tests.producers.command.texting import at, fake, listed, opted_out, phones, register
from tests.sandbox.process import running
from tests.source import ROOT


@pytest.fixture
def texting(tmp_path: Path) -> Terminal:
    """An office whose list has twelve numbers, of which two want no texts."""
    gongkai = phones(tmp_path / "texting")
    listed(gongkai, 12)
    opted_out(gongkai, "13900000003", "13900000004")
    return gongkai


def notice(desk: Desk, title: str = "办结情况", *front: str) -> Path:
    return desk.file(title, *front, channels="website, sms")


def texted(desk: Desk, title: str = "办结情况") -> Path:
    return desk.file(title, channels="sms")


def test_a_dry_run_tells_the_persons_and_the_price(texting: Terminal, desk: Desk) -> None:
    (trial,) = texting.ok("publish", notice(desk), "--dry-run")["files"]
    found = {one["endpoint"]: (one["people"], one["price"]) for one in trial["endpoints"]}
    segments = next(one["used"] for one in trial["limits"] if one["limit"] == "segments")
    assert found == {"site": (0, 0), "phones": (10, 10 * segments * 0.05)}
    assert (trial["people"], trial["price"]) == found["phones"]
    said = texting("publish", notice(desk), "--dry-run")
    assert f"10 人，{found['phones'][1]:.2f} 元" in said.out
    assert "一共 10 人" in said.out


def test_a_rehearsal_costs_nothing_in_all(tmp_path: Path, desk: Desk) -> None:
    gongkai = phones(tmp_path / "texting", pretend=True)
    listed(gongkai, 12)
    (trial,) = gongkai.ok("publish", notice(desk), "--dry-run")["files"]
    assert [one["people"] for one in trial["endpoints"]] == [12, 0]
    assert (trial["people"], trial["price"]) == (0, 0)


def test_the_newest_list_counts(texting: Terminal, desk: Desk) -> None:
    listed(texting, 7)
    (trial,) = texting.ok("publish", notice(desk), "--dry-run")["files"]
    assert trial["people"] == 5


def test_who_looks_at_a_text_reads_it_and_whom_it_reaches_at_what_price(texting: Terminal, desk: Desk) -> None:
    file, to = notice(desk), desk.folder / "seen"
    (trial,) = texting.ok("publish", file, "--dry-run")["files"]
    seen = texting("render", file, "--channel", "sms", "-o", to)
    assert (to / "message.txt").read_text("utf-8").splitlines()[0] in seen.out
    assert f"phones（{trial['people']} 人，{trial['price']:.2f} 元）" in seen.out
    assert "模板" in seen.out
    text, _, behind = (to / "message.txt").read_text("utf-8").partition("\n\n")
    assert behind.startswith(f"{len(text)} 字，分 1 条。模板 t05：")
    assert "accepted = 186" in behind
    assert "".join(behind.split()) in "".join(seen.out.split())
    (reach,) = texting.ok("render", file, "--channel", "sms", "-o", to)["reaches"]
    assert (reach["endpoint"], reach["people"], reach["price"]) == ("phones", trial["people"], trial["price"])


def test_who_looks_at_a_text_that_breaks_a_limit_reads_the_sentence_it_breaks_in(texting: Terminal, desk: Desk) -> None:
    sample = (ROOT / "samples" / "t10-explained-hardship.md").read_text("utf-8")
    file = desk.folder / "解读.md"
    named = "解读原文: 云岭高新区就业困难人员认定办法"
    assert named in sample
    alone = re.sub(r"(?m)^关联:\n(?: .*\n)+", "", sample)  # what it explains was never published here
    file.write_text(expand(alone.replace(named, "解读原文: 创业担保贷款办法"), desk.now), "utf-8")
    seen = texting("render", file, "--channel", "sms", "-o", desk.folder / "seen")
    assert seen.exit == Exit.LIMITS
    assert "原句：政策解读：创业担保贷款办法自" in seen.err
    english = texting("render", file, "--channel", "sms", "-o", desk.folder / "seen", "--lang", "en")
    assert "The sentence: 政策解读：创业担保贷款办法自" in english.err
    (told,) = texting("render", file, "--channel", "sms", "-o", desk.folder / "seen", "--json").data["error"][
        "problems"
    ]
    assert (told["limit"], told["sentence"].startswith("政策解读：创业担保贷款办法自")) == ("banned", True)


@pytest.mark.parametrize("pretend", [False, True])
def test_without_a_list_nothing_is_published_and_what_to_do_is_told(
    tmp_path: Path, desk: Desk, *, pretend: bool
) -> None:
    gongkai = phones(tmp_path / "texting", pretend=pretend)
    for args in (("publish", notice(desk), "--yes"), ("publish", notice(desk), "--dry-run")):
        said = gongkai(*args)
        assert said.exit == Exit.CONFIGURATION
        assert "phones: 受众“pensioners”还没有名单" in said.err
        assert "gongkai audiences read pensioners 名单.csv --office rsj" in said.err
    assert gongkai.ok("status")["notices"] == []
    seen = gongkai("render", notice(desk), "--channel", "sms", "-o", tmp_path / "seen")
    assert seen.exit == Exit.DONE  # it can be looked at all the same
    listed(gongkai, 3)
    assert gongkai("publish", notice(desk), "--yes").exit == Exit.DONE


def test_what_waits_at_a_disabled_endpoint_needs_no_list_yet(tmp_path: Path, desk: Desk) -> None:
    gongkai = phones(tmp_path / "texting")
    gongkai.ok("endpoints", "disable", "phones", "--why", "还没有名单")
    (done,) = gongkai.ok("publish", notice(desk), "--yes")["files"]
    gongkai.ok("endpoints", "enable", "phones")
    assert gongkai("correct", done["notice"], notice(desk, "办结情况更正"), "--note", "数字", "--yes").exit == Exit.DONE
    assert gongkai("withdraw", done["notice"], "--reason", "重新统计", "--yes").exit == Exit.DONE


def test_above_the_ceiling_nothing_goes_unless_it_is_said_and_it_is_on_record(tmp_path: Path, desk: Desk) -> None:
    gongkai = phones(tmp_path / "texting", ceiling=0.5)
    listed(gongkai, 12)
    file, corrected = notice(desk), notice(desk, "办结情况更正")
    (trial,) = gongkai.ok("publish", file, "--dry-run", "--over-ceiling")["files"]
    price = f"{trial['price']:.2f}"
    for args in (("publish", file, "--yes"), ("publish", file, "--dry-run", "--yes")):
        said = gongkai(*args)
        assert said.exit == Exit.LIMITS
        assert f"phones（12 人，{price} 元，上限 0.50 元）" in said.err
        assert "--over-ceiling" in said.err
    assert gongkai.ok("status")["notices"] == []
    assert gongkai("publish", file, "--over-ceiling").exit == Exit.INTERRUPTED  # it is asked about all the same
    (done,) = gongkai.ok("publish", file, "--yes", "--over-ceiling")["files"]
    correct = ("correct", done["notice"], corrected, "--note", "数字", "--yes")
    assert gongkai(*correct).exit == Exit.LIMITS
    gongkai.ok(*correct, "--over-ceiling")
    acts = {one["act"]: one["detail"] for one in gongkai.ok("status", done["notice"])["acts"]}
    told = {"phones": {"people": "12", "price": price, "ceiling": "0.5"}}
    assert acts["notice.released"]["over_ceiling"] == told
    assert acts["notice.corrected"]["over_ceiling"]["phones"]["people"] == "12"
    gongkai.ok("withdraw", done["notice"], "--reason", "重新统计", "--yes")  # nobody had it: it costs nothing


def test_a_withdrawal_too_stops_at_the_ceiling(tmp_path: Path, desk: Desk) -> None:
    with fake(tmp_path / "vendor", "aliyun") as server:
        gongkai = at(server, "aliyun", tmp_path / "texting", ceiling=0.5)
        listed(gongkai, 12)
        args = ("--yes", "--over-ceiling", "--wait", "--timeout", "60")
        (done,) = gongkai.ok("publish", notice(desk), *args)["files"]
    withdraw = ("withdraw", done["notice"], "--reason", "重新统计", "--yes")
    assert gongkai(*withdraw).exit == Exit.LIMITS
    said = gongkai(*withdraw, "--over-ceiling")
    assert "收到过（或可能收到过）  12 人" in said.out
    (act,) = [one for one in gongkai.ok("status", done["notice"])["acts"] if one["act"] == "notice.withdrawn"]
    assert act["detail"]["over_ceiling"]["phones"]["people"] == "12"


def test_what_waited_for_a_list_that_costs_too_much_is_let_through_by_its_endpoint(tmp_path: Path, desk: Desk) -> None:
    gongkai = phones(tmp_path / "texting", ceiling=0.5)
    gongkai.ok("endpoints", "disable", "phones", "--why", "还没有名单")
    (done,) = gongkai.ok("publish", notice(desk), "--yes", "--wait", "--timeout", "60")["files"]
    listed(gongkai, 12)
    gongkai.ok("endpoints", "enable", "phones")
    gongkai.ok("endpoints", "disable", "phones", "--why", "再想想")
    assert "notice.let_through" not in {one["act"] for one in gongkai.ok("status", done["notice"])["acts"]}
    assert gongkai.ok("endpoints", "enable", "phones", "--over-ceiling")["waiting"] == 1
    (act,) = [one for one in gongkai.ok("status", done["notice"])["acts"] if one["act"] == "notice.let_through"]
    assert act["detail"]["over_ceiling"]["phones"]["people"] == "12"


def test_a_rehearsal_stops_at_no_ceiling(tmp_path: Path, desk: Desk) -> None:
    gongkai = phones(tmp_path / "texting", pretend=True, ceiling=0.5)
    listed(gongkai, 12)
    gongkai.ok("publish", notice(desk))


def test_whoever_is_asked_reads_persons_and_yuan(texting: Terminal, desk: Desk) -> None:
    (trial,) = texting.ok("publish", notice(desk), "--dry-run")["files"]
    said = texting("publish", notice(desk))
    assert said.exit == Exit.INTERRUPTED
    assert f"phones（10 人，{trial['price']:.2f} 元）" in said.err
    (done,) = texting.ok("publish", notice(desk), "--yes")["files"]
    said = texting("correct", done["notice"], notice(desk, "办结情况更正"), "--note", "数字")
    assert "phones（10 人，" in said.err  # nobody had the first: the correction is theirs
    said = texting("withdraw", done["notice"], "--reason", "重新统计")
    assert said.exit == Exit.INTERRUPTED
    assert "phones（0 人，0.00 元）" in said.err
    assert texting.ok("status")["notices"][0]["version"] == 1


def test_a_minor_correction_of_what_has_still_to_go_out_is_asked_about(texting: Terminal, desk: Desk) -> None:
    (done,) = texting.ok("publish", notice(desk), "--yes")["files"]
    said = texting("correct", done["notice"], notice(desk, "办结情况更正"), "--note", "错字", "--minor")
    assert "phones（10 人，" in said.err


def test_what_follows_is_for_those_that_had_it_and_nobody_hears_of_what_is_minor(tmp_path: Path, desk: Desk) -> None:
    with fake(tmp_path / "vendor", "aliyun") as server:
        gongkai = at(server, "aliyun", tmp_path / "texting")
        listed(gongkai, 12)
        (done,) = gongkai.ok("publish", notice(desk), "--yes", "--wait", "--timeout", "60")["files"]
    assert done["people"] == 12
    told = {one["endpoint"]: one["people"] for one in gongkai.ok("status", done["notice"])["deliveries"]}
    assert (told["site"], told["phones"]["taken"], sum(told["phones"].values())) == (None, 12, 12)
    assert "12 人　已接收、没有回执 12" in gongkai("status", done["notice"]).out
    for shown in (("status", done["notice"]), ("status", done["notice"], "--json"), ("status", "--json")):
        assert not re.search(r"139\d{8}", gongkai(*shown).out), "no number of anybody's"
    listed(gongkai, 30)
    opted_out(gongkai, "13900000003")
    said = gongkai("withdraw", done["notice"], "--reason", "重新统计")
    assert "phones（11 人，0.55 元）" in said.err  # one message each
    corrected = notice(desk, "办结情况更正")
    assert "phones（11 人，" in gongkai("correct", done["notice"], corrected, "--note", "数字").err
    assert gongkai("correct", done["notice"], corrected, "--note", "错字", "--minor").exit == Exit.DONE


def test_what_goes_over_a_quota_of_today_is_told_and_stops_nothing(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = datetime.now(UTC).replace(hour=4) + timedelta(days=1)  # after what the desk signs, at noon here
    DrivenClock(tomorrow, file=tmp_path / "now")
    monkeypatch.setenv("GONGKAI_CLOCK", str(tmp_path / "now"))
    register(tmp_path / "vendor", "aliyun")
    with running(tmp_path / "vendor", clock=tmp_path / "now") as server:
        gongkai = at(server, "aliyun", tmp_path / "texting", daily=14, daily_each=1)
        listed(gongkai, 12)
        (trial,) = gongkai.ok("publish", texted(desk), "--dry-run")["files"]
        assert [(one["over_daily"], one["over_daily_each"]) for one in trial["endpoints"]] == [(0, 0)]
        gongkai.ok("publish", texted(desk), "--yes", "--wait", "--timeout", "60")
        listed(gongkai, 17)
        (trial,) = gongkai.ok("publish", texted(desk, "另一件"), "--dry-run")["files"]
        assert [(one["over_daily"], one["over_daily_each"]) for one in trial["endpoints"]] == [(3, 12)]
        told = gongkai("publish", texted(desk, "另一件"), "--dry-run")
        assert "超过今天的限额：3 人过了今天才发" in told.out
        assert "今天已收满的 12 人过了今天才发" in told.out
        assert "其中 15 人受每天限额所限，过了今天才发" in gongkai("publish", texted(desk, "另一件")).err
        gongkai.ok("publish", texted(desk, "另一件"), "--yes")


def test_a_rehearsal_has_no_quotas(tmp_path: Path, desk: Desk) -> None:
    gongkai = phones(tmp_path / "texting", pretend=True, daily=1)
    listed(gongkai, 12)
    (trial,) = gongkai.ok("publish", notice(desk), "--dry-run")["files"]
    assert {one["over_daily"] for one in trial["endpoints"]} == {0}
