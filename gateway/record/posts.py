"""Who is named for the places of the directory. Names of officials are no secret inside the house: no wall."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.directories import DirectoryUnit, Post, PostKind
from gateway.domain.kinds import Level, OfficialId, Role, UnitId
from gateway.domain.scopes import ancestors
from gateway.record import tables as t
from gateway.record.scoping import area_in


@dataclass(frozen=True, slots=True)
class KeptPost:
    id: UUID
    post: Post
    level: Level | None
    named_at: datetime
    named_by: str


class Posts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def name(self, kept: KeptPost) -> None:
        """The newest naming counts; the one before it ends."""
        post = kept.post
        await self._connection.execute(
            update(t.posts)
            .where(
                t.posts.c.kind == post.kind,
                t.posts.c.key == post.key,
                t.posts.c.area == post.area,
                t.posts.c.unit_id.is_not_distinct_from(post.unit_id),
                t.posts.c.ended_at.is_(None),
            )
            .values(ended_at=kept.named_at)
        )
        await self._connection.execute(
            insert(t.posts).values(
                id=kept.id,
                kind=post.kind,
                key=post.key,
                area=post.area,
                unit_id=post.unit_id,
                level=kept.level,
                official_id=post.official_id,
                deputy_id=post.deputy_id,
                confirmed_at=post.confirmed_at,
                named_at=kept.named_at,
                named_by=kept.named_by,
            )
        )

    async def within(self, area: str) -> list[Post]:
        query = select(t.posts).where(area_in(t.posts.c.area, area), t.posts.c.ended_at.is_(None))
        return [_post(row) for row in (await self._connection.execute(query)).mappings()]

    async def find(self, kind: PostKind, key: str, area: str, unit_id: UnitId | None) -> Post | None:
        query = select(t.posts).where(
            t.posts.c.kind == kind,
            t.posts.c.key == key,
            t.posts.c.area == area,
            t.posts.c.unit_id.is_not_distinct_from(unit_id),
            t.posts.c.ended_at.is_(None),
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _post(row) if row else None

    async def contracted(self, level: Level, area: str) -> Post | None:
        """Who answers by contract for this place at that level: the innermost link around it."""
        query = select(t.posts).where(
            t.posts.c.kind == PostKind.CONTRACT,
            t.posts.c.level == level,
            t.posts.c.area.in_(ancestors(area)),
            t.posts.c.ended_at.is_(None),
        )
        found = [_post(row) for row in (await self._connection.execute(query)).mappings()]
        return max(found, key=lambda post: len(post.area)) if found else None

    async def leading(self, keys: Sequence[str], area: str) -> list[Post]:
        """The named persons of these groups around a place, the innermost body first."""
        if not keys:
            return []
        query = select(t.posts).where(
            t.posts.c.kind == PostKind.LEADING,
            t.posts.c.key.in_(list(keys)),
            t.posts.c.area.in_(ancestors(area)),
            t.posts.c.ended_at.is_(None),
        )
        return [_post(row) for row in (await self._connection.execute(query)).mappings()]

    async def designated(self, unit_id: UUID) -> Post | None:
        query = select(t.posts).where(
            t.posts.c.kind == PostKind.DESIGNATED, t.posts.c.unit_id == unit_id, t.posts.c.ended_at.is_(None)
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _post(row) if row else None

    async def kept_areas(self) -> list[str]:
        """Areas somebody keeps a directory for: those with a named post."""
        query = select(t.posts.c.area).where(t.posts.c.ended_at.is_(None)).distinct()
        return list((await self._connection.execute(query)).scalars())

    async def hand_on(
        self,
        leaving: OfficialId,
        taking: OfficialId,
        area: str,
        *,
        now: datetime,
        by: str,
        new_id: Callable[[], UUID],
    ) -> int:
        """Wherever the one was named inside an area, the other is from now on; how many places."""
        c = t.posts.c
        query = select(t.posts).where(
            area_in(c.area, area), c.ended_at.is_(None), (c.official_id == leaving) | (c.deputy_id == leaving)
        )
        rows = (await self._connection.execute(query)).mappings().all()
        for row in rows:
            known = _post(row)
            post = replace(
                known,
                official_id=taking if known.official_id == leaving else known.official_id,
                deputy_id=taking if known.deputy_id == leaving else known.deputy_id,
            )
            level = Level(row["level"]) if row["level"] else None
            await self.name(KeptPost(new_id(), post, level, now, by))
        return len(rows)

    # what the directory is compared with

    async def held(self, area: str, now: datetime) -> list[tuple[Role, str]]:
        """Roles on duty now in this area and around it."""
        s = t.shifts.c
        query = select(s.role, s.area).where(
            area_in(s.area, area) | s.area.in_(ancestors(area)),
            s.starts_at <= now,
            s.ends_at.is_(None) | (s.ends_at > now),
            s.cancelled_at.is_(None),
        )
        return [(Role(row[0]), row[1]) for row in await self._connection.execute(query)]

    async def inhabited(self, area: str) -> set[str]:
        """Places below the township where residents live, as their managing areas name them."""
        managing = t.residents.c.managing_area
        query = select(managing).where(area_in(managing, area), t.residents.c.erased_at.is_(None)).distinct()
        return set((await self._connection.execute(query)).scalars())

    async def units(self, area: str) -> list[DirectoryUnit]:
        """Units that can have a person: groups of them cannot."""
        u = t.units.c
        query = select(u.id, u.name, u.area).where(area_in(u.area, area), u.kind != "group").order_by(u.area, u.name)
        return [DirectoryUnit(UnitId(row[0]), row[1], row[2]) for row in await self._connection.execute(query)]


def _post(row: RowMapping) -> Post:
    return Post(
        kind=PostKind(row["kind"]),
        key=row["key"],
        area=row["area"],
        unit_id=row["unit_id"],
        official_id=row["official_id"],
        deputy_id=row["deputy_id"],
        confirmed_at=row["confirmed_at"],
    )
