"""``GuardedSmtp``: one mail at a time, to where it may go, within its deadline."""

import smtplib
from collections.abc import Iterable
from pathlib import Path

from channels.base import Refused, TryAgain, Unsure
from channels.http.failures import chain, said_of
from channels.http.resolve import LookUp, Resolver, by_the_system
from channels.http.rules import rules
from channels.http.target import MAIL, AllowEntry, Target, admit, parse
from channels.http.wire import Exchange, HeadersTooLarge, tls
from channels.smtp.conversation import Conversation
from channels.smtp.letter import Letter, MailServer, SmtpAnswer, Tls
from config.clock import Clock, wall
from config.messages import say


class GuardedSmtp:
    """The client behind ``Tools.smtp``; may be used by many threads at once.

    The parameters are those of ``channels.http.Guarded``, and so are the deadlines: what is sent here goes by the same
    lanes, and an end of the program waits as long for it.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        allow: Iterable[AllowEntry] = (),
        total: float | None = None,
        connect: float | None = None,
        look_up: LookUp = by_the_system,
        trust: Path | None = None,
    ) -> None:
        self._clock = clock
        self._allow = tuple(allow)
        self._total = rules().total if total is None else total
        self._connect = rules().connect if connect is None else connect
        self._resolver = Resolver(look_up)
        self._trust = trust

    def check(self, server: MailServer) -> None:
        """Raises ``Refused`` (final) when it will never be spoken to, as far as its text says."""
        self._admitted(server)

    def send(self, server: MailServer, letter: Letter) -> SmtpAnswer:
        """Hand it in once; how far it came. Raises ``Refused`` (final), ``TryAgain`` or ``Unsure``."""
        target, allow_listed = self._admitted(server)
        exchange = Exchange(target, self._resolver, allow_listed=allow_listed, total=self._total, connect=self._connect)
        context = None if server.tls is Tls.NONE else tls(self._trust)
        with exchange, Conversation(exchange, server, context) as talk:
            try:
                return talk.hand_in(letter)
            except (smtplib.SMTPException, OSError, HeadersTooLarge) as error:
                raise self._failure(error, target.host, talk) from None  # the original may quote what was sent

    def _admitted(self, server: MailServer) -> tuple[Target, bool]:
        target = parse(server.origin, MAIL)
        if target.path != "/":
            raise Refused(say("http.name", host=server.host), final=True)
        allow_listed = admit(target, self._allow, wall(self._clock.now()).date())
        if server.tls is Tls.NONE and not allow_listed:
            raise Refused(say("smtp.plain", host=target.host), final=True)
        return target, allow_listed

    def _failure(self, error: BaseException, host: str, talk: Conversation) -> TryAgain | Unsure:
        links = list(chain(error))
        slow = any(isinstance(link, TimeoutError) for link in links)
        if slow:
            cause = say("smtp.slow", host=host, seconds=self._total)
        elif any(isinstance(link, HeadersTooLarge | smtplib.SMTPResponseException) for link in links):
            cause = say("smtp.endless", host=host)
        else:
            cause = said_of(links, host)
        return Unsure(say("smtp.doubt", cause=cause)) if talk.ended else TryAgain(cause, throttled=slow)
