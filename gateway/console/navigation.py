"""Where the pages are found: grouped by what officials do, and only what a role has business with.

A page that is not offered is not thereby forbidden: who may see what is decided by scope, on every route.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.kinds import Role
from gateway.domain.scopes import PEOPLE_ROLES, Official
from gateway.services.follow_ups import READING


def N_(sentence: str) -> str:
    """Marks a sentence for the catalogues; it is translated where it is shown."""
    return sentence


Shown = Callable[[Official], bool]


def everybody(_: Official) -> bool:
    return True


def of_an_area(official: Official) -> bool:
    """Whoever sees an area, not the people of one unit alone."""
    return official.scope.area is not None


def with_people(official: Official) -> bool:
    return official.may(*PEOPLE_ROLES, Role.SITE, Role.UNIT_CONTACT)


def following_up(official: Official) -> bool:
    return of_an_area(official) and official.may(*READING)


def administrators(official: Official) -> bool:
    return Role.ADMINISTRATOR in official.roles


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu; `also` are further beginnings of addresses that belong to it."""

    path: str
    icon: str
    label: str
    shown: Shown = everybody
    also: tuple[str, ...] = ()

    def is_here(self, path: str) -> bool:
        here = path.rstrip("/")
        if self.path == "/console":
            return here == self.path
        return any(here == one or here.startswith(f"{one}/") for one in (self.path, *self.also))


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    label: str
    entries: tuple[Entry, ...]
    always_open: bool = False

    def is_here(self, path: str) -> bool:
        return any(entry.is_here(path) for entry in self.entries)


MENU: tuple[Group, ...] = (
    Group(
        "today",
        N_("Today"),
        (
            Entry("/console", "home", N_("My work")),
            Entry("/console/alerts", "bell", N_("Alerts")),
            Entry("/console/situation", "world", N_("Situation"), of_an_area),
        ),
        always_open=True,
    ),
    Group(
        "people",
        N_("People"),
        (
            Entry("/console/residents", "users", N_("Residents"), with_people),
            Entry("/console/follow-ups", "calendar-due", N_("Follow-ups"), following_up),
            Entry("/console/results", "flask", N_("Tests and results")),
            Entry("/console/cases", "stethoscope", N_("Cases and contacts"), of_an_area),
            Entry("/console/leads", "search", N_("People to be found"), of_an_area),
        ),
    ),
    Group(
        "places",
        N_("Places"),
        (
            Entry("/console/risk-lists", "map-pin", N_("Risk areas"), also=("/console/risk-areas",)),
            Entry("/console/controls", "shield-check", N_("Area control")),
            Entry("/console/early-warnings", "alert-triangle", N_("Early warning"), of_an_area),
        ),
    ),
    Group(
        "work",
        N_("Work"),
        (
            Entry("/console/checklists", "checklist", N_("Checklists")),
            Entry("/console/duties", "list-check", N_("Daily reports and readiness")),
            Entry("/console/matters", "inbox", N_("Matters"), also=("/console/directory", "/console/inspection")),
            Entry("/console/venues", "map-pin", N_("Codes at doors")),
            Entry("/console/applications", "calendar-due", N_("Events")),
            Entry("/console/gates", "user-check", N_("May this person …?"), of_an_area),
        ),
    ),
    Group(
        "messages",
        N_("Messages"),
        (
            Entry("/console/broadcasts", "message-circle", N_("Broadcasts"), of_an_area),
            Entry("/console/calls", "phone", N_("Phone list"), with_people),
            Entry("/console/guidance", "world", N_("Guidance"), also=("/console/testing-agencies",)),
            Entry("/console/deliveries", "send", N_("Deliveries")),
        ),
    ),
    Group(
        "administration",
        N_("Administration"),
        (
            Entry("/console/organisation", "users", N_("Organisation"), of_an_area),
            Entry("/console/officials", "id-badge-2", N_("Officials"), also=("/console/posts", "/console/ladders")),
            Entry("/console/rota", "clock", N_("Rota"), of_an_area, also=("/console/holidays",)),
            Entry("/console/channels", "send", N_("Channels")),
            Entry("/console/policies", "notes", N_("Rules in force"), also=("/console/policy-decisions",)),
            Entry("/console/audit", "history", N_("Audit"), administrators),
            Entry("/console/account", "device-floppy", N_("Sign-in settings")),
        ),
    ),
)


def menu_of(official: Official) -> tuple[Group, ...]:
    """The groups this official has business with; a group without a page is left out."""
    groups = (
        Group(group.name, group.label, tuple(one for one in group.entries if one.shown(official)), group.always_open)
        for group in MENU
    )
    return tuple(group for group in groups if group.entries)
