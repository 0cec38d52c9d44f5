"""The worker's board: counts for Prometheus, and a beat that can be missed."""

import asyncio
import http.client
import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.worker import boards
from gateway.worker.boards import Board
from gateway.worker.sweeps import Sweep


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


async def test_work_done_and_work_failed_is_counted(shown: tuple[Board, int]) -> None:
    board, port = shown

    async def works(_: str) -> None: ...

    async def fails(_: str) -> None:
        raise ZeroDivisionError

    handlers = boards.counted_handlers({"alert": works, "unseen": fails}, board)
    await handlers["alert"]("1")
    with pytest.raises(ZeroDivisionError):
        await handlers["unseen"]("1")

    status, page = await asyncio.to_thread(get, port, "/metrics")

    assert status == 200
    assert 'shaodian_ticks_total{outcome="done",tick="alert"} 1.0' in page
    assert 'shaodian_ticks_total{outcome="failed",tick="unseen"} 1.0' in page


async def test_a_round_that_ends_is_a_beat(shown: tuple[Board, int]) -> None:
    board, _ = shown
    board._beat_at -= 100

    async def round_() -> None: ...

    (sweep,) = boards.counted_sweeps((Sweep("audit", timedelta(seconds=1), round_),), board)
    await sweep.run()

    assert board.beat_age < 50


def test_a_worker_that_stopped_beating_says_so(shown: tuple[Board, int]) -> None:
    board, port = shown
    board.beat()
    assert get(port, "/healthz")[0] == 200

    board._beat_at = time.monotonic() - boards.STALE_AFTER - 1

    status, said = get(port, "/healthz")
    assert status == 503
    assert json.loads(said)["status"] == "stalled"


def test_a_second_worker_on_the_machine_goes_on_without_the_port(shown: tuple[Board, int]) -> None:
    _, port = shown
    with Board().shown("127.0.0.1", port) as second:
        assert second is None
