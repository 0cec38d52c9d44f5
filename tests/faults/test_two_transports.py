"""The whole conversation on Telegram, by both doors and in both languages, with every update and press repeated.

Real processes on real engines; what residents were told is compared with the record through the API.
"""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.domain.kinds import Role
from gateway.engines import Valkey
from tests.faults.kills import alerts_on_record, reports_on_record, running
from tests.faults.machines import Machine
from tests.faults.residents import FORMS, Resident, TelegramPhone
from tests.support.fake_telegram import FakeTelegram

FEVER_CLINIC = {"zh": "发热门诊", "en": "fever clinic"}


LIST = Path(__file__).parents[1] / "risk_lists" / "2022041511-b38a8084.json"
PLAN = {"zh": "接下来的安排", "en": "What happens next"}
RULE = "SD-3.3.2"


async def publish_a_list(machine: Machine) -> None:
    """As a script of the province would; the second step takes a second person."""

    async def post(role: Role, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {await machine.token_of(role, '37')}", "Idempotency-Key": path}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(machine.api_url + path, **content) as answer,
        ):
            assert answer.status == 201, await answer.text()
            return await answer.json()

    draft = await post(Role.LIST_OWNER, f"/v1/risk-lists?name={LIST.name}", data=LIST.read_bytes())
    kept = await post(Role.LIST_OWNER, f"/v1/risk-lists/{draft['id']}/confirmation")
    approved = {"content_hash": kept["content_hash"]}
    await post(Role.PUBLISHER, f"/v1/risk-lists/{draft['id']}/publication", json=approved)


async def tells_everything(resident: Resident) -> None:
    await resident.registers()
    for form in FORMS:
        await resident.reports(form)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_everything_told_and_pressed_twice_is_reported_once(mode: str, database_url: str, tmp_path: Path) -> None:
    telegram = FakeTelegram(duplicate_updates=True)
    with Valkey.for_tests() as valkey:
        async with telegram:
            machine = Machine(tmp_path, database_url, valkey.url(), telegram.url, telegram.token, next_mode=mode)
            residents = [
                Resident(language, TelegramPhone(telegram, 7000 + number, language), language, random.Random(number))
                for number, language in enumerate(("zh", "en"))
            ]
            async with running(machine, telegram):
                await publish_a_list(machine)
                async with asyncio.TaskGroup() as group:
                    for resident in residents:
                        group.create_task(tells_everything(resident))
                authorised = {"Authorization": f"Bearer {machine.token}"}
                async with aiohttp.ClientSession(headers=authorised) as oracle:
                    reports = await reports_on_record(oracle, machine.api_url)
                    alerts = await alerts_on_record(oracle, machine.api_url)

    told = {reference: form for resident in residents for reference, form, _ in resident.told}
    assert Counter(told.values()) == dict.fromkeys(FORMS, 2)
    assert {report["reference"]: report["kind"] for report in reports} == told
    assert len(reports) == len({report["instance_id"] for report in reports}) == len(told)
    for resident in residents:
        assert [resident.phone.cards(reference) for reference, _, _ in resident.told] == [1, 1, 1, 1]
        cards = {form: resident.read[reference] for reference, form, _ in resident.told}
        assert FEVER_CLINIC[resident.language] in cards["symptoms"]
        assert PLAN[resident.language] in cards["travel"] and RULE in cards["travel"], cards["travel"]
        ill = next(reference for reference, form, _ in resident.told if form == "symptoms")
        assert len([alert for alert in alerts if ill in alert["summary"]]) == 1
    assert len(alerts) == 2
    assert (200 in telegram.webhook_answers) == (mode == "webhook")
    confirmed = Counter(telegram.confirmed)
    assert min(confirmed.values()) == max(confirmed.values()) == 2, "every update was told twice"
