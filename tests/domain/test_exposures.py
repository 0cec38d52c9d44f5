"""Whose stay has to do with which source: by place, by entry day, by overlapping windows."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.domain.exposures import (
    Source,
    SourceKind,
    Span,
    Stay,
    entry_day,
    exposures,
    foremost,
    jurisdiction_of,
    key_area_entry,
)
from gateway.domain.kinds import JourneyId, MatchKind, ReportId, ResidentId, RiskLevel
from gateway.domain.packs import Areas, KeyAreaMatch, OutbreakStart, Pack
from gateway.domain.risk_areas import DeclaredPlace, ListedPlace
from gateway.policies.loader import load_pack

SHANDONG, JINAN, AREA_A = "37", "370102001", "130104"
WANG = ResidentId(UUID(int=1))


@cache
def pack(name: str = "sd-2020-09") -> Pack:
    return load_pack(name)


def stay(
    area: str, first: date, last: date | None = None, *, kind: str = "travel", arrived: datetime | None = None
) -> Stay:
    declared = DeclaredPlace.of(area)
    journey, report = JourneyId(uuid4()), ReportId(uuid4())
    return Stay(journey, report, WANG, kind, declared, first, last or first, arrived)


def outbreak(*spans: tuple[date, date | None], area: str = AREA_A) -> Source:
    case_dates = tuple(Span(first, last, from_list=False) for first, last in spans)
    return Source(SourceKind.OUTBREAK, uuid4(), ListedPlace(area, found=True), case_dates, "A")


JANUARY = (date(2021, 1, 2), date(2021, 1, 10))


@pytest.mark.rule("SD-3.3.2-m")
@pytest.mark.parametrize(
    ("entered", "in_scope"),
    [
        (date(2020, 12, 22), False),
        (date(2020, 12, 23), True),
        (date(2021, 1, 24), True),
        (date(2021, 1, 25), False),
    ],
)
def test_the_day_of_entry_decides_and_both_ends_count(entered: date, in_scope: bool) -> None:
    stays = [stay(AREA_A, entered), stay(JINAN, entered)]
    found = exposures(stays, [outbreak(JANUARY)], pack())
    assert bool(found) is in_scope
    assert (key_area_entry(found, pack(), date(2021, 2, 1)) is not None) is in_scope


def test_who_left_before_the_window_counts_when_they_enter_inside_it() -> None:
    stays = [stay(AREA_A, date(2020, 12, 10), date(2020, 12, 20)), stay(JINAN, date(2020, 12, 24))]
    (found,) = exposures(stays, [outbreak(JANUARY)], pack())
    assert found.entry_on == date(2020, 12, 24)


def test_of_two_windows_either_is_enough() -> None:
    stays = [stay(AREA_A, date(2021, 3, 1)), stay(JINAN, date(2021, 3, 1))]
    assert exposures(stays, [outbreak(JANUARY)], pack()) == ()
    assert len(exposures(stays, [outbreak(JANUARY, (date(2021, 3, 5), None))], pack())) == 1


def test_a_window_without_a_last_case_stays_open() -> None:
    stays = [stay(AREA_A, date(2021, 9, 1)), stay(JINAN, date(2021, 9, 1))]
    assert len(exposures(stays, [outbreak((date(2021, 1, 2), None))], pack())) == 1


def test_an_arrival_enters_when_it_really_came() -> None:
    announced = stay(AREA_A, date(2021, 1, 22), kind="arrival")
    midnight_in_jinan = datetime(2021, 1, 23, 16, 5, tzinfo=UTC)
    came = stay(AREA_A, date(2021, 1, 22), kind="arrival", arrived=midnight_in_jinan)
    assert entry_day(announced, [announced], SHANDONG, pack().zone) == date(2021, 1, 22)
    assert entry_day(came, [came], SHANDONG, pack().zone) == date(2021, 1, 24)


def test_nobody_enters_a_jurisdiction_from_inside_it() -> None:
    inside = stay("370202001", date(2021, 1, 5))
    (found,) = exposures([inside], [outbreak(JANUARY, area="370202")], pack())
    assert found.entry_on is None
    assert key_area_entry([found], pack(), date(2021, 1, 20)) is None


def test_a_possible_match_puts_nobody_under_a_profile() -> None:
    stays = [stay("1301", date(2021, 1, 5)), stay(JINAN, date(2021, 1, 5))]
    (found,) = exposures(stays, [outbreak(JANUARY)], pack())
    assert found.kind is MatchKind.POSSIBLE
    assert found.spoken_of == "1301"
    assert key_area_entry([found], pack(), date(2021, 1, 20)) is None


def test_who_has_not_entered_yet_is_under_no_profile() -> None:
    found = exposures([stay(AREA_A, date(2021, 1, 22), kind="arrival")], [outbreak(JANUARY)], pack())
    assert key_area_entry(found, pack(), date(2021, 1, 21)) is None
    assert key_area_entry(found, pack(), date(2021, 1, 22)) is not None


def test_where_no_pack_is_in_force_only_the_days_themselves_count() -> None:
    everywhere = pack("everywhere")
    assert jurisdiction_of(everywhere) == ""
    assert exposures([stay(AREA_A, date(2021, 1, 1))], [outbreak(JANUARY)], everywhere) == ()
    assert len(exposures([stay(AREA_A, date(2021, 1, 2))], [outbreak(JANUARY)], everywhere)) == 1


def test_the_sure_and_the_higher_level_is_spoken_of() -> None:
    listed = [
        Source(
            SourceKind.LISTED,
            uuid4(),
            ListedPlace(area, found=True),
            (Span(*JANUARY, from_list=True),),
            area,
            level,
        )
        for area, level in ((AREA_A, RiskLevel.MEDIUM), (AREA_A, RiskLevel.HIGH), (AREA_A + "001", RiskLevel.HIGH))
    ]
    best = foremost(exposures([stay(AREA_A, date(2021, 1, 5))], listed, pack()))
    assert best is not None
    assert (best.kind, best.source.level) == (MatchKind.DEFINITE, RiskLevel.HIGH)


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        (date(2022, 4, 4), None, False),
        (date(2022, 4, 5), None, True),
        (date(2022, 4, 14), None, True),
        (date(2022, 5, 1), None, True),
        (date(2022, 5, 2), date(2022, 5, 9), False),
        (date(2022, 3, 1), date(2022, 6, 1), True),
    ],
)
def test_for_somebody_inside_the_jurisdiction_every_day_of_the_stay_counts(
    first: date, last: date | None, counts: bool
) -> None:
    listed = outbreak((date(2022, 4, 15), date(2022, 4, 17)), area="370202")
    assert bool(exposures([stay("370202001", first, last)], [listed], pack())) is counts


# -- readings of the window (AMB-15)


def reading(**values: Any) -> Pack:
    shandong = pack()
    assert shandong.key_area is not None
    return replace(shandong, areas=Areas(key_area=replace(shandong.key_area, **values)))


def test_with_stay_overlap_the_days_in_the_area_count_and_not_the_day_of_entry() -> None:
    stays = [stay(AREA_A, date(2020, 12, 20), date(2020, 12, 24)), stay(JINAN, date(2021, 1, 26))]
    assert exposures(stays, [outbreak(JANUARY)], reading(match=KeyAreaMatch.ENTRY_DATE)) == ()
    assert len(exposures(stays, [outbreak(JANUARY)], reading(match=KeyAreaMatch.STAY_OVERLAP))) == 1


@pytest.mark.parametrize(
    ("start", "opens_on"),
    [
        (OutbreakStart.FIRST_CONFIRMED, date(2020, 12, 23)),
        (OutbreakStart.ONSET, date(2020, 12, 18)),
        (OutbreakStart.REPORT, date(2020, 12, 22)),
    ],
)
def test_an_outbreak_begins_with_its_first_confirmed_case_or_as_the_pack_reads_it(
    start: OutbreakStart, opens_on: date
) -> None:
    told = Span(*JANUARY, from_list=False, onset_on=date(2020, 12, 28), report_on=date(2021, 1, 1))
    assert told.window(reading(outbreak_start=start)).opens_on == opens_on


def test_a_day_nobody_gave_falls_back_to_the_first_confirmed_case() -> None:
    told = Span(*JANUARY, from_list=False)
    assert told.window(reading(outbreak_start=OutbreakStart.ONSET)).opens_on == date(2020, 12, 23)
