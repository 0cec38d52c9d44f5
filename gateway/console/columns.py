"""What stands in the columns of each list that can be taken out as a spreadsheet.

People stand here as their page shows them: masked, where it masks them.
"""

from typing import Any

from gateway.console.listings import Listing, Shown, days, moments, numbers
from gateway.domain.people import masked_name, masked_phone
from gateway.errors import N_
from gateway.workbooks import Kind

ALERTS = Listing(
    "alerts",
    N_("Alerts"),
    (
        Shown(N_("Kind"), lambda line, say: say.word(f"alert.{line.kind}"), 22),
        Shown(N_("Severity"), lambda line, say: say.word(f"severity.{line.severity}"), 10),
        Shown(N_("Status"), lambda line, say: say.word(f"status.{'overdue' if line.late else line.status}"), 12),
        Shown(N_("Who"), lambda line, say: line.subject, 14),
        Shown(N_("Area"), lambda line, say: line.area_name, 28),
        moments(N_("Raised"), lambda line: line.raised_at),
        moments(N_("Acknowledged"), lambda line: line.alert.acknowledged_at),
        Shown(N_("In the hands of"), lambda line, say: line.holder, 14),
        moments(N_("Due"), lambda line: line.due_at),
        moments(N_("Resolved"), lambda line: line.alert.resolved_at),
        Shown(N_("Outcome"), lambda line, say: line.outcome and say.word(f"outcome.{line.outcome}"), 16),
        Shown(N_("In short"), lambda line, say: say.house.summary(line.kind, line.alert.facts, say.language), 50),
    ),
)

_RESIDENT = (
    Shown(N_("Managed by"), lambda row, say: say.area(row[0].managing_area or row[0].home_area), 28),
    moments(N_("Known since"), lambda row: row[0].created_at),
    Shown(N_("Number"), lambda row, say: str(row[0].id), 38),
)
RESIDENTS = Listing(
    "residents",
    N_("Residents"),
    (
        Shown(N_("Name"), lambda row, say: masked_name(row[1].name), 14),
        Shown(N_("Phone"), lambda row, say: masked_phone(row[1].phone), 16),
        *_RESIDENT,
    ),
)
RESIDENTS_NAMED = Listing(
    "residents_named",
    N_("Residents"),
    (
        Shown(N_("Name"), lambda row, say: row[1].name, 14),
        Shown(N_("Phone"), lambda row, say: row[1].phone, 18),
        Shown(N_("ID number"), lambda row, say: row[1].id_number, 22),
        *_RESIDENT,
    ),
)

UNMATCHED = Listing(
    "results_unmatched",
    N_("Waiting for a person"),
    (
        Shown(N_("Test"), lambda one, say: say.word(f"test.{one.test}")),
        moments(N_("Sampled"), lambda one: one.sampled_at),
        Shown(N_("Result"), lambda one, say: one.value and say.word(f"result.{one.value}"), 12),
        Shown(N_("Site"), lambda one, say: one.site, 24),
        Shown(N_("As written"), lambda one, say: " ".join((one.person or {}).values()), 40),
    ),
)
AWAITED = Listing(
    "results_awaited",
    N_("Results that are waited for"),
    (
        Shown(N_("Test"), lambda one, say: say.word(f"test.{one.facts['test']}")),
        moments(N_("Sampled"), lambda one: one.started_at),
        Shown(N_("Site"), lambda one, say: one.facts["site"], 24),
        moments(N_("Due"), lambda one: one.due_at),
    ),
)

CASES = Listing(
    "cases",
    N_("Cases and contacts"),
    (
        Shown(N_("Case"), lambda case, say: case.person, 14),
        Shown(N_("Area"), lambda case, say: say.area(case.area), 28),
        days(N_("Positive on"), lambda case: case.positive_on),
        days(N_("Onset"), lambda case: case.onset_on),
        numbers(N_("Contacts"), lambda case: len(case.contacts)),
        Shown(
            N_("On record"),
            lambda case, say: "、".join(
                f"{say.word(f'measure.{one.measure}')} {one.done}/{one.total}" for one in case.coverage
            ),
            40,
        ),
    ),
)
CONTACTS = Listing(
    "contacts",
    N_("Contacts"),
    (
        Shown(N_("Person"), lambda one, say: one.person, 14),
        Shown(N_("Phone"), lambda one, say: one.phone, 18),
        Shown(N_("Area"), lambda one, say: say.area(one.area), 28),
        Shown(N_("Class"), lambda one, say: say.word(f"profile.{one.contact_class}"), 18),
        moments(N_("Last exposure"), lambda one: one.last_exposure_at),
        moments(N_("Traced"), lambda one: one.traced_at),
        moments(N_("Isolated"), lambda one: one.isolated_at),
        moments(N_("Tested"), lambda one: one.tested_at),
    ),
)

RISK_LISTS = Listing(
    "risk_lists",
    N_("Risk areas"),
    (
        numbers(N_("Number"), lambda one: one.row.number),
        Shown(N_("List"), lambda one, say: one.row.label or one.row.source_name, 36),
        Shown(N_("State"), lambda one, say: say.word(f"list.{one.row.state}"), 12),
        moments(N_("Taken in"), lambda one: one.row.imported_at),
        Shown(N_("By"), lambda one, say: one.name(one.row.imported_by), 14),
        numbers(N_("Places"), lambda one: one.entries),
        Shown(
            N_("Changes"),
            lambda one, say: "、".join(f"{say.word(f'change_kind.{k}')} {n}" for k, n in one.changed.items() if n),
            40,
        ),
    ),
)

CONTROLS = Listing(
    "controls",
    N_("Control units"),
    (
        Shown(N_("Unit"), lambda one, say: one.name, 28),
        Shown(N_("Area"), lambda one, say: say.area(one.area), 28),
        Shown(N_("Kind of place"), lambda one, say: say.word(f"unit_kind.{one.unit_kind}")),
        Shown(N_("State"), lambda one, say: say.word(f"control_state.{one.state}")),
        moments(N_("Since"), lambda one: one.lifted_at or one.approved_at or one.requested_at),
    ),
)

MATTERS = Listing(
    "matters",
    N_("Matters"),
    (
        Shown(N_("Reference"), lambda one, say: one.matter.reference, 12),
        Shown(N_("What"), lambda one, say: say.title(one.rule.title), 36),
        Shown(N_("Who"), lambda one, say: one.person or one.unit, 16),
        Shown(N_("Area"), lambda one, say: say.area(one.matter.area), 28),
        moments(N_("Told"), lambda one: one.matter.told_at),
        numbers(N_("Steps"), lambda one: len(one.steps)),
        numbers(N_("Open steps"), lambda one: len(one.missing)),
        moments(N_("Due"), lambda one: one.matter.next_at),
        moments(N_("Closed"), lambda one: one.matter.closed_at),
    ),
)

VENUES = Listing(
    "venues",
    N_("Codes at doors"),
    (
        Shown(N_("Name"), lambda one, say: one.name, 30),
        Shown(N_("Kind of place"), lambda one, say: say.word(f"venue.{one.kind}"), 18),
        Shown(N_("Area"), lambda one, say: say.area(one.area), 28),
        Shown(N_("Code"), lambda one, say: one.code, 12),
        moments(N_("Made"), lambda one: one.made_at),
        moments(N_("Closed"), lambda one: one.closed_at),
    ),
)

VISITORS = Listing(
    "visitors",
    N_("Who was here?"),
    (
        moments(N_("When"), lambda one: one.visit.visited_at),
        Shown(N_("Who"), lambda one, say: one.name, 16),
        Shown(N_("Phone"), lambda one, say: one.phone, 16),
    ),
)

APPLICATIONS = Listing(
    "applications",
    N_("Events"),
    (
        Shown(N_("Reference"), lambda one, say: one.reference, 12),
        Shown(N_("What"), lambda one, say: say.word(f"sort.{one.event_kind or one.kind}"), 18),
        days(N_("Day"), lambda one: one.on),
        Shown(N_("Where"), lambda one, say: one.area_name, 28),
        Shown(N_("Host"), lambda one, say: one.host, 14),
        numbers(N_("People invited"), lambda one: one.people),
        Shown(N_("State"), lambda one, say: say.word(f"application.{one.state}"), 14),
        Shown(N_("Decided by"), lambda one, say: one.answer.decides and say.word(f"level.{one.answer.decides}"), 14),
    ),
)

#: One row for each unit and check of the day: what came, and what is missing.
DUTIES = Listing(
    "duties",
    N_("Daily reports and readiness"),
    (
        Shown(N_("What"), lambda row, say: say.title(row[0].title), 36),
        days(N_("Day"), lambda row: row[0].day),
        Shown(N_("Unit"), lambda row, say: row[1].name, 28),
        Shown(N_("Check"), lambda row, say: row[1].slot and say.word(f"check.{row[1].slot}"), 10),
        Shown(N_("State"), lambda row, say: say.say(N_("received") if row[1].reported_at else N_("Missing")), 10),
        moments(N_("Received"), lambda row: row[1].reported_at),
    ),
)

DELIVERIES = Listing(
    "deliveries",
    N_("Deliveries"),
    (
        moments(N_("When"), lambda row: row.created_at),
        Shown(N_("To"), lambda row, say: row.to, 14),
        Shown(N_("What"), lambda row, say: say.word(f"template.{row.template}"), 24),
        Shown(N_("By"), lambda row, say: say.word(f"channel.{row.channel}"), 12),
        Shown(N_("What became of it"), lambda row, say: say.word(f"delivery.{row.state}"), 14),
        numbers(N_("Tries"), lambda row: row.attempt),
        moments(N_("Sent"), lambda row: row.sent_at),
        moments(N_("Seen"), lambda row: row.seen_at),
        Shown(N_("Why"), lambda row, say: row.why, 40),
    ),
)

AUDIT = Listing(
    "audit",
    N_("Audit"),
    (
        numbers(N_("Number"), lambda row: row[0]["number"]),
        moments(N_("When"), lambda row: row[0]["at"]),
        Shown(N_("Who"), lambda row, say: row[1].get(row[0]["actor"]) or row[0]["actor"].split(":")[0], 16),
        Shown(N_("What"), lambda row, say: row[0]["action"], 24),
        Shown(N_("About"), lambda row, say: f"{row[0]['object_kind']} {row[0]['object_id']}", 46),
        Shown(N_("Details"), lambda row, say: " · ".join(f"{k}: {v}" for k, v in row[0]["facts"].items()), 60),
    ),
)

OFFICIALS = Listing(
    "officials",
    N_("Officials"),
    (
        Shown(N_("Name"), lambda row, say: row[0].name, 14),
        Shown(N_("Roles"), lambda row, say: say.words(row[0].roles, "role"), 28),
        Shown(N_("Area"), lambda row, say: say.area(row[0].area), 28),
        Shown(N_("Area code"), lambda row, say: row[0].area, 16),
        Shown(N_("On duty as"), lambda row, say: say.words([shift.role for shift in row[1]], "role"), 28),
    ),
)

CHECKLISTS = Listing(
    "checklists",
    N_("Checklists"),
    (
        Shown(N_("Title"), lambda row, say: row[0].title, 40),
        Shown(N_("Item"), lambda row, say: row[1].item_no, 8),
        Shown(N_("What"), lambda row, say: row[1].title, 36),
        Shown(N_("Responsible unit"), lambda row, say: row[2].unit, 24),
        Shown(N_("Role"), lambda row, say: say.word(f"unit_role.{row[2].role}"), 10),
        Shown(N_("As written"), lambda row, say: row[1].deadline, 20),
        days(N_("Due"), lambda row: row[1].due_on),
        Shown(N_("State"), lambda row, say: say.word(f"item_of_list.{row[1].state}"), 12),
        moments(N_("Done"), lambda row: row[2].done_at),
        Shown(N_("Done by"), lambda row, say: row[2].done_by, 14),
        Shown(N_("Note"), lambda row, say: row[2].note, 40),
    ),
)

LEADS = Listing(
    "leads",
    N_("People to be found"),
    (
        Shown(N_("Person"), lambda lead, say: lead.person, 14),
        Shown(N_("Phone"), lambda lead, say: lead.phone, 16),
        Shown(N_("Area"), lambda lead, say: say.area(lead.area), 28),
        Shown(N_("From"), lambda lead, say: lead.sender, 18),
        Shown(N_("Kind"), lambda lead, say: say.word(f"lead_push.{lead.push}"), 14),
        moments(N_("Received"), lambda lead: lead.received_at),
        moments(N_("Due"), lambda lead: lead.due_at),
        Shown(N_("Overdue"), lambda lead, say: say.say(N_("overdue")) if lead.overdue else "", 10),
        Shown(N_("Outcome"), lambda lead, say: lead.outcome and say.word(f"lead_outcome.{lead.outcome}"), 16),
        moments(N_("Closed"), lambda lead: lead.closed_at),
    ),
)

RUMOURS = Listing(
    "rumours",
    N_("Is it true?"),
    (
        Shown(N_("Reference"), lambda one, say: one.matter.reference, 12),
        Shown(N_("Area"), lambda one, say: say.area(one.matter.area), 28),
        moments(N_("Told"), lambda one: one.matter.told_at),
        Shown(N_("In own words"), lambda one, say: "\n".join(value for _, value in one.told), 60),
        moments(N_("Due"), lambda one: one.matter.next_at),
    ),
)
SUPPORT = Listing(
    "support",
    N_("Support"),
    (
        Shown(N_("What"), lambda one, say: say.title(one.title) if one.title else say.word(f"alert.{one.topic}"), 24),
        Shown(N_("State"), lambda one, say: say.word(f"support_state.{one.state}"), 12),
        Shown(N_("Area"), lambda one, say: say.area(one.area), 28),
        Shown(N_("Person"), lambda one, say: one.person, 12),
        moments(N_("Told"), lambda one: one.told_at),
        moments(N_("Due"), lambda one: one.due_at),
        Shown(N_("In the hands of"), lambda one, say: one.by, 14),
        moments(N_("Closed"), lambda one: one.ended_at),
    ),
)
AGENCIES = Listing(
    "testing_agencies",
    N_("Testing agencies"),
    (
        Shown(N_("Name"), lambda one, say: one.agency.name(say.language), 28),
        Shown(N_("Area"), lambda one, say: say.area(one.agency.area), 28),
        Shown(N_("Address"), lambda one, say: one.agency.address, 36),
        Shown(N_("Hours"), lambda one, say: one.agency.hours, 18),
        Shown(N_("Booking"), lambda one, say: one.agency.booking, 24),
        Shown(N_("Fee"), lambda one, say: one.agency.fee, 12),
        moments(N_("Changed"), lambda one: one.agency.changed_at),
    ),
)
CHANNELS = Listing(
    "channels",
    N_("Channels"),
    (
        Shown(N_("Name"), lambda view, say: view.desk.label, 28),
        Shown(N_("Kind"), lambda view, say: say.word(f"channel.{view.desk.channel}"), 14),
        Shown(N_("Area"), lambda view, say: say.area(view.desk.area), 28),
        Shown(N_("Roles"), lambda view, say: say.words(view.desk.roles, "role"), 28),
        Shown(N_("Hears"), lambda view, say: say.words(view.desk.hears, "hears"), 18),
        Shown(N_("Status"), lambda view, say: say.word(f"desk_state.{view.desk.state}"), 12),
        numbers(N_("Waiting"), lambda view: view.waiting),
        Shown(N_("Last error"), lambda view, say: view.desk.last_error, 40),
        moments(N_("Blocked until"), lambda view: view.desk.blocked_until),
    ),
)
DIRECTORY = Listing(
    "directory",
    N_("Directory"),
    (
        Shown(N_("Place"), lambda one, say: one.unit or say.area(one.post.area), 28),
        Shown(N_("What"), lambda one, say: say.title(one.title), 28),
        Shown(N_("Name"), lambda one, say: one.person, 14),
        Shown(N_("Deputy"), lambda one, say: one.deputy, 14),
        moments(N_("Confirmed"), lambda one: one.post.confirmed_at),
    ),
)

LEAD_LISTS = Listing(
    "lead_lists",
    N_("Lists that came"),
    (
        Shown(N_("From"), lambda one, say: one.came.sender, 24),
        Shown(N_("Kind"), lambda one, say: say.word(f"lead_push.{one.came.push}"), 14),
        moments(N_("Pushed"), lambda one: one.came.pushed_at),
        moments(N_("Received"), lambda one: one.came.received_at),
        Shown(N_("By"), lambda one, say: one.by, 14),
        numbers(N_("Rows"), lambda one: one.came.rows),
        numbers(N_("Taken"), lambda one: one.tally.taken),
        numbers(N_("Open"), lambda one: one.tally.open),
        numbers(N_("Overdue"), lambda one: one.tally.overdue),
        numbers(N_("Reached"), lambda one: one.tally.reached),
        numbers(N_("Not found"), lambda one: one.tally.not_found),
        numbers(N_("Handed over"), lambda one: one.tally.handed_over),
        numbers(N_("To be put right"), lambda one: len(one.came.rejected)),
        moments(N_("Undone"), lambda one: one.came.undone_at),
    ),
)
#: Beside the sender's own columns. None of these titles is read when the file comes back.
WHAT_IS_WRONG = (
    Shown(N_("Row of the file"), lambda row, say: row.row, 9, Kind.NUMBER),
    Shown(N_("What is wrong"), lambda row, say: say.worded(row.fault), 60),
)
WHAT_CAME_OF_IT = (
    Shown(
        N_("What came of it"),
        lambda row, say: (
            say.say(N_("to be put right"))
            if row.lead is None
            else say.word(f"lead_outcome.{row.lead.outcome or 'none'}")
        ),
        18,
    ),
    moments(N_("When"), lambda row: row.lead and (row.lead.outcome_at or row.lead.closed_at)),
    Shown(N_("Looked for by"), lambda row, say: say.area(row.lead.area) if row.lead else "", 28),
    moments(N_("Due"), lambda row: row.lead and row.lead.due_at),
    Shown(N_("Late"), lambda row, say: say.say(N_("late")) if row.lead and row.lead.is_late else "", 8),
    Shown(N_("Feedback"), lambda row, say: say.worded(row.fault) if row.fault else row.note, 50),
)


def _until(item: Any) -> str:
    """A deadline that reads the same without the notice's day of issue beside it."""
    once = item.due_on is not None and item.every is None
    return str(item.due_on.isoformat() if once else item.deadline)


#: As notices' tables are: read back, it is the same list.
WORK_TABLE = Listing(
    "work_table",
    N_("Checklists"),
    (
        Shown("章节", lambda item, _: item.section, 20, verbatim=True),
        Shown("序号", lambda item, _: item.item_no.rsplit(".", 1)[-1], 8, verbatim=True),
        Shown("工作任务", lambda item, _: item.title, 30, verbatim=True),
        Shown("具体措施", lambda item, _: item.task, 60, verbatim=True),
        Shown("牵头单位", lambda item, _: "、".join(item.leads), 26, verbatim=True),
        Shown("配合单位", lambda item, _: "、".join(item.helpers), 36, verbatim=True),
        Shown("完成时限", lambda item, _: _until(item), 20, verbatim=True),
        Shown(N_("State"), lambda item, say: say.word(f"item_of_list.{item.state}"), 12),
    ),
    verbatim=True,
)

BROADCASTS = Listing(
    "broadcasts",
    N_("Broadcasts"),
    (
        Shown(N_("Title"), lambda one, say: one.title, 36),
        Shown(N_("State"), lambda one, say: say.word(f"broadcast_state.{one.state}"), 12),
        Shown(N_("Area"), lambda one, say: say.area(one.area), 28),
        moments(N_("Written"), lambda one: one.created_at),
        moments(N_("Approved"), lambda one: one.approved_at),
        moments(N_("Finished"), lambda one: one.finished_at),
        numbers(N_("People"), lambda one: one.snapshot),
        *(
            Shown(title, lambda one, say, name=name: one.figures.get(name), 9, Kind.NUMBER)  # type: ignore[misc]
            for title, name in (
                (N_("Sent"), "sent"),
                (N_("Failed"), "failed"),
                (N_("Uncertain"), "uncertain"),
                (N_("Held back"), "suppressed"),
                (N_("Waiting"), "waiting"),
            )
        ),
    ),
)
_CALL = (
    Shown(N_("Area"), lambda one, say: say.area(one.call.area), 28),
    Shown(N_("Grid"), lambda one, say: one.call.area, 16),
    Shown(N_("Broadcast"), lambda one, say: one.title, 36),
    Shown(N_("Why"), lambda one, say: one.call.why and (say.word(f"why.{one.call.why}")), 20),
    Shown(N_("Outcome"), lambda one, say: one.call.call and say.word(f"call.{one.call.call}"), 16),
    moments(N_("When"), lambda one: one.call.called_at),
)
CALLS = Listing(
    "calls",
    N_("Phone list"),
    (
        Shown(N_("Name"), lambda one, say: masked_name(one.identity.name), 14),
        Shown(N_("Phone"), lambda one, say: masked_phone(one.identity.phone), 16),
        *_CALL,
    ),
)
CALLS_NAMED = Listing(
    "calls_named",
    N_("Phone list"),
    (
        Shown(N_("Name"), lambda one, say: one.identity.name, 14),
        Shown(N_("Phone"), lambda one, say: one.identity.phone, 18),
        *_CALL,
    ),
)
