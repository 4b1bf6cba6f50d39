"""``gongkai check`` asks a vendor what is registered there, and says where that is not what we send."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.sms.texts import texts
from producers.command.exits import Exit
from tests.producers.command.conftest import Terminal
from tests.producers.command.texting import CODES, PUBLIC, SIGN, at, fake, phones, register
from tests.sandbox.process import Running

VENDORS = ("aliyun", "tencent")


@pytest.fixture(scope="module", params=VENDORS)
def vendor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Running]]:
    """Each vendor's fake."""
    with fake(tmp_path_factory.mktemp(request.param), request.param) as server:
        yield request.param, server


@pytest.fixture
def checked(vendor: tuple[str, Running], tmp_path: Path) -> Terminal:
    """An office with a template for every text, everything registered as it should be."""
    name, server = vendor
    server.misbehave(how="well")
    register(server.home, name)
    return at(server, name, tmp_path / "texting")


def said_of(gongkai: Terminal) -> list[tuple[str, str]]:
    """What is said of the endpoint besides that it can send: level and words."""
    found = [(one["level"], one["what"]) for one in gongkai("check", "--json").data["checked"]]
    return [(level, what) for level, what in found if "投放点 phones：" in what]


def test_what_is_registered_as_we_have_it_is_well(checked: Terminal) -> None:
    ((level, what),) = said_of(checked)
    assert level == "well"
    assert f"{len(texts().sent(to_staff=False))} 个模板" in what
    assert checked("check").exit == Exit.DONE


def test_a_text_that_differs_is_shown_beside_ours(checked: Terminal, vendor: tuple[str, Running]) -> None:
    name, server = vendor
    register(server.home, name, changed={"withdrawal": {"text": "此前所发短信不再有效。"}})
    if name == "aliyun":  # whose variables must all stand in the text
        file = server.home / "sms" / "aliyun.toml"
        kept = file.read_text("utf-8").split('text = "此前所发短信不再有效。"\n')
        file.write_text('text = "此前所发短信不再有效。"\n'.join([kept[0], kept[1].partition("\n")[2]]), "utf-8")
    ((level, what), (well, _)) = said_of(checked)
    assert (level, well) == ("wrong", "well")
    _, ours, theirs = what.splitlines()
    assert "撤回，此前所发短信不再有效，请勿据此办理" in ours
    assert theirs.endswith("登记 此前所发短信不再有效。")
    assert checked("check").exit == Exit.CONFIGURATION


@pytest.mark.parametrize(
    ("state", "level", "words"), [("reviewing", "warning", "还在审核"), ("rejected", "wrong", "没有通过审核")]
)
def test_a_template_that_is_not_approved_is_told(
    checked: Terminal, vendor: tuple[str, Running], state: str, level: str, words: str
) -> None:
    name, server = vendor
    register(server.home, name, changed={"t01": {"state": state}})
    (found, well) = said_of(checked)
    assert (found[0], well[0]) == (level, "well")
    assert words in found[1]
    assert f"“t01”（{CODES[name]['t01']}）" in found[1]


def test_a_template_that_is_not_there_and_an_unknown_signature_are_told(
    checked: Terminal, vendor: tuple[str, Running]
) -> None:
    name, server = vendor
    register(server.home, name, without=["t01"])
    file = server.home / "sms" / f"{name}.toml"
    file.write_text(file.read_text("utf-8").replace(SIGN, "云岭新闻"), "utf-8")
    (sign, template, _) = said_of(checked)
    assert sign == ("wrong", f"投放点 phones：短信商没有登记签名“{SIGN}”")
    assert (template[0], f"没有模板 {CODES[name]['t01']}" in template[1]) == ("wrong", True)


def test_names_are_compared_with_ours(vendor: tuple[str, Running], tmp_path: Path) -> None:
    name, server = vendor
    server.misbehave(how="well")
    register(server.home, name)
    codes = {key: code for key, code in PUBLIC[name].items() if key not in ("t02", "t09")}
    gongkai = at(server, name, tmp_path / "texting", templates={**codes, "t99": "1"})
    (_, odd, lacking) = said_of(gongkai)
    assert odd == ("warning", "投放点 phones：templates 里有本程序没有的短信：t99")
    assert lacking[0] == "warning"
    assert "2 种短信没有模板代码，发不出去：t02、t09" in lacking[1]
    assert gongkai("check").exit == Exit.DONE


def test_a_vendor_that_cannot_be_asked_is_a_warning(checked: Terminal, vendor: tuple[str, Running]) -> None:
    _, server = vendor
    server.misbehave(how="status", status=503)
    ((level, what),) = said_of(checked)
    assert level == "warning"
    assert "问不到短信商登记了什么" in what
    assert checked("check").exit == Exit.DONE


def test_nobody_is_asked_for_a_rehearsal(tmp_path: Path) -> None:
    assert said_of(phones(tmp_path / "texting", pretend=True)) == []


def test_nothing_registered_can_command_a_terminal(checked: Terminal, vendor: tuple[str, Running]) -> None:
    name, server = vendor
    register(server.home, name, changed={"t13": {"text": "甲\u001b[31m乙。"}})
    ((level, what), _) = said_of(checked)
    assert (level, what.splitlines()[-1]) == ("wrong", "    登记 甲\ufffd[31m乙。")


FROM = {"callbacks": "huidiao", "callbacks_from": ["198.51.100.0/24"]}


@pytest.mark.parametrize(
    ("options", "warned"),
    [({}, 0), (FROM, 0), ({"callbacks": "huidiao"}, 1), (FROM | {"callbacks_from": []}, 1)],
    ids=["takes none", "networks", "from anywhere", "none named"],
)
def test_call_backs_from_anywhere_are_warned_of_and_no_error(
    vendor: tuple[str, Running],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, object],
    warned: int,
) -> None:
    name, server = vendor
    server.misbehave(how="well")
    register(server.home, name)
    monkeypatch.setenv("GONGKAI_SECRET_HUIDIAO", "0f9d3c5be1a27468-0f9d3c5be1a27468")
    gongkai = at(server, name, tmp_path / "posted", **options)
    found = [what for level, what in said_of(gongkai) if level == "warning"]
    assert len(found) == warned
    assert all("callbacks_from" in what and "网段" in what for what in found)
    assert gongkai("check").exit == Exit.DONE
