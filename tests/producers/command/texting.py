"""An office that sends texts: an endpoint ``phones``, its key, and lists of its audience, with no vendor or a fake."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from channels.sms.banned import banned
from channels.sms.registration import Syntax, registered_text, variables
from channels.sms.texts import texts
from channels.sms.wording import Outlet as Wording
from tests.journeys.town import NOBODY, Outlet, furnish
from tests.producers.command.conftest import Terminal
from tests.sandbox.process import Running, running
from tests.sandbox.sms.office import secret

SIGN, PHONE = "云岭高新区人社局", "0800-8123456"
CODES = {
    vendor: {name: code.format(2_000 + number) for number, name in enumerate(texts().templates)}
    for vendor, code in (("aliyun", "SMS_{:06}"), ("tencent", "{}"))
}
PUBLIC = {  # of these, what is not for staff alone
    vendor: {name: code for name, code in codes.items() if name in texts().sent(to_staff=False)}
    for vendor, codes in CODES.items()
}
KEYS = {"aliyun": "LTAI5tSandboxGongkai", "tencent": "AKIDsandboxgongkai"}
APP = "1400006666"
NOWHERE = f"http://127.0.0.1:{NOBODY}"  # never the vendor's own: tests text nobody


def phones(
    home: Path,
    vendor: str = "aliyun",
    *,
    origin: str = NOWHERE,
    key: str = "only-the-vendor-and-we",
    pretend: bool = False,
    **options: Any,
) -> Terminal:
    """A furnished folder with a site and the endpoint, at any hour; no list yet."""
    of: dict[str, Any] = {
        "vendor": vendor,
        "audience": "pensioners",
        "sign": SIGN,
        "phone": PHONE,
        "key_id": KEYS[vendor],
    }
    of |= {"secret": "duanxin", "templates": PUBLIC[vendor], "variable_length": 35}
    of |= {"app": APP} if vendor == "tencent" else {}
    of |= {"origin": origin, "quiet_from": "00:00", "quiet_to": "00:00"}
    texting = Outlet("phones", "sms", "rsj", {**of, **options}, pretend=pretend)
    furnish(home, NOBODY, [Outlet("site", "website"), texting])
    with (home / "gongkai.toml").open("a", encoding="utf-8") as file:
        file.write(f'[[allow]]\norigin = "{origin}"\nowner = "测试"\n')
    (home / "secrets").mkdir(exist_ok=True)
    (home / "secrets" / "duanxin").write_text(key, "utf-8")
    return Terminal(home)


@contextmanager
def fake(home: Path, name: str, **registered: Any) -> Iterator[Running]:
    """The fake of a vendor, with ``registered`` as ``register`` has it."""
    register(home, name, **registered)
    with running(home) as server:
        yield server


def at(server: Running, name: str, home: Path, **options: Any) -> Terminal:
    """A furnished folder whose endpoint sends by way of the fake."""
    return phones(home, name, origin=server.origin, key=secret(server, name), **options)


def listed(gongkai: Terminal, people: int) -> None:
    """Read a list of so many."""
    file = gongkai.home.parent / "list.csv"
    file.write_text("\n".join(f"139{number:08}" for number in range(people)) + "\n", "utf-8")
    told = ("--title", "退休人员", "--basis", "社会保险法第四条", "--office", "rsj")
    gongkai.ok("audiences", "read", "pensioners", file, *told)


def opted_out(gongkai: Terminal, *numbers: str) -> None:
    """These want no more texts."""
    file = gongkai.home.parent / "out.csv"
    file.write_text("\n".join(numbers) + "\n", "utf-8")
    gongkai.ok("audiences", "opt-out", file, "--why", "来电", "--office", "rsj")


def wording() -> Wording:
    """What the texts have from the endpoint."""
    return Wording(SIGN, PHONE, banned("aliyun"), 35)


def register(
    home: Path,
    vendor: str,
    *,
    without: Sequence[str] = (),
    changed: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Register every text at the fake in ``home``; ``changed`` are keys of a template's entry by our name of it."""
    syntax = Syntax.NAMED if vendor == "aliyun" else Syntax.NUMBERED
    lines = [f'key_id = "{KEYS[vendor]}"', f'app = "{APP}"' if vendor == "tencent" else "", "[[sign]]"]
    lines += [f'name = "{SIGN}"', "id = 7" if vendor == "tencent" else ""]
    for name, code in CODES[vendor].items():
        if name in without:
            continue
        entry = {"code": code, "text": registered_text(name, wording(), syntax), **(changed or {}).get(name, {})}
        lines += ["[[template]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items())]
        if vendor == "aliyun":
            kinds = ", ".join(f'{key} = "{attribute}"' for key, attribute in variables(name))
            lines += [f"variables = {{ {kinds} }}"]
    (home / "sms").mkdir(parents=True, exist_ok=True)
    (home / "sms" / f"{vendor}.toml").write_text("\n".join(lines) + "\n", "utf-8")
