"""Rotas: shifts made from a pattern and looked at before they are kept, substitutes, notes of hand-over, private
calendars; and whoever is on nobody's list is found before the night it matters.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from gateway.clock import Clock
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import AlertKind, AlertStatus, Level, OfficialId, Role, Severity
from gateway.domain.rotas import (
    LONGEST,
    Pattern,
    Planned,
    Span,
    as_mapping,
    from_mapping,
    planned,
    standing_in,
    uncovered,
    wanted,
)
from gateway.domain.scopes import Official, Scope
from gateway.domain.workdays import Workdays
from gateway.errors import Conflict, Forbidden, Invalid, NotFound
from gateway.messages.words import Words, closest_language
from gateway.record.officials import OfficialNotFound, Shift
from gateway.record.record import Work
from gateway.record.rotas import Feed, Handover, KeptSubstitution, Rota, RotaNotFound, SubstitutionNotFound
from gateway.services.alerts import AlertService, Raising
from gateway.services.glances import glanced
from gateway.services.holidays import HolidayService
from gateway.services.officials import may_invite
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("rotas")
ROTA = "rota"
HOLIDAYS = "holidays"
DAY = timedelta(days=1)
#: A page shows gaps of so many days ahead; administrators are rung that long before one begins.
AHEAD = timedelta(days=14)
TOLD_BEFORE = timedelta(days=2)
#: A calendar shows what was so long ago, and what is so far off.
SHOWN_BEFORE, SHOWN_AFTER = timedelta(days=60), timedelta(days=400)


class RotaUnfit(Invalid):
    """A rota needs people, at least one shift, and a last day that is not before the first and within half a year."""


class RotaElsewhere(Forbidden):
    """You can set rotas only inside your own area."""


class SubstitutionUnfit(Invalid):
    """A substitute is somebody else, and stands in from one moment to a later one."""


class NobodyStandsIn(Conflict):
    """This substitute is away at that time: choose somebody else."""


class NotYourHandover(Forbidden):
    """Notes of hand-over are written by who has the duty, or names it."""


class NoCalendar(NotFound):
    """There is no calendar at this address, or it was withdrawn."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody has this duty from and to."""

    rota: Rota
    span: Span


@dataclass(frozen=True, slots=True)
class Stint:
    """A shift as a page shows it: who has it, and who really comes."""

    shift: Shift
    name: str
    stands_in: str | None = None


@dataclass(frozen=True, slots=True)
class PostWeek:
    """One line of the week: a role at a place, day by day."""

    role: Role
    area: str
    rota: Rota | None
    days: tuple[tuple[Stint, ...], ...]
    gaps: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Week:
    first: date
    days: tuple[date, ...]
    workdays: Workdays
    posts: tuple[PostWeek, ...]
    gaps: tuple[Gap, ...]
    substitutions: tuple[KeptSubstitution, ...]
    handovers: tuple[Handover, ...]
    names: dict[OfficialId, str]
    unknown_year: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A rota to be: whoever named it looks at its shifts first."""

    role: Role
    area: str
    pattern: Pattern
    people: tuple[OfficialId, ...]
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class RotaPreview:
    draft: Draft
    shifts: tuple[Planned, ...]
    names: dict[OfficialId, str]
    guessed: bool
    standing: tuple[str, ...]
    gaps: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class RotaService:
    transactions: Transactions
    alerts: AlertService
    holidays: HolidayService
    words: Words
    clock: Clock

    @property
    def zone(self) -> ZoneInfo:
        return self.words.zone

    # making

    async def preview(self, draft: Draft, *, official: Official) -> RotaPreview:
        """Every shift the rota would have. Raises RotaUnfit, RotaElsewhere, OfficialNotFound."""
        async with self.transactions.begin(_WORK) as work:
            return await self._drafted(work, draft, official)

    async def make(self, draft: Draft, *, official: Official) -> Rota:
        """From its first day on the post is held in turns; a rota it had before, and who held it until further
        notice, end there. Raises as `preview`."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            seen = await self._drafted(work, draft, official)
            begins = max(now, datetime.combine(draft.from_on, time.min, self.zone))
            for before in await work.rotas.running(draft.area):
                if (before.role, before.area) == (draft.role, draft.area):
                    await work.rotas.end(before.id, begins)
                    await self._settle_all(work, before)
            await work.rotas.end_standing(draft.role, draft.area, begins)
            rota = Rota(
                id=work.new_id(),
                area=draft.area,
                role=draft.role,
                pattern=as_mapping(draft.pattern),
                people=draft.people,
                from_on=draft.from_on,
                to_on=draft.to_on,
                made_at=now,
                made_by=official.name,
            )
            shifts = [
                Shift(work.new_id(), draft.role, draft.area, one.official_id, *_utc(one.span), rota_id=rota.id)
                for one in seen.shifts
                if one.span.ends_at > now
            ]
            await work.rotas.add(rota, shifts)
            await work.audit.add(
                "rota.make", "rota", rota.id, at=now, by=str(official.id), role=draft.role.value, area=draft.area
            )
        await self.watch()
        return rota

    async def _drafted(self, work: Work, draft: Draft, official: Official) -> RotaPreview:
        if not may_invite(official, draft.area):
            raise RotaElsewhere
        days = (draft.to_on - draft.from_on).days
        if not draft.people or not draft.pattern.lines or not 0 <= days < LONGEST:
            raise RotaUnfit
        names = {}
        for one in draft.people:
            person = await work.officials.get(one)
            if not person.area.startswith(official.area) and not draft.area.startswith(person.area):
                raise OfficialNotFound
            names[one] = person.name
        workdays = await self.holidays.around(work, draft.area, draft.from_on, draft.to_on)
        shifts = planned(draft.pattern, draft.people, draft.from_on, draft.to_on, workdays, self.zone)
        standing = [
            one.official_id
            for one in await work.officials.shifts(area=draft.area, now=self.clock.now())
            if (one.role, one.area, one.ends_at) == (draft.role, draft.area, None)
        ]
        others = await work.officials.by_ids(standing)
        whole = Span(
            datetime.combine(draft.from_on, time.min, self.zone),
            datetime.combine(draft.to_on + DAY, time.min, self.zone),
        )
        return RotaPreview(
            draft=draft,
            shifts=shifts,
            names=names,
            guessed=any(one.guessed for one in shifts),
            standing=tuple(one.name for one in others.values()),
            gaps=uncovered([whole], [one.span for one in shifts]),
        )

    async def end(self, rota_id: UUID, *, official: Official) -> None:
        """Nobody is asked for any more. Raises RotaNotFound beyond the own area."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            rota = await work.rotas.get(rota_id)
            if not may_invite(official, rota.area) or rota.ended_at is not None:
                raise RotaNotFound
            await work.rotas.end(rota.id, now)
            await self._settle_all(work, rota)
            await work.audit.add("rota.end", "rota", rota.id, at=now, by=str(official.id))
        await self.watch()

    # substitutes

    async def substitute(
        self,
        absent: OfficialId,
        stands_in: OfficialId,
        span: Span,
        *,
        official: Official,
        reason: str | None = None,
    ) -> KeptSubstitution:
        """For that time whoever stands in hears what the other would. Oneself may name one, or who names officials
        there. Raises SubstitutionUnfit, NobodyStandsIn, OfficialNotFound."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            away, acting = await work.officials.get(absent), await work.officials.get(stands_in)
            if away.id != official.id and not may_invite(official, away.area):
                raise OfficialNotFound
            if not (acting.area.startswith(official.area) or away.area.startswith(acting.area)):
                raise OfficialNotFound
            if absent == stands_in or span.ends_at <= max(span.starts_at, now):
                raise SubstitutionUnfit
            known = await work.rotas.substitutions(span.starts_at, span.ends_at)
            if any(one.official_id == stands_in for one in known):
                raise NobodyStandsIn
            starts, ends = _utc(span)
            kept = KeptSubstitution(work.new_id(), absent, stands_in, starts, ends, reason, now, official.name)
            await work.rotas.substitute(kept)
            await work.audit.add(
                "substitution.add", "official", absent, at=now, by=str(official.id), substitute=str(stands_in)
            )
        return kept

    async def cancel_substitution(self, substitution_id: UUID, *, official: Official) -> None:
        """Whoever was away is back. Raises SubstitutionNotFound."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            one = await work.rotas.substitution(substitution_id)
            away = await work.officials.by_ids([one.official_id])
            if one.cancelled_at is not None or not (
                official.id == one.official_id or may_invite(official, away[one.official_id].area)
            ):
                raise SubstitutionNotFound
            await work.rotas.cancel_substitution(one.id, now)
            await work.audit.add("substitution.cancel", "official", one.official_id, at=now, by=str(official.id))

    # hand-over

    async def hand_over(self, role: Role, area: str, text: str, *, official: Official) -> None:
        """A note for who has the duty next. Raises NotYourHandover."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            around = (now - DAY, now + DAY)
            own = await work.rotas.shifts_between(*around, official=official.id, post=(role, area))
            acting = [one for one in await work.rotas.substitutions(*around) if one.substitute_id == official.id]
            for one in acting:
                own += await work.rotas.shifts_between(*around, official=one.official_id, post=(role, area))
            if not own and not may_invite(official, area):
                raise NotYourHandover
            await work.rotas.hand_over(Handover(work.new_id(), area, role, official.id, now, text))
            await work.audit.add("handover.note", "area", area, at=now, role=role.value, by=str(official.id))

    # reading

    @glanced()
    async def week(self, first: date, area: str, *, official: Official) -> Week:
        """A week of every post of an area, with its gaps, who stands in, and the notes left."""
        if official.scope.area is None or not (area.startswith(official.area) or official.area.startswith(area)):
            raise RotaElsewhere
        days = tuple(first + number * DAY for number in range(7))
        midnights = [datetime.combine(day, time.min, self.zone) for day in (*days, first + 7 * DAY)]
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            shifts = await work.rotas.shifts_between(midnights[0], midnights[-1], area=area)
            substitutions = await work.rotas.substitutions(midnights[0], midnights[-1])
            rotas = await work.rotas.running(area)
            workdays = await self.holidays.around(work, area, days[0], days[-1] + DAY)
            gaps = [gap for rota in rotas for gap in await self._gaps(work, rota, midnights[0], midnights[-1])]
            ahead = [gap for rota in rotas for gap in await self._gaps(work, rota, now, now + AHEAD)]
            unknown = await self.holidays.unknown_year(work, area, now)
            ids = {one.official_id for one in shifts} | {one.official_id for one in substitutions}
            ids |= {one.substitute_id for one in substitutions}
        async with self.transactions.reading(official.scope) as work:
            notes = await work.rotas.handovers(area)
            known = await work.officials.by_ids(ids | {note.official_id for note in notes})
        names = {one.id: one.name for one in known.values()}
        held = {(rota.role, rota.area): rota for rota in rotas}
        posts = sorted({(one.area, one.role) for one in shifts} | {(one.area, one.role) for one in rotas})
        lines = []
        for place, role in posts:
            own = [one for one in shifts if (one.role, one.area) == (role, place)]
            cells = [
                tuple(
                    Stint(one, names[one.official_id], _stand_in(one, substitutions, names, span))
                    for one in own
                    if one.starts_at < span.ends_at
                    and (one.starts_at >= span.starts_at or (day == days[0] or one.ends_at is None))
                    and (one.ends_at is None or one.ends_at > span.starts_at)
                )
                for day, span in _days(days, midnights)
            ]
            empty = [
                tuple(
                    cut
                    for gap in gaps
                    if (gap.rota.role, gap.rota.area) == (role, place) and (cut := gap.span.overlap(span)) is not None
                )
                for _, span in _days(days, midnights)
            ]
            lines.append(PostWeek(role, place, held.get((role, place)), tuple(cells), tuple(empty)))
        return Week(
            first, days, workdays, tuple(lines), tuple(ahead), tuple(substitutions), tuple(notes), names, unknown
        )

    async def _gaps(self, work: Work, rota: Rota, starts: datetime, ends: datetime) -> list[Gap]:
        """What the rota's pattern asks for, also beyond its last day, and nobody who is there covers."""
        first, last = starts.astimezone(self.zone).date() - DAY, ends.astimezone(self.zone).date()
        workdays = await self.holidays.around(work, rota.area, first, last)
        whole = Span(starts, ends)
        asked = [
            cut
            for day, span in wanted(from_mapping(rota.pattern), max(first, rota.from_on), last, workdays, self.zone)
            if day >= rota.from_on and (cut := span.overlap(whole)) is not None
        ]
        if not asked:
            return []
        shifts = await work.rotas.shifts_between(starts, ends, post=(rota.role, rota.area))
        present = {
            one.id for one in (await work.officials.by_ids([shift.official_id for shift in shifts])).values()
        } & {one.id for one in await work.officials.listed(area="")}
        covered = [Span(one.starts_at, one.ends_at or ends) for one in shifts if one.official_id in present]
        return [Gap(rota, span) for span in uncovered(asked, covered)]

    # the clock

    async def watch(self) -> int:
        """Administrators hear of a night nobody has before it comes, once; and of a year whose holidays nobody knows.
        Where somebody fills it, the alert settles itself."""
        now = self.clock.now()
        yesterday = datetime.combine(now.astimezone(self.zone).date() - DAY, time.min, self.zone)
        raised = 0
        async with self.transactions.begin(_WORK) as work:
            for rota in await work.rotas.running(""):
                gaps = [
                    gap for gap in await self._gaps(work, rota, yesterday, now + TOLD_BEFORE) if gap.span.ends_at > now
                ]
                keys = {_key(rota, gap.span) for gap in gaps}
                await self._settle_all(work, rota, besides=keys)
                for gap in gaps:
                    raised += await self._tell(work, gap, now)
            unknown = await self.holidays.unknown_year(work, "", now)
            if unknown is not None:
                facts = {"what": "holidays_missing", "process": str(unknown)}
                raised += await self._raise(work, "0", f"{HOLIDAYS}:{unknown}", facts, None, now)
        return raised

    async def _tell(self, work: Work, gap: Gap, now: datetime) -> int:
        role = self.words.word(f"role.{gap.rota.role}", "zh_Hans_CN")
        area = self.words.area(gap.rota.area, "zh_Hans_CN")
        starts, ends = (f"{at.astimezone(self.zone):%m-%d %H:%M}" for at in (gap.span.starts_at, gap.span.ends_at))
        facts = {"what": "duty_gap", "process": f"{area} {role} {starts} – {ends}"}
        return await self._raise(work, gap.rota.area, _key(gap.rota, gap.span), facts, gap.rota.id, now)

    async def _raise(
        self, work: Work, area: str, dedup: str, facts: dict[str, str], subject: UUID | None, now: datetime
    ) -> int:
        raised = await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.OPERATIONS,
                severity=Severity.HIGH if subject else Severity.ROUTINE,
                area=area,
                dedup_key=dedup,
                facts=facts,
                rules=(),
                policy_code=ROTA,
                ladder=(LadderStep(Level.L4, (Role.ADMINISTRATOR, Role.COUNTY), now),),
                resolve_within=timedelta(hours=24),
                subject_kind=ROTA,
                subject_id=subject,
            ),
        )
        return int(raised is not None)

    async def _settle_all(self, work: Work, rota: Rota, *, besides: Collection[str] = ()) -> None:
        """Whatever was told of this rota and is not so any more is done."""
        for alert in await work.alerts.open_for_subject(ROTA, rota.id):
            locked = await work.alerts.get(alert.id, lock=True)
            if locked.dedup_key not in besides and locked.status is not AlertStatus.RESOLVED:
                await self.alerts.settle(work, locked, "done")

    # private calendars

    async def add_feed(self, *, official: Official, post: tuple[Role, str] | None = None) -> str:
        """The secret of a calendar's address, told once: one's own duties, or those of a desk. Raises RotaElsewhere."""
        if post is not None and not (post[1].startswith(official.area) or may_invite(official, post[1])):
            raise RotaElsewhere
        now = self.clock.now()
        token = secrets.token_urlsafe(24)
        async with self.transactions.begin(_WORK) as work:
            feed = Feed(
                work.new_id(),
                official.id if post is None else None,
                post[0] if post else None,
                post[1] if post else None,
                now,
                official.id,
            )
            await work.rotas.add_feed(feed, token)
            await work.audit.add("calendar.add", "official", official.id, at=now)
        return token

    async def feeds(self, *, official: Official) -> list[Feed]:
        async with self.transactions.reading(_WORK) as work:
            return await work.rotas.feeds(official.id)

    async def revoke_feed(self, feed_id: UUID, *, official: Official) -> None:
        """Raises NoCalendar."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            if not await work.rotas.revoke_feed(feed_id, official.id, now):
                raise NoCalendar
            await work.audit.add("calendar.revoke", "official", official.id, at=now)

    async def calendar(self, token: str) -> bytes:
        """The calendar at a private address, as iCalendar. Raises NoCalendar."""
        now = self.clock.now()
        first, last = now - SHOWN_BEFORE, now + SHOWN_AFTER
        async with self.transactions.begin(_WORK) as work:
            feed = await work.rotas.feed(token)
            maker = await work.officials.find(feed.made_by) if feed else None
            if feed is None or maker is None:
                raise NoCalendar
            substitutions = await work.rotas.substitutions(first, last, cancelled=True)
            post = (feed.role, feed.area) if feed.role is not None and feed.area is not None else None
            shifts = await work.rotas.shifts_between(first, last, official=feed.official_id, post=post, cancelled=True)
            if feed.official_id is not None:
                for one in substitutions:
                    if one.substitute_id == feed.official_id:
                        shifts += await work.rotas.shifts_between(
                            one.starts_at, one.ends_at, official=one.official_id, cancelled=True
                        )
            ids = {one.official_id for one in shifts} | {one.substitute_id for one in substitutions}
            names = {one.id: one.name for one in (await work.officials.by_ids(ids)).values()}
        calendar = Calendar()
        calendar.add("prodid", "-//Shaodian//rota//ZH")
        calendar.add("version", "2.0")
        calendar.add("x-wr-timezone", str(self.zone))
        calendar.add("method", "PUBLISH")
        calendar.add_component(Timezone.from_tzinfo(self.zone))
        for shift in shifts:
            for event in self._events(shift, feed, substitutions, names, closest_language(maker.language)):
                calendar.add_component(event)
        content: bytes = calendar.to_ical()
        return content

    def _events(
        self,
        shift: Shift,
        feed: Feed,
        substitutions: Sequence[KeptSubstitution],
        names: dict[OfficialId, str],
        language: str,
    ) -> Iterable[Event]:
        """One event a shift, and one for each time somebody stands in. A duty until further notice is no event."""
        if shift.ends_at is None:
            return
        what = f"{self.words.word(f'role.{shift.role}', language)} · {self.words.area(shift.area, language)}"
        own = Span(shift.starts_at, shift.ends_at)
        replaced = [
            (one, cut)
            for one in substitutions
            if one.official_id == shift.official_id and (cut := own.overlap(one.span)) is not None
        ]
        if feed.official_id in (None, shift.official_id):
            lasting = [one for one, cut in replaced if one.cancelled_at is None and cut == own]
            changes = sum(one.sequence + 1 for one, _ in replaced)
            name = f" · {names.get(shift.official_id, '')}" if feed.official_id is None else ""
            gone = shift.cancelled_at is not None or bool(lasting)
            yield self._event(f"{shift.id}", f"{what}{name}", own, shift.sequence + changes, cancelled=gone)
        for one, cut in replaced:
            if feed.official_id in (None, one.substitute_id):
                name = names.get(one.substitute_id, "") if feed.official_id is None else ""
                for_whom = names.get(one.official_id, "")
                title = f"{what} · {name or self.words.word('rota.stands_in', language)} ← {for_whom}"
                gone = one.cancelled_at is not None or shift.cancelled_at is not None
                yield self._event(f"{shift.id}.{one.id}", title, cut, shift.sequence + one.sequence, cancelled=gone)

    def _event(self, uid: str, title: str, span: Span, sequence: int, *, cancelled: bool) -> Event:
        event = Event()
        event.add("uid", f"{uid}@shaodian")
        event.add("dtstamp", self.clock.now())
        event.add("sequence", sequence)
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("summary", title)
        event.add("dtstart", span.starts_at.astimezone(self.zone))
        event.add("dtend", span.ends_at.astimezone(self.zone))
        return event


def _utc(span: Span) -> tuple[datetime, datetime]:
    utc = ZoneInfo("UTC")
    return span.starts_at.astimezone(utc), span.ends_at.astimezone(utc)


def _key(rota: Rota, span: Span) -> str:
    return f"{ROTA}:{rota.id}:{int(span.starts_at.timestamp())}"


def _days(days: Sequence[date], midnights: Sequence[datetime]) -> Iterable[tuple[date, Span]]:
    return ((day, Span(starts, ends)) for day, starts, ends in zip(days, midnights, midnights[1:], strict=False))


def _stand_in(
    shift: Shift, substitutions: Sequence[KeptSubstitution], names: dict[OfficialId, str], day: Span
) -> str | None:
    """Who really comes that day, where it is somebody else."""
    shown = day.overlap(Span(shift.starts_at, shift.ends_at or day.ends_at)) or day
    for one in substitutions:
        cut = one.span.overlap(shown)
        if cut is not None:
            acting = standing_in(shift.official_id, [two.plain for two in substitutions], cut.starts_at)
            if acting != shift.official_id:
                return names.get(acting)
    return None
