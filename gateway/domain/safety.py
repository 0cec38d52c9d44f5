"""Words that cannot wait: somebody may hurt themselves or others (BN-2.5.3-b), or is in mortal danger.

The words are data (`gateway.policies.safety`); this file knows only how to hear them: as people really type them, with
spaces, emoji, look-alikes and slips between, and without taking idiom, denial and quotation for the real thing.
A false alarm costs an official a call. A missed one costs more, so whatever stays in doubt fires.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.matters import Heard

LONGEST = 4096  # a chat message's limit; what is longer arrives in several


class SafetyKind(StrEnum):
    SELF_HARM = "self_harm"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """Who hears together, at once, of words that cannot wait; then the ladder is climbed."""

    source: tuple[str, ...]
    heard: tuple[Heard, ...] = ()
    ladder: str
    ladder_source: tuple[str, ...]


class Certainty(StrEnum):
    """How much a phrase says by itself: STRONG fires whatever stands around it, two WEAK ones make a PLAIN one."""

    STRONG = "strong"
    PLAIN = "plain"
    WEAK = "weak"


_WEIGHT = {Certainty.STRONG: 4, Certainty.PLAIN: 2, Certainty.WEAK: 1}
_LIGHT_TONE = 2  # a laugh or a harmless setting takes this once: it silences PLAIN, never STRONG
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Safety:
    """What was heard. `phrase` is the piece of the normalised text that counted; it is as sensitive as the message."""

    kind: SafetyKind
    phrase: str


class Script(StrEnum):
    """Written without spaces between words (Chinese), or with them."""

    JOINED = "joined"
    SPACED = "spaced"


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language's words, compiled once. `harmless` spans are cut out before anything is searched for."""

    script: Script
    characters: Mapping[int, str]
    spelling: re.Pattern[str]
    spellings: Mapping[str, str]
    harmless: re.Pattern[str]
    light: re.Pattern[str]
    phrases: tuple[tuple[SafetyKind, tuple[tuple[Certainty, re.Pattern[str]], ...]], ...]

    @property
    def blank(self) -> str:
        return " ~" if self.script is Script.SPACED else "~"


Lexicon = Sequence[Tongue]


def detect(text: str, lexicon: Lexicon) -> Safety | None:
    """What in this message cannot wait, or None. Self-harm goes first: its alert reaches police and health together."""
    folded = fold(text[:LONGEST])
    heard = [found for tongue in lexicon if (found := _hear(folded, tongue)) is not None]
    return next((one for one in heard if one.kind is SafetyKind.SELF_HARM), heard[0] if heard else None)


def fold(text: str) -> str:
    """One form for every way of typing the same letter: width, case, invisible characters, laughing faces."""
    text = unicodedata.normalize("NFKC", text).lower()
    return _LAUGHING.sub(" lol ", _INVISIBLE.sub("", text))


_LAUGHING = re.compile("[\U0001f602\U0001f923\U0001f606\U0001f639]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff\u0300-\u036f]")


def _hear(folded: str, tongue: Tongue) -> Safety | None:
    words = _joined(folded) if tongue.script is Script.JOINED else _spaced(folded)
    words = words.translate(tongue.characters)
    if tongue.spellings:
        words = tongue.spelling.sub(lambda match: tongue.spellings[match[0]], words)
    if not (_HAN if tongue.script is Script.JOINED else _LATIN).search(words):
        return None
    # Most messages say nothing of the kind, so the costly look at what is harmless comes second.
    if _weigh(words, tongue) is None:
        return None
    return _weigh(tongue.harmless.sub(tongue.blank, words), tongue)


def _weigh(words: str, tongue: Tongue) -> Safety | None:
    for kind, groups in tongue.phrases:
        score, phrase, heaviest = 0, "", 0
        for certainty, pattern in groups:
            if (match := pattern.search(words)) is None:
                continue
            weight = _WEIGHT[certainty]
            score += weight
            if weight > heaviest:
                heaviest, phrase = weight, match[0].strip()
            if certainty is Certainty.STRONG:
                break
        if heaviest < _WEIGHT[Certainty.STRONG] and score >= _ENOUGH and tongue.light.search(words):
            score -= _LIGHT_TONE
        if score >= _ENOUGH:
            return Safety(kind, phrase)
    return None


# --- one form for the two ways of writing -------------------------------------------------------------------

_STOP_JOINED = re.compile("[,;:!?\n\u3002\u2026]+")
_KEEP_JOINED = re.compile("[^0-9a-z%,~\u3001\u300a\u300b\u3400-\u9fff\U00020000-\U0002ffff]+")
_DECIMAL = re.compile(r"(?<=\d)[./](?=\d)")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-z]{2}")
_APOSTROPHE = re.compile("['\u2018\u2019\u02bc`\u00b4]")
_FULL = {"ll": " will", "d": " would", "re": " are", "ve": " have", "m": " am"}
_SHORTENED = re.compile("(?<=[a-z])['\u2018\u2019](ll|d|re|ve|m)(?![a-z])")
_KEEP_SPACED = re.compile("[^0-9a-z%,~]+")
_SINGLES = re.compile(r"(?:(?<= )|^)[a-z0-9](?: [a-z0-9]){2,}(?= |$)")
_INSIDE = re.compile(r"(?<=[a-z])[013457](?=[a-z])")
_LETTER = str.maketrans("013457", "oieast")


def _joined(folded: str) -> str:
    """No spaces, no symbols; stops become one comma, so that a phrase never runs over the end of a clause."""
    return re.sub(",{2,}", ",", _KEEP_JOINED.sub("", _STOP_JOINED.sub(",", _DECIMAL.sub("~", folded))))


def _spaced(folded: str) -> str:
    """Words with one space between; d-i-e and k1ll are put together again; stops become a comma of their own."""
    words = _SHORTENED.sub(lambda match: _FULL[match[1]], folded)
    words = _APOSTROPHE.sub("", words)
    words = _STOP_SPACED.sub(" , ", words)
    words = f" {_KEEP_SPACED.sub(' ', words)} "
    words = _INSIDE.sub(lambda match: match[0].translate(_LETTER), words)
    return re.sub(" {2,}", " ", _SINGLES.sub(lambda match: match[0].replace(" ", ""), words))


_STOP_SPACED = re.compile(r"[,;:!?\n\u3002\u2026]+|\.(?!\d|\w\b)")


# --- compiling ----------------------------------------------------------------------------------------------


def compile_tongue(
    script: Script,
    *,
    characters: Mapping[str, str],
    spellings: Mapping[str, str],
    words: Mapping[str, str],
    harmless: Sequence[str],
    light: Sequence[str],
    phrases: Mapping[SafetyKind, Mapping[Certainty, Sequence[str]]],
) -> Tongue:
    """Patterns may name lists as {list}; raises `re.error` or `KeyError` for what cannot be compiled."""
    opens, closes = (" ", "(?= )") if script is Script.SPACED else ("", "")

    def whole(patterns: Sequence[str]) -> re.Pattern[str]:
        if not patterns:
            return re.compile(r"(?!)")
        return re.compile(f"{opens}(?:{'|'.join(_filled(pattern, words) for pattern in patterns)}){closes}")

    def groups(by_certainty: Mapping[Certainty, Sequence[str]]) -> Iterator[tuple[Certainty, re.Pattern[str]]]:
        yield Certainty.STRONG, whole(by_certainty.get(Certainty.STRONG, ()))
        yield Certainty.PLAIN, whole(by_certainty.get(Certainty.PLAIN, ()))
        # Weak ones are compiled one by one, because two different ones must meet.
        for pattern in by_certainty.get(Certainty.WEAK, ()):
            yield Certainty.WEAK, whole([pattern])

    # Longest first: of two spellings that begin alike, the longer one is meant.
    spelled = sorted(spellings, key=len, reverse=True)
    return Tongue(
        script,
        characters=str.maketrans(dict(characters)),
        spelling=re.compile(
            f"{opens}(?:{'|'.join(re.escape(one) for one in spelled)}){closes}" if spelled else r"(?!)"
        ),
        spellings={f"{opens}{one}": f"{opens}{meant}" for one, meant in spellings.items()},
        harmless=whole(harmless),
        light=whole(light),
        phrases=tuple((kind, tuple(groups(phrases[kind]))) for kind in SafetyKind),
    )


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        return f"(?:{_filled(words[match[1]], words)})"

    return re.sub(r"\{([a-z_]+)\}", fill, pattern)
