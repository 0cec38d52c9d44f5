"""The small drill of a change of packs, in every run of the tests; the large one is `./run faults policy`."""

from pathlib import Path

import pytest

from tests.faults.policies import small


@pytest.mark.timeout(120)
async def test_a_change_of_packs_killed_in_the_middle_leaves_no_trace_and_begun_again_is_whole(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    figures = await small(database_url, redis_url, tmp_path)

    told = "\n".join(figures.lines())
    assert figures.killed_before_the_end == 1, told
    assert figures.good, told
    assert (figures.told, figures.waiting) == (18, 2), told
