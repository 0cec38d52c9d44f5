"""Report types as forms: a spreadsheet's questions, entry by entry, and back as the gateway keeps them."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.forms.form import SUMMARY, Attached, Press, StepKind, Typed, adopt, advance, assemble, begin, prompt, summary
from bot.forms.questions import Words
from bot.forms.report_types import form_of, known_answers, usual_answers
from gateway.schemas.duties import ReportTypeOut

NOW = datetime(2021, 1, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
YES_NO = [{"key": "yes", "title": {"zh": "是", "en": "Yes"}}, {"key": "no", "title": {"zh": "否", "en": "No"}}]


def words(zh: str) -> dict[str, str]:
    return {"zh": zh, "en": zh}


def household(*more: dict[str, object], number: int = 1) -> ReportTypeOut:
    patient = [
        {"key": "who", "kind": "words", "label": words("称呼"), "owed": True},
        {"key": "heat", "kind": "number", "label": words("体温"), "constraint": ". > 34 and . < 44",
         "constraint_words": words("请看清体温计。")},
        {"key": "picture", "kind": "photo", "label": words("照片"), "relevant": "${heat} >= 37.3"},
    ]  # fmt: skip
    fields: list[dict[str, object]] = [
        {"key": "hello", "kind": "note", "label": words("您好")},
        {"key": "ill", "kind": "choice", "label": words("有人不舒服吗"), "owed": True, "options": YES_NO},
        {"key": "patient", "kind": "entries", "label": words("病人"), "relevant": "${ill} = 'yes'", "fields": patient},
        {"key": "pets", "kind": "choice", "label": words("宠物"), "options": YES_NO, "default": "no"},
    ]
    return ReportTypeOut.model_validate(
        {"version": UUID(int=number), "title": words("住户"), "asked": [*fields, *more], "form": True}
    )


def test_a_family_with_two_unwell_is_told_of_and_comes_back_as_told() -> None:
    asked = household()
    form = form_of(asked, "zh_Hans_CN")
    step = begin(form, instance_id="i", now=NOW, answers=usual_answers(asked))
    said = ["#_r", "是", "是", "爷爷", "200", "38.5", "photo", "是", "奶奶", "36.6", "否"]
    heard = []
    for one in said:
        given = Attached("telegram:1") if one == "photo" else Press(one[1:], step.draft.step) if one[0] == "#" else None
        step = advance(form, step.draft, given or Typed(one), now=NOW)
        assert step.kind is StepKind.ASK
        heard.append(step.notice.msgid if step.notice else "")
    assert step.draft.at == SUMMARY and [one for one in heard if one] == ["请看清体温计。"]
    values = assemble(form, step.draft)
    assert values == {
        "ill": "yes",
        "patient": [
            {"who": "爷爷", "heat": 38.5, "picture": "telegram:1"},
            {"who": "奶奶", "heat": 36.6, "picture": None},
        ],
        "pets": "no",
    }
    assert Words("您好") not in [line.label for line in summary(form, step.draft)]
    assert "_c0" not in {button.code for button in prompt(form, step.draft, now=NOW).buttons}

    # read again to be put right: the same answers; with nobody unwell, nobody is told of
    again = begin(form, instance_id="j", now=NOW, answers={"hello": True, **known_answers(values)})
    assert again.draft.at == SUMMARY and assemble(form, again.draft) == values
    well = advance(form, advance(form, again.draft, Press("_c1", 1), now=NOW).draft, Typed("否"), now=NOW)
    assert assemble(form, well.draft)["patient"] == []


def test_an_answer_that_a_new_version_reads_otherwise_is_asked_again() -> None:
    asked = household()
    form = form_of(asked, "zh_Hans_CN")
    draft = begin(form, instance_id="i", now=NOW, answers={"hello": True, "ill": "no", "pets": "no"}).draft
    counted = {"key": "cats", "kind": "count", "label": words("几只猫"), "owed": True}
    newer = form_of(household(counted, number=2), "zh_Hans_CN")
    changed = ReportTypeOut.model_validate({
        **household(number=3).model_dump(), "asked": [
            {"key": "ill", "kind": "count", "label": words("几人不舒服"), "owed": True},
            {"key": "pets", "kind": "choice", "label": words("宠物"), "options": YES_NO},
        ],
    })  # fmt: skip
    old = begin(form, instance_id="i", now=NOW, answers=draft.answers).draft
    moved = adopt(newer, old.of_json({**old.to_json(), "version": 0}), now=NOW)
    assert moved.draft.at == "cats" and moved.draft.answers["pets"] == "no"
    other = adopt(form_of(changed, "en"), old.of_json({**old.to_json(), "version": 0}), now=NOW)
    assert other.draft.at == "ill" and other.draft.answers == {"pets": "no"}
