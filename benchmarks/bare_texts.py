"""The least that texts: one requests session, one signed request to 阿里云 for each batch, one after another."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from channels.sms.acs3 import Acs3Request, encoded, signed_headers
from channels.sms.key import Key


@dataclass(frozen=True)
class Text:
    """What everybody is told."""

    sign: str
    template: str
    values: Mapping[str, str]


def run(origin: str, key: Key, text: Text, batches: Iterable[Sequence[str]]) -> None:
    """Have the text sent to all of them."""
    host = origin.partition("://")[2]
    with requests.Session() as session:
        for number, numbers in enumerate(batches):
            asked = {
                "PhoneNumbers": ",".join(numbers),
                "SignName": text.sign,
                "TemplateCode": text.template,
                "TemplateParam": json.dumps(text.values, ensure_ascii=False),
                "OutId": f"bare.{number}",
            }
            request = Acs3Request(host, "SendSms", "2017-05-25", asked)
            headers = signed_headers(request, key, datetime.now(UTC), secrets.token_hex(16))
            answer = session.post(f"{origin}/?{encoded(asked)}", headers=headers, timeout=15, allow_redirects=False)
            if answer.json()["Code"] != "OK":
                raise RuntimeError(answer.text)
