"""The form a broadcast is written with: what somebody filled in, and what they mean by it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from gateway.access.house import House
from gateway.access.sessions import SignedIn
from gateway.domain.broadcasts import Audience, Schedule
from gateway.domain.guidance import Reach
from gateway.domain.kinds import RiskListId
from gateway.domain.scopes import AREA_DIGITS
from gateway.errors import N_, Fault, Invalid
from gateway.messages.words import LANGUAGES
from gateway.services.broadcasts import Content, Said, Writing

#: Languages residents of the country and its guests read, beyond the two of the house.
MORE_LANGUAGES = ("ug", "bo", "mn_Mong", "kk", "ko", "ja", "ru", "fr", "ar", "vi", "th")
_LONGEST = 8000
_NOTHING = Said("", "")


@dataclass(frozen=True, slots=True)
class Written:
    """As it was filled in; shown again with whatever is wrong with it. `look`: to be looked at, not kept yet."""

    words: Mapping[str, Said] = field(default_factory=dict)
    more_language: str = ""
    areas: str = ""
    nearest: str = ""
    languages: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    units: str = ""
    heads_only: bool = False
    officials: bool = False
    everywhere: bool = False
    risk_list: str = ""
    send_at: str = ""
    quiet: bool = False
    acknowledged: bool = False
    content_hash: str = ""
    look: bool = False

    def said(self, language: str) -> Said:
        return self.words.get(language, _NOTHING)


async def written_of(request: Request) -> Written:
    form = await request.form()

    def text(name: str) -> str:
        return str(form.get(name, ""))[:_LONGEST].replace("\r\n", "\n")

    def ticked(name: str) -> bool:
        return form.get(name) == "yes"

    more = text("more_language")
    words = {language: Said(text(f"title.{language}"), text(f"text.{language}")) for language in LANGUAGES}
    if more in MORE_LANGUAGES:
        words[more] = Said(text("title.more"), text("text.more"))
    return Written(
        words={language: said for language, said in words.items() if said.title.strip() or said.text.strip()},
        more_language=more if more in MORE_LANGUAGES else "",
        areas=text("areas"),
        nearest=text("nearest"),
        languages=tuple(str(one) for one in form.getlist("languages")),
        profiles=tuple(str(one) for one in form.getlist("profiles")),
        units=text("units"),
        heads_only=ticked("heads_only"),
        officials=ticked("officials"),
        everywhere=ticked("everywhere"),
        risk_list=text("risk_list"),
        send_at=text("send_at"),
        quiet=ticked("quiet"),
        acknowledged=ticked("acknowledged"),
        content_hash=text("content_hash"),
        look=text("act") != "save",
    )


Filled = Annotated[Written, Depends(written_of)]


def filled_from(house: House, content: Content, audience: Audience, schedule: Schedule, content_hash: str) -> Written:
    """What is kept, to be changed."""
    return Written(
        words=dict(content.words),
        more_language=next((language for language in content.words if language not in LANGUAGES), ""),
        areas="" if audience.places else "\n".join(audience.areas),
        nearest=audience.nearest,
        languages=audience.languages,
        profiles=audience.profiles,
        units="\n".join(str(one) for one in audience.units),
        heads_only=audience.heads_only,
        officials=audience.officials,
        everywhere=audience.reach is Reach.ALL,
        risk_list=audience.risk_list or "",
        send_at=f"{schedule.send_at.astimezone(house.words.zone):%Y-%m-%dT%H:%M}" if schedule.send_at else "",
        quiet=not schedule.wakes,
        acknowledged=schedule.acknowledged,
        content_hash=content_hash,
    )


async def meant(signed: SignedIn, form: Written, *, corrects: Audience | None = None) -> Writing:
    """Raises Invalid with every line that cannot be read. `corrects`: for those people, whatever the form says."""
    house = signed.house
    faults: list[Fault] = []
    areas: list[str] = []
    for line in re.split(r"[\n,,、;;]+", form.areas):
        if line.strip():
            code = _area(house, line.strip())
            if isinstance(code, Fault):
                faults.append(code)
            else:
                areas.append(code)
    nearest = _area(house, form.nearest.strip()) if form.nearest.strip() else ""
    if isinstance(nearest, Fault):
        faults.append(nearest)
        nearest = ""
    units = [_unit(said) for said in form.units.split()]
    faults += [one for one in units if isinstance(one, Fault)]
    send_at = _moment(house, form.send_at.strip()) if form.send_at.strip() else None
    if isinstance(send_at, Fault):
        faults.append(send_at)
        send_at = None
    if faults:
        raise Invalid(faults=tuple(faults))
    audience = corrects or Audience(
        areas=tuple(dict.fromkeys(areas)),
        nearest=nearest,
        languages=form.languages,
        profiles=form.profiles,
        units=tuple(one for one in units if isinstance(one, UUID)),
        heads_only=form.heads_only,
        officials=form.officials,
        reach=Reach.ALL if form.everywhere else Reach.FIRST,
    )
    if form.risk_list and not areas and corrects is None:
        listed = await house.risk_lists.audience(_list_id(form.risk_list), official=signed.official)
        audience = replace(audience, areas=listed.areas, places=listed.places, risk_list=listed.risk_list)
        audience = replace(audience, within=signed.official.area)
    return Writing(form.words, audience, Schedule(send_at, not form.quiet, form.acknowledged))


def _area(house: House, said: str) -> str | Fault:
    """A code at one of the levels, or a name that can mean only one place."""
    code = said.split()[0]
    if code.isdigit():
        known = len(code) in AREA_DIGITS and house.gazetteer.find_area(code[:9]) is not None
        return code if known else Fault(said, N_("There is no such area."))
    readings = house.gazetteer.find(said)
    if len(readings) == 1:
        return readings[0].code
    if not readings:
        return Fault(said, N_("There is no such area."))
    return Fault(
        f"{said}: {', '.join(one.code for one in readings[:6])}", N_("Several areas are called this: give the code.")
    )


def _unit(said: str) -> UUID | Fault:
    try:
        return UUID(said)
    except ValueError:
        return Fault(said, N_("This is no unit's number."))


def _list_id(said: str) -> RiskListId:
    try:
        return RiskListId(UUID(said))
    except ValueError:
        raise Invalid(faults=(Fault(said, N_("There is no such risk list.")),)) from None


def _moment(house: House, said: str) -> datetime | Fault:
    """Local: the form's field knows no zone."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return Fault(said, N_("This time cannot be read."))
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=house.words.zone)
    return moment if moment >= house.clock.now() else Fault(said, N_("This time is over."))
