"""Packs that are refused: with file, line, field and a sentence, before anything could be done by them."""

from pathlib import Path

import pytest

from gateway.errors import Fault, Invalid
from gateway.policies.documents import LARGEST_PACK
from gateway.policies.loader import load_pack, read_back, read_pack, refuse_overlaps, written

VILLAGE = """\
pack:
  id: village
  version: 1
  title: A village that counts by itself
  document: shandong-2020-09
  jurisdiction: "370102001"
  effective_from: 2021-01-01
  timezone: Asia/Shanghai

report: {source: [SD-3.3.4-b], direct_online_hours: 2, clock_start: positive_confirmed}

areas:
  key_area:
    source: [SD-3.3.2-m]
    before_outbreak_days: 10
    after_last_case_days: 14
    outbreak_start: first_confirmed
    match: entry_date

profiles:
  contact:
    title: {zh: 密切接触者, en: close contact}
    source: [SD-3.3.2-a]
    required: [isolation_start, last_exposure]
    begins: isolation_start
    periods:
      - {source: [SD-3.3.2-a], kind: central, days: 14, anchor: isolation_start}
      - {source: [SD-3.3.2-b], kind: home, days: 7, check_in: E-D}
    items:
      - {source: [SD-3.3.2-c], key: nat-1, kind: test, test: nat, when: {anchor: isolation_start, day: 1}}
      - {source: [SD-3.3.2-c], key: nat-2, kind: test, test: nat, when: {after: nat-1, min_hours: 24}}
      - {source: [SD-3.3.2-d], key: antibody, kind: test, test: antibody, when: {together_with: nat-2}}
  second:
    same_as: contact
    title: {zh: 次密接, en: secondary contact}
"""


def village(folder: Path, old: str = "", new: str = "") -> Path:
    assert old == "" or VILLAGE.count(old) >= 1
    path = folder / "village.yaml"
    path.write_text(VILLAGE.replace(old, new, 1) if old else VILLAGE, encoding="utf-8")
    return path


def refused(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(Invalid) as trouble:
        read_pack(path)
    return trouble.value.faults


def line_of(path: Path, written_there: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if written_there in line)


def test_the_village_itself_is_a_good_pack(tmp_path: Path) -> None:
    assert read_pack(village(tmp_path)).profile("second").periods[0].days == 14


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("kind: central", "kind: hotel", "profiles.contact.periods[0].kind", "not 'hotel'"),
        ("hours: 2,", "hours: soon,", "report.direct_online_hours", "valid integer"),
        ("hours: 2,", "hours: REQUIRED,", "report.direct_online_hours", "may not be left REQUIRED"),
        ("match: entry_date", "match: entry_date\n    mach: 3", "areas.key_area.mach", "is not known here"),
        ("[SD-3.3.4-b]", "[SD-9.9.9-z]", "report.source[0]", "cites SD-9.9.9-z, which is in no catalogue of rules"),
        ("same_as: contact", "same_as: contract", "profiles.second.same_as", "there is no profile contract"),
        (
            "{anchor: isolation_start, day: 1}",
            "{anchor: isolation_start, day: 1, plus_days: 3}",
            "profiles.contact.items[0].when",
            "exactly one way of counting is needed",
        ),
        ("with: nat-2", "with: nat-3", "profiles.contact.items[2].when", "there is no item nat-3 before"),
        ("check_in: E-D", "check_in: E-Q", "profiles.contact.periods[1].check_in", "there is no ladder E-Q"),
        (
            "{anchor: isolation_start, day: 1}",
            "{anchor: boarding, day: 1}",
            "profiles.contact.items[0]",
            "counts from boarding, which is not required",
        ),
    ],
    ids=lambda value: value if " " not in value else "",
)
def test_a_value_nobody_understands_is_refused(tmp_path: Path, old: str, new: str, field: str, message: str) -> None:
    path = village(tmp_path, old, new)
    fault = refused(path)[0]
    assert fault.message.startswith(f"{field}: ") and message in fault.message
    assert fault.where == f"village.yaml:{line_of(path, new.splitlines()[-1].strip())}"


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("hours: 2,", "hours: 2h,", "report.direct_online_hours", "is counted in hours: write the number alone"),
        ("hours: 2,", 'hours: "2 hours",', "report.direct_online_hours", "write the number alone, not '2 hours'"),
        ("hours: 2,", "hours: 7200,", "report.direct_online_hours", "7200 hours cannot be meant"),
        ("_days: 14", "_days: 2周", "areas.key_area.after_last_case_days", "is counted in days"),
        ("direct_online_hours: 2", "direct_online_minutes: 120", "report.direct_online_minutes", "is not known here"),
        ("areas:", "symptoms: {fever_from: 99.5}\n\nareas:", "symptoms.fever_from", "no body temperature"),
    ],
    ids=["2h", "2 hours", "seconds", "weeks", "minutes", "fahrenheit"],
)
def test_a_wrong_unit_is_refused(tmp_path: Path, old: str, new: str, field: str, message: str) -> None:
    path = village(tmp_path, old, new)
    faults = refused(path)
    assert any(fault.message.startswith(f"{field}: ") and message in fault.message for fault in faults), faults
    assert faults[0].where == f"village.yaml:{line_of(path, new.splitlines()[0])}"


def test_a_value_without_a_source_is_refused(tmp_path: Path) -> None:
    path = village(tmp_path, "    source: [SD-3.3.2-m]\n", "")
    faults = refused(path)
    assert {fault.message.partition(":")[0] for fault in faults} >= {"areas.key_area.before_outbreak_days"}
    assert "has no source: name the rules it was read from, or DEFAULT" in faults[0].message
    assert faults[0].where == f"village.yaml:{line_of(path, 'before_outbreak_days')}"


OWN = """quotes:
  CZ-2.1-a: {document: changzhou-2021-01, clause: 二(一), quote: 密切接触者集中隔离14天, english: Isolated for 14 days}

"""


def test_a_notice_from_outside_carries_its_own_sentences_and_cites_them(tmp_path: Path) -> None:
    citing = VILLAGE.replace("source: [SD-3.3.2-a], kind: central", "source: [CZ-2.1-a], kind: central")
    path = tmp_path / "village.yaml"
    path.write_text(citing.replace("report: {", f"{OWN}report: {{", 1), encoding="utf-8")
    pack = read_pack(path)
    quote = pack.quotes["CZ-2.1-a"].as_rule("CZ-2.1-a")
    assert (quote.clause, quote.said_in("zh_Hans_CN")) == ("二(一)", "密切接触者集中隔离14天")
    assert read_back(written(pack)).quotes == pack.quotes, "the sentences are kept with the pack"

    path.write_text(citing, encoding="utf-8")
    assert "cites CZ-2.1-a, which is in no catalogue" in str(refused(path)[0].message)


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("CZ-2.1-a:", "SD-3.3.2-a:", "quotes.SD-3.3.2-a", "is in the catalogue already"),
        ("CZ-2.1-a:", "第二条:", "quotes.第二条", "is no name of a rule"),
        ("quote: 密切接触者集中隔离14天", "quote: ''", "quotes.CZ-2.1-a.quote", "needs its words"),
        ("clause: 二(一), ", "", "quotes.CZ-2.1-a.clause", "is missing"),
        ("english:", "englisch:", "quotes.CZ-2.1-a.englisch", "is not known here"),
    ],
)
def test_a_sentence_that_is_not_whole_is_refused(tmp_path: Path, old: str, new: str, field: str, message: str) -> None:
    path = tmp_path / "village.yaml"
    path.write_text(VILLAGE.replace("report: {", f"{OWN.replace(old, new)}report: {{", 1), encoding="utf-8")
    said = [(fault.where, fault.message) for fault in refused(path)]
    assert any("village.yaml:1" in where and field in message_ and message in message_ for where, message_ in said), (
        said
    )


def test_a_missing_value_is_named(tmp_path: Path) -> None:
    path = village(tmp_path, "    before_outbreak_days: 10\n", "")
    (fault,) = refused(path)
    assert fault.message == "areas.key_area.before_outbreak_days: is missing"
    assert fault.where == f"village.yaml:{line_of(path, 'key_area:')}"


def test_two_periods_of_one_profile_may_not_run_at_once(tmp_path: Path) -> None:
    path = village(tmp_path, "kind: home, days: 7,", "kind: home, days: 7, anchor: isolation_start,")
    fault = refused(path)[0]
    assert fault.message == (
        "profiles.contact.periods[1].anchor: begins at isolation_start while the period before it (central) is still "
        "running"
    )
    assert fault.where == f"village.yaml:{line_of(path, 'kind: home')}"


def test_two_packs_may_not_hold_for_one_place_at_one_time(tmp_path: Path) -> None:
    shandong = load_pack("sd-2020-09")
    refuse_overlaps([shandong, read_pack(village(tmp_path))])
    rival = read_pack(village(tmp_path, '"370102001"', '"370000"'))
    with pytest.raises(Invalid, match=r"village: holds for 370000 from 2021-01-01 on, and so does sd-2020-09"):
        refuse_overlaps([shandong, rival])


def test_a_version_ends_the_one_before_it_unless_that_one_says_when_it_ends(tmp_path: Path) -> None:
    first = read_pack(village(tmp_path))
    second = read_pack(village(tmp_path, "version: 1", "version: 2"))
    with pytest.raises(Invalid, match="version 2 begins on the same day as version 1"):
        refuse_overlaps([first, second])
    third = read_pack(village(tmp_path, "version: 1", "version: 3").rename(tmp_path / "third.yaml"))
    assert third.version == 3
    later = VILLAGE.replace("version: 1", "version: 2").replace("2021-01-01", "2021-02-01")
    (tmp_path / "later.yaml").write_text(later, encoding="utf-8")
    refuse_overlaps([first, read_pack(tmp_path / "later.yaml")])
    ended = read_pack(village(tmp_path, "  timezone", "  effective_to: 2021-02-14\n  timezone"))
    with pytest.raises(Invalid, match="version 2 begins on 2021-02-01, before version 1 ends"):
        refuse_overlaps([ended, read_pack(tmp_path / "later.yaml")])


@pytest.mark.parametrize("beside", ["village", "hamlet"])
def test_a_circle_of_parents_is_refused(tmp_path: Path, beside: str) -> None:
    path = village(tmp_path, "  id: village\n", f"  id: village\n  parent: {beside}\n")
    (tmp_path / "hamlet.yaml").write_text(
        VILLAGE.replace("  id: village\n", "  id: hamlet\n  parent: village\n"), encoding="utf-8"
    )
    (fault,) = refused(path)
    assert fault.message.startswith("pack.parent: inherits from itself: village from")
    assert fault.where.endswith(".yaml:3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pack: {id: x}\nreport: " + "[" * 200_000, "nested deeper than 24 levels"),
        ("pack: {id: x}\nreport: " + "{a: " * 200 + "}" * 200, "nested deeper than 24 levels"),
        ("pack: {id: x}\n" + "report: {a: 1}\n" * 80_000, "the file is larger than 256 kB"),
        ("pack: {id: x}\na: &a [1, 1]\nb: [*a, *a]\n", "anchors and aliases (& and *) are not used here"),
        (
            "pack: !!python/object:os.system {id: x}\n",
            "/object:os.system) are not used here",
        ),
    ],
    ids=["brackets without end", "deep mappings", "a megabyte", "aliases", "a tag"],
)
def test_a_file_made_to_do_harm_is_refused_before_it_is_built(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "harm.yaml"
    path.write_text(text)
    faults = refused(path)
    assert message in faults[0].message and faults[0].where.startswith("harm.yaml:")


def test_the_shipped_packs_are_far_from_the_largest_size() -> None:
    assert len(VILLAGE) * 50 < LARGEST_PACK


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
    with pytest.raises(Invalid) as trouble:
        read_pack(path)
    assert message in trouble.value.detail and "broken.yaml" in trouble.value.detail


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        read_pack(tmp_path / "nothing.yaml")


def test_a_fault_in_an_overlay_points_at_the_overlay(tmp_path: Path) -> None:
    overlay = tmp_path / "town.yaml"
    overlay.write_text("overlay: {note: town}\npacks:\n  sd-2020-09:\n    preboard:\n      cert_hours: some\n")
    with pytest.raises(Invalid) as trouble:
        load_pack("sd-2020-09", overlays=[overlay])
    assert trouble.value.faults[0].where == "town.yaml:5"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Asia/Shanghai", "Mars/Phobos", "pack.timezone: there is no time zone Mars/Phobos"),
        ('"370102001"', '"37010200"', "pack.jurisdiction: 37010200 is no area"),
        (
            "effective_from: 2021-01-01",
            "effective_from: 0001-01-01",
            "pack.effective_from: 0001-01-01 is no day of our",
        ),
        ("2021-01-01", "2021-01-01\n  effective_to: 2020-12-31", "pack.effective_to: ends before it begins"),
        ("id: village", "id: village@2/<b>", "pack.id: is written in letters"),
        ("title: A village", 'title: "A\\0village"', "holds a character that is no text (NUL)"),
        ("days: 14", "days: -14", "areas.key_area.after_last_case_days: -14 days cannot be meant"),
        (
            "report:",
            "ladders: {E-D: {steps: []}}\n\nreport:",
            "ladders.E-D.steps: nobody would hear of what was missed",
        ),
        ("id: village", "id: village\n  parent: [a]", "pack.parent: ['a'] is no name of a pack"),
        ("same_as: contact", "same_as: [contact]", "there is no profile ['contact']"),
        ("key: nat-1,", "key: 1.5,", "profiles.contact.items[0].key"),
        ("report:", "contacts: {standard: sd-2020-09, classes: 5}\n\nreport:", "contacts"),
        ("report:", "signed_off: 5\n\nreport:", "signed_off"),
    ],
    ids=lambda value: value[:12] if " " not in value else "",
)
def test_whatever_is_wrong_is_said_and_never_a_fault_of_ours(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert any(message in fault.message for fault in refused(village(tmp_path, old, new)))


def test_a_pack_does_not_pass_unsigned_under_the_name_of_the_notice_around_it(tmp_path: Path) -> None:
    path = village(tmp_path, "id: village", "id: sd-2020-09")
    path.write_text(path.read_text(encoding="utf-8").replace("days: 14", "days: 3"), encoding="utf-8")
    path = path.rename(tmp_path / "other.yaml")
    with_parent = path.read_text(encoding="utf-8").replace("version: 1", "version: 1\n  parent: sd-2020-09")
    named = with_parent.replace("  contact:", "  close_contact:").replace("same_as: contact", "same_as: close_contact")
    path.write_text(named, encoding="utf-8")
    assert any("signs for it under signed_off" in fault.message for fault in refused(path))
