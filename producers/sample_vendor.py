"""What the sample's office has registered at the sandbox's SMS vendor: its signature and every text that it sends."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from channels.sms.banned import banned
from channels.sms.options import VARIABLE
from channels.sms.registration import Syntax, registered_text, variables
from channels.sms.wording import Outlet

HEAD = """key_id = "{key}"
receipts = {{ after = 1.0 }}

[[sign]]
name = "{sign}"
"""
TEMPLATE = """
[[template]]
code = {code}
name = {name}
text = {text}
variables = {{ {variables} }}
"""


def register(folder: Path, *endpoints: Mapping[str, Any]) -> None:
    """Write the registration of endpoints with these options, all of one account, where the sandbox reads it."""
    options = endpoints[0]
    vendor = options["vendor"]
    codes = {name: code for one in endpoints for name, code in one["templates"].items()}
    outlet = Outlet(options["sign"], options["phone"], banned(vendor), VARIABLE[vendor], options["site"])
    tables = [
        TEMPLATE.format(
            code=_toml(code),
            name=_toml(name),
            text=_toml(registered_text(name, outlet, Syntax.NAMED)),
            variables=", ".join(f"{blank} = {_toml(attribute)}" for blank, attribute in variables(name)),
        )
        for name, code in codes.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    head = HEAD.format(key=options["key_id"], sign=options["sign"])
    (folder / f"{vendor}.toml").write_text(head + "".join(tables), "utf-8")


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
