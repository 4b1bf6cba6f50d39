"""内部短信: texts to the phones of somebody of the office itself: reminders, and no notice is ever routed here.

The phones are an audience, as those of citizens are: sealed, and shown nowhere. What is sent is one of two reviewed
templates: one says what is owed, until when and what it is about; the other that there is something, where a vendor
would not have those words.
"""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from channels import base, sms
from channels.base import LimitsBroken, Rendition, closed
from channels.sms.options import VARIABLE, SmsOptions
from channels.sms.wording import rendered
from notices.figures import figures
from notices.notice import Message, MessageKind, Version

LONGEST = max(VARIABLE.values())  # characters of what it is about, however many were agreed on: two messages hold it


class StaffSmsOptions(SmsOptions):
    """As for citizens, but for what a reminder may cost: the list of some citizens is none of staff."""

    ceiling: Decimal | None = Field(Decimal("1"), ge=0)


class Channel(sms.Channel):
    """Somebody's phone, or those of a few, by way of one vendor."""

    name = "staff_sms"
    public = False
    Options: ClassVar[type[base.Options]] = StaffSmsOptions
    options: StaffSmsOptions

    def render(self, message: Message) -> Rendition:
        """A reminder in words of its own; anything else as a text. Raises ``LimitsBroken``."""
        if message.kind is not MessageKind.REMINDER:
            return super().render(message)
        said, outlet = closed(message), self.outlet(self.options)
        try:
            return rendered(_saying(said, _fields(said.version, outlet.variable_length)), outlet)
        except LimitsBroken:  # nobody who could word it otherwise looks on, and a reminder must reach him
            return rendered(_saying(said, {"stage": said.version.fields["stage"]}), outlet)


def _saying(message: Message, fields: dict[str, str]) -> Message:
    """The reminder with ``fields`` alone: its text is the first that they fill."""
    return message.model_copy(update={"version": message.version.model_copy(update={"fields": fields})})


def _fields(version: Version, most: int) -> dict[str, str]:
    """Those of the reminder, what it is about in at most so many characters, and no figure cut in two."""
    about, most = str(version.fields["about"]), min(most, LONGEST)
    if len(about) > most:
        cut = about[: most - 1]
        whole = set(figures(about))
        while not whole.issuperset(figures(cut)):
            cut = cut[:-1]
        about = f"{cut}…"
    return {**version.fields, "about": about}
