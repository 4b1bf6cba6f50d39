"""Endpoints to write texts for, and all that might be said: samples, the kinds' examples, what follows them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from channels.sms.banned import banned
from channels.sms.registration import Syntax
from channels.sms.texts import texts
from channels.sms.wording import Outlet
from config.kinds import written_kinds
from notices.notice import Message
from notices.skeleton import skeleton
from sandbox.sms.aliyun import Aliyun
from sandbox.sms.registered import Template
from sandbox.sms.tencent import Tencent
from tests import factories
from tests.channels.contract import follow, messages
from tests.notices.files import draft, raw

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SIGN = "云岭高新区人社局"  # ten characters with its brackets
VARIABLE = {"aliyun": 35, "tencent": 6}  # what a variable holds by default
LEAVES = ("banner", "gone", "redirect")


def outlet(vendor: str = "aliyun", **changes: Any) -> Outlet:
    """An endpoint at ``vendor`` as it is by default."""
    of: dict[str, Any] = {"phone": "0800-8123456", "banned": banned(vendor), "variable_length": VARIABLE[vendor]}
    return Outlet(**{"sign": SIGN, **of, **changes})


@cache
def releases() -> dict[str, Message]:
    """Each sample and each kind's example, whether its kind has a text or not."""
    found = {label: said for label, said in messages().items() if " " not in label and label != "reminder"}
    with TemporaryDirectory() as folder:
        for kind in written_kinds().values():
            file = raw(Path(folder), skeleton(kind, factories.office(), NOW).encode())
            name = f"202611-example{kind.id[1:]}"
            version = draft(file).version(
                notice=name.ljust(15, "0")[:15], number=1, index_number="11530100MB1A2B3C4D/2026-00099", relations=[]
            )
            found[f"{kind.id} example"] = factories.message(version)
    return found


@cache
def everything() -> dict[str, Message]:
    """Each release whose kind has a text with its corrections, and every withdrawal."""
    found = {}
    for label, said in releases().items():
        if texts().kinds[said.version.kind].none is None:
            found[label] = said
            again = follow(said.version, "corrected")
            other = said.version.model_copy(update={"facts": (), "fields": {}})  # whatever it says was said otherwise
            found[f"{label}, corrected"] = again.model_copy(update={"previous": other})
            found[f"{label}, corrected elsewhere"] = again
        found |= {f"{label}, {leaves}": follow(said.version, leaves) for leaves in LEAVES}
    return found


def at_vendor(text: str, syntax: Syntax, variables: Mapping[str, str] | None = None) -> Template:
    """``text`` handed in at the vendor that writes its variables so."""
    vendor, code = (Aliyun, "SMS_1") if syntax is Syntax.NAMED else (Tencent, "1")
    table = {"code": code, "text": text, "variables": dict(variables or {})}
    return Template.model_validate(table, context=vendor.rules)
