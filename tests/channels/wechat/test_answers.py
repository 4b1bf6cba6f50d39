"""What the platform's error numbers mean, each of them: the table is data, and this is another hand's copy of it."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import Refused, TryAgain
from channels.wechat.answer import PerhapsTaken
from channels.wechat.client import OF_THE_ARTICLE, Absent, Client, OutOfQuota
from channels.wechat.token import Account
from tests.channels.contract import tools
from tests.channels.wechat.test_odd import Says
from tests.sandbox.wechat.platform import APPID
from tests.source import ROOT

EXPECTED: dict[type[Exception], tuple[int, ...]] = {
    PerhapsTaken: (-1,),
    OutOfQuota: (45009, 45028),
    Absent: (40007, 40059, 53600),
    Refused: (
        *(40005, 40006, 40009, 40137, 45001),  # the picture
        *(40227, 44003, 44004, 45002, 45003, 45004, 45005, 45110, 45166),  # the article
        *(53503, 53504, 53505),  # found unsafe; to be published by hand
    ),
    TryAgain: (
        *(45011, 53501, 45066),  # too busy, too fast
        *(40001, 40014, 42001),  # the token that was fetched anew is no good either
        *(40013, 40125, 40243, 41002, 41004, 40164),  # the account, or the machine's address, is not let in
        *(48001, 48002, 48004, 50001, 50002, 53500, 53502),  # it may not
    ),
}
CODES = {code: kind for kind, codes in EXPECTED.items() for code in codes}


def raised(folder: Path, interface: str, code: int) -> TryAgain | Refused:
    """What comes of it."""
    with tools(folder) as given:
        http = Says({interface: {"errcode": code, "errmsg": "so it says"}})
        client = Client(replace(given, http=http), Account("https://platform.example", APPID, "wechat"))
        with pytest.raises((TryAgain, Refused)) as caught:
            client.call(interface, {})
    assert isinstance(caught.value, (TryAgain, Refused))
    return caught.value


def test_every_number_of_the_table_is_here() -> None:
    table = tomllib.loads((ROOT / "config" / "wechat.toml").read_text("utf-8"))
    assert sorted(code for row in table["answer"] for code in row["codes"]) == sorted(CODES)


@pytest.mark.parametrize("interface", ["draft/add", "draft/batchget"])
@pytest.mark.parametrize("code", CODES)
def test_each_number_means_the_same_everywhere(tmp_path: Path, interface: str, code: int) -> None:
    found = raised(tmp_path, interface, code)
    assert type(found) is CODES[code]
    if isinstance(found, TryAgain):
        assert found.throttled or code == -1
    else:
        assert found.final is (type(found) is Refused), "what is not there is nothing to give up"
    assert str(code) in str(found)


@pytest.mark.parametrize("interface", [*OF_THE_ARTICLE, "freepublish/get"])
def test_a_number_nobody_knows_is_about_the_article_where_it_is_handed_over(tmp_path: Path, interface: str) -> None:
    found = raised(tmp_path, interface, 99_999)
    if interface in OF_THE_ARTICLE:
        assert type(found) is Refused
        assert not found.final, "after three tries, says the table"
    else:
        assert type(found) is TryAgain
