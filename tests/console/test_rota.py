"""A night with a substitute, made and read in the console; a gap told before it comes; a calendar that follows."""

from datetime import date

from icalendar import Calendar

from gateway.domain.kinds import Role
from gateway.town import Town
from tests.console.conftest import SignIn

AREA = "370102001"


def events(content: bytes) -> dict[str, tuple[str, str, int]]:
    """What a calendar program reads, by the name of the event: when, its state, how often it changed."""
    calendar = Calendar.from_ical(content)
    return {
        str(event["uid"]): (
            f"{event.decoded('dtstart'):%m-%d %H:%M} {event['dtstart'].params['TZID']}",
            str(event["status"]),
            int(event["sequence"]),
        )
        for event in calendar.walk("VEVENT")
    }


async def test_a_rota_night_goes_to_the_substitute_then_climbs(town: Town, sign_in: SignIn) -> None:
    anna = await town.official("安娜", Role.COMMUNITY, AREA)
    boris = await town.official("鲍里", Role.COMMUNITY, AREA)
    stand_in = await town.official("陈替", Role.SUPERVISION, "370102")
    township = await town.official("王镇长", Role.TOWNSHIP, AREA)
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    await town.official("网格员李", Role.GRID_WORKER, AREA)
    await town.activate("sd-2020-09", area="370102")
    resident = await town.resident("王芳")
    await town.until("2021-01-15 16:00")
    desk = await sign_in(township)

    assert "本周" in (await desk.opens("/console/rota")).text
    form = {
        "role": "community",
        "area": AREA,
        "first": "2021-01-16",
        "last": "2021-01-17",
        "starts": ["08:00", "20:00", ""],
        "ends": ["20:00", "08:00", ""],
        "on": ["every", "every", "every"],
        f"turn.{anna.official.id}": "1",
        f"turn.{boris.official.id}": "2",
    }
    seen = await desk.sends("/console/rota", **form)
    assert "4 个班次" in seen.text and "安娜、鲍里" in seen.text.replace(", ", "、")
    assert await town.house.rotas.week(date(2021, 1, 11), AREA, official=township.official) is not None
    made = await desk.sends("/console/rota", **form, act="save")
    assert "排班已生效" in made.text and "20:00–08:00" in made.text

    # Whoever is left out after Sunday is told ahead, once, and it stands on the page.
    assert "未来两周有" in made.text
    county.heard_nothing("无人值班")
    await town.until("2021-01-16 09:00")
    county.heard("无人值班")
    assert len(county.times("无人值班")) == 1

    desk = await sign_in(township)
    address = await desk.sends("/console/calendars", post=f"community:{AREA}")
    token = address.text.split("/public/duty/")[1].split(".ics")[0]
    feed = f"/public/duty/{token}.ics"
    before = events((await desk.opens(feed)).content)
    assert "01-16 20:00 Asia/Shanghai" in {when for when, _, _ in before.values()}
    assert {state for _, state, _ in before.values()} == {"CONFIRMED"}

    away = await desk.sends(
        "/console/substitutions",
        official_id=str(boris.official.id),
        substitute_id=str(stand_in.official.id),
        starts="2021-01-16T18:00",
        ends="2021-01-17T08:00",
        reason="发热门诊",
    )
    assert "替班已安排" in away.text
    assert "陈替" in away.text and "<s>鲍里</s>" in away.text
    after = events((await desk.opens(feed)).content)
    (cancelled,) = [uid for uid, (_, state, _) in after.items() if state == "CANCELLED"]
    assert after[cancelled][2] > before[cancelled][2]
    assert len(after) == len(before) + 1

    await town.until("2021-01-16 23:00")
    await resident.reports_symptoms("fever", temperature=38.2)
    await town.until("2021-01-16 23:40")
    assert stand_in.times("症状报告") == ["01-16 23:15"]
    boris.heard_nothing("症状报告")
    anna.heard_nothing("症状报告")
    assert township.times("症状报告") == ["01-16 23:30"]

    desk = await sign_in(township)
    note = await (await sign_in(stand_in)).sends("/console/handovers", post=f"community:{AREA}", text="夜间有一例发热")
    assert note.status_code == 200 and "夜间有一例发热" in (await desk.opens("/console/rota?week=2021-01-16")).text
    stranger = await sign_in(await town.official("青岛孙", Role.COUNTY, "370202"))
    assert "夜间有一例发热" not in (await stranger.opens("/console/rota?area=370102001")).text
    refused = await stranger.sends("/console/handovers", post=f"community:{AREA}", text="x")
    assert refused.status_code == 403

    week = await town.house.rotas.week(date(2021, 1, 11), AREA, official=township.official)
    (own,) = await town.house.rotas.feeds(official=township.official)
    await desk.sends(f"/console/substitutions/{week.substitutions[0].id}/cancel")
    again = events((await desk.opens(feed)).content)
    assert again[cancelled][:2] == (before[cancelled][0], "CONFIRMED")
    assert again[cancelled][2] > after[cancelled][2]
    await desk.sends(f"/console/calendars/{own.id}/withdrawal")
    assert (await desk.opens(feed)).status_code == 404

    # Somebody fills the gap: the alert about it settles by itself.
    rota = next(line.rota for line in week.posts if line.rota is not None)
    await desk.sends(f"/console/rota/{rota.id}/end")
    await town.quiet()
    assert [one for one in await county.open_alerts() if one.kind == "operations"] == []


async def test_a_year_nobody_announced_is_said_and_entered_by_hand(town: Town, sign_in: SignIn) -> None:
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    desk = await sign_in(county)
    known = await desk.opens("/console/holidays?year=2021")
    assert "春节" in known.text and "按放假通知" in known.text
    unknown = await desk.opens("/console/holidays?year=2150")
    assert "尚不知道 2150 年的放假安排" in unknown.text
    await desk.sends("/console/holidays", on="2150-01-01", until="2150-01-03", kind="rest", name="元旦", area="370102")
    await desk.sends("/console/holidays/2150/completion", area="370102")
    complete = await desk.opens("/console/holidays?year=2150")
    assert complete.text.count("元旦") == 3 and "尚不知道 2150" not in complete.text
    refused = await desk.sends("/console/holidays", on="2150-01-05", kind="rest", area="3702")
    assert refused.status_code == 403
    grid = await sign_in(await town.official("网格员李", Role.GRID_WORKER, AREA))
    assert (await grid.sends("/console/holidays", on="2150-01-05", kind="rest", area=AREA)).status_code == 403
