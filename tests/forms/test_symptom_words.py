"""What residents write about how they feel, and what is understood of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forms.symptom_words import SYMPTOMS, SymptomWords, read_symptoms


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("发烧38.2,咳嗽两天,上周去过中风险地区", SymptomWords(38.2, ("fever", "cough"), 2, True)),
        ("fever 38.2, cough for two days", SymptomWords(38.2, ("fever", "cough"), 2, False)),
        ("38度2", SymptomWords(38.2, ("fever",))),
        ("体温36.5,一切正常", SymptomWords(36.5)),
        ("没有咳嗽", SymptomWords()),
        ("发热 37.8 度\uff0c流鼻涕、鼻塞", SymptomWords(37.8, ("fever", "runny_nose"))),
        ("干咳三天,没力气,闻不到味道", SymptomWords(None, ("dry_cough", "fatigue", "smell_loss"), 3)),
        ("烧到39度,拉肚子,想吐", SymptomWords(39.0, ("fever", "diarrhoea", "vomiting"))),
        ("昨天开始嗓子疼", SymptomWords(None, ("sore_throat",), 1)),
        ("我有点喘,胸口疼", SymptomWords(None, ("breathless", "chest_pain"))),
        ("头疼,浑身酸痛,一个星期了", SymptomWords(None, ("headache", "muscle_ache"), 7)),
        ("隔离14天了,今天开始咳嗽", SymptomWords(None, ("cough",), 0)),
        ("I can't smell anything since yesterday", SymptomWords(None, ("smell_loss",), 1)),
        ("dry cough for a week", SymptomWords(None, ("dry_cough",), 7)),
        ("feel tired and my head hurts, no chest pain", SymptomWords(None, ("fatigue", "headache"))),
        ("vomiting since this morning, diarrhea", SymptomWords(None, ("diarrhoea", "vomiting"), 0)),
        ("I have been to a high-risk area and I cough", SymptomWords(None, ("cough",), None, True)),
        ("你好,什么时候做核酸", SymptomWords()),
        ("", SymptomWords()),
    ],
)
def test_a_sentence_is_understood(said: str, understood: SymptomWords) -> None:
    assert read_symptoms(said) == understood


@pytest.mark.parametrize(
    ("said", "degrees"),
    [
        ("38.2", 38.2),
        ("38度半", 38.5),
        ("38点5度", 38.5),
        ("三十八度五", 38.5),
        ("三十七度", 37.0),
        ("高烧四十度", 40.0),
        ("38.5℃", 38.5),
        ("38.5 °C", 38.5),
        ("\uff13\uff18\uff0e\uff15度", 38.5),
        ("体温38", 38.0),
        ("fever 38,2", 38.2),
        ("38 degrees", 38.0),
        ("100.4F", 38.0),
        ("101 °F", 38.3),
        ("temperature 100.4", 38.0),
        ("华氏温度 101华氏度", 38.3),
        ("早上37.5,晚上38.9", 38.9),
        ("体温385", None),
        ("50度", None),
        ("水温20度", None),
        ("体温382度", None),
        ("我38岁", None),
        ("住38号楼", None),
        ("38天", None),
        ("I live in room 38", None),
        ("G38次列车", None),
        ("2021.1.10", None),
    ],
)
def test_a_temperature_is_read_or_left_alone(said: str, degrees: float | None) -> None:
    assert read_symptoms(said).temperature == degrees


@pytest.mark.parametrize(
    ("said", "symptoms"),
    [
        ("没有发烧、咳嗽、乏力,就是头疼", ("headache",)),
        ("没有发烧,咳嗽两天", ("cough",)),
        ("没发烧,也没咳嗽", ()),
        ("不发烧,不咳嗽", ()),
        ("无发热、咳嗽等症状", ()),
        ("发烧,但是没有咳嗽", ("fever",)),
        ("烧退了,还咳嗽", ("cough",)),
        ("没有力气", ("fatigue",)),
        ("没有胃口,咳嗽", ("cough",)),
        ("no fever, no cough", ()),
        ("no fever, cough or headache, but a runny nose", ("runny_nose",)),
        ("I don't have a fever but I cough", ("cough",)),
        ("no fever, cough since monday", ("cough",)),
        ("not feeling well, cough", ("cough",)),
        ("no idea why, sore throat and cough", ("cough", "sore_throat")),
        ("no sense of smell", ("smell_loss",)),
        ("the fever is gone, still coughing", ("cough",)),
        ("no shortness of breath", ()),
    ],
)
def test_what_is_denied_is_left_out_and_nothing_else(said: str, symptoms: tuple[str, ...]) -> None:
    assert read_symptoms(said).symptoms == symptoms


@pytest.mark.parametrize(
    ("said", "visited"),
    [
        ("我从高风险地区回来", True),
        ("上周去过中风险地区", True),
        ("中高风险区回来的", True),
        ("没有去过中高风险地区", False),
        ("I came back from a medium risk area", True),
        ("I have not been to any risk area", False),
        ("哪里是中风险地区", False),
    ],
)
def test_a_visit_to_a_risk_area_is_heard(said: str, visited: bool) -> None:
    assert read_symptoms(said).visited_risk_area is visited


@pytest.mark.parametrize(
    ("said", "ago"),
    [
        ("咳嗽两天", 2),
        ("咳嗽3天了", 3),
        ("咳嗽十二天了", 12),
        ("咳嗽一周了", 7),
        ("前天开始咳嗽", 2),
        ("昨晚开始咳嗽", 1),
        ("今早开始咳嗽", 0),
        ("咳嗽", None),
        ("cough for a couple of days", 2),
        ("cough for two weeks", 14),
        ("cough since yesterday", 1),
        ("5天前去过中风险地区,昨天开始咳嗽", 1),
        ("两天没出门", None),
    ],
)
def test_the_beginning_is_counted_back(said: str, ago: int | None) -> None:
    assert read_symptoms(said).onset_days_ago == ago


@given(st.text(alphabet="没有不发烧咳嗽度点38.2,、 天前昨fever no cough or", max_size=200) | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_nothing_written_makes_reading_fail(said: str) -> None:
    read = read_symptoms(said)
    assert set(read.symptoms) <= set(SYMPTOMS)
    assert read.temperature is None or 34 <= read.temperature <= 43
