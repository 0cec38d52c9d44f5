# ruff: noqa: E501 - a pattern reads better unbroken
"""What somebody wants of the chat itself, in free words: 我的计划 · why must I isolate · 转人工 · stop sending me messages."""

import re
from collections.abc import Mapping
from datetime import time
from enum import StrEnum

from bot.forms.numerals import plain


class Wish(StrEnum):
    QUIET = "quiet"  # hours in which nothing but what is urgent is said
    STOP = "stop"
    COPY = "copy"  # of what is kept about them
    PERSON = "person"  # somebody to talk to, or help
    CHINESE = "chinese"
    ENGLISH = "english"
    EARLIER = "earlier"  # what was reported before: to see, correct or take back
    WHY = "why"
    RESULTS = "results"  # of all tests
    PLAN = "plan"
    MENU = "menu"


_TESTS = r"(?:核酸|检测|抗体|采样|检查)"
_HOUR_ZH = r"(?:早上|早晨|上午|中午|下午|傍晚|晚上|夜里|夜间|半夜|凌晨)?\s*\d{1,2}\s*(?:[:点时]\s*(?:半|\d{1,2}分?)?)"
_HOUR_EN = r"\d{1,2}(?::\d\d)?\s*(?:am|pm|o'clock)?"
_HOURS = re.compile(
    rf"(?P<starts>{_HOUR_ZH})\s*(?:到|至|-|~|—)+\s*(?:第二天|次日)?(?P<ends>{_HOUR_ZH})"
    rf"|(?P<begins>{_HOUR_EN})\s*(?:to|until|till|and|-)\s*(?P<finishes>{_HOUR_EN})"
)
_LATE = re.compile(r"下午|傍晚|晚上|夜里|夜间|半夜|pm")
_PART_OF_DAY = re.compile(rf"早上|早晨|上午|中午|凌晨|am|{_LATE.pattern}")
_WISHES: Mapping[Wish, re.Pattern[str]] = {
    Wish.QUIET: re.compile(
        r"免打扰|勿扰|安静时[间段]|静音时[间段]|(?:晚上|夜里|夜间|半夜|睡觉)[^,;]{0,14}(?:别|不要|勿)[^,;]{0,4}(?:打扰|打搅|吵|发消息|发信息|提醒)"
        r"|\d\s*[:点时][^,;]{0,14}(?:别|不要|勿)[^,;]{0,4}(?:打扰|打搅|吵|发消息|发信息|提醒)|(?:别|不要)在?(?:晚上|夜里|夜间|半夜)[^,;]{0,14}(?:打扰|打搅|吵|发消息|提醒)"
        r"|\bquiet (?:hours?|time|from|between)\b|\bdo not disturb\b|\b(?:don't|do not) (?:disturb|wake|message|text) me\b.*\b(?:night|after|before|between|from)\b"
        r"|\bno messages\b.*\b(?:night|after|between|from)\b"
    ),
    Wish.STOP: re.compile(
        r"(?:别|不要|停止|不想)(?:再)?(?:给我|收到?)*(?:发|推送|接收|打扰)(?:消息|信息|短信|通知|我)?(?:了|给我)?(?!烧|热)"
        r"|退订|取消(?:订阅|关注|推送)|(?:删除|删掉|清除|清空|注销)[^,;]{0,6}(?:信息|数据|资料|账号|账户|记录)"
        r"|(?:信息|数据|资料)[^,;]{0,4}(?:删除|删掉|删了|清除)"
        r"|\bstop (?:sending|messag\w*|writing|texting|notif\w*)|\bunsubscribe\b|\bopt out\b"
        r"|\b(?:delete|remove|erase) (?:all )?(?:my|me|our) ?(?:data|info\w*|account|details|records?)?\b"
        r"|\b(?:don't|do not) (?:message|text|write|contact) me\b"
    ),
    Wish.COPY: re.compile(
        r"(?:下载|导出|拷贝|复制|打包|要一份|给我一份)[^,;]{0,6}(?:数据|资料|信息|记录)|(?:数据|资料|信息|记录)[^,;]{0,4}(?:下载|导出|发我一份)"
        r"|(?:存|保存|记)了(?:我)?(?:的)?(?:什么|哪些)(?:信息|数据|资料)|我的(?:数据|资料)[。!]*$"
        r"|\b(?:download|export|get|send me|give me|want)(?: me)? (?:all |a copy of |a copy of all )?(?:of )?my (?:data|information|records)\b"
        r"|\bwhat (?:data )?do you (?:keep|know|store|have)(?: stored)? about me\b"
    ),
    Wish.PERSON: re.compile(
        r"人工|真人|(?:电话|热线)(?:号码)?[^,;]{0,4}(?:多少|是什么|几|呢)|联系(?:到|上)?(?:社区|你们|网格员|工作人员|街道|居委会)"
        r"|怎么用|如何使用|使用说明|^(?:帮助|求助)[!!]*$"
        r"|\b(?:talk|speak|chat) (?:to|with) (?:a |an |some)?(?:real )?(?:person|human|someone|somebody|one|operator|agent|official)\b"
        r"|\bhotline\b|\bphone number\b|\bhow (?:can|do|could) (?:i|we) (?:reach|contact|call)\b|^help(?: me)?[.!?]*$"
        r"|\bhow (?:does this|do i use (?:this|it))"
    ),
    Wish.ENGLISH: re.compile(
        r"^(?:in )?english(?: please)?[.!]*$|(?:换|切换|改|说)成?英[文语]|^英[文语]$|\b(?:switch|change) to english\b"
    ),
    Wish.CHINESE: re.compile(
        r"^(?:请?(?:用|说))?(?:中文|汉语|普通话)[。!]*$|(?:换|切换|改)成?(?:中文|汉语)|^(?:in )?chinese(?: please)?[.!]*$"
        r"|\b(?:switch|change) to chinese\b"
    ),
    Wish.EARLIER: re.compile(
        r"(?:[填写报选][错误]|弄错|搞错|错了)(?:了|$)|(?:改|更正|修改|订正|撤回|撤销|撤掉|取消)[^,;]{0,10}(?:报|填|行程|记录|申报|上一条|刚才)"
        r"|我(?:之前|以前|昨天|刚才|刚刚)?(?:都)?报[过了](?:什么|哪些)|(?:报|填)的?[^,;]{0,6}(?:写错|错了|不对)|(?:我的)?(?:报告|申报)记录"
        r"|\b(?:made|was) a mistake\b|\b(?:withdraw|take back|undo|cancel|correct|change|edit|fix)\b[^.;]{0,16}\b(?:report\w*|entry|answers?)\b"
        r"|\b(?:report\w*|sent|entered|wrote)\b[^.;]{0,16}\b(?:was|is|were) wrong\b|\bmy (?:earlier |last |previous |old )?reports\b"
        r"|\bchange what i (?:reported|said|sent|told)\b"
    ),
    Wish.WHY: re.compile(
        r"(?:为什么|凭什么|为啥|什么原因)[^,;]{0,10}(?:隔离|居家|核酸|检测|不让|不能出|待在)"
        r"|\bwhy (?:do|must|should|am|have) (?:i|we)\b.*\b(?:isolat\w*|quarantin\w*|stay (?:home|in)|test\w*)\b"
        r"|\bon what grounds\b"
    ),
    Wish.RESULTS: re.compile(
        rf"^(?:帮我)?(?:查|看|想看|想查)(?:一?下|看)?(?:我的)?{_TESTS}?(?:的)?(?:全部|所有|历史)?(?:结果|报告|记录)[。?？!！]*$"
        rf"|^我的(?:全部|所有|历史)?{_TESTS}?(?:的)?(?:结果|历史)[。?？!！]*$"
        r"|^(?:show )?(?:me )?(?:all )?(?:of )?my (?:test )?results[.?!]*$|^my (?:test )?history[.?!]*$"
    ),
    Wish.PLAN: re.compile(
        rf"我的(?:计划|安排|任务|日程)|看看?[^,;]{{0,4}}(?:计划|安排|日程)|接下来[^,;]{{0,6}}(?:做|干|怎么办)"
        rf"|(?:下次|下一次|下回|还要|还有几|还得|还需)[^,;隔离]{{0,6}}{_TESTS}"
        rf"|(?:什么时候|哪天|几号|啥时候)[^,;]{{0,6}}(?:做|测|采)[^,;]{{0,5}}{_TESTS}"
        r"|今天[^,;]{0,4}(?:要做(?:的|什么|啥)|有什么要|做什么)|有(?:什么|啥)(?:要做|任务)"
        r"|^(?:show )?(?:me )?my (?:plan|schedule|tasks|calendar)[.?!]*$"
        r"|\bwhen(?:'s| is| are)? (?:my|the) next (?:test|swab|check\w*|visit)|\bhow many (?:more )?tests\b"
        r"|^what (?:do i have to|must i|should i|do i need to|have i got to) do\b|\bwhat(?:'s| is) (?:on|next|due) for me\b"
    ),
    Wish.MENU: re.compile(
        r"^(?:你好|您好|在吗|在么|有人吗|菜单|主菜单|开始|哈喽|嗨|早上好|下午好|晚上好|hello|hi|hey|menu|good (?:morning|evening|afternoon))"
        r"(?: there)?[啊呀,,。.!!??\s]*$"
    ),
}


def read_wish(text: str) -> Wish | None:
    """The first wish these words hold; None when they want none of these."""
    said = plain(text).lower().replace("’", "'").strip()
    if not said or said.startswith("/") or len(said) > 160:
        return None
    return next((wish for wish, pattern in _WISHES.items() if pattern.search(said)), None)


def read_quiet_hours(text: str) -> tuple[time, time] | None:
    """From when to when, where both are said and clear: 晚上9点到早上8点 · from 9 pm to 8 am."""
    said = plain(text).lower().replace("’", "'")
    found = _HOURS.search(said)
    if found is None:
        return None
    begins = found["starts"] or found["begins"]
    starts, ends = _hour(begins), _hour(found["ends"] or found["finishes"])
    if starts is None or ends is None or starts == ends:
        return None
    if 0 < starts.hour < 12 and not _PART_OF_DAY.search(begins):
        return None  # nine in the morning or in the evening? Better asked
    return starts, ends


def _hour(said: str) -> time | None:
    digits = re.search(r"(\d{1,2})(?:\s*[:点时]\s*(\d{1,2}|半)?)?", said)
    if digits is None:
        return None
    hour, minutes = int(digits[1]), {"半": 30, None: 0}.get(digits[2])
    minute = int(digits[2]) if minutes is None else minutes
    late = _LATE.search(said) is not None
    if late and 4 <= hour < 12:
        hour += 12
    if hour == 24 or (hour == 12 and re.search(r"晚上|夜里|夜间|半夜|凌晨|am", said)):
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None
