"""A drill: who lives and works in a town, what happens there when, and who is expected to hear what at which minute.

Officials write drills as YAML; `read_drill` checks one and names every fault with its place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from gateway.domain.kinds import ReportKind, Role
from gateway.errors import Fault, Invalid

At = tuple[str | int, ...]
Pointing = Callable[[At, str], Fault]


class DrillInvalid(Invalid):
    """This drill cannot be played."""


class Act(StrEnum):
    """What one step does or expects; the word is the step's key in the file."""

    TYPES = "types"
    PRESSES = "presses"
    REPORTS = "reports"
    ACKNOWLEDGES = "acknowledges"
    NOTES = "notes"
    ESCALATES = "escalates"
    RESOLVES = "resolves"
    TICKS = "ticks"
    UNTICKS = "unticks"
    RESULT = "result"
    OUTBREAK = "outbreak"
    CONFIRMS_LIST = "confirms_list"
    PUBLISHES_LIST = "publishes_list"
    CHECKLIST = "checklist"
    HEARS = "hears"
    HEARS_NOTHING = "hears_nothing"

    @property
    def expects(self) -> bool:
        return self in (Act.HEARS, Act.HEARS_NOTHING)


#: Who can do it: residents, officials, nobody in particular ("set-up"), or both.
_BY_RESIDENTS = frozenset({Act.TYPES, Act.PRESSES, Act.REPORTS})
_BY_ANYBODY = frozenset({Act.HEARS, Act.HEARS_NOTHING})
_BY_NOBODY = frozenset({Act.CHECKLIST})

#: What else a step may say, beside `at`, `who` and the act.
_DETAILS: Mapping[Act, frozenset[str]] = {
    Act.REPORTS: frozenset({"answers", "said"}),
    Act.RESOLVES: frozenset({"note"}),
    Act.HEARS_NOTHING: frozenset({"since"}),
}
#: What an act that takes a mapping must and may say.
_MAPPINGS: Mapping[Act, tuple[frozenset[str], frozenset[str]]] = {
    Act.RESULT: (frozenset({"person", "test", "sampled_at"}), frozenset({"value", "resulted_at", "site"})),
    Act.OUTBREAK: (frozenset({"area", "first_case", "last_case"}), frozenset({"name"})),
    Act.CHECKLIST: (frozenset({"file", "area"}), frozenset({"coordinators"})),
}


@dataclass(frozen=True, slots=True)
class Dweller:
    """A resident of the drill."""

    name: str
    area: str
    grid: str | None = "1"
    language: str = "zh_Hans_CN"


@dataclass(frozen=True, slots=True)
class Post:
    """An official of the drill, on duty from its beginning."""

    name: str
    role: Role
    area: str
    language: str = "zh_Hans_CN"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is local time. `what` is the act's own value; `details` is the rest of the step."""

    number: int
    at: datetime
    act: Act
    who: tuple[str, ...]
    what: Any
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drill:
    """`packs` are put in force before the beginning, with the demo's values where a notice leaves one open."""

    title: str
    starts: datetime
    packs: tuple[str, ...]
    residents: tuple[Dweller, ...]
    officials: tuple[Post, ...]
    steps: tuple[Step, ...]


def read_drill(content: Mapping[str, Any], point: Pointing) -> Drill:
    """The drill a file's values describe. Raises DrillInvalid with every fault, pointed at by `point`."""
    return _Reading(content, point).read()


class _Reading:
    def __init__(self, content: Mapping[str, Any], point: Pointing) -> None:
        self.content = content
        self.point = point
        self.faults: list[Fault] = []

    def wrong(self, at: At, message: str) -> None:
        self.faults.append(self.point(at, message))

    def read(self) -> Drill:
        known = {"drill", "starts", "packs", "residents", "officials", "steps"}
        for odd in self.content.keys() - known:
            self.wrong((odd,), "is not part of a drill")
        starts = self._starts()
        residents = tuple(self._dweller(name, said) for name, said in self._people("residents"))
        officials = tuple(self._post(name, said) for name, said in self._people("officials"))
        cast = {one.name: "resident" for one in residents} | {one.name: "official" for one in officials}
        for name in {one.name for one in residents} & {one.name for one in officials}:
            self.wrong(("officials", name), "stands among the residents too")
        steps = self._steps(starts, cast)
        if self.faults:
            raise DrillInvalid(faults=tuple(self.faults))
        assert starts is not None
        packs = self.content.get("packs") or []
        named = [packs] if isinstance(packs, str) else packs
        title = str(self.content.get("drill") or "")
        return Drill(title, starts, tuple(str(one) for one in named), residents, officials, steps)

    def _starts(self) -> datetime | None:
        try:
            return _moment(self.content.get("starts"), None)
        except ValueError:
            self.wrong(("starts",), "a day and time are needed, like 2021-01-15 07:20")
            return None

    def _people(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        people = self.content.get(kind) or {}
        if not isinstance(people, Mapping):
            self.wrong((kind,), "names with what they are expected")
            return []
        found = []
        for name, said in people.items():
            if not isinstance(said, Mapping) or not said.get("area"):
                self.wrong((kind, name), "an area is needed")
                continue
            found.append((str(name), said))
        return found

    def _odd(self, at: At, said: Mapping[str, Any], known: set[str]) -> None:
        for odd in said.keys() - known:
            self.wrong((*at, odd), f"is not known here; known: {', '.join(sorted(known))}")

    def _dweller(self, name: str, said: Mapping[str, Any]) -> Dweller:
        self._odd(("residents", name), said, {"area", "grid", "language"})
        grid = said.get("grid", "1")
        return Dweller(name, str(said["area"]), None if grid is None else str(grid), said.get("language", "zh_Hans_CN"))

    def _post(self, name: str, said: Mapping[str, Any]) -> Post:
        self._odd(("officials", name), said, {"role", "area", "language", "unit"})
        role = said.get("role")
        if role not in list(Role):
            self.wrong(("officials", name), f"a role is needed: {', '.join(Role)}")
            role = Role.COUNTY
        return Post(name, Role(role), str(said["area"]), said.get("language", "zh_Hans_CN"), said.get("unit"))

    def _steps(self, starts: datetime | None, cast: Mapping[str, str]) -> tuple[Step, ...]:
        said = self.content.get("steps")
        if not isinstance(said, Sequence) or isinstance(said, str) or not said:
            self.wrong(("steps",), "a list of steps is needed")
            return ()
        steps: list[Step] = []
        last = starts
        for number, one in enumerate(said):
            step = self._step(number, one, last, cast)
            if step is None:
                continue
            if last is not None and step.at < last:
                self.wrong(("steps", number), f"comes before the step above it ({last:%Y-%m-%d %H:%M})")
            last = step.at
            steps.append(step)
        return tuple(steps)

    def _step(self, number: int, said: Any, last: datetime | None, cast: Mapping[str, str]) -> Step | None:
        at: At = ("steps", number)
        if not isinstance(said, Mapping):
            self.wrong(at, "at, who and what happens are expected")
            return None
        acts = [act for act in Act if act in said]
        if len(acts) != 1:
            self.wrong(at, f"exactly one of these is needed: {', '.join(Act)}")
            return None
        act = acts[0]
        self._odd(at, said, {"at", "who", act, *_DETAILS.get(act, ())})
        try:
            moment = _moment(said.get("at"), last)
        except ValueError:
            self.wrong((*at, "at"), "a time is needed, like 07:35 or 2021-01-15 07:35")
            return None
        self._what(at, act, said[act])
        who = self._who(at, act, said.get("who"), cast)
        details = {key: plain(said[key]) for key in _DETAILS.get(act, ()) if key in said}
        if "since" in details:
            try:
                details["since"] = _moment(said["since"], moment)
            except ValueError:
                self.wrong((*at, "since"), "a time is needed, like 07:35")
        return Step(number, moment, act, who, plain(said[act]), details)

    def _who(self, at: At, act: Act, said: Any, cast: Mapping[str, str]) -> tuple[str, ...]:
        if act in _BY_NOBODY and said is None:
            return ()
        who = tuple(str(one) for one in said) if isinstance(said, list) else (str(said),) if said else ()
        if not who or (len(who) > 1 and not act.expects):
            self.wrong(at, f"who {act}? One of: {', '.join(cast)}")
        for name in who:
            if name not in cast:
                self.wrong((*at, "who"), f"nobody here is called {name}")
            elif act not in _BY_ANYBODY and (cast[name] == "resident") != (act in _BY_RESIDENTS):
                self.wrong((*at, "who"), f"{name} is among the {cast[name]}s, who cannot do this ({act})")
        return who

    def _what(self, at: At, act: Act, what: Any) -> None:
        if act is Act.REPORTS and what not in list(ReportKind):
            self.wrong((*at, act), f"a report is one of: {', '.join(ReportKind)}")
        if act in (Act.TICKS, Act.UNTICKS):
            numbers = what if isinstance(what, list) else [what]
            if not all(isinstance(one, str) for one in numbers):
                self.wrong((*at, act), 'write item numbers in quotes, like "1.10"')
        if act not in _MAPPINGS:
            return
        needed, allowed = _MAPPINGS[act]
        if not isinstance(what, Mapping):
            self.wrong((*at, act), f"needs {', '.join(sorted(needed))}")
            return
        for missing in needed - what.keys():
            self.wrong((*at, act), f"{missing} is missing")
        self._odd((*at, act), what, {*needed, *allowed})


def _moment(said: Any, last: datetime | None) -> datetime:
    """A local time; a bare hour belongs to the day of the step before. YAML reads 17:30 as a number of minutes."""
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 24 * 60:
        said = f"{said // 60:02}:{said % 60:02}"
    if isinstance(said, datetime):
        return said.replace(tzinfo=None)
    if isinstance(said, date) or not isinstance(said, str):
        raise ValueError(said)
    if len(said) <= 5 and last is not None:
        return datetime.combine(last.date(), time.fromisoformat(said.zfill(5)))
    if len(said) < 16:
        raise ValueError(said)
    return datetime.fromisoformat(said).replace(tzinfo=None)


def plain(value: Any) -> Any:
    """Dates back as text, as forms and lists give them."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value
