"""演练: a channel that does everything but send."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from channels.base import Channel, File, Nature, Pretended, Refused, Rendition, TryAgain, Work
from config.messages import say
from notices.notice import Message


class Pretend(Channel):
    """``channel``, rehearsed: its renditions and its limits are real, and nothing leaves the machine.

    The default of every channel that leaves, outside production (docs/decisions/0043-pretend.md).
    """

    name = "pretend"
    nature = Nature.STATE  # rehearsing twice harms nobody
    leaves = False

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel.options, channel.tools)
        self._real = channel
        words = ("name", "public", "words", "hears_minor", "hears_withdrawals", "supersedes", "audience")
        vars(self).update(
            {word: getattr(channel, word) for word in words}
        )  # whom it speaks to is the real one's affair

    @property
    def edition(self) -> str:
        """The real channel's: it is its rendition."""
        return self._real.edition

    def finding(self) -> str:
        """What would keep the real channel from sending; empty when nothing would. A rehearsal goes on all the same."""
        try:
            self._real.ready()
        except (Refused, TryAgain) as error:
            return str(error)
        return ""

    def render(self, message: Message) -> Rendition:
        """What would be sent. Raises ``LimitsBroken`` as the real channel does."""
        return self._real.render(message)

    def preview(self, rendition: Rendition, attached: Mapping[str, bytes]) -> Sequence[File]:
        """What the real channel lets people look at."""
        return self._real.preview(rendition, attached)

    def speaks_of(self, kind: str) -> bool:
        """As the real channel."""
        return self._real.speaks_of(kind)

    def price(self, rendition: Rendition, people: int) -> Decimal:
        """What it would cost."""
        return self._real.price(rendition, people)

    def parts(self, recipients: int) -> int:
        """In how many parts it would go."""
        return self._real.parts(recipients)

    def next_step(self, work: Work) -> str:
        """One step: pretend."""
        return "pretend"

    def send(self, step: str, work: Work) -> Pretended:
        """Say what would have gone where."""
        files = work.rendition.files
        said = say(
            "pretend.to_persons" if work.recipients else "pretend.to_endpoint",
            title=work.message.version.title,
            endpoint=work.endpoint,
            people=len(work.recipients),
            files=", ".join(file.name for file in files),
            size=sum(len(file.body) for file in files),
            sha256=work.rendition.sha256[:12],
        )
        found = self.finding()
        return Pretended(said + (say("pretend.finding", cause=found) if found else ""))
