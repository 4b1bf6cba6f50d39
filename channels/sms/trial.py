"""A test text to one number, sent at once: fixed words and the time, by a template of its own."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from channels.base import Refused, Unsure
from channels.sms.blanks import of_instant
from channels.sms.texts import texts
from channels.sms.vendor import Doubtful, Rejected, Text, Took, Vendor
from config.messages import say


def trial(vendor: Vendor, number: str, codes: Mapping[str, str], now: datetime) -> str:
    """Send it; what the vendor said, with the number masked. Raises as ``Vendor.send``, for this number alone."""
    text = texts().test
    if text.name not in codes:
        raise Refused(say("sms.no_code", name=text.name), final=True)
    values = tuple((blank.key, of_instant(now, blank.form)) for blank in text.blanks)
    mark = f"test-{secrets.token_hex(8)}"  # no delivery's: its receipt is nobody's
    (result,) = vendor.send([number], Text(codes[text.name], values, mark))
    match result:
        case Took(reference):
            return say("sms.tested", number=masked(number), reference=reference)
        case Rejected(cause, final):
            raise Refused(cause, final=final)
        case Doubtful(cause):
            raise Unsure(cause)


def masked(number: str) -> str:
    """139****0000: enough for who knows it."""
    return f"{number[:3]}****{number[-4:]}"
