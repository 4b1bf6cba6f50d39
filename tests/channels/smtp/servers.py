"""Mail servers on loopback: the sandbox's own in this process, also behind TLS, and ones that say what a test wants."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from channels.http import AllowEntry
from channels.smtp.client import GuardedSmtp
from channels.smtp.letter import Letter, MailServer, Tls
from config.clock import SystemClock
from config.listening import listening
from sandbox.mail.account import MailAccount
from sandbox.mail.office import PostOffice
from tests.channels.http.conftest import NAME, Certificates
from tests.channels.http.listeners import Handler, Seen, drop_by_drop

USER = "bangongshi"
DATE = "Mon, 23 Nov 2026 09:00:00 +0800"
MESSAGE = f"From: a@yunling.example\r\nDate: {DATE}\r\nSubject: x\r\n\r\n.dot\r\nend\r\n".encode()
LETTER = Letter("a@yunling.example", ("li@yunling.example", "wang@yunling.example"), MESSAGE)
USUAL = {
    "": "220 here",
    "EHLO": "250-here\r\n250-SIZE 1000000\r\n250 AUTH PLAIN",
    "STARTTLS": "220 go on",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 taken",
    "QUIT": "221 bye",
}


@contextmanager
def office(
    folder: Path, certificates: Certificates | None = None, *, starttls: bool = False, context: str = "good"
) -> Iterator[tuple[MailAccount, int]]:
    """The sandbox's mail server with one account, and its port; behind TLS where there are certificates."""
    account = MailAccount.open(USER, "办公室", folder, folder / "keys")
    sealed = None if certificates is None else getattr(certificates, context)
    how = {"starttls" if starttls else "implicit": sealed}
    slot = listening("127.0.0.1", 0)
    opened = PostOffice({USER: account}, SystemClock(), slot, **how)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(opened.open(), loop).result(10)
        yield account, opened.port
    finally:
        asyncio.run_coroutine_threadsafe(_end(opened), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        account.close()


async def _end(opened: PostOffice) -> None:
    opened.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def talking(answers: Mapping[str, str | None], *, drips: str | None = None) -> Handler:
    """Answers each command (``""``: the greeting, ``.``: the end of a mail) as ``USUAL`` but for ``answers``.

    None hangs up there; after ``drips`` its answer goes on for ever, a byte at a time.
    """
    said: dict[str, str | None] = {**USUAL, **answers}

    def answer(connection: socket.socket, seen: Seen, verb: str) -> bool:
        if verb == drips:
            drop_by_drop(connection, seen, (said[verb] or "")[:3].encode() + b"-x\r\n")
        words = said.get(verb, "500 what")
        if words is None:
            return False
        connection.sendall(words.encode("latin-1") + b"\r\n")
        return True

    def handle(connection: socket.socket, seen: Seen) -> None:
        going = answer(connection, seen, "")
        with connection.makefile("rb") as lines:
            while going and (line := lines.readline()):
                seen.requests.append(line)
                verb = line.split()[0].decode().upper()
                going = answer(connection, seen, verb)
                if going and verb == "DATA" and (said["DATA"] or "").startswith("354"):
                    while line and line != b".\r\n":
                        line = lines.readline()
                        seen.requests.append(line)
                    going = bool(line) and answer(connection, seen, ".")

    return handle


def client(
    port: int,
    tls: Tls = Tls.NONE,
    certificates: Certificates | None = None,
    *,
    total: float = 5,
    connect: float | None = None,
    addresses: tuple[str, ...] = ("127.0.0.1",),
) -> GuardedSmtp:
    """Reaches one server on loopback, which is on the allow-list."""
    return GuardedSmtp(
        clock=SystemClock(),
        allow=(AllowEntry(server(port, tls).origin, "测试"),),
        total=total,
        connect=total if connect is None else connect,
        look_up=lambda host, port: addresses,
        trust=certificates.trust if certificates else None,
    )


def server(port: int, tls: Tls = Tls.NONE, user: str = "", password: str = "") -> MailServer:
    """The one at ``port``; by its name where there is a certificate to be looked at."""
    return MailServer("127.0.0.1" if tls is Tls.NONE else NAME, port, tls, user, password)
