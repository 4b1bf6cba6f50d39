"""The worker that sets posters: a program of its own, which its parent may kill at any time.

Run by path with the number of a socket it inherited. A request is one message of JSON; the answer is one message of
JSON and one of bytes. It ends when nothing has come for ``idle`` seconds, when its parent is gone, and when a
request takes longer than ``seconds``, even with nobody there to kill it. It reads the fonts and nothing else: the root
of typst is an empty folder.
"""

import json
import resource
import signal
import sys
import tempfile
from multiprocessing.connection import Connection
from typing import Any

import typst


def serve(requests: Connection, fonts: str, seconds: int, idle: float, megabytes: int) -> None:
    """Answer requests until idle or alone."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    with tempfile.TemporaryDirectory() as nothing:
        compiler = typst.Compiler(
            root=nothing,
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]),
            ignore_system_fonts=True,
            package_path=nothing,
            package_cache_path=nothing,
        )
        while requests.poll(idle):
            try:
                request = json.loads(requests.recv_bytes())
            except EOFError:
                return
            signal.alarm(seconds)  # nobody listens for it: it ends the process
            do = request.pop("do")
            answer, page = cut(**request) if do == "cut" else set_page(compiler, **request)
            requests.send_bytes(json.dumps(answer).encode())
            requests.send_bytes(page)
            signal.alarm(0)


def cut(texts: list[str]) -> tuple[dict[str, Any], bytes]:
    """Chinese texts as lists of their words, for lines that break by meaning."""
    import rjieba  # here: its dictionary takes 34 MB and a tenth of a second, and only headlines need it

    return {"words": [rjieba.cut(text) for text in texts]}, b""


def set_page(
    compiler: typst.Compiler, source: str, form: dict[str, Any], timestamp: int
) -> tuple[dict[str, Any], bytes]:
    """``source`` in one form; every warning is an error. A second form of the same source costs no second layout."""
    try:
        made, warnings = compiler.compile_with_warnings(input=source.encode(), timestamp=timestamp, **form)
    except typst.TypstError as error:
        return {"error": error.message, "diagnostic": error.diagnostic}, b""
    if warnings:
        return {"error": warnings[0].message, "diagnostic": warnings[0].diagnostic}, b""
    if not isinstance(made, bytes):
        return {"error": "more than one page", "diagnostic": ""}, b""
    return {}, made


if __name__ == "__main__":
    _, line, folder, limit, patience, size = sys.argv
    serve(Connection(int(line)), folder, int(limit), float(patience), int(size))
