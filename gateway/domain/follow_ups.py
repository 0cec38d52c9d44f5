"""Follow-ups: the watched time of one person under one profile, and what of its plan stands on record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.calendars import DAY, Moment
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import (
    AlertKind,
    FollowUpId,
    FollowUpState,
    ItemKind,
    ItemState,
    PlanItemId,
    ResidentId,
    TestKind,
)
from gateway.domain.packs import Anchor, Ladder, ProfileRule
from gateway.domain.plans import Period, PlanItem
from gateway.errors import Conflict, Invalid

#: States in which somebody still has something to do.
OPEN = (FollowUpState.PROVISIONAL, FollowUpState.ACTIVE, FollowUpState.HELD)

#: Why a follow-up is not released although its time is over.
MISSING_TEST = "missing_test"
ANTIBODY_ONLY = "antibody_only"
POSITIVE = "positive"


class FollowUpEnded(Conflict):
    """This follow-up has already ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """`sources` are the keys of what brought the person in; `holds` are the reasons that keep it from closing.
    `pack_hash` names the very words of the pack it was made with, whatever became of the pack since."""

    id: FollowUpId
    resident_id: ResidentId
    profile: str
    pack_id: str
    pack_version: str
    pack_overlays: tuple[str, ...]
    state: FollowUpState
    anchors: Mapping[str, Moment]
    periods: tuple[Period, ...]
    sources: tuple[str, ...]
    started_by: str
    rules: tuple[str, ...]
    created_at: datetime
    source_key: str | None = None
    pack_hash: str | None = None
    holds: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def ends_at(self) -> datetime | None:
        """When the last period ends; None while that still depends on something to come."""
        if not self.periods or any(period.waits or period.ends_at is None for period in self.periods):
            return None
        return max(period.ends_at for period in self.periods if period.ends_at)

    @property
    def is_duty(self) -> bool:
        """Isolation and monitoring are duties: their reminders go on when somebody stops routine pushes."""
        return bool(self.periods)

    def held_for(self, reason: str) -> "FollowUp":
        return replace(self, state=FollowUpState.HELD, holds=tuple(sorted({*self.holds, reason})))

    def no_longer_held_for(self, reason: str) -> "FollowUp":
        """Back to what it was once nothing holds it any more."""
        left = tuple(held for held in self.holds if held != reason)
        if left or self.state is not FollowUpState.HELD:
            return replace(self, holds=left)
        back = FollowUpState.ACTIVE if self.confirmed_at else FollowUpState.PROVISIONAL
        return replace(self, holds=(), state=back)

    def ended(self, state: FollowUpState, now: datetime) -> "FollowUp":
        if not self.is_open:
            raise FollowUpEnded
        return replace(self, state=state, closed_at=now, closes_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptItem:
    """A plan item on record. `watch_at` is when the clock looks whether it was done; None: nobody has to."""

    id: PlanItemId
    follow_up_id: FollowUpId
    resident_id: ResidentId
    key: str
    kind: ItemKind
    test: TestKind | None
    opens_at: datetime
    due_at: datetime | None
    rules: tuple[str, ...]
    assumes: tuple[str, ...]
    ladder_code: str
    ladder: tuple[LadderStep, ...]
    waits: bool = False
    state: ItemState = ItemState.PENDING
    watch_at: datetime | None = None
    watched_at: datetime | None = None
    done_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state is ItemState.PENDING

    def day_in(self, zone: ZoneInfo) -> date:
        """The day a daily item stands for."""
        return self.opens_at.astimezone(zone).date()

    @property
    def number(self) -> int | None:
        """Which day of a row of days: 3 for `monitor-check-in-d3`."""
        if self.kind not in (ItemKind.CHECK_IN, ItemKind.REPORT):
            return None
        last = self.key.rpartition("-d")[2]
        return int(last) if last.isdigit() else None

    def done(self, at: datetime) -> "KeptItem":
        late = self.due_at is not None and at > self.due_at
        return replace(self, state=ItemState.LATE if late else ItemState.DONE, done_at=at, watch_at=None)

    def warnings(self) -> tuple[LadderStep, ...]:
        """The steps before it is due: they tell that time is running out, not that something was missed."""
        return tuple(step for step in self.ladder if self.due_at is not None and step.at < self.due_at)

    def breaches(self) -> tuple[LadderStep, ...]:
        return tuple(step for step in self.ladder if self.due_at is not None and step.at >= self.due_at)


def item_key(item: PlanItem, rule: ProfileRule, anchors: Mapping[str, Moment]) -> str:
    """The key an item is kept under. A rolling test is a new thing to do each time it was done."""
    if not is_rolling(rule):
        return item.key
    last = anchors[Anchor.LAST_SAMPLE]
    return f"{item.key}@{last.isoformat()}"


def is_rolling(rule: ProfileRule) -> bool:
    """Tests that come round and round: every new sample is the anchor of the next."""
    return rule.required == (Anchor.LAST_SAMPLE,) and not rule.periods


def corrected(row: KeptItem, item: PlanItem, as_if_new: PlanItem | None, now: datetime) -> PlanItem:
    """The item after a date it counts from was corrected. What that puts into the past is due as soon as in a plan made
    now (`as_if_new`): the date told was counted from a mistake. One told sooner than that stays."""
    if as_if_new is None or not falls_back(row, item, now) or as_if_new.due_at is None or row.due_at is None:
        return item
    return as_if_new if now < as_if_new.due_at < row.due_at else item


def kept(item: PlanItem, key: str, *, new_id: PlanItemId, follow_up: FollowUp) -> KeptItem:
    return KeptItem(
        id=new_id,
        follow_up_id=follow_up.id,
        resident_id=follow_up.resident_id,
        key=key,
        kind=item.kind,
        test=item.test,
        opens_at=item.opens_at,
        due_at=item.due_at,
        rules=item.rules,
        assumes=item.assumes,
        ladder_code=item.ladder_code,
        ladder=item.ladder,
        waits=item.waits,
        watch_at=first_watch(item),
    )


def first_watch(item: PlanItem) -> datetime | None:
    if item.waits or item.due_at is None or not item.ladder:
        return None
    return min(item.ladder[0].at, item.due_at)


def replanned(row: KeptItem, item: PlanItem, now: datetime) -> KeptItem:
    """What is done stays done; what is open gets its new dates, and is watched anew where they moved.

    A date once told does not fall back into the past: such a row keeps the one it has.
    """
    if not row.is_open:
        return row
    keeps = falls_back(row, item, now)
    moved = not keeps and (row.due_at != item.due_at or row.waits != item.waits)
    # Written out: a change of packs comes by here a hundred thousand times, and `replace` takes four times as long.
    again = KeptItem(
        id=row.id,
        follow_up_id=row.follow_up_id,
        resident_id=row.resident_id,
        key=row.key,
        kind=row.kind,
        test=row.test,
        opens_at=row.opens_at if keeps else item.opens_at,
        due_at=row.due_at if keeps else item.due_at,
        rules=item.rules,
        assumes=item.assumes,
        ladder_code=item.ladder_code,
        ladder=item.ladder if moved else row.ladder,
        waits=item.waits,
        state=row.state,
        watch_at=first_watch(item) if moved else row.watch_at,
        watched_at=None if moved else row.watched_at,
        done_at=row.done_at,
    )
    if item.settled_at is not None:
        return again.done(item.settled_at)
    return again


def falls_back(row: KeptItem, item: PlanItem, now: datetime) -> bool:
    """Whether a date somebody was told would now lie in the past."""
    if row.due_at is None or row.waits or item.due_at is None or item.waits:
        return False
    return item.due_at <= now and item.due_at != row.due_at


def missed_as(kind: ItemKind) -> AlertKind:
    """What it is called when an item was not done in time."""
    match kind:
        case ItemKind.TEST:
            return AlertKind.MISSED_TEST
        case ItemKind.VISIT:
            return AlertKind.MISSED_VISIT
        case _:
            return AlertKind.MISSED_CHECK_IN


def ringing_on(steps: Sequence[LadderStep], ladder: Ladder, zone: ZoneInfo) -> tuple[tuple[LadderStep, ...], timedelta]:
    """The steps of a ladder and how it rings on after the last: every so many minutes, or daily at a time of day.

    Daily ringing is a further step at that time, repeated each day.
    """
    if ladder.repeat_every_minutes is not None or ladder.repeat_daily_at is None or not steps:
        return tuple(steps), timedelta(minutes=ladder.repeat_every_minutes or 24 * 60)
    last = steps[-1]
    local = last.at.astimezone(zone)
    again = datetime.combine(local.date(), ladder.repeat_daily_at, zone)
    if again <= local:
        again = datetime.combine(local.date() + DAY, ladder.repeat_daily_at, zone)
    return (*steps, replace(last, at=again)), DAY


def next_look(follow_up: FollowUp, items: Iterable[KeptItem], now: datetime) -> datetime | None:
    """When the clock next asks whether somebody can be released: the end of each period, then when all is due.

    None while the end still depends on something to come.
    """
    ends = [period.ends_at for period in follow_up.periods if period.ends_at and not period.waits]
    following = [end for end in ends if end > now]
    if following:
        return min(following)
    if any(period.waits for period in follow_up.periods) or any(item.waits for item in items if item.is_open):
        return None
    due = [item.due_at for item in items if item.is_open and item.due_at and item.kind is not ItemKind.CHECK_IN]
    ahead = [at for at in due if at > now]
    if ahead:
        return max(ahead)
    if not ends and any(item.is_open for item in items):
        return None
    return now


def next_open(items: Iterable[KeptItem]) -> KeptItem | None:
    """What comes next for the resident."""
    waiting = [item for item in items if item.is_open and not item.waits and item.due_at is not None]
    return min(waiting, key=lambda item: (item.due_at or item.opens_at, item.opens_at), default=None)


def anchors_kept(anchors: Mapping[str, Moment]) -> dict[str, str]:
    return {str(name): moment.isoformat() for name, moment in anchors.items()}


def anchors_read(written: Mapping[str, str]) -> dict[str, Moment]:
    return {name: moment_read(text) for name, text in written.items()}


def moment_read(text: str) -> Moment:
    """A day, or an instant with its offset. Raises Invalid."""
    try:
        moment = datetime.fromisoformat(text)
        if not 1900 < moment.year < 2200:  # an offset alone would lead beyond the calendar
            raise ValueError
        if len(text) == 10:
            return moment.date()
    except ValueError:
        raise Invalid(f"{text} is neither a day nor a moment") from None
    if moment.tzinfo is None:
        raise Invalid(f"{text} has no offset, e.g. +08:00")
    return moment
