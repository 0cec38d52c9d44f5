"""The composition root: settings in; API, console and worker out. Nothing else in the gateway builds anything."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache, partial
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from pwdlib import PasswordHash
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.access.house import House
from gateway.access.oidc import Provider
from gateway.api import app as api_app
from gateway.areas.gazetteer import gazetteer
from gateway.channels.apprise import AppriseChannel
from gateway.channels.dingtalk import DingTalk
from gateway.channels.email import EmailChannel, MailServer
from gateway.channels.feishu import Feishu
from gateway.channels.pacing import Pacer, RobotPacer
from gateway.channels.receipts import Channel
from gateway.channels.robots import Dialect, RobotChannel
from gateway.channels.sms import SmsChannel, SmsService
from gateway.channels.telegram import TelegramChannel
from gateway.channels.webchat import WebChatChannel
from gateway.channels.webpush import WebPushChannel
from gateway.channels.wecom import WeCom
from gateway.clock import Clock, SystemClock
from gateway.console import app as console_app
from gateway.domain.deliveries import ROUTINE, URGENT
from gateway.domain.kinds import ChannelName
from gateway.errors import Unavailable
from gateway.memory import collect_seldom
from gateway.messages.words import Words
from gateway.policies.glossaries import load_glossary
from gateway.policies.safety import load_lexicon
from gateway.record.record import Record
from gateway.record.vault import Vault
from gateway.schedule.agenda import Agenda
from gateway.schedule.dead_letters import DeadLetters
from gateway.services.agencies import AgencyService
from gateway.services.alerts import AlertService
from gateway.services.area_levels import AreaLevelService
from gateway.services.arrivals import ArrivalFollower, ArrivalService
from gateway.services.attachments import AttachmentFollower, AttachmentService
from gateway.services.broadcast_runs import BroadcastRunService
from gateway.services.broadcasts import BroadcastService
from gateway.services.checklist_intakes import ChecklistIntakeService
from gateway.services.checklists import ChecklistService
from gateway.services.clocks import ClockService
from gateway.services.contacts import ContactService
from gateway.services.controls import ControlService
from gateway.services.copies import ABOUT as COPY
from gateway.services.copies import CopyService
from gateway.services.corrections import CorrectionService
from gateway.services.declarations import DeclarationFollower, DeclarationService, RegistrationService
from gateway.services.deliveries import DeliveryService
from gateway.services.demo import COUNTY, DemoService
from gateway.services.demo_checklists import DemoChecklists
from gateway.services.demo_follow_ups import DemoFollowUps
from gateway.services.desk_addresses import DeskAddressService
from gateway.services.desk_deliveries import DeskDeliveryService
from gateway.services.desks import DeskService
from gateway.services.directories import DirectoryService
from gateway.services.discharges import DischargeService
from gateway.services.drafts import DraftService
from gateway.services.duties import DutyService
from gateway.services.duty_rounds import DutyRoundService
from gateway.services.early_warnings import EarlyWarningFollower, EarlyWarningService
from gateway.services.events import EventService
from gateway.services.evidence import EvidenceService
from gateway.services.exposures import ExposureFollower, ExposureService
from gateway.services.figures import FigureService
from gateway.services.follow_ups import CheckInFollower, FollowUpService
from gateway.services.gates import GateService
from gateway.services.glances import Glances
from gateway.services.guidance import AbroadFollower, GuidanceService
from gateway.services.held_actions import HeldActionService
from gateway.services.holidays import HolidayService
from gateway.services.ladders import LadderService
from gateway.services.lead_lists import LeadListService
from gateway.services.leads import LeadService
from gateway.services.list_changes import ListChangeService
from gateway.services.matters import MatterService
from gateway.services.officials import OfficialService
from gateway.services.operations import OperationsService
from gateway.services.organisations import OrganisationService
from gateway.services.outbox import Manners, Outbox
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
from gateway.services.results import ClaimedResultFollower, ResultService
from gateway.services.retention import RetentionService
from gateway.services.risk_lists import RiskListService
from gateway.services.rotas import RotaService
from gateway.services.rumours import RumourService
from gateway.services.safety import SafetyService
from gateway.services.sheets import ABOUT as SHEET
from gateway.services.sheets import SheetService
from gateway.services.situations import SituationService
from gateway.services.support import SupportService
from gateway.services.symptoms import SymptomFollower
from gateway.services.transactions import Transactions
from gateway.services.venues import VenueService
from gateway.settings import PUSH_SERVICES, Settings
from gateway.wire.pacing import Limits
from gateway.wire.push_keys import private_key
from gateway.wire.seals import CHAT, ORGANISATION, KeySeal
from gateway.worker.agenda import AgendaLoop
from gateway.worker.boards import Board, counted_handlers, counted_sweeps, counted_together
from gateway.worker.metrics import Metrics
from gateway.worker.rounds import handlers, sweeps, together, watching
from gateway.worker.senders import SenderLoop
from gateway.worker.sweeps import Sweep, scheduler_of

ZONE = ZoneInfo("Asia/Shanghai")

#: What many look at may have been read so long ago; a session and a post end elsewhere within 5 s, and so here.
PATIENCE = timedelta(seconds=1)

#: A worker that is told to stop waits so long for what it is sending: shorter than those who stop it have patience.
LANDING = timedelta(seconds=4)


class NotConnected(Unavailable):
    """DATABASE_URL, REDIS_URL and BOT_GATEWAY_TOKEN are needed here; `gateway up` provides them on one machine."""


def redis_of(url: str, *, connections: int = 20) -> Redis:
    """A client that waits at most 5 s and never repeats a command by itself."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=connections, timeout=5, socket_timeout=5, retry=Retry(NoBackoff(), 0)
    )
    return Redis.from_pool(pool)


@dataclass(frozen=True, slots=True)
class Foundations:
    """What a house stands on; a story brings its own clock and channels."""

    record: Record
    redis: Redis
    clock: Clock
    channels: Mapping[ChannelName, Channel]
    bot_token: str
    public_bot_url: str = "http://127.0.0.1:8001"
    public_gateway_url: str = "http://127.0.0.1:8000"
    home: Path | None = None
    organisation: Provider | None = None
    telegram_per_second: float = 30
    push_services: tuple[str, ...] = PUSH_SERVICES
    patience: timedelta = timedelta(0)


def transcript_seal(vault: Vault) -> KeySeal:
    return KeySeal.of(vault.transcript_key, purpose=CHAT)


def organisation_of(settings: Settings, vault: Vault) -> Provider | None:
    """The officials' identity provider, where one is set."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
        return None
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        redirect_uri=f"{settings.public_gateway_url.rstrip('/')}/console/sign-in/organisation/callback",
        seal=KeySeal.of(vault.transcript_key, purpose=ORGANISATION),
    )


def build_house(foundations: Foundations) -> House:
    clock, record = foundations.clock, foundations.record
    divisions = gazetteer()

    @lru_cache(maxsize=8192)
    def area_name(code: str, language: str) -> str:
        known = divisions.find_area(code[:9])
        return divisions.full_name(known.code, language.split("_")[0]) if known else ""

    words = Words(ZONE, area_name)
    agenda = Agenda(foundations.redis)
    transactions = Transactions(record, agenda, clock, Glances(clock, foundations.patience))
    outbox = Outbox(Manners(ZONE))
    packs = PackService(transactions, clock)
    alerts = AlertService(transactions, outbox, clock, packs)
    held_actions = HeldActionService(transactions, alerts, clock)
    clocks = ClockService(transactions, packs, alerts, clock)
    gates = GateService(transactions, packs, words, outbox, clock)
    events = EventService(transactions, packs, gates, alerts, outbox, clock)
    broadcasts = BroadcastService(
        transactions, outbox, clock, packs, words, {ChannelName.TELEGRAM: foundations.telegram_per_second}
    )
    broadcast_runs = BroadcastRunService(transactions, outbox, alerts, packs, words, clock)
    guidance = GuidanceService(transactions, packs, outbox, broadcasts, words, clock)
    follow_ups = FollowUpService(
        transactions, packs, alerts, clocks, outbox, words, clock, followers=(gates,), starters=(guidance,)
    )
    policy_changes = PolicyChangeService(transactions, packs, alerts, outbox, ListChangeService(packs, outbox), clock)
    reminders = ReminderService(transactions, packs, outbox, clock)
    results = ResultService(transactions, packs, follow_ups, alerts, clocks, outbox, clock)
    exposures = ExposureService(transactions, outbox, alerts, packs, follow_ups, divisions, clock)
    area_levels = AreaLevelService(transactions, packs, alerts, outbox, divisions, clock, followers=(events, guidance))
    controls = ControlService(
        transactions, packs, alerts, outbox, area_levels, words, divisions, clock, followers=(guidance,)
    )
    report_types = ReportTypeService(transactions, packs, outbox, clock)
    duties = DutyService(transactions, report_types, alerts, clock)
    duty_rounds = DutyRoundService(transactions, packs, report_types, alerts, duties, outbox, clock)
    leads = LeadService(transactions, packs, follow_ups, alerts, divisions, clock)
    lead_lists = LeadListService(transactions, leads, alerts, clock)
    contacts = ContactService(transactions, packs, follow_ups, alerts, clock)
    declarations = DeclarationService(transactions, packs, exposures, leads, outbox, clock)
    followers = (
        AttachmentFollower(),
        EarlyWarningFollower(),
        SymptomFollower(alerts),
        CheckInFollower(follow_ups),
        ClaimedResultFollower(alerts),
        ArrivalFollower(exposures, declarations, alerts, outbox),
        ExposureFollower(exposures),
        DeclarationFollower(declarations, exposures),
        AbroadFollower(guidance),
        corrections := CorrectionService(transactions, exposures, alerts, outbox, clock),
    )
    directories = DirectoryService(transactions, packs, alerts, divisions, clock)
    matters = MatterService(transactions, packs, alerts, outbox, broadcasts, clock)
    registers = RegisterService(transactions, packs, alerts, clock)
    agencies = AgencyService(transactions, packs, alerts, clock)
    home = foundations.home
    retention = RetentionService(transactions, clock, erasures=home / "erasures.jsonl" if home else None)
    residents = ResidentService(transactions, clock, retention.remember_erased, policy_changes.moved)
    reports = ReportService(transactions, packs, followers, words, clock)
    holidays = HolidayService(transactions, clock, ZONE)
    officials = OfficialService(transactions, outbox, clock, PasswordHash.recommended())
    desk_deliveries = DeskDeliveryService(
        transactions, words, foundations.channels, alerts, clock, foundations.public_gateway_url
    )
    checklists = ChecklistService(transactions, outbox, clock, ZONE, load_glossary(), packs)
    return House(
        record=record,
        agenda=agenda,
        clock=clock,
        words=words,
        gazetteer=divisions,
        transactions=transactions,
        residents=residents,
        reports=reports,
        corrections=corrections,
        alerts=alerts,
        follow_ups=follow_ups,
        reminders=reminders,
        results=results,
        clocks=clocks,
        pathways=PathwayService(transactions, packs, alerts, clock),
        discharges=DischargeService(transactions, packs, follow_ups, clocks, clock),
        safety=SafetyService(transactions, alerts, packs, load_lexicon(), words, clock),
        deliveries=DeliveryService(transactions, words, foundations.channels, clock, outbox.manners),
        desk_deliveries=desk_deliveries,
        desk_addresses=DeskAddressService(transactions, desk_deliveries, words, foundations.channels, clock),
        drafts=DraftService(transactions, clock),
        officials=officials,
        packs=packs,
        policy_changes=policy_changes,
        operations=OperationsService(
            transactions,
            agenda,
            alerts,
            clock,
            nouns=(
                policy_changes,
                checklists,
                leads,
                contacts,
                declarations,
                duty_rounds,
                exposures,
                clocks,
                matters,
                directories,
                events,
                area_levels,
                controls,
                agencies,
                held_actions,
                desk_deliveries,
                broadcast_runs,
            ),
            crowds=(follow_ups, reminders),
            anchor=home / "audit-heads.txt" if home else None,
            dead_letters=DeadLetters(foundations.redis),
        ),
        retention=retention,
        reach=ReachService(transactions, alerts, clock, ZONE),
        checklists=checklists,
        checklist_intakes=ChecklistIntakeService(transactions, checklists, clock),
        evidence=EvidenceService(transactions, checklists, clock),
        attachments=AttachmentService(transactions, clock),
        demo=DemoService(
            transactions,
            residents,
            reports,
            officials,
            packs,
            clock,
            more=(
                ("checklist", DemoChecklists(transactions, checklists, clock, COUNTY).load),
                ("follow-ups", DemoFollowUps(residents, follow_ups, results, clock).load),
            ),
        ),
        desks=DeskService(transactions, alerts, clock),
        held_actions=held_actions,
        situations=SituationService(transactions, packs, alerts, divisions, clock, ZONE),
        exposures=exposures,
        area_levels=area_levels,
        controls=controls,
        risk_lists=RiskListService(transactions, exposures, broadcasts, words, divisions, clock, followers=(events,)),
        broadcasts=broadcasts,
        broadcast_runs=broadcast_runs,
        arrivals=ArrivalService(transactions, clock),
        holidays=holidays,
        organisations=OrganisationService(transactions, officials, divisions, clock),
        posts=PostService(transactions, outbox, clock),
        rotas=RotaService(transactions, alerts, holidays, words, clock),
        ladders=LadderService(transactions, packs, clock),
        leads=leads,
        lead_lists=lead_lists,
        contacts=contacts,
        declarations=declarations,
        registrations=RegistrationService(declarations, reports),
        figures=FigureService(transactions, packs, clock),
        matters=matters,
        directories=directories,
        duties=duties,
        duty_rounds=duty_rounds,
        report_types=report_types,
        registers=registers,
        venues=VenueService(transactions, packs, matters, registers, foundations.public_bot_url, clock),
        early_warnings=EarlyWarningService(transactions, packs, alerts, clock),
        gates=gates,
        events=events,
        guidance=guidance,
        agencies=agencies,
        rumours=RumourService(matters, broadcasts, clock),
        support=SupportService(matters, alerts, packs),
        sheets=SheetService(
            transactions,
            packs,
            KeySeal.of(record.vault.transcript_key, purpose=SHEET),
            foundations.public_gateway_url,
            clock,
        ),
        copies=CopyService(
            transactions,
            KeySeal.of(record.vault.transcript_key, purpose=COPY),
            foundations.public_gateway_url,
            clock,
        ),
        bot_token=foundations.bot_token,
        public_bot_url=foundations.public_bot_url,
        public_gateway_url=foundations.public_gateway_url,
        organisation=foundations.organisation,
        push_services=foundations.push_services,
    )


def channels_of_desks(settings: Settings, redis: Redis, clock: Clock) -> dict[ChannelName, Channel]:
    """Ways out to desks: robots and Apprise need no setting, mail and SMS a server."""
    pacer = RobotPacer(redis, clock, settings.robot_per_minute)
    dialects: tuple[tuple[Dialect, str], ...] = (
        (DingTalk(), settings.dingtalk_api_url),
        (WeCom(), settings.wecom_api_url),
        (Feishu(), settings.feishu_api_url),
    )
    channels: dict[ChannelName, Channel] = {
        dialect.name: RobotChannel(dialect, pacer, clock, url) for dialect, url in dialects
    }
    channels[ChannelName.APPRISE] = AppriseChannel()
    if settings.smtp_url is not None:
        server = MailServer.of(settings.smtp_url.get_secret_value(), settings.smtp_from)
        channels[ChannelName.EMAIL] = EmailChannel(server, clock)
    if settings.sms_url:
        headers = {name: value.get_secret_value() for name, value in settings.sms_headers.items()}
        service = SmsService(settings.sms_url, settings.sms_method, headers, settings.sms_body, settings.sms_success)
        channels[ChannelName.SMS] = SmsChannel(service)
    return channels


@cache
def _doors() -> FastAPI:
    """Hanging some hundred doors takes half a second and as many megabytes; they are the same for every house."""
    return console_app.mount(api_app.build())


def build_api(house: House) -> ASGIApp:
    """The API and the console of a house that stands already."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await _doors()({**scope, "state": {"house": house}}, receive, send)

    return app


# from settings, for the processes


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    """A house on real engines, closed again afterwards. Raises NotConnected, KeyringMissing."""
    if settings.database_url is None or settings.redis_url is None or settings.bot_gateway_token is None:
        raise NotConnected
    vault = Vault.from_file(settings.keyring_path)
    record = Record(settings.database_url, vault, uuid4, pool=settings.database_pool)
    redis = redis_of(settings.redis_url)
    clock = SystemClock()
    channels: dict[ChannelName, Channel] = {
        ChannelName.WEBCHAT: WebChatChannel(redis, transcript_seal(vault), clock),
        ChannelName.WEBPUSH: WebPushChannel(
            private_key(vault.transcript_key), settings.push_contact, clock, settings.push_services
        ),
        **channels_of_desks(settings, redis, clock),
    }
    if settings.telegram_bot_token is not None:
        token = settings.telegram_bot_token.get_secret_value()
        limits = Limits(settings.telegram_per_second, settings.telegram_chat_per_second)
        pacer = Pacer(redis, token.partition(":")[0], clock, limits)
        channels[ChannelName.TELEGRAM] = TelegramChannel(token, pacer, settings.telegram_api_url)
    try:
        house = build_house(
            Foundations(
                record=record,
                redis=redis,
                clock=clock,
                channels=channels,
                bot_token=settings.bot_gateway_token.get_secret_value(),
                public_bot_url=settings.public_bot_url,
                public_gateway_url=settings.public_gateway_url,
                home=settings.shaodian_home,
                organisation=organisation_of(settings, vault),
                telegram_per_second=settings.telegram_per_second,
                push_services=settings.push_services,
                patience=PATIENCE,
            )
        )
        collect_seldom()
        yield house
    finally:
        for channel in channels.values():
            await channel.close()
        await redis.aclose()
        await record.close()


def api_of(settings: Settings) -> FastAPI:
    """The API's app; its engines open with it and close with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        async with opened(settings) as house, alive(house, "api") as process:
            scheduler = scheduler_of((watching(house, process),))
            scheduler.start()
            try:
                yield {"house": house}
            finally:
                scheduler.shutdown(wait=False)

    return console_app.mount(api_app.build(lifespan))


def batch_at(per_second: float) -> int:
    """Routine messages claimed at once: some seconds of the token's budget, so that none waits its turn for long."""
    return max(30, min(200, round(3 * per_second)))


@asynccontextmanager
async def alive(house: House, role: str) -> AsyncIterator[str]:
    """A process that says it lives, takes over from one that ended here, and says goodbye. Its name."""
    process = f"{role}:{socket.gethostname()}:{os.getpid()}"
    await house.operations.take_over(_ended_here)
    await house.operations.beat(process)
    try:
        yield process
    finally:
        await house.operations.say_goodbye(process)


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """The worker: the agenda's loop and the sweeps, until told to stop."""
    async with opened(settings) as house, alive(house, "work") as process:
        await house.retention.erase_again()
        await house.operations.heal()
        board = Board()
        metrics = Metrics(house, registry=board.registry)
        rounds = (*sweeps(house, process), Sweep("metrics", timedelta(seconds=5), metrics.refresh))
        scheduler = scheduler_of(counted_sweeps(rounds, board))
        scheduler.start()
        urgent = SenderLoop(partial(house.deliveries.send_due, lanes=URGENT))
        routine = SenderLoop(
            partial(house.deliveries.send_due, lanes=ROUTINE, limit=batch_at(settings.telegram_per_second))
        )
        desks = SenderLoop(house.desk_deliveries.speak_due)
        senders = (urgent, routine, desks)

        def wake_senders() -> None:
            urgent.wake()
            routine.wake()

        due = counted_handlers(handlers(house, wake_sender=wake_senders, wake_desks=desks.wake), board)
        loop = AgendaLoop(house.agenda, house.clock, due, counted_together(together(house), board))
        try:
            with board.shown(settings.metrics_host, settings.metrics_port):
                async with asyncio.TaskGroup() as group:
                    ticking = group.create_task(loop.run_forever())
                    sending = [group.create_task(sender.run_forever()) for sender in senders]
                    await stop.wait()
                    ticking.cancel()
                    for sender in senders:
                        sender.stop()
                    await asyncio.wait(sending, timeout=LANDING.total_seconds())
                    for task in sending:
                        task.cancel()
        finally:
            scheduler.shutdown(wait=False)


def _ended_here(process: str) -> bool:
    """Whether that process ran on this host and is no more."""
    _, host, pid = (process.split(":") + ["", ""])[:3]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
