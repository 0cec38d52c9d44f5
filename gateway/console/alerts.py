"""Alerts: the live list, one alert with everything that happened, and what an official can do about it."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from gateway.access.alert_shapes import alert_out
from gateway.access.house import House
from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import ALERTS
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, language_of, page, word
from gateway.domain.alerts import Alert
from gateway.domain.deliveries import Delivery
from gateway.domain.kinds import AlertId, AlertKind, AlertStatus, OfficialId, Severity
from gateway.domain.scopes import Official
from gateway.schemas.alerts import AlertEventOut, AlertOut
from gateway.services.desks import OPEN, due_at, mark_of, overdue

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

PAGE = 200
#: How an alert can end; the same as the bot's form offers.
OUTCOMES = ("visited", "phoned", "sent_to_clinic", "tested", "isolated", "false_alarm", "other")
STATUSES: dict[str, tuple[AlertStatus, ...]] = {
    "open": OPEN,
    "raised": (AlertStatus.RAISED,),
    "acknowledged": (AlertStatus.ACKNOWLEDGED,),
    "resolved": (AlertStatus.RESOLVED,),
    "all": tuple(AlertStatus),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows, as it stands in its address."""

    status: str = "open"
    kind: AlertKind | None = None
    severity: Severity | None = None
    only: str = ""

    @property
    def asked(self) -> dict[str, Any]:
        return {
            "statuses": STATUSES.get(self.status, OPEN),
            "kinds": (self.kind,) if self.kind else (),
            "severities": (self.severity,) if self.severity else (),
            "mine": self.only == "mine",
            "late": self.only == "overdue",
            "soon": self.only == "soon",
        }


def filter_of(status: str = "open", kind: str = "", severity: str = "", only: str = "") -> Filter:
    """Unknown words in an address mean no filter, not an error page."""
    return Filter(
        status=status if status in STATUSES else "open",
        kind=AlertKind(kind) if kind in list(AlertKind) else None,
        severity=Severity(severity) if severity in list(Severity) else None,
        only=only if only in ("mine", "overdue", "soon") else "",
    )


FilterQuery = Annotated[Filter, Depends(filter_of)]


@dataclass(frozen=True, slots=True)
class Line:
    """An alert as a list shows it."""

    out: AlertOut
    mark: str
    edge: str
    due_at: datetime | None
    late: bool
    is_mine: bool
    again: int = 0


def line_of(house: House, out: AlertOut, alert: Alert, official: Official) -> Line:
    late = overdue(alert, house.clock.now())
    return Line(
        out=out,
        mark=mark_of(alert),
        edge=_edge(alert, late=late),
        due_at=due_at(alert),
        late=late,
        is_mine=official.id in (alert.assigned_to, alert.acknowledged_by),
        again=alert.round,
    )


def _edge(alert: Alert, *, late: bool) -> str:
    if alert.status is AlertStatus.RESOLVED:
        return "done"
    if alert.status is AlertStatus.ACKNOWLEDGED:
        return "late" if late else "taken"
    return "urgent" if alert.severity is Severity.URGENT else "late" if late else "open"


@router.get("/alerts")
async def listed(request: Request, signed: CurrentSession, query: FilterQuery) -> Response:
    house, official = signed.house, signed.official
    language = language_of(request)
    limit = ALL_ROWS if wants_sheet(request) else PAGE
    found = await house.desks.standing(official=official, limit=limit, **query.asked)
    views = await house.desks.views(found, official=official)
    lines = [line_of(house, alert_out(house, view, language), view.alert, official) for view in views]
    if wants_sheet(request):
        return await sheet_of(request, signed, ALERTS, lines)
    return page(
        request,
        "alerts.html",
        lines=lines,
        query=query,
        statuses=tuple(STATUSES),
        kinds=tuple(AlertKind),
        severities=tuple(Severity),
    )


@router.get("/alerts/{alert_id}/line")
async def line(alert_id: AlertId, request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    alert, _ = await house.desks.pulse(alert_id, official=official)
    (view,) = await house.desks.views([alert], official=official)
    found = line_of(house, alert_out(house, view, language_of(request)), alert, official)
    return page(request, "alert_line_alone.html", line=found)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline with the deliveries it caused."""

    event: AlertEventOut
    ways: list[tuple[Delivery, str]] = field(default_factory=list)


#: What is said to officials when this happens.
_SPEAKING = frozenset({"told", "acknowledged", "assigned", "escalated", "asked_again", "resolved", "stale"})


def _entries(timeline: list[AlertEventOut], ways: list[tuple[Delivery, str]]) -> list[Entry]:
    """A delivery stands under what it speaks of: the last such thing when it was made."""
    entries = [Entry(event) for event in timeline]
    for way in ways:
        before = [entry for entry in entries if entry.event.at <= way[0].created_at]
        speaking = [entry for entry in before if entry.event.kind in _SPEAKING]
        if before:
            (speaking or before)[-1].ways.append(way)
    return entries


@router.get("/alerts/{alert_id}")
async def one(alert_id: AlertId, request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    language = language_of(request)
    view = await house.alerts.get(alert_id, official=official)
    _, mark = await house.desks.pulse(alert_id, official=official)
    out = alert_out(house, view, language)
    ways = await house.desks.ways_of(alert_id, official=official)
    return page(
        request,
        "alert.html",
        alert=view.alert,
        line=line_of(house, out, view.alert, official),
        out=out,
        mark=mark,
        entries=_entries(out.timeline, ways),
        hearers=await house.alerts.hearers(view.alert),
        colleagues=await house.desks.colleagues(view.alert.area, official=official),
        outcomes=OUTCOMES,
        facts=_facts(view.alert, house, language),
        evidence=_evidence(out.evidence),
        quotes=[(rule, house.packs.quotes().get(rule)) for rule in view.alert.rules],
    )


#: Facts an alert's page names; codes among them are said in words.
_CODED = {"test": "test", "profile": "profile", "what": "operations"}
_MOMENTS = ("due_at", "arrives_at", "sampled_at")
_PLAIN = ("reference", "item_no", "process", "late_days")
_TICKED = re.compile(r"\[(\w+)\]")


def _facts(alert: Alert, house: House, language: str) -> list[tuple[str, str]]:
    """What is known in codes, times and numbers."""
    found: list[tuple[str, str]] = []
    for name, value in alert.facts.items():
        if value in (None, "", []):
            continue
        if name in _CODED:
            found.append((name, word(f"{_CODED[name]}.{value}", language)))
        elif name in _MOMENTS:
            found.append((name, house.words.moment(datetime.fromisoformat(value), language)))
        elif name in _PLAIN:
            found.append((name, str(value)))
    return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured and ticked, and what the resident said in own words."""

    measured: str = ""
    ticked: tuple[str, ...] = ()
    words: str = ""


def _evidence(text: str | None) -> Evidence | None:
    if not text:
        return None
    first, _, rest = text.partition("\n")
    ticked = tuple(_TICKED.findall(first))
    if not ticked and "℃" not in first:
        return Evidence(words=text.strip("「」"))
    return Evidence(_TICKED.sub("", first).strip(" …"), ticked, rest.removeprefix("「").removesuffix("」"))


@router.post("/alerts/{alert_id}/acknowledgement")
async def acknowledge(alert_id: AlertId, signed: Acting) -> Response:
    await signed.house.alerts.acknowledge(alert_id, official=signed.official)
    return back_to(f"/console/alerts/{alert_id}", said="taken")


@router.post("/alerts/{alert_id}/notes")
async def note(
    alert_id: AlertId, signed: Acting, text: Annotated[str, Form(min_length=1, max_length=2000)]
) -> Response:
    await signed.house.alerts.note(alert_id, text.strip(), official=signed.official)
    return back_to(f"/console/alerts/{alert_id}", said="noted")


@router.post("/alerts/{alert_id}/assignee")
async def assign(alert_id: AlertId, signed: Acting, official_id: Annotated[OfficialId, Form()]) -> Response:
    await signed.house.alerts.assign(alert_id, official_id, official=signed.official)
    return back_to(f"/console/alerts/{alert_id}", said="assigned")


@router.post("/alerts/{alert_id}/escalation")
async def escalate(alert_id: AlertId, signed: Acting) -> Response:
    await signed.house.alerts.escalate(alert_id, official=signed.official)
    return back_to(f"/console/alerts/{alert_id}", said="escalated")


@router.post("/alerts/{alert_id}/resolution")
async def resolve(
    alert_id: AlertId,
    signed: Acting,
    outcome: Annotated[str, Form(pattern="|".join(OUTCOMES))],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    await signed.house.alerts.resolve(alert_id, outcome, official=signed.official, note=note.strip() or None)
    return back_to(f"/console/alerts/{alert_id}", said="resolved")
