"""What a sender's columns mean, and how people are spread over grids."""

from gateway.domain.lead_lists import guess, missing, row_of, spread

PHONES = [["1", "王芳", "13800138000", "370102198501011234"], ["2", "李四", "+8613900139000", "37010219850101123X"]]


def test_columns_are_known_by_their_titles_however_they_are_spaced() -> None:
    titles = ["序号", " 姓 名 *", "联系电话", "公民身份号码", "现住址", "户籍地"]
    assert guess(titles, []) == {"name": 1, "phone": 2, "id_number": 3, "destination": 4, "hukou": 5}


def test_a_column_without_a_known_title_is_known_by_what_stands_below_it() -> None:
    assert guess(["A", "B", "C", "D"], PHONES) == {"phone": 2, "id_number": 3}
    assert guess(["A", "B", "C", "D"], [["1", "2", "房", "室"]]) == {}


def test_how_a_senders_last_file_was_read_comes_before_the_titles() -> None:
    titles = ["姓名", "电话", "备用电话", "到哪里"]
    read = guess(titles, [], {"phone": "备用电话", "destination": "到哪里", "grid": "不再有"})
    assert read == {"phone": 2, "destination": 3, "name": 0}


def test_what_nobody_can_be_looked_for_without_is_named() -> None:
    assert missing({"name": 0}) == ("phone", "destination")
    assert missing({"id_number": 0, "community": 1}) == ()


def test_township_and_community_stand_before_the_address_unless_it_says_them_itself() -> None:
    mapping = {"township": 0, "community": 1, "destination": 2, "name": 3}
    assert row_of(["解放路街道", "", "泺源社区3号楼", "王芳"], mapping) == {
        "destination": "解放路街道泺源社区3号楼",
        "name": "王芳",
    }
    assert row_of(["解放路街道", "", "历下区解放路街道3号", ""], mapping) == {"destination": "历下区解放路街道3号"}
    assert row_of(["", "", "", "王芳"], mapping) == {"name": "王芳"}


def test_people_go_to_the_grid_of_their_place_with_least_to_do() -> None:
    loads = {"37010200100101": 2, "37010200100102": 0, "37010200200101": 0}
    waiting = [("a", "370102001"), ("b", "370102001"), ("c", "370102001"), ("d", "370102002001"), ("e", "370103001")]
    assert spread(waiting, loads) == {
        "a": "37010200100102",
        "b": "37010200100102",
        "c": "37010200100101",
        "d": "37010200200101",
    }
