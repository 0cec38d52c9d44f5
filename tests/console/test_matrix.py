"""Every route, for every role of elsewhere, with the ids of somebody else's county: generated from the route table.

Whatever a route answers, nothing of this county stands in it: no row, name, number or word, in pages, lists, searches,
spreadsheets, streams or counts. Bodies are made from what each route says it takes: a refusal is about who asks.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from fastapi.dependencies.models import Dependant
from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import TypeAdapter

from gateway.access.sessions import SignedIn
from gateway.bootstrap import build_api
from gateway.console.alerts import Filter
from gateway.console.desk import _list, _one
from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import AlertId, Role
from gateway.domain.scopes import ROLE_DIGITS
from gateway.errors import NotFound
from gateway.record.walls import POLICIES
from gateway.town import Town
from tests.console.conftest import PORT
from tests.house.test_routes import APP, OPEN, routes
from tests.support.lived_in import SECRETS, LivedIn, _one_of, lived_in

REFUSED = {401, 403, 404, 409, 422}
#: What a site reads of the people of its own county it may read; elsewhere it reads nothing, as everybody.
GRID, TOWNSHIP, COUNTY, CITY, PROVINCE = "37010200200001", "370102002", "370202", "3702", "36"
STREAM = "/console/events"
#: Ends the very session everything else is asked with.
SIGN_OUT = "/console/sign-out"
#: Text that routes demand in a form of their own.
FITTING: Mapping[str, Any] = {
    "phone": "13812345678",
    "area": COUNTY,
    "to_area": COUNTY,
    "place": "青岛市市南区",
    "outcome": "phoned",
    "action": "escalate",
    "answer": "granted",
    "holds": "yes",
    "profile": "close_contact",
    "anchor": "isolation_start",
    "at": "2021-01-15T07:20",
    "number": "13877776666",
}


def area_of(role: Role) -> str:
    """Elsewhere, on the level this role works on; who works on the lowest ones sits in the next township."""
    digits = ROLE_DIGITS.get(role, (6,))
    return next(area for area in (TOWNSHIP, COUNTY, CITY, PROVINCE, GRID) if len(area) in digits)


@dataclass
class Asked:
    """One route, as the table says it."""

    method: str
    path: str
    takes: Mapping[str, Any] | None
    form: bool

    @property
    def names_a_row(self) -> bool:
        return bool(re.search(r"\{\w+_id\}", self.path))


def asked(schema: Mapping[str, Any]) -> Iterator[Asked]:
    for path, methods, takes in routes():
        if path in OPEN or takes is None or path.endswith("{path:path}") or path == SIGN_OUT:
            continue
        for method in sorted(methods - {"HEAD"}):
            if path.startswith("/console"):
                yield Asked(method, path, dict(form_of(takes)), form=True)
            else:
                body = schema["paths"].get(path, {}).get(method.lower(), {}).get("requestBody")
                yield Asked(method, path, _body(body, schema) if body else None, form=False)


def form_of(takes: Dependant) -> Iterator[tuple[str, Any]]:
    for one in takes.body_params:
        shape = TypeAdapter(Annotated[one.field_info.annotation, one.field_info]).json_schema()
        yield one.alias, FITTING.get(one.alias) or sample(shape, shape)


def _body(body: Mapping[str, Any], whole: Mapping[str, Any]) -> Any:
    for kind in ("application/json", "multipart/form-data"):
        if kind in body["content"]:
            return sample(body["content"][kind]["schema"], whole)
    return None


def sample(shape: Mapping[str, Any], whole: Mapping[str, Any], name: str = "") -> Any:
    """Something that fits this JSON schema: what is required, and no more."""
    if "$ref" in shape:
        found: Any = whole
        for part in shape["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return sample(found, whole, name)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in shape:
            return sample(shape[choice][0], whole, name)
    if "const" in shape or "enum" in shape:
        return shape.get("const", shape.get("enum", [None])[0])
    match shape.get("type"):
        case "object":
            inner = shape.get("properties", {})
            return {one: sample(inner[one], whole, one) for one in shape.get("required", ())}
        case "array":
            return [sample(shape.get("items", {}), whole, name)] * max(1, shape.get("minItems", 1))
        case "integer" | "number":
            return max(shape.get("minimum", 1), 1)
        case "boolean":
            return True
        case "null":
            return None
    return FITTING.get(name) or _text(shape)


def _text(shape: Mapping[str, Any]) -> str:
    formats = {"uuid": str(uuid4()), "date": "2021-01-15", "date-time": "2021-01-15T07:20:00Z", "binary": "x"}
    if shape.get("format") in formats:
        return formats[shape["format"]]
    return "x" * max(shape.get("minLength", 4), 4) if shape.get("maxLength", 9) >= 4 else "x"


@dataclass
class Foreigner:
    """Somebody of elsewhere, with a session, a token, or a chat."""

    name: str
    client: AsyncClient
    headers: dict[str, str]
    signed: SignedIn | None = None
    csrf: str = ""

    @property
    def takes_lists_out(self) -> bool:
        """Three sorts of readers stand for all: who sees an area's people, who sees a unit's, who runs the house."""
        official = self.signed.official if self.signed else None
        return official is not None and official.may(Role.COUNTY, Role.UNIT_CONTACT)

    async def asks(self, one: Asked, path: str) -> Response:
        if one.method == "GET":
            return await self.client.get(path, headers=self.headers)
        if one.form:
            data = {"csrf": self.csrf, **(one.takes or {})}
            return await self.client.request(one.method, path, data=data, headers={"Origin": PORT})
        return await self.client.request(one.method, path, json=one.takes, headers=self.headers)


@dataclass
class Findings:
    secrets: frozenset[str]
    leaks: list[tuple[str, str, str, str]] = field(default_factory=list)
    let_in: list[tuple[str, str, str, int]] = field(default_factory=list)
    tried: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def look(self, who: Foreigner, one: Asked, answer: Response) -> None:
        said = text_of(answer)
        self.leaks += [(who.name, one.method, one.path, secret) for secret in self.secrets if secret in said]
        self.tried.setdefault((one.method, one.path), set()).add(answer.status_code)
        if one.names_a_row and answer.status_code not in REFUSED:
            self.let_in.append((who.name, one.method, one.path, answer.status_code))


def text_of(answer: Response) -> str:
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as sheet:
        return "".join(sheet.read(name).decode() for name in sheet.namelist() if name.endswith(".xml"))


async def foreigners(town: Town, app: Any) -> list[Foreigner]:
    found = []
    house = town.house
    for role in Role:
        area = area_of(role)
        desk = await town.official(f"外地{role}", role, area)
        session, token = await house.officials.sign_in_by_link(await house.officials.login_link(desk.official.id))
        browser = AsyncClient(transport=ASGITransport(app=app), base_url=PORT, cookies={"shaodian": token})
        signed = SignedIn(house, session, desk.official, token)
        assert (await browser.get("/console")).status_code == 200, "really signed in"
        found.append(Foreigner(f"console {role}", browser, {}, signed, session.csrf))
        secret = await house.officials.create_token(name="x", role=role, area=area)
        found.append(Foreigner(f"API {role}", _api(app), {"Authorization": f"Bearer {secret}"}))
    stranger = await town.resident("外人", area="370202001")
    headers = {
        "Authorization": f"Bearer {town.client.token}",
        "X-Shaodian-Address": f"{stranger.channel}:{stranger.handle}",
    }
    found.append(Foreigner("a resident of elsewhere", _api(app), headers))
    return found


def _api(app: Any) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app=app, raise_app_exceptions=False), base_url="http://gateway")


def secrets_of(home: LivedIn) -> frozenset[str]:
    """Ids of rows behind a wall, and the words, names and numbers in them."""
    walled = {f"{_one_of(table)}_id" for table in POLICIES} | {"kept_view_id", "held_action_id"}
    return frozenset({home.ids[name] for name in walled if name in home.ids} | set(SECRETS))


@pytest.fixture
async def home(town: Town) -> LivedIn:
    return await lived_in(town)


@pytest.mark.timeout(600)
async def test_no_route_knows_a_foreign_row_and_no_answer_holds_anything_of_it(home: LivedIn) -> None:
    app = build_api(home.town.house)
    findings = Findings(secrets_of(home))
    table = list(asked(APP.openapi()))
    before = await _marks(home)
    people = await foreigners(home.town, app)
    for one in table:
        if one.path == STREAM:
            continue
        path = home.address(one.path)
        by_session = one.path.startswith("/console")
        for who in people:
            if by_session != (who.signed is not None):
                continue
            findings.look(who, one, await who.asks(one, path))
            if who.takes_lists_out and one.method == "GET" and not one.names_a_row:
                findings.look(who, one, await who.asks(one, f"{path}?as=xlsx"))

    assert findings.leaks == []
    assert sorted({(method, path, status) for _, method, path, status in findings.let_in}) == []
    never = {route for route, answers in findings.tried.items() if "_id}" in route[1] and not answers & {401, 403, 404}}
    assert never == set(), "only ever refused for its body: say in FITTING what it takes"
    assert await _marks(home) == before
    for who in people:
        await who.client.aclose()


async def test_streams_and_counts_show_nothing_of_elsewhere(home: LivedIn) -> None:
    app = build_api(home.town.house)
    alert = AlertId(UUID(home.ids["alert_id"]))
    for who in await foreigners(home.town, app):
        if who.signed is not None:
            assert await _list(who.signed, Filter(status="all"))() == {"rows": {}}, who.name
            with pytest.raises(NotFound):
                await _one(who.signed, alert)()
            first = (await who.client.get("/console")).text
            assert set(re.findall(r'number-count">(\d+)<', first)) <= {"0"}, who.name
        await who.client.aclose()


async def _marks(home: LivedIn) -> dict[AlertId, str]:
    """How the county's alerts stand."""
    town = home.town
    async with town.house.alerts.reading(home.administrator.official) as (work, reader, told):
        return await work.alert_lists.marks(reader, told, AlertFilter(), town.clock.now(), limit=100)
