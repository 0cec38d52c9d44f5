"""What is asked for beside the notices: the shelf, the editor, the preview, and the press that puts it in force."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from starlette.datastructures import FormData, UploadFile

from gateway.access.house import House
from gateway.access.sessions import Acting, CurrentSession
from gateway.console.listings import download
from gateway.console.pages import ConsoleRoute, back_to, language_of, page, word
from gateway.console.report_type_forms import INFORMED, TypeForm, blank, content_of, form_from, form_of, pressed
from gateway.domain.duties import BY_CHAT, FieldKind, Prefill
from gateway.domain.report_types import CADENCES, ReportTypeFaulty, TypeState
from gateway.domain.rules import Words
from gateway.domain.scopes import Official
from gateway.errors import Worded
from gateway.messages.words import LANGUAGES, translations
from gateway.policies.xlsforms import FormNotUnderstood
from gateway.services.report_types import TypeView

router = APIRouter(prefix="/console/report-types", route_class=ConsoleRoute, include_in_schema=False)

SHELF = "/console/report-types"


@router.get("")
async def shelf(request: Request, signed: CurrentSession) -> Response:
    house = signed.house
    found = await house.report_types.shelf(official=signed.official)
    return page(
        request,
        "report_types.html",
        shelf=found,
        newest=_newest(found.kept),
        quotes=house.packs.quotes(),
    )


@router.get("/new")
async def new(request: Request, signed: CurrentSession) -> Response:
    pack = await signed.house.packs.in_force_at(signed.official.area)
    return await _editor(request, signed.house, signed.official, blank(pack.conventions.due), None)


@router.post("/new")
async def begin(request: Request, signed: Acting) -> Response:
    return await _edit(request, signed.house, signed.official, None)


@router.post("/copies")
async def copy(request: Request, signed: Acting, duty: Annotated[str, Form(max_length=60)]) -> Response:
    pack = await signed.house.packs.in_force_at(signed.official.area)
    rule = pack.duties.get(duty)
    labels = {one.key: _label(one.key) for one in rule.fields} if rule is not None else {}
    kept = await signed.house.report_types.copy(duty, labels, official=signed.official)
    return back_to(f"{SHELF}/{kept.id}", said="type_copied")


@router.get("/{version_id}")
async def one(version_id: UUID, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.report_types.view(version_id, official=signed.official)
    if view.kept.state is not TypeState.DRAFT or not view.may_edit:
        return await preview(version_id, request, signed)
    form = form_of(view.type, view.named, [one.content for one in view.history])
    return await _editor(request, signed.house, signed.official, form, view)


@router.post("/{version_id}")
async def change(version_id: UUID, request: Request, signed: Acting) -> Response:
    view = await signed.house.report_types.view(version_id, official=signed.official)
    return await _edit(request, signed.house, signed.official, view)


@router.get("/{version_id}/preview")
async def preview(version_id: UUID, request: Request, signed: CurrentSession) -> Response:
    house = signed.house
    view = await house.report_types.view(version_id, official=signed.official)
    return page(
        request,
        "report_type_preview.html",
        view=view,
        reminders={language: _reminder(house, view, language) for language in LANGUAGES},
        quotes=house.packs.quotes(),
    )


@router.post("/{version_id}/force")
async def put_in_force(version_id: UUID, signed: Acting, mark: Annotated[str, Form(max_length=40)]) -> Response:
    kept = await signed.house.report_types.put_in_force(version_id, mark, official=signed.official)
    return back_to(f"{SHELF}/{kept.id}", said="type_in_force")


@router.post("/{version_id}/renewal")
async def renew(version_id: UUID, signed: Acting) -> Response:
    view = await signed.house.report_types.view(version_id, official=signed.official)
    kept = await signed.house.report_types.renew(view.kept.type_id, official=signed.official)
    return back_to(f"{SHELF}/{kept.id}")


@router.post("/{version_id}/retirement")
async def retire(version_id: UUID, signed: Acting) -> Response:
    await signed.house.report_types.retire(version_id, official=signed.official)
    return back_to(SHELF, said="type_retired")


async def _edit(request: Request, house: House, official: Official, view: TypeView | None) -> Response:
    """A press in the editor: it is drawn again, or what stands in it is kept."""
    async with request.form() as sent:
        form = form_from(_lists(sent))
        press = str(sent.get("press", "save"))
        if press == "form":
            form = await _with_form(form, sent, house, official, language_of(request))
    drawn = form if press == "form" else pressed(form, press)
    if drawn is not None:
        return await _editor(request, house, official, drawn, view)
    try:
        content, named = content_of(form)
        kept = await house.report_types.draft(
            content, named=named, official=official, version_id=view.kept.id if view is not None else None
        )
    except ReportTypeFaulty as wrong:
        return await _editor(request, house, official, replace(form, faults=wrong.faults), view, status=422)
    if press == "preview":
        return back_to(f"{SHELF}/{kept.id}/preview")
    return back_to(f"{SHELF}/{kept.id}", said="type_kept")


async def _with_form(form: TypeForm, sent: FormData, house: House, official: Official, language: str) -> TypeForm:
    """The editor with the questions of the uploaded spreadsheet, or with everything in it that is not understood."""
    file = sent.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    try:
        return form.taking(await house.report_types.read_form(content, official=official))
    except FormNotUnderstood as refused:
        return replace(form, row_faults=refused.rows)
    except Worded as unreadable:
        return replace(form, trouble=unreadable.said_in(translations(language).gettext))


@router.post("/{version_id}/trial")
async def try_it(version_id: UUID, signed: Acting) -> Response:
    await signed.house.report_types.invite_to_try(version_id, official=signed.official)
    return back_to(f"{SHELF}/{version_id}/preview", said="type_to_try")


@router.get("/{version_id}/form.xlsx")
async def workbook(version_id: UUID, signed: CurrentSession) -> Response:
    title, file = await signed.house.report_types.workbook(version_id, official=signed.official)
    return download(file, f"{title} {signed.house.clock.now():%Y-%m-%d}.xlsx")


async def _editor(
    request: Request, house: House, official: Official, form: TypeForm, view: TypeView | None, *, status: int = 200
) -> Response:
    units, people, ladders = await house.report_types.kinds(official=official)
    return page(
        request,
        "report_type.html",
        status=status,
        form=form,
        view=view,
        units=units,
        people=people,
        ladders=ladders,
        kinds=[kind for kind in FieldKind if kind not in BY_CHAT],
        prefills=list(Prefill),
        cadences=CADENCES,
        informed=INFORMED,
    )


def _newest(kept: Any) -> list[Any]:
    """Of every type what counts: the version in force and the draft; of a retired one the last."""
    found: dict[UUID, list[Any]] = {}
    for one in kept:
        known = found.setdefault(one.type_id, [])
        if one.state is not TypeState.RETIRED or not known:
            known.append(one)
    return [one for versions in found.values() for one in versions]


def _reminder(house: House, view: TypeView, language: str) -> Any:
    """The reminder as it goes out, for a day like today."""
    type_ = view.type
    now = house.clock.now().astimezone(house.words.zone)
    due = datetime.combine(now.date(), type_.due, house.words.zone).astimezone(UTC)
    title = type_.title
    values: Mapping[str, Any] = {
        "duty": view.kept.key,
        "title": {"zh": title.zh or title.en, "en": title.en or title.zh},
        "unit": view.named[0] if view.named else "",
        "day": now.date().isoformat(),
        "slot": "",
        "due_at": due.isoformat(),
        "tone": "remind",
        "zero": type_.zero,
        "press": True,
        "same": True,
        "open": 0,
        "untold": 0,
        "quote": None,
    }
    return house.words.say("duty_reminder", language, values)


def _label(key: str) -> Words:
    """A pack's field in its own words, as the catalogue has them."""
    return Words(zh=word(f"duty_field.{key}", "zh_Hans_CN"), en=word(f"duty_field.{key}", "en"))


def _lists(sent: FormData) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found
