"""What both vendors' files do in one way: judge an answer, put a question, refuse a request."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from channels.base import HttpAnswer, Refused, TryAgain, Unsure
from channels.sms import judge
from channels.sms.judge import Verdict
from channels.sms.rules import Means
from channels.sms.said import Shape, answered
from channels.sms.vendor import Rejected, Result, Vendor
from config.messages import say


class Speaking(Vendor):
    """A vendor that answers JSON with a code."""

    @abstractmethod
    def _ask(self, action: str, given: Mapping[str, Any]) -> HttpAnswer:
        """Send once. Raises as the guarded client does."""

    @abstractmethod
    def _code(self, answer: HttpAnswer) -> tuple[str, str] | None:
        """Its code, and the vendor's id of the request; None when it is not the vendor that speaks."""

    def _judged(self, answer: HttpAnswer, shape: type[Shape]) -> tuple[Verdict, Shape | None]:
        """What ``answer`` means, and what is in it when it is a yes that reads as ``shape``."""
        told = self._code(answer)
        if told is None:
            return judge.of_status(self.name, answer.status), None
        verdict = judge.of_code(self.name, *told, answer.status)
        if verdict.means is not Means.TAKEN:
            return verdict, None
        found = answered(answer, shape)
        return (self._odd(), None) if found is None else (verdict, found)

    def _query(self, action: str, given: Mapping[str, Any], shape: type[Shape], *absent: str) -> Shape | None:
        """The answer to a question; None when its code is one of ``absent``: no such thing. Raises ``TryAgain``."""
        try:
            answer = self._ask(action, given)
        except (Unsure, Refused) as error:
            raise TryAgain(str(error)) from None  # a question changes nothing
        told = self._code(answer)
        if told is not None and told[0] in absent:
            return None
        verdict, found = self._judged(answer, shape)
        if found is None:
            raise self._unanswered(verdict)
        return found

    def _unanswered(self, verdict: Verdict) -> TryAgain:
        """What a question comes to that was not answered; what speaks of sending is not said of it."""
        cause = verdict.cause if verdict.means is Means.GONE else say("smsvendor.cannot_ask", by=verdict.by)
        return TryAgain(cause, retry_after=verdict.rule.retry_after, throttled=verdict.rule.throttled)

    def _refused(self, verdict: Verdict, numbers: Sequence[str]) -> Sequence[Result]:
        """What a request comes to that was not taken: when it had one number, a refused number is that one."""
        if verdict.means is Means.NUMBER and len(numbers) == 1:
            rule = verdict.rule
            return [Rejected(verdict.cause, rule.final, rule.retry_after, verdict.elsewhere, rule.next_day)]
        raise verdict.failure()

    def _odd(self) -> Verdict:
        """Of a yes with something in it that is in no document."""
        return judge.of_status(self.name, 200)
