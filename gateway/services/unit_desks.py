"""What is known of an area's units while something is decided about one of its work lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.checklists import Directory, Part, UnitName, coordinator_of, parts_of
from gateway.domain.kinds import Role, UnitId
from gateway.domain.scopes import Official
from gateway.record.checklists import Assignment, ChecklistEvent, KeptChecklist, KeptItem, Unit
from gateway.record.record import Work

OVERSEEING = (Role.COUNTY, Role.CITY, Role.PROVINCE)


@dataclass(frozen=True, slots=True)
class UnitDesk:
    """Units by every spelling, and who stands behind groups and offices."""

    units: Mapping[str, Unit]
    directory: Directory

    def unit(self, name: UnitName) -> Unit:
        return self.units[name.key]

    def named(self, unit_id: UnitId | None) -> str | None:
        return next((unit.name for unit in self.units.values() if unit.id == unit_id), None)

    def keeper(self, kept: KeptItem) -> Unit | None:
        named = coordinator_of(kept.item, self.directory)
        return self.units.get(named.key) if named else None

    def parts(self, kept: KeptItem) -> tuple[Part, ...]:
        return parts_of(kept.item, self.directory)


async def desk_of(work: Work, area: str, items: Iterable[KeptItem]) -> UnitDesk:
    units = await work.checklists.units(area)
    members = await work.checklists.members(area)
    by_id = {unit.id: unit for unit in units}
    directory = Directory(
        members={
            unit.key: tuple(member.as_named for member in members[unit.id]) for unit in units if unit.id in members
        },
        coordinators={
            one.item.dotted: by_id[one.coordinator_id].as_named
            for one in items
            if one.coordinator_id is not None and one.coordinator_id in by_id
        },
        hq_offices=tuple(unit.as_named for unit in units if unit.kind == "hq_office"),
        supervisors=tuple(unit.as_named for unit in units if unit.kind == "supervision"),
    )
    spelled = {name: unit for unit in units for name in (unit.name, *unit.aliases)}
    return UnitDesk(spelled | {unit.key: unit for unit in units}, directory)


async def remember(
    work: Work,
    kept: KeptChecklist,
    kind: str,
    *,
    now: datetime,
    item: KeptItem | None = None,
    unit: UnitId | None = None,
    official: Official | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    await work.checklists.note(
        ChecklistEvent(
            id=work.new_id(),
            checklist_id=kept.id,
            area=kept.area,
            at=now,
            kind=kind,
            item_id=item.id if item else None,
            unit_id=unit,
            official_id=official.id if official else None,
            facts=facts or {},
        )
    )


def is_mine(part: Assignment, official: Official) -> bool:
    if official.unit_id is not None:
        if official.unit_id == part.unit_id:
            return True
        if part.awaits_members and official.unit_id == part.keeper_id:
            return True
    return official.scope.area is not None and part.area.startswith(official.area) and official.may(*OVERSEEING)


def overseers(area: str) -> Role:
    """Who answers for a list of this area: the county, city or province."""
    return {2: Role.PROVINCE, 4: Role.CITY}.get(len(area), Role.COUNTY)
