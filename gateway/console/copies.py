"""Where a person takes the copy of their own data: a link from the chat, and the last digits of their phone."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.access.callers import AnyHouse
from gateway.console.pages import ConsoleRoute, page
from gateway.services.copies import WrongDigits

router = APIRouter(prefix="/public", route_class=ConsoleRoute, include_in_schema=False)


@router.get("/copies/{code}")
async def ask(code: str, request: Request, house: AnyHouse) -> Response:
    return page(request, "public_copy.html", until=await house.copies.waits(code[:600]), wrong=False)


@router.post("/copies/{code}")
async def take(
    code: str, request: Request, house: AnyHouse, digits: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    try:
        copy = await house.copies.open(code[:600], digits)
    except WrongDigits:
        until = await house.copies.waits(code[:600])
        return page(request, "public_copy.html", status=422, until=until, wrong=True)
    readable = bytes(page(request, "copy.html", copy=copy).body).decode()
    headers = {
        "Content-Disposition": f'attachment; filename="shaodian-{copy.made_at:%Y-%m-%d}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(await copy.zipped(readable), media_type="application/zip", headers=headers)
