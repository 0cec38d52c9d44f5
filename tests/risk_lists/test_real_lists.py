"""The six national lists in order, as an official would import them."""

from functools import cache
from pathlib import Path

import pytest

from gateway.areas.gazetteer import gazetteer
from gateway.areas.risk_lists import read_risk_list
from gateway.domain.kinds import RiskLevel
from gateway.domain.risk_areas import RiskArea, RiskList, compare, locate

HERE = Path(__file__).parent
NAMES = (
    "2022041511-b38a8084",
    "2022041518-4e719d68",
    "2022041520-f04a1ad0",
    "2022041612-96ba6adb",
    "2022041700-b0920c7d",
    "2022041708-48997ed9",
)


def the_list(name: str) -> RiskList:
    return read_risk_list(f"{name}.json", (HERE / f"{name}.json").read_bytes())


@cache
def every_place() -> dict[str, RiskArea]:
    places = gazetteer()
    return {entry.text: locate(entry, places) for name in NAMES for entry in the_list(name).entries}


@pytest.mark.parametrize(
    ("older", "newer", "added", "raised", "lowered", "lifted", "unresolved"),
    [
        (None, NAMES[0], 203, 0, 0, 0, 0),
        (NAMES[0], NAMES[1], 0, 0, 0, 4, 0),
        (NAMES[1], NAMES[2], 0, 0, 0, 8, 0),
        (NAMES[2], NAMES[3], 7, 0, 0, 6, 0),
        (NAMES[3], NAMES[4], 0, 0, 1, 7, 0),
        (NAMES[4], NAMES[5], 5, 0, 0, 0, 0),
        (NAMES[5], NAMES[0], 25, 1, 0, 12, 0),
    ],
)
def test_each_list_changes_what_its_text_says(
    older: str | None, newer: str, added: int, raised: int, lowered: int, lifted: int, unresolved: int
) -> None:
    before = the_list(older) if older else RiskList(())
    changes = compare(before, the_list(newer), gazetteer())
    figures = [changes.added, changes.raised, changes.lowered, changes.lifted, changes.unresolved]
    assert [len(changed) for changed in figures] == [added, raised, lowered, lifted, unresolved]


def test_the_one_lowered_place_went_from_high_to_medium() -> None:
    changes = compare(the_list(NAMES[3]), the_list(NAMES[4]), gazetteer())
    (lowered,) = changes.lowered
    assert lowered.place.entry.text == "延江街道江山帝景小区"
    assert (lowered.was, lowered.level) == (RiskLevel.HIGH, RiskLevel.MEDIUM)


def test_the_counts_that_the_lists_state_are_right() -> None:
    assert all(the_list(name).warnings == () for name in NAMES)


def test_every_county_is_found_development_zones_too() -> None:
    places = every_place()
    assert all(place.found for place in places.values())
    assert {place.named for place in places.values() if place.entry.county == "经开区"} == {"220171", "220271"}
    assert {place.named for place in places.values() if place.entry.county == "长春新区"} == {"220173"}


@pytest.mark.parametrize(
    ("text", "named", "area", "below"),
    [
        ("二街坊", "110105011", "110105011", ("二街坊",)),
        ("葛渔城镇全域", "131002", "131002102", ()),
        ("胜芳镇欧韵城小区", "131081", "131081105", ("欧韵城小区",)),
        ("明珠街道卫星商城", "220102", "220102011", ("卫星商城",)),
        ("同心街道", "220106", "220106011", ()),
        (
            "普阳街道辽阳街（101栋、143栋、201栋）",
            "220106",
            "220106006",
            ("辽阳街101栋", "辽阳街143栋", "辽阳街201栋"),
        ),
        ("青年街道133厂小区", "220106", "220106", ("青年街道133厂小区",)),
        ("主城区", "220113", "220113", ("主城区",)),
        ("德容街道福临花园", "220172", "220172006", ("福临花园",)),
        ("金涵乡濂坑村", "350902", "350902200", ("濂坑村",)),
        ("长兴镇长明村21队", "310151", "310151116", ("长明村21队",)),
        (
            "城关镇建设路北段、福兴社区、原纱厂家属院合围地区",
            "411627",
            "411627100",
            ("建设路北段、福兴社区、原纱厂家属院合围地区",),
        ),
        ("沣东新城建章路街道孟家村", "610112", "610112012", ("孟家村",)),
        ("七迳镇山岚村委会上山岚村2号", "440904", "440904103", ("山岚村委会上山岚村2号",)),
    ],
)
def test_a_place_is_found_in_the_codes(text: str, named: str, area: str, below: tuple[str, ...]) -> None:
    place = every_place()[text]
    assert (place.named, place.area, place.places) == (named, area, below)
