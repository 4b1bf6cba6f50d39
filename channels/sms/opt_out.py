"""``config/sms/opt-out.toml``: the replies of those who want no more texts."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_AROUND = re.compile(r"^\W+|\W+$|\s+")  # 。！ 【】, and spaces wherever they stand: 退订 TD


def opts_out(text: str) -> bool:
    """Whether a reply says that and nothing else."""
    return _plain(text) in _replies()


def _plain(text: str) -> str:
    return _AROUND.sub("", unicodedata.normalize("NFKC", text).casefold())


@cache
def _replies() -> frozenset[str]:
    table = tomllib.loads((files("config") / "sms" / "opt-out.toml").read_text("utf-8"))
    return frozenset(table["replies"])
