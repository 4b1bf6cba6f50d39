"""A process on a leash: it ends with this one, however this one ends, and its folder goes with it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

# The shell leaves a watcher behind and becomes the command itself (so ``$$`` is the command's id). The watcher reads a
# pipe that nobody but this process writes to: a line sets it free; its end means that this process is dead. A signal
# upon the parent's death would do on Linux alone, and comes when the thread that started the command ends.
LEASH = """
exec 3<&0
( { read -r _ <&3 || { kill -9 $$; until rm -rf "$0"; do sleep 1; done; }; } & )
exec "$@" 3<&- </dev/null
"""


def leashed(command: Sequence[str | Path], folder: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start ``command``, a child of ours; what it says goes to ``output``. Should we die, it and ``folder`` go too.

    In a session of its own: Ctrl-C is for the tests, which end what they started.
    """
    with output.open("ab") as told:
        return subprocess.Popen(
            ["sh", "-c", LEASH, folder, *command],
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            bufsize=0,
            start_new_session=True,
        )


def unleash(process: subprocess.Popen[bytes]) -> None:
    """Let the watcher of ``process`` go, once the process has ended: its id may soon be another's."""
    assert process.stdin is not None
    with process.stdin as leash:
        leash.write(b"\n")
