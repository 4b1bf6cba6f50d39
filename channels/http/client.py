"""``Guarded``: one request at a time, to where it may go, within its deadline."""

import http.client
from collections.abc import Iterable, Mapping
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from channels.base import HttpAnswer, Refused, TryAgain, Unsure
from channels.http.failures import chain, said_of
from channels.http.resolve import LookUp, Resolver, by_the_system
from channels.http.rules import rules
from channels.http.target import AllowEntry, Target, admit, parse
from channels.http.wire import Exchange, GuardedAdapter, HeadersTooLarge
from config.clock import Clock, wall
from config.messages import say


class Guarded:
    """The client behind ``Tools.http``; may be used by many threads at once.

    ``total`` and ``connect`` are seconds of wall time (default: ``config/http.toml``); ``connect`` covers looking
    the name up, TCP and TLS. ``look_up`` gives the addresses of a name; ``trust`` is a PEM file of authorities that
    are trusted besides the public ones. No redirect is followed, no proxy or password file is looked at, no cookie
    is kept.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        allow: Iterable[AllowEntry] = (),
        total: float | None = None,
        connect: float | None = None,
        look_up: LookUp = by_the_system,
        trust: Path | None = None,
    ) -> None:
        self._clock = clock
        self._allow = tuple(allow)
        self._total = rules().total if total is None else total
        self._connect = rules().connect if connect is None else connect
        self._resolver = Resolver(look_up)
        self._adapter = GuardedAdapter(trust)

    def check(self, url: str) -> Target:
        """Where ``url`` leads, when it may be spoken to as far as its text says. Raises ``Refused`` (final)."""
        target = parse(url)
        admit(target, self._allow, wall(self._clock.now()).date())
        return target

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 16_384,
    ) -> HttpAnswer:
        """Send once and give the answer, with at most ``limit`` bytes of its body, as they came.

        Raises ``Refused`` (final) when the target or the size is not allowed, ``TryAgain`` when it failed before
        anything of the request left, and ``Unsure`` when something may have left and no complete answer was seen.
        """
        target = parse(url)
        allow_listed = admit(target, self._allow, wall(self._clock.now()).date())
        if body is not None and len(body) > (most := rules().most_request):
            raise Refused(say("http.request_too_large", size=len(body), most=most), final=True)
        asked = requests.Request(
            method,
            target.url,
            {"User-Agent": "Gongkai", "Accept-Encoding": "identity", **(headers or {})},
            data=body,
        ).prepare()
        exchange = Exchange(target, self._resolver, allow_listed=allow_listed, total=self._total, connect=self._connect)
        with exchange:
            try:
                return self._exchanged(asked, limit)
            except (requests.RequestException, HTTPError, http.client.HTTPException, OSError, HeadersTooLarge) as error:
                raise self._failure(error, exchange) from None  # the original may quote the address with its keys

    def close(self) -> None:
        """Close every connection that was kept."""
        self._adapter.close()

    def _exchanged(self, asked: requests.PreparedRequest, limit: int) -> HttpAnswer:
        with self._adapter.send(asked, stream=True) as answer:  # leaving closes what was not read to its end
            body = b""
            while len(body) <= limit and (piece := answer.raw.read(limit + 1 - len(body), decode_content=False)):
                body += piece
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return HttpAnswer(answer.status_code, headers, body[:limit], truncated=len(body) > limit)

    def _failure(self, error: BaseException, exchange: Exchange) -> TryAgain | Unsure:
        host = exchange.target.host
        links = list(chain(error))
        if any(isinstance(link, TimeoutError) for link in links):
            if not exchange.left:
                return TryAgain(say("http.connect_slow", host=host), throttled=True)
            return Unsure(say("http.slow", host=host, seconds=self._total))
        cause = said_of(links, host)
        return Unsure(cause) if exchange.left else TryAgain(cause)
