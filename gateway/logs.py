"""Logs as JSON lines, without personal data and without secrets: what a line may hold is decided here, for all of them.

Fields named for a person's words or identity are blanked whatever they hold; in everything else whatever looks like a
phone, an identity number or a credential is blanked. An exception is logged as its kind and frames, not its message:
database drivers and validators quote the values they refuse.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO, Any

import structlog
from structlog.typing import EventDict

BLANK = "[removed]"

_OURS = frozenset({"timestamp", "level", "logger"})

# Fields by what they name. Ids, codes, counts and kinds stay.
_PERSONAL = frozenset(
    [
        "name",
        "phone",
        "id_number",
        "address",
        "place",
        "text",
        "said",
        "words",
        "answers",
        "note",
        "body",
        "content",
        "caption",
        "query",
        "message",
        "recipient",
        "handle",
        "chat",
        "username",
        "first_name",
        "last_name",
        "evidence",
        "symptoms",
        "companions",
        "seat",
        "keyring",
    ]
)
_SECRET = re.compile(r"(token|secret|password|passwd|authorization|cookie|api_key|private|signature|otp)", re.I)

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\d{6,12}:[A-Za-z0-9_-]{30,}"), BLANK),  # a Telegram bot token, also inside an address
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {BLANK}"),
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]+@"), rf"\1{BLANK}@"),  # credentials in an address
    (re.compile(r"(?i)([?&](?:token|key|code|secret|password|signature|auth)=)[^&\s\"']+"), rf"\1{BLANK}"),
    (re.compile(r"(?<![\w-])\d{17}[\dXx](?![\w-])"), BLANK),  # an identity number
    (re.compile(r"(?<![\w.:-])(?:\+\d{1,3}[ -]?|00\d{1,3}[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w-])"), BLANK),
    (re.compile(r"(?<!\w)\+\d[\d ()-]{7,16}\d"), BLANK),  # any number written with its country code
)

# Their messages say which engine does not answer or which name of ours is missing, and quote nobody.
_TELLING = (OSError, ImportError, NameError, AttributeError, TypeError, NotImplementedError)
_TELLING_MODULES = ("redis.exceptions",)


def configure(*, process: str, stream: IO[str] | None = None, level: int = logging.INFO) -> None:
    """One JSON line per event on `stream` (standard error), for our own loggers and every library's."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _describe_exception,
                _without_colours,
                redact,
                _name_process(process),
                structlog.processors.JSONRenderer(ensure_ascii=False, default=lambda value: scrub(str(value))),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "httpx", "httpx2", "httpcore", "aiohttp.access", "apscheduler", "aiogram.event"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(own)
        library.handlers[:] = []
        library.propagate = True
    sys.excepthook = _log_uncaught


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that takes personal data and secrets out of an event."""
    return {name: value if name in _OURS else _clean(name, value) for name, value in event.items()}


def scrub(text: str) -> str:
    """The same for one text: what looks like a phone, an identity number or a credential is blanked."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _clean(name: str, value: Any) -> Any:
    if name in _PERSONAL or _SECRET.search(name):
        return value if value is None or isinstance(value, bool) else BLANK
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, bytes):
        return BLANK
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_clean("", inner) for inner in value]
    return value


def _name_process(process: str) -> Any:
    def name(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return name


def _without_colours(_logger: Any, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # uvicorn's second copy, for terminals
    return event


def _describe_exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    found = sys.exc_info() if given is True else given
    error = found if isinstance(found, BaseException) else found[1] if isinstance(found, tuple) else None
    if error is not None:
        event["error"] = describe(error)
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """An exception's kind and frames; its words only where they cannot quote a person."""
    kind = type(error)
    described: dict[str, Any] = {"kind": f"{kind.__module__}.{kind.__qualname__}"}
    if isinstance(error, _TELLING) or kind.__module__ in _TELLING_MODULES:
        described["reason"] = scrub(str(error))
    described["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(error.__traceback__)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        described["because"] = describe(cause)
    if isinstance(error, BaseExceptionGroup):
        described["parts"] = [describe(part) for part in error.exceptions[:5]]
    return described


def _frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    return list(traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False))[-12:]


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("shaodian").critical("the process ended by an error", exc_info=(kind, error, trace))
