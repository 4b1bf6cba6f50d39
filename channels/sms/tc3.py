"""Signatures of 腾讯云's API 3.0: TC3-HMAC-SHA256 (its document 签名方法 v3).

Nothing is sent here: requests go through the guarded client.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from channels.sms.key import Key

ALGORITHM = "TC3-HMAC-SHA256"


@dataclass(frozen=True)
class Tc3Request:
    """One call of an action: where to, what for. ``body`` is JSON and sent as it is."""

    host: str  # with its port, unless it is the usual one: as the header Host has it
    service: str
    action: str
    version: str
    region: str
    body: bytes
    content_type: str = "application/json"


def signed_headers(request: Tc3Request, key: Key, at: datetime) -> dict[str, str]:
    """The headers that prove a POST of ``request`` to ``/``, at the instant ``at``, in whole seconds.

    ``at`` may differ from the vendor's clock by 5 minutes. There is no nonce: the same request within them is genuine
    twice.
    """
    timestamp = str(int(at.timestamp()))
    date = at.astimezone(UTC).strftime("%Y-%m-%d")
    scope = f"{date}/{request.service}/tc3_request"
    names = "content-type;host"
    lines = f"content-type:{request.content_type.lower()}\nhost:{request.host.lower()}\n"
    hashed = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join(("POST", "/", "", lines, names, hashed))
    to_sign = "\n".join((ALGORITHM, timestamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signing = f"TC3{key.secret}".encode()
    for word in (date, request.service, "tc3_request"):
        signing = hmac.digest(signing, word.encode(), hashlib.sha256)
    signature = hmac.digest(signing, to_sign.encode(), hashlib.sha256).hex()
    return {
        "host": request.host,
        "content-type": request.content_type,
        "x-tc-action": request.action,
        "x-tc-version": request.version,
        "x-tc-region": request.region,
        "x-tc-timestamp": timestamp,
        "authorization": f"{ALGORITHM} Credential={key.identity}/{scope}, SignedHeaders={names}, Signature={signature}",
    }
