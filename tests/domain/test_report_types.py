"""What a report type may be, what somebody should know before it is put in force, and what a threshold rings for."""

from dataclasses import replace
from datetime import date, time
from uuid import uuid4

import pytest

from gateway.domain.duties import (
    Bearer,
    Cadence,
    DutyField,
    FieldKind,
    FieldOption,
    Prefill,
    ReportIncomplete,
    checked,
    last_due,
    owes,
    prefilled,
    ringing,
    still_asked,
)
from gateway.domain.report_types import ReportType, Warn, cautions, changes, digest, faults, rule_of
from gateway.domain.rules import DEFAULT, Words
from gateway.policies.report_types import read, written

BEDS = DutyField(
    key="f1", kind=FieldKind.NUMBER, label=Words(zh="空床", en="Free beds"), rings="E-K", rings_below=400, owed=True
)
STATE = DutyField(
    key="f2",
    kind=FieldKind.CHOICE,
    label=Words(zh="状态", en=""),
    options=(
        FieldOption(key="a", title=Words(zh="正常", en="fine")),
        FieldOption(key="b", title=Words(zh="紧张", en="short")),
    ),
    prefill=Prefill.LAST,
)
TYPE = ReportType(
    title=Words(zh="床位日报", en="Beds"), units=("hospital",), due=time(16), fields=(BEDS, STATE), ladder="E-D-unit"
)
LADDERS = ("E-D-unit", "E-K")


def test_a_sound_type_has_no_fault_and_comes_back_as_it_was_kept() -> None:
    assert list(faults(TYPE, ladders=LADDERS)) == []
    assert read(written(TYPE)) == TYPE
    assert digest(written(TYPE)) != digest(written(replace(TYPE, zero=False)))


def test_what_cannot_be_asked_is_named_field_by_field() -> None:
    wrong = replace(
        TYPE,
        people=("landlord",),
        ladder="E-Q",
        roll_up_at=time(15),
        fields=(replace(BEDS, rings=None), replace(STATE, key="f1", options=(), event=True)),
    )
    assert {one.where for one in faults(wrong, ladders=LADDERS)} == {
        *("owed_by", "ladder", "roll_up_at", "fields.1.rings"),
        *("fields.2.key", "fields.2.event", "fields.2.options"),
    }


def test_a_threshold_rings_from_its_number_on_or_under_it() -> None:
    rule = rule_of("own-1", uuid4(), TYPE, from_day=None)
    assert rule.source == (DEFAULT,) and rule.fields[1].label == Words(zh="状态", en="状态")
    for beds, rings in ((399.5, True), (400, False), (None, False)):
        assert bool(list(ringing(rule, {"f1": beds}))) is rings
    many = replace(rule, fields=(replace(BEDS, rings_below=None, rings_from=3),))
    assert [bool(list(ringing(many, {"f1": beds}))) for beds in (2, 3, 4)] == [False, True, True]


def test_a_report_holds_what_fits_and_says_again_what_still_does() -> None:
    rule = rule_of("own-1", uuid4(), TYPE, from_day=None)
    assert checked(rule, {"f1": "12.5", "f2": "b"}, zero=False) == {"f1": 12.5, "f2": "b"}
    assert still_asked(rule, {"f1": 7, "f2": "gone", "f9": 1}) == {"f1": 7}
    assert prefilled(rule, {"f1": 7, "f2": "a"}, {}) == {"f2": "a"}


def test_once_a_month_is_owed_on_its_day_and_seen_until_the_next() -> None:
    monthly = rule_of(
        "own-1", uuid4(), replace(TYPE, cadence=Cadence.MONTHLY, month_day=31), from_day=date(2021, 1, 20)
    )
    bearer = Bearer(date(2020, 1, 1))
    assert owes(monthly, bearer, date(2021, 2, 28)) and not owes(monthly, bearer, date(2021, 2, 27))
    assert not owes(monthly, bearer, date(2020, 12, 31))  # before it was in force
    assert last_due(monthly, bearer, date(2021, 3, 5)) == date(2021, 2, 28)


def test_the_preview_warns_of_a_missing_language_a_lost_threshold_and_nobody_to_ask() -> None:
    after = replace(TYPE, fields=(replace(STATE, kind=FieldKind.WORDS, options=()),))
    found = {(one.warn, one.field) for one in cautions(after, TYPE, bearers=0)}
    assert found == {
        (Warn.NO_ENGLISH, "状态"),
        (Warn.THRESHOLD_GONE, "空床"),
        (Warn.KIND_CHANGED, "状态"),
        (Warn.NO_EVENT, ""),
        (Warn.NOBODY, ""),
    }
    told = [(one.field, one.value) for one in changes(written(TYPE), written(after))]
    assert ("空床", "field") in told and ("状态", "kind") in told


def patients(*entries: dict[str, object], ill: str = "b") -> dict[str, object]:
    return {"f1": 3, "f2": ill, "patient": list(entries)}


def test_what_a_spreadsheet_form_limits_is_checked_on_arrival_too() -> None:
    heat = DutyField(
        key="heat", kind=FieldKind.NUMBER, label=Words(zh="体温", en=""), owed=True,
        constraint=". > 34 and . < 44", constraint_words=Words(zh="请看清体温计", en=""),
    )  # fmt: skip
    since = DutyField(key="since", kind=FieldKind.DATE, label=Words(zh="何时", en=""), constraint=". <= today()")
    picture = DutyField(key="picture", kind=FieldKind.PHOTO, label=Words(zh="照片", en=""), relevant="${heat} >= 37.3")
    entries = DutyField(
        key="patient", kind=FieldKind.ENTRIES, label=Words(zh="病人", en=""), relevant="${f2} = 'b'",
        fields=(heat, since, picture),
    )  # fmt: skip
    type_ = replace(TYPE, fields=(BEDS, STATE, entries), form="household")
    assert list(faults(type_, ladders=LADDERS)) == [] and read(written(type_)) == type_
    rule = rule_of("own-1", uuid4(), type_, from_day=None)

    def kept(told: dict[str, object]) -> dict[str, object]:
        return checked(rule, told, zero=False, today=date(2021, 1, 15))

    warm, cool = {"heat": 38.5, "picture": "attachment:1"}, {"heat": 36.6, "picture": "attachment:2"}
    assert kept(patients(warm, cool))["patient"] == [warm, {"heat": 36.6}]  # nobody asked the second for a picture
    assert "patient" not in kept(patients(warm, ill="a"))
    with pytest.raises(ReportIncomplete) as refusal:
        kept(patients({"heat": 380}, {"since": "2021-01-16"}, {"heat": 37, "cat": 1}))
    assert {(one.where, one.message) for one in refusal.value.faults} == {
        ("patient.1.heat", "请看清体温计"),
        ("patient.2.heat", "is missing"),
        ("patient.2.since", "is not what is asked for"),
        ("patient.3.cat", "is not asked here"),
    }
    for broken in ("${nobody} = 1", "pulldata('x')"):
        wrong = replace(type_, fields=(BEDS, STATE, replace(entries, relevant=broken)))
        assert [one.where for one in faults(wrong, ladders=LADDERS)] == ["fields.3.relevant"]
