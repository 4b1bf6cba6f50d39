"""What becomes of releases, corrections and withdrawals in the account, by the account's own word."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from lxml import html

from channels.base import Accepted, Answer, Delivered, NotYet, Refused, TryAgain, Work
from channels.wechat import Channel
from channels.wechat.pictures import names
from channels.wechat.rendition import content_of
from channels.wechat.rules import waits
from config.clock import wall
from tests.channels.wechat.account import Notice, deliver, drafts, endpoint, published, standing, work
from tests.sandbox.wechat.platform import APPID, Platform


def test_a_notice_is_published_with_its_pictures_and_not_pushed(there: Platform, here: Channel) -> None:
    said = Notice("first001").release()
    end, _ = deliver(here, there, work(here, said))
    assert isinstance(end, Delivered)
    assert end.reference.startswith("https://mp.weixin.qq.com/s/")
    assert "未群发" in end.note
    assert there.did("mass") == []
    assert standing(there, said) == [1]
    assert drafts(there, said) == []
    kept = there.did("draft")[-1]["article"]
    made = here.render(said)
    assert "@@" not in kept["content"]
    assert kept["content"].count("<img ") == 2, "cover and code, neither filtered out"
    assert (kept["title"], kept["author"]) == (said.version.title, "区人社局")
    assert kept["digest"] == said.version.summary
    assert "12333" in kept["content"]
    assert made.main.body.decode().count("<") == kept["content"].count("<"), "the editor took nothing away"


def test_a_correction_comes_out_before_the_earlier_article_goes(there: Platform, here: Channel) -> None:
    notice = Notice("correct1")
    deliver(here, there, work(here, notice.release()))
    said = notice.correct()
    end, _ = deliver(here, there, work(here, said))
    assert isinstance(end, Delivered)
    assert standing(there, said) == [2]
    done = [entry["did"] for entry in there.journal() if entry["did"] in ("ended", "delete")]
    assert done[-2:] == ["ended", "delete"]
    assert "更正了补缴的说明。" in there.did("draft")[-1]["article"]["content"]


def test_an_article_is_found_when_the_office_has_another_address_by_then(there: Platform, here: Channel) -> None:
    notice = Notice("moved001")
    deliver(here, there, work(here, notice.release()))
    said = notice.correct()
    moved = said.model_copy(update={"address": said.address.replace("gongkai.test", "www.yunling.example")})
    end, _ = deliver(here, there, work(here, moved))
    assert isinstance(end, Delivered)
    assert standing(there, said) == []
    assert standing(there, moved) == [2]


@pytest.mark.parametrize(("leaves", "stands"), [("banner", [2]), ("gone", []), ("redirect", [])])
def test_a_withdrawal_deletes_first_and_says_why_where_the_page_stays(
    there: Platform, here: Channel, leaves: str, stands: list[int]
) -> None:
    notice = Notice(f"with{leaves[:4]}")
    deliver(here, there, work(here, notice.release()))
    said = notice.withdraw(leaves)
    end, _ = deliver(here, there, work(here, said))
    assert isinstance(end, Delivered)
    assert standing(there, said) == stands
    last = [entry["did"] for entry in there.journal() if entry["did"] in ("ended", "delete")]
    assert last[-len(stands) - 1 :] == ["delete", *(["ended"] if stands else [])]
    if stands:
        content = there.did("draft")[-1]["article"]["content"]
        assert said.withdrawal is not None
        assert said.withdrawal.reason in content


@pytest.mark.parametrize(("status", "said_so"), [(2, "原创"), (3, "没有说明原因"), (4, "审核")])
def test_what_the_platform_does_not_publish_is_refused_with_its_reason(
    there: Platform, here: Channel, status: int, said_so: str
) -> None:
    there.happen("publications_end", ending={"status": status})
    said = Notice(f"refused{status}").release()
    end, _ = deliver(here, there, work(here, said))
    assert isinstance(end, Refused)
    assert end.final
    assert said_so in str(end)
    assert standing(there, said) == []
    assert drafts(there, said) == [1], "for a person to look at"


def test_an_article_under_way_when_the_withdrawal_comes_does_not_stay(there: Platform, here: Channel) -> None:
    """Its review takes an hour; meanwhile everything of the notice is deleted."""
    notice = Notice("overtak1")
    there.happen("publications_end", ending={"seconds": 3600})
    first, gone = work(here, notice.release()), work(here, notice.withdraw("gone"))

    def then(number: int, step: str) -> None:
        if step == "poll" and number == 6:
            assert isinstance(deliver(here, there, gone)[0], Delivered)
            assert standing(there, gone.message) == []

    end, _ = deliver(here, there, first, before=then)
    assert isinstance(end, Accepted)
    assert "更新" in end.note
    assert published(there, first.message) == {1: 1}
    assert standing(there, first.message) == []


def test_a_quota_that_is_used_up_waits_for_midnight_here(there: Platform, here: Channel) -> None:
    there.happen("quota", of="submit", amount=0)
    todo, asked = work(here, Notice("quota001").release()), []

    def then(number: int, step: str) -> None:
        if step == "submit":
            asked.append(wall(there.clock.now()))
            if len(asked) == 2:
                there.happen("quota", of="submit", amount=1000)

    end, _ = deliver(here, there, todo, before=then)
    assert isinstance(end, Delivered)
    assert asked[1].date() > asked[0].date()
    assert (asked[1].hour, asked[1].minute) == (0, 1)


@pytest.mark.parametrize(
    "interface",
    [
        "media/uploadimg",
        "material/add_material",
        "draft/add",
        "freepublish/submit",
        "freepublish/get",
        "freepublish/batchget",
        "freepublish/delete",
    ],
)
def test_calls_that_are_used_up_hold_up_nothing_behind_them(
    there: Platform, here: Channel, interface: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``TryAgain`` would hold the whole lane until midnight, and in it what needs none of these calls."""
    notice = Notice(f"qt{interface.replace('/', '')[-6:]}")
    deliver(here, there, work(here, notice.release()))
    answers, send = list[tuple[datetime, Answer]](), here.send

    def seen(step: str, todo: Work) -> Answer:
        answer = send(step, todo)
        answers.append((there.clock.now(), answer))
        return answer

    monkeypatch.setattr(here, "send", seen)
    there.misbehave(how="code", code="45009", at=interface, times=1)
    said = notice.correct()
    end, tries = deliver(here, there, work(here, said))
    assert isinstance(end, Delivered)
    assert tries == len(answers), "none raised anything"
    until = [_waits_until(answer) for _, answer in answers]
    assert [f"{wall(at):%H:%M}" for at in until if at is not None] == ["00:01"]
    assert published(there, said) == {1: 1, 2: 1}
    assert standing(there, said) == [2]
    assert there.clock.now() - answers[0][0] < timedelta(days=1, hours=1), "no doubt arose"


def _waits_until(answer: Answer) -> datetime | None:
    """Of an answer that there are no calls left."""
    match answer:
        case NotYet(until=at, why=why) if "明天零点" in why:
            return at
        case Accepted(ask_again_at=at, note=why) if "明天零点" in why:
            return at
    return None


def test_while_there_is_nothing_of_it_a_used_up_quota_leaves_it_to_be_overtaken(there: Platform, here: Channel) -> None:
    """What counts as accepted is not superseded: at midnight the outdated article would come, then its correction."""
    there.misbehave(how="code", code="45009", at="draft/add", times=1)
    todo = work(here, Notice("quota003").release())
    scratch = {"images": dict.fromkeys(names(content_of(todo.rendition)), "u"), "cover": "c"}
    assert isinstance(here.send("draft", replace(todo, scratch=scratch)), NotYet)


def test_what_was_surely_not_submitted_is_submitted_again_within_seconds(there: Platform, here: Channel) -> None:
    """It is no doubt: nobody has to look for an article that cannot be there."""
    there.misbehave(how="code", code="45011", at="freepublish/submit", times=2)
    begun, steps = there.clock.now(), []
    end, _ = deliver(here, there, work(here, Notice("busy0001").release()), before=lambda _, step: steps.append(step))
    assert isinstance(end, Delivered)
    assert steps.count("submit") == 3
    assert there.clock.now() - begun < timedelta(minutes=2)


def test_what_may_have_been_submitted_all_the_same_is_looked_for_first(there: Platform, here: Channel) -> None:
    """A server in trouble says 系统繁忙 after it took it, too."""
    there.misbehave(at="freepublish/submit", times=1, how="code", code="-1")
    begun = there.clock.now()
    end, _ = deliver(here, there, work(here, Notice("busy0002").release()))
    assert isinstance(end, Delivered)
    assert there.clock.now() - begun >= timedelta(seconds=waits().settled)


def test_without_deletions_left_the_lane_goes_on_and_the_rest_is_deleted_tomorrow(
    there: Platform, here: Channel
) -> None:
    notice = Notice("quota002")
    deliver(here, there, work(here, notice.release()))
    there.happen("quota", of="delete", amount=0)
    said, waited = notice.correct(), []

    def then(number: int, step: str) -> None:
        waited.append(step)
        if waited.count("delete") == 2:
            there.happen("quota", of="delete", amount=1000)

    end, _ = deliver(here, there, work(here, said), before=then)  # `TryAgain` would hold the whole lane
    assert isinstance(end, Delivered)
    assert waited.count("delete") == 2
    assert standing(there, said) == [2]


def test_a_token_that_ended_early_is_renewed_once_by_one(there: Platform, here: Channel) -> None:
    todo, before = work(here, Notice("token001").release()), len(there.did("token"))

    def then(number: int, step: str) -> None:
        if step == "draft":
            there.happen("token_invalidated")

    end, _ = deliver(here, there, todo, before=then)
    assert isinstance(end, Delivered)
    assert len(there.did("token")) <= before + 2
    assert there.did("forced") == []


def test_a_token_that_is_never_accepted_is_no_storm_and_never_said(there: Platform, here: Channel) -> None:
    there.misbehave(how="code", code="40001", at="draft/batchget")
    before = len(there.did("token")) + len(there.did("forced"))
    todo = work(here, Notice("token002").release())
    with pytest.raises(TryAgain) as caught:
        here.send("look", todo)
    there.misbehave(how="well")
    assert len(there.did("token")) + len(there.did("forced")) <= before + 3
    token = there.token()["access_token"]
    assert token not in str(caught.value)
    assert there.secret not in str(caught.value)
    assert caught.value.throttled


def test_a_token_that_stays_refused_is_forced_once_an_hour(there: Platform, here: Channel) -> None:
    """Each time ends the tokens of other programs, and there are twenty a day."""
    there.clock.advance(3600)
    there.misbehave(how="code", code="40001", at="draft/batchget")
    before, todo = len(there.did("forced")), work(here, Notice("token004").release())
    for forced in (1, 2):
        for _ in range(10):
            with pytest.raises(TryAgain, match="40001"):
                here.send("look", todo)
            there.clock.advance(300)
        assert len(there.did("forced")) - before == forced
        there.clock.advance(900)
    there.misbehave(how="well")


def test_while_another_fetches_the_token_nobody_else_does(there: Platform, tmp_path: Path) -> None:
    with endpoint(there, tmp_path / "alone") as channel:
        todo = work(channel, Notice("token003").release())
        with channel.tools.shared.hold(f"wechat.token.{APPID}"), pytest.raises(TryAgain) as caught:
            channel.send("look", todo)
        assert caught.value.retry_after == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [(40164, "白名单"), (48001, "权限"), (40125, "AppSecret"), (53503, "发布检查"), (99999, "99999")],
)
def test_what_an_error_means_is_said_with_what_to_do(there: Platform, here: Channel, code: int, words: str) -> None:
    todo = work(here, Notice(f"err{code}").release())
    there.misbehave(how="code", code=str(code), at="draft/batchget", times=1)
    with pytest.raises((TryAgain, Refused)) as caught:
        here.send("look", todo)
    assert words in str(caught.value)


def test_what_stands_is_compared_with_what_was_approved(there: Platform, here: Channel) -> None:
    notice = Notice("readback")
    todo = work(here, notice.release())
    deliver(here, there, todo)
    assert here.read_back(todo) == ""
    article = there.did("ended")[-1]["article_id"]
    there.happen("article_deleted", article=article)
    assert here.read_back(todo) is None, "as long as it may be under way"
    todo = replace(todo, scratch={"article": article})
    assert here.read_back(todo) == "公众号里找不到这篇文章"
    there.misbehave(how="status", status=503, at="freepublish/batchget")
    assert here.read_back(todo) is None, "nobody knows"


def test_every_notice_is_compared_at_the_cost_of_one_list(there: Platform, here: Channel) -> None:
    notices = [Notice(f"compare{number}") for number in range(3)]
    works = [work(here, notice.release()) for notice in notices]
    for todo in works[:2]:
        deliver(here, there, todo)
    gone = work(here, notices[0].withdraw("gone"))
    lost = replace(works[2], scratch={"article": "gone"})
    found = {one.what: one.difference for one in here.compare([gone, works[1], lost])}
    assert list(found.values()) == ["公众号里还有已撤回的文章", "", "公众号里找不到这篇文章"]


def test_the_phone_shows_what_was_approved(there: Platform, here: Channel) -> None:
    """From what the account holds: whatever it had filtered out would be missing here."""
    said = Notice("phone001").release()
    todo = work(here, said)
    deliver(here, there, todo)
    job = there.did("submit")[-1]["publish_id"]
    page = html.document_fromstring(requests.get(f"{there.host}/article/{job}", timeout=10).text)
    shown = page.find(".//div[@class='content']")
    assert shown is not None
    for image in shown.iter("img"):
        image.text = image.get("alt")  # what is heard in its place
    read = squeezed("".join(map(str, shown.itertext())))
    assert read in squeezed(todo.rendition.text)
    assert squeezed(said.version.title) in squeezed("".join(map(str, page.itertext())))


def squeezed(text: str) -> str:
    """Without blanks and lines."""
    return "".join(text.split())
