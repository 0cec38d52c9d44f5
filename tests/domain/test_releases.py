"""The privacy lint by example: what never goes out, what needs a reason, what is only pointed at, what passes."""

import pytest

from gateway.domain.releases import Weight, as_read, lint, pieces

FOUND = [
    # text, what is found, how grave it is
    ("身份证号370102199001011234的居民", "id_number", "never"),
    ("身份证 370102 19900101 123X", "id_number", "never"),
    ("证号３７０１０２１９９００１０１１２３４", "id_number", "never"),
    ("旧证370102900101123", "id_number", "never"),
    ("护照E12345678入境", "id_number", "never"),
    ("Passport G12345678 was used.", "id_number", "never"),
    ("联系人电话13812345678。", "phone", "reason"),
    ("电话138-1234-5678", "phone", "reason"),
    ("电话 138 1234 5678", "phone", "reason"),
    ("Call +86 13812345678", "phone", "reason"),
    ("5号楼2单元301室有一例", "door", "reason"),
    ("住12-3-402", "door", "reason"),
    ("三单元十二户", "door", "reason"),
    ("A case lives in Room 301.", "door", "reason"),
    ("Flat 12 is closed.", "door", "reason"),
    ("确诊病例王小明,男,45岁", "name", "reason"),
    ("患者李强于1月13日就诊", "name", "reason"),
    ("密接陈静,已隔离", "name", "reason"),
    ("昨日张伟先生到过菜市场", "name", "reason"),
    ("Mr Wang went to the market.", "name", "reason"),
    ("A patient named John Smith was there.", "name", "reason"),
    ("车牌鲁A12345的车主", "plate", "reason"),
    ("鲁A·12345", "plate", "reason"),
    ("新能源车鲁AD12345", "plate", "reason"),
    ("A car with plate 京B99999", "plate", "reason"),
    ("发邮件到wang.fang@example.com", "email", "reason"),
    ("Write to li@site.cn", "email", "reason"),
    ("咨询电话0531-88881234", "landline", "note"),
    ("Call 0531 88881234.", "landline", "note"),
    ("电话(0531)88881234", "landline", "note"),
]

PASSES = [
    "明珠小区5号楼自2021年1月16日10时起封闭管理,居民非必要不外出。",
    "确诊病例张某,男,45岁,1月13日乘坐G123次列车、MU5678航班。",
    "患者王某某、李**均已转运。",
    "Building 5 is closed from 16 January 2021, 10:20. Call 12345 for help.",
    "咨询电话:12345、12320。室外活动请戴口罩,室内多通风。",
    "自2021-01-15 07:20起,共采样1380人份、阳性0人;费用80元。",
    "地铁3号线、K50路、12路公交停运。",
    "From 08:00 to 20:00, gates 2 and 3 are open.",
    "高风险地区人员请主动报告,温度38.5度以上请就医。",
]


@pytest.mark.rule("DP-3.4-a")
@pytest.mark.parametrize(("text", "kind", "weight"), FOUND)
def test_what_shows_who_somebody_is_is_found_and_weighed(text: str, kind: str, weight: str) -> None:
    found = [(one.kind.value, one.weight.value) for one in lint(text)]
    assert found == [(kind, weight)]
    assert all("*" in one.shown for one in lint(text)), "a refusal must not repeat what it refuses"


@pytest.mark.parametrize("text", PASSES)
def test_an_ordinary_announcement_passes(text: str) -> None:
    assert lint(text) == ()


def test_each_is_shown_in_its_place_in_the_text_as_it_is_read() -> None:
    text = "联系人王 芳,电话１３８ 1234 5678,住301室。"
    found = lint(text, names=["王芳"])
    cut = pieces(text, found)
    assert "".join(piece for piece, _ in cut) == as_read(text)
    assert [piece for piece, one in cut if one is not None] == ["王 芳", "138 1234 5678", "301室"]
    assert all(one.weight is not Weight.NOTE for one in found)
