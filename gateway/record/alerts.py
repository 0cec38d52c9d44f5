"""Alerts, their timelines, and the rungs that fired."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.alerts import Alert, AlertEvent
from gateway.domain.kinds import AlertId, AlertKind, AlertStatus, ChannelName, OfficialId, ResidentId, Severity
from gateway.domain.scopes import Scope
from gateway.errors import Conflict, NotFound
from gateway.record import ladders
from gateway.record import tables as t
from gateway.record.scoping import alerts_in, among, area_in
from gateway.record.vault import DataKey, Vault


class AlertNotFound(NotFound):
    """There is no such alert in your area."""


class AlertChanged(Conflict):
    """Somebody else changed this alert just now; look again."""


class Alerts:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def add(self, alert: Alert, key: DataKey | None) -> bool:
        """Keep a new alert; False when one with this dedup key exists already."""
        written = await self._connection.execute(
            upsert(t.alerts)
            .values(
                id=alert.id,
                kind=alert.kind,
                severity=alert.severity,
                area=alert.area,
                resident_id=alert.resident_id,
                subject_kind=alert.subject_kind,
                subject_id=alert.subject_id,
                dedup_key=alert.dedup_key,
                template=alert.template,
                facts=alert.facts,
                evidence_sealed=self._vault.seal(key, "alerts", "evidence", alert.id, alert.evidence),
                rules=list(alert.rules),
                policy_code=alert.policy_code,
                ladder=ladders.written(alert.ladder),
                repeat_every_seconds=int(alert.repeat_every.total_seconds()) if alert.repeat_every else None,
                resolve_seconds=int(alert.resolve_within.total_seconds()),
                ignores_quiet_hours=alert.ignores_quiet_hours,
                waits_at_night=alert.waits_at_night,
                channels=list(alert.channels),
                raised_at=alert.raised_at,
                **_state(alert),
            )
            .on_conflict_do_nothing(index_elements=["dedup_key"])
        )
        return bool(written.rowcount)

    async def get(self, alert_id: AlertId, *, lock: bool = False) -> Alert:
        alert = await self.find(alert_id, lock=lock)
        if alert is None:
            raise AlertNotFound
        return alert

    async def find(self, alert_id: AlertId, *, lock: bool = False) -> Alert | None:
        query = select(t.alerts).where(t.alerts.c.id == alert_id, alerts_in(self._scope))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return alert_of(row) if row else None

    async def by_dedup_key(self, dedup_key: str) -> Alert | None:
        query = select(t.alerts).where(t.alerts.c.dedup_key == dedup_key, alerts_in(self._scope))
        row = (await self._connection.execute(query)).mappings().first()
        return alert_of(row) if row else None

    async def by_dedup_keys(self, dedup_keys: Collection[str]) -> dict[str, Alert]:
        if not dedup_keys:
            return {}
        query = select(t.alerts).where(t.alerts.c.dedup_key.in_(list(dedup_keys)), alerts_in(self._scope))
        rows = (await self._connection.execute(query)).mappings()
        return {row["dedup_key"]: alert_of(row) for row in rows}

    async def evidence(self, alert: Alert, key: DataKey | None) -> str | None:
        query = select(t.alerts.c.evidence_sealed).where(t.alerts.c.id == alert.id, alerts_in(self._scope))
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened: str | None = self._vault.open(key, "alerts", "evidence", alert.id, sealed)
        return opened

    async def save(self, alert: Alert, before: Alert) -> None:
        """Write the new state if nobody changed it since `before` was read. Raises AlertChanged."""
        written = await self._connection.execute(
            update(t.alerts)
            .where(
                t.alerts.c.id == alert.id,
                t.alerts.c.status == before.status,
                t.alerts.c.told == before.told,
                t.alerts.c.round == before.round,
                alerts_in(self._scope),
            )
            .values(**_state(alert))
        )
        if not written.rowcount:
            raise AlertChanged

    async def fire(self, alert_id: AlertId, step: int, round_: int, *, told: int, at: datetime) -> bool:
        """True for whoever fires this rung first."""
        written = await self._connection.execute(
            upsert(t.rungs)
            .values(alert_id=alert_id, step=step, round=round_, fired_at=at, told=told)
            .on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def count_climbing(self, code: str, area: str, kind: AlertKind | None) -> int:
        """Open alerts inside an area that climb this ladder."""
        c = t.alerts.c
        query = (
            select(func.count())
            .select_from(t.alerts)
            .where(
                c.policy_code == code, c.status != AlertStatus.RESOLVED, area_in(c.area, area), alerts_in(self._scope)
            )
        )
        if kind is not None:
            query = query.where(c.kind == kind)
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def due(self, now: datetime, *, limit: int = 200) -> list[AlertId]:
        """Whatever waits for the clock, by state, however long ago it was due."""
        query = (
            select(t.alerts.c.id)
            .where(t.alerts.c.status != AlertStatus.RESOLVED, t.alerts.c.next_step_at <= now, alerts_in(self._scope))
            .order_by(t.alerts.c.next_step_at)
            .limit(limit)
        )
        return [AlertId(found) for found in (await self._connection.execute(query)).scalars()]

    async def waiting(self) -> list[tuple[AlertId, datetime]]:
        """Every open alert with its next wake-up: what the agenda is rebuilt from."""
        query = select(t.alerts.c.id, t.alerts.c.next_step_at).where(
            t.alerts.c.status != AlertStatus.RESOLVED, t.alerts.c.next_step_at.is_not(None)
        )
        return [(row[0], row[1]) for row in await self._connection.execute(query)]

    async def listed(
        self,
        *,
        statuses: Sequence[AlertStatus] = (AlertStatus.RAISED, AlertStatus.ACKNOWLEDGED),
        kinds: Sequence[AlertKind] = (),
        resident: ResidentId | None = None,
        subject: UUID | None = None,
        limit: int = 100,
        before: datetime | None = None,
    ) -> list[Alert]:
        """Alerts in scope, the newest first."""
        query = (
            select(t.alerts)
            .where(alerts_in(self._scope), t.alerts.c.status.in_([status.value for status in statuses]))
            .order_by(t.alerts.c.raised_at.desc(), t.alerts.c.id)
            .limit(limit)
        )
        if kinds:
            query = query.where(t.alerts.c.kind.in_([kind.value for kind in kinds]))
        if resident is not None:
            query = query.where(t.alerts.c.resident_id == resident)
        if subject is not None:
            query = query.where(t.alerts.c.subject_id == subject)
        if before is not None:
            query = query.where(t.alerts.c.raised_at < before)
        return [alert_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def counts(self) -> dict[str, int]:
        query = select(t.alerts.c.status, func.count()).where(alerts_in(self._scope)).group_by(t.alerts.c.status)
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    # timeline

    async def note(self, alert: Alert, event_id: UUID, event: AlertEvent, key: DataKey | None) -> None:
        position = select(func.count()).where(t.alert_events.c.alert_id == alert.id).scalar_subquery()
        await self._connection.execute(
            insert(t.alert_events).values(
                id=event_id,
                alert_id=alert.id,
                at=event.at,
                kind=event.kind,
                official_id=event.official_id,
                facts=event.facts or {},
                text_sealed=self._vault.seal(key, "alert_events", "text", event_id, event.text),
                position=position,
            )
        )

    async def timeline(self, alert: Alert, key: DataKey | None) -> list[AlertEvent]:
        query = (
            select(t.alert_events)
            .where(t.alert_events.c.alert_id == alert.id)
            .order_by(t.alert_events.c.at, t.alert_events.c.position)
        )
        return [
            AlertEvent(
                at=row["at"],
                kind=row["kind"],
                official_id=row["official_id"],
                facts=row["facts"],
                text=self._vault.open(key, "alert_events", "text", row["id"], row["text_sealed"]),
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def told_officials(self, alert: Alert) -> list[Any]:
        """Ids of the officials this alert was already sent to, in order."""
        query = (
            select(t.messages.c.official_id)
            .where(and_(t.messages.c.alert_id == alert.id, t.messages.c.official_id.is_not(None)))
            .order_by(t.messages.c.created_at)
        )
        return list(dict.fromkeys((await self._connection.execute(query)).scalars()))

    async def in_hand_of(self, official: OfficialId) -> list[Alert]:
        """Taken by this official and not closed yet."""
        query = select(t.alerts).where(
            t.alerts.c.status == AlertStatus.ACKNOWLEDGED,
            t.alerts.c.acknowledged_by == official,
            alerts_in(self._scope),
        )
        return [alert_of(row) for row in (await self._connection.execute(query.with_for_update())).mappings()]

    async def in_hands(self, officials: Sequence[OfficialId]) -> dict[OfficialId, list[str]]:
        """The areas of what each of them has taken and not closed yet."""
        a = t.alerts.c
        query = select(a.acknowledged_by, a.area).where(
            a.status == AlertStatus.ACKNOWLEDGED, a.acknowledged_by.in_(officials), alerts_in(self._scope)
        )
        found: dict[OfficialId, list[str]] = {}
        for row in await self._connection.execute(query):
            found.setdefault(row[0], []).append(row[1])
        return found

    async def open_for_subjects(
        self, subject_kind: str, subject_ids: Sequence[UUID], kinds: Sequence[AlertKind] = ()
    ) -> list[AlertId]:
        """As `open_for_subject`, of many at once; of these kinds, where some are named."""
        if not subject_ids:
            return []
        a = t.alerts.c
        query = select(a.id).where(
            a.subject_kind == subject_kind,
            among(a.subject_id, subject_ids),
            or_(a.status == AlertStatus.RAISED, a.status == AlertStatus.ACKNOWLEDGED),
            alerts_in(self._scope),
        )
        if kinds:
            query = query.where(a.kind.in_(kinds))
        query = query.order_by(a.id)  # whoever closes several locks them in one order
        return [AlertId(one) for one in (await self._connection.execute(query)).scalars()]

    async def open_for_subject(self, subject_kind: str, subject_id: UUID) -> list[Alert]:
        query = select(t.alerts).where(
            t.alerts.c.subject_kind == subject_kind,
            t.alerts.c.subject_id == subject_id,
            or_(t.alerts.c.status == AlertStatus.RAISED, t.alerts.c.status == AlertStatus.ACKNOWLEDGED),
            alerts_in(self._scope),
        )
        return [alert_of(row) for row in (await self._connection.execute(query)).mappings()]


def _state(alert: Alert) -> dict[str, Any]:
    return {
        "status": alert.status,
        "told": alert.told,
        "round": alert.round,
        "next_step_at": alert.next_step_at,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by,
        "assigned_to": alert.assigned_to,
        "resolve_due_at": alert.resolve_due_at,
        "asked_again_at": alert.asked_again_at,
        "resolved_at": alert.resolved_at,
        "resolved_by": alert.resolved_by,
        "outcome": alert.outcome,
    }


def alert_of(row: Any) -> Alert:
    return Alert(
        id=row["id"],
        kind=AlertKind(row["kind"]),
        severity=Severity(row["severity"]),
        area=row["area"],
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        resident_id=row["resident_id"],
        dedup_key=row["dedup_key"],
        template=row["template"],
        facts=row["facts"],
        rules=tuple(row["rules"]),
        policy_code=row["policy_code"],
        ladder=ladders.read(row["ladder"]),
        resolve_within=timedelta(seconds=row["resolve_seconds"]),
        raised_at=row["raised_at"],
        repeat_every=timedelta(seconds=row["repeat_every_seconds"]) if row["repeat_every_seconds"] else None,
        ignores_quiet_hours=row["ignores_quiet_hours"],
        waits_at_night=row["waits_at_night"],
        channels=tuple(map(ChannelName, row["channels"])),
        status=AlertStatus(row["status"]),
        told=row["told"],
        round=row["round"],
        next_step_at=row["next_step_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        assigned_to=row["assigned_to"],
        resolve_due_at=row["resolve_due_at"],
        asked_again_at=row["asked_again_at"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        outcome=row["outcome"],
    )
