"""An official's duty in chat: alerts to take, note, hand on and close; checklist parts to tick."""

from uuid import UUID

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.buttons import (
    AlertButton,
    AlertVerb,
    ChecklistButton,
    DutyButton,
    MatterButton,
    MenuButton,
    Pressed,
    alert_button,
    done_button,
    keyboard,
)
from bot.errors import AlreadyAcknowledged, AlreadyResolved, NotFound, Refused
from bot.gateway_client import AlertOut, GatewayClient, NextStepOut, StepOut
from bot.middleware.people import Person
from bot.middleware.talks import Talk
from bot.texts import SEVERITIES, STATUSES

SHOWN = 8
EVENTS = 5


async def wants_duty(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="duty").pack()


async def show(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    say = talk.say
    if (await person.me()).official is None:
        await talk.tell(say("This is for officials on duty. Please use your invitation link to enrol."))
        return
    duty = await gateway.duty()
    lines, buttons = [say("Open alerts: {count}", count=len(duty.alerts))], []
    for alert in duty.alerts[:SHOWN]:
        label = f"{say(SEVERITIES.get(alert.severity, alert.severity))} · {alert.area_name} · {alert.subject}"
        buttons.append((label, DutyButton(show="alert", alert_id=alert.id.hex).pack()))
        if alert.next_step is not None:
            lines.append(f"▪ {alert.subject} · {_next(alert.next_step, talk)}")
    for part in duty.assignments[:SHOWN]:
        due = say("by {due}", due=part.due_on) if part.due_on else ""
        lines.append(f"▪ {part.item_no} {part.title} {due}".rstrip())
        buttons.append((say("✔ Done: {what}", what=part.item_no), done_button(part.id)))
    console = (say("🖥 Console"), MenuButton(what="console").pack())
    await talk.show("\n".join(lines), keyboard(buttons, columns=1, controls=[console]))


async def wants_console(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="console").pack()


async def open_console(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    """The link signs in whoever holds it, once: it goes to the official's own chat only."""
    say = talk.say
    if (await person.me()).official is None:
        await talk.tell(say("This is for officials on duty. Please use your invitation link to enrol."))
        return
    login = await gateway.login_link(key=f"login:{talk.key}")
    await talk.tell(say("Your way into the console, good once and for {minutes} minutes: {link}",
                        minutes=login.minutes, link=login.link))  # fmt: skip


async def open_alert(query: CallbackQuery, pressed: DutyButton, talk: Talk, gateway: GatewayClient) -> None:
    try:
        alert_id = UUID(pressed.alert_id)
    except ValueError:
        return
    await _show(await gateway.alert(alert_id), talk, gateway)


async def _show(alert: AlertOut, talk: Talk, gateway: GatewayClient) -> None:
    """The alert, and where a matter stands behind it, its steps: each with its button until it is taken."""
    text, markup = _told(alert, talk), _actions(alert, talk)
    try:
        matter = await gateway.matter(alert.matter_id) if alert.matter_id is not None else None
    except NotFound:
        matter = None
    if matter is None:
        await talk.show(text, markup)
        return
    steps = "\n".join(_step(one, talk) for one in matter.steps)
    open_ = [] if matter.closed_at is not None else [
        (talk.say("✔ {what}", what=_title(one, talk)), MatterButton(step=number, alert_id=alert.id).pack())
        for number, one in enumerate(matter.steps)
        if one.taken_at is None
    ]  # fmt: skip
    rows = markup.inline_keyboard if markup is not None else []
    ahead = keyboard(open_[:SHOWN], columns=1) if open_ else None
    await talk.show(
        f"{text}\n\n{steps}",
        InlineKeyboardMarkup(inline_keyboard=[*(ahead.inline_keyboard if ahead is not None else []), *rows]),
    )


def _title(step: StepOut, talk: Talk) -> str:
    return step.title.zh if talk.say.language.startswith("zh") else step.title.en


def _step(step: StepOut, talk: Talk) -> str:
    say, what = talk.say, _title(step, talk)
    if step.taken_at is not None:
        return say("☑ {what} · {at} {who}", what=what, at=step.taken_at.astimezone(talk.zone), who=step.taken_by or "")
    if step.due_at is not None:
        return say("☐ {what} · by {due}", what=what, due=say.soon(step.due_at.astimezone(talk.zone)))
    return say("☐ {what}", what=what)


async def take_step(query: CallbackQuery, pressed: MatterButton, talk: Talk, gateway: GatewayClient) -> None:
    """The step is done, now; what it passed over is told by the gateway."""
    alert = await gateway.alert(pressed.alert_id)
    matter = await gateway.matter(alert.matter_id) if alert.matter_id is not None else None
    if matter is None or not 0 <= pressed.step < len(matter.steps):
        await talk.toast(talk.say("I cannot find that any more."), alert=True)
        return
    try:
        await gateway.take_step(matter.id, matter.steps[pressed.step].key)
    except Refused as refusal:
        if refusal.type_name != "owner-needed":
            raise
        await talk.toast(talk.say("First name in the console who answers for this step."), alert=True)
        return
    await talk.toast(talk.say("Ticked. Thank you."))
    await _show(await gateway.alert(pressed.alert_id), talk, gateway)


async def act(query: CallbackQuery, pressed: AlertButton, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    try:
        await _act(pressed, talk, gateway, person)
    except AlreadyResolved:
        await talk.toast(talk.say("This alert is already closed."), alert=True)
    except AlreadyAcknowledged:
        await talk.toast(talk.say("Somebody has taken this alert already."), alert=True)


async def _act(pressed: AlertButton, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    say, alert_id = talk.say, pressed.alert_id
    if pressed.verb in (AlertVerb.NOTE, AlertVerb.RESOLVE):
        await _write(pressed, talk)
        return
    if pressed.verb is AlertVerb.ACKNOWLEDGE:
        await gateway.acknowledge(alert_id)
        await talk.toast(say("It is yours. Thank you."))
    elif pressed.verb is AlertVerb.ASSIGN:
        official = (await person.me()).official
        if official is None:
            await talk.toast(
                say("This is for officials on duty. Please use your invitation link to enrol."), alert=True
            )
            return
        await gateway.assign(alert_id, official.id)
        await talk.toast(say("It is assigned to you."))
    else:
        await gateway.escalate(alert_id, key=f"up:{talk.key}")
        await talk.toast(say("The next step is being told now."))
    await _show(await gateway.alert(alert_id), talk, gateway)


async def _write(pressed: AlertButton, talk: Talk) -> None:
    """A note or an outcome is a small form of its own, in a private chat."""
    if talk.message is not None and talk.message.chat.type != "private":
        await talk.toast(talk.say("Please write this in your own chat with me, not in the group."), alert=True)
        return
    talk.message = None  # the alert stays on the screen
    form_id = "alert_note" if pressed.verb is AlertVerb.NOTE else "alert_resolution"
    await talk.open(form_id, subject=str(pressed.alert_id))


async def tick(query: CallbackQuery, pressed: ChecklistButton, talk: Talk, gateway: GatewayClient) -> None:
    if pressed.verb == "done":
        await gateway.tick(pressed.assignment_id)
        undo = ChecklistButton(verb="undo", assignment_id=pressed.assignment_id).pack()
        await talk.toast(talk.say("Ticked. Thank you."))
        await talk.tell(talk.say("This part is marked as done."), keyboard([(talk.say("Undo"), undo)]))
        return
    await gateway.untick(pressed.assignment_id)
    await talk.show(talk.say("This part is open again."))


def _next(step: NextStepOut, talk: Talk) -> str:
    """Who is told next while nobody takes it: always in sight."""
    if step.in_minutes > 180:
        return talk.say("next: {level}, {at}", level=step.name, at=talk.say.soon(step.at.astimezone(talk.zone)))
    return talk.say("next: {level}, in {minutes} min", level=step.name, minutes=step.in_minutes)


def _told(alert: AlertOut, talk: Talk) -> str:
    say = talk.say
    severity = say(SEVERITIES.get(alert.severity, alert.severity))
    status = say(STATUSES.get(alert.status, alert.status))
    lines = [f"{severity} · {status} · {alert.area_name}", alert.summary]
    if alert.evidence:
        lines.append(f"「{alert.evidence}」")
    lines.append(say("Raised {at}", at=alert.raised_at.astimezone(talk.zone)))
    if alert.acknowledged_by:
        lines.append(say("Taken by {name}", name=alert.acknowledged_by))
    if alert.next_step is not None:
        lines.append(_next(alert.next_step, talk))
    for event in alert.timeline[-EVENTS:]:
        said = f" {event.text}" if event.text else ""
        lines.append(
            f"▪ {talk.say.show(event.at.astimezone(talk.zone).time())} {event.kind} {event.actor or ''}{said}".rstrip()
        )
    return "\n".join(lines)


def _actions(alert: AlertOut, talk: Talk) -> InlineKeyboardMarkup | None:
    say = talk.say
    duty = (say("◂ My duty"), MenuButton(what="duty").pack())
    if alert.status == "resolved":
        return keyboard([duty])
    verbs = [
        (AlertVerb.NOTE, say("📝 Note")),
        (AlertVerb.ASSIGN, say("🙋 Assign to me")),
        (AlertVerb.RESOLVE, say("✅ Close")),
        (AlertVerb.ESCALATE, say("⏫ Tell the next step")),
    ]
    if alert.status == "raised":
        verbs.insert(0, (AlertVerb.ACKNOWLEDGE, say("👍 I take it")))
    return keyboard([(label, alert_button(verb, alert.id)) for verb, label in verbs], controls=[duty])


def router() -> Router:
    router = Router(name="duty")
    router.message.register(show, Command("duty"))
    router.callback_query.register(show, wants_duty)
    router.message.register(open_console, Command("console"))
    router.callback_query.register(open_console, wants_console)
    router.callback_query.register(open_alert, Pressed(DutyButton))
    router.callback_query.register(act, Pressed(AlertButton))
    router.callback_query.register(take_step, Pressed(MatterButton))
    router.callback_query.register(tick, Pressed(ChecklistButton))
    return router
