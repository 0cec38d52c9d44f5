"""Risk lists: imported as a draft, confirmed by one official, published by another.

A draft changes nothing. Confirmed, the register changes and everybody it concerns is matched again at once. Published,
the public sees it and those affected are told in their language. Nothing that was in the file is dropped.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from gateway.areas.risk_lists import read_risk_list
from gateway.clock import Clock
from gateway.domain.broadcasts import Audience, ConcernedPlace, Schedule
from gateway.domain.exposures import Source, SourceKind
from gateway.domain.kinds import (
    DeliveryState,
    ListState,
    MatchKind,
    OfficialId,
    ResidentId,
    RiskLevel,
    RiskListId,
    Role,
)
from gateway.domain.places import Candidate, Gazetteer
from gateway.domain.risk_areas import (
    Change,
    Changes,
    DeclaredPlace,
    ListedPlace,
    Period,
    compare_located,
    locate,
    match,
    place_name,
    reach,
)
from gateway.domain.scopes import Official, Scope
from gateway.errors import N_, Conflict, Fault, Invalid, NotFound, Worded
from gateway.messages.words import LANGUAGES, Words
from gateway.record.broadcasts import Broadcast
from gateway.record.record import Work
from gateway.record.risk_lists import Correction, ListRow, Outbreak, SpellRow, outbreak_id_of, place_id_of
from gateway.services.broadcasts import (
    BroadcastService,
    Content,
    NotYours,
    Said,
    SecondPersonNeeded,
    over_all,
)
from gateway.services.exposures import ExposureService, Rematched
from gateway.services.glances import glanced
from gateway.services.outbox import channel_order
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("risk_lists")
NATIONAL = "0"


class RiskListNotDraft(Conflict):
    """This list is no draft any more."""


class RiskListNotConfirmed(Conflict):
    """Only a confirmed list that is not public yet can be published."""


class NewerListPublic(Conflict):
    """A newer list is public already."""


class ForceDateInvalid(Invalid):
    """A list is in force from now or earlier, and not from before the list it replaces."""


class OutbreakDatesInvalid(Invalid):
    """These case dates cannot be."""


class PlaceUnknown(Invalid):
    """No administrative division was recognised in this place."""


class ReasonMissing(Invalid):
    """Say why this entry never should have stood there: the reason is shown to everybody."""


class NotListed(NotFound):
    """No list ever held this place."""


class CorrectionWrong(Worded):
    """What a correction says of an entry's days cannot be, or changes nothing."""


class CorrectionPublic(Conflict):
    """This correction is public already."""


@dataclass(frozen=True, slots=True)
class ListReach:
    """Whom a list touches: residents matched by a journey (surely, possibly), those no longer, and those who live in
    the places that changed. `people` counts everybody once."""

    definite: int
    possible: int
    no_longer: int
    living: int
    people: int


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A list in a table: what it holds and what it changes against the list it was or would be compared with."""

    row: ListRow
    counts: Mapping[RiskLevel, int]
    changed: Mapping[str, int]
    names: Mapping[OfficialId, str]
    duplicate: bool = False

    @property
    def entries(self) -> int:
        return sum(self.counts.values())

    def name(self, official: OfficialId | None) -> str | None:
        return self.names.get(official) if official else None


@dataclass(frozen=True, slots=True)
class ListView:
    """A list's page: every change, whom it touches now, and the words that publishing it would say."""

    summary: ListSummary
    changes: Changes
    reach: ListReach
    broadcast: Broadcast | None
    copies: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True)
class Confirmed:
    summary: ListSummary
    rematched: Rematched
    content_hash: str


@dataclass(frozen=True, slots=True)
class Published:
    summary: ListSummary
    told: int


@dataclass(frozen=True, slots=True)
class OutbreakSet:
    outbreak: Outbreak
    before: Outbreak | None
    rematched: Rematched


@dataclass(frozen=True, slots=True)
class Corrected:
    correction: Correction
    rematched: Rematched


@dataclass(frozen=True, slots=True)
class PublicPlace:
    name: str
    area: str | None
    level: RiskLevel
    since: datetime | None


@dataclass(frozen=True, slots=True)
class PublicChange:
    """One line of the feed: `kind` is added, raised, lowered or lifted."""

    kind: str
    name: str
    area: str | None
    level: RiskLevel


@dataclass(frozen=True, slots=True)
class PublicCorrection:
    """A place that stood in a list by mistake, and why: on these days, or ever. `set_to`: what it was then."""

    id: UUID
    name: str
    level: RiskLevel
    reason: str
    published_at: datetime
    from_on: date | None = None
    to_on: date | None = None
    set_to: RiskLevel | None = None


@dataclass(frozen=True, slots=True)
class PublicRegister:
    """What everybody may read. Empty until a first list is published."""

    number: int | None
    label: str | None
    published_at: datetime | None
    places: tuple[PublicPlace, ...]
    corrections: tuple[PublicCorrection, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicList:
    """One published list in the feed, with what it changed for the public."""

    id: RiskListId
    number: int
    label: str | None
    published_at: datetime
    changes: tuple[PublicChange, ...]


@dataclass(frozen=True, slots=True)
class RiskDay:
    """A listed place that a place has to do with on a day."""

    name: str
    area: str | None
    level: RiskLevel
    match: MatchKind
    valid_from: datetime
    valid_to: datetime | None
    place_id: UUID


@dataclass(frozen=True, slots=True)
class RiskOn:
    """The answer to 'was it a risk area on that day?'. Several readings of the place: ask which.

    `silent`: no list speaks of that day, because it is yet to come or lies before the first that was confirmed; that
    nothing is found then means nothing.
    """

    readings: tuple[Candidate, ...]
    days: tuple[RiskDay, ...]
    outbreaks: tuple[Outbreak, ...]
    silent: bool = False


class RegisterFollower(Protocol):
    """What else must look again when places come into the register, leave it or get other case dates."""

    async def area_moved(self, work: Work, areas: Iterable[str]) -> int: ...


@dataclass(frozen=True, slots=True)
class RiskListService:
    transactions: Transactions
    exposures: ExposureService
    broadcasts: BroadcastService
    words: Words
    gazetteer: Gazetteer
    clock: Clock
    followers: tuple[RegisterFollower, ...] = ()

    # draft

    async def import_(
        self, name: str, content: bytes, *, official: Official | None, label: str | None = None
    ) -> ListSummary:
        """A draft of this file. The same file again is recognised while its draft waits or its list is in force.

        Raises InvalidRiskList with every row that cannot be read.
        """
        if official is not None and not official.may(Role.LIST_OWNER):
            raise NotYours
        parsed = read_risk_list(name, content)
        digest = hashlib.sha256(content).hexdigest()
        now = self.clock.now()
        async with self.transactions.begin(official.scope if official else Scope.of_work("import")) as work:
            number = await work.risk_lists.next_number()
            in_force = await work.risk_lists.last_confirmed()
            for known in await work.risk_lists.with_hash(digest):
                if known.state is ListState.DRAFT or (in_force is not None and known.id == in_force.id):
                    return replace(await self._summary(work, known), duplicate=True)
            row = ListRow(
                id=RiskListId(work.new_id()),
                number=number,
                area=official.area if official else NATIONAL,
                source_name=name[:200],
                source_hash=digest,
                label=label or parsed.stated_at or None,
                state=ListState.DRAFT,
                warnings=parsed.warnings,
                imported_at=now,
                imported_by=official.id if official else None,
            )
            places = [(work.new_id(), locate(entry, self.gazetteer)) for entry in parsed.entries]
            await work.risk_lists.add(row, places)
            await work.audit.add("risk_list.import", "risk_list", row.id, at=now, entries=len(places), hash=digest)
            return await self._summary(work, row)

    async def reject(self, list_id: RiskListId, *, official: Official) -> ListSummary:
        """A draft that shall not be used. It stays on record."""
        if not official.may(Role.LIST_OWNER):
            raise NotYours
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            row = await work.risk_lists.get(list_id, lock=True)
            if row.state is not ListState.DRAFT:
                raise RiskListNotDraft
            rejected = replace(row, state=ListState.REJECTED, rejected_at=now, rejected_by=official.id)
            await work.risk_lists.save(rejected, row)
            await work.audit.add("risk_list.reject", "risk_list", row.id, at=now)
            return await self._summary(work, rejected)

    # confirmed

    async def confirm(
        self, list_id: RiskListId, *, official: Official, in_force_from: datetime | None = None
    ) -> Confirmed:
        """In force from here: the register moves, and every journey is matched again before this returns."""
        if not official.may(Role.LIST_OWNER):
            raise NotYours
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            await work.risk_lists.hold_register()
            row = await work.risk_lists.get(list_id, lock=True)
            if row.state is not ListState.DRAFT:
                raise RiskListNotDraft
            last = await work.risk_lists.last_confirmed(lock=True)
            valid_from = in_force_from or now
            if valid_from > now or (last is not None and last.valid_from is not None and valid_from < last.valid_from):
                raise ForceDateInvalid
            changes = await self._changes(work, row, last.id if last else None)
            moved = await self._moved(work, changes, row.id, valid_from, now)
            await work.risk_lists.replace_spells(moved.replaced, now)
            await work.risk_lists.open_spells(moved.written)
            confirmed = replace(
                row,
                state=ListState.CONFIRMED,
                confirmed_at=now,
                confirmed_by=official.id,
                valid_from=valid_from,
                compared_with=last.id if last else None,
            )
            await work.risk_lists.save(confirmed, row)
            rematched = await self.exposures.rematch(
                work, await self._sources(work, moved.known), cause=f"list:{row.number}"
            )
            for follower in self.followers:
                await follower.area_moved(work, [change.place.area for change in changes.all() if change.place.area])
            broadcast = await self.broadcasts.compose(
                work,
                self._content(changes),
                audience=_audience(changes, row.id),
                schedule=Schedule(acknowledged=True),
                area=row.area,
                by=official,
                risk_list=row.id,
            )
            await work.audit.add(
                "risk_list.confirm", "risk_list", row.id, at=now, changes=len(changes.all()), **_figures(rematched)
            )
            return Confirmed(await self._summary(work, confirmed), rematched, broadcast.content_hash)

    async def _moved(
        self, work: Work, changes: Changes, list_id: RiskListId, valid_from: datetime, now: datetime
    ) -> "_Moved":
        """What these changes make of the register. A spell that ends is a new row: that we once thought it open stays
        on record."""
        changed = {place_id_of(change.place.entry.key): change for change in changes.all()}
        lifted = {place_id_of(change.place.entry.key) for change in changes.lifted}
        known = await work.risk_lists.spells(place_ids=changed)
        replaced, written = [], []
        for spell in known:
            if spell.valid_to is None:
                replaced.append(spell.id)
                ended = replace(spell, id=work.new_id(), valid_to=valid_from, recorded_at=now, closed_by_list=list_id)
                if ended.valid_to != ended.valid_from:
                    written.append(ended)
        for place_id, change in changed.items():
            if place_id not in lifted:
                written.append(
                    SpellRow(
                        id=work.new_id(),
                        place_id=place_id,
                        place=change.place,
                        level=change.level,
                        valid_from=valid_from,
                        valid_to=None,
                        recorded_at=now,
                        opened_by_list=list_id,
                    )
                )
        gone = set(replaced)
        return _Moved(tuple(replaced), tuple(written), (*(one for one in known if one.id not in gone), *written))

    async def _sources(self, work: Work, spells: Iterable[SpellRow]) -> list[Source]:
        """The places of these spells as sources; outbreaks only lend them their case dates."""
        sources = self.exposures.sources(work, spells, await work.risk_lists.outbreaks())
        listed = {spell.place_id for spell in spells}
        return [source for source in sources if source.id in listed]

    # published

    async def publish(self, list_id: RiskListId, approved_hash: str, *, official: Official) -> Published:
        """The public page and feed change, and those affected are told exactly what the hash names. A second person's
        act: whoever confirmed the list cannot also publish it."""
        if not official.may(Role.PUBLISHER):
            raise NotYours
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            row = await work.risk_lists.get(list_id, lock=True)
            if row.state is not ListState.CONFIRMED:
                raise RiskListNotConfirmed
            if row.confirmed_by == official.id:
                raise SecondPersonNeeded
            public = await work.risk_lists.last_published()
            if public is not None and public.number > row.number:
                raise NewerListPublic
            broadcast = await work.broadcasts.of_list(row.id)
            if broadcast is None:
                raise RiskListNotConfirmed
            counted = await work.audiences.counted(Audience.of_json(broadcast.audience), channel_order())
            people = sum(one.people for one in counted)
            published = replace(row, state=ListState.PUBLISHED, published_at=now, published_by=official.id)
            await work.risk_lists.save(published, row)
            await self.broadcasts.release(work, broadcast, approved_hash=approved_hash, by=official)
            await work.audit.add("risk_list.publish", "risk_list", row.id, at=now, people=people)
            return Published(await self._summary(work, published), people)

    def _content(self, changes: Changes) -> Content:
        """What is said, in every language, and one line for each change."""
        return Content(
            words={
                language: Said(
                    self.words.word("broadcast.risk_list", language),
                    self.words.word("broadcast.risk_list_text", language),
                )
                for language in LANGUAGES
            },
            lines={
                str(place_id_of(change.place.entry.key)): {
                    language: self._line(kind, change, language) for language in LANGUAGES
                }
                for kind, changed in _named(changes)
                for change in changed
            },
        )

    def _line(self, kind: str, change: Change, language: str) -> str:
        what = self.words.word("risk.lifted" if kind == "lifted" else f"risk.{change.level}", language)
        return f"{place_name(change.place, self.gazetteer, language)} · {what}"

    # reading

    @glanced()
    async def listed(self, *, official: Official, limit: int = 20) -> list[ListSummary]:
        async with self.transactions.reading(official.scope) as work:
            return [await self._summary(work, row) for row in await work.risk_lists.listed(limit=limit)]

    async def view(self, list_id: RiskListId, *, official: Official) -> ListView:
        async with self.transactions.begin(over_all(official)) as work:
            row = await work.risk_lists.get(list_id)
            changes = await self._changes_of(work, row)
            broadcast = await work.broadcasts.of_list(row.id)
            copies = await work.broadcasts.deliveries(broadcast.id) if broadcast else {}
            return ListView(
                await self._summary(work, row), changes, await self._reach(work, row, changes), broadcast, copies
            )

    async def reach(self, list_id: RiskListId, *, official: Official) -> ListReach:
        """How many residents the next step would touch. Only numbers leave: who they are stays within scopes."""
        async with self.transactions.begin(over_all(official)) as work:
            row = await work.risk_lists.get(list_id)
            return await self._reach(work, row, await self._changes_of(work, row))

    async def audience(self, list_id: RiskListId, *, official: Official) -> Audience:
        """Whom the changes of a list concern: for a message of somebody's own about it."""
        async with self.transactions.begin(over_all(official)) as work:
            row = await work.risk_lists.get(list_id)
            return _audience(await self._changes_of(work, row), row.id)

    async def _reach(self, work: Work, row: ListRow, changes: Changes) -> ListReach:
        living = await work.exposures.living_in(_neighbourhoods(changes))
        if row.state is ListState.DRAFT:
            now = self.clock.now()
            moved = await self._moved(work, changes, row.id, now, now)
            counted, touched = await self.exposures.preview(work, await self._sources(work, moved.known))
            return ListReach(
                counted.definite, counted.possible, counted.no_longer, len(living), len({*touched, *living})
            )
        kinds: dict[ResidentId, MatchKind] = {}
        for matched in await work.exposures.matches(sources=_as_sources(changes)):
            if kinds.get(matched.resident_id) is not MatchKind.DEFINITE:
                kinds[matched.resident_id] = matched.kind
        definite = sum(kind is MatchKind.DEFINITE for kind in kinds.values())
        return ListReach(definite, len(kinds) - definite, 0, len(living), len({*kinds, *living}))

    async def _changes_of(self, work: Work, row: ListRow) -> Changes:
        if row.confirmed_at is not None:
            return await self._changes(work, row, row.compared_with)
        last = await work.risk_lists.last_confirmed()
        return await self._changes(work, row, last.id if last else None)

    @staticmethod
    async def _changes(work: Work, row: ListRow, older: RiskListId | None) -> Changes:
        return compare_located(await work.risk_lists.places(older), await work.risk_lists.places(row.id))

    async def _summary(self, work: Work, row: ListRow) -> ListSummary:
        changes = await self._changes_of(work, row)
        counts = await work.risk_lists.counts([row.id])
        ids = [one for one in (row.imported_by, row.confirmed_by, row.published_by, row.rejected_by) if one]
        officials = await work.officials.by_ids(ids)
        return ListSummary(
            row=row,
            counts=counts.get(row.id, {}),
            changed={kind: len(changed) for kind, changed in _named(changes)} | {"unresolved": len(changes.unresolved)},
            names={official.id: official.name for official in officials.values()},
        )

    # corrections

    async def correct(
        self,
        place_id: UUID,
        *,
        reason: str,
        official: Official,
        from_on: date | None = None,
        to_on: date | None = None,
        set_to: RiskLevel | None = None,
    ) -> Corrected:
        """An entry was no risk area on these days, both of them in it (unset: ever), or was one at `set_to`. What was
        known before stays on record.

        Everybody is matched again, in both directions. Whoever was matched by those days alone is told, and an
        official decides about whatever followed; nobody is released by the correction itself. Raises CorrectionWrong.
        """
        if not official.may(Role.LIST_OWNER):
            raise NotYours
        if not reason.strip():
            raise ReasonMissing
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            await work.risk_lists.hold_register()
            latest = await work.risk_lists.last_spell(place_id)
            if latest is None:
                raise NotListed
            place = latest.place
            correction = Correction(
                work.new_id(), place_id, place, reason.strip()[:500], now, official.id, from_on, to_on, set_to
            )
            moved = await self._rewritten(work, correction, latest.opened_by_list, now)
            await work.risk_lists.replace_spells(moved.replaced, now)
            await work.risk_lists.open_spells(moved.written)
            await work.risk_lists.correct(correction)
            nowhere = Source(
                SourceKind.LISTED,
                place_id,
                work.exposures.listed_place(place),
                (),
                place_name(place, self.gazetteer),
                place.entry.level,
            )
            rematched = await self.exposures.rematch(
                work, await self._sources(work, moved.known) or [nowhere], cause=f"correction:{correction.id}"
            )
            if place.area:
                for follower in self.followers:
                    await follower.area_moved(work, [place.area])
            days = {name: day.isoformat() for name, day in (("from_on", from_on), ("to_on", to_on)) if day}
            await work.audit.add(
                "risk_list.correct",
                "risk_place",
                place_id,
                at=now,
                spells=len(moved.replaced),
                **days,
                **({"set_to": set_to.value} if set_to else {}),
                **_figures(rematched),
            )
            return Corrected(correction, rematched)

    async def _rewritten(self, work: Work, correction: Correction, list_id: RiskListId, now: datetime) -> "_Moved":
        """What a correction makes of a place's spells: those it touches are cut; what it was instead stands between."""
        period, set_to = await self._period_of(work, correction), correction.set_to
        known = await work.risk_lists.spells(place_ids=[correction.place_id])
        touched = [spell for spell in known if period.overlaps(spell.valid_from, spell.valid_to)]
        if not touched and set_to is None:
            raise CorrectionWrong(N_("On these days the place stood in no list: there is nothing to correct."))
        if any(spell.level is set_to and period.is_inside(spell.valid_from, spell.valid_to) for spell in touched):
            raise CorrectionWrong(N_("The register says so already: there is nothing to correct."))
        written = [
            replace(spell, id=work.new_id(), valid_from=starts_at, valid_to=ends_at, recorded_at=now)
            for spell in touched
            for starts_at, ends_at in period.left_of(spell.valid_from, spell.valid_to)
        ]
        if set_to is not None:
            assert period.starts_at is not None
            written.append(
                SpellRow(
                    id=work.new_id(),
                    place_id=correction.place_id,
                    place=correction.place,
                    level=set_to,
                    valid_from=period.starts_at,
                    valid_to=period.ends_at,
                    recorded_at=now,
                    opened_by_list=list_id,
                )
            )
        gone = {spell.id for spell in touched}
        return _Moved(tuple(gone), tuple(written), (*(one for one in known if one.id not in gone), *written))

    async def _period_of(self, work: Work, correction: Correction) -> Period:
        """Whole days, and days that have been: what stands from today on is said by a list, so a correction may end it,
        or say again what the list in force says of it."""
        zone, today = self.exposures.packs.everywhere().zone, self.today()
        from_on, to_on = correction.from_on, correction.to_on
        if from_on is not None and to_on is not None and to_on < from_on:
            raise CorrectionWrong(N_("The last day lies before the first."))
        if from_on is not None and from_on > today:
            raise CorrectionWrong(N_("A correction is about days that have been, not about days to come."))
        if to_on is not None and to_on >= today:
            raise CorrectionWrong(N_("Name a last day before today, or none: then it holds from the first day on."))
        if correction.set_to is not None and from_on is None:
            raise CorrectionWrong(N_("Say from which day on the place was a risk area."))
        if correction.set_to is not None and to_on is None:
            last = await work.risk_lists.last_confirmed()
            stands = {
                place_id_of(place.entry.key): place.entry.level
                for place in (await work.risk_lists.places(last.id) if last else ())
            }
            if stands.get(correction.place_id) is not correction.set_to:
                raise CorrectionWrong(
                    N_("What a place is today is said by a list: name the last day of the correction.")
                )
        return Period(
            datetime.combine(from_on, time(), zone) if from_on else None,
            datetime.combine(to_on + timedelta(days=1), time(), zone) if to_on else None,
        )

    async def publish_correction(self, correction_id: UUID, *, official: Official) -> Correction:
        """A second person lets the public page leave the entry out, and say why."""
        if not official.may(Role.PUBLISHER):
            raise NotYours
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            correction = await work.risk_lists.find_correction(correction_id)
            if correction is None:
                raise NotListed
            if correction.published_at is not None:
                raise CorrectionPublic
            if correction.corrected_by == official.id:
                raise SecondPersonNeeded
            await work.risk_lists.publish_correction(correction_id, by=official.id, at=now)
            await work.audit.add("risk_list.publish_correction", "risk_place", correction.place_id, at=now)
            return replace(correction, published_at=now, published_by=official.id)

    async def corrections(self, *, official: Official) -> list[Correction]:
        async with self.transactions.reading(official.scope) as work:
            return await work.risk_lists.corrections()

    # outbreaks

    async def set_outbreak(
        self,
        area: str,
        *,
        first_case_on: date,
        last_case_on: date,
        official: Official,
        name: str = "",
        source: str = "",
        first_onset_on: date | None = None,
        first_report_on: date | None = None,
    ) -> OutbreakSet:
        """First and last case of an area. The window moves, and everybody it concerns is matched again before this
        returns: in both directions, for the area itself and for the listed places in it (SD-3.3.2-m)."""
        if not official.may(Role.LIST_OWNER):
            raise NotYours
        now = self.clock.now()
        faults = self._outbreak_faults(area, first_case_on, last_case_on)
        if faults:
            raise OutbreakDatesInvalid(faults=faults)
        async with self.transactions.begin(over_all(official)) as work:
            await work.risk_lists.hold_register()
            outbreak_id = outbreak_id_of(area, name)
            before = await work.risk_lists.find_outbreak(outbreak_id)
            outbreak = Outbreak(
                id=work.new_id(),
                outbreak_id=outbreak_id,
                area=area,
                name=name,
                first_case_on=first_case_on,
                last_case_on=last_case_on,
                source=source or "official",
                recorded_at=now,
                recorded_by=official.id,
                first_onset_on=first_onset_on,
                first_report_on=first_report_on,
            )
            await work.risk_lists.set_outbreak(outbreak)
            where = reach(ListedPlace(area, found=True))
            assert where is not None
            spells = await work.risk_lists.spells_near(where.lowest, where.beyond, where.parents)
            inside = [spell for spell in spells if spell.place.area and spell.place.area.startswith(area)]
            sources = self.exposures.sources(work, inside, await work.risk_lists.outbreaks())
            touched = {outbreak_id, *(spell.place_id for spell in inside)}
            rematched = await self.exposures.rematch(
                work, [source for source in sources if source.id in touched], cause=f"outbreak:{outbreak.id}"
            )
            for follower in self.followers:
                await follower.area_moved(work, [area])
            await work.audit.add(
                "outbreak.set",
                "outbreak",
                outbreak_id,
                at=now,
                area=area,
                first_case_on=first_case_on.isoformat(),
                last_case_on=last_case_on.isoformat(),
                **_figures(rematched),
            )
            return OutbreakSet(outbreak, before, rematched)

    def _outbreak_faults(self, area: str, first: date, last: date) -> tuple[Fault, ...]:
        today = self.today()
        faults = []
        if self.gazetteer.find_area(area) is None:
            faults.append(Fault("area", "there is no administrative division with this code"))
        if last < first:
            faults.append(Fault("last_case_on", "the last case lies before the first"))
        if last > today:
            faults.append(Fault("last_case_on", "this day lies in the future"))
        return tuple(faults)

    async def outbreaks(self, *, official: Official) -> list[Outbreak]:
        async with self.transactions.reading(official.scope) as work:
            return await work.risk_lists.outbreaks()

    # asking

    def today(self) -> date:
        return self.clock.now().astimezone(self.exposures.packs.everywhere().zone).date()

    async def on_day(
        self, place: str, on: date, *, known_at: datetime | None = None, language: str = "zh_Hans_CN"
    ) -> RiskOn:
        """Was this place (a code, or words) a risk area on that day, by what is confirmed? Raises PlaceUnknown."""
        readings, declared = self._readings(place)
        zone = self.exposures.packs.everywhere().zone
        starts = datetime.combine(on, time(), zone)
        ends = starts + timedelta(days=1)
        days: dict[UUID, RiskDay] = {}
        async with self.transactions.begin(_WORK) as work:
            outbreaks = await work.risk_lists.outbreaks(known_at=known_at)
            speaks_from = await work.risk_lists.speaks_from(known_at=known_at)
            for each in declared:
                where = reach(ListedPlace(each.area, found=True))
                assert where is not None
                spells = await work.risk_lists.spells_near(where.lowest, where.beyond, where.parents, known_at=known_at)
                for spell in spells:
                    near = match(each, ListedPlace.of(spell.place))
                    if near is None or spell.valid_from >= ends or (spell.valid_to and spell.valid_to <= starts):
                        continue
                    days[spell.id] = RiskDay(
                        place_name(spell.place, self.gazetteer, language),
                        spell.place.area,
                        spell.level,
                        near,
                        spell.valid_from,
                        spell.valid_to,
                        spell.place_id,
                    )
        touched = tuple(one for one in outbreaks if any(each.area.startswith(one.area) for each in declared))
        ordered = sorted(days.values(), key=lambda day: (day.match is not MatchKind.DEFINITE, day.name))
        silent = on > self.today() or speaks_from is None or speaks_from >= ends
        return RiskOn(readings, tuple(ordered), touched, silent)

    def _readings(self, place: str) -> tuple[tuple[Candidate, ...], list[DeclaredPlace]]:
        said = place.strip()
        if said.isdigit():
            area = self.gazetteer.find_area(said[:9])
            if area is None:
                raise PlaceUnknown
            return (), [DeclaredPlace(area.code)]
        readings = self.gazetteer.find(said)
        if not readings:
            raise PlaceUnknown
        return readings, [DeclaredPlace.of(one.code, one.rest) for one in readings]

    # the public

    async def public(self, *, language: str = "zh_Hans_CN") -> PublicRegister:
        """The list that was published last."""
        async with self.transactions.begin(_WORK) as work:
            row = await work.risk_lists.last_published()
            if row is None:
                return PublicRegister(None, None, None, ())
            corrections = await work.risk_lists.corrections(published=True)
            corrected = {one.place_id for one in corrections}
            listed = await work.risk_lists.places(row.id)
            standing = await work.risk_lists.spells(
                place_ids=[place_id_of(one.entry.key) for one in listed], standing=True
            )
        since = {spell.place_id: spell.valid_from for spell in standing}
        # Left out: what a public correction says never stood there or had ended; not what it only dates anew.
        places = [one for one in listed if (key := place_id_of(one.entry.key)) in since or key not in corrected]
        return PublicRegister(
            row.number,
            row.label,
            row.published_at,
            tuple(
                PublicPlace(
                    place_name(one, self.gazetteer, language),
                    one.area,
                    one.entry.level,
                    since.get(place_id_of(one.entry.key)),
                )
                for one in places
            ),
            tuple(
                PublicCorrection(
                    one.id,
                    place_name(one.place, self.gazetteer, language),
                    one.place.entry.level,
                    one.reason,
                    one.published_at,
                    one.from_on,
                    one.to_on,
                    one.set_to,
                )
                for one in corrections
                if one.published_at is not None
            ),
        )

    async def feed(self, *, language: str = "zh_Hans_CN", limit: int = 20) -> list[PublicList]:
        """The last published lists, the newest first, each with what it changed for the public."""
        async with self.transactions.begin(_WORK) as work:
            known = await work.risk_lists.listed(limit=500)
            rows = sorted((row for row in known if row.published_at), key=lambda row: row.number)
            found = []
            for older, row in zip([None, *rows], rows, strict=False):
                changes = await self._changes(work, row, older.id if older else None)
                lines = tuple(
                    PublicChange(
                        kind, place_name(change.place, self.gazetteer, language), change.place.area, change.level
                    )
                    for kind, changed in _named(changes)
                    for change in changed
                )
                assert row.published_at is not None
                found.append(PublicList(row.id, row.number, row.label, row.published_at, lines))
        return found[::-1][:limit]


@dataclass(frozen=True, slots=True)
class _Moved:
    """`known` are all spells of the changed places as they will stand."""

    replaced: tuple[UUID, ...]
    written: tuple[SpellRow, ...]
    known: tuple[SpellRow, ...]


def _named(changes: Changes) -> Sequence[tuple[str, tuple[Change, ...]]]:
    return (
        ("added", changes.added),
        ("raised", changes.raised),
        ("lowered", changes.lowered),
        ("lifted", changes.lifted),
    )


def _as_sources(changes: Changes) -> list[tuple[SourceKind, UUID]]:
    return [(SourceKind.LISTED, place_id_of(change.place.entry.key)) for change in changes.all()]


def _neighbourhoods(changes: Changes) -> set[str]:
    """Where those live who are told: the township of a changed place, or its county where no more is known."""
    return {change.place.area[:9] for change in changes.all() if change.place.found and change.place.area}


def _audience(changes: Changes, list_id: RiskListId) -> Audience:
    """Everybody with a journey to a changed place, then those who live around it; each hears of what concerns them."""
    places = {
        str(place_id_of(change.place.entry.key)): ConcernedPlace(
            change.place.area[:9] if change.place.found and change.place.area else None, kind
        )
        for kind, changed in _named(changes)
        for change in changed
    }
    return Audience(areas=tuple(sorted(_neighbourhoods(changes))), places=places, risk_list=str(list_id))


def _figures(rematched: Rematched) -> dict[str, int]:
    return {"definite": rematched.definite, "possible": rematched.possible, "no_longer": rematched.no_longer}
