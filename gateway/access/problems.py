"""Errors become application/problem+json (RFC 9457). The only place that knows HTTP statuses."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gateway.errors import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotConfigured,
    NotFound,
    ShaodianError,
    Unauthorised,
    Unavailable,
    Worded,
)
from gateway.messages.words import closest_language, translations

log = structlog.get_logger()

_STATUS: dict[type[ShaodianError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unauthorised: HTTPStatus.UNAUTHORIZED,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    NotConfigured: HTTPStatus.CONFLICT,
}

MEDIA_TYPE = "application/problem+json"


def status_of(error: ShaodianError) -> HTTPStatus:
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem(status: HTTPStatus, type_name: str, detail: str, faults: tuple[Fault, ...] = ()) -> JSONResponse:
    body: dict[str, Any] = {
        "type": f"urn:shaodian:problem:{type_name}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
    }
    if faults:
        body["errors"] = [{"where": fault.where, "message": fault.message} for fault in faults]
    headers = {"Retry-After": "5"} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ShaodianError)
    faults = error.faults if isinstance(error, Invalid) else ()
    detail = error.detail
    if isinstance(error, Worded) and (asked := request.headers.get("accept-language")):
        detail = error.said_in(translations(closest_language(asked.split(",")[0].strip())).gettext)
    return problem(status_of(error), error.type_name, detail, faults)


async def _malformed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = tuple(Fault(".".join(str(part) for part in one["loc"]), one["msg"]) for one in error.errors())
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "request-invalid", "The request does not have the right shape.", faults
    )


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    return problem(status, status.phrase.lower().replace(" ", "-"), str(error.detail))


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: the log has the trace, the caller a sentence."""
    log.error("unforeseen", path=request.scope.get("route_path", request.url.path), exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "unforeseen", "Something went wrong here. Nothing was lost; please try again."
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(ShaodianError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)
