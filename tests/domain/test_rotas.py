"""Who has the duty when: people in turn over workdays and nights, what nobody covers, who stands in for whom."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.domain.kinds import OfficialId
from gateway.domain.rotas import (
    Line,
    On,
    Pattern,
    Span,
    Substitution,
    Turn,
    as_mapping,
    from_mapping,
    planned,
    standing_in,
    uncovered,
)
from gateway.domain.workdays import DayKind, DayMark, Workdays

ZONE = ZoneInfo("Asia/Shanghai")
ANNA, BORIS, CHEN = (OfficialId(UUID(int=number)) for number in (1, 2, 3))
DAY, NIGHT = Line(time(8), time(20)), Line(time(20), time(8))
PLAIN = Workdays(years=frozenset({2021}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2021-{text}").replace(tzinfo=ZONE)


def test_three_people_take_day_and_night_in_turn_without_a_gap() -> None:
    shifts = planned(Pattern((DAY, NIGHT)), (ANNA, BORIS, CHEN), date(2021, 1, 15), date(2021, 1, 17), PLAIN, ZONE)
    assert [one.official_id for one in shifts] == [ANNA, BORIS, CHEN, ANNA, BORIS, CHEN]
    assert shifts[1].span == Span(at("01-15 20:00"), at("01-16 08:00"))
    assert all(before.span.ends_at == after.span.starts_at for before, after in pairwise(shifts))


def test_turns_change_by_day_or_by_week() -> None:
    days = planned(Pattern((DAY, NIGHT), Turn.DAY), (ANNA, BORIS), date(2021, 1, 15), date(2021, 1, 16), PLAIN, ZONE)
    assert [one.official_id for one in days] == [ANNA, ANNA, BORIS, BORIS]
    weeks = planned(Pattern((DAY,), Turn.WEEK), (ANNA, BORIS), date(2021, 1, 11), date(2021, 1, 24), PLAIN, ZONE)
    assert [one.official_id for one in weeks] == [ANNA] * 7 + [BORIS] * 7


def test_days_of_rest_follow_the_announced_calendar_and_a_guess_is_marked() -> None:
    pattern = Pattern((Line(time(9), time(17), On.WORKDAYS), Line(time(9), time(9), On.REST)))
    worked = DayMark(date(2021, 2, 7), DayKind.WORKDAY, "春节")
    off = DayMark(date(2021, 2, 11), DayKind.REST, "春节")
    calendar = Workdays({worked.day: worked, off.day: off}, frozenset({2021}))
    shifts = planned(pattern, (ANNA,), date(2021, 2, 6), date(2021, 2, 11), calendar, ZONE)
    hours = [round((one.span.ends_at - one.span.starts_at) / timedelta(hours=1)) for one in shifts]
    assert hours == [24, 8, 8, 8, 8, 24]  # Saturday off, Sunday worked, Thursday the eve
    assert not any(one.guessed for one in shifts)
    assert all(one.guessed for one in planned(pattern, (ANNA,), date(2027, 1, 1), date(2027, 1, 3), calendar, ZONE))
    assert planned(pattern, (), date(2021, 1, 1), date(2021, 1, 3), calendar, ZONE) == ()


def test_what_nobody_covers_is_one_gap_however_it_came() -> None:
    night = Span(at("01-17 20:00"), at("01-18 08:00"))
    asked = [Span(at("01-17 08:00"), at("01-17 20:00")), night]
    assert uncovered(asked, asked) == ()
    assert uncovered(asked, []) == (Span(at("01-17 08:00"), at("01-18 08:00")),)
    assert uncovered([night], [Span(at("01-17 19:00"), at("01-18 02:00"))]) == (
        Span(at("01-18 02:00"), at("01-18 08:00")),
    )
    assert uncovered([night], [Span(at("01-17 23:00"), at("01-18 02:00"))]) == (
        Span(at("01-17 20:00"), at("01-17 23:00")),
        Span(at("01-18 02:00"), at("01-18 08:00")),
    )


def test_a_substitute_of_a_substitute_answers_and_a_circle_ends() -> None:
    whole = Span(at("01-15 00:00"), at("01-16 00:00"))
    first, second = Substitution(ANNA, BORIS, whole), Substitution(BORIS, CHEN, whole)
    assert standing_in(ANNA, [first, second], at("01-15 12:00")) == CHEN
    assert standing_in(ANNA, [first, second], at("01-16 00:00")) == ANNA
    assert standing_in(ANNA, [first, Substitution(BORIS, ANNA, whole)], at("01-15 12:00")) == BORIS


def test_a_pattern_comes_back_from_the_record_as_it_went() -> None:
    pattern = Pattern((DAY, Line(time(20), time(8), On.REST)), Turn.WEEK)
    assert from_mapping(as_mapping(pattern)) == pattern
