"""The whole conversation on Telegram, by both doors and in both languages, with every update and press repeated.

Real processes on real engines; what residents were told is compared with the record through the API.
"""

import asyncio
import random
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from gateway.engines import Valkey
from tests.faults.kills import alerts_on_record, reports_on_record, running
from tests.faults.machines import Machine
from tests.faults.residents import FORMS, Resident, TelegramPhone
from tests.support.fake_telegram import FakeTelegram

FEVER_CLINIC = {"zh": "发热门诊", "en": "fever clinic"}


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
        assert FEVER_CLINIC[resident.language] in "".join(shown.text for shown in resident.phone.screen()[-1:])
        ill = next(reference for reference, form, _ in resident.told if form == "symptoms")
        assert len([alert for alert in alerts if ill in alert["summary"]]) == 1
    assert len(alerts) == 2
    assert (200 in telegram.webhook_answers) == (mode == "webhook")
    confirmed = Counter(telegram.confirmed)
    assert min(confirmed.values()) == max(confirmed.values()) == 2, "every update was told twice"
