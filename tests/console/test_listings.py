"""Every list page gives its list as a spreadsheet: the same rows, in scope, marked, and on record."""

import re
from collections.abc import Sequence
from pathlib import Path

from httpx2 import Response

from gateway.domain.kinds import Role
from gateway.town import Town
from gateway.workbooks import Cell, open_sheets
from tests.console.conftest import Browser, SignIn
from tests.console.test_pages import something_going_on

TEMPLATES = Path(__file__).parents[2] / "templates/console"
#: Where each template with the button is shown. Those of one thing need its number and are met in their own stories.
PAGES = {
    "broadcasts": "/console/broadcasts",
    "calls": "/console/calls",
    "alerts": "/console/alerts",
    "residents": "/console/residents",
    "results": "/console/results",
    "leads": "/console/leads",
    "lead_lists": "/console/lead-lists",
    "cases": "/console/cases",
    "risk_lists": "/console/risk-lists",
    "controls": "/console/controls",
    "matters": "/console/matters",
    "directory": "/console/directory",
    "events": "/console/applications",
    "duties": "/console/duties",
    "deliveries": "/console/deliveries",
    "audit": "/console/audit",
    "officials": "/console/officials",
    "channels": "/console/channels",
    "guidance": "/console/guidance",
    "testing_agencies": "/console/testing-agencies",
    "checklists": "/console/checklists",
    "support": "/console/support",
    "venues": "/console/venues",
}
OF_ONE = {"case", "checklist", "venue"}


def rows_of(answer: Response) -> Sequence[Sequence[Cell]]:
    """Below watermark and heading."""
    (sheet,) = open_sheets(answer.content)
    assert "郑县区" in str(sheet.rows[0][0])
    assert "2021-01-15" in str(sheet.rows[0][0])
    return sheet.rows[2:]


async def sheet(browser: Browser, path: str) -> Sequence[Sequence[Cell]]:
    page = await browser.opens(path)
    assert page.status_code == 200, path
    link = re.search(r'class="btn btn-small excel" href="([^"]+)"', page.text)
    assert link is not None, path
    return rows_of(await browser.opens(link[1].replace("&amp;", "&")))


def test_every_template_with_the_button_is_known_here() -> None:
    found = {path.stem for path in TEMPLATES.glob("*.html") if "excel(" in path.read_text()} - {"parts"}
    assert found == PAGES.keys() | OF_ONE


async def test_each_list_comes_as_a_spreadsheet_with_the_pages_own_rows(town: Town, sign_in: SignIn) -> None:
    resident = await something_going_on(town, name="=1+1")
    desk = await town.official("郑县区", Role.ADMINISTRATOR, "370102")
    browser = await sign_in(desk)
    found = {name: await sheet(browser, path) for name, path in PAGES.items()}
    alerts = await desk.open_alerts()
    assert len(found["alerts"]) == len(alerts) > 0
    assert await sheet(browser, "/console/alerts?status=resolved&kind=symptoms") == []
    assert {row[0] for row in found["officials"]} == {"陈医生", "郑县区"}

    masked = [str(row[0]) for row in found["residents"]]
    assert len(masked) == 1
    assert resident.name not in masked[0]
    refused = await browser.sends("/console/residents/sheet", reason="")
    assert refused.status_code == 422
    named = rows_of(await browser.sends("/console/residents/sheet", reason="流调需要"))
    assert [row[0] for row in named] == [resident.name]

    taken = [row for row in await sheet(browser, "/console/audit") if row[3] == "list.take_out"]
    assert len(taken) == len(PAGES) + 2
    assert any("status: resolved" in str(row[5]) or "'status': 'resolved'" in str(row[5]) for row in taken)
    assert any("流调需要" in str(row[5]) for row in await sheet(browser, "/console/audit"))


async def test_another_countys_desk_takes_out_nothing_of_this_one(town: Town, sign_in: SignIn) -> None:
    await something_going_on(town)
    browser = await sign_in(await town.official("郑县区", Role.COUNTY, "370103"))
    for name in ("alerts", "residents", "deliveries"):
        assert await sheet(browser, PAGES[name]) == [], name
    assert (await browser.opens("/console/audit?as=xlsx")).status_code == 403
