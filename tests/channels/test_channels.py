"""One contract for every way out: what a delivery may rely on, whichever channel carries it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.channels.apprise import AppriseChannel
from gateway.channels.dingtalk import DingTalk
from gateway.channels.email import EmailChannel, MailServer
from gateway.channels.feishu import Feishu
from gateway.channels.memory import MemoryChannel
from gateway.channels.pacing import Pacer, RobotPacer
from gateway.channels.receipts import Channel, Outgoing, Permanent, Target, Technical, Temporary, Uncertain
from gateway.channels.robots import Dialect, RobotChannel
from gateway.channels.sms import SmsChannel, SmsService
from gateway.channels.telegram import TelegramChannel
from gateway.channels.webchat import WebChatChannel
from gateway.channels.webpush import WebPushChannel, encrypted
from gateway.channels.wecom import WeCom
from gateway.clock import Clock, HeldClock
from gateway.domain.kinds import DeliveryId, Lane
from gateway.wire import chats, pacing
from gateway.wire.pacing import Limits
from gateway.wire.push_keys import padded, private_key, public_key, unpadded
from gateway.wire.seals import KeySeal
from tests.support.fake_mail import FakeMail
from tests.support.fake_push import FakePush
from tests.support.fake_robots import FakeRobots
from tests.support.fake_telegram import FakeTelegram

BUTTONS = ((("Take it", "al:ack:0"), ("Note", "al:note:0")),)
LINK = ("Console", "https://gateway.test/console/alerts/1")
ROBOTS: dict[str, Dialect] = {"dingtalk": DingTalk(), "wecom": WeCom(), "feishu": Feishu()}
#: Channels of desks, and of whom nobody can press anything: a link leads back.
ONE_WAY = ("dingtalk", "wecom", "feishu", "email", "sms", "apprise")
ROOT_KEY = b"r" * 32

#: Budgets have tests of their own.
UNPACED = 1e12

MIRA = str(chats.FIRST_CHAT + 7)


@dataclass
class Way:
    """A channel, and how its other end looks."""

    channel: Channel
    redis: Redis
    seal: KeySeal
    telegram: FakeTelegram
    robots: FakeRobots
    mail: FakeMail
    push: FakePush
    subscription: dict[str, str] = field(default_factory=dict)

    @property
    def one_way(self) -> bool:
        return self.channel.name in ONE_WAY

    @property
    def pressable(self) -> bool:
        return not self.one_way and self.channel.name != "webpush"

    async def arrived(self) -> list[dict[str, Any]]:
        """What a person sees: words without the link's line, buttons, and whether the link is there."""
        seen = await self._seen()
        return [
            {
                "text": "\n".join(line for line in one["text"].splitlines() if LINK[1] not in line).strip(),
                "buttons": one.get("buttons", ()),
                "linked": LINK[1] in one["text"],
            }
            for one in seen
        ]

    async def _seen(self) -> list[dict[str, Any]]:
        if isinstance(self.channel, MemoryChannel):
            return [{"text": heard.plain, "buttons": heard.buttons} for heard in self.channel.heard]
        if isinstance(self.channel, WebPushChannel):
            return [{"text": told["text"]} for browser in self.push.browsers.values() for told in browser.told]
        if isinstance(self.channel, RobotChannel):
            return [{"text": heard.text} for heard in self.robots.of("token")]
        if isinstance(self.channel, SmsChannel):
            return [{"text": text.replace(f" {LINK[1]}", f"\n{LINK[1]}")} for _, text in self.robots.texts]
        if isinstance(self.channel, AppriseChannel):
            return [{"text": f"{title}\n{text}"} for title, text in self.robots.texts]
        if isinstance(self.channel, EmailChannel):
            return [{"text": letter.get_body(("plain",)).get_content()} for letter in self.mail.letters]
        if isinstance(self.channel, TelegramChannel):
            return [
                {
                    "text": sent["shown"],
                    "buttons": tuple(
                        tuple((button["text"], button["callback_data"]) for button in row)
                        for row in (sent.get("reply_markup") or {"inline_keyboard": []})["inline_keyboard"]
                    ),
                }
                for sent in self.telegram.sent_to(int(MIRA))
            ]
        entries = await self.redis.xrange(chats.keys_of(int(MIRA)).events)
        events = [chats.decode_event(entry, fields, chat=int(MIRA), seal=self.seal) for entry, fields in entries]
        return [
            {
                "text": event.body.text,
                "buttons": tuple(tuple((b.label, b.data) for b in row) for row in event.body.buttons),
            }
            for event in events
            if event.body is not None
        ]


def pushing(push: FakePush, clock: Clock) -> WebPushChannel:
    return WebPushChannel(private_key(ROOT_KEY), "mailto:post@gateway.test", clock, [push.url])


def sms(robots: FakeRobots) -> SmsChannel:
    return SmsChannel(
        SmsService(
            url=f"{robots.url}/sms",
            headers={"Content-Type": "application/json"},
            body='{"phone": "{to}", "content": "{text}"}',
            success='"code": ?"OK"',
        )
    )


@pytest.fixture
async def robots(clock: Clock) -> AsyncIterator[FakeRobots]:
    async with FakeRobots(clock) as server:
        yield server


@pytest.fixture
async def mail() -> AsyncIterator[FakeMail]:
    async with FakeMail() as server:
        yield server


@pytest.fixture
async def push() -> AsyncIterator[FakePush]:
    async with FakePush(public_key=public_key(ROOT_KEY)) as server:
        yield server


@pytest.fixture(params=["memory", "webchat", "telegram", "webpush", *ONE_WAY])
async def way(
    request: pytest.FixtureRequest,
    redis: Redis,
    seal: KeySeal,
    clock: Clock,
    telegram: FakeTelegram,
    robots: FakeRobots,
    mail: FakeMail,
    push: FakePush,
) -> AsyncIterator[Way]:
    pacer = RobotPacer(redis, clock, per_minute=UNPACED)
    channels: dict[str, Channel] = {
        "memory": MemoryChannel(),
        "webchat": WebChatChannel(redis, seal, clock),
        "telegram": TelegramChannel(telegram.token, Pacer(redis, "42", clock), api_url=telegram.url),
        "webpush": pushing(push, clock),
        "email": EmailChannel(MailServer.of(mail.url, "哨点 <post@gateway.test>"), clock),
        "sms": sms(robots),
        "apprise": AppriseChannel(),
        **{name: RobotChannel(dialect, pacer, clock, robots.url) for name, dialect in ROBOTS.items()},
    }
    yield Way(channels[request.param], redis, seal, telegram, robots, mail, push)
    for channel in channels.values():
        await channel.close()


@pytest.fixture
async def wire(redis: Redis, clock: Clock, telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(
        telegram.token, Pacer(redis, "42", clock), api_url=telegram.url, timeout=timedelta(seconds=0.5)
    )
    yield channel
    await channel.close()


def letter(text: str = "<b>Test</b> today &amp; tomorrow", plain: str = "Test today & tomorrow") -> Outgoing:
    return Outgoing(
        delivery_id=DeliveryId(uuid4()),
        address=MIRA,
        text=text,
        plain=plain,
        lane=Lane.ALERT,
        buttons=BUTTONS,
    )


def to_the_desk(way: Way, **words: str) -> Outgoing:
    """As `letter`; with what a desk's address keeps sealed, and the link back, where the channel is a desk's."""
    if way.channel.name == "webpush":
        known = way.push.subscribes("phone") if not way.push.browsers else way.subscription
        way.subscription = known
        return replace(letter(**words), target=Target(json.dumps(known)))
    if not way.one_way:
        return letter(**words)
    targets = {"email": "desk@gateway.test", "sms": "+8613800000000"}
    url = f"form://127.0.0.1:{way.robots.port}/sms?method=GET&+x=y&:title=phone&:message=content"
    targets["apprise"] = url
    return replace(letter(**words), link=LINK, target=Target(targets.get(way.channel.name, "token")))


async def test_a_message_arrives_with_its_buttons_or_a_way_back(way: Way) -> None:
    receipt = await way.channel.send(to_the_desk(way))

    assert receipt.reference
    buttons = BUTTONS if way.pressable else ()
    assert await way.arrived() == [{"text": "Test today & tomorrow", "buttons": buttons, "linked": way.one_way}]


async def test_two_messages_have_two_references(way: Way) -> None:
    first = await way.channel.send(to_the_desk(way))
    assert first.reference != (await way.channel.send(to_the_desk(way))).reference


async def test_markup_the_other_side_cannot_read_goes_out_as_plain_words(way: Way) -> None:
    receipt = await way.channel.send(to_the_desk(way, text="<b>Fever <script>"))

    assert [message["text"] for message in await way.arrived()] == ["Test today & tomorrow"]
    assert receipt.fallback or not way.pressable or isinstance(way.channel, MemoryChannel)


async def test_the_web_chat_hears_a_repeated_delivery_once(redis: Redis, seal: KeySeal, clock: Clock) -> None:
    channel, repeated = WebChatChannel(redis, seal, clock), letter()

    first, second = await channel.send(repeated), await channel.send(repeated)

    assert first.reference == second.reference
    assert await redis.xlen(chats.keys_of(int(MIRA)).events) == 1


async def test_nothing_a_resident_reads_stands_open_in_redis(redis: Redis, seal: KeySeal, clock: Clock) -> None:
    await WebChatChannel(redis, seal, clock).send(
        letter(text="Mira Canary has a fever", plain="Mira Canary has a fever")
    )

    keys = chats.keys_of(int(MIRA))
    stored = str(await redis.xrange(keys.events)) + str(await redis.hgetall(keys.messages))
    assert "Canary" not in stored and "fever" not in stored


async def test_a_web_chat_without_redis_is_tried_again(seal: KeySeal, clock: Clock) -> None:
    nowhere = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    with pytest.raises(Temporary):
        await WebChatChannel(nowhere, seal, clock).send(letter())
    await nowhere.aclose()


async def test_a_blocked_bot_is_a_permanent_failure(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.blocked.add(int(MIRA))
    with pytest.raises(Permanent) as failure:
        await wire.send(letter())
    assert failure.value.blocked


async def test_a_flood_answer_waits_exactly_as_asked(
    wire: TelegramChannel, telegram: FakeTelegram, redis: Redis
) -> None:
    telegram.fault("flood", retry_after=7)
    with pytest.raises(Temporary) as failure:
        await wire.send(letter())

    assert failure.value.retry_after == timedelta(seconds=7)
    assert await redis.pttl("pace:{42}:pause") > 7000  # and nobody else sends before


async def test_a_lost_answer_is_uncertain_and_not_repeated(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.fault("lost")
    with pytest.raises(Uncertain):
        await wire.send(letter())
    assert len(telegram.sent_to(int(MIRA))) == 1


@pytest.mark.parametrize("fault", ["server_error", "dropped"])
async def test_what_nobody_can_know_is_uncertain(wire: TelegramChannel, telegram: FakeTelegram, fault: str) -> None:
    telegram.fault(fault)
    with pytest.raises(Uncertain):
        await wire.send(letter())


async def test_a_slow_answer_is_uncertain(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.fault("slow", seconds=1)
    with pytest.raises(Uncertain):
        await wire.send(letter())


async def test_a_refused_connection_is_surely_not_sent(redis: Redis, clock: Clock) -> None:
    channel = TelegramChannel("42:TEST", Pacer(redis, "42", clock), api_url="http://127.0.0.1:1")
    with pytest.raises(Temporary) as failure:
        await channel.send(letter())
    assert "42:TEST" not in repr(failure.value.__cause__)
    await channel.close()


async def test_a_group_that_moved_is_followed_once(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.migrated[-5] = -1005
    receipt = await wire.send(replace(letter(), address="-5"))

    assert receipt.moved_to == "-1005"
    assert len(telegram.sent_to(-1005)) == 1


async def test_a_topic_is_kept_and_a_closed_one_gives_way_to_general(
    wire: TelegramChannel, telegram: FakeTelegram
) -> None:
    telegram.migrated[-5] = -1005
    telegram.topics[-1005] = {7}
    receipt = await wire.send(replace(letter(), address="-5/7", link=LINK))
    assert receipt.moved_to == "-1005/7"

    telegram.topics[-1005].clear()
    closed = await wire.send(replace(letter(), address="-1005/7"))
    assert closed.note == "topic closed"
    first, second = telegram.sent_to(-1005)
    assert (first["message_thread_id"], second.get("message_thread_id")) == (7, None)
    assert first["text"].endswith(f"{LINK[0]}: {LINK[1]}")


async def test_a_message_longer_than_telegram_allows_arrives_in_parts(
    wire: TelegramChannel, telegram: FakeTelegram
) -> None:
    lines = "\n".join(f"line {number} <of many>" for number in range(300))
    await wire.send(letter(text="ignored", plain=lines))

    sent = telegram.sent_to(int(MIRA))
    assert "".join(part["text"] for part in sent).count("line ") == 300
    assert ["reply_markup" in part for part in sent] == [False] * (len(sent) - 1) + [True]


async def test_an_alert_does_not_wait_behind_a_broadcast(redis: Redis, clock: Clock) -> None:

    taken = 0
    pacer = Pacer(redis, "42", clock, Limits(overall_per_second=5))
    now = clock.now()
    for number in range(50):
        keys, arguments = pacing.take_call("42", str(number), Lane.BROADCAST, limits=pacer.limits, now=now)
        reply = pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments))
        taken += reply.verdict is pacing.Verdict.GO
    keys, arguments = pacing.take_call("42", "mira", Lane.ALERT, limits=pacer.limits, now=now)
    alert = pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments))

    assert taken <= 2
    assert alert.verdict is pacing.Verdict.GO
    assert alert.wait <= timedelta(seconds=0.5)


async def test_the_budget_holds_over_all_lanes_and_processes(redis: Redis, clock: Clock) -> None:

    limits, now = Limits(overall_per_second=30), clock.now()
    waits = []
    for number in range(60):
        keys, arguments = pacing.take_call("42", str(number), Lane.ALERT, limits=limits, now=now)
        waits.append(pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments)).wait)
    seconds = [wait.total_seconds() for wait in waits]

    for start in seconds:
        assert sum(start <= second < start + 1 for second in seconds) <= 30


async def test_one_chat_is_not_written_to_faster_than_it_may(redis: Redis, clock: Clock) -> None:

    limits, now, verdicts = Limits(chat_burst=1), clock.now(), []
    for _ in range(2):
        keys, arguments = pacing.take_call("42", "7", Lane.REPLY, limits=limits, now=now)
        verdicts.append(pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments)))

    assert [slot.verdict for slot in verdicts] == [pacing.Verdict.GO, pacing.Verdict.CHAT_WAIT]
    assert timedelta(seconds=0.9) < verdicts[1].wait <= timedelta(seconds=1)


# robots of groups


@pytest.fixture
def held() -> HeldClock:
    return HeldClock(datetime(2021, 1, 15, 7, 20, tzinfo=UTC))


@pytest.fixture
async def group(held: HeldClock, redis: Redis) -> AsyncIterator["Group"]:
    async with FakeRobots(held) as server:
        pacer = RobotPacer(redis, held)
        channels = {name: RobotChannel(dialect, pacer, held, server.url) for name, dialect in ROBOTS.items()}
        yield Group(server, channels, pacer, held)
        for channel in channels.values():
            await channel.close()


@dataclass
class Group:
    """The three products on a clock that is held."""

    server: FakeRobots
    channels: dict[str, RobotChannel]
    pacer: RobotPacer
    clock: HeldClock

    async def says(self, product: str, text: str = "发热 1 例", *, mentions: tuple[str, ...] = ()) -> None:
        target = Target("token", "SEC-1", mentions)
        outgoing = replace(letter(plain=text), target=target, link=LINK)
        await self.channels[product].send(outgoing)


@pytest.mark.parametrize("product", ROBOTS)
async def test_a_robot_signs_splits_by_bytes_and_calls_by_name(group: Group, product: str) -> None:
    group.server.secrets["token"] = "SEC-1"
    lines = "\n".join(f"{number}. 历下区解放路街道:发热待处置「{'甲' * 20}」👩‍⚕️" for number in range(260))
    group.channels[product].pacer = replace(group.pacer, per_minute=UNPACED)

    await group.says(product, lines, mentions=("13800000001",))

    parts = group.server.of("token")
    limit = {"dingtalk": 20_000, "wecom": 2_048, "feishu": 20_480}[product]
    assert len(parts) > 1 and max(part.size for part in parts) <= limit
    whole = "\n".join(part.text.rstrip("\n") for part in parts).splitlines()
    assert [line.split(".")[0] for line in whole[:-1]] == [str(number) for number in range(260)]
    assert whole[-1] == f"{LINK[0]}: {LINK[1]}"
    called = [part.mentions for part in parts]
    expected = [] if product == "feishu" else ["13800000001"]  # its custom robots can call nobody by number
    assert [mobile for mentions in called for mobile in mentions] == expected
    assert not any(called[:-1])


@pytest.mark.parametrize("product", ROBOTS)
async def test_a_robot_keeps_its_budget_and_says_when_its_turn_comes(group: Group, product: str) -> None:
    waits = []
    for _ in range(40):
        try:
            await group.says(product)
        except Temporary as early:
            assert early.retry_after is not None
            waits.append(early.retry_after)
            group.clock.move_to(group.clock.now() + early.retry_after)
            await group.says(product)

    assert group.server.refused() == [] and len(group.server.heard) == 40
    moments = [one.at for one in group.server.heard]
    assert max(sum(at <= one < at + timedelta(minutes=1) for one in moments) for at in moments) == 18
    assert max(waits) < timedelta(seconds=4)


@pytest.mark.parametrize(
    ("product", "code", "words", "failure", "blocked", "wait"),
    [
        ("dingtalk", 130101, "send too fast", Temporary, False, 600),
        ("dingtalk", 300001, "token is not exist", Permanent, True, None),
        ("dingtalk", 400013, "群已被解散", Permanent, True, None),
        ("dingtalk", 310000, "keywords not in content", Technical, False, None),
        ("dingtalk", 999999, "a code nobody knows", Temporary, False, None),
        ("wecom", 45009, "api freq out of limit", Temporary, False, 60),
        ("wecom", 93000, "invalid webhook url", Permanent, True, None),
        ("wecom", 40058, "text.content exceed max length", Technical, False, None),
        ("feishu", 11232, "frequency limited", Temporary, False, 60),
        ("feishu", 19001, "access token invalid", Permanent, True, None),
        ("feishu", 19021, "sign match fail", Technical, False, None),
        ("feishu", 19024, "Key Words Not Found", Technical, False, None),
    ],
)
async def test_a_refusal_inside_a_200_keeps_the_providers_own_words(
    group: Group, product: str, code: int, words: str, failure: type[Exception], blocked: bool, wait: int | None
) -> None:
    group.server.faults.append((code, words))
    with pytest.raises(failure) as refused:
        await group.says(product)

    said = refused.value
    assert isinstance(said, (Temporary, Permanent)) and said.reason == f"{code} {words}"
    assert getattr(said, "blocked", False) is blocked
    if wait is None:
        return
    assert said.retry_after == timedelta(seconds=wait)
    group.clock.move_to(group.clock.now() + timedelta(seconds=wait - 1))
    with pytest.raises(Temporary, match="waits its turn"):  # nobody knocks at a shut door
        await group.says(product)
    assert len(group.server.answers) == 1


@pytest.mark.parametrize(("fault", "failure"), [(("lost", ""), Uncertain), (("html", "502"), Uncertain)])
async def test_what_a_robot_never_answered_is_uncertain(
    group: Group, fault: tuple[str, str], failure: type[Exception]
) -> None:
    group.server.faults.append(fault)
    with pytest.raises(failure):
        await group.says("wecom")


async def test_without_the_store_a_robot_says_what_is_urgent(robots: FakeRobots, clock: Clock) -> None:
    nowhere = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    channel = RobotChannel(WeCom(), RobotPacer(nowhere, clock), clock, robots.url)
    await channel.send(replace(letter(), target=Target("token")))
    with pytest.raises(Temporary):
        await channel.send(replace(letter(), target=Target("token"), lane=Lane.REMINDER))

    assert len(robots.heard) == 1
    await channel.close()
    await nowhere.aclose()


# mail, SMS and the long tail


@pytest.mark.parametrize(
    ("command", "answer", "failure", "blocked"),
    [
        ("RCPT", "550 5.1.1 no such user", Permanent, True),
        ("RCPT", "452 4.2.2 mailbox full", Temporary, False),
        ("RCPT", "552 5.2.2 mailbox full", Temporary, False),
        ("MAIL", "553 5.7.1 sender not allowed", Technical, False),
        ("DATA", "554 5.7.1 refused by policy", Technical, False),
        ("RCPT", "cut", Temporary, False),
        ("END", "cut", Uncertain, False),
    ],
)
async def test_a_mail_servers_refusal_is_read_in_its_own_numbers(
    mail: FakeMail, clock: Clock, command: str, answer: str, failure: type[Exception], blocked: bool
) -> None:
    mail.refusals[command] = answer
    channel = EmailChannel(MailServer.of(mail.url, "post@gateway.test"), clock)
    with pytest.raises(failure) as refused:
        await channel.send(replace(letter(), target=Target("desk@gateway.test")))

    assert getattr(refused.value, "blocked", False) is blocked
    if answer != "cut":
        assert str(refused.value).startswith(answer[:3])
    assert mail.letters == []


async def test_a_letter_has_two_forms_and_one_number(mail: FakeMail, clock: Clock) -> None:
    channel = EmailChannel(MailServer.of(mail.url, "哨点 <post@gateway.test>"), clock)
    sent = replace(letter(plain="紧急 · 发热\n历下区"), target=Target("desk@gateway.test"), link=LINK)
    assert (await channel.send(sent)).reference == (await channel.send(sent)).reference

    first, second = mail.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == "紧急 · 发热" and first["From"] == "哨点 <post@gateway.test>"
    assert "<b>Test</b>" in first.get_body(("html",)).get_content()
    assert f'<a href="{LINK[1]}">' in first.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ((200, '{"code": "isv.AMOUNT_NOT_ENOUGH"}'), Technical),
        ((403, "signature"), Technical),
        ((500, "broken"), Uncertain),
        ((429, "30"), Temporary),
    ],
)
async def test_an_sms_is_sent_when_the_answer_says_so(
    robots: FakeRobots, fault: tuple[int, str], failure: type[Exception]
) -> None:
    channel = sms(robots)
    robots.faults.append(fault)
    spoken = replace(letter(plain='He said "now"\n' + "长" * 400), target=Target("+8613800000000"), link=LINK)
    with pytest.raises(failure):
        await channel.send(spoken)
    await channel.send(spoken)
    await channel.close()

    (number, text) = robots.texts[0]
    assert number == "+8613800000000" and text.startswith('He said "now" 长') and text.endswith(f"… {LINK[1]}")
    assert len(text) == 300


@pytest.mark.parametrize("url", ["dingtalk://token", "nonsense", "syslog://"])
async def test_what_apprise_would_lie_about_is_not_given_to_it(url: str) -> None:
    with pytest.raises(Technical):
        await AppriseChannel().send(replace(letter(), target=Target(url)))


# browsers


async def test_a_browser_that_is_gone_is_blocked_and_the_other_refusals_have_their_classes(
    push: FakePush, clock: Clock
) -> None:
    channel = pushing(push, clock)
    browser = push.subscribes("phone")
    out = replace(letter(plain="You have a message."), target=Target(json.dumps(browser)))
    await channel.send(out)
    (head,) = push.browsers["phone"].headers
    assert (head["Urgency"], head["TTL"]) == ("high", "86400")

    push.faults += [(429, {"Retry-After": "7"}), (503, {}), (403, {})]
    with pytest.raises(Temporary) as slow:
        await channel.send(out)
    assert slow.value.retry_after == timedelta(seconds=7)
    with pytest.raises(Temporary):
        await channel.send(out)
    with pytest.raises(Technical, match="403 as told"):
        await channel.send(out)
    push.browsers["phone"].gone = True
    with pytest.raises(Permanent) as gone:
        await channel.send(out)
    assert gone.value.blocked
    with pytest.raises(Permanent, match="not a push service"):
        await channel.send(replace(out, target=Target(json.dumps(browser | {"endpoint": "http://169.254.169.254/x"}))))
    with pytest.raises(Permanent):
        await channel.send(replace(out, target=None))
    await channel.close()


def test_the_seal_is_the_one_of_the_standard() -> None:
    """The example of RFC 8291, appendix A, byte for byte."""
    number = int.from_bytes(padded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    body = encrypted(
        b"When I grow up, I want to be a watermelon",
        padded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        padded("BTBZMqHH6r4Tts7J_aSIgg"),
        own=ec.derive_private_key(number, ec.SECP256R1()),
        salt=padded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert unpadded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
