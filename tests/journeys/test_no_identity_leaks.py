"""Canaries: after a whole story no name, phone, ID number, place or word of a resident stands anywhere in clear."""

from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from gateway.domain.kinds import ReportKind, Role
from gateway.domain.scopes import Scope
from gateway.engines import Postgres, Valkey
from gateway.record import tables as t
from gateway.schemas.people import ProfileIn
from gateway.town import Town

CANARIES = {
    "name": "欧阳金丝雀",
    "phone": "13912345670",
    "id number": "370102199003071234",
    "address": "金丝雀小区9号楼3单元",
    "place": "长兴镇金丝雀村77队",
    "train": "G7788",
    "symptom words": "嗓子像刀割一样金丝雀",
    "safety words": "我不想活了金丝雀",
    "note": "电话里听见金丝雀在哭",
}


def found_in(content: bytes) -> list[str]:
    """Which canaries stand in these bytes: as text, escaped as JSON, or as hex."""
    hits = []
    for what, word in CANARIES.items():
        raw = word.encode()
        escaped = word.encode("unicode_escape")
        if raw in content or escaped in content or raw.hex().encode() in content:
            hits.append(what)
    return hits


async def play(town: Town) -> None:
    resident = await town.resident(CANARIES["name"], phone=CANARIES["phone"])
    await resident.gateway.keep_profile(
        ProfileIn(
            name=CANARIES["name"],
            phone=CANARIES["phone"],
            id_number=CANARIES["id number"],
            home_area="370102001",
            address=CANARIES["address"],
        )
    )
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    await town.official("区指挥部郑", Role.COUNTY, "370102")
    place = {"text": CANARIES["place"], "area": "310151105", "detail": "金丝雀村77队"}
    leg = {"origin": place, "destination": place, "transport": "train", "number": CANARIES["train"]}
    leg |= {"departed_on": "2021-01-10", "arrived_at": "2021-01-11"}
    await resident.reports(ReportKind.TRAVEL, {"legs": [leg]}, said=f"从{CANARIES['place']}回来")
    await resident.reports_symptoms("fever", temperature=38.2, said=CANARIES["symptom words"])
    await resident.gateway.heard(CANARIES["safety words"], language="zh_Hans_CN", key=uuid4().hex)
    await resident.types(CANARIES["symptom words"])
    alert = (await doctor.open_alerts())[0]
    await doctor.acknowledges(alert)
    await doctor.gateway.note(alert.id, CANARIES["note"], key=uuid4().hex)
    await town.until("2021-01-15 09:00")


async def test_the_record_holds_them_only_sealed(town: Town) -> None:
    await play(town)
    hits: dict[str, list[str]] = {}
    async with town.house.transactions.begin(Scope.of_work("scan")) as work:
        for table in t.metadata.sorted_tables:
            rows = (await work.connection.execute(text(f'SELECT "{table.name}"::text FROM "{table.name}"'))).scalars()
            content = "\n".join(rows).encode()
            if found := found_in(content):
                hits[table.name] = found
        kept = (await work.connection.execute(text("SELECT count(*) FROM reports"))).scalar_one()
    assert (hits, kept) == ({}, 2)


async def test_the_store_holds_them_only_sealed(town: Town, redis: Redis, valkey: Valkey) -> None:
    await play(town)
    keys = [key async for key in redis.scan_iter(count=1000)]
    content = b"\n".join([key + b"=" + (await redis.dump(key) or b"") for key in keys])
    assert len(keys) > 5
    assert found_in(content) == []
    assert found_in(b"".join(path.read_bytes() for path in valkey.home.rglob("*") if path.is_file())) == []


async def test_the_logs_hold_none(town: Town, postgres: Postgres, capfd: pytest.CaptureFixture[str]) -> None:
    await play(town)
    out, err = capfd.readouterr()
    assert found_in((out + err).encode()) == []
    assert found_in(b"".join(path.read_bytes() for path in logs_of(postgres.home))) == []


def logs_of(home: Path) -> list[Path]:
    return [path for path in home.rglob("*.log") if path.is_file()]
