"""Desks' addresses: what is public of them, and what stays sealed until a message leaves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, cast, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.desk_addresses import DeskAddress, Robot
from gateway.domain.kinds import AddressId, ChannelName, DeliveryState, DeskState, Hears, OfficialId, Role
from gateway.domain.scopes import Scope, ancestors
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in
from gateway.record.vault import KeyringMissing, SealBroken, Vault


class DeskAddressNotFound(NotFound):
    """There is no such channel in your area."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What leads to a desk: its robots, and the numbers to be called by name."""

    robots: tuple[Robot, ...] = ()
    mentions: tuple[str, ...] = field(default=(), repr=False)


_WAITING = (DeliveryState.PENDING, DeliveryState.RETRY)


class DeskAddresses:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def add(self, desk: DeskAddress, sealed: Sealed, *, by: OfficialId | None) -> None:
        """The address itself must stand already. Raises nothing of its own."""
        kept = {
            "robots": [[robot.to, robot.secret] for robot in sealed.robots],
            "mentions": list(sealed.mentions),
        }
        await self._connection.execute(
            insert(t.desk_addresses).values(
                **_row(desk),
                id=desk.id,
                area=desk.area,
                channel=desk.channel,
                created_at=desk.created_at,
                changed_by=by,
                targets_sealed=self._vault.seal(None, "desk_addresses", "targets", desk.id, kept),
            )
        )

    async def save(self, desk: DeskAddress, *, by: OfficialId | None = None) -> None:
        changed = {"changed_by": by} if by is not None else {}
        await self._connection.execute(
            update(t.desk_addresses).where(t.desk_addresses.c.id == desk.id).values(**_row(desk), **changed)
        )

    async def find(self, desk_id: UUID, *, lock: bool = False) -> DeskAddress | None:
        """`lock`: only one process at a time speaks to it; None while another does."""
        query = _selected().where(t.desk_addresses.c.id == desk_id)
        if lock:
            query = query.with_for_update(skip_locked=True, of=t.desk_addresses)
        row = (await self._connection.execute(query)).mappings().first()
        return _desk(row) if row else None

    async def get(self, desk_id: UUID) -> DeskAddress:
        found = await self.find(desk_id)
        if found is None:
            raise DeskAddressNotFound
        return found

    async def sealed(self, desk: DeskAddress) -> Sealed:
        """Raises nothing: what does not open leads nowhere, and the sender says so."""
        query = select(t.desk_addresses.c.targets_sealed).where(t.desk_addresses.c.id == desk.id)
        kept = (await self._connection.execute(query)).scalar_one_or_none()
        try:
            opened = self._vault.open(None, "desk_addresses", "targets", desk.id, kept) or {}
        except (SealBroken, KeyringMissing):
            return Sealed()
        return Sealed(
            tuple(Robot(to, secret) for to, secret in opened.get("robots", ())), tuple(opened.get("mentions", ()))
        )

    async def await_group(self, desk: DeskAddress, code: str, until: datetime) -> None:
        """Whoever gives this code in a group makes it this desk's, until then and once."""
        await self._connection.execute(
            update(t.desk_addresses)
            .where(t.desk_addresses.c.id == desk.id)
            .values(code_hash=self._vault.token_hash(code), code_expires_at=until)
        )

    async def awaiting(self, code: str, now: datetime) -> DeskAddress | None:
        """The desk that waits for this code, held until the end of the transaction."""
        d = t.desk_addresses.c
        query = _selected().where(
            d.code_hash == self._vault.token_hash(code), d.code_expires_at > now, d.state == DeskState.UNBOUND
        )
        row = (await self._connection.execute(query.with_for_update(of=t.desk_addresses))).mappings().first()
        return _desk(row) if row else None

    async def bind(self, desk: DeskAddress, handle: str) -> None:
        """The group is this desk's from now on; the code opens nothing any more."""
        await self._connection.execute(
            update(t.desk_addresses)
            .where(t.desk_addresses.c.id == desk.id)
            .values(state=DeskState.ACTIVE, code_hash=None, code_expires_at=None)
        )
        await self._connection.execute(update(t.addresses).where(t.addresses.c.id == desk.id).values(handle=handle))

    async def group_moved(self, before: str, after: str) -> None:
        """A group lives on under another number: every topic of it that a desk has, and what waits for them."""
        old, new = before.partition("/")[0], after.partition("/")[0]
        for table in (t.addresses, t.deliveries):
            c = table.c
            of_the_group = and_(
                c.channel == ChannelName.TELEGRAM, or_(c.handle == old, c.handle.startswith(f"{old}/", autoescape=True))
            )
            moved = func.concat(new, func.substr(c.handle, len(old) + 1))
            query = update(table).where(of_the_group).values(handle=moved)
            if table is t.deliveries:
                query = query.where(t.deliveries.c.state.in_(_WAITING))
            await self._connection.execute(query)

    async def within(self, area: str, *, limit: int = 500) -> list[DeskAddress]:
        """Those of an area, removed ones left out."""
        d = t.desk_addresses.c
        query = _selected().where(d.state != DeskState.REMOVED).order_by(d.area, d.label).limit(limit)
        if area:
            query = query.where(area_in(d.area, area))
        return [_desk(row) for row in (await self._connection.execute(query)).mappings()]

    async def hearing(self, area: str, roles: Collection[Role], what: Hears) -> list[DeskAddress]:
        """Active ones of this area and of those around it that hear this for one of these roles."""
        d = t.desk_addresses.c
        wanted = cast([role.value for role in roles], ARRAY(Text))
        query = _selected().where(
            d.area.in_(ancestors(area)),
            d.state == DeskState.ACTIVE,
            d.roles.op("&&")(wanted),
            d.hears.op("@>")(cast([what.value], ARRAY(Text))),
        )
        return [_desk(row) for row in (await self._connection.execute(query.order_by(d.id))).mappings()]

    async def told_of(self, alert_id: UUID) -> list[DeskAddress]:
        """Active ones that were sent this alert."""
        told = select(t.messages.c.desk_id).where(t.messages.c.alert_id == alert_id, t.messages.c.desk_id.is_not(None))
        query = _selected().where(t.desk_addresses.c.id.in_(told), t.desk_addresses.c.state == DeskState.ACTIVE)
        return [_desk(row) for row in (await self._connection.execute(query)).mappings()]

    async def labels(self, ids: Sequence[AddressId]) -> dict[AddressId, str]:
        d = t.desk_addresses.c
        found = await self._connection.execute(select(d.id, d.label).where(d.id.in_(list(ids)))) if ids else ()
        return {AddressId(row[0]): row[1] for row in found}

    async def due(self, now: datetime, *, limit: int = 200) -> list[AddressId]:
        """Those for which something waits that is due, or whose sender stopped half-way."""
        d = t.deliveries.c
        query = (
            select(d.desk_id)
            .join(t.desk_addresses, t.desk_addresses.c.id == d.desk_id)
            .where(
                t.desk_addresses.c.state == DeskState.ACTIVE,
                or_(t.desk_addresses.c.blocked_until.is_(None), t.desk_addresses.c.blocked_until <= now),
                or_(
                    and_(d.state.in_(_WAITING), d.due_at <= now),
                    and_(d.state == DeliveryState.SENDING, d.lease_until <= now),
                ),
            )
            .group_by(d.desk_id)
            .order_by(func.min(d.priority), func.min(d.due_at))
            .limit(limit)
        )
        return [AddressId(row) for row in (await self._connection.execute(query)).scalars()]

    async def waiting(self) -> list[tuple[AddressId, datetime]]:
        """When the next message of each is due."""
        d = t.deliveries.c
        query = (
            select(d.desk_id, func.min(d.due_at))
            .join(t.desk_addresses, t.desk_addresses.c.id == d.desk_id)
            .where(t.desk_addresses.c.state == DeskState.ACTIVE, d.state.in_(_WAITING))
            .group_by(d.desk_id)
        )
        return [(AddressId(row[0]), row[1]) for row in await self._connection.execute(query)]

    async def counts(self, ids: Sequence[AddressId], since: datetime) -> dict[AddressId, dict[str, int]]:
        """Of each: how many wait, and since then how many went out, failed and are uncertain."""
        d = t.deliveries.c
        query = (
            select(d.desk_id, d.state, func.count())
            .where(d.desk_id.in_(list(ids)), or_(d.state.in_(_WAITING), d.created_at >= since))
            .group_by(d.desk_id, d.state)
        )
        counted: dict[AddressId, dict[str, int]] = {one: {} for one in ids}
        for desk_id, state, number in await self._connection.execute(query):
            counted[AddressId(desk_id)][state] = number
        return counted


def _selected() -> Any:
    return select(t.desk_addresses, t.addresses.c.handle).join(t.addresses, t.addresses.c.id == t.desk_addresses.c.id)


def _row(desk: DeskAddress) -> Mapping[str, object]:
    return {
        "label": desk.label,
        "language": desk.language,
        "roles": [role.value for role in desk.roles],
        "hears": [what.value for what in desk.hears],
        "state": desk.state,
        "robots": desk.robots,
        "crowded": desk.crowded,
        "spoke_at": desk.spoke_at,
        "blocked_until": desk.blocked_until,
        "last_error": desk.last_error,
        "last_error_at": desk.last_error_at,
        "tested": list(desk.tested),
        "tested_at": desk.tested_at,
    }


def _desk(row: Any) -> DeskAddress:
    return DeskAddress(
        id=AddressId(row["id"]),
        area=row["area"],
        channel=ChannelName(row["channel"]),
        handle=row["handle"],
        label=row["label"],
        language=row["language"],
        roles=tuple(Role(role) for role in row["roles"]),
        hears=tuple(Hears(what) for what in row["hears"]),
        created_at=row["created_at"],
        state=DeskState(row["state"]),
        robots=row["robots"],
        crowded=row["crowded"],
        spoke_at=row["spoke_at"],
        blocked_until=row["blocked_until"],
        last_error=row["last_error"],
        last_error_at=row["last_error_at"],
        tested=tuple(row["tested"] or ()),
        tested_at=row["tested_at"],
    )
