"""The small fault drill in every run of the tests; the large one is `./run faults kills`."""

from pathlib import Path

import pytest

from gateway.engines import Valkey
from tests.faults.kills import drill, smoke


@pytest.mark.timeout(240)
async def test_no_report_is_lost_or_doubled_when_processes_are_killed(database_url: str, tmp_path: Path) -> None:
    with Valkey.for_tests() as valkey:
        figures = await drill(smoke(seed=20211), tmp_path, database_url, valkey.url())

    told = "\n".join(figures.lines())
    assert figures.good, told
    assert all(count >= 1 for count in figures.kills.values()), told
    assert {"telegram", "web chat"} == figures.accepted_by_transport.keys(), told
