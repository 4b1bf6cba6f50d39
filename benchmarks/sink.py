"""A server that reads what is posted and says 204, in a process of its own: ``python -m benchmarks.sink``."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.source import ROOT


class Sink(BaseHTTPRequestHandler):
    """Keeps the connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read it all."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def sink() -> Iterator[str]:
    """The address of a running one."""
    command = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
