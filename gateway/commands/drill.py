"""gateway drill FILE.yaml: play a drill in a town of its own, on a held clock, up to the first unmet expectation."""

import argparse
import asyncio
import html
import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.drills import Act, Drill, Step, read_drill
from gateway.domain.kinds import ReportKind
from gateway.errors import ShaodianError

if TYPE_CHECKING:
    from gateway.schemas.alerts import AlertOut
    from gateway.town import Desk, Neighbour, Person, Town

EXPLANATION = """\
A drill names residents and officials, the packs in force, and steps in order of time. Each step says when, who, and one
of these:
  types, presses, reports                                          a resident, in the chat
  acknowledges, notes, escalates, resolves, ticks, unticks         an official, on what is newest on their desk
  result, outbreak, confirms_list, publishes_list, checklist       what comes in
  hears, hears_nothing                                             what is expected, to the minute
tests/drills holds examples. The drill uses engines of its own and touches no record.
"""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "drill",
        help="play a drill file on a held clock",
        epilog=EXPLANATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, nargs="+", help="drills as YAML")
    parser.add_argument("--json", action="store_true", help="print the timelines as JSON and nothing else")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="also write the timelines as a page")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway.logs import configure

    configure(process="drill", stream=sys.stderr, level=logging.ERROR)
    # A drill names only some of a district's people: that nobody else is on duty is no news here.
    logging.getLogger("gateway.services.alerts").setLevel(logging.CRITICAL)
    drills = [(path, load_drill(path)) for path in args.file]
    played = asyncio.run(_play_all(drills, quietly=args.json))
    if args.json:
        sys.stdout.write(json.dumps([one.as_json() for one in played], ensure_ascii=False, indent=1) + "\n")
    if args.report is not None:
        args.report.write_text(page_of(played), encoding="utf-8")
    return 0 if all(one.passed for one in played) else 1


def load_drill(path: Path) -> Drill:
    """Raises Invalid with file and line of every fault."""
    from gateway.policies.documents import read_document

    document = read_document(path)
    return read_drill(document.content, document.fault)


# --- the timeline -------------------------------------------------------------------------------------------

SIGNS = {"did": "·", "heard": "→", "met": "✓", "unmet": "✗"}


@dataclass(frozen=True, slots=True)
class Line:
    """`kind`: did, heard, met or unmet. `at` is local time."""

    at: datetime
    kind: str
    who: str
    text: str

    def __str__(self) -> str:
        return f"{self.at:%m-%d %H:%M} {SIGNS[self.kind]} {self.who}: {_short(self.text)}"


@dataclass
class Played:
    drill: Drill
    file: str
    lines: list[Line] = field(default_factory=list)

    @property
    def unmet(self) -> Line | None:
        return next((line for line in self.lines if line.kind == "unmet"), None)

    @property
    def passed(self) -> bool:
        return self.unmet is None

    def as_json(self) -> dict[str, Any]:
        timeline = [
            {"at": line.at.isoformat(timespec="minutes"), "kind": line.kind, "who": line.who, "text": line.text}
            for line in self.lines
        ]
        return {
            "drill": self.drill.title,
            "file": self.file,
            "passed": self.passed,
            "met": sum(line.kind == "met" for line in self.lines),
            "unmet": self.unmet.text if self.unmet else None,
            "timeline": timeline,
        }


_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>Drills</title>
<meta name="viewport" content="width=device-width"><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td{padding:.25rem .6rem;vertical-align:top;border-top:1px solid #ddd}
td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums}td:last-child{white-space:pre-line}
.met{background:#e8f5e9}.unmet{background:#fdecea;font-weight:600}.did{background:#f3f4f6}
</style>"""


def page_of(played: list[Played]) -> str:
    """One page that needs nothing else: every drill with its timeline, as it was heard."""
    parts = [_PAGE]
    for one in played:
        verdict = "passed" if one.passed else "failed"
        parts.append(f"<h1>{html.escape(one.drill.title or one.file)}: {verdict}</h1><table>")
        parts += [
            f'<tr class="{line.kind}"><td>{line.at:%Y-%m-%d %H:%M}</td><td>{SIGNS[line.kind]}</td>'
            f"<td>{html.escape(line.who)}</td><td>{html.escape(line.text)}</td></tr>"
            for line in one.lines
        ]
        parts.append("</table>")
    return "\n".join(parts) + "\n"


class Unmet(Exception):
    """Somebody did not hear what was expected, or heard what was not."""


# --- playing ------------------------------------------------------------------------------------------------


async def _play_all(drills: list[tuple[Path, Drill]], *, quietly: bool) -> list[Played]:
    played = []
    async with _engines() as open_town_at:
        for path, drill in drills:
            one = Played(drill, str(path))
            if not quietly:
                sys.stdout.write(f"{drill.title or path.name}\n")
            async with open_town_at(drill.starts) as town:
                async for line in play(drill, town, folder=path.parent):
                    one.lines.append(line)
                    if not quietly:
                        sys.stdout.write(f"  {line}\n")
            met = sum(line.kind == "met" for line in one.lines)
            sys.stderr.write(f"{path}: {f'passed, {met} expectations met' if one.passed else 'FAILED'}\n")
            played.append(one)
    return played


@asynccontextmanager
async def _engines() -> AsyncIterator[Any]:
    """Engines that forget everything afterwards, and a function that opens a town on them."""
    from gateway.bootstrap import ZONE
    from gateway.engines import Postgres, Valkey
    from gateway.record.migrate import migrate
    from gateway.record.vault import Vault, create_keyring
    from gateway.town import open_town

    with Postgres.for_tests() as postgres, Valkey.for_tests() as valkey, tempfile.TemporaryDirectory() as folder:
        keyring = Path(folder) / "keyring.json"
        create_keyring(keyring)
        await migrate(postgres.create_database("drills"))
        number = 0

        @asynccontextmanager
        async def open_at(starts: datetime) -> AsyncIterator["Town"]:
            nonlocal number
            number += 1
            database = postgres.create_database(f"drill_{number}", template="drills")
            at = starts.replace(tzinfo=ZONE).astimezone(UTC)
            async with open_town(database, valkey.url(number), Vault.from_file(keyring), starts_at=at) as town:
                yield town

        yield open_at


async def play(drill: Drill, town: "Town", *, folder: Path) -> AsyncIterator[Line]:
    """The drill's timeline as it happens; ends with the first unmet expectation. Files are looked for in `folder`."""
    from gateway.town import Refused

    player = _Player(drill, town, folder)
    await player.settle()
    for step in drill.steps:
        await town.until(player.moment(step.at))
        for line in player.heard():
            yield line
        try:
            what = await player.take(step)
        except Unmet as unmet:
            yield player.line(step, "unmet", str(unmet))
            return
        except (ShaodianError, Refused, AssertionError, OSError) as refused:
            why = refused.detail if isinstance(refused, ShaodianError) else str(refused)
            yield player.line(step, "unmet", f"step {step.number + 1} ({step.act}) could not be done: {why}")
            return
        yield player.line(step, "met" if step.act.expects else "did", what)
        for line in player.heard():
            yield line


@dataclass
class _Player:
    drill: Drill
    town: "Town"
    folder: Path
    people: dict[str, "Person"] = field(default_factory=dict)
    told: int = 0

    async def settle(self) -> None:
        """Packs in force, everybody in place."""
        for pack in self.drill.packs:
            await self.town.activate(pack)
        for dweller in self.drill.residents:
            self.people[dweller.name] = await self.town.resident(
                dweller.name, area=dweller.area, grid=dweller.grid, language=dweller.language
            )
        for post in self.drill.officials:
            unit = None
            if post.unit is not None:
                unit = await self.town.house.checklists.open_unit(post.unit, area=post.area, official=None)
            self.people[post.name] = await self.town.official(
                post.name, post.role, post.area, language=post.language, unit_id=unit
            )
        await self.town.quiet()

    def moment(self, at: datetime) -> datetime:
        return self.town.moment(f"{at:%Y-%m-%d %H:%M}")

    def line(self, step: Step, kind: str, text: str) -> Line:
        return Line(step.at, kind, ", ".join(step.who) or "set-up", text)

    def heard(self) -> list[Line]:
        """What was said since the last look."""
        new = self.town.said[self.told :]
        self.told = len(self.town.said)
        handles = {(person.channel, person.handle): name for name, person in self.people.items()}
        zone = self.town.house.words.zone
        return [
            Line(said.at.astimezone(zone), "heard", handles[said.channel, said.handle], said.text)
            for said in new
            if (said.channel, said.handle) in handles
        ]

    async def take(self, step: Step) -> str:
        """Do or check one step; what to say of it."""
        if step.act is Act.HEARS:
            return self._check_heard(step)
        if step.act is Act.HEARS_NOTHING:
            return self._check_silent(step)
        said = await _ACTS[step.act](self, step)
        await self.town.quiet()
        return str(said)

    def _check_heard(self, step: Step) -> str:
        words, at = str(step.what), self.moment(step.at)
        for name in step.who:
            times = self.people[name].times(words)
            if f"{step.at:%m-%d %H:%M}" not in times:
                others = [said.text for said in self.people[name].messages if said.at == at]
                when = f"only at {', '.join(times)}" if times else "never"
                then = f"; heard then: {' | '.join(_short(text) for text in others)}" if others else ""
                raise Unmet(f"{name} should hear {words!r} at {step.at:%m-%d %H:%M}, but heard it {when}{then}")
        return f"hears {words!r}"

    def _check_silent(self, step: Step) -> str:
        words = str(step.what or "")
        since = self.moment(step.details["since"]) if "since" in step.details else None
        for name in step.who:
            try:
                self.people[name].heard_nothing(words, since=since)
            except AssertionError as spoken:
                raise Unmet(f"{spoken}, but should hear nothing{f' of {words!r}' if words else ''}") from spoken
        return f"hears nothing{f' of {words!r}' if words else ''}"

    # who

    def neighbour(self, step: Step) -> "Neighbour":
        from gateway.town import Neighbour

        person = self.people[step.who[0]]
        assert isinstance(person, Neighbour)
        return person

    def desk(self, step: Step) -> "Desk":
        from gateway.town import Desk

        person = self.people[step.who[0]]
        assert isinstance(person, Desk)
        return person

    async def newest(self, step: Step) -> "AlertOut":
        """The alert on top of this desk; AssertionError when none is open."""
        alerts = await self.desk(step).open_alerts()
        assert alerts, f"no alert is open for {step.who[0]}"
        return alerts[0]

    # residents

    async def types(self, step: Step) -> str:
        await self.neighbour(step).types(str(step.what))
        return f"types {step.what!r}"

    async def presses(self, step: Step) -> str:
        await self.neighbour(step).presses(str(step.what))
        return f"presses {step.what!r}"

    async def reports(self, step: Step) -> str:
        out = await self.neighbour(step).reports(
            ReportKind(step.what), step.details.get("answers", {}), said=step.details.get("said")
        )
        advice = ", ".join(one.code for one in out.outcome.advice)
        return f"reports {step.what}{f' (advice: {advice})' if advice else ''}"

    # officials

    async def acknowledges(self, step: Step) -> str:
        taken = await self.desk(step).acknowledges(await self.newest(step))
        return f"acknowledges: {taken.summary}"

    async def notes(self, step: Step) -> str:
        desk = self.desk(step)
        alert = await self.newest(step)
        await desk.gateway.note(alert.id, str(step.what), key=f"drill:{step.number}")
        return f"notes {step.what!r}"

    async def escalates(self, step: Step) -> str:
        desk = self.desk(step)
        alert = await self.newest(step)
        await desk.gateway.escalate(alert.id, key=f"drill:{step.number}")
        return f"escalates: {alert.summary}"

    async def resolves(self, step: Step) -> str:
        await self.desk(step).resolves(str(step.what), await self.newest(step), note=step.details.get("note"))
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

    async def result(self, step: Step) -> str:
        from gateway.schemas.results import ResultIn
        from gateway.town import Neighbour

        given = dict(step.what)
        person = self.people.get(str(given.pop("person")))
        assert isinstance(person, Neighbour), "the result's person is no resident of this drill"
        for moment in ("sampled_at", "resulted_at"):
            if moment in given:
                given[moment] = self.town.moment(str(given[moment])).isoformat()
        body = ResultIn.model_validate({"resident_id": person.id, "site": "drill", **given})
        await self.town.house.results.record(body, official=self.desk(step).official)
        return f"records {body.test} of {person.name}: {body.value or 'sampled'}"

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
        from gateway.services.checklists import fingerprint

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


_ACTS = {
    Act.TYPES: _Player.types,
    Act.PRESSES: _Player.presses,
    Act.REPORTS: _Player.reports,
    Act.ACKNOWLEDGES: _Player.acknowledges,
    Act.NOTES: _Player.notes,
    Act.ESCALATES: _Player.escalates,
    Act.RESOLVES: _Player.resolves,
    Act.TICKS: _Player.ticks,
    Act.UNTICKS: _Player.unticks,
    Act.RESULT: _Player.result,
    Act.OUTBREAK: _Player.outbreak,
    Act.CONFIRMS_LIST: _Player.confirms_list,
    Act.PUBLISHES_LIST: _Player.publishes_list,
    Act.CHECKLIST: _Player.checklist,
}


def _listed(what: Any) -> list[str]:
    return [str(one) for one in what] if isinstance(what, list) else [str(what)]


def _short(text: str, most: int = 90) -> str:
    first = " / ".join(line.strip() for line in text.splitlines() if line.strip())
    return first if len(first) <= most else f"{first[: most - 1]}…"
