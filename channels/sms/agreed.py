"""What was registered at the vendor beforehand, against what we would have registered now."""

from collections.abc import Collection, Iterator, Mapping

from channels.base import Agreed, TryAgain
from channels.sms.registration import registered_text
from channels.sms.vendor import Registered, State, Vendor
from channels.sms.wording import Outlet
from config.messages import say

LEVELS: Mapping[State, str] = {
    State.APPROVED: "well",
    State.REVIEWING: "warning",
    State.REJECTED: "wrong",
    State.CANCELLED: "wrong",
}


def agreed(vendor: Vendor, outlet: Outlet, codes: Mapping[str, str], ours: Collection[str]) -> Iterator[Agreed]:
    """The signature, each text of ``ours`` that has a code, and the names of ``codes``. Asks the vendor, and never
    raises."""
    try:
        yield from _signature(vendor, outlet.sign)
        found = [one for name, code in codes.items() if name in ours for one in _template(vendor, outlet, name, code)]
    except TryAgain as error:
        yield Agreed("warning", say("sms.not_asked", cause=str(error)))
    else:
        yield from found
        if count := len(codes.keys() & set(ours)) - len(found):
            yield Agreed("well", say("sms.agreed", count=count))
    yield from _names(codes, ours)


def _signature(vendor: Vendor, sign: str) -> Iterator[Agreed]:
    state = vendor.sign_state(sign)
    if state is None:
        yield Agreed("wrong", say("sms.sign_missing", sign=sign))
    elif state is not State.APPROVED:
        yield Agreed(LEVELS[state], say(f"sms.sign_{state}", sign=sign))


def _template(vendor: Vendor, outlet: Outlet, name: str, code: str) -> Iterator[Agreed]:
    """What is wrong with one; nothing when it is approved and says what we say."""
    there = vendor.template(code)
    if there is None:
        yield Agreed("wrong", say("sms.template_missing", name=name, code=code))
        return
    ours, theirs = registered_text(name, outlet, vendor.syntax), _shown(there)
    if there.text != ours:
        yield Agreed("wrong", say("sms.template_differs", name=name, code=code, ours=ours, theirs=theirs))
    elif there.state is not State.APPROVED:
        said = say(f"sms.template_{there.state}", name=name, code=code, reason=there.reason or "–")
        yield Agreed(LEVELS[there.state], said)


def _names(codes: Mapping[str, str], ours: Collection[str]) -> Iterator[Agreed]:
    """Names that are none of ours, and texts that cannot be sent for want of a code."""
    if odd := [name for name in codes if name not in ours]:
        yield Agreed("warning", say("sms.no_such_text", names="、".join(odd)))
    if lacking := [name for name in ours if name not in codes]:
        yield Agreed("warning", say("sms.without_code", count=len(lacking), names="、".join(lacking)))


def _shown(there: Registered) -> str:
    """The vendor's text, with nothing in it that a terminal obeys."""
    return "".join(char if char.isprintable() else "\ufffd" for char in there.text)
