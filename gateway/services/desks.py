"""What an official's desk shows beside single nouns: what waits, the ledger of everything said, look-ups, the audit.

Everything is read under the official's own scope; look-ups of people and the audit itself are on record.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.alert_lists import AlertCounts, AlertFilter, AlertOrder, Reader, Sight
from gateway.domain.alerts import Alert
from gateway.domain.deliveries import Delivery
from gateway.domain.kinds import AlertId, AlertStatus, DeliveryState, OfficialId, ResidentId, Role
from gateway.domain.people import Identity, Resident, masked_name, normal_id_number, normal_phone
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Forbidden
from gateway.record.alert_lists import mark_of as mark_of_row
from gateway.record.desks import KeptView
from gateway.record.reports import Journey
from gateway.record.vault import Vault
from gateway.services.alerts import AlertService, AlertView
from gateway.services.glances import glanced
from gateway.services.outbox import key_of
from gateway.services.residents import NotYourPeople
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("desks")


class AuditForbidden(Forbidden):
    """Only administrators read the audit."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of the official's first page; each equals the length of the list it leads to."""

    alerts: AlertCounts
    undelivered: int


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of a list of alerts; `more` is the last one shown where others follow."""

    alerts: list[Alert]
    count: int
    more: AlertId | None


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the ledger: what was said to whom, by which way, and what became of it."""

    id: UUID
    template: str
    lane: str
    channel: str
    state: DeliveryState
    attempt: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    seen_at: datetime | None
    why: str | None
    to: str | None
    is_official: bool
    alert_id: UUID | None
    resident_id: UUID | None


def overdue(alert: Alert, now: datetime) -> bool:
    """Raised and every step told already, or in hand beyond its time."""
    if alert.status is AlertStatus.ACKNOWLEDGED:
        return alert.resolve_due_at is not None and alert.resolve_due_at <= now
    return alert.status is AlertStatus.RAISED and (alert.round > 0 or alert.told >= len(alert.ladder))


def due_at(alert: Alert) -> datetime | None:
    return alert.resolve_due_at if alert.status is AlertStatus.ACKNOWLEDGED else alert.next_step_at


@dataclass(frozen=True, slots=True)
class DeskService:
    transactions: Transactions
    alerts: AlertService
    clock: Clock

    async def waiting(self, *, official: Official) -> Waiting:
        told = await self.alerts.told(official)
        sight = Sight.of(official, told, mine=False)
        shared = await self.transactions.glance(("waiting", sight), partial(self._waiting, official))
        mine = await self.transactions.glance(("mine", official), partial(self._mine, official, told))
        return replace(shared, alerts=replace(shared.alerts, mine=mine))

    async def _waiting(self, official: Official) -> Waiting:
        now = self.clock.now()
        async with self.alerts.reading(official) as (work, reader, told):
            counts = await work.alert_lists.counts(reader, told, now)
            trouble = (DeliveryState.FAILED, DeliveryState.UNCERTAIN)
            undelivered = await work.deliveries.count_in(trouble, most=200)
        return Waiting(counts, undelivered)

    async def _mine(self, official: Official, told: Collection[AlertId]) -> int:
        async with self.transactions.reading(_WORK) as work:
            reader, wanted = Reader.of(official), AlertFilter(mine=True)
            return await work.alert_lists.count(reader, told, wanted, self.clock.now())

    # alerts

    async def page_of(
        self,
        wanted: AlertFilter,
        *,
        official: Official,
        order: AlertOrder = AlertOrder.NEWEST,
        after: AlertId | None = None,
        limit: int = 50,
    ) -> AlertPage:
        now = self.clock.now()
        async with self.alerts.reading(official, wanted.statuses) as (work, reader, told):
            lists = work.alert_lists
            found = await lists.page(reader, told, wanted, now, order=order, after=after, limit=limit + 1)
            count = len(found) if after is None and len(found) <= limit else None
            if count is None:
                count = await lists.count(reader, told, wanted, now)
        return AlertPage(found[:limit], count, found[limit - 1].id if len(found) > limit else None)

    async def lines_of(
        self,
        wanted: AlertFilter,
        *,
        official: Official,
        order: AlertOrder = AlertOrder.NEWEST,
        after: AlertId | None = None,
        limit: int = 50,
    ) -> tuple[AlertPage, list[AlertView]]:
        """A page of a list with the names its lines say, as all who may see the same see it at this moment."""
        told = await self.alerts.told(official, wanted.statuses)
        sight = Sight.of(official, told, mine=wanted.mine)

        async def look() -> tuple[AlertPage, list[AlertView]]:
            found = await self.page_of(wanted, official=official, order=order, after=after, limit=limit)
            return found, await self.alerts.views(found.alerts, official=official)

        return await self.transactions.glance(("lines", sight, wanted, order, after, limit), look)

    async def marks_of(
        self,
        wanted: AlertFilter,
        *,
        official: Official,
        order: AlertOrder = AlertOrder.NEWEST,
        after: AlertId | None = None,
        limit: int = 200,
    ) -> dict[AlertId, str]:
        """Marks of the lines of such a list, from its page on: cheap enough to look at every other second."""
        async with self.alerts.reading(official, wanted.statuses) as (work, reader, told):
            return await work.alert_lists.marks(
                reader, told, wanted, self.clock.now(), order=order, after=after, limit=limit
            )

    async def views(self, alerts: Sequence[Alert], *, official: Official) -> list[AlertView]:
        return await self.alerts.views(alerts, official=official)

    async def pulse(self, alert_id: AlertId, *, official: Official) -> tuple[Alert, str]:
        """An alert and a mark that changes with anything its page shows."""
        async with self.transactions.reading(await self.alerts.reach(alert_id, official=official)) as work:
            alert = await work.alerts.get(alert_id)
            await self.alerts.admit(work, alert, official)
            lines = len(await work.alerts.timeline(alert, await key_of(work, alert)))
            ways = await work.deliveries.of_alert(alert_id)
        said = ",".join(f"{delivery.state}{delivery.attempt}" for delivery, _ in ways)
        return alert, f"{mark_of(alert)}|{lines}|{said}"

    async def ways_of(self, alert_id: AlertId, *, official: Official) -> list[tuple[Delivery, str]]:
        """Every delivery that carried this alert, with the name of whom it was for."""
        async with self.transactions.reading(await self.alerts.reach(alert_id, official=official)) as work:
            await self.alerts.admit(work, await work.alerts.get(alert_id), official)
            ways = await work.deliveries.of_alert(alert_id)
            names = await work.officials.by_ids([OfficialId(who) for _, who in ways if who is not None])
            desks = await work.desk_addresses.labels([one.desk_id for one, _ in ways if one.desk_id is not None])
        return [
            (one, names[who].name if who in names else desks.get(one.desk_id, "") if one.desk_id else "")
            for one, who in ways
        ]

    async def colleagues(self, area: str, *, official: Official) -> list[Official]:
        """Whom an alert of this area can be given to: officials whose own area contains it, or lies inside the
        asking official's."""
        known = await self.transactions.glance(
            ("colleagues", official.scope.area, official.scope.units, official.area), partial(self._of_area, official)
        )
        fitting = [one for one in known if area.startswith(one.area) or one.area.startswith(area)]
        return sorted(fitting, key=lambda one: (-len(one.area), one.name))

    async def _of_area(self, official: Official) -> list[Official]:
        async with self.transactions.reading(official.scope) as work:
            return await work.officials.listed(area=official.area)

    # people

    async def look_up(self, words: str, *, official: Official) -> list[tuple[Resident, Identity]]:
        """Residents of the own area with that phone or ID number; the look-up is on record, the number is not."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYourPeople
        phone, number = normal_phone(words), normal_id_number(words)
        async with self.transactions.begin(official.scope) as work:
            found = await work.residents.matching(
                phone=phone if len(phone) >= 5 else None, id_number=number if len(number) >= 15 else None
            )
            identities = await work.residents.identities([one.id for one in found])
            await work.audit.add("resident.look_up", "official", official.id, at=self.clock.now(), found=len(found))
        return [(one, identities.get(one.id, Identity())) for one in found]

    async def journeys(self, resident_id: ResidentId, *, official: Official) -> list[Journey]:
        async with self.transactions.reading(official.scope) as work:
            key = await work.residents.key(resident_id)
            return await work.reports.journeys_of(resident_id, key)

    async def alerts_of(self, resident_id: ResidentId, *, official: Official) -> list[AlertView]:
        wanted = AlertFilter(tuple(AlertStatus), resident=resident_id)
        found = await self.page_of(wanted, official=official)
        return await self.alerts.views(found.alerts, official=official)

    # views of lists somebody has kept

    async def views_kept(self, path: str, *, official: Official) -> list[KeptView]:
        return await self.transactions.glance(("views", official.id, path), partial(self._views, path, official))

    async def _views(self, path: str, official: Official) -> list[KeptView]:
        async with self.transactions.reading(_WORK) as work:
            return await work.desks.views(official.id, path)

    async def keep_view(self, path: str, name: str, query: str, *, official: Official) -> None:
        """Keep a list as it stands in its address under a name; the same name again means the newer one."""
        async with self.transactions.begin(official.scope) as work:
            await work.desks.keep_view(KeptView(work.new_id(), path, name, query), official.id, self.clock.now())

    async def drop_view(self, view_id: UUID, *, official: Official) -> None:
        """Raises ViewNotFound for another's."""
        async with self.transactions.begin(official.scope) as work:
            await work.desks.drop_view(view_id, official.id)

    # the ledger

    async def ledger(
        self,
        *,
        official: Official,
        states: tuple[DeliveryState, ...] = (),
        before: datetime | None = None,
        limit: int = 100,
    ) -> list[Said]:
        rows, officials, people = await self._ledger(official=official, states=states, before=before, limit=limit)
        # A message to an official about nobody carries no wall: it is shown where that official works. And who was told
        # what about their health is for those alone who work with people.
        with_people = official.may(*PEOPLE_ROLES)
        shown = [
            row
            for row in rows
            if (
                with_people
                if row["alert_id"] or row["resident_id"]
                else row["official_id"] in officials and officials[row["official_id"]].area.startswith(official.area)
            )
            or row["official_id"] == official.id
            or (row["desk"] is not None and row["alert_id"] is None)
        ]
        return [_said(row, officials, people) for row in shown]

    @glanced(by=attrgetter("sight"))
    async def _ledger(
        self, *, official: Official, states: tuple[DeliveryState, ...], before: datetime | None, limit: int
    ) -> tuple[list[Any], dict[OfficialId, Official], dict[UUID, Identity]]:
        async with self.transactions.reading(official.scope) as work:
            rows = await work.deliveries.listed(states=states, limit=limit, before=before)
            officials = await work.officials.by_ids([row["official_id"] for row in rows if row["official_id"]])
            people = await work.residents.identities(
                list({row["resident_id"] for row in rows if row["resident_id"] and not row["official_id"]})
            )
        return rows, officials, people

    # taking lists out

    async def took_out(self, noun: str, rows: int, *, filters: dict[str, str], official: Official) -> None:
        """A list left the house as a spreadsheet: which, how long, by whom."""
        async with self.transactions.begin(official.scope) as work:
            now = self.clock.now()
            await work.audit.add(
                "list.take_out", "official", official.id, at=now, list=noun, rows=rows, filters=filters
            )

    # the audit

    async def audited(
        self, *, official: Official, before: int | None = None, limit: int = 100
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Rows of the audit, the newest first, and the names of the officials who act in them."""
        if Role.ADMINISTRATOR not in official.roles:
            raise AuditForbidden
        found = await self._audited(official=official, before=before, limit=limit)
        if before is None:
            async with self.transactions.begin(official.scope) as work:
                await work.audit.add("audit.read", "official", official.id, at=self.clock.now())
        return found

    @glanced(by=attrgetter("sight"))
    async def _audited(
        self, *, official: Official, before: int | None, limit: int
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        async with self.transactions.reading(official.scope) as work:
            rows = [_opened(row, work.vault) for row in await work.audit.listed(limit=limit, before=before)]
            ids = {row["actor"].partition(":")[2] for row in rows if row["actor"].startswith("official:")}
            known = await work.officials.by_ids([OfficialId(UUID(one)) for one in ids])
        return rows, {f"official:{one}": official.name for one, official in known.items()}


def _opened(row: dict[str, Any], vault: Vault) -> dict[str, Any]:
    """A reason somebody gave may speak of a person's health: the audit keeps it sealed."""
    sealed = row["facts"].get("reason")
    if not sealed:
        return row
    said = vault.open(None, "audit", "reason", UUID(row["object_id"]), bytes.fromhex(sealed))
    return {**row, "facts": {**row["facts"], "reason": said}}


def mark_of(alert: Alert) -> str:
    """As the repository's: what a line is made of."""
    names = ("status", "told", "round", "assigned_to", "next_step_at", "resolve_due_at")
    return mark_of_row({name: getattr(alert, name) for name in names})


def _said(row: dict[str, Any], officials: dict[OfficialId, Official], people: dict[UUID, Identity]) -> Said:
    official = officials.get(row["official_id"])
    person = people.get(row["resident_id"])
    return Said(
        id=row["id"],
        template=row["template"],
        lane=row["lane"],
        channel=row["channel"],
        state=DeliveryState(row["state"]),
        attempt=row["attempt"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        sent_at=row["sent_at"],
        seen_at=row["seen_at"],
        why=row["why"],
        to=official.name if official else masked_name(person.name) if person else row["desk"],
        is_official=official is not None or row["desk"] is not None,
        alert_id=row["alert_id"],
        resident_id=row["resident_id"],
    )
