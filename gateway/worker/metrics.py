"""What Prometheus reads on METRICS_PORT: states counted in the record, the agenda's size, who still lives.

Labels come from closed sets only; never an area, never a person.
"""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Gauge

from gateway.access.house import House
from gateway.schedule.agenda import AgendaUnavailable


@dataclass(slots=True)
class Metrics:
    house: House
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    deliveries: Gauge = field(init=False)
    alerts: Gauge = field(init=False)
    waiting: Gauge = field(init=False)
    leased: Gauge = field(init=False)
    overdue: Gauge = field(init=False)
    silence: Gauge = field(init=False)
    agenda_up: Gauge = field(init=False)

    def __post_init__(self) -> None:
        def gauge(name: str, words: str, *labels: str) -> Gauge:
            return Gauge(f"shaodian_{name}", words, labels, registry=self.registry)

        self.deliveries = gauge("deliveries", "deliveries on record by lane and state", "lane", "state")
        self.alerts = gauge("alerts", "alerts on record by status", "status")
        self.waiting = gauge("agenda_waiting", "entries the agenda holds")
        self.leased = gauge("agenda_leased", "entries being worked")
        self.overdue = gauge("delivery_overdue_seconds", "age of the oldest delivery that is due and not sent")
        self.silence = gauge("heartbeat_age_seconds", "seconds since the longest silent live process was heard")
        self.agenda_up = gauge("agenda_up", "1 when the agenda's store answers")

    async def refresh(self) -> None:
        counted = await self.house.operations.counts()
        self.deliveries.clear()
        for (lane, state), number in counted.deliveries.items():
            self.deliveries.labels(lane, state).set(number)
        self.alerts.clear()
        for status, number in counted.alerts.items():
            self.alerts.labels(status).set(number)
        self.overdue.set(counted.overdue.total_seconds())
        self.silence.set(counted.silence.total_seconds())
        try:
            waiting, leased = await self.house.agenda.size()
        except AgendaUnavailable:
            self.agenda_up.set(0)
            return
        self.agenda_up.set(1)
        self.waiting.set(waiting)
        self.leased.set(leased)
