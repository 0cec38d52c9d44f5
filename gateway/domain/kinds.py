"""Enums and ids everybody may name, the HTTP shapes included."""

from enum import StrEnum
from typing import NewType
from uuid import UUID

ResidentId = NewType("ResidentId", UUID)
OfficialId = NewType("OfficialId", UUID)
UnitId = NewType("UnitId", UUID)
AddressId = NewType("AddressId", UUID)
ReportId = NewType("ReportId", UUID)
JourneyId = NewType("JourneyId", UUID)
FollowUpId = NewType("FollowUpId", UUID)
PlanItemId = NewType("PlanItemId", UUID)
ReminderId = NewType("ReminderId", UUID)
AlertId = NewType("AlertId", UUID)
MessageId = NewType("MessageId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
BroadcastId = NewType("BroadcastId", UUID)
RiskListId = NewType("RiskListId", UUID)
ControlId = NewType("ControlId", UUID)
ScheduleId = NewType("ScheduleId", UUID)
WaveId = NewType("WaveId", UUID)
PermitId = NewType("PermitId", UUID)
WelfareCheckId = NewType("WelfareCheckId", UUID)
ChecklistId = NewType("ChecklistId", UUID)
ChecklistItemId = NewType("ChecklistItemId", UUID)
AssignmentId = NewType("AssignmentId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
ResultId = NewType("ResultId", UUID)
ClockId = NewType("ClockId", UUID)
ActivationId = NewType("ActivationId", UUID)
PlanChangeId = NewType("PlanChangeId", UUID)
ApplicationId = NewType("ApplicationId", UUID)
MatterId = NewType("MatterId", UUID)
LeadId = NewType("LeadId", UUID)
CaseId = NewType("CaseId", UUID)
ContactId = NewType("ContactId", UUID)
VenueId = NewType("VenueId", UUID)
VisitId = NewType("VisitId", UUID)


class Level(StrEnum):
    """Who is told: resident L0 to province L6, and the side lines (policy.md 0.4, C1)."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    L6 = "L6"
    HL = "HL"
    PL = "PL"
    UL = "UL"
    XL = "XL"
    SL = "SL"
    SITE = "site"


class Role(StrEnum):
    """What an official does; a roster says who holds it where, now."""

    GRID_WORKER = "grid_worker"
    DOCTOR = "doctor"
    COMMUNITY = "community"
    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    HEALTH = "health"
    POLICE = "police"
    UNIT_CONTACT = "unit_contact"
    EXPERT = "expert"
    SUPERVISION = "supervision"
    SITE = "site"
    LIST_OWNER = "list_owner"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"


class ReportKind(StrEnum):
    TRAVEL = "travel"
    RESIDENCE = "residence"
    CONTACT = "contact"
    SYMPTOMS = "symptoms"
    ARRIVAL = "arrival"
    ARRIVED = "arrived"
    CHECK_IN = "check_in"
    RESULT = "result"
    PROFILE = "profile"


class PeriodKind(StrEnum):
    CENTRAL = "central"
    HOME = "home"
    MONITOR = "monitor"
    LISTED = "listed"


class ItemKind(StrEnum):
    TEST = "test"
    CHECK_IN = "check_in"
    VISIT = "visit"
    REPORT = "report"
    CLOCK = "clock"


class ClockKind(StrEnum):
    """What runs beside a plan (a laboratory's hours, the first moments of somebody found, a report that must come)."""

    LABORATORY = "laboratory"
    DIRECT_REPORT = "direct_report"
    FIRST_MOMENT = "first_moment"
    DISCHARGE_REPORT = "discharge_report"


class TestKind(StrEnum):
    __test__ = False

    NAT = "nat"
    ANTIBODY = "antibody"


class ItemState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    LATE = "late"
    CANCELLED = "cancelled"


class FollowUpState(StrEnum):
    PROVISIONAL = "provisional"
    ACTIVE = "active"
    HELD = "held"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class AlertStatus(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AlertKind(StrEnum):
    SYMPTOMS = "symptoms"
    SELF_HARM = "self_harm"
    EMERGENCY = "emergency"
    POSITIVE_RESULT = "positive_result"
    ANTIBODY_ONLY = "antibody_only"
    MISSED_TEST = "missed_test"
    MISSED_CHECK_IN = "missed_check_in"
    MISSED_VISIT = "missed_visit"
    DUE_SOON = "due_soon"
    DIRECT_REPORT = "direct_report"
    CLOCK_RUNNING = "clock_running"
    CLOCK_OVERDUE = "clock_overdue"
    RESULT_BACK = "result_back"
    TRANSFER_TO_DECIDE = "transfer_to_decide"
    STREAK_BROKEN = "streak_broken"
    RELEASE_HELD = "release_held"
    GROUNDS_CHANGED = "grounds_changed"
    ARRIVAL = "arrival"
    REPORT_CHANGED = "report_changed"
    RISK_MATCH = "risk_match"
    PROVISIONAL_PLAN = "provisional_plan"
    CHECKLIST_OVERDUE = "checklist_overdue"
    LEAD = "lead"
    LEAD_OVERDUE = "lead_overdue"
    SHARED_LEAD = "shared_lead"
    CONTACT_LIST = "contact_list"
    CONTACT_CLASS = "contact_class"
    COVERAGE = "coverage"
    CONTROL_SCOPE = "control_scope"
    CONTROL_NOTICE = "control_notice"
    BROADCAST_NOTICE = "broadcast_notice"
    LEVEL_CHANGED = "level_changed"
    GUARD_NEEDED = "guard_needed"
    ROUND_UNTESTED = "round_untested"
    WELFARE_MISSED = "welfare_missed"
    WELFARE_ASKED = "welfare_asked"
    EXIT_ASKED = "exit_asked"
    EXPOSURE_GONE = "exposure_gone"
    UNREACHABLE = "unreachable"
    BROADCAST_UNSEEN = "broadcast_unseen"
    MATTER = "matter"
    MATTER_OPEN = "matter_open"
    MATTER_REPEATED = "matter_repeated"
    DIRECTORY_GAP = "directory_gap"
    AGENCY_GAP = "agency_gap"
    APPLICATION = "application"
    EVENT_REVIEW = "event_review"
    DUTY_MISSED = "duty_missed"
    DUTY_EVENT = "duty_event"
    CAPACITY_SHORT = "capacity_short"
    SYMPTOM_REGISTERED = "symptom_registered"
    REPEAT_REGISTRATION = "repeat_registration"
    EARLY_WARNING = "early_warning"
    OPERATIONS = "operations"
    POLICY_CHANGE = "policy_change"


class Severity(StrEnum):
    URGENT = "urgent"
    HIGH = "high"
    ROUTINE = "routine"
    INFORMATION = "information"


class Lane(StrEnum):
    """Sending priority, first to last."""

    ALERT = "alert"
    REPLY = "reply"
    REMINDER = "reminder"
    BROADCAST = "broadcast"


class ChannelName(StrEnum):
    WEBCHAT = "webchat"
    TELEGRAM = "telegram"
    EMAIL = "email"
    SMS = "sms"
    WEBPUSH = "webpush"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    FEISHU = "feishu"
    APPRISE = "apprise"
    MEMORY = "memory"


class Hears(StrEnum):
    """What goes to a desk's robot, mailbox or group."""

    ALERTS = "alerts"
    DIGESTS = "digests"


class DeskState(StrEnum):
    """Of a desk's address: `unbound` before its group has given the code, `stopped` when the provider says that it is
    no more."""

    UNBOUND = "unbound"
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    REMOVED = "removed"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    SEEN = "seen"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    HELD = "held"


class BroadcastState(StrEnum):
    """How far a message to many has come."""

    DRAFT = "draft"
    REJECTED = "rejected"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    SENT = "sent"


class RecipientState(StrEnum):
    """What became of one person of a broadcast's snapshot; `queued` is handed to the senders and counts as waiting."""

    WAITING = "waiting"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"


class RiskLevel(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class ResponseLevel(StrEnum):
    """The emergency response in force: I is the highest; none, everyday prevention."""

    NONE = "none"
    IV = "IV"
    III = "III"
    II = "II"
    I = "I"  # noqa: E741 - as the notices write it


class ListState(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    PUBLISHED = "published"
    REJECTED = "rejected"


class MatchKind(StrEnum):
    DEFINITE = "definite"
    POSSIBLE = "possible"


class ResultValue(StrEnum):
    NEGATIVE = "negative"
    POSITIVE = "positive"
    INCONCLUSIVE = "inconclusive"


class ResultStatus(StrEnum):
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Verdict(StrEnum):
    """What a gate answers."""

    YES = "yes"
    NO = "no"
    OFFICIAL = "official"


class GateQuestion(StrEnum):
    WORK = "work"
    COME = "come"
    TRAVEL = "travel"
    OUTING = "outing"
    HOLD = "hold"
    OVER = "over"
    GREEN_CODE = "green_code"
    ADMISSION = "admission"


class Occupation(StrEnum):
    """What somebody works as, where a notice asks more of such people. The first seven are tested periodically."""

    COLD_CHAIN = "cold_chain"
    MEDICAL = "medical"
    PHARMACY = "pharmacy"
    PORT = "port"
    ARRIVALS_SERVICE = "arrivals_service"
    CUSTODY = "custody"
    WELFARE = "welfare"
    PSYCHIATRIC = "psychiatric"
    CADRE = "cadre"


class EventKind(StrEnum):
    MEETING = "meeting"
    EXAM = "exam"
    EXHIBITION = "exhibition"
    PERFORMANCE = "performance"
    SPORTS = "sports"
    WEDDING = "wedding"
    FUNERAL = "funeral"
    BANQUET = "banquet"
    DINNER = "dinner"
    GATHERING = "gathering"


class Excuse(StrEnum):
    """What an organiser may name against a "no"; somebody else then decides whether it is so."""

    URGENT = "urgent"
    NECESSARY = "necessary"


class ApplicationKind(StrEnum):
    EVENT = "event"
    EARLY_RETURN = "early_return"
    CADRE_TRIP = "cadre_trip"


class ApplicationState(StrEnum):
    """`allowed`: nobody's approval is needed."""

    WAITING = "waiting"
    ALLOWED = "allowed"
    APPROVED = "approved"
    REFUSED = "refused"
    UNDER_REVIEW = "under_review"
    CANCELLED = "cancelled"


class LeadPush(StrEnum):
    """How a lead came."""

    BATCH = "batch"
    ROUTINE = "routine"
    INSTRUCTION = "instruction"
    POLICE = "police"
    UNDECLARED = "undeclared"


class Hukou(StrEnum):
    """Where the person is registered, as the pushed list says: in the pack's own province, or elsewhere."""

    LOCAL = "local"
    OTHER = "other"


class LeadStep(StrEnum):
    """What a screening instruction asks to be done on the day it arrives."""

    SCREEN = "screen"
    FIND = "find"
    TEST = "test"


class LeadOutcome(StrEnum):
    REACHED = "reached"
    NOT_FOUND = "not_found"
    HANDED_OVER = "handed_over"


class LeadState(StrEnum):
    """Withdrawn: its import was undone before anybody had worked on it."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Measure(StrEnum):
    """What can be said of every contact, or of every place a case visited."""

    TRACED = "traced"
    ISOLATED = "isolated"
    TESTED = "tested"
    DISINFECTED = "disinfected"
    SAMPLED = "sampled"


class DeclaredBy(StrEnum):
    RESIDENT = "resident"
    PHONE = "phone"
    QR = "qr"
    CHECKPOINT = "checkpoint"
    EMPLOYER = "employer"
    COMMUNITY = "community"


class Occasion(StrEnum):
    """When it is asked whether somebody owes a declaration."""

    ANNOUNCED = "announced"
    ARRIVED = "arrived"
    HISTORY = "history"
    LEAD = "lead"


class Origin(StrEnum):
    """Where somebody was, as far as the register and the divisions know."""

    OVERSEAS = "overseas"
    OTHER_PROVINCE = "other_province"
    KEY_AREA = "key_area"
    MEDIUM = "medium"
    HIGH = "high"


class Figures(StrEnum):
    MANAGED = "managed"
    TESTS = "tests"
    SCREENING = "screening"


class ChangeOutcome(StrEnum):
    """What another pack means for a plan under way."""

    SAME = "same"
    MOVED = "moved"
    #: It would shorten an isolation or monitoring, or end it: an official must agree.
    SHORTENS = "shortens"
    #: The other pack cannot plan it: an official must look.
    UNPLANNED = "unplanned"


class ChangeDecision(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    KEPT = "kept"
    SUPERSEDED = "superseded"


class VenueKind(StrEnum):
    """Places with a code of their own at the door (BN-2.1.3-a, BN-2.3.1-a, SD-3.4.2-c, SD-3.6.2-c)."""

    CHECKPOINT = "checkpoint"
    WORKPLACE = "workplace"
    COMMUNITY = "community"
    HOTEL = "hotel"
    HOMESTAY = "homestay"
    ENTERTAINMENT = "entertainment"
    BATHHOUSE = "bathhouse"
    PETROL_STATION = "petrol_station"
    INTERNET_CAFE = "internet_cafe"
    PHARMACY = "pharmacy"
    CLINIC = "clinic"
    MARKET = "market"
