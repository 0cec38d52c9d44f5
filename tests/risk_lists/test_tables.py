"""The same list from a spreadsheet, from CSV, and in the encoding of an old office."""

import io
from pathlib import Path

import pytest
import xlsxwriter

from gateway.areas.gazetteer import BrokenGazetteer, load_gazetteer
from gateway.areas.risk_lists import read_risk_list
from gateway.domain.kinds import RiskLevel
from gateway.domain.risk_areas import InvalidRiskList, RiskEntry

ROWS = (
    ("省", "市", "区县", "地区", "风险等级"),
    ("上海市", "上海市", "崇明区", "长兴镇长明村21队", "中风险"),
    ("吉林省", "长春市", "绿园区", "普阳街道辽阳街（101栋、143栋、201栋）", "高风险"),
)
ENTRIES = (
    RiskEntry("上海市", "上海市", "崇明区", "长兴镇长明村21队", RiskLevel.MEDIUM),
    RiskEntry("吉林省", "长春市", "绿园区", "普阳街道辽阳街（101栋、143栋、201栋）", RiskLevel.HIGH),
)


def spreadsheet(rows: tuple[tuple[str, ...], ...]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def test_a_spreadsheet_is_read() -> None:
    assert read_risk_list("list.xlsx", spreadsheet(ROWS)).entries == ENTRIES


def test_a_spreadsheet_says_which_row_is_wrong() -> None:
    wrong = (*ROWS, ("上海市", "上海市", "崇明区", "", "low"))
    with pytest.raises(InvalidRiskList, match="list.xlsx:4: place is empty"):
        read_risk_list("list.xlsx", spreadsheet(wrong))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_usual_encodings(encoding: str) -> None:
    text = "\r\n".join(",".join(row) for row in ROWS)
    assert read_risk_list("list.csv", text.encode(encoding)).entries == ENTRIES


def test_a_file_far_too_large_is_refused_unread() -> None:
    with pytest.raises(InvalidRiskList, match="larger than 20 MB"):
        read_risk_list("list.json", b" " * 20_000_001)


def test_an_agencys_own_divisions_take_the_place_of_the_vendored_ones(tmp_path: Path) -> None:
    heading = "code,name,aliases,latin,replaced_by"
    rows = "97,东省,东,East,\n9701,甲市,甲,,\n970101,乙区,,,\n970102,丙县,,,970101"
    (tmp_path / "divisions.csv").write_text(f"{heading}\n{rows}\n", encoding="utf-8")
    (tmp_path / "townships.csv").write_text("code,name\n970101001,丁镇\n", encoding="utf-8")
    places = load_gazetteer(tmp_path)
    assert [candidate.code for candidate in places.find("东省甲市丙县丁镇戊村")] == ["970101001"]
    assert places.full_name("970102") == "东省甲市乙区"


def test_a_broken_row_of_divisions_is_named(tmp_path: Path) -> None:
    (tmp_path / "divisions.csv").write_text("code,name,aliases,latin,replaced_by\n97x,东省,,,\n", encoding="utf-8")
    with pytest.raises(BrokenGazetteer, match="divisions.csv:2"):
        load_gazetteer(tmp_path)
