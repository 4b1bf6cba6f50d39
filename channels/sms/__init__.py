"""短信: a text to everybody of an audience, by way of a vendor's account.

It cannot be taken back, and no vendor knows a key that would make a repeat harmless: who was sent to is written down of
each number, and a request whose answer nobody saw is looked up at the vendor before anything is sent again
(docs/decisions/0105-sms-channel.md).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from channels import base
from channels.base import (
    Agreed,
    Ailing,
    Answer,
    File,
    Gone,
    Nature,
    NotYet,
    Refused,
    Rendition,
    Tools,
    TryAgain,
    Unsure,
    Work,
    closed,
)
from channels.reminder import KIND
from channels.sms import ails, asking, quotas, sending
from channels.sms.agreed import agreed
from channels.sms.banned import banned
from channels.sms.failover import Way, Ways
from channels.sms.hours import quiet_until
from channels.sms.key import Key
from channels.sms.options import VENDORS, AccountOptions, SmsOptions
from channels.sms.segments import segments
from channels.sms.texts import texts
from channels.sms.trial import trial
from channels.sms.vendor import Account, Vendor
from channels.sms.wording import Outlet, fits, rendered
from config.clock import day_of
from config.messages import say
from config.settings import SettingsError
from notices.notice import Message, Urgency

LEAST_TOKEN = 16  # characters of the token in the address that the vendor posts to


class Channel(base.Channel):
    """One audience by way of one vendor."""

    name = "sms"
    nature = Nature.IRREVERSIBLE
    hears_minor = False  # it rings in everybody's pocket
    looks_up_after: ClassVar[timedelta | None] = timedelta(minutes=1)
    Options: ClassVar[type[base.Options]] = SmsOptions
    options: SmsOptions

    def __init__(self, options: Any, tools: Tools) -> None:
        super().__init__(options, tools)
        self.audience = options.audience
        self.words = (options.phone,)
        self.ceiling = options.ceiling
        self.hears_withdrawals = options.withdrawals
        self.daily, self.daily_each = options.daily, options.daily_each

    @property
    def edition(self) -> str:
        """Whatever stands in the approved bytes besides the message, and by whose rules they were approved."""
        said = self.options
        return " ".join((said.vendor, str(said.variables), said.sign, said.phone, said.site))

    def render(self, message: Message) -> Rendition:
        """The text with its template. Raises ``LimitsBroken``."""
        return rendered(closed(message), self.outlet(self.options))

    def preview(self, rendition: Rendition, attached: Mapping[str, bytes]) -> Sequence[File]:
        """The text as the phone shows it, and what the vendor is handed."""
        said = json.loads(rendition.main.body)
        values = say("sms.pair_join").join(f"{blank} = {value}" for blank, value in said["values"].items())
        told = say("sms.preview", template=said["template"], values=values, **rendition.used)
        if (second := self.options.second) is not None:
            title = say(f"smsvendor.{second.vendor}")
            told += "\n" + say("sms.second_can" if self._second_can(rendition) else "sms.second_cannot", vendor=title)
        return (File("message.txt", "text/plain; charset=utf-8", f"{said['text']}\n\n{told}\n".encode()),)

    def outlet(self, account: AccountOptions) -> Outlet:
        """What the texts have from this endpoint, by way of ``account``."""
        said = self.options
        return Outlet(said.sign, said.phone, banned(account.vendor), account.variables, said.site)

    def speaks_of(self, kind: str) -> bool:
        """Not of every kind: the vendors send no recruitment, and what nobody needs to hear at once is no text.

        Reminders have texts for staff alone.
        """
        return texts().kinds[kind].none is None and (kind == KIND) is not self.public

    def price(self, rendition: Rendition, people: int) -> Decimal:
        """Yuan, at most: each segment to each of them, at the dearer vendor's price, or at both where an emergency may
        go out by both; it is not told what is one. Counted in the approved bytes: what comes from the store at a timed
        release brings no tally.
        """
        cut = segments(json.loads(rendition.main.body)["text"])
        prices = [one.price for one in self.options.accounts]
        each = sum(prices, Decimal(0)) if self.options.emergencies_twice else max(prices)
        return each * len(cut.parts) * people

    def parts(self, recipients: int) -> int:
        """One request each."""
        return -(-recipients // self.options.most)

    def ready(self) -> None:
        """Raises ``TryAgain`` when the key cannot be read, ``Refused`` when its address is not on the allow-list, or

        the vendor was given one of ours to post to that has no token. The second account holds nothing up.
        """
        said = self.options
        self.tools.http.check(said.home)
        self.vendor(said)
        if said.callbacks and not self.token(said):
            raise Refused(say("sms.no_token", name=said.callbacks, least=LEAST_TOKEN))

    def warnings(self) -> Sequence[str]:
        """Accounts whose vendor may post from anywhere: none of them signs what it posts."""
        open_ = [one for one in self.options.accounts if one.callbacks and not one.callbacks_from]
        return [say("sms.from_anywhere", vendor=say(f"smsvendor.{one.vendor}")) for one in open_]

    def agreed(self) -> Iterator[Agreed]:
        """The signature and the templates as each vendor has them."""
        for account in self.options.accounts:
            title = "" if account is self.options else say("sms.of_second", vendor=say(f"smsvendor.{account.vendor}"))
            try:
                if account.callbacks and not self.token(account):
                    told = say("sms.no_token", name=account.callbacks, least=LEAST_TOKEN)
                    yield Agreed("warning", title + told)
                ours = texts().sent(to_staff=not self.public)
                found = agreed(self.vendor(account), self.outlet(account), account.templates, ours)
                yield from (Agreed(one.level, title + one.what) for one in found)
            except TryAgain as error:
                yield Agreed("warning", title + str(error))

    def ails(self) -> Sequence[Ailing]:
        """Accounts that cannot send, where another one does. An account alone that cannot is a disabled endpoint."""
        if self.options.second is None:
            return ()
        found = (ails.noted(self.tools.shared, one.account) for one in self.options.accounts)
        return [one for one in found if one is not None]

    def next_step(self, work: Work) -> str:
        """Send, until everybody was sent to; look up what nobody saw; then ask for receipts."""
        if work.doubted_since is not None:
            return "look"
        return "ask" if work.taken else "send"

    def send(self, step: str, work: Work) -> Answer:
        """One request, or the questions of one step."""
        now, said, ways = self.tools.clock.now(), self.options, self._ways(work)
        match step:
            case "send":
                urgent = work.message.urgency is Urgency.EMERGENCY
                quiet = None if urgent else quiet_until(now, said.quiet_from, said.quiet_to)
                if waits := self.enough(work, now) or sending.waits(work, quiet, now):
                    return waits
                return sending.send(ways, work, now, urgent=urgent, daily=self.daily)
            case "look":
                return asking.look_up(ways, work, timedelta(seconds=said.asked_again_after), now)
            case _:
                return asking.ask(ways, work, now)

    def enough(self, work: Work, now: datetime) -> NotYet | None:
        """What the day's quotas have the next request wait for: the next day, and the end of its quiet hours."""
        _, ends = day_of(now)
        again = quiet_until(ends, self.options.quiet_from, self.options.quiet_to) or ends
        return quotas.waits(work, self.daily, self.daily_each, again, now)

    def test_to(self, number: str) -> str:
        """Send a test text to one's own number, at any hour; what came of it. Raises as sending does."""
        self.ready()
        now = self.tools.clock.now()
        if self.options.second is None:
            return trial(self.vendor(self.options), number, self.options.templates, now)
        told, failures = [], []
        for one in self.options.accounts:
            try:
                said = trial(self.vendor(one), number, one.templates, now)
            except (TryAgain, Refused, Gone, Unsure) as failure:  # the other one is another account
                failures.append(failure)
                said = str(failure)
            told.append(f"{say(f'smsvendor.{one.vendor}')}: {said}")
        if len(failures) == len(told):
            raise failures[0]
        return "\n".join(told)

    def _ways(self, work: Work) -> Ways:
        """By which accounts ``work`` may go out."""
        first, *others = (
            Way(
                partial(self.vendor, one),
                say(f"smsvendor.{one.vendor}"),
                one.templates,
                one.most,
                partial(self._note, one),
            )
            for one in self.options.accounts
        )
        twice = self.options.emergencies_twice and work.message.urgency is Urgency.EMERGENCY
        return Ways(first, others[0] if others and self._second_can(work.rendition) else None, twice)

    def _note(self, account: AccountOptions, why: str) -> None:
        """Note why an account cannot send, where another one does."""
        if self.options.second is not None:
            ails.note(self.tools.shared, account.account, why, self.tools.clock.now())

    def _second_can(self, rendition: Rendition) -> bool:
        """Whether the second vendor may send what was approved, and has a template for it."""
        second = self.options.second
        return second is not None and fits(rendition, self.outlet(second), second.templates)

    def vendor(self, of: AccountOptions) -> Vendor:
        """The vendor, spoken to under the key as it is now. Raises ``TryAgain`` when there is none."""
        try:
            secret = self.tools.secret(of.secret).strip()
        except (SettingsError, OSError, LookupError, UnicodeError):
            raise TryAgain(say("sms.no_key", name=of.secret)) from None
        account = Account(Key(of.key_id, secret), self.options.sign, of.origin, of.app)
        return VENDORS[of.vendor](account, self.tools.http, self.tools.clock)

    def token(self, of: AccountOptions) -> str:
        """What stands in the address that the vendor posts to; empty: it may not post."""
        if not of.callbacks:
            return ""
        try:
            token = self.tools.secret(of.callbacks).strip()
        except (SettingsError, OSError, LookupError, UnicodeError):
            return ""
        return token if len(token) >= LEAST_TOKEN else ""
