"""The stream of a page of the sandbox misses no change, whenever it comes."""

import asyncio
from collections.abc import AsyncIterator

from sandbox.live import Live


async def said(stream: AsyncIterator[str | bytes | memoryview]) -> str:
    """The next that it says; fails when it says nothing."""
    return str(await asyncio.wait_for(anext(stream), 10))


def test_what_changes_before_it_is_heard_or_while_it_is_written_is_told() -> None:
    async def follow() -> None:
        live = Live()
        stream = live.changes().body_iterator.__aiter__()
        assert await said(stream) == "retry: 1000\n\n"
        assert await said(stream) == "data: changed\n\n", "what came after the page was made"
        await live.say_changed()  # nobody waits yet
        await live.say_changed()
        assert await said(stream) == "data: changed\n\n"
        next_one = asyncio.ensure_future(anext(stream))
        await asyncio.wait([next_one], timeout=0.05)
        assert not next_one.done(), "nothing changed since"
        await live.say_changed()
        assert await asyncio.wait_for(next_one, 10) == "data: changed\n\n"
        await live.leave()
        assert [piece async for piece in stream] == []

    asyncio.run(follow())
