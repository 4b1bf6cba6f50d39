"""The vendor's half of ACS3-HMAC-SHA256, written from 阿里云's document 2593177 (V3版本请求体&签名机制)."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from sandbox.sms.vendor import Call, Refusal

ALGORITHM = "ACS3-HMAC-SHA256"
TOLERANCE = 900  # seconds, both ways
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^,\s]+), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{{64}})"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
NEEDED = {
    "x-acs-action": "Action",
    "x-acs-version": "Version",
    "x-acs-date": "Timestamp",
    "x-acs-signature-nonce": "SignatureNonce",
    "x-acs-content-sha256": "ContentSHA256",
}


class Nonces:
    """The nonces of the last half hour; each may be used once. ``used``: those known before, the oldest first."""

    def __init__(self, used: dict[str, datetime]) -> None:
        self._used = used

    def use(self, nonce: str, now: datetime) -> None:
        """Raises ``Refusal`` for one that was used."""
        while self._used and (now - next(iter(self._used.values()))).total_seconds() > 2 * TOLERANCE:
            self._used.pop(next(iter(self._used)))
        if nonce in self._used:
            raise Refusal("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self._used[nonce] = now


def verify(call: Call, key_id: str, secret: str, now: datetime) -> None:
    """Raises ``Refusal`` unless ``call`` is signed with the key, of now, and as it was signed."""
    for header, parameter in NEEDED.items():
        if not call.headers.get(header):
            raise Refusal(f"Missing{parameter}", f"{parameter} is mandatory for this action.", 400)
    authorization = _AUTHORIZATION.fullmatch(call.headers.get("authorization", ""))
    if not authorization:
        raise Refusal("IncompleteSignature", "The request signature does not conform to Aliyun standards.", 400)
    given, names, signature = authorization.groups()
    if not hmac.compare_digest(given, key_id):
        raise Refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
    _date(call.headers["x-acs-date"], now)
    canonical = _canonical(call, names.split(";"))
    expected = hmac.new(
        secret.encode(), f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}".encode(), hashlib.sha256
    ).hexdigest()
    hashed = hashlib.sha256(call.body).hexdigest()
    if not hmac.compare_digest(expected, signature) or call.headers["x-acs-content-sha256"] != hashed:
        says = "Specified signature is not matched with our calculation. server string to sign is:"
        raise Refusal("SignatureDoesNotMatch", f"{says}{canonical}".replace("\n", "|"), 400)


def _date(given: str, now: datetime) -> None:
    try:
        at = datetime.strptime(given if _DATE.fullmatch(given) else "", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        says = "Specified time stamp or date value is not well formatted."
        raise Refusal("InvalidTimeStamp.Format", says, 400) from None
    if abs((now - at).total_seconds()) > TOLERANCE:
        raise Refusal("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)


def _canonical(call: Call, names: list[str]) -> str:
    must = {"host"} | {name for name in call.headers if name.startswith("x-acs-")}
    if names != sorted(set(names)) or not must <= set(names):
        raise Refusal("IncompleteSignature", "The request signature does not conform to Aliyun standards.", 400)
    query = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in sorted(parse_qsl(call.query, keep_blank_values=True))
    )
    headers = "".join(f"{name}:{call.headers.get(name, '').strip()}\n" for name in names)
    hashed = call.headers["x-acs-content-sha256"]
    return "\n".join((call.method, call.path, query, headers, ";".join(names), hashed))
