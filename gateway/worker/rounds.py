"""What the worker does by itself: handlers for due things, sweeps for what a handler missed."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from gateway.access.house import House
from gateway.domain.kinds import (
    ActivationId,
    AlertId,
    ApplicationId,
    BroadcastId,
    CaseId,
    ChecklistId,
    ClockId,
    FollowUpId,
    LeadId,
    MatterId,
    PlanItemId,
    ReminderId,
    ResidentId,
    ScheduleId,
    WaveId,
)
from gateway.schedule.agenda import HORIZON_NEARS
from gateway.worker.agenda import Handler, Together
from gateway.worker.sweeps import Sweep

Id = TypeVar("Id")


async def each(due: Iterable[Id], work: Callable[[Id], Awaitable[object]]) -> None:
    """One that fails holds up none of the others; the round fails afterwards, so that it is told."""
    failures: list[Exception] = []
    for one in due:
        try:
            await work(one)
        except Exception as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup("some of what was due failed", failures)


async def in_turn(*rounds: Callable[[], Awaitable[object]]) -> None:
    """What one beat does in several parts; none waits for another that fails."""
    await each(rounds, lambda one: one())


def handlers(
    house: House, *, wake_sender: Callable[[], None] | None = None, wake_desks: Callable[[], None] | None = None
) -> Mapping[str, Handler]:
    """`wake_sender` leaves the sending to a loop of its own, so that a long broadcast never holds up a ladder; and
    `wake_desks` the speaking to robots, so that a slow provider holds up neither."""

    async def horizon(_: str) -> None:
        await house.operations.rebuild()

    async def alert(alert_id: str) -> None:
        await house.alerts.step_due(AlertId(UUID(alert_id)))

    async def deliveries(_: str) -> None:
        if wake_sender is not None:
            wake_sender()
            return
        while await house.deliveries.send_due():
            pass

    async def desk(desk_id: str) -> None:
        if wake_desks is not None:
            wake_desks()
            return
        await house.desk_deliveries.speak(UUID(desk_id))

    async def uncalled(broadcast_and_area: str) -> None:
        broadcast_id, _, area = broadcast_and_area.partition(":")
        await house.reach.uncalled(BroadcastId(UUID(broadcast_id)), area)

    async def unreachable(resident_id: str) -> None:
        await house.reach.unreachable(ResidentId(UUID(resident_id)))

    async def reached(resident_id: str) -> None:
        await house.reach.reached(ResidentId(UUID(resident_id)))

    async def unseen(_: str) -> None:
        await house.deliveries.pass_on_unseen()

    async def unreached(alert_id: str) -> None:
        await house.alerts.unreached(AlertId(UUID(alert_id)))

    async def reminder(reminder_id: str) -> None:
        await house.reminders.fire(ReminderId(UUID(reminder_id)))

    async def item(item_id: str) -> None:
        await house.follow_ups.watch(PlanItemId(UUID(item_id)))

    async def clock(clock_id: str) -> None:
        await house.clocks.watch(ClockId(UUID(clock_id)))

    async def follow_up(follow_up_id: str) -> None:
        await house.follow_ups.look(FollowUpId(UUID(follow_up_id)))

    async def area_schedule(schedule_id: str) -> None:
        await house.area_levels.tick(ScheduleId(UUID(schedule_id)))

    async def control_wave(wave_id: str) -> None:
        await house.controls.send_wave(WaveId(UUID(wave_id)))

    async def broadcast(broadcast_id: str) -> None:
        await house.broadcast_runs.carry_on(BroadcastId(UUID(broadcast_id)))

    async def exposure(resident_id: str) -> None:
        await house.exposures.tell(ResidentId(UUID(resident_id)))

    async def directory(_: str) -> None:
        await house.directories.tell_gaps()

    async def agencies(_: str) -> None:
        await house.agencies.tell_gaps()

    async def matter(matter_id: str) -> None:
        await house.matters.look(MatterId(UUID(matter_id)))

    async def application(application_id: str) -> None:
        await house.events.look(ApplicationId(UUID(application_id)))

    async def activation(activation_id: str) -> None:
        await house.policy_changes.apply(ActivationId(UUID(activation_id)))

    async def checklist(checklist_id: str) -> None:
        await house.checklists.remind_due(ChecklistId(UUID(checklist_id)))

    async def duty(round_id: str) -> None:
        await house.duty_rounds.strike(UUID(round_id))

    async def early_warning(area: str) -> None:
        await house.early_warnings.look(area)

    async def lead(lead_id: str) -> None:
        await house.leads.watch(LeadId(UUID(lead_id)))

    async def lead_named(lead_id: str) -> None:
        await house.declarations.lead_came(LeadId(UUID(lead_id)))

    async def held_action(held_id: str) -> None:
        await house.held_actions.fire(UUID(held_id))

    async def case(case_id: str) -> None:
        await house.contacts.look(CaseId(UUID(case_id)))

    async def declared(declared_id: str) -> None:
        await house.declarations.look(UUID(declared_id))

    return {
        "lead": lead,
        "lead_named": lead_named,
        "case": case,
        "declared": declared,
        "duty": duty,
        "early_warning": early_warning,
        HORIZON_NEARS: horizon,
        "alert": alert,
        "deliveries": deliveries,
        "desk": desk,
        "unseen": unseen,
        "unreached": unreached,
        "unreachable": unreachable,
        "uncalled": uncalled,
        "reached": reached,
        "reminder": reminder,
        "item": item,
        "follow_up": follow_up,
        "clock": clock,
        "activation": activation,
        "checklist": checklist,
        "application": application,
        "matter": matter,
        "directory": directory,
        "agencies": agencies,
        "exposure": exposure,
        "area_schedule": area_schedule,
        "control_wave": control_wave,
        "held_action": held_action,
        "broadcast": broadcast,
    }


def together(house: House) -> Mapping[str, Together]:
    """Handlers of many at once; each kind has one of its own in `handlers` as well."""

    async def reminders(ids: Sequence[str]) -> None:
        await house.reminders.fire(*(ReminderId(UUID(one)) for one in ids))

    return {"reminder": reminders}


def sweeps(house: House, process: str) -> tuple[Sweep, ...]:
    async def steps() -> None:
        await each(await house.alerts.due(), house.alerts.step_due)

    async def held_actions() -> None:
        await each(await house.held_actions.due(), house.held_actions.fire)

    async def ladders() -> None:
        await in_turn(steps, held_actions)

    async def deliveries() -> None:
        await house.deliveries.send_due()
        await house.deliveries.pass_on_unseen()

    async def reminders() -> None:
        due = await house.reminders.due()
        try:
            await house.reminders.fire(*due)
        except Exception:  # one of them fails: it must not hold up the others
            await each(due, house.reminders.fire)

    async def items() -> None:
        await each(await house.follow_ups.due_items(), house.follow_ups.watch)

    async def follow_ups() -> None:
        await each(await house.follow_ups.due(), house.follow_ups.look)

    async def clocks() -> None:
        await each(await house.clocks.due(), house.clocks.watch)

    async def plans() -> None:
        await in_turn(reminders, items, follow_ups, clocks)

    async def waves() -> None:
        await each(await house.controls.due(), house.controls.send_wave)

    async def broadcasts() -> None:
        await each(await house.broadcast_runs.due(), house.broadcast_runs.carry_on)

    async def area_schedules() -> None:
        await each(await house.area_levels.due(), house.area_levels.tick)

    async def controls() -> None:
        await in_turn(waves, area_schedules)

    async def exposures() -> None:
        await each(await house.exposures.untold(), house.exposures.tell)

    async def matters_due() -> None:
        await each(await house.matters.due(), house.matters.look)

    async def matters() -> None:
        await in_turn(matters_due, house.matters.begin_with_profiles)

    async def directories() -> None:
        await in_turn(house.directories.tell_gaps, house.agencies.tell_gaps)

    async def duties() -> None:
        await each(await house.duty_rounds.due(), house.duty_rounds.strike)

    async def early_warnings() -> None:
        await each(await house.early_warnings.signalled(), house.early_warnings.look)

    async def streams() -> None:
        await in_turn(house.duty_rounds.open_missing, early_warnings)

    async def applications() -> None:
        await each(await house.events.due(), house.events.look)

    async def activations() -> None:
        await each(await house.policy_changes.due(), house.policy_changes.apply)

    async def checklists() -> None:
        await each(await house.checklists.due(), house.checklists.remind_due)

    async def leads_due() -> None:
        await each(await house.leads.due(), house.leads.watch)

    async def cases() -> None:
        await each(await house.contacts.due(), house.contacts.look)

    async def declarations() -> None:
        await each(await house.declarations.due(), house.declarations.look)

    async def leads() -> None:
        await in_turn(leads_due, cases, declarations)

    return (
        Sweep("leads", timedelta(seconds=5), leads),
        Sweep("ladders", timedelta(seconds=2), ladders),
        Sweep("plans", timedelta(seconds=5), plans),
        Sweep("exposures", timedelta(seconds=5), exposures),
        Sweep("controls", timedelta(seconds=5), controls),
        Sweep("broadcasts", timedelta(seconds=5), broadcasts),
        Sweep("activations", timedelta(seconds=5), activations),
        Sweep("decisions", timedelta(seconds=5), house.policy_changes.leave_ended),
        Sweep("checklists", timedelta(seconds=5), checklists),
        Sweep("applications", timedelta(seconds=5), applications),
        Sweep("matters", timedelta(seconds=5), matters),
        Sweep("directories", timedelta(minutes=1), directories),
        Sweep("duties", timedelta(seconds=5), duties),
        Sweep("rotas", timedelta(minutes=1), house.rotas.watch),
        Sweep("streams", timedelta(seconds=60), streams),
        Sweep("deliveries", timedelta(seconds=5), deliveries),
        Sweep("desks", timedelta(seconds=5), house.desk_deliveries.speak_due),
        Sweep("heal", timedelta(seconds=5), house.operations.heal),
        Sweep("audit", timedelta(seconds=1), house.operations.seal_audit),
        Sweep("dead_letters", timedelta(seconds=30), house.operations.watch_dead_letters),
        Sweep("retention", timedelta(hours=1), house.retention.purge),
        watching(house, process),
    )


def watching(house: House, process: str) -> Sweep:
    """Every process says that it lives and looks after the others: a stalled one cannot tell of itself."""

    async def beat() -> None:
        await house.operations.beat(process)
        await house.operations.watch(process)

    return Sweep("heartbeat", timedelta(seconds=10), beat)
