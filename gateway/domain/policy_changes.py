"""What another pack means for a plan under way: only what is still to come moves, and nothing is shortened unasked.

What is settled stays settled, and what was missed stays missed. A step that the other pack puts into the past is due
within its grace; one that it newly asks for in the past is not asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.domain.calendars import elapse
from gateway.domain.follow_ups import FollowUp, KeptItem, first_watch, is_rolling, item_key, kept, next_look, replanned
from gateway.domain.kinds import ChangeOutcome, ItemState, PeriodKind, PlanItemId, ResidentId
from gateway.domain.ladders import LadderBook
from gateway.domain.packs import Pack
from gateway.domain.plans import Period, Plan, PlanItem, Sampling, make_plan
from gateway.errors import Invalid, NotConfigured, NotFound

#: How much a period asks of somebody; the same order says whether a moment to come is made easier.
_STRICT: Mapping[PeriodKind, int] = {PeriodKind.MONITOR: 1, PeriodKind.HOME: 2, PeriodKind.CENTRAL: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One date, before and after. None: it was not asked for before, or is not any more.

    `what` is a word's code (`test.nat`, `item.visit`, `period.home`); an `expected` date still depends on something.
    """

    what: str
    was: datetime | None
    becomes: datetime | None
    expected: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """An item as it is kept from now on, with the reminders still to come."""

    item: KeptItem
    reminders: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A plan as another pack would have it. `added` and `changed` carry reminders; `dropped` asks for nothing more.

    `passed` are items that the other pack would have asked for by now: kept as cancelled, so that nobody adds them.
    """

    follow_up: FollowUp
    outcome: ChangeOutcome
    why: str | None = None
    moves: tuple[Move, ...] = ()
    ends_was: datetime | None = None
    added: tuple[Dated, ...] = ()
    changed: tuple[Dated, ...] = ()
    dropped: tuple[KeptItem, ...] = ()
    passed: tuple[KeptItem, ...] = ()


def revised(
    follow_up: FollowUp,
    rows: Sequence[KeptItem],
    *,
    before: Pack,
    after: Pack,
    pack_hash: str,
    overlays: tuple[str, ...],
    samplings: Sequence[Sampling],
    now: datetime,
    new_id: Callable[[], UUID],
    ladders: LadderBook | None = None,
) -> Revision:
    """The plan under the pack `after`, as at `now`. Whoever looks at many plans passes the pack's `ladders`."""
    ladders = ladders or LadderBook(after)
    try:
        rule = after.profile(follow_up.profile)
        plan = make_plan(
            after,
            follow_up.profile,
            follow_up.anchors,
            events=samplings,
            made_at=follow_up.created_at,
            ladders=ladders,
        )
    except NotConfigured as unset:
        return Revision(follow_up=follow_up, outcome=ChangeOutcome.UNPLANNED, why=f"{unset.value} ({unset.rule})")
    except NotFound:
        return Revision(follow_up=follow_up, outcome=ChangeOutcome.UNPLANNED, why="no_profile")
    except Invalid as wrong:
        return Revision(follow_up=follow_up, outcome=ChangeOutcome.UNPLANNED, why=wrong.detail)
    known = before.profiles.get(follow_up.profile)
    stamped = replace(
        follow_up,
        pack_id=after.id,
        pack_version=str(after.version),
        pack_overlays=overlays,
        pack_hash=pack_hash,
        periods=plan.periods,
        rules=rule.source if known is None or follow_up.rules == known.source else follow_up.rules,
    )
    written = _written(stamped, rows, plan, before, ladders, now, new_id)
    standing = [*written.kept, *(one.item for one in (*written.added, *written.changed)), *written.dropped]
    closes_at = None if stamped.holds else next_look(stamped, standing, now)
    stamped = replace(stamped, closes_at=closes_at)
    moves = (*_period_moves(follow_up.periods, plan.periods, now), *written.moves)
    less = bool(plan.excused_by) or shortens(follow_up.periods, plan.periods, now)
    outcome = ChangeOutcome.SHORTENS if less else ChangeOutcome.MOVED if moves else ChangeOutcome.SAME
    return Revision(
        follow_up=stamped,
        outcome=outcome,
        why="excused" if plan.excused_by else None,
        moves=moves,
        ends_was=follow_up.ends_at,
        added=tuple(written.added),
        changed=tuple(written.changed),
        dropped=tuple(written.dropped),
        passed=tuple(written.passed),
    )


def shortens(before: Sequence[Period], after: Sequence[Period], now: datetime) -> bool:
    """Whether at any moment to come less would be asked: an earlier end, or home instead of a central site."""
    if before == after:
        return False
    edges = {now}
    for period in (*before, *after):
        edges |= {at for at in (period.starts_at, period.ends_at) if at is not None and at > now}
    return any(_strictness(after, at) < _strictness(before, at) for at in edges)


def _strictness(periods: Sequence[Period], at: datetime) -> int:
    return max(
        (
            _STRICT.get(period.kind, 0)
            for period in periods
            if period.starts_at <= at and (period.ends_at is None or at < period.ends_at)
        ),
        default=0,
    )


@dataclass(slots=True)
class _Written:
    added: list[Dated]
    changed: list[Dated]
    dropped: list[KeptItem]
    passed: list[KeptItem]
    kept: list[KeptItem]
    moves: list[Move]


def _written(
    follow_up: FollowUp,
    rows: Sequence[KeptItem],
    plan: Plan,
    before: Pack,
    ladders: LadderBook,
    now: datetime,
    new_id: Callable[[], UUID],
) -> _Written:
    after = ladders.pack
    rule = after.profile(follow_up.profile)
    left = {row.key: row for row in rows}
    same: dict[str, bool] = {}

    def same_ladder(code: str) -> bool:
        if code not in same:
            same[code] = before.ladders.get(code) == after.ladders.get(code)
        return same[code]

    done = _Written([], [], [], [], [], [])
    for item in plan.items:
        key = item_key(item, rule, follow_up.anchors)
        row = left.pop(key, None)
        if row is None:
            new = kept(item, key, new_id=PlanItemId(new_id()), follow_up=follow_up)
            if _is_over(new.due_at, now) and not new.waits:
                done.passed.append(replace(new, state=ItemState.CANCELLED, watch_at=None))
                continue
            done.added.append(Dated(item=new, reminders=_to_come(item, now)))
            done.moves.append(_move(new, None, new.due_at))
            continue
        if not row.is_open or (_is_over(row.due_at, now) and not row.waits):
            done.kept.append(row)
            continue
        if item.settled_at is None and _says_the_same(row, item) and same_ladder(row.ladder_code):
            done.kept.append(row)
            continue
        again = _redated(row, item, ladders, now)
        if not again.is_open:
            done.changed.append(Dated(item=again, reminders=()))
            continue
        done.changed.append(Dated(item=again, reminders=_to_come(item, now)))
        if (again.due_at, again.waits) != (row.due_at, row.waits):
            done.moves.append(_move(again, row.due_at, again.due_at))
    for gone in left.values():
        if not gone.is_open or is_rolling(rule) or (_is_over(gone.due_at, now) and not gone.waits):
            done.kept.append(gone)
            continue
        done.dropped.append(replace(gone, state=ItemState.CANCELLED, watch_at=None))
        done.moves.append(_move(gone, gone.due_at, None))
    return done


def _redated(row: KeptItem, item: PlanItem, ladders: LadderBook, now: datetime) -> KeptItem:
    """The row with the other pack's dates and ladder; what these would put into the past is due within the grace."""
    again = replanned(row, item, now)
    if not again.is_open:
        return again
    if _is_over(item.due_at, now) and not again.waits:
        after = ladders.pack
        due_at = elapse(now, timedelta(hours=after.conventions.late_grace_hours)).astimezone(after.zone)
        ladder = ladders.steps(item.ladder_code, clock_start=now, due_at=due_at)
        again = replace(again, opens_at=min(row.opens_at, now), due_at=due_at, ladder=ladder)
        return replace(again, watch_at=min(ladder[0].at, due_at) if ladder else None, watched_at=None)
    if row.watched_at is None and (row.due_at, row.waits) == (again.due_at, again.waits):  # moved: it has them already
        again = replace(again, ladder=item.ladder, watch_at=first_watch(item))
    return again


def _says_the_same(row: KeptItem, item: PlanItem) -> bool:
    return (row.due_at, row.opens_at, row.waits, row.rules, row.assumes, row.ladder_code) == (
        item.due_at,
        item.opens_at,
        item.waits,
        item.rules,
        item.assumes,
        item.ladder_code,
    )


def _is_over(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at <= now


def _to_come(item: PlanItem, now: datetime) -> tuple[datetime, ...]:
    return () if item.waits else tuple(at for at in item.reminders if at > now)


def _move(item: KeptItem, was: datetime | None, becomes: datetime | None) -> Move:
    what = f"test.{item.test}" if item.test else f"item.{item.kind}"
    return Move(what=what, was=was, becomes=becomes, expected=item.waits, rules=item.rules)


def _period_moves(before: Sequence[Period], after: Sequence[Period], now: datetime) -> Iterable[Move]:
    """Ends of periods; one that was over before is nobody's news."""
    ends = {period.kind: period for period in before}
    for period in after:
        was = ends.pop(period.kind, None)
        if was is not None and was.ends_at == period.ends_at:
            continue
        if was is None and _is_over(period.ends_at, now):
            continue
        yield Move(
            what=f"period.{period.kind}",
            was=was.ends_at if was else None,
            becomes=period.ends_at,
            expected=period.waits,
            rules=period.rules,
        )
    for gone in ends.values():
        if not _is_over(gone.ends_at, now):
            yield Move(
                what=f"period.{gone.kind}", was=gone.ends_at, becomes=None, expected=gone.waits, rules=gone.rules
            )


# what a preview says of all of them


@dataclass(frozen=True, slots=True)
class Moved:
    """So many plans of a profile have this date moved from one day to another."""

    profile: str
    what: str
    was: date | None
    becomes: date | None
    plans: int

    @property
    def days(self) -> int | None:
        return (self.becomes - self.was).days if self.was and self.becomes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a change does to all plans looked at. `told` are the residents who hear of it at once.

    `by_profile` and `by_township` hold (name, outcome, plans); `unplanned` holds (reason, plans).
    """

    plans: int
    outcomes: Mapping[ChangeOutcome, int]
    told: int
    moved: tuple[Moved, ...]
    by_profile: tuple[tuple[str, ChangeOutcome, int], ...]
    by_township: tuple[tuple[str, ChangeOutcome, int], ...]
    unplanned: tuple[tuple[str, int], ...]

    @property
    def changed(self) -> int:
        """Plans with a date that moves, at once or once an official agrees."""
        return self.outcomes.get(ChangeOutcome.MOVED, 0) + self.outcomes.get(ChangeOutcome.SHORTENS, 0)

    @property
    def waiting(self) -> int:
        """Plans that stay as they are until an official has decided."""
        return self.outcomes.get(ChangeOutcome.SHORTENS, 0) + self.outcomes.get(ChangeOutcome.UNPLANNED, 0)

    def shifts(self) -> tuple[tuple[int, int], ...]:
        """How many dates move by how many days."""
        counted: Counter[int] = Counter()
        for one in self.moved:
            if one.days is not None:
                counted[one.days] += one.plans
        return tuple(sorted(counted.items()))


@dataclass(slots=True)
class Tally:
    """Counts plans as they are looked at, and holds no more of them than their figures."""

    zone: ZoneInfo
    _plans: int = 0
    _outcomes: Counter[ChangeOutcome] = field(default_factory=Counter)
    _moved: Counter[tuple[str, str, date | None, date | None]] = field(default_factory=Counter)
    _profiles: Counter[tuple[str, ChangeOutcome]] = field(default_factory=Counter)
    _townships: Counter[tuple[str, ChangeOutcome]] = field(default_factory=Counter)
    _whys: Counter[str] = field(default_factory=Counter)
    _told: set[ResidentId] = field(default_factory=set)

    def add(self, revision: Revision, area: str) -> None:
        follow_up, outcome = revision.follow_up, revision.outcome
        self._plans += 1
        self._outcomes[outcome] += 1
        self._profiles[follow_up.profile, outcome] += 1
        if outcome is ChangeOutcome.SAME:
            return
        self._townships[area[:9], outcome] += 1
        if outcome is ChangeOutcome.MOVED:
            self._told.add(follow_up.resident_id)
        if outcome is ChangeOutcome.UNPLANNED:
            self._whys[revision.why or ""] += 1
        # A row of daily reports that moves by the same days is one line each, however many plans share it.
        for move in {(one.what, self._day(one.was), self._day(one.becomes)) for one in revision.moves}:
            self._moved[follow_up.profile, *move] += 1

    def _day(self, at: datetime | None) -> date | None:
        return at.astimezone(self.zone).date() if at else None

    def summary(self) -> Summary:
        moved = [Moved(*which, plans) for which, plans in self._moved.items()]
        moved.sort(key=lambda one: (one.profile, one.what, one.was or date.max, one.becomes or date.max))
        return Summary(
            plans=self._plans,
            outcomes=dict(self._outcomes),
            told=len(self._told),
            moved=tuple(moved),
            by_profile=tuple(sorted((*which, plans) for which, plans in self._profiles.items())),
            by_township=tuple(sorted((*which, plans) for which, plans in self._townships.items())),
            unplanned=tuple(sorted(self._whys.items())),
        )
