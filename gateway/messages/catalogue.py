"""Every message the gateway can say, with the values its words take. A message not named here cannot be sent."""

from dataclasses import dataclass
from enum import StrEnum


class Buttons(StrEnum):
    """Which keyboard goes under a message (labels are translated, callback data is the wire's `al:` and `ck:`)."""

    NONE = "none"
    ALERT = "alert"
    ALERT_TAKEN = "alert_taken"
    ASSIGNMENT = "assignment"
    ASSIGNMENTS = "assignments"
    CHECK_IN = "check_in"
    PLAN = "plan"
    WELFARE = "welfare"
    DUTY = "duty"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    values: frozenset[str]
    buttons: Buttons = Buttons.NONE
    protect: bool = False
    written: tuple[str, ...] = ()
    """Values that are whole words of somebody's, which the template only sets in: never asks about, never filters."""


def _template(
    name: str,
    *values: str,
    buttons: Buttons = Buttons.NONE,
    protect: bool = False,
    written: tuple[str, ...] = (),
) -> Template:
    return Template(name, frozenset(values) | frozenset(written), buttons, protect, written)


_ALL = (
    # to officials
    _template(
        "alert",
        "alert_id",
        "kind",
        "severity",
        "person",
        "area",
        "facts",
        "evidence",
        "raised_at",
        "level",
        "round",
        "next_level",
        "next_at",
        "next_minutes",
        "again_minutes",
        "history",
        buttons=Buttons.ALERT,
        protect=True,
    ),
    _template("alert_taken", "kind", "person", "area", "by", "at"),
    _template("alert_resolved", "kind", "person", "area", "by", "at", "outcome"),
    _template("alert_stale", "alert_id", "kind", "person", "area", "acknowledged_at", buttons=Buttons.ALERT_TAKEN),
    _template("post_handed_on", "role", "area", "name", "alerts", "note"),
    _template("login_link", "link", "minutes"),
    _template("welcome_official", "name", "roles", "area"),
    _template("information", "kind", "person", "area", "facts"),
    _template("alert_summary", "kind", "facts"),
    _template("alert_event", "kind", "facts", "people"),
    # to desks: a group's robot, a mailbox; nothing of a person
    _template("desk_alert", "kind", "severity", "area", "raised_at", "level", "round", "next_level", "next_at"),
    _template("desk_alert_taken", "kind", "area", "raised_at", "role", "at"),
    _template("desk_alert_resolved", "kind", "area", "raised_at", "role", "at"),
    _template("desk_digest", "count", "urgent", "lines", "more"),
    _template("desk_test", "label", "at"),
    # checklists
    _template(
        "checklist_reminder",
        "assignment_id",
        "item_no",
        "title",
        "task",
        "unit",
        "tone",
        "role",
        "places",
        "due_on",
        "days_left",
        "on_issue",
        "missing",
        buttons=Buttons.ASSIGNMENT,
    ),
    _template("checklist_digest", "unit", "tone", "items", buttons=Buttons.ASSIGNMENTS),
    _template(
        "checklist_overdue",
        "assignment_id",
        "item_no",
        "title",
        "unit",
        "tone",
        "role",
        "due_on",
        "missing",
        buttons=Buttons.ASSIGNMENT,
    ),
    _template("checklist_unreached", "title", "units"),
    _template("checklist_done", "item_no", "title"),
    # gates and applications
    _template("gate_answer", "verdict", "reasons", "decides"),
    _template("application", "reference", "sort", "on", "state", "reason", "quote"),
    _template("green_code", "person", "text", "quote"),
    # duties of units and people
    _template(
        "duty_reminder",
        "duty",
        "title",
        "unit",
        "day",
        "slot",
        "due_at",
        "tone",
        "zero",
        "press",
        "same",
        "open",
        "untold",
        "quote",
        buttons=Buttons.DUTY,
    ),
    _template("duty_roll_up", "title", "area", "day", "tone", "received", "total", "zero", "events", "missing", "more"),
    _template("report_type_trial", "title", "number", "version", buttons=Buttons.TRIAL),
    _template("capacity_asked", "capacity", "title", "unit", "least", "most", "count", "short", "quote"),
    # to residents
    _template("advice", "code", "number"),
    _template("safety_card", "kind", "number", "rang"),
    _template("report_taken_up", "reference", "by"),
    _template("report_closed", "reference", "outcome"),
    _template("reminder_test", "person", "test", "due_at", "opens_at", "place", "quote", "last", buttons=Buttons.PLAN),
    _template("reminder_check_in", "person", "about", "day", "days", "due_at", "last", buttons=Buttons.CHECK_IN),
    _template("reminder_visit", "person", "due_at", "place", "quote", buttons=Buttons.PLAN),
    _template(
        "plan_made",
        "person",
        "profile",
        "provisional",
        "next_kind",
        "next_test",
        "next_opens_at",
        "next_due_at",
        "ends_at",
        "quote",
        "left_open",
        "former",
        "payer",
        "may_appeal",
        "appeal",
        buttons=Buttons.PLAN,
    ),
    _template(
        "plan_changed",
        "person",
        "profile",
        "why",
        "next_kind",
        "next_test",
        "next_opens_at",
        "next_due_at",
        "ends_at",
        "reported",
        "needed",
        "missing_on",
        "earliest_boarding",
        buttons=Buttons.PLAN,
    ),
    _template("policy_changed", "person", "pack", "why", "plans", buttons=Buttons.PLAN),
    _template("list_changed", "person", "changes", "quote"),
    _template("plan_closed", "person", "profile", "closed_at", "withdrawn", "others"),
    _template("risk_match", "person", "area", "level", "match", "quote", "asks", buttons=Buttons.PLAN),
    _template("risk_cleared", "person", "area"),
    _template("declaration_owed", "person", "histories", "due_at", "quote"),
    # area control
    _template("measures_changed", "who", "area", "was", "now", "measures", "effective_at", "quote"),
    _template("zone_round", "area", "round", "rounds", "turn", "quote"),
    _template("welfare_check", "check_id", "person", "offers", buttons=Buttons.WELFARE),
    _template("exit_decided", "granted", "valid_to"),
    _template("control_announced", "area", "name", "boundary", "measures", "mode", "effective_at"),
    _template("control_lifted", "area", "name", "boundary", "measures", "mode", "effective_at"),
    _template("broadcast", "areas", written=("title", "text")),
    _template("rumour_answered", "reference", "text"),
    _template("support_answered", "reference", "text"),
    _template("result_recorded", "person", "test", "value", "sampled_at", "somebody_calls"),
)

CATALOGUE: dict[str, Template] = {template.name: template for template in _ALL}
