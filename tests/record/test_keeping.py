"""Keys, retention and the audit chain: nothing sealed is lost, nothing kept too long, nothing changed unseen."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import delete, select, text, update

from gateway.bootstrap import Foundations, build_house
from gateway.clock import HeldClock
from gateway.domain.kinds import ChannelName, ReportKind
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.record import Record
from gateway.record.vault import KeyringUnsafe, SealBroken, Vault, create_keyring
from gateway.schemas.reports import ReportIn
from gateway.services.residents import Profile

WORK = Scope.of_work("test")


def house_on(record: Record, redis: Redis, clock: HeldClock, home: Path):  # type: ignore[no-untyped-def]
    return build_house(Foundations(record, redis, clock, {}, "token", home=home))


async def somebody_who_reported(house, handle: str = "7000000001"):  # type: ignore[no-untyped-def]
    speaker = await house.residents.speaker(ChannelName.WEBCHAT, handle)
    await house.residents.consent(speaker, version="1", language="en")
    speaker = await house.residents.speaker(ChannelName.WEBCHAT, handle)
    await house.residents.set_profile(speaker, Profile(name="王芳", phone="13800138000", home_area="370102001"))
    speaker = await house.residents.speaker(ChannelName.WEBCHAT, handle)
    answers = {
        "stays": [
            {
                "place": {"text": "长兴镇长明村21队", "area": "310151105", "detail": "长明村21队"},
                "from_on": "2021-01-10",
            }
        ]
    }
    report = ReportIn(instance_id=uuid4(), form=ReportKind.RESIDENCE, form_version=1, answers=answers)
    await house.reports.accept(speaker, report)
    return speaker


async def test_after_a_rotation_everybody_is_under_the_new_key_and_still_readable(
    database_url: str, redis: Redis, clock: HeldClock, tmp_path: Path
) -> None:
    ring = tmp_path / "keyring.json"
    create_keyring(ring)
    record = Record(database_url, Vault.from_file(ring), uuid4, pool=2)
    house = house_on(record, redis, clock, tmp_path)
    speaker = await somebody_who_reported(house)
    old = json.loads(ring.read_text())["active"]

    new, people = await house.retention.rotate_keys(ring)

    async with record.begin(WORK) as work:
        ids = (await work.connection.execute(select(t.residents.c.data_key_id))).scalars().all()
        identity = await work.residents.identity(speaker.resident.id)
    await record.close()
    assert (ids, people, identity.name) == ([new], 1, "王芳")
    assert new != old
    fresh = Record(database_url, Vault.from_file(ring), uuid4, pool=2)
    async with fresh.begin(WORK) as work:
        assert (await work.residents.identity(speaker.resident.id)).name == "王芳"
    await fresh.close()


def test_a_keyring_others_can_read_is_refused(tmp_path: Path) -> None:
    ring = tmp_path / "keyring.json"
    create_keyring(ring)
    ring.chmod(0o644)
    with pytest.raises(KeyringUnsafe):
        Vault.from_file(ring)


def test_a_sealed_value_does_not_open_in_another_row(vault: Vault) -> None:
    key, row = vault.new_data_key(), uuid4()
    sealed = vault.seal(key, "residents", "name", row, "王芳")
    assert vault.open(key, "residents", "name", row, sealed) == "王芳"
    with pytest.raises(SealBroken):
        vault.open(key, "residents", "name", uuid4(), sealed)
    with pytest.raises(SealBroken):
        vault.open(key, "residents", "phone", row, sealed)


async def test_ninety_days_after_the_last_duty_journeys_and_answers_are_gone(
    record: Record, redis: Redis, clock: HeldClock, tmp_path: Path
) -> None:
    house = house_on(record, redis, clock, tmp_path)
    await somebody_who_reported(house)
    clock.move_to(clock.now() + timedelta(days=89))
    assert (await house.retention.purge())["journeys"] == 0
    clock.move_to(clock.now() + timedelta(days=2))
    assert (await house.retention.purge())["journeys"] == 1

    async with record.begin(WORK) as work:
        bodies = (await work.connection.execute(select(t.reports.c.body_sealed))).scalars().all()
    assert bodies == [None]


async def test_a_legal_hold_keeps_them(record: Record, redis: Redis, clock: HeldClock, tmp_path: Path) -> None:
    house = house_on(record, redis, clock, tmp_path)
    await somebody_who_reported(house)
    async with record.begin(WORK) as work:
        await work.connection.execute(update(t.residents).values(legal_hold="legal"))
    clock.move_to(clock.now() + timedelta(days=200))
    assert (await house.retention.purge())["journeys"] == 0


async def test_a_restored_backup_does_not_bring_an_erased_person_back(
    record: Record, redis: Redis, clock: HeldClock, tmp_path: Path
) -> None:
    house = house_on(record, redis, clock, tmp_path)
    speaker = await somebody_who_reported(house)
    async with record.begin(WORK) as work:
        backup = (await work.connection.execute(select(t.residents))).mappings().one()
    assert await house.residents.erase(speaker) == ()
    async with record.begin(WORK) as work:
        await work.connection.execute(update(t.residents).values(**backup))
        assert (await work.residents.identity(speaker.resident.id)).name == "王芳"

    assert await house.retention.erase_again() == 1

    async with record.begin(WORK) as work:
        assert (await work.residents.identity(speaker.resident.id)).name is None


async def test_a_changed_or_missing_audit_row_is_seen(
    record: Record, redis: Redis, clock: HeldClock, tmp_path: Path
) -> None:
    house = house_on(record, redis, clock, tmp_path)
    await somebody_who_reported(house)
    head = await house.operations.seal_audit()
    assert head is not None
    assert await house.operations.audit_broken_at() is None
    assert head[1] in (tmp_path / "audit-heads.txt").read_text()

    async with record.begin(WORK) as work:
        await work.connection.execute(text("RESET ROLE"))
        await work.connection.execute(update(t.audit).where(t.audit.c.number == 2).values(actor="somebody else"))
        await work.connection.execute(text("SET ROLE shaodian_work"))
    assert await house.operations.audit_broken_at() == 2

    async with record.begin(WORK) as work:
        await work.connection.execute(delete(t.audit).where(t.audit.c.number == 1))
    assert await house.operations.audit_broken_at() == 1


async def test_two_years_of_audit_are_kept_and_the_chain_outlives_the_rest(
    record: Record, redis: Redis, clock: HeldClock, tmp_path: Path
) -> None:
    house = house_on(record, redis, clock, tmp_path)
    await somebody_who_reported(house)
    await house.operations.seal_audit()
    clock.move_to(datetime(2023, 3, 1, tzinfo=UTC))
    assert (await house.retention.purge())["audit"] > 0
    await house.operations.seal_audit()
    assert await house.operations.audit_broken_at() is None
