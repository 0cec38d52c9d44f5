"""Signing in and out: by a one-time link, by name, password and one-time code, or by the own organisation's identity
provider; and setting that password, and linking that organisation."""

import io
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from gateway.access.callers import AnyHouse
from gateway.access.house import House
from gateway.access.oidc import ROUND_TRIP, Leaving, Provider, ProviderRefused, ProviderSilent, Returned
from gateway.access.sessions import (
    Acting,
    CurrentSession,
    FromOurPage,
    SignedIn,
    SignInNeeded,
    Tries,
    is_secure,
    let_in,
    let_out,
    signed_in,
)
from gateway.console.pages import (
    A_YEAR,
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    TIMES_COOKIE,
    ConsoleRoute,
    back_to,
    own_path,
    page,
)
from gateway.errors import Invalid, NotFound
from gateway.messages.words import LANGUAGES
from gateway.services.officials import OrganisationTaken, OrganisationUnknown, SignInFailed

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

tries = Tries()
SHORTEST_PASSWORD = 12
ON_THE_WAY = "shaodian-organisation"
WAY_OUT = "/console/sign-in/organisation"


class PasswordTooShort(Invalid):
    """A password needs at least 12 characters; a sentence is a good one."""


class NoOrganisation(NotFound):
    """Signing in with an organisation is not set up here."""


@router.get("/sign-in")
async def ask(request: Request, house: AnyHouse, token: str = "", next: str = "") -> Response:
    """A link is used up by the button, not by being looked at: chats fetch previews of links."""
    if not token:
        try:
            await signed_in(request, house)
        except SignInNeeded:
            pass
        else:
            return RedirectResponse(own_path(next), 303)
    return page(request, "sign_in.html", token=token[:200], next=own_path(next, ""))


@router.get("/login")
async def former_address(token: str = "") -> Response:
    return RedirectResponse(f"/console/sign-in?token={token}" if token.isascii() else "/console/sign-in", 303)


def _caller(request: Request) -> str:
    return request.client.host if request.client else "-"


@router.post("/sign-in/link")
async def by_link(
    request: Request, house: AnyHouse, _: FromOurPage, token: Annotated[str, Form(max_length=200)]
) -> Response:
    tries.count(f"link:{_caller(request)}", house.clock.now())
    try:
        session, secret = await house.officials.sign_in_by_link(token)
    except SignInFailed:
        return page(request, "sign_in.html", status=401, token="", next="", failed="link")
    tries.forget(f"link:{_caller(request)}")
    return _welcome(request, house, secret, "")


@router.post("/sign-in/send")
async def send_link(
    request: Request, house: AnyHouse, _: FromOurPage, name: Annotated[str, Form(min_length=1, max_length=100)]
) -> Response:
    """The answer is the same for every name."""
    now = house.clock.now()
    tries.count(f"send:{name.strip()}", now)
    tries.count(f"send-from:{_caller(request)}", now)
    await house.officials.send_login_link(name.strip(), page=f"{house.public_gateway_url.rstrip('/')}/console/sign-in")
    return back_to("/console/sign-in", said="link_sent")


@router.post("/sign-in/password")
async def by_password(
    request: Request,
    house: AnyHouse,
    _: FromOurPage,
    name: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=500)],
    code: Annotated[str, Form(max_length=10)],
    next: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    now = house.clock.now()
    tries.count(f"name:{name}", now)
    tries.count(f"from:{_caller(request)}", now)
    try:
        session, secret = await house.officials.sign_in_by_name(name.strip(), password, code.strip().replace(" ", ""))
    except SignInFailed:
        return page(request, "sign_in.html", status=401, token="", next=own_path(next, ""), failed="password")
    tries.forget(f"name:{name}")
    return _welcome(request, house, secret, next)


# -- by the own organisation's identity provider


def _provider(house: House) -> Provider:
    if house.organisation is None:
        raise NoOrganisation
    return house.organisation


def _keep(response: Response, request: Request, house: House, leaving: Leaving) -> None:
    response.set_cookie(
        ON_THE_WAY,
        leaving.cookie,
        max_age=int(ROUND_TRIP.total_seconds()),
        path=WAY_OUT,
        secure=is_secure(request, house),
        httponly=True,
        samesite="lax",  # it comes back by a link from the provider's page
    )


@router.get("/sign-in/organisation")
async def to_organisation(request: Request, house: AnyHouse, next: str = "") -> Response:
    provider, now = _provider(house), house.clock.now()
    tries.count(f"organisation:{_caller(request)}", now)
    try:
        leaving = await provider.leave(now=now, next=own_path(next, ""))
    except (ProviderSilent, ProviderRefused) as error:
        return back_to("/console/sign-in", refused=error.type_name)
    response = RedirectResponse(leaving.url, 303)
    _keep(response, request, house, leaving)
    return response


@router.get("/sign-in/organisation/callback")
async def from_organisation(request: Request, house: AnyHouse) -> Response:
    """Signs somebody in, or ends what `link_organisation` began; whatever does not fit leads back with a sentence."""
    provider, page_before = _provider(house), "/console/sign-in"
    try:
        returned = await provider.come_back(
            request.cookies.get(ON_THE_WAY, ""), request.query_params, now=house.clock.now()
        )
        if returned.linking:
            page_before = "/console/account"
            response = await _linked(request, house, returned)
        else:
            _, secret = await house.officials.sign_in_by_organisation(
                provider=provider.issuer, subject=returned.subject
            )
            tries.forget(f"organisation:{_caller(request)}")
            response = _welcome(request, house, secret, returned.next)
    except (ProviderSilent, ProviderRefused, OrganisationUnknown, OrganisationTaken) as error:
        response = back_to(page_before, refused=error.type_name)
    response.delete_cookie(ON_THE_WAY, path=WAY_OUT, secure=is_secure(request, house), httponly=True, samesite="lax")
    return response


async def _linked(request: Request, house: House, returned: Returned) -> Response:
    """Only for whoever set out: another session in the same browser is not theirs. Raises OrganisationTaken."""
    try:
        signed = await signed_in(request, house)
    except SignInNeeded:
        raise ProviderRefused from None
    if str(signed.official.id) != returned.linking:
        raise ProviderRefused
    await house.officials.link_organisation(signed.official, provider=_provider(house).issuer, subject=returned.subject)
    return back_to("/console/account", said="organisation_linked")


@router.post("/account/organisation")
async def link_organisation(request: Request, signed: Acting) -> Response:
    """The way out is a link on the answer: our pages' forms end on this port, redirects included."""
    house = signed.house
    try:
        leaving = await _provider(house).leave(now=house.clock.now(), linking=str(signed.official.id))
    except (ProviderSilent, ProviderRefused) as error:
        return back_to("/console/account", refused=error.type_name)
    response = await _account(request, signed, leaving=leaving.url)
    _keep(response, request, house, leaving)
    return response


@router.post("/account/organisation/unlink")
async def unlink_organisation(signed: Acting) -> Response:
    await signed.house.officials.unlink_organisation(signed.official)
    return back_to("/console/account", said="organisation_unlinked")


def _welcome(request: Request, house: House, secret: str, next: str) -> Response:
    response = RedirectResponse(own_path(next), 303)
    let_in(response, request, house, secret)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, signed: Acting) -> Response:
    await signed.house.officials.sign_out(signed.session)
    response = RedirectResponse("/console/sign-in", 303)
    let_out(response, request, signed.house)
    return response


@router.get("/language/{language}")
async def speak(language: str, back: str = "") -> Response:
    response = RedirectResponse(own_path(back), 303)
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR, path="/", samesite="lax")
    return response


@router.get("/theme/{theme}")
async def colours(theme: str, back: str = "") -> Response:
    response = RedirectResponse(own_path(back), 303)
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, path="/", samesite="lax")
    return response


@router.get("/times/{shown}")
async def times(shown: str, back: str = "") -> Response:
    response = RedirectResponse(own_path(back), 303)
    if shown in ("absolute", "relative"):
        response.set_cookie(TIMES_COOKIE, shown, max_age=A_YEAR, path="/", samesite="lax")
    return response


@router.get("/account")
async def account(request: Request, signed: CurrentSession) -> Response:
    return await _account(request, signed)


async def _account(request: Request, signed: SignedIn, *, leaving: str = "") -> Response:
    linked = await signed.house.officials.has_organisation(signed.official)
    return page(request, "account.html", secret=None, code=None, linked=linked, leaving=leaving)


@router.post("/account/password")
async def set_password(
    request: Request, signed: Acting, password: Annotated[str, Form(max_length=500)], again: Annotated[str, Form()]
) -> Response:
    """The one-time codes' secret is shown in this answer alone."""
    if password != again:
        return back_to("/console/account", refused="passwords-differ")
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort
    secret = await signed.house.officials.set_password(signed.official, password)
    link = f"otpauth://totp/Shaodian:{signed.official.id}?secret={secret}&issuer=Shaodian"
    return page(request, "account.html", secret=secret, code=qr(link))


def qr(link: str) -> Markup:
    """An SVG drawing of the link; made of modules only, so it is safe to stand in a page."""
    drawn = io.BytesIO()
    segno.make(link, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, dark="#000", light="#fff"
    )
    return Markup(drawn.getvalue().decode())
