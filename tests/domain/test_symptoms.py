"""What a symptom report sets off (F-17, AMB-25, DEF-14)."""

import pytest

from gateway.domain.kinds import Severity
from gateway.domain.packs import Pack
from gateway.domain.symptoms import Advice, SymptomAnswers, symptoms_said, triage
from gateway.policies.loader import load_pack

SHANDONG: Pack = load_pack("sd-2020-09")


@pytest.mark.rule("SD-3.3.5-c", "SD-3.6.2-c", "BN-2.1.2-a")
def test_fever_and_cough_send_to_the_clinic_and_raise_the_urgent_ladder() -> None:
    judged = triage(SymptomAnswers(temperature=38.2, symptoms=("cough",)), SHANDONG)
    assert judged.symptoms == ("fever", "cough")
    assert judged.rules == ("SD-3.3.5-c", "SD-3.6.2-c", "BN-2.1.2-a")
    assert judged.advice == (
        Advice.FEVER_CLINIC,
        Advice.TELL_HISTORY,
        Advice.WEAR_MASK,
        Advice.AVOID_PUBLIC_TRANSPORT,
    )
    assert (judged.severity, judged.ladder, judged.emergency) == (Severity.HIGH, "E-X", False)


@pytest.mark.parametrize(
    "symptom", ["fever", "cough", "dry_cough", "diarrhoea", "fatigue", "sore_throat", "smell_loss"]
)
def test_any_one_symptom_is_enough(symptom: str) -> None:
    assert triage(SymptomAnswers(symptoms=(symptom,)), SHANDONG).raises_alert


@pytest.mark.parametrize(("temperature", "alert"), [(37.2, False), (37.3, True), (41.0, True)])
def test_a_temperature_counts_from_the_threshold(temperature: float, alert: bool) -> None:
    assert triage(SymptomAnswers(temperature=temperature), SHANDONG).raises_alert is alert


@pytest.mark.parametrize("symptom", ["breathless", "chest_pain"])
def test_an_emergency_is_answered_before_everything_else(symptom: str) -> None:
    judged = triage(SymptomAnswers(symptoms=("cough", symptom)), SHANDONG)
    assert judged.emergency and judged.severity is Severity.URGENT
    assert judged.advice[0] is Advice.CALL_EMERGENCY


def test_a_history_makes_the_alert_urgent() -> None:
    assert triage(SymptomAnswers(symptoms=("cough",), history=True), SHANDONG).severity is Severity.URGENT


def test_nobody_is_alarmed_by_a_report_without_symptoms() -> None:
    judged = triage(SymptomAnswers(temperature=36.6, symptoms=("hiccups",), words="一切都好"), SHANDONG)
    assert (judged.severity, judged.ladder, judged.rules) == (Severity.INFORMATION, None, ())
    assert judged.advice == (Advice.KEEP_WATCHING,)


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("发烧38.2,咳嗽两天,上周去过中风险地区", ("fever", "cough")),
        ("没有发烧咳嗽", ()),
        ("没有明显发热、干咳", ()),
        ("没有发烧,但是拉肚子", ("diarrhoea",)),
        ("不舒服发烧", ("fever",)),
        ("昨天没发烧,今天发烧了", ("fever",)),
        ("喘不上气", ("breathless",)),
        ("no fever or cough", ()),
        ("I don't have any fever but a dry cough", ("cough", "dry_cough")),
        ("I can't breathe", ("breathless",)),
    ],
)
def test_symptoms_are_heard_in_free_words_and_denials_too(words: str, heard: tuple[str, ...]) -> None:
    assert symptoms_said(words, SHANDONG.symptoms) == heard
