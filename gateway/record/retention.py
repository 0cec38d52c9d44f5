"""What has served its time leaves the record. Selected by state and age, in portions; running again finds the rest."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import AlertStatus, ResidentId
from gateway.record import tables as t
from gateway.record.vault import DataKey, Vault


class Retention:
    """For the clock's own work alone."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def _count(self, statement: Update | Delete) -> int:
        result: Any = await self._connection.execute(statement)
        return int(result.rowcount)

    async def forget_health(self, before: datetime) -> dict[str, int]:
        """Journeys, answers, results and words of people whose last duty ended before then. A legal hold keeps all."""
        r, f, a = t.residents.c, t.follow_ups.c, t.alerts.c

        def over(resident: ColumnElement[UUID]) -> ColumnElement[bool]:
            return exists(
                select(1).where(
                    r.id == resident,
                    r.legal_hold.is_(None),
                    ~exists(select(1).where(f.resident_id == r.id, or_(f.closed_at.is_(None), f.closed_at >= before))),
                    ~exists(select(1).where(a.resident_id == r.id, a.status != AlertStatus.RESOLVED)),
                )
            )

        journeys, reports = t.journeys.c, t.reports.c
        aged = select(reports.id).where(reports.reported_at < before, over(reports.resident_id))
        counts = {
            "matches": await self._count(
                delete(t.risk_matches).where(
                    t.risk_matches.c.journey_id.in_(select(journeys.id).where(journeys.report_id.in_(aged)))
                )
            ),
            "attachments": await self._count(delete(t.attachments).where(t.attachments.c.report_id.in_(aged))),
            "visits": await self._count(delete(t.visits).where(t.visits.c.visited_at < before)),
            "journeys": await self._count(delete(t.journeys).where(journeys.report_id.in_(aged))),
            "reports": await self._count(
                update(t.reports)
                .where(reports.id.in_(aged), reports.body_sealed.is_not(None))
                .values(body_sealed=None, outcome_sealed=None)
            ),
            "results": await self._count(
                update(t.results)
                .where(
                    t.results.c.recorded_at < before,
                    t.results.c.value_sealed.is_not(None),
                    or_(t.results.c.resident_id.is_(None), over(t.results.c.resident_id)),
                )
                .values(value_sealed=None, person_sealed=None)
            ),
            "evidence": await self._count(
                update(t.alerts)
                .where(a.resolved_at < before, a.evidence_sealed.is_not(None))
                .values(evidence_sealed=None)
            ),
            "words": await self._count(
                update(t.messages)
                .where(t.messages.c.created_at < before, t.messages.c.values_sealed.is_not(None))
                .values(values_sealed=None)
            ),
        }
        counts["clocks"] = await self._count(
            update(t.clocks)
            .where(t.clocks.c.done_at < before, t.clocks.c.note_sealed.is_not(None))
            .values(note_sealed=None)
        )
        # A register entry is never closed: what waits for nothing ages like what is done.
        m = t.matters.c
        worked = select(m.id).where(m.told_at < before, or_(m.closed_at.is_not(None), m.next_at.is_(None)))
        counts["matters"] = await self._count(
            update(t.matters).where(m.id.in_(worked), m.told_sealed.is_not(None)).values(told_sealed=None, mark=None)
        )
        counts["matter_notes"] = await self._count(
            update(t.matter_steps)
            .where(t.matter_steps.c.matter_id.in_(worked), t.matter_steps.c.note_sealed.is_not(None))
            .values(note_sealed=None)
        )
        entries, told = t.register_entries.c, t.duty_reports.c
        counts["register_entries"] = await self._count(
            update(t.register_entries)
            .where(
                entries.recorded_at < before,
                entries.resolved_at.is_not(None),
                or_(entries.person_sealed.is_not(None), entries.body_sealed.is_not(None)),
            )
            .values(person_sealed=None, body_sealed=None, person_index=None)
        )
        counts["duty_reports"] = await self._count(
            update(t.duty_reports)
            .where(
                told.reported_at < before,
                told.body_sealed.is_not(None),
                or_(told.replaced_at.is_not(None), and_(told.resident_id.is_not(None), over(told.resident_id))),
            )
            .values(body_sealed=None)
        )
        leads, contacts = t.leads.c, t.contacts.c
        counts["leads"] = await self._count(
            update(t.leads)
            .where(leads.closed_at < before, leads.person_sealed.is_not(None))
            .values(person_sealed=None, note_sealed=None, phone_index=None, id_number_index=None)
        )
        lists, rows = t.lead_lists.c, t.lead_rows.c
        counts["lead_rows"] = await self._count(
            update(t.lead_rows)
            .where(
                rows.cells_sealed.is_not(None),
                rows.list_id.in_(select(lists.id).where(lists.received_at < before)),
                or_(rows.lead_id.is_(None), rows.lead_id.in_(select(leads.id).where(leads.closed_at < before))),
            )
            .values(cells_sealed=None)
        )
        counts["lead_lists"] = await self._count(
            update(t.lead_lists)
            .where(lists.received_at < before, lists.rejected_sealed.is_not(None))
            .values(rejected_sealed=None)
        )
        counts["contacts"] = await self._count(
            update(t.contacts)
            .where(
                contacts.listed_at < before,
                contacts.person_sealed.is_not(None),
                or_(contacts.resident_id.is_(None), over(contacts.resident_id)),
            )
            .values(person_sealed=None, evidence_sealed=None, phone_index=None, id_number_index=None)
        )
        over_and_done = select(t.broadcasts.c.id).where(t.broadcasts.c.finished_at < before)
        counts["snapshots"] = await self._count(
            delete(t.broadcast_recipients).where(t.broadcast_recipients.c.broadcast_id.in_(over_and_done))
        )
        counts["applications"] = await self._count(
            update(t.applications)
            .where(t.applications.c.on < before.date(), t.applications.c.details_sealed.is_not(None))
            .values(details_sealed=None)
        )
        counts["notes"] = await self._count(
            update(t.alert_events)
            .where(
                t.alert_events.c.text_sealed.is_not(None),
                t.alert_events.c.alert_id.in_(select(a.id).where(a.resolved_at < before)),
            )
            .values(text_sealed=None)
        )
        return counts

    async def drop_spent(self, before: datetime) -> int:
        """Drafts, files nobody took in, pictures no report names, and keys, links and sessions that are used up."""
        return sum(
            [
                await self._count(delete(t.drafts).where(t.drafts.c.saved_at < before)),
                await self._count(
                    delete(t.attachments).where(
                        t.attachments.c.report_id.is_(None), t.attachments.c.received_at < before
                    )
                ),
                await self._count(delete(t.intakes).where(t.intakes.c.brought_at < before)),
                await self._count(delete(t.idempotency_keys).where(t.idempotency_keys.c.created_at < before)),
                await self._count(delete(t.login_links).where(t.login_links.c.expires_at < before)),
                await self._count(delete(t.sessions).where(t.sessions.c.expires_at < before)),
            ]
        )

    async def drop_audit(self, before: datetime, now: datetime) -> int:
        """Old audit rows go; their seals stay, so that the chain of the others still holds."""
        old = select(t.audit.c.number).where(t.audit.c.at < before, t.audit.c.seal.is_not(None))
        await self._connection.execute(
            update(t.audit_seals)
            .where(t.audit_seals.c.number.in_(old), t.audit_seals.c.purged_at.is_(None))
            .values(purged_at=now)
        )
        return await self._count(delete(t.audit).where(t.audit.c.at < before, t.audit.c.seal.is_not(None)))

    # keys

    async def rewrap(self, *, limit: int = 500) -> int:
        """Bring data keys under the active wrapping key; how many were left to do and now are done."""
        r = t.residents.c
        query = (
            select(r.id, r.data_key, r.data_key_id)
            .where(r.data_key.is_not(None), r.data_key_id != self._vault.active)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = (await self._connection.execute(query)).all()
        for row in rows:
            key = self._vault.rewrap(DataKey(row[1], row[2]))
            await self._connection.execute(
                update(t.residents).where(r.id == row[0]).values(data_key=key.wrapped, data_key_id=key.key_id)
            )
        return len(rows)

    async def on_older_keys(self) -> int:
        r = t.residents.c
        query = select(func.count()).where(r.data_key.is_not(None), r.data_key_id != self._vault.active)
        return int((await self._connection.execute(query)).scalar_one())

    async def not_erased(self, ids: list[ResidentId]) -> list[ResidentId]:
        """Which of these still have a key: a restored backup may have brought them back."""
        query = select(t.residents.c.id).where(t.residents.c.id.in_(ids), t.residents.c.data_key.is_not(None))
        return [ResidentId(found) for found in (await self._connection.execute(query)).scalars()]
