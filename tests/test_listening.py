"""Sockets that servers listen on: what is written to their connections goes out at once."""

import socket
from collections.abc import Callable

import pytest

from config.listening import listening
from producers.serve.listeners import bind


@pytest.mark.parametrize("opens", [listening, bind])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_answer_waits_until_its_head_was_acknowledged(opens: Callable[[str, int], socket.socket], host: str) -> None:
    with opens(host, 0) as door, socket.create_connection(door.getsockname()[:2]):
        line, _ = door.accept()
        with line:
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
