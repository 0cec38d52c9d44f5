"""Rendering a broadcast in five languages, each reader's own name and day in it. Our own processor's time."""

import time
from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment

from gateway.domain.broadcasts import Hole, filled
from gateway.messages.words import Words, closest_language, spoken_day
from tests.bench.pairs import OURS, Row, Target

LIMIT = "str.format"
DAY = date(2021, 1, 15)
#: A language, how people say a day in it, a title and a text with the holes of our own broadcasts.
WRITTEN = {
    "zh_Hans_CN": (
        "M月d日EEEE",
        "风险区域有变",
        "((姓名)),您好。自((日期))起,师古镇列为中风险地区。请勿前往,到过的人请今天报告。",
    ),
    "en": (
        "EEE d MMM",
        "A risk area has changed",
        "Dear ((name)), from ((day)) on Shigu is an area of medium risk. Please report.",
    ),
    "ru": (
        "EEE, d MMM",
        "Зона риска изменилась",
        "((name)), с ((day)) Шигу относится к зоне среднего риска. Сообщите, если были там.",
    ),
    "fr": (
        "EEE d MMM",
        "Une zone à risque a changé",
        "((name)), à partir du ((day)) Shigu est une zone à risque moyen. Signalez-vous.",
    ),
    "ar": (
        "EEE d MMM",
        "تغيرت منطقة الخطر",
        "((name))، اعتبارا من ((day)) أصبحت شيغو منطقة متوسطة الخطورة. أبلغونا إذا زرتموها.",
    ),
}
AREAS = ["什邡市师古镇思源村"]


def rendering(readers: int) -> Row:
    words = Words(ZoneInfo("Asia/Shanghai"))
    languages = list(WRITTEN)
    people = [(languages[number % len(languages)], f"王小明{number}") for number in range(readers)]

    def ours() -> float:
        def render(language: str, name: str) -> object:
            def own(hole: Hole) -> str:
                return name if hole is Hole.NAME else spoken_day(DAY, closest_language(language))

            _, title, text = WRITTEN[language]
            values = {"title": title, "text": filled(text, language, own), "areas": AREAS}
            return words.say("broadcast", language, values, channel="telegram")

        return _rate(render, people)

    environment = Environment(autoescape=True)
    body = "<b>{{ title }}</b>\n\n%s\n{%% for place in areas %%}\n· {{ place }}\n{%% endfor %%}\n"
    templates = {
        language: environment.from_string(body % _with_holes(text, "{{ name }}", "{{ day }}"))
        for language, (_, _, text) in WRITTEN.items()
    }

    def per_person() -> float:
        def render(language: str, name: str) -> object:
            form, title, _ = WRITTEN[language]
            said = format_date(DAY, form, Locale.parse(language))
            return templates[language].render(title=title, name=name, day=said, areas=AREAS)

        return _rate(render, people)

    def formatted() -> float:
        ready = {
            language: f"<b>{title}</b>\n\n{_with_holes(text, '{name}', '{day}')}\n· {AREAS[0]}"
            for language, (_, title, text) in WRITTEN.items()
        }
        return _rate(lambda language, name: ready[language].format(name=name, day="15"), people)

    sides = {OURS: ours, "Jinja + Babel": per_person, LIMIT: formatted}
    return Row("render in 5 languages", "/s", sides, (Target("Jinja + Babel", 5), Target(LIMIT, 0.5)))


def _with_holes(text: str, name: str, day: str) -> str:
    for hole, sign in (("((姓名))", name), ("((name))", name), ("((日期))", day), ("((day))", day)):
        text = text.replace(hole, sign)
    return text


def _rate(render: Callable[[str, str], object], people: list[tuple[str, str]]) -> float:
    began = time.thread_time()
    for language, name in people:
        render(language, name)
    return len(people) / (time.thread_time() - began)
