"""Ask the process that serves a data folder, over its own listeners, whether all of it works."""

import http.client
import json
from collections.abc import Iterator
from ipaddress import ip_address

from config.settings import Configuration

PATIENCE = 8.0  # seconds for an answer: it may wait for the store, which is given up after 10


def unwell(configuration: Configuration) -> Iterator[str]:
    """What of it does not work: ``public``, ``inner`` (no answer), ``store``, ``engine``, ``stages``."""
    settings = configuration.installation
    if _answer(settings.host, settings.port, "/") is None:
        yield "public"
    found = _answer(settings.inner_host, settings.inner_port, "/readyz")
    try:
        yield from (name for name, well in json.loads(found or b"").items() if not well)
    except (ValueError, AttributeError):  # another program has the port
        yield "inner"


def _answer(host: str, port: int, path: str) -> bytes | None:
    """What it answers, whatever the status; None when it does not."""
    line = http.client.HTTPConnection(_own(host), port, timeout=PATIENCE)
    try:
        line.request("GET", path)
        return line.getresponse().read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()


def _own(host: str) -> str:
    """Where this machine finds what listens on ``host``: an address that stands for all of them is none to go to."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if found.is_unspecified:
        return "127.0.0.1" if found.version == 4 else "::1"
    return host
