"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter, Request, Response

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    return {"status": "alive"}


@router.get("/readyz")
async def ready(request: Request, response: Response) -> dict[str, object]:
    """200 when database and agenda answer; the worker's silence and the demo's progress are told, not failed on."""
    house = request.state.house
    database = await house.record.answers()
    agenda = True
    whole: bool | None = None
    try:
        whole = await house.agenda.is_whole()
    except house.agenda.unavailable:
        agenda = False
    worker = None
    demo = None
    if database:
        beats = await house.operations.heartbeats()
        worker = min((age.total_seconds() for name, age in beats.items() if name.startswith("work")), default=None)
        demo = await house.operations.progress("demo")
    if not (database and agenda):
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return {
        "status": "ready" if database and agenda else "not ready",
        "database": database,
        "agenda": agenda,
        "agenda_whole": whole,
        "worker_heartbeat_seconds": worker,
        "demo": demo,
    }
