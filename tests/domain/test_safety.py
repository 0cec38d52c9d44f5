"""Words that cannot wait: the collected phrases, what was typed around them, and the lexicon's own faults."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.safety import SafetyKind, detect
from gateway.errors import Invalid
from gateway.policies.safety import load_lexicon

PHRASES = Path(__file__).with_name("safety_phrases")
LEXICON = load_lexicon()


def phrases(language: str) -> list[tuple[str, str, str]]:
    """(kind or "none", label, phrase) of one language."""
    content: dict[str, Any] = yaml.safe_load((PHRASES / f"{language}.yaml").read_text(encoding="utf-8"))
    return [
        (kind, label, phrase) for kind, groups in content.items() for label, group in groups.items() for phrase in group
    ]


def heard(text: str) -> str:
    found = detect(text, LEXICON)
    return found.kind.value if found else "none"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_needs_help_is_heard_and_false_alarms_are_counted(language: str) -> None:
    collected = phrases(language)
    in_need = [(kind, phrase) for kind, _, phrase in collected if kind != "none"]
    harmless = [phrase for kind, _, phrase in collected if kind == "none"]
    missed = [phrase for kind, phrase in in_need if heard(phrase) != kind]
    alarms = [phrase for phrase in harmless if heard(phrase) != "none"]
    recall = 1 - len(missed) / len(in_need)
    share = len(alarms) / len(harmless)
    print(f"\n{language}: recall {recall:.3f} of {len(in_need)}, false alarms {share:.3f} of {len(harmless)}")
    print(f"  missed: {missed}\n  false alarms: {alarms}")

    assert len(collected) >= 150
    assert len({phrase for _, _, phrase in collected}) == len(collected), "a phrase counted twice proves nothing"
    assert {"negation", "quotation_and_topic", "idiom_and_joke", "third_person"} <= {label for _, label, _ in collected}
    assert recall >= 0.98
    assert share <= 0.10


@pytest.mark.parametrize(
    "text",
    [
        "我不想活了",
        "不  想 活 了",
        "我😭不😭想😭活😭了",
        "我不想活了！！！",
        "我*不*想*活*了",
        "我不\u200b想\u200b活了",
    ],
)
def test_what_is_typed_between_the_letters_does_not_hide_them(text: str) -> None:
    assert heard(text) == "self_harm"


@pytest.mark.parametrize(
    "text",
    [
        "I WANT TO DIE",
        "i  want\tto die",
        "I want to d.i.e",
        "ｉ　ｗａｎｔ　ｔｏ　ｄｉｅ",
        "I wаnt to die".replace("а", "a"),
    ],
)
def test_case_width_and_dots_do_not_hide_words(text: str) -> None:
    assert heard(text) == "self_harm"


def test_a_denial_covers_its_own_clause_only() -> None:
    assert heard("我没有想死") == "none"
    assert heard("我没有发烧,但是我想死") == "self_harm"
    assert heard("I'm not suicidal") == "none"
    assert heard("I have no fever but I want to die") == "self_harm"


def test_somebody_reporting_for_another_person_is_heard() -> None:
    assert heard("我奶奶说她不想活了") == "self_harm"
    assert heard("my grandmother says she wants to die") == "self_harm"


def test_a_laugh_does_not_silence_a_plain_statement() -> None:
    assert heard("哈哈哈我真的想死") == "self_harm"
    assert heard("lol I want to kill myself") == "self_harm"


def test_help_is_heard_in_the_middle_of_a_long_message() -> None:
    filler = "我昨天从济南坐车回来,一路上都戴着口罩,体温正常。" * 40
    assert heard(f"{filler}我不想活了。{filler}") == "self_harm"
    assert heard(filler) == "none"


def test_a_message_in_two_languages_is_heard() -> None:
    assert heard("please help,我爸爸晕倒了") == "emergency"
    assert heard("医生 I want to die") == "self_harm"


def test_self_harm_is_named_before_the_emergency_it_caused() -> None:
    found = detect("他割腕了,现在昏迷", LEXICON)
    assert found is not None
    assert found.kind is SafetyKind.SELF_HARM
    assert found.phrase


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_nothing_typed_makes_it_fail(text: str) -> None:
    detect(text, LEXICON)


@given(
    st.lists(
        st.sampled_from(["不", "想", "活", "没有", "喘", "胸", " want to", " not", " die", " ,", "1", " "]),
        max_size=400,
    )
)
@settings(max_examples=50, deadline=2000)
def test_no_repetition_makes_it_slow(pieces: list[str]) -> None:
    detect("".join(pieces) * 3, LEXICON)


def test_a_wrong_lexicon_is_refused_with_its_file_and_field(tmp_path: Path) -> None:
    wrong = tmp_path / "xx.yaml"
    wrong.write_text("script: joined\nharmless: []\nself_harm: {certain: ['a']}\nemergency: {}\n", encoding="utf-8")
    with pytest.raises(Invalid, match="xx.yaml:self_harm"):
        load_lexicon(tmp_path)
    wrong.write_text("script: joined\nharmless: ['(']\nself_harm: {}\nemergency: {}\n", encoding="utf-8")
    with pytest.raises(Invalid, match="xx.yaml"):
        load_lexicon.__wrapped__(tmp_path)
