"""One message to many: whom it is for, in which order they hear it, what each reads, and how the account closes.

draft -> approved -> running <-> paused -> sent | stopped
  ^  rejected           an edit leads back to draft, and voids what was approved
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.domain.deliveries import after_quiet_hours
from gateway.domain.guidance import Reach
from gateway.domain.kinds import BroadcastId, BroadcastState, ChannelName, DeliveryState, RecipientState
from gateway.domain.rules import Words
from gateway.domain.scopes import AREA_DIGITS

#: Why somebody did not hear it, as the ledger says it.
NO_ADDRESS = "no address"
SAME_ADDRESS = "told at this address already"
STOPPED_EARLY = "broadcast stopped"
ERASED = "data erased"

#: Words may still be changed.
WRITABLE = (BroadcastState.DRAFT, BroadcastState.REJECTED, BroadcastState.APPROVED)
#: What a second person may release.
RELEASABLE = (BroadcastState.DRAFT,)


# -- for whom


@dataclass(frozen=True, slots=True)
class ConcernedPlace:
    """A listed place some hear of: where its neighbours live, and what became of it (a notice may tell only some)."""

    area: str | None = None
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears. Somebody belongs to it who lives in one of the areas (or, with `places`, was in one of them) and
    fits everything else that is named. `within` is the area of whoever wrote it; empty: everywhere."""

    areas: tuple[str, ...] = ()
    within: str = ""
    languages: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    units: tuple[UUID, ...] = ()
    places: Mapping[str, ConcernedPlace] = field(default_factory=lambda: MappingProxyType({}))
    heads_only: bool = False
    officials: bool = False
    nearest: str = ""
    reach: Reach = Reach.FIRST
    corrects: BroadcastId | None = None
    risk_list: str | None = None
    topic: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Only what is named, so that the same audience always has the same hash."""
        plain: dict[str, Any] = {
            "areas": list(self.areas),
            "within": self.within,
            "languages": list(self.languages),
            "profiles": list(self.profiles),
            "units": [str(one) for one in self.units],
            "places": {key: [one.area, one.change] for key, one in self.places.items()},
            "heads_only": self.heads_only,
            "officials": self.officials,
            "nearest": self.nearest,
            "reach": self.reach.value,
            "corrects": str(self.corrects) if self.corrects else None,
            "risk_list": self.risk_list,
            "topic": self.topic,
        }
        return {name: value for name, value in plain.items() if value}

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> "Audience":
        """`area` is how one area was kept before there could be several."""
        return cls(
            areas=tuple(plain.get("areas") or ([plain["area"]] if plain.get("area") else ())),
            within=plain.get("within", ""),
            languages=tuple(plain.get("languages", ())),
            profiles=tuple(plain.get("profiles", ())),
            units=tuple(UUID(one) for one in plain.get("units", ())),
            places={key: ConcernedPlace(*one) for key, one in plain.get("places", {}).items()},
            heads_only=bool(plain.get("heads_only")),
            officials=bool(plain.get("officials")),
            nearest=plain.get("nearest", ""),
            reach=Reach(plain.get("reach", Reach.FIRST)),
            corrects=BroadcastId(UUID(plain["corrects"])) if plain.get("corrects") else None,
            risk_list=plain.get("risk_list"),
            topic=plain.get("topic"),
        )


def rings(audience: Audience) -> tuple[str, ...]:
    """The areas that hear first, the nearest to the risk first: the unit, its township, its county (E-B).

    Whoever lives in none of them comes last. Where no place is named as the nearest, the innermost area leads.
    """
    innermost = [area for area in audience.areas if len(area) == max(map(len, audience.areas))]
    nearest = audience.nearest or (innermost[0] if len(innermost) == 1 and not audience.places else "")
    around = [nearest[:digits] for digits in reversed(AREA_DIGITS) if 6 <= digits <= len(nearest)]
    return tuple(one for one in around if len(one) in (6, 9) or one == nearest)


def lines_for(audience: Audience, homes: Iterable[str | None], matched: Iterable[str]) -> tuple[str, ...]:
    """Which listed places somebody hears of: those they were in, and those of the township they live in."""
    lives = [home for home in homes if home]
    here = (
        key
        for key, place in audience.places.items()
        if place.area is not None and any(home.startswith(place.area[:9]) for home in lives)
    )
    return tuple(dict.fromkeys([*matched, *here]))


# -- what is said


class Hole(StrEnum):
    """What may stand in a text for each reader's own; nothing else can be filled in."""

    NAME = "name"
    AREA = "area"
    DAY = "day"


_HOLES = {"name": Hole.NAME, "姓名": Hole.NAME, "area": Hole.AREA, "住地": Hole.AREA, "day": Hole.DAY, "日期": Hole.DAY}
_HOLE = re.compile(r"\(\(\s*([^()|]{1,40}?)\s*(?:\|\s*([^()|]{0,40}?)\s*)?\)\)")
#: What stands there for whom the value is not known.
FALL_BACK: Mapping[Hole, Words] = {
    Hole.NAME: Words(zh="居民朋友", en="neighbour"),
    Hole.AREA: Words(zh="本地", en="your area"),
    Hole.DAY: Words(zh="今天", en="today"),
}


def holes(text: str) -> frozenset[Hole]:
    return frozenset(_HOLES[found[1]] for found in _HOLE.finditer(text) if found[1] in _HOLES)


def unknown_holes(text: str) -> tuple[str, ...]:
    """What stands in double brackets and cannot be filled in."""
    known = [found[0] for found in _HOLE.finditer(text) if found[1] in _HOLES]
    return tuple(one for one in re.findall(r"\(\([^()]*\)\)", text) if one not in known)


def filled(text: str, language: str, value_of: Callable[[Hole], str | None]) -> str:
    """The text as one person reads it: their own value, else the fall-back written into the hole, else the usual."""

    def fill(found: re.Match[str]) -> str:
        hole = _HOLES.get(found[1])
        if hole is None:
            return found[0]
        usual = FALL_BACK[hole]
        return value_of(hole) or found[2] or (usual.zh if language.startswith("zh") else usual.en)

    return _HOLE.sub(fill, text)


def around_all(areas: Sequence[str]) -> str:
    """The smallest division around all of these areas; empty where they share none."""
    if not areas:
        return ""
    around = (areas[0][:digits] for digits in reversed(AREA_DIGITS) if digits <= len(areas[0]))
    return next((one for one in around if all(area.startswith(one) for area in areas)), "")


def language_for(reader: str, written: Iterable[str], otherwise: str) -> str:
    """In which of the written languages somebody reads it: their own, one of the same first part, else the usual."""
    wanted = reader.replace("-", "_")
    known = tuple(written)
    if wanted in known:
        return wanted
    first = wanted.split("_")[0].lower()
    near = next((one for one in known if one.split("_")[0].lower() == first), None)
    return near or (otherwise if otherwise in known else known[0])


def content_hash(content: Mapping[str, Any], audience: Mapping[str, Any], schedule: Mapping[str, Any]) -> str:
    """Names every word, everybody it is for and when it goes: whoever approves the hash approves exactly these."""
    named = {"content": content, "audience": audience, "schedule": schedule}
    plain = json.dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")


def sms_segments(text: str) -> int:
    """How many short messages a text costs: 160 signs of the GSM alphabet, or 70 of any other, less when joined."""
    if all(sign in _GSM or sign in _GSM_TWICE for sign in text):
        signs = sum(2 if sign in _GSM_TWICE else 1 for sign in text)
        return 1 if signs <= 160 else math.ceil(signs / 153)
    signs = len(text.encode("utf-16-le")) // 2
    return 1 if signs <= 70 else math.ceil(signs / 67)


# -- when


@dataclass(frozen=True, slots=True)
class Schedule:
    """When it goes out: at once after approval unless a time is named; `wakes` also in the quiet hours."""

    send_at: datetime | None = None
    wakes: bool = True
    acknowledged: bool = False

    def as_json(self) -> dict[str, Any]:
        plain = {
            "send_at": self.send_at.isoformat() if self.send_at else None,
            "wakes": self.wakes,
            "acknowledged": self.acknowledged,
        }
        return {name: value for name, value in plain.items() if value}

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> "Schedule":
        said = plain.get("send_at")
        return cls(
            datetime.fromisoformat(said) if said else None,
            bool(plain.get("wakes")),
            bool(plain.get("acknowledged")),
        )


def goes_at(schedule: Schedule, now: datetime, *, quiet_from: time, quiet_to: time, zone: ZoneInfo) -> datetime:
    """The next moment copies may leave: now, the time that was named, or the end of the quiet hours."""
    moment = max(now, schedule.send_at) if schedule.send_at else now
    return moment if schedule.wakes else after_quiet_hours(moment, quiet_from, quiet_to, zone)


def takes(by_channel: Mapping[ChannelName, int], rates: Mapping[ChannelName, float], usual: float) -> timedelta:
    """How long it takes at the present budgets; channels go side by side, so the slowest counts."""
    spans = [count / rates.get(channel, usual) for channel, count in by_channel.items()]
    return timedelta(seconds=math.ceil(max(spans, default=0)))


# -- the account


@dataclass(frozen=True, slots=True)
class Outcome:
    state: RecipientState
    why: str | None = None


def outcome(copies: Sequence[tuple[DeliveryState, str | None]]) -> Outcome | None:
    """What became of somebody by their copies; None while one is under way. One that arrived is enough."""
    states = {state for state, _ in copies}
    if states & {DeliveryState.SENT, DeliveryState.SEEN}:
        return Outcome(RecipientState.SENT)
    if states & {DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.HELD}:
        return None
    for state, becomes in (
        (DeliveryState.UNCERTAIN, RecipientState.UNCERTAIN),
        (DeliveryState.SUPPRESSED, RecipientState.SUPPRESSED),
        (DeliveryState.FAILED, RecipientState.FAILED),
    ):
        if state in states:
            return Outcome(becomes, next((why for copy, why in copies if copy is state), None))
    return Outcome(RecipientState.FAILED, NO_ADDRESS)


@dataclass(frozen=True, slots=True)
class Figures:
    """snapshot = sent + failed + uncertain + suppressed + waiting, at every moment."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    suppressed: int = 0

    @property
    def snapshot(self) -> int:
        return self.waiting + self.sent + self.failed + self.uncertain + self.suppressed

    def gathered(self, count: int) -> "Figures":
        return self._with(waiting=self.waiting + count)

    def settled(self, outcomes: Iterable[RecipientState]) -> "Figures":
        """Each was waiting before."""
        counts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for state in outcomes:
            counts["waiting"] -= 1
            counts[state.value] += 1
        return Figures(**counts)

    def _with(self, **changed: int) -> "Figures":
        return Figures(**{name: changed.get(name, getattr(self, name)) for name in self.__dataclass_fields__})

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def of_json(cls, plain: Mapping[str, Any] | None) -> "Figures":
        return cls(**{name: int((plain or {}).get(name, 0)) for name in cls.__dataclass_fields__})
