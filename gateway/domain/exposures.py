"""Who was exposed: declared stays set against listed places and outbreaks, by place and by day.

Both directions of time use the same rule: an old stay meets a new list, a new report meets an old one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from uuid import UUID

from gateway.domain.calendars import DAY
from gateway.domain.kinds import JourneyId, MatchKind, ReportId, ResidentId, RiskLevel
from gateway.domain.packs import KeyAreaMatch, OutbreakStart, Pack
from gateway.domain.risk_areas import DeclaredPlace, ListedPlace, match
from gateway.domain.rules import Unset
from gateway.domain.windows import KeyAreaWindow, key_area_window

ARRIVAL = "arrival"


class SourceKind(StrEnum):
    LISTED = "listed"
    OUTBREAK = "outbreak"


@dataclass(frozen=True, slots=True)
class Span:
    """The days a window is measured from: case dates, or until those are known the days in a list (`from_list`).

    `onset_on` and `report_on` are other days an outbreak may be said to have begun on, where somebody gave them.
    """

    first_on: date
    last_on: date | None
    from_list: bool
    onset_on: date | None = None
    report_on: date | None = None

    def starts_on(self, pack: Pack) -> date:
        """The day on which the outbreak began, as this pack reads it (AMB-15)."""
        if pack.key_area is None:
            return self.first_on
        told = {OutbreakStart.ONSET: self.onset_on, OutbreakStart.REPORT: self.report_on}
        return told.get(pack.key_area.outbreak_start) or self.first_on

    def window(self, pack: Pack) -> KeyAreaWindow:
        """SD-3.3.2-m where the pack has it; elsewhere as far back as its histories go, and no day longer."""
        if pack.key_area is not None:
            return key_area_window(self.starts_on(pack), self.last_on, pack.key_area)
        back = pack.lookbacks.person_history_days if pack.lookbacks else 0
        return KeyAreaWindow(self.first_on - back * DAY, self.last_on)


@dataclass(frozen=True, slots=True)
class Source:
    """A listed place or an outbreak's area. Of overlapping spans any one is enough (AMB-15: their union)."""

    kind: SourceKind
    id: UUID
    place: ListedPlace
    spans: tuple[Span, ...]
    name: str
    level: RiskLevel | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A declared journey as matching sees it: the place as keyed tokens, the days, and whose it is.

    `arrived_at` is when an arrival announced ahead really came.
    """

    journey_id: JourneyId
    report_id: ReportId
    resident_id: ResidentId
    kind: str
    declared: DeclaredPlace
    from_on: date
    to_on: date
    arrived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    stay: Stay
    source: Source
    kind: MatchKind
    span: Span
    entry_on: date | None

    @property
    def spoken_of(self) -> str:
        """The area to name: the listed one when it is sure, what the person said while nobody knows."""
        listed = self.source.place.area if self.kind is MatchKind.DEFINITE else None
        return listed or self.stay.declared.area

    @property
    def weight(self) -> tuple[bool, bool, bool, int]:
        """To choose the one that is spoken of: sure before possible, case dates before list, the higher level."""
        level = {RiskLevel.HIGH: 3, RiskLevel.MEDIUM: 2, RiskLevel.LOW: 1}.get(self.source.level or RiskLevel.LOW, 0)
        return self.kind is MatchKind.DEFINITE, self.entry_on is not None, not self.span.from_list, level


def jurisdiction_of(pack: Pack) -> str:
    """The area code a pack governs, at its own level; "" is everywhere."""
    if isinstance(pack.jurisdiction, Unset):
        return ""
    code = str(pack.jurisdiction)
    while code.endswith("00") and len(code) in (2, 4, 6):
        code = code[:-2]
    return code


def entry_day(stay: Stay, stays: Iterable[Stay], jurisdiction: str, zone: tzinfo) -> date | None:
    """When the person came into the jurisdiction after this stay (AMB-15). None for a stay inside it.

    The next declared stay inside is the entry; where none was told, the journey's end stands for it.
    """
    if stay.declared.area.startswith(jurisdiction):
        return None
    if stay.arrived_at is not None:
        return stay.arrived_at.astimezone(zone).date()
    if stay.kind == ARRIVAL:
        return stay.to_on
    inside = [
        other.from_on
        for other in stays
        if other.from_on >= stay.to_on and other.kind != ARRIVAL and other.declared.area.startswith(jurisdiction)
    ]
    return min(inside, default=stay.to_on)


def exposure(stay: Stay, source: Source, stays: Iterable[Stay], pack: Pack) -> Exposure | None:
    """What this stay has to do with this source; None when place or days keep them apart."""
    kind = match(stay.declared, source.place)
    if kind is None:
        return None
    entered = entry_day(stay, stays, jurisdiction_of(pack), pack.zone)
    by_entry = pack.key_area is not None and pack.key_area.match is KeyAreaMatch.ENTRY_DATE and entered is not None
    for span in source.spans:
        window = span.window(pack)
        held = window.holds(entered) if by_entry and entered is not None else _touches(window, stay)
        if held:
            return Exposure(stay, source, kind, span, entered)
    return None


def exposures(stays: Sequence[Stay], sources: Iterable[Source], pack: Pack) -> tuple[Exposure, ...]:
    """Everything one person's stays have to do with these sources."""
    found = (exposure(stay, source, stays, pack) for source in sources for stay in stays)
    return tuple(each for each in found if each is not None)


def foremost(found: Iterable[Exposure]) -> Exposure | None:
    return max(found, key=lambda each: each.weight, default=None)


def key_area_entry(found: Iterable[Exposure], pack: Pack, today: date) -> Exposure | None:
    """The exposure that puts somebody under `key_area`: sure, and already entered. None: the profile does not apply.

    Possible matches are asked about by a person first; nobody is put under a profile on a guess.
    """
    if pack.key_area is None or "key_area" not in pack.profiles:
        return None
    return foremost(
        each
        for each in found
        if each.kind is MatchKind.DEFINITE and each.entry_on is not None and each.entry_on <= today
    )


def _touches(window: KeyAreaWindow, stay: Stay) -> bool:
    return stay.to_on >= window.opens_on and (window.closes_on is None or stay.from_on <= window.closes_on)
