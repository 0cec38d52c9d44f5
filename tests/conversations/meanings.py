"""What the chat makes of one free message: the real dispatcher, the real gazetteer, and what came of it.

A message is *understood* when the right conversation answers it with everything filled in that was said, *asked back*
when something said is asked again or the menu is shown, *wrong* when something else was taken for it, or filled in.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import yaml
from babel import Locale

from bot.forms.answers import Understood, read
from bot.forms.load import load_forms
from bot.forms.questions import Kind, slots
from gateway.areas.countries import CountryNames
from gateway.areas.gazetteer import gazetteer
from gateway.areas.typed_places import read_place
from tests.conversations.chat import NOW, ZONE, Chat, Gateway, agreed

HERE = Path(__file__).parent / "messages"
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
FORMS = load_forms()
#: Filled in by the form itself, not by what was said.
NOT_SAID = {"for_whom"}


@dataclass(frozen=True)
class Said:
    """One message of the tables. `has` are the answers it gives."""

    text: str
    means: str
    has: Mapping[str, Any]
    later: bool


@dataclass
class Heard:
    means: str
    answers: dict[str, Any] = field(default_factory=dict)


def table(language: str) -> Iterator[Said]:
    rows = yaml.safe_load((HERE / f"{language}.yaml").read_text(encoding="utf-8"))
    for part, said in rows.items():
        for row in said:
            yield Said(row["said"], row["means"], row.get("has", {}), part == "later")


class Town(Gateway):
    """The gateway of the conversations, with every division of the country."""

    def _route(self, request: httpx2.Request, path: str, address: str, body: Any) -> httpx2.Response:
        if path == "/v1/places":
            language = request.url.params["language"]
            return httpx2.Response(200, json=_places(request.url.params["q"], Locale.parse(language)))
        if path == "/v1/me/matter-kinds":
            return httpx2.Response(200, json={"offers": OFFERS})
        return super()._route(request, path, address, body)


OFFERS = [
    {
        "kind": kind,
        "title": {"zh": kind, "en": kind},
        "says": {"zh": kind, "en": kind},
        "about_person": False,
        "fields": [],
        "rules": [],
    }
    for kind in ("rumour", "tip_off")
]


def _places(text: str, locale: Locale) -> dict[str, Any]:
    found = read_place(text, gazetteer(), CountryNames.of(dict(locale.territories)), language=locale.language, limit=8)
    candidates = [
        {"code": one.code, "name": one.name, "full_name": one.full_name, "level": int(one.level), "rest": one.rest}
        for one in found.candidates
    ]
    country = {"code": found.country, "name": found.country} if found.country else None
    return {"candidates": candidates, "country": country}


async def heard(chat: Chat, text: str, language: str) -> Heard:
    """What the first message of somebody who has agreed comes to."""
    chat.user_id += 1
    chat.gateway.calls.clear()
    chat.gateway.residents[chat.address] = agreed(language=LANGUAGES[language])
    await chat.says(text)
    stored = chat.drafts.kept.get(chat.address)
    if stored is not None:
        draft = json.loads(stored)
        return Heard(draft["form"], _answers(draft, language))
    for _, path, _, _ in chat.gateway.calls:
        for begins, means in PATHS.items():
            if path.startswith(begins):
                return Heard(means + path.removeprefix(begins) if means == "ask:" else means)
    buttons = set(chat.screen.buttons.values())
    for data, means in SCREENS.items():
        if data in buttons:
            return Heard(means)
    return Heard("menu")


PATHS = {
    "/v1/me/gates/": "ask:",
    "/v1/risk-areas": "risk",
    "/v1/me/rumours": "rumour",
    "/v1/me/testing-agencies": "sites",
    "/v1/me/exit-permits": "out",
    "/v1/me/plan": "plan",
    "/v1/me/reports": "correct",
}
#: A button that stands on one screen alone.
SCREENS = {"bye:stop": "stop", "l:en": "language", "m:tip_off": "help"}


def _answers(draft: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What is filled in, with the words that wait for their question read as they will be."""
    form = FORMS.get(draft["form"])
    known = dict(draft["answers"])
    now = NOW.astimezone(ZONE)
    for slot in slots(form, known):
        words = draft["hints"].get(slot.key)
        if words is None or slot.key in known:
            continue
        if slot.question.kind is Kind.PLACE:
            found = _places(words, Locale.parse(LANGUAGES[language]))
            if len(found["candidates"]) == 1:
                known[slot.key] = {"area": found["candidates"][0]["code"]}
        elif isinstance(reading := read(slot.question, words, now=now), Understood):
            known[slot.key] = reading.value
    return {key.rpartition(".")[2]: value for key, value in known.items()}


def verdict(said: Said, got: Heard) -> tuple[str, str]:
    """`understood`, `asked back` or `wrong`, and what of it."""
    if got.means not in (said.means, *ALSO.get(said.means, ())):
        # The form for what somebody wants is never wrong to be shown as a choice; another form is.
        return ("asked back" if got.means == "menu" else "wrong"), got.means
    missing = []
    for key, value in said.has.items():
        if key not in got.answers:
            missing.append(key)
        elif not _same(value, got.answers[key]):
            return "wrong", f"{key} {got.answers[key]!r}"
    surplus = {key for key, value in got.answers.items() if key not in said.has and value is not None} - NOT_SAID
    surplus -= SURE.get(got.means, set())
    if surplus:
        return "wrong", f"{sorted(surplus)} {[got.answers[key] for key in sorted(surplus)]!r}"
    return ("asked back", ", ".join(missing)) if missing else ("understood", "")


#: Who asks for a feast or a journey without saying how many come, or where it goes, is asked the rest in a form.
ALSO = {"ask:hold": ("event",), "ask:travel": ("ask_travel",)}
#: Follows from the form being this one, or is harmless to say more of: the moment of arriving, the day beside its hour.
SURE = {
    "travel": {"travelled", "arrived_at", "departed_on"},
    "arrived": {"at"},
    "contact": {"met_anyone", "place", "on"},
    "arrival": {"arrives_at"},
    "symptoms": {"onset"},
    "result": {"sampled_at", "site"},
    "event": {"kind"},
    "residence": {"from_on", "to_on", "still", "kind"},
    "check_in": {"temperature"},
    "difficulty": {"words"},
    "tip_off": {"words"},
    "family": {"relation"},
}


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(got, dict):
        return wanted in (got.get("area"), got.get("country"))
    if isinstance(wanted, list):
        return sorted(wanted) == sorted(got)
    if isinstance(wanted, date):
        return str(got)[:10] == wanted.isoformat()
    if isinstance(wanted, str) and "T" in wanted and wanted[:4].isdigit():
        return str(got)[: len(wanted)] == wanted
    return bool(wanted == got)


async def judged(language: str, *, later: bool | None = None) -> list[tuple[Said, str, str]]:
    rows = [said for said in table(language) if later is None or said.later is later]
    chat = Chat(gateway=Town(), language_code=language)
    return [(said, *verdict(said, await heard(chat, said.text, language))) for said in rows]


def counted(rows: list[tuple[Said, str, str]]) -> Counter[str]:
    return Counter(state for _, state, _ in rows)
