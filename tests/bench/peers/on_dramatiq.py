"""dramatiq: delayed messages, two processes of eight threads."""

import sys
import time
from collections.abc import Sequence

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from tests.bench.peers.shared import STORE, marks

broker = RedisBroker(url=STORE or "redis://127.0.0.1:1/0")
broker.middleware = [one for one in broker.middleware if type(one).__name__ != "Prometheus"]  # it opens a port
dramatiq.set_broker(broker)


@dramatiq.actor(max_retries=0)
def fire(due: float) -> None:
    marks.fired(due)


def schedule(dues: Sequence[float]) -> None:
    for due in dues:
        fire.send_with_options(args=(due,), delay=max(0, int((due - time.time()) * 1000)))


def commands(processes: int) -> list[list[str]]:
    return [[sys.executable, "-m", "dramatiq", __name__, "--processes", str(processes), "--threads", "8"]]
