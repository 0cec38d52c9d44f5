"""Early warning: what the record already knows of each monitoring stream, per area and day, looked at together.

Streams count what units wrote into registers, events of their daily reports, residents' symptom reports, positive
results and leads, and what somebody enters by hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.early_warnings import EarlyWarningRule, Signal, Signalled, series, warning
from gateway.domain.kinds import AlertId, AlertKind, AlertStatus, ReportKind, Role, Severity
from gateway.domain.packs import Pack
from gateway.domain.rules import Words
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Forbidden, Invalid
from gateway.record.duties import Entry
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.duties import EARLY_WARNING, TOWNSHIP
from gateway.services.packs import PackService
from gateway.services.reports import Accepted, Consequence
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("early-warnings")
_ALERTS = {
    Signal.SYMPTOM_REPORT: (AlertKind.SYMPTOMS, AlertKind.EMERGENCY),
    Signal.POSITIVE_RESULT: (AlertKind.POSITIVE_RESULT,),
    Signal.LEAD: (AlertKind.LEAD, AlertKind.SHARED_LEAD),
}


class StreamUnknown(Invalid):
    """There is no such monitoring stream in the pack in force there."""


class NotYourStreams(Forbidden):
    """Monitoring streams are read and entered by who works with the area's people."""


@dataclass(frozen=True, slots=True)
class StreamView:
    stream: str
    title: Words
    threshold: int
    count: int
    reached: bool
    series: tuple[int, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EarlyWarningView:
    """`count` of each stream is that of the window; `series` goes day by day, the last is `day`."""

    area: str
    day: date
    within_days: int
    streams_needed: int
    warned: bool
    alert_id: AlertId | None
    streams: tuple[StreamView, ...]


@dataclass(frozen=True, slots=True)
class EarlyWarningService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    clock: Clock

    async def enter(
        self,
        stream: str,
        *,
        area: str,
        count: int,
        official: Official,
        day: date | None = None,
        note: str | None = None,
    ) -> Entry:
        """So many signals of a stream that no other door brings in. Raises StreamUnknown, NotYourStreams."""
        _may(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, area, now)
            today = now.astimezone(pack.zone).date()
            rule = pack.early_warning
            if rule is None or stream not in rule.streams:
                raise StreamUnknown
            if not 0 < count <= 10_000 or not today - rule.series_days * DAY <= (day or today) <= today:
                raise Invalid("a count from 1 and a day of the last days are needed")
            entry = Entry(
                id=work.new_id(),
                register=f"stream.{stream}",
                area=area,
                day=day or today,
                recorded_at=now,
                stream=stream,
                count=count,
                rules=rule.streams[stream].source,
                recorded_by=official.id,
                resolved_at=now,
                body={"note": note} if note else {},
            )
            await work.duties.write_down(entry, None)
            await work.audit.add("early_warning.enter", "register_entry", entry.id, at=now, stream=stream, area=area)
            work.wake(EARLY_WARNING, area[:TOWNSHIP], now)
        return entry

    async def look(self, area: str) -> None:
        """Whether several streams speak at once here and today; one alert an area and day."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, area, now)
            rule = pack.early_warning
            if rule is None:
                return
            place = area[: rule.area_digits]
            today = now.astimezone(pack.zone).date()
            signals = await self._signals(work, pack, rule, place, today)
            found = warning(rule, signals, today)
            if found is None:
                return
            policy = pack.escalation(rule.ladder)
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.EARLY_WARNING,
                    severity=Severity.HIGH,
                    area=place,
                    dedup_key=f"early_warning:{place}:{today.isoformat()}",
                    facts={
                        "counts": dict(found.counts),
                        "streams": [_named(rule, stream, found.counts[stream]) for stream in found.reached],
                        "series": {stream: list(line) for stream, line in series(rule, signals, today).items()},
                        "day": today.isoformat(),
                    },
                    rules=found.rules,
                    policy_code=policy.code,
                    ladder=policy.freeze(now),
                    resolve_within=policy.resolve_within,
                    repeat_every=policy.repeat_every,
                    ignores_quiet_hours=policy.ignores_quiet_hours,
                    subject_kind="area",
                ),
            )

    async def signalled(self) -> list[str]:
        """Areas in which something was signalled in these days: what came by doors that do not call."""
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            since = now - 2 * DAY
            kinds = [kind for known in _ALERTS.values() for kind in known]
            alerts = await work.duties.alert_signals(kinds, "", TOWNSHIP, "UTC", since=since, until=now + DAY)
            entries = await work.duties.signals("", TOWNSHIP, since=since.date(), until=(now + DAY).date())
        return sorted({place for _, place, _, _ in (*alerts, *entries)})

    async def view(
        self, *, official: Official, area: str | None = None, day: date | None = None
    ) -> EarlyWarningView | None:
        """The streams of an area, with their days; None where no pack in force asks for them."""
        place = area or official.area
        _may(official, place)
        now = self.clock.now()
        async with self.transactions.reading(official.scope) as work:
            pack = await self.packs.for_area(work, place, now)
            rule = pack.early_warning
            if rule is None:
                return None
            chosen = day or now.astimezone(pack.zone).date()
            signals = await self._signals(work, pack, rule, place, chosen)
            found = warning(rule, signals, chosen)
            standing = await work.alerts.listed(
                statuses=(AlertStatus.RAISED, AlertStatus.ACKNOWLEDGED), kinds=(AlertKind.EARLY_WARNING,), limit=200
            )
        first = chosen - (rule.within_days - 1) * DAY
        counts = dict.fromkeys(rule.streams, 0)
        for one in signals:
            if one.stream in counts and first <= one.day <= chosen:
                counts[one.stream] += one.count
        lines = series(rule, signals, chosen)
        return EarlyWarningView(
            area=place,
            day=chosen,
            within_days=rule.within_days,
            streams_needed=rule.streams_needed,
            warned=found is not None,
            alert_id=next((alert.id for alert in standing if alert.area.startswith(place)), None),
            streams=tuple(
                StreamView(
                    stream=name,
                    title=one.title,
                    threshold=one.threshold,
                    count=counts[name],
                    reached=counts[name] >= one.threshold,
                    series=lines[name],
                    rules=one.source,
                )
                for name, one in rule.streams.items()
            ),
        )

    async def areas(self, *, official: Official) -> list[str]:
        """The areas of the official in which anything was signalled lately."""
        _may(official, official.area)
        now = self.clock.now()
        async with self.transactions.reading(official.scope) as work:
            since = now - 14 * DAY
            kinds = [kind for known in _ALERTS.values() for kind in known]
            alerts = await work.duties.alert_signals(
                kinds, official.area, TOWNSHIP, "UTC", since=since, until=now + DAY
            )
            entries = await work.duties.signals(official.area, TOWNSHIP, since=since.date(), until=(now + DAY).date())
        return sorted({place for _, place, _, _ in (*alerts, *entries) if len(place) == TOWNSHIP})

    async def _signals(self, work: Work, pack: Pack, rule: EarlyWarningRule, area: str, day: date) -> list[Signalled]:
        first = day - rule.series_days * DAY
        since = datetime.combine(first, time.min, pack.zone)
        until = datetime.combine(day + DAY, time.min, pack.zone)
        kinds = [kind for known in _ALERTS.values() for kind in known]
        alerts = await work.duties.alert_signals(kinds, area, rule.area_digits, pack.timezone, since=since, until=until)
        told = await work.duties.signals(area, rule.area_digits, since=first, until=day)
        return [
            *_of_entries(rule, told),
            *_of_events(rule, pack, told),
            *_of_alerts(rule, alerts),
        ]


Told = Iterable[tuple[str, str, date, int]]


def _of_entries(rule: EarlyWarningRule, told: Told) -> list[Signalled]:
    return [
        Signalled(name.removeprefix("stream:"), day, count)
        for name, _, day, count in told
        if name.startswith("stream:")
        and name.removeprefix("stream:") in rule.streams
        and Signal.ENTRY in rule.streams[name.removeprefix("stream:")].counts
    ]


def _of_events(rule: EarlyWarningRule, pack: Pack, told: Told) -> list[Signalled]:
    found = []
    for name, _, day, count in told:
        duty = pack.duties.get(name.removeprefix("duty:")) if name.startswith("duty:") else None
        stream = rule.streams.get(str(duty.stream)) if duty is not None else None
        if duty is not None and stream is not None and Signal.UNIT_EVENT in stream.counts:
            found.append(Signalled(str(duty.stream), day, count))
    return found


def _of_alerts(rule: EarlyWarningRule, alerts: Told) -> list[Signalled]:
    return [
        Signalled(stream, day, count)
        for kind, _, day, count in alerts
        for stream, one in rule.streams.items()
        for signal in one.counts
        if AlertKind(kind) in _ALERTS.get(signal, ())
    ]


def _named(rule: EarlyWarningRule, stream: str, count: int) -> Mapping[str, Any]:
    title = rule.streams[stream].title
    return {
        "stream": stream,
        "zh": title.zh,
        "en": title.en,
        "count": count,
        "threshold": rule.streams[stream].threshold,
    }


def _may(official: Official, area: str) -> None:
    if official.scope.area is None or not area.startswith(official.area):
        raise NotYourStreams
    if not official.may(*PEOPLE_ROLES, Role.ADMINISTRATOR):
        raise NotYourStreams


@dataclass(frozen=True, slots=True)
class EarlyWarningFollower:
    """A symptom report is a signal: the streams are looked at as soon as it stands."""

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        if (
            accepted.report.kind in (ReportKind.SYMPTOMS, ReportKind.CHECK_IN)
            and len(accepted.resident.area) >= TOWNSHIP
        ):
            work.wake(EARLY_WARNING, accepted.resident.area[:TOWNSHIP], accepted.now)
        return Consequence()
