"""How days, months and hours are counted, and what changes when a pack counts otherwise (DEF-02 … DEF-07)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.calendars import day_of, elapse, instant_of, plus_months
from gateway.domain.kinds import PeriodKind, TestKind
from gateway.domain.packs import DayOne, Pack, PeriodEnd
from gateway.domain.plans import Sampling, make_plan
from gateway.policies.loader import load_pack
from tests.support.calendars import SHANGHAI, at, check_ins, dates, period, written

SHANDONG: Pack = load_pack("sd-2020-09")
F08 = {"isolation_start": at("2021-01-07 10:00"), "last_exposure": date(2021, 1, 5)}


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2020, 11, 30), 3, date(2021, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2021, 8, 31), 6, date(2022, 2, 28)),
        (date(2021, 12, 31), 1, date(2022, 1, 31)),
    ],
)
def test_months_end_with_the_month(day: date, months: int, then: date) -> None:
    assert plus_months(day, months) == then


@given(day=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), months=st.integers(0, 48))
def test_months_later_is_never_in_another_month(day: date, months: int) -> None:
    then = plus_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day <= day.day


def test_hours_are_exact_also_over_a_change_of_the_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2021, 3, 27, 20, tzinfo=berlin)
    assert elapse(evening, timedelta(hours=24)) == datetime(2021, 3, 28, 21, tzinfo=berlin)


def test_a_day_is_the_day_in_the_packs_zone() -> None:
    assert day_of(datetime(2021, 1, 7, 17, tzinfo=UTC), SHANGHAI) == date(2021, 1, 8)
    assert instant_of(date(2021, 1, 7), SHANGHAI) == datetime(2021, 1, 6, 16, tzinfo=UTC)


def counting(**changed: object) -> Pack:
    return replace(SHANDONG, conventions=replace(SHANDONG.conventions, **changed))  # type: ignore[arg-type]


def test_a_pack_may_call_the_next_date_the_first_day() -> None:
    plan = make_plan(counting(day_one=DayOne.NEXT_DATE), "close_contact", F08)
    assert dates(plan.item("nat-d1")) == ("2021-01-08 00:00", "2021-01-08 18:00")
    assert dates(plan.item("nat-d13")) == ("2021-01-20 00:00", "2021-01-20 18:00")


def test_a_pack_may_end_a_period_with_its_last_day() -> None:
    plan = make_plan(counting(period_end=PeriodEnd.END_OF_LAST_DAY), "close_contact", F08)
    assert period(plan, PeriodKind.CENTRAL) == ("2021-01-07 10:00", "2021-01-21 00:00")
    assert written(check_ins(plan)[0].due_at) == "2021-01-21 18:00"


@pytest.mark.parametrize(("shared", "settled"), [(True, ["nat-d1", "nat-d3-5"]), (False, ["nat-d1"])])
def test_one_sampling_settles_two_tests_only_where_the_pack_allows_it(shared: bool, settled: list[str]) -> None:
    events = [Sampling(test=TestKind.NAT, sampled_at=at("2021-01-10 09:00"))]
    plan = make_plan(counting(share_sample=shared), "close_contact", F08, events=events)
    assert [item.key for item in plan.items if item.settled_at] == settled
