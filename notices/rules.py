"""What the fields of one notice must keep among themselves."""

from collections.abc import Collection, Mapping
from typing import Any

from config.channels import channel_names
from config.clock import wall
from config.fields import wording_names
from config.kinds import Kind
from notices.entries import Entries
from notices.front import Node
from notices.kind_rules import check_kind
from notices.notice import Content, Scope, Urgency
from notices.strays import unfounded
from notices.text import Heading, blocks


def check_rules(
    entries: Entries,
    content: Mapping[str, Any],
    nodes: Mapping[str, Node],
    kind: Kind,
    public_channels: Collection[str],
) -> None:
    """Note what is wrong between the fields of ``content``, at the lines of ``nodes``."""

    def line(name: str) -> int:
        return nodes[name].line if name in nodes else entries.end

    if content["urgency"] is Urgency.EMERGENCY and content["expires_at"] is None and "expires_at" not in nodes:
        entries.wrong(line("urgency"), "失效时刻", "emergency_expiry")
    open_to_all = [channel for channel in content["channels"] if channel in public_channels]
    if content["scope"] is not Scope.PUBLIC and open_to_all:
        where = "channels" if "channels" in nodes else "scope"
        entries.wrong(line(where), "渠道", "scope_public", channels="、".join(open_to_all))
    if content["disclosure"] != "主动公开" and open_to_all:
        entries.wrong(line("disclosure"), "公开属性", "disclosure_public", channels="、".join(open_to_all))
    if kind.carries and not content["attachments"] and not _is_headed(content["body"], kind.carries):
        words = "、".join(f"“{word}”" for word in kind.carries)
        entries.wrong(line("attachments"), "附件", "no_draft", words=words, name=kind.carries[0])
    if not content["channels"] and "channels" not in nodes:  # else every one of them was refused
        entries.wrong(line("channels"), "渠道", "no_channel")
    for name, label in (("effective_on", "施行日期"), ("issued_on", "成文日期")):
        if content[name] and content["ends_on"] and content["ends_on"] < content[name]:
            entries.wrong(line("ends_on"), "失效日期", "order", earlier=label, days=0)
    approval, secrecy = content["approval"], content["secrecy"]
    if approval and secrecy and secrecy.at > approval.at:
        entries.wrong(line("secrecy"), "保密审查.时间", "reviewed_late")
    if approval and content["expires_at"] and content["expires_at"] <= approval.at:
        signed = f"{wall(approval.at):%Y-%m-%d %H:%M}"
        entries.wrong(line("expires_at"), "失效时刻", "expired_at_sign_off", signed=signed)
    check_kind(entries, content["fields"], kind, line)


def check_wording(entries: Entries, content: Content, nodes: Mapping[str, Node]) -> None:
    """Note every figure of the summary and of a channel's own wording that is no fact and neither in the body nor in a
    table: facts stay locked, also where a shorter text stands for the notice."""
    for stray in unfounded(content.summary, content):
        entries.wrong(nodes["summary"].line, "内容概述", "wording_figure", given=stray.figure)
    if not content.wording:
        return
    for channel, texts in entries.inner(nodes["wording"]).items():
        for label, node in entries.inner(texts).items():
            text = content.wording.get(channel_names()[channel], {}).get(wording_names().get(label, label), "")
            for stray in unfounded(text, content):
                entries.wrong(node.line, f"渠道用语.{channel}.{label}", "wording_figure", given=stray.figure)


def _is_headed(body: str, words: Collection[str]) -> bool:
    """True where a heading of ``body`` has one of ``words``."""
    heads = ("".join(run.text for run in one.runs) for one in blocks(body) if isinstance(one, Heading))
    return any(word in head for head in heads for word in words)
