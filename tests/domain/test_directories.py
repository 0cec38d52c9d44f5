"""Where somebody must be named and nobody is: each notice's own places, told to the level above."""

from datetime import UTC, date, datetime
from functools import cache
from uuid import UUID

import pytest

from gateway.domain.directories import (
    DirectoryRule,
    DirectoryUnit,
    Gap,
    Lack,
    Post,
    PostKind,
    Standing,
    gaps,
    groups_handling,
)
from gateway.domain.kinds import Level, OfficialId, Role, UnitId
from gateway.policies.loader import load_pack

PERSON, DEPUTY = OfficialId(UUID(int=1)), OfficialId(UUID(int=2))
FACTORY = DirectoryUnit(UnitId(UUID(int=3)), "甲厂", "370102")
TODAY = date(2021, 1, 15)


@cache
def directory(pack_id: str) -> DirectoryRule:
    rule = load_pack(pack_id).directory
    assert rule is not None
    return rule


def found(
    pack_id: str,
    *,
    places: dict[int, set[str]] | None = None,
    held: list[tuple[Role, str]] | None = None,
    posts: list[Post] | None = None,
    units: list[DirectoryUnit] | None = None,
    today: date = TODAY,
) -> list[Gap]:
    standing = Standing(places or {}, held or [], posts or [], units or [])
    return list(gaps(directory(pack_id), standing, today))


@pytest.mark.rule("SD-3.1.2-a")
def test_the_network_has_a_holder_at_every_level_down_to_the_grid() -> None:
    places = {2: {"37"}, 4: {"3701"}, 6: {"370102"}, 9: {"370102001"}, 12: {"370102001000"}, 14: {"37010200100001"}}
    empty = found("sd-2020-09", places=places)
    assert [gap.key for gap in empty if gap.kind is PostKind.NETWORK] == [
        Role.PROVINCE,
        Role.CITY,
        Role.COUNTY,
        Role.TOWNSHIP,
        Role.COMMUNITY,
        Role.GRID_WORKER,
    ]
    assert [gap.heard.roles for gap in empty[1:]] == [
        (Role.PROVINCE,),
        (Role.CITY,),
        (Role.COUNTY,),
        (Role.TOWNSHIP,),
        (Role.COMMUNITY,),
    ]
    held = [
        (Role.PROVINCE, "37"),
        (Role.CITY, "3701"),
        (Role.COUNTY, "370102"),
        (Role.TOWNSHIP, "370102001"),
        (Role.COMMUNITY, "370102001"),
        (Role.GRID_WORKER, "37010200100001"),
    ]
    assert found("sd-2020-09", places=places, held=held) == []
    assert [gap.area for gap in found("sd-2020-09", places={14: {"37010200100002"}}, held=held)] == ["37010200100002"]


@pytest.mark.rule("SP-3-a")
def test_every_link_of_the_contract_has_a_person_and_a_deputy() -> None:
    places = {9: {"370102001"}, 12: {"370102001000"}, 14: {"37010200100001"}}
    assert [(gap.key, gap.lacks, gap.heard.level) for gap in found("sp-2021-01", places=places)] == [
        ("county_leader", Lack.PERSON, Level.L4),
        ("township_cadre", Lack.PERSON, Level.L3),
        ("village_cadre", Lack.PERSON, Level.L2),
    ]
    leader = Post(PostKind.CONTRACT, "county_leader", "370102001", official_id=PERSON)
    assert found("sp-2021-01", places={9: {"370102001"}}, posts=[leader])[0].lacks is Lack.DEPUTY
    both = Post(PostKind.CONTRACT, "county_leader", "370102001", official_id=PERSON, deputy_id=DEPUTY)
    assert found("sp-2021-01", places={9: {"370102001"}}, posts=[both]) == []


@pytest.mark.rule("SD-3.5.1-a")
def test_a_unit_without_its_designated_person_is_a_gap_of_the_county() -> None:
    unnamed = found("sd-2020-09", units=[FACTORY])
    assert [(gap.unit, gap.lacks, gap.heard.roles) for gap in unnamed] == [(FACTORY, Lack.PERSON, (Role.COUNTY,))]
    named = Post(PostKind.DESIGNATED, "", FACTORY.area, FACTORY.id, PERSON)
    assert found("sd-2020-09", units=[FACTORY], posts=[named]) == []


@pytest.mark.rule("DL-4.1-a")
def test_the_leading_body_has_an_office_and_seven_groups_that_hear_what_is_theirs() -> None:
    empty = found("dl-2020-05", places={4: {"2102"}})
    assert [gap.key for gap in empty] == [
        "office",
        "emergency",
        "treatment",
        "community",
        "import_prevention",
        "assessment",
        "enterprise",
        "publicity",
    ]
    body = directory("dl-2020-05").leading_body
    assert groups_handling(body, "enterprise_anomaly") == ("office", "enterprise")
    assert groups_handling(body, "tip_off") == ("office", "community")


@pytest.mark.rule("DP-1.1-a")
def test_from_its_day_on_every_unit_has_confirmed_who_stands_for_it() -> None:
    unit = DirectoryUnit(UnitId(UUID(int=4)), "区卫健局", "511402")
    before, due = date(2020, 12, 30), date(2020, 12, 31)
    assert found("dp-2020-12", units=[unit], today=before) == []
    assert [gap.lacks for gap in found("dp-2020-12", units=[unit], today=due)] == [Lack.PERSON]
    named = Post(PostKind.ROSTER, "", "511402", unit.id, PERSON)
    assert [gap.lacks for gap in found("dp-2020-12", units=[unit], posts=[named], today=due)] == [Lack.CONFIRMATION]
    at = datetime(2020, 12, 31, 3, tzinfo=UTC)
    confirmed = Post(PostKind.ROSTER, "", "511402", unit.id, PERSON, confirmed_at=at)
    assert found("dp-2020-12", units=[unit], posts=[confirmed], today=due) == []
