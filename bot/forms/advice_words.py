"""Questions that want an answer and no form: 听说明天封城是真的吗 · is it true that … · 哪里可以做核酸."""

import re

from bot.forms.numerals import plain

LONGEST = 1500
_RUMOUR = re.compile(
    r"(?:听说|网传|网上说|群里(?:说|传|有人说)|朋友圈|有人说|据说|传言|传闻).{2,}"
    r"|(?:是真的(?:吗|么|嘛|假的|还是假的)|是真是假|真的假的|是不是真的|是谣言(?:吗|么)?|是不是谣言|可信吗|属实吗)"
    r"|\bis it (?:really )?true\b|\bi (?:have )?heard (?:a rumou?r )?that\b|\brumou?r\b"
    r"|\bis (?:this|that) (?:true|fake|real)\b",
    re.IGNORECASE,
)
_TEST = re.compile(r"核酸|检测|采样|抗体|\b(?:tested|testing|test|swab)\b", re.IGNORECASE)
_WHERE = re.compile(
    r"哪里|哪儿|哪个|哪些|什么地方|去哪|在哪|(?:怎么|如何|咋)预约|多少钱|收费|几点(?:开|关|上班|下班)|检测机构|检测点|采样点|有[^,;]{0,10}(?:医院|地方|机构)[吗么]"
    r"|\bwhere (?:can|do|does|is|are|could|should|to)\b|\bbook (?:a|my|the)\b|\bwhich (?:place|hospital|agency)\b"
    r"|\bhow much\b"
    r"|\bis there (?:a|any)\b.*\b(?:hospital|place|clinic|site)\b|\bopening hours\b|\btest(?:ing)? sites?\b",
    re.IGNORECASE,
)


def is_rumour(text: str) -> bool:
    """Whether somebody asks to have something checked that they heard."""
    said = plain(text).strip()
    return 4 <= len(said) <= LONGEST and _RUMOUR.search(said) is not None


def asks_where_to_test(text: str) -> bool:
    said = plain(text).strip()
    return len(said) <= 120 and _TEST.search(said) is not None and _WHERE.search(said) is not None
