"""``gongkai endpoints test NAME --to NUMBER``: a text to one's own phone, sent at once and kept nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.command.exits import Exit
from tests.producers.command.conftest import Terminal
from tests.producers.command.texting import CODES, at, fake, phones
from tests.sandbox.process import Running
from tests.sandbox.sms.office import witness

NUMBER, MASKED = "13912345678", "139****5678"


@pytest.fixture(scope="module", params=["aliyun", "tencent"])
def vendor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Running]]:
    """Each vendor's fake."""
    with fake(tmp_path_factory.mktemp(request.param), request.param) as server:
        yield request.param, server


@pytest.fixture
def texting(vendor: tuple[str, Running], tmp_path: Path) -> Terminal:
    """An office whose every hour is a quiet one, and whose variables are the shortest."""
    name, server = vendor
    server.misbehave(how="well")
    return at(server, name, tmp_path / "texting", quiet_from="00:00", quiet_to="23:59", variable_length=6)


def test_a_test_text_reaches_the_phone_at_once_and_its_number_is_kept_nowhere(
    texting: Terminal, vendor: tuple[str, Running]
) -> None:
    name, server = vendor
    said = texting.ok("endpoints", "test", "phones", "--to", f"+86 {NUMBER[:3]} {NUMBER[3:7]} {NUMBER[7:]}")
    (kept,) = witness(server, name)
    assert kept["number"] == NUMBER
    at_ = r"\d+月\d+日\d+时(\d+分)?"
    told = f"【云岭高新区人社局】这是我单位的一条测试短信，{at_}发出，收到说明短信可以送达。详询0800-8123456。"
    assert re.fullmatch(told, kept["text"])
    assert f"发给 {MASKED} 的测试短信（编号 " in said["answer"]
    assert NUMBER not in said["answer"]
    files = [file.read_bytes() for file in texting.home.rglob("*") if file.is_file()]
    assert not any(NUMBER.encode() in body for body in files)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"aliyun": "isv.MOBILE_NUMBER_ILLEGAL", "tencent": "FailedOperation.PhoneNumberInBlacklist"}, "没有成功"),
        ({"aliyun": "isv.OUT_OF_SERVICE", "tencent": "UnauthorizedOperation.ServiceSuspendDueToArrears"}, "处理好账号"),
        ({"aliyun": "isp.SYSTEM_ERROR", "tencent": "InternalError.Timeout"}, "不知道有没有发出"),
    ],
)
def test_what_the_vendor_answers_is_told(
    texting: Terminal, vendor: tuple[str, Running], code: dict[str, str], words: str
) -> None:
    name, server = vendor
    server.misbehave(how="code", partner=name, code=code[name])
    said = texting("endpoints", "test", "phones", "--to", NUMBER)
    assert said.exit == Exit.FAILED
    assert words in said.err
    assert NUMBER not in said.out + said.err


def test_an_answer_that_was_never_seen_says_to_look_at_the_phone(
    texting: Terminal, vendor: tuple[str, Running]
) -> None:
    name, server = vendor
    server.misbehave(how="drop", partner=name, times=1)
    said = texting("endpoints", "test", "phones", "--to", "13887654321")
    assert said.exit == Exit.FAILED
    assert "不知道有没有发出" in said.err
    assert "看手机" in said.err
    assert witness(server, name)[-1]["number"] == "13887654321"  # it was


def test_a_number_is_needed_and_looked_at(tmp_path: Path) -> None:
    gongkai = phones(tmp_path / "texting")
    without = gongkai("endpoints", "test", "phones")
    assert without.exit == Exit.WRONG
    assert "endpoints test phones --to 手机号" in without.err
    wrong = gongkai("endpoints", "test", "phones", "--to", "0871-6512345")
    assert wrong.exit == Exit.WRONG
    assert "不是手机号" in wrong.err


def test_without_a_code_it_says_which_template_to_register(tmp_path: Path) -> None:
    codes = {name: code for name, code in CODES["aliyun"].items() if name != "test"}
    said = phones(tmp_path / "texting", templates=codes)("endpoints", "test", "phones", "--to", NUMBER)
    assert said.exit == Exit.FAILED
    assert "没有写短信“test”的模板代码" in said.err


def test_an_endpoint_that_speaks_to_no_persons_takes_no_number(tmp_path: Path) -> None:
    gongkai = phones(tmp_path / "texting")
    paper = ("--channel", "webhook", "--title", "晚报", "--office", "rsj", "--option", "url=https://wan.example/in")
    gongkai.ok("endpoints", "add", "wanbao", *paper, "--real")
    said = gongkai("endpoints", "test", "wanbao", "--to", NUMBER)
    assert said.exit == Exit.WRONG
    assert "不用写 --to" in said.err
