"""The officials' port: the API, and the console beside it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from gateway.access import problems
from gateway.access.house import House
from gateway.api import alerts, health, people, places, public, reports, risk_areas

ROUTERS = (health.router, people.router, reports.router, alerts.router, places.router, risk_areas.router, public.router)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build(house: House | None, lifespan: Lifespan | None = None) -> FastAPI:
    app = FastAPI(title="Shaodian gateway", version="0.1.0", lifespan=lifespan, docs_url="/docs", redoc_url=None)
    app.state.house = house
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
