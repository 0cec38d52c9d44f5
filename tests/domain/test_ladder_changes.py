"""A ladder as a place changes it: what may be typed, and what cannot be anybody's ladder."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from gateway.domain.escalations import LadderStep, instead
from gateway.domain.kinds import AlertKind, Level, Role
from gateway.domain.ladder_changes import WhenUnclear, as_typed, faults, is_safety, when_typed
from gateway.domain.rungs import Rung
from gateway.policies.loader import load_packs

NOW = datetime(2021, 1, 15, 7, 20, tzinfo=UTC)
RUNG = Rung(level=Level.L2, roles=(Role.COMMUNITY,), after_minutes=0)


def test_every_shipped_ladder_may_stand_and_is_typed_as_it_is_written() -> None:
    for pack in load_packs().values():
        for code, ladder in pack.ladders.items():
            assert faults(ladder, pack=pack, safety=is_safety(pack, code, None)) == (), (pack.id, code)
            assert tuple(when_typed(as_typed(rung), rung) for rung in ladder.steps) == ladder.steps


def test_a_time_is_typed_in_three_ways_and_anything_else_is_asked_back() -> None:
    assert when_typed("+15", RUNG).after_minutes == 15
    assert when_typed(" 50%", RUNG).share == 0.5
    assert (when_typed("1 18:00", RUNG).day, when_typed("1 18:00", RUNG).at) == (1, time(18))
    for unclear in ("soon", "15 min 3", "0 %", "100 %", "1 25:00", "99999", "-5", ""):
        with pytest.raises(WhenUnclear):
            when_typed(unclear, RUNG)


def test_what_nobody_could_climb_is_refused() -> None:
    pack = load_packs()["sd-2020-09"]
    urgent = pack.ladder("E-X")

    def refused(safety: bool = False, **changed: object) -> set[str]:
        return {fault.message for fault in faults(replace(urgent, **changed), pack=pack, safety=safety)}  # type: ignore[arg-type]

    assert refused() == set()
    assert refused(steps=()) == {"ladder_without_steps"}
    assert refused(steps=(replace(RUNG, roles=()),)) == {"ladder_step_without_role"}
    assert refused(steps=tuple(reversed(urgent.steps))) == {"ladder_out_of_order"}
    assert refused(repeat_every_minutes=1) == {"ladder_rings_too_often"}
    assert refused(resolve_within_hours=0) == {"ladder_resolve_out_of_range"}
    assert refused(waits_at_night=True) == set()
    assert refused(safety=True, waits_at_night=True) == {"ladder_of_safety_at_night"}
    assert refused(safety=True, steps=urgent.steps[1:]) == {"ladder_of_safety_later"}
    assert is_safety(pack, "E-X", None) and is_safety(pack, "E-R", AlertKind.SELF_HARM)
    assert not is_safety(pack, "E-R", None) and not is_safety(pack, "E-X", AlertKind.SYMPTOMS)


def test_whom_a_rule_names_still_hears_at_once_whatever_ladder_the_place_has() -> None:
    def step(level: Level, role: Role, minutes: int) -> LadderStep:
        return LadderStep(level, (role,), NOW + timedelta(minutes=minutes))

    usual = (step(Level.L1, Role.GRID_WORKER, 0), step(Level.L2, Role.COMMUNITY, 15))
    own = (step(Level.L2, Role.COMMUNITY, 0), step(Level.L4, Role.COUNTY, 5))
    police = step(Level.PL, Role.POLICE, 0)
    assert instead(usual, usual, own, NOW) == own
    assert instead((police, usual[1]), usual, own, NOW) == (police, own[1])
