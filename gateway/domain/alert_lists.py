"""What a list of alerts shows: filter, order, and who is looking."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from gateway.domain.kinds import AlertId, AlertKind, AlertStatus, OfficialId, ResidentId, Role, Severity
from gateway.domain.scopes import PEOPLE_ROLES, Official

OPEN = (AlertStatus.RAISED, AlertStatus.ACKNOWLEDGED)
#: What comes due within this is due soon.
SOON = timedelta(minutes=30)


class AlertOrder(StrEnum):
    NEWEST = "newest"
    DUE = "due"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    statuses: tuple[AlertStatus, ...] = OPEN
    kinds: tuple[AlertKind, ...] = ()
    severities: tuple[Severity, ...] = ()
    mine: bool = False
    late: bool = False
    soon: bool = False
    resident: ResidentId | None = None
    ids: tuple[AlertId, ...] = ()
    area: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: of the own area by role; beyond it, and what is whispered, only what they were told or hold.

    Self-harm is restricted to those told of it and whoever runs the installation (F-22).
    """

    official: OfficialId
    area: str | None
    with_people: bool
    with_self_harm: bool

    @classmethod
    def of(cls, official: Official) -> "Reader":
        return cls(
            official.id,
            official.scope.area,
            with_people=official.may(*PEOPLE_ROLES),
            with_self_harm=official.may(Role.ADMINISTRATOR),
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What a list depends on in who looks: officials of one sight see the same. Whose it is counts only where it
    lists what is theirs."""

    reader: Reader
    units: tuple[UUID, ...]
    told: frozenset[AlertId]
    own: OfficialId | None

    @classmethod
    def of(cls, official: Official, told: Iterable[AlertId], *, mine: bool) -> "Sight":
        reader = replace(Reader.of(official), official=OfficialId(UUID(int=0)))
        return cls(reader, official.scope.units, frozenset(told), official.id if mine else None)


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """How many alerts of each sort one reader sees; each equals the length of the list it leads to."""

    raised: int
    in_hand: int
    mine: int
    overdue: int
    soon: int
    to_confirm: int
