"""Plans a change of packs concerns, read and written many at a time; and what was decided about each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    exists,
    func,
    not_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from gateway.domain.follow_ups import OPEN, FollowUp, KeptItem
from gateway.domain.kinds import (
    ActivationId,
    ChangeDecision,
    ChangeOutcome,
    FollowUpId,
    ItemKind,
    ItemState,
    OfficialId,
    PlanChangeId,
    PlanItemId,
    ReminderId,
    ResidentId,
    ResultStatus,
    ResultValue,
    TestKind,
)
from gateway.domain.people import Resident
from gateway.domain.plans import Sampling
from gateway.domain.policy_changes import Dated, Move, Revision
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.follow_ups import follow_up_of, item_state_of, state_of
from gateway.record.recordsets import insert_rows, update_rows
from gateway.record.reminders import CANCELLED, PENDING, PLAN_ITEM
from gateway.record.residents import resident_of
from gateway.record.scoping import among, area_in, of_residents_in
from gateway.record.vault import DataKey, Vault

_OPEN = [state.value for state in OPEN]
_RESIDENT = [column for column in t.residents.c if column.name in Resident.__dataclass_fields__]
_LIGHT = [t.plan_items.c[name] for name in KeptItem.__dataclass_fields__ if name not in ("ladder_code", "ladder")]
#: As the driver decodes them: it knows arrays already, and there are very many.
_BARE = [type_coerce(column, NullType()) if isinstance(column.type, ARRAY) else column for column in _LIGHT]

#: Where a person is managed: what `Resident.area` says, in SQL.
_AREA = func.coalesce(t.residents.c.managing_area, t.residents.c.home_area, "0")


#: A plan that ended meanwhile leaves nothing to decide.
_GOES_ON = exists(select(1).where(t.follow_ups.c.id == t.plan_changes.c.follow_up_id, t.follow_ups.c.state.in_(_OPEN)))


class PlanChangeNotFound(NotFound):
    """There is no such change waiting in your area."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """A plan under way with all that its next version depends on. Its items come without their ladders."""

    follow_up: FollowUp
    resident: Resident
    items: list[KeptItem] = field(default_factory=list)
    samplings: list[Sampling] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """What a change of packs does to one plan. `decision` is None where nobody had to agree."""

    id: PlanChangeId
    cause: str
    activation_id: ActivationId | None
    follow_up_id: FollowUpId
    resident_id: ResidentId
    area: str
    profile: str
    pack_hash: str
    outcome: ChangeOutcome
    why: str | None
    moves: tuple[Move, ...]
    changed_at: datetime
    decision: ChangeDecision | None = None
    decided_at: datetime | None = None
    decided_by: OfficialId | None = None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What the agenda has to hear after the commit: (kind, id, when), and what it forgets."""

    wakes: list[tuple[str, UUID, datetime]]
    forgotten: list[tuple[str, UUID]]
    touched_items: list[PlanItemId]


class PolicyChanges:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault, new_id: Callable[[], UUID]) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault
        self._new_id = new_id

    # plans concerned

    async def concerned(
        self, area: str, *, beyond: Sequence[str], pack_hash: str, cause: str | None = None
    ) -> list[tuple[ResidentId, FollowUpId]]:
        """Open plans managed in the area by another pack, in the order everybody locks people in.

        `beyond` are areas inside it with a pack of their own; what `cause` has considered before is left out.
        """
        f, c = t.follow_ups.c, t.plan_changes.c
        query = (
            select(f.resident_id, f.id)
            .join(t.residents, t.residents.c.id == f.resident_id)
            .where(
                f.state.in_(_OPEN),
                f.pack_hash.is_distinct_from(pack_hash),
                area_in(_AREA, area),
                *(not_(area_in(_AREA, other)) for other in beyond),
                of_residents_in(self._scope, t.follow_ups),
            )
            .order_by(f.resident_id, f.id)
        )
        if cause is not None:
            query = query.where(not_(exists(select(1).where(c.cause == cause, c.follow_up_id == f.id))))
        return [(ResidentId(row[0]), FollowUpId(row[1])) for row in await self._connection.execute(query)]

    async def lock(self, pairs: Sequence[tuple[ResidentId, FollowUpId]]) -> None:
        """Nobody else changes these plans until the transaction ends. Persons first, as everywhere, and only shared: a
        plan of theirs may still be written to by whoever holds it already."""
        people = sorted({resident for resident, _ in pairs}, key=str)
        r, f = t.residents.c, t.follow_ups.c
        await self._connection.execute(
            select(r.id).where(among(r.id, people)).order_by(r.id).with_for_update(read=True, key_share=True)
        )
        plans = [follow_up for _, follow_up in pairs]
        query = select(f.id).where(among(f.id, plans)).order_by(f.resident_id, f.id).with_for_update()
        await self._connection.execute(query)

    async def read(self, plans: Sequence[FollowUpId]) -> list[Concerned]:
        """In the order of people; those closed meanwhile are left out."""
        f, i = t.follow_ups.c, t.plan_items.c
        query = (
            select(t.follow_ups)
            .where(among(f.id, plans), f.state.in_(_OPEN), of_residents_in(self._scope, t.follow_ups))
            .order_by(f.resident_id, f.id)
        )
        follow_ups = [follow_up_of(row) for row in (await self._connection.execute(query)).mappings()]
        people = {one.resident_id for one in follow_ups}
        residents, keys = await self._residents(people)
        found = {one.id: Concerned(one, residents[one.resident_id]) for one in follow_ups}
        rows = select(*_BARE, t.plan_items.c.ladder["code"].astext).where(among(i.follow_up_id, found))
        for row in await self._connection.execute(rows):
            item = _light(row)
            found[item.follow_up_id].items.append(item)
        samplings = await self._samplings(people, keys)
        for one in found.values():
            one.samplings.extend(samplings.get(one.resident.id, ()))
        return list(found.values())

    async def _residents(
        self, people: set[ResidentId]
    ) -> tuple[dict[ResidentId, Resident], dict[ResidentId, DataKey | None]]:
        r = t.residents.c
        query = select(*_RESIDENT, r.data_key, r.data_key_id).where(among(r.id, people))
        residents, keys = {}, {}
        for row in (await self._connection.execute(query)).mappings():
            residents[ResidentId(row["id"])] = resident_of(row)
            keys[ResidentId(row["id"])] = DataKey(row["data_key"], row["data_key_id"]) if row["data_key"] else None
        return residents, keys

    async def _samplings(
        self, people: set[ResidentId], keys: Mapping[ResidentId, DataKey | None]
    ) -> dict[ResidentId, list[Sampling]]:
        r = t.results.c
        query = (
            select(r.id, r.resident_id, r.test, r.sampled_at, r.value_sealed, r.resulted_at)
            .where(among(r.resident_id, people), r.status == ResultStatus.CONFIRMED)
            .order_by(r.sampled_at, r.recorded_at)
        )
        found: dict[ResidentId, list[Sampling]] = {}
        for id_, resident_id, test, sampled_at, sealed, resulted_at in await self._connection.execute(query):
            key = keys.get(resident_id)
            if key is None:
                continue
            value = self._vault.open(key, "results", "value", id_, sealed)
            sampling = Sampling(
                test=TestKind(test),
                sampled_at=sampled_at,
                result=ResultValue(value) if value else None,
                result_at=resulted_at,
            )
            found.setdefault(resident_id, []).append(sampling)
        return found

    # writing

    async def rewrite(
        self, revisions: Sequence[Revision], now: datetime, templates: Mapping[ItemKind, str]
    ) -> Rewritten:
        """Write these plans over what stands on record. An item that was done or rung for meanwhile stays as it is."""
        added = [one for revision in revisions for one in revision.added]
        changed = [one for revision in revisions for one in revision.changed]
        dropped = [item for revision in revisions for item in revision.dropped]
        passed = [item for revision in revisions for item in revision.passed]
        new = [*(one.item for one in added), *passed]
        await insert_rows(
            self._connection, t.plan_items, [_row(item) for item in new], on_conflict="ON CONFLICT DO NOTHING"
        )
        before = [*(one.item for one in changed), *dropped]
        written = await update_rows(
            self._connection,
            t.plan_items,
            [_change(item) for item in before],
            only="t.state = 'pending'",
            keep_unless_given=("ladder",),
            returning="t.id",
        )
        standing = {row[0] for row in written}
        touched = [item.id for item in before if item.id in standing]
        forgotten: list[tuple[str, UUID]] = [("item", item.id) for item in dropped if item.id in standing]
        forgotten += [("reminder", one) for one in await self._cancel(touched, now)]
        dated = [*added, *(one for one in changed if one.item.id in standing)]
        wakes = await self._remind(dated, templates)
        wakes += [
            ("item", one.item.id, one.item.watch_at) for one in dated if _is_watched(one.item) and one.item.watch_at
        ]
        await update_rows(self._connection, t.follow_ups, [_stamped(revision.follow_up) for revision in revisions])
        for revision in revisions:
            follow_up = revision.follow_up
            if follow_up.closes_at is None:
                forgotten.append(("follow_up", follow_up.id))
            else:
                wakes.append(("follow_up", follow_up.id, follow_up.closes_at))
        return Rewritten(wakes, forgotten, touched)

    async def _cancel(self, items: Sequence[PlanItemId], now: datetime) -> list[ReminderId]:
        if not items:
            return []
        r = t.reminders.c
        cancelled = await self._connection.execute(
            update(t.reminders)
            .where(r.subject_kind == PLAN_ITEM, among(r.subject_id, items), r.state == PENDING, r.due_at > now)
            .values(state=CANCELLED)
            .returning(r.id)
        )
        return [ReminderId(one) for one in cancelled.scalars()]

    async def _remind(
        self, dated: Sequence[Dated], templates: Mapping[ItemKind, str]
    ) -> list[tuple[str, UUID, datetime]]:
        """The slots to come; one cancelled before comes back."""
        rows = [
            {
                "id": self._new_id(),
                "subject_kind": PLAN_ITEM,
                "subject_id": one.item.id,
                "resident_id": one.item.resident_id,
                "slot": at.astimezone(UTC).isoformat(),
                "template": templates[one.item.kind],
                "due_at": at,
                "state": PENDING,
            }
            for one in dated
            for at in one.reminders
        ]
        written = await insert_rows(
            self._connection,
            t.reminders,
            rows,
            on_conflict="ON CONFLICT (subject_kind, subject_id, slot) DO UPDATE SET id = excluded.id, "
            "state = excluded.state WHERE reminders.state = 'cancelled'",
            returning="id, due_at",
        )
        return [("reminder", row[0], row[1]) for row in written]

    # what was decided

    async def keep(self, changes: Sequence[PlanChange]) -> set[tuple[str, str]]:
        """What was open about these plans before is overtaken; of which (cause, area)."""
        overtaken = await self.overtake([one.follow_up_id for one in changes], besides={one.cause for one in changes})
        rows = [
            {
                "id": one.id,
                "cause": one.cause,
                "activation_id": one.activation_id,
                "follow_up_id": one.follow_up_id,
                "resident_id": one.resident_id,
                "area": one.area,
                "profile": one.profile,
                "pack_hash": one.pack_hash,
                "outcome": one.outcome,
                "why": one.why,
                "moves": [_kept_move(move) for move in one.moves],
                "changed_at": one.changed_at,
                "decision": one.decision,
            }
            for one in changes
            if one.outcome is not ChangeOutcome.SAME
        ]
        await insert_rows(
            self._connection, t.plan_changes, rows, on_conflict="ON CONFLICT (cause, follow_up_id) DO NOTHING"
        )
        return overtaken

    async def open(
        self,
        *,
        ids: Sequence[PlanChangeId] | None = None,
        activation_id: ActivationId | None = None,
        follow_up_id: FollowUpId | None = None,
        area: str = "",
        limit: int = 500,
    ) -> list[PlanChange]:
        """What waits for an official in this scope, the oldest first."""
        c = t.plan_changes.c
        query = (
            select(t.plan_changes)
            .where(
                c.decision == ChangeDecision.OPEN,
                area_in(c.area, area),
                _GOES_ON,
                of_residents_in(self._scope, t.plan_changes),
            )
            .order_by(c.changed_at, c.area, c.id)
            .limit(limit)
        )
        if ids is not None:
            query = query.where(among(c.id, ids))
        if activation_id is not None:
            query = query.where(c.activation_id == activation_id)
        if follow_up_id is not None:
            query = query.where(c.follow_up_id == follow_up_id)
        return [_plan_change(row) for row in (await self._connection.execute(query)).mappings()]

    async def count_open(self, *, cause: str | None = None, area: str = "") -> int:
        c = t.plan_changes.c
        query = select(func.count()).where(
            c.decision == ChangeDecision.OPEN,
            area_in(c.area, area),
            _GOES_ON,
            of_residents_in(self._scope, t.plan_changes),
        )
        if cause is not None:
            query = query.where(c.cause == cause)
        counted: int = (await self._connection.execute(query)).scalar_one()
        return counted

    async def decide(
        self,
        changes: Sequence[PlanChange],
        decision: ChangeDecision,
        *,
        by: OfficialId | None,
        reason: str | None,
        now: datetime,
    ) -> None:
        """The reason is about a person, so it is sealed under that person's key by row."""
        c = t.plan_changes.c
        for one in changes:
            key = (await self._residents({one.resident_id}))[1][one.resident_id]
            sealed = self._vault.seal(key, "plan_changes", "reason", one.id, reason) if key else None
            await self._connection.execute(
                update(t.plan_changes)
                .where(c.id == one.id, c.decision == ChangeDecision.OPEN)
                .values(decision=decision, decided_by=by, decided_at=now, reason_sealed=sealed)
            )

    async def overtake(
        self, follow_up_ids: Iterable[FollowUpId], *, besides: Iterable[str] = ()
    ) -> set[tuple[str, str]]:
        """What was open about these plans has become pointless; of which (cause, area). `besides` are causes kept."""
        c = t.plan_changes.c
        return await self._overtake(among(c.follow_up_id, follow_up_ids), c.cause.not_in(set(besides)))

    async def overtake_ended(self) -> set[tuple[str, str]]:
        """The same of all plans that are over."""
        return await self._overtake(not_(_GOES_ON))

    async def _overtake(self, *which: ColumnElement[bool]) -> set[tuple[str, str]]:
        c = t.plan_changes.c
        overtaken = await self._connection.execute(
            update(t.plan_changes)
            .where(c.decision == ChangeDecision.OPEN, *which)
            .values(decision=ChangeDecision.SUPERSEDED)
            .returning(c.cause, c.area)
        )
        return {(row[0], row[1]) for row in overtaken}


def _light(row: Any) -> KeptItem:
    given = dict(zip(_LIGHT_NAMES, row, strict=True))
    given["kind"] = _ITEM_KINDS[given["kind"]]
    given["test"] = _TEST_KINDS[given["test"]]
    given["state"] = _ITEM_STATES[given["state"]]
    given["rules"], given["assumes"] = tuple(given["rules"]), tuple(given["assumes"])
    return KeptItem(**given, ladder=())


_LIGHT_NAMES = (*(column.name for column in _LIGHT), "ladder_code")
# Looked up, not called: of ten thousand plans there are a hundred thousand items.
_ITEM_KINDS = {kind.value: kind for kind in ItemKind}
_TEST_KINDS: dict[str | None, TestKind | None] = {None: None, **{kind.value: kind for kind in TestKind}}
_ITEM_STATES = {state.value: state for state in ItemState}


def _is_watched(item: KeptItem) -> bool:
    return item.is_open and item.watched_at is None


def _row(item: KeptItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "follow_up_id": item.follow_up_id,
        "resident_id": item.resident_id,
        "key": item.key,
        "kind": item.kind,
        "test": item.test,
        **item_state_of(item),
    }


def _change(item: KeptItem) -> dict[str, Any]:
    """A row that was read without its ladder keeps the one it has, unless it was given another."""
    values = item_state_of(item)
    return {"id": item.id, **values, "ladder": values["ladder"] if item.ladder else None}


def _stamped(follow_up: FollowUp) -> dict[str, Any]:
    state = state_of(follow_up)
    return {
        "id": follow_up.id,
        "pack_id": follow_up.pack_id,
        "pack_version": follow_up.pack_version,
        "pack_overlays": list(follow_up.pack_overlays),
        "pack_hash": follow_up.pack_hash,
        "rules": list(follow_up.rules),
        "periods": state["periods"],
        "closes_at": state["closes_at"],
    }


def _kept_move(move: Move) -> dict[str, Any]:
    return {
        "what": move.what,
        "was": move.was.isoformat() if move.was else None,
        "becomes": move.becomes.isoformat() if move.becomes else None,
        "expected": move.expected,
        "rules": list(move.rules),
    }


def _move(kept: Mapping[str, Any]) -> Move:
    return Move(
        what=kept["what"],
        was=datetime.fromisoformat(kept["was"]) if kept["was"] else None,
        becomes=datetime.fromisoformat(kept["becomes"]) if kept["becomes"] else None,
        expected=kept["expected"],
        rules=tuple(kept["rules"]),
    )


def _plan_change(row: RowMapping) -> PlanChange:
    values = {name: row[name] for name in PlanChange.__dataclass_fields__}
    values["outcome"] = ChangeOutcome(values["outcome"])
    values["decision"] = ChangeDecision(values["decision"]) if values["decision"] else None
    values["moves"] = tuple(_move(one) for one in values["moves"])
    return PlanChange(**values)
