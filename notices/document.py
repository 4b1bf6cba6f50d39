"""Read a notice's file: Markdown under YAML front matter → a draft, or everything that is wrong with it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.fields import bounds, common_fields
from config.kinds import Field, Kind, written_kinds
from notices.body import check_body
from notices.content import Reading
from notices.entries import Entries
from notices.front import Node, take_apart
from notices.notice import Content, Office, Relation, Version
from notices.personal import check_attached, check_personal
from notices.placeholders import unfilled
from notices.problem import Problem
from notices.rules import check_rules, check_wording
from notices.structures import Tie, relations

_INNER = {"by": "签发人", "at": "时间"}  # a file may use the English names
_DERIVED = {"facts"}  # follows from the rest, and gains forms over time


@dataclass(frozen=True)
class Draft:
    """What a file says: a version without its notice, number and allocated index number, and its attachments' bytes."""

    content: Content
    ties: tuple[Tie, ...]  # 关联, not yet looked up
    files: Mapping[str, bytes]  # attachments by name
    index_number: str | None = None  # given in the file
    unfilled: tuple[Problem, ...] = ()  # what still stands as the example had it: not to be published
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)  # where each field stands, by its Chinese name: 签发.时间

    def problem(self, label: str, key: str, **values: object) -> Problem:
        """What is wrong with the field called ``label``, in the file and at its line."""
        line = self.lines.get(label) or self.lines.get(label.partition(".")[0]) or 1
        return Problem(self.file, line, label, key, values)

    @property
    def digest(self) -> str:
        """SHA-256 of everything the file says, with the attachments' hashes: equal for the same file twice."""
        said = self.content.model_dump(mode="json", exclude=_DERIVED, exclude_defaults=True)
        ties = [[tie.type, tie.title, tie.to] for tie in self.ties]
        canonical = json.dumps([said, ties, self.index_number], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def version(
        self,
        *,
        notice: str,
        number: int,
        index_number: str,
        relations: Sequence[Relation],
        public_note: str | None = None,
        minor: bool = False,
    ) -> Version:
        """The version this becomes as ``number`` of ``notice``, its ties looked up by the caller."""
        return Version(
            **dict(self.content),
            notice=notice,
            number=number,
            index_number=index_number,
            relations=tuple(relations),
            public_note=public_note,
            minor=minor,
        )


def read(path: Path, *, offices: Collection[Office], public_channels: Collection[str]) -> Draft:
    """The draft in the file ``path``; its attachments lie in the same folder or below.

    ``public_channels`` are those that anyone may read. Raises ``FileRefused`` with every problem, ``OSError`` if the
    file cannot be read.
    """
    with path.open("rb") as file:
        parts = take_apart(file.read(bounds().file_bytes + 1), str(path))
    entries = Entries(str(path), parts.end)
    kind = _kind(entries, parts.front)
    fields = {one.name: one for one in (*common_fields(), *(kind.fields if kind else ()))}
    names = {one.label: one.name for one in fields.values()} | {name: name for name in fields}
    if kind is None:  # its own fields cannot be judged
        entries.refuse()
    nodes = entries.named(parts.front, names)
    if empty := entries.emptied(parts.front, names, "channels"):  # else it would mean the kind's own, the contrary
        entries.wrong(empty.line, "渠道", "no_channel")
    for one in fields.values():
        if one.required and one.name not in nodes:
            line = next((node.line for key, node in parts.front.items() if names.get(key) == one.name), parts.end)
            entries.wrong(line, one.label, "missing")
    assert kind is not None  # refused above
    found = Reading(entries, fields, nodes, kind, offices)
    content, files = found.content(parts.body, path.parent)
    check_body(entries, parts.body, parts.body_line, tuple(files))
    check_rules(entries, content, nodes, kind, public_channels)
    if set(content["channels"]) & set(public_channels):
        check_personal(entries, parts.front, parts.body, parts.body_line)
        check_attached(entries, files, nodes["attachments"].line if files else parts.end)
    ties = relations(entries, nodes.get("relations"))
    left = unfilled(parts, str(path))
    if entries.problems:  # all of it at once
        entries.problems += [one for one in left if (one.line, one.field) not in entries.places]
    entries.refuse()
    lines = {**_lines(fields, nodes), "正文": parts.body_line}
    draft = Draft(
        Content(**content),
        ties,
        files,
        found.text("index_number"),
        tuple(left),
        file=str(path),
        lines=lines,
    )
    check_wording(entries, draft.content, nodes)
    entries.refuse()
    return draft


def _lines(fields: Mapping[str, Field], nodes: Mapping[str, Node]) -> dict[str, int]:
    """Where each field stands, and what a sign-off or a review says, by Chinese names."""
    found = {}
    for name, node in nodes.items():
        found[fields[name].label] = node.line
        for inner, value in node.value.items() if isinstance(node.value, dict) else ():
            found[f"{fields[name].label}.{_INNER.get(inner, inner)}"] = value.line
    return found


def _kind(entries: Entries, front: Mapping[str, Node]) -> Kind | None:
    """The kind the file names, by id, code or name."""
    node = front.get("文种") or front.get("kind")
    if node is None or node.value == "":
        entries.wrong(node.line if node else entries.end, "文种", "missing")
        return None
    known = {name: kind for kind in written_kinds().values() for name in (kind.id, kind.code, kind.name)}
    given = node.value if isinstance(node.value, str) else ""
    if given not in known:
        choices = "、".join(f"{kind.name}（{kind.id}）" for kind in written_kinds().values())
        entries.wrong(node.line, "文种", "choice", given=given, choices=choices)
    return known.get(given)
