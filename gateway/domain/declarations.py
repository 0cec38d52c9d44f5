"""What arrivals and households owe to their community and employer, as the pack in force says it.

A duty is met by what a person declares; who hears it, what the person is told and what follows from silence are all
the pack's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.kinds import DeclaredBy, LeadPush, Occasion, Origin, ReportKind, ResidentId
from gateway.domain.rungs import Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationDuty:
    """`histories` must all be declared within `lookback_days`; who owes one is urged, and after `answer_within_hours`
    without an answer becomes a lead of `otherwise`. `told` hear of the declaration. `registered_by` are the ways an
    official may take it down for somebody; with any, everybody concerned stands in the register of persons.
    """

    source: tuple[str, ...]
    occasions: tuple[Occasion, ...]
    origins: tuple[Origin, ...]
    lookback_days: int | None = None
    histories: tuple[ReportKind, ...] = ()
    advice: str | None = None
    told: tuple[Rung, ...] = ()
    answer_within_hours: int | None = None
    answer_within_hours_source: tuple[str, ...] = ()
    otherwise: LeadPush | None = None
    registered_by: tuple[DeclaredBy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One duty of one person. `due_at` is set while an answer is awaited, `lead_at` once none had come."""

    id: UUID
    resident_id: ResidentId
    duty: str
    occasion: Occasion
    origins: tuple[Origin, ...]
    rules: tuple[str, ...]
    by: DeclaredBy
    asked_at: datetime
    due_at: datetime | None = None
    missing: tuple[str, ...] = ()
    answered_at: datetime | None = None
    lead_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.due_at is not None and self.answered_at is None and self.lead_at is None


def owed(
    duties: Mapping[str, DeclarationDuty], occasion: Occasion, origins: Iterable[Origin]
) -> tuple[tuple[str, DeclarationDuty], ...]:
    """The duties that arise on this occasion for somebody who comes from there."""
    known = frozenset(origins)
    return tuple(
        (name, duty) for name, duty in duties.items() if occasion in duty.occasions and known & set(duty.origins)
    )


def missing_histories(duty: DeclarationDuty, declared: Mapping[ReportKind, datetime], now: datetime) -> tuple[str, ...]:
    """Those of the histories that were not declared within the look-back."""
    since = now - timedelta(days=duty.lookback_days or 0)
    return tuple(kind.value for kind in duty.histories if kind not in declared or declared[kind] < since)
