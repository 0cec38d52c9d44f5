"""The schema: up on an empty database by an ordinary owner, down again, and the same as the tables say."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.engines import Postgres
from gateway.record import tables as t
from gateway.record.migrate import downgrade, migrate


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found = compare_metadata(context, t.metadata)
    return [one for one in found if "alembic_version" not in str(one)]


async def test_the_migrations_build_exactly_the_tables_the_code_knows(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_an_owner_who_is_no_superuser_can_migrate_up_and_down(postgres: Postgres) -> None:
    postgres.execute("CREATE ROLE clerk LOGIN CREATEROLE NOSUPERUSER")
    postgres.execute("GRANT shaodian_app, shaodian_work TO clerk WITH ADMIN OPTION")
    postgres.execute("CREATE DATABASE managed OWNER clerk")
    url = postgres.url("managed").replace("postgres@", "clerk@")

    await migrate(url)
    await migrate(url)

    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL ROLE shaodian_app"))
        assert (await connection.execute(text("SELECT count(*) FROM residents"))).scalar_one() == 0
    await engine.dispose()
    await downgrade(url)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        left = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        assert left.scalars().all() == ["alembic_version"]
    await engine.dispose()
    postgres.drop_database("managed")
    postgres.execute("REVOKE shaodian_app, shaodian_work FROM clerk CASCADE")
    postgres.execute("DROP ROLE clerk")


async def test_two_processes_that_migrate_at_once_do_not_collide(postgres: Postgres) -> None:
    url = postgres.create_database("twice")
    await asyncio.gather(migrate(url), migrate(url))
    postgres.drop_database("twice")
