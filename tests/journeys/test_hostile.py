"""What must not happen, however unlucky the moment: an alert nobody hears, a person locked out, an erased witness."""

import contextlib
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from bot.gateway_client import ProfileIn, ReportIn
from gateway.channels.memory import MemoryChannel
from gateway.channels.receipts import Permanent, Temporary
from gateway.domain.kinds import ChannelName, OfficialId, ReportKind, ResultValue, Role, TestKind
from gateway.domain.scopes import Scope
from gateway.schemas.people import FamilyIn, OfficialMe
from gateway.schemas.results import ResultIn
from gateway.town import CONSENT, Ear, Refused, Town
from gateway.wire.chats import dead_key
from gateway.worker.rounds import sweeps


def memory(town: Town) -> MemoryChannel:
    ear = town.house.deliveries.channels[ChannelName.MEMORY]
    assert isinstance(ear, Ear)
    assert isinstance(ear.channel, MemoryChannel)
    return ear.channel


# -- people


async def test_somebody_whose_post_ended_still_reports_as_a_resident(town: Town) -> None:
    resident = await town.resident("王芳")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    _, token = await town.house.officials.invite(name="王芳", roles=(Role.GRID_WORKER,), area="370102001", by=None)
    official = await resident.gateway.enrol(token)
    await town.house.officials.end(OfficialId(official.id), by=county.official)

    me = await resident.gateway.me()

    assert (me.resident is not None, me.official) == (True, None)
    with pytest.raises(Refused):
        await resident.gateway.duty()


async def test_a_parent_cannot_erase_a_child_whose_fever_nobody_has_looked_after(town: Town) -> None:
    resident = await town.resident("王芳")
    desk = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    child = await resident.gateway.add_family_member(FamilyIn(name="王小明", relation="child"), key="k")
    await resident.reports(ReportKind.SYMPTOMS, {"temperature": 39.0, "symptoms": ["fever"]}, about=child.id)

    erasure = await resident.gateway.erase(key="e")

    assert not erasure.erased
    assert (await desk.gateway.alert((await desk.open_alerts())[0].id)).evidence


async def test_who_was_erased_may_come_back(town: Town) -> None:
    resident = await town.resident("王芳")
    assert (await resident.gateway.erase(key="e")).erased
    assert (await resident.gateway.me()).resident is None

    await resident.gateway.consent(version=CONSENT, language="en")

    assert (await resident.gateway.me()).resident is not None


# -- told and able to act


async def test_whoever_is_told_of_an_alert_can_take_it(town: Town) -> None:
    chat = str(town.talking.pages.new_chat())
    newcomer = town.client.acting_for(f"webchat:{chat}")
    await newcomer.consent(version=CONSENT, language="zh_Hans_CN")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    await newcomer.report(
        ReportIn(
            instance_id=uuid4(),
            form=ReportKind.SYMPTOMS,
            form_version=1,
            answers={"temperature": 39.5, "symptoms": ["fever"]},
        )
    )
    await town.quiet()
    county.heard("症状报告")
    (alert,) = await county.open_alerts()
    assert (await county.gateway.acknowledge(alert.id)).status == "acknowledged"


async def test_a_doctor_who_stands_in_for_the_neighbours_can_take_their_alert(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102002")
    await town.house.officials.put_on_duty(doctor.official.id, Role.DOCTOR, "370102001", by=county.official)
    await resident.reports_symptoms("fever", temperature=39.0)
    doctor.heard("症状报告")

    (alert,) = await doctor.open_alerts()
    await doctor.acknowledges(alert)
    await doctor.resolves("phoned", alert)


async def test_an_alert_can_be_taken_after_the_person_moved_away(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    await resident.reports_symptoms("fever", temperature=39.0)
    await resident.gateway.keep_profile(ProfileIn(name="王芳", phone="13800000000", home_area="370202001"))

    (alert,) = await grid.open_alerts()
    await grid.acknowledges(alert)
    resident.heard("已受理您的报告")


async def test_an_alert_is_not_given_to_somebody_nobody_can_reach(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    community = await town.official("社区周", Role.COMMUNITY, "370102001")
    mute = await town.official("孙沉默", Role.DOCTOR, "370102001")
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (address,) = await work.addresses.of_officials([mute.official.id])
        await work.addresses.set_state(address.id, "blocked")
    await resident.reports_symptoms("fever", temperature=39.0)
    (alert,) = await grid.open_alerts()

    with pytest.raises(Refused):
        await grid.gateway.assign(alert.id, mute.official.id)
    await town.wait(timedelta(minutes=20))
    community.heard("症状报告")


async def test_an_alert_is_not_given_to_somebody_of_another_city(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    stranger = await town.official("青岛孙", Role.DOCTOR, "370202001")
    await resident.reports_symptoms("fever", temperature=39.0, said="在家")
    (alert,) = await grid.open_alerts()
    with pytest.raises(Refused):
        await grid.gateway.assign(alert.id, stranger.official.id)
    await town.quiet()
    stranger.heard_nothing()


async def test_an_alert_held_by_somebody_who_leaves_rings_on_at_once(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    community = await town.official("社区周", Role.COMMUNITY, "370102001")
    await resident.reports_symptoms("fever", temperature=39.0)
    await grid.acknowledges()
    await town.house.officials.end(grid.official.id, by=county.official)
    await town.wait(timedelta(minutes=1))

    community.heard("症状报告")


# -- the clock


async def test_one_message_that_cannot_be_sent_holds_up_no_other(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    memory(town).failures.append(KeyError("something nobody foresaw"))  # type: ignore[arg-type]

    await resident.reports_symptoms("fever", temperature=39.0)
    await town.wait(timedelta(minutes=2))

    grid.heard("症状报告")
    doctor.heard("症状报告")


async def test_one_alert_that_cannot_climb_holds_up_no_other(town: Town) -> None:
    first, second = await town.resident("王芳"), await town.resident("赵六")
    await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    community = await town.official("社区周", Role.COMMUNITY, "370102001")
    await first.reports_symptoms("fever", temperature=39.0)
    await town.wait(timedelta(seconds=1))
    await second.reports_symptoms("fever", temperature=39.0)
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.connection.execute(
            text('UPDATE alerts SET ladder = \'[{"level": "nonsense"}]\' WHERE resident_id = :r'), {"r": first.id}
        )
    town.clock.move_to(town.clock.now() + timedelta(minutes=16))
    for sweep in sweeps(town.house, "town"):
        if sweep.name in ("ladders", "deliveries"):
            with contextlib.suppress(ExceptionGroup):
                await sweep.run()
    community.heard("症状报告")


async def test_when_a_later_step_cannot_be_reached_the_next_one_hears_at_once(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    await town.official("社区周", Role.COMMUNITY, "370102001")
    township = await town.official("街道吴", Role.TOWNSHIP, "370102001")
    await resident.reports_symptoms("fever", temperature=39.0)
    await town.until("07:34")
    memory(town).failures.append(Permanent("bot was blocked", blocked=True))
    await town.until("07:36")
    township.heard("症状报告", at="07:35")


async def test_words_that_cannot_wait_ring_again_once_the_first_alert_was_closed(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    police = await town.official("民警刘", Role.POLICE, "370102001")
    await resident.gateway.heard("我不想活了", language="zh_Hans_CN", key="1")
    await town.quiet()
    await police.acknowledges()
    await police.resolves("phoned")
    before = len(police.messages)
    await town.wait(timedelta(minutes=5))
    await resident.gateway.heard("我不想活了", language="zh_Hans_CN", key="2")
    await town.quiet()

    assert len(police.messages) > before
    assert await police.open_alerts()


async def test_a_channel_that_never_works_is_not_hammered_and_somebody_else_hears(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    administrator = await town.official("管理员", Role.ADMINISTRATOR, "")
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.connection.execute(
            text("UPDATE addresses SET channel = 'sms' WHERE official_id = :o"), {"o": county.official.id}
        )
    await resident.reports_symptoms("fever", temperature=39.0)
    await town.wait(timedelta(minutes=1))
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        tries = (await work.connection.execute(text("SELECT count(*) FROM deliveries"))).scalar_one()
    assert tries < 10
    administrator.heard("症状报告")


# -- officials


async def test_who_left_and_is_invited_again_is_on_duty_again(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    chat = str(town.talking.pages.new_chat())
    gateway = town.client.acting_for(f"webchat:{chat}")

    async def invited(area: str, role: Role) -> OfficialMe:
        _, token = await town.house.officials.invite(name="陈医生", roles=(role,), area=area, by=None)
        return await gateway.enrol(token)

    first = await invited("370102001", Role.DOCTOR)
    await town.house.officials.end(OfficialId(first.id), by=county.official)
    await invited("370102001", Role.DOCTOR)
    await resident.reports_symptoms("fever", temperature=39.0)

    assert [said.handle for said in town.said if "症状报告" in said.text and said.handle == chat]
    assert (await gateway.duty()).alerts


async def test_who_changes_desks_keeps_nothing_of_the_old_one(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    chat = str(town.talking.pages.new_chat())
    gateway = town.client.acting_for(f"webchat:{chat}")
    for area in ("370102001", "370202001"):
        _, token = await town.house.officials.invite(name="陈医生", roles=(Role.DOCTOR,), area=area, by=None)
        await gateway.enrol(token)
    await resident.reports_symptoms("fever", temperature=39.0)

    assert not [said for said in town.said if "症状报告" in said.text and said.handle == chat]
    me = (await gateway.me()).official
    assert me is not None
    assert me.area == "370202001"
    assert (await gateway.duty()).alerts == []


async def test_somebody_without_any_address_is_phoned(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    await town.house.follow_ups.place(
        resident.id,
        profile="close_contact",
        anchors={"isolation_start": town.clock.now(), "last_exposure": town.clock.now().date()},
        reason="同车",
        official=doctor.official,
    )
    await town.quiet()
    await resident.gateway.mark_address("webchat", resident.handle, state="blocked")
    await town.until("2021-01-16 08:00")

    grid.heard("无法联系", at="2021-01-16 08:00")


async def test_a_positive_that_contradicts_a_negative_rings(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    health = await town.official("疾控赵", Role.HEALTH, "370102")

    def of(value: ResultValue) -> ResultIn:
        return ResultIn(
            resident_id=resident.id,
            test=TestKind.NAT,
            sampled_at=datetime.fromisoformat("2021-01-15T06:00:00+08:00"),
            site="x",
            value=value,
        )

    await town.house.results.record(of(ResultValue.NEGATIVE), official=health.official)
    for _ in range(2):
        kept = await town.house.results.record(of(ResultValue.POSITIVE), official=health.official)
    await town.quiet()

    assert kept.refused
    assert len([said for said in health.messages if "阳性" in said.text]) >= 1


async def test_the_same_count_of_set_aside_inputs_after_a_flush_rings_again(town: Town) -> None:
    administrator = await town.official("管理员", Role.ADMINISTRATOR, "")
    redis = town.house.agenda._redis
    for number in ("1-1", "2-1"):
        await redis.delete(dead_key(0))
        await redis.xadd(dead_key(0), {"x": "y"}, id=number)
        await town.house.operations.watch_dead_letters()
        await town.quiet()
    await redis.delete(dead_key(0))

    assert len(await administrator.open_alerts()) == 2


async def test_patience_somebody_asked_for_costs_no_try(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    asked = [Temporary("asked to wait", retry_after=timedelta(seconds=20)) for _ in range(8)]
    memory(town).fail_next(*asked, Temporary("refused with 401"))
    await resident.reports_symptoms("fever", temperature=39.0)
    await town.wait(timedelta(minutes=4))

    grid.heard("症状报告")


async def test_a_hand_over_that_never_arrives_goes_back_to_the_ladder(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    community = await town.official("社区周", Role.COMMUNITY, "370102001")
    await resident.reports_symptoms("fever", temperature=39.0)
    await town.until("07:25")
    memory(town).fail_next(Permanent("blocked", blocked=True))
    (alert,) = await grid.open_alerts()
    await grid.gateway.assign(alert.id, doctor.official.id)
    await town.quiet()

    community.heard("症状报告", at="07:25")


async def test_one_person_does_not_speak_for_a_whole_village(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    for number in range(30):
        member = FamilyIn(name=f"家人{number}", relation="relative")
        await resident.gateway.add_family_member(member, key=str(number))
    with pytest.raises(Refused):
        await resident.gateway.add_family_member(FamilyIn(name="再一个", relation="relative"), key="x")
