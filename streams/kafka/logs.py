"""What the Kafka libraries log, rationed: a broker that is away makes them write 80 lines a second."""

import logging
import threading
import time

import structlog

LOGGERS = ("aiokafka", "faust", "mode", "kafka")
LINES = 10  # of one logger within ``SECONDS``; what is beyond is counted
SECONDS = 60.0

log = structlog.get_logger()


class Rationed(logging.Handler):
    """Passes a ration of warnings on to our log. Never as errors: what they mean for us, we say ourselves."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._guard = threading.Lock()
        self._since: dict[str, tuple[float, int]] = {}  # logger → when its ration began, lines since

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on, or count it."""
        now = time.monotonic()
        with self._guard:
            began, lines = self._since.get(record.name, (now, 0))
            held_back = max(0, lines - LINES) if now - began >= SECONDS else 0
            if now - began >= SECONDS:
                began, lines = now, 0
            self._since[record.name] = (began, lines + 1)
        if lines < LINES:
            log.warning("kafka_says", logger=record.name, said=record.getMessage()[:500], held_back=held_back)


def ration() -> None:
    """Let the libraries log through a ration, once a process."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, Rationed) for handler in logger.handlers):
            logger.handlers = [RATIONED]
            logger.propagate = False
            logger.setLevel(logging.WARNING)
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)  # it times itself, on a busy machine all the time


RATIONED = Rationed()
