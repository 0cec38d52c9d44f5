"""Packs as they are read: what is set, what is not, what is quoted, and what is refused at load."""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.domain.rules import RuleClass, need
from gateway.errors import Invalid, NotConfigured, NotFound
from gateway.policies.documents import leaves, read_document
from gateway.policies.loader import DEMO_OVERLAY, FOLDER, load_pack, load_packs, load_rules, pack_ids, read_pack
from tests.support.calendars import at, steps, written

NOTICES = Path(__file__).parents[1] / "notices"
PACKS = ("bn-2020-10", "dl-2020-05", "dp-2020-12", "sd-2020-09", "sp-2021-01")


def test_every_notice_has_its_pack_and_everywhere_else_has_one() -> None:
    assert set(pack_ids()) == {*PACKS, "everywhere"}


@pytest.mark.parametrize(
    ("pack", "unset"),
    [
        ("bn-2020-10", {"leads.feedback.sla_hours"}),
        ("dl-2020-05", set()),
        ("dp-2020-12", {"contacts.standard", "termination.criteria"}),
        (
            "sd-2020-09",
            {
                "preboard.cert_hours",
                *(
                    f"periodic.{who}.every_days"
                    for who in ("medical", "pharmacy", "port", "arrivals_service", "custody", "welfare")
                ),
            },
        ),
        (
            "sp-2021-01",
            {
                "pack.jurisdiction",
                "pack.effective_from",
                "events.season_from",
                "events.season_to",
                "profiles.high_risk_arrival.periods[0].days",
                "profiles.returnee_rural.periods[0].days",
            },
        ),
    ],
)
def test_what_the_notices_leave_open_stays_unset_until_the_demo_sets_it(pack: str, unset: set[str]) -> None:
    hotlines = {f"hotlines.{name}" for name in ("emergency", "self_harm", "fever_clinic", "appeal")}
    assert {each.value for each in load_pack(pack).unset()} == unset | hotlines
    demo = load_pack(pack, overlays=[DEMO_OVERLAY])
    assert demo.unset() == ()
    assert set(demo.overlaid.values()) == {"demo, not from policy"}
    assert unset | hotlines <= set(demo.overlaid)


def test_an_unset_value_names_itself_and_its_rule() -> None:
    preboard = load_pack("sd-2020-09").preboard
    assert preboard is not None
    with pytest.raises(NotConfigured) as asked:
        need(preboard.cert_hours)
    assert (asked.value.value, asked.value.rule) == ("preboard.cert_hours", "SD-3.2.2-b")


def test_only_place_and_date_block_a_pack() -> None:
    packs = load_packs()
    assert [pack.id for pack in packs.values() if not pack.may_be_activated] == ["sp-2021-01"]
    assert packs["sd-2020-09"].covers(date(2020, 9, 1)) and not packs["sd-2020-09"].covers(date(2020, 8, 31))
    assert not packs["sp-2021-01"].covers(date(2021, 1, 15))


@pytest.mark.parametrize(
    "notice", ["bayannur-2020-10", "dalian-2020-05", "dongpo-2020-12", "shandong-2020-09", "speech-2021-01"]
)
def test_every_quote_stands_word_for_word_in_its_notice(notice: str) -> None:
    text = re.sub(r"\s", "", (NOTICES / f"{notice}.txt").read_text(encoding="utf-8"))
    quotes = [rule for rule in load_rules().values() if rule.document == notice]
    assert quotes
    for rule in quotes:
        for fragment in rule.quote_zh.split(" … "):
            assert re.sub(r"\s", "", fragment) in text, rule.id
        assert rule.quote_zh and rule.english and rule.clause and rule.kinds and rule.population


def test_the_catalogue_holds_every_rule_of_the_five_notices() -> None:
    rules = load_rules().values()
    assert len(rules) == 300
    assert Counter(rule.class_ for rule in rules) == {
        RuleClass.CORE: 175,
        RuleClass.SUPPORT: 106,
        RuleClass.OUT: 19,
    }
    assert Counter(rule.document for rule in rules if rule.class_ is RuleClass.CORE) == {
        "shandong-2020-09": 106,
        "speech-2021-01": 21,
        "bayannur-2020-10": 18,
        "dalian-2020-05": 15,
        "dongpo-2020-12": 15,
    }


def test_every_cited_rule_is_quoted_and_every_quote_of_shandong_is_cited() -> None:
    cited = {
        value
        for path in FOLDER.glob("*.yaml")
        for at, value in leaves(read_document(path).content)
        if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}-[\d.]+-[a-z]\d?", value)
    }
    assert cited <= set(load_rules())


def test_the_urgent_ladder_counts_from_the_moment_the_alert_was_raised() -> None:
    policy = load_pack("sd-2020-09").escalation("E-X")
    frozen = policy.freeze(at("2021-01-15 07:20"))
    assert steps(frozen) == [
        ("L1", "2021-01-15 07:20"),
        ("L2", "2021-01-15 07:35"),
        ("L3", "2021-01-15 07:50"),
        ("L4", "2021-01-15 08:20"),
    ]
    assert [role.value for role in policy.steps[0].roles] == ["grid_worker", "doctor"]
    assert (policy.repeat_every, policy.resolve_within) == (timedelta(minutes=15), timedelta(hours=4))
    assert policy.ignores_quiet_hours


def test_the_ladder_of_a_missed_test_climbs_from_its_due_time() -> None:
    policy = load_pack("sd-2020-09").escalation("E-R")
    frozen = policy.freeze(at("2021-01-11 18:00"))
    assert [written(step.at) for step in frozen] == [
        "2021-01-11 18:00",
        "2021-01-11 18:00",
        "2021-01-11 20:00",
        "2021-01-12 08:00",
        "2021-01-12 18:00",
    ]
    assert policy.resolve_within == timedelta(hours=24)


def shandong_with(tmp_path: Path, old: str, new: str) -> Path:
    text = (FOLDER / "sd-2020-09.yaml").read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path = tmp_path / "edited.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def line_of(path: Path, written_there: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if written_there in line)


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        (
            "gap_policy: flag",
            "gap_policy: forgive",
            "preboard.gap_policy",
            "input should be 'flag' or 'restart', not 'forgive'",
        ),
        (
            "kind: central, days: 14, anchor: isolation_start}",
            "kind: hotel, days: 14, anchor: isolation_start}",
            "profiles.overseas_in_province.periods[0].kind",
            "input should be 'central', 'home' or 'monitor', not 'hotel'",
        ),
        ("direct_online_hours: 2", "direct_online_hours: soon", "report.direct_online_hours", "valid integer"),
        (
            "direct_online_hours: 2",
            "direct_online_hours: REQUIRED",
            "report.direct_online_hours",
            "may not be left REQUIRED",
        ),
        ("match: entry_date", "match: entry_date\n    mach: 3", "areas.key_area.mach", "is not known here"),
        (
            "{source: [SD-3.4.3-h], every_days: 14}",
            "{source: [SD-9.9.9-z], every_days: 14}",
            "periodic.cold_chain.source[0]",
            "cites SD-9.9.9-z, which is in no catalogue of rules",
        ),
        (
            "same_as: close_contact",
            "same_as: closest_contact",
            "profiles.secondary_close_contact.same_as",
            "there is no profile closest_contact",
        ),
        (
            "when: {anchor: last_exposure, plus_days: 3}",
            "when: {anchor: last_exposure, plus_days: 3, day: 3}",
            "profiles.general_contact.items[0].when",
            "exactly one way of counting is needed",
        ),
        (
            "together_with: nat-2",
            "together_with: nat-3",
            "profiles.key_area.items[2].when",
            "there is no item nat-3 before",
        ),
        (
            "check_in: E-D}     # AMB-06",
            "check_in: E-Q}     # AMB-06",
            "profiles.key_area.periods[0].check_in",
            "there is no ladder E-Q",
        ),
        (
            "when: {anchor: last_exposure, plus_days: 3}",
            "when: {anchor: boarding, plus_days: 3}",
            "profiles.general_contact.items[0]",
            "counts from boarding, which is not required",
        ),
    ],
)
def test_an_unknown_value_is_refused_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, field: str, message: str
) -> None:
    path = shandong_with(tmp_path, old, new)
    with pytest.raises(Invalid) as refused:
        read_pack(path)
    fault = refused.value.faults[0]
    assert fault.message.startswith(f"{field}: ") and message in fault.message
    file, line = fault.where.split(":")
    assert file == "edited.yaml"
    assert abs(int(line) - line_of(path, new.splitlines()[-1].strip())) <= 4


def test_the_line_is_the_line_of_the_wrong_value(tmp_path: Path) -> None:
    path = shandong_with(tmp_path, "outbreak_start: first_confirmed", "outbreak_start: [first_confirmed]")
    with pytest.raises(Invalid) as refused:
        read_pack(path)
    assert refused.value.faults[0].where == f"edited.yaml:{line_of(path, 'outbreak_start')}"


def test_a_missing_value_is_named(tmp_path: Path) -> None:
    path = shandong_with(tmp_path, "    before_outbreak_days: 10\n", "")
    with pytest.raises(Invalid) as refused:
        read_pack(path)
    assert refused.value.faults[0].message == "areas.key_area.before_outbreak_days: is missing"
    assert refused.value.faults[0].where == f"edited.yaml:{line_of(path, 'key_area:')}"


def test_a_fault_in_an_overlay_points_at_the_overlay(tmp_path: Path) -> None:
    overlay = tmp_path / "town.yaml"
    overlay.write_text("overlay: {note: town}\npacks:\n  sd-2020-09:\n    preboard:\n      cert_hours: some\n")
    with pytest.raises(Invalid) as refused:
        load_pack("sd-2020-09", overlays=[overlay])
    assert refused.value.faults[0].where == "town.yaml:5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pack: {id: x\n", "not readable as YAML"),
        ("- a\n- b\n", "a mapping is expected"),
        ("pack: {id: x}\npack: {id: y}\n", "given twice"),
        ("packs: {}\n", "a pack begins with `pack:` and its id"),
        ("pack: {id: x, parent: nowhere}\n", "there is no pack nowhere"),
        ("", "a mapping is expected"),
    ],
)
def test_a_broken_file_is_refused_in_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(Invalid) as refused:
        read_pack(path)
    assert message in refused.value.detail and "broken.yaml" in refused.value.detail


def test_unknown_packs_ladders_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no pack sd-2021; the known ones are: bn-2020-10"):
        load_pack("sd-2021")
    with pytest.raises(NotFound, match="no ladder E-Q"):
        load_pack("sd-2020-09").ladder("E-Q")
    with pytest.raises(Invalid, match="cannot be read"):
        read_pack(tmp_path / "nothing.yaml")
