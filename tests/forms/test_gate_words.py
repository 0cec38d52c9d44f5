"""Questions to the gates as people type them; what is a report, or no question, is left to others."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.forms.gate_words import GateWords, read_gate_question

NOW = datetime(2021, 1, 15, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("我今天可以上班吗", "work"),
        ("能不能上岗？", "work"),
        ("明天能去单位吗", "work"),
        ("can I go to work", "work"),
        ("May I work today?", "work"),
        ("隔离结束了吗", "over"),
        ("我的隔离什么时候解除", "over"),
        ("还要隔离多久", "over"),
        ("Is my isolation over?", "over"),
        ("how long do I have to isolate? when does quarantine end", "over"),
        ("我能变绿码吗", "green_code"),
        ("when do I get my green code", "green_code"),
        ("能聚餐吗", "outing"),
        ("过年可以走亲戚吗", "outing"),
        ("can I go out", "outing"),
        ("我可以回家吗", "come"),
        ("能从国外回来吗", "come"),
        ("can I come home", "come"),
    ],
)
def test_a_question_is_heard_for_what_it_is(said: str, question: str) -> None:
    found = read_gate_question(said, now=NOW)
    assert found is not None and found.question == question


@pytest.mark.parametrize(
    ("said", "event", "people"),
    [
        ("能办50人的婚礼吗", "wedding", 50),
        ("可以办五十人的婚礼吗", "wedding", 50),
        ("能摆生日宴吗,20个人", "banquet", 20),
        ("能办演唱会吗", "performance", None),
        ("10个干部可以聚餐吗", "dinner", None),
        ("10人可以聚餐吗", "dinner", 10),
        ("可以开会吗", "meeting", None),
        ("Can we hold a wedding for 60 guests?", "wedding", 60),
        ("may we hold a concert", "performance", None),
    ],
)
def test_an_event_is_heard_with_its_guests(said: str, event: str, people: int | None) -> None:
    found = read_gate_question(said, now=NOW)
    if event == "dinner" and people is None:
        assert found == GateWords("outing")
        return
    assert found is not None
    assert (found.question, found.event, found.people) == ("hold", event, people)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("我可以去河北吗", "河北"),
        ("能去石家庄市出差吗", "石家庄市"),
        ("Can I go to Hebei?", "Hebei"),
        ("can I travel to Shijiazhuang", "Shijiazhuang"),
    ],
)
def test_a_destination_is_heard(said: str, place: str) -> None:
    assert read_gate_question(said, now=NOW) == GateWords("travel", place=place)


def test_a_day_and_cadres_are_heard_and_so_is_whom_an_official_means() -> None:
    found = read_gate_question("2月14日可以开30人的会议吗", now=NOW)
    assert found is not None
    assert (found.event, found.people, str(found.on)) == ("meeting", 30, "2021-02-14")
    dinner = read_gate_question("领导干部可以参加10人的聚餐吗", now=NOW)
    assert dinner is not None and dinner.cadre and dinner.people == 10
    assert read_gate_question("13800138000今天可以上班吗", now=NOW) == GateWords("work", number="13800138000")


@pytest.mark.parametrize(
    "said",
    [
        "我22号下午三点半坐高铁从A区回济南",
        "发烧38.2,咳嗽两天,可以上班吗",
        "到家了",
        "昨天去过河北",
        "I arrived from Shanghai yesterday",
        "我今天上班",
        "你好",
        "可以去医院吗",
        "你们那里能做核酸吗",
    ],
)
def test_what_is_no_question_to_a_gate_is_left_alone(said: str) -> None:
    assert read_gate_question(said, now=NOW) is None
