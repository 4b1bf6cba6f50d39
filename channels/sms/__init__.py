"""短信: a text to everybody of an audience, by way of a vendor's account.

It cannot be taken back, and no vendor knows a key that would make a repeat harmless: who was sent to is written down of
each number, and a request whose answer nobody saw is looked up at the vendor before anything is sent again
(docs/decisions/0105-sms-channel.md).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from channels import base
from channels.base import Agreed, Answer, File, Nature, NotYet, Refused, Rendition, Tools, TryAgain, Work, closed
from channels.sms import asking, quotas, sending
from channels.sms.agreed import agreed
from channels.sms.banned import banned
from channels.sms.hours import quiet_until
from channels.sms.key import Key
from channels.sms.options import VENDORS, SmsOptions
from channels.sms.texts import texts
from channels.sms.trial import trial
from channels.sms.vendor import Account, Vendor
from channels.sms.wording import Outlet, rendered
from config.clock import day_of
from config.messages import say
from config.settings import SettingsError
from notices.notice import Message, Urgency

LEAST_TOKEN = 16  # characters of the token in the address that the vendor posts to


class Channel(base.Channel):
    """One audience by way of one vendor."""

    name = "sms"
    nature = Nature.IRREVERSIBLE
    title = ("短信", "SMS")
    hears_minor = False  # it rings in everybody's pocket
    looks_up_after: ClassVar[timedelta | None] = timedelta(minutes=1)
    Options: ClassVar[type[base.Options]] = SmsOptions
    options: SmsOptions

    def __init__(self, options: Any, tools: Tools) -> None:
        super().__init__(options, tools)
        self.audience = options.audience
        self.words = (options.phone,)
        self.ceiling = options.ceiling
        self.daily, self.daily_each = options.daily, options.daily_each

    @property
    def edition(self) -> str:
        """Whatever stands in the approved bytes besides the message, and by whose rules they were approved."""
        said = self.options
        return " ".join((said.vendor, str(said.variables), said.sign, said.phone, said.site))

    @property
    def most(self) -> int:
        """Numbers in one request."""
        return self.options.batch or VENDORS[self.options.vendor].most

    def render(self, message: Message) -> Rendition:
        """The text with its template. Raises ``LimitsBroken``."""
        return rendered(closed(message), self.outlet)

    def preview(self, rendition: Rendition) -> Sequence[File]:
        """The text as the phone shows it, and what the vendor is handed."""
        said = json.loads(rendition.main.body)
        values = say("sms.pair_join").join(f"{blank} = {value}" for blank, value in said["values"].items())
        told = say("sms.preview", template=said["template"], values=values, **rendition.used)
        return (File("message.txt", "text/plain; charset=utf-8", f"{said['text']}\n\n{told}\n".encode()),)

    @property
    def outlet(self) -> Outlet:
        """What the texts have from this endpoint."""
        said = self.options
        return Outlet(said.sign, said.phone, banned(said.vendor), said.variables, said.site)

    def speaks_of(self, kind: str) -> bool:
        """Not of every kind: the vendors send no recruitment, and what nobody needs to hear at once is no text."""
        return texts().kinds[kind].none is None

    def price(self, rendition: Rendition, people: int) -> Decimal:
        """Yuan: each segment to each of them."""
        return self.options.price * rendition.used["segments"] * people

    def parts(self, recipients: int) -> int:
        """One request each."""
        return -(-recipients // self.most)

    def ready(self) -> None:
        """Raises ``TryAgain`` when the key cannot be read, ``Refused`` when its address is not on the allow-list, or

        the vendor was given one of ours to post to that has no token.
        """
        self.tools.http.check(self.options.origin or VENDORS[self.options.vendor].home)
        self.vendor()
        if self.options.callbacks and not self.token():
            raise Refused(say("sms.no_token", name=self.options.callbacks, least=LEAST_TOKEN))

    def agreed(self) -> Iterable[Agreed]:
        """The signature and the templates as the vendor has them."""
        try:
            vendor = self.vendor()
        except TryAgain as error:
            return (Agreed("warning", str(error)),)
        return agreed(vendor, self.outlet, self.options.templates)

    def next_step(self, work: Work) -> str:
        """Send, until everybody was sent to; look up what nobody saw; then ask for receipts."""
        if work.doubted_since is not None:
            return "look"
        return "ask" if work.taken else "send"

    def send(self, step: str, work: Work) -> Answer:
        """One request, or the questions of one step."""
        now, said = self.tools.clock.now(), self.options
        match step:
            case "send":
                urgent = work.message.urgency is Urgency.EMERGENCY
                quiet = None if urgent else quiet_until(now, said.quiet_from, said.quiet_to)
                if waits := self.enough(work, now) or sending.waits(work, quiet, now):
                    return waits
                text, most = sending.text_of(work, said.templates), quotas.room(work, self.daily, self.most)
                return sending.send(self.vendor(), work, text, most, now)
            case "look":
                return asking.look_up(self.vendor(), work, timedelta(seconds=said.asked_again_after), now)
            case _:
                return asking.ask(self.vendor(), work, now)

    def enough(self, work: Work, now: datetime) -> NotYet | None:
        """What the day's quotas have the next request wait for: the next day, and the end of its quiet hours."""
        _, ends = day_of(now)
        again = quiet_until(ends, self.options.quiet_from, self.options.quiet_to) or ends
        return quotas.waits(work, self.daily, self.daily_each, again, now)

    def test_to(self, number: str) -> str:
        """Send a test text to one's own number, at any hour; what came of it. Raises as sending does."""
        self.ready()
        return trial(self.vendor(), number, self.options.templates, self.tools.clock.now())

    def vendor(self) -> Vendor:
        """The vendor, spoken to under the key as it is now. Raises ``TryAgain`` when there is none."""
        said = self.options
        try:
            secret = self.tools.secret(said.secret).strip()
        except (SettingsError, OSError, LookupError, UnicodeError):
            raise TryAgain(say("sms.no_key", name=said.secret)) from None
        account = Account(Key(said.key_id, secret), said.sign, said.origin, said.app)
        return VENDORS[said.vendor](account, self.tools.http, self.tools.clock)

    def token(self) -> str:
        """What stands in the address that the vendor posts to; empty: it may not post."""
        if not self.options.callbacks:
            return ""
        try:
            token = self.tools.secret(self.options.callbacks).strip()
        except (SettingsError, OSError, LookupError, UnicodeError):
            return ""
        return token if len(token) >= LEAST_TOKEN else ""
