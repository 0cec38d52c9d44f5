"""What a code at a door asks, by the packs in force."""

from uuid import uuid4

import pytest

from gateway.domain.kinds import VenueId, VenueKind
from gateway.domain.matters import checked
from gateway.domain.venues import Guest, Venue, asked_of_guests, typed_code
from tests.domain.test_matters import NOW, pack_of

GUEST = Guest("刘旅客", "E22345678", "吉林省长春市绿园区", "220106")


@pytest.mark.rule("BN-2.3.1-a", "SD-3.4.2-c")
def test_what_a_guest_says_is_all_that_each_notice_asks_there() -> None:
    hotel = Venue(VenueId(uuid4()), "7KQ2MNP4", "泉城旅店", VenueKind.HOTEL, "370102", None, NOW)
    asked = {key: rule for pack in ("bn-2020-10", "sd-2020-09") for key, rule in pack_of(pack).matters.items()}
    found = asked_of_guests(asked, VenueKind.HOTEL)
    assert set(found) == {"real_name_registration", "lodging_guest"}
    said = {key: checked(rule, GUEST.told(rule, hotel)) for key, rule in found.items()}
    assert {one["from"] for one in said.values()} == {"吉林省长春市绿园区"}
    assert said["real_name_registration"]["place"] == "hotel"
    assert set(asked_of_guests(asked, VenueKind.INTERNET_CAFE)) == {"real_name_registration"}
    assert not asked_of_guests(asked, VenueKind.CHECKPOINT)


def test_a_code_is_known_scanned_or_typed_and_nothing_else_is_one() -> None:
    assert typed_code("v_7KQ2MNP4") == typed_code(" 7kq2mnp4 ") == "7KQ2MNP4"
    for said in ("", "v_", "7KQ2MNP", "7KQ2MNP45", "7KQ2MNO4", "../../me"):
        assert typed_code(said) is None
