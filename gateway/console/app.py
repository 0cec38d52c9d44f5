"""The officials' console, put on the same port as the API."""

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from gateway.access.sessions import CurrentSession
from gateway.access.signposts import signposted
from gateway.console import (
    alerts,
    broadcasts,
    channels,
    checklist_intakes,
    checklists,
    controls,
    copies,
    desk,
    duties,
    events,
    guidance,
    ladders,
    lead_lists,
    leads,
    ledgers,
    list_pages,
    matters,
    officials,
    organisations,
    pathways,
    policies,
    posts,
    report_types,
    residents,
    results,
    risk_lists,
    rotas,
    sign_in,
    situation,
    support,
    venues,
)
from gateway.console.pages import KINDS, ConsoleRoute, asset, error_page

ROUTERS = (
    sign_in.router,
    desk.router,
    list_pages.router,
    situation.router,
    alerts.router,
    residents.router,
    pathways.router,
    results.router,
    risk_lists.router,
    risk_lists.public,
    checklist_intakes.router,
    checklists.router,
    checklists.public,
    controls.router,
    duties.router,
    lead_lists.router,
    report_types.router,
    support.router,
    leads.router,
    policies.router,
    events.router,
    ledgers.router,
    officials.router,
    ladders.router,
    rotas.router,
    rotas.public,
    organisations.router,
    posts.router,
    channels.router,
    matters.router,
    venues.router,
    guidance.router,
    guidance.public,
    copies.router,
    broadcasts.router,
)

front = APIRouter(route_class=ConsoleRoute, include_in_schema=False)
rest = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@front.get("/")
async def door() -> Response:
    return RedirectResponse("/console", 303)


@front.get("/console/assets/{version}/{name}")
async def assets(version: str, name: str, request: Request) -> Response:
    found = asset(name)
    if found is None:
        return error_page(request, 404, "not-found")
    content, compressed, current = found
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if version == current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = compressed
    return Response(content, headers=headers, media_type=KINDS[f".{name.rsplit('.', 1)[-1]}"])


@rest.get("/console/{path:path}")
async def nothing_here(path: str, request: Request, _: CurrentSession) -> Response:
    return error_page(request, 404, "not-found")


def mount(app: FastAPI) -> FastAPI:
    for router in (front, *ROUTERS, rest):
        app.include_router(router)
    return signposted(app)
