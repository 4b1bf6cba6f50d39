"""A rehearsal is the real thing up to the sending, and nothing leaves."""

from dataclasses import replace

import pytest

from channels.base import LimitsBroken, Nature, Pretended, Recipient
from channels.pretend import Pretend
from config.kinds import kinds
from tests import factories
from tests.channels.http.connects import watched
from tests.channels.http.listeners import OK, answering, listening
from tests.channels.webhook.partners import channel, work


def test_it_renders_as_the_real_channel_does_and_finds_the_same_faults() -> None:
    real = channel(supersede=False)
    rehearsal = Pretend(real)
    assert rehearsal.render(factories.message()) == real.render(factories.message())
    assert rehearsal.edition == real.edition
    assert rehearsal.parts(2_500) == real.parts(2_500)
    assert all(rehearsal.speaks_of(kind) == real.speaks_of(kind) for kind in kinds())
    with pytest.raises(LimitsBroken):
        rehearsal.render(factories.message(factories.version(summary="长" * 9_000)))


def test_it_speaks_to_whom_the_real_channel_speaks_but_leaves_nothing_behind() -> None:
    real = channel(supersede=False)
    rehearsal = Pretend(real)
    for word in ("name", "public", "hears_minor", "hears_withdrawals", "supersedes"):
        assert getattr(rehearsal, word) == getattr(real, word), word
    assert (rehearsal.leaves, rehearsal.nature) == (False, Nature.STATE)


def test_nothing_is_sent_and_it_says_what_would_have_been() -> None:
    with listening(answering(OK)) as partner, watched() as connected:
        rehearsal = Pretend(channel(f"http://127.0.0.1:{partner.port}/"))
        said = work(endpoint="ribao")
        assert rehearsal.next_step(said) == "pretend"
        answer = rehearsal.send("pretend", said)
        assert isinstance(answer, Pretended)
        for word in ("演练", said.message.version.title, "ribao", said.rendition.sha256[:12], "event.json"):
            assert word in answer.note
        persons = tuple(Recipient(place, lambda: "13900000000") for place in range(3))
        assert "3 人" in rehearsal.send("pretend", replace(said, recipients=persons)).note
        assert (connected, partner.connections) == ([], 0)
