"""What many look at is read once a second; whose post ends, who acts and who may see less are not kept waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Response
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.clock import HeldClock
from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import Role
from gateway.domain.scopes import Scope
from gateway.services.glances import Glances
from gateway.town import Town
from tests.console.conftest import SignIn

NOW = datetime(2021, 1, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def patient(town: Town) -> HeldClock:
    """The town's pages, patient for a second of a clock that we hold."""
    clock, glances = HeldClock(town.clock.now()), town.house.transactions.glances
    glances.clock, glances.patience = clock, SECOND
    return clock


def rows_of(page: Response) -> str:
    return page.text.partition("data-lines")[2].partition("</ul>")[0]


async def test_a_list_is_read_once_a_second_by_whoever_sees_the_same_and_at_once_by_whoever_acted(
    town: Town, sign_in: SignIn, patient: HeldClock
) -> None:
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    colleague = await town.official("刘医生", Role.DOCTOR, "370102001")
    elsewhere = await town.official("孙医生", Role.DOCTOR, "370102002")
    resident = await town.resident("王芳", area="370102001")
    mine, hers, far = [await sign_in(one) for one in (doctor, colleague, elsewhere)]
    patient.move_to(patient.now() + SECOND)
    assert "王*" not in (await mine.opens("/console/alerts")).text
    await resident.reports_symptoms("fever", temperature=38.2)
    begun = town.house.record.begun
    assert "王*" not in (await hers.opens("/console/alerts")).text  # as her colleague has just seen it
    assert town.house.record.begun - begun <= 2  # her session, and views of her own
    patient.move_to(patient.now() + SECOND)
    page = await mine.opens("/console/alerts")
    assert "王*" in page.text
    assert "王*" not in (await far.opens("/console/alerts")).text
    (alert,) = (await town.house.desks.page_of(AlertFilter(), official=doctor.official)).alerts
    assert "陈医生" not in rows_of(await hers.opens("/console/alerts?status=acknowledged"))
    await mine.sends(f"/console/alerts/{alert.id}/acknowledgement")
    for browser in (mine, hers):
        assert "陈医生" in rows_of(await browser.opens("/console/alerts?status=acknowledged"))


async def test_whoever_leaves_is_out_at_once_here_and_within_the_second_elsewhere(
    town: Town, sign_in: SignIn, patient: HeldClock
) -> None:
    chief = await town.official("郑县区", Role.ADMINISTRATOR, "370102")
    leaving, gone = [await town.official(name, Role.DOCTOR, "370102001") for name in ("陈医生", "刘医生")]
    at_work, here, there = [await sign_in(one) for one in (chief, leaving, gone)]
    assert (await here.opens("/console/alerts")).status_code == 200
    await at_work.sends(f"/console/officials/{leaving.official.id}/end")
    assert str((await here.opens("/console/alerts")).url).endswith("/console/sign-in?next=/console/alerts")
    await there.opens("/console/alerts")
    await town.house.officials.end(gone.official.id, by=chief.official)  # as another process does
    patient.move_to(patient.now() + SECOND)
    assert "/console/sign-in" in str((await there.opens("/console/alerts")).url)


async def test_a_page_can_write_nothing_where_it_says_that_it_looks(town: Town) -> None:
    scope = Scope.of_area("official:somebody", "370102")
    with pytest.raises(DBAPIError, match="read-only"):
        async with town.house.transactions.reading(scope) as work:
            await work.audit.add("list.take_out", "official", "1", at=town.clock.now())
    async with town.house.record.looking():
        async with town.house.transactions.reading(scope) as work:
            connection = work.connection
        other = Scope.of_area("official:another", "370103")
        async with town.house.transactions.reading(other) as work:
            assert work.connection is connection  # one transaction, and whose rows it shows is told anew
            low = await work.connection.execute(text("SELECT current_setting('shaodian.low')"))
            assert low.scalar_one() == "370103"
            async with town.house.transactions.reading(scope) as within:
                assert within.connection is not connection  # nobody's look changes under them


async def test_what_fails_is_kept_for_nobody_and_what_is_old_is_dropped() -> None:
    clock, tries = HeldClock(NOW), []
    glances = Glances(clock, SECOND)

    async def look() -> int:
        tries.append(clock.now())
        if len(tries) == 1:
            raise OSError
        return len(tries)

    with pytest.raises(OSError):
        await glances.at("it", look)
    assert [await glances.at("it", look) for _ in range(3)] == [2, 2, 2]
    clock.move_to(NOW + SECOND)
    assert await glances.at("it", look) == 3
    for number in range(1000):
        await glances.at(number, look)
        clock.move_to(clock.now() + SECOND)
    assert len(glances._seen) <= 128
