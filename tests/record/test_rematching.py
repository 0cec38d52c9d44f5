"""A moved window finds its journeys by an index, however many there are."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import create_async_engine

from gateway.domain.risk_areas import ListedPlace, reach
from gateway.domain.scopes import Scope
from gateway.record.record import Record
from tests.support.journeys import plan_of, seed, townships

FIRST = date(2020, 12, 1)


async def test_no_re_match_reads_every_journey(database_url: str, record: Record) -> None:
    areas = townships()
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await seed(connection, journeys=20_000, residents=5_000, areas=areas, first=FIRST)
    await engine.dispose()
    where = reach(ListedPlace("130104", found=True))
    assert where is not None

    async with record.begin(Scope.of_work("test")) as work:
        near = work.exposures.near_query(where, first_on=FIRST, last_on=FIRST + timedelta(days=60))
        found = await work.exposures.residents_near(where, first_on=FIRST, last_on=FIRST + timedelta(days=60))
        plans = [
            await plan_of(work.connection, near),
            await plan_of(work.connection, work.exposures.stays_query(found)),
        ]

    assert found
    for plan in plans:
        assert "Seq Scan on journeys" not in plan, plan
        assert "Seq Scan on arrivals" not in plan, plan
    assert "ix_journeys_area_days" in plans[0], plans[0]
