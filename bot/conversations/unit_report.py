"""A unit's or a person's report of the day: one press when there is nothing or the same, else question by question."""

from datetime import date
from uuid import UUID

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.buttons import MenuButton, Pressed, UnitReportButton, keyboard
from bot.errors import Refused
from bot.forms.report_types import PREFIX, TRIAL, known_answers, usual_answers
from bot.gateway_client import GatewayClient
from bot.middleware.talks import Talk

#: How duties are called that no notice asks for (docs/adr/0027).
OWN = "own-"


async def press(query: CallbackQuery, pressed: UnitReportButton, talk: Talk, gateway: GatewayClient) -> None:
    if pressed.verb == "try":
        talk.message = None  # the invitation stays on the screen
        await _try(pressed, talk, gateway)
        return
    try:
        day = date.fromisoformat(f"{pressed.day[:4]}-{pressed.day[4:6]}-{pressed.day[6:]}")
    except ValueError:
        return
    if pressed.verb == "tell":
        talk.message = None  # the reminder stays on the screen
        await _open(pressed, day, talk, gateway)
        return
    same = pressed.verb == "same"
    try:
        report = await gateway.duty_reported(pressed.duty, zero=not same, same=same, day=day, slot=pressed.slot)
    except Refused as refusal:
        if same and refusal.type_name == "nothing-to-repeat":
            talk.message = None  # something else is asked by now: question by question, then
            await _open(pressed, day, talk, gateway)
            return
        await talk.toast(talk.say("This was not accepted: {why}", why=refusal.detail), alert=True)
        return
    await talk.toast(talk.say("Received. Thank you."))
    said = talk.say("Zero report of {day} received.", day=report.day)
    if same:
        said = talk.say("Report of {day} received, the same as last time.", day=report.day)
    if report.late:
        said = f"{said} {talk.say('It came late, and is noted as such.')}"
    await talk.tell(said, keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())]))


async def _open(pressed: UnitReportButton, day: date, talk: Talk, gateway: GatewayClient) -> None:
    """A type an official made asks what it asks, with what stands there already; every other asks the two questions."""
    subject = f"{pressed.duty}|{day.isoformat()}|{pressed.slot}"
    if not pressed.duty.startswith(OWN):
        await talk.open("unit_report", subject=subject)
        return
    asked = await gateway.duty_asked(pressed.duty, day=day, slot=pressed.slot)
    if asked.version is not None:
        usual = {one.key: one.default for one in asked.asked if one.default is not None}
        await talk.open(f"{PREFIX}{asked.version}", subject=subject, answers=known_answers({**usual, **asked.values}))


async def _try(pressed: UnitReportButton, talk: Talk, gateway: GatewayClient) -> None:
    """A draft, as those who owe it will meet it; nothing of it is kept."""
    try:
        version = UUID(pressed.duty)
    except ValueError:
        return
    asked = await gateway.report_type(version)
    await talk.open(f"{TRIAL}{version}", answers=usual_answers(asked))


def router() -> Router:
    router = Router(name="unit_report")
    router.callback_query.register(press, Pressed(UnitReportButton))
    return router
