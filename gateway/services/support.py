"""Everybody who asked for support, in one queue: what they told, who has it, until when, and the answer they hear.

What may be asked, who works it off, with which clocks and ladders is the packs' (matters, welfare checks, safety
words); nothing of it is decided here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gateway.domain.kinds import AlertKind, AlertStatus, MatterId
from gateway.domain.matters import Teller
from gateway.domain.rules import Unset, Words
from gateway.domain.scopes import Official
from gateway.errors import Invalid
from gateway.messages.words import LANGUAGES
from gateway.services.alerts import AlertService, AlertView
from gateway.services.matters import MatterService, MatterView
from gateway.services.packs import PackService

ANSWERED = "answered"
#: Alerts that are a person's need and no matter of a pack: they are taken and closed as alerts.
NEEDS = (AlertKind.SELF_HARM, AlertKind.WELFARE_MISSED, AlertKind.WELFARE_ASKED, AlertKind.EXIT_ASKED)
#: The queue looks at so many alerts; a county has a handful.
MOST = 500


class SupportState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class SupportLine:
    """One need. `topic` is a matter's or an alert's kind; `matter_id` or `alert_id` leads to its page.

    `answerable`: whoever asked hears an answer written here; what is taken and closed as an alert tells its outcome.
    """

    topic: str
    title: Words | None
    state: SupportState
    area: str
    told_at: datetime
    due_at: datetime | None
    by: str | None
    person: str | None
    ended_at: datetime | None
    matter_id: MatterId | None = None
    alert_id: UUID | None = None
    late: bool = False

    @property
    def answerable(self) -> bool:
        return self.matter_id is not None and self.state is not SupportState.ANSWERED


@dataclass(frozen=True, slots=True)
class Hotline:
    """A number for the cards of a place; None: not set, and the card says that a person was told."""

    name: str
    number: str | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class SupportService:
    matters: MatterService
    alerts: AlertService
    packs: PackService

    async def queue(
        self, *, official: Official, now: datetime, states: Collection[SupportState], topic: str = ""
    ) -> list[SupportLine]:
        """Needs of the own area that are the official's work; what is late first, then by when it is due."""
        closed_too = SupportState.ANSWERED in states
        views = await self.matters.listed(official=official, kind=topic, open_only=not closed_too)
        lines = [_of_matter(view, now) for view in views if view.matter.teller is Teller.RESIDENT]
        statuses = tuple(AlertStatus) if closed_too else (AlertStatus.RAISED, AlertStatus.ACKNOWLEDGED)
        kinds = [kind for kind in NEEDS if topic in ("", kind)]
        if kinds:
            found = await self.alerts.standing(official=official, statuses=statuses, kinds=kinds, limit=MOST)
            lines += [_of_alert(view, now) for view in await self.alerts.views(found, official=official)]
        chosen = [line for line in lines if line.state in states]
        return sorted(chosen, key=lambda line: (not line.late, line.due_at is None, line.due_at or line.told_at))

    async def take(self, matter_id: MatterId, *, official: Official) -> None:
        """Answer for it: the next step is the official's, and what rings about it rings no more."""
        view = await self.matters.get(matter_id, official=official)
        if view.missing:
            await self.matters.own(matter_id, view.missing[0], official.id, official=official)
        ringing = await self.alerts.standing(
            official=official, statuses=(AlertStatus.RAISED,), kinds=(AlertKind.MATTER, AlertKind.MATTER_OPEN)
        )
        for alert in ringing:
            if alert.subject_id == matter_id:
                await self.alerts.acknowledge(alert.id, official=official)

    async def answer(self, matter_id: MatterId, answer: Mapping[str, str], *, official: Official) -> MatterView:
        """What is left to do is done, and whoever asked hears the answer; said in one language, it goes out in that.

        Raises LoopOpen and NotYourMatter where a step belongs to somebody else.
        """
        said = {language: answer.get(language, "").strip() for language in LANGUAGES}
        spoken = next((words for words in said.values() if words), None)
        if spoken is None:
            raise Invalid("an answer is needed")
        view = await self.matters.get(matter_id, official=official)
        for step in view.missing:
            await self.matters.take(matter_id, step, official=official)
        full = {language: words or spoken for language, words in said.items()}
        return await self.matters.close(matter_id, ANSWERED, official=official, answer=full)

    async def hotlines(self, *, official: Official) -> list[Hotline]:
        """The numbers residents are shown here, and which of them nobody has set yet."""
        pack = await self.packs.in_force_at(official.area)
        named = {"emergency": pack.hotlines.emergency, "self_harm": pack.hotlines.self_harm}
        named |= {"fever_clinic": pack.hotlines.fever_clinic, "appeal": pack.hotlines.appeal}
        return [
            Hotline(name, None, number.rule) if isinstance(number, Unset) else Hotline(name, number, None)
            for name, number in named.items()
        ]


def _of_matter(view: MatterView, now: datetime) -> SupportLine:
    matter = view.matter
    hands = [step.taken_by or step.owner for step in view.steps if step.taken_by or step.owner]
    state = SupportState.TAKEN if hands else SupportState.OPEN
    if matter.closed_at is not None:
        state = SupportState.ANSWERED
    due_at = min((step.kept.due_at for step in view.steps if step.kept.due_at and not step.kept.taken_at), default=None)
    return SupportLine(
        topic=matter.kind,
        title=view.rule.title,
        state=state,
        area=matter.area,
        told_at=matter.told_at,
        due_at=due_at if matter.closed_at is None else None,
        by=hands[-1] if hands else None,
        person=view.person,
        ended_at=matter.closed_at,
        matter_id=matter.id,
        late=matter.closed_at is None and due_at is not None and due_at < now,
    )


def _of_alert(view: AlertView, now: datetime) -> SupportLine:
    alert = view.alert
    state = {AlertStatus.RAISED: SupportState.OPEN, AlertStatus.ACKNOWLEDGED: SupportState.TAKEN}.get(
        alert.status, SupportState.ANSWERED
    )
    due_at = alert.resolve_due_at or alert.raised_at + alert.resolve_within
    waits = state is not SupportState.ANSWERED
    return SupportLine(
        topic=alert.kind,
        title=None,
        state=state,
        area=alert.area,
        told_at=alert.raised_at,
        due_at=due_at if waits else None,
        by=view.name(alert.assigned_to or alert.acknowledged_by),
        person=view.person,
        ended_at=alert.resolved_at,
        alert_id=alert.id,
        late=waits and due_at < now,
    )
