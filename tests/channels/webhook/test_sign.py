"""Signatures, judged by the standard's own libraries on PyPI and npm."""

import base64
import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from channels.base import TryAgain
from channels.webhook.sign import BadSecret, keys, new_secret, signed_headers
from config.settings import SettingsError
from tests.channels.http.listeners import OK, answering, listening
from tests.channels.webhook.partners import SECRET, channel, work
from tests.parts.npm import node, node_modules

BODY = '{"title":"关于公布2026年度社会保险缴费基数上下限的通知"}'.encode()


def now() -> datetime:
    """The libraries have no clock of their own to set."""
    return datetime.now(UTC)


def test_a_secret_is_32_fresh_bytes() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert one.startswith("whsec_")
    assert [len(key) for key in keys(one)] == [32]


def test_pypi_accepts_it_and_nothing_that_was_changed() -> None:
    headers = signed_headers("4f1f_0", now(), BODY, keys(SECRET))
    judge = Webhook(SECRET)
    assert judge.verify(BODY, headers) == json.loads(BODY)
    stale = signed_headers("4f1f_0", now() - timedelta(seconds=301), BODY, keys(SECRET))
    changed: list[tuple[bytes, dict[str, str]]] = [
        (BODY + b" ", headers),
        (BODY, headers | {"webhook-id": "4f1f_1"}),
        (BODY, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        (BODY, stale),
    ]
    for body, tried in changed:
        with pytest.raises(WebhookVerificationError):
            judge.verify(body, tried)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


@given(st.binary(min_size=24, max_size=64), st.text("0123456789abcdef_", min_size=1), st.text())
def test_pypi_signs_the_same(key: bytes, identity: str, text: str) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    secret = "whsec_" + base64.b64encode(key).decode()
    try:
        body = text.encode()
    except UnicodeEncodeError:
        return
    mine = signed_headers(identity, at, body, keys(secret))["webhook-signature"]
    assert mine == Webhook(secret).sign(identity, at, text)


def test_while_a_secret_is_replaced_the_old_and_the_new_one_verify() -> None:
    new, old = new_secret(), new_secret()
    headers = signed_headers("4f1f_0", now(), BODY, keys(f"{new}\n{old}\n"))
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (new, old):
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


JUDGE = """
const { Webhook } = require("standardwebhooks");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(({ secret, body, headers }) => {
  try { new Webhook(secret).verify(body, headers); return true; } catch (error) { return false; }
})));
"""


def test_npm_accepts_it_and_nothing_that_was_changed() -> None:
    new, old = new_secret(), new_secret()
    headers = signed_headers("4f1f_0", now(), BODY, keys(f"{new} {old}"))
    stale = signed_headers("4f1f_0", now() - timedelta(seconds=301), BODY, keys(new))
    text = BODY.decode()
    asked: list[dict[str, Any]] = [
        {"secret": new, "body": text, "headers": headers},
        {"secret": old, "body": text, "headers": headers},
        {"secret": new_secret(), "body": text, "headers": headers},
        {"secret": new, "body": text + " ", "headers": headers},
        {"secret": new, "body": text, "headers": headers | {"webhook-id": "other"}},
        {"secret": new, "body": text, "headers": stale},
    ]
    answer = subprocess.run(
        [node(), "-e", JUDGE],
        cwd=node_modules().parent,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == [True, True, False, False, False, False]


@pytest.mark.parametrize("identity", ["a.b", "."])
def test_an_id_with_a_full_stop_is_never_signed(identity: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        signed_headers(identity, now(), BODY, keys(SECRET))


BAD = [
    "",
    " ",
    "whsec_",
    "whsec_AAAA",
    "whsec_" + "A" * 100,
    "whsec_" + "?" * 44,
    SECRET[6:],
    f"{SECRET} whsec_AAAA",
    "密钥",
]


@pytest.mark.parametrize("text", BAD)
def test_a_malformed_secret_is_none(text: str) -> None:
    with pytest.raises(BadSecret):
        keys(text)


def unreadable(name: str) -> str:
    raise SettingsError("no secret")


@pytest.mark.parametrize("secret", [lambda name: "whsec_canary", unreadable], ids=["malformed", "unreadable"])
def test_without_a_sound_secret_nothing_is_sent_and_the_setting_is_named(secret: Any) -> None:
    with listening(answering(OK)) as partner:
        with pytest.raises(TryAgain, match="ribao") as held:
            channel(f"http://127.0.0.1:{partner.port}/", secret=secret).send("post", work())
        assert partner.connections == 0
        assert "canary" not in str(held.value)
