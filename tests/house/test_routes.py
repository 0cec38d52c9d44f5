"""Every route of the officials' port demands a caller, and what is open to all is listed here."""

import re
from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from httpx2 import ASGITransport, AsyncClient
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from gateway.access.signposts import HERE
from gateway.bootstrap import api_of
from gateway.settings import Settings

APP = api_of(Settings())

# Open to all, and why.
OPEN = {
    "/healthz": "whether the process lives",
    "/readyz": "whether it can work",
    "/openapi.json": "the API's description, without data",
    "/": "leads to the console",
    "/console/assets/{version}/{name}": "the pages' own files",
    "/console/sign-in": "where an official signs in",
    "/console/login": "an older name of it",
    "/console/sign-in/send": "asks for a link in the official's own chat; refused from another origin",
    "/console/sign-in/link": "signing in; refused from another origin",
    "/console/sign-in/password": "signing in; refused from another origin",
    "/console/sign-in/organisation": "leads to the organisation's identity provider, where one is set",
    "/console/sign-in/organisation/callback": "signing in; proved by the provider's signature and the browser's cookie",
    "/console/language/{language}": "keeps a choice in a cookie",
    "/console/theme/{theme}": "keeps a choice in a cookie",
    "/console/times/{shown}": "keeps a choice in a cookie",
    "/public/testing-agencies": "where to get tested is for everybody",
    "/public/testing-agencies.json": "where to get tested is for everybody",
    "/public/sheets/{code}": "opens only with its sealed code, for some days",
    "/public/copies/{code}": "opens only with its sealed code and the person's digits, for a day",
    "/public/duty/{token}.ics": "opens only with its secret, until that is withdrawn",
    "/public/work-lists/{token}.ics": "a calendar reads it by its secret address, until that is revoked",
    "/public/risk-areas": "published risk areas are for everybody",
    "/public/risk-areas.json": "published risk areas are for everybody",
    "/public/risk-areas.atom": "published risk areas are for everybody",
}

# Who a caller can be (gateway/access).
CALLERS = {"the_bot", "spoken_at", "speaker", "official", "bot_or_official", "signed_in"}


def routes() -> Iterator[tuple[str, set[str], Dependant | None]]:
    """Path, methods and dependencies of every route, those of included routers too."""
    for route in APP.routes:
        # FastAPI keeps an included router as one entry and tells its routes only when asked.
        inner = route.effective_route_contexts() if hasattr(route, "effective_route_contexts") else [route]
        for one in inner:
            yield one.path, set(getattr(one, "methods", None) or ()), getattr(one, "dependant", None)


def callers(dependant: Dependant) -> set[str]:
    found = {callers_name for inner in dependant.dependencies for callers_name in callers(inner)}
    call = dependant.call
    if call is not None and call.__module__.startswith("gateway.access"):
        found.add(call.__name__)
    return found


def test_every_route_demands_a_caller() -> None:
    known = list(routes())
    assert len(known) > 20
    assert [path for path, _, asks in known if path not in OPEN and not (asks and CALLERS & callers(asks))] == []


def test_what_changes_something_from_a_page_guards_against_other_origins() -> None:
    changing = [
        (path, callers(asks))
        for path, methods, asks in routes()
        if path.startswith("/console") and methods - {"GET", "HEAD"} and asks
    ]
    assert changing
    assert [path for path, asked in changing if not asked & {"acting", "same_origin"}] == []


def test_what_is_listed_as_open_exists() -> None:
    assert OPEN.keys() <= {path for path, _, _ in routes()}


@pytest.mark.parametrize(
    ("method", "path"),
    sorted((method, path) for path, methods, asks in routes() if asks and path not in OPEN for method in methods),
)
async def test_without_credentials_nothing_is_answered(method: str, path: str) -> None:
    async def nobody_home(scope: Scope, receive: Receive, send: Send) -> None:
        # Whatever is asked of the house before the caller is known would fail.
        await APP({**scope, "state": {"house": None}}, receive, send)

    filled = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", path)
    async with AsyncClient(transport=ASGITransport(app=nobody_home), base_url="http://gateway") as browser:
        answer = await browser.request(method, filled, json={} if method != "GET" else None)
    if path.startswith("/console"):
        assert answer.status_code in (303, 401)
    else:
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_signpost_points_where_asking_every_door_would_have_led() -> None:
    signpost, *doors = APP.router.routes
    pointed = 0
    for path, methods, _ in routes():
        asked = {"type": "http", "path": re.sub(r"{[^}]+}", "1", path), "root_path": "", "headers": []}
        for method in methods:
            found, child = signpost.matches({**asked, "method": method})
            if found is Match.NONE:
                continue
            pointed += 1
            door = next(one for one in doors if one.matches({**asked, "method": method})[0] is Match.FULL)
            assert child[HERE] is door, (method, path)
    assert pointed > 400
