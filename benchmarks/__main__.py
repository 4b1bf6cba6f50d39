"""``python -m benchmarks [name …]``: the figures, each beside its bare baseline; exit 1 when an aim is missed."""

import sys
from collections.abc import Callable, Iterable

from benchmarks import (
    clone,
    dossier,
    feed,
    growth,
    idle,
    kafka_fan_out,
    lateness,
    outbox,
    poster,
    texts,
    visible,
    webhook,
    window,
)
from benchmarks.figures import HEAD, Figure

ALL: dict[str, Callable[[], Iterable[Figure]]] = {
    "outbox": outbox.measure,
    "visible": visible.measure,
    "growth": growth.measure,
    "lateness": lateness.measure,
    "dossier": dossier.measure,
    "window": window.measure,
    "kafka": kafka_fan_out.measure,
    "poster": poster.measure,
    "webhook": webhook.measure,
    "texts": texts.measure,
    "feed": feed.measure,
    "idle": idle.measure,
    "clone": clone.measure,
}


def main(names: list[str]) -> int:
    """Measure and print; how it went."""
    if unknown := [name for name in names if name not in ALL]:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(HEAD, flush=True)
    met = True
    for name in names or ALL:
        for figure in ALL[name]():
            print(figure, flush=True)
            met = met and figure.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
