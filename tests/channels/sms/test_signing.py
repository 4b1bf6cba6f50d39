"""Signatures, byte for byte as the vendors' SDKs make them, and as their documents work them out."""

from datetime import UTC, datetime
from types import SimpleNamespace

from alibabacloud_tea_openapi.utils import Utils
from hypothesis import given
from hypothesis import strategies as st
from tencentcloud.common.credential import Credential
from tencentcloud.common.http.request import RequestInternal
from tencentcloud.sms.v20210111.sms_client import SmsClient

from channels.sms import acs3, tc3
from channels.sms.key import Key

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=40)


def test_the_example_of_alibabas_document() -> None:
    request = acs3.Acs3Request(
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
    )
    key = Key("YourAccessKeyId", "YourAccessKeySecret")
    at = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC)
    headers = acs3.signed_headers(request, key, at, "3156853299f313e23d1673dc12e1703d")
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_example_of_tencents_document() -> None:
    request = tc3.Tc3Request(
        host="cvm.tencentcloudapi.com",
        service="cvm",
        action="DescribeInstances",
        version="2017-03-12",
        region="ap-guangzhou",
        body=rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}',
        content_type="application/json; charset=utf-8",
    )
    key = Key("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
    headers = tc3.signed_headers(request, key, datetime.fromtimestamp(1551113065, UTC))
    assert headers["authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


@given(st.dictionaries(WORD, TEXT), st.binary(), WORD, WORD, WORD)
def test_alibabas_sdk_signs_the_same(
    query: dict[str, str], body: bytes, identity: str, secret: str, nonce: str
) -> None:
    request = acs3.Acs3Request("127.0.0.1:8090", "SendSms", "2017-05-25", query, body)
    headers = acs3.signed_headers(request, Key(identity, secret), AT, nonce)
    given_to_it = SimpleNamespace(
        method="POST",
        pathname="/",
        query=query,
        headers={name: value for name, value in headers.items() if name != "authorization"},
    )
    theirs = Utils.get_authorization(given_to_it, "ACS3-HMAC-SHA256", headers["x-acs-content-sha256"], identity, secret)
    assert headers["authorization"] == theirs


@given(st.binary(), WORD, WORD, st.integers(0, 4_000_000_000))
def test_tencents_sdk_signs_the_same(body: bytes, identity: str, secret: str, timestamp: int) -> None:
    request = tc3.Tc3Request("127.0.0.1:8090", "sms", "SendSms", "2021-01-11", "ap-guangzhou", body)
    at = datetime.fromtimestamp(timestamp, UTC)
    headers = tc3.signed_headers(request, Key(identity, secret), at)
    client = SmsClient(Credential(identity, secret), "ap-guangzhou")
    given_to_it = RequestInternal("127.0.0.1:8090", "POST", "/", data=body)
    given_to_it.header = {
        "Content-Type": "application/json",
        "Host": "127.0.0.1:8090",
        "X-TC-Timestamp": str(timestamp),
    }
    theirs = client._get_tc3_signature({}, given_to_it, f"{at:%Y-%m-%d}", "sms", secret)
    assert headers["authorization"].rpartition("=")[2] == theirs


def test_a_key_never_shows_its_secret() -> None:
    assert "geheim" not in repr(Key("LTAI", "geheim"))
