"""Whom no channel reaches, somebody phones; whoever looks in after all is left alone."""

from gateway.domain.kinds import Role
from gateway.town import Neighbour, Town


async def told_and_not_seen(town: Town) -> Neighbour:
    """A resident whose doctor took up a report, and who has not opened the page since."""
    resident = await town.resident("王芳", area="370102001")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    await resident.reports_symptoms("fever", temperature=38.2)
    await doctor.acknowledges()
    await doctor.resolves("advised")
    return resident


async def test_the_grid_worker_is_asked_to_phone_with_the_next_mornings_round(town: Town) -> None:
    grid_worker = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    await told_and_not_seen(town)
    await town.until("2021-01-16 07:59")
    grid_worker.heard_nothing("无法联系")
    await town.until("2021-01-16 08:00")
    grid_worker.heard("无法联系", at="2021-01-16 08:00")


async def test_nobody_phones_somebody_who_has_looked_in_meanwhile(town: Town) -> None:
    grid_worker = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    resident = await told_and_not_seen(town)
    await town.until("2021-01-15 12:00")
    await resident.looks()
    await town.until("2021-01-16 09:00")
    grid_worker.heard_nothing("无法联系")
