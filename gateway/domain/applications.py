"""Applications: to hold an event, to come early, for a cadre to leave the city; what the rules answered, and what a
person decided. A "no" by rule is final: nobody can approve against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from gateway.domain.events import Event
from gateway.domain.gates import GateAnswer, Reason
from gateway.domain.kinds import (
    ApplicationId,
    ApplicationKind,
    ApplicationState,
    EventKind,
    Excuse,
    Level,
    OfficialId,
    ResidentId,
    RiskLevel,
    Role,
    UnitId,
    Verdict,
)
from gateway.domain.rules import Words
from gateway.errors import Conflict, Invalid

#: States in which something still may happen.
OPEN = (
    ApplicationState.WAITING,
    ApplicationState.ALLOWED,
    ApplicationState.APPROVED,
    ApplicationState.UNDER_REVIEW,
)

#: What stands, and is looked at again when the area's tier moves and on the day itself.
STANDING = (ApplicationState.ALLOWED, ApplicationState.APPROVED)

#: Who may decide at a level: its own office and those above it.
DECIDING: Mapping[Level, tuple[Role, ...]] = MappingProxyType(
    {
        Level.L3: (Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE),
        Level.L4: (Role.COUNTY, Role.CITY, Role.PROVINCE),
        Level.L5: (Role.CITY, Role.PROVINCE),
        Level.UL: (Role.UNIT_CONTACT,),
    }
)

ANSWERED: Mapping[Verdict, ApplicationState] = MappingProxyType(
    {
        Verdict.YES: ApplicationState.ALLOWED,
        Verdict.NO: ApplicationState.REFUSED,
        Verdict.OFFICIAL: ApplicationState.WAITING,
    }
)


class AlreadyDecided(Conflict):
    """This application waits for nobody any more."""


class RuleForbids(Conflict):
    """A rule forbids it, and a "no" is final."""


class PersonsMissing(Invalid):
    """An approval names host, approver and filing authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """`area` is where it happens; `tier` what it had when the last answer was given. `details` are people's words."""

    id: ApplicationId
    reference: str
    kind: ApplicationKind
    area: str
    on: date
    state: ApplicationState
    verdict: Verdict
    reasons: tuple[Reason, ...]
    pack_id: str
    pack_version: str
    applied_at: datetime
    resident_id: ResidentId | None = None
    official_id: OfficialId | None = None
    unit_id: UnitId | None = None
    event_kind: EventKind | None = None
    people: int | None = None
    cadres: bool = False
    excuses: tuple[Excuse, ...] = ()
    decides: Level | None = None
    tier: RiskLevel | None = None
    look_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: OfficialId | None = None
    review_rules: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def event(self) -> Event:
        if self.event_kind is None:
            raise Invalid("this is no event")
        return Event(
            kind=self.event_kind,
            on=self.on,
            people=self.people,
            cadres=self.cadres,
            excuses=frozenset(self.excuses),
        )

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule for reason in self.reasons for rule in reason.rules))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def waits(self) -> bool:
        return self.state in (ApplicationState.WAITING, ApplicationState.UNDER_REVIEW)

    def answered(self, answer: GateAnswer) -> "Application":
        return replace(
            self,
            state=ANSWERED[answer.verdict],
            verdict=answer.verdict,
            reasons=answer.reasons,
            decides=answer.decides,
        )

    def decided(self, *, approved: bool, by: OfficialId, at: datetime, details: Mapping[str, Any]) -> "Application":
        if not self.waits:
            raise AlreadyDecided
        state = ApplicationState.APPROVED if approved else ApplicationState.REFUSED
        return replace(self, state=state, decided_at=at, decided_by=by, review_rules=(), details=details)

    def under_review(self, rules: tuple[str, ...], tier: RiskLevel | None) -> "Application":
        return replace(self, state=ApplicationState.UNDER_REVIEW, review_rules=rules, tier=tier)

    def cancelled(self) -> "Application":
        if not self.is_open:
            raise AlreadyDecided
        return replace(self, state=ApplicationState.CANCELLED, look_at=None)


def reasons_kept(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return [
        {
            "code": reason.code,
            "verdict": reason.verdict.value,
            "rules": list(reason.rules),
            "says": {"zh": reason.says.zh, "en": reason.says.en} if reason.says else None,
            "decides": reason.decides.value if reason.decides else None,
            "facts": {
                name: value.isoformat() if isinstance(value, date) else value for name, value in reason.facts.items()
            },
        }
        for reason in reasons
    ]


def reasons_read(kept: list[dict[str, Any]]) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            code=one["code"],
            verdict=Verdict(one["verdict"]),
            rules=tuple(one["rules"]),
            says=Words(zh=one["says"]["zh"], en=one["says"]["en"]) if one["says"] else None,
            decides=Level(one["decides"]) if one["decides"] else None,
            facts=one["facts"],
        )
        for one in kept
    )
