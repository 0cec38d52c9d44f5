"""May this person work, come, travel; is it over? Yes, no, or an official must decide, with the rule behind it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.domain.gates import (
    GateAnswer,
    Traveller,
    Trip,
    Watched,
    Worker,
    has_green_code,
    is_over,
    may_be_received,
    may_come,
    may_go_out,
    may_travel,
    may_work,
    without_health,
)
from gateway.domain.kinds import Level, ResultValue, TestKind, Verdict
from gateway.domain.periodic_tests import Expiry
from gateway.domain.plans import Sampling
from gateway.policies.loader import DEMO_OVERLAY, load_pack, load_rules
from tests.support.calendars import at

NAT, NEGATIVE = TestKind.NAT, ResultValue.NEGATIVE
SHANDONG = load_pack("sd-2020-09")
DEMO = load_pack("sd-2020-09", overlays=[DEMO_OVERLAY])
SPEECH = load_pack("sp-2021-01", overlays=[DEMO_OVERLAY])


def sampled(*days: str, value: ResultValue | None = NEGATIVE, test: TestKind = NAT) -> tuple[Sampling, ...]:
    return tuple(Sampling(test=test, sampled_at=at(day), result=value) for day in days)


def deciding(answer: GateAnswer) -> tuple[Verdict, tuple[str, ...]]:
    return answer.verdict, tuple(rule for reason in answer.deciding for rule in reason.rules)


def worker(
    *occupations: str, samplings: Iterable[Sampling] = (), symptoms: bool = False, isolated: bool = False
) -> Worker:
    return Worker(occupations=occupations, samplings=tuple(samplings), symptoms=symptoms, isolated=isolated)


@pytest.mark.rule("SD-3.3.3-h")
@pytest.mark.parametrize(
    ("moment", "verdict"),
    [
        ("2021-01-05 09:00", Verdict.YES),
        ("2021-01-19 23:59", Verdict.YES),
        ("2021-01-20 00:00", Verdict.NO),
    ],
)
def test_day_fourteen_is_still_valid_and_from_day_fifteen_on_nobody_works(moment: str, verdict: Verdict) -> None:
    """AMB-14: counted from the sampling, whenever on that day."""
    answer = may_work(SHANDONG, worker("cold_chain", samplings=sampled("2021-01-05 08:30")), at(moment))
    assert deciding(answer) == (verdict, ("SD-3.3.3-h",))


@pytest.mark.parametrize(("moment", "verdict"), [("2021-01-19 08:29", Verdict.YES), ("2021-01-19 08:30", Verdict.NO)])
def test_where_a_pack_counts_exact_hours_the_gate_closes_at_the_hour_of_the_sampling(
    moment: str, verdict: Verdict
) -> None:
    cold_chain = replace(SHANDONG.periodic["cold_chain"], expires=Expiry.EXACT_HOURS)
    exact = replace(SHANDONG, periodic={**SHANDONG.periodic, "cold_chain": cold_chain})
    answer = may_work(exact, worker("cold_chain", samplings=sampled("2021-01-05 08:30")), at(moment))
    assert deciding(answer) == (verdict, ("SD-3.3.3-h",))


@pytest.mark.rule("SD-3.3.3-h")
def test_only_a_negative_swab_opens_the_gate() -> None:
    now = at("2021-01-06 08:00")
    for taken in (
        (),
        sampled("2021-01-05 08:30", value=None),
        sampled("2021-01-05 08:30", value=ResultValue.INCONCLUSIVE),
        sampled("2021-01-05 08:30", test=TestKind.ANTIBODY),
    ):
        assert deciding(may_work(SHANDONG, worker("cold_chain", samplings=taken), now)) == (
            Verdict.NO,
            ("SD-3.3.3-h",),
        )


def test_an_interval_nobody_has_set_is_asked_for_and_never_guessed() -> None:
    nurse = worker("medical", samplings=sampled("2021-01-05 08:30"))
    answer = may_work(SHANDONG, nurse, at("2021-01-06 08:00"))
    assert (answer.verdict, answer.reasons[0].code) == (Verdict.OFFICIAL, "not_configured")
    assert answer.reasons[0].facts["value"] == "periodic.medical.every_days"
    assert may_work(DEMO, nurse, at("2021-01-06 08:00")).verdict is Verdict.YES


def test_who_works_in_two_such_jobs_needs_the_newer_test() -> None:
    both = worker("custody", "cold_chain", samplings=sampled("2021-01-05 08:30"))
    assert may_work(DEMO, both, at("2021-01-19 12:00")).verdict is Verdict.YES
    assert may_work(DEMO, both, at("2021-01-20 00:00")).verdict is Verdict.NO


def test_who_is_tested_by_no_notice_may_work_unless_isolated() -> None:
    now = at("2021-01-06 08:00")
    assert may_work(SHANDONG, worker(), now).verdict is Verdict.YES
    assert may_work(SHANDONG, worker(isolated=True), now).verdict is Verdict.NO


@pytest.mark.rule("SD-3.4.6-a")
@pytest.mark.parametrize("occupation", ["welfare", "custody", "psychiatric"])
def test_with_symptoms_nobody_works_in_a_special_institution(occupation: str) -> None:
    tested = sampled("2021-01-05 08:30")
    ill = may_work(DEMO, worker(occupation, samplings=tested, symptoms=True), at("2021-01-06 08:00"))
    assert deciding(ill) == (Verdict.NO, ("SD-3.4.6-a",))
    elsewhere = may_work(DEMO, worker("cold_chain", samplings=tested, symptoms=True), at("2021-01-06 08:00"))
    assert (elsewhere.verdict, elsewhere.decides) == (Verdict.OFFICIAL, Level.L2)


@pytest.mark.rule("SD-3.4.6-a")
def test_a_home_receives_nobody_who_was_not_surveyed() -> None:
    assert deciding(may_be_received(SHANDONG, "welfare", surveyed=False)) == (Verdict.NO, ("SD-3.4.6-a",))
    assert may_be_received(SHANDONG, "welfare", surveyed=True).verdict is Verdict.YES


@pytest.mark.rule("SD-3.3.1-h")
def test_coming_early_or_otherwise_is_the_destination_citys_to_approve() -> None:
    early = may_come(SHANDONG, Traveller(must_declare=True, declared=True, early_or_changed=True))
    assert deciding(early) == (Verdict.OFFICIAL, ("SD-3.3.1-h",))
    assert early.decides is Level.L5
    approved = may_come(SHANDONG, Traveller(must_declare=True, declared=True, early_or_changed=True, approved=True))
    assert approved.verdict is Verdict.YES
    assert "SD-3.3.1-h" in approved.rules


def test_an_arrival_is_announced_first_and_nobody_drives_home_alone_within_fourteen_days() -> None:
    assert may_come(SHANDONG, Traveller(must_declare=True)).verdict is Verdict.NO
    assert may_come(SHANDONG, Traveller(must_declare=True, declared=True)).verdict is Verdict.YES
    assert may_come(SHANDONG, Traveller(must_declare=False)).verdict is Verdict.YES
    for day, verdict in ((18, Verdict.NO), (19, Verdict.YES)):
        driver = Traveller(
            must_declare=True,
            declared=True,
            own_transport=True,
            released_on=date(2020, 10, 4),
            arrives_on=date(2020, 10, day),
        )
        assert may_come(SHANDONG, driver).verdict is verdict


def test_a_certificate_without_configured_hours_is_asked_about() -> None:
    """F-03: the pack has no value, so nobody guesses."""
    boards_at, sampled_at = at("2020-10-15 09:00"), at("2020-10-12 09:00")
    shown = Traveller(must_declare=True, declared=True, boards_at=boards_at, certificate_at=sampled_at)
    asked = may_come(SHANDONG, shown)
    assert (asked.verdict, asked.reasons[0].rules) == (Verdict.OFFICIAL, ("SD-3.2.2-b",))
    assert may_come(DEMO, shown).verdict is Verdict.YES
    old = Traveller(
        must_declare=True, declared=True, boards_at=boards_at, certificate_at=sampled_at - timedelta(minutes=1)
    )
    assert deciding(may_come(DEMO, old)) == (Verdict.NO, ("SD-3.2.2-b",))


@pytest.mark.rule("SD-3.3.5-b")
def test_residents_are_advised_against_risk_areas_and_stay_where_it_is_risky() -> None:
    assert deciding(may_travel(SHANDONG, Trip(at_risk=True))) == (Verdict.NO, ("SD-3.3.5-b",))
    assert deciding(may_travel(SHANDONG, Trip(at_risk=False, home_at_risk=True))) == (Verdict.NO, ("SD-3.3.5-b",))
    assert may_travel(SHANDONG, Trip(at_risk=True, necessary=True)).verdict is Verdict.YES
    assert deciding(may_travel(SHANDONG, Trip(at_risk=False))) == (Verdict.YES, ("SD-3.3.5-b",))
    assert may_travel(SHANDONG, Trip(at_risk=None)).verdict is Verdict.OFFICIAL


@pytest.mark.rule("SP-2.3.1-f")
def test_a_cadre_asks_the_head_of_the_unit_and_is_warned_of_risk_areas() -> None:
    asks = may_travel(SPEECH, Trip(at_risk=False, cadre=True, leaves_city=True))
    assert (deciding(asks), asks.decides) == ((Verdict.OFFICIAL, ("SP-2.3.1-f",)), Level.UL)
    warned = may_travel(SPEECH, Trip(at_risk=True, cadre=True, leaves_city=True, approved=True))
    assert warned.verdict is Verdict.OFFICIAL
    assert "避免前往中高风险地区" in (warned.deciding[0].says.zh if warned.deciding[0].says else "")
    assert "避免前往中高风险地区" in load_rules()["SP-2.3.1-f"].quote_zh
    fine = may_travel(SPEECH, Trip(at_risk=False, cadre=True, leaves_city=True, approved=True))
    assert fine.verdict is Verdict.YES


@pytest.mark.rule("SD-3.3.5-g")
def test_whoever_asks_whether_to_meet_hears_what_the_notice_advises() -> None:
    assert deciding(may_go_out(SHANDONG)) == (Verdict.YES, ("SD-3.3.5-g",))


RELEASE = datetime(2020, 10, 29, 17, 40, tzinfo=UTC)  # F-04: 30 October, 01:40


def returnee(*, closed: bool = True, arrived: bool = True, negative: bool | None = True) -> Watched:
    return Watched(
        profile="overseas_in_province",
        rules=("SD-3.3.2-g",),
        ends_at=RELEASE,
        closed=closed,
        arrived=arrived,
        tests_negative=negative,
    )


@pytest.mark.rule("SD-3.3.2-k")
def test_the_green_code_needs_all_three() -> None:
    """F-04: released at 01:40 on 30 October, both tests negative."""
    assert deciding(has_green_code(SHANDONG, returnee())) == (Verdict.YES, ("SD-3.3.2-k",))
    for lacking in (returnee(closed=False), returnee(arrived=False), returnee(negative=None)):
        assert deciding(has_green_code(SHANDONG, lacking)) == (Verdict.NO, ("SD-3.3.2-k",))
    assert has_green_code(SHANDONG, returnee(negative=False)).verdict is Verdict.OFFICIAL


def test_an_isolation_is_over_when_the_record_says_so_and_not_before() -> None:
    before, after = RELEASE - timedelta(minutes=1), RELEASE + timedelta(minutes=1)
    running = is_over(SHANDONG, returnee(closed=False), before)
    assert (running.verdict, running.rules) == (Verdict.NO, ("SD-3.3.2-g",))
    assert running.reasons[0].facts["until"] == RELEASE
    assert is_over(SHANDONG, returnee(), after).verdict is Verdict.YES
    held = Watched(profile="key_area", rules=("SD-3.3.2-o",), ends_at=RELEASE, closed=False, held=True)
    assert (is_over(SHANDONG, held, after).verdict, is_over(SHANDONG, held, after).decides) == (
        Verdict.OFFICIAL,
        Level.L1,
    )
    untested = Watched(profile="key_area", rules=("SD-3.3.2-o",), ends_at=RELEASE, closed=False, missing_test=True)
    assert is_over(SHANDONG, untested, after).reasons[0].code == "over_test_missing"
    assert is_over(SHANDONG, None, after).verdict is Verdict.YES


def test_a_positive_test_outweighs_the_negative_one_before_it_until_a_new_negative_one() -> None:
    now = at("2021-01-08 08:00")
    negative = sampled("2021-01-05 08:30")
    ill = (*negative, *sampled("2021-01-07 08:30", value=ResultValue.POSITIVE))
    assert may_work(SHANDONG, worker("cold_chain", samplings=ill), now).verdict is Verdict.NO
    assert may_work(SHANDONG, worker(samplings=ill), now).verdict is Verdict.OFFICIAL
    well = (*ill, *sampled("2021-01-08 07:00"))
    assert may_work(SHANDONG, worker("cold_chain", samplings=well), now).verdict is Verdict.YES


def test_who_may_not_know_how_somebody_is_hears_only_what_they_may_do() -> None:
    answer = may_work(SHANDONG, worker("welfare", symptoms=True), at("2021-01-06 08:00"))
    told = without_health(SHANDONG, answer)
    assert told.verdict is answer.verdict
    assert "work_with_symptoms" in {reason.code for reason in answer.reasons}
    assert not {"work_with_symptoms", "work_ill_elsewhere"} & {reason.code for reason in told.reasons}
    assert "SD-3.4.6-a" not in told.rules
