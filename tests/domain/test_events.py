"""May this be held? The notices' own numbers, to the guest and to the day (F-20)."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.domain.events import (
    Event,
    Ground,
    looked_at_on_the_day,
    may_hold,
    missing_persons,
    must_be_reviewed,
)
from gateway.domain.kinds import EventKind, Excuse, Level, RiskLevel, Verdict
from gateway.domain.packs import Pack
from gateway.policies.loader import DEMO_OVERLAY, load_pack
from tests.support.calendars import written

QUIET = Ground(tier=RiskLevel.LOW)
MEDIUM = Ground(tier=RiskLevel.MEDIUM)
HIGH = Ground(tier=RiskLevel.HIGH)
WEDDING_DAY = date(2021, 2, 13)


def shandong() -> Pack:
    return load_pack("sd-2020-09")


def speech() -> Pack:
    return load_pack("sp-2021-01", overlays=[DEMO_OVERLAY])


def both() -> Pack:
    """The speech, with the province's rule about areas."""
    return replace(speech(), meetings=shandong().meetings)


def bayannur() -> Pack:
    return load_pack("bn-2020-10")


def held(
    pack: Pack, kind: EventKind, people: int | None = None, *, on: date = WEDDING_DAY, ground: Ground = QUIET,
    cadres: bool = False, excuse: Excuse | None = None,
) -> tuple[Verdict, tuple[str, ...]]:  # fmt: skip
    """The verdict and the rules it rests on."""
    excuses = frozenset({excuse}) if excuse else frozenset()
    answer = may_hold(pack, Event(kind=kind, on=on, people=people, cadres=cadres, excuses=excuses), ground)
    return answer.verdict, tuple(rule for reason in answer.deciding for rule in reason.rules)


def words(pack: Pack, kind: EventKind, people: int | None = None, *, ground: Ground = QUIET) -> list[str]:
    found = may_hold(pack, Event(kind=kind, on=WEDDING_DAY, people=people), ground)
    return [reason.says.zh for reason in found.reasons if reason.says]


@pytest.mark.rule("SP-2.3.1-a")
@pytest.mark.parametrize(("guests", "verdict"), [(60, Verdict.OFFICIAL), (50, Verdict.OFFICIAL), (49, Verdict.YES)])
def test_from_fifty_guests_on_a_wedding_needs_the_county(guests: int, verdict: Verdict) -> None:
    answer = may_hold(both(), Event(kind=EventKind.WEDDING, on=WEDDING_DAY, people=guests), QUIET)
    assert answer.verdict is verdict
    assert ("SP-2.3.1-a" in answer.rules) is (guests >= 50)
    assert answer.decides is (Level.L4 if guests >= 50 else None)


def test_while_nobody_says_how_many_come_the_number_is_named_as_a_condition() -> None:
    answer = may_hold(both(), Event(kind=EventKind.WEDDING, on=WEDDING_DAY), QUIET)
    assert answer.verdict is Verdict.YES
    assert {reason.facts.get("people_from") for reason in answer.reasons} == {50, None}


@pytest.mark.rule("SP-2.3.1-d")
def test_a_birthday_banquet_of_twenty_is_stopped_and_a_small_wedding_is_kept_simple() -> None:
    assert held(both(), EventKind.BANQUET, 20) == (Verdict.NO, ("SP-2.3.1-d",))
    assert any("从简" in said for said in words(both(), EventKind.WEDDING, 49))
    assert any("从简" in said for said in words(both(), EventKind.FUNERAL, 30))
    assert not any("从简" in said for said in words(both(), EventKind.DINNER, 8))


@pytest.mark.rule("SP-2.3.1-b")
@pytest.mark.parametrize("kind", [EventKind.PERFORMANCE, EventKind.SPORTS])
def test_no_concert_and_no_match_in_the_season(kind: EventKind) -> None:
    assert held(both(), kind, 30) == (Verdict.NO, ("SP-2.3.1-b",))
    assert held(both(), kind, 30, on=date(2021, 5, 31))[0] is Verdict.NO
    assert held(both(), kind, 30, on=date(2021, 6, 1))[0] is Verdict.YES
    assert held(both(), kind, 30, on=date(2020, 11, 30))[0] is Verdict.YES


def test_nobody_guesses_when_the_season_is() -> None:
    answer = may_hold(load_pack("sp-2021-01"), Event(kind=EventKind.PERFORMANCE, on=WEDDING_DAY, people=30), QUIET)
    assert answer.verdict is Verdict.OFFICIAL
    (reason,) = answer.deciding
    assert (reason.code, reason.facts["value"], reason.rules) == (
        "not_configured",
        "events.season_from",
        ("SP-2.3.1-b",),
    )


@pytest.mark.rule("SP-2.3.1-e")
@pytest.mark.parametrize(("people", "verdict"), [(9, Verdict.YES), (10, Verdict.NO)])
def test_cadres_dine_with_nine_and_not_with_ten(people: int, verdict: Verdict) -> None:
    found, rules = held(both(), EventKind.DINNER, people, cadres=True)
    assert found is verdict
    assert rules == (("SP-2.3.1-e",) if people == 10 else ())
    assert held(both(), EventKind.DINNER, people)[0] is Verdict.YES


@pytest.mark.rule("SP-2.3.1-c")
def test_an_approval_names_host_approver_and_filing_authority() -> None:
    named = {"host": "李强", "approver": "周主任", "filing_authority": ""}
    missing = missing_persons(both(), named)
    assert missing is not None and missing[0].source == ("SP-2.3.1-c",)
    assert missing[1] == ("filing_authority",)
    assert missing_persons(both(), {**named, "filing_authority": "区社防办吴"}) is None
    assert missing_persons(both(), {}) is not None


@pytest.mark.rule("SD-3.5.3-a")
@pytest.mark.parametrize(("day", "verdict"), [(14, Verdict.NO), (15, Verdict.YES)])
def test_a_meeting_waits_until_the_last_local_case_lies_fourteen_days_back(day: int, verdict: Verdict) -> None:
    ground = replace(QUIET, last_case_on=date(2021, 2, 1))
    for kind in (EventKind.MEETING, EventKind.EXAM):
        found, rules = held(both(), kind, 30, on=date(2021, 2, day), ground=ground)
        assert found is verdict
        assert rules == (("SD-3.5.3-a",) if verdict is Verdict.NO else ("SD-3.5.3-e",))
    assert held(both(), EventKind.MEETING, 30, ground=QUIET)[0] is Verdict.YES


@pytest.mark.rule("SD-3.5.3-b")
@pytest.mark.parametrize("ground", [MEDIUM, HIGH])
def test_no_meeting_at_risk_but_for_what_somebody_approves_as_urgent(ground: Ground) -> None:
    assert held(both(), EventKind.MEETING, 20, ground=ground) == (Verdict.NO, ("SD-3.5.3-b",))
    assert held(both(), EventKind.EXAM, 20, ground=ground, excuse=Excuse.NECESSARY)[0] is Verdict.NO
    answer = may_hold(
        both(),
        Event(kind=EventKind.EXAM, on=WEDDING_DAY, people=20, excuses=frozenset({Excuse.URGENT})),
        ground,
    )
    assert (answer.verdict, answer.decides) == (Verdict.OFFICIAL, Level.L4)


@pytest.mark.rule("SD-3.5.3-c")
def test_only_a_necessary_exhibition_and_none_at_risk() -> None:
    fair = EventKind.EXHIBITION
    assert held(both(), fair, 30) == (Verdict.NO, ("SD-3.5.3-c",))
    assert held(both(), fair, 30, excuse=Excuse.NECESSARY) == (Verdict.OFFICIAL, ("SD-3.5.3-c",))
    for ground in (MEDIUM, HIGH):
        assert held(both(), fair, 30, ground=ground, excuse=Excuse.NECESSARY) == (Verdict.NO, ("SD-3.5.3-c",))


@pytest.mark.rule("SD-3.5.3-e")
def test_a_video_is_proposed_first_whatever_the_answer_is() -> None:
    for ground in (QUIET, MEDIUM):
        assert any("视频" in said for said in words(shandong(), EventKind.MEETING, 20, ground=ground))
    assert not any("视频" in said for said in words(shandong(), EventKind.WEDDING, 20))


def test_a_no_at_an_earlier_step_is_final() -> None:
    """Sixty at a meeting in a medium-risk area: nobody is sent to the county for an approval that cannot come."""
    answer = may_hold(both(), Event(kind=EventKind.MEETING, on=WEDDING_DAY, people=60), MEDIUM)
    assert answer.verdict is Verdict.NO
    assert "SP-2.3.1-a" not in answer.rules


@pytest.mark.rule("BN-2.3.4-a")
def test_the_riskier_the_area_the_stricter_and_at_last_cancelled() -> None:
    party = EventKind.GATHERING
    assert held(bayannur(), party, 30)[0] is Verdict.YES
    assert held(bayannur(), party, 30, ground=MEDIUM) == (Verdict.OFFICIAL, ("BN-2.3.4-a",))
    assert held(bayannur(), party, 30, ground=HIGH) == (Verdict.NO, ("BN-2.3.4-a",))
    event = Event(kind=party, on=WEDDING_DAY, people=30)
    assert must_be_reviewed(bayannur(), event, RiskLevel.LOW, MEDIUM) == ("BN-2.3.4-a",)
    assert must_be_reviewed(bayannur(), event, RiskLevel.MEDIUM, MEDIUM) == ()
    assert must_be_reviewed(bayannur(), event, RiskLevel.MEDIUM, QUIET) == ()


def test_an_approved_meeting_is_reviewed_when_the_area_turns_medium_or_a_case_comes_too_close() -> None:
    meeting = Event(kind=EventKind.MEETING, on=date(2021, 2, 15), people=30)
    before = replace(QUIET, last_case_on=date(2021, 2, 1))
    assert must_be_reviewed(both(), meeting, RiskLevel.LOW, before) == ()
    assert must_be_reviewed(both(), meeting, RiskLevel.LOW, MEDIUM) == ("SD-3.5.3-b",)
    late = replace(QUIET, last_case_on=date(2021, 2, 2))
    assert must_be_reviewed(both(), meeting, RiskLevel.LOW, late) == ("SD-3.5.3-a",)
    assert written(looked_at_on_the_day(both(), meeting)) == "2021-02-15 00:00"
    assert looked_at_on_the_day(bayannur(), meeting) is None


def test_where_the_register_cannot_tell_the_tier_somebody_must() -> None:
    meeting = Event(kind=EventKind.MEETING, on=WEDDING_DAY, people=20)
    unknown = may_hold(both(), meeting, Ground(tier=None))
    assert unknown.verdict is Verdict.OFFICIAL
    unsure = may_hold(both(), meeting, Ground(tier=RiskLevel.LOW, possible=RiskLevel.MEDIUM))
    assert unsure.verdict is Verdict.OFFICIAL
    assert "tier_unsure" in {reason.code for reason in unsure.reasons}
    assert may_hold(both(), meeting, QUIET).verdict is Verdict.YES


def test_where_no_notice_speaks_of_events_somebody_must_decide() -> None:
    answer = may_hold(load_pack("everywhere"), Event(kind=EventKind.WEDDING, on=WEDDING_DAY, people=20), QUIET)
    assert (answer.verdict, answer.reasons[0].code) == (Verdict.OFFICIAL, "no_rule")
