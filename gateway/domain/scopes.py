"""Whose rows a caller may touch: an area at an explicit level, units, persons, or everything (the clock's own work)."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from uuid import UUID

from gateway.domain.kinds import OfficialId, ResidentId, Role

#: Digits of an area code by level: province, city, county, township, village, grid (ours: village + two digits).
AREA_DIGITS = (2, 4, 6, 9, 12, 14)
EVERYWHERE = ""

ROLE_DIGITS: dict[Role, tuple[int, ...]] = {
    Role.GRID_WORKER: (9, 12, 14),
    Role.DOCTOR: (9, 12),
    Role.COMMUNITY: (9, 12),
    Role.TOWNSHIP: (9,),
    Role.COUNTY: (6,),
    Role.CITY: (4,),
    Role.PROVINCE: (2,),
}


def area_range(code: str) -> tuple[str, str]:
    """[low, high) of the codes inside an area, in code-point order: 3701 -> ("3701", "3702"); "" is everywhere."""
    if not code:
        return "0", ":"
    return code, code[:-1] + chr(ord(code[-1]) + 1)


def ancestors(code: str) -> tuple[str, ...]:
    """The area itself and every area around it, innermost first; everywhere comes last."""
    return (*(code[:digits] for digits in reversed(AREA_DIGITS) if digits <= len(code)), EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Scope:
    """One caller's view. At least one of area, units, people or `everything` is set; nothing set sees nothing."""

    actor: str
    area: str | None = None
    units: tuple[UUID, ...] = ()
    people: tuple[UUID, ...] = ()
    everything: bool = False

    @classmethod
    def of_area(cls, actor: str, area: str) -> "Scope":
        return cls(actor=actor, area=area)

    @classmethod
    def of_people(cls, people: Iterable[ResidentId]) -> "Scope":
        ids = tuple(people)
        return cls(actor=f"resident:{ids[0]}" if ids else "resident:unknown", people=ids)

    @classmethod
    def of_work(cls, what: str) -> "Scope":
        """The clock's own work: ticks, sweeps, deliveries. Never for a request of a person."""
        return cls(actor=f"work:{what}", everything=True)


NOBODY = Scope(actor="nobody")


#: Whose work is with persons: they see every alert and resident of their area. Others see what they were told.
PEOPLE_ROLES = (
    Role.GRID_WORKER,
    Role.DOCTOR,
    Role.COMMUNITY,
    Role.TOWNSHIP,
    Role.COUNTY,
    Role.CITY,
    Role.PROVINCE,
    Role.HEALTH,
    Role.EXPERT,
)


@dataclass(frozen=True, slots=True)
class Official:
    """An official who is speaking now."""

    id: OfficialId
    name: str
    language: str
    roles: tuple[Role, ...]
    area: str
    unit_id: UUID | None = None

    @property
    def scope(self) -> Scope:
        actor = f"official:{self.id}"
        if Role.UNIT_CONTACT in self.roles and (self.unit_id is not None or set(self.roles) == {Role.UNIT_CONTACT}):
            return Scope(actor=actor, units=(self.unit_id,) if self.unit_id else ())  # without a unit: nobody
        return Scope(actor=actor, area=self.area, units=(self.unit_id,) if self.unit_id else ())

    @property
    def sight(self) -> Hashable:
        """What a list shows follows from it, where whose list it is does not matter."""
        return self.area, self.unit_id, self.roles

    def may(self, *roles: Role) -> bool:
        return Role.ADMINISTRATOR in self.roles or any(role in self.roles for role in roles)
