"""Getting in, staying in, and being put out."""

from datetime import timedelta

import pyotp

from gateway.domain.kinds import Role
from gateway.town import Town
from tests.console.conftest import PORT, Browser, SignIn


async def test_looking_at_a_link_does_not_use_it_up(town: Town, stranger: Browser) -> None:
    desk = await town.official("陈医生", Role.DOCTOR, "370102001")
    token = await town.house.officials.login_link(desk.official.id)

    preview = await stranger.opens(f"/console/sign-in?token={token}")
    again = await stranger.opens(f"/console/sign-in?token={token}")
    inside = await stranger.sends("/console/sign-in/link", token=token)

    assert preview.status_code == again.status_code == 200
    assert "陈医生" in inside.text and inside.url.path == "/console"


async def test_a_link_signs_in_once_and_for_a_quarter_of_an_hour(town: Town, stranger: Browser) -> None:
    desk = await town.official("陈医生", Role.DOCTOR, "370102001")
    used = await town.house.officials.login_link(desk.official.id)
    await town.house.officials.sign_in_by_link(used)
    late = await town.house.officials.login_link(desk.official.id)
    await town.wait(timedelta(minutes=16))

    for token in (used, late, "never-made"):
        answer = await stranger.sends("/console/sign-in/link", token=token)
        assert answer.status_code == 401
        assert "此链接已失效" in answer.text


async def test_an_official_can_have_a_link_sent_to_the_own_chat(town: Town, stranger: Browser) -> None:
    desk = await town.official("陈医生", Role.DOCTOR, "370102001")
    known = await stranger.sends("/console/sign-in/send", name="陈医生")
    unknown = await stranger.sends("/console/sign-in/send", name="没有此人")
    await town.quiet()

    assert "/console/sign-in?token=" in desk.heard("登录链接").text
    assert known.text == unknown.text


async def test_a_password_is_set_with_a_code_to_scan(town: Town, sign_in: SignIn) -> None:
    browser = await sign_in(await town.official("陈医生", Role.DOCTOR, "370102001"))
    short = await browser.sends("/console/account/password", password="short", again="short")
    shown = await browser.sends(
        "/console/account/password", password="a sentence is a good one", again="a sentence is a good one"
    )

    assert short.status_code == 422
    assert "<svg" in shown.text


async def test_without_a_session_every_page_leads_to_the_sign_in_page(stranger: Browser) -> None:
    for path in ("/console", "/console/alerts", "/console/residents", "/console/audit", "/console/nothing-here"):
        answer = await stranger.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in")
    assert (await stranger.client.get("/console/events", headers={"Accept": "text/event-stream"})).status_code == 401


async def test_a_session_ends_with_the_official(town: Town, sign_in: SignIn) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    mine, theirs = await sign_in(county), await sign_in(doctor)
    assert (await theirs.opens("/console/alerts")).url.path == "/console/alerts"

    await mine.opens("/console/officials")
    await mine.sends(f"/console/officials/{doctor.official.id}/end")

    assert (await theirs.opens("/console/alerts")).url.path == "/console/sign-in"
    refused = await mine.sends(f"/console/officials/{county.official.id}/end")
    assert refused.status_code == 409


async def test_signing_out_ends_the_session_on_the_server(town: Town, sign_in: SignIn) -> None:
    browser = await sign_in(await town.official("陈医生", Role.DOCTOR, "370102001"))
    cookie = browser.client.cookies["shaodian"]
    await browser.sends("/console/sign-out")
    browser.client.cookies.set("shaodian", cookie)

    assert (await browser.opens("/console/alerts")).url.path == "/console/sign-in"


async def test_the_cookie_cannot_be_read_by_scripts_and_over_tls_is_bound_to_the_host(
    town: Town, stranger: Browser
) -> None:
    desk = await town.official("陈医生", Role.DOCTOR, "370102001")
    token = await town.house.officials.login_link(desk.official.id)
    plain = await stranger.client.post("/console/sign-in/link", data={"token": token}, headers={"Origin": PORT})
    token = await town.house.officials.login_link(desk.official.id)
    secure = await stranger.client.post(
        "https://127.0.0.1:8000/console/sign-in/link",
        data={"token": token},
        headers={"Origin": "https://127.0.0.1:8000"},
    )

    assert plain.headers["set-cookie"].startswith("shaodian=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(plain.headers["set-cookie"].split("; "))
    assert secure.headers["set-cookie"].startswith("__Host-shaodian=")
    assert "Secure" in secure.headers["set-cookie"]


async def test_nobody_is_sent_elsewhere_after_signing_in(town: Town, stranger: Browser) -> None:
    desk = await town.official("陈医生", Role.DOCTOR, "370102001")
    secret = await town.house.officials.set_password(desk.official, "a sentence is a good one")
    code = pyotp.TOTP(secret).at(town.clock.now())

    answer = await stranger.client.post(
        "/console/sign-in/password",
        data={
            "name": "陈医生",
            "password": "a sentence is a good one",
            "code": code,
            "next": "https://elsewhere.example/console",
        },
        headers={"Origin": PORT},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


async def test_guessing_passwords_is_stopped(town: Town, stranger: Browser) -> None:
    await town.official("被猜的人", Role.DOCTOR, "370102001")
    statuses = []
    for _ in range(12):
        answer = await stranger.client.post(
            "/console/sign-in/password",
            data={"name": "被猜的人", "password": "x", "code": "000000"},
            headers={"Origin": PORT},
        )
        statuses.append(answer.status_code)

    assert statuses[0] == 401
    assert statuses[-1] == 409
