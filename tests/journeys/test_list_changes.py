"""The list of who should be tested changes with the pack in force, and whoever it names by their work hears it."""

import pytest

from gateway.domain.kinds import Occupation, Role
from gateway.town import Town

JINAN = b"""\
pack:
  id: jn-2021-02
  version: 1
  title: Jinan tests its medical staff
  document: shandong-2020-09
  parent: sd-2020-09
  jurisdiction: "370100"
  effective_from: 2021-01-15
periodic: {medical: {every_days: 7}}
"""


@pytest.mark.rule("SD-3.3.3-m")
async def test_a_nurse_hears_that_she_is_tested_every_week_from_now_on_and_a_porter_does_not(town: Town) -> None:
    city = await town.official("市指挥部", Role.CITY, "3701")
    nurse, porter = await town.resident("王芳"), await town.resident("赵六")
    await town.house.gates.set_occupation(nurse.id, Occupation.MEDICAL, holds=True, official=city.official)
    await town.house.gates.set_occupation(porter.id, Occupation.COLD_CHAIN, holds=True, official=city.official)

    version = await town.house.policy_changes.bring("jinan.yaml", JINAN, official=city.official)
    preview = await town.house.policy_changes.preview(version.hash, official=city.official)
    off = [one.value for one in preview.off]
    await town.house.policy_changes.activate(version.hash, official=city.official, accepts_off=off)
    await town.quiet()

    said = nurse.heard("本地“应检尽检”人员范围已调整")
    assert "医疗卫生机构工作人员：检测要求已调整" in said.text
    assert "“应检尽检”人员范围将根据国家要求和疫情防控需要适时调整" in said.text, "with the sentence it comes from"
    porter.heard_nothing("应检尽检")
