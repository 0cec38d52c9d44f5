"""The second wall alone: whatever a town holds, plain SQL under a foreign scope finds none of it, in any table."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text

from gateway.domain.kinds import ReportKind, Role
from gateway.domain.scopes import NOBODY, Scope
from gateway.record.walls import POLICIES
from gateway.schemas.people import FamilyIn
from gateway.schemas.results import ResultIn
from gateway.town import Town

FOREIGN = {
    "another county": Scope.of_area("official:x", "370202"),
    "the next township": Scope.of_area("official:x", "370102002"),
    "nobody": NOBODY,
    "another resident": Scope.of_people([uuid4()]),  # type: ignore[list-item]
    "an employer of others": Scope(actor="official:x", units=(uuid4(),)),
}


#: Where officials are reached, and what only they were told about nobody by name, is no secret inside the house.
OF_PEOPLE = {
    "addresses": "resident_id IS NOT NULL",
    "messages": "resident_id IS NOT NULL OR alert_id IS NOT NULL",
    "deliveries": "message_id IN (SELECT id FROM messages WHERE resident_id IS NOT NULL OR alert_id IS NOT NULL)",
}


async def lived_in(town: Town) -> None:
    """A household with a fever, a journey, a plan, a result, a child, and officials who were told."""
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    resident = await town.resident("王芳", area="370102001")
    child = await resident.gateway.add_family_member(FamilyIn(name="王小明", relation="child"), key="k")
    await resident.reports_symptoms("fever", temperature=39.0)
    place = {"text": "绿园区", "area": "220106", "detail": ""}
    leg = {
        "origin": place,
        "destination": {"text": "历下区", "area": "370102", "detail": ""},
        "transport": "train",
        "departed_on": "2021-01-10",
        "arrived_at": "2021-01-11",
    }
    await resident.reports(ReportKind.TRAVEL, {"legs": [leg]}, about=child.id)
    await town.house.follow_ups.place(
        resident.id,
        profile="close_contact",
        anchors={"isolation_start": town.clock.now(), "last_exposure": town.clock.now().date()},
        reason="同车",
        official=doctor.official,
    )
    await town.house.matters.tell("discharge_team", {}, official=doctor.official, resident_id=resident.id)
    for sample in (
        ResultIn(resident_id=resident.id, test="nat", sampled_at=town.clock.now(), site="x"),  # type: ignore[arg-type]
        ResultIn(phone="13999999999", test="nat", sampled_at=town.clock.now(), site="x"),  # type: ignore[arg-type]
    ):
        await town.house.results.record(sample, official=doctor.official)
    await town.wait(timedelta(days=1))


async def test_plain_sql_under_a_foreign_scope_finds_no_row_of_any_walled_table(town: Town) -> None:
    await lived_in(town)
    found: dict[tuple[str, str], int] = {}
    filled: set[str] = set()
    for table in POLICIES:
        query = text(f"SELECT count(*) FROM {table} WHERE {OF_PEOPLE.get(table, 'true')}")
        async with town.house.transactions.begin(Scope.of_work("test")) as work:
            if (await work.connection.execute(query)).scalar_one():
                filled.add(table)
        for who, scope in FOREIGN.items():
            async with town.house.transactions.begin(scope) as work:
                rows = (await work.connection.execute(query)).scalar_one()
            if rows:
                found[table, who] = rows

    assert found == {}
    assert {
        "residents",
        "reports",
        "journeys",
        "follow_ups",
        "plan_items",
        "results",
        "alerts",
        "messages",
        "matters",
        "matter_steps",
    } <= filled


async def test_a_foreign_scope_changes_and_deletes_nothing(town: Town) -> None:
    await lived_in(town)
    columns = {"residents": "language", "reports": "kind", "alerts": "status", "results": "site"}
    for table, column in columns.items():
        for scope in FOREIGN.values():
            for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
                async with town.house.transactions.begin(scope) as work:
                    changed = await work.connection.execute(text(statement))
                    assert changed.rowcount == 0, (scope, statement)
