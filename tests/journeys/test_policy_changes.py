"""A notice changes overnight: shown first, put in force by name, all plans or none, nobody released unasked."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from gateway.bootstrap import ZONE
from gateway.domain.follow_ups import FollowUp
from gateway.domain.kinds import AlertKind, ChangeOutcome, FollowUpState, PeriodKind, ResidentId, Role, TestKind
from gateway.domain.scopes import Scope
from gateway.record.activations import Activation
from gateway.record.pack_versions import PackVersion
from gateway.record.policy_changes import PlanChangeNotFound
from gateway.schemas.people import ProfileIn
from gateway.schemas.results import ResultIn
from gateway.services.policy_changes import (
    DayIsOver,
    NoArea,
    NotYoursToActivate,
    NotYoursToDecide,
    PackNotOfThatDay,
    SectionsNotAccepted,
)
from gateway.town import Desk, Neighbour, Town

JINAN = """\
pack:
  id: {id}
  version: {version}
  title: {title}
  document: shandong-2020-09
  parent: sd-2020-09
  jurisdiction: "370100"
  effective_from: 2021-01-15
  timezone: Asia/Shanghai
signed_off:
  - {{value: "profiles.close_contact", by: 市指挥部, rule: DEFAULT}}
  - {{value: "profiles.secondary_close_contact", by: 市指挥部, rule: DEFAULT}}
profiles:
  close_contact:
    periods: {{0: {{days: {days}}}}}
"""


def jinan(days: int, *, id_: str = "jn-2021-01", version: int = 1, title: str = "济南市2021年1月要求") -> bytes:
    """Shandong's rules with another number of days in a central site: what a city might issue overnight."""
    return JINAN.format(id=id_, version=version, title=title, days=days).encode()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


async def official(town: Town, name: str, role: Role, area: str) -> Desk:
    return await town.official(name, role, area)


async def placed(
    town: Town, doctor: Desk, name: str, *, since: str, area: str = "370102001"
) -> tuple[Neighbour, FollowUp]:
    """Somebody in central isolation as a close contact, told so."""
    resident = await town.resident(name, area=area)
    follow_up = await town.house.follow_ups.place(
        resident.id,
        profile="close_contact",
        anchors={"isolation_start": at(since), "last_exposure": at(since).date()},
        reason="同乘一车",
        official=doctor.official,
    )
    await town.quiet()
    return resident, follow_up


async def brought(town: Town, desk: Desk, content: bytes) -> PackVersion:
    return await town.house.policy_changes.bring("jn-2021-01.yaml", content, official=desk.official)


async def activated(town: Town, desk: Desk, version: PackVersion, *, since: date | None = None) -> Activation:
    """Everything that is not set is accepted to stay off, by name."""
    preview = await town.house.policy_changes.preview(version.hash, official=desk.official, effective_from=since)
    activation = await town.house.policy_changes.activate(
        version.hash,
        official=desk.official,
        effective_from=since,
        accepts_off=[one.value for one in preview.off],
    )
    await town.quiet()
    return activation


async def plan_of(town: Town, resident_id: ResidentId) -> FollowUp:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (plan,) = await work.follow_ups.of_resident(resident_id)
    return plan


def end_of(plan: FollowUp, kind: PeriodKind) -> datetime | None:
    return next((period.ends_at for period in plan.periods if period.kind is kind), None)


async def test_a_longer_isolation_is_shown_first_then_in_force_for_everybody_and_each_is_told_once(town: Town) -> None:
    city, doctor = (
        await official(town, "市指挥部", Role.CITY, "3701"),
        await official(town, "陈医生", Role.DOCTOR, "370102001"),
    )
    resident, before = await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    away, other = await placed(
        town,
        await official(town, "青岛医生", Role.DOCTOR, "370202001"),
        "赵六",
        since="2021-01-10 09:00",
        area="370202001",
    )
    version = await brought(town, city, jinan(21))

    preview = await town.house.policy_changes.preview(version.hash, official=city.official)
    assert (preview.summary.plans, preview.summary.changed, preview.summary.waiting) == (1, 1, 0)
    assert preview.summary.told == 1
    ends = {(one.what, one.was, one.becomes) for one in preview.summary.moved if one.what.startswith("period.")}
    assert ends == {
        ("period.central", date(2021, 1, 24), date(2021, 1, 31)),
        ("period.home", date(2021, 1, 31), date(2021, 2, 7)),
    }
    assert await plan_of(town, resident.id) == replace(before, closes_at=(await plan_of(town, resident.id)).closes_at)
    resident.heard_nothing("防控要求已更新")

    activation = await activated(town, city, version)
    plan = await plan_of(town, resident.id)
    assert end_of(plan, PeriodKind.CENTRAL) == at("2021-01-31 09:00")
    assert (plan.pack_id, plan.pack_hash) == ("jn-2021-01", version.hash)
    said = resident.heard("防控要求已更新", at="2021-01-15 07:20")
    assert "1月24日星期日 09:00 → 1月31日星期日 09:00" in said.text
    assert "密切接触者" in said.text and "14天" in said.text, "with the sentence it comes from"
    assert end_of(await plan_of(town, away.id), PeriodKind.CENTRAL) == end_of(other, PeriodKind.CENTRAL)
    away.heard_nothing("防控要求已更新")
    doctor.heard_nothing("请决定")

    await town.house.policy_changes.apply(activation.id)  # type: ignore[arg-type]
    await town.wait(timedelta(minutes=2))
    assert len(resident.times("防控要求已更新")) == 1, "told once, however often the clock comes"


async def test_nothing_shortens_an_isolation_before_an_official_has_agreed(town: Town) -> None:
    city, doctor = (
        await official(town, "市指挥部", Role.CITY, "3701"),
        await official(town, "陈医生", Role.DOCTOR, "370102001"),
    )
    resident, before = await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    kept, _ = await placed(town, doctor, "李雷", since="2021-01-10 09:00")
    await activated(town, city, await brought(town, city, jinan(10)))

    plan = await plan_of(town, resident.id)
    assert (plan.periods, plan.pack_id) == (before.periods, "sd-2020-09"), "it stays, and explains itself as before"
    resident.heard_nothing("防控要求已更新")
    card = doctor.heard("新要求将缩短隔离或监测", at="2021-01-15 07:20")
    assert "2 份" in card.text and len(doctor.times("新要求将缩短隔离或监测")) == 1, "one card, however many plans"
    first, second = sorted(
        await town.house.policy_changes.waiting_for(official=doctor.official), key=lambda one: one.identity.name or ""
    )
    assert {first.change.outcome, second.change.outcome} == {ChangeOutcome.SHORTENS}

    site = await official(town, "采样点", Role.SITE, "370102")
    with pytest.raises(NotYoursToDecide):
        await town.house.policy_changes.decide([second.change.id], confirms=True, reason="x", official=site.official)
    stranger = await official(town, "别处医生", Role.DOCTOR, "370102003")
    with pytest.raises(PlanChangeNotFound):
        await town.house.policy_changes.decide(
            [second.change.id], confirms=True, reason="x", official=stranger.official
        )

    names = {one.identity.name: one.change.id for one in (first, second)}
    decide = town.house.policy_changes.decide
    assert await decide([names["王芳"]], confirms=True, reason="三次核酸均为阴性", official=doctor.official) == 1
    await town.quiet()
    plan = await plan_of(town, resident.id)
    assert end_of(plan, PeriodKind.CENTRAL) == at("2021-01-20 09:00")
    resident.heard("1月24日星期日 09:00 → 1月20日星期三 09:00", at="2021-01-15 07:20")
    assert [one.kind for one in await doctor.open_alerts()].count(AlertKind.POLICY_CHANGE) == 1, "one still waits"
    assert await decide([names["李雷"]], confirms=False, reason="有可疑症状", official=doctor.official) == 1
    await town.quiet()
    assert (await plan_of(town, kept.id)).pack_id == "sd-2020-09"
    kept.heard_nothing("防控要求已更新")
    assert AlertKind.POLICY_CHANGE not in [one.kind for one in await doctor.open_alerts()]
    with pytest.raises(PlanChangeNotFound):
        await decide([names["王芳"]], confirms=True, reason="再来", official=doctor.official)


async def test_a_newer_file_on_disk_changes_no_plan_under_way(town: Town) -> None:
    doctor = await official(town, "陈医生", Role.DOCTOR, "370102001")
    site = await official(town, "采样点", Role.SITE, "370102")
    resident, before = await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    packs = town.house.packs
    disk = packs.loaded("sd-2020-09", ("demo",))
    rule = disk.profiles["close_contact"]
    longer = replace(rule, periods=(replace(rule.periods[0], days=99), *rule.periods[1:]))
    packs._loaded["sd-2020-09", ("demo",)] = replace(disk, profiles={**disk.profiles, "close_contact": longer})
    packs._kept.clear()  # as after a restart

    await town.house.results.record(
        ResultIn(resident_id=resident.id, test=TestKind.NAT, sampled_at=at("2021-01-15 07:20"), site="采样点"),
        official=site.official,
    )
    await town.quiet()
    assert (await plan_of(town, resident.id)).periods == before.periods
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        pack = await packs.for_area(work, "370102001", town.clock.now())
    assert pack.profiles["close_contact"].periods[0].days == 14, "nor is it in force for the next person"


async def test_a_pack_for_a_later_day_waits_for_it_even_when_the_agenda_is_lost(town: Town) -> None:
    city, doctor = (
        await official(town, "市指挥部", Role.CITY, "3701"),
        await official(town, "陈医生", Role.DOCTOR, "370102001"),
    )
    await town.until("2021-01-15 23:30")
    resident, _ = await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    activation = await activated(town, city, await brought(town, city, jinan(21)), since=date(2021, 1, 16))
    assert activation.applied_at is None
    assert end_of(await plan_of(town, resident.id), PeriodKind.CENTRAL) == at("2021-01-24 09:00")
    newcomer, _ = await placed(town, doctor, "赵六", since="2021-01-10 10:00")
    await town.house.agenda.cancel([f"activation:{activation.id}"])

    await town.until("2021-01-16 00:00")
    assert end_of(await plan_of(town, resident.id), PeriodKind.CENTRAL) == at("2021-01-31 09:00")
    assert end_of(await plan_of(town, newcomer.id), PeriodKind.CENTRAL) == at("2021-01-31 10:00")
    await town.until("2021-01-16 07:00")
    assert resident.times("防控要求已更新") == ["01-16 07:00"], (
        "in force at midnight, told when the quiet hours are over"
    )


async def test_only_the_county_and_above_activate_and_what_is_not_set_is_accepted_by_name(town: Town) -> None:
    city, doctor = (
        await official(town, "市指挥部", Role.CITY, "3701"),
        await official(town, "陈医生", Role.DOCTOR, "370102001"),
    )
    county = await official(town, "区指挥部", Role.COUNTY, "370102")
    version = await brought(town, city, jinan(21))
    changes = town.house.policy_changes
    with pytest.raises(NotYoursToActivate):
        await changes.bring("x.yaml", jinan(21), official=doctor.official)
    with pytest.raises(NotYoursToActivate):
        await changes.preview(version.hash, official=county.official)
    with pytest.raises(NotYoursToActivate):
        await changes.activate(version.hash, official=county.official, area="370103", accepts_off=[])
    with pytest.raises(SectionsNotAccepted, match=r"preboard.cert_hours \(SD-3.2.2-b\)"):
        await changes.activate(version.hash, official=city.official, accepts_off=["hotlines.emergency"])
    with pytest.raises(DayIsOver):
        await changes.preview(version.hash, official=city.official, effective_from=date(2021, 1, 14))

    preview = await changes.preview(version.hash, official=county.official, area="370102")
    off = [one.value for one in preview.off]
    activation = await changes.activate(version.hash, official=county.official, area="370102", accepts_off=off)
    assert (activation.activated_by, set(activation.accepted_off)) == ("区指挥部", set(off))
    shown = await changes.standing(official=city.official)
    assert [(one.activation.area, one.activation.pack_id, one.now) for one in shown] == [
        ("370102", "jn-2021-01", True),
        ("37", "sd-2020-09", True),
    ]


async def test_what_was_done_or_missed_stays_and_only_what_is_to_come_moves(town: Town) -> None:
    city = await official(town, "市指挥部", Role.CITY, "3701")
    doctor = await official(town, "陈医生", Role.DOCTOR, "370102001")
    site = await official(town, "采样点", Role.SITE, "370102")
    resident, _ = await placed(town, doctor, "王芳", since="2021-01-11 09:00")
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (plan,) = await work.follow_ups.of_resident(resident.id)
        before = {item.key: item for item in await work.follow_ups.items(plan.id)}
    assert before["nat-d13"].due_at == at("2021-01-23 18:00")
    await town.house.results.record(
        ResultIn(resident_id=resident.id, test=TestKind.NAT, sampled_at=at("2021-01-11 10:00"), site="采样点"),
        official=site.official,
    )
    await town.until("2021-01-15 18:30")
    items = "    items: {0: {when: {day: 2}}, 1: {when: {day: 4, to_day: 4}}, 2: {when: {day: 17}}}\n"
    await activated(town, city, await brought(town, city, jinan(21) + items.encode()))

    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (plan,) = await work.follow_ups.of_resident(resident.id)
        after = {item.key: item for item in await work.follow_ups.items(plan.id)}
        slots = {one.due_at for one in await work.reminders.of_items([after["nat-d13"].id]) if one.state == "pending"}
    assert after["nat-d1"] == before["nat-d1"].done(at("2021-01-11 10:00")), "sampled: it keeps the day it had"
    assert (after["nat-d3-5"].due_at, after["nat-d3-5"].rules) == (before["nat-d3-5"].due_at, before["nat-d3-5"].rules)
    assert after["nat-d3-5"].due_at == at("2021-01-15 18:00"), "missed under the old rule, not excused by the new"
    assert after["nat-d13"].due_at == at("2021-01-27 18:00")
    assert slots and all(at("2021-01-26 00:00") <= slot <= at("2021-01-27 18:00") for slot in slots)
    assert "1月27日星期三" in resident.heard("防控要求已更新").text


async def test_activating_the_version_before_undoes_a_change(town: Town) -> None:
    city, doctor = (
        await official(town, "市指挥部", Role.CITY, "3701"),
        await official(town, "陈医生", Role.DOCTOR, "370102001"),
    )
    resident, before = await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    first = await brought(town, city, jinan(14))
    await activated(town, city, first)
    await town.wait(timedelta(minutes=1))
    await activated(town, city, await brought(town, city, jinan(21, version=2)))
    await town.wait(timedelta(minutes=1))
    assert end_of(await plan_of(town, resident.id), PeriodKind.CENTRAL) == at("2021-01-31 09:00")

    await activated(town, city, first)
    (waiting,) = await town.house.policy_changes.waiting_for(official=doctor.official)
    await town.house.policy_changes.decide([waiting.change.id], confirms=True, reason="撤回", official=doctor.official)
    plan = await plan_of(town, resident.id)
    assert (plan.periods, plan.pack_hash) == (before.periods, first.hash)


async def test_two_neighbours_have_packs_of_their_own_and_whoever_moves_follows_the_new_place(town: Town) -> None:
    jinan_city, doctor = (
        await official(town, "济南", Role.CITY, "3701"),
        await official(town, "陈医生", Role.DOCTOR, "370102001"),
    )
    qingdao = await official(town, "青岛医生", Role.DOCTOR, "370202001")
    await activated(town, jinan_city, await brought(town, jinan_city, jinan(21)))
    mover, _ = await placed(town, qingdao, "王芳", since="2021-01-10 09:00", area="370202001")
    stayer, _ = await placed(town, qingdao, "李雷", since="2021-01-10 09:00", area="370202001")
    assert end_of(await plan_of(town, mover.id), PeriodKind.CENTRAL) == at("2021-01-24 09:00")

    await mover.gateway.keep_profile(ProfileIn(name="王芳", phone="13800138000", home_area="370102001", grid="1"))
    await town.quiet()
    plan = await plan_of(town, mover.id)
    assert (plan.pack_id, end_of(plan, PeriodKind.CENTRAL)) == ("jn-2021-01", at("2021-01-31 09:00"))
    mover.heard("您的管理地区已变更")
    assert end_of(await plan_of(town, stayer.id), PeriodKind.CENTRAL) == at("2021-01-24 09:00")

    await town.house.residents.move(mover.id, "370202001", official=doctor.official)
    await town.quiet()
    plan = await plan_of(town, mover.id)
    assert end_of(plan, PeriodKind.CENTRAL) == at("2021-01-31 09:00"), "shorter there: an official decides"
    qingdao.heard("新要求将缩短隔离或监测")
    (waiting,) = await town.house.policy_changes.waiting_for(official=qingdao.official)
    await town.house.policy_changes.decide(
        [waiting.change.id], confirms=True, reason="按本地", official=qingdao.official
    )
    assert end_of(await plan_of(town, mover.id), PeriodKind.CENTRAL) == at("2021-01-24 09:00")
    assert (await plan_of(town, mover.id)).state is FollowUpState.ACTIVE


async def test_whoever_activates_while_another_activation_runs_comes_after_it(town: Town) -> None:
    city = await official(town, "市指挥部", Role.CITY, "3701")
    first, second = await brought(town, city, jinan(21)), await brought(town, city, jinan(28, version=2))
    changes = town.house.policy_changes
    off = [one.value for one in (await changes.preview(first.hash, official=city.official)).off]
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.activations.one_at_a_time()
        waiting = asyncio.ensure_future(changes.activate(second.hash, official=city.official, accepts_off=off))
        await asyncio.wait({waiting}, timeout=0.2)
        assert not waiting.done()
        town.clock.move_to(town.clock.now() + timedelta(seconds=2))
    assert (await waiting).activated_at == town.clock.now(), "else it would be older than what it comes after"


async def test_a_pack_is_not_put_in_force_in_an_area_nobody_is_managed_from(town: Town) -> None:
    city = await official(town, "市指挥部", Role.CITY, "3701")
    version = await brought(town, city, jinan(21))
    for area in ("37011", "3701zz", "370101\x00", "３７０１"):
        with pytest.raises(NoArea):
            await town.house.policy_changes.preview(version.hash, official=city.official, area=area)
        with pytest.raises(NoArea):
            await town.house.policy_changes.activate(version.hash, official=city.official, area=area, accepts_off=[])


async def test_a_file_may_be_called_anything(town: Town) -> None:
    city = await official(town, "市指挥部", Role.CITY, "3701")
    versions = set()
    for name in ("..", "/", "a\x00b", "通知" * 60, "../../jn.yaml", "C:\\packs\\济南"):
        versions.add((await town.house.policy_changes.bring(name, jinan(21), official=city.official)).hash)
    assert len(versions) == 1


async def test_a_clock_that_began_before_the_pack_was_in_force_rings_by_the_pack_that_started_it(town: Town) -> None:
    city = await official(town, "市指挥部", Role.CITY, "3701")
    county = await official(town, "区指挥部", Role.COUNTY, "370102")
    site = await official(town, "集中点", Role.SITE, "370102")
    resident = await town.resident("王芳", area="370102001")
    own = """
ladders:
  E-CITY:
    source: [DEFAULT]
    title: the city's own
    steps: [{level: L4, roles: [county], after_minutes: 0}]
    resolve_within_hours: 24
discharge_report: {ladder: E-CITY}
"""
    content = jinan(14) + own.encode()
    signs = ["discharge_report.ladder"]
    first = await town.house.policy_changes.bring("jn.yaml", content, official=city.official, signs=signs)
    await activated(town, city, first)
    due_at = await town.house.discharges.expect(resident.id, on=at("2021-01-14 10:00"), official=site.official)
    await town.wait(timedelta(minutes=1))
    await activated(town, city, await brought(town, city, jinan(14, version=2)))
    assert due_at == at("2021-01-15 10:00")

    await town.until("2021-01-15 10:01")
    assert county.times("时限已过") == ["01-15 10:00"]


async def test_nobody_is_rung_for_plans_that_wait_for_nothing_any_more(town: Town) -> None:
    city, doctor = (
        await official(town, "市指挥部", Role.CITY, "3701"),
        await official(town, "陈医生", Role.DOCTOR, "370102001"),
    )
    _, first = await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    _, second = await placed(town, doctor, "李雷", since="2021-01-10 09:00")

    async def cards() -> int:
        return [one.kind for one in await doctor.open_alerts()].count(AlertKind.POLICY_CHANGE)

    await activated(town, city, await brought(town, city, jinan(10)))
    assert await cards() == 1
    await town.wait(timedelta(minutes=1))
    await activated(town, city, await brought(town, city, jinan(21, version=2)))
    assert await cards() == 0, "overtaken: longer again, nothing to decide"

    await town.wait(timedelta(minutes=1))
    await activated(town, city, await brought(town, city, jinan(12, version=3)))
    await town.house.follow_ups.withdraw(first.id, official=doctor.official, reason="误登记")
    await town.quiet()
    assert await cards() == 1, "one still waits"
    await town.house.follow_ups.withdraw(second.id, official=doctor.official, reason="误登记")
    await town.quiet()
    assert await cards() == 0


async def test_a_pack_whose_days_are_over_is_not_put_in_force(town: Town) -> None:
    city = await official(town, "市指挥部", Role.CITY, "3701")
    over = jinan(21).replace(b"effective_from: 2021-01-15", b"effective_from: 2021-01-01\n  effective_to: 2021-01-14")
    version = await brought(town, city, over)
    with pytest.raises(PackNotOfThatDay):
        await town.house.policy_changes.preview(version.hash, official=city.official)


async def test_after_its_last_day_a_pack_no_longer_manages_anybody_new(town: Town) -> None:
    city = await official(town, "市指挥部", Role.CITY, "3701")
    content = jinan(21).replace(
        b"effective_from: 2021-01-15", b"effective_from: 2021-01-15\n  effective_to: 2021-01-16"
    )
    await activated(town, city, await brought(town, city, content))
    assert (await town.house.packs.in_force_at("370102001")).id == "jn-2021-01"
    await town.until("2021-01-17 00:00")
    assert (await town.house.packs.in_force_at("370102001")).id == "sd-2020-09"
