"""Contacts of a case: who they are provisionally, what of isolation, testing and tracing still lacks, who goes first.

Numbers are counted from what stands on record, never from what somebody believes: a contact without a record is one
without isolation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from gateway.domain.calendars import DAY
from gateway.domain.kinds import CaseId, ContactId, Measure, OfficialId, ResidentId, Role
from gateway.domain.rungs import Rung
from gateway.errors import Conflict, Invalid

#: Classes that fetch a calendar of their own; the names are those of the packs' profiles.
CLOSE, SECONDARY, GENERAL = "close_contact", "secondary_close_contact", "general_contact"


#: Measures of places; all others are of people.
OF_PLACES = (Measure.DISINFECTED, Measure.SAMPLED)


class EvidenceMissing(Invalid):
    """Say what the class rests on: the evidence stands on record with the decision."""


class ClassUnknown(Invalid):
    """There is no such class of contacts."""


class AlreadyDecided(Conflict):
    """Experts have decided this class already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactClasses:
    """The classes, the strictest first: whoever nobody has decided about is under the first."""

    source: tuple[str, ...]
    strictest_first: tuple[str, ...]
    named: Mapping[str, tuple[str, ...]]

    def provisional(self, said: str | None) -> str:
        """The class a first list gives, in one of its names, or the strictest. Raises ClassUnknown."""
        text = (said or "").strip()
        if not text:
            return self.strictest_first[0]
        for name in self.strictest_first:
            if text == name or text in self.named.get(name, ()):
                return name
        raise ClassUnknown(f"there is no class of contacts called {text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstListRule:
    """A joint survey's first list of contacts (DP-3.2-a): who works on it together and hears at once."""

    source: tuple[str, ...]
    told: tuple[Rung, ...]
    ladder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicationRule:
    """Experts decide the class, on evidence (DP-3.3-a); undecided by 24:00, `ladder` is climbed."""

    source: tuple[str, ...]
    by: tuple[Role, ...]
    told: tuple[Rung, ...]
    ladder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRule:
    """How much of something must stand on record; until it does, `told` hear that it does not."""

    source: tuple[str, ...]
    measure: Measure
    percent: int
    classes: tuple[str, ...] = ()
    told: tuple[Rung, ...]
    ladder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryRule:
    """How far back a case is asked, counted from onset or the positive test."""

    source: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestTurn:
    """One group of the order of testing, and how it waits for its results."""

    who: tuple[str, ...]
    single_room: bool = False
    temperature: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOrderRule:
    source: tuple[str, ...]
    turns: tuple[TestTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A resident whose illness or infection is confirmed. `onset_on` is unknown without symptoms."""

    id: CaseId
    resident_id: ResidentId
    area: str
    opened_at: datetime
    opened_by: OfficialId
    positive_on: date
    onset_on: date | None = None
    look_at: datetime | None = None

    @property
    def anchor_on(self) -> date:
        """What a look-back counts from: onset, or the positive test of somebody without symptoms."""
        return self.onset_on or self.positive_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person exposed to a case. `decided_as` is the experts' class; until then the provisional one holds."""

    id: ContactId
    case_id: CaseId
    area: str
    listed_at: datetime
    provisional: str
    last_exposure_at: datetime | None = None
    resident_id: ResidentId | None = None
    decided_as: str | None = None
    decided_at: datetime | None = None
    decided_by: OfficialId | None = None
    traced_at: datetime | None = None
    isolated_at: datetime | None = None
    tested_at: datetime | None = None

    @property
    def contact_class(self) -> str:
        return self.decided_as or self.provisional

    def since(self, measure: Measure) -> datetime | None:
        match measure:
            case Measure.TRACED:
                return self.traced_at
            case Measure.ISOLATED:
                return self.isolated_at
            case Measure.TESTED:
                return self.tested_at
            case _:
                return None

    def marked(self, measure: Measure, at: datetime) -> "Contact":
        """On record from that moment on; the first record counts. Whoever is isolated or tested was found."""
        if measure in OF_PLACES:
            raise Invalid(f"{measure} is said of places")
        traced_at = self.traced_at or at
        if measure is Measure.ISOLATED:
            return replace(self, traced_at=traced_at, isolated_at=self.isolated_at or at)
        if measure is Measure.TESTED:
            return replace(self, traced_at=traced_at, tested_at=self.tested_at or at)
        return replace(self, traced_at=traced_at)

    def decided(
        self, contact_class: str, by: OfficialId, at: datetime, *, isolated_at: datetime | None = None
    ) -> "Contact":
        """Experts may decide again when there is new evidence; the same decision twice is refused.

        Whoever stayed at home as a general contact is not isolated as a close one yet.
        """
        if self.decided_as == contact_class:
            raise AlreadyDecided
        stricter = contact_class in (CLOSE, SECONDARY) and self.contact_class not in (CLOSE, SECONDARY)
        return replace(
            self,
            decided_as=contact_class,
            decided_at=at,
            decided_by=by,
            isolated_at=isolated_at or (None if stricter else self.isolated_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitedPlace:
    """Where a case was, and what was done there since."""

    id: UUID
    case_id: CaseId
    area: str
    visited_on: date
    disinfected_at: datetime | None = None
    sampled_at: datetime | None = None

    def since(self, measure: Measure) -> datetime | None:
        return self.disinfected_at if measure is Measure.DISINFECTED else self.sampled_at

    def marked(self, measure: Measure, at: datetime) -> "VisitedPlace":
        if measure is Measure.DISINFECTED:
            return replace(self, disinfected_at=self.disinfected_at or at)
        if measure is Measure.SAMPLED:
            return replace(self, sampled_at=self.sampled_at or at)
        raise Invalid(f"{measure} is said of people")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far one measure has come: so many of so many."""

    rule: CoverageRule
    done: int
    total: int

    @property
    def percent(self) -> float:
        return 100.0 if not self.total else 100.0 * self.done / self.total

    @property
    def complete(self) -> bool:
        return self.percent >= self.rule.percent


def coverage(
    rules: Iterable[CoverageRule], contacts: Sequence[Contact], places: Sequence[VisitedPlace]
) -> tuple[Coverage, ...]:
    """What stands on record of each measure the pack asks for."""
    found = []
    for rule in rules:
        counted: Sequence[Contact | VisitedPlace]
        if rule.measure in OF_PLACES:
            counted = places
        else:
            counted = [one for one in contacts if not rule.classes or one.contact_class in rule.classes]
        done = sum(one.since(rule.measure) is not None for one in counted)
        found.append(Coverage(rule, done, len(counted)))
    return tuple(found)


def lookback(anchor_on: date, rule: TrajectoryRule) -> tuple[date, ...]:
    """The days a case is asked about, both ends included."""
    return tuple(anchor_on - back * DAY for back in range(rule.days, -1, -1))


def turn_of(who: str, rule: TestOrderRule | None) -> tuple[int, TestTurn | None]:
    """When somebody's turn to be tested comes, the first being 0; groups nobody named come last."""
    if rule is None:
        return 0, None
    for number, turn in enumerate(rule.turns):
        if who in turn.who:
            return number, turn
    return len(rule.turns), None
