"""Every message renders in every language, from the values the catalogue says it takes, whatever people wrote."""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest

from gateway.domain import kinds
from gateway.messages.catalogue import CATALOGUE
from gateway.messages.words import LANGUAGES, ROOT, Words, code_id, translations

NOON = datetime(2021, 1, 23, 4, 0, tzinfo=UTC)
HOSTILE = "<b>王</b> & {{ 7 * 7 }} {person} %(person)s"

# What a value is like, by its name; whatever ends in _at is a moment.
SAMPLES: dict[str, object] = {
    "alert_id": "6f1c1d4e-8a3b-4a52-9b64-2f7a7c1d9e10",
    "assignment_id": "6f1c1d4e-8a3b-4a52-9b64-2f7a7c1d9e10",
    "area": "370102001",
    "areas": [HOSTILE, "济南市历下区"],
    "at": NOON,
    "by": {"name": HOSTILE, "role": "doctor"},
    "code": "arrived",
    "day": 3,
    "days": 14,
    "days_left": 2,
    "pack": HOSTILE,
    "plans": [
        {
            "profile": "close_contact",
            "excused": True,
            "moves": [
                {"what": "period.home", "was": NOON.isoformat(), "becomes": NOON.isoformat(), "expected": True},
                {"what": "test.nat", "was": None, "becomes": NOON.isoformat(), "expected": False},
                {"what": "item.visit", "was": NOON.isoformat(), "becomes": None, "expected": False},
            ],
            "more": 2,
            "quote": HOSTILE,
        }
    ],
    "evidence": HOSTILE,
    "facts": {"reference": "AB12CD34", "test": "nat", "due_at": NOON.isoformat(), "level": "L2", "outcome": "visited"},
    "history": [{"at": NOON, "text": HOSTILE}],
    "item_no": "1.7",
    "due_on": "2021-01-10",
    "items": [
        {
            "item_no": number,
            "title": HOSTILE,
            "due_on": due_on,
            "role": "lead",
            "missing": [HOSTILE],
            "assignment_id": "6f1c1d4e-8a3b-4a52-9b64-2f7a7c1d9e10",
        }
        for number, due_on in (("1.7", "2021-01-10"), ("1.9", None))
    ],
    "kind": "symptoms",
    "last": True,
    "level": "L1",
    "link": "https://example.test/console/login?token=x",
    "match": "possible",
    "minutes": 15,
    "missing": [HOSTILE],
    "next_level": "L2",
    "number": "12345",
    "on_issue": False,
    "outcome": "visited",
    "people": [HOSTILE],
    "places": [HOSTILE],
    "profile": "key_area",
    "provisional": True,
    "rang": True,
    "asks": ["declare", "watch_health"],
    "others": [{"profile": "close_contact", "ends_at": NOON.isoformat()}, {"profile": "key_area", "ends_at": None}],
    "check_id": "6f1c1d4e-8a3b-4a52-9b64-2f7a7c1d9e10",
    "granted": True,
    "measures": ["sealed", "gatherings_limited"],
    "mode": "closed",
    "now": {"risk": "medium", "response": "II"},
    "offers": ["supplies", "shop_hours"],
    "rounds": 2,
    "valid_to": "2021-01-23T04:00:00+00:00",
    "was": {"risk": "low", "response": "none"},
    "who": "place",
    "decides": "L4",
    "reasons": [{"text": HOSTILE, "quotes": [{"id": "SP-2.3.1-a", "quote": HOSTILE, "meaning": HOSTILE}]}],
    "sort": "wedding",
    "state": "waiting",
    "verdict": "official",
    "role": "lead",
    "roles": ["doctor", "county"],
    "round": 1,
    "severity": "urgent",
    "test": "nat",
    "tone": "reminder",
    "units": [{"unit": HOSTILE, "item_nos": ["1.7"]}],
    "value": "negative",
    "why": "pack",
}
# Where a name means something else in one message.
BOTH = {"zh": HOSTILE, "en": HOSTILE}
ON_A_DAY = {"title": BOTH, "day": "2021-01-11", "quote": {**BOTH, "id": "SD-3.4.1-b"}}
OWN: dict[str, dict[str, object]] = {
    "duty_reminder": {
        **ON_A_DAY,
        "duty": "school_checks",
        "slot": "morning",
        "zero": True,
        "press": True,
        "open": 2,
        "untold": 1,
    },
    "duty_roll_up": {**ON_A_DAY, "tone": "roll_up", "received": 41, "total": 42, "zero": 40, "events": 1, "more": 3},
    "report_type_trial": {"title": BOTH, "number": 2, "version": "0" * 32},
    "capacity_asked": {**ON_A_DAY, "least": 3, "most": 5, "count": 2, "short": True},
    "alert_event": {"kind": "passed_over"},
    "plan_changed": {
        "next_kind": "test",
        "next_test": "nat",
        "reported": 9,
        "needed": 14,
        "missing_on": "2021-01-11",
        "earliest_boarding": "2021-01-25",
    },
    "list_changed": {
        "changes": [
            {"who": HOSTILE, "before": before, "after": after}
            for before, after in ((True, True), (False, True), (True, False))
        ]
    },
    "checklist_overdue": {"tone": "overdue"},
}
CODES: dict[str, type[StrEnum]] = {
    "alert": kinds.AlertKind,
    "level": kinds.Level,
    "role": kinds.Role,
    "test": kinds.TestKind,
    "result": kinds.ResultValue,
    "risk": kinds.RiskLevel,
}


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(ZoneInfo("Asia/Shanghai"), lambda code, _: f"area {code}")


def sample(name: str) -> object:
    if name.endswith("_at"):
        return NOON
    if name in ("on", "birthday"):
        return date(2021, 1, 23)
    return SAMPLES.get(name, HOSTILE)


def values_of(name: str) -> dict[str, object]:
    return {value: sample(value) for value in CATALOGUE[name].values} | OWN.get(name, {})


def test_every_message_has_words_and_every_words_a_message() -> None:
    assert {path.name for path in (ROOT / "templates/messages").iterdir()} == CATALOGUE.keys()
    for name in CATALOGUE:
        assert (ROOT / "templates/messages" / name / "any.j2").exists(), name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_message_renders_in_every_language(words: Words, name: str, language: str) -> None:
    rendered = words.say(name, language, values_of(name))

    assert rendered.plain.strip()
    assert "<b>王" not in rendered.html, "what people wrote is escaped"
    assert "49" not in re.sub(r"\d{3,}", "", rendered.plain), "what people wrote is never a template"
    assert "code:" not in rendered.html
    assert not re.search(r"\bNone\b|Undefined|\{\{|\}\}(?! \{person)", rendered.plain.replace(HOSTILE, ""))
    assert len(rendered.plain) <= 4096


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_two_languages_differ(words: Words, name: str) -> None:
    chinese, english = (words.say(name, language, values_of(name)) for language in LANGUAGES)
    only_data = name in ("broadcast",)
    assert only_data or chinese.plain != english.plain
    for _, data in [button for row in chinese.buttons + english.buttons for button in row]:
        assert len(data.encode()) <= 64


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("prefix", "codes"), CODES.items())
def test_every_code_has_a_name(language: str, prefix: str, codes: type[StrEnum]) -> None:
    known = translations(language)
    unnamed = [code for code in codes if known.gettext(code_id(f"{prefix}.{code}")).startswith("code:")]
    assert unnamed == []


@pytest.mark.parametrize(
    "text", ["请勿外出", "a < b & \"c\" 'd' &amp; <b>x</b>", "\n\n one \n\n\n\n two {{ x }} \n", "text title"]
)
@pytest.mark.parametrize("areas", [[], ["甲街道", "<乙>"], None])
def test_words_set_into_their_frame_read_as_if_rendered(text: str, areas: list[str] | None) -> None:
    words = Words(ZoneInfo("Asia/Shanghai"))
    for language in LANGUAGES:
        for title in ("风险区域有变", text):
            values = {"title": title, "text": text, "areas": areas}
            whole = words._rendered(CATALOGUE["broadcast"], language, values, "telegram")
            assert words.say("broadcast", language, values, channel="telegram") == whole
            assert words.say("broadcast", language, values, channel="telegram") == whole
