"""The typed fields of one file: front matter → the content of a draft."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from config.channels import channel_names
from config.kinds import FACT_TYPES, Field, Kind
from notices.attachments import read_all
from notices.entries import Entries
from notices.facts import Fact, FactType, forms
from notices.front import Node
from notices.notice import Office, Scope, Urgency
from notices.structures import approval, secrecy, wording
from notices.values import Value

SCOPES = dict(zip(("全社会", "特定群体", "参保单位", "本单位", "本人"), Scope, strict=True))
URGENCIES = {"普通": Urgency.ROUTINE, "紧急": Urgency.EMERGENCY}
_AS_WRITTEN = (
    "title",
    "document_number",
    "catalogue_item",
    "disclosure_basis",
    "owner",
    "deputy",
    "summary",
    "masking",
    "validity",
)
_INSTANTS = ("release_at", "expires_at")
_DATES = ("issued_on", "formed_on", "planned_on", "effective_on", "ends_on", "review_on")


class Reading:
    """The fields of one file, read by their types."""

    def __init__(
        self,
        entries: Entries,
        fields: Mapping[str, Field],
        nodes: Mapping[str, Node],
        kind: Kind,
        offices: Collection[Office],
    ) -> None:
        self.entries, self.fields, self.nodes, self.kind = entries, fields, nodes, kind
        self.values: dict[str, Value] = {}
        self.texts: dict[str, Any] = {}  # lists and tables
        for name, node in nodes.items():
            field = fields[name]
            if field.type in FACT_TYPES or field.type in {"text", "choice", "index_number"}:
                if value := entries.value(field, node):
                    self.values[name] = value
            elif field.type == "lines":
                self.texts[name] = list(entries.lines(node, field.label))
            elif field.type == "choices":
                self.texts[name] = list(entries.chosen(field, node))
            elif field.type == "table":
                self.texts[name] = entries.rows(field, node)
        self.office = self._office(offices)

    def text(self, name: str, default: str | None = None) -> str | None:
        """A field's canonical value."""
        value = self.values.get(name)
        return value.text if value else default

    def content(self, body: str, folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Everything of ``Content`` that could be read, and the attachments' bytes by name."""
        nodes, entries, office = self.nodes, self.entries, self.office
        attached = read_all(entries, nodes.get("attachments"), folder)
        own = {field.name for field in self.kind.fields}
        values = {name: self.text(name) for name in self.values if name in own}
        urgency = URGENCIES["紧急" if self.kind.emergency else "普通"]
        found: dict[str, Any] = {
            "office": office.id if office else None,
            "kind": self.kind.id,
            "topic": self.text("topic", self.kind.topic),
            "genre": self.text("genre", self.kind.genre),
            "disclosure": self.text("disclosure", "主动公开"),
            "scope": SCOPES[self.text("scope") or "全社会"],
            "urgency": URGENCIES[str(self.text("urgency"))] if self.text("urgency") else urgency,
            "section": self._section(),
            "phone": self.text("phone", office.phone if office else None),
            "supervision_phone": self.text("supervision_phone", office.supervision_phone if office else None),
            "keywords": tuple(self.texts.get("keywords", ())),
            "attachments": tuple(attachment for attachment, _ in attached),
            "fields": {name: values.get(name, self.texts.get(name)) for name in own if name in nodes},
            "wording": wording(entries, nodes.get("wording")),
            "channels": self._channels(),
            "body": body,
            "approval": approval(entries, nodes.get("approval")),
            "secrecy": secrecy(entries, nodes.get("secrecy")),
        }
        for name in _AS_WRITTEN:
            found[name] = self.text(name)
        for name in _DATES:
            given = self.text(name)
            found[name] = date.fromisoformat(given) if given else None
        for name in _INSTANTS:
            given = self.text(name)
            found[name] = datetime.fromisoformat(given) if given else None
        found["facts"] = self._facts(found)
        return found, {attachment.name: blob for attachment, blob in attached}

    def _facts(self, found: Mapping[str, Any]) -> tuple[Fact, ...]:
        facts = []
        for name, field in self.fields.items():
            if field.type not in FACT_TYPES:
                continue
            value = self.values.get(name)
            if value is None and name in ("phone", "supervision_phone") and found[name]:
                value = Value(found[name])  # the office's
            if value is not None:
                unit = "元" if field.type == "amount" else value.unit
                type_ = FactType(field.type)
                written = forms(type_, value.text, unit)
                facts.append(Fact(name=name, label=field.label, type=type_, value=value.text, unit=unit, forms=written))
        return tuple(facts)

    def _office(self, offices: Collection[Office]) -> Office | None:
        known = {name: office for office in offices for name in (office.id, office.name, office.short)}
        given = self._given("office")
        if given is not None and given not in known:
            choices = "、".join(f"{office.name}（{office.id}）" for office in offices)
            self.entries.wrong(self.nodes["office"].line, "发文机关", "choice", given=given, choices=choices)
        return known.get(given or "")

    def _section(self) -> str | None:
        given = self._given("section")
        if given is None or self.office is None:
            return None
        known = {name: id_ for id_, name in self.office.sections.items()} | {id_: id_ for id_ in self.office.sections}
        if given not in known:
            choices = "、".join(self.office.sections.values())
            self.entries.wrong(self.nodes["section"].line, "责任股室", "choice", given=given, choices=choices)
        return known.get(given)

    def _channels(self) -> tuple[str, ...]:
        node = self.nodes.get("channels")
        if node is None:
            return self.kind.channels
        names = channel_names()
        known = Field("channels", "choices", "渠道", "Channels", "", choices=tuple(names))
        return tuple(dict.fromkeys(names[given] for given in self.entries.chosen(known, node)))

    def _given(self, name: str) -> str | None:
        node = self.nodes.get(name)
        return self.entries.text(node, self.fields[name].label) if node else None
