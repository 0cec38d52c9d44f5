"""Groups of officials: bound to a desk by a code that a known official gives there."""

from fastapi import APIRouter

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.schemas.desk_groups import DeskGroupIn, DeskGroupOut

router = APIRouter(prefix="/v1", tags=["officials"])


@router.post("/desk-groups", status_code=201)
async def bind(body: DeskGroupIn, house: AnyHouse, official: CurrentOfficial) -> DeskGroupOut:
    """The group belongs to the desk from now on; the code opens nothing any more."""
    desk = await house.desk_addresses.bind(body.code, chat=body.chat, topic=body.topic, official=official)
    return DeskGroupOut(label=desk.label, area_name=house.area_name(desk.area, official.language))
