"""Residents as they are: they read what stands on the screen and answer it, on Telegram or on the chat page.

They know nothing of the system's inside. What they were told is the oracle: `told` are the references they saw, `sent`
the forms whose last button they pressed, named by what the button itself carried.
"""

import asyncio
import html
import json
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from tests.faults.machines import TookTooLong, until
from tests.support.fake_telegram import FakeTelegram

PATIENCE = 120.0
LONG = 15.0
"""Longer than a restart on a busy machine: worth a word."""
ANSWERED_WITHIN = 5.0
"""A page hears of the answer on another connection than of the handling, which may just be coming back."""
CONFUSED = ("我没太听懂", "I did not quite understand")
STILL = 8
"""So many looks without anything new, and a resident begins again from the menu."""

Button = tuple[str, str]


@dataclass(frozen=True)
class Shown:
    number: int
    text: str
    buttons: tuple[Button, ...]


class Phone(Protocol):
    """Every act returns once the other side said that it was handled."""

    async def types(self, text: str) -> None: ...

    async def presses(self, shown: Shown, button: Button, *, again: bool) -> None: ...

    def screen(self) -> list[Shown]: ...

    def cards(self, reference: str) -> int:
        """How many messages ever showed this reference as a result."""
        ...


# --- Telegram


@dataclass
class TelegramPhone:
    """The server tells every update twice by itself (`duplicate_updates`)."""

    telegram: FakeTelegram
    user: int
    language: str

    def __post_init__(self) -> None:
        code = "zh-hans" if self.language == "zh" else "en"
        self._person = self.telegram.resident(self.user, language=code)

    async def types(self, text: str) -> None:
        await self._handled(await self._person.types(text))

    async def presses(self, shown: Shown, button: Button, *, again: bool) -> None:
        message = self.telegram.messages[self.user, shown.number]
        taps = [await self._person.taps(message, button[1]) for _ in range(2 if again else 1)]
        for update in taps:
            await self._handled(update)

    async def _handled(self, update: int) -> None:
        await self.telegram.until_confirmed(update, patience=PATIENCE)

    def screen(self) -> list[Shown]:
        found = []
        for (chat, number), message in sorted(self.telegram.messages.items()):
            if chat == self.user and message["from"]["is_bot"]:
                rows = (message.get("reply_markup") or {}).get("inline_keyboard", ())
                buttons = tuple((button["text"], button.get("callback_data", "")) for row in rows for button in row)
                found.append(Shown(number, message.get("text", ""), buttons))
        return found

    def cards(self, reference: str) -> int:
        showed = {
            item.message_id
            for item in self.telegram.accepted
            if item.chat == self.user and item.method != "answerCallbackQuery" and _is_card(item.parameters, reference)
        }
        return len(showed)


def _is_card(parameters: dict[str, Any], reference: str) -> bool:
    return reference in told_in(str(parameters.get("shown", "")))


# --- The chat page


@dataclass
class WebPhone:
    """Speaks the page's own protocol: one stream down, inputs up, each kept and sent again until it was handled."""

    url: str
    language: str
    send_twice: bool = True
    _messages: dict[int, Shown] = field(default_factory=dict)
    _states: dict[str, str] = field(default_factory=dict)
    _last: str = ""
    _cards: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._news = asyncio.Condition()
        self._http: aiohttp.ClientSession | None = None

    async def opens(self) -> None:
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=3, sock_read=45),
            headers={"Origin": self.url},
        )
        async with self._http.get(f"{self.url}/?lang={self.language}") as answer:
            answer.raise_for_status()

    async def closes(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def listens(self) -> None:
        """For ever: the page's event source, which comes back by itself after the last id it heard."""
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                await self._listen_once()
            await asyncio.sleep(0.1)

    async def _listen_once(self) -> None:
        assert self._http is not None
        after = f"?after={self._last}" if self._last else ""
        async with self._http.get(f"{self.url}/chat/events{after}") as answer:
            answer.raise_for_status()
            frame: dict[str, str] = {}
            while line := await answer.content.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    frame[name] = value
                    continue
                await self._heard(frame)
                frame = {}

    async def _heard(self, frame: dict[str, str]) -> None:
        if frame.get("event") not in ("snapshot", "change"):
            return
        self._last = frame.get("id", self._last)
        value = json.loads(frame["data"])
        async with self._news:
            if frame["event"] == "snapshot":
                self._messages = {}
                for message in value["messages"]:
                    self._show(message)
            elif value["kind"] in ("handled", "failed"):
                self._states[value["client"]] = value["kind"]
            elif value["kind"] == "delete":
                self._messages.pop(value["message"], None)
            elif value["kind"] in ("new", "edit"):
                self._show(value)
            self._news.notify_all()

    def _show(self, message: dict[str, Any]) -> None:
        if message["kind"] == "mine":
            return
        text = html.unescape(re.sub(r"<[^>]+>", "", message.get("html", "")))
        buttons = tuple((b["label"], b.get("data", "")) for row in message.get("buttons") or () for b in row)
        self._messages[message["message"]] = Shown(message["message"], text, buttons)
        self._cards |= {(reference, message["message"]) for reference in told_in(text)}

    async def types(self, text: str) -> None:
        await self._handled({"kind": "text", "text": text})

    async def presses(self, shown: Shown, button: Button, *, again: bool) -> None:
        for _ in range(2 if again else 1):
            await self._handled({"kind": "press", "message": shown.number, "data": button[1]})

    async def _handled(self, given: dict[str, Any]) -> None:
        given = {"id": secrets.token_hex(16), "language": self.language, **given}
        async with asyncio.timeout(PATIENCE):
            while given["id"] not in self._states:
                state = await self._posts(given)
                if self.send_twice and state == "received":
                    state = await self._posts(given)
                if state in ("handled", "failed"):
                    self._states[given["id"]] = state
                    break
                with suppress(TimeoutError):  # the page, too, asks again after twenty seconds
                    async with asyncio.timeout(20), self._news:
                        await self._news.wait_for(lambda: given["id"] in self._states)
        if self._states[given["id"]] == "failed":
            raise AssertionError(f"the page said that an input could not be handled: {given['kind']}")

    async def _posts(self, given: dict[str, Any]) -> str:
        """Until the page says at least `received`."""
        assert self._http is not None
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                async with self._http.post(f"{self.url}/chat/inputs", json=given) as answer:
                    if answer.status == 202:
                        return str((await answer.json())["state"])
                    if answer.status not in (429, 500, 502, 503):
                        raise AssertionError(f"the page refused an input: {answer.status} {await answer.text()}")
            await asyncio.sleep(0.2)

    def screen(self) -> list[Shown]:
        return [self._messages[number] for number in sorted(self._messages)]

    def cards(self, reference: str) -> int:
        return len({number for known, number in self._cards if known == reference})


# --- What residents know


def told_in(text: str) -> list[str]:
    """References on result cards."""
    return re.findall(r"(?:已经收到。编号：|has arrived\. Reference: )([0-9A-Z]{8})", text)


FEVER = ("发热", "Fever")
COUGH = ("咳嗽", "Cough")
TYPES = "types"

RISKY = "上海市崇明区长兴镇长明村21队"
"""Stands in the list of 15 April 2022, word for word."""

# What is asked (zh, en), and the answer: a button's label (zh, en), or words to type (TYPES, zh, en).
ANSWERS: tuple[tuple[tuple[str, str], tuple[str, ...]], ...] = (
    (("请选择语言", "choose your language"), ("简体中文", "English")),
    (("您同意吗", "Do you agree?"), ("是", "Yes")),
    (("请问您的姓名", "What is your name?"), (TYPES, "张桂兰", "Anna Wang")),
    (("哪个电话最容易找到您", "Which phone number reaches you best?"), (TYPES, "13800138000", "13800138001")),
    (("您住在哪里？请写", "Where do you live?"), (TYPES, "济南市历下区解放路街道", "济南市历下区解放路街道")),
    (("几号楼几室", "Which building and flat?"), ("跳过", "Skip")),
    (("您属于哪个网格", "Which grid do you belong to?"), ("跳过", "Skip")),
    (("请填身份证号", "Your ID number"), ("跳过", "Skip")),
    (("有没有离开过本区县", "was there a journey out of your district?"), ("是", "Yes")),
    (("从哪里出发的", "Where did the journey start?"), (TYPES, RISKY, RISKY)),
    (("到哪里去的", "Where did it go to?"), (TYPES, "济南市历下区", "济南市历下区")),
    (("哪一天出发的", "On which day did it start?"), (TYPES, "前天", "the day before yesterday")),
    (("什么时候到的", "When did it end?"), (TYPES, "昨天下午三点半", "yesterday at 3:30 pm")),
    (("坐什么去的", "How did you travel?"), ("火车", "Train")),
    (("车次或航班号是多少", "Which train, flight or coach number?"), (TYPES, "G1234", "G1234")),
    (("几车厢几座", "Which carriage and seat?"), ("跳过", "Skip")),
    (("和谁一起去的", "Who travelled with you?"), ("跳过", "Skip")),
    (("还有别的行程吗", "Was there another journey?"), ("否", "No")),
    (("在哪里？", "Where was it?"), (TYPES, "济南市历下区", "济南市历下区")),
    (("是什么样的地方", "What kind of place was it?"), ("自己家", "My home")),
    (("从哪一天开始住的", "From which day?"), (TYPES, "上周二", "Tuesday last week")),
    (("现在还住在那里吗", "Are you still there?"), ("是", "Yes")),
    (("还住过别的地方吗", "Was there another place?"), ("否", "No")),
    (("您有没有接触过", "did you meet somebody who was infected"), ("否", "No")),
    (("体温是多少", "What is the body temperature"), (TYPES, "38.2", "38.2")),
    (("从哪一天开始的", "Since which day?"), (TYPES, "昨天", "yesterday")),
    (("用自己的话就行", "in your own words?"), ("跳过", "Skip")),
)
SYMPTOMS = ("请点选所有符合的，再点", "Tap all that apply, then Done")
DONE = ("选好了", "Done")
SUMMARY = ("都对吗？", "Is everything right?")
SEND = (("发送", "Send"), ("保存", "Save"))
SAVED = ("已经保存好了", "I have saved this")
MENU = ("您想做什么？", "What would you like to do?")
MENU_BUTTON = ("菜单", "Menu")
GO_ON = ("继续填", "Go on:")

FORMS: dict[str, tuple[str, str]] = {
    "travel": ("旅行史", "Journeys"),
    "residence": ("居住史", "Where I stayed"),
    "contact": ("接触史", "Whom I met"),
    "symptoms": ("身体情况", "How I feel"),
}


@dataclass(eq=False)
class Resident:
    """`again` is how likely a button is pressed once more; `sent` maps what the Send button carried to its form."""

    name: str
    phone: Phone
    language: str
    random: random.Random
    again: float = 1.0
    on_send: Callable[[], None] = lambda: None
    on_long_wait: Callable[[str], None] = lambda _: None
    told: list[tuple[str, str, str]] = field(default_factory=list)  # reference, form, what the Send button carried
    sent: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)  # what each result card said
    swallowed: list[str] = field(default_factory=list)  # a Send that counted as handled, and nothing came of it
    steps: int = 0
    confused: int = 0  # answers to a question nobody asked any more

    @property
    def _which(self) -> int:
        return 0 if self.language == "zh" else 1

    async def registers(self) -> None:
        """From the first hello to the saved profile."""
        await self.phone.types("/start")
        await self._goes_on(lambda shown: SAVED[self._which] in shown.text, restart="/start")

    async def reports(self, form: str) -> str:
        """One form from the menu to its result card; the reference that was told."""
        known = {reference for reference, _, _ in self.told}
        await self._opens(form)
        new: list[str] = []

        def arrived(shown: Shown) -> bool:
            new[:] = [reference for reference in told_in(shown.text) if reference not in known]
            self.read.update({reference: shown.text for reference in new})
            return bool(new)

        await self._goes_on(arrived, restart="/menu", form=form)
        carried = list(self.sent)[-1]
        self.told.append((new[0], form, carried))
        return new[0]

    async def _opens(self, form: str) -> None:
        newest = self._newest(lambda shown: self._button(shown, MENU_BUTTON[self._which]) is not None)
        shown, button = (newest, self._button(newest, MENU_BUTTON[self._which])) if newest else (None, None)
        if shown is not None and button is not None:
            await self._press(shown, button)
        else:
            await self._type("/menu")

    async def _goes_on(self, over: Callable[[Shown], bool], *, restart: str, form: str = "") -> None:
        """Answer whatever is asked, until `over`."""
        seen, still = "", 0
        while self._newest(over) is None:
            now = repr(self.phone.screen()[-3:])
            still = still + 1 if now == seen else 0
            seen = now
            confused = any(CONFUSED[self._which] in shown.text for shown in self.phone.screen()[-1:])
            if still >= STILL or confused:
                still = 0
                self.confused += confused
                await self._type(restart)
                continue
            if not await self._answers(form):
                await asyncio.sleep(0.05)  # nothing to answer yet; it is on its way

    def _newest(self, fits: Callable[[Shown], bool]) -> Shown | None:
        return next((shown for shown in reversed(self.phone.screen()) if fits(shown)), None)

    async def _answers(self, form: str) -> bool:
        """The newest question anybody could answer."""
        w = self._which
        for shown in reversed(self.phone.screen()):
            if SUMMARY[w] in shown.text and (button := self._send_button(shown)):
                await self._sends(shown, button, form)
            elif MENU[w] in shown.text and form and shown.buttons:
                button = self._button(shown, GO_ON[w]) or self._button(shown, FORMS[form][w])
                if button is None:
                    continue
                await self._press(shown, button)
            elif SYMPTOMS[w] in shown.text and shown.buttons:
                unticked = [b for word in (FEVER[w], COUGH[w]) for b in shown.buttons if b[0] == f"☐ {word}"]
                button = unticked[0] if unticked else self._button(shown, DONE[w])
                if button is None:
                    continue
                await self._press(shown, button)
            elif (found := self._answer_to(shown)) is not None:
                if found[0] == TYPES:
                    await self._type(found[1 + w])
                else:
                    button = self._button(shown, found[w])
                    if button is None:
                        continue
                    await self._press(shown, button)
            else:
                continue
            self.steps += 1
            return True
        return False

    def _answer_to(self, shown: Shown) -> tuple[str, ...] | None:
        """By the question asked last on it: the longest that fits. Without buttons it is over."""
        if not shown.buttons:
            return None
        fitting = [(asked[self._which], answer) for asked, answer in ANSWERS if asked[self._which] in shown.text]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None

    async def _sends(self, shown: Shown, button: Button, form: str) -> None:
        if form:
            self.sent.setdefault(button[1].split(":")[1], form)
        self.on_send()
        before = repr(self.phone.screen())
        await self._press(shown, button)
        try:  # handled means worked: something must have answered, without anybody pressing again
            await until(lambda: repr(self.phone.screen()) != before, "an answer", patience=ANSWERED_WITHIN)
        except TookTooLong:
            self.swallowed.append(f"{button[1]} ({form or 'profile'}, {self.name})")

    def _send_button(self, shown: Shown) -> Button | None:
        return next((found for label in SEND if (found := self._button(shown, label[self._which]))), None)

    def _button(self, shown: Shown, label: str) -> Button | None:
        exact = [button for button in shown.buttons if button[0] == label]
        return next(iter(exact + [button for button in shown.buttons if label in button[0]]), None)

    async def _press(self, shown: Shown, button: Button) -> None:
        began = time.monotonic()
        await self.phone.presses(shown, button, again=self.random.random() < self.again)
        self._waited(began, button[0])

    async def _type(self, text: str) -> None:
        began = time.monotonic()
        await self.phone.types(text)
        self._waited(began, text)

    def _waited(self, began: float, what: str) -> None:
        waited = time.monotonic() - began
        if waited > LONG:
            self.on_long_wait(f"{self.name} waited {waited:.0f} s for {what!r}")


async def with_patience(resident: Resident, what: str, doing: Awaitable[object], *, seconds: float) -> None:
    """What does not end says whose it is and what stood on the screen."""
    try:
        async with asyncio.timeout(seconds):
            await doing
    except TimeoutError:
        screen = "\n".join(f"{s.number}: {s.text!r} {s.buttons}" for s in resident.phone.screen()[-3:])
        raise TookTooLong(f"{resident.name} did not finish {what} in {seconds:.0f} s:\n{screen}") from None
