"""A small installation for tests of the stages: two offices, endpoints on doubles, a driven clock."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from channels.base import Http, HttpAnswer, Refused
from channels.smtp.letter import Letter, MailServer, Smtp, SmtpAnswer
from config.clock import DrivenClock
from config.settings import Configuration
from notices.notice import Message, MessageKind
from producers.say import Edition, approve, say
from streams.endpoints import add
from streams.events import Data, NoticeCorrected, NoticeDrafted, NoticeReleased, NoticeWithdrawn, event, new_trace
from streams.outlets import Outlets, endpoint_of
from streams.store.migrate import open_store
from streams.store.store import Store, Tx
from streams.store.tables import attempt, delivery, endpoint, part
from tests.factories import message, office, version, withdrawal
from tests.stores import lay_store
from tests.streams.doubles import Witness, finder


class NoHttp(Http):
    """Nothing of these tests goes over HTTP."""

    def request(self, method: str, url: str, **_: Any) -> HttpAnswer:
        raise Refused("no HTTP here", final=True)


class NoSmtp(Smtp):
    """Nor by SMTP."""

    def send(self, server: MailServer, letter: Letter) -> SmtpAnswer:
        raise Refused("no SMTP here", final=True)


def configuration(home: Path) -> Configuration:
    """Two offices, no endpoints."""
    table = office().model_dump(exclude={"id"}, exclude_none=True)
    other = {**table, "name": "云岭高新区医疗保障局", "short": "区医保局", "code": "11530100MB1A2B3C5E", "path": "/ybj"}
    return Configuration.model_validate({"offices": {"rsj": table, "ybj": other}, "home": home})


@dataclass
class Installation:
    """Everything a test of the stages needs in hand."""

    home: Path
    url: str
    clock: DrivenClock = field(default_factory=DrivenClock)
    witness: Witness = field(default_factory=Witness)

    def __post_init__(self) -> None:
        self.configuration = configuration(self.home)
        if self.url.startswith("sqlite:///"):
            lay_store(Path(self.url.removeprefix("sqlite:///")))
        self.store: Store = open_store(self.url, self.clock)
        self.outlets = self.open_outlets()
        self._messages = 0

    def open_outlets(self, token: str | None = None) -> Outlets:
        """Outlets over the witness's doubles, as each start of a process makes them."""
        return Outlets(
            self.configuration,
            self.store,
            http=NoHttp(),
            own=NoHttp(),
            smtp=NoSmtp(),
            token=token or secrets.token_hex(4),
            find=finder(self.witness),
        )

    def endpoint(self, name: str, channel: str = "keyed", *, of: str = "rsj", **options: Any) -> None:
        """Add an endpoint on a double."""

        def act(tx: Tx) -> None:
            assert add_double(tx, self, name, of, channel, options)

        self.store.write(act)

    def draft(self, subject: str) -> None:
        """Say that a version was written down, as publishing does before it releases one."""
        said = NoticeDrafted(notice=subject, version=1, office="rsj", kind="t01", by="测试")
        made = event(said, clock=self.clock, subject=subject, key=subject, traceparent=new_trace())
        self.store.write(lambda tx: tx.emit(made))

    def release(
        self,
        subject: str,
        *,
        of: str = "rsj",
        channels: tuple[str, ...] = ("keyed",),
        number: int = 1,
        minor: bool = False,
        said: Mapping[str, Any] | None = None,
        text: Mapping[str, Any] | None = None,
    ) -> Message:
        """Release version ``number`` of a notice: its renditions approved, its event emitted."""
        fields: dict[str, Any] = {"notice": subject, "office": of, "number": number, "channels": channels}
        fields |= {"minor": minor, "title": f"{subject} 第{number}版"}
        content_of = version(**{**fields, **(text or {})})
        content = message(content_of, **{"sequence": number, "office": office(id=of), **(said or {})})
        facts = {"notice": subject, "message": content.id, "sequence": content.sequence, "office": of}
        if number == 1:
            return self.say(content, NoticeReleased(**facts, version=number))
        return self.say(content, NoticeCorrected(**facts, version=number, minor=minor))

    def withdraw(self, first: Message, *, sequence: int) -> Message:
        """Withdraw the notice of ``first``."""
        content = message(
            first.version,
            sequence=sequence,
            office=first.office,
            kind=MessageKind.WITHDRAWAL,
            withdrawal=withdrawal(),
            urgency=first.urgency,
        )
        said = NoticeWithdrawn(
            notice=content.subject,
            message=content.id,
            sequence=sequence,
            office=content.office.id,
            version=first.version.number,
            reason="上级调整",
        )
        return self.say(content, said)

    def say(self, content: Message, data: Data) -> Message:
        """Put a message on the wire with a rendition for each endpoint of its office."""

        def act(tx: Tx) -> None:
            mine = endpoint.c.channel.in_(content.version.channels)
            rows = tx.connection.execute(select(endpoint).where(endpoint.c.office == content.office.id, mine))
            channels = [self.outlets.channel(endpoint_of(row)) for row in rows]
            made = {Edition(channel.name, channel.edition): channel.render(content) for channel in channels}
            approve(tx, content.id, made)
            say(tx, content, data, new_trace())

        self.store.write(act)
        return content

    def states(self, subject: str) -> dict[str, list[str]]:
        """The deliveries of a subject: endpoint → states, oldest message first."""
        rows = self.store.read(
            lambda c: c.execute(
                select(delivery.c.endpoint, delivery.c.state)
                .where(delivery.c.subject == subject)
                .order_by(delivery.c.endpoint, delivery.c.subject_sequence)
            ).all()
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row.endpoint, []).append(row.state)
        return found

    def parts(self, subject: str) -> list[str]:
        """The states of every part of the subject."""
        return list(
            self.store.read(
                lambda c: c.execute(
                    select(part.c.state).where(part.c.subject == subject).order_by(part.c.sequence, part.c.number)
                ).scalars()
            )
        )

    def causes(self, subject: str) -> list[str]:
        """What the attempts of a subject say went wrong, in order."""
        return list(
            self.store.read(
                lambda c: c.execute(
                    select(attempt.c.cause)
                    .join(delivery, delivery.c.id == attempt.c.delivery)
                    .where(delivery.c.subject == subject)
                    .order_by(attempt.c.id)
                ).scalars()
            )
        )


def add_double(tx: Tx, here: Installation, name: str, of: str, channel: str, options: Mapping[str, Any]) -> bool:
    """``streams.endpoints.add`` with the doubles' options."""
    find = finder(here.witness)
    return add(tx, name, office=of, channel=channel, title=name, options=options, pretend=False, by="测试", find=find)
