"""What the Kafka libraries say is rationed: a broker that is away makes them write 80 lines a second."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import structlog

from streams.kafka import logs
from streams.kafka.logs import LINES, LOGGERS, Rationed, ration

FLOOD = 5_000  # lines: what one logger writes in a minute


@pytest.fixture(autouse=True)
def _nobody_was_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a process that has not started an engine; pytest's own handlers come and go by themselves."""
    monkeypatch.setattr(logs, "RATIONED", Rationed())  # with a ration that nobody has used yet
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger, rationed(logger), logger.propagate, logger.level) for logger in loggers]
    for logger, handlers, _, _ in before:
        for handler in handlers:
            logger.removeHandler(handler)
        logger.propagate = True
    yield
    for logger, handlers, propagate, level in before:
        logger.handlers = [*handlers]
        logger.propagate = propagate
        logger.setLevel(level)


def rationed(logger: logging.Logger) -> list[logging.Handler]:
    """Its handlers that are ours."""
    return [handler for handler in logger.handlers if isinstance(handler, Rationed)]


def test_of_a_flood_few_lines_are_written_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    ration()
    now = 1_000.0
    monkeypatch.setattr(logs, "time", SimpleNamespace(monotonic=lambda: now))
    with structlog.testing.capture_logs() as told:
        for number in range(FLOOD):
            logging.getLogger("aiokafka.conn").error("Unable to connect %d", number)
            logging.getLogger("kafka.client").warning("Node 1 is not there")
        first = len(told)
        now += logs.SECONDS
        logging.getLogger("aiokafka.conn").error("and again")
    assert first == 2 * LINES, "each logger has its own"
    assert {one["log_level"] for one in told} == {"warning"}, "what it means for us, we say ourselves"
    assert (told[-1]["said"], told[-1]["held_back"]) == ("and again", FLOOD - LINES)


@pytest.mark.parametrize("name", LOGGERS)
def test_each_library_is_rationed_once_and_by_us_alone(name: str) -> None:
    for _start in range(3):
        ration()
    logger = logging.getLogger(name)
    assert [type(handler) for handler in logger.handlers] == [Rationed]
    assert not logger.propagate, "else it is written a second time, without a ration"
    assert logger.getEffectiveLevel() == logging.WARNING
