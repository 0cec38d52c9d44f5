"""Which ladder alerts of a kind climb is a value of the pack: change it there, and others are told at other times."""

import re
from pathlib import Path

from gateway.domain.kinds import AlertKind, ResultValue, Role
from gateway.policies.loader import load_packs
from gateway.town import Town
from tests.journeys.test_clocks import desks_of, recorded

SERVICES = Path(__file__).parents[2] / "gateway" / "services"
ANOTHER = """\
overlay: {id: patient, title: A positive result climbs another ladder}
packs:
  sd-2020-09:
    alerts:
      positive_result: {ladder: decision}
"""


async def rung_at(town: Town, overlays: tuple[str, ...]) -> list[str]:
    await town.activate("sd-2020-09", area="370102", overlays=overlays)
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-15 09:00")
    await recorded(town, desks[Role.SITE], resident, "2021-01-15 08:00", ResultValue.POSITIVE)
    await town.until("2021-01-15 09:20")
    return desks[Role.COUNTY].times("检测阳性")


async def test_a_positive_result_rings_every_quarter_of_an_hour(town: Town) -> None:
    assert await rung_at(town, ("demo",)) == ["01-15 09:00", "01-15 09:15"]


async def test_a_pack_that_names_another_ladder_rings_at_other_times(town: Town, tmp_path: Path) -> None:
    overlay = tmp_path / "patient.yaml"
    overlay.write_text(ANOTHER)
    town.house.packs.know_overlay("patient", overlay)
    assert await rung_at(town, ("demo", "patient")) == ["01-15 09:00"]


def test_no_service_names_a_ladder_itself_and_each_the_pack_names_is_climbed() -> None:
    written = "\n".join(path.read_text() for path in SERVICES.glob("*.py"))
    assert re.findall(r'"E-[A-Z]"', written) == []
    asked = {AlertKind[name] for name in re.findall(r"climbed_by\(\s*AlertKind\.(\w+)", written)}
    cards = {AlertKind[name] for name in re.findall(r"_raise_card\([^()]*AlertKind\.(\w+)", written)}
    applied_for = {AlertKind.APPLICATION, AlertKind.EVENT_REVIEW}
    safety = {AlertKind.SELF_HARM, AlertKind.EMERGENCY}
    for pack in load_packs().values():
        named = {AlertKind(kind) for kind, rule in pack.alerts.items() if rule.ladder is not None}
        assert named == asked | cards | applied_for | safety, pack.id
