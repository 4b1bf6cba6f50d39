"""The conversation with a mail server, by the standard library's client over the guarded sockets.

``smtplib`` would look names up, connect and wait by itself, and it does not tell a mail whose last dot has left from
one that never was: so it gets a socket that was dialled elsewhere, and its commands one by one.
"""

import contextlib
import re
import smtplib
import ssl
from types import TracebackType
from typing import Self

from channels.base import TryAgain
from channels.http.wire import Exchange, HeadersTooLarge
from channels.smtp.letter import Letter, MailServer, Reply, SmtpAnswer, Stage, Tls
from config.messages import say

DOTS = re.compile(rb"(?m)^\.")
MECHANISMS = ("PLAIN", "LOGIN")  # under TLS the ones with digests add nothing


class Stopped(Exception):
    """The server does not go on: that is the answer."""

    def __init__(self, stage: Stage, reply: Reply) -> None:
        super().__init__(stage)
        self.stage = stage
        self.reply = reply


class Conversation:
    """One conversation, from dialling to hanging up; ``context`` is None where it is not sealed."""

    def __init__(self, exchange: Exchange, server: MailServer, context: ssl.SSLContext | None) -> None:
        self.ended = False  # the dot that ends the mail may have left this machine
        self._exchange = exchange
        self._server = server
        self._context = context
        self._smtp = smtplib.SMTP(local_hostname="localhost")  # connects to nothing yet, and looks no name up

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._smtp.close()

    def hand_in(self, letter: Letter) -> SmtpAnswer:
        """Everything, once. Raises ``TryAgain``, what ``smtplib`` raises, and ``OSError``."""
        refused: dict[int, Reply] = {}
        try:
            self._begin()
            self._sign_in()
            size = [f"size={len(letter.message)}"] if self._smtp.has_extn("size") else []
            self._ask(Stage.SENDER, self._smtp.mail(letter.sender, size))
            self._address(letter, refused)
            self._ask(Stage.DATA, self._smtp.docmd("DATA"), 354)
            self._smtp.send(DOTS.sub(b"..", letter.message))
            self.ended = True
            self._smtp.send(b".\r\n")
            answer = SmtpAnswer(Stage.END, _reply(self._smtp.getreply()), refused)
        except Stopped as stopped:
            answer = SmtpAnswer(stopped.stage, stopped.reply, refused)
        with contextlib.suppress(smtplib.SMTPException, OSError, HeadersTooLarge):
            self._smtp.docmd("QUIT")  # the answer is there, whatever becomes of this
        return answer

    def _begin(self) -> None:
        """Greeting, hello, and TLS by then."""
        target = self._exchange.target
        self._smtp.sock = self._exchange.dial(target.host, target.port)
        here = self._smtp.sock.getsockname()[0]
        self._smtp.local_hostname = f"[IPv6:{here}]" if ":" in here else f"[{here}]"  # RFC 5321 §4.1.4
        if self._server.tls is Tls.IMPLICIT:
            self._seal()
        self._ask(Stage.GREETING, self._smtp.getreply())
        self._ask(Stage.HELLO, self._smtp.ehlo())
        if self._server.tls is Tls.STARTTLS:
            if not self._smtp.has_extn("starttls"):
                raise TryAgain(say("smtp.no_starttls", host=target.host))
            self._ask(Stage.TLS, self._smtp.docmd("STARTTLS"))
            self._smtp.sock.settimeout(self._exchange.remaining())  # for the whole of the handshake
            self._seal()
            self._ask(Stage.HELLO, self._smtp.ehlo())

    def _seal(self) -> None:
        """From here on TLS; what came before it counts no more (RFC 3207 §4.2)."""
        smtp = self._smtp
        assert smtp.sock is not None
        assert self._context is not None
        if smtp.file is not None:
            smtp.file.close()  # with whatever was slipped in behind the answer
            smtp.file = None
        smtp.sock = self._context.wrap_socket(smtp.sock, server_hostname=self._exchange.target.host)
        smtp.ehlo_resp, smtp.esmtp_features, smtp.does_esmtp = None, {}, False

    def _sign_in(self) -> None:
        if not self._server.user:
            return
        smtp = self._smtp
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        mechanism = next((one for one in MECHANISMS if one in offered), None)
        if mechanism is None:
            raise TryAgain(say("smtp.no_auth", host=self._exchange.target.host))
        smtp.user, smtp.password = self._server.user, self._server.password
        try:
            smtp.auth(mechanism, smtp.auth_plain if mechanism == "PLAIN" else smtp.auth_login)
        except smtplib.SMTPAuthenticationError as error:
            raise Stopped(Stage.AUTH, _reply((error.smtp_code, error.smtp_error))) from None

    def _address(self, letter: Letter, refused: dict[int, Reply]) -> None:
        """Name the recipients; who is not taken is in ``refused``. Stops where nobody is left."""
        for place, address in enumerate(letter.recipients):
            reply = _reply(self._smtp.rcpt(address))
            if reply.code == 421:  # it is about to hang up (RFC 5321 §3.8)
                raise Stopped(Stage.RECIPIENT, reply)
            if not 200 <= reply.code < 300:
                refused[place] = reply
        if len(refused) == len(letter.recipients):
            raise Stopped(Stage.RECIPIENT, refused[len(refused) - 1])

    @staticmethod
    def _ask(stage: Stage, answer: tuple[int, bytes | str], wanted: int | None = None) -> None:
        """Go on where ``answer`` is a yes. Raises ``Stopped``."""
        reply = _reply(answer)
        if not (200 <= reply.code < 300 if wanted is None else reply.code == wanted):
            raise Stopped(stage, reply)


def _reply(answer: tuple[int, bytes | str]) -> Reply:
    code, text = answer
    return Reply(max(code, 0), text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
