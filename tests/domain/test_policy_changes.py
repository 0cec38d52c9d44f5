"""What another pack means for a plan under way, worked out on paper."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from gateway.domain.follow_ups import FollowUp, KeptItem, corrected, kept, replanned
from gateway.domain.kinds import ChangeOutcome, FollowUpId, FollowUpState, ItemState, PeriodKind, PlanItemId, ResidentId
from gateway.domain.packs import Pack
from gateway.domain.plans import Period, make_plan
from gateway.domain.policy_changes import Revision, Tally, revised, shortens
from gateway.domain.rules import Unset
from gateway.policies.loader import DEMO_OVERLAY, load_pack, pack_ids, read_back, written

SHANDONG = load_pack("sd-2020-09", overlays=[DEMO_OVERLAY])
ZONE = SHANDONG.zone


def at(said: str) -> datetime:
    return datetime.fromisoformat(f"2021-01-{said}").replace(tzinfo=ZONE)


STARTED = at("10 09:00")


def with_periods(profile: str, *days: int | Unset) -> Pack:
    rule = SHANDONG.profiles[profile]
    periods = tuple(replace(period, days=count) for period, count in zip(rule.periods, days, strict=True))
    return replace(SHANDONG, profiles={**SHANDONG.profiles, profile: replace(rule, periods=periods)})


def with_day(key: str, first: int, last: int | None = None) -> Pack:
    """The Shandong pack with one test of close contacts on another day."""
    rule = SHANDONG.profiles["close_contact"]
    items = tuple(
        replace(item, when=replace(item.when, day=first, to_day=last)) if item.key == key else item
        for item in rule.items
    )
    return replace(SHANDONG, profiles={**SHANDONG.profiles, "close_contact": replace(rule, items=items)})


def contact() -> tuple[FollowUp, list[KeptItem]]:
    anchors = {"isolation_start": STARTED, "last_exposure": STARTED.date()}
    plan = make_plan(SHANDONG, "close_contact", anchors, made_at=STARTED)
    follow_up = FollowUp(
        id=FollowUpId(uuid4()),
        resident_id=ResidentId(uuid4()),
        profile="close_contact",
        pack_id=SHANDONG.id,
        pack_version="1",
        pack_overlays=(),
        pack_hash="old",
        state=FollowUpState.ACTIVE,
        anchors=anchors,
        periods=plan.periods,
        sources=(),
        started_by="official",
        rules=SHANDONG.profiles["close_contact"].source,
        created_at=STARTED,
    )
    return follow_up, [kept(item, item.key, new_id=PlanItemId(uuid4()), follow_up=follow_up) for item in plan.items]


def under(after: Pack, follow_up: FollowUp, rows: list[KeptItem], now: datetime, before: Pack = SHANDONG) -> Revision:
    return revised(
        follow_up,
        rows,
        before=before,
        after=after,
        pack_hash="new",
        overlays=(),
        samplings=(),
        now=now,
        new_id=uuid4,
    )


def test_a_longer_isolation_moves_its_end_and_what_hangs_on_it() -> None:
    found = under(with_periods("close_contact", 21, 7), *contact(), at("15 10:00"))

    assert found.outcome is ChangeOutcome.MOVED
    ends = {move.what: (move.was, move.becomes) for move in found.moves if move.what.startswith("period.")}
    assert ends["period.central"] == (at("24 09:00"), at("31 09:00"))
    assert found.follow_up.pack_hash == "new"
    assert {one.item.key for one in found.changed} >= {"home-check-in-d1", "home-check-in-d7"}


def test_the_same_rules_under_another_name_move_nothing_and_twice_is_once() -> None:
    follow_up, rows = contact()
    again = under(replace(SHANDONG, version=2), follow_up, rows, at("15 10:00"))
    assert (again.outcome, again.moves, again.changed, again.added, again.dropped) == (
        ChangeOutcome.SAME,
        (),
        (),
        (),
        (),
    )

    longer = with_periods("close_contact", 21, 7)
    once = under(longer, follow_up, rows, at("15 10:00"))
    moved = {one.item.id: one.item for one in once.changed}
    after = [moved.get(row.id, row) for row in rows]
    twice = under(longer, once.follow_up, after, at("15 10:00"), before=longer)
    assert (twice.outcome, twice.changed) == (ChangeOutcome.SAME, ())


@pytest.mark.parametrize(("central", "home"), [(10, 7), (14, 5), (10, 11), (12, 30)])
def test_less_at_any_moment_to_come_waits_for_an_official(central: int, home: int) -> None:
    found = under(with_periods("close_contact", central, home), *contact(), at("15 10:00"))

    assert found.outcome is ChangeOutcome.SHORTENS


def test_what_is_shorter_only_in_the_past_shortens_nothing() -> None:
    found = under(with_periods("close_contact", 10, 14), *contact(), at("26 10:00"))

    assert found.outcome is ChangeOutcome.MOVED, "the central part is over, and home becomes longer"


def test_home_instead_of_a_central_site_is_less_although_it_ends_at_the_same_time() -> None:
    def period(kind: PeriodKind, first: str, last: str) -> Period:
        return Period(kind=kind, starts_at=at(first), ends_at=at(last), rules=())

    whole = (period(PeriodKind.CENTRAL, "10 09:00", "24 09:00"),)
    parted = (period(PeriodKind.CENTRAL, "10 09:00", "20 09:00"), period(PeriodKind.HOME, "20 09:00", "24 09:00"))
    assert shortens(whole, parted, at("15 10:00"))
    assert not shortens(parted, whole, at("15 10:00"))
    assert not shortens(whole, parted, at("24 09:00")), "all of it is over"
    assert shortens((replace(whole[0], ends_at=None),), whole, at("15 10:00")), "an end where there was none"


def test_a_test_that_the_new_rule_puts_into_the_past_is_due_within_its_grace() -> None:
    now = at("15 10:00")
    found = under(with_day("nat-d13", 4), *contact(), now)

    (moved,) = [one.item for one in found.changed if one.item.key == "nat-d13"]
    assert moved.due_at == now + timedelta(hours=24)
    assert moved.watch_at is not None and moved.watch_at > now


def test_a_date_set_by_the_grace_does_not_fall_back_when_the_plan_is_made_again() -> None:
    earlier, now = with_day("nat-d13", 4), at("15 10:00")
    follow_up, rows = contact()
    set_ = {one.item.key: one.item for one in under(earlier, follow_up, rows, now).changed}["nat-d13"]
    assert set_.due_at is not None
    assert set_.due_at > now

    again = make_plan(earlier, "close_contact", follow_up.anchors, made_at=follow_up.created_at)
    item = next(item for item in again.items if item.key == "nat-d13")
    soon = replanned(set_, item, now + timedelta(hours=1))
    late = replanned(set_, item, set_.due_at + timedelta(hours=1))

    assert (soon.due_at, soon.watch_at, soon.ladder) == (set_.due_at, set_.watch_at, set_.ladder)
    assert late == soon


def test_a_date_counted_from_a_mistake_does_not_stand_once_the_mistake_is_put_right() -> None:
    """The isolation began five days earlier than was thought: what that puts into the past is due within the grace."""
    follow_up, rows = contact()
    told = next(row for row in rows if row.key == "nat-d13")  # 22 January, 18:00
    now = at("18 20:00")
    right = {**follow_up.anchors, "isolation_start": at("05 09:00"), "last_exposure": at("05 09:00").date()}
    was, anew = (
        make_plan(SHANDONG, "close_contact", right, made_at=moment).item("nat-d13") for moment in (STARTED, now)
    )
    assert was.due_at == at("17 18:00"), "by the right day it is over"

    moved = replanned(told, corrected(told, was, anew, now), now)
    assert moved.due_at == now + timedelta(hours=24)
    assert moved.watch_at is not None and moved.watch_at > now
    soon = replace(told, due_at=now + timedelta(hours=2))
    assert replanned(soon, corrected(soon, was, anew, now), now).due_at == soon.due_at, "told sooner: it stays"
    assert replanned(told, corrected(told, was, None, now), now).due_at == told.due_at, "nothing was put right"


def test_what_was_missed_stays_missed_and_what_was_done_stays_done() -> None:
    follow_up, rows = contact()
    now = at("16 10:00")
    done = [row.done(at("10 12:00")) if row.key == "nat-d1" else row for row in rows]
    later = with_day("nat-d3-5", 9, 10)
    found = under(replace(later, version=2), follow_up, done, now)

    touched = {one.item.key for one in found.changed} | {item.key for item in found.dropped}
    assert not touched & {"nat-d1", "nat-d3-5"}


def test_a_test_that_is_new_and_already_past_is_not_asked_for_and_stays_away() -> None:
    rule = SHANDONG.profiles["close_contact"]
    extra = replace(rule.items[0], key="nat-d2", when=replace(rule.items[0].when, day=2))
    coming = replace(rule.items[0], key="nat-d9", when=replace(rule.items[0].when, day=9))
    more = replace(rule, items=(*rule.items, extra, coming))
    follow_up, rows = contact()
    pack = replace(SHANDONG, profiles={**SHANDONG.profiles, "close_contact": more})
    found = under(pack, follow_up, rows, at("15 10:00"))

    assert [one.item.key for one in found.added] == ["nat-d9"]
    assert [(item.key, item.state) for item in found.passed] == [("nat-d2", ItemState.CANCELLED)]


def test_a_pack_that_cannot_plan_somebody_leaves_them_and_says_why() -> None:
    follow_up, rows = contact()
    others = {name: rule for name, rule in SHANDONG.profiles.items() if name != "close_contact"}
    without = under(replace(SHANDONG, profiles=others), follow_up, rows, at("15 10:00"))
    assert (without.outcome, without.why, without.follow_up) == (ChangeOutcome.UNPLANNED, "no_profile", follow_up)

    unset = Unset("profiles.close_contact.periods[0].days", "SD-3.3.2-a")
    missing = under(with_periods("close_contact", unset, 7), follow_up, rows, at("15 10:00"))
    assert missing.outcome is ChangeOutcome.UNPLANNED
    assert missing.why == "profiles.close_contact.periods[0].days (SD-3.3.2-a)"


def test_a_preview_counts_plans_people_and_days() -> None:
    tally = Tally(ZONE)
    for pack in (with_periods("close_contact", 21, 7), with_periods("close_contact", 21, 7), SHANDONG):
        tally.add(under(replace(pack, version=2), *contact(), at("15 10:00")), "37010200100001")
    tally.add(under(with_periods("close_contact", 10, 7), *contact(), at("15 10:00")), "370102003")
    summary = tally.summary()

    assert (summary.plans, summary.changed, summary.waiting, summary.told) == (4, 3, 1, 2)
    assert ("370102001", ChangeOutcome.MOVED, 2) in summary.by_township
    central = [one for one in summary.moved if one.what == "period.central"]
    assert sorted((one.days, one.plans) for one in central) == [(-4, 1), (7, 2)]


@pytest.mark.parametrize("pack_id", pack_ids())
def test_every_pack_is_kept_word_for_word(pack_id: str) -> None:
    pack = load_pack(pack_id, overlays=[DEMO_OVERLAY])

    again = read_back(written(pack))
    assert again == pack
    assert written(again) == written(pack)
