"""内部邮件: mails to somebody of the office itself: reminders, and no notice is ever routed here."""

from channels import mail
from channels.base import Rendition, closed
from channels.mail.content import made_of, template
from channels.quoted import one_line
from channels.reminder import KIND, facts
from notices.notice import Message, MessageKind


class Channel(mail.Channel):
    """One list of addresses of the office's own."""

    name = "staff_mail"
    public = False

    def speaks_of(self, kind: str) -> bool:
        """Of reminders alone."""
        return kind == KIND

    def render(self, message: Message) -> Rendition:
        """A reminder in words of its own; anything else as a mail. Raises ``LimitsBroken``."""
        if message.kind is not MessageKind.REMINDER:
            return super().render(message)
        said = closed(message)
        text = template(self.name, "reminder").render(message=said, title=said.version.title, facts=facts(said))
        return made_of(said, one_line(said.version.title), text.strip("\n") + "\n")
