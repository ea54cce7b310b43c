"""What is counted, for Prometheus. Only routes, statuses and codes: no address, no path, nobody's name."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "double_random_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "double_random_request_seconds",
            "Seconds to the end of the answer",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.submissions = Counter(
            "double_random_submissions", "Events handed in, by how they ended", ["outcome"], registry=self.registry
        )
        self.size = Gauge("double_random_log_size", "Entries under the published checkpoint", registry=self.registry)
        self._count = cache(lambda route, status: self._requests.labels(route, status).inc)
        self._observe = cache(lambda route: self._seconds.labels(route).observe)

    def note(self, route: str, status: int, seconds: float) -> None:
        """Count one answer. A route is a template of ours, never what was asked for."""
        self._count(route, status)()
        self._observe(route)(seconds)

    def format(self) -> bytes:
        """Return them in Prometheus's text format."""
        return generate_latest(self.registry)
