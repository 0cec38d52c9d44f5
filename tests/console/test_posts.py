"""A post is handed on while its holder has a page and a stream open: what is open goes along, the old access ends."""

from datetime import timedelta

from gateway.access.sessions import SignedIn
from gateway.console.desk import BEAT, stream
from gateway.domain.kinds import Role
from gateway.town import Refused, Town
from tests.console.conftest import SignIn

AREA = "370102001"


async def test_whoever_hands_on_a_post_is_out_and_the_successor_has_what_is_open(town: Town, sign_in: SignIn) -> None:
    doctor = await town.official("陈医生", Role.DOCTOR, AREA)
    heir = await town.official("林接任", Role.SUPERVISION, AREA)
    township = await town.official("王镇长", Role.TOWNSHIP, AREA)
    resident = await town.resident("王芳")
    await resident.reports_symptoms("fever", temperature=38.2, said="发烧")
    alert = await doctor.acknowledges()
    other = await town.resident("赵六")
    await other.reports_symptoms("fever", temperature=38.4)
    held, desk = await sign_in(doctor), await sign_in(township)
    assert (await held.opens(f"/console/alerts/{alert.id}")).status_code == 200

    token = held.client.cookies["shaodian"]
    session, official = await town.house.officials.session(token)
    looked = iter(range(100))

    async def look() -> dict[str, object]:
        return {"look": next(looked)}

    open_stream = stream(SignedIn(town.house, session, official, token), look, beat=0.0)
    assert [b"change" in await anext(open_stream) for _ in range(3)] == [False, True, True]
    assert BEAT <= 5.0  # a stream looks at its own session with every beat

    listed = await desk.opens("/console/posts")
    assert "社区医生" in listed.text and "1 条预警" in listed.text
    form = {
        "role": "doctor",
        "area": AREA,
        "leaving": str(doctor.official.id),
        "taking": str(heir.official.id),
        "note": "王芳家里还有老人",
    }
    assert (await held.sends("/console/posts/handing-on", **form)).status_code == 404
    done = await desk.sends("/console/posts/handing-on", **form)
    assert "岗位已移交" in done.text
    await town.quiet()

    assert b"signed-out" in await anext(open_stream)
    assert "/console/sign-in" in str((await held.opens(f"/console/alerts/{alert.id}")).url)
    assert (await held.client.get("/console/events", headers={"Accept": "text/event-stream"})).status_code == 401
    try:
        await doctor.gateway.duty()
    except Refused:
        pass
    else:
        raise AssertionError("the old holder still has a desk in chat")

    heir.heard("即日起由您担任")
    heir.heard("王芳家里还有老人")
    mine = await sign_in(heir)
    page = await mine.opens(f"/console/alerts/{alert.id}")
    assert "随岗位移交" in page.text and "陈医生 → 林接任: 王芳家里还有老人" in page.text
    before = len(doctor.messages)
    third = await town.resident("孙八")
    await third.reports_symptoms("fever", temperature=38.6)
    heir.heard("孙")
    assert len(doctor.messages) == before
    await town.wait(timedelta(hours=5))  # the resolve clock went on running: the successor is the one who is asked
    heir.heard("王")
    assert len(doctor.messages) == before
    assert "王芳家里还有老人" in (await (await sign_in(township)).opens("/console/rota")).text
    again = await (await sign_in(township)).sends("/console/posts/handing-on", **form)
    assert again.status_code == 404
