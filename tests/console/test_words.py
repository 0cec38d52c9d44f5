"""Every code a page can show has a name in both languages."""

import re
from dataclasses import fields

import pytest

from gateway.console.alerts import OUTCOMES, STATUSES
from gateway.console.broadcast_forms import MORE_LANGUAGES
from gateway.console.duties import SHOWN
from gateway.console.ledgers import STATES
from gateway.console.pages import TEMPLATES, THEMES, known_word
from gateway.console.pathways import TRANSPORTS
from gateway.console.residents import ANCHORS, PROFILES
from gateway.console.risk_lists import KINDS
from gateway.domain import lead_lists
from gateway.domain.controls import Audience, Passing
from gateway.domain.discharges import Leaving
from gateway.domain.duties import Cadence, FieldKind, Prefill
from gateway.domain.kinds import (
    AlertKind,
    ApplicationKind,
    ApplicationState,
    BroadcastState,
    ChangeOutcome,
    ChannelName,
    DeskState,
    EventKind,
    Excuse,
    FollowUpState,
    GateQuestion,
    Hears,
    ItemKind,
    ItemState,
    Lane,
    LeadOutcome,
    LeadPush,
    LeadState,
    LeadStep,
    Level,
    ListState,
    MatchKind,
    Measure,
    Occupation,
    PeriodKind,
    RecipientState,
    ReportKind,
    ResponseLevel,
    ResultValue,
    RiskLevel,
    Role,
    Severity,
    TestKind,
    VenueKind,
    Verdict,
)
from gateway.domain.packs import Hotlines, Pack
from gateway.domain.releases import Identifying
from gateway.domain.report_types import TypeState, Warn
from gateway.domain.rotas import On, Turn
from gateway.domain.workdays import DayKind
from gateway.messages.catalogue import CATALOGUE
from gateway.messages.words import ROOT
from gateway.policies.loader import DEMO_OVERLAY, load_packs
from gateway.record.copies import COPIED, told_of
from gateway.services import checklist_views
from gateway.services.broadcast_runs import CALLED
from gateway.services.controls import ACTIVE, ASKED, DECIDED, GRANTED, LIFTED, REFUSED, REQUESTED
from gateway.services.held_actions import BulkAction
from gateway.services.organisations import UNIT_KINDS, Book, Change
from gateway.services.support import SupportState


def unit_kinds(pack: Pack) -> set[str]:
    bearing = (*pack.duties.values(), *pack.registers.values(), *pack.capacities.values())
    return {kind for rule in bearing for kind in rule.units}


CONTROLS = [pack.control for pack in load_packs().values() if pack.control is not None]


def of_control(section: str, name: str) -> set[str]:
    """What the packs' sections of area control list under a name."""
    found = (getattr(getattr(pack, section, None), name, ()) for pack in load_packs(overlays=[DEMO_OVERLAY]).values())
    return {code for codes in found if codes for code in codes}


LADDER_FAULTS = "".join(
    (ROOT / "gateway" / name).read_text() for name in ("domain/ladder_changes.py", "console/ladders.py")
)
SAID_OF_CODES = {
    "audience": Audience,
    "entry": {check for pack in load_packs().values() for tier in pack.tiers.values() for check in tier.entry},
    "passing": Passing,
    "venue": VenueKind,
    "broadcast_state": BroadcastState,
    "bulk": BulkAction,
    "cadence": Cadence,
    "call": CALLED,
    "cast_step": (
        *("written", "changed", "voided", "approved", "rejected", "corrected"),
        *("paused", "resumed", "stopped", "sent"),
    ),
    "caution": Warn,
    "copy": tuple(table.name for table in COPIED),
    "copy_field": {  # a picture's content is shown as the picture
        name for table in COPIED for name in told_of(table) if name not in ("id", "content") and name[-3:] != "_id"
    },
    "desk_state": DeskState,
    "duty_show": SHOWN,
    "field_kind": FieldKind,
    "hears": Hears,
    "hotline": [one.name for one in fields(Hotlines) if one.name != "source"],
    "language": ("zh_Hans_CN", "en", *MORE_LANGUAGES),
    "lint": Identifying,
    "prefill": Prefill,
    "problem": ("conflict", "forbidden"),
    "recipient": RecipientState,
    "support_state": {*SupportState, "all", "waiting"},
    "theme": THEMES,
    "type_state": TypeState,
    "weekday": range(1, 8),
    "closure": {mode for one in CONTROLS for mode in (one.closure.modes if one.closure else ())},
    "control": ("control_announced", "control_lifted"),
    "control_state": (REQUESTED, DECIDED, ACTIVE, LIFTED),
    "criterion": {*of_control("termination", "criteria"), *of_control("termination", "flow")},
    "loop": of_control("levels", "loop"),
    "ladder": {code for pack in load_packs().values() for code in pack.ladders},
    "ladder_fault": re.findall(r'"(ladder_\w+)"', LADDER_FAULTS),
    "book": Book,
    "day_kind": DayKind,
    "import": Change,
    "rota_on": On,
    "rota_turn": Turn,
    "unit_sort": UNIT_KINDS,
    "match": MatchKind,
    "permit": (ASKED, GRANTED, REFUSED),
    "release": {*of_control("release", "flow"), "none"},
    "response": ResponseLevel,
    "alert": AlertKind,
    "application": ApplicationState,
    "anchor": ANCHORS,
    "change_kind": KINDS,
    "channel": ChannelName,
    "check": {check.key for pack in load_packs().values() for duty in pack.duties.values() for check in duty.checks},
    "delivery": STATES,
    "duty_field": {asked.key for pack in load_packs().values() for one in pack.duties.values() for asked in one.fields},
    "event": (
        *("raised", "told", "passed_over", "acknowledged", "note", "assigned", "escalated"),
        *("resolved", "settled", "asked_again", "stale", "unreached"),
    ),
    "excuse": Excuse,
    "figure": {figure for pack in load_packs().values() if pack.live for figure in pack.live.figures},
    "follow_up": FollowUpState,
    "gate_question": GateQuestion,
    "item": ItemKind,
    "item_of_list": checklist_views.ItemState,
    "item_state": ItemState,
    "lane": Lane,
    "leaving": Leaving,
    "lead_field": lead_lists.FIELDS,
    "lead_outcome": LeadOutcome,
    "lead_push": LeadPush,
    "lead_state": LeadState,
    "lead_step": LeadStep,
    "level": Level,
    "list": ListState,
    "measure": {*Measure, *(measure for one in CONTROLS for measure in (one.units.measures if one.units else ()))},
    "occupation": Occupation,
    "outcome": OUTCOMES,
    "outcome_of_change": ChangeOutcome,
    "period": PeriodKind,
    "profile": PROFILES,
    "report": ReportKind,
    "result": ResultValue,
    "risk": RiskLevel,
    "role": Role,
    "severity": Severity,
    "sort": {*EventKind, *ApplicationKind} - {ApplicationKind.EVENT},
    "status": STATUSES,
    "template": CATALOGUE,
    "test": TestKind,
    "transport": TRANSPORTS,
    "unit_kind": {
        *(kind for pack in load_packs().values() for kind in unit_kinds(pack)),
        *(kind for one in CONTROLS for kind in (one.units.kinds if one.units else ())),
    },
    "verdict": Verdict,
}


#: Codes that packs, lists and definitions make: each is named where it is made.
OF_FREE_KEYS = {"symptom", "fact", "list_event", "unit_role", "lack", "reach", "why_change", "type_part"}


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_every_code_has_a_name(language: str) -> None:
    unnamed = [
        f"{group}.{code}"
        for group, codes in SAID_OF_CODES.items()
        for code in codes
        if known_word(f"{group}.{code}", language) is None
    ]
    assert unnamed == []


def test_every_group_of_codes_a_template_names_is_known_here() -> None:
    named = {
        group
        for path in TEMPLATES.glob("*.html")
        for group in re.findall(r'\("(\w+)\." ~ [^)]*\) \| word', path.read_text())
    }
    assert named - OF_FREE_KEYS <= SAID_OF_CODES.keys()
