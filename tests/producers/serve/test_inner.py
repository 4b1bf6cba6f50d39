"""The inner listener over real sockets: what it shows, to whom, and what it says when it cannot see."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from lxml import html
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update

from producers.publish import Published
from producers.serve.headers import inner_headers, public_headers
from producers.serve.inner import ASSETS, Inner
from producers.serve.listeners import BadHost, NotLoopback, PortTaken, bind, bind_inner, is_loopback
from streams.clock_trust import confirm, look
from streams.store.store import Tx
from streams.store.tables import delivery, endpoint, lane, line, notice
from tests.journeys.town import Town
from tests.producers.serve.doors import Answer, ask, away, behind

Pages = tuple[str, Inner]


@pytest.fixture(scope="module")
def pages(site: Town) -> Iterator[Pages]:
    """The inner listener of the module's town."""
    with behind(site) as found:
        yield found


def tree(answer: Answer) -> html.HtmlElement:
    """The page in an answer."""
    return html.fromstring(answer.body.decode())


def row_of(answer: Answer, done: Published) -> html.HtmlElement:
    """The row of one notice."""
    return tree(answer).get_element_by_id(f"n-{done.notice}")


def rows(answer: Answer) -> list[str]:
    """The notices of a status page, by id, in order."""
    return [row.get("id").removeprefix("n-") for row in tree(answer).iterfind(".//tbody/tr")]


# -- the status page ---------------------------------------------------------------------------------


def test_each_notice_over_all_outlets(site: Town, pages: Pages) -> None:
    page = tree(ask(pages[0], "/"))
    headings = [cell.text_content() for cell in page.iterfind(".//thead//th")]
    assert headings == ["公开件", "网站", "订阅源"]
    row = next(row for row in page.iterfind(".//tbody/tr") if "第一件公开件" in row.text_content())
    marks = [" ".join(cell.text_content().split()) for cell in row.iterfind("td")]
    assert all(mark.startswith("已送达") for mark in marks)
    assert all(cell.find(".//svg") is not None for cell in row.iterfind("td")), "a state is a shape too"
    assert "2次 · " in marks[0]  # written, then read back
    assert row.find("td//time").get("datetime")


def test_of_what_was_just_published_it_is_not_said_that_it_goes_nowhere(town: Town) -> None:
    done = town.publish("刚刚公开的", channels=("website",))
    with behind(town) as (origin, _):
        cells = [cell.text_content().strip() for cell in row_of(ask(origin, "/"), done).iterfind("td")]
        assert set(cells) == {"待分发"}
        town.settle(5)
        website, feeds = row_of(ask(origin, "/"), done).iterfind("td")
        assert "待分发" not in website.text_content()
        assert feeds.text_content().strip() == "不发"


def test_it_speaks_english_when_asked(pages: Pages) -> None:
    page = tree(ask(pages[0], "/?lang=en"))
    assert page.get("lang") == "en"
    assert [cell.text_content() for cell in page.iterfind(".//thead//th")] == ["Notice", "Website", "Feeds"]
    assert "delivered" in page.find(".//tbody").text_content()
    assert all("lang=en" in link.get("href") for link in page.find_class("title"))


def test_a_cause_is_read_out_with_its_state(town: Town) -> None:
    done = town.publish("失败的")
    town.settle(5)
    with behind(town) as (origin, _):
        cause = '对方说：<不行> & "再来"'
        town.house.store.write(lambda tx: tx.connection.execute(update(delivery).values(cause=cause)))
        mark = row_of(ask(origin, "/"), done).find_class("mark")[0]
        tip = tree(ask(origin, "/")).get_element_by_id(mark.get("aria-describedby"))
        assert cause in tip.text_content()


def test_the_newest_first_and_every_one_on_one_page_only(town: Town) -> None:
    """45 notices, ten of them released in the same instant."""
    now = town.clock.now()
    at = [now - timedelta(seconds=max(place, 10)) for place in range(45)]
    names = [f"202611-{place:08d}" for place in range(45)]
    many = [
        {"id": name, "office": "ybj" if place % 3 else "rsj", "kind": "t05", "index_number": name, "state": "released"}
        | {"version": 1, "sequence": 1, "created_at": at[place], "released_at": at[place]}
        for place, name in enumerate(names)
    ]
    town.house.store.write(lambda tx: tx.connection.execute(insert(notice), many))
    expected = sorted(zip(at, names, strict=True), reverse=True)
    with behind(town) as (origin, _):
        found, path, sizes = [], "/", []
        while path:
            answer = ask(origin, path)
            found += rows(answer)
            sizes.append(len(rows(answer)))
            older = tree(answer).find(".//a[@rel='next']")
            path = "" if older is None else older.get("href")
    assert found == [name for _, name in expected]
    assert sizes == [20, 20, 5]


def test_many_endpoints_of_a_channel_are_counted(town: Town) -> None:
    done = town.publish("到处都有")
    town.settle(5)

    def more(tx: Tx) -> None:
        tables = tx.connection
        for place in range(30):
            tables.execute(
                insert(endpoint).values(
                    id=f"p{place}",
                    office="rsj",
                    channel="webhook",
                    title=f"报{place}",
                    options="{}",
                    sequence=1,
                    state="enabled",
                    added_at=town.clock.now(),
                    pretend=False,
                )
            )
            tables.execute(
                insert(delivery).values(
                    id=f"d{place}",
                    endpoint=f"p{place}",
                    urgent=False,
                    sequence=1,
                    message=f"{done.notice}.1",
                    subject=done.notice,
                    subject_sequence=1,
                    rendition="",
                    parts=1,
                    state="failed" if place == 7 else "delivered",
                    cause="",
                    planned_at=town.clock.now(),
                )
            )

    town.house.store.write(more)
    with behind(town) as (origin, _):
        cell = row_of(ask(origin, "/"), done).find("td[@data-label='推送']")
        assert [" ".join(one.text_content().split()) for one in cell.iterfind(".//li")] == [
            "已送达 29",
            "失败 1",
            "30个投放点",
        ]


@pytest.mark.parametrize("before", ["x", "1.", "99999999999999999999999999.a", "-1.b", "1.2.3", "'; drop table notice"])
def test_a_mark_of_no_page_is_told_so(pages: Pages, before: str) -> None:
    assert ask(pages[0], f"/?before={quote(before)}").status == 404


# -- one notice ----------------------------------------------------------------------------------------


def test_everything_that_became_of_one(site: Town, pages: Pages) -> None:
    done = site.publish("要更正的")
    site.settle(5)
    site.correct(done, "更正过的", note="标题写错了")
    site.settle(5)
    site.withdraw(done, reason="还是不对")
    site.settle(5)
    for name in (done.notice, done.index_number, done.address):
        page = tree(ask(pages[0], f"/notices/{name}"))
        assert "更正过的" in page.find(".//h1").text_content(), name
        acts = [" ".join(act.text_content().split()[3:]) for act in page.find_class("acts")[0].iterfind("li")]
        assert [acts[3], acts[-2], acts[-1]] == ["公开", "更正：标题写错了", "撤回：还是不对"]
        ways = page.find_class("way")
        assert [way.find_class("channel")[0].text_content() for way in ways] == ["网站", "订阅源"] * 3
        steps = [cell.text_content() for cell in ways[0].iterfind(".//tbody/tr/td[2]")]
        assert steps == ["写入", "读回核对"]


def test_what_is_not_there_is_said(pages: Pages) -> None:
    found = ask(pages[0], "/notices/202611-00000000")
    assert (found.status, "没有这个页面" in found.body.decode()) == (404, True)
    assert "There is no such page" in ask(pages[0], "/nothing?lang=en").body.decode()


# -- how the whole stands --------------------------------------------------------------------------------


def test_troubles_are_named_with_what_to_do(town: Town) -> None:
    def make(tx: Tx) -> None:
        tables, now = tx.connection, town.clock.now()
        stopped = {"stage": "plan", "dead_in_row": 20, "stopped_at": now, "why": "20 dead letters in a row"}
        tables.execute(insert(line).values(stopped))
        tables.execute(update(endpoint).where(endpoint.c.id == "site").values(state="disabled", reason="410"))
        for name, values in (("feeds", {"opened_at": now}), ("ybj-site", {"paused_at": now, "paused_why": "改版"})):
            row = {"endpoint": name, "urgent": False, "failures": 4, "probes": 0, "ramp": 1, "failing_since": now}
            tables.execute(insert(lane).values(row | values))

    with behind(town) as (origin, _):
        assert "一切正常" in ask(origin, "/").body.decode()
        assert json.loads(ask(origin, "/readyz").body) == {"store": True, "engine": True, "stages": True}
        town.house.store.write(make)
        town.clock.advance(10)
        said = [" ".join(one.text_content().split()) for one in tree(ask(origin, "/")).find_class("troubles")[0]]
        assert len(said) == 4
        assert "gongkai resume" in said[0]
        assert sum("gongkai endpoints" in one for one in said) == 2
        ready = ask(origin, "/readyz")
        assert (ready.status, json.loads(ready.body)["stages"]) == (503, False)
        held = {one.labels["how"]: one.value for one in samples(ask(origin, "/metrics"), "gongkai_endpoints_held_up")}
        assert held == {"open": 1, "paused": 1, "disabled": 1}


def test_a_clock_that_nobody_believes_is_told_with_what_waits_for_it(town: Town) -> None:
    def doubted(origin: str) -> list[float]:
        return [one.value for one in samples(ask(origin, "/metrics"), "gongkai_clocks_doubted")]

    look(town.house.store, "another machine")
    look(town.house.store, town.house.station)
    with behind(town) as (origin, _):
        assert doubted(origin) == [0]
        assert not tree(ask(origin, "/")).find_class("troubles")
        town.clock.put(86_400)
        look(town.house.store, "another machine")
        look(town.house.store, town.house.station)
        assert doubted(origin) == [2]
        said = [" ".join(one.text_content().split()) for one in tree(ask(origin, "/")).find_class("troubles")[0]]
        assert len(said) == 2
        assert all("到点的 0 件" in one and "gongkai clock confirm --now" in one for one in said)
        town.house.store.write(lambda tx: confirm(tx, town.house.station, by="测试"))
        assert doubted(origin) == [1]


def samples(answer: Answer, name: str) -> list[Any]:
    """The samples of one metric, as Prometheus' own parser reads them."""
    families = text_string_to_metric_families(answer.body.decode())
    return [one for family in families if family.name == name for one in family.samples]


def test_metrics_are_those_of_this_instant(town: Town) -> None:
    with behind(town) as (origin, _):
        town.publish("要数的")
        town.engine.run_stages()
        town.engine.run_stages()
        town.clock.advance(30)
        found = {
            (one.labels["channel"], one.labels["state"]): one.value
            for one in samples(ask(origin, "/metrics"), "gongkai_deliveries")
        }
        assert found == {("website", "planned"): 1, ("feed", "planned"): 1}
        oldest = {
            one.labels["channel"]: one.value
            for one in samples(ask(origin, "/metrics"), "gongkai_oldest_waiting_seconds")
        }
        assert oldest == {"website": 30, "feed": 30}
        town.settle(5)
        assert {
            (one.labels["channel"], one.labels["state"]): one.value
            for one in samples(ask(origin, "/metrics"), "gongkai_deliveries")
        } == {("website", "delivered"): 1, ("feed", "delivered"): 1}


def test_while_the_store_cannot_be_read(town: Town) -> None:
    """What was seen last, under the words that it is old; never a page that looks well."""
    town.publish("先前看到的")
    town.settle(5)
    with behind(town) as (origin, _):
        assert "截至" in tree(ask(origin, "/")).get_element_by_id("pulse").text_content()
        with away(town, "notice"):
            town.clock.advance(60)
            found = ask(origin, "/")
            assert found.status == 503
            assert "先前看到的" in found.body.decode()
            pulse = tree(found).get_element_by_id("pulse")
            assert "起没有更新" in pulse.text_content()
            assert "is-stale" in pulse.get("class")
            unseen = ask(origin, "/notices/whatever")
            assert (unseen.status, "读不到数据库" in unseen.body.decode()) == (503, True)
        with away(town, "delivery"):
            assert json.loads(ask(origin, "/readyz").body)["store"] is False
        assert ask(origin, "/").status == 200


# -- who may look ------------------------------------------------------------------------------------------

EVERY = [
    "/",
    "/notices/x",
    "/posters",
    "/timed",
    "/due",
    "/due/rsj.ics",
    "/files/",
    "/live",
    "/healthz",
    "/readyz",
    "/metrics",
    "/nothing",
]
EVERY += [f"/assets/{name}" for name in ASSETS]


@pytest.mark.parametrize("path", ["/", "/index.html", "/feeds/all.atom", "/posters", "/ybj/", "/n/202611/x.html"])
def test_of_the_public_files_only_the_posters_are_there(pages: Pages, path: str) -> None:
    """Whatever is attached to a notice runs under another origin than these pages."""
    assert ask(pages[0], f"/files{path}").status == 404


def test_the_list_of_pages_is_whole(pages: Pages) -> None:
    known = {"/" + path.split("/")[1].split("?")[0] for path in EVERY}
    assert {"/" + route.path.split("/")[1] for route in pages[1].routes()} <= known  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("host", ["gongkai.example", "127.0.0.1.evil.example", "evil.example:8081", "a b", "[::2]", ""])
def test_a_page_asked_for_under_another_name_is_refused(pages: Pages, path: str, host: str) -> None:
    """DNS rebinding: a name of somebody else's may lead to this machine."""
    found = ask(pages[0], path, host=host)
    assert (found.status, len(found.body) < 100) == (400, True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8081", "localhost", "LOCALHOST:1", "[::1]:8081"])
def test_this_machines_names_are_taken(pages: Pages, host: str) -> None:
    assert ask(pages[0], "/healthz", host=host).status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "10.0.0.1", "example.org", "", "127.0.0.1.nip.io"])
def test_the_inner_listener_is_for_this_machine_alone(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(NotLoopback):
        bind_inner(host, 0)


def test_a_port_in_use_and_an_address_of_others_are_told_apart() -> None:
    with bind("127.0.0.1", 0) as taken:
        with pytest.raises(PortTaken) as told:
            bind("127.0.0.1", taken.getsockname()[1])
        assert told.value.port == taken.getsockname()[1]
    with pytest.raises(BadHost):
        bind("192.0.2.1", 0)


# -- headers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in EVERY if path != "/live"])
def test_every_inner_answer_carries_its_headers(pages: Pages, path: str) -> None:
    wanted = {name.lower(): value for name, value in inner_headers()}
    for found in (ask(pages[0], path), ask(pages[0], path, "POST"), ask(pages[0], path, host="evil.example")):
        assert wanted.items() <= found.headers.items(), (path, found.status)
        assert "unsafe" not in found.headers["content-security-policy"]
    if not path.startswith(("/assets", "/files")):
        assert ask(pages[0], path).headers["cache-control"] == "no-store"


def test_every_public_answer_carries_its_headers(site: Town, origin: str) -> None:
    wanted = {name.lower(): value for name, value in public_headers(origin)}
    answers = [
        ask(origin, "/"),
        ask(origin, "/", if_none_match="*"),
        ask(origin, "/", range="bytes=0-1"),
        ask(origin, "/", range="bytes=99999999-"),
        ask(origin, "/", "POST"),
        ask(origin, "/missing"),
        ask(origin, "/all"),
        ask(origin, "/feeds/all.atom"),
        malformed(origin),
    ]
    assert [found.status for found in answers] == [200, 304, 206, 416, 405, 404, 301, 200, 400]
    for found in answers:
        assert wanted.items() <= found.headers.items(), found.status
    assert wanted["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert "strict-transport-security" not in wanted
    assert ("Strict-Transport-Security", "max-age=31536000") in public_headers("https://example.gov.cn")


def malformed(origin: str) -> Answer:
    """What the server itself says to something that is no HTTP."""
    parts = urlsplit(origin)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as wire:
        wire.sendall(b"this is not HTTP\r\n\r\n")
        answer = b""
        while piece := wire.recv(65_536):
            answer += piece
    head, _, body = answer.decode().partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    return Answer(
        int(status.split()[1]), {a.lower(): b for a, _, b in (x.partition(": ") for x in lines)}, body.encode()
    )
