"""Signatures of 阿里云's OpenAPI: ACS3-HMAC-SHA256 (its document 2593177, V3版本请求体&签名机制).

Nothing is sent here: requests go through the guarded client.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from channels.sms.key import Key

ALGORITHM = "ACS3-HMAC-SHA256"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Acs3Request:
    """One call of an action: where to, what for, with which parameters. ``body`` is sent as it is."""

    host: str  # with its port, unless it is the usual one: as the header Host has it
    action: str
    version: str
    query: Mapping[str, str]
    body: bytes = b""
    content_type: str = FORM


def encoded(parameters: Mapping[str, str]) -> str:
    """``parameters`` as they stand in an address or a form, in the order in which they are signed."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(parameters.items()))


def signed_headers(request: Acs3Request, key: Key, at: datetime, nonce: str) -> dict[str, str]:
    """The headers that prove a POST of ``request`` to ``/``, at the instant ``at``.

    ``nonce`` is never used again: the vendor refuses a second one, so a repeat needs a fresh signature. ``at`` may
    differ from the vendor's clock by 15 minutes.
    """
    hashed = hashlib.sha256(request.body).hexdigest()
    headers = {
        "host": request.host,
        "x-acs-action": request.action,
        "x-acs-content-sha256": hashed,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": request.version,
    }
    if request.body:
        headers["content-type"] = request.content_type
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(("POST", "/", encoded(request.query), lines, names, hashed))
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(key.secret.encode(), to_sign.encode(), hashlib.sha256).hex()
    headers["authorization"] = f"{ALGORITHM} Credential={key.identity},SignedHeaders={names},Signature={signature}"
    return headers


def _quoted(text: str) -> str:
    return quote(text, safe="~")  # RFC 3986: a blank is %20, an asterisk %2A
