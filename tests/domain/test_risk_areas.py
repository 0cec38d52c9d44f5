"""Lists against each other, in time, and against where people have been."""

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.areas.gazetteer import gazetteer
from gateway.domain.kinds import MatchKind, RiskLevel
from gateway.domain.risk_areas import (
    Closeness,
    ConfirmedList,
    DeclaredPlace,
    InvalidRiskList,
    ListedPlace,
    Period,
    Reach,
    RiskEntry,
    RiskList,
    closeness,
    compare,
    days_listed,
    in_force,
    locate,
    match,
    reach,
    read_national,
    read_rows,
    spells,
    split_places,
)

HIGH, MEDIUM, LOW = RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW
APRIL_15 = datetime(2022, 4, 15, 3, tzinfo=UTC)
HOUR, DAYS = timedelta(hours=1), timedelta(days=1)


def entry(text: str, level: RiskLevel = MEDIUM, *, at: str = "上海市 上海市 崇明区") -> RiskEntry:
    province, city, county = at.split()
    return RiskEntry(province, city, county, text, level)


def a_list(*entries: RiskEntry) -> RiskList:
    return RiskList(entries)


def listed(text: str, *, at: str = "上海市 上海市 崇明区") -> ListedPlace:
    return ListedPlace.of(locate(entry(text, at=at), gazetteer()))


def declared(text: str) -> DeclaredPlace:
    (place,) = gazetteer().find(text)
    return DeclaredPlace.of(place.code, place.rest)


# -- matching

CHANGMING = "长兴镇长明村21队"


@pytest.mark.parametrize(
    ("journey", "near", "kind"),
    [
        ("上海市崇明区长兴镇长明村21队", Closeness.SAME, MatchKind.DEFINITE),
        ("上海市崇明区长兴镇长明村二十一队", Closeness.SAME, MatchKind.DEFINITE),
        ("上海市崇明区长兴镇长明村21队5号", Closeness.INSIDE, MatchKind.DEFINITE),
        ("上海市崇明区长兴镇长明村", Closeness.TOWNSHIP, MatchKind.POSSIBLE),
        ("上海市崇明区长兴镇长明村2队", Closeness.TOWNSHIP, MatchKind.POSSIBLE),
        ("上海市崇明区长兴镇", Closeness.TOWNSHIP, MatchKind.POSSIBLE),
        ("上海市崇明区城桥镇", Closeness.COUNTY, MatchKind.POSSIBLE),
        ("上海市崇明区", Closeness.COUNTY, MatchKind.POSSIBLE),
        ("上海市", Closeness.PARENT, MatchKind.POSSIBLE),
        ("上海市黄浦区", None, None),
        ("四川省宜宾市南溪区长兴镇", None, None),
    ],
)
def test_a_journey_near_a_listed_group_of_a_village(
    journey: str, near: Closeness | None, kind: MatchKind | None
) -> None:
    place = listed(CHANGMING)
    assert closeness(declared(journey), place) is near
    assert match(declared(journey), place) is kind


def test_a_journey_to_a_county_with_a_listed_township_is_possible() -> None:
    assert match(declared("吉林省长春市绿园区"), listed("同心街道", at="吉林省 长春市 绿园区")) is MatchKind.POSSIBLE


def test_a_journey_inside_a_township_listed_as_a_whole_is_definite() -> None:
    place = listed("谢桥镇全域", at="安徽省 阜阳市 颍上县")
    assert match(declared("安徽省阜阳市颍上县谢桥镇某村"), place) is MatchKind.DEFINITE
    assert closeness(declared("安徽省阜阳市颍上县谢桥镇"), place) is Closeness.SAME


def test_a_journey_to_one_of_the_listed_buildings_is_definite_and_to_the_next_one_possible() -> None:
    place = listed("普阳街道辽阳街（101栋、143栋、201栋）", at="吉林省 长春市 绿园区")
    assert match(declared("长春市绿园区普阳街道辽阳街143号楼"), place) is MatchKind.DEFINITE
    assert match(declared("长春市绿园区普阳街道辽阳街144栋"), place) is MatchKind.POSSIBLE


def test_an_estate_listed_without_its_township_is_definite_for_those_who_know_the_township() -> None:
    place = listed("惠民家园", at="辽宁省 沈阳市 大东区")
    assert match(DeclaredPlace.of("210104", "惠民家园3号楼"), place) is MatchKind.DEFINITE
    assert match(DeclaredPlace.of("210104001", "惠民家园"), place) is MatchKind.DEFINITE


def test_a_village_told_without_its_township_is_only_possible() -> None:
    assert match(DeclaredPlace.of("310151", "长明村21队"), listed(CHANGMING)) is MatchKind.POSSIBLE


def test_matching_needs_no_place_text_in_clear() -> None:
    def sealed(levels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(hmac.new(b"key", level.encode(), hashlib.sha256).hexdigest() for level in levels)

    open_place = listed(CHANGMING)
    place = ListedPlace(open_place.area, open_place.found, tuple(sealed(each) for each in open_place.places))
    inside, beside = declared("上海市崇明区长兴镇长明村21队5号"), declared("上海市崇明区长兴镇长明村22队")
    assert match(DeclaredPlace(inside.area, sealed(inside.levels)), place) is MatchKind.DEFINITE
    assert match(DeclaredPlace(beside.area, sealed(beside.levels)), place) is MatchKind.POSSIBLE


def test_a_listed_place_whose_county_is_unknown_may_be_anywhere_in_its_city() -> None:
    place = listed("某某小区", at="吉林省 长春市 无此区")
    assert closeness(declared("吉林省长春市绿园区"), place) is Closeness.UNRESOLVED
    assert match(declared("吉林省吉林市昌邑区"), place) is None
    assert match(declared("吉林省长春市绿园区"), listed("某某小区", at="无此省 长春市 绿园区")) is None


JOURNEYS = ("上海市崇明区长兴镇长明村21队", "上海市崇明区城桥镇", "上海市崇明区", "上海市", "上海市黄浦区", "武汉洪山")


@pytest.mark.parametrize("journey", JOURNEYS)
@pytest.mark.parametrize("at", ["上海市 上海市 崇明区", "上海市 上海市 无此区", "湖北省 武汉市 无此区"])
def test_whatever_matches_lies_within_reach(journey: str, at: str) -> None:
    place, person = listed(CHANGMING, at=at), declared(journey)
    within = reach(place)
    assert within is not None
    assert match(person, place) is None or within.holds(person.area)


def test_a_reach_is_a_county_and_what_contains_it() -> None:
    assert reach(listed(CHANGMING)) == Reach("310151", "310152", ("31", "3101"))
    assert reach(ListedPlace(None, found=False)) is None


# -- locating


@pytest.mark.parametrize(
    ("at", "text", "named", "found"),
    [
        ("北京市 朝阳区 酒仙桥街道", "二街坊", "110105011", True),
        ("北京市 北京市 朝阳区", "酒仙桥街道二街坊", "110105", True),
        ("北京市 朝阳区 无此街道", "二街坊", "110105", True),
        ("广东省 东莞市 虎门镇", "大宁社区", "441900121", True),
        ("广东省 东莞市 东莞市", "虎门镇大宁社区", "441900", True),
        ("海南省 文昌市 文城镇", "某小区", "469005100", True),
        ("湖北省 省直辖县级行政区划 仙桃市", "某小区", "429004", True),
        ("河南省 洛阳市 吉利区", "某小区", "410308", True),
        ("辽宁省 沈阳市 辽中县", "某小区", "210115", True),
        ("新疆生产建设兵团 第八师 石河子市", "某小区", "659001", True),
        ("吉林省 延边州 延吉市", "某小区", "222401", True),
        ("吉林省 四平市 伊通县", "某小区", "220323", True),
        ("吉林省 长春市 开发区", "兴隆山镇分水村", "220171", True),
        ("吉林省 长春市 开发区", "某小区", "2201", False),
        ("吉林省 长春市 无此区", "明珠街道卫星商城", "2201", False),
        ("吉林省 无此市 绿园区", "同心街道", "22", False),
        ("无此省 长春市 绿园区", "同心街道", None, False),
    ],
)
def test_an_entry_is_found_as_deep_as_its_fields_name_it(at: str, text: str, named: str | None, found: bool) -> None:
    place = locate(entry(text, at=at), gazetteer())
    assert (place.named, place.found) == (named, found)


def test_a_text_that_repeats_its_county_is_read_below_it() -> None:
    place = locate(entry("绿园区同心街道某小区", at="吉林省 长春市 绿园区"), gazetteer())
    assert (place.area, place.places) == ("220106011", ("某小区",))
    whole = locate(entry("绿园区全域", at="吉林省 长春市 绿园区"), gazetteer())
    assert (whole.area, whole.places) == ("220106", ())


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("全域", ()),
        ("", ()),
        ("长明村21队", ("长明村21队",)),
        ("辽阳街（101栋、143栋、201栋）", ("辽阳街101栋", "辽阳街143栋", "辽阳街201栋")),
        ("清华新城5号楼、12号楼", ("清华新城5号楼", "清华新城12号楼")),
        ("幸福家园、理想家园小区", ("幸福家园", "理想家园小区")),
        ("团结路以南、建设路以北区域", ("团结路以南、建设路以北区域",)),
        ("秦汉酒店（天台路店）", ("秦汉酒店",)),
    ],
)
def test_an_entry_is_split_into_the_places_it_names(text: str, places: tuple[str, ...]) -> None:
    assert split_places(text) == places


# -- comparing


def test_every_kind_of_change_is_told_apart() -> None:
    older = a_list(entry("甲村", LOW), entry("乙村", HIGH), entry("丙村", MEDIUM), entry("丁村", LOW), entry("己村"))
    newer = a_list(entry("甲村", MEDIUM), entry("乙村", LOW), entry("戊村", LOW), entry("丁村", LOW), entry("己村"))
    changes = compare(older, newer, gazetteer())
    told = [
        [(change.place.entry.text, change.was, change.level) for change in changed]
        for changed in (changes.added, changes.raised, changes.lowered, changes.lifted)
    ]
    assert told == [
        [("戊村", None, LOW)],
        [("甲村", LOW, MEDIUM)],
        [("乙村", HIGH, LOW)],
        [("丙村", MEDIUM, MEDIUM)],
    ]


def test_the_same_words_in_another_county_are_another_place() -> None:
    changes = compare(a_list(entry("甲村")), a_list(entry("甲村", at="上海市 上海市 嘉定区")), gazetteer())
    assert (len(changes.added), len(changes.lifted)) == (1, 1)


levels = st.sampled_from(RiskLevel)
lists = st.dictionaries(st.sampled_from("甲乙丙丁戊"), levels, max_size=5).map(
    lambda chosen: a_list(*(entry(name + "村", level) for name, level in chosen.items()))
)


@given(lists, lists)
def test_every_changed_place_stands_in_exactly_one_list(older: RiskList, newer: RiskList) -> None:
    before = {each.key: each.level for each in older.entries}
    after = {each.key: each.level for each in newer.entries}
    changed = [change.place.entry.key for change in compare(older, newer, gazetteer()).all()]
    assert sorted(changed) == sorted(key for key in before | after if before.get(key) != after.get(key))


# -- reading

ROW = '{"province": "上海市", "city": "上海市", "county": "崇明区", "communitys": ["长兴镇长明村21队"]}'


def test_a_place_listed_twice_counts_once_at_its_higher_level() -> None:
    text = f'{{"data": {{"highlist": [{ROW}], "middlelist": [{ROW}, {ROW}], "lowlist": [{ROW}]}}}}'
    assert read_national(text).entries == (entry(CHANGMING, HIGH),)


def test_every_faulty_row_is_named() -> None:
    rows = '[{"province": "上海市", "city": " ", "county": "崇明区", "communitys": [""]}, {"communitys": []}, 7]'
    with pytest.raises(InvalidRiskList) as refused:
        read_national(f'{{"data": {{"highlist": {rows}, "middlelist": []}}}}')
    assert [fault.where for fault in refused.value.faults] == [
        "data.highlist[0].city",
        "data.highlist[0].communitys[0]",
        "data.highlist[1].province",
        "data.highlist[1].city",
        "data.highlist[1].county",
        "data.highlist[1].communitys",
        "data.highlist[2]",
    ]


def test_a_place_with_emoji_stays_as_it_was_written() -> None:
    text = f'{{"data": {{"highlist": [{ROW.replace("21队", "21队🏠")}], "middlelist": []}}}}'
    assert read_national(text).entries[0].text == "长兴镇长明村21队🏠"


def test_half_a_character_is_refused() -> None:
    with pytest.raises(InvalidRiskList, match="a place must be a text"):
        read_national(f'{{"data": {{"highlist": [{ROW.replace("21队", chr(92) + "ud83d")}], "middlelist": []}}}}')


def test_a_table_reads_like_the_national_form() -> None:
    rows: list[list[object]] = [
        ["省份", "城市", "区县", "地区", "风险等级"],
        ["上海市", "上海市", "崇明区", "长兴镇长明村21队", "中风险"],
        [None, "", "", None, ""],
        ["上海市", "上海市", "崇明区", "长兴镇长明村21队", "high"],
    ]
    rows[0][1] = "市"
    assert read_rows(rows).entries == (entry(CHANGMING, HIGH),)


def test_a_table_says_which_row_is_wrong() -> None:
    rows = [
        ["province", "city", "county", "place", "level"],
        ["上海市", "上海市", "崇明区", "长兴镇", "purple"],
        ["上海市", "上海市", "", "长兴镇", "low"],
        ["上海市"],
    ]
    with pytest.raises(InvalidRiskList) as refused:
        read_rows(rows, file="list.csv")
    assert [(fault.where, fault.message) for fault in refused.value.faults] == [
        ("list.csv:2", "「purple」 is not a risk level; write high, medium or low"),
        ("list.csv:3", "county is empty"),
        ("list.csv:4", "city, county, place is empty"),
    ]


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [["province", "city", "county", "place"]]])
def test_a_table_without_its_headings_is_refused(rows: list[list[str]]) -> None:
    with pytest.raises(InvalidRiskList, match="the heading row lacks"):
        read_rows(rows)


# -- in time


def confirmed(hours: int, *entries: RiskEntry, recorded_after: timedelta = timedelta()) -> ConfirmedList:
    at = APRIL_15 + hours * HOUR
    return ConfirmedList(a_list(*entries), valid_from=at, recorded_at=at + recorded_after)


def test_a_place_stands_from_its_first_list_to_the_one_without_it() -> None:
    register = spells([confirmed(0, entry("甲村")), confirmed(8, entry("甲村")), confirmed(24)])
    (spell,) = register
    assert (spell.valid_from, spell.valid_to) == (APRIL_15, APRIL_15 + 24 * HOUR)
    assert in_force(register, APRIL_15 - HOUR) == ()
    assert in_force(register, APRIL_15) == (spell,)
    assert in_force(register, APRIL_15 + 24 * HOUR) == ()
    assert in_force(register, APRIL_15 - HOUR, APRIL_15 + HOUR) == (spell,)
    assert in_force(register, APRIL_15 + 24 * HOUR, APRIL_15 + 48 * HOUR) == ()


def test_another_level_is_another_spell() -> None:
    register = spells([confirmed(0, entry("甲村", HIGH)), confirmed(5, entry("甲村", MEDIUM)), confirmed(6)])
    assert [(spell.level, spell.valid_to) for spell in register] == [
        (HIGH, APRIL_15 + 5 * HOUR),
        (MEDIUM, APRIL_15 + 6 * HOUR),
    ]


def test_what_was_known_then_can_be_asked_after_a_late_correction() -> None:
    lists = [confirmed(0, entry("甲村")), confirmed(2, recorded_after=10 * HOUR)]
    assert len(in_force(spells(lists), APRIL_15 + 3 * HOUR)) == 0
    assert len(in_force(spells(lists, known_at=APRIL_15 + 4 * HOUR), APRIL_15 + 3 * HOUR)) == 1


@given(st.lists(lists, max_size=4), st.integers(0, 5))
def test_the_register_answers_what_the_list_of_that_hour_said(confirmed_lists: list[RiskList], hour: int) -> None:
    register = spells(
        ConfirmedList(each, APRIL_15 + number * HOUR, APRIL_15 + number * HOUR)
        for number, each in enumerate(confirmed_lists)
    )
    then = confirmed_lists[min(hour, len(confirmed_lists) - 1)] if confirmed_lists else a_list()
    standing = {spell.entry.key: spell.level for spell in in_force(register, APRIL_15 + hour * HOUR)}
    assert standing == {each.key: each.level for each in then.entries}


def test_a_place_known_from_lists_alone_has_the_days_it_stood_in_one() -> None:
    here = timezone(8 * HOUR)
    lists = [confirmed(0, entry("甲村", HIGH)), confirmed(24, entry("甲村", MEDIUM))]
    assert days_listed(spells(lists), here) == ((date(2022, 4, 15), None),)
    lists.append(confirmed(37))  # lifted at midnight
    assert days_listed(spells(lists), here) == ((date(2022, 4, 15), date(2022, 4, 16)),)
    # Listed again weeks later it is another stretch: nobody was at risk between them.
    lists.append(confirmed(24 * 30, entry("甲村", LOW)))
    assert days_listed(spells(lists), here) == ((date(2022, 4, 15), date(2022, 4, 16)), (date(2022, 5, 15), None))


@pytest.mark.parametrize(
    ("starts", "ends", "left"),
    [
        (None, None, []),
        (None, 2, [(2, 9)]),
        (4, None, [(0, 4)]),
        (3, 5, [(0, 3), (5, 9)]),
        (0, 9, []),
        (-3, 0, [(0, 9)]),
        (9, 12, [(0, 9)]),
    ],
)
def test_a_period_taken_out_of_a_spell_leaves_what_lies_around_it(
    starts: int | None, ends: int | None, left: list[tuple[int, int]]
) -> None:
    def at(day: int | None) -> datetime | None:
        return None if day is None else APRIL_15 + day * DAYS

    taken = Period(at(starts), at(ends))
    assert taken.left_of(APRIL_15, APRIL_15 + 9 * DAYS) == tuple((at(one), at(other)) for one, other in left)
    assert taken.overlaps(APRIL_15, None) is (ends is None or ends > 0)
    assert taken.is_inside(APRIL_15, None) is (starts is not None and starts >= 0)
