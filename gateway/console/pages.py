"""Pages: templates/console filled with what a route found, in the reader's language; errors as sentences.

Nothing is inline: the policy below allows scripts and styles from this port alone.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.exceptions import HTTPException

from gateway.access.house import House
from gateway.access.problems import status_of
from gateway.access.sessions import SignedIn, SignInNeeded
from gateway.console.navigation import menu_of
from gateway.domain.alerts import minutes_until
from gateway.domain.kinds import Role
from gateway.domain.people import masked_name, masked_phone
from gateway.errors import N_, Conflict, Fault, Invalid, ShaodianError, Unavailable, Worded
from gateway.messages.words import (
    FALLBACK,
    LANGUAGES,
    ROOT,
    PoTranslations,
    closest_language,
    code_id,
    spoken_day,
    spoken_since,
    translations,
)
from gateway.schemas.shapes import ShapeMismatch

log = structlog.get_logger()

TEMPLATES = ROOT / "templates" / "console"
ASSETS = Path(__file__).parent / "assets"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LARGEST_BODY = 8 * 1024 * 1024
LANGUAGE_COOKIE = "shaodian-language"
THEME_COOKIE = "shaodian-theme"
TIMES_COOKIE = "shaodian-times"
THEMES = ("auto", "light", "dark", "contrast")
A_YEAR = 365 * 24 * 3600

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


# -- assets


@cache
def asset(name: str) -> tuple[bytes, bytes, str] | None:
    """(content, the same compressed, version); None for what is not served."""
    path = ASSETS / name
    if path.suffix not in KINDS or path.name != name or not path.is_file():
        return None
    content = path.read_bytes()
    return content, gzip.compress(content, 6, mtime=0), hashlib.sha256(content).hexdigest()[:10]


def asset_url(name: str) -> str:
    found = asset(name)
    assert found is not None, name
    return f"/console/assets/{found[2]}/{name}"


# -- words


def language_of(request: Request) -> str:
    """Chosen by the switch, else the official's own, else the browser's."""
    chosen = request.query_params.get("lang", "") or request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    signed: SignedIn | None = getattr(request.state, "signed", None)
    if signed is not None:
        return closest_language(signed.official.language)
    first = request.headers.get("accept-language", "").split(",")[0].strip()
    return closest_language(first) if first else FALLBACK


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["_"] = environment.globals["gettext"] = _saying(translations(language))
    environment.filters["day"] = lambda day: spoken_day(day, language)
    environment.filters["moment"] = _moment
    environment.filters["hour"] = _hour
    environment.filters["until"] = _until
    environment.filters["left"] = lambda minutes: left(minutes, language)
    environment.filters["second"] = _second
    environment.filters["area"] = _area
    environment.filters["short_area"] = _short_area
    environment.filters["map_rows"] = _rows
    environment.filters["word"] = lambda code: word(str(code), language)
    environment.filters["titled"] = translations(language).gettext
    environment.filters["worded"] = lambda fault: worded(fault, language)
    environment.filters["doubted"] = lambda why: doubted(why, language)
    environment.filters["masked_name"] = masked_name
    environment.filters["masked_phone"] = masked_phone
    environment.filters["why"] = lambda why: known_word(f"why.{why}", language) or why
    environment.globals["asset"] = asset_url
    environment.globals["Role"] = Role
    environment.globals["once"] = _Once(environment, language)
    return environment


#: Stands in parts that are kept where a page has its own token: neither the record nor an address holds such a sign.
_TOKEN = Markup("\0csrf\0")
_MOST_KEPT = 4096


class _Once:
    """Parts of pages that are made once for all who would read the same.

    `once(template, name=value, …)`: the part knows these values alone, and whatever it says follows from them; each
    can be a key. Where moments are said as how long ago, this minute is one of them.
    """

    def __init__(self, environment: Environment, language: str) -> None:
        self._environment = environment
        self._language = language
        self._parts: dict[Hashable, Markup] = {}

    @pass_context
    def __call__(self, context: Context, template: str, /, **values: Hashable) -> Markup:
        house, times = context["house"], context["times"]
        now = _minute_from(context["now"]) if times == "relative" else None
        key = (template, house.words.zone, times, now, *values.values())
        part = self._parts.get(key)
        if part is None:
            told = {"house": house, "language": self._language, "times": times, "now": now, "csrf": _TOKEN, **values}
            part = Markup(self._environment.get_template(template).render(told))
            if len(self._parts) >= _MOST_KEPT:
                self._parts.clear()
            self._parts[key] = part
        return part


def _minute_from(now: datetime) -> datetime:
    """The whole minute that has begun when this one is over: nothing that has been lies ahead of it."""
    begun = now.replace(second=0, microsecond=0)
    return begun if begun == now else begun + timedelta(minutes=1)


def _saying(translated: PoTranslations) -> Callable[..., Markup]:
    """Sentences of templates; one without values is put together once. Jinja does so each time it is said."""
    known: dict[str, Markup] = {}

    def said(sentence: str, /, **values: object) -> Markup:
        if values:
            return Markup(translated.gettext(sentence)) % values
        found = known.get(sentence)
        if found is None:
            found = known[sentence] = Markup(translated.gettext(sentence)) % {}
        return found

    return said


@pass_context
def _moment(context: Context, moment: Any) -> str:
    """As the clock says it; or how long ago, where the reader prefers that, with the clock's words behind it."""
    said = str(context["house"].words.moment(moment, context["language"]))
    if context.get("times") != "relative":
        return said
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    since = spoken_since(at, context["now"], context["language"])
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(at.isoformat(), said, since)


@pass_context
def _hour(context: Context, moment: Any) -> str:
    return f"{moment.astimezone(context['house'].words.zone):%H:%M}"


@pass_context
def _until(context: Context, moment: Any) -> str:
    return left(minutes_until(moment, context["now"]), context["language"])


def left(minutes: int, language: str) -> str:
    """How long until then, in words, for pages without JavaScript; a script goes on counting from there."""
    translated = translations(language)
    if minutes == 0:
        return translated.gettext("now")
    if minutes < 120:
        return translated.gettext("in %(minutes)s min") % {"minutes": minutes}
    return translated.gettext("in %(hours)s h") % {"hours": round(minutes / 60)}


@pass_context
def _second(context: Context, moment: Any) -> str:
    return f"{moment.astimezone(context['house'].words.zone):%H:%M:%S}"


@pass_context
def _area(context: Context, code: str | None) -> str:
    if not code or code == "0":
        return "—"
    return str(context["house"].words.area(code, context["language"]))


@pass_context
def _short_area(context: Context, code: str) -> str:
    """The division's own name, without those it lies in."""
    house, language = context["house"], context["language"]
    found = house.gazetteer.find_area(code)
    return _area(context, code) if found is None or not language.startswith("zh") else str(found.name)


def _rows(rows: Any, *names: str) -> list[tuple[Any, ...]]:
    """What a chart is drawn from; a name left empty is nothing."""
    return [tuple(getattr(row, name) if name else 0 for name in names) for row in rows]


@lru_cache(maxsize=8192)
def word(code: str, language: str) -> str:
    """The name of a code, or the code itself made readable."""
    said = translations(language).gettext(code_id(code))
    return code.rsplit(".", 1)[-1].replace("_", " ") if said == code_id(code) else said


def worded(fault: Any, language: str) -> str:
    """What is wrong with a row, in the reader's language where the catalogues know the sentence."""
    told = fault if isinstance(fault, Mapping) else fault.model_dump()
    sentence = told.get("sentence")
    return translations(language).gettext(sentence) % told["facts"] if sentence else str(told["message"])


_CONFIRM = re.compile(r"please confirm (\S+): (.+)")


def doubted(why: str, language: str) -> str:
    """Why a line of a notice was not understood, in the reader's language."""
    say = translations(language).gettext
    asked = _CONFIRM.fullmatch(why)
    if asked is None:
        return say(why)
    return say(N_("please confirm %(day)s: %(why)s")) % {"day": asked[1], "why": say(asked[2])}


def known_word(code: str, language: str) -> str | None:
    said = translations(language).gettext(code_id(code))
    return None if said == code_id(code) else said


# -- pages


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    language = language_of(request)
    house = request.state.house
    signed: SignedIn | None = getattr(request.state, "signed", None)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    filled: Mapping[str, Any] = {
        "language": language,
        "theme": theme if theme in THEMES else "auto",
        "themes": THEMES,
        "times": "relative" if request.cookies.get(TIMES_COOKIE) == "relative" else "absolute",
        "menu": menu_of(signed.official) if signed else (),
        "house": house,
        "signed": signed,
        "csrf": signed.session.csrf if signed else "",
        "now": house.clock.now(),
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "path": request.url.path,
        "request_query": request.url.query,
        "said": known_word(f"said.{request.query_params.get('said', '')}", language),
        "refused": _refused(request, language),
        **values,
    }
    html = _environment(language).get_template(template).render(filled)
    return HTMLResponse(html.replace(_TOKEN, filled["csrf"]), status, {"Cache-Control": "no-store"})


def _refused(request: Request, language: str) -> str | None:
    name = request.query_params.get("refused")
    if not name:
        return None
    return known_word(f"problem.{name[:60]}", language) or word("problem.conflict", language)


def back_to(path: str, *, said: str | None = None, refused: str | None = None) -> RedirectResponse:
    """After a form: to a page that can be loaded again, with a word about what happened."""
    for name, value in (("said", said), ("refused", refused)):
        if value:
            path += f"{'&' if '?' in path else '?'}{name}={quote(value)}"
    return RedirectResponse(path, 303)


def own_path(path: str | None, otherwise: str = "/console") -> str:
    """A path of the console's own; anything else would send people elsewhere."""
    if not path or not path.startswith("/console") or "\\" in path or "\n" in path or "\r" in path:
        return otherwise
    return path


# -- errors


class ConsoleRoute(APIRoute):
    """Answers every error with a page, and puts the safety headers on every answer."""

    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            response = _too_large(request) or await _looked_up(request, answer)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded


async def _looked_up(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """A page reads in one transaction, a spreadsheet reads what is; what somebody did is seen by whoever looks next."""
    house: House | None = getattr(request.state, "house", None)
    if house is None or "as" in request.query_params:
        return await _answered(request, answer)
    if request.method != "GET":
        try:
            return await _answered(request, answer)
        finally:
            house.transactions.glances.forget()
    async with house.record.looking():
        return await _answered(request, answer)


def _too_large(request: Request) -> Response | None:
    if request.method != "POST":
        return None
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) <= LARGEST_BODY:
        return None
    return Response("too large" if length.isdigit() else "length required", 413 if length.isdigit() else 411)


async def _answered(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    try:
        return await answer(request)
    except SignInNeeded:
        return _to_sign_in(request)
    except ShaodianError as error:
        return _explained(request, error)
    except RequestValidationError as wrong:
        if any(one["loc"][0] == "path" for one in wrong.errors()):
            return error_page(request, 404, "not-found")
        faults = tuple(Fault(".".join(str(part) for part in one["loc"][1:]), one["msg"]) for one in wrong.errors())
        return error_page(request, 422, "request-invalid", faults=faults)
    except ShapeMismatch as wrong:
        faults = tuple(Fault(".".join(str(part) for part in one["loc"]), one["msg"]) for one in wrong.errors())
        return error_page(request, 422, "request-invalid", faults=faults)
    except HTTPException as error:
        return error_page(request, error.status_code, "not-found" if error.status_code == 404 else "http")
    except Exception as error:
        log.error("unforeseen", path=request.scope.get("route_path", "/console"), exc_info=error)
        return error_page(request, 500, "unforeseen")


def _to_sign_in(request: Request) -> Response:
    target = "/console/sign-in"
    if request.method == "GET" and request.url.path not in ("/console", "/console/"):
        target += f"?next={quote(request.url.path)}"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": target})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=401)
    return RedirectResponse(target, 303)


def _explained(request: Request, error: ShaodianError) -> Response:
    """Where the state has moved on under a form, the page it came from says so; all else is a page of its own."""
    if isinstance(error, Conflict) and request.method == "POST":
        came_from = urlsplit(request.headers.get("referer", ""))
        if came_from.netloc == request.headers.get("host") and came_from.path.startswith("/console"):
            return back_to(own_path(came_from.path), refused=error.type_name)
    faults = error.faults if isinstance(error, Invalid) else ()
    return error_page(request, int(status_of(error)), error.type_name, detail=error.detail, faults=faults, error=error)


def error_page(
    request: Request,
    status: int,
    name: str,
    *,
    detail: str = "",
    faults: tuple[Fault, ...] = (),
    error: ShaodianError | None = None,
) -> Response:
    """Never more than a sentence and a way on. Where even the page cannot be made: plain words."""
    language = language_of(request)
    sentence = known_word(f"problem.{name}", language)
    if isinstance(error, Worded):
        sentence = error.said_in(translations(language).gettext)
    if sentence is None and language == "en" and detail and not faults:
        sentence = detail
    try:
        return page(
            request,
            "error.html",
            status=status,
            code=status,
            sentence=sentence or word(f"status.{status if status in (403, 404, 409, 422, 503) else 500}", language),
            faults=faults,
        )
    except (Unavailable, AttributeError):
        return Response(json.dumps({"status": status, "title": name}), status, media_type="application/problem+json")
