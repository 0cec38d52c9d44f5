"""Four eyes under pressure: everybody presses at once, and still exactly one other person releases exactly one text.

Eighty tries here; `SHAODIAN_TRIES=1000 ./run test tests/journeys/test_approvals.py` makes it a thousand.
"""

import asyncio
import os
import random
from collections.abc import Awaitable
from uuid import uuid4

from gateway.domain.broadcasts import Audience, content_hash
from gateway.domain.kinds import AddressId, BroadcastState, ChannelName, Role
from gateway.domain.people import Address
from gateway.domain.scopes import Scope
from gateway.errors import ShaodianError
from gateway.services.broadcasts import BroadcastService, Said, Writing
from gateway.town import Desk, Neighbour, Town

TRIES = int(os.environ.get("SHAODIAN_TRIES", "80"))
COUNTY = "370102"


async def one_person(town: Town, person: Neighbour, *desks: Desk) -> None:
    """All of these accounts belong to this resident."""
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        for desk in desks:
            address = Address(
                AddressId(uuid4()), ChannelName.SMS, uuid4().hex, resident_id=person.id, official_id=desk.official.id
            )
            await work.addresses.add(address, now=town.clock.now())


async def pressed(act: Awaitable[object], delay: int) -> object:
    for _ in range(delay):
        await asyncio.sleep(0)
    try:
        return await act
    except ShaodianError as refused:
        return refused


async def test_whoever_presses_when_a_text_is_released_once_by_another_person_and_as_it_was_read(town: Town) -> None:
    chance = random.Random(20210116)
    broadcasts: BroadcastService = town.house.broadcasts
    writer, twin = await town.official("刘", Role.PUBLISHER, COUNTY), await town.official("刘2", Role.PUBLISHER, COUNTY)
    others = [await town.official(f"发布{number}", Role.PUBLISHER, COUNTY) for number in range(2)]
    editor = await town.official("编辑", Role.PUBLISHER, COUNTY)
    await one_person(town, await town.resident("刘本人", area="370103002"), writer, twin)
    violations, released, voided = [], 0, 0

    def writing(number: int) -> Writing:
        return Writing({"zh_Hans_CN": Said("通知", f"第{number}稿")}, Audience(areas=(COUNTY,)))

    for number in range(TRIES):
        draft = await broadcasts.write(writing(number + 1), official=writer.official)
        acts: list[tuple[str, Awaitable[object]]] = [
            ("self", broadcasts.approve(draft.id, draft.content_hash, official=writer.official)),
            ("twin", broadcasts.approve(draft.id, draft.content_hash, official=twin.official)),
            *(
                (one.name, broadcasts.approve(draft.id, draft.content_hash, official=one.official))
                for one in chance.sample(others, chance.randint(1, 2))
            ),
        ]
        if chance.random() < 0.6:
            edit = broadcasts.rewrite(draft.id, writing(-number - 1), draft.content_hash, official=editor.official)
            acts += [
                ("edit", edit),
                ("editor", broadcasts.approve(draft.id, draft.content_hash, official=editor.official)),
            ]
        if chance.random() < 0.3:
            acts.append(
                ("reject", broadcasts.reject(draft.id, draft.content_hash, "不妥", official=others[0].official))
            )
        chance.shuffle(acts)
        results = await asyncio.gather(*(pressed(act, chance.randint(0, 30)) for _, act in acts))
        won = [name for (name, _), result in zip(acts, results, strict=True) if not isinstance(result, ShaodianError)]
        approved = [name for name in won if name not in ("edit", "reject")]
        left = (await broadcasts.view(draft.id, official=writer.official)).broadcast
        named = content_hash(left.content, left.audience, left.schedule)
        if {"self", "twin"} & set(won) or len(approved) > 1 or named != left.content_hash:
            violations.append((number, won))
        if left.state is BroadcastState.APPROVED:
            released += 1
            fine = left.content_hash == draft.content_hash and left.approved_by not in {*left.authors, twin.official.id}
            if not fine or approved == []:
                violations.append((number, won))
        elif left.approved_by is not None or left.next_at is not None:
            violations.append((number, won))
        if "edit" in won and left.state is not BroadcastState.DRAFT and "reject" not in won:
            violations.append((number, won))
        voided += "edit" in won and bool(approved)
    assert violations == []
    assert released > TRIES // 10, "some were released"
    assert voided or TRIES < 50, "some were changed after their release"
