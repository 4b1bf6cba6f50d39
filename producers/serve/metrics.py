"""``/metrics``: the state of the installation as Prometheus reads it, computed when it asks."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from producers.serve.callbacks import CallBacks
from producers.serve.figures import Figures

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _State(Collector):
    def __init__(self, figures: Figures, now: datetime, watchers: int, callbacks: CallBacks) -> None:
        self._figures = figures
        self._now = now
        self._watchers = watchers
        self._callbacks = callbacks

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        deliveries = GaugeMetricFamily(
            "gongkai_deliveries", "Deliveries by channel and state.", labels=("channel", "state")
        )
        for (channel, state), count in sorted(self._figures.deliveries.items()):
            deliveries.add_metric((channel, state.value), count)
        yield deliveries
        oldest = GaugeMetricFamily(
            "gongkai_oldest_waiting_seconds", "Age of the oldest delivery that waits.", labels=("channel",)
        )
        for channel, at in sorted(self._figures.oldest.items()):
            oldest.add_metric((channel,), max((self._now - at).total_seconds(), 0))
        yield oldest
        outlets = GaugeMetricFamily("gongkai_endpoints_held_up", "Endpoints that do not send, by how.", labels=("how",))
        for how in ("open", "paused", "disabled"):
            outlets.add_metric((how,), sum(outlet.how == how for outlet in self._figures.outlets))
        yield outlets
        yield GaugeMetricFamily("gongkai_dead_letters", "Dead letters that wait.", self._figures.dead_letters)
        yield GaugeMetricFamily("gongkai_stages_stopped", "Stages that stand still.", len(self._figures.stopped))
        doubted = "Machines whose clock is doubted: what cannot be called back is held there."
        yield GaugeMetricFamily("gongkai_clocks_doubted", doubted, len(self._figures.doubts))
        yield GaugeMetricFamily("gongkai_live_pages", "Status pages that are live now.", self._watchers)
        foreign = "Receipts of no text of ours, dropped since this process began."
        yield _counted("gongkai_receipts_dropped", foreign, ("endpoint", "vendor"), self._callbacks.dropped)
        heard = "Replies to texts since this process began."
        yield _counted("gongkai_replies", heard, ("endpoint", "what"), self._callbacks.replies)


def _counted(
    name: str, words: str, labels: tuple[str, str], counts: Mapping[tuple[str, str], int]
) -> CounterMetricFamily:
    made = CounterMetricFamily(name, words, labels=labels)
    for values, count in sorted(counts.items()):
        made.add_metric(values, count)
    return made


def exposition(figures: Figures, now: datetime, watchers: int, callbacks: CallBacks) -> bytes:
    """The figures in Prometheus' text format, with this process's memory, files and processor time."""
    registry = CollectorRegistry()
    registry.register(_State(figures, now, watchers, callbacks))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
