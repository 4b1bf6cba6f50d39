"""The form's token: signed, good for a time, for one notice and one comment. Nothing of it is kept anywhere.

From the token follow the receipt number that the comment will have, the work that a browser has to do for it, and the
question for whoever has no script. Whoever has it knows none of them but by asking or by doing.
"""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.comments import Form, Work, numbers
from notices.receipt_number import numbered
from streams.seal import Seal

MARK = 32  # hexadecimal digits of the signature: 128 bits
_TOKEN = re.compile(r"([0-9a-z-]{1,40})\.(\d{1,15})\.([0-9a-f]{32})\.([0-9a-f]{32})", re.ASCII)
_WORK = re.compile(r"\d{1,12}(,\d{1,12})*", re.ASCII)


@dataclass(frozen=True)
class Token:
    """One form."""

    notice: str
    made_at: datetime
    nonce: str
    mark: str  # the signature; what the browser works on

    @property
    def text(self) -> str:
        """As the form carries it."""
        return f"{_signed(self.notice, self.made_at, self.nonce)}.{self.mark}"


def new_token(seal: Seal, notice: str, now: datetime) -> Token:
    """A form for a comment on ``notice``."""
    nonce = secrets.token_hex(16)
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return Token(notice, at, nonce, _mark(seal, _signed(notice, at, nonce)))


def token_of(seal: Seal, text: str, notice: str) -> Token | None:
    """The form that ``text`` is of; None when it is not ours, or another notice's."""
    found = _TOKEN.fullmatch(text)
    if found is None or found[1] != notice:
        return None
    mark = _mark(seal, text.rpartition(".")[0])
    if not secrets.compare_digest(mark, found[4]):
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[2]))
    return Token(found[1], at, found[3], mark)


def is_expired(token: Token, now: datetime, bounds: Form) -> bool:
    """True when the form is too old; also one of the future, which a clock that was put back has left."""
    return not -timedelta(minutes=1) <= now - token.made_at <= timedelta(seconds=bounds.life)


def is_too_fast(token: Token, now: datetime, bounds: Form) -> bool:
    """True when nobody can have filled it in since."""
    return now - token.made_at < timedelta(seconds=bounds.least)


def receipt_of(seal: Seal, token: Token) -> str:
    """The receipt number of the comment that is sent with it: the same form has the same one."""
    return numbered(int(seal.blind(f"comment/number/{token.notice}/{token.nonce}"), 16))


def is_worked(token: Token, answer: str, asked: Work) -> bool:
    """True when ``answer``, numbers with commas between, solves every puzzle of the form."""
    if not _WORK.fullmatch(answer):
        return False
    found = answer.split(",")
    return len(found) == asked.puzzles and all(
        int.from_bytes(hashlib.sha256(f"{token.mark}.{puzzle}.{number}".encode()).digest()[:8]) >> (64 - asked.bits)
        == 0
        for puzzle, number in enumerate(found)
    )


def question_of(seal: Seal, token: Token) -> tuple[int, int]:
    """The two numbers that whoever has no script is asked to add up, 1 to 9 each."""
    drawn = int(seal.blind(f"comment/question/{token.nonce}"), 16)
    return drawn % 9 + 1, drawn // 9 % 9 + 1


def is_answered(seal: Seal, token: Token, answer: str) -> bool:
    """True for their sum, in digits or in words."""
    total = sum(question_of(seal, token))
    given = unicodedata.normalize("NFKC", answer[:40]).strip().lower()
    return given in (str(total), numbers("zh")[total], numbers("en")[total])


def _signed(notice: str, at: datetime, nonce: str) -> str:
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return f"{notice}.{milliseconds}.{nonce}"


def _mark(seal: Seal, signed: str) -> str:
    return seal.blind(f"comment/form/{signed}")[:MARK]
