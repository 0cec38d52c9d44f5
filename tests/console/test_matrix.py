"""Every route, for every role of elsewhere, with the ids of somebody else's county: generated from the route table.

Whatever a route answers, nothing of this county stands in it: no row, name, number or word, in pages, lists, searches,
spreadsheets, streams or counts. Bodies are made from what each route says it takes: a refusal is about who asks.
"""

import base64
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from fastapi.dependencies.models import Dependant
from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import TypeAdapter
from sqlalchemy import select

from gateway.access.sessions import SignedIn
from gateway.bootstrap import build_api
from gateway.console.alerts import Filter
from gateway.console.desk import _list, _one
from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import AlertId, Role
from gateway.domain.scopes import ROLE_DIGITS, Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.walls import POLICIES
from gateway.town import Town
from tests.console.conftest import PORT
from tests.house.test_routes import APP, OPEN, routes
from tests.support.lived_in import ASKED, SECRETS, TABLES, LivedIn, _one_of, lived_in

REFUSED = {401, 403, 404, 409, 422}
#: What names a row and is answered all the same, and why.
ANSWERED = {
    "/console/risk-lists/{list_id}": "the national list is everybody's",
    "/v1/risk-lists/{list_id}": "the national list is everybody's",
    "/v1/risk-lists/{list_id}/changes": "the national list is everybody's",
    "/v1/risk-lists/{list_id}/reach": "the national list is everybody's; numbers only",
    "/v1/risk-lists/{list_id}/confirmation": "the national list is everybody's; who owns lists confirms it",
    "/v1/risk-lists/{list_id}/rejection": "the national list is everybody's; who owns lists rejects it",
    "/v1/deliveries/{delivery_id}/seen": "the same answer whether it exists or not; nothing of somebody else's changes",
}
#: Ids of what is behind no wall, and why: everything else a route names must be (gateway/record/walls.py).
NO_WALL = {
    "venues": "what hangs at a door is no secret; managed by area and unit in the record",
    "units": "an organisation's name is no secret; its people are",
    "officials": "who holds a post is for all who work with it; managing them is by area",
    "posts": "managed by area in the service",
    "rotas": "who is on duty is what everybody who rings them must know; changed by area",
    "invitations": "managed by area in the service",
    "sessions": "one's own, by the service",
    "kept_views": "one's own, by the service",
    "held_actions": "one's own, by the service",
    "calendar_feeds": "one's own, by the service",
    "checklist_feeds": "one's own, by the service",
    "substitutions": "managed by area in the service",
    "shifts": "managed by area in the service",
    "risk_lists": "the national list is everybody's",
    "risk_entries": "the national list is everybody's",
    "outbreaks": "published case dates",
    "risk_corrections": "proposals about the national list",
    "controls": "a closed building is announced to everybody; decided by area in the service",
    "control_waves": "belongs to a control",
    "key_populations": "kinds of work, without people",
    "testing_agencies": "where to get tested is for everybody",
    "pack_activations": "which rules are in force is for everybody",
    "report_types": "forms without answers",
    "report_type_versions": "forms without answers",
    "ladder_changes": "who is rung when, by role; changed by area",
    "area_levels": "published",
    "standing_measures": "published",
}
#: What a site reads of the people of its own county it may read; elsewhere it reads nothing, as everybody.
GRID, TOWNSHIP, COUNTY, CITY, PROVINCE = "37010200200001", "370102002", "370202", "3702", "36"
STREAM = "/console/events"
#: Stands in a form for a file.
FILE = "x.png"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
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
    "verdict": "approve",
}
#: And where the same name takes something else.
FITTING_AT: Mapping[str, Mapping[str, Any]] = {"/console/leads/{lead_id}/outcome": {"outcome": "reached"}}


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
    files: tuple[str, ...] = ()

    @property
    def names_a_row(self) -> bool:
        return bool(re.search(r"\{\w+_id\}", self.path))


def asked(schema: Mapping[str, Any]) -> Iterator[Asked]:
    for path, methods, takes in routes():
        if path in OPEN or takes is None or path.endswith("{path:path}") or path == SIGN_OUT:
            continue
        for method in sorted(methods - {"HEAD"}):
            if path.startswith("/console"):
                filled = dict(form_of(takes)) | FITTING_AT.get(path, {})
                files = tuple(name for name, value in filled.items() if value == FILE)
                yield Asked(method, path, {k: v for k, v in filled.items() if v != FILE}, form=True, files=files)
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
    formats = {"uuid": str(uuid4()), "date": "2021-01-15", "date-time": "2021-01-15T07:20:00Z", "binary": FILE}
    if "contentMediaType" in shape:
        return FILE
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
            files = {name: (FILE, PICTURE) for name in one.files} or None
            return await self.client.request(one.method, path, data=data, files=files, headers={"Origin": PORT})
        return await self.client.request(one.method, path, json=one.takes, headers=self.headers)


@dataclass
class Findings:
    secrets: frozenset[str]
    leaks: list[tuple[str, str, str, str]] = field(default_factory=list)
    let_in: list[tuple[str, str, str, int]] = field(default_factory=list)
    requests: int = 0
    broken: list[tuple[str, str, str]] = field(default_factory=list)
    tried: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def look(self, who: Foreigner, one: Asked, answer: Response) -> None:
        said, own = text_of(answer), str(answer.request.url)
        # The id in the address itself may be said back: where to sign in to, which language to read it in.
        secrets = (secret for secret in self.secrets if secret not in own)
        self.leaks += [(who.name, one.method, one.path, secret) for secret in secrets if secret in said]
        if answer.status_code >= 500:
            self.broken.append((who.name, one.method, one.path))
        self.requests += 1
        self.tried.setdefault((one.method, one.path), set()).add(answer.status_code)
        if one.names_a_row and one.path not in ANSWERED and answer.status_code not in REFUSED:
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
async def test_no_route_knows_a_foreign_row_and_no_answer_holds_anything_of_it(home: LivedIn, whole: bool) -> None:
    """By turns two of the callers a route could have; with --whole every one of them."""
    app = build_api(home.town.house)
    findings = Findings(secrets_of(home))
    before, unseen = await _marks(home), await _unseen(home)
    people = await foreigners(home.town, app)
    for number, one in enumerate(asked(APP.openapi())):
        if one.path == STREAM:
            continue
        path = home.address(one.path) + (ASKED.get(one.path, "") if one.method == "GET" else "")
        callers = [who for who in people if one.path.startswith("/console") == (who.signed is not None)]
        for who in callers if whole else _by_turns(callers, number):
            findings.look(who, one, await who.asks(one, path))
            if who.takes_lists_out and one.method == "GET" and not one.names_a_row:
                findings.look(who, one, await who.asks(one, f"{path}?as=xlsx"))
    print(f"{findings.requests} requests to {len(findings.tried)} routes")

    assert findings.leaks == []
    assert findings.broken == []
    assert sorted({(method, path, status, who) for who, method, path, status in findings.let_in}) == []
    never = {route for route, answers in findings.tried.items() if "_id}" in route[1] and not answers & {401, 403, 404}}
    unasked = {route for route in never if route[1] not in ANSWERED}
    assert not (whole and unasked), "refused for its body alone: see FITTING"
    assert await _marks(home) == before
    assert unseen <= await _unseen(home)
    for who in people:
        await _streams_and_counts_hold_nothing(who, before.keys(), AlertId(UUID(home.ids["alert_id"])))
        await who.client.aclose()


def _by_turns(callers: list[Foreigner], number: int) -> list[Foreigner]:
    chosen = {number % len(callers), (number * 5 + 7) % len(callers)}
    return [who for at, who in enumerate(callers) if at in chosen]


async def _streams_and_counts_hold_nothing(who: Foreigner, alerts: Collection[AlertId], alert: AlertId) -> None:
    """Of the county: what they asked for at home, such as a permit of their own, may ring there."""
    if who.signed is None:
        return
    own = (await _list(who.signed, Filter(status="all"))())["rows"]
    assert not own.keys() & {str(each) for each in alerts}, who.name
    with pytest.raises(NotFound):
        await _one(who.signed, alert)()
    first = (await who.client.get("/console")).text
    assert all(int(count) <= len(own) for count in re.findall(r'number-count">(\d+)<', first)), who.name


def test_every_row_a_route_names_is_behind_a_wall_or_says_why_it_is_not() -> None:
    tables = {f"{_one_of(table)}_id": table for table in t.metadata.tables} | TABLES
    tables |= {"item_id": "plan_items", "place_id": "visited_places"}
    named = {name for path, _, _ in routes() for name in re.findall(r"\{(\w+_id)\}", path)}
    assert {name for name in named if name not in tables} == set(), "tests/support/lived_in.py: of which table is it?"
    assert {name: tables[name] for name in named if tables[name] not in {*POLICIES, *NO_WALL}} == {}


async def _marks(home: LivedIn) -> dict[AlertId, str]:
    """How the county's alerts stand."""
    town = home.town
    async with town.house.alerts.reading(home.administrator.official) as (work, reader, told):
        return await work.alert_lists.marks(reader, told, AlertFilter(), town.clock.now(), limit=100)


async def _unseen(home: LivedIn) -> set[UUID]:
    """What was sent and not seen yet: nobody from elsewhere may say it was."""
    async with home.town.house.transactions.begin(Scope.of_work("test")) as work:
        found = await work.connection.execute(select(t.deliveries.c.id).where(t.deliveries.c.seen_at.is_(None)))
        return set(found.scalars())
