"""The directory: who is named for which place, who confirmed it, where nobody is. Gaps are told to the level above."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from gateway.clock import Clock
from gateway.domain.directories import (
    DirectoryRule,
    DirectoryUnit,
    Gap,
    Post,
    PostKind,
    Standing,
    gaps,
)
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import AlertKind, Level, OfficialId, Role, Severity, UnitId
from gateway.domain.packs import Pack
from gateway.domain.places import Gazetteer
from gateway.domain.rules import DEFAULT, Words
from gateway.domain.scopes import AREA_DIGITS, Official, Scope
from gateway.errors import Conflict, Forbidden, NotFound
from gateway.record.posts import KeptPost
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("directories")
DIRECTORY = "directory"
_NAMING = (Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE, Role.COMMUNITY)
_SHOWN = 20


class NoSuchPost(NotFound):
    """No notice in force here knows this post."""


class NotYoursToName(Forbidden):
    """Only the level above names who answers for a place, and the unit itself its own person."""


class NobodyNamed(Conflict):
    """There is nobody to confirm yet: name somebody first."""


@dataclass(frozen=True, slots=True)
class PostView:
    """A place of the directory with its people's names."""

    post: Post
    title: Words
    person: str | None
    deputy: str | None
    unit: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DirectoryView:
    area: str
    rule: DirectoryRule | None
    posts: tuple[PostView, ...]
    gaps: tuple[Gap, ...]
    units: tuple[DirectoryUnit, ...]


@dataclass(frozen=True, slots=True)
class DirectoryService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    gazetteer: Gazetteer
    clock: Clock

    # naming

    async def name(
        self,
        kind: PostKind,
        key: str,
        *,
        official: Official,
        area: str,
        person: OfficialId,
        deputy: OfficialId | None = None,
        unit_id: UnitId | None = None,
    ) -> Post:
        """Name who answers for a place. Raises NoSuchPost, NotYoursToName, OfficialNotFound."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            unit = await work.checklists.unit(unit_id) if unit_id else None
            place = unit.area if unit else area
            own_unit = unit is not None and official.unit_id == unit.id
            if not own_unit and not (place.startswith(official.area) and official.may(*_NAMING)):
                raise NotYoursToName
            pack = await self.packs.for_area(work, place, now)
            rule = pack.directory
            level = _level_of(rule, kind, key)
            for one in (person, deputy):
                if one is not None:
                    await work.officials.get(one)
            post = Post(kind, key, place, unit.id and UnitId(unit.id) if unit else None, person, deputy)
            by = official.name
            await work.posts.name(KeptPost(work.new_id(), post, level, now, by))
            if rule is not None:
                work.wake(DIRECTORY, place[:6], _next(pack, rule.told_at, now))
            await work.audit.add("directory.name", "post", f"{kind}:{key}:{place}", at=now, person=str(person))
        return post

    async def confirm(self, unit_id: UnitId, *, official: Official) -> Post:
        """The unit says that its entry is right. Raises NotYoursToName, NobodyNamed."""
        now = self.clock.now()
        if official.unit_id != unit_id:
            raise NotYoursToName
        async with self.transactions.begin(_WORK) as work:
            unit = await work.checklists.unit(unit_id)
            post = await work.posts.find(PostKind.ROSTER, "", unit.area, unit_id)
            if post is None or post.official_id is None:
                raise NobodyNamed
            confirmed = replace(post, confirmed_at=now)
            await work.posts.name(KeptPost(work.new_id(), confirmed, None, now, official.name))
            await work.audit.add("directory.confirm", "unit", unit_id, at=now)
        return confirmed

    # gaps

    async def gaps(self, area: str, *, official: Official) -> tuple[Gap, ...]:
        """Where nobody answers inside this area."""
        return (await self.view(area, official=official)).gaps

    async def view(self, area: str, *, official: Official) -> DirectoryView:
        """The directory of an area: who is named, and where nobody is."""
        if official.scope.area is None or not area.startswith(official.area) or not official.may(*_NAMING):
            raise NotYoursToName
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            pack = await self.packs.for_area(work, area, now)
            found = await self._gaps(work, pack, area, now)
            posts = await work.posts.within(area)
            units = await work.posts.units(area)
            ids = {one for post in posts for one in (post.official_id, post.deputy_id) if one is not None}
            names = {one.id: one.name for one in (await work.officials.by_ids(ids)).values()}
        by_id = {unit.id: unit.name for unit in units}
        rule = pack.directory
        return DirectoryView(
            area=area,
            rule=rule,
            posts=tuple(
                PostView(
                    post,
                    title_of(rule, post.kind, post.key),
                    names.get(post.official_id) if post.official_id else None,
                    names.get(post.deputy_id) if post.deputy_id else None,
                    by_id.get(post.unit_id) if post.unit_id else None,
                    source_of(rule, post.kind),
                )
                for post in sorted(posts, key=lambda one: (one.kind, one.area, one.key))
            ),
            gaps=found,
            units=tuple(units),
        )

    async def _gaps(self, work: Work, pack: Pack, area: str, now: datetime) -> tuple[Gap, ...]:
        if pack.directory is None:
            return ()
        standing = Standing(
            places=self._places(area, await work.posts.inhabited(area)),
            held=await work.posts.held(area, now),
            posts=await work.posts.within(area),
            units=await work.posts.units(area),
        )
        return gaps(pack.directory, standing, now.astimezone(pack.zone).date())

    def _places(self, area: str, inhabited: Iterable[str]) -> dict[int, set[str]]:
        """The area and what lies in it: divisions down to the township, below it wherever somebody lives."""
        places: dict[int, set[str]] = {digits: set() for digits in AREA_DIGITS}
        waiting = [area]
        while waiting:
            code = waiting.pop()
            if len(code) in places:
                places[len(code)].add(code)
            if len(code) < 9:
                waiting += [child.code for child in self.gazetteer.children(code) if child.code != code]
        for code in inhabited:
            for digits in (9, 12, 14):
                if len(code) >= digits:
                    places[digits].add(code[:digits])
        return places

    # the clock

    async def tell_gaps(self) -> int:
        """Once a day, for every area somebody keeps a directory of: each level hears where below it nobody answers.

        Where nobody was ever named the directory was not begun, and its page says what is missing; the daily word
        begins with the first name.
        """
        now = self.clock.now()
        raised = 0
        async with self.transactions.begin(_WORK) as work:
            for county in await self._kept_counties(work):
                pack = await self.packs.for_area(work, county, now)
                if pack.directory is None:
                    continue
                work.wake(DIRECTORY, county, _next(pack, pack.directory.told_at, now))
                local = now.astimezone(pack.zone)
                told = await work.heartbeats.kept(f"{DIRECTORY}:{county}")
                if local.time() < pack.directory.told_at or (told and told["day"] == f"{local:%Y-%m-%d}"):
                    continue
                await work.heartbeats.keep(f"{DIRECTORY}:{county}", {"day": f"{local:%Y-%m-%d}"})
                dedup = f"{DIRECTORY}:{county}:{local:%Y%m%d}"
                raised += await self._tell(work, pack, await self._gaps(work, pack, county, now), dedup, now)
        return raised

    @staticmethod
    async def _kept_counties(work: Work) -> list[str]:
        """Counties, and what is wider than one, somebody was named in."""
        return sorted({code[:6] for code in await work.posts.kept_areas()})

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """For rebuilding the agenda."""
        now = self.clock.now()
        found = []
        for county in await self._kept_counties(work):
            pack = await self.packs.for_area(work, county, now)
            if pack.directory is not None:
                found.append((f"{DIRECTORY}:{county}", _next(pack, pack.directory.told_at, now)))
        return found

    async def _tell(self, work: Work, pack: Pack, found: Sequence[Gap], dedup: str, now: datetime) -> int:
        """One alert for each level above and place, naming what is missing there."""
        gathered: dict[tuple[str, tuple[Role, ...], PostKind], list[Gap]] = {}
        for gap in found:
            gathered.setdefault((_heard_at(gap), gap.heard.roles, gap.kind), []).append(gap)
        for number, ((area, roles, kind), missing) in enumerate(sorted(gathered.items(), key=lambda one: one[0])):
            first = missing[0]
            rules = tuple(dict.fromkeys(rule for gap in missing for rule in gap.rules if rule != DEFAULT))
            lines = [f"{gap.unit.name if gap.unit else gap.area}: {gap.lacks}" for gap in missing[:_SHOWN]]
            title = title_of(pack.directory, kind, first.key)
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.DIRECTORY_GAP,
                    severity=Severity.ROUTINE,
                    area=area,
                    dedup_key=f"{dedup}:{number}",
                    facts={"title": {"zh": title.zh, "en": title.en}, "count": len(missing)},
                    rules=rules,
                    policy_code=DIRECTORY,
                    ladder=(LadderStep(first.heard.level, roles, now),),
                    resolve_within=timedelta(hours=24),
                    subject_kind=DIRECTORY,
                    evidence="\n".join(lines),
                ),
            )
        return len(gathered)


def _next(pack: Pack, at: time, now: datetime) -> datetime:
    """The next time the clock shows this hour."""
    local = now.astimezone(pack.zone)
    today = datetime.combine(local.date(), at, pack.zone)
    following = today if today > local else today + timedelta(days=1)
    return following.astimezone(now.tzinfo)


def _heard_at(gap: Gap) -> str:
    """The area whose duty is told: the place itself stands inside it."""
    return gap.area[:6] if len(gap.area) > 6 and gap.heard.level in (Level.L4, Level.L5, Level.L6) else gap.area


def _level_of(rule: DirectoryRule | None, kind: PostKind, key: str) -> Level | None:
    """Raises NoSuchPost where the notices in force know no such place."""
    if rule is not None:
        if kind is PostKind.CONTRACT and rule.contract is not None:
            for link in rule.contract.links:
                if link.key == key:
                    return link.level
        body = rule.leading_body if kind is PostKind.LEADING else None
        if body is not None and key in {post.key for post in body.posts}:
            return None
        if kind is PostKind.DESIGNATED and rule.designated is not None and not key:
            return None
        if kind is PostKind.ROSTER and rule.roster is not None and not key:
            return None
    raise NoSuchPost


def title_of(rule: DirectoryRule | None, kind: PostKind, key: str) -> Words:
    """What a place of the directory is called."""
    if rule is not None and kind is PostKind.CONTRACT and rule.contract is not None:
        return next((link.title for link in rule.contract.links if link.key == key), _TITLES[kind])
    if rule is not None and kind is PostKind.LEADING and rule.leading_body is not None:
        return next((post.title for post in rule.leading_body.posts if post.key == key), _TITLES[kind])
    return _TITLES[kind]


def source_of(rule: DirectoryRule | None, kind: PostKind) -> tuple[str, ...]:
    if rule is None:
        return ()
    parts = {
        PostKind.NETWORK: rule.network,
        PostKind.CONTRACT: rule.contract,
        PostKind.LEADING: rule.leading_body,
        PostKind.DESIGNATED: rule.designated,
        PostKind.ROSTER: rule.roster,
    }
    part = parts[kind]
    return part.source if part is not None else ()


_TITLES = {
    PostKind.NETWORK: Words(zh="五级防控网络", en="five-level network"),
    PostKind.CONTRACT: Words(zh="分包责任人", en="person by contract"),
    PostKind.LEADING: Words(zh="领导机构", en="leading body"),
    PostKind.DESIGNATED: Words(zh="单位指定专人", en="the unit's designated person"),
    PostKind.ROSTER: Words(zh="指挥部通讯录", en="headquarters roster"),
}
