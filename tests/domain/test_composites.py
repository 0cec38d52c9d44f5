"""Packs put together from several notices: nothing is taken over, and nothing overridden, without somebody's name."""

from pathlib import Path

import pytest

from gateway.domain.differences import differences
from gateway.errors import Invalid, NotConfigured
from gateway.policies.loader import DEMO_OVERLAY, load_pack, load_packs, load_rules, read_pack

COUNTY = """\
pack:
  id: county
  version: 1
  title: A county that takes from several notices
  document: county-2021-01
  parent: sd-2020-09
  jurisdiction: "370102"
  effective_from: 2021-01-01
"""
TIERS = """\
sections:
  tiers: {from: bn-2020-10, signed_by: 区指挥部郑, rule: BN-2.2.3-a, note: tiers as in Bayannur}
"""
INSTRUCTION = """\
  leads:
    instruction: {from: sp-2021-01, signed_by: 区指挥部郑, rule: SP-2.1.2-c}
"""
SIX_HOURS = "  lab: {from: sp-2021-01, signed_by: 区指挥部郑, rule: SP-2.1.1-c}\n"


def county(folder: Path, *more: str) -> Path:
    path = folder / "county.yaml"
    path.write_text(COUNTY + "".join(more), encoding="utf-8")
    return path


def said(path: Path) -> str:
    with pytest.raises(Invalid) as refused:
        read_pack(path)
    (fault,) = refused.value.faults
    assert fault.where.startswith("county.yaml:")
    return fault.message


def test_a_county_keeps_the_calendars_of_the_province_and_takes_tiers_and_leads_under_a_name(tmp_path: Path) -> None:
    pack = read_pack(county(tmp_path, TIERS, INSTRUCTION))
    assert pack.profile("close_contact") == load_pack("sd-2020-09").profile("close_contact")
    assert pack.tiers == load_pack("bn-2020-10").tiers
    assert pack.leads.keys() == {*load_pack("sd-2020-09").leads, "instruction"}
    assert pack.leads["instruction"] == load_pack("sp-2021-01").leads["instruction"]
    assert [(part.section, part.taken_from, part.signed.by) for part in pack.parts] == [
        ("tiers", "bn-2020-10", "区指挥部郑"),
        ("leads.instruction", "sp-2021-01", "区指挥部郑"),
    ]


def test_a_part_nobody_signs_for_is_refused_with_its_rules_and_who_may_sign(tmp_path: Path) -> None:
    message = said(county(tmp_path, TIERS.replace("signed_by: 区指挥部郑, ", "")))
    assert message.startswith("sections.tiers: taken from bn-2020-10 (BN-2.2.3-a, BN-2.2.3-b, BN-2.2.3-c")
    assert message.endswith("signed by nobody: an administrator of 370102 signs (signed_by)")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("tiers: {from: nowhere, signed_by: 郑}", "sections.tiers.from: there is no pack nowhere"),
        ("tires: {from: bn-2020-10, signed_by: 郑}", "sections.tires.from: bn-2020-10 has no part tires"),
        ("leads: {instruction: {from: bn-2020-10, signed_by: 郑}}", "bn-2020-10 has no part leads.instruction"),
        ("tiers: {from: county, signed_by: 郑}", "inherits from itself: county from county"),
        ("tiers: {from: bn-2020-10, sined_by: 郑}", "sections.tiers.sined_by: is not known here"),
        ("tiers: bn-2020-10", "sections.tiers: needs `from`, the pack this part is taken from"),
        ("pack: {from: bn-2020-10, signed_by: 郑}", "bn-2020-10 has no part pack"),
    ],
)
def test_a_part_that_leads_nowhere_is_refused(tmp_path: Path, section: str, message: str) -> None:
    assert message in said(county(tmp_path, f"sections:\n  {section}\n"))


def test_a_taken_value_that_its_own_province_says_otherwise_stands_under_the_signature_of_its_part(
    tmp_path: Path,
) -> None:
    pack = read_pack(county(tmp_path, TIERS, SIX_HOURS))
    against_dalian = differences(pack, [load_pack("dl-2020-05")])
    (one,) = [each for each in against_dalian if each.value == "lab.result.hours"]
    assert one.sentence == "lab.result.hours: 6 (SP-2.1.1-c) here, 12 (DL-3.4-b) in dl-2020-05"
    assert one.settled is not None and one.settled.by == "区指挥部郑"


OWN = """\
report: {source: [SD-3.3.4-b], direct_online_hours: 1}
"""


def test_a_value_of_the_province_is_neither_loosened_nor_made_stricter_without_a_name(tmp_path: Path) -> None:
    assert said(county(tmp_path, OWN)) == (
        "report.direct_online_hours: 1 (SD-3.3.4-b) here, 2 (SD-3.3.4-b) in sd-2020-09; "
        "an administrator of 370102 signs for it under signed_off"
    )
    signed = "signed_off:\n  - {value: report.direct_online_hours, by: 区指挥部郑, rule: DP-2.3-a, note: one hour}\n"
    pack = read_pack(county(tmp_path, OWN, signed))
    assert pack.report is not None and pack.report.direct_online_hours == 1
    elsewhere = "signed_off:\n  - {value: report.direct, by: 区指挥部郑, rule: DP-2.3-a, note: one hour}\n"
    assert "signs for it under signed_off" in said(county(tmp_path, OWN, elsewhere))


def test_a_pack_that_holds_inside_another_answers_to_it_even_without_being_its_child(tmp_path: Path) -> None:
    alone = COUNTY.replace("  parent: sd-2020-09\n", "") + "  timezone: Asia/Shanghai\n" + OWN
    (tmp_path / "county.yaml").write_text(
        alone.replace("hours: 1}", "hours: 1, clock_start: positive_confirmed}"), encoding="utf-8"
    )
    assert said(tmp_path / "county.yaml").startswith("report.direct_online_hours: 1 (SD-3.3.4-b) here, 2")


@pytest.mark.rule("DP-2.3-a")
def test_a_county_with_one_standard_may_not_add_a_day_for_contacts_without_a_name(tmp_path: Path) -> None:
    standard = """\
sections:
  contacts: {from: dp-2020-12, signed_by: 区指挥部郑, rule: DP-2.3-a}
contacts: {standard: sd-2020-09}
"""
    pack = read_pack(county(tmp_path, standard))
    assert pack.profile("general_contact") == load_pack("sd-2020-09").profile("general_contact")
    with pytest.raises(NotConfigured, match="contacts.standard"):
        read_pack(county(tmp_path, standard.partition("contacts: {standard")[0])).profile("general_contact")
    stricter = "profiles: {general_contact: {periods: {0: {days: 21}}}}\n"
    message = said(county(tmp_path, standard, stricter))
    assert message.startswith("profiles.general_contact.periods[0].days: 21 (SD-3.3.2-e) here, 14 (SD-3.3.2-e)")


def test_every_value_the_five_notices_disagree_on_is_listed() -> None:
    packs = load_packs()
    found = {(each.value, pack.id, each.pack) for pack in packs.values() for each in differences(pack, packs.values())}
    assert ("lab.result.hours", "dl-2020-05", "sp-2021-01") in found
    assert all((value, other, pack) in found for value, pack, other in found)


def test_a_child_names_its_own_place_and_time(tmp_path: Path) -> None:
    path = tmp_path / "county.yaml"
    path.write_text(COUNTY.replace('  jurisdiction: "370102"\n', ""), encoding="utf-8")
    assert said(path) == "pack.jurisdiction: is missing"


def test_the_demo_county_brings_the_notices_together_each_part_under_a_name() -> None:
    county = load_pack("demo-county", overlays=[DEMO_OVERLAY])
    assert {part.taken_from for part in county.parts} == {"bn-2020-10", "dp-2020-12", "sp-2021-01"}
    assert all(part.signed.by == "演示县指挥部" and part.signed.rule in load_rules() for part in county.parts)
    assert county.events == load_pack("sp-2021-01", overlays=[DEMO_OVERLAY]).events
    assert county.profile("close_contact") == load_pack("sd-2020-09").profile("close_contact")
    assert "demo-county" not in load_packs()
