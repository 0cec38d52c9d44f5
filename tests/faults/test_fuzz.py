"""2,000 updates nobody would foresee; `./run faults fuzz` feeds as many as one likes."""

from tests.faults.fuzz import Figures, drawn

UPDATES = 2_000


def test_no_update_stops_a_chat() -> None:
    figures = Figures()
    drawn(updates=UPDATES, chosen=20210115, figures=figures)
    assert figures.updates >= UPDATES and figures.left == [] and figures.silent == 0
