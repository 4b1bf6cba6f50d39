"""An outlet that takes everything at once: what is left is the cost of the engine."""

from channels import base
from channels.base import Delivered, File, Nature, Rendition, Work
from notices.notice import Message


class Channel(base.Channel):
    """Says *delivered* and does nothing."""

    name = "null"
    nature = Nature.KEYED
    leaves = False

    def render(self, message: Message) -> Rendition:
        return rendered(message)

    def next_step(self, work: Work) -> str | None:
        return "send"

    def send(self, step: str, work: Work) -> Delivered:
        return Delivered(reference=work.key)


def rendered(message: Message) -> Rendition:
    """The version as it is."""
    body = message.version.model_dump_json().encode()
    return Rendition((File("notice.json", "application/json", body),), message.version.title)
