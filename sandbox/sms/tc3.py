"""The vendor's half of TC3-HMAC-SHA256, written from 腾讯云's document on signature v3."""

import hashlib
import hmac
import re
from datetime import UTC, datetime

from sandbox.sms.vendor import Call, Refusal

ALGORITHM = "TC3-HMAC-SHA256"
TOLERANCE = 300  # seconds, both ways
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^/,\s]+)/([0-9-]{{10}})/([a-z]+)/tc3_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)
NEEDED = ("x-tc-action", "x-tc-version", "x-tc-timestamp", "x-tc-region")


def verify(call: Call, key_id: str, secret: str, service: str, now: datetime) -> None:
    """Raises ``Refusal`` unless ``call`` is signed with the key for ``service``, of now, and as it was signed."""
    for header in NEEDED:
        if not call.headers.get(header):
            name = header.removeprefix("x-tc-").capitalize()
            raise Refusal("MissingParameter", f"The request is missing a required parameter `{name}`.")
    authorization = _AUTHORIZATION.fullmatch(call.headers.get("authorization", ""))
    if not authorization:
        says = "The `Authorization` header in your request does not comply with the standard."
        raise Refusal("AuthFailure.InvalidAuthorization", says)
    given, date, for_service, names, signature = authorization.groups()
    if not hmac.compare_digest(given, key_id):
        raise Refusal("AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that it is correct.")
    timestamp = call.headers["x-tc-timestamp"]
    if not re.fullmatch(r"[0-9]{1,11}", timestamp):
        raise Refusal("InvalidParameter", "`Timestamp` should be an integer.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        says = "The provided credential has expired: Timestamp differs from the server's by more than five minutes."
        raise Refusal("AuthFailure.SignatureExpire", says)
    canonical = _canonical(call, names.split(";"))
    scope = f"{date}/{for_service}/tc3_request"
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for word in (date, for_service, "tc3_request", to_sign):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    day = datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%d")
    if (date, for_service) != (day, service) or not hmac.compare_digest(key.hex(), signature):
        says = "The provided credentials could not be validated. Please check your signature is correct."
        raise Refusal("AuthFailure.SignatureFailure", says)


def _canonical(call: Call, names: list[str]) -> str:
    if names != sorted(set(names)) or not {"content-type", "host"} <= set(names):
        says = "The `Authorization` header in your request does not comply with the standard."
        raise Refusal("AuthFailure.InvalidAuthorization", says)
    headers = "".join(f"{name}:{call.headers.get(name, '').strip().lower()}\n" for name in names)
    hashed = hashlib.sha256(call.body).hexdigest()
    return "\n".join((call.method, call.path, call.query, headers, ";".join(names), hashed))
