"""One way for every list: what it shows stands in its address, is said in a sentence, and can be kept as a view."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from gateway.access.sessions import Acting, SignedIn
from gateway.console.pages import ConsoleRoute, back_to, own_path, page
from gateway.record.desks import KeptView

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: What an address carries for one moment only; no view keeps it.
PASSING = frozenset({"after", "said", "refused", "held", "lang", "as"})


@dataclass(frozen=True, slots=True)
class Pick:
    """Something a list is narrowed or ordered by: a word of its address, and what that word may be.

    A choice is said by its code `prefix.choice`; `every` is said where nothing is chosen, and is empty where something
    always is.
    """

    name: str
    label: str
    prefix: str
    choices: tuple[str, ...]
    chosen: str = ""
    every: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list as its address says it, how much of it is shown, and where it goes on."""

    path: str
    count: int
    shown: int
    tabs: Pick | None = None
    picks: tuple[Pick, ...] = ()
    order: Pick | None = None
    area: str = ""
    after: str = ""
    more: str | None = None
    views: tuple[KeptView, ...] = field(default=())

    @property
    def chosen(self) -> dict[str, str]:
        """What the address carries, in the order of the page, without its place in the list."""
        every = (self.tabs, *self.picks, self.order)
        chosen = {one.name: one.chosen for one in every if one is not None and one.chosen}
        return chosen | ({"area": self.area} if self.area else {})

    @property
    def narrowed(self) -> bool:
        return bool(self.area) or any(one.chosen for one in self.picks)

    def url(self, **changes: str | None) -> str:
        """The address with these words changed; from the start unless `after` is given."""
        words = {name: value for name, value in (self.chosen | changes).items() if value}
        return f"{self.path}?{urlencode(words)}" if words else self.path

    @property
    def without_filters(self) -> str:
        return self.url(area=None, **{one.name: None for one in self.picks})


async def list_page(
    request: Request, signed: SignedIn, template: str, listing: ListPage, **values: Any
) -> HTMLResponse:
    """The page of a list, with the views its official has kept of it."""
    views = await signed.house.desks.views_kept(listing.path, official=signed.official)
    return page(request, template, listing=replace(listing, views=tuple(views)), **values)


def plain_query(query: str) -> str:
    """An address' words without those that mean this moment only."""
    return urlencode([(name, value) for name, value in parse_qsl(query) if name not in PASSING])


@router.post("/views")
async def keep(
    signed: Acting,
    name: Annotated[str, Form(min_length=1, max_length=60)],
    back: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Keep the list that is being looked at under a name."""
    asked = urlsplit(own_path(back))
    query = plain_query(asked.query)
    await signed.house.desks.keep_view(asked.path, name.strip(), query, official=signed.official)
    return back_to(f"{asked.path}?{query}" if query else asked.path, said="view_kept")


@router.post("/views/{view_id}/end")
async def drop(view_id: UUID, signed: Acting, back: Annotated[str, Form(max_length=2000)] = "") -> Response:
    await signed.house.desks.drop_view(view_id, official=signed.official)
    return back_to(own_path(back), said="view_dropped")
