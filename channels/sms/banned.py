"""``config/sms/banned-<vendor>.toml``: what a vendor sends for nobody, and by which words it is known."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Banned:
    """A vendor's list."""

    title: str  # of the vendor
    title_en: str
    source: str
    categories: Mapping[str, tuple[str, ...]] = field(hash=False)  # as the vendor calls it → words

    def found(self, text: str) -> dict[str, tuple[str, ...]]:
        """The words of each category that ``text`` holds, however large its letters are."""
        read = text.casefold()
        hits = {name: tuple(w for w in words if w.casefold() in read) for name, words in self.categories.items()}
        return {name: words for name, words in hits.items() if words}


@cache
def banned(vendor: str) -> Banned:
    """The list of ``vendor``: ``aliyun`` or ``tencent``."""
    table = tomllib.loads((files("config") / "sms" / f"banned-{vendor}.toml").read_text("utf-8"))
    categories = {name: tuple(words) for name, words in table["categories"].items()}
    return Banned(table["title"], table["title_en"], table["source"], categories)
