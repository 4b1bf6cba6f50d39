"""A text as it is registered at a vendor: constants spelled out, blanks as that vendor writes its variables."""

from enum import StrEnum

from channels.sms.texts import texts
from channels.sms.wording import Outlet


class Syntax(StrEnum):
    """How a vendor writes a variable."""

    NAMED = "named"  # ${year}, 阿里云
    NUMBERED = "numbered"  # {1}, 腾讯云


def registered_text(name: str, outlet: Outlet, syntax: Syntax) -> str:
    """What is handed in for the template ``name``, without the signature. Raises ``KeyError``."""
    text = texts().templates[name]
    numbers = {blank: number for number, blank in enumerate(text.blanks, 1)}
    return text.filled(
        lambda blank: f"${{{blank.key}}}" if syntax is Syntax.NAMED else f"{{{numbers[blank]}}}", outlet.constants
    )


def variables(name: str) -> tuple[tuple[str, str], ...]:
    """The variables of the template ``name`` in order, each with its 变量属性 at 阿里云. Raises ``KeyError``."""
    return tuple((blank.key, blank.attribute) for blank in texts().templates[name].blanks)
