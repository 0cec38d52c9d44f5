"""Numbers as people type them: 38.2, ３８。２, 三十八度二, 二十二, 两."""

import re
import unicodedata

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CHINESE = "零〇一二两三四五六七八九十百廿卅"
_RUN = re.compile(f"[{_CHINESE}]+")
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "a": 1, "an": 1,
}  # fmt: skip


def plain(text: str) -> str:
    """Half-width, without what cannot be seen: control, format and surrogate characters become nothing or a space."""
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if character in "\r\n\t" or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category not in ("Cc", "Cf", "Cs", "Co", "Cn"):
            kept.append(character)
    return " ".join("".join(kept).split())


def chinese_number(run: str) -> int | None:
    """二十二 → 22, 十 → 10, 一百零五 → 105, 二〇二一 → 2021; None when it is not one number."""
    if run.isdecimal():
        return int(run)
    run = run.replace("廿", "二十").replace("卅", "三十")
    if not run or any(character not in _CHINESE for character in run):
        return None
    if not set(run) & {"十", "百"}:
        return int("".join(str(_DIGITS[character]) for character in run))
    total, held = 0, 0
    for character in run:
        if character == "百":
            total, held = total + (held or 1) * 100, 0
        elif character == "十":
            total, held = total + (held or 1) * 10, 0
        else:
            held = _DIGITS[character]
    return total + held


def arabic(text: str) -> str:
    """The text with every run of Chinese numerals written in digits; other words stay as they are."""

    def digits(match: re.Match[str]) -> str:
        number = chinese_number(match.group())
        return match.group() if number is None else str(number)

    return _RUN.sub(digits, text)


def english_number(word: str) -> int | None:
    """one … twelve, a, an, or digits."""
    word = word.lower()
    if word.isdecimal():
        return int(word)
    return _WORDS.get(word)


_NUMBER = re.compile(r"(?<![\d.])(-?\d{1,9})(?:\s*(?:[.,。·]|度|点)\s*(\d{1,4}))?(\s*度半)?")


def read_number(text: str) -> float | None:
    """The one number in the text, Fahrenheit turned into Celsius; None when there is none or several."""
    said = arabic(plain(text))
    found = list(_NUMBER.finditer(said))
    if len(found) != 1:
        return None
    match = found[0]
    whole, fraction = match.group(1), match.group(2)
    value = float(f"{whole}.{fraction}") if fraction else float(whole)
    if match.group(3):
        value += 0.5
    rest = said[match.end() :].strip().lower()
    if rest.startswith(("℉", "°f", "f", "华氏")):
        return round((value - 32) / 1.8, 1)
    return value
