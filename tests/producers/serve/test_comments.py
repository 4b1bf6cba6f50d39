"""The public says what it thinks: within the window, with a receipt at once; whatever is refused goes back whole."""

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import structlog
from sqlalchemy import func, select

from config.clock import DrivenClock
from config.comments import Rate, form, most, rates
from config.serve import most_posted
from notices.receipt_number import numbered
from producers.comments import rates as counting
from producers.publish import Published
from streams.comments.comment import Comment, Disposition, Person, comments_of, person_of
from streams.comments.handle import Decided, decide, reject
from streams.store.store import Tx
from streams.store.tables import comment, shared
from tests.consulted import FORM, NUMBER, OUTLETS, Reader, ask_public, at, consulted, feed_back, solved
from tests.journeys.town import BY, Town, opened, prepared
from tests.parts.judges import nu
from tests.producers.serve.doors import away
from tests.waiting import until


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with consulted(tmp_path) as here:
        yield here


@pytest.fixture
def reader(town: Town) -> Reader:
    return Reader(town)


@pytest.fixture
def asked(town: Town) -> Published:
    done = ask_public(town)
    town.settle(5)
    return done


def kept(town: Town) -> list[Comment]:
    return town.house.store.read(lambda c: comments_of(c, "rsj", NUMBER))


# -- taken -------------------------------------------------------------------------------------------


def test_a_comment_is_taken_and_its_receipt_shown_at_once(town: Town, reader: Reader, asked: Published) -> None:
    sent = reader.say(asked, " 第一行\r\n第二行 ", name="李梅", contact="13900000000", clause="第二条")
    assert sent.status == 200
    (one,) = kept(town)
    assert (one.text, one.clause, one.way, one.people) == ("第一行\n第二行", "第二条", "web", 1)
    assert one.received_at == town.clock.now()
    who = town.house.store.read(lambda c: person_of(c, town.house.outlets.seal(), one.id))
    assert who == Person("李梅", "13900000000")
    assert "李梅" not in sent.page
    assert sent.headers["cache-control"] == "no-store"
    assert "set-cookie" not in sent.headers
    looked = reader.look(sent.receipt.lower().replace("-", " "))
    assert looked.status == 200
    assert "第一行" in looked.page
    assert "李梅" not in looked.page


def test_a_browser_that_worked_need_not_answer_nor_wait(town: Town, reader: Reader, asked: Published) -> None:
    fields = reader.form(asked) | {"answer": ""}
    sent = reader.send(asked, {**fields, "text": "马上提交", "work": solved(fields["form"])})
    assert sent.status == 200
    assert len(kept(town)) == 1


def test_the_same_form_twice_is_one_comment_under_one_receipt(town: Town, reader: Reader, asked: Published) -> None:
    fields = {**reader.form(asked), "text": "一条意见"}
    town.clock.advance(form().least)
    first = reader.send(asked, fields)
    again = reader.send(asked, fields)
    assert first.receipt == again.receipt
    other = reader.send(asked, {**fields, "text": "改了再交"})
    assert (other.status, other.handed_back) == (409, "改了再交")
    assert "<code>" not in other.page
    assert [one.text for one in kept(town)] == ["一条意见"]
    town.clock.set(at(31))
    assert reader.send(asked, fields).receipt == first.receipt, "it was in time"


def test_many_send_the_same_form_at_once(town: Town, reader: Reader, asked: Published) -> None:
    fields = {**reader.form(asked), "text": "一条意见"}
    town.clock.advance(form().least)
    receipts: list[str] = []
    senders = [threading.Thread(target=lambda: receipts.append(reader.send(asked, fields).receipt)) for _ in range(8)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    assert len(receipts) == 8
    assert len(set(receipts)) == 1
    assert len(kept(town)) == 1


# -- in time -----------------------------------------------------------------------------------------


def test_a_second_decides_and_the_text_goes_back_whole(town: Town, reader: Reader, asked: Published) -> None:
    long = "意见，一字不少 <b>&amp;\"'\n" * 300 + "完"
    town.clock.set(at(31, -form().least - 1))
    before, late = reader.form(asked), reader.form(asked)
    town.clock.set(at(31, -1))
    assert reader.send(asked, {**before, "text": "最后一秒"}).status == 200
    town.clock.set(at(31))
    sent = reader.send(asked, {**late, "text": long})
    assert (sent.status, sent.handed_back) == (410, long)
    assert "已于 2026年12月23日 24时截止" in sent.page
    assert "2026-12-24 00:00" in sent.page, "when it came"
    assert "通信地址" not in sent.page
    assert "信函" not in sent.page
    town.clock.advance(1)
    assert reader.send(asked, {**late, "text": long}).status == 410
    assert [one.text for one in kept(town)] == ["最后一秒"]


def test_the_time_is_judged_where_it_is_written(
    town: Town, reader: Reader, asked: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was in time when he was looked at, and is not when it is his turn to be written down, is late."""
    town.clock.set(at(31, -1))
    fields = {**reader.form(asked), "text": "正好过点"}
    write = town.house.store.write

    def slow(act: Callable[[Tx], Comment]) -> Comment:
        town.clock.set(at(31))
        return write(act)

    monkeypatch.setattr(town.house.store, "write", slow)
    sent = reader.send(asked, {**fields, "work": solved(fields["form"])})
    assert (sent.status, sent.handed_back) == (410, "正好过点")
    assert kept(town) == []


def test_nothing_is_taken_before_it_begins(town: Town, reader: Reader) -> None:
    asked = ask_public(town, first=1, last=31)
    town.settle(5)
    sent = reader.send(asked, {"text": "太早"})
    assert (sent.status, sent.handed_back) == (403, "太早")
    assert "信函" in sent.page
    town.clock.set(at(1))
    assert reader.say(asked, "正好").status == 200


def test_a_notice_that_was_withdrawn_takes_none(town: Town, reader: Reader, asked: Published) -> None:
    fields = reader.form(asked)
    town.withdraw(asked, reason="重新起草")
    town.clock.advance(form().least)
    sent = reader.send(asked, {**fields, "text": "还想说"})
    assert (sent.status, sent.handed_back) == (410, "还想说")
    assert "怎样提意见" in town.page(asked.address)[1]
    town.settle(10)
    assert "怎样提意见" not in town.page(asked.address)[1]


def test_where_nothing_is_asked_there_is_no_form(town: Town, reader: Reader, asked: Published) -> None:
    other = town.publish("办结情况", channels=("website",))
    for name in (other.notice, "202611-nothing0", "../../etc", "receipt/x", "%00"):
        sent = reader.send(name, {"text": "给谁"})
        assert sent.status in (404, 405), name
    assert reader.send("202611-nothing0", {"text": "给谁"}).handed_back == "给谁"


def test_an_office_whose_site_takes_none_has_no_form(tmp_path: Path) -> None:
    with consulted(tmp_path) as town:
        done = ask_public(town, more={"发文机关": "云岭高新区医疗保障局", "责任股室": "sb"})
        town.settle(5)
        assert Reader(town).send(done, {"text": "有人吗"}).status == 404
        page = town.page(done.address)[1]
        assert "怎样提意见" in page, "the other ways are there all the same"
        assert "/comment/" not in page


# -- hardened ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"text": ""}, ["请写下您的意见。"]),
        ({"text": " \r\n\t "}, ["请写下您的意见。"]),
        ({"text": "长" * (most().text + 1)}, ["有 5001 字，最多 5000 字。请缩短，或者分几次提交。"]),
        ({"name": "名" * (most().name + 1)}, ["姓名：有 51 字，最多 50 字。请缩短，或者分几次提交。"]),
        ({"text": "零\0字"}, ["里面有看不见的控制字符，这里已经去掉。请看一遍再提交。"]),
        ({"name": "李\r\nSet-Cookie: a=b"}, ["姓名：里面有看不见的控制字符，这里已经去掉。请看一遍再提交。"]),
        ({"form": ""}, ["这张表不是本站给出的，或者不完整。已换上新的一张，请再提交一次。"]),
        ({"form": "202611-7k3q9d2m.1.2.3"}, ["这张表不是本站给出的，或者不完整。已换上新的一张，请再提交一次。"]),
        ({"answer": "100"}, ["这个问题的答案不对，请再算一次；可以写数字。"]),
        ({"answer": "", "work": "1,2,3"}, ["这个问题的答案不对，请再算一次；可以写数字。"]),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(
    town: Town, reader: Reader, asked: Published, changed: dict[str, str], said: list[str]
) -> None:
    fields = {**reader.form(asked), "text": "一条意见", "name": "李梅"}
    town.clock.advance(form().least)
    sent = reader.send(asked, {**fields, **changed})
    assert (sent.status, sent.wrong) == (400, said)
    text = ({**fields, **changed})["text"].strip().replace("\0", "")
    assert sent.handed_back == text
    assert kept(town) == []


def test_a_form_that_comes_too_fast_too_late_or_from_another_notice_is_not_taken(
    town: Town, reader: Reader, asked: Published
) -> None:
    other = ask_public(
        town, number="JC-2026-03", more={"标题": "关于公开征求另一件事意见的公告", "文号": "云高人社公告〔2026〕99号"}
    )
    town.settle(5)
    fields = {**reader.form(asked), "text": "一条意见"}
    assert reader.send(asked, fields).wrong == ["提交得太快，像是机器填的。请稍等几秒再提交。"]
    elsewhere = {**reader.form(other), "text": "一条意见"}
    town.clock.advance(form().least)
    assert "不是本站给出的" in reader.send(asked, elsewhere).wrong[0]
    town.clock.advance(form().life)
    assert "打开得太久" in reader.send(asked, fields).wrong[0]
    assert kept(town) == []


def test_work_for_one_form_is_none_for_another(reader: Reader, asked: Published) -> None:
    one, other = reader.form(asked), reader.form(asked)
    sent = reader.send(asked, {"form": other["form"], "work": solved(one["form"]), "text": "一条"})
    assert sent.status == 400


def test_too_many_are_told_to_wait_and_keep_their_text(town: Town, reader: Reader, asked: Published) -> None:
    many = rates()["address_plain"].many
    for number in range(many):
        assert reader.say(asked, f"第{number}条").status == 200
    sent = reader.say(asked, "多出来的")
    assert (sent.status, sent.handed_back) == (429, "多出来的")
    assert 0 < int(sent.headers["retry-after"]) <= rates()["address_plain"].seconds
    fields = reader.form(asked)
    worked = {"form": fields["form"], "work": solved(fields["form"]), "text": "做了计算的"}
    assert reader.send(asked, worked).status == 200, "who proves work has more"
    town.clock.advance(int(sent.headers["retry-after"]))
    assert reader.say(asked, "等到了").status == 200


def test_forms_without_end_are_not_even_looked_at(town: Town, reader: Reader, asked: Published) -> None:
    found = [reader.send(asked, {"text": "刷"}) for _ in range(rates()["posts"].many + 1)]
    assert [one.status for one in found[:-1]] == [400] * rates()["posts"].many
    assert (found[-1].status, found[-1].handed_back) == (429, "刷")


def test_a_window_has_its_limit_and_people_behind_our_own_proxy_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {**rates(), "window_plain": Rate(3, 3_600), "address_plain": Rate(1, 3_600), "site_plain": Rate(1, 3_600)}
    monkeypatch.setattr(counting, "rates", lambda: few)
    with prepared(tmp_path / "home", DrivenClock(), OUTLETS) as ground:
        with (ground.home / "gongkai.toml").open("a", encoding="utf-8") as file:
            file.write('[comments]\nproxies = ["127.0.0.1"]\n')
        with opened(ground) as town:
            asked, reader = ask_public(town), Reader(town)
            found = []
            two, six = "203.0.113.2", "6.6.6.6, 203.0.113.2"
            for who in ("203.0.113.1", "203.0.113.1", two, six, "2001:db8::1", "2001:db8::2", "2001:db8:0:7::2"):
                fields = {**reader.form(asked), "text": f"我在{who}"}
                town.clock.advance(form().least)
                found.append(reader.send(asked, fields, x_forwarded_for=who).status)
            assert found == [200, 429, 200, 429, 200, 429, 429]
            fields = {**reader.form(asked), "text": "第四个人"}
            town.clock.advance(form().least)
            assert reader.send(asked, fields, x_forwarded_for="203.0.113.9").status == 429, "of the window"
            assert len(kept(town)) == 3


def test_no_address_of_anybody_is_kept(town: Town, reader: Reader, asked: Published) -> None:
    fields = {**reader.form(asked), "text": "一条意见"}
    town.clock.advance(form().least)
    parts = urlsplit(town.house.configuration.public_url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20, source_address=("127.9.8.7", 0))
    line.request("POST", f"/comment/{asked.notice}", urlencode(fields), FORM)
    assert line.getresponse().status == 200
    line.close()
    written = [file for file in town.house.home.rglob("*") if file.is_file()]
    assert len(written) > 3
    assert [file.name for file in written if b"127.9.8.7" in file.read_bytes()] == []
    assert town.house.store.read(lambda c: c.execute(select(func.count()).select_from(shared)).scalar()) == 0


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}&lt;</textarea><h1>"


def test_markup_is_text_everywhere(town: Town, reader: Reader, asked: Published, tmp_path: Path) -> None:
    pages = [reader.say(asked, HOSTILE, clause=HOSTILE[:90], name='"><script>')]
    pages.append(reader.look(pages[0].receipt))
    pages.append(reader.look(HOSTILE))
    fields = reader.form(asked)
    pages.append(reader.send(asked, {**fields, "text": HOSTILE, "clause": '" autofocus onfocus="alert(1)'}))
    town.clock.set(at(31))
    pages.append(reader.send(asked, {"text": HOSTILE}))
    files = []
    for number, sent in enumerate(pages):
        assert "<script>alert" not in sent.page
        assert "<img src=x" not in sent.page
        assert 'onfocus="' not in sent.page
        files.append(tmp_path / f"{number}.html")
        files[-1].write_text(sent.page, "utf-8")
    assert nu(files) == []
    assert pages[-1].handed_back == HOSTILE


def test_it_is_taken_from_our_own_pages_only(town: Town, reader: Reader, asked: Published) -> None:
    own = town.house.configuration.public_url
    fields = {**reader.form(asked), "text": "一条意见"}
    town.clock.advance(form().least)
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ):
        sent = reader.send(asked, fields, **headers)
        assert (sent.status, sent.handed_back) == (403, "一条意见")
    assert kept(town) == []
    assert reader.send(asked, fields, origin=own, sec_fetch_site="same-origin").status == 200


def raw(town: Town, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    """A post on a connection of its own, with just these headers."""
    parts = urlsplit(town.house.configuration.public_url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    line.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    found = answer.status, answer.read()
    line.close()
    return found


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"text": "x"}', "application/json", 415),
        (b"text=x", "", 415),
        (b"text=x", "multipart/form-data; boundary=x", 415),
        ("text=意见".encode(), FORM["content-type"], 400),
        ("&".join(["a=b"] * 40).encode(), FORM["content-type"], 400),
        (b"", FORM["content-type"], 400),
        (b"text=%ED%A0%80%FF%FE", FORM["content-type"], 400),
        (b"text", FORM["content-type"], 400),
        (b"%00=%00&\r\n\r\n", FORM["content-type"], 400),
    ],
)
def test_a_body_that_is_no_form_is_refused(town: Town, asked: Published, body: bytes, kind: str, status: int) -> None:
    headers = {"content_type": kind} if kind else {}
    assert raw(town, f"/comment/{asked.notice}", body, **headers)[0] == status
    assert kept(town) == []


def test_a_text_far_too_long_goes_back_and_one_longer_than_a_post_is_not_read(
    town: Town, reader: Reader, asked: Published
) -> None:
    text = "长" * 25_000
    sent = reader.send(asked, {**reader.form(asked), "text": text})
    assert (sent.status, sent.handed_back) == (400, text)
    status, _ = raw(
        town, f"/comment/{asked.notice}", b"text=" + b"a" * (most_posted() - 100), content_type=FORM["content-type"]
    )
    assert status == 400
    parts = urlsplit(town.house.configuration.public_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        head = f"POST /comment/{asked.notice} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['content-type']}\r\n"
        line.sendall(f"{head}Content-Length: {most_posted() + 1}\r\n\r\ntext=".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")


def test_other_methods_are_none(town: Town, asked: Published) -> None:
    parts = urlsplit(town.house.configuration.public_url)
    for method, status in (("PUT", 405), ("DELETE", 405), ("HEAD", 200), ("OPTIONS", 405)):
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        line.request(method, f"/comment/{asked.notice}")
        assert line.getresponse().status == status, method
        line.close()


def test_nothing_of_a_comment_is_logged(reader: Reader, asked: Published) -> None:
    with structlog.testing.capture_logs() as logs:
        receipt = reader.say(asked, "绝密的意见", name="李梅", contact="13900000000").receipt
        reader.look(receipt)
        reader.look("不对的")
        reader.send(asked, {"text": "绝密的意见"})
    assert not re.search(f"绝密|李梅|1390000|{receipt}|127.0.0.1", json.dumps(logs, default=str, ensure_ascii=False))


@pytest.mark.logs_errors
def test_a_store_that_is_away_hands_the_text_back(town: Town, reader: Reader, asked: Published) -> None:
    fields = {**reader.form(asked), "text": "一条意见"}
    town.clock.advance(form().least)
    with away(town, "comment"):
        sent = reader.send(asked, fields)
    assert (sent.status, sent.handed_back) == (503, "一条意见")
    assert reader.send(asked, fields).status == 200


# -- read by receipt ---------------------------------------------------------------------------------


def test_the_answer_is_told_when_the_feedback_is_public_and_not_before(
    town: Town, reader: Reader, asked: Published
) -> None:
    receipt = reader.say(asked, "建议增加托育岗位。").receipt
    (one,) = kept(town)
    assert "已收到，等待整理" in reader.look(receipt).page
    decided = Decided(one.id, Disposition.PARTLY, "先在两个社区试点", "岗位类别")
    town.house.store.write(lambda tx: decide(tx, [decided], office="rsj", by=BY))
    page = reader.look(receipt).page
    assert "已受理，正在研究" in page
    assert "试点" not in page
    town.clock.set(at(31))
    back = feed_back(town)
    page = reader.look(receipt).page
    assert "部分采纳" in page
    assert "先在两个社区试点" in page
    assert back.address in page
    town.withdraw(back, reason="有误")
    assert "试点" not in reader.look(receipt).page


def test_why_it_was_rejected_is_told(town: Town, reader: Reader, asked: Published) -> None:
    receipt = reader.say(asked, "买买买").receipt
    (one,) = kept(town)
    town.house.store.write(lambda tx: reject(tx, one.id, office="rsj", why="广告", by=BY))
    page = reader.look(receipt).page
    assert "未受理" in page
    assert "广告" in page


def test_a_number_that_is_wrong_and_one_that_is_none_look_alike(reader: Reader, asked: Published) -> None:
    receipt = reader.say(asked, "一条意见").receipt
    found = [reader.look(one) for one in (numbered(5), receipt[:-1] + ("0" if receipt[-1] != "0" else "1"), "x", "")]
    assert {one.status for one in found} == {404}
    bodies = {re.sub(r'value="[^"]*"', "", one.page) for one in found}
    assert len(bodies) == 1


def test_guessing_is_slowed_down(reader: Reader, asked: Published) -> None:
    many = rates()["receipts"].many
    found = [reader.look("11111-11111-11111-11111").status for _ in range(many + 1)]
    assert found == [404] * many + [429]


def test_ones_own_is_taken_back_while_the_window_is_open(town: Town, reader: Reader, asked: Published) -> None:
    one, other = reader.say(asked, "收回的", name="李梅").receipt, reader.say(asked, "留着的").receipt
    unsure = reader.look(one, act="withdraw")
    assert "请先勾选" in unsure.page
    assert "已撤回" not in unsure.page
    back = reader.look(one, act="withdraw", sure="yes")
    assert "已撤回" in back.page
    assert "撤回这条意见" not in back.page
    first, second = kept(town)
    assert (first.withdrawn_at, first.has_person) == (town.clock.now(), False)
    assert second.withdrawn_at is None
    town.clock.set(at(31))
    late = reader.look(other, act="withdraw", sure="yes")
    assert "不能再撤回" in late.page
    assert kept(town)[1].withdrawn_at is None


# -- beside all else ---------------------------------------------------------------------------------


def test_who_is_late_is_told_at_once_while_the_store_is_busy(town: Town, reader: Reader, asked: Published) -> None:
    """A bulk of deliveries holds the store's turn; a refusal asks for none."""
    fields = reader.form(asked)
    town.clock.set(at(31, 1))
    held, let_go = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        assert let_go.wait(60)

    holder = threading.Thread(target=lambda: town.house.store.write(hold))
    holder.start()
    assert held.wait(20)
    started = time.monotonic()
    sent = reader.send(asked, {**fields, "text": "晚了一秒"})
    took = time.monotonic() - started
    let_go.set()
    holder.join()
    assert (sent.status, sent.handed_back) == (410, "晚了一秒")
    assert took < 5, "nobody waited for the store's turn"


def test_a_second_late_is_refused_while_a_bulk_run_is_going(town: Town, reader: Reader, asked: Published) -> None:
    for number in range(40):
        town.publish(f"批量{number}", channels=("website",))
    town.clock.set(at(31, -1))
    fields, late = reader.form(asked), reader.form(asked)
    last = reader.send(asked, {**fields, "text": "赶上了", "work": solved(fields["form"])})
    assert last.status == 200
    said = {**late, "text": "晚了一秒", "work": solved(late["form"])}
    town.clock.set(at(31, 1))
    running, done = threading.Event(), threading.Event()

    def deliver() -> None:
        running.set()
        town.engine.run_until_idle()
        done.set()

    bulk = threading.Thread(target=deliver)
    bulk.start()
    assert running.wait(20)
    sent = reader.send(asked, said)
    was_going = not done.is_set()
    bulk.join()
    assert (sent.status, sent.handed_back) == (410, "晚了一秒")
    assert was_going, "the bulk was still going"
    assert [one.text for one in kept(town)] == ["赶上了"]


def test_many_who_write_at_once_each_get_a_receipt_of_their_own(town: Town, reader: Reader, asked: Published) -> None:
    forms = [reader.form(asked) for _ in range(12)]
    found: list[str] = []

    def send(fields: dict[str, str], number: int) -> None:
        said = {**fields, "text": f"第{number}条", "work": solved(fields["form"])}
        found.append(reader.send(asked, said).receipt)

    senders = [threading.Thread(target=send, args=(fields, number)) for number, fields in enumerate(forms)]
    for one in senders:
        one.start()
    until(lambda: len(found) == 12 or not any(one.is_alive() for one in senders))
    for one in senders:
        one.join()
    assert len(set(found)) == 12
    rows = town.house.store.read(lambda c: c.execute(select(comment.c.receipt)).scalars().all())
    assert len(set(rows)) == 12
