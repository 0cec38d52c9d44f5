"""Roles of the same county that may not see what is whispered: those of elsewhere, test_matrix.py tries one and all."""

from uuid import uuid4

import httpx2
import pytest

from gateway.api.app import ROUTERS as API
from gateway.bootstrap import build_api
from gateway.domain.kinds import Role
from gateway.domain.scopes import Scope
from gateway.town import Town
from tests.console.conftest import SignIn

#: What a site reads of the people of its own county.
OF_SITES = ("follow-ups", "tests-asked")


@pytest.mark.parametrize("role", [Role.SITE, Role.PUBLISHER, Role.SUPERVISION, Role.UNIT_CONTACT])
async def test_who_works_with_no_residents_sees_none_of_their_alerts(town: Town, sign_in: SignIn, role: Role) -> None:
    await town.official("陈医生", Role.DOCTOR, "370102001")
    desk = await town.official("站点周", role, "370102")
    resident = await town.resident("王芳", area="370102001")
    await resident.reports_symptoms("fever", temperature=39.0)
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (alert,) = await work.alerts.listed()
    browser = await sign_in(desk)

    for path in ("/console", "/console/alerts", "/console/alerts?status=all"):
        assert str(alert.id) not in (await browser.opens(path)).text
    for path in (f"/console/alerts/{alert.id}", f"/console/alerts/{alert.id}/line"):
        assert (await browser.opens(path)).status_code == 404


async def test_a_cry_for_help_is_seen_by_those_told_of_it_alone(town: Town, sign_in: SignIn) -> None:
    police = await town.official("民警刘", Role.POLICE, "370102001")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    resident = await town.resident("王芳", area="370102001")
    await resident.gateway.heard("我不想活了", language="zh_Hans_CN", key="1")
    await town.quiet()
    (alert,) = await police.open_alerts()

    told, other = await sign_in(police), await sign_in(county)

    assert str(alert.id) in (await told.opens("/console/alerts")).text
    assert str(alert.id) not in (await other.opens("/console/alerts")).text
    assert (await other.opens(f"/console/alerts/{alert.id}/line")).status_code == 404


async def test_who_works_with_no_residents_is_told_nothing_of_them_by_the_api(town: Town) -> None:
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    resident = await town.resident("王芳", area="370102001")
    await resident.reports_symptoms("fever", temperature=39.0)
    (alert,) = await doctor.open_alerts()
    follow_up = await town.house.follow_ups.place(
        resident.id,
        profile="close_contact",
        anchors={"isolation_start": town.clock.now(), "last_exposure": town.clock.now().date()},
        reason="同车",
        official=doctor.official,
    )
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        item = (await work.follow_ups.items(follow_up.id))[0]
    ids = {"alert_id": alert.id, "resident_id": resident.id, "follow_up_id": follow_up.id, "item_id": item.id}
    body = {
        "text": "x",
        "official_id": str(uuid4()),
        "outcome": "phoned",
        "reason": "because",
        "resident_id": str(resident.id),
    }
    shapes = [{}, {"text": "x"}, {"official_id": str(uuid4())}, {"outcome": "phoned"}, {"reason": "because"}, body]
    told = []
    transport = httpx2.ASGITransport(app=build_api(town.house), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        for role in (Role.SITE, Role.UNIT_CONTACT):
            secret = await town.house.officials.create_token(name="x", role=role, area="370102")
            for router in API:
                for route in router.routes:
                    path, methods = route.path, route.methods  # type: ignore[attr-defined]
                    if not any(f"{{{name}}}" in path for name in ids):
                        continue
                    for name, value in ids.items():
                        path = path.replace(f"{{{name}}}", str(value))
                    if "{" in path:
                        continue
                    if role is Role.SITE and "GET" in methods and path.rsplit("/", 1)[-1] in OF_SITES:
                        continue  # a site of the same county looks after who is placed with it, and tests them
                    for shape in shapes:
                        for method in methods:
                            answer = await client.request(
                                method,
                                path,
                                headers={"Authorization": f"Bearer {secret}"},
                                json=None if method == "GET" else shape,
                            )
                            if answer.status_code not in (401, 403, 404, 422):
                                told.append((role, method, path, answer.status_code))
    assert told == []
