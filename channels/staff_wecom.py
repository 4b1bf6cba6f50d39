"""内部企业微信群: the robot of a staff chat: it says reminders, and no notice is ever routed here."""

from channels import wecom
from channels.base import Rendition, closed
from channels.reminder import KIND, facts
from channels.wecom.content import MARKS, rendered, template
from notices.notice import Message, MessageKind


class Channel(wecom.Channel):
    """One group's robot; the endpoint says who is mentioned."""

    name = "staff_wecom"
    public = False

    def speaks_of(self, kind: str) -> bool:
        """Of reminders alone."""
        return kind == KIND

    def render(self, message: Message) -> Rendition:
        """A reminder in words of its own; anything else as in any group. Raises ``LimitsBroken``."""
        if message.kind is not MessageKind.REMINDER:
            return super().render(message)
        mentions = self.mentions
        return rendered(closed(message), self.options.format, mentions, self._says)

    def _says(self, message: Message, marked: str) -> str:
        version = message.version
        words = template(self.name, "reminder", marked)
        return words.render(m=MARKS[marked], message=message, version=version, facts=facts(message)).strip("\n")
