"""A resident takes a copy of everything kept about them: by a link of the chat that runs out, with their own digits."""

import io
import json
import re
import zipfile

from gateway.console.pages import known_word
from gateway.domain.kinds import Role
from gateway.record import tables as t
from gateway.record.copies import _HIDDEN, COPIED, LEFT_OUT
from gateway.town import Town
from tests.console.conftest import Browser

TOWNSHIP, GRID = "370102001", "37010200100001"


def link_in(text: str) -> str:
    found = re.search(r"https?://[^/\s]+(/public/copies/\S+)", text)
    assert found, text
    return found[1]


async def test_everything_about_a_person_is_handed_to_that_person(town: Town, stranger: Browser) -> None:
    await town.official("网格员李", Role.GRID_WORKER, GRID)
    fang = await town.resident("王芳", area=TOWNSHIP, phone="13800001234")
    other = await town.resident("赵强", area=TOWNSHIP, phone="13800005678")
    await fang.reports_symptoms("fever", temperature=38.2, said="昨晚开始发烧,有点怕")
    await other.reports_symptoms("cough", said="这是别人的话")

    await fang.types("下载我的数据")
    link = link_in((await fang.sees())[-1])
    assert "后四位" in (await stranger.opens(link)).text

    # somebody it was passed on to does not know the digits; whoever does takes the file
    wrong = await stranger.client.post(link, data={"digits": "5678"})
    assert wrong.status_code == 422 and "后四位不符" in wrong.text
    taken = await stranger.client.post(link, data={"digits": "1234"})
    assert taken.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        told, page = json.loads(archive.read("data.json")), archive.read("index.html").decode()
    assert told["residents"][0]["name"] == "王芳" and told["residents"][0]["phone"] == "13800001234"
    assert told["reports"][0]["body"]["answers"]["temperature"] == 38.2 and "有点怕" in json.dumps(
        told, ensure_ascii=False
    )
    assert "王芳" in page and "有点怕" in page and "38.2" in page and "自主报告" in page
    assert "别人的话" not in json.dumps(told, ensure_ascii=False) + page and "赵强" not in page

    # the link dies of wrong tries, of its day, and of the person's erasure
    for _ in range(4):
        await stranger.client.post(link, data={"digits": "0000"})
    assert (await stranger.client.post(link, data={"digits": "1234"})).status_code == 404
    await fang.types("我要导出我的资料")
    second = link_in((await fang.sees())[-1])
    town.clock.move_to(town.moment("2021-01-17 09:00"))
    assert (await stranger.opens(second)).status_code == 404
    assert (await stranger.opens("/public/copies/forged")).status_code == 404


def test_every_table_about_people_is_copied_or_says_why_not() -> None:
    named = {table.name for table in t.metadata.sorted_tables if "resident_id" in table.columns}
    assert named <= {table.name for table in COPIED} | LEFT_OUT.keys()
    columns = {
        column.name.removesuffix("_sealed")
        for table in COPIED
        for column in table.columns
        if not column.name.endswith(("_id", "_by", "_index")) and column.name not in {*_HIDDEN, "id", "content_sealed"}
    }
    for language in ("zh_Hans_CN", "en"):
        assert [name for name in sorted(columns) if known_word(f"copy_field.{name}", language) is None] == []
        assert [table.name for table in COPIED if known_word(f"copy.{table.name}", language) is None] == []
