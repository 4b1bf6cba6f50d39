"""A vendor's code as an outcome. Its words are never quoted: 阿里云's name the number, or what was signed."""

import re
from dataclasses import dataclass

from channels.base import Gone, Refused, TryAgain, Unsure
from channels.sms.rules import Means, Rule, rules
from channels.sms.vendor import Doubtful, Rejected, Slower, SomeNumber, Unwanted
from config.messages import say

CODE = re.compile(r"(?!.*[0-9]{5})[A-Za-z][A-Za-z0-9_.:-]{0,99}")  # nothing that could be a number of a person
REQUEST = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True)
class Verdict:
    """What an answer means, and who said it by which code."""

    rule: Rule
    by: str

    @property
    def cause(self) -> str:
        """Why, as operators read it."""
        return say(f"smsvendor.{self.rule.says}", by=self.by)

    @property
    def means(self) -> Means:
        """In one word."""
        return self.rule.means

    @property
    def elsewhere(self) -> bool:
        """Of a number that was refused: whether another vendor may send to it. Who wants no more, or is none, stays."""
        return not self.rule.stays and not (self.rule.means is Means.NUMBER and self.rule.final)

    def failure(self) -> Exception:
        """What the whole request comes to."""
        rule = self.rule
        match rule.means:
            case Means.AGAIN:
                kind = Slower if rule.slower else TryAgain
                return kind(self.cause, retry_after=rule.retry_after, throttled=rule.throttled)
            case Means.REFUSED:
                return (Unwanted if rule.stays else Refused)(self.cause, final=rule.final)
            case Means.GONE:
                return Gone(self.cause)
            case Means.NUMBER:
                return SomeNumber(self.cause)
        return Unsure(self.cause)

    def of_one(self) -> Rejected | Doubtful:
        """What it comes to for one number, when others may have been sent to."""
        if self.rule.means is Means.UNSURE:
            return Doubtful(self.cause)
        final = self.rule.final and self.rule.means in (Means.NUMBER, Means.REFUSED)
        return Rejected(self.cause, final, self.rule.retry_after, self.elsewhere, self.rule.next_day)


def of_code(vendor: str, code: str, request: str, status: int = 200) -> Verdict:
    """What ``code`` means; ``request`` is the vendor's id of the request, by which it finds it again."""
    rule = rules(vendor).of_code(code, status)
    shown = code if CODE.fullmatch(code) else say("smsvendor.no_code")
    return _verdict(vendor, rule, f"{shown} {request}" if REQUEST.fullmatch(request) else shown)


def of_status(vendor: str, status: int) -> Verdict:
    """What an answer means in which the vendor says nothing."""
    return _verdict(vendor, rules(vendor).of_status(status), f"HTTP {status}")


def _verdict(vendor: str, rule: Rule, by: str) -> Verdict:
    return Verdict(rule, f"{say(f'smsvendor.{vendor}')} {by}")
