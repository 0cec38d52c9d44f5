"""Questions put to the gates: the facts are gathered here, the pack's rules answer, and the answer is said in words.

Nothing is recorded by asking, but for an official's look at a person. The bot imposes and ends nothing: where no rule
speaks or a value is not set, the answer says so and names whom to ask.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from gateway.clock import Clock
from gateway.domain.applications import Application
from gateway.domain.calendars import day_of
from gateway.domain.events import Event, Ground, may_hold
from gateway.domain.follow_ups import MISSING_TEST, FollowUp, KeptItem
from gateway.domain.gates import (
    NOT_CONFIGURED,
    GateAnswer,
    Reason,
    Traveller,
    Trip,
    Watched,
    Worker,
    has_green_code,
    is_over,
    may_be_received,
    may_come,
    may_go_out,
    may_travel,
    may_work,
    without_health,
)
from gateway.domain.kinds import (
    AlertKind,
    ApplicationKind,
    ApplicationState,
    FollowUpState,
    GateQuestion,
    ItemKind,
    ItemState,
    Lane,
    Occupation,
    PeriodKind,
    ResidentId,
    ResultValue,
    Role,
    Verdict,
)
from gateway.domain.packs import Anchor, Pack
from gateway.domain.people import NOWHERE, Resident, Speaker, masked_name, normal_id_number, normal_phone
from gateway.domain.plans import Sampling
from gateway.domain.rules import Words as Said
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.domain.windows import Streak, preboarding_streak
from gateway.errors import Forbidden, Invalid
from gateway.messages.words import Words, spoken_day
from gateway.record.record import Work
from gateway.schemas.gates import GateAsk, GateOut, GateReasonOut
from gateway.schemas.plans import RuleOut
from gateway.services.grounds import at_risk, ground_of
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.residents import spoken_for
from gateway.services.transactions import Transactions

#: Questions that are about a person, whoever asks them.
ABOUT_SOMEBODY = frozenset({GateQuestion.WORK, GateQuestion.OVER, GateQuestion.GREEN_CODE})

_ISOLATION = (PeriodKind.CENTRAL, PeriodKind.HOME)
_HOLE = re.compile(r"\{(\w+)\}")
_LONGEST_QUOTE = 160


class NotYoursToAsk(Forbidden):
    """Your role does not look at residents' duties."""


class NobodyMeant(Invalid):
    """Nobody in your area, or more than one person, has this number."""


class PlaceMissing(Invalid):
    """Say where: a division's code."""


class EventMissing(Invalid):
    """Say what is to be held, and on which day."""


@dataclass(frozen=True, slots=True)
class GateService:
    transactions: Transactions
    packs: PackService
    words: Words
    outbox: Outbox
    clock: Clock

    # asking

    async def ask(self, question: GateQuestion, given: GateAsk, *, speaker: Speaker) -> GateOut:
        """A resident's question about themselves or their family; an official's own, where they ask in chat."""
        language = speaker.resident.language if speaker.resident else "zh_Hans_CN"
        about: ResidentId | None = None
        if question in ABOUT_SOMEBODY or given.about is not None:
            about = spoken_for(speaker, given.about)
        elif speaker.resident is not None:
            about = speaker.resident.id
        async with self.transactions.begin(Scope.of_people([ResidentId(one) for one in speaker.people])) as work:
            resident = await work.residents.get(about) if about is not None else None
            area = resident.area if resident else NOWHERE
            if resident is None and speaker.official_id is not None:
                official = await work.officials.find(speaker.official_id)
                if official is not None:
                    area, language = official.area, official.language
            return await self._answered(work, question, given, resident, area, language)

    async def ask_as(self, question: GateQuestion, given: GateAsk, *, official: Official) -> GateOut:
        """An official's question: about a person of their area, by id or number, or about a place or an event."""
        if question not in ABOUT_SOMEBODY and given.resident_id is None and not given.number:
            async with self.transactions.begin(official.scope) as work:
                return await self._answered(work, question, given, None, official.area, official.language)
        if not official.may(*PEOPLE_ROLES, Role.UNIT_CONTACT):
            raise NotYoursToAsk
        async with self.transactions.begin(official.scope) as work:
            resident_id = await self._meant(work, given)
            await work.audit.add("gate.ask", "resident", resident_id, at=self.clock.now(), question=question)
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            resident = await work.residents.get(resident_id)
            return await self._answered(
                work, question, given, resident, resident.area, official.language, health=official.may(*PEOPLE_ROLES)
            )

    @staticmethod
    async def _meant(work: Work, given: GateAsk) -> ResidentId:
        if given.resident_id is not None:
            return (await work.residents.get(ResidentId(given.resident_id))).id
        phone, number = normal_phone(given.number or ""), normal_id_number(given.number or "")
        found = await work.residents.matching(
            phone=phone if len(phone) >= 5 else None, id_number=number if len(number) >= 15 else None
        )
        if len(found) != 1:
            raise NobodyMeant
        return found[0].id

    async def _answered(
        self,
        work: Work,
        question: GateQuestion,
        given: GateAsk,
        resident: Resident | None,
        area: str,
        language: str,
        *,
        health: bool = True,
    ) -> GateOut:
        """`health`: whether who asks may learn how the person is, beside what they may do."""
        now = self.clock.now()
        where = given.area if question is GateQuestion.HOLD and given.area else area
        pack = await self.packs.for_area(work, where, now)
        ask_occupation = False
        match question:
            case GateQuestion.WORK:
                assert resident is not None
                worker = await self._worker(work, resident, given.occupation, now)
                ask_occupation = not worker.occupations
                answer = may_work(pack, worker, now)
            case GateQuestion.OVER:
                assert resident is not None
                answer = is_over(pack, await self._watched(work, resident, now), now)
            case GateQuestion.GREEN_CODE:
                assert resident is not None
                watched = await self._watched(work, resident, now)
                answer = has_green_code(pack, watched) if watched else is_over(pack, None, now)
            case GateQuestion.COME:
                answer = may_come(pack, await self._traveller(work, resident, pack, given, now))
            case GateQuestion.TRAVEL:
                answer = may_travel(pack, await self._trip(work, resident, area, given, now))
            case GateQuestion.OUTING:
                answer = may_go_out(pack)
            case GateQuestion.ADMISSION:
                answer = may_be_received(pack, str(given.occupation or Occupation.WELFARE), surveyed=given.surveyed)
            case GateQuestion.HOLD:
                answer = may_hold(pack, self._event(given, pack, now), await self._ground(work, where, now))
        answer = answer if health else without_health(pack, answer)
        return self.out(question, answer, language, ask_occupation=ask_occupation)

    # what is known

    async def _worker(self, work: Work, resident: Resident, claimed: Occupation | None, now: datetime) -> Worker:
        """What an official recorded counts; what a person says of their own work only adds to it."""
        recorded = await work.applications.occupations(resident.id)
        occupations = tuple(dict.fromkeys([*recorded, *([claimed] if claimed else [])]))
        follow_ups = await work.follow_ups.of_resident(resident.id)
        isolated = [
            period
            for follow_up in follow_ups
            for period in follow_up.periods
            if period.kind in _ISOLATION and period.starts_at <= now
        ]
        held = any(one.state is FollowUpState.HELD and one.is_duty for one in follow_ups)
        running = [period for period in isolated if period.ends_at is None or now < period.ends_at]
        alerts = await work.alerts.open_for_subject("resident", resident.id)
        return Worker(
            occupations=tuple(one.value for one in occupations),
            samplings=tuple(await self._samplings(work, resident)),
            symptoms=any(alert.kind in (AlertKind.SYMPTOMS, AlertKind.EMERGENCY) for alert in alerts),
            isolated=bool(running) or (held and bool(isolated)),
            isolated_until=max((one.ends_at for one in running if one.ends_at), default=None),
        )

    @staticmethod
    async def _samplings(work: Work, resident: Resident) -> list[Sampling]:
        return await work.results.samplings(resident.id, await work.residents.key(resident.id))

    async def _watched(self, work: Work, resident: Resident, now: datetime) -> Watched | None:
        """Of what stands the one that ends last (nobody can say when: later than any), else the one that ended last."""
        every = await work.follow_ups.of_resident(resident.id, open_only=False)
        watched = [one for one in every if one.periods and one.state is not FollowUpState.WITHDRAWN]
        if not watched:
            return None
        standing = [one for one in watched if one.is_open]
        latest = (
            max(standing, key=lambda one: (one.ends_at is None, one.ends_at or one.created_at))
            if standing
            else max(watched, key=lambda one: one.closed_at or one.created_at)
        )
        return await self._watched_as(work, resident, latest, now)

    async def _watched_as(self, work: Work, resident: Resident, follow_up: FollowUp, now: datetime) -> Watched:
        items = await work.follow_ups.items(follow_up.id)
        tests = [one for one in items if one.kind is ItemKind.TEST and one.state is not ItemState.CANCELLED]
        overdue = any(one.is_open and one.due_at is not None and one.due_at <= now for one in tests)
        return Watched(
            profile=follow_up.profile,
            rules=tuple(dict.fromkeys(rule for period in follow_up.periods for rule in period.rules)),
            ends_at=follow_up.ends_at,
            closed=follow_up.state is FollowUpState.CLOSED,
            missing_test=overdue or MISSING_TEST in follow_up.holds,
            held=any(hold != MISSING_TEST for hold in follow_up.holds),
            arrived=not await work.arrivals.open_of(resident.id),
            tests_negative=_all_negative(tests, await self._samplings(work, resident)),
        )

    async def _traveller(
        self, work: Work, resident: Resident | None, pack: Pack, given: GateAsk, now: datetime
    ) -> Traveller:
        announced = await work.arrivals.open_of(resident.id) if resident else []
        must_declare = given.abroad or given.area is None
        if given.area is not None and not given.abroad:
            origin = await self._ground(work, given.area, now)
            must_declare = at_risk(origin) is not False or origin.last_case_on is not None
        today = now.astimezone(self.words.zone).date()
        approved = resident is not None and any(
            one.state is ApplicationState.APPROVED and one.on >= (given.on or today)
            for one in await self._applications(work, resident, ApplicationKind.EARLY_RETURN)
        )
        return Traveller(
            must_declare=must_declare,
            declared=bool(announced),
            released_on=given.released_on,
            arrives_on=given.on,
            own_transport=given.own_transport,
            early_or_changed=given.early_or_changed,
            approved=approved,
            boards_at=given.boards_at,
            certificate_at=given.certificate_at,
            reports=await self._reports_before_boarding(work, resident, pack, today) if resident else None,
        )

    @staticmethod
    async def _reports_before_boarding(work: Work, resident: Resident, pack: Pack, today: date) -> Streak | None:
        for follow_up in await work.follow_ups.of_resident(resident.id):
            if pack.preboard is not None and Anchor.BOARDING in follow_up.anchors:
                items = [one for one in await work.follow_ups.items(follow_up.id) if one.kind is ItemKind.REPORT]
                days = [one.day_in(pack.zone) for one in items if one.done_at]
                return preboarding_streak(day_of(follow_up.anchors[Anchor.BOARDING], pack.zone), days, today, pack)
        return None

    @staticmethod
    async def _applications(work: Work, resident: Resident, kind: ApplicationKind) -> list[Application]:
        return await work.applications.of_resident(resident.id, kind, await work.residents.key(resident.id))

    async def _trip(self, work: Work, resident: Resident | None, home: str, given: GateAsk, now: datetime) -> Trip:
        if given.area is None:
            raise PlaceMissing
        cadre, approved = given.cadre, False
        if resident is not None:
            cadre = cadre or Occupation.CADRE in await work.applications.occupations(resident.id)
            approved = any(
                one.state is ApplicationState.APPROVED
                and str(one.details.get("destination", "")).startswith(given.area[:4])
                and one.on >= (given.on or now.astimezone(self.words.zone).date())
                for one in await self._applications(work, resident, ApplicationKind.CADRE_TRIP)
            )
        here = await self._ground(work, home, now) if home != NOWHERE else Ground(tier=None)
        return Trip(
            at_risk=at_risk(await self._ground(work, given.area, now)),
            home_at_risk=bool(at_risk(here)),
            necessary=given.necessary,
            cadre=cadre,
            leaves_city=given.area[:4] != home[:4],
            approved=approved,
        )

    @staticmethod
    async def _ground(work: Work, area: str, now: datetime) -> Ground:
        return await ground_of(work, area, now) if area and area != NOWHERE else Ground(tier=None)

    @staticmethod
    def _event(given: GateAsk, pack: Pack, now: datetime) -> Event:
        if given.kind is None:
            raise EventMissing
        return Event(
            kind=given.kind,
            on=given.on or now.astimezone(pack.zone).date(),
            people=given.people,
            cadres=given.cadre,
            excuses=frozenset({given.excuse}) if given.excuse else frozenset(),
        )

    # what people work as

    async def set_occupation(
        self, resident_id: ResidentId, occupation: Occupation, *, holds: bool, official: Official
    ) -> tuple[Occupation, ...]:
        """An official says what somebody works as; from then on the gate asks for the test that such people need."""
        if not official.may(*PEOPLE_ROLES, Role.UNIT_CONTACT):
            raise NotYoursToAsk
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
            if holds:
                await work.applications.set_occupation(resident_id, occupation, by=official.id, at=now)
            else:
                await work.applications.end_occupation(resident_id, occupation)
            await work.audit.add(
                "occupation.set" if holds else "occupation.end", "resident", resident_id, at=now, occupation=occupation
            )
            return await work.applications.occupations(resident_id)

    async def occupations_of(self, resident_id: ResidentId, *, official: Official) -> tuple[Occupation, ...]:
        if not official.may(*PEOPLE_ROLES, Role.UNIT_CONTACT):
            raise NotYoursToAsk
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
            return await work.applications.occupations(resident_id)

    # what follows from an end

    async def ended(self, work: Work, resident: Resident, follow_up: FollowUp, now: datetime) -> None:
        """A follow-up has just closed: whoever has a green code due is told, and so is the office that gives it."""
        if follow_up.state is not FollowUpState.CLOSED:
            return
        standing = await work.follow_ups.of_resident(resident.id)
        if any(period.kind in _ISOLATION for other in standing for period in other.periods):
            return  # under another profile the isolation goes on
        pack = await self.packs.for_area(work, resident.area, now)
        answer = has_green_code(pack, await self._watched_as(work, resident, follow_up, now))
        if answer.verdict is not Verdict.YES:
            return
        quote = self.quotes(answer.rules[:1], resident.language)
        await self.outbox.to_resident(
            work,
            resident,
            "green_code",
            {
                "person": await _name_for_family(work, resident),
                "text": self._said(answer.reasons[0], resident.language),
                "quote": quote[0].explanation if quote else None,
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"green_code:{follow_up.id}",
            duty=True,
        )
        holding = await work.officials.on_call((Role.HEALTH, Role.GRID_WORKER), resident.area, now)
        await self.outbox.to_officials(
            work,
            {one.id: one for held in holding.values() for one in held}.values(),
            "information",
            {
                "kind": "green_code",
                "person": masked_name((await work.residents.identity(resident.id)).name),
                "area": resident.area,
                "facts": {"profile": follow_up.profile, "rules": list(answer.rules)},
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"green_code:{follow_up.id}",
        )
        await work.audit.add("green_code.due", "follow_up", follow_up.id, at=now, rules=list(answer.rules))

    # words

    def out(
        self, question: GateQuestion, answer: GateAnswer, language: str, *, ask_occupation: bool = False
    ) -> GateOut:
        reasons = [
            GateReasonOut(
                code=reason.code,
                verdict=reason.verdict,
                text=self._said(reason, language),
                rules=self.quotes(reason.rules, language),
            )
            for reason in answer.reasons
        ]
        decides = answer.decides if answer.verdict is Verdict.OFFICIAL else None
        who = self.words.word(f"level.{decides}", language) if decides else None
        values: dict[str, Any] = {
            "verdict": answer.verdict.value,
            "reasons": [_shown(reason, language) for reason in reasons],
            "decides": decides.value if decides else None,
        }
        return GateOut(
            question=question,
            verdict=answer.verdict,
            text=self.words.say("gate_answer", language, values).plain,
            reasons=reasons,
            decides=decides,
            decides_name=who,
            ask_occupation=ask_occupation,
        )

    def _said(self, reason: Reason, language: str) -> str:
        sentence = _in(reason.says, language) if reason.says else self.words.word(f"gate.{reason.code}", language)

        if reason.code == NOT_CONFIGURED:
            return f"{sentence} {reason.facts['value']} ({reason.facts['rule']})"

        def filled(hole: re.Match[str]) -> str:
            return self._fact(reason.facts.get(hole[1]), language) if hole[1] in reason.facts else hole[0]

        return _HOLE.sub(filled, sentence)

    def _fact(self, value: object, language: str) -> str:
        if isinstance(value, datetime):
            return self.words.moment(value, language)
        if isinstance(value, date):
            return spoken_day(value, language)
        return "" if value is None else str(value)

    def quotes(self, rules: Iterable[str], language: str) -> list[RuleOut]:
        """Each rule once, with its sentence."""
        return self.packs.quoted(dict.fromkeys(rules), language)


def _in(said: Said, language: str) -> str:
    return said.zh if language.startswith("zh") else said.en


def _shown(reason: GateReasonOut, language: str) -> Mapping[str, Any]:
    """The reason as the message shows it: a quote, and its meaning for who does not read Chinese."""
    return {
        "text": reason.text,
        "quotes": [
            {
                "id": rule.id,
                "quote": _cut(rule.quote),
                "meaning": None if language.startswith("zh") else _cut(rule.explanation),
            }
            for rule in reason.rules
            if rule.quote
        ],
    }


def _cut(quote: str) -> str:
    return quote if len(quote) <= _LONGEST_QUOTE else f"{quote[: _LONGEST_QUOTE - 1]}…"


def _all_negative(tests: Iterable[KeptItem], samplings: Iterable[Sampling]) -> bool | None:
    """Whether every test that was asked for is confirmed negative; None while a test or a result is missing."""
    results = {(one.test, one.sampled_at): one.result for one in samplings}
    found = [results.get((item.test, item.done_at)) if item.test and item.done_at else None for item in tests]
    if any(result is ResultValue.POSITIVE for result in found):
        return False
    return True if found and all(result is ResultValue.NEGATIVE for result in found) else None


async def _name_for_family(work: Work, resident: Resident) -> str | None:
    if not await work.residents.guardians(resident.id):
        return None
    return (await work.residents.identity(resident.id)).name
