"""Every page, in both languages, empty and filled, and what people wrote stands in it as text."""

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.console.pages import ASSETS, HEADERS, KINDS
from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import ReportKind, Role
from gateway.town import Desk, Neighbour, Town
from tests.console.conftest import SignIn

TESTS = Path(__file__).parents[1]
PAGES = (
    "/console",
    "/console/alerts",
    "/console/alerts?status=resolved&kind=symptoms&severity=high&only=mine",
    "/console/residents",
    "/console/situation",
    "/console/situation?area=370102001",
    "/console/follow-ups",
    "/console/follow-ups?state=active&profile=close_contact&area=370102001",
    "/console/results",
    "/console/risk-lists",
    "/console/leads",
    "/console/cases",
    "/console/checklists",
    "/console/applications",
    "/console/gates",
    "/console/deliveries",
    "/console/deliveries?state=trouble",
    "/console/officials",
    "/console/audit",
    "/console/audit?check=1",
    "/console/account",
    "/console/sign-in?token=x",
    "/console/controls",
    "/console/controls?area=370102001",
    "/console/risk-areas?place=370102&on=2021-01-15",
    "/public/risk-areas",
    "/public/risk-areas?place=济南市历下区&on=2021-01-15",
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}\u202e\u200b"
LANGUAGES = {"zh_Hans_CN": "我的工作", "en": "My work"}


async def county_desk(town: Town) -> Desk:
    return await town.official("郑县区", Role.ADMINISTRATOR, "370102")


async def something_going_on(town: Town, name: str = "王芳", said: str = "发烧,咳嗽两天") -> Neighbour:
    resident = await town.resident(name, area="370102001")
    await town.official("陈医生", Role.DOCTOR, "370102001")
    place = {"text": said, "area": "220106", "detail": said[:40]}
    await resident.reports(
        ReportKind.TRAVEL,
        {
            "legs": [
                {
                    "origin": place,
                    "destination": {"text": "济南市历下区", "area": "370102"},
                    "departed_on": "2021-01-11",
                    "arrived_at": "2021-01-11",
                    "transport": "train",
                    "companions": said,
                }
            ]
        },
        said=said,
    )
    await resident.reports(
        ReportKind.CONTACT, {"contacts": [{"met": "feverish", "on": "2021-01-12", "person": said, "note": said}]}
    )
    await resident.reports_symptoms("fever", "cough", temperature=38.2, said=said)
    return resident


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_stands_when_there_is_nothing_to_show(town: Town, sign_in: SignIn, language: str) -> None:
    browser = await sign_in(await county_desk(town))
    browser.client.cookies.set("shaodian-language", language)
    for path in PAGES:
        answer = await browser.opens(path)
        assert answer.status_code == 200, path
        assert LANGUAGES[language] in answer.text or "sign-in" in path or path.startswith("/public"), path
        assert f'lang="{"zh-Hans" if language.startswith("zh") else "en"}"' in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_stands_with_people_lists_and_plans(town: Town, sign_in: SignIn, language: str) -> None:
    desk = await county_desk(town)
    resident = await something_going_on(town)
    house, me = town.house, desk.official
    list_file = sorted((TESTS / "risk_lists").glob("20220*.json"))[0]
    risk_list = await house.risk_lists.import_(list_file.name, list_file.read_bytes(), official=me)
    notice = (TESTS / "notices" / "dongpo-2020-12.txt").read_text()
    checklist = await house.checklists.import_(
        house.checklists.read(notice), area="370102", official=me, source_hash="dongpo"
    )
    await house.follow_ups.place(
        resident.id,
        profile="close_contact",
        anchors={
            "isolation_start": town.moment("2021-01-13 10:00"),
            "last_exposure": town.moment("2021-01-12 10:00"),
        },
        reason="与病例同餐",
        official=me,
    )
    await town.quiet()
    alerts = (await house.desks.page_of(AlertFilter(), official=me)).alerts
    browser = await sign_in(desk)
    browser.client.cookies.set("shaodian-language", language)

    assert alerts
    for path in (
        *PAGES,
        *(f"/console/alerts/{alert.id}" for alert in alerts),
        f"/console/alerts/{alerts[0].id}/line",
        f"/console/residents/{resident.id}",
        f"/console/risk-lists/{risk_list.row.id}",
        f"/console/checklists/{checklist.checklist_id}",
        f"/console/checklists/{checklist.checklist_id}?state=overdue",
    ):
        answer = await browser.opens(path)
        assert answer.status_code == 200, path


async def test_a_list_goes_from_draft_to_published_by_two_people(town: Town, sign_in: SignIn) -> None:
    owner = await town.official("名单管理员", Role.LIST_OWNER, "370102")
    publisher = await town.official("发布员", Role.PUBLISHER, "370102")
    file = sorted((TESTS / "risk_lists").glob("20220*.json"))[0]
    first, second = await sign_in(owner), await sign_in(publisher)

    taken_in = await first.client.post(
        "/console/risk-lists",
        data={"csrf": first.csrf, "label": "4月15日"},
        files={"file": (file.name, file.read_bytes(), "application/json")},
        headers={"Origin": "http://127.0.0.1:8000"},
        follow_redirects=True,
    )
    page = taken_in.url.path
    await first.sends(f"{page}/confirmation")
    confirmed = await second.opens(page)
    found = re.search(r'name="content_hash" value="(\w+)"', confirmed.text)
    assert found is not None
    await second.sends(f"{page}/publication", content_hash=found.group(1))

    assert "已发布" in (await first.opens(page)).text
    assert "绿园区" in (await first.opens("/public/risk-areas")).text

    town.clock.move_to(town.clock.now() + timedelta(days=3))
    first, second = await sign_in(owner), await sign_in(publisher)
    asked = "place=220106&on=2022-04-15&known_on="  # as a browser sends what was left empty
    assert (await first.opens(f"/console/risk-areas?{asked}")).status_code == 200
    listed = (await town.house.risk_lists.on_day("220106", town.house.risk_lists.today())).days[0]
    today = town.house.risk_lists.today().isoformat()
    said = {"reason": "日期误录", "from_on": "", "to_on": today, "set_to": ""}
    refused = await first.sends(f"/console/risk-areas/{listed.place_id}/correction", **said)
    assert "须早于今天" in refused.text
    said["to_on"] = (town.house.risk_lists.today() - timedelta(days=1)).isoformat()
    corrected = await first.sends(f"/console/risk-areas/{listed.place_id}/correction", **said)
    assert "及以前：非风险区域" in corrected.text and "更正已记录" in corrected.text
    (kept,) = await town.house.risk_lists.corrections(official=owner.official)
    await second.sends(f"/console/risk-corrections/{kept.id}/publication")
    feed = (await first.opens("/public/risk-areas.atom")).text
    assert re.search(r"<title>更正</title>.*非风险区域: 日期误录", feed) and feed.index("更正") < feed.index("新增")
    public = (await first.opens("/public/risk-areas")).text
    assert "及以前为非风险区域（日期误录）" in public
    assert listed.name in re.sub(r'<p class="notice">.*?</p>', "", public), "it stands, since a later day"


async def test_what_people_write_stands_as_text(town: Town, sign_in: SignIn) -> None:
    desk = await county_desk(town)
    resident = await something_going_on(town, name=HOSTILE[:60], said=HOSTILE)
    (alert,) = (await town.house.desks.page_of(AlertFilter(), official=desk.official)).alerts
    browser = await sign_in(desk)
    await browser.opens(f"/console/alerts/{alert.id}")
    await browser.sends(f"/console/alerts/{alert.id}/notes", text=HOSTILE)

    shown = [await browser.opens(f"/console/alerts/{alert.id}")]
    shown.append(await browser.opens(f"/console/residents/{resident.id}"))
    shown.append(await browser.sends(f"/console/residents/{resident.id}/reveal", reason="电话随访"))
    for answer in shown:
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "{{7*7}}" in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_nothing_is_inline_and_nothing_comes_from_elsewhere(town: Town, sign_in: SignIn) -> None:
    browser = await sign_in(await county_desk(town))
    await something_going_on(town)
    for path in PAGES:
        text = (await browser.opens(path)).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path
        for address in re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', text):
            assert address.startswith("/console/assets/"), address


async def test_every_answer_carries_the_safety_headers(town: Town, sign_in: SignIn) -> None:
    browser = await sign_in(await county_desk(town))
    for path in ("/console", "/console/nothing", "/console/sign-in", "/console/alerts/not-an-id"):
        headers = (await browser.client.get(path)).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_third_party_files_are_the_ones_in_the_manifest() -> None:
    manifest = json.loads((ASSETS / "manifest.json").read_text())
    own = {"console.css", "console.js", "theme.js", "mark.svg"}
    served = {path.name for path in ASSETS.iterdir() if path.suffix in KINDS}

    assert served - own == {one["file"] for one in manifest["files"]}
    for one in manifest["files"]:
        assert hashlib.sha256((ASSETS / one["file"]).read_bytes()).hexdigest() == one["sha256"], one["file"]
        assert one["licence"] and one["version"]


async def test_assets_are_kept_by_browsers_under_their_own_version(town: Town, sign_in: SignIn) -> None:
    browser = await sign_in(await county_desk(town))
    page = (await browser.opens("/console")).text
    for address in set(re.findall(r'/console/assets/[^"#]+', page)):
        answer = await browser.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await browser.client.get("/console/assets/x/..%2Fpages.py")).status_code == 404
    assert (await browser.client.get("/console/assets/x/manifest.json")).status_code == 404
