"""Our mark on an article: the address of its original, with the message's sequence behind it.

The platform knows no key of ours, but it keeps this address as it is and lists it with every draft and article; readers
are led to the notice by it. (docs/decisions/0055-wechat-articles.md)
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from notices.notice import Message

NAME = "wx"  # of the query that a static page does not look at


@dataclass(frozen=True)
class Mark:
    """Which message of which notice an article says. The path alone tells the notice: an office may move house."""

    path: str
    sequence: int

    def is_of(self, address: str) -> bool:
        """Whether it is of the notice at ``address``."""
        return self.path == urlsplit(address).path


def marked(message: Message) -> str:
    """The address of the original, for an article that says ``message``."""
    return f"{message.address}?{NAME}={message.sequence}"


def read_mark(source_url: str) -> Mark | None:
    """The mark in the address of an original; None when it is not one of ours."""
    found = re.fullmatch(rf"([^?#]+)\?{NAME}=([1-9]\d{{0,9}})", source_url)
    try:
        return Mark(urlsplit(found[1]).path, int(found[2])) if found else None
    except ValueError:  # no address at all
        return None
