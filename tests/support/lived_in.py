"""A county in which something of everything is going on, and the ids of it: what pages and routes are tried with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select

from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import EventKind, LeadPush, ReportKind, Role, VenueKind
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.schemas.contacts import ContactListIn, ContactRowIn
from gateway.schemas.gates import EventIn
from gateway.schemas.leads import LeadListIn, LeadRowIn
from gateway.schemas.results import ResultIn
from gateway.services import lead_lists
from gateway.services.broadcasts import Said
from gateway.services.held_actions import BulkAction
from gateway.town import Desk, Neighbour, Town

COUNTY, TOWNSHIP, VILLAGE = "370102", "370102001", "370102001004"
TESTS = Path(__file__).parents[1]
#: Words, names and numbers that belong to this county alone.
SECRETS = ("只有我知道的话", "王芳", "李强", "13877776666", "赵一", "13900001111", "患者甲", "密接乙")

#: Where the row of a route's id stands, when it is not simply its plural.
TABLES: Mapping[str, str] = {
    "entry_id": "register_entries",
    "list_id": "risk_lists",
    "agency_id": "testing_agencies",
    "permit_id": "exit_permits",
    "correction_id": "risk_corrections",
    "view_id": "kept_views",
    "held_id": "held_actions",
    "check_id": "welfare_checks",
    "version_id": "report_type_versions",
    "bearer_id": "duty_bearers",
    "feed_id": "calendar_feeds",
    "desk_id": "desk_addresses",
    "schedule_id": "area_schedules",
    "activation_id": "pack_activations",
    "recipient_id": "broadcast_recipients",
}
#: Words of an address that are no id of a row.
WORDS: Mapping[str, str] = {
    "kind": "emergency_response",
    "question": "work",
    "occupation": "cold_chain",
    "step": "disposal",
    "key": "masks",
    "duty": "school_checks",
    "register": "absences",
    "area": TOWNSHIP,
    "chat": "1",
    "handle": "0123456789abcdef0123456789abcdef01234567",
    "language": "en",
    "theme": "dark",
    "shown": "relative",
    "path": "nothing-here",
    "day": "2021-01-15",
    "year": "2021",
    "book": "posts",
    "token": "x",
    "shift": "1",
}

#: What a screen asks its address for.
ASKED = {
    "/console/residents/{resident_id}/move": "?area=370102003",
    "/console/policies/{version_hash}": "?area=370102",
    "/console/duties/{duty}/reports/{bearer_id}": "?day=2021-01-15",
}


@dataclass
class LivedIn:
    town: Town
    administrator: Desk
    resident: Neighbour
    ids: dict[str, str]
    empty: frozenset[str] = frozenset()

    def lives(self, path: str) -> bool:
        """Whether every id in this address is that of a real row."""
        return not any(one in self.empty for one in re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", self.address(path)))

    def address(self, path: str) -> str:
        """The route's address with real ids; a name nobody knows is an error that says where to make it known."""

        def real(match: re.Match[str]) -> str:
            name = match.group(1)
            if name == "item_id":
                return self.ids["checklist_item_id" if "checklist" in path else "plan_item_id"]
            if name == "place_id":
                return self.ids["risk_entry_id" if "risk" in path else "visited_place_id"]
            if name == "intake_id" and "lead" in path:
                return self.ids["lead_intake_id"]
            if name == "list_id" and "lead" in path:
                return self.ids["lead_list_id"]
            found = self.ids.get(name) or WORDS.get(name)
            assert found is not None, f"{path}: tests/support/lived_in.py knows no {name}"
            return found

        return re.sub(r"\{(\w+)(?::\w+)?\}", real, path)


async def lived_in(town: Town) -> LivedIn:
    house = town.house
    desks = {
        role: await town.official(f"本地{role}", role, area)
        for role, area in (
            (Role.ADMINISTRATOR, COUNTY),
            (Role.DOCTOR, TOWNSHIP),
            (Role.HEALTH, COUNTY),
            (Role.POLICE, COUNTY),
        )
    }
    chief, doctor = desks[Role.ADMINISTRATOR], desks[Role.DOCTOR]
    resident = await town.resident("王芳", area=TOWNSHIP, phone="13877776666")
    place = {"text": "长春市绿园区", "area": "220106", "detail": ""}
    home = {"text": "济南市历下区", "area": COUNTY, "detail": ""}
    leg = {"origin": place, "destination": home, "departed_on": "2021-01-11", "arrived_at": "2021-01-11"}
    await resident.reports(ReportKind.TRAVEL, {"legs": [leg | {"transport": "train"}]})
    await resident.reports_symptoms("fever", "cough", temperature=38.6, said="只有我知道的话")
    anchors = {"isolation_start": town.clock.now(), "last_exposure": town.clock.now().date()}
    await house.follow_ups.place(
        resident.id, profile="close_contact", anchors=anchors, reason="同车", official=doctor.official
    )
    for sample in (
        ResultIn(resident_id=resident.id, test="nat", sampled_at=town.clock.now(), site="x"),  # type: ignore[arg-type]
        ResultIn(phone="13999999999", test="nat", sampled_at=town.clock.now(), site="x"),  # type: ignore[arg-type]
    ):
        await house.results.record(sample, official=doctor.official)
    await _papers(town, chief)
    await _undertakings(town, chief)
    await _people_looked_for(town, desks)
    await house.matters.tell("discharge_team", {}, official=doctor.official, resident_id=resident.id)
    await house.desks.keep_view("/console/alerts", "今晚", "order=due", official=chief.official)
    alert = (await house.desks.page_of(AlertFilter(), official=chief.official)).alerts[0]
    await house.held_actions.hold(BulkAction.ESCALATE, [alert.id], official=chief.official)
    await town.quiet()
    return LivedIn(town, chief, resident, *await _ids(town))


async def _papers(town: Town, chief: Desk) -> None:
    """A work list and a risk list."""
    notice = (TESTS / "notices" / "dongpo-2020-12.txt").read_text()
    house = town.house
    await house.checklists.import_(
        house.checklists.read(notice), area=COUNTY, official=chief.official, source_hash="dongpo"
    )
    list_file = sorted((TESTS / "risk_lists").glob("20220*.json"))[0]
    await house.risk_lists.import_(list_file.name, list_file.read_bytes(), official=chief.official)


async def _undertakings(town: Town, chief: Desk) -> None:
    """What somebody asked to hold, wrote, wants closed, owes, and brought without taking it in yet."""
    house, official = town.house, chief.official
    wedding = EventIn(
        kind=EventKind.WEDDING, on=date(2021, 2, 13), area=TOWNSHIP, people=80, host="李强", title="只有我知道的话"
    )
    await house.events.apply(wedding, official=official)
    await house.venues.make(name="历下农贸市场", kind=VenueKind.MARKET, official=official)
    said = {"zh_Hans_CN": Said("今晚停水", "请储水。"), "en": Said("No water tonight", "Please store water.")}
    await house.broadcasts.draft(said, area=TOWNSHIP, official=official)
    await house.controls.request(VILLAGE, unit_kind="building", name="甲小区3号楼", official=official)
    await house.duties.enrol_unit("实验小学", kinds=["school"], area=TOWNSHIP, official=official)
    await house.checklist_intakes.bring((TESTS / "notices" / "dongpo-2020-12.txt").read_text(), official=official)
    await house.lead_lists.bring(
        "姓名,电话,地址\n赵一,13900001111,历下区\n".encode(), sender="市公安局", push=LeadPush.BATCH, official=official
    )


async def _people_looked_for(town: Town, desks: Mapping[Role, Desk]) -> None:
    """A lead, and a case with a contact and a place."""
    contacts, health = town.house.contacts, desks[Role.HEALTH].official
    lead = LeadRowIn(name="赵一", phone="13900001111", destination=TOWNSHIP, grid="1", hukou="local")
    await town.house.leads.take(
        LeadListIn(push=LeadPush.BATCH, sender="市公安局", rows=[lead]), official=desks[Role.POLICE].official
    )
    patient = await town.resident("患者甲", area=TOWNSHIP)
    case = await contacts.open_case(patient.id, positive_on=date(2021, 1, 15), onset_on=None, official=health)
    row = ContactRowIn(name="密接乙", phone="13811112222")
    await contacts.list_contacts(case.id, ContactListIn(rows=[row]), official=health)
    await contacts.add_place(case.id, "泉城农贸市场", date(2021, 1, 12), official=health)


async def _ids(town: Town) -> tuple[dict[str, str], frozenset[str]]:
    """One row of every table whose rows a route can name; an id nobody has where the table is empty."""
    ids: dict[str, str] = {}
    empty = set()
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        for table in t.metadata.sorted_tables:
            if "id" not in table.c:
                continue
            row = (await work.connection.execute(select(table.c.id).limit(1))).scalar()
            if isinstance(row, UUID) or row is None:
                ids[f"{_one_of(table.name)}_id"] = found = str(row or uuid4())
                if row is None:
                    empty.add(found)
        query = select(t.intakes.c.id).where(t.intakes.c.kind == lead_lists.INTAKE)
        ids["lead_intake_id"] = str((await work.connection.execute(query)).scalar_one())
        version = (await work.connection.execute(select(t.pack_versions.c.hash).limit(1))).scalar()
    ids |= {name: ids[f"{_one_of(table)}_id"] for name, table in TABLES.items()}
    return ids | {"version_hash": str(version or "0" * 64), "code": "E-S"}, frozenset(empty)


def _one_of(table: str) -> str:
    if table.endswith("ies"):
        return f"{table[:-3]}y"
    return table[:-1] if table.endswith("s") else table
