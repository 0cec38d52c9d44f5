"""The directory: who is named where, and where nobody is."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.access.matter_shapes import directory_out
from gateway.domain.directories import PostKind
from gateway.domain.kinds import OfficialId, UnitId
from gateway.schemas.matters import DirectoryOut, PostIn

router = APIRouter(prefix="/v1", tags=["directory"])


@router.get("/directory")
async def view(
    house: AnyHouse,
    official: CurrentOfficial,
    area: Annotated[str | None, Query(pattern=r"^\d{2,14}$")] = None,
) -> DirectoryOut:
    return directory_out(await house.directories.view(area or official.area, official=official))


@router.put("/directory/posts")
async def name(body: PostIn, house: AnyHouse, official: CurrentOfficial) -> DirectoryOut:
    """Name who answers for a place; the newest naming counts."""
    await house.directories.name(
        PostKind(body.kind),
        body.key,
        official=official,
        area=body.area,
        person=OfficialId(body.person_id),
        deputy=OfficialId(body.deputy_id) if body.deputy_id else None,
        unit_id=UnitId(body.unit_id) if body.unit_id else None,
    )
    return directory_out(await house.directories.view(official.area, official=official))


@router.put("/directory/units/{unit_id}/confirmation", status_code=204)
async def confirm(unit_id: UnitId, house: AnyHouse, official: CurrentOfficial) -> None:
    """The unit's own word that its entry is right."""
    await house.directories.confirm(unit_id, official=official)
