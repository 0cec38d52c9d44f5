"""Who may see what: the repository's filter first, row-level security behind it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, text, true

from gateway.domain.kinds import ResidentId
from gateway.domain.people import Identity, Resident
from gateway.domain.scopes import NOBODY, Scope
from gateway.record import residents, scoping
from gateway.record import tables as t
from gateway.record.record import Record
from gateway.record.residents import ResidentErased, ResidentNotFound

NOW = datetime(2021, 1, 15, 7, 20, tzinfo=UTC)
JINAN_LIXIA = "370102001001"
QINGDAO = "370202001001"


async def settle(record: Record, area: str, name: str) -> ResidentId:
    resident = Resident(id=ResidentId(uuid4()), language="en", created_at=NOW, managing_area=area)
    async with record.begin(Scope.of_people([resident.id])) as work:
        await work.residents.add(resident)
        await work.residents.identify(resident.id, Identity(name=name, phone="+86 138 0013 8000"))
    return resident.id


async def test_an_official_finds_only_residents_of_the_own_area(record: Record) -> None:
    here, there = await settle(record, JINAN_LIXIA, "王芳"), await settle(record, QINGDAO, "赵六")

    async with record.begin(Scope.of_area("official:x", "3701")) as work:
        assert [one.id for one in await work.residents.listed()] == [here]
        assert [one.id for one in await work.residents.matching(phone="13800138000")] == [here]
        with pytest.raises(ResidentNotFound):
            await work.residents.get(there)


async def test_without_the_repositorys_filter_the_database_still_shows_no_foreign_row(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settle(record, QINGDAO, "赵六")
    monkeypatch.setattr(residents, "residents_in", lambda scope: true())
    monkeypatch.setattr(scoping, "residents_in", lambda scope: true())

    async with record.begin(Scope.of_area("official:x", "3701")) as work:
        assert await work.residents.listed() == []
    async with record.begin(NOBODY) as work:
        assert await work.residents.listed() == []
        assert (await work.connection.execute(select(t.residents.c.id))).all() == []


async def test_the_app_role_is_neither_owner_nor_superuser(record: Record) -> None:
    async with record.begin(NOBODY) as work:
        role = (
            await work.connection.execute(
                text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
            )
        ).one()
        owners = (
            (await work.connection.execute(text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")))
            .scalars()
            .all()
        )
    assert tuple(role) == ("shaodian_app", False, False)
    assert "shaodian_app" not in owners


async def test_every_table_that_names_a_resident_has_a_forced_wall(record: Record) -> None:
    personal = {table.name for table in t.metadata.sorted_tables if "resident_id" in table.c} | {"residents", "alerts"}
    async with record.begin(NOBODY) as work:
        rows = await work.connection.execute(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")
        )
        walled = set(rows.scalars())
    assert personal <= walled


async def test_a_destroyed_key_leaves_nothing_to_read(record: Record) -> None:
    resident = await settle(record, JINAN_LIXIA, "王芳")
    scope = Scope.of_people([resident])
    async with record.begin(scope) as work:
        assert (await work.residents.identity(resident)).name == "王芳"
        await work.residents.erase(resident, NOW)
    async with record.begin(scope) as work:
        assert await work.residents.identity(resident) == Identity()
        with pytest.raises(ResidentErased):
            await work.residents.key(resident)
