"""The guides to texts, articles and the group: what a clerk is told to type is understood, what he is told is so."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from channels.base import LimitsBroken
from channels.sms import Channel
from channels.sms.options import VARIABLE, SmsOptions
from channels.sms.texts import texts
from config.limits import limits
from producers.command import main
from producers.command.group import Group
from tests.channels.contract import messages, tools
from tests.source import ROOT

GUIDES = {name: (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("sms", "wechat", "wecom")}
TYPED = re.compile(r"`gongkai ([a-z][^`]*)`|^ *gongkai ([a-z][^#\n]*)", re.MULTILINE)
COMMANDS = {name: [match[1] or match[2] for match in TYPED.finditer(text)] for name, text in GUIDES.items()}
SHORT = ("t01", "t02", "t05", "t07")  # the kinds whose texts have room in 腾讯云's shortest variables
CODES = {"templates": dict.fromkeys(texts().templates, "1")}


@pytest.mark.parametrize(("guide", "line"), [(name, line) for name, of in COMMANDS.items() for line in of])
def test_what_is_to_be_typed_is_understood(guide: str, line: str) -> None:
    here: click.Command = main
    words = [*shlex.split(line)]
    while isinstance(here, Group):
        found = here.get_command(click.Context(here), words.pop(0))
        assert found is not None, line
        here = found
    options = {opt for one in here.params if isinstance(one, click.Option) for opt in one.opts}
    assert {word for word in words if word.startswith("-")} <= options
    if words and not words[0].startswith("-"):  # with all that it needs, not only mentioned
        here.make_context(line, list(words))  # raises for anything that is not understood


def test_each_guide_says_what_to_type() -> None:
    assert all(len(of) > 2 for of in COMMANDS.values())


def test_the_endpoint_that_is_to_be_copied_is_one() -> None:
    table: dict[str, object] = {}
    for block in re.findall(r"```toml\n(.*?)```", re.sub(r"(?m)^  ", "", GUIDES["sms"]), re.DOTALL):
        _merge(table, tomllib.loads(block))
    phones = table["endpoints"]["phones"]  # type: ignore[index]  # as TOML has it
    options = SmsOptions.model_validate(phones["options"])
    assert options.second is not None
    assert set(options.templates) | set(options.second.templates) <= set(texts().templates)


def _merge(into: dict[str, object], more: dict[str, object]) -> None:
    for key, value in more.items():
        before = into.setdefault(key, value)
        if isinstance(before, dict) and isinstance(value, dict) and before is not value:
            _merge(before, value)


def test_the_lengths_that_are_told_are_those_that_are_held_to() -> None:
    texts_ = [int(number) for number in re.findall(r"^\| [条字]数 \w+ \| (\d+) \|", GUIDES["sms"], re.MULTILINE)]
    assert texts_ == [limits("sms")[name].value for name in ("segments", "characters")]
    wechat = [int(number) for number in re.findall(r"^\| [^|]+ \| (\d+) 字 characters", GUIDES["wechat"], re.MULTILINE)]
    assert wechat == [limits("wechat")[name].value for name in ("title", "digest", "author", "content")]
    assert [int(number) for number in re.findall(r"(\d{4}) 字节", GUIDES["wecom"])] == [
        limits("wecom")[name].value for name in ("markdown", "text")
    ]
    told = re.search(r"^\| 变量 a variable \| (\d+) / (\d+) \|", GUIDES["sms"], re.MULTILINE)
    assert told is not None
    assert tuple(map(int, told.groups())) == (VARIABLE["aliyun"], VARIABLE["tencent"])


def test_the_kinds_that_fit_the_shortest_variables_are_those_that_are_named(tmp_path: Path) -> None:
    assert f"只有 {'、'.join(SHORT)} 和撤回发得出去" in GUIDES["sms"]
    account = {"vendor": "tencent", "app": "1400006666", "key_id": "k", "secret": "s", **CODES}
    said = {"audience": "insured", "sign": "云岭高新区人社局", "phone": "12333", "site": "区人社局网站"}
    fit = set()
    with tools(tmp_path) as given:
        channel = Channel(SmsOptions.model_validate({**account, **said}), given)
        for label, message in messages().items():
            if " " in label or label == "reminder":
                continue
            try:
                channel.render(message)
            except LimitsBroken:
                continue
            fit.add(message.version.kind)
    assert fit == set(SHORT)
