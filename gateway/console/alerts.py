"""Alerts: the live list, one alert with everything that happened, and what an official can do about it."""

import contextlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from gateway.access.alert_shapes import alert_out
from gateway.access.house import House
from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.columns import ALERTS
from gateway.console.list_pages import ListPage, Pick, list_page, plain_query
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.navigation import N_
from gateway.console.pages import ConsoleRoute, back_to, language_of, own_path, page, word
from gateway.domain.alert_lists import OPEN, AlertFilter, AlertOrder
from gateway.domain.alerts import Alert, minutes_until
from gateway.domain.deliveries import Delivery
from gateway.domain.kinds import AlertId, AlertKind, AlertStatus, Level, OfficialId, Severity
from gateway.domain.scopes import Official
from gateway.errors import Conflict, Invalid
from gateway.schemas.alerts import AlertEventOut
from gateway.services.alerts import AlertView
from gateway.services.desks import AlertPage, due_at, mark_of, overdue
from gateway.services.held_actions import BulkAction, TooLateToUndo

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

PAGE = 50
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: How an alert can end; the same as the bot's form offers.
OUTCOMES = ("visited", "phoned", "sent_to_clinic", "tested", "isolated", "false_alarm", "other")
STATUSES: dict[str, tuple[AlertStatus, ...]] = {
    "open": OPEN,
    "raised": (AlertStatus.RAISED,),
    "acknowledged": (AlertStatus.ACKNOWLEDGED,),
    "resolved": (AlertStatus.RESOLVED,),
    "all": tuple(AlertStatus),
}


class OutcomeNeeded(Invalid):
    """Say how these alerts ended."""


class AssigneeNeeded(Invalid):
    """Say to whom these alerts are given."""


class AlertChangedMeanwhile(Conflict):
    """Somebody else changed this alert while you had it open. Look at what has changed, then decide again."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows, as it stands in its address."""

    status: str = "open"
    kind: AlertKind | None = None
    severity: Severity | None = None
    only: str = ""
    order: AlertOrder = AlertOrder.NEWEST
    after: AlertId | None = None
    area: str = ""

    @property
    def asked(self) -> AlertFilter:
        return AlertFilter(
            statuses=STATUSES.get(self.status, OPEN),
            kinds=(self.kind,) if self.kind else (),
            severities=(self.severity,) if self.severity else (),
            mine=self.only == "mine",
            late=self.only == "overdue",
            soon=self.only == "soon",
            area=self.area,
        )

    def listing(self, found: AlertPage) -> ListPage:
        return ListPage(
            "/console/alerts",
            count=found.count,
            shown=len(found.alerts),
            tabs=Pick("status", N_("Status"), "status", tuple(STATUSES), self.status),
            picks=(
                Pick("kind", N_("Kind"), "alert", tuple(AlertKind), self.kind or "", N_("all kinds")),
                Pick("severity", N_("Severity"), "severity", tuple(Severity), self.severity or "", N_("all")),
                Pick("only", N_("Only"), "only", ("mine", "overdue", "soon"), self.only, N_("everybody's")),
            ),
            order=Pick("order", N_("Order"), "order", tuple(AlertOrder), self.order),
            area=self.area,
            after=str(self.after) if self.after else "",
            more=str(found.more) if found.more else None,
        )


async def filter_of(
    status: str = "open",
    kind: str = "",
    severity: str = "",
    only: str = "",
    order: str = "",
    after: str = "",
    area: str = "",
) -> Filter:
    """Unknown words in an address mean no filter, not an error page."""
    return Filter(
        status=status if status in STATUSES else "open",
        kind=AlertKind(kind) if kind in list(AlertKind) else None,
        severity=Severity(severity) if severity in list(Severity) else None,
        only=only if only in ("mine", "overdue", "soon") else "",
        order=AlertOrder(order) if order in list(AlertOrder) else AlertOrder.NEWEST,
        after=AlertId(UUID(after)) if _UUID.fullmatch(after) else None,
        area=area if area.isdecimal() and area.isascii() and len(area) <= 14 else "",
    )


FilterQuery = Annotated[Filter, Depends(filter_of)]


@dataclass(frozen=True, slots=True)
class Line:
    """An alert as a list shows it: all that its line is made of, so that one said before is not said anew."""

    id: AlertId
    kind: AlertKind
    severity: Severity
    status: AlertStatus
    subject: str
    area_name: str
    raised_at: datetime
    holder: str | None
    outcome: str | None
    next_level: Level | None
    mark: str
    edge: str
    due_at: datetime | None
    minutes: int
    late: bool
    is_mine: bool
    hands: str
    again: int
    alert: Alert = field(compare=False, repr=False)


def line_of(house: House, view: AlertView, official: Official, language: str) -> Line:
    alert, now = view.alert, house.clock.now()
    late, due = overdue(alert, now), due_at(alert)
    step = alert.upcoming if alert.status is AlertStatus.RAISED else None
    if step is not None and due is None:
        due = step.at
    return Line(
        id=alert.id,
        kind=alert.kind,
        severity=alert.severity,
        status=alert.status,
        subject=view.person or house.words.word(f"subject.{alert.subject_kind}", language),
        area_name=house.area_name(alert.area, language),
        raised_at=alert.raised_at,
        holder=view.name(alert.assigned_to) or view.name(alert.acknowledged_by),
        outcome=alert.outcome,
        next_level=step.level if step else None,
        mark=mark_of(alert),
        edge=_edge(alert, late=late),
        due_at=due,
        minutes=minutes_until(due, now) if due else 0,
        late=late,
        is_mine=official.id in (alert.assigned_to, alert.acknowledged_by),
        hands=hands_of(alert),
        again=alert.round,
        alert=alert,
    )


def hands_of(alert: Alert) -> str:
    """Changes whenever a person changes the alert; the ladder's own steps do not count."""
    return f"{alert.status}|{alert.acknowledged_by}|{alert.assigned_to}"


async def _as_seen(signed: SignedIn, alert_id: AlertId, seen: str) -> None:
    """Whoever acts must have seen how it stands. Raises AlertChangedMeanwhile."""
    if seen:
        alert, _ = await signed.house.desks.pulse(alert_id, official=signed.official)
        if hands_of(alert) != seen:
            raise AlertChangedMeanwhile


Seen = Annotated[str, Form(max_length=200)]


def _edge(alert: Alert, *, late: bool) -> str:
    if alert.status is AlertStatus.RESOLVED:
        return "done"
    if alert.status is AlertStatus.ACKNOWLEDGED:
        return "late" if late else "taken"
    return "urgent" if alert.severity is Severity.URGENT else "late" if late else "open"


@router.get("/alerts")
async def listed(request: Request, signed: CurrentSession, query: FilterQuery, held: UUID | None = None) -> Response:
    house, official = signed.house, signed.official
    language = language_of(request)
    limit = ALL_ROWS if wants_sheet(request) else PAGE
    after = None if wants_sheet(request) else query.after
    found, views = await house.desks.lines_of(
        query.asked, official=official, order=query.order, after=after, limit=limit
    )
    lines = [line_of(house, view, official, language) for view in views]
    if wants_sheet(request):
        return await sheet_of(request, signed, ALERTS, lines)
    may_act = query.status != "resolved" and bool(views)
    return await list_page(
        request,
        signed,
        "alerts.html",
        query.listing(found),
        lines=lines,
        query=query,
        outcomes=OUTCOMES,
        colleagues=tuple(await house.desks.colleagues(official.area, official=official)) if may_act else (),
        held=await house.held_actions.get(held, official=official) if held else None,
        may_act=may_act,
    )


@router.post("/alerts/actions")
async def act_on_several(
    signed: Acting,
    action: Annotated[BulkAction, Form()],
    alert: Annotated[list[AlertId] | None, Form()] = None,
    outcome: Annotated[str, Form(max_length=40)] = "",
    official_id: Annotated[OfficialId | None, Form()] = None,
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Held for ten seconds, so that it can be taken back."""
    if action is BulkAction.RESOLVE and outcome not in OUTCOMES:
        raise OutcomeNeeded
    if action is BulkAction.ASSIGN and official_id is None:
        raise AssigneeNeeded
    held = await signed.house.held_actions.hold(
        action, alert or (), official=signed.official, outcome=outcome or None, to=official_id
    )
    return _to_held(back, held.id)


@router.post("/alerts/actions/{held_id}/undo")
async def undo(held_id: UUID, signed: Acting, back: Annotated[str, Form(max_length=2000)] = "") -> Response:
    with contextlib.suppress(TooLateToUndo):  # the page then says what became of it
        await signed.house.held_actions.undo(held_id, official=signed.official)
    return _to_held(back, held_id)


def _to_held(back: str, held_id: UUID) -> Response:
    asked = urlsplit(own_path(back, "/console/alerts"))
    query = plain_query(asked.query)
    return back_to(f"{asked.path}?{query}&held={held_id}" if query else f"{asked.path}?held={held_id}")


@router.get("/alerts/{alert_id}/line")
async def line(alert_id: AlertId, request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    alert, _ = await house.desks.pulse(alert_id, official=official)
    (view,) = await house.desks.views([alert], official=official)
    return page(request, "alert_line_alone.html", line=line_of(house, view, official, language_of(request)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline with the deliveries it caused."""

    event: AlertEventOut
    ways: list[tuple[Delivery, str]] = field(default_factory=list)


#: What is said to officials when this happens.
_SPEAKING = frozenset(
    {"told", "acknowledged", "assigned", "escalated", "asked_again", "resolved", "stale", "handed_on"}
)


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
        line=line_of(house, view, official, language),
        out=out,
        mark=mark,
        entries=_entries(out.timeline, ways),
        hearers=await house.alerts.hearers(view.alert),
        last_change=next((event for event in reversed(out.timeline) if event.actor), None),
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
async def assign(
    alert_id: AlertId, signed: Acting, official_id: Annotated[OfficialId, Form()], seen: Seen = ""
) -> Response:
    await _as_seen(signed, alert_id, seen)
    await signed.house.alerts.assign(alert_id, official_id, official=signed.official)
    return back_to(f"/console/alerts/{alert_id}", said="assigned")


@router.post("/alerts/{alert_id}/escalation")
async def escalate(alert_id: AlertId, signed: Acting, seen: Seen = "") -> Response:
    await _as_seen(signed, alert_id, seen)
    await signed.house.alerts.escalate(alert_id, official=signed.official)
    return back_to(f"/console/alerts/{alert_id}", said="escalated")


@router.post("/alerts/{alert_id}/resolution")
async def resolve(
    alert_id: AlertId,
    signed: Acting,
    outcome: Annotated[str, Form(pattern="|".join(OUTCOMES))],
    note: Annotated[str, Form(max_length=2000)] = "",
    seen: Seen = "",
) -> Response:
    await _as_seen(signed, alert_id, seen)
    await signed.house.alerts.resolve(alert_id, outcome, official=signed.official, note=note.strip() or None)
    return back_to(f"/console/alerts/{alert_id}", said="resolved")
