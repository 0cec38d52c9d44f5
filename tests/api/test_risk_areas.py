"""Risk lists over the API: uploaded, refused row by row, confirmed by one official and published by another."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest

from gateway.bootstrap import build_api
from gateway.domain.kinds import Role
from gateway.town import Town

FIRST = Path(__file__).parents[1] / "risk_lists" / "2022041511-b38a8084.json"


@pytest.fixture
async def api(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=build_api(town.house), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def caller(town: Town, role: Role) -> dict[str, str]:
    secret = await town.house.officials.create_token(name=f"script of {role}", role=role, area="37")
    return {"Authorization": f"Bearer {secret}"}


async def upload(api: httpx2.AsyncClient, headers: dict[str, str], content: bytes, name: str = "list.json") -> Any:
    return await api.post("/v1/risk-lists", params={"name": name}, content=content, headers=headers)


async def test_a_list_goes_from_a_file_to_the_public_page(town: Town, api: httpx2.AsyncClient) -> None:
    owner, publisher = await caller(town, Role.LIST_OWNER), await caller(town, Role.PUBLISHER)
    content = FIRST.read_bytes()

    draft = await upload(api, owner, content)
    assert (draft.status_code, draft.json()["entries"], draft.json()["state"]) == (201, 203, "draft")
    again = await upload(api, owner, content)
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    path = f"/v1/risk-lists/{draft.json()['id']}"
    changes = (await api.get(f"{path}/changes", headers=owner)).json()
    assert [len(changes[name]) for name in ("added", "raised", "lowered", "lifted", "unresolved")] == [203, 0, 0, 0, 0]
    assert (await api.get(f"{path}/reach", headers=owner)).json()["people"] == 0
    assert (await api.get("/public/risk-areas.json")).json()["places"] == []

    confirmed = await api.post(f"{path}/confirmation", headers=owner)
    assert confirmed.status_code == 201
    words = {"content_hash": confirmed.json()["content_hash"]}
    refused = await api.post(f"{path}/publication", json=words, headers=owner)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:shaodian:problem:not-yours")
    published = await api.post(f"{path}/publication", json=words, headers=publisher)
    assert (published.status_code, published.json()["list"]["state"]) == (201, "published")

    public = (await api.get("/public/risk-areas.json", params={"language": "en"})).json()
    assert (public["number"], len(public["places"])) == (1, 203)
    feed = await api.get("/public/risk-areas.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert len(ElementTree.fromstring(feed.text).findall("{http://www.w3.org/2005/Atom}entry")) == 1


async def test_one_person_cannot_confirm_and_publish(town: Town, api: httpx2.AsyncClient) -> None:
    chief = await caller(town, Role.ADMINISTRATOR)
    path = f"/v1/risk-lists/{(await upload(api, chief, FIRST.read_bytes())).json()['id']}"
    confirmed = await api.post(f"{path}/confirmation", headers=chief)

    refused = await api.post(
        f"{path}/publication", json={"content_hash": confirmed.json()["content_hash"]}, headers=chief
    )

    assert (refused.status_code, refused.json()["type"]) == (403, "urn:shaodian:problem:second-person-needed")


async def test_a_truncated_list_is_refused_and_says_where(town: Town, api: httpx2.AsyncClient) -> None:
    owner = await caller(town, Role.LIST_OWNER)
    answer = await upload(api, owner, FIRST.read_bytes()[:5000])
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    (fault,) = answer.json()["errors"]
    assert "breaks off" in fault["message"]


@pytest.mark.parametrize("content", [b"", b"<html>504</html>", b"\x00\x01\x02", b"[1, 2]"])
async def test_what_is_no_list_is_refused(town: Town, api: httpx2.AsyncClient, content: bytes) -> None:
    answer = await upload(api, await caller(town, Role.LIST_OWNER), content)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:shaodian:problem:invalid-risk-list")
    assert answer.json()["errors"]


async def test_every_wrong_row_is_named(town: Town, api: httpx2.AsyncClient) -> None:
    rows = [
        {"province": "吉林省", "city": "长春市", "communitys": []},
        {"province": "吉林省", "city": "长春市", "county": "绿园区"},
    ]
    content = json.dumps({"data": {"highlist": rows, "middlelist": []}}).encode()
    answer = await upload(api, await caller(town, Role.LIST_OWNER), content)
    assert {fault["where"] for fault in answer.json()["errors"]} == {
        "data.highlist[0].county",
        "data.highlist[0].communitys",
        "data.highlist[1].communitys",
    }


async def test_was_it_a_risk_area_on_that_day(town: Town, api: httpx2.AsyncClient) -> None:
    owner = await caller(town, Role.LIST_OWNER)
    path = f"/v1/risk-lists/{(await upload(api, owner, FIRST.read_bytes())).json()['id']}"
    await api.post(f"{path}/confirmation", headers=owner)

    async def asked(place: str, on: str) -> Any:
        return (await api.get("/v1/risk-areas", params={"place": place, "on": on}, headers=owner)).json()

    found = await asked("上海市崇明区长兴镇长明村21队", "2021-01-15")
    assert [(one["match"], one["level"]) for one in found["areas"]][0] == ("definite", "medium")
    assert (await asked("上海市崇明区长兴镇长明村21队", "2021-01-14"))["areas"] == []
    assert {one["match"] for one in (await asked("310151", "2021-01-15"))["areas"]} == {"possible"}
    unknown = await api.get("/v1/risk-areas", params={"place": "zzzz"}, headers=owner)
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:shaodian:problem:place-unknown")


async def test_case_dates_that_cannot_be_are_refused(town: Town, api: httpx2.AsyncClient) -> None:
    owner = await caller(town, Role.LIST_OWNER)
    wrong = {"area": "999999", "first_case_on": "2021-01-20", "last_case_on": "2021-01-18"}
    answer = await api.post("/v1/outbreaks", json=wrong, headers=owner)
    assert answer.status_code == 422
    assert {fault["where"] for fault in answer.json()["errors"]} == {"area", "last_case_on"}
    right = {"area": "130104", "first_case_on": "2021-01-02", "last_case_on": "2021-01-10"}
    assert (await api.post("/v1/outbreaks", json=right, headers=owner)).status_code == 201
    assert [one["area"] for one in (await api.get("/v1/outbreaks", headers=owner)).json()] == ["130104"]


async def test_strangers_upload_nothing(town: Town, api: httpx2.AsyncClient) -> None:
    assert (await upload(api, {}, FIRST.read_bytes())).status_code == 401
    grid = await caller(town, Role.GRID_WORKER)
    assert (await upload(api, grid, FIRST.read_bytes())).status_code == 403
