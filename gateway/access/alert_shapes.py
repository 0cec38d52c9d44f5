"""An alert as JSON and as a page show it: codes in words, ids as names."""

from gateway.access.house import House
from gateway.domain.alerts import Alert, minutes_until
from gateway.domain.kinds import AlertStatus
from gateway.schemas.alerts import AlertEventOut, AlertOut, NextStepOut
from gateway.services.alerts import AlertView
from gateway.services.matters import MATTER


def alert_out(house: House, view: AlertView, language: str) -> AlertOut:
    alert = view.alert
    word = house.words.word
    return AlertOut(
        id=alert.id,
        kind=alert.kind,
        severity=alert.severity,
        status=alert.status,
        area=alert.area,
        area_name=house.area_name(alert.area, language),
        resident_id=alert.resident_id,
        subject=view.person or word(f"subject.{alert.subject_kind}", language),
        summary=house.summary(alert.kind, alert.facts, language),
        evidence=view.evidence,
        raised_at=alert.raised_at,
        step=alert.told,
        next_step=_next(house, alert, language),
        acknowledged_by=view.name(alert.acknowledged_by),
        acknowledged_at=alert.acknowledged_at,
        assigned_to=view.name(alert.assigned_to),
        resolve_due_at=alert.resolve_due_at,
        resolved_at=alert.resolved_at,
        outcome=alert.outcome,
        matter_id=alert.subject_id if alert.subject_kind == MATTER else None,
        timeline=[
            AlertEventOut(
                at=event.at,
                kind=event.kind,
                actor=view.name(event.official_id),
                text=event.text or house.event_text(event.kind, event.facts or {}, view.names, language),
            )
            for event in view.timeline
        ],
    )


def _next(house: House, alert: Alert, language: str) -> NextStepOut | None:
    """Who hears next, and in how many minutes, while nobody has it."""
    step = alert.upcoming if alert.status is AlertStatus.RAISED else None
    if step is None:
        return None
    at = alert.next_step_at or step.at
    return NextStepOut(
        level=step.level,
        name=house.words.word(f"level.{step.level}", language),
        roles=list(step.roles),
        at=at,
        in_minutes=minutes_until(at, house.clock.now()),
    )
