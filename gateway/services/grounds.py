"""A place as the register sees it now: its tier, by the list in force and by what officials set, and the last case."""

from datetime import datetime

from gateway.domain.events import Ground
from gateway.domain.kinds import RiskLevel
from gateway.domain.places import AreaLevel
from gateway.domain.risk_areas import RANK, ListedPlace, reach
from gateway.record.record import Work


async def ground_of(work: Work, area: str, at: datetime) -> Ground:
    """`area` is a division's code; what lies below the township is not looked at.

    Nothing listed is low only while a list is in force or somebody set the area's level: otherwise nobody knows.
    """
    place = area[: AreaLevel.TOWNSHIP]
    where = reach(ListedPlace(place, found=True))
    listed = await work.risk_lists.last_confirmed() is not None
    tier = possible = RiskLevel.LOW
    level = await work.controls.level_around(area)
    if level is not None:
        listed, tier = True, level.level.risk
    assert where is not None
    for spell in await work.risk_lists.spells_near(where.lowest, where.beyond, where.parents):
        code = spell.place.area
        if code is None or spell.valid_from > at or (spell.valid_to is not None and spell.valid_to <= at):
            continue
        if code.startswith(place) or (place.startswith(code) and not spell.place.places):
            tier = _higher(tier, spell.level)
        elif place.startswith(code):
            possible = _higher(possible, spell.level)
    county = place[: AreaLevel.COUNTY]
    cases = [
        outbreak.last_case_on
        for outbreak in await work.risk_lists.outbreaks()
        if outbreak.area.startswith(county) or place.startswith(outbreak.area)
    ]
    return Ground(
        tier=tier if listed else None,
        possible=possible if RANK[possible] > RANK[tier] else None,
        last_case_on=max(cases, default=None),
    )


def at_risk(ground: Ground) -> bool | None:
    """Whether it is a medium- or high-risk area; None: nobody can tell."""
    if ground.tier in (RiskLevel.MEDIUM, RiskLevel.HIGH):
        return True
    if ground.tier is None or ground.possible is not None:
        return None
    return False


def _higher(one: RiskLevel, other: RiskLevel) -> RiskLevel:
    return one if RANK[one] >= RANK[other] else other
