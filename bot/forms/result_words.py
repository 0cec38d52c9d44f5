"""Tests and their results, in free words: 核酸结果出来了,阴性 · 今天上午做了核酸 · my PCR came back negative."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.forms.dates import names_a_day
from bot.forms.numerals import plain


@dataclass(frozen=True, slots=True)
class ResultWords:
    """`test` and `value` are options of the result form; `sampled` the words that say when the sample was taken."""

    test: str | None = None
    value: str | None = None
    sampled: str | None = None


_NAT = re.compile(r"核酸|咽拭子|鼻拭子|拭子|\bpcr\b|\bswab\w*\b|\bnucleic\b")
_ANTIBODY = re.compile(r"抗体|血清|抽血|\bantibod(?:y|ies)\b|\bblood test\b")
_ANY = re.compile(r"检测|检查结果|采样|采的样|\btests?\b|\btested\b|\bsampled\b|\bresults?\b")
_POSITIVE = re.compile(r"(?<!不是)(?<!非)阳性|\bpositive\b")
_NEGATIVE = re.compile(r"阴性|\bnegative\b")
_UNSURE = re.compile(r"可疑|灰区|不确定|\binconclusive\b|\bunclear\b")
_TAKEN = re.compile(
    r"做[了完过好]|做的|刚做|采[了完过好的]|查[了完过]|测[了完过]|抽[了完过]|检测[了完过]|已经?[做采测检]|采样[了完]?$"
    r"|\b(?:had|did|took|taken|got|done|gave|finished|was|were|been)\b[^,;.]{0,24}\b(?:swab\w*|test\w*|pcr|blood|sampled|antibod\w+)"
    r"|^swabbed\b|\bsampled\b"
)
_PAPER = re.compile(
    r"(?:报告|结果|证明|单子?)(?:还没|没出|出来|出了|有了|到了|下来)|(?:上传|提交|发|交)[^,;]{0,8}(?:报告|结果|证明|单)"
    r"|\b(?:upload|send|hand in|submit)\b[^,;.]{0,24}\b(?:report|result|certificate|slip)\b|\bno results? yet\b"
)
_ASKS = re.compile(
    r"[吗嘛么]|[??]$|几次|多久|什么时候|啥时候|哪|怎么|如何|要不要|需要|能不能|可以|预约|多少"
    r"|^(?:can|may|is|do|does|when|where|how|which|what|should|must|will)\b|\bneed(?:s)? (?:a|to)\b|\bwithout\b"
)
_OTHERS_TEST = re.compile(r"没有?(?:做|核酸|检测)|\b(?:have ?n't|have not|no) (?:had )?(?:a )?(?:test|pcr|swab)")


def read_result(text: str, *, now: datetime) -> ResultWords | None:
    """What these words say of a test that was taken; None when they speak of none, or ask for one."""
    said = plain(text)
    lowered = said.lower().replace("’", "'")
    nat, antibody = _NAT.search(lowered), _ANTIBODY.search(lowered)
    if not (nat or antibody or _ANY.search(lowered)) or _ASKS.search(lowered) or _OTHERS_TEST.search(lowered):
        return None
    value = _value(lowered)
    taken = _TAKEN.search(lowered)
    if value is None and not taken and not _PAPER.search(lowered):
        return None
    test = "nat" if nat and not antibody else "antibody" if antibody and not nat else None
    # 昨天出的结果 tells when somebody heard of it, not when the sample was taken.
    sampled = said if taken and names_a_day(said, now=now) else None
    return ResultWords(test, value, sampled)


def _value(said: str) -> str | None:
    heard = [
        code
        for code, pattern in (("negative", _NEGATIVE), ("positive", _POSITIVE), ("inconclusive", _UNSURE))
        if pattern.search(said)
    ]
    return heard[0] if len(heard) == 1 else None
