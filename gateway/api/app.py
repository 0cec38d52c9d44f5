"""The officials' port: the API, and the console beside it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from fastapi import Depends, FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from gateway.access import problems
from gateway.access.texts import only_text
from gateway.api import (
    alerts,
    checklists,
    contacts,
    controls,
    desk_groups,
    directories,
    duties,
    figures,
    follow_ups,
    gates,
    guidance,
    health,
    leads,
    matters,
    pathways,
    people,
    places,
    policies,
    public,
    reports,
    results,
    risk_areas,
    venues,
)

ROUTERS = (
    health.router,
    people.router,
    reports.router,
    alerts.router,
    checklists.router,
    duties.router,
    places.router,
    risk_areas.router,
    controls.router,
    public.router,
    follow_ups.router,
    policies.router,
    results.router,
    pathways.router,
    leads.router,
    contacts.router,
    figures.router,
    gates.router,
    matters.router,
    venues.router,
    desk_groups.router,
    directories.router,
    guidance.router,
)

#: The largest list or spreadsheet anybody sends, with room to spare.
LARGEST_BODY = 16 * 1024 * 1024

#: What it yields is each request's `state`; a `house` must be in it.
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, object]]]


def build(lifespan: Lifespan | None = None) -> FastAPI:
    app = FastAPI(
        title="Shaodian gateway",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(only_text)],
    )
    problems.install(app)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY)
    for router in ROUTERS:
        app.include_router(router)
    return app
