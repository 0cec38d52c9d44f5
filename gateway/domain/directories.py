"""Who answers for what: the five levels, the contract from county leader to household, units' designated persons, the
leading body and its groups, the headquarters' roster. A place without its named person is itself something to tell.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from gateway.domain.kinds import Level, OfficialId, Role, UnitId
from gateway.domain.matters import Heard
from gateway.domain.rules import Words
from gateway.domain.scopes import ROLE_DIGITS


class PostKind(StrEnum):
    """`NETWORK` is the five levels, held by rosters; the others are named one by one."""

    NETWORK = "network"
    CONTRACT = "contract"
    LEADING = "leading"
    DESIGNATED = "designated"
    ROSTER = "roster"


class Lack(StrEnum):
    PERSON = "person"
    DEPUTY = "deputy"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLevel:
    """One level of the network: who holds it, and how many digits its areas have."""

    level: Level
    role: Role
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRule:
    """From the widest level down; a gap is told to the level above."""

    source: tuple[str, ...]
    levels: tuple[NetworkLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Somebody of the level above answers for each area of `digits`; `heard` is told when nobody does."""

    key: str
    title: Words
    level: Level
    digits: int
    heard: Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRule:
    source: tuple[str, ...]
    links: tuple[Link, ...]
    deputies: bool
    deputies_source: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignatedRule:
    """Every unit names one person, who hears what concerns its staff."""

    source: tuple[str, ...]
    heard: Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A working group; `handles` are the matters it hears of at once."""

    key: str
    title: Words
    handles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadingBodyRule:
    """The standing body: its office at the level of `digits`, and its groups."""

    source: tuple[str, ...]
    digits: int
    office: Words
    office_handles: tuple[str, ...] = ()
    groups: tuple[Group, ...]
    heard: Heard

    @property
    def posts(self) -> tuple[Group, ...]:
        return (Group(key="office", title=self.office, handles=self.office_handles), *self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRule:
    """Every unit confirms who stands for it, by the day `due`."""

    source: tuple[str, ...]
    due: date
    heard: Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRule:
    source: tuple[str, ...]
    told_at: time
    network: NetworkRule | None = None
    contract: ContractRule | None = None
    designated: DesignatedRule | None = None
    leading_body: LeadingBodyRule | None = None
    roster: RosterRule | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """Who is named for one place of the directory, and since when."""

    kind: PostKind
    key: str
    area: str
    unit_id: UnitId | None = None
    official_id: OfficialId | None = None
    deputy_id: OfficialId | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DirectoryUnit:
    id: UnitId
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A place nobody answers for; `heard` is the level above."""

    kind: PostKind
    key: str
    area: str
    lacks: Lack
    heard: Heard
    rules: tuple[str, ...]
    unit: DirectoryUnit | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an area: its places by their number of digits, who holds which role where, the named posts."""

    places: Mapping[int, Collection[str]]
    held: Collection[tuple[Role, str]]
    posts: Iterable[Post]
    units: Iterable[DirectoryUnit]


def gaps(rule: DirectoryRule, standing: Standing, today: date) -> tuple[Gap, ...]:
    """Every place of the directory without its person, its deputy or its confirmation."""
    posts = {(post.kind, post.key, post.area, post.unit_id): post for post in standing.posts}
    return (
        *_network(rule.network, standing),
        *_contract(rule.contract, standing, posts),
        *_designated(rule.designated, standing, posts),
        *_leading(rule.leading_body, standing, posts),
        *_roster(rule.roster, standing, posts, today),
    )


_Posts = Mapping[tuple[PostKind, str, str, UnitId | None], Post]


def _network(rule: NetworkRule | None, standing: Standing) -> Iterator[Gap]:
    above = Heard(level=Level.L6, roles=(Role.ADMINISTRATOR,))
    for level in rule.levels if rule else ():
        for place in sorted(standing.places.get(level.digits, ())):
            if not any(role is level.role and holds(level.role, post, place) for role, post in standing.held):
                yield Gap(PostKind.NETWORK, level.role, place, Lack.PERSON, above, rule.source if rule else ())
        above = Heard(level=level.level, roles=(level.role,))


def holds(role: Role, post: str, place: str) -> bool:
    """Whether a role held at `post` answers for this place: at the place itself, or around it where the role may."""
    return place.startswith(post) and (post == place or len(post) in ROLE_DIGITS.get(role, ()))


def _contract(rule: ContractRule | None, standing: Standing, posts: _Posts) -> Iterator[Gap]:
    for link in rule.links if rule else ():
        for place in sorted(standing.places.get(link.digits, ())):
            post = posts.get((PostKind.CONTRACT, link.key, place, None))
            lack = _lack(post, deputies=rule.deputies if rule else False)
            if lack is not None:
                yield Gap(PostKind.CONTRACT, link.key, place, lack, link.heard, rule.source if rule else ())


def _designated(rule: DesignatedRule | None, standing: Standing, posts: _Posts) -> Iterator[Gap]:
    for unit in standing.units if rule else ():
        lack = _lack(posts.get((PostKind.DESIGNATED, "", unit.area, unit.id)), deputies=False)
        if lack is not None and rule is not None:
            yield Gap(PostKind.DESIGNATED, "", unit.area, lack, rule.heard, rule.source, unit)


def _leading(rule: LeadingBodyRule | None, standing: Standing, posts: _Posts) -> Iterator[Gap]:
    if rule is None:
        return
    for place in sorted(standing.places.get(rule.digits, ())):
        for group in rule.posts:
            lack = _lack(posts.get((PostKind.LEADING, group.key, place, None)), deputies=False)
            if lack is not None:
                yield Gap(PostKind.LEADING, group.key, place, lack, rule.heard, rule.source)


def _roster(rule: RosterRule | None, standing: Standing, posts: _Posts, today: date) -> Iterator[Gap]:
    if rule is None or today < rule.due:
        return
    for unit in standing.units:
        post = posts.get((PostKind.ROSTER, "", unit.area, unit.id))
        lack = _lack(post, deputies=False)
        if lack is None and post is not None and post.confirmed_at is None:
            lack = Lack.CONFIRMATION
        if lack is not None:
            yield Gap(PostKind.ROSTER, "", unit.area, lack, rule.heard, rule.source, unit)


def _lack(post: Post | None, *, deputies: bool) -> Lack | None:
    if post is None or post.official_id is None:
        return Lack.PERSON
    return Lack.DEPUTY if deputies and post.deputy_id is None else None


def groups_handling(rule: LeadingBodyRule | None, matter: str) -> tuple[str, ...]:
    """Which groups of the leading body hear of this matter at once."""
    return tuple(group.key for group in rule.posts if matter in group.handles) if rule else ()
