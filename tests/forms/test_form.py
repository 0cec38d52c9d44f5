"""The engine under any sequence of inputs, and the few ways of walking through a form that people take."""

import json
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forms.form import (
    BACK,
    SEND,
    SUMMARY,
    Attached,
    Back,
    Cancel,
    Change,
    Draft,
    Found,
    Press,
    Step,
    StepKind,
    Typed,
    adopt,
    advance,
    assemble,
    begin,
    prompt,
    slot_at,
    summary,
    visible_slots,
)
from bot.forms.load import load_forms
from bot.forms.questions import Form, Kind, Question
from bot.forms.symptom_words import SYMPTOMS
from gateway.domain.kinds import ReportKind
from gateway.schemas.reports import ANSWERS

FORMS = load_forms()
NOW = datetime(2021, 1, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
INSTANCE = "0b5c1d2e-3f40-4a5b-8c6d-7e8f90a1b2c3"
JINAN = {"code": "370102", "name": "历下区", "full_name": "山东省济南市历下区", "level": 6, "rest": ""}
DRUM_TOWERS = tuple(
    {"code": code, "name": "鼓楼区", "full_name": name, "level": 6, "rest": "幸福里"}
    for code, name in (("320106", "江苏省南京市鼓楼区"), ("350102", "福建省福州市鼓楼区"))
)
FAMILY = ({"id": "11111111-1111-4111-8111-111111111111", "name": "李奶奶"},)


def start(form_id: str, **known: object) -> Step:
    return begin(FORMS.get(form_id), instance_id=INSTANCE, now=NOW, **known)  # type: ignore[arg-type]


def walk(form: Form, draft: Draft, *inputs: object) -> Step:
    step = Step(StepKind.ASK, draft)
    for given_input in inputs:
        if isinstance(given_input, str) and given_input.startswith("#"):
            given_input = Press(given_input[1:], step.draft.step)
        elif isinstance(given_input, str):
            given_input = Typed(given_input)
        step = advance(form, step.draft, given_input, now=NOW)
        if step.kind is StepKind.LOOK_UP:
            step = advance(form, step.draft, Found(step.text, (JINAN,)), now=NOW)
    return step


texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *("昨天", "22号下午三点半", "05/01", "2021-02-30", "3点", "yesterday", "38度2", "1,2"),
            *("返回", "取消", "跳过"),
            *("😀😀", "\x00\x07", "\ud800", "x" * 4097, "13800138000"),
        ]
    ),
)  # fmt: skip
inputs = st.one_of(
    st.tuples(st.just("button"), st.integers(0, 30)),
    st.tuples(st.just("typed"), texts),
    st.tuples(st.just("found"), st.integers(0, 3)),
    st.tuples(st.just("photo"), st.booleans()),
    st.tuples(st.just("back"), st.just(0)),
    st.tuples(st.just("stale"), st.integers(-3, 3)),
    st.tuples(st.just("forged"), st.text(max_size=50)),
    st.tuples(st.just("change"), st.integers(0, 40)),
    st.tuples(st.just("cancel"), st.just(0)),
)


def realise(form: Form, draft: Draft, kind: str, value: object) -> object:
    shown = prompt(form, draft, now=NOW)
    buttons = [*shown.buttons, *shown.controls]
    if kind == "button":
        return Press(buttons[int(value) % len(buttons)].code, draft.step)  # type: ignore[call-overload]
    if kind == "typed":
        return Typed(str(value))
    if kind == "found":
        return Found("鼓楼区", (DRUM_TOWERS, (JINAN,), (), ())[int(value)], "JP" if value == 3 else None)  # type: ignore[call-overload]
    if kind == "photo":
        return Attached("telegram:abc", bool(value))
    if kind == "back":
        return Back()
    if kind == "cancel":
        return Cancel()
    if kind == "stale":
        return Press(buttons[0].code, draft.step + int(value))  # type: ignore[call-overload]
    if kind == "forged":
        return Press(str(value), draft.step)
    keys = [slot.key for slot in visible_slots(form, draft)]
    return Change(keys[int(value) % len(keys)])  # type: ignore[call-overload]


@settings(max_examples=150, deadline=None)
@given(form=st.sampled_from(list(FORMS)), people=st.booleans(), moves=st.lists(inputs, max_size=40))
def test_whatever_a_person_does_the_form_goes_on(form: Form, people: bool, moves: list[tuple[str, object]]) -> None:
    draft = begin(form, instance_id=INSTANCE, now=NOW, people=FAMILY if people else ()).draft
    for kind, value in moves:
        move = realise(form, draft, kind, value)
        step = advance(form, draft, move, now=NOW)  # type: ignore[arg-type]
        stored = Draft.of_json(json.loads(json.dumps(step.draft.to_json())))
        assert stored == step.draft
        shown = prompt(form, step.draft, now=NOW)
        assert len(shown.buttons) <= 8
        assert all(
            len(f"f:{step.draft.short}:{step.draft.step}:{button.code}".encode()) <= 64 for button in shown.buttons
        )
        answered = set(step.draft.answers)
        visible = visible_slots(form, step.draft)
        if step.draft.at == SUMMARY:
            assert {slot.key for slot in visible} <= answered
            assert len(summary(form, step.draft)) == len(visible)
            assemble(form, step.draft)
        moved = step.kind is StepKind.ASK and len(step.draft.past) > len(draft.past) and len(draft.past) < 60
        if moved and not draft.offered and not draft.day:
            back = advance(form, step.draft, Back(), now=NOW)
            assert (back.draft.at, back.draft.answers, back.draft.about) == (draft.at, draft.answers, draft.about)
        assert step.draft.step >= draft.step
        draft = step.draft


@pytest.mark.parametrize(
    ("form_id", "inputs_given"),
    [
        ("travel", ["#yes", "济南", "济南历下", "1月5日", "昨天下午三点半", "高铁", "G123", "#_skip", "#_skip", "#yes",
                    "济南", "济南", "#d-1", "#d0", "#t7", "#car", "#_skip", "#no"]),
        ("travel", ["#no"]),
        ("residence", ["济南", "#home", "上周二", "#yes", "#no"]),
        ("contact", ["#yes", "#feverish", "前天", "#_skip", "王师傅", "#_skip", "#no"]),
        ("contact", ["#no"]),
        ("symptoms", ["#fever", "#cough", "#_done", "38度2", "两天前", "嗓子也有点干"]),
        ("symptoms", ["没有发烧,就是咳嗽", "#_skip", "昨天", "#_skip"]),
        ("symptoms", ["#none", "#_done", "#_skip", "#_skip"]),
        ("arrival", ["上海", "济南", "22号下午三点半", "#train", "G1", "#_skip"]),
        ("arrived", ["#now"]),
        ("check_in", ["#no", "#cough", "#_done", "36.5"]),
        ("check_in", ["#yes"]),
        ("result", ["#nat", "昨天上午9点", "#_skip", "县医院", "#_skip"]),
    ],
)  # fmt: skip
def test_every_form_sends_what_the_gateway_expects(form_id: str, inputs_given: list[str]) -> None:
    form = FORMS.get(form_id)
    step = walk(form, start(form_id).draft, *inputs_given)

    assert step.draft.at == SUMMARY, (slot_at(form, step.draft), step.notice)
    ANSWERS[ReportKind(form_id)].model_validate(assemble(form, step.draft))


def test_a_journey_keeps_its_two_legs_and_offers_the_last_place() -> None:
    form = FORMS.get("travel")
    step = walk(
        form, start("travel").draft, "#yes", "济南", "济南", "1月5日", "1月6日", "#_skip", "#car", "#_skip", "#yes"
    )

    assert prompt(form, step.draft, now=NOW).buttons[0].label == "山东省济南市历下区"
    done = walk(form, step.draft, "#s0", "济南", "1月7日", "1月7日 14:00", "#car", "一个人", "#no")
    legs = assemble(form, done.draft)["legs"]
    assert [leg["departed_on"] for leg in legs] == ["2021-01-05", "2021-01-07"]
    assert legs[0]["arrived_at"] == "2021-01-06"
    assert legs[1]["arrived_at"] == "2021-01-07T14:00:00+08:00"
    assert legs[0]["origin"] == {"text": "济南", "area": "370102", "detail": "", "country": None}


def test_every_symptom_that_is_heard_can_be_tapped() -> None:
    question = FORMS.get("symptoms").questions[1]

    assert isinstance(question, Question)
    assert set(SYMPTOMS) < {option.code for option in question.options}


def test_an_old_button_changes_nothing() -> None:
    form = FORMS.get("symptoms")
    first = start("symptoms").draft
    step = walk(form, first, "#cough")

    again = advance(form, step.draft, Press("cough", first.step), now=NOW)

    assert again.kind is StepKind.MOVED_ON
    assert again.draft == step.draft


def test_send_pressed_twice_is_the_same_report() -> None:
    form = FORMS.get("check_in")
    step = walk(form, start("check_in").draft, "#no", "#cough", "#_done", "#_skip")

    once = advance(form, step.draft, Press(SEND, step.draft.step), now=NOW)
    twice = advance(form, once.draft, Press(SEND, step.draft.step), now=NOW)

    assert once.kind is twice.kind is StepKind.SEND
    assert once.draft == twice.draft


def test_all_well_needs_one_tap() -> None:
    step = walk(FORMS.get("check_in"), start("check_in").draft, "#yes")

    assert step.kind is StepKind.SEND
    assert assemble(FORMS.get("check_in"), step.draft) == {"well": True, "symptoms": [], "temperature": None}


@pytest.mark.parametrize(
    ("form_id", "before", "said", "msgid"),
    [
        ("symptoms", ["#cough", "#_done", "#_skip"], "明天", "still ahead"),
        ("symptoms", ["#cough", "#_done", "#_skip"], "去年1月5日", "too far away"),
        ("symptoms", ["#cough", "#_done", "#_skip"], "2021-02-30", "in the calendar"),
        ("symptoms", ["#cough", "#_done"], "很烫", "one number"),
        ("symptoms", ["#cough", "#_done"], "83.2", "cannot be right"),
        ("arrival", ["济南", "济南"], "昨天下午3点", "already passed"),
        ("travel", ["#yes", "济南", "济南", "1月8日"], "1月6日", "is before"),
        ("profile", [], "字" * 4097, "too long"),
        ("profile", [], "😀👍", "could not find any words"),
        ("profile", [], "\x00\x1b\u202e", "could not find any words"),
        ("profile", ["张桂兰"], "12345", "phone number"),
        ("profile", ["张桂兰", "13800138000", "济南", "#_skip", "#_skip"], "11010119900307123X", "One digit"),
    ],
)  # fmt: skip
def test_a_mistake_gets_a_sentence_that_helps(form_id: str, before: list[str], said: str, msgid: str) -> None:
    form = FORMS.get(form_id)
    at = walk(form, start(form_id).draft, *before).draft

    step = advance(form, at, Typed(said), now=NOW)

    assert step.kind is StepKind.ASK
    assert step.notice is not None and msgid in step.notice.msgid
    assert (step.draft.at, step.draft.answers) == (at.at, at.answers)


def test_a_photo_where_words_are_expected_is_explained() -> None:
    step = advance(FORMS.get("profile"), start("profile").draft, Attached("telegram:abc"), now=NOW)

    assert step.notice is not None and "pictures" in step.notice.msgid


def test_an_ambiguous_date_is_asked_back_with_both_days() -> None:
    form = FORMS.get("symptoms")
    at = walk(form, start("symptoms").draft, "#cough", "#_done", "#_skip").draft

    step = advance(form, at, Typed("05/01"), now=NOW)
    # The first of May is too far off for an onset in January: only one day remains, and is taken.
    assert step.draft.answers["onset"] == "2021-01-05"

    step = advance(form, at, Typed("10/11"), now=datetime(2020, 12, 1, 10, tzinfo=NOW.tzinfo))
    assert [button.label.isoformat() for button in prompt(form, step.draft, now=NOW).buttons] == [
        "2020-10-11",
        "2020-11-10",
    ]
    chosen = walk(form, step.draft, "#_o1")
    assert chosen.draft.answers["onset"] == "2020-11-10"


def test_a_place_that_fits_several_divisions_is_asked_and_one_that_fits_none_may_be_kept() -> None:
    form = FORMS.get("residence")
    look_up = advance(form, start("residence").draft, Typed("鼓楼区幸福里"), now=NOW)
    assert (look_up.kind, look_up.text) == (StepKind.LOOK_UP, "鼓楼区幸福里")

    several = advance(form, look_up.draft, Found(look_up.text, DRUM_TOWERS), now=NOW)
    assert len(several.draft.offered) == 3
    chosen = walk(form, several.draft, "#_o1").draft
    assert chosen.answers["stays.0.place"]["area"] == "350102"
    assert chosen.answers["stays.0.place"]["detail"] == "幸福里"

    none = advance(form, look_up.draft, Found("明珠街道卫星商城", ()), now=NOW)
    assert none.notice is not None and "could not find" in none.notice.msgid
    assert walk(form, none.draft, "#_o0").draft.answers["stays.0.place"]["area"] is None


def test_change_from_the_summary_returns_to_the_summary() -> None:
    form = FORMS.get("symptoms")
    done = walk(form, start("symptoms").draft, "#cough", "#_done", "37.5", "昨天", "#_skip").draft
    changed = walk(form, done, "#_c1", "38.2").draft

    assert (changed.at, changed.answers["temperature"]) == (SUMMARY, 38.2)
    assert walk(form, changed, f"#{BACK}").draft.at == "temperature"
    assert walk(form, done, "#_c1", "#_keep").draft.answers == done.answers


def test_moving_the_departure_asks_for_the_arrival_again() -> None:
    form = FORMS.get("travel")
    done = walk(
        form, start("travel").draft, "#yes", "济南", "济南", "1月5日", "1月6日 8:00", "#car", "#_skip", "#no"
    ).draft

    moved = walk(form, done, "#_c3", "1月8日").draft

    assert moved.at == "legs.0.arrived_at"


def test_words_heard_before_are_tried_as_answers() -> None:
    form = FORMS.get("symptoms")
    known = {"symptoms": ["fever", "cough"], "temperature": 38.2}
    step = start("symptoms", answers=known, hints={"onset": "两天前", "words": "跳过"}, said="发烧38.2,咳嗽两天")

    assert step.draft.at == SUMMARY
    assert assemble(form, step.draft)["onset"] == "2021-01-10"


def test_for_whom_is_asked_only_where_there_is_somebody_else() -> None:
    assert start("check_in").draft.at == "well"

    step = start("check_in", people=FAMILY)
    assert step.draft.at == "for_whom"
    assert walk(FORMS.get("check_in"), step.draft, f"#{FAMILY[0]['id']}").draft.about == FAMILY[0]["id"]


def test_a_draft_of_an_older_version_keeps_the_answers_that_still_fit() -> None:
    form = FORMS.get("symptoms")
    old = walk(form, start("symptoms").draft, "#cough", "#_done", "37.5").draft
    newer = replace(form, version=2, questions=form.questions[:-1])

    step = adopt(newer, old, now=NOW)

    assert (step.draft.version, step.draft.at) == (2, "onset")
    assert step.draft.answers["temperature"] == 37.5


def test_a_choice_is_understood_when_typed() -> None:
    form = FORMS.get("travel")
    at = walk(form, start("travel").draft, "#yes", "济南", "济南", "1月5日", "1月6日 8:00").draft

    assert walk(form, at, "坐高铁").draft.answers["legs.0.transport"] == "train"
    assert walk(form, at, "2").draft.answers["legs.0.transport"] == "plane"
    assert slot_at(form, at) is not None and slot_at(form, at).question.kind is Kind.CHOICE  # type: ignore[union-attr]
