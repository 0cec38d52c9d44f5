"""Agencies that test: the list everybody may read, what each of them has to publish, and who is open at night."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from gateway.domain.matters import Heard

COUNTY_DIGITS = 6


class AgencyField(StrEnum):
    NAME = "name"
    ADDRESS = "address"
    HOURS = "hours"
    BOOKING = "booking"
    FEE = "fee"
    PROCESS = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRule:
    """The list is public, with these fields of every agency."""

    source: tuple[str, ...]
    shown: tuple[AgencyField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureRule:
    """What an agency publishes about itself, and is not listed without."""

    source: tuple[str, ...]
    needed: tuple[AgencyField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRule:
    """Every county has so many agencies open around the clock; `named_first`: notices to sample name them first."""

    source: tuple[str, ...]
    at_least: int
    named_first: bool
    told_at: time
    told_at_source: tuple[str, ...]
    ladder: str
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyRules:
    publication: PublicationRule | None = None
    procedure: ProcedureRule | None = None
    round_the_clock: NightRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One agency as it is listed. `closed_at`: it tests no more."""

    id: UUID
    area: str
    name_zh: str
    name_en: str
    address: str
    hours: str
    booking: str
    fee: str
    process: str
    round_the_clock: bool
    changed_at: datetime
    closed_at: datetime | None = None

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") or not self.name_en else self.name_en

    def told(self, field: AgencyField, language: str) -> str:
        if field is AgencyField.NAME:
            return self.name(language)
        value: str = getattr(self, field.value)
        return value


def lacking(rules: AgencyRules | None, given: Mapping[str, str]) -> tuple[AgencyField, ...]:
    """What is missing before an agency may be listed: its name, and what notices ask of the list and of the agency."""
    needed: tuple[AgencyField, ...] = (AgencyField.NAME,)
    if rules is not None and rules.publication is not None:
        needed += rules.publication.shown
    if rules is not None and rules.procedure is not None:
        needed += rules.procedure.needed
    return tuple(field for field in dict.fromkeys(needed) if not given.get(field.value, "").strip())


def published(
    rules: AgencyRules | None, agencies: Iterable[Agency], language: str
) -> list[tuple[Agency, dict[AgencyField, str]]]:
    """What everybody may read of each agency. Nothing where no notice asks for a public list."""
    if rules is None or rules.publication is None:
        return []
    fields = (*rules.publication.shown, *(rules.procedure.needed if rules.procedure else ()))
    return [
        (one, {field: said for field in dict.fromkeys(fields) if (said := one.told(field, language))})
        for one in agencies
        if one.closed_at is None
    ]


def nearest(rules: AgencyRules | None, agencies: Iterable[Agency], area: str) -> list[Agency]:
    """The nearest first; where a notice wants it, whoever is open around the clock before everybody else."""
    night = rules.round_the_clock if rules else None

    def rank(one: Agency) -> tuple[bool, int, str]:
        by_day = night is not None and night.named_first and not one.round_the_clock
        return by_day, -_shared(one.area, area), one.name_zh

    return sorted((one for one in agencies if one.closed_at is None), key=rank)


def to_sample_at(rules: AgencyRules | None, agencies: Iterable[Agency], area: str) -> Agency | None:
    """Whom a notice to sample names: the agency open around the clock, where a notice in force asks for one."""
    if rules is None or rules.round_the_clock is None or not rules.round_the_clock.named_first:
        return None
    around = [one for one in agencies if one.area[:COUNTY_DIGITS] == area[:COUNTY_DIGITS]]
    return next((one for one in nearest(rules, around, area) if one.round_the_clock), None)


def without_night(rules: AgencyRules | None, counties: Collection[str], agencies: Iterable[Agency]) -> tuple[str, ...]:
    """Counties in which too few agencies are open around the clock."""
    night = rules.round_the_clock if rules else None
    if night is None:
        return ()
    counted = dict.fromkeys(sorted(counties), 0)
    for one in agencies:
        county = one.area[:COUNTY_DIGITS]
        if one.round_the_clock and one.closed_at is None and county in counted:
            counted[county] += 1
    return tuple(county for county, open_at_night in counted.items() if open_at_night < night.at_least)


def _shared(one: str, other: str) -> int:
    """How many digits two areas have in common: the more, the nearer."""
    shared = 0
    for here, there in zip(one, other, strict=False):
        if here != there:
            break
        shared += 1
    return shared


def faults(rules: AgencyRules | None, ladders: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a name leads nowhere: (place in the section, why)."""
    night = rules.round_the_clock if rules else None
    if night is not None and night.ladder not in ladders:
        yield ("agencies", "round_the_clock", "ladder"), f"there is no ladder {night.ladder}"
