"""What the bot says, in each language: gettext catalogues read as they are, dates and numbers by Babel."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Self

from babel.core import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent.parent / "locales"
DEFAULT = "zh_Hans_CN"
LANGUAGES = {"zh_Hans_CN": "简体中文", "en": "English"}  # each under its own name, so that everyone finds theirs
#: Languages of which a few sentences show that layout, dates and numbers hold; offered to nobody.
SAMPLES = {"ug_CN": "ئۇيغۇرچە"}
_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Say:
    """One language's voice: `say("Thank you, {name}.", name=…)`. An unknown sentence is said in English."""

    language: str
    locale: Locale
    sentences: Mapping[str, str]

    def __call__(self, msgid: str, /, **values: Any) -> str:
        sentence = self.sentences.get(msgid) or msgid
        if not values:
            return sentence
        # Not str.format: what people wrote may hold braces, and a hole must never reach into an object.
        return _HOLE.sub(lambda hole: self.show(values[hole[1]]) if hole[1] in values else hole[0], sentence)

    def show(self, value: Any) -> str:
        """A day with its weekday and full date, a list with the language's own separator."""
        if isinstance(value, datetime):
            return f"{self.show(value.date())} {self.show(value.timetz())}"
        if isinstance(value, date):
            return format_date(value, "full", locale=self.locale)
        if isinstance(value, time):
            return format_time(value.replace(tzinfo=None), "HH:mm", locale=self.locale)
        if isinstance(value, float):
            return f"{value:.12g}"
        if isinstance(value, tuple | list):
            separator = "、" if self.language.startswith("zh") else ", "
            return separator.join(self.show(item) for item in value)
        return str(value)

    def soon(self, moment: datetime) -> str:
        """A moment of the coming days: nobody needs its year."""
        return f"{format_skeleton('MMMEd', moment, locale=self.locale)} {self.show(moment.timetz())}"


@dataclass(frozen=True, slots=True)
class Texts:
    voices: Mapping[str, Say]

    @classmethod
    def load(cls, root: Path = LOCALES, *, samples: Iterable[str] = ()) -> Self:
        """`samples` speak as far as they go; what they lack is said in the language most residents read."""
        voices = {language: _voice(root, language) for language in LANGUAGES}
        for language in samples:
            own = _voice(root, language)
            voices[language] = replace(own, sentences={**voices[DEFAULT].sentences, **own.sentences})
        return cls(voices)

    def speaking(self, language: str | None) -> Say:
        """The nearest language we have; Chinese where nothing is known, as most residents read it."""
        wanted = (language or DEFAULT).replace("-", "_")
        if wanted in self.voices:
            return self.voices[wanted]
        stem = wanted.split("_")[0].lower()
        return next((voice for name, voice in self.voices.items() if name.split("_")[0] == stem), self._otherwise(stem))

    def _otherwise(self, stem: str) -> Say:
        return self.voices["en" if stem else DEFAULT]


def missing(language: str, root: Path = LOCALES) -> list[str]:
    """Sentences of the English catalogue this language does not say, or says with other holes."""
    said = _sentences(root, language)
    return sorted(
        msgid for msgid in _sentences(root, "en")
        if not said.get(msgid) or set(_HOLE.findall(said[msgid])) != set(_HOLE.findall(msgid))
    )  # fmt: skip


@cache
def _voice(root: Path, language: str) -> Say:
    """Read once in a process."""
    return Say(language, Locale.parse(language), _sentences(root, language))


def _sentences(root: Path, language: str) -> dict[str, str]:
    path = root / language / "LC_MESSAGES" / "bot.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


ITEMS = {
    ("test", "nat"): "Nucleic acid test (swab)",
    ("test", "antibody"): "Antibody test (blood)",
    ("test", None): "Test",
    ("check_in", None): "Check-in: tell us how you feel",
    ("visit", None): "Your community worker visits or calls",
    ("report", None): "Report to your community",
    ("clock", None): "Deadline",
}
PERIODS = {
    "central": "Isolation at a designated place",
    "home": "Health management at home",
    "monitor": "Health monitoring",
}
SEVERITIES = {"urgent": "URGENT", "high": "High", "routine": "Routine", "information": "For information"}
STATUSES = {"raised": "waiting for somebody", "acknowledged": "taken", "resolved": "closed"}


def item_msgid(kind: str, test: str | None) -> str:
    """How a plan's item is called; an unknown kind keeps its own name."""
    return ITEMS.get((kind, test), ITEMS.get((kind, None), kind))
