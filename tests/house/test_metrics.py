"""The worker's board: counts for Prometheus, and a beat that can be missed."""

import http.client
import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.worker import metrics
from gateway.worker.metrics import Board


@pytest.fixture
def shown() -> Iterator[tuple[Board, int]]:
    board = Board()
    with board.shown("127.0.0.1", 0) as port:
        assert port is not None
        yield board, port


def get(port: int, path: str) -> tuple[int, str]:
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    wire.request("GET", path)
    answer = wire.getresponse()
    body = answer.read().decode()
    wire.close()
    return answer.status, body


def test_work_done_late_and_failed_is_counted(shown: tuple[Board, int]) -> None:
    board, port = shown
    with board.ticking("reminders"):
        pass
    with pytest.raises(ZeroDivisionError), board.ticking("reminders"):
        1 / 0  # noqa: B018
    board.late("alert", timedelta(seconds=3))
    board.delivered("webchat", "sent", 4)
    board.waiting({"deliveries": 7})

    status, page = get(port, "/metrics")

    assert status == 200
    assert 'shaodian_ticks_total{outcome="done",tick="reminders"} 1.0' in page
    assert 'shaodian_ticks_total{outcome="failed",tick="reminders"} 1.0' in page
    assert 'shaodian_lateness_seconds_sum{kind="alert"} 3.0' in page
    assert 'shaodian_deliveries_total{channel="webchat",outcome="sent"} 4.0' in page
    assert 'shaodian_waiting{kind="deliveries"} 7.0' in page


def test_a_worker_that_stopped_beating_says_so(shown: tuple[Board, int]) -> None:
    board, port = shown
    board.beat()
    assert get(port, "/healthz")[0] == 200

    board._beat_at = time.monotonic() - metrics.STALE_AFTER - 1

    status, said = get(port, "/healthz")
    assert status == 503
    assert json.loads(said)["status"] == "stalled"


def test_a_second_worker_on_the_machine_goes_on_without_the_port(shown: tuple[Board, int]) -> None:
    _, port = shown
    with Board().shown("127.0.0.1", port) as second:
        assert second is None
