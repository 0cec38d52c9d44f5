"""What follows from symptoms: advice at once, and an alert to the people around the household (SD-3.3.5-c, E-X)."""

from dataclasses import dataclass

from gateway.domain.kinds import AlertKind
from gateway.domain.symptoms import SymptomAnswers, triage
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.reports import Accepted, Consequence, symptoms_in, words_of


@dataclass(frozen=True, slots=True)
class SymptomFollower:
    alerts: AlertService

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        """Symptoms alone give advice and an alert; they start no isolation (design 3)."""
        told = symptoms_in(accepted.report.kind, accepted.answers)
        if told is None:
            return Consequence()
        words = words_of(accepted.answers, accepted.said)
        found = triage(
            SymptomAnswers(temperature=told["temperature"], symptoms=tuple(told["symptoms"]), words=words or ""),
            accepted.pack,
        )
        advice = tuple((code.value, found.rules) for code in found.advice)
        if found.ladder is None:
            return Consequence(advice=advice)
        policy = accepted.pack.escalation(found.ladder)
        alert = await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.EMERGENCY if found.emergency else AlertKind.SYMPTOMS,
                severity=found.severity,
                area=accepted.resident.area,
                dedup_key=f"report:{accepted.report.id}",
                facts={"reference": accepted.report.reference, "report": str(accepted.report.id)},
                rules=found.rules,
                policy_code=policy.code,
                ladder=policy.freeze(accepted.now),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_id=accepted.resident.id,
                resident_id=accepted.resident.id,
                evidence=evidence(told, found.symptoms, words),
            ),
        )
        return Consequence(advice=advice, alerted=alert is not None)


def evidence(told: dict[str, object], symptoms: tuple[str, ...], words: str | None) -> str:
    """Measured, ticked and said, in one short text; it is sealed wherever it stands."""
    parts = [f"{told['temperature']} ℃"] if told["temperature"] is not None else []
    parts += [f"[{symptom}]" for symptom in symptoms]
    if told["onset"] is not None:
        parts.append(f"{told['onset']}…")
    line = " ".join(parts)
    return f"{line}\n「{words}」" if words else line
