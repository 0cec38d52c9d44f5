"""celery: tasks with an ETA, a pool of processes, results ignored."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from celery import Celery

from tests.bench.peers.shared import STORE, marks

app = Celery("bench", broker=STORE)
app.conf.update(
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=64,
)


@app.task(name="fire")
def fire(due: float) -> None:
    marks.fired(due)


def schedule(dues: Sequence[float]) -> None:
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for due in dues:
            fire.apply_async((due,), producer=producer, eta=datetime.fromtimestamp(due, UTC))


def commands(processes: int) -> list[list[str]]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        [sys.executable, "-m", "celery", "-A", f"{__name__}:app", "worker", "-l", "ERROR", "-c", str(processes), *quiet]
    ]
