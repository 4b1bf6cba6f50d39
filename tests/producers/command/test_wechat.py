"""``wechat push``, ``slots``, ``settle``: asked first, on record before it is sent, spent once."""

import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.base import Outcome
from producers.command.exits import Exit
from producers.house import house
from producers.publish import publish
from producers.push import push
from producers.push_offer import NoPush, Offer, Wish, offer
from streams.outlets import Endpoint
from streams.pushes import Push
from streams.store.store import StoreUnavailable
from tests.channels.wechat.pictures import BLOBS, PICTURES
from tests.faults.rig import Partners
from tests.journeys.town import Outlet, Town, prepared
from tests.producers.command.conftest import Said, Terminal
from tests.producers.desk import acts_of, written
from tests.sandbox.wechat.platform import APPID, Platform, platform

MINUTE, DAY = 60, 86_400


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """A subscription account; every command goes by its clock."""
    with platform(tmp_path / "there") as found:
        monkeypatch.setenv("GONGKAI_CLOCK", str(found.home / "now"))
        yield found


@pytest.fixture
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In SQLite, where a test does not say otherwise."""
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("GONGKAI_STORE", url.replace("postgresql+psycopg://", "postgresql://"))


@pytest.fixture
def town(account: Platform, kept: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """An installation whose outlets are the account, and one in rehearsal."""
    options = {"appid": APPID, "host": account.host, **getattr(request, "param", {})}
    outlets = [Outlet("wechat", "wechat", options=options)]
    port = int(account.host.split(":")[2].partition("/")[0])
    partners = Partners(account.home, account.home / "secrets", port)
    with (
        prepared(tmp_path / "here", account.clock, outlets, partners=partners) as ground,
        house(ground.home, account.clock) as here,
    ):
        yield Town(here, account.clock)


@pytest.fixture
def gongkai(town: Town) -> Terminal:
    return Terminal(town.house.home)


ON_BOTH = pytest.mark.parametrize("kept", ["sqlite", "postgresql"], indirect=True)
MONTHLY = pytest.mark.parametrize("town", [{"account": "service"}], indirect=True, ids=["service"])


def asked(town: Town, notice: str) -> tuple[Wish, Offer]:
    """What a person wants, and what he is asked about."""
    wish = Wish(notice, None, use_reserve=True, by="测试")
    made = town.house.store.read(lambda c: offer(c, wish, town.clock.now()))
    assert isinstance(made, Offer)
    return wish, made


def released(town: Town, title: str) -> str:
    """A notice that is published at the account."""
    done = town.publish(title, channels=["wechat"])
    town.settle(60)
    assert town.outcomes(done)["wechat"] == [Outcome.DELIVERED]
    return done.notice


def pushed(gongkai: Terminal, notice: str, *more: str) -> Said:
    return gongkai("wechat", "push", notice, "--yes", "--use-reserve", *more)


def way(gongkai: Terminal, notice: str) -> dict[str, Any]:
    """The newest delivery, as ``status`` has it."""
    found: dict[str, Any] = gongkai.ok("status", notice)["deliveries"][0]
    return found


def test_a_push_that_went_is_told_where_what_is_left_cannot_be_read(
    town: Town, account: Platform, gongkai: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Endpoint:
        raise StoreUnavailable("disk I/O error")

    notice = released(town, "办结情况一")
    monkeypatch.setattr("producers.command.wechat.push.endpoint_named", gone)
    said = pushed(gongkai, notice)
    assert (said.exit, said.err) == (Exit.DONE, "")
    assert "群发已经记下，不用再发" in said.out
    assert "gongkai wechat slots" in " ".join(said.out.split())
    told = pushed(gongkai, notice, "--json").data
    assert (told["already"], told["outcome"], told["slots"]) == (True, "accepted", None)
    assert len(account.did("mass")) == 1


@ON_BOTH
def test_a_push_is_asked_for_spent_once_and_shown(town: Town, account: Platform, gongkai: Terminal) -> None:
    notice = released(town, "办结情况一")
    assert "已发布，未群发" in gongkai("status", notice).out
    assert way(gongkai, notice)["push"] == "none"
    kept = gongkai("wechat", "push", notice, "--yes")
    assert (kept.exit, "--use-reserve" in kept.err) == (Exit.WRONG, True)
    assert gongkai("wechat", "push", notice, "--use-reserve").exit == Exit.INTERRUPTED, "nobody said yes"
    assert gongkai("wechat", "push", notice, "--use-reserve", "--json").exit == Exit.INTERRUPTED
    assert account.did("mass") == []
    said = pushed(gongkai, notice, "--by", "林晓", "--json")
    assert said.exit == Exit.DONE
    assert (said.data["outcome"], said.data["already"], said.data["slots"]["left"]) == ("accepted", False, 0)
    account.clock.advance(MINUTE)
    again = pushed(gongkai, notice, "--by", "何苗")
    assert again.exit == Exit.DONE
    assert "林晓 已于 2026-11-23 09:01" in again.out
    assert len(account.did("mass")) == 1
    assert acts_of(town, notice)[-3:] == ["notice.push_begun", "notice.push_accepted", "notice.push_delivered"]
    assert "已群发" in gongkai("status", notice).out
    assert (way(gongkai, notice)["push"], way(gongkai, notice)["pushed_at"]) == (
        "delivered",
        "2026-11-23T09:01:00+08:00",
    )
    assert gongkai.ok("wechat", "slots")["slots"][0] == {
        "endpoint": "wechat",
        "title": "wechat",
        "pretend": False,
        "period": "day",
        "most": 1,
        "reserve": 1,
        "spent": 1,
        "left": 0,
        "free": 0,
    }
    assert "今天还有0次" in gongkai("wechat", "slots").out
    assert gongkai("verify", "--records").exit == Exit.DONE


def test_a_person_at_a_terminal_is_told_what_it_costs(
    town: Town, account: Platform, gongkai: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = released(town, "办结情况一")
    monkeypatch.setattr("producers.command.wechat.push._is_terminal", lambda: True)
    said = gongkai("wechat", "push", notice, "--use-reserve", typed="n\n")
    assert said.exit == Exit.INTERRUPTED
    for words in ("办结情况一", "收不回来", "今天还有1次", "其中1次留给紧急", "这次用的是留给紧急信息的"):
        assert words in said.err
    assert account.did("mass") == []
    assert gongkai("wechat", "push", notice, "--use-reserve", typed="y\n").exit == Exit.DONE
    assert len(account.did("mass")) == 1


def test_pictures_of_the_body_are_seen_beforehand_and_go_out(
    town: Town, account: Platform, gongkai: Terminal, tmp_path: Path
) -> None:
    for name, body in PICTURES.items():
        (town.house.home / name).write_bytes(body)
    files = f"附件: [{', '.join(PICTURES)}]"
    added = "".join(f"\n![图]({name.replace(' ', '%20')})\n" for name in PICTURES)
    draft = town.draft("办结情况", channels=["wechat"], more=[files], added=added)
    seen = gongkai.ok("render", draft.file, "--channel", "wechat", "-o", tmp_path / "seen")["files"]
    beside = {Path(one["file"]).name: Path(one["file"]).read_bytes() for one in seen}
    assert [beside["picture-1.png"], beside["picture-2.jpg"]] == list(PICTURES.values())
    assert b'src="picture-1.png"' in beside["article.html"]
    done = publish(town.house, draft, by="测试")
    town.settle(60)
    assert town.outcomes(done)["wechat"] == [Outcome.DELIVERED]
    kept = account.did("draft")[-1]["article"]["content"]
    sources = re.findall(r'src="[^"]+/([0-9a-f]{64})\.', kept)
    assert sources[1:-1] == list(BLOBS)


@MONTHLY
def test_routine_pushes_leave_the_last_one_of_a_month_to_an_emergency(
    town: Town, account: Platform, gongkai: Terminal
) -> None:
    account.happen("mass_monthly")
    account.happen("quota", of="mass", amount=4)
    for number in range(3):
        assert pushed(gongkai, released(town, f"办结情况{number}")).exit == Exit.DONE
    fourth = released(town, "办结情况四")
    said = pushed(gongkai, fourth)
    assert (said.exit, "留给紧急信息" in said.err) == (Exit.WRONG, True)
    urgent = emergency(town, "紧急通知：大厅停电")
    assert gongkai("wechat", "push", urgent, "--yes").exit == Exit.DONE
    late = emergency(town, "紧急通知：大厅停水")
    said = pushed(gongkai, fourth)
    assert (said.exit, "本月的4次群发已经用完" in said.err) == (Exit.WRONG, True)
    account.clock.advance(8 * DAY)  # from the 23rd
    assert "失效" in pushed(gongkai, late).err
    assert pushed(gongkai, urgent).exit == Exit.DONE, "told that it was pushed"
    assert pushed(gongkai, fourth).exit == Exit.DONE
    assert len(account.did("mass")) == 5


def emergency(town: Town, title: str) -> str:
    """An urgent notice that is published at the account."""
    draft = written(town, title, "紧急程度: 紧急", "失效时刻: 2026-11-23 18:00", "渠道: [wechat]")
    done = publish(town.house, draft, by="测试")
    town.settle(60)
    return done.notice


def test_what_cannot_be_pushed_says_why_and_spends_nothing(town: Town, account: Platform, gongkai: Terminal) -> None:
    early = town.publish("办结情况一", channels=["wechat"])
    assert "还没有开始发" in pushed(gongkai, early.notice).err
    account.happen("publications_end", ending={"seconds": 3600})
    town.settle(60)
    assert "还没有在" in pushed(gongkai, early.notice).err
    account.happen("publications_end", ending={})
    notice = released(town, "办结情况二")
    for act, back, why in (("disable", "enable", "已停用"), ("pause", "resume", "暂停中")):
        gongkai.ok("endpoints", act, "wechat", "--why", "检修")
        said = pushed(gongkai, notice)
        assert (said.exit, why in said.err) == (Exit.WRONG, True)
        gongkai.ok("endpoints", back, "wechat")
    assert pushed(gongkai, notice, "--endpoint", "nowhere").exit == Exit.WRONG
    assert pushed(gongkai, "202611-nowhere1").exit == Exit.WRONG
    assert gongkai("wechat", "settle", notice, "--as", "lost", "--why", "查过了").exit == Exit.WRONG
    gongkai.ok("withdraw", notice, "--reason", "数据需要核实。")
    assert "已经撤回" in pushed(gongkai, notice).err
    assert account.did("mass") == []
    assert gongkai.ok("wechat", "slots")["slots"][0]["spent"] == 0


def test_nothing_is_pushed_in_rehearsal_or_where_it_did_not_go(gongkai: Terminal, town: Town) -> None:
    options = ("--option", f"appid={APPID}", "--option", "secret=wechat")
    added = ("endpoints", "add", "try", "--channel", "wechat", "--title", "演练号", "--office", "rsj", *options)
    notice = released(town, "办结情况一")
    gongkai.ok(*added, "--pretend")
    assert "没有发到公众号 try" in pushed(gongkai, notice, "--endpoint", "try").err
    done = town.publish("办结情况二", channels=["wechat"])
    town.settle(60)
    assert "几个公众号" in pushed(gongkai, done.notice).err
    assert "在演练" in pushed(gongkai, done.notice, "--endpoint", "try").err
    assert [one["pretend"] for one in gongkai.ok("wechat", "slots")["slots"]] == [True, False]


def test_the_platforms_own_no_is_told_and_spends_nothing(town: Town, account: Platform, gongkai: Terminal) -> None:
    notice = released(town, "办结情况一")
    account.happen("quota", of="mass", amount=0)
    said = pushed(gongkai, notice, "--json")
    assert (said.exit, said.data["outcome"], said.data["slots"]["left"]) == (Exit.FAILED, "refused", 1)
    assert "45028" in said.data["cause"]
    assert way(gongkai, notice)["push"] == "none"
    account.happen("quota", of="mass", amount=1)
    assert pushed(gongkai, notice).exit == Exit.DONE


def test_an_administrators_no_is_seen_and_another_push_takes_another_slot(
    town: Town, account: Platform, gongkai: Terminal
) -> None:
    notice = released(town, "办结情况一")
    account.happen("mass_protected")
    assert "30分钟内确认" in pushed(gongkai, notice).out
    account.clock.advance(1801)
    said = pushed(gongkai, notice)
    assert (said.exit, "没有在30分钟内确认" in said.out) == (Exit.FAILED, True)
    assert way(gongkai, notice)["push"] == "failed"
    assert "已经用完" in pushed(gongkai, notice).err
    account.clock.advance(DAY)
    account.happen("mass_protected", on=False)
    assert pushed(gongkai, notice).exit == Exit.DONE
    assert len({entry["clientmsgid"] for entry in account.did("mass")}) == 2


def test_a_lost_answer_is_found_out_by_the_same_command(town: Town, account: Platform, gongkai: Terminal) -> None:
    notice = released(town, "办结情况一")
    account.misbehave(at="message/mass/sendall", how="drop", times=1)
    said = pushed(gongkai, notice)
    assert (said.exit, "不知道有没有群发" in said.out) == (Exit.FAILED, True)
    assert way(gongkai, notice)["push"] == "unknown"
    account.clock.advance(MINUTE)
    assert gongkai("wechat", "push", notice).exit == Exit.DONE, "it was said yes to, and its slot is spent"
    assert len(account.did("mass")) == 1
    assert gongkai.ok("wechat", "slots")["slots"][0]["spent"] == 1


@ON_BOTH
@pytest.mark.parametrize(("how", "went"), [({"how": "drop"}, 0), ({"how": "status", "status": 503}, 1)])
def test_one_that_is_repeated_after_midnight_spends_a_slot_of_the_day_on_which_it_went(
    town: Town, account: Platform, gongkai: Terminal, how: dict[str, Any], went: int
) -> None:
    notice = released(town, "办结情况一")
    account.clock.set(account.clock.now().replace(hour=15, minute=59))  # 23:59 here
    account.misbehave(at="message/mass/sendall", times=1, **how)
    assert pushed(gongkai, notice).exit == Exit.FAILED
    account.clock.advance(2 * MINUTE)
    assert gongkai.ok("wechat", "slots")["slots"][0]["spent"] == 0
    assert gongkai("wechat", "push", notice).exit == Exit.DONE
    assert len(account.did("mass")) == 1
    assert gongkai.ok("wechat", "slots")["slots"][0]["spent"] == went


@pytest.mark.parametrize(("decided", "sent"), [("arrived", 1), ("lost", 2)])
def test_after_a_day_a_person_decides(
    town: Town, account: Platform, gongkai: Terminal, decided: str, sent: int
) -> None:
    notice = released(town, "办结情况一")
    account.misbehave(at="message/mass/sendall", how="drop", times=1)
    pushed(gongkai, notice)
    account.clock.advance(DAY)
    said = pushed(gongkai, notice)
    assert (said.exit, "settle" in said.err) == (Exit.FAILED, True)
    gongkai.ok("wechat", "settle", notice, "--as", decided, "--why", "发表记录里查过了")
    assert pushed(gongkai, notice).exit == Exit.DONE
    assert len(account.did("mass")) == sent


@ON_BOTH
def test_who_dies_after_it_was_sent_leaves_a_push_that_the_next_one_finds(
    town: Town, account: Platform, gongkai: Terminal
) -> None:
    notice = released(town, "办结情况一")
    account.misbehave(at="message/mass/sendall", how="slow", seconds=60, times=1)
    dies = gongkai.start("wechat", "push", notice, "--yes", "--use-reserve")
    reached(account)
    dies.send_signal(signal.SIGKILL)
    dies.communicate(timeout=60)
    assert way(gongkai, notice)["push"] == "sending"
    said = pushed(gongkai, notice)
    assert (said.exit, "可能还在进行" in said.err) == (Exit.RUNNING, True)
    account.clock.advance(2 * MINUTE)
    assert pushed(gongkai, notice).exit == Exit.DONE
    assert len(account.did("mass")) == 1


def test_who_dies_before_it_was_sent_leaves_one_that_is_sent_once(
    town: Town, account: Platform, gongkai: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = released(town, "办结情况一")

    class Dies(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Dies

    with monkeypatch.context() as here:
        here.setattr("channels.wechat.Channel.push", die)
        with pytest.raises(Dies):
            push(town.house, *asked(town, notice))
    assert gongkai.ok("wechat", "slots")["slots"][0]["left"] == 0, "spent until somebody knows"
    account.clock.advance(2 * MINUTE)
    assert pushed(gongkai, notice).exit == Exit.DONE
    assert len(account.did("mass")) == 1
    assert gongkai.ok("wechat", "slots")["slots"][0]["spent"] == 1


def test_what_changed_while_somebody_was_asked_is_not_pushed(town: Town, account: Platform, gongkai: Terminal) -> None:
    """A person said yes to the first text; by now the second stands there."""
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(60)
    wish, confirmed = asked(town, done.notice)
    town.correct(done, "办结情况二", note="更正了件数。", channels=["wechat"])
    town.settle(1200, step=30)
    with pytest.raises(NoPush, match="changed"):
        push(town.house, wish, confirmed)
    assert account.did("mass") == []
    assert pushed(gongkai, done.notice).exit == Exit.DONE


def reached(account: Platform) -> None:
    """Wait until the account has taken the push."""
    for _ in range(600):
        if account.did("mass"):
            return
        threading.Event().wait(0.1)
    raise AssertionError("it was never sent")


@ON_BOTH
@pytest.mark.parametrize("same", [True, False])
def test_of_two_at_once_one_wins(town: Town, account: Platform, same: bool) -> None:
    first = released(town, "办结情况一")
    second = first if same else released(town, "办结情况二")
    begin, ends = threading.Barrier(2), list[object]()

    def act(wish: Wish, confirmed: Offer) -> None:
        begin.wait()
        try:
            ends.append(push(town.house, wish, confirmed))
        except NoPush as refused:
            ends.append(refused.why)

    both = [threading.Thread(target=act, args=asked(town, notice)) for notice in (first, second)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(account.did("mass")) == 1
    went = [end for end in ends if isinstance(end, Push)]
    refused = [end for end in ends if isinstance(end, str)]
    assert {one.outcome for one in went} == {Outcome.ACCEPTED}
    assert len(went) + len(refused) == 2
    assert set(refused) <= ({"under_way"} if same else {"slots_none_day"})


def test_a_correction_is_another_push_and_takes_the_pushed_page_away(
    town: Town, account: Platform, gongkai: Terminal
) -> None:
    done = town.publish("办结情况一", channels=["wechat"])
    town.settle(60)
    assert pushed(gongkai, done.notice).exit == Exit.DONE
    account.clock.advance(DAY)
    town.correct(done, "办结情况二", note="更正了件数。", channels=["wechat"])
    assert "还没有在" in pushed(gongkai, done.notice).err, "the newest text is not there yet"
    town.settle(1200, step=30)
    assert len(account.did("unmass")) == 1
    assert pushed(gongkai, done.notice).exit == Exit.DONE
    assert [entry["article"]["content_source_url"][-5:] for entry in account.did("mass")] == ["?wx=1", "?wx=2"]
    town.withdraw(done, reason="数据需要核实。")
    town.settle(1200, step=30)
    assert len(account.did("unmass")) == 2
