"""Jinja2 + Babel: a template and its values become words in a language, for one channel.

Catalogues are read from the .po files themselves, so that nothing compiled is kept. `html` uses Telegram's tags only;
`plain` is the same without tags.
"""

import html as html_escape
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound, pass_context
from jinja2.runtime import Context
from markupsafe import escape

from gateway.errors import Invalid
from gateway.messages.catalogue import CATALOGUE, Buttons
from gateway.messages.catalogue import Template as Message

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("zh_Hans_CN", "en")
FALLBACK = "zh_Hans_CN"

_TAG = re.compile(r"<[^>]+>")
_BLANKS = re.compile(r"\n{3,}")
#: Where written words are set in: the record holds no text with such a sign.
_MARK = re.compile("\0([a-z_]+)\0")
_FRAMES = 512


class UnknownMessage(Invalid):
    """There is no such message in the catalogue."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words ready to leave; each button is (label, callback data)."""

    html: str
    plain: str
    buttons: tuple[tuple[tuple[str, str], ...], ...]


class Facts(dict[str, Any]):
    """Facts of an alert; which of them it has depends on its kind."""

    def __missing__(self, key: str) -> None:
        return None


class PoTranslations(NullTranslations):
    """Translations read straight from a .po file; what is missing or fuzzy stays in English."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._words: dict[str, str] = {}
        self._plurals: dict[str, tuple[str, ...]] = {}
        with path.open("rb") as file:
            for message in read_po(file):
                if not message.id or message.fuzzy or not message.string:
                    continue
                if isinstance(message.id, str):
                    self._words[message.id] = str(message.string)
                else:
                    self._plurals[message.id[0]] = tuple(message.string)

    def gettext(self, message: str) -> str:
        return self._words.get(message) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._plurals.get(msgid1)
        if not forms:
            return msgid1 if n == 1 else msgid2
        return forms[min(0 if n == 1 else 1, len(forms) - 1)]


def closest_language(language: str) -> str:
    """The language of ours that is nearest: exact, else the same first part, else Chinese."""
    wanted = language.replace("-", "_")
    if wanted in LANGUAGES:
        return wanted
    first = wanted.split("_")[0].lower()
    return next((ours for ours in LANGUAGES if ours.split("_")[0] == first), FALLBACK)


@lru_cache
def translations(language: str, domain: str = "gateway") -> PoTranslations:
    return PoTranslations(ROOT / "locales" / language / "LC_MESSAGES" / f"{domain}.po")


@lru_cache(maxsize=4096)  # a broadcast says the same few days to everybody, and Babel takes longer than the template
def spoken_moment(moment: datetime | str, language: str, zone: ZoneInfo) -> str:
    """As people say it, with the weekday: 1月23日星期六 16:20; Sat 23 Jan, 16:20."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    local = moment.astimezone(zone)
    locale = Locale.parse(language)
    if language.startswith("zh"):
        return f"{format_date(local, 'M月d日EEEE', locale)} {format_time(local, 'HH:mm', locale=locale)}"
    return f"{format_date(local, 'EEE d MMM', locale)}, {format_time(local, 'HH:mm', locale=locale)}"


@lru_cache(maxsize=4096)
def spoken_day(day: date | str, language: str) -> str:
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return format_date(day, "M月d日EEEE" if language.startswith("zh") else "EEE d MMM", Locale.parse(language))


def spoken_since(moment: datetime, now: datetime, language: str) -> str:
    """How long ago, or in how long: minutes up to an hour and a half, hours up to a day and a half, then days.

    Babel alone calls 95 minutes "2 hours"; here what is said is never further off than half of what it counts in.
    """
    apart = moment - now
    away = abs(apart)
    unit: Literal["minute", "hour", "day"] = "day"
    if away < timedelta(hours=36):
        unit = "minute" if away < timedelta(minutes=90) else "hour"
    size = {"minute": 60, "hour": 3600, "day": 86400}[unit]
    whole = timedelta(seconds=round(apart.total_seconds() / size) * size)
    return format_timedelta(
        whole, granularity=unit, threshold=1e9, add_direction=True, format="short", locale=Locale.parse(language)
    )


class Words:
    """The gateway's voice. One per process; `zone` is where its people live."""

    def __init__(
        self,
        zone: ZoneInfo,
        area_name: Callable[[str, str], str] = lambda code, _: code,
        folder: Path = ROOT / "templates" / "messages",
    ) -> None:
        """`area_name` is told an area code and a language."""
        self._zone = zone
        self._area_name = area_name
        self._environments = {language: self._environment(folder, language) for language in LANGUAGES}
        self._sources: dict[tuple[str, str, str], Template] = {}
        self._frames: dict[Hashable, tuple[list[str], list[str], Any]] = {}

    def _environment(self, folder: Path, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        environment.filters["moment"] = lambda moment: spoken_moment(moment, language, self._zone)
        environment.filters["day"] = lambda day: spoken_day(day, language)
        environment.filters["area"] = lambda code: self.area(code, language)
        environment.filters["word"] = _word
        environment.filters["titled"] = translations(language).gettext
        environment.globals["language"] = language
        return environment

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    def say(self, template: str, language: str, values: Mapping[str, Any], *, channel: str = "any") -> Rendered:
        """Render one message. Raises UnknownMessage for a template the catalogue does not know."""
        known = CATALOGUE.get(template)
        if known is None:
            raise UnknownMessage(f"no message {template}")
        language = closest_language(language)
        if known.written and all(isinstance(values.get(name), str) for name in known.written):
            return self._set_in(known, language, values, channel)
        return self._rendered(known, language, values, channel)

    def _rendered(self, known: Message, language: str, values: Mapping[str, Any], channel: str) -> Rendered:
        source = self._source(language, known.name, channel)
        filled = {name: None for name in known.values} | dict(values)
        if isinstance(filled.get("facts"), Mapping):
            filled["facts"] = Facts(filled["facts"])
        html = _tidy(source.render(**filled))
        plain = _tidy(html_escape.unescape(_TAG.sub("", html)))
        return Rendered(html, plain, _keyboard(known.buttons, filled, translations(language)))

    def _set_in(self, known: Message, language: str, values: Mapping[str, Any], channel: str) -> Rendered:
        """Words that somebody wrote, set into what stands around them: that is rendered once for all who read alike.

        A broadcast goes to a million people, and a template takes ten times as long as this.
        """
        around = tuple(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in values.items()
            if name not in known.written
        )
        key = (known.name, language, channel, around)
        frame = self._frames.get(key)
        if frame is None:
            marked = self._rendered(known, language, {**values, **{one: _mark(one) for one in known.written}}, channel)
            frame = (_MARK.split(marked.html), _MARK.split(marked.plain), marked.buttons)
            if len(self._frames) >= _FRAMES:
                self._frames.clear()
            self._frames[key] = frame
        html, plain, buttons = frame
        said = {name: values[name] for name in known.written}
        return Rendered(
            _tidy("".join(str(escape(said[part])) if number % 2 else part for number, part in enumerate(html))),
            _tidy("".join(said[part] if number % 2 else part for number, part in enumerate(plain))),
            buttons,
        )

    def _source(self, language: str, template: str, channel: str) -> Template:
        """Looked for once: most channels have no template of their own, and looking takes longer than saying."""
        known = self._sources.get((language, template, channel))
        if known is None:
            environment = self._environments[language]
            try:
                known = environment.get_template(f"{template}/{channel}.j2")
            except TemplateNotFound:
                known = environment.get_template(f"{template}/any.j2")
            self._sources[language, template, channel] = known
        return known

    def word(self, code: str, language: str) -> str:
        """The translated name of a code: an alert's kind, a level, a symptom, a profile."""
        return _spelled(translations(closest_language(language)), code)

    def area(self, code: str, language: str) -> str:
        """A division's full name; in words where the code names none."""
        ours = closest_language(language)
        return self._area_name(code, ours) or self.word("area.unknown" if code else "area.everywhere", ours)

    def moment(self, moment: datetime, language: str) -> str:
        return spoken_moment(moment, closest_language(language), self._zone)


def _tidy(text: str) -> str:
    return (_BLANKS.sub("\n\n", text) if "\n\n\n" in text else text).strip()


def _mark(name: str) -> str:
    return f"\0{name}\0"


def code_id(code: str) -> str:
    """Codes stand in the catalogue under `code:…`; English spells them out too."""
    return f"code:{code}"


def _spelled(translation: NullTranslations, code: str) -> str:
    said = translation.gettext(code_id(code))
    return code.rsplit(".", 1)[-1].replace("_", " ") if said.startswith("code:") else said


@pass_context
def _word(context: Context, code: object) -> str:
    return _spelled(translations(str(context.resolve("language"))), str(code))


def _keyboard(
    kind: Buttons, values: Mapping[str, Any], translation: NullTranslations
) -> tuple[tuple[tuple[str, str], ...], ...]:
    _ = translation.gettext
    if kind is Buttons.ALERT:
        alert = str(values["alert_id"]).replace("-", "")
        return (
            ((_("I take it"), f"al:ack:{alert}"), (_("Escalate now"), f"al:up:{alert}")),
            ((_("Add a note"), f"al:note:{alert}"), (_("Assign"), f"al:assign:{alert}")),
            ((_("Resolve"), f"al:resolve:{alert}"),),
        )
    if kind is Buttons.ALERT_TAKEN:
        alert = str(values["alert_id"]).replace("-", "")
        return (
            ((_("Add a note"), f"al:note:{alert}"), (_("Resolve"), f"al:resolve:{alert}")),
            ((_("Escalate now"), f"al:up:{alert}"),),
        )
    if kind is Buttons.ASSIGNMENT and values["assignment_id"]:
        return (((_("Our part is done"), _tick(values["assignment_id"])),),)
    if kind is Buttons.ASSIGNMENTS:
        owed = [item for item in values["items"] if item["assignment_id"]]
        ticks = [(_("Done: %(item)s") % {"item": item["item_no"]}, _tick(item["assignment_id"])) for item in owed]
        return tuple(tuple(ticks[start : start + 3]) for start in range(0, len(ticks), 3))
    if kind is Buttons.CHECK_IN:
        about = str(values.get("about") or "").replace("-", "")
        return (((_("✅ All well"), f"ci:{about}"),), ((_("Somebody is unwell"), "m:symptoms"),))
    if kind is Buttons.DUTY and values["press"]:
        about = f"{values['duty']}:{str(values['day']).replace('-', '')}:{values['slot']}"
        tell = (_("Something happened") if values["zero"] else _("Report"), f"ur:tell:{about}")
        rows = [((_("Zero report"), f"ur:zero:{about}"), tell) if values["zero"] else (tell,)]
        if values["same"]:
            rows.append(((_("The same as last time"), f"ur:same:{about}"),))
        return tuple(rows)
    if kind is Buttons.TRIAL:
        return (((_("Try it"), f"ur:try:{values['version']}::"),),)
    if kind is Buttons.WELFARE:
        check = str(values["check_id"]).replace("-", "")
        offers = [(_spelled(translation, f"offer.{one}"), f"wf:{one}:{check}") for one in values["offers"] or ()]
        return (
            (((_("I am well"), f"wf:ok:{check}"),), tuple(offers))
            if offers
            else (((_("I am well"), f"wf:ok:{check}"),),)
        )
    if kind is Buttons.PLAN:
        return (((_("My plan"), "m:plan"),),)
    return ()


def _tick(assignment_id: object) -> str:
    return f"ck:done:{str(assignment_id).replace('-', '')}"
