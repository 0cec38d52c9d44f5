"""An unfinished answering outlives the bot, Redis, and a second process that works for the same chat."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from redis.asyncio import Redis

from bot.drafts import Drafts, GatewaySnapshots, Overtaken
from gateway.clock import HeldClock
from gateway.wire.seals import KeySeal
from tests.support.small_talk import SilentGateway

MIRA = "webchat:4503599627370503"
NOON = datetime(2021, 1, 7, 12, tzinfo=UTC)


@pytest.fixture
def clock_held() -> HeldClock:
    return HeldClock(NOON)


@pytest.fixture
def gateway() -> SilentGateway:
    return SilentGateway()


def drafts_of(redis: Redis, gateway: SilentGateway, clock: HeldClock) -> Drafts:
    """As a process that has just started."""
    client = httpx2.AsyncClient(base_url="http://gateway", transport=gateway)
    return Drafts(redis, KeySeal.of(b"k" * 32, purpose="draft"), GatewaySnapshots(client, "bot"), clock)


async def test_a_draft_is_found_again_by_another_process(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock
) -> None:
    one = drafts_of(redis, gateway, clock_held)
    assert (await one.load(MIRA, update_id=1)).draft is None
    await one.save(MIRA, {"form": "symptoms", "step": 2}, update_id=1)

    kept = await drafts_of(redis, gateway, clock_held).load(MIRA, update_id=2)
    assert kept.draft == {"form": "symptoms", "step": 2}
    assert not kept.repeated


@pytest.mark.parametrize("same_process", [True, False])
async def test_an_update_worked_before_is_recognised(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock, same_process: bool
) -> None:
    drafts = drafts_of(redis, gateway, clock_held)
    await drafts.load(MIRA, update_id=1)
    await drafts.save(MIRA, {"step": 1}, update_id=1)
    later = drafts if same_process else drafts_of(redis, gateway, clock_held)

    assert (await later.load(MIRA, update_id=1)).repeated
    assert not (await later.load(MIRA, update_id=2)).repeated


async def test_two_processes_never_overwrite_each_other(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock
) -> None:
    one, other = drafts_of(redis, gateway, clock_held), drafts_of(redis, gateway, clock_held)
    for drafts in (one, other):
        await drafts.load(MIRA, update_id=1)
    await one.save(MIRA, {"step": 1}, update_id=1)

    with pytest.raises(Overtaken):
        await other.save(MIRA, {"step": 99}, update_id=2)
    assert (await other.load(MIRA, update_id=2)).draft == {"step": 1}
    await other.save(MIRA, {"step": 2}, update_id=2)
    with pytest.raises(Overtaken):
        await one.save(MIRA, {"step": 98}, update_id=3)


async def test_a_draft_comes_back_after_redis_was_emptied(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock
) -> None:
    drafts = drafts_of(redis, gateway, clock_held)
    await drafts.load(MIRA, update_id=1)
    await drafts.save(MIRA, {"said": "Mira Canary, fever"}, update_id=1)
    await drafts.keep_snapshots()
    await redis.flushall()

    assert (await drafts_of(redis, gateway, clock_held).load(MIRA, update_id=2)).draft == {"said": "Mira Canary, fever"}
    assert all("Canary" not in blob for blob in gateway.drafts.values())


async def test_the_process_that_wrote_a_draft_keeps_it_through_an_emptied_redis(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock
) -> None:
    drafts = drafts_of(redis, gateway, clock_held)
    await drafts.load(MIRA, update_id=1)
    await drafts.save(MIRA, {"step": 1}, update_id=1, section_ends=True)
    await redis.flushall()

    await drafts.load(MIRA, update_id=2)
    with pytest.raises(Overtaken):
        await drafts.save(MIRA, {"step": 2}, update_id=2)
    assert (await drafts.load(MIRA, update_id=2)).draft == {"step": 1}
    await drafts.save(MIRA, {"step": 2}, update_id=2)


async def test_a_section_ends_with_a_snapshot_and_a_finished_form_with_none(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock
) -> None:
    drafts = drafts_of(redis, gateway, clock_held)
    await drafts.save(MIRA, {"step": 1}, update_id=1)
    assert gateway.drafts == {}
    await drafts.save(MIRA, {"step": 2}, update_id=2, section_ends=True)
    assert len(gateway.drafts) == 1
    await drafts.save(MIRA, None, update_id=3)
    assert gateway.drafts == {}


async def test_a_gateway_that_is_away_gets_its_snapshot_later(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock
) -> None:
    drafts = drafts_of(redis, gateway, clock_held)
    gateway.down = True
    await drafts.save(MIRA, {"step": 1}, update_id=1, section_ends=True)
    gateway.down = False
    await drafts.keep_snapshots()

    assert len(gateway.drafts) == 1


async def test_no_answer_stands_open_in_redis(redis: Redis, gateway: SilentGateway, clock_held: HeldClock) -> None:
    drafts = drafts_of(redis, gateway, clock_held)
    await drafts.save(MIRA, {"said": "Mira Canary, fever"}, update_id=1)

    for key in await redis.keys("*"):
        if await redis.type(key) == b"string":
            assert b"Canary" not in await redis.get(key)


async def test_update_ids_are_remembered_for_two_days(
    redis: Redis, gateway: SilentGateway, clock_held: HeldClock
) -> None:
    drafts = drafts_of(redis, gateway, clock_held)
    await drafts.save(MIRA, {"step": 1}, update_id=1)
    clock_held.move_to(NOON + timedelta(hours=49))
    await drafts.save(MIRA, {"step": 2}, update_id=2)

    assert (await drafts_of(redis, gateway, clock_held).load(MIRA, update_id=1)).repeated
