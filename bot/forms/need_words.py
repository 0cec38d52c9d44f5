# ruff: noqa: E501 - a pattern reads better unbroken
"""What somebody needs, sees or wants to do for others, in free words: 家里没菜了 · 隔壁从武汉回来没报备 · 帮老人填报."""

import re

from bot.forms.numerals import plain

_NEEDS = re.compile(
    r"(?:没有?|缺|断|快没|吃完|用完)[^,;]{0,4}(?:菜|米|面|粮|吃的|药|奶粉|尿不湿|生活用品)(?:了|吃)?"
    r"|(?:药|胰岛素|奶粉|菜|米|粮食|口罩)[^,;]{0,6}(?:没了|用完|吃完|不够|快没)"
    r"|(?:帮|替|给)[^,;]{0,6}(?:买|送|拿|取)[^,;]{0,8}(?:菜|米|药|奶粉|吃的|东西)"
    r"|(?:需要|想|要)(?:买|送)[^,;]{0,8}药|出不了门|生活困难"
    r"|\bno (?:more )?(?:food|medicine|medication|milk|baby formula|vegetables) (?:left|at home)\b"
    r"|\b(?:run|running|ran) (?:out of|low on)\b|\bneeds? (?:his|her|my|our|their|some|more) (?:\w+ )?(?:insulin|medicine|medication|pills|food|formula)\b"
    r"|\b(?:buy|bring|get|deliver)\b[^.;]{0,12}\b(?:rice|food|milk|medicine|medication|vegetables|groceries)\b"
)
_ASKS = re.compile(r"[吗嘛么??]|能不能|可以|哪|\b(?:can i|may i|where|is it)\b")
_SEES = re.compile(
    r"举报|(?:隔壁|邻居|楼[上下]|对门|有人|村里|小区里?|别人)[^,;]{0,14}(?:没报备|没有报备|不报备|不隔离|没隔离|没有隔离|没登记|瞒报|偷偷|聚集|聚众|打麻将)"
    r"|(?:回来|来)[^,;]{0,6}(?:没|没有|不)报备"
    r"|\b(?:neighbou?rs?|someone|somebody|people|next door|a family)\b.{0,60}\b(?:not isolating|not in isolation|not registered"
    r"|without (?:telling|registering|reporting)|did ?n[o']t (?:register|tell|report)|breaking (?:the )?(?:quarantine|isolation)|hiding)\b"
    r"|\breport (?:a|my) neighbou?r\b"
)
_MYSELF = re.compile(r"^(?:我|本人)(?:从|回来|没)")
_FAMILY = r"(?:爸爸?|妈妈?|父亲?|母亲?|父母|爷爷?|奶奶?|姥姥|姥爷|外公|外婆|老人|老伴|孩子|儿子|女儿|丈夫|妻子|老公|老婆|家人|家里人|家属|孙子|孙女)"
_FAMILY_EN = (
    r"(?:parents?|mother|mum|mom|father|dad|grand\w+|gran|son|daughter|child|children|kids?|wife|husband|family|spouse"
    r"|aunt|uncle|sister|brother)"
)
_FOR_FAMILY = re.compile(
    rf"(?:帮|替|给|为|代)[^,;]{{0,4}}{_FAMILY}[^,;]{{0,4}}(?:填|报|登记|打卡|申报|上报)|{_FAMILY}(?:没有?|不会用)(?:手机|微信)"
    rf"|(?:添加|加)(?:家人|{_FAMILY})"
    rf"|\breport(?:ing)? for (?:my|our|a) {_FAMILY_EN}\b|^add (?:my |a )?{_FAMILY_EN}\b|\b{_FAMILY_EN} (?:has|have) no phone\b"
    rf"|\bregister (?:my|our) {_FAMILY_EN}\b"
)
_RETURNS = re.compile(
    r"报备|(?:返乡|回来|回家|来鲁|返鲁|入鲁|外地)[^,;]{0,10}(?:登记|报告|申报)|(?:登记|报告|申报)[^,;]{0,6}(?:返乡|回来|行程)"
    r"|\bregister (?:my|our|a|the) (?:return|arrival|trip)\b|\b(?:declare|report|announce)\b[^.;]{0,20}\b(?:coming|return\w*|arrival|arriving)\b"
    r"|\breturnees?\b.*\b(?:register|report|declare)\b"
)
_TAKES_BACK = re.compile(r"撤回|撤销|[写填报][错误]|改|更正|\bwithdraw\b|\bwrong\b|\bmistake\b|\bcorrect\b")


def needs_help_at_home(text: str) -> bool:
    said = _lowered(text)
    return _NEEDS.search(said) is not None and _ASKS.search(said) is None


def saw_something(text: str) -> bool:
    """Whether somebody tells of others who keep to no rule."""
    said = _lowered(text)
    return _SEES.search(said) is not None and _MYSELF.match(said) is None


def reports_for_family(text: str) -> bool:
    return _FOR_FAMILY.search(_lowered(text)) is not None


def announces_a_return(text: str) -> bool:
    """Whether somebody wants to announce a return and has told nothing of it yet."""
    said = _lowered(text)
    return _RETURNS.search(said) is not None and _TAKES_BACK.search(said) is None


def _lowered(text: str) -> str:
    return plain(text).lower().replace("’", "'")
