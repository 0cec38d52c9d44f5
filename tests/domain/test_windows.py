"""Windows that move (F-12), late declarations (F-02) and the fourteen reports before boarding (F-03)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.packs import GapPolicy, Pack
from gateway.domain.windows import KeyAreaWindow, declaration, key_area_window, preboarding_streak
from gateway.errors import Invalid, NotConfigured
from gateway.policies.loader import load_pack
from tests.support.calendars import at, written

SHANDONG: Pack = load_pack("sd-2020-09")
LI, ZHAO, WANG = date(2020, 12, 23), date(2020, 12, 22), date(2021, 1, 27)


def window(first: date, last: date | None) -> KeyAreaWindow:
    assert SHANDONG.key_area is not None, "the pack says which arrivals are in scope"
    return key_area_window(first, last, SHANDONG.key_area)


@pytest.mark.rule("SD-3.3.2-m")
def test_the_window_reaches_from_ten_days_before_the_outbreak_to_fourteen_after_the_last_case() -> None:
    area = window(date(2021, 1, 2), date(2021, 1, 17))
    assert (area.opens_on, area.closes_on) == (date(2020, 12, 23), date(2021, 1, 31))


@pytest.mark.rule("SD-3.3.2-m")
def test_a_new_case_brings_in_who_was_out_and_changes_nothing_for_the_others() -> None:
    before = window(date(2021, 1, 2), date(2021, 1, 10))
    assert before.closes_on == date(2021, 1, 24)
    assert [before.holds(entry) for entry in (LI, ZHAO, WANG)] == [True, False, False]

    after = window(date(2021, 1, 2), date(2021, 1, 29))
    assert after.closes_on == date(2021, 2, 12)
    assert [after.holds(entry) for entry in (LI, ZHAO, WANG)] == [True, False, True]


def test_while_nobody_knows_the_last_case_the_window_stays_open() -> None:
    assert window(date(2021, 1, 2), None).holds(date(2022, 1, 1))
    with pytest.raises(Invalid, match="is before the first"):
        window(date(2021, 1, 2), date(2021, 1, 1))


days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))


@given(first=days, lasted=st.integers(0, 60), longer=st.integers(0, 60), entry=days)
def test_a_further_case_never_takes_anybody_out(first: date, lasted: int, longer: int, entry: date) -> None:
    before = window(first, first + timedelta(days=lasted))
    after = window(first, first + timedelta(days=lasted + longer))
    assert after.holds(entry) or not before.holds(entry)


@pytest.mark.rule("SD-3.3.1-a")
@pytest.mark.parametrize(
    ("declared", "days_late"), [("2021-01-18 20:10", 0), ("2021-01-19 23:59", 0), ("2021-01-20 00:00", 1)]
)
def test_a_late_declaration_is_flagged_and_never_refused(declared: str, days_late: int) -> None:
    judged = declaration(at(declared), date(2021, 1, 22), SHANDONG)
    assert written(judged.due_at) == "2021-01-20 00:00"
    assert (judged.days_late, judged.late, judged.rules) == (days_late, days_late > 0, ("SD-3.3.1-a",))


def test_a_pack_without_the_rule_says_so() -> None:
    with pytest.raises(NotConfigured, match=r"declare\.lead_days"):
        declaration(at("2021-01-18 20:10"), date(2021, 1, 22), load_pack("dl-2020-05"))


def li_na(*, gap_policy: GapPolicy) -> Pack:
    assert SHANDONG.preboard is not None
    return replace(SHANDONG, preboard=replace(SHANDONG.preboard, gap_policy=gap_policy))


REPORTED = [date(2020, 10, day) for day in range(1, 15) if day != 8]


@pytest.mark.rule("SD-3.2.2-a")
def test_a_gap_before_boarding_is_flagged_for_an_official() -> None:
    streak = preboarding_streak(date(2020, 10, 15), REPORTED, date(2020, 10, 15), li_na(gap_policy=GapPolicy.FLAG))
    assert (streak.reported, streak.needed, streak.missing) == (13, 14, (date(2020, 10, 8),))
    assert streak.broken and streak.earliest_boarding == date(2020, 10, 15)


@pytest.mark.rule("SD-3.2.2-a")
def test_where_the_pack_says_restart_a_gap_moves_the_boarding() -> None:
    streak = preboarding_streak(date(2020, 10, 15), REPORTED, date(2020, 10, 15), li_na(gap_policy=GapPolicy.RESTART))
    assert (streak.starts_on, streak.complete_on) == (date(2020, 10, 9), date(2020, 10, 22))
    assert streak.earliest_boarding == date(2020, 10, 23)


def test_a_day_that_is_not_over_is_not_missing() -> None:
    streak = preboarding_streak(date(2020, 10, 15), REPORTED[:7], date(2020, 10, 8), li_na(gap_policy=GapPolicy.FLAG))
    assert not streak.broken
