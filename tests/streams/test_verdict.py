"""What follows from an answer: the whole table, for every nature, state and kind of failure."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import (
    Accepted,
    Delivered,
    Done,
    Gone,
    Nature,
    NeverFound,
    NotYet,
    Outcome,
    Pretended,
    Refused,
    TryAgain,
    Unsure,
)
from config.messages import Language, say
from streams.retry import Schedule, limits, schedule
from streams.verdict import REFUSALS, Standing, Verdict, after_answer, after_failure

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLAN = schedule("normal")
FIRST = Standing(Outcome.PLANNED, 1, None)
ASKED = Standing(Outcome.ACCEPTED, 1, None)  # accepted, and asked about since
DOUBTED = Standing(Outcome.UNKNOWN, 1, None)  # nobody saw the answer, and it is being looked up
SPENT = Standing(Outcome.PLANNED, len(PLAN.delays), None)
FAILURES: list[Exception] = [
    TryAgain("503"),
    TryAgain("429", throttled=True),
    TryAgain("429", retry_after=120, throttled=True),
    Refused("422"),
    Refused("413", final=True),
    Gone("410"),
    Unsure("timed out"),
    ValueError("a fault of ours"),
]
failures = st.sampled_from(FAILURES)
standings = st.builds(
    Standing,
    st.sampled_from([Outcome.PLANNED, Outcome.ACCEPTED, Outcome.UNKNOWN]),
    st.integers(1, 15),
    st.none() | st.integers(0, 10**6).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)


def of(failure: Exception, standing: Standing = FIRST, nature: Nature = Nature.KEYED) -> Verdict:
    """The verdict by the routine schedule."""
    return after_failure(failure, standing, PLAN, nature, NOW)


# -- answers ---------------------------------------------------------------------------------------


def test_a_step_that_is_done_leads_on_at_once() -> None:
    verdict = after_answer(Done({"media": "7"}, "uploaded"), FIRST, NOW)
    assert verdict == Verdict(
        Outcome.PLANNED, "done", NOW, note="uploaded", scratch={"media": "7"}, advanced=True, healthy=True
    )


@pytest.mark.parametrize("again", [None, NOW + timedelta(minutes=1)])
def test_accepted_is_final_unless_there_is_something_to_ask(again: datetime | None) -> None:
    verdict = after_answer(Accepted("42", ask_again_at=again), FIRST, NOW)
    assert (verdict.state, verdict.due_at, verdict.reference) == (Outcome.ACCEPTED, again, "42")
    assert verdict.advanced
    assert verdict.healthy


def test_a_doubt_that_is_over_lets_the_rest_go_out() -> None:
    verdict = after_answer(Done({"until": None}), DOUBTED, NOW)
    assert (verdict.state, verdict.due_at, verdict.advanced) == (Outcome.PLANNED, NOW, True)


@pytest.mark.parametrize("standing", [FIRST, ASKED, DOUBTED])
def test_what_is_not_due_yet_waits_as_it_is_and_nothing_is_wrong(standing: Standing) -> None:
    later = NOW + timedelta(hours=9)
    verdict = after_answer(NotYet(later, "quiet hours", {"absent": 1}), standing, NOW)
    assert verdict == Verdict(
        standing.state, "waits", later, cause="quiet hours", scratch={"absent": 1}, advanced=True, healthy=None
    )


@pytest.mark.parametrize("standing", [FIRST, ASKED, DOUBTED])
def test_delivered_is_the_end(standing: Standing) -> None:
    verdict = after_answer(Delivered("42"), standing, NOW)
    assert (verdict.state, verdict.due_at, verdict.healthy) == (Outcome.DELIVERED, None, True)


def test_a_rehearsal_says_nothing_of_the_outlet() -> None:
    verdict = after_answer(Pretended("演练"), FIRST, NOW)
    assert (verdict.state, verdict.outcome, verdict.due_at, verdict.healthy) == (
        Outcome.PRETENDED,
        Outcome.PRETENDED,
        None,
        None,
    )


# -- failures --------------------------------------------------------------------------------------


@given(failures, standings, st.sampled_from(Nature))
def test_whatever_fails_it_ends_or_is_due_again_and_says_why(
    failure: Exception, standing: Standing, nature: Nature
) -> None:
    verdict = of(failure, standing, nature)
    waits = verdict.due_at is not None
    assert waits == (verdict.outcome == "again")
    assert verdict.state is not Outcome.SENDING
    assert str(failure) in verdict.cause
    assert not verdict.advanced
    if waits:
        assert verdict.state is standing.state, "a try that failed changes nothing"
        assert verdict.due_at is not None
        assert verdict.due_at >= NOW
        assert standing.expires_at is None or verdict.due_at < standing.expires_at
    else:
        assert verdict.state is not Outcome.PLANNED
    if verdict.state in (Outcome.DELIVERED, Outcome.PRETENDED):
        raise AssertionError("a failure is no success")


@given(failures, standings, st.sampled_from(Nature))
def test_what_was_accepted_stays_accepted_whatever_comes_of_asking(
    failure: Exception, standing: Standing, nature: Nature
) -> None:
    if standing.state is Outcome.ACCEPTED and not isinstance(failure, Refused):
        assert of(failure, standing, nature).state is Outcome.ACCEPTED


@given(failures, standings, st.sampled_from(Nature))
def test_a_doubt_stays_one_whatever_comes_of_looking_it_up(
    failure: Exception, standing: Standing, nature: Nature
) -> None:
    if standing.state is Outcome.UNKNOWN:
        assert of(failure, standing, nature).state is Outcome.UNKNOWN


@given(failures, standings, st.sampled_from(Nature))
def test_that_nobody_can_be_asked_says_nothing_of_sending(
    failure: Exception, standing: Standing, nature: Nature
) -> None:
    verdict = of(failure, standing, nature)
    if standing.state is not Outcome.PLANNED:
        assert verdict.healthy is None
        assert verdict.not_before is None, "nothing else is held up"


@pytest.mark.parametrize("failure", [Unsure("timed out"), ValueError("a fault of ours")])
def test_what_can_be_looked_up_is_due_then(failure: Exception) -> None:
    soon = timedelta(minutes=1)
    verdict = after_failure(failure, FIRST, PLAN, Nature.IRREVERSIBLE, NOW, looks_up_after=soon)
    assert (verdict.state, verdict.due_at) == (Outcome.UNKNOWN, NOW + soon)


@given(standings, st.sampled_from(Nature))
def test_what_was_looked_for_in_vain_is_a_persons_to_decide(standing: Standing, nature: Nature) -> None:
    verdict = of(NeverFound("neither here nor there"), standing, nature)
    assert (verdict.state, verdict.due_at, verdict.healthy) == (Outcome.UNKNOWN, None, None)


@given(standings)
def test_an_irreversible_send_without_an_answer_is_never_repeated(standing: Standing) -> None:
    verdict = of(Unsure("timed out"), standing, Nature.IRREVERSIBLE)
    if standing.state is Outcome.PLANNED:
        assert (verdict.state, verdict.due_at, verdict.healthy) == (Outcome.UNKNOWN, None, False)
    else:
        assert verdict.state is standing.state, "asking what became of it may be repeated"


@given(standings, st.sampled_from([KeyError("SendStatusSet"), ValueError("x"), OSError(28, "No space left on device")]))
def test_nor_after_a_fault_of_ours_that_may_have_come_after_the_send(standing: Standing, fault: Exception) -> None:
    verdict = of(fault, standing, Nature.IRREVERSIBLE)
    assert verdict.state is (Outcome.UNKNOWN if standing.state is Outcome.PLANNED else standing.state)


def test_a_full_disk_is_the_outlets_trouble_and_is_probed() -> None:
    verdict = of(OSError(28, "No space left on device"), nature=Nature.STATE)
    assert (verdict.state, verdict.outcome, verdict.healthy) == (Outcome.PLANNED, "again", False)


@pytest.mark.parametrize("nature", [nature for nature in Nature if nature is not Nature.IRREVERSIBLE])
def test_any_other_send_without_an_answer_is_repeated(nature: Nature) -> None:
    verdict = of(Unsure("timed out"), FIRST, nature)
    assert (verdict.state, verdict.outcome, verdict.healthy) == (Outcome.PLANNED, "again", False)
    assert verdict.due_at is not None
    assert verdict.due_at >= NOW + timedelta(seconds=limits()["throttled"]), "a time-out is a sign of too much"


def test_one_that_is_gone_is_disabled_and_its_message_waits_for_a_person() -> None:
    verdict = of(Gone("410"))
    assert verdict.disables
    assert (verdict.state, verdict.due_at) == (Outcome.PARKED, None)
    assert not any(of(failure).disables for failure in FAILURES if not isinstance(failure, Gone))


@pytest.mark.parametrize("tries", range(1, REFUSALS + 2))
def test_a_refusal_is_final_at_once_or_after_three_tries(tries: int) -> None:
    standing = Standing(Outcome.PLANNED, tries, None)
    assert of(Refused("413", final=True), standing).state is Outcome.REFUSED
    again = of(Refused("422"), standing)
    assert again.state is (Outcome.REFUSED if tries >= REFUSALS else Outcome.PLANNED)
    assert again.healthy is None, "the message is refused: the outlet is well"


@pytest.mark.parametrize(
    ("failure", "spent"),
    [(TryAgain("503"), Outcome.FAILED), (Unsure("timed out"), Outcome.FAILED), (ValueError("x"), Outcome.PARKED)],
    ids=["try again", "unsure", "fault of ours"],
)
def test_when_the_tries_are_used_up_it_fails_or_waits_for_a_person(failure: Exception, spent: Outcome) -> None:
    assert of(failure, SPENT).state is spent
    assert of(failure, Standing(Outcome.PLANNED, 99, NOW + timedelta(days=9))).state is Outcome.EXPIRED


def test_a_cause_is_kept_short_and_without_what_no_database_takes() -> None:
    verdict = of(TryAgain("a\0b" + "长" * 100_000))
    assert verdict.cause.startswith("a\N{REPLACEMENT CHARACTER}b长")
    assert len(verdict.cause) <= 2_000


def test_a_fault_of_ours_is_no_sign_of_the_outlets_health() -> None:
    assert of(ValueError("x")).healthy is None
    assert of(ValueError("x")).cause == "ValueError: x"


@given(st.floats(0, 10**6))
def test_the_whole_lane_waits_as_long_as_the_outlet_asked(seconds: float) -> None:
    verdict = of(TryAgain("429", retry_after=seconds, throttled=True))
    asked = NOW + timedelta(seconds=min(seconds, limits()["retry_after_limit"]))
    assert verdict.not_before == asked
    assert verdict.due_at is not None
    assert verdict.due_at >= asked
    assert of(TryAgain("503")).not_before is None


def test_an_emergency_is_tried_until_it_expires() -> None:
    plan, ends = schedule("emergency"), NOW + timedelta(minutes=10)
    tired = Standing(Outcome.PLANNED, 500, ends)
    assert after_failure(TryAgain("503"), tired, plan, Nature.KEYED, NOW).state is Outcome.PLANNED
    late = after_failure(TryAgain("503"), tired, plan, Nature.KEYED, ends - timedelta(seconds=1))
    assert late.state is Outcome.EXPIRED


def test_a_schedule_without_tries_left_says_so_at_once() -> None:
    verdict = after_failure(TryAgain("503"), FIRST, Schedule((0.0,)), Nature.KEYED, NOW)
    assert (verdict.state, verdict.due_at) == (Outcome.FAILED, None)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whatever_becomes_of_an_attempt_has_words(lang: Language) -> None:
    answers = (Done(), NotYet(NOW, "x"), Accepted(), Delivered(), Pretended())
    verdicts = [after_answer(answer, standing, NOW) for answer in answers for standing in (FIRST, ASKED, DOUBTED)]
    verdicts += [
        of(failure, standing, nature) for failure in FAILURES for standing in (FIRST, SPENT) for nature in Nature
    ]
    assert all(say(f"outcome.{verdict.outcome}", lang) for verdict in verdicts)
