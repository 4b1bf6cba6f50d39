"""How words are marked in a chat, and how an author's words are kept from marking anything.

The robot's Markdown knows headings, bold, links, quotes, inline code, three colours and mentions, and its documents no
way to escape any of them. So marks are broken by a space of no width (U+200B), which readers do not see; a back-quote,
of which one would do, becomes its wide twin. Nobody is mentioned and nothing is a link but what a template says is.
"""

import re
from typing import Protocol

from channels.quoted import one_line

UNSEEN = "\u200b"
TAG = re.compile(r"([<&])")  # <@userid>, <font>, and the names of characters that a client may put back
ADDRESS = re.compile(r"(?i)(:(?=//)|(?<![a-z0-9])www(?=\.))")  # chats make a link of whatever looks like an address
MARKUP = re.compile(r"(\*|\](?=\()|~(?=~)|_(?=_))")
LINE = re.compile(r"^(?=[#>+|=-]|[0-9]{1,3}[.)] )")


class Ours(str):
    """Words of ours, or of an author and already harmless: they go out as they are."""

    __slots__ = ()


class Marks(Protocol):
    """One way of marking words. Every argument may be an author's."""

    def harmless(self, words: object) -> Ours:
        """On one line, marking nothing."""

    def badge(self, words: str, tone: str) -> Ours:
        """What happened, in one of the three colours: info, comment, warning."""

    def strong(self, words: str) -> Ours:
        """Weighty words."""

    def fact(self, label: str, value: str) -> Ours:
        """A line that says one thing."""

    def link(self, words: str, address: str) -> Ours:
        """A way to ``address``, which is ours."""


class Text:
    """A plain text."""

    def harmless(self, words: object) -> Ours:
        """A text still takes ``<@userid>`` for a mention."""
        if isinstance(words, Ours):
            return words
        plain = one_line(words).replace("`", "｀")  # in a text too, so that both read alike
        return Ours(ADDRESS.sub(rf"\1{UNSEEN}", TAG.sub(rf"\1{UNSEEN}", plain)))

    def badge(self, words: str, tone: str) -> Ours:
        return Ours(f"【{self.harmless(words)}】")

    def strong(self, words: str) -> Ours:
        return self.harmless(words)

    def fact(self, label: str, value: str) -> Ours:
        return Ours(f"{self.harmless(label)}：{self.harmless(value)}")

    def link(self, words: str, address: str) -> Ours:
        return Ours(f"{self.harmless(words)}：{address}")


class Seen(Text):
    """What a reader of the Markdown sees: an address stands behind its words."""

    def link(self, words: str, address: str) -> Ours:
        return self.harmless(words)


class Markdown:
    """The robot's own subset of Markdown."""

    def harmless(self, words: object) -> Ours:
        if isinstance(words, Ours):
            return words
        return Ours(LINE.sub(UNSEEN, MARKUP.sub(rf"\1{UNSEEN}", Text().harmless(words))))

    def badge(self, words: str, tone: str) -> Ours:
        return Ours(f'<font color="{tone}">【{self.harmless(words)}】</font>')

    def strong(self, words: str) -> Ours:
        return Ours(f"**{self.harmless(words)}**")

    def fact(self, label: str, value: str) -> Ours:
        return Ours(f"> {self.harmless(label)}：{self.strong(value)}")

    def link(self, words: str, address: str) -> Ours:
        return Ours(f"[{self.harmless(words)}]({address})")
