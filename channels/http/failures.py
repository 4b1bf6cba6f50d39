"""What went wrong on a connection, in our words."""

import http.client
import ssl
from collections.abc import Iterator, Sequence

from channels.http.rules import rules
from channels.http.wire import HeadersTooLarge
from config.messages import say


def said_of(links: Sequence[BaseException], host: str) -> str:
    """The cause in a chain of failures, for people."""
    for link in links:
        if isinstance(link, ssl.SSLCertVerificationError):
            return say("http.certificate", host=host, reason=link.verify_message)
    for link in links:
        if isinstance(link, HeadersTooLarge):
            return say("http.headers_too_large", host=host, most=rules().most_headers)
        if isinstance(link, ssl.SSLError):
            return say("http.tls", host=host)
        if isinstance(link, http.client.HTTPException) and not isinstance(
            link, (http.client.RemoteDisconnected, http.client.IncompleteRead)
        ):
            return say("http.not_http", host=host)
    return say("http.cut", host=host)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """``error`` and everything that led to it: libraries wrap what happened, several times over."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
