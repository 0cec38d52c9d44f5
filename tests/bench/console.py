"""How long the console's list pages take with 20 browsers at once, beside a bare page of the same size.

`./run bench console [residents] [alerts]`: engines of its own, loopback only, nothing kept. The bare page is FastAPI +
Jinja alone: a loop over rows already in memory, as many bytes as the page it stands beside, no session, no database.
Both run as uvicorn processes of their own and are asked in turns; our p95 may be three times the bare page's. Each
browser is another official of the county. With `--alone` nothing is shared between them: each page is read for itself.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from httpx2 import AsyncClient, Limits
from jinja2 import Environment
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.bootstrap import PATIENCE, build_api
from gateway.clock import SystemClock
from gateway.domain.kinds import ResidentId, Role
from gateway.domain.people import Identity, Resident
from gateway.domain.scopes import Scope
from gateway.engines import Postgres, Valkey
from gateway.record import tables as t
from gateway.record.migrate import migrate
from gateway.record.record import Record
from gateway.record.vault import Vault, create_keyring
from gateway.town import open_town

NOW = datetime(2021, 1, 14, 23, 20, tzinfo=UTC)
COUNTY = "370102"
BROWSERS, EACH, ROUNDS = 20, 6, 5
LIMIT = 3.0
PAGES = (
    "/console",
    "/console/alerts",
    "/console/alerts?order=due",
    "/console/alerts?order=severity&kind=symptoms",
    "/console/alerts?only=overdue",
    "/console/residents",
    "/console/follow-ups",
    "/console/results",
    "/console/leads",
    "/console/cases",
    "/console/deliveries",
    "/console/matters",
    "/console/applications",
    "/console/checklists",
    "/console/officials",
    "/console/audit",
    "/console/situation",
)

BARE = """<!doctype html><html><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1><table>
{% for row in rows %}<tr class="{{ row.kind }}"><td><a href="/x/{{ row.id }}">{{ row.name }}</a></td>
<td>{{ row.area }}</td><td>{{ row.at }}</td><td>{{ row.padding }}</td></tr>
{% endfor %}</table></body></html>"""


# -- what is in the record


async def seed(url: str, keyring: Path, residents: int, alerts: int) -> None:
    record = Record(url, Vault.from_file(keyring), uuid4, pool=2)
    people: list[ResidentId] = []
    for start in range(0, residents, 2_000):
        some = []
        for number in range(start, min(start + 2_000, residents)):
            resident_id = ResidentId(uuid4())
            people.append(resident_id)
            area = f"{COUNTY}{number % 13 + 1:03}"
            resident = Resident(
                id=resident_id, language="zh_Hans_CN", created_at=NOW, home_area=area, managing_area=f"{area}001"
            )
            some.append((resident, Identity(name=f"王{number}", phone=f"138{number:08}")))
        async with record.begin(Scope.of_work("bench")) as work:
            await work.residents.add_all(some)
    async with record.begin(Scope.of_work("bench")) as work:
        rows = [_alert(number, people[number % len(people)]) for number in range(alerts)]
        for start in range(0, alerts, 500):
            await work.connection.execute(insert(t.alerts), rows[start : start + 500])
    await record.close()
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


def _alert(number: int, resident: ResidentId) -> dict[str, object]:
    raised_at = NOW - timedelta(minutes=number)
    steps = [
        {"level": level, "roles": [role], "at": (raised_at + timedelta(minutes=15 * step)).isoformat()}
        for step, (level, role) in enumerate((("L2", "doctor"), ("L3", "township"), ("L4", "county")))
    ]
    return {
        "id": uuid4(),
        "kind": "symptoms" if number % 3 else "missed_test",
        "severity": ("urgent", "high", "routine")[number % 3],
        "status": "raised" if number % 2 else "acknowledged",
        "area": f"{COUNTY}{number % 13 + 1:03}",
        "resident_id": resident,
        "subject_kind": "resident",
        "dedup_key": f"bench:{number}",
        "template": "alert",
        "facts": {"reference": f"R{number}"},
        "rules": ["SD-3.3.5-c"],
        "policy_code": "E-S",
        "ladder": steps,
        "resolve_seconds": 86_400,
        "told": number % 4,
        "raised_at": raised_at,
        "next_step_at": raised_at + timedelta(hours=1) if number % 2 else None,
        "resolve_due_at": None if number % 2 else raised_at + timedelta(hours=24),
    }


# -- who answers


@asynccontextmanager
async def product(
    url: str, redis_url: str, keyring: Path, patience: timedelta = PATIENCE
) -> AsyncIterator[tuple[FastAPI, str]]:
    """With the tokens of as many officials of the county as there are browsers."""
    async with open_town(url, redis_url, Vault.from_file(keyring), starts_at=NOW) as town:
        glances = town.house.transactions.glances
        glances.clock, glances.patience = SystemClock(), patience
        await town.activate("sd-2020-09")
        tokens = []
        for number in range(BROWSERS):
            desk = await town.official(f"郑县区{number}", Role.ADMINISTRATOR, COUNTY)
            link = await town.house.officials.login_link(desk.official.id)
            tokens.append((await town.house.officials.sign_in_by_link(link))[1])
        yield build_api(town.house), " ".join(tokens)


def bare() -> FastAPI:
    app = FastAPI()
    template = Environment(autoescape=True).from_string(BARE)

    @app.get("/bare")
    async def shown(request: Request, size: int) -> Response:
        rows = [
            {"kind": "line", "id": one, "name": f"王{one}", "area": COUNTY, "at": NOW, "padding": "x" * 40}
            for one in range(50)
        ]
        base = len(template.render(title="bare", rows=rows).encode())
        for row in rows:
            row["padding"] = "x" * max(0, 40 + (size - base) // len(rows))
        return HTMLResponse(template.render(title="bare", rows=rows))

    return app


async def serve(kind: str, url: str, redis_url: str, keyring: str, alone: str) -> None:
    """One server on a free port; says where it listens and, for the product, the session's cookie."""
    if kind == "bare":
        await _listen(bare(), "")
        return
    async with product(url, redis_url, Path(keyring), timedelta(0) if alone else PATIENCE) as (app, token):
        await _listen(app, token)


async def _listen(app: FastAPI, token: str) -> None:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
            await asyncio.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        write(json.dumps({"port": port, "token": token}))
        await running


# -- who asks


async def crowd(client: AsyncClient, path: str, tokens: list[str]) -> list[float]:
    """The seconds of each request of 20 browsers, each asking the next when the last was answered."""
    took: list[float] = []

    async def one_browser(token: str) -> None:
        for _ in range(EACH):
            began = time.perf_counter()
            answer = await client.get(path, headers={"Cookie": f"shaodian={token}"})
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200, (path, answer.status_code)

    await asyncio.gather(*(one_browser(token) for token in tokens))
    return took


def p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


async def measure(ours: AsyncClient, theirs: AsyncClient, tokens: list[str]) -> list[tuple[str, int, float, float]]:
    found = []
    for path in PAGES:
        first = await ours.get(path, headers={"Cookie": f"shaodian={tokens[0]}"})
        assert first.status_code == 200, (path, first.status_code)
        size = len(first.content)
        beside = f"/bare?size={size}"
        await theirs.get(beside)
        pairs = [
            (p95(await crowd(ours, path, tokens)), p95(await crowd(theirs, beside, tokens))) for _ in range(ROUNDS)
        ]
        mine, bare_page = (statistics.median(one[side] for one in pairs) for side in (0, 1))
        found.append((path, size, mine, bare_page))
        write(
            f"{path:48} {size / 1024:6.0f} kB  p95 {mine * 1000:7.1f} ms  bare {bare_page * 1000:7.1f} ms  "
            f"ratio {mine / bare_page:5.2f}"
        )
    return found


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _server(kind: str, *more: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.bench.console", "serve", kind, *more], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            return process, json.loads(line)
    raise AssertionError(f"the {kind} server does not start")


async def whole(residents: int, alerts: int, *, alone: bool) -> int:
    with tempfile.TemporaryDirectory() as home, Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        keyring = Path(home) / "keyring.json"
        create_keyring(keyring)
        url = postgres.create_database("console")
        await migrate(url)
        began = time.perf_counter()
        await seed(url, keyring, residents, alerts)
        write(f"seeded {residents:,} residents and {alerts:,} open alerts in {time.perf_counter() - began:.0f} s")
        servers = [
            _server("product", url, valkey.url(), str(keyring), "alone" if alone else ""),
            _server("bare", "-", "-", "-", ""),
        ]
        limits = Limits(max_connections=BROWSERS, max_keepalive_connections=BROWSERS)
        try:
            (_, ours), (_, theirs) = servers
            async with (
                AsyncClient(
                    base_url=f"http://127.0.0.1:{ours['port']}",
                    timeout=300,
                    limits=limits,
                    trust_env=False,
                ) as one,
                AsyncClient(
                    base_url=f"http://127.0.0.1:{theirs['port']}", timeout=300, limits=limits, trust_env=False
                ) as other,
            ):
                found = await measure(one, other, ours["token"].split())
        finally:
            for process, _ in servers:
                process.kill()  # whoever still waits for a page would hold up a gentle stop
                process.wait(20)
    worst = max(mine / bare_page for _, _, mine, bare_page in found)
    write(f"worst ratio {worst:.2f} (at most {LIMIT:.0f})")
    return 0 if worst <= LIMIT else 1


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("residents", nargs="?", type=int, default=100_000)
    parser.add_argument("alerts", nargs="?", type=int, default=5_000)
    parser.add_argument("--alone", action="store_true", help="share nothing between the browsers")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(whole(args.residents, args.alerts, alone=args.alone))


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[2:7]))  # a server of its own, started by `_server`
