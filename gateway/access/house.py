"""What the composition root hands to the doors: one service per noun."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.access.oidc import Provider
from gateway.clock import Clock
from gateway.domain.kinds import OfficialId
from gateway.domain.places import Gazetteer
from gateway.messages.words import Words
from gateway.record.record import Record
from gateway.schedule.agenda import Agenda
from gateway.services.agencies import AgencyService
from gateway.services.alerts import AlertService
from gateway.services.area_levels import AreaLevelService
from gateway.services.arrivals import ArrivalService
from gateway.services.attachments import AttachmentService
from gateway.services.broadcast_runs import BroadcastRunService
from gateway.services.broadcasts import BroadcastService
from gateway.services.checklist_intakes import ChecklistIntakeService
from gateway.services.checklists import ChecklistService
from gateway.services.clocks import ClockService
from gateway.services.contacts import ContactService
from gateway.services.controls import ControlService
from gateway.services.copies import CopyService
from gateway.services.corrections import CorrectionService
from gateway.services.declarations import DeclarationService, RegistrationService
from gateway.services.deliveries import DeliveryService
from gateway.services.demo import DemoService
from gateway.services.desk_addresses import DeskAddressService
from gateway.services.desk_deliveries import DeskDeliveryService
from gateway.services.desks import DeskService
from gateway.services.directories import DirectoryService
from gateway.services.discharges import DischargeService
from gateway.services.drafts import DraftService
from gateway.services.duties import DutyService
from gateway.services.duty_rounds import DutyRoundService
from gateway.services.early_warnings import EarlyWarningService
from gateway.services.events import EventService
from gateway.services.evidence import EvidenceService
from gateway.services.exposures import ExposureService
from gateway.services.figures import FigureService
from gateway.services.follow_ups import FollowUpService
from gateway.services.gates import GateService
from gateway.services.guidance import GuidanceService
from gateway.services.held_actions import HeldActionService
from gateway.services.holidays import HolidayService
from gateway.services.ladders import LadderService
from gateway.services.lead_lists import LeadListService
from gateway.services.leads import LeadService
from gateway.services.matters import MatterService
from gateway.services.officials import OfficialService
from gateway.services.operations import OperationsService
from gateway.services.organisations import OrganisationService
from gateway.services.packs import PackService
from gateway.services.pathways import PathwayService
from gateway.services.policy_changes import PolicyChangeService
from gateway.services.posts import PostService
from gateway.services.reach import ReachService
from gateway.services.registers import RegisterService
from gateway.services.reminders import ReminderService
from gateway.services.report_types import ReportTypeService
from gateway.services.reports import ReportService
from gateway.services.residents import ResidentService
from gateway.services.results import ResultService
from gateway.services.retention import RetentionService
from gateway.services.risk_lists import RiskListService
from gateway.services.rotas import RotaService
from gateway.services.rumours import RumourService
from gateway.services.safety import SafetyService
from gateway.services.sheets import SheetService
from gateway.services.situations import SituationService
from gateway.services.support import SupportService
from gateway.services.transactions import Transactions
from gateway.services.venues import VenueService


# Services hold services: spelt out, a house is megabytes, and asyncio spells out the result of every task it runs.
@dataclass(frozen=True, slots=True, repr=False)
class House:
    record: Record
    agenda: Agenda
    clock: Clock
    words: Words
    gazetteer: Gazetteer
    transactions: Transactions
    residents: ResidentService
    reports: ReportService
    corrections: CorrectionService
    alerts: AlertService
    follow_ups: FollowUpService
    reminders: ReminderService
    results: ResultService
    clocks: ClockService
    pathways: PathwayService
    discharges: DischargeService
    safety: SafetyService
    deliveries: DeliveryService
    desk_deliveries: DeskDeliveryService
    desk_addresses: DeskAddressService
    drafts: DraftService
    officials: OfficialService
    packs: PackService
    policy_changes: PolicyChangeService
    operations: OperationsService
    retention: RetentionService
    reach: ReachService
    checklists: ChecklistService
    checklist_intakes: ChecklistIntakeService
    evidence: EvidenceService
    attachments: AttachmentService
    venues: VenueService
    demo: DemoService
    desks: DeskService
    held_actions: HeldActionService
    situations: SituationService
    exposures: ExposureService
    area_levels: AreaLevelService
    controls: ControlService
    risk_lists: RiskListService
    broadcasts: BroadcastService
    broadcast_runs: BroadcastRunService
    arrivals: ArrivalService
    holidays: HolidayService
    rotas: RotaService
    organisations: OrganisationService
    posts: PostService
    ladders: LadderService
    leads: LeadService
    lead_lists: LeadListService
    contacts: ContactService
    declarations: DeclarationService
    registrations: RegistrationService
    figures: FigureService
    matters: MatterService
    directories: DirectoryService
    duties: DutyService
    duty_rounds: DutyRoundService
    report_types: ReportTypeService
    registers: RegisterService
    early_warnings: EarlyWarningService
    gates: GateService
    events: EventService
    guidance: GuidanceService
    agencies: AgencyService
    rumours: RumourService
    support: SupportService
    sheets: SheetService
    copies: CopyService
    bot_token: str
    public_bot_url: str
    public_gateway_url: str
    organisation: Provider | None = None
    push_services: tuple[str, ...] = ()

    def area_name(self, code: str, language: str) -> str:
        return self.words.area(code, language)

    def summary(self, kind: str, facts: Mapping[str, Any], language: str) -> str:
        """One line that says what an alert is about."""
        return self.words.say("alert_summary", language, {"kind": kind, "facts": dict(facts)}).plain

    def event_text(
        self, kind: str, facts: Mapping[str, Any], names: Mapping[OfficialId, str], language: str
    ) -> str | None:
        """One line of an alert's timeline; None where the kind says it all."""
        people = [names[OfficialId(UUID(one))] for one in facts.get("officials", ()) if OfficialId(UUID(one)) in names]
        said = self.words.say("alert_event", language, {"kind": kind, "facts": dict(facts), "people": people}).plain
        return said or None
