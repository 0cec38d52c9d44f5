"""A small broadcast through a real worker; the large one is `./run faults broadcast`."""

from pathlib import Path

import pytest

from gateway.engines import Valkey
from tests.faults.broadcasts import Plan, drill


@pytest.mark.timeout(120)
async def test_whose_answer_was_lost_is_listed_and_told_once_though_redis_was_emptied(
    database_url: str, tmp_path: Path
) -> None:
    with Valkey.for_tests() as valkey:
        plan = Plan(seed=3, people=120, kills=0, flushes=1, lost=0.1)
        figures = await drill(plan, tmp_path, database_url, valkey.url())

    assert figures.good, figures.verdict
    assert figures.account["uncertain"] == figures.answers_lost > 0, figures.verdict
    assert len(figures.healed_after) == 1
