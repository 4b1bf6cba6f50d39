"""The hard limits of the site: what a page can bear before readers suffer (``config/limits.toml``)."""

from collections.abc import Iterator

from channels.base import Broken, Rendition
from config.limits import limits
from config.messages import say
from notices.notice import Message


def broken(message: Message, rendition: Rendition) -> list[Broken]:
    """Every limit that ``message`` breaks, all at once."""
    rows = limits("website")
    return [
        Broken(
            limit=rows[name],
            actual=str(actual),
            where=where,
            advice=say(f"website.{name}", "zh", most=rows[name].value, actual=actual),
            advice_en=say(f"website.{name}", "en", most=rows[name].value, actual=actual),
        )
        for name, actual, where in _counted(message, rendition)
        if actual > rows[name].value
    ]


def used(message: Message, rendition: Rendition) -> dict[str, int]:
    """How much of each limit the page takes."""
    return {name: actual for name, actual, _ in _counted(message, rendition)}


def _counted(message: Message, rendition: Rendition) -> Iterator[tuple[str, int, str]]:
    version = message.version
    yield "title", len(version.title), "标题"
    yield "summary", len(version.summary), "内容概述"
    yield "keywords", len(version.keywords), "关键词"
    yield "body", len(version.body), "正文"
    yield "relations", len(version.relations), "关联"
    yield "page", len(rendition.main.body), "正文"
    if version.public_note:
        yield "public_note", len(version.public_note), "更正说明"
    if message.withdrawal:
        yield "reason", len(message.withdrawal.reason), "撤回理由"
