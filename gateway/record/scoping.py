"""The first wall: every repository asks only for rows of its scope. Row-level security (walls.py) is the second."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, any_, exists, false, literal, or_, select, true
from sqlalchemy.sql.selectable import FromClause

from gateway.domain.scopes import Scope, area_range
from gateway.record import tables as t

#: A condition is the same for all statements of a transaction, and dear to put together; a scope is a value.
_once = lru_cache(maxsize=256)


def among(column: ColumnElement[Any], ids: Iterable[UUID]) -> ColumnElement[bool]:
    """One of these, as one array: the statement stays the same however many they are."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def area_in(column: ColumnElement[Any], area: str) -> ColumnElement[bool]:
    if not area:
        return true()
    low, high = area_range(area)
    return and_(column >= low, column < high)


@_once
def residents_in(scope: Scope) -> ColumnElement[bool]:
    """The condition on `residents` that keeps what this scope may see."""
    if scope.everything:
        return true()
    ways: list[ColumnElement[bool]] = []
    if scope.area is not None:
        r = t.residents.c
        ways += [area_in(column, scope.area) for column in (r.managing_area, r.present_area, r.home_area)]
    if scope.people:
        ways.append(t.residents.c.id.in_(scope.people))
    if scope.units:
        m = t.unit_members.c
        ways.append(exists(select(1).where(m.resident_id == t.residents.c.id, m.unit_id.in_(scope.units))))
    return or_(*ways) if ways else false()


@_once
def of_residents_in(scope: Scope, table: FromClause) -> ColumnElement[bool]:
    """The condition on a table with a `resident_id`: the resident is in scope."""
    if scope.everything:
        return true()
    return exists(select(1).where(t.residents.c.id == table.c.resident_id, residents_in(scope)))


@_once
def of_people_or_area_in(scope: Scope, table: FromClause) -> ColumnElement[bool]:
    """The condition on a table whose rows belong to a resident in scope, or to nobody yet and then to an area."""
    if scope.everything:
        return true()
    ways = [and_(table.c.resident_id.is_not(None), of_residents_in(scope, table))]
    if scope.area is not None:
        ways.append(and_(table.c.resident_id.is_(None), area_in(table.c.area, scope.area)))
    return or_(*ways)


@_once
def alerts_in(scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return true()
    ways: list[ColumnElement[bool]] = []
    if scope.area is not None:
        ways.append(area_in(t.alerts.c.area, scope.area))
    if scope.people:
        ways.append(t.alerts.c.resident_id.in_(scope.people))
    return or_(*ways) if ways else false()
