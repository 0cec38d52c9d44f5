"""Which pack is in force where: the innermost activated jurisdiction around an area, on a date.

A pack is kept word for word when it is used; what is activated, and what a plan was made with, is read from there. A
newer file on disk changes nothing for anybody until somebody activates it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from gateway.clock import Clock
from gateway.domain.follow_ups import FollowUp
from gateway.domain.packs import Pack
from gateway.domain.rules import RuleQuote
from gateway.domain.scopes import AREA_DIGITS, Official, Scope, ancestors
from gateway.errors import Conflict, Forbidden, Invalid
from gateway.policies.loader import FOLDER, ladder_read, load_pack, load_rules, read_back, written
from gateway.record.activations import Activation
from gateway.record.pack_versions import PackVersion, PackVersionNotFound
from gateway.record.record import Work
from gateway.schemas.plans import RuleOut
from gateway.services.transactions import Transactions

log = structlog.get_logger()

#: In force where nothing was activated: no duties for anybody, but the safety rules, triage and ladders (design 3).
EVERYWHERE = "everywhere"

OVERLAYS: Mapping[str, Path] = {"demo": FOLDER / "demo-overlay.yaml"}


class PackCannotBeActivated(Conflict):
    """The pack has no jurisdiction or no first day; its owner must set them."""


@dataclass(frozen=True, slots=True)
class PackService:
    transactions: Transactions
    clock: Clock
    _loaded: dict[tuple[str, tuple[str, ...]], Pack] = field(default_factory=dict)
    _kept: dict[str, Pack] = field(default_factory=dict)
    _overlays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _overlay_files: dict[str, Path] = field(default_factory=lambda: dict(OVERLAYS))
    _laid_over: dict[tuple[int, tuple[UUID, ...]], tuple[Pack, Pack]] = field(default_factory=dict)

    def know_overlay(self, name: str, path: Path) -> None:
        """From now on this file can be laid over packs by that name."""
        self._overlay_files[name] = path

    async def for_area(self, work: Work, area: str, at: datetime) -> Pack:
        """The pack that manages this area at that moment. Beyond every jurisdiction: `everywhere`."""
        around, ladders_changed = await work.activations.around_with_ladders(ancestors(area))
        activation = await self._managing(work, around, at)
        pack = self.everywhere() if activation is None else await self.activated(work, activation)
        return await self.with_own_ladders(work, pack, area) if ladders_changed else pack

    async def with_own_ladders(self, work: Work, pack: Pack, area: str) -> Pack:
        """The pack with the ladders as the place has them: the innermost jurisdiction's change of each counts."""
        changes = [one for one in await work.ladder_changes.in_force(ancestors(area)) if one.content is not None]
        if not changes:
            return pack
        key = (id(pack), tuple(one.id for one in changes))
        if key not in self._laid_over:
            ladders, kinds = dict(pack.ladders), dict(pack.kind_ladders)
            for one in changes:
                ladder = ladder_read(one.content or {})
                if one.kind is not None:
                    kinds[one.kind] = ladder
                elif one.code in ladders:
                    ladders[one.code] = ladder
            self._laid_over[key] = (pack, replace(pack, ladders=ladders, kind_ladders=kinds))
        return self._laid_over[key][1]

    def _without_own_ladders(self, pack: Pack) -> Pack:
        return next((base for base, laid in self._laid_over.values() if laid is pack), pack)

    async def in_force_at(self, area: str) -> Pack:
        """What manages an area now, for a page that says so."""
        async with self.transactions.reading(Scope.of_work("packs")) as work:
            return await self.for_area(work, area, self.clock.now())

    async def activation_for(
        self, work: Work, area: str, at: datetime, *, besides: UUID | None = None
    ) -> Activation | None:
        """By whose activation that pack manages the area; None beyond every jurisdiction. `besides` is looked past."""
        return await self._managing(work, await work.activations.around(ancestors(area)), at, besides=besides)

    async def as_laid_down(
        self, work: Work, moments: Iterable[tuple[str, datetime]]
    ) -> dict[tuple[str, datetime], Pack]:
        """For each place and moment its pack, with its notice's own ladders. Asks once for each place, not each row."""
        around: dict[str, Sequence[Activation]] = {}
        found = {}
        for area, at in moments:
            if area not in around:
                around[area] = await work.activations.around(ancestors(area))
            activation = await self._managing(work, around[area], at)
            found[area, at] = self.everywhere() if activation is None else await self.activated(work, activation)
        return found

    async def _managing(
        self, work: Work, around: Sequence[Activation], at: datetime, *, besides: UUID | None = None
    ) -> Activation | None:
        for activation in around:
            if (
                activation.id != besides
                and activation.activated_at <= at
                and await self._is_in_force(work, activation, at)
            ):
                return activation
        return None

    async def _is_in_force(self, work: Work, activation: Activation, at: datetime) -> bool:
        if activation.withdrawn_at is not None:
            return False
        pack = await self.activated(work, activation)
        day = at.astimezone(pack.zone).date()
        if pack.effective_to is not None and day > pack.effective_to:
            return False
        if activation.in_force_at is not None:
            return activation.in_force_at <= at
        return activation.effective_from <= day

    async def activated(self, work: Work, activation: Activation) -> Pack:
        if activation.pack_hash is None:
            return self.loaded(activation.pack_id, activation.overlays)
        self._overlays[activation.pack_hash] = activation.overlays
        return await self.by_hash(work, activation.pack_hash)

    async def by_hash(self, work: Work, hash_: str) -> Pack:
        """A pack as it was kept. Raises PackVersionNotFound."""
        if hash_ not in self._kept:
            self._kept[hash_] = read_back(await work.pack_versions.content(hash_))
        return self._kept[hash_]

    async def of_plan(self, work: Work, follow_up: FollowUp) -> Pack:
        """The pack this plan was made with; a running plan keeps it."""
        if follow_up.pack_hash is not None:
            try:
                return await self.by_hash(work, follow_up.pack_hash)
            except (Invalid, PackVersionNotFound) as lost:
                # Its dates stand on record; what is asked of the pack is how its alerts ring on, and they must.
                log.error("a kept pack cannot be read", pack=follow_up.pack_id, error=lost.type_name)
        return self.loaded(follow_up.pack_id, follow_up.pack_overlays)

    async def keep(self, work: Work, pack: Pack, *, by: str = "used") -> str:
        """The hash of the pack's words, which are on record from here on. Ladders of a place are no words of it."""
        pack = self._without_own_ladders(pack)
        known = next((hash_ for hash_, one in self._kept.items() if one is pack), None)
        content = None if known else written(pack)
        hash_ = known or hash_of(content or "")
        if not await work.pack_versions.listed(hashes=[hash_]):
            version = PackVersion(hash_, pack.id, str(pack.version), pack.title, by, self.clock.now())
            await work.pack_versions.keep(version, content or written(pack))
        self._kept[hash_] = pack
        return hash_

    def loaded(self, pack_id: str, overlays: tuple[str, ...]) -> Pack:
        """A pack that comes with the system, as this process found it on disk."""
        key = (pack_id, overlays)
        if key not in self._loaded:
            files = tuple(self._overlay_files[name] for name in overlays)
            load = _shipped if set(files) <= set(OVERLAYS.values()) else load_pack
            self._loaded[key] = load(pack_id, overlays=files)
        return self._loaded[key]

    def overlays_of(self, pack: Pack) -> tuple[str, ...]:
        """What was laid over a pack, by name."""
        pack = self._without_own_ladders(pack)
        for (_, overlays), known in self._loaded.items():
            if known is pack:
                return overlays
        return next((self._overlays.get(hash_, ()) for hash_, known in self._kept.items() if known is pack), ())

    def everywhere(self) -> Pack:
        return self.loaded(EVERYWHERE, ())

    def quotes(self) -> Mapping[str, RuleQuote]:
        """Every sentence that can be cited: the catalogue's, and those that packs in use brought with them."""
        own = {
            id_: quote.as_rule(id_)
            for pack in (*self._loaded.values(), *self._kept.values())
            for id_, quote in pack.quotes.items()
        }
        return {**own, **load_rules()} if own else load_rules()

    def quote(self, rules: Iterable[str], language: str) -> str | None:
        """The sentence of the first of these rules that has one; None where all is ours (DEFAULT)."""
        quotes = self.quotes()
        known = next((quotes[rule] for rule in rules if rule in quotes), None)
        return known.said_in(language) if known is not None else None

    def quoted(self, rules: Iterable[str], language: str) -> list[RuleOut]:
        """Each of these rules with its sentence, in their order."""
        quotes = self.quotes()
        return [
            RuleOut(id=rule, quote=quotes[rule].quote_zh, explanation=quotes[rule].said_in(language))
            for rule in rules
            if rule in quotes
        ]

    async def activate(
        self,
        pack_id: str,
        *,
        by: Official | None,
        area: str | None = None,
        overlays: tuple[str, ...] = (),
        effective_from: date | None = None,
    ) -> Pack:
        """Put a pack in force where nobody has a plan yet: setting up, demos. Raises PackCannotBeActivated.

        Whoever changes the pack of people under way activates it by `PolicyChangeService`.
        """
        pack = self.loaded(pack_id, overlays)
        if not pack.may_be_activated:
            raise PackCannotBeActivated
        chosen = jurisdiction_of(pack, area)
        if by is not None and not chosen.startswith(by.area):
            raise Forbidden("this jurisdiction lies outside your own area")
        now = self.clock.now()
        scope = by.scope if by is not None else Scope.of_work("packs")
        async with self.transactions.begin(scope) as work:
            first_day = effective_from or _first_day(pack.effective_from)
            in_force_at = max(now, midnight(pack, first_day))
            await work.activations.add(
                Activation(
                    id=work.new_id(),
                    area=chosen,
                    pack_id=pack_id,
                    pack_version=str(pack.version),
                    overlays=overlays,
                    effective_from=first_day,
                    activated_at=now,
                    activated_by=by.name if by is not None else "set-up",
                    accepted_off=tuple(unset.value for unset in pack.unset()),
                    pack_hash=await self.keep(work, pack),
                    in_force_at=in_force_at,
                    applied_at=in_force_at,
                    settled_at=in_force_at,
                )
            )
            await work.audit.add("pack.activate", "pack", pack_id, at=now, area=chosen, version=str(pack.version))
        return pack


@cache
def _shipped(pack_id: str, *, overlays: tuple[Path, ...]) -> Pack:
    """What comes with the system is read once in a process, however many houses stand in it."""
    return load_pack(pack_id, overlays=overlays)


def hash_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:40]


def jurisdiction_of(pack: Pack, area: str | None) -> str:
    """The area chosen, else all of the pack's own: 370000 is the province 37."""
    own = str(pack.jurisdiction)
    if area:
        return area
    meant = len(own.rstrip("0"))
    return own[: next((digits for digits in AREA_DIGITS if digits >= meant), len(own))]


def midnight(pack: Pack, day: date) -> datetime:
    """00:00 of a day where the pack is in force."""
    return datetime.combine(day, time.min, pack.zone)


def _first_day(value: Any) -> date:
    assert isinstance(value, date)
    return value
