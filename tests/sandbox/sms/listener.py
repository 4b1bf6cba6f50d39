"""An office's address for call-backs: keeps what is posted to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listener:
    """Where it is, what came, and what it answers: so that both vendors count it as taken, unless told otherwise."""

    url: str = ""
    bodies: list[Any] = field(default_factory=list)
    status: int = 200
    answer: bytes = b'{"code": 0, "msg": "OK", "result": 0, "errmsg": "OK"}'
    answering: threading.Event = field(default_factory=threading.Event)
    came: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> None:
        """Until so many posts have come; fails after 20 seconds."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.bodies) >= count, 20), f"{len(self.bodies)} of {count} came"


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port of loopback."""
    found = Listener()
    found.answering.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-type"] == "application/json"
            with found.came:  # before it answers: whoever has the answer finds it here
                found.bodies.append(json.loads(body))
                found.came.notify_all()
                status, answer = found.status, found.answer
            found.answering.wait()
            with suppress(ConnectionError):  # nobody waits any more
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Nothing to say."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/back"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            found.answering.set()
            server.shutdown()
            thread.join()
