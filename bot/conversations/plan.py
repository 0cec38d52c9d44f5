"""My plan: what, when, where, and why, with the sentence of the notice it rests on; and every test there was."""

from datetime import date, datetime
from uuid import UUID

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, PlanButton, Pressed, keyboard
from bot.forms.wishes import Wish, read_wish
from bot.gateway_client import GatewayClient, ItemOut, ListedOut, OwnResultOut, PlanOut
from bot.middleware.people import Person
from bot.middleware.talks import Talk
from bot.texts import PERIODS, item_msgid

PAGE = 5
RESULTS = 8
VALUES = {"negative": "Negative", "positive": "Positive", "inconclusive": "Not clear"}
LONGEST_QUOTE = 400


async def wants_plan(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="plan").pack()


async def asks(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.PLAN


async def asks_results(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.RESULTS


async def asks_why(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.WHY


async def show(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    await _show_page(talk, gateway, person, about="", number=0)


async def explain(message: Message, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    """Why is asked of a plan; where there is none, that is the answer."""
    if (await gateway.plans(None)).plans:
        await _show_why(talk, gateway, about="", number=0)
        return
    await _show_page(talk, gateway, person, about="", number=0)


async def turn(query: CallbackQuery, pressed: PlanButton, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    if pressed.show == "results":
        await _show_results(talk, gateway, about=pressed.about, number=max(0, pressed.number))
        return
    if pressed.show == "why":
        await _show_why(talk, gateway, about=pressed.about, number=pressed.number)
        return
    await _show_page(talk, gateway, person, about=pressed.about, number=max(0, pressed.number))


async def _show_page(talk: Talk, gateway: GatewayClient, person: Person, *, about: str, number: int) -> None:
    say = talk.say
    plans = (await gateway.plans(_full(about))).plans
    resident = (await person.me()).resident
    others = [(member.name, member.id.hex) for member in (resident.family if resident is not None else [])]
    buttons = [
        (name, PlanButton(show="page", number=0, about=member).pack()) for name, member in others if member != about
    ]
    if about:
        buttons.append((say("Myself"), PlanButton(show="page", number=0, about="").pack()))
    results = (say("🧪 My results"), PlanButton(show="results", number=0, about=about).pack())
    menu = (say("Menu"), MenuButton(what="menu").pack())
    listed = await gateway.tests_asked(_full(about)) if number == 0 else []
    if not plans:
        text = say("There is no plan at the moment: nothing is asked of you. If you feel ill, please tell us.")
        if listed:
            text = _asked_for_tests(listed, plans, talk)
        await talk.show(text, keyboard([*buttons, results, menu]))
        return
    parts, longest = [], 0
    for plan in plans:
        parts.append(_told(plan, talk, page=number))
        longest = max(longest, len(_coming(plan)))
    if listed:
        parts.append(_asked_for_tests(listed, plans, talk))
    buttons.append((say("Why?"), PlanButton(show="why", number=number, about=about).pack()))
    if number > 0:
        buttons.append((say("◂ Previous"), PlanButton(show="page", number=number - 1, about=about).pack()))
    if (number + 1) * PAGE < longest:
        buttons.append((say("More ▸"), PlanButton(show="page", number=number + 1, about=about).pack()))
    await talk.show("\n\n".join(parts), keyboard([*buttons, results, menu]))


async def show_results(event: Message, talk: Talk, gateway: GatewayClient) -> None:
    await _show_results(talk, gateway, about="", number=0)


async def _show_results(talk: Talk, gateway: GatewayClient, *, about: str, number: int) -> None:
    say = talk.say
    found = await gateway.results(_full(about))
    back = (say("My plan"), PlanButton(show="page", number=0, about=about).pack())
    menu = (say("Menu"), MenuButton(what="menu").pack())
    if not found:
        tell = (say("🧪 A test result"), MenuButton(what="result").pack())
        text = say("No test is on record yet. The test site enters it; you can tell of one yourself meanwhile.")
        await talk.show(text, keyboard([tell, back, menu]))
        return
    shown = found[number * RESULTS : (number + 1) * RESULTS]
    buttons = []
    if number > 0:
        buttons.append((say("◂ Previous"), PlanButton(show="results", number=number - 1, about=about).pack()))
    if (number + 1) * RESULTS < len(found):
        buttons.append((say("More ▸"), PlanButton(show="results", number=number + 1, about=about).pack()))
    lines = [say("🧪 Tests on record, the newest first:"), *(_result(one, talk) for one in shown)]
    await talk.show("\n".join(lines), keyboard([*buttons, back, menu]))


def _result(one: OwnResultOut, talk: Talk) -> str:
    say = talk.say
    value = say(VALUES[one.value]) if one.value is not None else say("waiting for the result")
    line = f"• {say(item_msgid('test', one.test))}, {say.show(_local(one.sampled_at, talk))}: {value}"
    if one.site:
        line += f" · {one.site}"
    return line if one.confirmed else f"{line} · {say('told by you, not confirmed yet')}"


def _told(plan: PlanOut, talk: Talk, *, page: int) -> str:
    say = talk.say
    lines = [f"📅 {plan.profile_name}"]
    if plan.note:
        lines.append(plan.note)
    elif plan.state == "provisional":
        lines.append(say("This is provisional until your community worker confirms it."))
    if page == 0:
        for period in plan.periods:
            span = say("from {start}", start=_local(period.starts_at, talk).date())
            if period.ends_at is not None:
                span += " " + say("until {end}", end=_local(period.ends_at, talk))
            lines.append(f"▪ {say(PERIODS.get(period.kind, period.kind))} {span}")
    shown = _coming(plan)[page * PAGE : (page + 1) * PAGE]
    for item in shown:
        what = say(item_msgid(item.kind, item.test))
        due = (
            say("by {due}", due=say.soon(_local(item.due_at, talk)))
            if item.due_at
            else say("the day will be told to you")
        )
        where = f" · {item.place}" if item.place else ""
        lines.append(f"• {what} {due}{where}")
    if any(item.kind == "test" and not item.place for item in shown):
        lines.append(say("Where to have the test: your community worker tells you in time."))
    return "\n".join(lines)


def _asked_for_tests(listed: list[ListedOut], plans: list[PlanOut], talk: Talk) -> str:
    """Why somebody is asked for tests, which is the next, and who pays: each said once."""
    say = talk.say
    lines = [say("🧪 You are on the list of people to be tested:")]
    for one in listed:
        until = " " + say("until {end}", end=date.fromisoformat(one.until)) if one.until else ""
        lines.append(f"▪ {one.title}{until}")
    coming = [item for plan in plans for item in _coming(plan) if item.kind == "test" and item.due_at is not None]
    if coming:
        first = min(coming, key=lambda item: item.due_at or datetime.max.replace(tzinfo=talk.zone))
        assert first.due_at is not None
        due = say.soon(_local(first.due_at, talk))
        lines.append(say("Next: {test}, by {due}.", test=say(item_msgid(first.kind, first.test)), due=due))
    lines += list(dict.fromkeys(one.payer for one in listed if one.payer))
    return "\n".join(lines)


async def _show_why(talk: Talk, gateway: GatewayClient, *, about: str, number: int) -> None:
    say = talk.say
    plans = (await gateway.plans(_full(about))).plans
    lines = [say("Your plan rests on these sentences of the notice:")]
    seen: set[str] = set()
    for plan in plans:
        rules = [rule for period in plan.periods for rule in period.rules]
        rules += [rule for item in _coming(plan)[number * PAGE : (number + 1) * PAGE] for rule in item.rules]
        for rule in rules:
            if rule.id in seen:
                continue
            seen.add(rule.id)
            quote = rule.quote if len(rule.quote) <= LONGEST_QUOTE else f"{rule.quote[:LONGEST_QUOTE]}…"
            meaning = "" if rule.explanation == rule.quote else rule.explanation
            lines.append(f"「{quote}」 ({rule.id})\n{meaning}".strip())
    back = (say("◂ Back"), PlanButton(show="page", number=number, about=about).pack())
    await talk.show("\n\n".join(lines), keyboard([back]))


def _coming(plan: PlanOut) -> list[ItemOut]:
    return [item for item in plan.items if item.state in ("pending", "late")]


def _local(moment: datetime, talk: Talk) -> datetime:
    return moment.astimezone(talk.zone)


def _full(about: str) -> str | None:
    try:
        return str(UUID(about)) if about else None
    except ValueError:
        return None


def router() -> Router:
    router = Router(name="plan")
    router.message.register(show, Command("plan"))
    router.callback_query.register(show, wants_plan)
    router.message.register(show, asks)
    router.message.register(show_results, Command("results"))
    router.message.register(show_results, asks_results)
    router.message.register(explain, asks_why)
    router.callback_query.register(turn, Pressed(PlanButton))
    return router
