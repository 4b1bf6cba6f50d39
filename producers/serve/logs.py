"""Logs of a process that serves: one JSON object a line on the standard error, or words when a person looks on.

What is logged is named events with chosen fields; nothing of a secret, a body or an address's query is among them.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from config.clock import Clock, wall

Processor = structlog.typing.Processor


def set_up(clock: Clock, *, human: bool | None = None) -> None:
    """From here on everything this process logs, libraries included, goes to the standard error."""
    human = sys.stderr.isatty() if human is None else human

    def stamp(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"at": wall(clock.now()).isoformat(timespec="milliseconds"), **event}

    shared: list[Processor] = [structlog.stdlib.add_log_level, stamp]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if human:
        last.append(structlog.dev.ConsoleRenderer(colors=True, timestamp_key="at"))
    else:
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=last, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # a client's bad request is no event of ours
    for noisy in ("alembic", "urllib3", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
