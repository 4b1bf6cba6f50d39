"""The partner's answer in our words."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from channels.base import Delivered, Gone, HttpAnswer, Refused, TryAgain
from channels.quoted import quoted
from channels.webhook.rules import Means, answer_rules
from config.messages import say

QUOTED = 200  # characters of the partner's own words that go into a cause


def judge(answer: HttpAnswer, now: datetime) -> Delivered:
    """``answer`` as an outcome. Raises ``TryAgain``, ``Refused`` or ``Gone``, as ``config/webhook.toml`` has it."""
    rule = next(rule for rule in answer_rules() if rule.first <= answer.status <= rule.last)
    if rule.means is Means.DELIVERED:
        return Delivered(scratch={"sent": True}, note=say("webhook.taken", status=answer.status))
    if rule.means is Means.GONE:
        raise Gone(say("webhook.gone", status=answer.status))
    cause = say(f"webhook.{rule.says}", status=answer.status, said=_quoted(answer))
    if rule.means is Means.REFUSED:
        raise Refused(cause)
    raise TryAgain(cause, retry_after=retry_after(answer.headers.get("retry-after"), now), throttled=rule.throttled)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110 §10.2.3: seconds or a date); None when it says nothing sound."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # by turns, as the text goes
        return None
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp(), 0.0)


def _quoted(answer: HttpAnswer) -> str:
    line = quoted(answer.body[: 4 * QUOTED].decode("utf-8", errors="replace"), QUOTED)
    return say("webhook.quoted", line=line) if line else ""
