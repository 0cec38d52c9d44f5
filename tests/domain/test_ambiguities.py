"""What the notices leave open is settled by parameters: each stands in its pack, and each may be chosen otherwise."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.domain.packs import Pack
from gateway.domain.plans import direct_report
from gateway.domain.windows import declaration
from gateway.policies.ambiguities import Ambiguity, Readings, as_overlay, load_ambiguities, way_of
from gateway.policies.inheritances import resolved, shipped, with_same_profiles
from gateway.policies.loader import load_pack, load_rules
from tests.support.calendars import at

EACH = pytest.mark.parametrize("open_", load_ambiguities(), ids=lambda open_: open_.id)


def test_there_are_forty_two_of_them() -> None:
    assert [each.id for each in load_ambiguities()] == [f"AMB-{number:02}" for number in range(1, 43)]


def stated(pack_id: str, way: str) -> Any:
    value: Any = with_same_profiles(resolved(shipped()[pack_id]).document).content
    for step in way_of(way):
        value = value[step]
    return value


def required(value: object) -> bool:
    return isinstance(value, str) and value.startswith("REQUIRED")


@EACH
def test_each_names_its_rules_and_the_parameters_that_settle_it(open_: Ambiguity) -> None:
    assert open_.topic and open_.rules and set(open_.rules) <= set(load_rules())
    assert open_.holds or open_.by
    for pack_id, values in open_.holds.items():
        for way, value in values.items():
            found = stated(pack_id, way)
            assert found == value or (required(found) and required(value)), way


@EACH
def test_each_other_reading_is_a_value_a_jurisdiction_may_set(open_: Ambiguity, tmp_path: Path) -> None:
    for readings in open_.otherwise:
        for pack_id in readings:
            assert chosen(tmp_path, pack_id, readings) != load_pack(pack_id)


def chosen(folder: Path, pack_id: str, readings: Readings) -> Pack:
    path = folder / "reading.yaml"
    path.write_text(yaml.safe_dump(as_overlay(readings), allow_unicode=True), encoding="utf-8")
    return load_pack(pack_id, overlays=[path])


def test_three_days_ahead_may_be_counted_in_hours(tmp_path: Path) -> None:
    declared = at("2021-01-12 20:00")
    assert not declaration(declared, date(2021, 1, 15), load_pack("sd-2020-09")).late
    by_the_hour = chosen(tmp_path, "sd-2020-09", {"sd-2020-09": {"declare.counted": "hours"}})
    announced = declaration(declared, date(2021, 1, 15), by_the_hour)
    assert announced.late and announced.due_at == at("2021-01-12 00:00")


def test_two_hours_may_run_from_the_first_positive(tmp_path: Path) -> None:
    first, confirmed = at("2021-01-12 08:00"), at("2021-01-12 11:00")

    def due(pack: Pack) -> datetime | None:
        report = direct_report(pack, confirmed, first_positive_at=first)
        return report.due_at if report else None

    assert due(load_pack("sd-2020-09")) == confirmed + timedelta(hours=2)
    early = chosen(tmp_path, "sd-2020-09", {"sd-2020-09": {"report.clock_start": "first_positive"}})
    assert due(early) == first + timedelta(hours=2)
