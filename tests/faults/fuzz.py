"""Whatever arrives, no exception leaves the dispatcher, and the same chat goes on: `./run faults fuzz`.

Moves are drawn by hypothesis: what people type, press, send and send again, what nobody could press, what Telegram
knows and we do not. They are fed to the real dispatcher, on Telegram and the web chat, by residents and officials.
"""

import asyncio
import json
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.buttons import FormButton
from tests.conversations.chat import Chat, Gateway, _problem, agreed, an_alert, official

LONGEST = 50  # moves in one chat
SHOWN = 50  # exceptions that are printed
COMMANDS = """
/start|/start good-1|/menu|/plan|/risk|/risk 石家庄|/family|/language|/quiet|/ask|/reports|/mydata|/rumour|/tip|/testing
/duty|/console|/out|/cancel|/help|/advice|/checkin|/profile|/stop|/nothing|/
"""
SAID = """
发烧38.2,咳嗽两天,上周去过中风险地区|我22号下午三点半坐高铁从A区回济南|到家了|孩子住C小区|我没事|38度2|昨天|上周二|1月5日
22号下午三点半|2021-02-30|05/01|济南|鼓楼区幸福里|是|否|没有|返回|取消|跳过|发送|不想活了|胸口疼喘不上气|13800138000
11010519491231002X|下载我的数据|我的计划|I have a fever and a cough|yesterday|no|yes|skip|back|send|may I go to work?
why must I isolate|石家庄5号是风险区吗|听说吃大蒜能防病毒是真的吗|办60人的婚礼可以吗|English please|中文|人工|1,2,3|٣٨٫٢
0|-1|1e400|999999999999|{name} %s %(x)s|<b>&
"""
FORGED = f"""
f:|f:x:1:_send|f:00000000:99:a|m:|m:nothing|l:xx|p:page:0:|p:why:99:x|q:work:|q:come:37|rk:370102:2021-13-40|wf:ok:x
al:ack:x|ck:done:x|du:alert:x|ur:tell:x:20210115:|ur:tell:own-1:x:|ur:try:x::|ur:try:{UUID(int=0).hex}::
ur:zero:own-1:20210230:|bye:erase|bye:x|:|::::
"""
ODD = ("x" * 4096, "😀" * 300, "\x00\x07", "\u202eabc", "a\u0301" * 50, "/start " + "x" * 70)


def listed(text: str) -> list[str]:
    return [one for line in text.strip().splitlines() for one in line.split("|")]


words = st.one_of(
    st.sampled_from([*listed(SAID), *ODD]),
    st.sampled_from(listed(COMMANDS)),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60),
)
moves = st.one_of(
    st.tuples(st.just("says"), words),
    st.tuples(st.just("says"), words),
    st.tuples(st.just("presses"), st.integers(0, 60)),
    st.tuples(st.just("presses"), st.integers(0, 60)),
    st.tuples(st.just("presses"), st.integers(0, 60)),
    st.tuples(st.just("forges"), st.one_of(st.sampled_from(listed(FORGED)), st.text(max_size=30))),
    st.tuples(st.just("misplaces"), st.tuples(st.integers(-2, 3), st.text("abc_0c", max_size=8))),
    st.tuples(st.just("sends"), st.integers(0, 13)),
    st.tuples(st.just("again"), st.just(0)),
    st.tuples(st.just("stumbles"), st.just(0)),
)
chats = st.tuples(
    st.booleans(), st.sampled_from(("nobody", "resident", "official")), st.sampled_from(("zh", "en", "xx"))
)


class Careless(Gateway):
    """Refuses what the contract forbids, as the real one does, and counts what a conversation sent all the same."""

    refused: int = 0

    def _route(self, request: httpx2.Request, path: str, address: str, body: Any) -> httpx2.Response:
        try:
            return super()._route(request, path, address, body)
        except (AssertionError, ValidationError, KeyError, TypeError):
            self.refused += 1
            return _problem("invalid", 422)


@dataclass
class Figures:
    updates: int = 0
    chats: int = 0
    refused: int = 0
    left: list[str] = field(default_factory=list)  # exceptions that left the dispatcher
    silent: int = 0  # chats that did not go on


@dataclass
class Town:
    """Many chats with one dispatcher each for the web and Telegram: building one costs more than a chat."""

    chats: dict[bool, Chat] = field(default_factory=dict)
    people: int = 0

    def newcomer(self, on_web: bool, language: str) -> Chat:
        channel = "webchat" if on_web else "telegram"
        first = self.chats.setdefault(on_web, Chat(gateway=Careless(), channel=channel))
        self.people += 1
        first.gateway.calls.clear()
        first.gateway.alerts.clear()
        return Chat(
            gateway=first.gateway, drafts=first.drafts, user_id=1000 + self.people, language_code=language,
            channel=channel, _dispatcher=first.dispatcher(),
        )  # fmt: skip


def begin(town: Town, on_web: bool, who: str, language: str) -> Chat:
    chat = town.newcomer(on_web, language)
    if who != "nobody":
        chat.gateway.residents[chat.address] = agreed(language="en" if language == "en" else "zh_Hans_CN")
    if who == "official":
        chat.gateway.officials[chat.address] = official("王医生")
        alert = an_alert()
        chat.gateway.alerts[alert["id"]] = alert
    return chat


def update_of(chat: Chat, kind: str, value: Any) -> dict[str, Any] | None:
    match kind:
        case "says":
            return chat.message(text=value)
        case "presses":
            shown = [(data, at) for at, screen in chat.session.messages.items() for data in screen.buttons.values()]
            if not shown:
                return chat.message(text="/menu")
            # mostly what stands on the newest messages, now and then something old
            data, at = shown[-1 - value % min(len(shown), 12)] if value < 50 else shown[value % len(shown)]
            return chat.press_of(data, at)
        case "forges":
            return chat.press_of(value, chat.session.latest)
        case "misplaces":
            return chat.press_of(_misplaced(chat, *value), chat.session.latest)
    return _sent(chat, value)


def _misplaced(chat: Chat, steps: int, option: str) -> str:
    stored = chat.drafts.kept.get(chat.address)
    draft = json.loads(stored) if stored else {"instance_id": "", "step": 0}
    button = FormButton(instance=draft["instance_id"].replace("-", "")[:8], step=draft["step"] + steps, option=option)
    return button.pack()


def _sent(chat: Chat, which: int) -> dict[str, Any]:
    """What else a chat can hold."""
    file = {"file_id": "abc", "file_unique_id": "a"}
    chat.session.files["abc"] = b"\xff\xd8\xffjpeg"
    group = {"id": -100, "type": "supergroup", "title": "g"}
    own = {"user_id": chat.user_id, "phone_number": "13800138000", "first_name": "x"}
    member = {"user": chat._user(), "status": "kicked", "until_date": 0}
    there = {"user": {"id": 7, "is_bot": True, "first_name": "b"}, "status": "member"}
    match which:
        case 0 | 1:
            return chat.message(photo=[file | {"width": 1, "height": 1}], caption="核酸阴性")
        case 2:
            return chat.message(document=file | {"mime_type": "image/png"})
        case 3:
            return chat.message(document=file | {"mime_type": "application/pdf", "file_name": "x.pdf"})
        case 4:
            return chat.message(location={"latitude": 36.6, "longitude": 117.0})
        case 5:
            return chat.message(contact=own)
        case 6:
            return chat.message(voice=file | {"duration": 3})
        case 7:
            return chat.message(text="大家好", chat=group)
        case 8:
            edited = chat.message(text="改过了")
            return {"update_id": edited["update_id"], "edited_message": edited["message"]}
        case 9:
            changed = {"chat": {"id": chat.user_id, "type": "private"}, "from": chat._user(), "date": 1}
            return {
                "update_id": chat._new(),
                "my_chat_member": {**changed, "old_chat_member": there, "new_chat_member": member},
            }
        case 10:
            press = chat.press_of("m:menu", 1)
            press["callback_query"]["message"]["date"] = 0  # too old for Telegram to know
            return press
        case 11:
            press = chat.press_of("m:menu", 1)
            del press["callback_query"]["message"]
            return press
        case 12:
            answer = {"poll_id": "1", "user": chat._user(), "option_ids": [0], "option_persistent_ids": ["0"]}
            return {"update_id": chat._new(), "poll_answer": answer}
    sender = chat.message(text="频道", chat={"id": -200, "type": "channel", "title": "c"})
    del sender["message"]["from"]
    return {"update_id": sender["update_id"], "channel_post": sender["message"]}


async def live(chat: Chat, told: list[tuple[str, Any]], figures: Figures) -> None:
    """One chat from its beginning to its end; at the end it still answers."""
    last: dict[str, Any] | None = None
    for kind, value in told:
        if kind == "stumbles":
            chat.gateway.stumbles = 1
            continue
        update = (
            last if kind == "again" and last is not None else update_of(chat, kind, value) if kind != "again" else None
        )
        if update is not None:
            last = update
            await _feed(chat, update, figures, (kind, value))
    chat.gateway.stumbles = 0
    figures.refused += chat.gateway.refused  # type: ignore[attr-defined]
    chat.gateway.refused = 0  # type: ignore[attr-defined]
    before = len(chat.session.messages)
    await _feed(chat, chat.message(text="/cancel"), figures, ("says", "/cancel"))
    await _feed(chat, chat.message(text="/menu"), figures, ("says", "/menu"))
    figures.silent += len(chat.session.messages) == before
    figures.chats += 1


async def _feed(chat: Chat, update: dict[str, Any], figures: Figures, move: tuple[str, Any]) -> None:
    figures.updates += 1
    try:
        await chat.feed(update)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        figures.left.append(f"{move!r}: {type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})")


def drawn(*, updates: int, chosen: int | None, figures: Figures) -> None:
    """So many updates, in chats of some length."""
    loop, town = asyncio.new_event_loop(), Town()

    @settings(
        max_examples=max(1, updates // 24), deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(chats, st.lists(moves, min_size=20, max_size=LONGEST))
    def lives(about: tuple[bool, str, str], told: list[tuple[str, Any]]) -> None:
        if figures.updates < updates:
            loop.run_until_complete(live(begin(town, *about), told, figures))

    try:
        (lives if chosen is None else seed(chosen)(lives))()
    finally:
        loop.close()


def main(*, updates: int, chosen: int, as_json: bool) -> int:
    figures, since = Figures(), time.monotonic()
    while figures.updates < updates:
        drawn(updates=updates, chosen=chosen + figures.chats, figures=figures)
    told = {
        "updates": figures.updates,
        "chats": figures.chats,
        "left the dispatcher": len(figures.left),
        "chats that did not go on": figures.silent,
        "refused by the gateway's contract": figures.refused,
        "seed": chosen,
        "seconds": round(time.monotonic() - since),
    }
    sys.stdout.write(
        (json.dumps(told) if as_json else "\n".join(f"{name}: {value}" for name, value in told.items())) + "\n"
    )
    sys.stderr.writelines(f"fuzz: {one}\n" for one in figures.left[:SHOWN])
    return bool(figures.left or figures.silent)
