"""Residents of the own area: found by number, shown masked, unmasked with a reason; what they reported and must do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response

from gateway.access.house import House
from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.alerts import line_of
from gateway.console.columns import RESIDENTS, RESIDENTS_NAMED
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, language_of, page, word
from gateway.console.pathways import TRANSPORTS
from gateway.domain.calendars import Moment
from gateway.domain.discharges import Leaving
from gateway.domain.follow_ups import anchors_read
from gateway.domain.kinds import AttachmentId, FollowUpId, Occupation, PlanItemId, ReportKind, ResidentId
from gateway.domain.people import Identity
from gateway.domain.periodic_tests import PeriodicRule
from gateway.domain.scopes import PEOPLE_ROLES
from gateway.errors import Invalid
from gateway.messages.words import spoken_day
from gateway.record.reports import Report
from gateway.schemas.plans import PlanOut
from gateway.services.attachments import named_by
from gateway.services.discharges import REPORTING as REPORTING_DISCHARGES
from gateway.services.follow_ups import CONFIRMING, PLACING
from gateway.services.residents import MOVING
from gateway.services.results import REPORTING as REPORTING_UPWARDS

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

PAGE = 50
#: Profiles an official can choose, and the events a plan can start from (the pack says which it needs).
PROFILES = (
    "close_contact",
    "secondary_close_contact",
    "general_contact",
    "key_area",
    "overseas_preboard",
    "overseas_in_province",
    "overseas_transit",
    "overseas_early_return",
    "overseas_violator",
    "discharged",
    "imported_discharged",
    "asymptomatic",
    "periodic_14",
    "periodic_1m",
    "cold_chain_staff",
    "school_realtime",
    "public_service_realtime",
    "admission",
    "high_risk_arrival",
    "returnee_rural",
)
ANCHORS = (
    "isolation_start",
    "last_exposure",
    "placement",
    "arrival",
    "entry",
    "release",
    "included_at",
    "boarding",
    "discharge",
    "discovered_at",
    "last_sample",
    "household_return",
    "last_case",
)


class AnchorWrong(Invalid):
    """A date and time is needed, for example 2021-01-07 10:00."""


@router.get("/residents")
async def listed(request: Request, signed: CurrentSession, after: UUID | None = None) -> Response:
    if wants_sheet(request):
        every = await signed.house.residents.listed(official=signed.official, limit=ALL_ROWS)
        return await sheet_of(request, signed, RESIDENTS, every)
    found = await signed.house.residents.listed(official=signed.official, limit=PAGE + 1, after=after)
    more = found[PAGE - 1][0].id if len(found) > PAGE else None
    return page(request, "residents.html", people=found[:PAGE], after=after, more=more, looked_up=False)


@router.post("/residents/sheet")
async def named(
    request: Request, signed: Acting, reason: Annotated[str, Form(min_length=4, max_length=200)]
) -> Response:
    """Everybody of the area with whole names and numbers; the reason is on record."""
    every = await signed.house.residents.revealed(reason.strip(), official=signed.official, limit=ALL_ROWS)
    return await sheet_of(request, signed, RESIDENTS_NAMED, every)


@router.post("/residents/search")
async def search(request: Request, signed: Acting, words: Annotated[str, Form(max_length=60)]) -> Response:
    """By a form, not by an address: a phone number belongs into no history and no log."""
    found = await signed.house.desks.look_up(words, official=signed.official)
    return page(request, "residents.html", people=found, after=None, more=None, looked_up=True)


@router.get("/residents/{resident_id}")
async def one(resident_id: ResidentId, request: Request, signed: CurrentSession) -> Response:
    return await _shown(resident_id, request, signed, revealed=None)


@router.get("/attachments/{attachment_id}")
async def picture(attachment_id: AttachmentId, signed: CurrentSession) -> Response:
    media_type, content = await signed.house.attachments.show(attachment_id, official=signed.official)
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


@router.post("/residents/{resident_id}/reveal")
async def reveal(
    resident_id: ResidentId,
    request: Request,
    signed: Acting,
    reason: Annotated[str, Form(min_length=4, max_length=200)],
) -> Response:
    """The answer shows it once; loading the page again masks it again."""
    identity = await signed.house.residents.reveal(resident_id, reason.strip(), official=signed.official)
    return await _shown(resident_id, request, signed, revealed=identity)


async def _shown(resident_id: ResidentId, request: Request, signed: SignedIn, *, revealed: Identity | None) -> Response:
    house, official = signed.house, signed.official
    language = language_of(request)
    resident, identity = await house.residents.get(resident_id, official=official)
    reports: list[Told] = []
    alerts = []
    plans: list[PlanOut] = []
    way = None
    reports_due = []
    occupations: tuple[Occupation, ...] = ()
    classes: list[PeriodicRule] = []
    if official.scope.area is not None and resident.erased_at is None:  # an employer never sees health or contacts
        written = await house.reports.of_resident(resident_id, official=official)
        newest = sorted(written, key=lambda report: report.reported_at, reverse=True)
        reports = [told_by(report, house, language) for report in newest]
        plans = await house.follow_ups.of_resident(resident_id, official=official)
        if official.may(*CONFIRMING) and plans:
            way = await house.pathways.of_resident(resident_id, official=official)
        if official.may(*REPORTING_UPWARDS):
            reports_due = await house.results.reports_due(official=official, resident=resident_id)
        if official.may(*PEOPLE_ROLES):
            occupations = await house.gates.occupations_of(resident_id, official=official)
            pack = await house.packs.in_force_at(resident.area)
            classes = [rule for rule in pack.periodic.values() if rule.places]
        views = await house.desks.alerts_of(resident_id, official=official)
        alerts = [line_of(house, view, official, language) for view in views]
    return page(
        request,
        "resident.html",
        resident=resident,
        identity=identity,
        revealed=revealed,
        reports=reports,
        lines=alerts,
        plans=plans,
        may_place=official.may(*PLACING),
        may_decide=official.may(*CONFIRMING),
        profiles=PROFILES,
        anchor_names=ANCHORS,
        way=way,
        reports_due=reports_due,
        may_report=official.may(*REPORTING_DISCHARGES),
        leavings=tuple(Leaving),
        transports=TRANSPORTS,
        may_say_work=official.may(*PEOPLE_ROLES),
        works_as=occupations,
        occupations=tuple(Occupation),
        classes=classes,
        may_move=official.may(*MOVING),
    )


# what the resident must do


@router.post("/residents/{resident_id}/follow-ups")
async def place(
    resident_id: ResidentId,
    signed: Acting,
    profile: Annotated[str, Form(max_length=60)],
    reason: Annotated[str, Form(min_length=4, max_length=2000)],
    anchor: Annotated[list[str], Form()],
    at: Annotated[list[str], Form()],
) -> Response:
    """Each event the profile starts from has a field of its own; those left empty are not known."""
    anchors = _anchors(anchor, at, signed.house.words.zone)
    await signed.house.follow_ups.place(
        resident_id, profile=profile, anchors=anchors, reason=reason.strip(), official=signed.official
    )
    return back_to(f"/console/residents/{resident_id}", said="plan_placed")


def _anchors(names: Iterable[str], said: Iterable[str], zone: ZoneInfo) -> dict[str, Moment]:
    """Each event with its moment; a field left empty is an event not known."""
    return anchors_read({name: f"{at}:00{_offset(at, zone)}" for name, at in zip(names, said, strict=False) if at})


def _offset(said: str, zone: ZoneInfo) -> str:
    """A field of a form knows no zone: it means local time. Raises AnchorWrong."""
    try:
        local = datetime.fromisoformat(said).replace(tzinfo=zone)
    except ValueError:
        raise AnchorWrong from None
    return local.isoformat()[-6:]


@router.post("/residents/{resident_id}/follow-ups/{follow_up_id}/class")
async def reclassify(
    resident_id: ResidentId,
    follow_up_id: FollowUpId,
    signed: Acting,
    profile: Annotated[str, Form(max_length=60)],
    reason: Annotated[str, Form(min_length=4, max_length=2000)],
    anchor: Annotated[list[str], Form()],
    at: Annotated[list[str], Form()],
) -> Response:
    """Another class than the one the plan was made for; what was sampled counts on."""
    anchors = _anchors(anchor, at, signed.house.words.zone)
    await signed.house.follow_ups.reclassify(
        follow_up_id, profile=profile, anchors=anchors, reason=reason.strip(), official=signed.official
    )
    return back_to(f"/console/residents/{resident_id}", said="plan_placed")


@router.post("/residents/{resident_id}/follow-ups/{follow_up_id}/confirmation")
async def confirm(resident_id: ResidentId, follow_up_id: FollowUpId, signed: Acting) -> Response:
    await signed.house.follow_ups.confirm(follow_up_id, official=signed.official)
    return back_to(f"/console/residents/{resident_id}", said="plan_confirmed")


@router.post("/residents/{resident_id}/follow-ups/{follow_up_id}/withdrawal")
async def withdraw(
    resident_id: ResidentId,
    follow_up_id: FollowUpId,
    signed: Acting,
    reason: Annotated[str, Form(min_length=4, max_length=2000)],
) -> Response:
    await signed.house.follow_ups.withdraw(follow_up_id, official=signed.official, reason=reason.strip())
    return back_to(f"/console/residents/{resident_id}", said="plan_withdrawn")


@router.post("/residents/{resident_id}/follow-ups/{follow_up_id}/release")
async def release(
    resident_id: ResidentId,
    follow_up_id: FollowUpId,
    signed: Acting,
    reason: Annotated[str, Form(min_length=4, max_length=2000)],
) -> Response:
    await signed.house.follow_ups.close(follow_up_id, official=signed.official, reason=reason.strip())
    return back_to(f"/console/residents/{resident_id}", said="plan_closed")


@router.post("/residents/{resident_id}/plan-items/{item_id}/completion")
async def complete(resident_id: ResidentId, item_id: PlanItemId, signed: Acting) -> Response:
    await signed.house.follow_ups.complete(item_id, official=signed.official)
    return back_to(f"/console/residents/{resident_id}", said="item_done")


# what the resident said


@dataclass(frozen=True, slots=True)
class Told:
    """A report in lines: what was asked, what was said."""

    reference: str
    kind: ReportKind
    at: datetime
    lines: tuple[str, ...]
    said: str | None
    withdrawn_at: datetime | None = None
    pictures: tuple[AttachmentId, ...] = ()


def told_by(report: Report, house: House, language: str) -> Told:
    body = report.body or {}
    answers: dict[str, Any] = body.get("answers") or {}
    return Told(
        reference=report.reference,
        kind=report.kind,
        at=report.reported_at,
        lines=tuple(line for line in _lines(answers, house, language) if line),
        said=body.get("said") or answers.get("words"),
        withdrawn_at=report.withdrawn_at,
        pictures=tuple(named for answer in answers.values() if (named := named_by(answer)) is not None),
    )


def _lines(answers: dict[str, Any], house: House, language: str) -> list[str]:
    """Each journey, stay or encounter is a line; codes are said in words."""

    def place(value: Any) -> str:
        return str((value or {}).get("text", "")) if isinstance(value, dict) else ""

    def on(value: Any) -> str:
        if not value:
            return ""
        return house.words.moment(_moment(value, house), language) if "T" in str(value) else spoken_day(value, language)

    def joined(*parts: str) -> str:
        return " · ".join(part for part in parts if part)

    lines = [
        joined(
            f"{place(leg['origin'])} → {place(leg['destination'])}",
            on(leg["departed_on"]),
            word(f"transport.{leg['transport']}", language),
            leg.get("number") or "",
            leg.get("seat") or "",
            leg.get("companions") or "",
        )
        for leg in answers.get("legs", ())
    ]
    lines += [
        joined(place(stay["place"]), f"{on(stay['from_on'])} – {on(stay.get('to_on')) or '…'}")
        for stay in answers.get("stays", ())
    ]
    lines += [
        joined(
            word(f"met.{met['met']}", language),
            on(met["on"]),
            place(met.get("place")),
            met.get("person") or "",
            met.get("note") or "",
        )
        for met in answers.get("contacts", ())
    ]
    if answers.get("origin"):
        lines.append(joined(f"{place(answers['origin'])} → {place(answers['destination'])}", on(answers["arrives_at"])))
    if answers.get("certificate_at"):
        lines.append(f"{word('fact.certificate_at', language)} {on(answers['certificate_at'])}")
    measured = f"{answers['temperature']} ℃" if answers.get("temperature") is not None else ""
    ticked = [word(f"symptom.{one}", language) for one in answers.get("symptoms", ())]
    lines.append(joined(measured, *ticked, on(answers.get("onset"))))
    if answers.get("well") is True:
        lines.append(word("check_in.well", language))
    if answers.get("test"):
        value = answers.get("value")
        lines.append(
            joined(
                word(f"test.{answers['test']}", language),
                on(answers.get("sampled_at")),
                word(f"result.{value}", language) if value else "",
                answers.get("site") or "",
            )
        )
    return lines


def _moment(value: str, house: House) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=house.words.zone)
