"""What officials do at the console, and what it refuses."""

import re
from datetime import timedelta
from uuid import uuid4

from gateway.access.sessions import SignedIn
from gateway.console.alerts import Filter
from gateway.console.desk import _list, stream
from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import AlertStatus, Role
from gateway.town import Desk, Town
from tests.console.conftest import PORT, SignIn

SAID = "发烧38.2,咳嗽两天"


async def alerted(town: Town) -> tuple[Desk, str]:
    """A county desk, and the address of one alert waiting there."""
    desk = await town.official("郑县区", Role.COUNTY, "370102")
    resident = await town.resident("王芳", area="370102001", phone="13800001234")
    await resident.reports_symptoms("fever", "cough", temperature=38.2, said=SAID)
    (alert,) = (await town.house.desks.page_of(AlertFilter(), official=desk.official)).alerts
    return desk, f"/console/alerts/{alert.id}"


async def status_of(town: Town, desk: Desk) -> AlertStatus:
    (alert,) = (await town.house.desks.page_of(AlertFilter(tuple(AlertStatus)), official=desk.official)).alerts
    return alert.status


async def test_an_alert_is_taken_noted_assigned_and_resolved(town: Town, sign_in: SignIn) -> None:
    desk, page = await alerted(town)
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    browser = await sign_in(desk)
    assert SAID in (await browser.opens(page)).text

    taken = await browser.sends(f"{page}/acknowledgement")
    await browser.sends(f"{page}/notes", text="已电话联系,本人在家")
    await browser.sends(f"{page}/assignee", official_id=str(doctor.official.id))
    await town.quiet()
    resolved = await browser.sends(f"{page}/resolution", outcome="sent_to_clinic", note="120 已转运")
    await town.quiet()

    assert "已由您接手" in taken.text
    assert "已电话联系,本人在家" in resolved.text and "120 已转运" in resolved.text
    doctor.heard("症状报告")
    assert await status_of(town, desk) is AlertStatus.RESOLVED


async def test_the_timeline_tells_who_was_told_by_which_way(town: Town, sign_in: SignIn) -> None:
    desk, page = await alerted(town)
    await town.wait(timedelta(minutes=61))
    browser = await sign_in(desk)

    text = (await browser.opens(page)).text

    assert re.search(r'<li class="way way-sent"><b>郑县区</b>', text)
    assert 'class="countdown"' in text and "data-until=" in text


async def test_taking_what_a_colleague_has_is_told_kindly(town: Town, sign_in: SignIn) -> None:
    desk, page = await alerted(town)
    other = await town.official("吴街道", Role.TOWNSHIP, "370102001")
    mine, theirs = await sign_in(desk), await sign_in(other)
    await theirs.sends(f"{page}/acknowledgement")

    answer = await mine.client.post(
        f"{page}/acknowledgement",
        data={"csrf": mine.csrf},
        headers={"Origin": PORT, "Referer": f"{PORT}{page}"},
        follow_redirects=True,
    )

    assert answer.status_code == 200
    assert "已有其他人接手" in answer.text


async def test_a_form_without_the_pages_token_or_from_elsewhere_changes_nothing(town: Town, sign_in: SignIn) -> None:
    desk, page = await alerted(town)
    browser = await sign_in(desk)
    token = {"csrf": browser.csrf}
    for data, headers in (
        ({}, {"Origin": PORT}),
        ({"csrf": "wrong"}, {"Origin": PORT}),
        (token, {}),
        (token, {"Origin": "https://elsewhere.example"}),
        (token, {"Origin": "null"}),
        (token, {"Origin": PORT, "Sec-Fetch-Site": "cross-site"}),
    ):
        answer = await browser.client.post(f"{page}/acknowledgement", data=data, headers=headers)
        assert answer.status_code == 403
    assert await status_of(town, desk) is AlertStatus.RAISED


async def test_what_lies_outside_the_area_is_not_there(town: Town, sign_in: SignIn) -> None:
    _, page = await alerted(town)
    other = await town.official("邻区值班", Role.COUNTY, "370103")
    browser = await sign_in(other)
    resident = next(iter(town._people.values()))

    for path in (page, f"{page}/line", f"/console/residents/{getattr(resident, 'id', uuid4())}"):
        assert (await browser.opens(path)).status_code == 404
    assert (await browser.sends(f"{page}/acknowledgement")).status_code == 404
    for path in ("/console/alerts?status=all", "/console/residents", "/console/deliveries"):
        assert "王*" not in (await browser.opens(path)).text
    assert (await browser.sends("/console/residents/search", words="13800001234")).text.count("王*") == 0
    assert (await browser.opens("/console/audit")).status_code == 403


async def test_a_resident_is_found_by_the_whole_number_and_shown_masked(town: Town, sign_in: SignIn) -> None:
    desk, _ = await alerted(town)
    browser = await sign_in(desk)

    found = await browser.sends("/console/residents/search", words="138 0000 1234")
    part = await browser.sends("/console/residents/search", words="0000 1234")

    assert "王*" in found.text and "138****34" in found.text
    assert "13800001234" not in found.text and "王芳" not in found.text
    assert "王*" not in part.text


async def test_a_name_is_shown_with_a_reason_that_stands_on_record(town: Town, sign_in: SignIn) -> None:
    desk, _ = await alerted(town)
    administrator = await town.official("管理员", Role.ADMINISTRATOR, "370102")
    ((resident, _),) = await town.house.residents.listed(official=desk.official)
    browser = await sign_in(desk)
    page = f"/console/residents/{resident.id}"

    refused = await browser.sends(f"{page}/reveal", reason="")
    revealed = await browser.sends(f"{page}/reveal", reason="电话随访确认症状")
    later = await browser.opens(page)

    assert refused.status_code == 422
    assert "王芳" in revealed.text and "13800001234" in revealed.text
    assert "王芳" not in later.text and "13800001234" not in later.text
    assert "电话随访确认症状" in (await (await sign_in(administrator)).opens("/console/audit")).text


async def test_an_invitation_is_a_code_that_leads_into_the_chat(town: Town, sign_in: SignIn) -> None:
    browser = await sign_in(await town.official("郑县区", Role.COUNTY, "370102"))
    sheet = await browser.sends(
        "/console/officials/invitations", name="新网格员", area="37010200100002", role="grid_worker"
    )
    link = re.search(r'href="(http[^"]+/\?start=([\w-]+))"', sheet.text)
    assert link is not None and "<svg" in sheet.text
    newcomer = await town.resident("新来的", area="370102001")
    await newcomer.gateway.enrol(link.group(2))

    listed = await browser.opens("/console/officials")
    assert "新网格员" in listed.text and "已使用" in listed.text
    beyond = await browser.sends("/console/officials/invitations", name="外区", area="370103", role="county")
    wrong = await browser.sends("/console/officials/invitations", name="无此地", area="999999", role="county")
    misplaced = await browser.sends("/console/officials/invitations", name="错级", area="370102", role="grid_worker")
    assert [beyond.status_code, wrong.status_code, misplaced.status_code] == [403, 422, 422]


async def test_a_duty_is_given_and_ended(town: Town, sign_in: SignIn) -> None:
    desk = await town.official("郑县区", Role.COUNTY, "370102")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    browser = await sign_in(desk)
    await browser.sends(
        "/console/officials/shifts", official_id=str(doctor.official.id), role="doctor", area="370102003"
    )
    shifts = await town.house.officials.shifts(official=desk.official)
    assert ("doctor", "370102003") in {(shift.role.value, shift.area) for shift in shifts}

    for shift in shifts:
        if shift.official_id == doctor.official.id:
            await browser.sends(f"/console/officials/shifts/{shift.id}/end")

    left = await town.house.officials.shifts(official=desk.official)
    assert doctor.official.id not in {shift.official_id for shift in left}


async def test_an_open_page_hears_of_changes_and_of_the_end_of_its_session(town: Town, sign_in: SignIn) -> None:
    desk, _ = await alerted(town)
    session, token = await town.house.officials.sign_in_by_link(await town.house.officials.login_link(desk.official.id))
    signed = SignedIn(town.house, session, desk.official, token)
    heard = stream(signed, _list(signed, Filter()), beat=0)

    assert (await anext(heard)).startswith(b"retry")
    first = (await anext(heard)).decode()
    assert first.startswith("event: change") and "raised" in first
    assert await anext(heard) == b": beat\n\n"
    await desk.acknowledges()
    assert "acknowledged" in (await anext(heard)).decode()
    await town.house.officials.sign_out(session)
    assert (await anext(heard)).startswith(b"event: signed-out")
    assert [piece async for piece in heard] == []


async def test_a_page_left_open_does_not_keep_a_session_alive(town: Town, sign_in: SignIn) -> None:
    desk, _ = await alerted(town)
    browser = await sign_in(desk)
    token = browser.client.cookies["shaodian"]
    town.clock.move_to(town.clock.now() + timedelta(hours=11))
    await town.house.officials.look_at_session(token)
    town.clock.move_to(town.clock.now() + timedelta(hours=2))

    assert (await browser.opens("/console/alerts")).url.path == "/console/sign-in"


async def test_no_error_shows_more_than_a_sentence(town: Town, sign_in: SignIn) -> None:
    browser = await sign_in(await town.official("郑县区", Role.COUNTY, "370102"))
    for path, status in (
        ("/console/nothing", 404),
        ("/console/alerts/not-an-id", 404),
        (f"/console/alerts/{uuid4()}", 404),
        ("/console/deliveries?before=yesterday", 422),
    ):
        answer = await browser.opens(path)
        assert answer.status_code == status
        assert "回到我的工作" in answer.text
        assert "Traceback" not in answer.text
    large = await browser.client.post(
        "/console/risk-lists", content=b"x", headers={"Content-Length": str(99 * 1024 * 1024), "Origin": PORT}
    )
    assert large.status_code == 413
