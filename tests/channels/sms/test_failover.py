"""A second vendor: for whom the first surely sent nothing, and for nobody else."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.base import DECIDED, Gone, LimitsBroken, Outcome, Refused, TryAgain, Unsure
from channels.sms import Channel
from channels.sms.failover import MOST
from channels.sms.options import SmsOptions
from channels.sms.texts import texts
from channels.sms.vendor import Doubtful, Rejected, Report, Result, Slower, SomeNumber, Took, Unwanted
from tests.channels.contract import options, tools, work
from tests.channels.sms.outlets import releases
from tests.channels.sms.part import Act, Double, OneByOne, Part, part
from tests.channels.sms.test_sending import lost, mixed

SECOND = {
    "vendor": "tencent",
    "key_id": "AKIDsecond",
    "secret": "other-key",
    "app": "1400000001",
    "templates": {"t01": "2001"},
}
TO_ENABLE = "no money，然后 gongkai endpoints enable"  # why an endpoint is disabled, and what to do
NO_MONEY = Rejected("no money", final=False, elsewhere=True)  # beside others that were taken
WANTS_NONE = Rejected("opted out", final=True)
NOT_HERE = Rejected("refused here", final=True, elsewhere=True)
Parts = Callable[..., AbstractContextManager[Part]]


@contextmanager
def two(folder: Path, many: int, kind: type[Double] = Double, **changes: Any) -> Iterator[Part]:
    with part(folder, many, kind, second=SECOND, **changes) as one:
        yield one


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return partial(two, tmp_path)


def raises(failure: Exception) -> Act:
    """The whole request comes to nothing."""

    def act(asked: Sequence[str]) -> Sequence[Result]:
        raise failure

    return act


def another(one: Part) -> Part:
    """The same part of another text."""
    one.told.clear()
    one.scratch.clear()
    one.state, one.due, one.tries = Outcome.PLANNED, one.clock.now(), 0
    return one


# -- who is sent to by the second ------------------------------------------------------------------


def test_who_is_refused_for_no_fault_of_his_is_sent_to_by_the_second(parts: Parts) -> None:
    with parts(5, OneByOne) as one:
        one.vendor.acts = [mixed(one.vendor, n1=NOT_HERE, n3=WANTS_NONE)]
        one.run()
        assert one.second.phones == [one.numbers[1]]
        assert one.states() == ["accepted", "accepted", "accepted", "refused", "accepted"]
        assert one.told[1].reference == f"no-{one.numbers[1]}"


def test_who_wants_no_more_or_is_no_number_is_sent_to_by_nobody(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.otherwise = lambda asked: [WANTS_NONE for _ in asked]
        one.run()
        assert one.second.requests == []
        assert one.states() == ["refused"] * 3


def test_who_was_refused_by_both_has_both_reasons(parts: Parts) -> None:
    with parts(2, OneByOne) as one:
        one.vendor.acts = [mixed(one.vendor, n1=NOT_HERE)]
        one.second.otherwise = lambda asked: [Rejected("nor here", final=True, elsewhere=True) for _ in asked]
        one.run()
        assert one.states() == ["accepted", "refused"]
        assert "refused here" in one.told[1].cause
        assert "nor here" in one.told[1].cause


def test_who_may_have_been_sent_to_is_not_sent_to_by_the_second(parts: Parts) -> None:
    with parts(4, OneByOne) as one:
        one.vendor.acts = [mixed(one.vendor, n1=Doubtful("who knows"))]
        one.run()
        assert one.second.requests == []
        assert one.states() == ["accepted", "unknown", "accepted", "accepted"]


def test_a_request_whose_answer_nobody_saw_is_looked_up_at_its_own_vendor(parts: Parts) -> None:
    with parts(4) as one:
        one.vendor.acts = [raises(Gone("no money"))]
        one.second.acts = [lost(one.second, taken=True)]
        one.run()
        assert (one.vendor.phones, one.second.phones) == ([], one.numbers)
        assert (one.vendor.asked, bool(one.second.asked)) == ([], True)
        assert one.states() == ["accepted"] * 4


def test_receipts_are_asked_for_where_the_text_went(parts: Parts) -> None:
    with parts(4, OneByOne) as one:
        now = one.clock.now()
        one.vendor.acts = [mixed(one.vendor, n2=NOT_HERE)]
        one.vendor.receipts = {number: Report(number, "b", True, "X", now) for number in one.numbers}
        one.second.receipts = {number: Report(number, "b", False, "Y", now) for number in one.numbers}
        one.run()
        assert one.states() == ["delivered", "delivered", "failed", "delivered"]


def test_a_request_has_no_more_numbers_than_the_second_takes(tmp_path: Path) -> None:
    with part(tmp_path, 7, second=SECOND | {"batch": 3}) as one:
        one.vendor.otherwise = raises(Gone("no money"))
        one.run()
        assert [len(request) for request in one.second.requests] == [3, 3, 1]
        assert one.states() == ["accepted"] * 7


# -- when a whole request is refused ---------------------------------------------------------------


@pytest.mark.parametrize("failure", [Gone("no money"), Refused("template", final=True), Refused("unlisted")])
def test_an_account_that_cannot_send_is_not_waited_for(parts: Parts, failure: Exception) -> None:
    with parts(3) as one:
        begun = one.clock.now()
        one.vendor.otherwise = raises(failure)
        while one.state is Outcome.PLANNED:
            one.wait()
            one.step()
        assert one.clock.now() == begun
        assert one.second.phones == one.numbers
        assert len(one.vendor.requests) == 1


def test_what_ails_an_account_is_told_until_it_takes_a_request(parts: Parts) -> None:
    with parts(3) as one:
        assert one.channel.ails() == []
        one.vendor.otherwise = raises(Gone("no money"))
        one.run()
        (told,) = one.channel.ails()
        assert (told.why, told.since) == ("no money", one.ran[0])
        another(one).run()
        assert [found.since for found in one.channel.ails()] == [told.since], "since it was first known"
        one.vendor.otherwise = one.vendor.takes
        another(one).run()
        assert one.channel.ails() == []


def test_both_accounts_may_ail(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.otherwise, one.second.otherwise = raises(Gone("no money")), raises(Gone("wrong key"))
        one.run()
        assert [found.why for found in one.channel.ails()] == ["no money", "wrong key"]
        assert one.whys[-1] == TO_ENABLE, "the endpoint is disabled"


def test_what_ails_the_only_account_is_a_disabled_endpoints_affair(tmp_path: Path) -> None:
    with part(tmp_path, 3) as one:
        one.vendor.otherwise = raises(Gone("no money"))
        one.run()
        assert one.whys[-1] == TO_ENABLE
        assert one.channel.ails() == ()


def test_a_vendor_that_does_not_answer_is_tried_three_times(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.otherwise = raises(TryAgain("no line", throttled=True))  # as one that cannot be connected to
        one.run()
        assert (len(one.vendor.requests), one.second.phones) == (3, one.numbers)
        assert [why for why in one.whys if why][:2] == ["no line", "no line"]


def test_in_an_emergency_once_is_enough(parts: Parts) -> None:
    with parts(3, urgent=True) as one:
        begun = one.clock.now()
        one.vendor.otherwise = raises(Slower("slower", retry_after=60, throttled=True))
        one.step()
        one.step()
        assert one.clock.now() == begun
        assert one.second.phones == one.numbers


def test_who_had_many_texts_today_hears_of_an_emergency_by_the_second(parts: Parts) -> None:
    often = Rejected("too often", final=False, retry_after=3_600, elsewhere=True)
    with parts(3, OneByOne, urgent=True) as one:
        begun = one.clock.now()
        one.vendor.acts = [mixed(one.vendor, n1=often)]
        one.step()
        one.step()
        assert (one.clock.now(), one.second.phones) == (begun, [one.numbers[1]])
    with parts(3, OneByOne) as one:
        one.vendor.acts = [mixed(one.vendor, n1=often)]
        one.run()
        assert one.second.requests == [], "what is no emergency can wait for him"


def test_a_vendor_that_asks_for_slower_sending_is_obeyed(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.acts = [raises(Slower("slower", throttled=True)) for _ in range(5)]
        one.run()
        assert (one.vendor.phones, one.second.requests) == (one.numbers, [])


def test_what_is_refused_for_its_words_goes_to_no_other(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.otherwise = raises(Unwanted("words", final=True))
        one.run()
        assert (one.state, one.second.requests) == (Outcome.REFUSED, [])


def test_when_both_are_down_each_is_tried_by_turns_and_then_as_the_schedule_says(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.otherwise, one.second.otherwise = raises(TryAgain("down")), raises(TryAgain("down too"))
        begun = one.clock.now()
        for _ in range(60):
            one.wait()
            one.step()
        assert one.state is Outcome.PLANNED
        assert 5 < len(one.second.requests) < MOST < len(one.vendor.requests) + len(one.second.requests)
        assert (one.clock.now() - begun).total_seconds() > 12 * 3_600
        one.vendor.otherwise = one.vendor.takes
        one.run()
        assert one.states() == ["accepted"] * 3


def test_an_account_that_comes_back_is_not_stopped_by_the_second_s(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.acts = [raises(TryAgain("down")) for _ in range(4)]
        one.second.otherwise = raises(Gone("no money either"))
        one.run()
        assert one.vendor.phones == one.numbers
        assert one.second.phones == []


def test_when_neither_account_can_send_a_person_must_act(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.otherwise = raises(Gone("no money"))
        one.second.otherwise = raises(Gone("no money either"))
        for _ in range(3):
            one.step()
        assert (one.state, one.whys[-1]) == (Outcome.PARKED, TO_ENABLE), "the first one's reason"
        one.vendor.otherwise, one.state, one.due = one.vendor.takes, Outcome.PLANNED, one.clock.now()
        one.run()  # it was paid, and the endpoint enabled
        assert (one.vendor.phones, one.state) == (one.numbers, Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("first", "second", "ends"),
    [
        (Gone("no money"), Refused("template", final=True), (Outcome.PARKED, TO_ENABLE)),
        (Gone("no money"), Unwanted("words", final=True), (Outcome.PARKED, TO_ENABLE)),
        (Refused("template", final=True), Gone("no money"), (Outcome.REFUSED, "template")),
    ],
)
def test_the_word_of_the_first_is_final(
    parts: Parts, first: Exception, second: Exception, ends: tuple[Outcome, str]
) -> None:
    with parts(3) as one:
        one.vendor.otherwise, one.second.otherwise = raises(first), raises(second)
        while one.due is not None:
            one.wait()
            one.step()
        assert (one.state, one.whys[-1]) == ends


@pytest.mark.parametrize("second", [Unwanted("words", final=True), Refused("template", final=True), TryAgain("down")])
def test_one_whom_the_second_will_not_send_to_either_is_nobody_elses_trouble(parts: Parts, second: Exception) -> None:
    later = Rejected("later", final=False, retry_after=600)
    with parts(5, OneByOne) as one:
        one.vendor.acts = [mixed(one.vendor, n1=NOT_HERE, n2=later)]
        one.second.otherwise = raises(second)
        one.run()
        assert one.states() == ["accepted", "refused", "accepted", "accepted", "accepted"]
        assert set(one.vendor.asked) == {number for number in one.numbers if number != one.numbers[1]}


def test_in_an_emergency_both_are_tried_every_minute(parts: Parts) -> None:
    with parts(3, urgent=True) as one:
        begun = one.clock.now()
        one.vendor.otherwise, one.second.otherwise = raises(TryAgain("down")), raises(TryAgain("down too"))
        while one.clock.now() < begun + timedelta(minutes=12):
            one.wait()
            one.step()
        one.vendor.otherwise = one.vendor.takes
        while not one.vendor.phones:
            one.wait()
            one.step()
        assert one.clock.now() <= begun + timedelta(minutes=14)


def test_no_failure_is_taken_for_the_endpoint_s_health(parts: Parts) -> None:
    with parts(3) as one:
        one.vendor.otherwise, one.second.otherwise = raises(Gone("no money")), raises(TryAgain("down too"))
        for _ in range(6):
            one.wait()
            one.step()
        assert True not in one.healthy


def test_who_is_moved_when_the_second_is_taken_out_is_the_first_s_again_before_it_sends(tmp_path: Path) -> None:
    """A doubt of the first must not be looked up at the second, should that come back."""
    with part(tmp_path, 3, second=SECOND) as one:
        one.vendor.acts = [raises(Gone("no money")), lost(one.vendor, taken=True)]
        one.step()
        assert one.scratch["moved"]
        there, gone = one.channel.options, one.channel.options.model_copy(update={"second": None})
        one.channel.options = gone
        one.step()
        one.step()
        assert (one.state, one.scratch["moved"]) == (Outcome.UNKNOWN, {})
        one.channel.options = there
        one.run()
        assert (one.vendor.phones, one.second.phones) == (one.numbers, [])


def test_a_doubt_of_a_second_that_is_gone_is_left_to_a_person(tmp_path: Path) -> None:
    with part(tmp_path, 3, second=SECOND) as one:
        one.vendor.acts = [raises(Gone("no money"))]
        one.second.acts = [lost(one.second, taken=True)]
        one.step()
        one.step()
        assert one.state is Outcome.UNKNOWN
        one.channel.options = one.channel.options.model_copy(update={"second": None})
        one.wait()
        one.step()
        assert (one.state, one.due, one.vendor.asked) == (Outcome.UNKNOWN, None, [])
        one.scratch |= {DECIDED: "arrived"}
        one.step()
        assert one.states() == ["accepted"] * 3


def test_whom_the_second_cannot_be_asked_about_is_left_to_the_next_round(parts: Parts) -> None:
    with parts(4, OneByOne) as one:
        one.vendor.acts = [mixed(one.vendor, n0=NOT_HERE)]
        one.vendor.receipts = {number: Report(number, "b", True, "X", one.clock.now()) for number in one.numbers}
        one.second.deaf = -1
        one.run()
        assert one.states() == ["accepted", "delivered", "delivered", "delivered"]


def test_numbers_that_only_the_second_could_send_to_do_not_stop_the_endpoint(parts: Parts) -> None:
    with parts(3, OneByOne) as one:
        one.vendor.acts = [mixed(one.vendor, n1=NOT_HERE)]
        one.second.otherwise = raises(Gone("no money"))
        one.run()
        assert one.states() == ["accepted", "refused", "accepted"]
        assert one.state is not Outcome.PARKED


# -- a test text ------------------------------------------------------------------------------------


def test_a_test_text_goes_by_each_account_and_says_which(tmp_path: Path) -> None:
    with part(tmp_path, 1, second=SECOND, templates={"t01": "SMS_1", "test": "SMS_9"}) as one:
        said = one.channel.test_to("13900000000").splitlines()
        assert [line.partition(":")[0] for line in said] == ["阿里云短信", "腾讯云短信"]
        assert "test" in said[1], "it has no template there, which does not hide that a text went"
        assert (one.vendor.phones, one.second.phones) == (["13900000000"], [])
        one.vendor.otherwise = raises(Gone("no money"))
        with pytest.raises(Gone):
            one.channel.test_to("13900000000")


# -- whether it may ---------------------------------------------------------------------------------


@pytest.mark.parametrize("longer", [None, 35])
def test_it_sends_what_an_endpoint_of_its_own_would_send_alike(tmp_path: Path, longer: int | None) -> None:
    its = SECOND | {"variable_length": longer, "templates": dict.fromkeys(texts().templates, "2001")}
    with tools(tmp_path) as given:
        first = Channel(SmsOptions.model_validate(options("sms") | {"second": its}), given)
        alone = {name: options("sms")[name] for name in ("audience", "sign", "phone")}
        second = Channel(SmsOptions.model_validate(alone | its), given)
        found = Counter[bool]()
        for label, said in releases().items():
            with suppress(LimitsBroken):
                ours = json.loads(first.render(said).main.body)
                try:
                    theirs = json.loads(second.render(said).main.body)
                except LimitsBroken:
                    theirs = None
                may = first._ways(work(first, said)).second is not None
                assert may == (theirs is not None), label
                assert theirs is None or theirs["text"] == ours["text"]
                found[may] += 1
    assert found[True]
    assert found[False]


def test_whoever_looks_is_told_whether_the_second_may_send_it(tmp_path: Path) -> None:
    said = releases()["t01-contribution-base"]
    for templates, told in ((SECOND["templates"], "可由腾讯云短信转发"), ({"t05": "2005"}, "腾讯云短信不能转发")):
        with tools(tmp_path) as given:
            shown = SmsOptions.model_validate(options("sms") | {"second": SECOND | {"templates": templates}})
            channel = Channel(shown, given)
            (text,) = channel.preview(channel.render(said), {})
            assert told in text.body.decode()


def test_without_a_template_there_it_sends_nothing(tmp_path: Path) -> None:
    with part(tmp_path, 3, second=SECOND | {"templates": {"t05": "2005"}}) as one:
        one.vendor.otherwise = raises(Gone("no money"))
        one.step()
        assert (one.state, one.second.requests) == (Outcome.PARKED, [])


@pytest.mark.parametrize(
    ("second", "where"),
    [
        ({"app": ""}, "app"),
        ({"vendor": "nobody"}, "nobody"),
        ({"batch": 201}, "200"),
        ({"audience": "others"}, "audience"),
    ],
)
def test_an_account_that_cannot_be_is_refused(second: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SmsOptions.model_validate(options("sms") | {"second": SECOND | second})
    assert where in str(refused.value)


def test_the_same_account_is_no_second_one() -> None:
    first = options("sms")
    same = {name: first[name] for name in ("vendor", "key_id", "secret", "templates")}
    with pytest.raises(ValidationError, match="second"):
        SmsOptions.model_validate(first | {"second": same})
    with pytest.raises(ValidationError, match="huidiao"):
        SmsOptions.model_validate(first | {"callbacks": "huidiao", "second": SECOND | {"callbacks": "huidiao"}})


# -- emergencies, where the office wants them twice --------------------------------------------------


@pytest.fixture
def urgent_twice(tmp_path: Path) -> Iterator[Part]:
    with two(tmp_path, 3, urgent=True, emergencies_twice=True) as one:
        yield one


@pytest.mark.parametrize(("wanted", "each"), [(True, "0.11"), (False, "0.06")])
def test_what_may_go_out_twice_may_cost_what_both_ask(tmp_path: Path, each: str, *, wanted: bool) -> None:
    second = SECOND | {"price": "0.06"}
    with part(tmp_path, 3, price="0.05", second=second, urgent=True, emergencies_twice=wanted) as one:
        segments = one.work.rendition.used["segments"]
        assert one.channel.price(one.work.rendition, 1000) == Decimal(each) * segments * 1000


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("dies", [True, False])
def test_who_may_have_had_an_emergency_is_sent_to_by_the_second_as_well(
    urgent_twice: Part, *, taken: bool, dies: bool
) -> None:
    one = urgent_twice
    one.vendor.acts = [one.vendor.takes if dies and taken else lost(one.vendor, taken=taken)]
    one.step(dies=dies)
    one.run()
    assert one.second.phones == one.numbers
    assert one.vendor.phones == (one.numbers if taken else [])
    assert len(one.vendor.requests) == 1
    assert one.states() == ["accepted"] * 3
    assert one.clock.now() - one.ran[0] < timedelta(days=4)
    assert any("可能收到两条" in why for why in one.whys) or dies


def test_only_an_emergency_and_only_where_it_is_wanted(tmp_path: Path) -> None:
    for urgent, wanted in ((True, False), (False, True)):
        with two(tmp_path / f"{urgent}", 3, urgent=urgent, emergencies_twice=wanted) as one:
            one.vendor.acts = [lost(one.vendor, taken=True)]
            one.run()
            assert (one.vendor.phones, one.second.phones) == (one.numbers, [])


def test_a_number_that_is_in_doubt_beside_others_is_sent_to_by_the_second_alone(urgent_twice: Part) -> None:
    one = urgent_twice
    one.vendor.acts = [lambda asked: [Took("1"), Doubtful("no answer"), Took("3")]]
    one.run()
    assert one.second.phones == [one.numbers[1]]


def test_whom_the_second_will_not_send_to_either_stays_in_doubt(urgent_twice: Part) -> None:
    one = urgent_twice
    one.vendor.acts = [lost(one.vendor, taken=True)]
    one.second.otherwise = lambda asked: [WANTS_NONE] * len(asked)
    one.run()
    assert one.vendor.phones == one.numbers
    assert one.states() == ["unknown"] * 3, "the first may have sent"


def test_when_the_second_is_taken_out_who_is_in_doubt_is_not_sent_to_again(tmp_path: Path) -> None:
    with two(tmp_path / "two", 3, urgent=True, emergencies_twice=True) as one:
        one.vendor.acts = [lost(one.vendor, taken=True)]
        one.step()
        kept = one.scratch
    with part(tmp_path / "one", 3, urgent=True) as one:
        one.scratch = kept
        one.run()
        assert one.vendor.requests == []
        assert one.states() == ["unknown"] * 3


def test_twice_needs_two() -> None:
    with pytest.raises(ValidationError, match="emergencies_twice"):
        SmsOptions.model_validate(options("sms") | {"emergencies_twice": True})


# -- whatever happens -------------------------------------------------------------------------------

MISHAPS = st.sampled_from(["takes", "lost", "lost, taken", "again", "gone", "refused", "unwanted", "slower"])
NUMBERS = st.sampled_from(["takes", "takes", "not here", "wants none", "later"])


@given(
    many=st.integers(1, 9),
    batches=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    urgent=st.booleans(),
    twice=st.booleans(),
    each=st.lists(NUMBERS, min_size=9, max_size=9),
    mishaps=st.tuples(st.lists(MISHAPS, max_size=8), st.lists(MISHAPS, max_size=8)),
    deaths=st.sets(st.integers(0, 20), max_size=5),
)
def test_whatever_goes_wrong_nobody_gets_it_twice_from_whomever(  # each is a dimension
    many: int,
    batches: tuple[int, int],
    urgent: bool,
    twice: bool,
    each: list[str],
    mishaps: tuple[list[str], list[str]],
    deaths: set[int],
) -> None:
    second = SECOND | {"batch": batches[1]}
    with (
        TemporaryDirectory() as folder,
        part(Path(folder), many, batch=batches[0], second=second, urgent=urgent, emergencies_twice=twice) as one,
    ):
        said = {
            "not here": NOT_HERE,
            "wants none": WANTS_NONE,
            "later": Rejected("later", final=False, retry_after=3_600, elsewhere=True),
        }
        of = dict(zip(one.numbers, each, strict=False))

        def well(vendor: Double, asked: Sequence[str]) -> Sequence[Result]:
            if vendor is one.second:
                return vendor.takes(asked)
            if len(asked) > 1 and any(of[number] != "takes" for number in asked):
                raise SomeNumber("one of them")
            (first, *_) = asked
            return [said[of[first]]] if of[first] != "takes" else vendor.takes(asked)

        def ill(vendor: Double, mishap: str) -> Act:
            def act(asked: Sequence[str]) -> Sequence[Result]:
                match mishap:
                    case "again" | "slower":
                        raise (Slower if mishap == "slower" else TryAgain)("busy", throttled=True)
                    case "gone":
                        raise Gone("no money")
                    case "refused" | "unwanted":
                        raise (Unwanted if mishap == "unwanted" else Refused)("no", final=True)
                    case "lost":
                        raise Unsure("no answer")
                results = well(vendor, asked)
                if mishap == "lost, taken":
                    raise Unsure("no answer")
                return results

            return act

        for vendor, ills in zip((one.vendor, one.second), mishaps, strict=True):
            vendor.acts, vendor.otherwise = [ill(vendor, mishap) for mishap in ills], partial(well, vendor)
        one.second.proves = True  # type: ignore[misc]  # of this one alone
        steps = 0
        while not one.is_over():
            one.wait()
            one.step(dies=steps in deaths)
            steps += 1
            assert steps < 400, "no end"
        got = Counter(one.vendor.phones) + Counter(one.second.phones)
        told = dict(zip(one.numbers, one.states(), strict=True))
        assert all(set(Counter(vendor.phones).values()) <= {1} for vendor in (one.vendor, one.second))
        assert set(got.values()) <= ({1, 2} if urgent and twice else {1})
        assert {number for number, state in told.items() if state == "accepted"} <= got.keys()
        assert not {number for number, state in told.items() if state == "refused"} & got.keys()
        if one.state is Outcome.ACCEPTED:
            assert set(told.values()) <= {"accepted", "refused", *(("unknown",) if urgent and twice else ())}
        if urgent and twice:
            return
        if not {"again", "gone", "refused", "slower"} & set(mishaps[0]):  # each was moved for himself
            assert {of[number] for number in one.second.phones} <= {"not here", "later"}
