"""邮件: a mail to a short list of addresses, handed in at the office's mail server by SMTP (RFC 5321, RFC 6409).

It cannot be taken back, and nobody can ask what became of one whose answer was never seen: *unknown*, a person looks
into a mailbox. That the server took it is *accepted*; whether it arrived, a server may find out days later
(docs/decisions/0130-mail.md).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from channels import base
from channels.base import Accepted, Done, File, Nature, Refused, Rendition, TryAgain, Work, closed
from channels.mail.answer import Names, Taken, judge, told_of
from channels.mail.content import readable, rendered, trial
from channels.mail.header import header, message_id, thread_id
from channels.mail.options import PASSWORD, MailOptions
from channels.smtp.letter import Letter, MailServer
from config.messages import say
from config.settings import SettingsError
from notices.notice import Message


class Channel(base.Channel):
    """One list of addresses."""

    name = "mail"
    nature = Nature.IRREVERSIBLE
    hears_minor = False  # it lies in everybody's mailbox
    Options = MailOptions
    options: Any

    def render(self, message: Message) -> Rendition:
        """Subject and text, as they are sent behind what only sending knows. Raises ``LimitsBroken``."""
        return rendered(closed(message))

    def preview(self, rendition: Rendition, attached: Mapping[str, bytes]) -> Sequence[File]:
        """As a mail program shows it."""
        return (File("mail.txt", "text/plain; charset=utf-8", readable(rendition.main.body).encode()),)

    def ready(self) -> None:
        """Raises ``TryAgain`` when the password cannot be read, ``Refused`` when its server may not be spoken to."""
        self.tools.smtp.check(self._server())

    def next_step(self, work: Work) -> str:
        """One step: hand it in; once more for those who were to be tried later."""
        return "hand in"

    def send(self, step: str, work: Work) -> Done | Accepted:
        """Hand it in to those who do not have it yet, once."""
        had, refused = list(work.scratch.get("had", ())), dict(work.scratch.get("refused", {}))
        left = [address for address in self.options.to if address not in had and address not in refused]
        mark, thread = message_id(work.key, self._domain), thread_id(work, self._domain)
        first = header(self.options, work.message.office.name, self.tools.clock.now(), mark, thread)
        try:
            taken = self._hand_in(left, first + work.rendition.main.body) if left else Taken(say("mail.nobody_left"))
        except Refused as refusal:
            if not had:
                raise
            return Accepted(reference=mark, note=told_of(str(refusal), refused))  # what follows is for those who had it
        had, refused = [*had, *taken.had], {**refused, **taken.refused}
        if taken.later:
            return Done({"had": had, "refused": refused}, note=told_of(taken.note, refused))
        if not had:
            raise Refused(told_of("", refused), final=True)
        return Accepted(reference=mark, note=told_of(taken.note, refused))

    def test(self) -> str:
        """Send everybody on the list a mail that says that it is a test; what came of it. Raises as ``send`` does."""
        now = self.tools.clock.now()
        first = header(self.options, "", now, message_id(f"test.{now.timestamp()}", self._domain), "")
        taken = self._hand_in(self.options.to, first + trial())
        if not taken.had:
            raise Refused(told_of("", taken.refused), final=True)
        return say("mail.tested", count=len(taken.had), answer=told_of(taken.note, taken.refused))

    def _hand_in(self, recipients: Sequence[str], message: bytes) -> Taken:
        server = self._server()
        letter = Letter(self.options.sender, tuple(recipients), message)
        return judge(self.tools.smtp.send(server, letter), letter, Names(self.options.to, server.password))

    def _server(self) -> MailServer:
        options = self.options
        password = self._password() if options.user else ""
        return MailServer(options.server, options.at, options.tls, options.user, password)

    def _password(self) -> str:
        name = self.options.secret
        try:
            password = self.tools.secret(name)
        except (SettingsError, OSError, LookupError, UnicodeError):
            raise TryAgain(say("mail.no_password", name=name)) from None
        if PASSWORD.fullmatch(password) is None:
            raise TryAgain(say("mail.malformed_password", name=name))
        return password

    @property
    def _domain(self) -> str:
        return str(self.options.sender).rpartition("@")[2]
