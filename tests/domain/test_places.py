"""What people write for a place, and which divisions it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.areas.gazetteer import gazetteer
from gateway.domain.places import AreaLevel, Candidate, UnknownArea, clean, place_levels, place_steps


def found(text: str) -> list[str]:
    return [candidate.full_name for candidate in gazetteer().find(text)]


def the_one(text: str) -> Candidate:
    (candidate,) = gazetteer().find(text)
    return candidate


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("武汉洪山", "420111", ""),
        ("深圳南山", "440305", ""),
        ("呼伦贝尔海拉尔", "150702", ""),
        ("济南市历下区", "370102", ""),
        ("吉林省长春市绿园区", "220106", ""),
        ("吉林长春绿园", "220106", ""),
        ("吉林市", "2202", ""),
        ("上海市崇明区长兴镇长明村21队", "310151116", "长明村21队"),
        ("上海 崇明 长兴镇 长明村", "310151116", "长明村"),
        ("上海市上海市黄浦区", "310101", ""),
        ("重庆市县云阳县", "500235", ""),
        ("孟津区", "410308", ""),
        ("孟津县", "410308", ""),
        ("吉利区", "410308", ""),
        ("辽中县", "210115", ""),
        ("台北市信义区", "710105", ""),
        ("香港湾仔区", "810107", ""),
        ("东莞市虎门镇", "441900121", ""),
        ("东莞", "441900", ""),
        ("湖北省仙桃市", "429004", ""),
        ("长春市经开区兴隆山镇分水村", "220171100", "分水村"),
        ("福建宁德蕉城金涵乡濂坑村", "350902200", "濂坑村"),
        ("我住在济南市历下区泉城路180号", "370102", "泉城路180号"),
        ("从化", "440117", ""),
        ("长春朝阳", "220104", ""),
        ("唐山路南", "130202", ""),
        ("１号：武汉洪山区", "420111", ""),
        ("Wuhan, Hongshan", "420111", ""),
        ("Hongshan District, Wuhan", "420111", ""),
        ("lüyuan changchun jilin", "220106", ""),
    ],
)
def test_a_place_is_understood(text: str, code: str, rest: str) -> None:
    candidate = the_one(text)
    assert (candidate.code, candidate.rest) == (code, rest)
    assert candidate.level == len(code)
    assert 0 < candidate.score <= 1


def test_a_name_shared_by_several_cities_is_asked_back() -> None:
    assert found("鼓楼区") == ["江苏省南京市鼓楼区", "江苏省徐州市鼓楼区", "福建省福州市鼓楼区", "河南省开封市鼓楼区"]
    assert found("朝阳区") == ["北京市朝阳区", "吉林省长春市朝阳区"]
    assert found("徐州鼓楼") == ["江苏省徐州市鼓楼区"]
    assert found("长兴镇") == ["上海市崇明区长兴镇", "四川省宜宾市南溪区长兴镇"]


def test_a_short_name_of_two_levels_is_asked_back_largest_first() -> None:
    assert found("吉林") == ["吉林省", "吉林省吉林市"]
    assert found("海南")[0] == "海南省"


@pytest.mark.parametrize(
    "text", ["", "   ", "你好", "hello", "和平小区", "区", "市辖区", "😀😀", "\x00\x07", "，，", "123"]
)
def test_what_is_no_division_finds_none(text: str) -> None:
    assert found(text) == []


def test_emoji_and_control_characters_do_not_disturb() -> None:
    assert the_one("😀武汉\u200b市\x07洪山区🏠").code == "420111"


def test_a_road_named_after_a_district_is_not_the_district() -> None:
    candidate = the_one("武汉洪山广场")
    assert (candidate.code, candidate.rest) == ("4201", "洪山广场")


def test_a_district_that_the_named_city_does_not_have_stays_in_the_rest() -> None:
    candidate = the_one("深圳市鼓楼区")
    assert (candidate.code, candidate.rest) == ("4403", "鼓楼区")


def test_a_very_long_answer_is_read_at_once() -> None:
    assert the_one("济南市历下区" + "很长" * 2_100).code == "370102"
    assert found("鬼" * 4_097) == []


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    for candidate in gazetteer().find(text):
        assert gazetteer().area(candidate.code).name == candidate.name
        assert candidate.rest in clean(text) or candidate.rest.isascii()


def test_names_read_from_large_to_small_in_chinese_and_the_other_way_in_english() -> None:
    places = gazetteer()
    assert places.full_name("310151116") == "上海市崇明区长兴镇"
    assert places.full_name("220106", "en") == "Lüyuan, Changchun, Jilin"
    assert places.full_name("419001", "zh_Hans_CN") == "河南省济源市"
    assert places.full_name("441900") == "广东省东莞市"


def test_an_old_code_leads_to_the_division_that_took_its_place() -> None:
    places = gazetteer()
    assert places.area("410306").code == "410308"
    assert places.area("370112").name == "历城区"
    assert places.area("220106000000").code == "220106"
    assert places.area("220000").code == "22"


def test_an_unknown_code_is_said_to_be_unknown() -> None:
    assert gazetteer().find_area("999999") is None
    with pytest.raises(UnknownArea, match="999999"):
        gazetteer().area("999999")
    assert gazetteer().find_area("") is None


def test_every_county_is_found_again_by_its_full_name() -> None:
    places = gazetteer()
    counties = [
        county
        for province in places.children()
        for city in places.children(province.code)
        for county in (city, *(places.children(city.code) if city.level is AreaLevel.CITY else ()))
    ]
    assert len(counties) > 3_300
    for county in counties:
        name = places.full_name(county.code)
        (candidate,) = places.find(name)
        assert (candidate.full_name, candidate.rest) == (name, "")


def test_the_children_are_what_people_choose_from() -> None:
    places = gazetteer()
    assert len(places.children()) == 34
    assert [area.name for area in places.children("31")][:2] == ["黄浦区", "徐汇区"]
    assert "仙桃市" in {area.name for area in places.children("42")}
    assert "吉利区" not in {area.name for area in places.children("4103")}
    assert {area.level for area in places.children("310151")} == {AreaLevel.TOWNSHIP}


@pytest.mark.parametrize(
    ("detail", "steps"),
    [
        ("长明村21队", ("长明村", "21队")),
        ("长明村二十一队", ("长明村", "21队")),
        ("长明村 ２１ 队 5号", ("长明村", "21队", "5号")),
        ("新河村委会羊甘昌村二组51号", ("新河村", "羊甘昌村", "2组", "51号")),
        ("清华C区6号楼", ("清华", "c区", "6栋")),
        ("清华c区6栋", ("清华", "c区", "6栋")),
        ("顺昌路612弄20号", ("顺昌路", "612弄", "20号")),
        ("八一社区居委会", ("八一社区",)),
        ("恒祥湾·富贵园", ("恒祥湾富贵园",)),
        ("余二菜馆（矿南小区24号楼西侧平房）", ("余二菜馆",)),
        ("", ()),
        ("🏠", ()),
    ],
)
def test_a_place_below_the_township_is_spelled_one_way(detail: str, steps: tuple[str, ...]) -> None:
    assert place_steps(detail) == steps


def test_each_level_contains_the_one_before_and_is_the_same_with_or_without_the_township() -> None:
    levels = place_levels("310151116", "长明村21队")
    assert levels == ("310151/长明村", "310151/长明村/21队")
    assert place_levels("310151", "长明村21队") == levels


@given(st.text(max_size=40))
def test_no_detail_breaks_the_levels(detail: str) -> None:
    levels = place_levels("310151", detail)
    assert all(deeper.startswith(level + "/") for level, deeper in zip(levels, levels[1:], strict=False))
