"""What a request brings: its body as the platform reads it."""

import json
import re
from email import policy
from email.parser import BytesParser
from typing import Any

from sandbox.wechat.faults import Fault

ESCAPE = re.compile(r"\\(\\|u)")


def read_json(body: bytes) -> dict[str, Any]:
    r"""The object in ``body``. A ``\u4f5c`` stays the six characters it is: the platform reads no such escapes.

    Raises ``Fault`` when it is no JSON object.
    """
    try:
        text = ESCAPE.sub(lambda found: found[0] if found[1] == "\\" else r"\\u", body.decode("utf-8"))
        found = json.loads(text)
    except ValueError:
        raise Fault(47001) from None
    if not isinstance(found, dict):
        raise Fault(47001)
    return found


def read_file(content_type: str, body: bytes) -> bytes | None:
    """The file called ``media`` in a multipart form; None when there is none."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    form = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    for part in form.iter_parts() if form.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "media" and part.get_filename():
            found = part.get_payload(decode=True)
            return found if isinstance(found, bytes) else None
    return None
