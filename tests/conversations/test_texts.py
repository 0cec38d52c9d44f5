"""Every sentence the bot can say is in the catalogue, and every catalogue says all of them."""

import ast
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.conversations import ask, report
from bot.forms.load import load_forms, msgids
from bot.forms.questions import YES_NO
from bot.middleware.talks import LATER
from bot.texts import ITEMS, LANGUAGES, PERIODS, SEVERITIES, STATUSES, Texts, missing
from bot.web.app import WORDS

BOT = Path(__file__).parents[2] / "bot"
SAYING = {"say", "words", "Words", "voice"}


def said_in_code() -> set[str]:
    found: set[str] = set()
    for path in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in SAYING and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def everything_said() -> set[str]:
    tables = {text for table in (ITEMS, PERIODS, SEVERITIES, STATUSES) for text in table.values()}
    menus = {label for _, label in (*report.MENU, *report.MORE, *ask.QUESTIONS, *ask.OCCUPATIONS)}
    answers = {option.label for option in YES_NO}
    page = set(WORDS.values())
    return said_in_code() | msgids(load_forms()) | tables | menus | answers | page | {LATER}


def test_the_catalogue_holds_every_sentence() -> None:
    known = set(Texts.load().speaking("en").sentences)

    assert everything_said() <= known, everything_said() - known


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_no_translation_is_missing(language: str) -> None:
    assert missing(language) == []


def test_a_missing_or_mangled_translation_is_noticed(tmp_path: Path) -> None:
    for language, sentence in (("en", "Hello {name}"), ("zh_Hans_CN", "你好")):
        path = tmp_path / language / "LC_MESSAGES"
        path.mkdir(parents=True)
        (path / "bot.po").write_text(f'msgid ""\nmsgstr ""\n\nmsgid "Hello {{name}}"\nmsgstr "{sentence}"\n', "utf-8")

    assert missing("zh_Hans_CN", tmp_path) == ["Hello {name}"]


def test_what_people_wrote_is_never_a_hole() -> None:
    say = Texts.load().speaking("en")

    assert say("Welcome back, {name}.", name="{x.__class__} {0}") == "Welcome back, {x.__class__} {0}."


def test_days_are_said_with_weekday_and_full_date() -> None:
    texts = Texts.load()

    assert texts.speaking("zh-CN").show(date(2021, 1, 5)) == "2021年1月5日星期二"
    assert texts.speaking("en-GB").show(datetime(2021, 1, 5, 15, 30)) == "Tuesday, January 5, 2021 15:30"  # noqa: DTZ001


def test_the_nearest_language_is_spoken() -> None:
    texts = Texts.load()

    assert [texts.speaking(code).language for code in ("zh", "en-US", "kk", "", None)] == [
        "zh_Hans_CN", "en", "en", "zh_Hans_CN", "zh_Hans_CN",
    ]  # fmt: skip
