"""A drill: who lives and works in a town, what happens there when, and who is expected to hear what at which minute.

Officials write drills as YAML; `read_drill` checks one and names every fault with its place.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from gateway.domain.drill_calls import CALLS, Doer
from gateway.domain.kinds import ReportKind, Role
from gateway.errors import Fault, Invalid

At = tuple[str | int, ...]
Pointing = Callable[[At, str], Fault]


class DrillInvalid(Invalid):
    """This drill cannot be played."""


class Act(StrEnum):
    """What the player itself knows how to do or check; everything else is a call to the API, by its name in CALLS."""

    TYPES = "types"
    PRESSES = "presses"
    REPORTS = "reports"
    READS = "reads"
    ACKNOWLEDGES = "acknowledges"
    NOTES = "notes"
    ESCALATES = "escalates"
    RESOLVES = "resolves"
    TICKS = "ticks"
    UNTICKS = "unticks"
    OUTBREAK = "outbreak"
    CONFIRMS_LIST = "confirms_list"
    PUBLISHES_LIST = "publishes_list"
    CHECKLIST = "checklist"
    CALLS = "calls"
    HEARS = "hears"
    HEARS_NOTHING = "hears_nothing"
    SEES = "sees"
    PLAN = "plan"


#: The step's key in a file is one of these.
ACTS: tuple[str, ...] = (*Act, *CALLS)
_EXPECTING = frozenset({Act.HEARS, Act.HEARS_NOTHING, Act.SEES, Act.PLAN})

#: Who can do it, where it is not what officials do on their desks.
_BY: Mapping[str, Doer] = {
    Act.TYPES: Doer.RESIDENT,
    Act.PRESSES: Doer.RESIDENT,
    Act.REPORTS: Doer.RESIDENT,
    Act.READS: Doer.RESIDENT,
    Act.SEES: Doer.RESIDENT,
    Act.PLAN: Doer.RESIDENT,
    Act.CALLS: Doer.ANYBODY,
    Act.HEARS: Doer.ANYBODY,
    Act.HEARS_NOTHING: Doer.ANYBODY,
}
_BY_NOBODY = frozenset({Act.CHECKLIST})

#: What else a step may say, beside `at`, `who` and the act.
_ANSWERED = frozenset({"as", "shows", "refused"})
_DETAILS: Mapping[str, frozenset[str]] = {
    Act.REPORTS: frozenset({"answers", "said", "as", "shows", "refused"}),
    Act.ACKNOWLEDGES: frozenset({"about"}),
    Act.RESOLVES: frozenset({"note", "about"}),
    Act.CALLS: _ANSWERED | {"with"},
    Act.HEARS: frozenset({"times"}),
    Act.HEARS_NOTHING: frozenset({"since"}),
}
#: What an act that takes a mapping must and may say.
_MAPPINGS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    Act.OUTBREAK: (frozenset({"area", "first_case", "last_case"}), frozenset({"name"})),
    Act.CHECKLIST: (frozenset({"file", "area"}), frozenset({"coordinators"})),
    Act.PLAN: (frozenset({"profile"}), frozenset({"state", "note", "items", "periods"})),
    **{name: (call.needed, call.allowed) for name, call in CALLS.items()},
}
_METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class InForce:
    """A pack put in force before the beginning, in its own jurisdiction or in `area`.

    `overlays` are `demo` (the values notices leave open, invented) or files beside the drill.
    """

    pack: str
    area: str | None = None
    overlays: tuple[str, ...] = ("demo",)
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the drill; with `many`, so many of them, numbered from 1, each in the area its number ends."""

    name: str
    area: str
    kinds: tuple[str, ...] = ()
    many: int | None = None


@dataclass(frozen=True, slots=True)
class Dweller:
    """A resident of the drill. `unit` is where the person works or learns."""

    name: str
    area: str
    grid: str | None = "1"
    language: str = "zh_Hans_CN"
    unit: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """An official of the drill, on duty from its beginning; with `many`, so many of them, numbered from 1."""

    name: str
    role: Role
    area: str
    language: str = "zh_Hans_CN"
    unit: str | None = None
    many: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,) if self.many is None else tuple(f"{self.name}{n}" for n in range(1, self.many + 1))


@dataclass(frozen=True, slots=True)
class Crowd:
    """Residents nobody speaks for by name. Under a `profile`, each day at `at` a `reports` share of those asked reports
    and a `tests` share of those due is tested, drawn by the drill's seed."""

    name: str
    people: int
    area: str
    grids: int = 1
    profile: str | None = None
    anchors: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None
    at: time = time(9, 30)
    reports: float = 1.0
    tests: float = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is local time. `what` is the act's own value; `details` is the rest of the step."""

    number: int
    at: datetime
    act: str
    who: tuple[str, ...]
    what: Any
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def expects(self) -> bool:
        """Whether it says what must be so, rather than what is done."""
        return self.act in _EXPECTING or not self.details.keys().isdisjoint({"shows", "refused"})


@dataclass(frozen=True, slots=True)
class Drill:
    title: str
    starts: datetime
    packs: tuple[InForce, ...]
    residents: tuple[Dweller, ...]
    officials: tuple[Post, ...]
    steps: tuple[Step, ...]
    units: tuple[Place, ...] = ()
    crowds: tuple[Crowd, ...] = ()
    seed: int = 1
    ends: datetime | None = None


def read_drill(content: Mapping[str, Any], point: Pointing) -> Drill:
    """The drill a file's values describe. Raises DrillInvalid with every fault, pointed at by `point`."""
    return _Reading(_worded(content), point).read()


def _worded(value: Any) -> Any:
    """YAML reads a bare `on` as true; as a field's name it is the day on which something happens."""
    if isinstance(value, Mapping):
        return {"on" if key is True else key: _worded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_worded(one) for one in value]
    return value


class _Reading:
    def __init__(self, content: Mapping[str, Any], point: Pointing) -> None:
        self.content = content
        self.point = point
        self.faults: list[Fault] = []

    def wrong(self, at: At, message: str) -> None:
        self.faults.append(self.point(at, message))

    def read(self) -> Drill:
        known = {"drill", "starts", "ends", "seed", "packs", "units", "residents", "crowds", "officials", "steps"}
        for odd in self.content.keys() - known:
            self.wrong((odd,), f"is not part of a drill; known: {', '.join(sorted(known))}")
        starts = self._moment_of("starts")
        ends = self._moment_of("ends") if "ends" in self.content else None
        packs = self._packs()
        units = tuple(self._unit(name, said) for name, said in self._people("units"))
        residents = tuple(self._dweller(name, said) for name, said in self._people("residents"))
        officials = tuple(self._post(name, said) for name, said in self._people("officials"))
        cast = {one.name: "resident" for one in residents}
        cast |= {name: "official" for one in officials for name in one.names}
        for name in {one.name for one in residents} & {one.name for one in officials}:
            self.wrong(("officials", name), "stands among the residents too")
        crowds = tuple(self._crowd(name, said, cast) for name, said in self._people("crowds"))
        steps = self._steps(starts, cast)
        seed = self.content.get("seed", 1)
        if not isinstance(seed, int):
            self.wrong(("seed",), "a whole number is needed")
        if self.faults:
            raise DrillInvalid(faults=tuple(self.faults))
        assert starts is not None
        title = str(self.content.get("drill") or "")
        return Drill(title, starts, packs, residents, officials, steps, units, crowds, int(seed), ends)

    def _moment_of(self, key: str) -> datetime | None:
        try:
            return _moment(self.content.get(key), None)
        except ValueError:
            self.wrong((key,), "a day and time are needed, like 2021-01-15 07:20")
            return None

    def _packs(self) -> tuple[InForce, ...]:
        said = self.content.get("packs") or []
        found = []
        for number, one in enumerate([said] if isinstance(said, str | Mapping) else said):
            at: At = ("packs", number)
            if isinstance(one, str):
                found.append(InForce(one))
                continue
            if not isinstance(one, Mapping) or not one.get("pack"):
                self.wrong(at, "a pack is needed: its name, or pack with area, overlays and since")
                continue
            self._odd(at, one, {"pack", "area", "overlays", "since"})
            overlays = one.get("overlays", ["demo"])
            since = one.get("since")
            if not isinstance(overlays, list):
                self.wrong((*at, "overlays"), "a list of overlays is needed")
                overlays = []
            if since is not None and (not isinstance(since, date) or isinstance(since, datetime)):
                self.wrong((*at, "since"), "a day is needed, like 2021-01-15")
                since = None
            area = one.get("area")
            found.append(
                InForce(str(one["pack"]), None if area is None else str(area), tuple(map(str, overlays)), since)
            )
        return tuple(found)

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

    def _odd(self, at: At, said: Mapping[str, Any], known: Set[str]) -> None:
        for odd in said.keys() - known:
            self.wrong((*at, odd), f"is not known here; known: {', '.join(sorted(known))}")

    def _number(self, at: At, said: Any, least: float, most: float, message: str) -> Any:
        if isinstance(said, bool) or not isinstance(said, int | float) or not least <= said <= most:
            self.wrong(at, message)
            return least
        return said

    def _many(self, at: At, said: Mapping[str, Any]) -> int | None:
        if "many" not in said:
            return None
        return int(self._number((*at, "many"), said["many"], 1, 1000, "how many? 1 to 1000"))

    def _unit(self, name: str, said: Mapping[str, Any]) -> Place:
        at: At = ("units", name)
        self._odd(at, said, {"area", "kinds", "many"})
        kinds = said.get("kinds") or []
        if not isinstance(kinds, list):
            self.wrong((*at, "kinds"), "a list of kinds is needed")
            kinds = []
        return Place(name, str(said["area"]), tuple(map(str, kinds)), self._many(at, said))

    def _dweller(self, name: str, said: Mapping[str, Any]) -> Dweller:
        self._odd(("residents", name), said, {"area", "grid", "language", "unit", "phone"})
        grid = said.get("grid", "1")
        return Dweller(
            name,
            str(said["area"]),
            None if grid is None else str(grid),
            said.get("language", "zh_Hans_CN"),
            said.get("unit"),
            None if said.get("phone") is None else str(said["phone"]),
        )

    def _post(self, name: str, said: Mapping[str, Any]) -> Post:
        at: At = ("officials", name)
        self._odd(at, said, {"role", "area", "language", "unit", "many"})
        role = said.get("role")
        if role not in list(Role):
            self.wrong(at, f"a role is needed: {', '.join(Role)}")
            role = Role.COUNTY
        language = said.get("language", "zh_Hans_CN")
        return Post(name, Role(role), str(said["area"]), language, said.get("unit"), self._many(at, said))

    def _crowd(self, name: str, said: Mapping[str, Any], cast: Mapping[str, str]) -> Crowd:
        at: At = ("crowds", name)
        self._odd(at, said, {"people", "area", "grids", "profile", "anchors", "by", "at", "reports", "tests"})
        people = int(self._number((*at, "people"), said.get("people"), 1, 100_000, "how many people? 1 to 100000"))
        grids = int(self._number((*at, "grids"), said.get("grids", 1), 1, 999, "how many grids? 1 to 999"))
        shares = [
            float(self._number((*at, key), said.get(key, 1.0), 0, 1, "a share from 0 to 1 is needed"))
            for key in ("reports", "tests")
        ]
        hour = time(9, 30)
        if "at" in said:
            try:
                hour = _hour(said["at"])
            except ValueError:
                self.wrong((*at, "at"), "a time is needed, like 09:30")
        by = said.get("by")
        if "profile" in said and cast.get(str(by)) != "official":
            self.wrong((*at, "by"), "which official puts them under this profile?")
        if name in cast:
            self.wrong(at, "somebody is called so already")
        anchors = said.get("anchors") or {}
        if not isinstance(anchors, Mapping):
            self.wrong((*at, "anchors"), "names with days or times are expected")
            anchors = {}
        profile = said.get("profile")
        return Crowd(name, people, str(said["area"]), grids, profile, plain(anchors), by, hour, *shares)

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
        acts = [act for act in ACTS if act in said]
        if len(acts) != 1:
            self.wrong(at, f"exactly one of these is needed: {', '.join(ACTS)}")
            return None
        act = acts[0]
        known = _ANSWERED if act in CALLS else _DETAILS.get(act, frozenset())
        self._odd(at, said, {"at", "who", act, *known})
        try:
            moment = _moment(said.get("at"), last)
        except ValueError:
            self.wrong((*at, "at"), "a time is needed, like 07:35 or 2021-01-15 07:35")
            return None
        self._what(at, act, said[act])
        who = self._who(at, act, said.get("who"), cast)
        details = {key: plain(said[key]) for key in known if key in said}
        if "since" in details:
            try:
                details["since"] = _moment(said["since"], moment)
            except ValueError:
                self.wrong((*at, "since"), "a time is needed, like 07:35")
        return Step(number, moment, act, who, plain(said[act]), details)

    def _who(self, at: At, act: str, said: Any, cast: Mapping[str, str]) -> tuple[str, ...]:
        if act in _BY_NOBODY and said is None:
            return ()
        who = tuple(str(one) for one in said) if isinstance(said, list) else (str(said),) if said else ()
        if not who or (len(who) > 1 and act not in _EXPECTING):
            self.wrong(at, f"who {act}? One of: {', '.join(cast)}")
        by = CALLS[act].by if act in CALLS else _BY.get(act, Doer.OFFICIAL)
        for name in who:
            if name not in cast:
                self.wrong((*at, "who"), f"nobody here is called {name}")
            elif by is not Doer.ANYBODY and cast[name] != by:
                self.wrong((*at, "who"), f"{name} is among the {cast[name]}s, who cannot do this ({act})")
        return who

    def _what(self, at: At, act: str, what: Any) -> None:
        if act == Act.REPORTS and what not in list(ReportKind):
            self.wrong((*at, act), f"a report is one of: {', '.join(ReportKind)}")
        if act in (Act.TICKS, Act.UNTICKS):
            numbers = what if isinstance(what, list) else [what]
            if not all(isinstance(one, str) for one in numbers):
                self.wrong((*at, act), 'write item numbers in quotes, like "1.10"')
        if act == Act.CALLS:
            method, _, path = str(what).partition(" ")
            if method not in _METHODS or not path.startswith("/v1/"):
                self.wrong((*at, act), f"a method and a path are needed, like GET /v1/duty ({', '.join(_METHODS)})")
        if act not in _MAPPINGS:
            return
        needed, allowed = _MAPPINGS[act]
        if what is None and not needed:
            return
        if not isinstance(what, Mapping):
            self.wrong((*at, act), f"needs {', '.join(sorted(needed))}")
            return
        for missing in sorted(needed - what.keys()):
            self.wrong((*at, act), f"{missing} is missing")
        self._odd((*at, act), what, needed | allowed)


def _hour(said: Any) -> time:
    """YAML reads 17:30 as a number of minutes."""
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 24 * 60:
        return time(said // 60, said % 60)
    if not isinstance(said, str) or len(said) > 5:
        raise ValueError(said)
    return time.fromisoformat(said.zfill(5))


def _moment(said: Any, last: datetime | None) -> datetime:
    """A local time; a bare hour belongs to the day of the step before."""
    if isinstance(said, datetime):
        return said.replace(tzinfo=None)
    if isinstance(said, date):
        raise ValueError(said)
    if last is not None and (not isinstance(said, str) or len(said) <= 5):
        return datetime.combine(last.date(), _hour(said))
    if not isinstance(said, str) or len(said) < 16:
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
