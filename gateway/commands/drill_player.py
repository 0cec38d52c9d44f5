"""Plays a drill in a town: each step is done or checked at its minute, and everything anybody hears is written down."""

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.domain.drill_calls import CALLS
from gateway.domain.drills import Act, Crowd, Drill, Step
from gateway.domain.kinds import ItemKind, ReportKind, ResultValue
from gateway.domain.people import masked_name
from gateway.domain.scopes import Scope
from gateway.errors import ShaodianError
from gateway.schemas.alerts import AlertOut
from gateway.schemas.reports import ReportIn
from gateway.schemas.results import ResultIn
from gateway.services.checklists import fingerprint
from gateway.town import Desk, Neighbour, Person, Refused, Town

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")
_NAMED = re.compile(r"\$([^\s/$?&=]+)")


@dataclass(frozen=True, slots=True)
class Line:
    """`kind`: did, heard, met or unmet. `at` is local time. `heard` names what the message was about."""

    at: datetime
    kind: str
    who: str
    text: str
    people: int = 1

    def __str__(self) -> str:
        return f"{self.at:%m-%d %H:%M} {SIGNS[self.kind]} {self.who}: {short(self.text)}"


SIGNS = {"did": "·", "heard": "→", "met": "✓", "unmet": "✗"}


class Unmet(Exception):
    """Somebody did not hear what was expected, or heard what was not."""


async def play(drill: Drill, town: Town, *, folder: Path) -> AsyncIterator[Line]:
    """The drill's timeline as it happens; ends with the first unmet expectation. Files are looked for in `folder`."""
    player = Player(drill, town, folder)
    try:
        await player.settle()
    except (ShaodianError, Refused, AssertionError, OSError) as refused:
        yield Line(drill.starts, "unmet", "set-up", f"the town could not be set up: {_why(refused)}")
        return
    for step in drill.steps:
        async for line in player.until(step.at):
            yield line
        try:
            what = await player.take(step)
        except Unmet as unmet:
            yield player.line(step, "unmet", str(unmet))
            return
        except (ShaodianError, Refused, AssertionError, OSError) as refused:
            yield player.line(step, "unmet", f"step {step.number + 1} ({step.act}) could not be done: {_why(refused)}")
            return
        yield player.line(step, "met" if step.expects else "did", what)
        for line in player.heard():
            yield line
    if drill.ends is not None:
        async for line in player.until(drill.ends):
            yield line


@dataclass
class Player:
    drill: Drill
    town: Town
    folder: Path
    people: dict[str, Person] = field(default_factory=dict)
    units: dict[str, UUID] = field(default_factory=dict)
    crowds: dict[str, list[Neighbour]] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    told: int = 0
    _chance: random.Random = field(default_factory=random.Random)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)

    # the beginning

    async def settle(self) -> None:
        """Packs in force, everybody in place."""
        self._chance.seed(self.drill.seed)
        for pack in self.drill.packs:
            for overlay in pack.overlays:
                if overlay != "demo":
                    self.town.house.packs.know_overlay(overlay, self.folder / overlay)
            await self.town.activate(pack.pack, area=pack.area, overlays=pack.overlays, since=pack.since)
        for place in self.drill.units:
            for number in range(1, (place.many or 1) + 1):
                name = f"{place.name}{number}" if place.many else place.name
                area = f"{place.area}{number:03}" if place.many and len(place.area) == 9 else place.area
                self.units[name] = await self.town.unit(name, area=area, kinds=place.kinds)
        for dweller in self.drill.residents:
            person = await self.town.resident(
                dweller.name, area=dweller.area, grid=dweller.grid, language=dweller.language, phone=dweller.phone
            )
            self._is_here(person)
            if dweller.unit is not None:
                await self.town.works_at(person, await self._unit(dweller.unit, dweller.area[:6]))
        for post in self.drill.officials:
            unit = await self._unit(post.unit, post.area) if post.unit is not None else None
            for name in post.names:
                self._is_here(
                    await self.town.official(name, post.role, post.area, language=post.language, unit_id=unit)
                )
        await self.town.quiet()
        for crowd in self.drill.crowds:
            await self._gather(crowd)

    def _is_here(self, person: Person) -> None:
        self.people[person.name] = person
        self._names[person.channel, person.handle] = person.name

    async def _unit(self, name: str, area: str) -> UUID:
        if name not in self.units:
            self.units[name] = await self.town.house.checklists.open_unit(name, area=area, official=None)
        return self.units[name]

    # crowds

    async def _gather(self, crowd: Crowd) -> None:
        members = await self.town.crowd(crowd.name, crowd.people, area=crowd.area, grids=crowd.grids)
        self.crowds[crowd.name] = members
        self._names.update({(one.channel, one.handle): crowd.name for one in members})
        if crowd.profile is None:
            return
        official = self._official(str(crowd.by)).official
        anchors = {name: self._anchor(said) for name, said in crowd.anchors.items()}
        for one in members:
            await self.town.house.follow_ups.place(
                one.id, profile=crowd.profile, anchors=anchors, reason="演练", official=official
            )
        await self.town.quiet()

    def _anchor(self, said: str) -> date | datetime:
        return self.town.moment(said) if _MOMENT.fullmatch(said) else date.fromisoformat(said)

    async def _answers(self, crowd: Crowd) -> Line | None:
        """Those of a crowd who do today what is asked of them; the drill's seed says who."""
        members = {one.id: one for one in self.crowds[crowd.name]}
        place = {resident_id: number for number, resident_id in enumerate(members)}
        async with self.town.house.transactions.begin(Scope.of_work("drill")) as work:
            asked = await work.follow_ups.open_items_of(list(members), self.town.clock.now())
        # Ids are drawn anew each time; who stands where in the crowd is not.
        asked.sort(key=lambda one: (place[one[0]], one[1].opens_at, one[1].key))
        reported = tested = 0
        for resident_id, item in asked:
            share = crowd.tests if item.kind is ItemKind.TEST else crowd.reports
            if self._chance.random() >= share:
                continue
            if item.kind is ItemKind.CHECK_IN:
                reported += 1
                await members[resident_id].gateway.report(
                    ReportIn(
                        instance_id=UUID(int=self._chance.getrandbits(128)),
                        form=ReportKind.CHECK_IN,
                        form_version=1,
                        answers={"well": True, "symptoms": []},
                    )
                )
            elif item.kind is ItemKind.TEST and item.test is not None:
                tested += 1
                await self.town.house.results.record(
                    ResultIn(
                        resident_id=resident_id,
                        test=item.test,
                        sampled_at=self.town.clock.now(),
                        value=ResultValue.NEGATIVE,
                        site="采样点",
                    ),
                    official=self._official(str(crowd.by)).official,
                )
        await self.town.quiet()
        if not reported and not tested:
            return None
        return Line(self._local(self.town.clock.now()), "did", crowd.name, f"{reported} report, {tested} tested")

    # time

    async def until(self, at: datetime) -> AsyncIterator[Line]:
        """Let time pass up to a local moment; crowds do what they do on the way."""
        target = self.moment(at)
        for moment, crowd in self._crowd_moments(target):
            await self.town.until(moment)
            for line in self.heard():
                yield line
            done = await self._answers(crowd)
            if done is not None:
                yield done
        await self.town.until(target)
        for line in self.heard():
            yield line

    def _crowd_moments(self, target: datetime) -> list[tuple[datetime, Crowd]]:
        found = []
        now = self.town.clock.now()
        for crowd in self.drill.crowds:
            if crowd.profile is None:
                continue
            day = self._local(now).date()
            while (moment := self.moment(datetime.combine(day, crowd.at))) <= target:
                if moment > now:
                    found.append((moment, crowd))
                day += timedelta(days=1)
        return sorted(found, key=lambda one: one[0])

    def moment(self, at: datetime) -> datetime:
        return self.town.moment(f"{at:%Y-%m-%d %H:%M}")

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.town.house.words.zone).replace(tzinfo=None)

    # what is told

    def line(self, step: Step, kind: str, text: str) -> Line:
        return Line(step.at, kind, ", ".join(step.who) or "set-up", text)

    def heard(self) -> list[Line]:
        """What was said since the last look; a crowd's messages of one minute are one line."""
        new = self.town.said[self.told :]
        self.told = len(self.town.said)
        lines: list[Line] = []
        together: dict[tuple[datetime, str], int] = {}
        for said in new:
            name = self._names.get((said.channel, said.handle))
            if name is None:
                continue
            at = self._local(said.at)
            known = together.get((at, name)) if name in self.crowds else None
            if known is not None:
                before = lines[known]
                lines[known] = Line(at, "heard", name, before.text, before.people + 1)
                continue
            together[at, name] = len(lines)
            lines.append(Line(at, "heard", name, said.text))
        return lines

    # steps

    async def take(self, step: Step) -> str:
        """Do or check one step; what to say of it."""
        own = _ACTS.get(step.act)
        said = await own(self, step) if own else await self._call(step)
        await self.town.quiet()
        return said

    async def hears(self, step: Step) -> str:
        words, at = _listed(step.what), self.moment(step.at)
        told = " + ".join(repr(one) for one in words)
        for name in step.who:
            messages = self._person(name).messages
            found = [said for said in messages if all(one in said.text for one in words)]
            times = [f"{self._local(said.at):%m-%d %H:%M}" for said in found]
            if "times" in step.details:
                expected = [str(one) for one in step.details["times"]]
                if times != expected:
                    raise Unmet(f"{name} should hear {told} at {', '.join(expected)}, but heard it {_when(times)}")
            elif not any(said.at == at for said in found):
                others = [said.text for said in messages if said.at == at]
                then = f"; heard then: {' | '.join(short(text) for text in others)}" if others else ""
                when = f"only at {', '.join(times)}" if times else "never"
                raise Unmet(f"{name} should hear {told} at {step.at:%m-%d %H:%M}, but heard it {when}{then}")
        return f"hears {told}" + (f" at {', '.join(step.details['times'])}" if "times" in step.details else "")

    async def hears_nothing(self, step: Step) -> str:
        words = str(step.what or "")
        since = self.moment(step.details["since"]) if "since" in step.details else None
        for name in step.who:
            try:
                self._person(name).heard_nothing(words, since=since)
            except AssertionError as spoken:
                raise Unmet(f"{spoken}, but should hear nothing{f' of {words!r}' if words else ''}") from spoken
        return f"hears nothing{f' of {words!r}' if words else ''}"

    async def sees(self, step: Step) -> str:
        for name in step.who:
            shown = await self._resident(name).sees()
            for words in _listed(step.what):
                if not any(words in one for one in shown):
                    raise Unmet(f"{name} should see {words!r}, but sees {' | '.join(short(one) for one in shown[-4:])}")
        return f"sees {' + '.join(repr(one) for one in _listed(step.what))}"

    async def plan(self, step: Step) -> str:
        """The newest plan of that profile, by its items and periods; a bare time is when it is due or ends."""
        expected = step.what
        for name in step.who:
            answer = await self._resident(name).calls("GET", "/v1/me/plan", {})
            plans = [one for one in answer.json()["plans"] if one["profile"] == expected["profile"]]
            if not plans and expected.get("state") == "none":
                continue
            if not plans:
                raise Unmet(f"{name} should be under {expected['profile']}, but is not")
            shown = plans[-1]
            wanted = {key: expected[key] for key in ("state", "note") if key in expected}
            wrong = self._differs(wanted, shown, name)
            items = {one["key"]: one for one in shown["items"]}
            for key, said in (expected.get("items") or {}).items():
                what = said if isinstance(said, Mapping) else {"due_at": said}
                wrong = wrong or (
                    self._differs(what, items[key], f"{name}, {key}")
                    if key in items
                    else f"{name} should have {key}; has {', '.join(items)}"
                )
            periods = {one["kind"]: one for one in shown["periods"]}
            for kind, said in (expected.get("periods") or {}).items():
                what = said if isinstance(said, Mapping) else {"ends_at": said}
                wrong = wrong or (
                    self._differs(what, periods[kind], f"{name}, {kind}")
                    if kind in periods
                    else f"{name} should have a period {kind}; has {', '.join(periods)}"
                )
            if wrong:
                raise Unmet(wrong)
        return f"has the plan {expected['profile']}"

    # the API

    async def _call(self, step: Step) -> str:
        """A call of the table: the person, plan, lead or contact is looked up, the rest is handed in."""
        call = CALLS[step.act]
        given = {**call.given, **self._resolved(step.what or {})}
        person = given.pop("person", None)
        path = call.path
        for word in re.findall(r"{(\w+)}", path):
            path = path.replace(f"{{{word}}}", str(await self._path_word(word, person, given, step)))
        if person is not None and call.person_as is not None:
            given[call.person_as] = str(self._resident(str(person)).id)
        return await self._ask(step, call.method, path, given, f"{step.act}: {_told(step.what or {})}")

    async def calls(self, step: Step) -> str:
        method, _, path = str(step.what).partition(" ")
        given = self._resolved(step.details.get("with") or {})
        return await self._ask(step, method, str(self._resolved(path)), given, str(step.what))

    async def _ask(self, step: Step, method: str, path: str, given: Mapping[str, Any], said: str) -> str:
        answer = await self._person(step.who[0]).calls(method, path, given)
        content = answer.json() if answer.content else None
        expected = step.details.get("refused")
        if not answer.is_success:
            problem = content if isinstance(content, dict) else {}
            why = f"{problem.get('detail') or problem.get('title') or answer.status_code}"
            errors = "; ".join(f"{one.get('where')}: {one.get('message')}" for one in problem.get("errors") or ())
            kind = str(problem.get("type", "")).rpartition(":")[2]
            if expected is None:
                raise AssertionError(f"{why}{f' ({errors})' if errors else ''}")
            if expected not in f"{why} {kind} {errors}":
                raise Unmet(f"{step.who[0]} should be refused with {expected!r}, but is told {why!r}")
            return f"{said} — refused: {why}"
        if expected is not None:
            raise Unmet(f"{step.who[0]} should be refused with {expected!r}, but is not")
        if "as" in step.details:
            self.answers[str(step.details["as"])] = content
        if "shows" in step.details:
            wrong = self._differs(self._resolved(step.details["shows"], moments=False), content, step.who[0])
            if wrong:
                raise Unmet(wrong)
        return said

    async def _path_word(self, word: str, person: Any, given: dict[str, Any], step: Step) -> Any:
        if word == "person":
            return self._resident(str(person)).id
        asker = self._person(step.who[0])
        if word == "plan":
            resident = self._resident(str(person))
            answer = await asker.calls("GET", f"/v1/residents/{resident.id}/follow-ups", {})
            plans = [one for one in answer.json()["plans"] if one["state"] in ("provisional", "active", "held")]
            assert plans, f"{person} has no plan"
            return plans[-1]["follow_up_id"]
        if word == "lead":
            name = str(given.pop("lead"))
            for state in ("open", "closed"):
                for lead in (await asker.calls("GET", "/v1/leads", {"state": state})).json()["leads"]:
                    whole = (await asker.calls("GET", f"/v1/leads/{lead['id']}", {})).json()
                    if whole["person"] == name:
                        return lead["id"]
            raise AssertionError(f"nobody looks for {name}")
        if word == "contact":
            name = str(given.pop("contact"))
            for case in (await asker.calls("GET", "/v1/cases", {})).json():
                for one in (await asker.calls("GET", f"/v1/cases/{case['id']}", {})).json()["contacts"]:
                    if one["person"] in (name, masked_name(name)):
                        return one["id"]
            raise AssertionError(f"{name} is no contact of a case here")
        assert word in given, f"{word} is missing"
        return given.pop(word)

    def _resolved(self, value: Any, *, moments: bool = True) -> Any:
        """`$name` stands for a person's or unit's id, `$word.field` for what a step remembered `as` that word."""
        if isinstance(value, Mapping):
            return {key: self._resolved(one, moments=moments) for key, one in value.items()}
        if isinstance(value, list):
            return [self._resolved(one, moments=moments) for one in value]
        if not isinstance(value, str):
            return value
        if moments and _MOMENT.fullmatch(value):
            return self.town.moment(value.replace("T", " ")[:16]).astimezone(self.town.house.words.zone).isoformat()
        whole = _NAMED.fullmatch(value)
        if whole:
            return self._named(whole[1])
        return _NAMED.sub(lambda found: str(self._named(found[1])), value)

    def _named(self, word: str) -> Any:
        if word in self.people:
            person = self.people[word]
            return str(person.id if isinstance(person, Neighbour) else person.official.id)  # type: ignore[attr-defined]
        if word in self.units:
            return str(self.units[word])
        known, *fields = word.split(".")
        assert known in self.answers, f"nothing is known as {known}"
        value = self.answers[known]
        for one in fields:
            value = value[int(one)] if isinstance(value, list) else value[one]
        return value

    def _differs(self, expected: Any, found: Any, where: str) -> str | None:
        """Where the answer does not show what is expected; a mapping names only the fields that matter.

        `{says: words}` looks inside a text, `{has: [...]}` among the elements of a list, `{count: n}` counts them.
        """
        if isinstance(expected, Mapping):
            special = next(iter(expected), None) if len(expected) == 1 else None
            if special == "says":
                missing = [one for one in _listed(expected["says"]) if one not in str(found)]
                return f"{where} should say {missing[0]!r}, but says {short(str(found))!r}" if missing else None
            if special == "count":
                many = len(found)
                return (
                    None if many == expected["count"] else f"{where} should hold {expected['count']}, but holds {many}"
                )
            if special == "has":
                for one in expected["has"]:
                    if all(self._differs(one, other, where) for other in found):
                        return f"{where} should have {_told(one)}, but has {short(str(found), 300)}"
                return None
            if not isinstance(found, Mapping):
                return f"{where} should be {_told(expected)}, but is {short(str(found))}"
            for key, one in expected.items():
                if key not in found:
                    return f"{where} has no {key}"
                wrong = self._differs(one, found[key], f"{where}, {key}")
                if wrong:
                    return wrong
            return None
        if isinstance(expected, list) and isinstance(found, list):
            if len(expected) != len(found):
                return f"{where} should be {_told(expected)}, but is {short(str(found), 300)}"
            wrongs = (self._differs(one, other, where) for one, other in zip(expected, found, strict=True))
            return next((wrong for wrong in wrongs if wrong), None)
        if isinstance(expected, bool) and found in ("yes", "no"):  # a bare yes or no is read as a truth value
            expected = "yes" if expected else "no"
        shown = self._shown(found)
        if expected == found or str(expected).replace("T", " ")[:16] == shown or str(expected) == shown:
            return None
        return f"{where} should be {expected}, but is {shown}"

    def _shown(self, value: Any) -> str:
        """A moment of the API in local minutes, anything else as it is."""
        if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
            return f"{self._local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
        return str(value)

    # who

    def _person(self, name: str) -> Person:
        return self.people[name]

    def _resident(self, name: str) -> Neighbour:
        person = self.people.get(name)
        assert isinstance(person, Neighbour), f"{name} is no resident of this drill"
        return person

    def _official(self, name: str) -> Desk:
        person = self.people.get(name)
        assert isinstance(person, Desk), f"{name} is no official of this drill"
        return person

    def desk(self, step: Step) -> Desk:
        return self._official(step.who[0])

    async def newest(self, step: Step, words: str | None = None) -> AlertOut:
        """The alert on top of this desk, or the first with these words; AssertionError when none is open."""
        alerts = await self.desk(step).open_alerts()
        if words is not None:
            alerts = [one for one in alerts if words in one.summary or words == one.kind]
        assert alerts, f"no alert{f' of {words!r}' if words else ''} is open for {step.who[0]}"
        return alerts[0]

    # residents

    async def types(self, step: Step) -> str:
        await self._resident(step.who[0]).types(str(step.what))
        return f"types {step.what!r}"

    async def presses(self, step: Step) -> str:
        await self._resident(step.who[0]).presses(str(step.what))
        return f"presses {step.what!r}"

    async def reports(self, step: Step) -> str:
        resident = self._resident(step.who[0])
        answers = self._resolved(step.details.get("answers") or {})
        out = await resident.reports(ReportKind(step.what), answers, said=step.details.get("said"))
        advice = ", ".join(one.code for one in out.outcome.advice)
        if "as" in step.details:
            self.answers[str(step.details["as"])] = out.model_dump(mode="json")
        if "shows" in step.details:
            wrong = self._differs(step.details["shows"], out.outcome.model_dump(mode="json"), step.who[0])
            if wrong:
                raise Unmet(wrong)
        return f"reports {step.what}{f' (advice: {advice})' if advice else ''}"

    async def reads(self, step: Step) -> str:
        await self._resident(step.who[0]).looks()
        return "reads what came"

    # officials

    async def acknowledges(self, step: Step) -> str:
        words = step.details.get("about") or step.what
        taken = await self.desk(step).acknowledges(await self.newest(step, str(words) if words else None))
        return f"acknowledges: {taken.summary}"

    async def notes(self, step: Step) -> str:
        alert = await self.newest(step)
        await self.desk(step).gateway.note(alert.id, str(step.what), key=f"drill:{step.number}")
        return f"notes {step.what!r}"

    async def escalates(self, step: Step) -> str:
        alert = await self.newest(step)
        await self.desk(step).gateway.escalate(alert.id, key=f"drill:{step.number}")
        return f"escalates: {alert.summary}"

    async def resolves(self, step: Step) -> str:
        about = step.details.get("about")
        alert = await self.newest(step, str(about) if about else None)
        await self.desk(step).resolves(str(step.what), alert, note=step.details.get("note"))
        return f"resolves: {step.what}"

    async def ticks(self, step: Step) -> str:
        desk = self.desk(step)
        for number in _listed(step.what):
            waiting = (await desk.gateway.duty()).assignments
            part = next((one for one in waiting if one.item_no == number), None)
            assert part is not None, f"{number} does not wait for {step.who[0]}"
            await desk.gateway.tick(part.id)
        return f"ticks {', '.join(_listed(step.what))}"

    async def unticks(self, step: Step) -> str:
        desk = self.desk(step)
        done = {
            item.item_no: part.id
            for checklist in await self.town.house.checklists.listed(official=desk.official)
            for item in checklist.items
            for part in item.parts
            if part.unit_id == desk.official.unit_id and part.done_at is not None
        }
        for number in _listed(step.what):
            assert number in done, f"{number} is not ticked by {step.who[0]}"
            await desk.gateway.untick(done[number])
        return f"takes back {', '.join(_listed(step.what))}"

    # what comes in

    async def outbreak(self, step: Step) -> str:
        done = await self.town.house.risk_lists.set_outbreak(
            str(step.what["area"]),
            first_case_on=date.fromisoformat(step.what["first_case"]),
            last_case_on=date.fromisoformat(step.what["last_case"]),
            name=str(step.what.get("name", "")),
            official=self.desk(step).official,
        )
        area = self.town.house.area_name(str(step.what["area"]), "zh_Hans_CN")
        return f"sets the cases of {area}: {done.rematched.definite} matched, {done.rematched.no_longer} no longer"

    async def confirms_list(self, step: Step) -> str:
        desk, path = self.desk(step), self.folder / str(step.what)
        draft = await self.town.house.risk_lists.import_(path.name, path.read_bytes(), official=desk.official)
        done = await self.town.house.risk_lists.confirm(draft.row.id, official=desk.official)
        return f"confirms {path.name}: {', '.join(f'{n} {what}' for what, n in done.summary.changed.items() if n)}"

    async def publishes_list(self, step: Step) -> str:
        desk = self.desk(step)
        newest = (await self.town.house.risk_lists.listed(official=desk.official, limit=1))[0]
        view = await self.town.house.risk_lists.view(newest.row.id, official=desk.official)
        assert view.broadcast is not None, "there is nothing to publish"
        await self.town.house.risk_lists.publish(newest.row.id, view.broadcast.content_hash, official=desk.official)
        return f"publishes {newest.row.source_name}"

    async def checklist(self, step: Step) -> str:
        from gateway.commands.import_checklists import read_text

        text = read_text(self.folder / str(step.what["file"]))
        official = self.desk(step).official if step.who else None
        done = await self.town.house.checklists.import_(
            self.town.house.checklists.read(text),
            area=str(step.what["area"]),
            official=official,
            source_hash=fingerprint(text),
            coordinators=step.what.get("coordinators") or {},
        )
        return f"imports {done.title}: {done.items} items, {done.parts} parts"


_ACTS: Mapping[str, Callable[[Player, Step], Awaitable[str]]] = {act: getattr(Player, act.value) for act in Act}


def _listed(what: Any) -> list[str]:
    return [str(one) for one in what] if isinstance(what, list) else [str(what)]


def _why(refused: Exception) -> str:
    return refused.detail if isinstance(refused, ShaodianError) else str(refused)


def _when(times: list[str]) -> str:
    return f"at {', '.join(times)}" if times else "never"


def _told(what: Any) -> str:
    """What a step says, in one line."""
    if isinstance(what, Mapping):
        return short(", ".join(f"{key} {_told(one)}" for key, one in what.items()), 160)
    if isinstance(what, list):
        return short("; ".join(_told(one) for one in what), 120)
    return str(what)


def short(text: str, most: int = 90) -> str:
    first = " / ".join(line.strip() for line in text.splitlines() if line.strip())
    return first if len(first) <= most else f"{first[: most - 1]}…"
