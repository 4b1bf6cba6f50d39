"""What a mail server answered, in our words; whose address it is about is told by place and masked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from channels.base import Gone, Refused, TryAgain, Unsure
from channels.mail.rules import Means, Rule, rule_of
from channels.quoted import quoted
from channels.smtp.letter import Letter, Reply, SmtpAnswer, Stage
from config.messages import say

QUOTED = 160  # characters of its own words that go into a cause


@dataclass(frozen=True)
class Taken:
    """Who has the mail now, who will never have it and why, and who is to be tried later."""

    note: str
    had: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """What must not be read in a cause: addresses of the list ``to``, and the password."""

    to: Sequence[str]
    password: str = field(repr=False)

    def place(self, address: str) -> int:
        """Which of the list it is, from 1."""
        return self.to.index(address) + 1

    def said(self, reply: Reply) -> str:
        """The server's own words, on one line, without them."""
        words = reply.text.replace(self.password, "…") if self.password else reply.text
        for address in self.to:
            words = words.replace(address, masked(address))
        line = quoted(words, QUOTED)
        return say("mail.quoted", line=line) if line else ""


def judge(answer: SmtpAnswer, letter: Letter, names: Names) -> Taken:
    """``answer`` to ``letter`` as ``config/mail.toml`` has it.

    Raises ``TryAgain`` for what was surely not taken, ``Refused``, ``Gone``, and ``Unsure`` for what nobody knows.
    """
    refused: dict[str, str] = {}
    later: dict[str, str] = {}
    for place, reply in answer.refused.items():
        address = letter.recipients[place]
        cause = _of_recipient(address, reply, names)
        again = rule_of(Stage.RECIPIENT, reply.code).means is Means.AGAIN
        (later if again else refused)[address] = cause
    if answer.stage is Stage.RECIPIENT and len(answer.refused) == len(letter.recipients):
        _refuse_account(answer.refused.values(), names)
        if later:
            raise TryAgain(told_of("", refused | later), throttled=True)
        return Taken("", refused=refused)
    rule = rule_of(answer.stage, answer.reply.code)
    cause = _of_account(rule, answer.reply, names)
    match rule.means:
        case Means.ACCEPTED:
            had = tuple(one for one in letter.recipients if one not in refused and one not in later)
            return Taken(cause, had, refused, tuple(later))
        case Means.AGAIN:
            raise TryAgain(cause, throttled=True)
        case Means.REFUSED:
            raise Refused(cause, final=True)
        case Means.GONE:
            raise Gone(cause)
        case Means.PERSON:
            raise Unsure(cause)


def told_of(note: str, refused: Mapping[str, str]) -> str:
    """``note``, and of each who was not taken why."""
    return say("mail.joint").join([*([note] if note else []), *refused.values()])


def masked(address: str) -> str:
    """An address that is told apart by those who know it."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"


def _refuse_account(replies: Iterable[Reply], names: Names) -> None:
    """Raises ``Gone`` where one of those who were all refused was so for what we are: it says nothing of the others."""
    for reply in replies:
        rule = rule_of(Stage.RECIPIENT, reply.code)
        if rule.means is Means.GONE:
            raise Gone(_of_account(rule, reply, names))


def _of_account(rule: Rule, reply: Reply, names: Names) -> str:
    return say(f"mail.{rule.says}", code=reply.code, said=names.said(reply))


def _of_recipient(address: str, reply: Reply, names: Names) -> str:
    told = {"place": names.place(address), "who": masked(address), "code": reply.code, "said": names.said(reply)}
    return say("mail.recipient", **told)
