"""Answering a form, whichever it is: a press, typed words, a photo; and handing the finished answers to the gateway."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, Document, InlineKeyboardMarkup, Message, PhotoSize

from bot.buttons import CheckInButton, FormButton, MenuButton, Pressed, VenueButton, keyboard
from bot.errors import NotAccepted, NotUnderstood, Refused
from bot.forms.form import (
    SUMMARY,
    Attached,
    Cancel,
    Draft,
    Given,
    Press,
    Step,
    StepKind,
    Typed,
    adopt,
    advance,
    assemble,
    slot_at,
)
from bot.forms.openings import opening
from bot.forms.questions import Form, Kind, words
from bot.forms.report_types import PREFIX, TRIAL
from bot.gateway_client import (
    EventIn,
    FamilyIn,
    GatewayClient,
    GuestIn,
    ItemOut,
    PlanOut,
    ProfileIn,
    ReportIn,
    ReportOut,
    RuleOut,
    ShapeMismatch,
    TripIn,
)
from bot.middleware.talks import Talk
from bot.texts import item_msgid

NEXT_ITEMS = 4
QUOTES = 2
LONGEST_QUOTE = 240
WEBCHAT = "webchat"
CHECK_IN = "check_in"


async def is_answering(message: Message, talk: Talk) -> bool:
    """Commands go their own way, whatever stands open."""
    if talk.draft is None or talk.draft.reference is not None:
        return False
    return not (message.text or "").startswith("/") or (message.text or "").startswith("/cancel")


async def press(query: CallbackQuery, pressed: FormButton, talk: Talk, gateway: GatewayClient) -> None:
    draft = talk.draft
    if draft is None or pressed.instance != draft.short:
        await talk.toast(talk.say("This button belongs to another form. Nothing was changed."), alert=True)
        return
    if draft.reference is not None:
        await talk.toast(
            talk.say("You have sent this already. Reference: {reference}", reference=draft.reference), alert=True
        )
        return
    await take(Press(pressed.option, pressed.step), talk, gateway)


async def all_well(query: CallbackQuery, pressed: CheckInButton, talk: Talk, gateway: GatewayClient) -> None:
    """The one tap of a day without news. Pressed twice on the same message, it is one report; an answer that stands
    open elsewhere stays open."""
    asked = query.message.message_id if query.message is not None else 0
    report = ReportIn.model_validate(
        {
            "instance_id": uuid5(NAMESPACE_OID, f"{talk.address}:all well:{asked}"),
            "form": CHECK_IN,
            "form_version": talk.forms.get(CHECK_IN).version,
            "about": pressed.about,
            "answers": {"well": True},
        }
    )
    received = await gateway.report(report)
    await talk.show(_outcome(received, talk), _menu(talk))


async def type_words(message: Message, talk: Talk, gateway: GatewayClient) -> None:
    if message.text is None:
        await _take_picture(message, talk, gateway)
        return
    if message.text.startswith("/cancel"):
        await take(Cancel(), talk, gateway)
        return
    await take(Typed(message.text), talk, gateway)


async def _take_picture(message: Message, talk: Talk, gateway: GatewayClient) -> None:
    """A picture is fetched only where one is asked for; what is not needed stays where it is."""
    picture = _picture_in(message)
    if picture is None or not await _asks_for_picture(talk):
        await take(Attached("", is_photo=False), talk, gateway)
        return
    try:
        reference = await _kept(picture, talk, gateway)
    except (NotAccepted, TelegramBadRequest):
        notice = words(
            "I cannot read this picture. Please send it as a photo (JPEG or PNG, at most 6 MB), or tap Skip."
        )
        assert talk.draft is not None
        await talk.ask(Step(StepKind.ASK, talk.draft, notice))
        return
    await take(Attached(reference), talk, gateway)


def _picture_in(message: Message) -> PhotoSize | Document | None:
    if message.photo:
        return message.photo[-1]
    document = message.document
    return document if document is not None and (document.mime_type or "").startswith("image/") else None


async def _asks_for_picture(talk: Talk) -> bool:
    if talk.draft is None:
        return False
    slot = slot_at(await talk.form(talk.draft.form), talk.draft)
    return slot is not None and slot.question.kind is Kind.PHOTO


async def _kept(picture: PhotoSize | Document, talk: Talk, gateway: GatewayClient) -> str:
    """How the answer names it. The page has handed its own over already; Telegram's is fetched from there.

    Raises NotAccepted, TelegramBadRequest (Telegram hands out nothing larger than 20 MB).
    """
    if talk.address.partition(":")[0] == WEBCHAT:
        return f"attachment:{picture.file_id}"
    content = await talk.bot.download(picture)
    assert content is not None  # without a destination it is always in memory
    kept = await gateway.attach(uuid5(NAMESPACE_OID, f"{talk.address}:{picture.file_unique_id}"), content.read())
    return kept.reference


async def take(given: Given, talk: Talk, gateway: GatewayClient) -> None:
    draft = talk.draft
    if draft is None:
        return
    form = await talk.form(draft.form)
    if draft.version != form.version:
        renewed = adopt(form, draft, now=talk.now)
        await talk.ask(replace(renewed, notice=words("This form has been renewed; your answers were kept.")))
        return
    await follow(advance(form, draft, given, now=talk.now), talk, gateway)


async def follow(step: Step, talk: Talk, gateway: GatewayClient) -> None:
    """What the step asks for: showing, sending, or letting go."""
    step = await talk.looked_up(step)
    if step.kind is StepKind.CANCELLED:
        await talk.show(talk.say("Cancelled. Nothing was sent."), _menu(talk))
        await talk.keep(None)
    elif step.kind is StepKind.SEND:
        await talk.toast(talk.say("One moment…"))
        await send(await talk.form(step.draft.form), step.draft, talk, gateway)
    elif step.kind is StepKind.MOVED_ON:
        await talk.toast(talk.say("This step has moved on. Please use the newest message."))
        await talk.ask(step)
    else:
        await talk.ask(step)


async def send(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    """The instance id is fixed since the form began: sent again after a lost answer, it is the same report."""
    try:
        await SENDERS[form.target](form, draft, talk, gateway)
    except NotUnderstood:
        notice = words("It could not be delivered yet. Your answers are kept: please tap Send again in a moment.")
        await talk.ask(Step(StepKind.ASK, replace(draft, at=SUMMARY), notice))
    except ShapeMismatch:
        notice = words("One of these answers cannot be right. Please look through them, change it, and send again.")
        await talk.ask(Step(StepKind.ASK, replace(draft, at=SUMMARY), notice))
    except NotAccepted as refusal:
        notice = words("This was not accepted: {why}", why=refusal.detail)
        await talk.ask(Step(StepKind.ASK, replace(draft, at=SUMMARY), notice))


async def _send_report(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    report = ReportIn.model_validate(
        {
            "instance_id": draft.instance_id,
            "form": form.id,
            "form_version": draft.version,
            "about": draft.about,
            "said": draft.said,
            "answers": assemble(form, draft),
            "corrects": draft.corrects,
        }
    )
    received = await gateway.report(report)
    message_id = await talk.show(_outcome(received, talk), _afterwards(draft, received, talk))
    await talk.keep(replace(draft, reference=received.reference, message_id=message_id))


def _outcome(received: ReportOut, talk: Talk) -> str:
    say = talk.say
    parts = [say("✅ Thank you, this has arrived. Reference: {reference}", reference=received.reference)]
    told = [advice.text for advice in received.outcome.advice]
    if received.outcome.alert_raised:
        told.append(say("Your community worker has been told and will get in touch with you."))
    parts.append("\n".join(f"• {sentence}" for sentence in told))
    if received.outcome.plan is not None:
        parts.append(_ahead(received.outcome.plan, talk))
        parts.append(_because(received.outcome.plan, talk))
    return "\n\n".join(part for part in parts if part)


def _ahead(plan: PlanOut, talk: Talk) -> str:
    """What comes next, when and where."""
    say = talk.say
    lines = [say("📅 What happens next ({profile}):", profile=plan.profile_name)]
    coming = _coming(plan)
    for item in coming:
        due = say.soon(item.due_at.astimezone(talk.zone)) if item.due_at is not None else ""
        line = say("• {what}, by {due}", what=say(item_msgid(item.kind, item.test)), due=due)
        lines.append(f"{line} · {item.place}" if item.place else line)
    if any(item.kind == "test" and not item.place for item in coming):
        lines.append(say("Where to have the test: your community worker tells you in time."))
    if plan.note:
        lines.append(plan.note)
    return "\n".join(lines)


def _because(plan: PlanOut, talk: Talk) -> str:
    """The first reasons, quoted; all of them stand under "My plan"."""
    rules = [rule for item in _coming(plan) for rule in item.rules]
    rules += [rule for period in plan.periods for rule in period.rules]
    quotes = dict.fromkeys(_quoted(rule, talk) for rule in rules if rule.quote)
    return "\n".join([talk.say("Why? The notice says:"), *list(quotes)[:QUOTES]]) if quotes else ""


def _quoted(rule: RuleOut, talk: Talk) -> str:
    """The notice is Chinese: who reads another language gets the sentence's meaning with it."""
    quote = f"「{_shortened(rule.quote)}」 ({rule.id})"
    if talk.say.language.startswith("zh") or not rule.explanation:
        return quote
    return f"{_shortened(rule.explanation)}\n{quote}"


def _coming(plan: PlanOut) -> list[ItemOut]:
    dated = [item for item in plan.items if item.due_at is not None and item.state in ("pending", "late")]
    return dated[:NEXT_ITEMS]


def _shortened(quote: str) -> str:
    return quote if len(quote) <= LONGEST_QUOTE else f"{quote[: LONGEST_QUOTE - 1]}…"


def _afterwards(draft: Draft, received: ReportOut, talk: Talk) -> InlineKeyboardMarkup | None:
    say = talk.say
    buttons = []
    if draft.form == "symptoms":
        buttons.append((say("Tell about journeys"), MenuButton(what="travel").pack()))
    if draft.form == "travel":
        buttons.append((say("Tell how I feel"), MenuButton(what="symptoms").pack()))
    if received.outcome.plan is not None:
        buttons.append((say("My plan"), MenuButton(what="plan").pack()))
    return keyboard([*buttons, (say("Menu"), MenuButton(what="menu").pack())])


async def _send_consent(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    if not draft.answers.get("agree"):
        await talk.show(talk.say("That is all right. Nothing was kept. Send /start whenever you change your mind."))
        await talk.keep(None)
        return
    await gateway.consent(version=f"{form.id}-{form.version}", language=talk.say.language)
    talk.person.changed()
    if draft.subject is not None:  # whoever stands at a door goes in first; the profile can wait
        door = VenueButton(verb="come", code=draft.subject).pack()
        await talk.show(talk.say("Thank you for agreeing."), keyboard([(talk.say("Go on at the door"), door)]))
        await talk.keep(None)
        return
    await talk.show(talk.say("Thank you for agreeing."))
    talk.message = None
    opened = opening(draft.said or "", now=talk.now)
    if opened is not None:
        await talk.open_from_words(opened, draft.said or "")
        return
    await talk.open("profile")


async def _send_profile(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    answers = draft.answers
    home = answers["home_area"]
    address = " ".join(part for part in (home["detail"], answers.get("address")) if part)
    profile = ProfileIn(
        name=answers["name"],
        phone=answers["phone"],
        id_number=answers.get("id_number"),
        home_area=home["area"],
        address=address[:200] or None,
        grid=answers.get("grid"),
    )
    await gateway.keep_profile(profile)
    thanks = talk.say("Thank you, {name}. I have saved this.", name=answers["name"])
    await _done(draft, talk, "\n\n".join([thanks, *await _first_advice(talk, gateway)]))


async def _first_advice(talk: Talk, gateway: GatewayClient) -> list[str]:
    """What the notices in force want everybody to have; a profile is saved with or without it."""
    try:
        topics = await gateway.guidance(language=talk.say.language, occasion="onboarding")
    except (Refused, NotUnderstood):
        return []
    return [f"{one.title}\n{one.text}" for one in topics]


async def _send_family(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    born = draft.answers.get("birth_year")
    member = FamilyIn(
        name=draft.answers["name"],
        relation=draft.answers["relation"],
        phone=draft.answers.get("phone"),
        birth_year=int(born) if born is not None else None,
    )
    added = await gateway.add_family_member(member, key=draft.instance_id)
    await _done(draft, talk, talk.say("{name} is added. You can now report for them too.", name=added.name))


async def _send_tip_off(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    told = {name: str(value) for name, value in draft.answers.items() if value}
    reference = await gateway.tell(form.id, told, key=draft.instance_id)
    thanks = talk.say("Thank you. Your community has been told. Reference: {reference}", reference=reference)
    await _done(draft, talk, thanks)


async def _send_alert_note(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    await gateway.note(UUID(draft.subject or ""), draft.answers["text"], key=draft.instance_id)
    await _done(draft, talk, talk.say("Your note is on the alert."))


async def _send_alert_resolution(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    await gateway.resolve(UUID(draft.subject or ""), outcome=draft.answers["outcome"], note=draft.answers.get("note"))
    await _done(draft, talk, talk.say("The alert is closed. Thank you."))


async def _send_unit_report(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    duty, day, slot = (draft.subject or "").split("|")
    if form.id.startswith(PREFIX) and await _renewed(draft, talk, gateway):
        return
    answers = {key: value for key, value in assemble(form, draft).items() if value is not None}
    note = answers.pop("note", None)
    number = answers.get("number")
    own = form.id.startswith(PREFIX)
    report = await gateway.duty_reported(
        duty,
        day=date.fromisoformat(day),
        slot=slot,
        number=int(number) if number is not None and not own else None,
        values=answers if own else None,
        note=note,
        key=draft.instance_id,
    )
    said = talk.say("Your report has arrived.")
    if report.late:
        said = f"{said} {talk.say('It came late, and is noted as such.')}"
    if report.corrects_id is not None:
        said = f"{said} {talk.say('It replaces the earlier one, which stays on record.')}"
    await _done(draft, talk, said)


async def _renewed(draft: Draft, talk: Talk, gateway: GatewayClient) -> bool:
    """Whether another version was put in force meanwhile: then the answers that still count go over to it."""
    duty, day, slot = (draft.subject or "").split("|")
    asked = await gateway.duty_asked(duty, day=date.fromisoformat(day), slot=slot)
    if asked.version is None or draft.form == f"{PREFIX}{asked.version}":
        return False
    form = await talk.form(f"{PREFIX}{asked.version}")
    step = adopt(form, replace(draft, form=form.id, version=0), now=talk.now)
    await talk.ask(replace(step, notice=words("This form has been renewed; your answers were kept.")))
    return True


async def _send_trial(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    values = {key: value for key, value in assemble(form, draft).items() if value is not None}
    values.pop("note", None)
    await gateway.report_type_tried(UUID(form.id.removeprefix(TRIAL)), values)
    await _done(draft, talk, talk.say("The trial is complete. This report would be taken; nothing was kept."))


async def _send_event(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    answers = assemble(form, draft)
    excuse = answers["excuse"]
    event = EventIn.model_validate(
        {
            "kind": answers["kind"],
            "on": answers["on"],
            "area": answers["area"]["area"],
            "place": answers["area"]["text"],
            "people": int(answers["people"]),
            "cadres": bool(answers["cadres"]),
            "excuse": excuse if excuse in ("urgent", "necessary") else None,
            "host": answers["host"],
            "filing_authority": answers["filing_authority"],
        }
    )
    await _answered(draft, talk, (await gateway.apply_for_event(event, key=draft.instance_id)).text)


async def _send_trip(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    answers = assemble(form, draft)
    trip = TripIn.model_validate({**answers, "area": answers["area"]["area"]})
    await _answered(draft, talk, (await gateway.apply_for_trip(trip, key=draft.instance_id)).text)


async def _send_guest(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    answers = assemble(form, draft)
    guest = GuestIn(
        name=answers["name"],
        id_number=answers["id_number"],
        comes_from=answers["comes_from"]["text"],
        from_area=answers["comes_from"]["area"],
    )
    visit = await gateway.visit(draft.subject or "", guest=guest, key=draft.instance_id)
    await _registered(draft, talk, visit.visited_at)


async def _send_medicine(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    answers = assemble(form, draft)
    visit = await gateway.visit(
        draft.subject or "", symptoms=answers["symptoms"], medicine=answers["medicine"], key=draft.instance_id
    )
    await _registered(draft, talk, visit.visited_at)


async def _registered(draft: Draft, talk: Talk, at: datetime) -> None:
    await _done(draft, talk, talk.say("Registered, {at}. Thank you.", at=at.astimezone(talk.zone)))


async def _send_question(form: Form, draft: Draft, talk: Talk, gateway: GatewayClient) -> None:
    answers = assemble(form, draft)
    known = {"area": answers["area"]["area"], "necessary": answers["necessary"], "cadre": answers["cadre"]}
    await _answered(draft, talk, (await gateway.gate("travel", **known)).text)


async def _answered(draft: Draft, talk: Talk, text: str) -> None:
    """What the rules say stands in the gateway's own words."""
    message_id = await talk.show(text, _menu(talk))
    await talk.keep(replace(draft, reference=draft.short, message_id=message_id))


async def _done(draft: Draft, talk: Talk, text: str) -> None:
    message_id = await talk.show(f"✅ {text}", _menu(talk))
    await talk.keep(replace(draft, reference=draft.short, message_id=message_id))


def _menu(talk: Talk) -> InlineKeyboardMarkup | None:
    return keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())])


Sender = Callable[[Form, Draft, Talk, GatewayClient], Awaitable[None]]
SENDERS: Mapping[str, Sender] = {
    "report": _send_report,
    "consent": _send_consent,
    "profile": _send_profile,
    "family": _send_family,
    "tip_off": _send_tip_off,
    "difficulty": _send_tip_off,
    "alert_note": _send_alert_note,
    "alert_resolution": _send_alert_resolution,
    "event": _send_event,
    "trip": _send_trip,
    "guest": _send_guest,
    "medicine": _send_medicine,
    "ask_travel": _send_question,
    "unit_report": _send_unit_report,
    "trial": _send_trial,
}


def router() -> Router:
    router = Router(name="answer")
    router.callback_query.register(all_well, Pressed(CheckInButton))
    router.message.register(type_words, is_answering)
    return router
