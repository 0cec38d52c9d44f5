"""What a drill came to, as JSON and as one page that needs nothing else."""

import html
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from gateway.commands.drill_player import Line
from gateway.domain.drills import Drill
from gateway.domain.kinds import AlertKind, Lane
from gateway.domain.scopes import Scope
from gateway.messages.words import Words
from gateway.record.retrospects import Reaction
from gateway.town import Town

_STYLE = Path(__file__).with_suffix(".css")

#: Alerts that say that a time has run out.
MISSED = frozenset(
    {
        AlertKind.MISSED_TEST,
        AlertKind.MISSED_CHECK_IN,
        AlertKind.MISSED_VISIT,
        AlertKind.CLOCK_OVERDUE,
        AlertKind.LEAD_OVERDUE,
        AlertKind.CHECKLIST_OVERDUE,
        AlertKind.DUTY_MISSED,
        AlertKind.WELFARE_MISSED,
        AlertKind.STREAK_BROKEN,
        AlertKind.RELEASE_HELD,
    }
)
_ICONS = {"did": "▸", "heard": "🔔", "met": "✔", "unmet": "✘"}
_LANES = {Lane.ALERT: "--alert", Lane.REPLY: "--reply", Lane.REMINDER: "--remind", Lane.BROADCAST: "--cast"}
_WITHIN = (5, 15, 30, 60, 240)
#: A timeline longer than this shows what was heard only when a day is opened.
_LONG = 400


@dataclass(frozen=True, slots=True)
class Figures:
    """What the record says when the drill is over."""

    messages: Mapping[tuple[date, Lane], int] = field(default_factory=dict)
    follow_ups: Sequence[tuple[datetime, datetime | None]] = ()
    reactions: Sequence[Reaction] = ()


@dataclass
class Played:
    drill: Drill
    file: str
    lines: list[Line] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    words: Words | None = None

    @property
    def unmet(self) -> Line | None:
        return next((line for line in self.lines if line.kind == "unmet"), None)

    @property
    def passed(self) -> bool:
        return self.unmet is None

    @property
    def met(self) -> int:
        return sum(line.kind == "met" for line in self.lines)

    async def look_back(self, town: Town) -> None:
        self.words = town.house.words
        async with town.house.transactions.begin(Scope.of_work("drill")) as work:
            self.figures = Figures(
                await work.retrospects.messages_by_day(self.words.zone),
                await work.retrospects.follow_ups(),
                await work.retrospects.reactions(),
            )

    def as_json(self) -> dict[str, Any]:
        timeline = [
            {"at": line.at.isoformat(timespec="minutes"), "kind": line.kind, "who": line.who, "text": line.text}
            for line in self.lines
        ]
        return {
            "drill": self.drill.title,
            "file": self.file,
            "passed": self.passed,
            "met": self.met,
            "unmet": self.unmet.text if self.unmet else None,
            "messages": sum(self.figures.messages.values()),
            "alerts": len(self.figures.reactions),
            "timeline": timeline,
        }


def page_of(played: Sequence[Played], language: str) -> str:
    """One page for all of them: verdict, who took part, figures, missed deadlines, and the timeline day by day."""
    title = played[0].drill.title if len(played) == 1 else str(len(played))
    body = "".join(_Page(one, language).html() for one in played)
    return (
        f'<!doctype html><html lang="{"zh-Hans" if language == "zh" else language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{_e(title)}</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style><main>{body}</main></html>\n"
    )


@dataclass
class _Page:
    played: Played
    language: str

    def word(self, code: str) -> str:
        words = self.played.words
        return words.word(code, "zh_Hans_CN" if self.language == "zh" else self.language) if words else code

    def say(self, code: str) -> str:
        return _e(self.word(f"drill.{code}"))

    def html(self) -> str:
        return (
            "<article>"
            + self._head()
            + self._expectations()
            + self._people()
            + self._plots()
            + self._missed()
            + self._timeline()
            + "</article>"
        )

    def _head(self) -> str:
        one, lines = self.played, self.played.lines
        first, last = one.drill.starts, lines[-1].at if lines else one.drill.starts
        verdict = "passed" if one.passed else "failed"
        packs = ", ".join(pack.pack for pack in one.drill.packs)
        expected = sum(step.expects for step in one.drill.steps)
        tiles = [
            (f"{one.met}/{expected}", "expectations_met"),
            (str(sum(one.figures.messages.values())), "messages"),
            (str(len(one.figures.reactions)), "alerts"),
            (str(sum(found.kind in MISSED for found in one.figures.reactions)), "missed_short"),
            (str(len(one.figures.follow_ups)), "follow_ups"),
        ]
        return (
            f'<header><p class="kicker">{self.say("report")}</p><h1>{_e(one.drill.title or one.file)}</h1>'
            f'<p><span class="verdict {verdict}">{_ICONS["met" if one.passed else "unmet"]} {self.say(verdict)}</span> '
            f'<span class="when">{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}</span> '
            f'<span class="when">{_e(Path(one.file).name)} · {_e(packs)}</span></p>'
            '<dl class="tiles">'
            + "".join(f"<div><dd>{number}</dd><dt>{self.say(code)}</dt></div>" for number, code in tiles)
            + "</dl></header>"
        )

    def _expectations(self) -> str:
        unmet = self.played.unmet
        open_ = sum(step.expects for step in self.played.drill.steps) - self.played.met - (unmet is not None)
        if unmet is None:
            return ""
        left = f"<p>{open_} {self.say('not_reached')}</p>" if open_ > 0 else ""
        return (
            f'<section class="broken"><h2>{self.say("first_unmet")}</h2>'
            f"<p><time>{unmet.at:%m-%d %H:%M}</time> <b>{_e(unmet.who)}</b> {_e(unmet.text)}</p>{left}</section>"
        )

    def _people(self) -> str:
        heard: Counter[str] = Counter()
        last: dict[str, datetime] = {}
        for line in self.played.lines:
            if line.kind == "heard":
                heard[line.who] += line.people
                last[line.who] = line.at
        drill = self.played.drill
        rows = [(one.name, self.say("resident"), one.area) for one in drill.residents]
        rows += [
            (
                f"{one.name} × {one.people}",
                _e(self.word(f"profile.{one.profile}")) if one.profile else self.say("resident"),
                one.area,
            )
            for one in drill.crowds
        ]
        rows += [
            (f"{one.name} × {one.many}" if one.many else one.name, _e(self.word(f"role.{one.role}")), one.area)
            for one in drill.officials
        ]
        most = max(heard.values(), default=1)
        cells = []
        for name, role, area in rows:
            key = name.split(" × ")[0]
            count = sum(n for who, n in heard.items() if who == key or who.rstrip("0123456789") == key)
            when = max((at for who, at in last.items() if who == key or who.rstrip("0123456789") == key), default=None)
            place = (
                self.played.words.area(area, "zh_Hans_CN" if self.language == "zh" else "en")
                if self.played.words
                else area
            )
            cells.append(
                f"<tr><th scope=row>{_e(name)}</th><td>{role}</td><td>{_e(place)}</td>"
                f'<td class="bar"><i style="width:{min(100, 100 * count // most)}%"></i><span>{count}</span></td>'
                f"<td>{f'{when:%m-%d %H:%M}' if when else '–'}</td></tr>"
            )
        return (
            f"<section><h2>{self.say('who')}</h2><div class=scroll><table><thead><tr><th>{self.say('name')}</th>"
            f"<th>{self.say('role')}</th><th>{self.say('area')}</th><th>{self.say('heard')}</th>"
            f"<th>{self.say('last_heard')}</th></tr></thead><tbody>{''.join(cells)}</tbody></table></div></section>"
        )

    # plots

    def _plots(self) -> str:
        figures = (self._by_day(), self._reactions(), self._open())
        shown = [one for one in figures if one]
        return f'<section class="plots">{"".join(shown)}</section>' if shown else ""

    def _days(self) -> list[date]:
        lines = self.played.lines
        first = self.played.drill.starts.date()
        last = max((line.at.date() for line in lines), default=first)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def _by_day(self) -> str:
        counts, days = self.played.figures.messages, self._days()
        most = max((sum(counts.get((day, lane), 0) for lane in _LANES) for day in days), default=0)
        if not most:
            return ""
        bars = []
        wide = 300 / len(days)
        for number, day in enumerate(days):
            height = 0.0
            for lane, colour in _LANES.items():
                part = counts.get((day, lane), 0) * 110 / most
                height += part
                if part:
                    bars.append(
                        f'<rect x="{30 + number * wide:.1f}" y="{125 - height:.1f}" width="{max(wide - 1, 1):.1f}" '
                        f'height="{part:.1f}" fill="var({colour})"><title>{day:%m-%d} {self.say(lane.value)} '
                        f"{counts[day, lane]}</title></rect>"
                    )
        legend = "".join(
            f'<li><i style="background:var({colour})"></i>{self.say(lane.value)}</li>'
            for lane, colour in _LANES.items()
        )
        return self._figure("messages_by_day", "".join(bars) + _axes(days, most), f"<ul class=legend>{legend}</ul>")

    def _reactions(self) -> str:
        found = [one for one in self.played.figures.reactions]
        if not found:
            return ""
        names = [f"≤ {n}" for n in _WITHIN] + [f"> {_WITHIN[-1]}", self.word("drill.never")]
        counts = [0] * len(names)
        for one in found:
            if one.acknowledged_at is None:
                counts[-1] += 1
                continue
            minutes = (one.acknowledged_at - one.raised_at).total_seconds() / 60
            counts[next((n for n, most in enumerate(_WITHIN) if minutes <= most), len(_WITHIN))] += 1
        most = max(counts)
        rows = "".join(
            f'<text x="62" y="{17 + n * 19}" text-anchor="end">{_e(name)}</text>'
            f'<rect x="70" y="{6 + n * 19}" width="{counts[n] * 220 / most:.1f}" height="14" rx="3" '
            f'fill="var({"--missed" if n == len(names) - 1 else "--alert"})"/>'
            f'<text x="{76 + counts[n] * 220 / most:.1f}" y="{17 + n * 19}">{counts[n]}</text>'
            for n, name in enumerate(names)
        )
        return self._figure("reaction", rows)

    def _open(self) -> str:
        if not self.played.figures.follow_ups or self.played.words is None:
            return ""
        zone, days = self.played.words.zone, self._days()
        counts = []
        for day in days:
            noon = datetime.combine(day, datetime.min.time(), zone) + timedelta(hours=24)
            counts.append(
                sum(
                    since < noon and (until is None or until >= noon) for since, until in self.played.figures.follow_ups
                )
            )
        most = max(counts) or 1
        wide = 300 / len(days)
        heights = [125 - count * 110 / most for count in counts]
        points = " ".join(
            f"{30 + n * wide:.1f},{height:.1f} {30 + (n + 1) * wide:.1f},{height:.1f}"
            for n, height in enumerate(heights)
        )
        shape = f'<polygon points="30,125 {points} 330,125" fill="var(--remind)" opacity=".25"/>'
        line = f'<polyline points="{points}" fill="none" stroke="var(--remind)" stroke-width="2"/>'
        return self._figure("open_by_day", shape + line + _axes(days, most))

    def _figure(self, code: str, drawn: str, below: str = "") -> str:
        return (
            f'<figure><figcaption>{self.say(code)}</figcaption><svg viewBox="0 0 340 145" role="img" '
            f'aria-label="{self.say(code)}">{drawn}</svg>{below}</figure>'
        )

    # what was missed

    def _missed(self) -> str:
        found = [one for one in self.played.figures.reactions if one.kind in MISSED]
        if not found:
            return f"<section><h2>{self.say('missed')}</h2><p>{self.say('nothing_missed')}</p></section>"
        grouped: dict[tuple[str, str], list[Reaction]] = defaultdict(list)
        for one in found:
            grouped[one.kind, one.area].append(one)
        zone = self.played.words.zone if self.played.words else None
        rows = []
        for (kind, area), ones in sorted(grouped.items(), key=lambda one: one[1][0].raised_at):
            place = (
                self.played.words.area(area, "zh_Hans_CN" if self.language == "zh" else "en")
                if self.played.words
                else area
            )
            settled = sum(one.resolved_at is not None for one in ones)
            first = ones[0].raised_at.astimezone(zone)
            rows.append(
                f"<tr><th scope=row>{_e(self.word(f'alert.{kind}'))}</th><td>{_e(place)}</td><td>{len(ones)}</td>"
                f"<td>{first:%m-%d %H:%M}</td><td>{settled}/{len(ones)}</td></tr>"
            )
        return (
            f"<section><h2>{self.say('missed')}</h2><div class=scroll><table><thead><tr><th>{self.say('what')}</th>"
            f"<th>{self.say('area')}</th><th>{self.say('times')}</th><th>{self.say('first')}</th>"
            f"<th>{self.say('settled')}</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div></section>"
        )

    # the timeline

    def _timeline(self) -> str:
        lines = self.played.lines
        long = len(lines) > _LONG
        days = []
        for day, of_day in groupby(lines, key=lambda line: line.at.date()):
            ones = list(of_day)
            heard = sum(line.people for line in ones if line.kind == "heard")
            done = [line for line in ones if line.kind != "heard"]
            count = f'<span class="count">{heard} {self.say("messages")}</span>'
            if not long:
                days.append(f"<h3>{day:%Y-%m-%d} {count}</h3><ol>{''.join(map(self._line, ones))}</ol>")
                continue
            whole = f"<ol>{''.join(map(self._line, ones))}</ol>"
            inner = f"<details><summary>{self.say('all_of_day')}</summary>{whole}</details>"
            days.append(f"<h3>{day:%Y-%m-%d} {count}</h3><ol>{''.join(map(self._line, done))}</ol>{inner}")
        return f'<section class="timeline"><h2>{self.say("timeline")}</h2>{"".join(days)}</section>'

    def _line(self, line: Line) -> str:
        first, _, rest = line.text.strip().partition("\n")
        more = (
            f"<details><summary>{_e(first)}</summary><p>{_e(rest.strip())}</p></details>" if rest.strip() else _e(first)
        )
        people = f" × {line.people}" if line.people > 1 else ""
        icon = f'<span class="icon" title="{self.say(f"line_{line.kind}")}">{_ICONS[line.kind]}</span>'
        return (
            f'<li class="{line.kind}"><time>{line.at:%H:%M}</time>{icon}'
            f'<span class="name">{_e(line.who)}{people}</span><div>{more}</div></li>'
        )


def _axes(days: Sequence[date], most: int) -> str:
    step = max(1, len(days) // 6)
    wide = 300 / len(days)
    labels = "".join(
        f'<text x="{30 + (n + 0.5) * wide:.1f}" y="138" text-anchor="middle">{day:%m-%d}</text>'
        for n, day in enumerate(days)
        if n % step == 0
    )
    return (
        '<line x1="30" y1="125" x2="330" y2="125" stroke="currentColor" opacity=".4"/>'
        f'<text x="26" y="19" text-anchor="end">{most}</text><text x="26" y="128" text-anchor="end">0</text>{labels}'
    )


def _e(text: str) -> str:
    return html.escape(str(text))
