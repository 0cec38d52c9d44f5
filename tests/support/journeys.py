"""A register that has seen much travel: residents of Jinan and their journeys all over the country, written in SQL."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement, Executable

from gateway.areas.gazetteer import gazetteer

_RESIDENTS = """
INSERT INTO residents (id, language, home_area, managing_area, data_key_id, created_at)
SELECT md5('resident' || n)::uuid, 'zh_Hans_CN', '370102001', '370102001', 'bench', '2021-01-01'
FROM generate_series(1, :residents) n
"""
_REPORTS = """
INSERT INTO reports (id, reference, resident_id, kind, form_version, instance_id, reported_at)
SELECT md5('report' || n)::uuid, n::text, md5('resident' || n)::uuid, 'travel', 1, md5('report' || n)::uuid,
       '2021-01-15'
FROM generate_series(1, :residents) n
"""
_JOURNEYS = """
INSERT INTO journeys (id, report_id, resident_id, kind, area, from_on, to_on)
SELECT md5('journey' || n)::uuid, md5('report' || (1 + n % :residents))::uuid,
       md5('resident' || (1 + n % :residents))::uuid, 'travel', (:areas)[1 + (n::bigint * 7919) % :count],
       CAST(:first AS date) + (n % 90)::int, CAST(:first AS date) + (n % 90)::int + 2
FROM generate_series(1, :journeys) n
"""
_ARRIVALS = """
INSERT INTO arrivals (id, resident_id, report_id, origin_area, destination_area, arrives_at, declared_at, due_at)
SELECT md5('arrival' || n)::uuid, md5('resident' || n)::uuid, md5('report' || n)::uuid,
       (:areas)[1 + (n::bigint * 7919) % :count], '370102001', '2021-01-20', '2021-01-15', '2021-01-17'
FROM generate_series(1, :arrivals) n
"""


async def seed(
    connection: AsyncConnection, *, journeys: int, residents: int, areas: Sequence[str], first: date
) -> None:
    """As the owner of the tables: `residents` people with `journeys` stays between them, in these areas by turns; four
    in ten announced one ahead."""
    await connection.execute(text(_RESIDENTS), {"residents": residents})
    await connection.execute(text(_REPORTS), {"residents": residents})
    written = text(_JOURNEYS).bindparams(bindparam("areas", type_=ARRAY(Text)))
    values = {"residents": residents, "journeys": journeys, "areas": list(areas), "count": len(areas), "first": first}
    await connection.execute(written, values)
    announced = text(_ARRIVALS).bindparams(bindparam("areas", type_=ARRAY(Text)))
    ahead = {"arrivals": residents * 4 // 10, "areas": list(areas), "count": len(areas)}
    await connection.execute(announced, ahead)
    for table in ("residents", "reports", "journeys", "arrivals", "risk_matches"):
        await connection.execute(text(f"ANALYZE {table}"))


def townships() -> list[str]:
    """One of every county, in order of code: as if somebody had been everywhere."""
    divisions = gazetteer()
    cities = [city for province in divisions.children() for city in divisions.children(province.code)]
    counties = [county for city in cities for county in divisions.children(city.code) if len(county.code) == 6]
    return [f"{county.code}001" for county in counties]


class Explain(Executable, ClauseElement):
    """EXPLAIN of a query, with its own bound values."""

    inherit_cache = False

    def __init__(self, query: ClauseElement, *, analyze: bool = False) -> None:
        self.query = query
        self.analyze = analyze


@compiles(Explain)
def _explained(element: Explain, compiler: SQLCompiler, **kw: object) -> str:
    how = "EXPLAIN (ANALYZE, BUFFERS) " if element.analyze else "EXPLAIN "
    return how + str(compiler.process(element.query, **kw))


async def plan_of(connection: AsyncConnection, query: ClauseElement, *, analyze: bool = False) -> str:
    return "\n".join((await connection.execute(Explain(query, analyze=analyze))).scalars())
