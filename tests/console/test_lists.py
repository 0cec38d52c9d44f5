"""Lists: what the address says is shown, page by page; views are kept; several lines are acted on, and taken back."""

import re
from datetime import timedelta

from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import AlertStatus, Role
from gateway.town import Desk, Town
from tests.console.conftest import PORT, Browser, SignIn


async def three_alerts(town: Town) -> tuple[Desk, list[str]]:
    desk = await town.official("郑县区", Role.COUNTY, "370102")
    for name, said in (("王芳", "fever"), ("李伟", "cough"), ("张娜", "fever")):
        resident = await town.resident(name, area="370102001")
        await resident.reports_symptoms(said, temperature=38.4)
        await town.wait(timedelta(minutes=1))
    alerts = (await town.house.desks.page_of(AlertFilter(), official=desk.official)).alerts
    return desk, [str(alert.id) for alert in alerts]


async def statuses(town: Town, desk: Desk) -> set[AlertStatus]:
    return {
        one.status
        for one in (await town.house.desks.page_of(AlertFilter(tuple(AlertStatus)), official=desk.official)).alerts
    }


async def marks(browser: Browser, action: str, alerts: list[str], **more: str) -> str:
    answer = await browser.sends("/console/alerts/actions", action=action, alert=alerts, **more)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_several_alerts_are_taken_ten_seconds_later_and_not_when_undone(town: Town, sign_in: SignIn) -> None:
    desk, alerts = await three_alerts(town)
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    browser = await sign_in(desk)

    held = await marks(browser, "acknowledge", alerts)
    undo = re.search(r'action="(/console/alerts/actions/[^"]+/undo)"', held)
    assert undo is not None and "由您接手" in held and "3 条预警" in held
    assert await statuses(town, desk) == {AlertStatus.RAISED}
    undone = await browser.sends(undo.group(1))
    await town.wait(timedelta(seconds=30))
    assert "已撤回" in undone.text
    assert await statuses(town, desk) == {AlertStatus.RAISED}

    await doctor.acknowledges()  # the newest of the three
    await marks(browser, "acknowledge", alerts)
    await town.wait(timedelta(seconds=11))
    assert await statuses(town, desk) == {AlertStatus.ACKNOWLEDGED}
    held_id = re.search(r"held=([\w-]+)", str((await browser.opens("/console/alerts")).text))
    assert held_id is None
    late = await marks(browser, "resolve", alerts, outcome="phoned")
    address = re.search(r'action="/console/alerts/actions/([^/]+)/undo"', late)
    assert address is not None
    await town.wait(timedelta(seconds=11))
    outcome = await browser.opens(f"/console/alerts?held={address.group(1)}")
    too_late = await browser.sends(f"/console/alerts/actions/{address.group(1)}/undo")
    assert "共 3 条，已完成 3 条" in outcome.text and "共 3 条，已完成 3 条" in too_late.text
    assert await statuses(town, desk) == {AlertStatus.RESOLVED}


async def test_what_one_alert_refuses_is_said_and_holds_up_none(town: Town, sign_in: SignIn) -> None:
    desk, alerts = await three_alerts(town)
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    browser = await sign_in(desk)
    (held,) = re.findall(r"actions/([^/]+)/undo", await marks(browser, "acknowledge", alerts))
    await doctor.acknowledges()
    await town.wait(timedelta(seconds=11))

    said = (await browser.opens(f"/console/alerts?held={held}")).text
    assert "共 3 条，已完成 2 条" in said and "已有其他人接手" in said


async def test_nobody_acts_on_several_with_a_foreign_one_among_them(town: Town, sign_in: SignIn) -> None:
    desk, alerts = await three_alerts(town)
    other = await town.official("邻区", Role.COUNTY, "370103")
    browser, stranger = await sign_in(desk), await sign_in(other)
    (held,) = re.findall(r"actions/([^/]+)/undo", await marks(browser, "acknowledge", alerts[:1]))

    foreign = await stranger.sends("/console/alerts/actions", action="acknowledge", alert=alerts)
    nothing = await browser.sends("/console/alerts/actions", action="acknowledge")
    unsaid = await browser.sends("/console/alerts/actions", action="resolve", alert=alerts)
    peeked = await stranger.opens(f"/console/alerts?held={held}")
    undone = await stranger.sends(f"/console/alerts/actions/{held}/undo")

    assert [one.status_code for one in (foreign, nothing, unsaid, peeked, undone)] == [404, 422, 422, 404, 404]


async def test_an_official_put_out_meanwhile_takes_nothing(town: Town, sign_in: SignIn) -> None:
    desk, alerts = await three_alerts(town)
    chief = await town.official("市值班", Role.ADMINISTRATOR, "3701")
    await marks(await sign_in(desk), "acknowledge", alerts)
    await town.house.officials.end(desk.official.id, by=chief.official)
    await town.wait(timedelta(seconds=11))
    assert await statuses(town, chief) == {AlertStatus.RAISED}


async def test_a_list_is_paged_ordered_and_kept_as_a_view(town: Town, sign_in: SignIn) -> None:
    desk, alerts = await three_alerts(town)
    browser = await sign_in(desk)
    first = (await browser.opens("/console/alerts?order=due")).text
    assert first.index(alerts[2]) < first.index(alerts[0])  # the oldest is due first
    assert "共 3 条，本页显示 3 条" in first and "最先到期在前" in first
    second = (await browser.opens(f"/console/alerts?order=due&after={alerts[1]}")).text
    assert f"alert-{alerts[0]}" in second and f"alert-{alerts[2]}" not in second
    assert "共 3 条，本页显示 1 条" in second

    await browser.sends(
        "/console/views", name="今晚先看", back="/console/alerts?order=due&kind=symptoms&after=x&said=y"
    )
    kept = (await browser.opens("/console/alerts")).text
    assert 'href="/console/alerts?order=due&amp;kind=symptoms">今晚先看</a>' in kept
    (view,) = re.findall(r'action="(/console/views/[^"]+/end)"', kept)
    other = await sign_in(await town.official("邻区", Role.COUNTY, "370103"))
    assert "今晚先看" not in (await other.opens("/console/alerts")).text
    assert (await other.sends(view)).status_code == 404
    await browser.sends(view, back="/console/alerts")
    assert "今晚先看" not in (await browser.opens("/console/alerts")).text


async def test_whoever_acts_on_what_has_changed_meanwhile_is_told_who_changed_it(town: Town, sign_in: SignIn) -> None:
    desk, alerts = await three_alerts(town)
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    browser = await sign_in(desk)
    page = f"/console/alerts/{alerts[0]}"
    seen = re.search(r'name="seen" value="([^"]+)"', (await browser.opens(page)).text)
    assert seen is not None
    await doctor.acknowledges()

    answer = await browser.client.post(
        f"{page}/resolution",
        data={"csrf": browser.csrf, "outcome": "phoned", "seen": seen.group(1)},
        headers={"Origin": PORT, "Referer": f"{PORT}{page}"},
        follow_redirects=True,
    )
    assert "陈医生 于 07:23 更改" in answer.text
    assert AlertStatus.RESOLVED not in await statuses(town, desk)


async def test_times_are_said_as_the_reader_prefers(town: Town, sign_in: SignIn) -> None:
    desk, _ = await three_alerts(town)
    browser = await sign_in(desk)
    assert "07:20" in (await browser.opens("/console/alerts")).text
    relative = (await browser.opens("/console/times/relative?back=/console/alerts")).text
    assert re.search(r'<time datetime="[^"]+" title="1月15日星期五 07:20" data-ago>3分钟前</time>', relative)
