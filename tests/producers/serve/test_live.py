"""Live pages over real sockets: what changed and nothing else, signs of life, an end."""

import asyncio
from contextlib import ExitStack

from config.clock import DrivenClock
from config.serve import inner
from producers.serve.live import Live
from streams.store.store import StoreUnavailable
from tests.journeys.town import Town
from tests.producers.serve.doors import ask, away, behind, listening


def test_a_page_is_told_everything_then_what_changed(town: Town) -> None:
    first = town.publish("先有的")
    town.settle(5)
    with behind(town) as (origin, _), listening(origin) as stream:
        told = stream.next("parts")
        assert list(told["parts"]) == ["figures", "head", f"n-{first.notice}"]
        assert told["order"] == [f"n-{first.notice}"]
        assert stream.next("beat")["failed"] is False
        town.clock.advance(1)
        second = town.publish("后来的")
        told = stream.next("parts")
        assert told["order"] == [f"n-{second.notice}", f"n-{first.notice}"]
        assert f"n-{first.notice}" not in told["parts"]
        assert "后来的" in told["parts"][f"n-{second.notice}"]
        town.settle(5)
        while "已送达" not in told["parts"].get(f"n-{second.notice}", ""):
            told = stream.next("parts")


def test_one_notice_is_live_too_in_the_language_of_its_page(town: Town) -> None:
    done = town.publish("看着的")
    town.settle(5)
    with behind(town) as (origin, _), listening(origin, f"/live?notice={done.notice}&lang=en") as stream:
        told = stream.next("parts")
        assert "Index number" in told["parts"]["summary"]
        assert len(told["order"]) == 2
        town.withdraw(done, reason="不对")
        town.settle(5)
        order, acts = told["order"], ""
        while len(order) < 4 or "withdrawn: 不对" not in acts:
            told = stream.next("parts")
            order, acts = told["order"], told["parts"].get("acts", acts)


def test_a_page_hears_when_nothing_can_be_seen_and_when_it_can_again(town: Town) -> None:
    with behind(town) as (origin, _), listening(origin) as stream:
        assert stream.next("beat")["failed"] is False
        at = stream.next("beat")["at"]  # by itself, although nothing has changed
        with away(town, "notice"):
            town.clock.advance(90)
            while not (beat := stream.next("beat"))["failed"]:
                pass
            assert beat["at"] == at  # since when
        while (beat := stream.next("beat"))["failed"]:
            pass
        assert beat["at"] > at


def test_so_many_watch_and_no_more(town: Town) -> None:
    with behind(town) as (origin, app):
        with ExitStack() as many:
            for _ in range(inner().viewers):
                many.enter_context(listening(origin)).next("beat")
            refused = ask(origin, "/live")
            assert (refused.status, refused.headers["retry-after"]) == (503, "5")
            assert ask(origin, "/").status == 200
        while app.live.watchers:  # those who went away are noticed
            ask(origin, "/healthz")
        with listening(origin) as stream:
            stream.next("beat")


def test_the_end_of_the_server_ends_every_page(town: Town) -> None:
    with ExitStack() as pages:
        with behind(town) as (origin, _):
            stream = pages.enter_context(listening(origin))
            stream.next("beat")
        try:
            while True:
                stream.next("beat")
        except EOFError:
            return


def test_what_no_page_shows_is_not_live(town: Town) -> None:
    with behind(town) as (origin, _):
        assert ask(origin, "/live?notice=unknown").status == 404
        assert ask(origin, "/live?before=x").status == 404


# -- by itself -----------------------------------------------------------------------------------------


def test_a_slow_watcher_gets_the_newest_and_misses_what_was_between() -> None:
    looks: list[str] = []

    def read(view: str) -> int:
        looks.append(view)
        return len(looks)

    async def run() -> list[int]:
        live: Live[str, int] = Live(read, DrivenClock())
        looking = asyncio.create_task(live.run())
        watch = live.watch("page")
        got = [(await anext(watch)).seen]
        for _ in range(2):
            had = len(looks)
            while len(looks) < had + 2:  # looks go by
                live.stir()
                await asyncio.sleep(0)
            got.append((await anext(watch)).seen)
        looking.cancel()
        await watch.aclose()
        assert live.watchers == 0
        return got

    first, second, third = asyncio.run(run())
    assert first == 1
    assert first + 1 < second
    assert second + 1 < third


def test_nobody_watches_so_nobody_looks() -> None:
    looks: list[str] = []

    async def run() -> None:
        live: Live[str, None] = Live(looks.append, DrivenClock())
        looking = asyncio.create_task(live.run())
        live.stir()
        await asyncio.wait([looking], timeout=0.1)
        looking.cancel()

    asyncio.run(run())
    assert looks == []


def test_a_view_that_was_never_seen_is_not_made_up() -> None:
    def fail(_: str) -> None:
        raise StoreUnavailable("away")

    async def run() -> None:
        live: Live[str, None] = Live(fail, DrivenClock())
        try:
            await live.now("page")
        except StoreUnavailable:
            return
        raise AssertionError("a look at nothing")

    asyncio.run(run())
