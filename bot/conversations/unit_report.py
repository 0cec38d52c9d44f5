"""A unit's or a person's report of the day: one press when there is nothing, two questions when there is something."""

from datetime import date

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.buttons import MenuButton, Pressed, UnitReportButton, keyboard
from bot.errors import Refused
from bot.gateway_client import GatewayClient
from bot.middleware.talks import Talk


async def press(query: CallbackQuery, pressed: UnitReportButton, talk: Talk, gateway: GatewayClient) -> None:
    try:
        day = date.fromisoformat(f"{pressed.day[:4]}-{pressed.day[4:6]}-{pressed.day[6:]}")
    except ValueError:
        return
    if pressed.verb == "tell":
        talk.message = None  # the reminder stays on the screen
        await talk.open("unit_report", subject=f"{pressed.duty}|{day.isoformat()}|{pressed.slot}")
        return
    try:
        report = await gateway.duty_reported(pressed.duty, zero=True, day=day, slot=pressed.slot)
    except Refused as refusal:
        await talk.toast(talk.say("This was not accepted: {why}", why=refusal.detail), alert=True)
        return
    await talk.toast(talk.say("Received. Thank you."))
    said = talk.say("Zero report of {day} received.", day=report.day)
    if report.late:
        said = f"{said} {talk.say('It came late, and is noted as such.')}"
    await talk.tell(said, keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())]))


def router() -> Router:
    router = Router(name="unit_report")
    router.callback_query.register(press, Pressed(UnitReportButton))
    return router
