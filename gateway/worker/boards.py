"""What the worker tells of itself on METRICS_PORT: /metrics for Prometheus, /healthz for a supervisor. Counts only."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

from gateway.worker.agenda import Handler, Together
from gateway.worker.sweeps import Sweep

STALE_AFTER = 30.0  # seconds without a beat until the worker calls itself unwell
_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 900)


class Board:
    """The dials of one worker process. `beat` is called by its loop; who stops beating is seen from outside."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._beat_at = time.monotonic()
        self._ticks = Counter("shaodian_ticks", "Ticks worked", ["tick", "outcome"], registry=registry)
        self._tick_seconds = Histogram(
            "shaodian_tick_seconds", "How long a tick took", ["tick"], buckets=_SECONDS, registry=registry
        )

    def beat(self) -> None:
        self._beat_at = time.monotonic()

    @property
    def beat_age(self) -> float:
        return time.monotonic() - self._beat_at

    @contextmanager
    def ticking(self, tick: str) -> Iterator[None]:
        """Counts and times one tick; a failed one is counted as such and raised on."""
        began = time.monotonic()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            self._ticks.labels(tick, outcome).inc()
            self._tick_seconds.labels(tick).observe(time.monotonic() - began)

    def page(self) -> bytes:
        return generate_latest(self.registry)

    @contextmanager
    def shown(self, host: str, port: int) -> Iterator[int | None]:
        """Serves the board while the block runs; None where another worker of this machine has the port already."""
        try:
            server = ThreadingHTTPServer((host, port), _handler(self))
        except OSError:
            yield None
            return
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.2,), name="metrics", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def counted_handlers(handlers: Mapping[str, Handler], board: Board) -> Mapping[str, Handler]:
    """The same handlers, each call counted and timed under its kind."""

    def counted(kind: str, handler: Handler) -> Handler:
        async def run(subject: str) -> object:
            with board.ticking(kind):
                return await handler(subject)

        return run

    return {kind: counted(kind, handler) for kind, handler in handlers.items()}


def counted_together(together: Mapping[str, Together], board: Board) -> Mapping[str, Together]:
    """As `counted_handlers`; what is worked together is one tick."""

    def counted(kind: str, work: Together) -> Together:
        async def run(subjects: Sequence[str]) -> object:
            with board.ticking(kind):
                return await work(subjects)

        return run

    return {kind: counted(kind, work) for kind, work in together.items()}


def counted_sweeps(sweeps: tuple[Sweep, ...], board: Board) -> tuple[Sweep, ...]:
    """The same rounds, counted and timed; each that ends is a beat."""

    def counted(sweep: Sweep) -> Sweep:
        async def run() -> object:
            with board.ticking(sweep.name):
                ended = await sweep.run()
            board.beat()
            return ended

        return replace(sweep, run=run)

    return tuple(counted(sweep) for sweep in sweeps)


def _handler(board: Board) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, board.page())
            elif self.path == "/healthz":
                age = board.beat_age
                said = {"status": "ok" if age < STALE_AFTER else "stalled", "beat_age_seconds": round(age, 1)}
                self._answer(200 if age < STALE_AFTER else 503, "application/json", json.dumps(said).encode())
            else:
                self._answer(404, "text/plain", b"/metrics or /healthz\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A scrape is not worth a line."""

    return Page
