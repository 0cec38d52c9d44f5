"""One method per thing the bot asks of the gateway. Problems become bot errors; what can safely be asked twice is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2

from bot.errors import BY_STATUS, BY_TYPE, Complaint, NotAccepted, NotDelivered, NotFound, NotUnderstood, Refused
from gateway.schemas.alerts import AlertOut, AssigneeIn, DutyOut, NextStepOut, NoteIn, ResolutionIn
from gateway.schemas.controls import LeavingIn, WelfareAnswerIn
from gateway.schemas.desk_groups import DeskGroupIn, DeskGroupOut
from gateway.schemas.duties import AskedOut, DutyReportIn, DutyReportOut, OwedOut, ReportTypeOut, TrialIn
from gateway.schemas.gates import ApplicationOut, EventIn, GateAsk, GateOut, TripIn
from gateway.schemas.guidance import (
    AgenciesOut,
    AgencyOut,
    AskedIn,
    HotlinesOut,
    RumourIn,
    RumourOut,
    SheetOut,
    TopicOut,
    TopicsOut,
)
from gateway.schemas.matters import MatterOut, OffersOut, StepIn, StepOut, TipIn, TipOut
from gateway.schemas.pathways import ListedOut, OwnResultOut, OwnResultsOut
from gateway.schemas.people import (
    AddressIn,
    AttachmentOut,
    ConsentIn,
    CopyOut,
    EnrolmentIn,
    ErasureOut,
    FamilyIn,
    FamilyMember,
    HeardIn,
    HeardOut,
    LanguageIn,
    LoginLinkOut,
    MeOut,
    OfficialMe,
    ProfileIn,
    PushIn,
    QuietHoursIn,
)
from gateway.schemas.places import PlacesOut
from gateway.schemas.plans import ItemOut, PlanOut, PlansOut, RuleOut
from gateway.schemas.reports import OwnReport, ReportIn, ReportOut
from gateway.schemas.risk_areas import RiskAreasOut
from gateway.schemas.shapes import Answer, Shape, ShapeMismatch
from gateway.schemas.venues import DoorOut, GuestIn, VisitIn, VisitOut

# Conversations know the gateway's shapes only by what this client gives them.
__all__ = [
    "AgencyOut",
    "AlertOut",
    "NextStepOut",
    "ApplicationOut",
    "AttachmentOut",
    "DutyOut",
    "EventIn",
    "FamilyIn",
    "GateOut",
    "GuestIn",
    "GatewayClient",
    "ItemOut",
    "ListedOut",
    "MatterOut",
    "MeOut",
    "OwnReport",
    "OwnResultOut",
    "PlacesOut",
    "PlanOut",
    "RiskAreasOut",
    "TopicOut",
    "RuleOut",
    "ShapeMismatch",
    "StepOut",
    "PlansOut",
    "ProfileIn",
    "ReportIn",
    "ReportOut",
    "TripIn",
]

TRIES = 3
PAUSES = (0.2, 0.8)
BUSY = {429, 502, 503, 504}
LONGEST_HEARD = 5000

Answered = TypeVar("Answered", bound=Answer)
Given = TypeVar("Given", bound=Shape)


@dataclass(frozen=True, slots=True)
class GatewayClient:
    """Acts for the one person whose address it carries; `acting_for` gives the client for another."""

    http: httpx2.AsyncClient
    token: str
    address: str = ""
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep

    def acting_for(self, address: str) -> "GatewayClient":
        return replace(self, address=address)

    # --- people

    async def me(self) -> MeOut:
        return _shape(MeOut, await self._get("/v1/me"))

    async def consent(self, *, version: str, language: str) -> MeOut:
        return _shape(MeOut, await self._put("/v1/me/consent", ConsentIn(version=version, language=language)))

    async def speak(self, language: str) -> None:
        await self._put("/v1/me/language", LanguageIn(language=language))

    async def be_quiet(self, starts: time | None, ends: time | None) -> None:
        await self._put("/v1/me/quiet-hours", QuietHoursIn(starts=starts, ends=ends))

    async def keep_profile(self, profile: ProfileIn) -> None:
        await self._put("/v1/me/profile", profile)

    async def add_family_member(self, member: FamilyIn, *, key: str) -> FamilyMember:
        return _shape(FamilyMember, await self._post("/v1/me/family", member, key=key))

    async def stop(self, *, key: str) -> None:
        await self._post("/v1/me/stop", None, key=key)

    async def copy(self, *, key: str) -> CopyOut:
        return _shape(CopyOut, await self._post("/v1/me/copies", None, key=key))

    async def erase(self, *, key: str) -> ErasureOut:
        return _shape(ErasureOut, await self._post("/v1/me/erasure", None, key=key))

    async def enrol(self, token: str) -> OfficialMe:
        """Raises ShapeMismatch for what cannot be an invitation."""
        answer = await self._post("/v1/enrolments", EnrolmentIn(token=token), key=f"enrol:{token[:40]}")
        return _shape(OfficialMe, answer.get("official", answer) if isinstance(answer, dict) else answer)

    async def bind_group(self, code: str, *, chat: str, topic: int | None) -> DeskGroupOut:
        """Raises NotFound for a code nobody waits for, also where it cannot be one."""
        if not 8 <= len(code) <= 64:
            raise NotFound("group-code-unknown", 404, "this is no code")
        answer = await self._post(
            "/v1/desk-groups", DeskGroupIn(code=code, chat=chat, topic=topic), key=f"bind:{chat}:{code}"
        )
        return _shape(DeskGroupOut, answer)

    async def mark_address(self, channel: str, handle: str, *, state: str) -> None:
        await self._put(
            "/v1/addresses", AddressIn.model_validate({"channel": channel, "handle": handle, "state": state})
        )

    # --- what residents tell and ask

    async def heard(self, text: str, *, language: str, about: str | None = None, key: str) -> HeardOut:
        said = HeardIn(text=text[:LONGEST_HEARD], language=language, about=UUID(about) if about else None)
        return _shape(HeardOut, await self._post("/v1/heard", said, key=key))

    async def report(self, report: ReportIn) -> ReportOut:
        """The instance id is the key: a report asked twice is one report."""
        return _shape(ReportOut, await self._post("/v1/reports", report, key=str(report.instance_id)))

    async def subscribe(self, endpoint: str, p256dh: str, auth: str) -> None:
        """A browser that wants to be told. Raises NotAccepted where its push service is unknown."""
        shape = _fitting(PushIn, endpoint=endpoint, p256dh=p256dh, auth=auth)
        await self._put("/v1/me/push-subscriptions", shape)

    async def unsubscribe(self, handle: str) -> None:
        await self._ask("DELETE", f"/v1/me/push-subscriptions/{handle}")

    async def attach(self, attachment_id: UUID, picture: bytes) -> AttachmentOut:
        """Under the same id it is kept once. Raises NotAccepted for what is no picture, or too large a one."""
        answer = await self._ask("PUT", f"/v1/me/attachments/{attachment_id}", content=picture)
        return _shape(AttachmentOut, answer)

    async def attachment(self, attachment_id: UUID) -> tuple[str, bytes]:
        """(media type, picture) of this person's own. Raises NotFound."""
        answer = await self._answer("GET", f"/v1/me/attachments/{attachment_id}")
        if not answer.is_success:
            _read(answer)
        return answer.headers.get("content-type", ""), answer.content

    async def earlier_reports(self) -> list[OwnReport]:
        return [_shape(OwnReport, one) for one in await self._get("/v1/me/reports")]

    async def take_back(self, report_id: UUID) -> None:
        await self._ask("DELETE", f"/v1/me/reports/{report_id}")

    async def plans(self, about: str | None = None) -> PlansOut:
        return _shape(PlansOut, await self._get("/v1/me/plan", about=about))

    async def results(self, about: str | None = None) -> list[OwnResultOut]:
        """Every test, the newest first."""
        return _shape(OwnResultsOut, await self._get("/v1/me/results", about=about)).results

    async def tests_asked(self, about: str | None = None) -> list[ListedOut]:
        """The lists of those to be tested that somebody stands on."""
        answer = await self._get("/v1/me/tests-asked", about=about)
        return [_shape(ListedOut, one) for one in answer]

    async def gate(self, question: str, **known: Any) -> GateOut:
        """A question of the person at this address, about themselves, a place or an event."""
        return _shape(GateOut, await self._get(f"/v1/me/gates/{question}", **_asked(known)))

    async def gate_about(self, question: str, **known: Any) -> GateOut:
        """An official's question about somebody of their area."""
        asked = GateAsk.model_validate(_asked(known))
        return _shape(GateOut, await self._post(f"/v1/gates/{question}", asked, key=str(uuid4())))

    async def apply_for_event(self, event: EventIn, *, key: str) -> ApplicationOut:
        return _shape(ApplicationOut, await self._post("/v1/me/events", event, key=key))

    async def apply_for_trip(self, trip: TripIn, *, key: str) -> ApplicationOut:
        return _shape(ApplicationOut, await self._post("/v1/me/trips", trip, key=key))

    async def places(self, text: str, *, language: str, limit: int = 8) -> PlacesOut:
        return _shape(PlacesOut, await self._get("/v1/places", q=text[:200], language=language, limit=limit))

    async def risk_areas(self, place: str, *, on: date, language: str) -> RiskAreasOut:
        answer = await self._get("/v1/risk-areas", place=place[:300], on=on.isoformat(), language=language)
        return _shape(RiskAreasOut, answer)

    async def answer_welfare(self, check_id: UUID, answer: str) -> None:
        await self._put(f"/v1/me/welfare/{check_id}", WelfareAnswerIn(answer=answer))

    async def ask_to_leave(self, reason: str, *, key: str) -> None:
        await self._post("/v1/me/exit-permits", LeavingIn(reason=reason), key=f"leave:{key}")

    async def matter_kinds(self) -> set[str]:
        """What this resident may tell of where they live."""
        answer = _shape(OffersOut, await self._get("/v1/me/matter-kinds"))
        return {offer.kind for offer in answer.offers}

    async def tell(self, kind: str, told: Mapping[str, str], *, key: str) -> str:
        """The reference to remember."""
        body = TipIn(kind=kind, told=dict(told))
        return _shape(TipOut, await self._post("/v1/me/matters", body, key=key)).reference

    async def hotlines(self) -> dict[str, str]:
        return _shape(HotlinesOut, await self._get("/v1/me/hotlines")).numbers

    async def guidance(self, *, language: str, asked: str | None = None, occasion: str | None = None) -> list[TopicOut]:
        """The advice in force where this person lives; of it what words ask for, or what belongs to an occasion."""
        if asked is not None:
            body = AskedIn(words=_whole(asked), language=language)
            return _shape(TopicsOut, await self._post("/v1/me/guidance", body, key=f"asked:{uuid4()}")).topics
        answer = await self._get("/v1/me/guidance", language=language, occasion=occasion)
        return _shape(TopicsOut, answer).topics

    async def topic(self, key: str, *, language: str) -> TopicOut:
        return _shape(TopicOut, await self._get(f"/v1/me/guidance/{key}", language=language))

    async def testing_agencies(self, *, language: str) -> list[AgencyOut]:
        return _shape(AgenciesOut, await self._get("/v1/me/testing-agencies", language=language)).agencies

    async def ask_rumour(self, words: str, *, key: str) -> str:
        """The reference to remember."""
        return _shape(RumourOut, await self._post("/v1/me/rumours", RumourIn(words=_whole(words)), key=key)).reference

    async def door(self, code: str) -> DoorOut:
        """What stands behind a code at a door. Raises NotFound, also where it cannot be one."""
        if not code.isalnum() or len(code) > 40:
            raise NotFound("not-found", 404, "no code looks like this")
        return _shape(DoorOut, await self._get(f"/v1/me/doors/{code}"))

    async def visit(
        self,
        code: str,
        *,
        key: str,
        guest: GuestIn | None = None,
        symptoms: Sequence[str] = (),
        medicine: str | None = None,
    ) -> VisitOut:
        """Raises NotFound where the place has closed meanwhile."""
        body = VisitIn(code=code, guest=guest, symptoms=list(symptoms), medicine=medicine)
        return _shape(VisitOut, await self._post("/v1/me/visits", body, key=f"visit:{key}"))

    async def sheet(self, member: UUID) -> SheetOut:
        return _shape(SheetOut, await self._get(f"/v1/me/family/{member}/sheet"))

    async def seen(self, delivery_id: UUID) -> None:
        await self._put(f"/v1/deliveries/{delivery_id}/seen", None)

    # --- officials

    async def duty(self) -> DutyOut:
        return _shape(DutyOut, await self._get("/v1/duty"))

    async def login_link(self, *, key: str) -> LoginLinkOut:
        return _shape(LoginLinkOut, await self._post("/v1/login-links", None, key=key))

    async def alert(self, alert_id: UUID) -> AlertOut:
        return _shape(AlertOut, await self._get(f"/v1/alerts/{alert_id}"))

    async def acknowledge(self, alert_id: UUID) -> AlertOut:
        return _shape(AlertOut, await self._put(f"/v1/alerts/{alert_id}/acknowledgement", None))

    async def matter(self, matter_id: UUID) -> MatterOut:
        return _shape(MatterOut, await self._get(f"/v1/matters/{matter_id}"))

    async def take_step(self, matter_id: UUID, step: str) -> MatterOut:
        path = f"/v1/matters/{matter_id}/steps/{step}"
        return _shape(MatterOut, await self._ask("PUT", path, body=StepIn()))

    async def note(self, alert_id: UUID, text: str, *, key: str) -> None:
        await self._post(f"/v1/alerts/{alert_id}/notes", NoteIn(text=text), key=key)

    async def assign(self, alert_id: UUID, official_id: UUID) -> AlertOut:
        return _shape(AlertOut, await self._put(f"/v1/alerts/{alert_id}/assignee", AssigneeIn(official_id=official_id)))

    async def resolve(self, alert_id: UUID, *, outcome: str, note: str | None) -> None:
        await self._put(f"/v1/alerts/{alert_id}/resolution", ResolutionIn(outcome=outcome, note=note))

    async def escalate(self, alert_id: UUID, *, key: str) -> None:
        await self._post(f"/v1/alerts/{alert_id}/escalation", None, key=key)

    async def tick(self, assignment_id: UUID) -> None:
        await self._put(f"/v1/checklist-assignments/{assignment_id}/completion", None)

    async def untick(self, assignment_id: UUID) -> None:
        await self._ask("DELETE", f"/v1/checklist-assignments/{assignment_id}/completion")

    # --- duties of units and people

    async def duties(self) -> list[OwedOut]:
        return [_shape(OwedOut, one) for one in await self._get("/v1/me/duties")]

    async def duty_asked(self, duty: str, *, day: date, slot: str) -> AskedOut:
        return _shape(AskedOut, await self._get(f"/v1/me/duties/{duty}", day=day.isoformat(), slot=slot))

    async def report_type(self, version: UUID) -> ReportTypeOut:
        return _shape(ReportTypeOut, await self._get(f"/v1/report-types/{version}"))

    async def report_type_tried(self, version: UUID, values: Mapping[str, Any]) -> None:
        """Whether the gateway would have taken it; nothing is kept."""
        await self._ask("PUT", f"/v1/report-types/{version}/trial", body=TrialIn(values=dict(values)))

    async def duty_reported(
        self,
        duty: str,
        *,
        zero: bool = False,
        same: bool = False,
        day: date,
        slot: str | None = None,
        number: int | None = None,
        values: Mapping[str, Any] | None = None,
        note: str | None = None,
        key: str | None = None,
    ) -> DutyReportOut:
        """`number` is the first thing the duty asks for: how many are affected, how many samples; `values` are all."""
        told = dict(values) if values is not None else {"first": number} if number is not None else {}
        report = DutyReportIn(zero=zero, same=same, values=told, note=note, day=day, slot=slot or None)
        key = key or f"duty:{duty}:{day.isoformat()}:{slot}:{'same' if same else zero}"
        return _shape(DutyReportOut, await self._post(f"/v1/me/duties/{duty}/reports", report, key=key))

    # --- the wire

    async def _get(self, path: str, **query: Any) -> Any:
        return await self._ask("GET", path, query={name: value for name, value in query.items() if value is not None})

    async def _put(self, path: str, body: Shape | None) -> Any:
        return await self._ask("PUT", path, body=body)

    async def _post(self, path: str, body: Shape | None, *, key: str) -> Any:
        return await self._ask("POST", path, body=body, key=key)

    async def _ask(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Shape | None = None,
        content: bytes | None = None,
        key: str | None = None,
    ) -> Any:
        return _read(await self._answer(verb, path, query=query, body=body, content=content, key=key))

    async def _answer(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Shape | None = None,
        content: bytes | None = None,
        key: str | None = None,
    ) -> httpx2.Response:
        """GET, PUT and DELETE are idempotent, a POST by its key: so a lost connection may simply be tried again."""
        headers = {"Authorization": f"Bearer {self.token}", "X-Shaodian-Address": self.address}
        if key is not None:
            headers["Idempotency-Key"] = key
        shaped = {} if body is None else body.model_dump(mode="json", exclude_none=True)
        bare = verb in ("GET", "DELETE") or content is not None
        for attempt in range(TRIES):
            if attempt:
                await self.rest(PAUSES[attempt - 1])
            try:
                answer = await self.http.request(
                    verb,
                    path,
                    params=dict(query or {}),
                    content=content,
                    json=None if bare else shaped,
                    headers=headers,
                )
            except httpx2.TransportError:
                continue
            if answer.status_code in BUSY:
                continue
            return answer
        raise NotDelivered(f"{verb} {path}")


def _whole(said: str) -> str:
    """Half a surrogate pair cannot be sent to anybody."""
    return said.encode("utf-8", "replace").decode()


def _read(answer: httpx2.Response) -> Any:
    if answer.status_code >= 500:
        raise NotUnderstood(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
    try:
        content = answer.json() if answer.content else None
    except ValueError:
        raise NotUnderstood(f"{answer.request.method} {answer.request.url.path}: not JSON") from None
    if answer.is_success:
        return content
    raise _refusal(answer.status_code, content if isinstance(content, dict) else {})


def _refusal(status: int, problem: Mapping[str, Any]) -> Refused:
    name = str(problem.get("type", "")).rpartition(":")[2]
    complaints = [
        Complaint(str(item.get("where", "")), str(item.get("message", ""))) for item in problem.get("errors") or ()
    ]
    kind = BY_TYPE.get(name) or BY_STATUS.get(status, Refused)
    return kind(name, status, str(problem.get("detail") or problem.get("title") or ""), complaints)


def _asked(known: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in known.items() if value not in (None, False)}
    return GateAsk.model_validate(given).model_dump(mode="json", exclude_unset=True)


def _fitting(shape: type[Given], **given: Any) -> Given:
    try:
        return shape.model_validate(given)
    except ValueError:
        raise NotAccepted("request-invalid", 422, "this does not fit") from None


def _shape(shape: type[Answered], content: Any) -> Answered:
    try:
        return shape.model_validate(content)
    except ValueError:
        # Without its words: an answer may hold what nobody should read in a log.
        raise NotUnderstood(f"{shape.__name__} not understood") from None
