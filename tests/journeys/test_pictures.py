"""The picture of a test slip: sent on the page, kept sealed, seen by its owner and those who look after them alone."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text

from bot.errors import NotFound
from bot.web.sessions import COOKIE, Sessions
from gateway.domain.kinds import AttachmentId, ReportKind, Role
from gateway.domain.scopes import Scope
from gateway.record.attachments import AttachmentNotFound
from gateway.schemas.people import FamilyIn
from gateway.services.reports import NotYourWork
from gateway.town import Town
from gateway.wire import seals
from tests.conversations.test_in_town import Phone
from tests.domain.test_pictures import GPS, jpeg

HOME = "http://bot"


async def test_the_slip_of_a_result_reaches_those_responsible_and_nobody_else(town: Town) -> None:
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    elsewhere = await town.official("赵网格", Role.GRID_WORKER, "37010200200001")
    publisher = await town.official("发布人", Role.PUBLISHER, "370102")
    fang, other = await town.resident("王芳", area="370102001"), await town.resident("赵强", area="370102001")
    phone = Phone(town, int(fang.handle))
    key = seals.derive(town.house.record.vault.transcript_key, seals.SESSION)

    async def page(handle: str) -> httpx2.AsyncClient:
        cookie = Sessions(key).issue(int(handle))
        transport = httpx2.ASGITransport(app=town.talking.app)
        headers = {"Origin": HOME, "Cookie": f"{COOKIE}={cookie}"}
        return httpx2.AsyncClient(base_url=HOME, transport=transport, headers=headers)

    async with await page(fang.handle) as own, await page(other.handle) as foreign:
        assert (await own.post("/chat/photos/client-0001?lang=zh", content=jpeg())).status_code == 202
        await town.quiet()
        await phone.sees("现在不需要照片")  # nobody asked for it, and the answer leads to where it belongs
        await phone.presses("检测结果", "核酸")
        await phone.types("昨天上午9点")
        await phone.presses("阴性", "跳过")
        refused = await own.post("/chat/photos/client-0002", content=b"<svg onload=alert(1)>")
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:shaodian:problem:not-taken")
        for _ in range(2):  # the answer was lost, and the page asks again
            taken = await own.post("/chat/photos/client-0003", content=jpeg())
            assert taken.status_code == 202
        await town.quiet()
        await phone.sees("都对吗")
        await phone.presses("发送")
        await phone.sees("谢谢您")

        report = (await town.house.reports.of_resident(fang.id, official=grid.official))[0]
        assert report.body is not None
        reference = report.body["answers"]["photo"]
        picture = AttachmentId(UUID(reference.removeprefix("attachment:")))
        shown = await own.get(f"/chat/photos/{picture}")
        assert shown.headers["content-type"] == "image/jpeg"
        assert (shown.headers["x-content-type-options"], GPS in shown.content) == ("nosniff", False)
        assert (await foreign.get(f"/chat/photos/{picture}")).status_code == 404
        assert (await foreign.get(f"/chat/photos/{uuid4()}")).status_code == 404

    assert (await town.house.attachments.show(picture, official=grid.official))[1] == shown.content
    with pytest.raises(AttachmentNotFound):
        await town.house.attachments.show(picture, official=elsewhere.official)
    with pytest.raises(NotYourWork):
        await town.house.attachments.show(picture, official=publisher.official)
    kept = text("SELECT content_sealed FROM attachments ORDER BY report_id NULLS FIRST")
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        stored = [bytes(one) for one in (await work.connection.execute(kept)).scalars()]
    assert len(stored) == 2 and not any(b"pixels" in one or b"JFIF" in one for one in stored)

    await town.wait(timedelta(days=8))
    await town.house.retention.purge()
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        assert len((await work.connection.execute(kept)).all()) == 1  # the one no report names is gone
    assert (await fang.gateway.erase(key="e")).erased
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        assert not (await work.connection.execute(kept)).all()


async def test_a_mothers_photo_of_her_childs_slip_goes_with_the_child(town: Town) -> None:
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    fang, other = await town.resident("王芳", area="370102001"), await town.resident("赵强", area="370102001")
    child = await fang.gateway.add_family_member(FamilyIn(name="王小明", relation="child"), key="k")
    sent = await fang.gateway.attach(uuid4(), jpeg())
    taken = {"test": "nat", "sampled_at": "2021-01-14T09:00:00+08:00", "value": "negative", "photo": sent.reference}
    await fang.reports(ReportKind.RESULT, taken, about=child.id)
    stolen = await other.reports(ReportKind.RESULT, taken)  # naming another's picture shows it to nobody new

    media_type, content = await fang.gateway.attachment(sent.id)
    assert (media_type, content.endswith(b"pixels\xff\xd9")) == ("image/jpeg", True)
    assert (await town.house.attachments.show(AttachmentId(sent.id), official=grid.official))[1] == content
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        one = await work.attachments.get(AttachmentId(sent.id))
    assert (one.resident_id, one.report_id == stolen.id) == (child.id, False)
    with pytest.raises(NotFound):
        await other.gateway.attachment(sent.id)
    with pytest.raises(NotFound):
        await other.gateway.attach(sent.id, jpeg(turn=3))
