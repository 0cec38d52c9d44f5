"""One sending budget per bot token, shared by every process that sends with it.

The budget is a grid of slots. Everybody takes the next free slot; a lane may take one only so far ahead of the present.
Alerts may queue without limit and replies for a second, while reminders and broadcasts hardly look ahead: whatever they
have waiting, the next slot is free for an alert. The grid itself never gives more than the limit, to nobody.

Times are the caller's Clock in microseconds: the scripts never ask Redis for the time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from gateway.domain.kinds import Lane as Lane  # the bot takes it from here

MARGIN = 0.99
"""Aim a little under the limit: the other side's window is not aligned with ours."""

REPLY = Lane.REPLY
"""The bot's own lane."""

_LOOK_AHEAD = {
    Lane.ALERT: 3_600_000_000,
    Lane.REPLY: 1_000_000,
    Lane.REMINDER: 100_000,
    Lane.BROADCAST: 50_000,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Telegram's usual limits; `chat_burst` messages in a row are tolerated in a private chat."""

    overall_per_second: float = 30
    chat_per_second: float = 1
    group_per_minute: float = 20
    chat_burst: int = 3


class Verdict(IntEnum):
    WAIT = 0
    GO = 1
    CHAT_WAIT = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """`GO`: the slot is yours after `wait`. Otherwise nothing is reserved: ask again after `wait`."""

    verdict: Verdict
    wait: timedelta


TAKE_LUA = """
local now, step, ahead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local chat_step, slack = tonumber(ARGV[4]), tonumber(ARGV[5])
local function moment(key)
  local value = tonumber(redis.call('GET', key) or '0')
  if value - now > 7200000000 then return 0 end
  return value
end
local pause = moment(KEYS[3])
if pause > now then return {0, pause - now} end
local chat = moment(KEYS[2])
local held = math.max(moment(KEYS[4]), chat - slack)
if held > now then return {2, held - now} end
local slot = math.max(now, moment(KEYS[1]))
if slot - now > ahead then return {0, math.max(slot - now - ahead, 200)} end
local function keep(key, value)
  redis.call('SET', key, string.format('%.0f', value), 'PX', math.ceil((value - now) / 1000) + 1000)
end
keep(KEYS[1], slot + step)
keep(KEYS[2], math.max(chat, slot) + chat_step)
return {1, slot - now}
"""

PAUSE_LUA = """
local until_ = tonumber(ARGV[2])
if tonumber(redis.call('GET', KEYS[1]) or '0') < until_ then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', math.ceil((until_ - tonumber(ARGV[1])) / 1000) + 1000)
end
return 1
"""


def is_group(chat: str) -> bool:
    """Telegram gives groups and channels negative ids, and public ones a name."""
    return chat.startswith(("-", "@"))


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def take_call(budget: str, chat: str, lane: Lane, *, limits: Limits, now: datetime) -> tuple[list[str], list[int]]:
    """Keys and arguments of `TAKE_LUA`. `budget` names the token (never the token itself)."""
    step = round(1_000_000 / limits.overall_per_second / MARGIN)
    if is_group(chat):
        chat_step, slack = round(60_000_000 / limits.group_per_minute), 0
    else:
        chat_step = round(1_000_000 / limits.chat_per_second)
        slack = (limits.chat_burst - 1) * chat_step
    ahead = max(_LOOK_AHEAD[lane], 2 * step if lane is not Lane.BROADCAST else step)
    prefix = f"pace:{{{budget}}}"
    keys = [f"{prefix}:all", f"{prefix}:chat:{chat}", f"{prefix}:pause", f"{prefix}:pause:{chat}"]
    return keys, [_microseconds(now), step, ahead, chat_step, slack]


def robot_call(robot: str, *, per_minute: float, now: datetime) -> tuple[list[str], list[int]]:
    """As `take_call`, for a group's robot: one grid of its own, and a slot is given only when it is free right now.

    Whoever is refused learns when to come back, and holds up nobody meanwhile.
    """
    step = round(60_000_000 / per_minute / MARGIN)
    keys = robot_keys(robot)
    return keys, [_microseconds(now), step, 0, step, 0]


def robot_keys(robot: str) -> list[str]:
    prefix = f"pace:{{robot:{robot}}}"
    return [f"{prefix}:all", f"{prefix}:chat", f"{prefix}:pause", f"{prefix}:pause:chat"]


def robot_pause_call(robot: str, *, wait: timedelta, now: datetime) -> tuple[list[str], list[int]]:
    return [robot_keys(robot)[2]], [_microseconds(now), _microseconds(now + wait)]


def take_reply(reply: list[int]) -> Slot:
    return Slot(Verdict(int(reply[0])), timedelta(microseconds=int(reply[1])))


def pause_call(budget: str, chat: str, *, wait: timedelta, now: datetime) -> tuple[list[str], list[int]]:
    """After a 429 nobody sends before the time asked for: a group's is about the group, any other about the token."""
    key = f"pace:{{{budget}}}:pause:{chat}" if is_group(chat) else f"pace:{{{budget}}}:pause"
    return [key], [_microseconds(now), _microseconds(now + wait)]
