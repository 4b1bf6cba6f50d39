"""The least that posts: one requests session, the bytes and headers as they are."""

from collections.abc import Iterable, Mapping

import requests


def run(url: str, posts: Iterable[tuple[Mapping[str, str], bytes]]) -> None:
    """Post all of them, one after another, on one connection."""
    with requests.Session() as session:
        for headers, body in posts:
            answer = session.post(url, data=body, headers=dict(headers), timeout=15, allow_redirects=False)
            answer.raise_for_status()
