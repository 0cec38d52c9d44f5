"""The record: PostgreSQL behind scoped transactions.

`async with record.begin(scope) as work:` is one transaction; it commits when the block ends and rolls back when the
block raises. `work.alerts`, `work.residents` … are repositories bound to the scope. What must be woken afterwards is
gathered in `work.wakes` for the caller, who pushes it after the commit.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.domain.scopes import Scope, area_range
from gateway.errors import Unavailable
from gateway.record.activations import Activations
from gateway.record.addresses import Addresses
from gateway.record.agencies import Agencies
from gateway.record.alert_lists import AlertLists
from gateway.record.alerts import Alerts
from gateway.record.applications import Applications
from gateway.record.arrivals import Arrivals
from gateway.record.attachments import Attachments
from gateway.record.audiences import Audiences
from gateway.record.audits import Audits
from gateway.record.broadcasts import Broadcasts
from gateway.record.checklists import Checklists
from gateway.record.clocks import Clocks
from gateway.record.contacts import Contacts
from gateway.record.controls import Controls
from gateway.record.copies import Copies
from gateway.record.credentials import Credentials
from gateway.record.declarations import Declarations
from gateway.record.deliveries import Deliveries
from gateway.record.desk_addresses import DeskAddresses
from gateway.record.desks import Desks
from gateway.record.duties import Duties
from gateway.record.evidence import EvidenceRows
from gateway.record.exposures import Exposures
from gateway.record.figures import FigureRows
from gateway.record.follow_ups import FollowUps
from gateway.record.heartbeats import Heartbeats
from gateway.record.intakes import Intakes
from gateway.record.ladder_changes import LadderChanges
from gateway.record.lead_lists import LeadLists
from gateway.record.leads import Leads
from gateway.record.matters import Matters
from gateway.record.officials import Officials
from gateway.record.pack_versions import PackVersions
from gateway.record.policy_changes import PolicyChanges
from gateway.record.posts import Posts
from gateway.record.push_subscriptions import PushSubscriptions
from gateway.record.reminders import Reminders
from gateway.record.report_types import ReportTypes
from gateway.record.reports import Reports
from gateway.record.residents import Residents
from gateway.record.results import Results
from gateway.record.retention import Retention
from gateway.record.retrospects import Retrospects
from gateway.record.risk_lists import RiskLists
from gateway.record.rotas import Rotas
from gateway.record.situations import Situations
from gateway.record.transfers import Transfers
from gateway.record.vault import Vault
from gateway.record.venues import Venues
from gateway.record.walls import APP, WORK

_SET_SCOPE = text(
    "SELECT set_config('shaodian.low', :low, true), set_config('shaodian.high', :high, true), "
    "set_config('shaodian.people', :people, true), set_config('shaodian.units', :units, true)"
)


class RecordUnavailable(Unavailable):
    """The database does not answer; nothing was changed. Please try again."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Something due: `kind:id` at a time, for the agenda."""

    kind: str
    id: str
    at: datetime

    @property
    def member(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass
class Work:
    """One transaction under one scope."""

    connection: AsyncConnection
    scope: Scope
    vault: Vault
    new_id: Callable[[], UUID]
    wakes: list[Wake] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def wake(self, kind: str, subject: object, at: datetime) -> None:
        """After the commit the agenda will know that this is due then."""
        self.wakes.append(Wake(kind, str(subject), at))

    def forget(self, kind: str, subject: object) -> None:
        """After the commit the agenda drops this; firing it anyway would find nothing to do."""
        self.cancelled.append(f"{kind}:{subject}")

    @cached_property
    def residents(self) -> Residents:
        return Residents(self.connection, self.scope, self.vault)

    @cached_property
    def venues(self) -> Venues:
        return Venues(self.connection, self.scope)

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(self.connection, self.scope)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self.connection, self.scope, self.vault)

    @cached_property
    def follow_ups(self) -> FollowUps:
        return FollowUps(self.connection, self.scope, self.vault)

    @cached_property
    def retrospects(self) -> Retrospects:
        return Retrospects(self.connection, self.scope)

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(self.connection, self.scope)

    @cached_property
    def transfers(self) -> Transfers:
        return Transfers(self.connection, self.scope, self.vault)

    @cached_property
    def clocks(self) -> Clocks:
        return Clocks(self.connection, self.scope, self.vault)

    @cached_property
    def results(self) -> Results:
        return Results(self.connection, self.scope, self.vault)

    @cached_property
    def alerts(self) -> Alerts:
        return Alerts(self.connection, self.scope, self.vault)

    @cached_property
    def alert_lists(self) -> AlertLists:
        return AlertLists(self.connection, self.scope)

    @cached_property
    def situations(self) -> Situations:
        return Situations(self.connection, self.scope)

    @cached_property
    def desks(self) -> Desks:
        return Desks(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.connection, self.scope, self.vault)

    @cached_property
    def desk_addresses(self) -> DeskAddresses:
        return DeskAddresses(self.connection, self.scope, self.vault)

    @cached_property
    def officials(self) -> Officials:
        return Officials(self.connection, self.scope)

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self.connection, self.scope, self.vault)

    @cached_property
    def activations(self) -> Activations:
        return Activations(self.connection, self.scope)

    @cached_property
    def ladder_changes(self) -> LadderChanges:
        return LadderChanges(self.connection)

    @cached_property
    def pack_versions(self) -> PackVersions:
        return PackVersions(self.connection)

    @cached_property
    def policy_changes(self) -> PolicyChanges:
        return PolicyChanges(self.connection, self.scope, self.vault, self.new_id)

    @cached_property
    def heartbeats(self) -> Heartbeats:
        return Heartbeats(self.connection)

    @cached_property
    def retention(self) -> Retention:
        return self.retention_with(self.vault)

    def retention_with(self, vault: Vault) -> Retention:
        """Retention under another ring than the process started with: while keys rotate."""
        return Retention(self.connection, vault)

    @cached_property
    def audit(self) -> Audits:
        return Audits(self.connection, self.scope)

    @cached_property
    def applications(self) -> Applications:
        return Applications(self.connection, self.scope, self.vault)

    @cached_property
    def arrivals(self) -> Arrivals:
        return Arrivals(self.connection, self.scope)

    @cached_property
    def lead_lists(self) -> LeadLists:
        return LeadLists(self.connection, self.scope, self.vault)

    @cached_property
    def copies(self) -> Copies:
        return Copies(self.connection, self.vault)

    @cached_property
    def push_subscriptions(self) -> PushSubscriptions:
        return PushSubscriptions(self.connection, self.vault)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self.connection, self.scope, self.vault)

    @cached_property
    def evidence(self) -> EvidenceRows:
        return EvidenceRows(self.connection, self.scope, self.vault)

    @cached_property
    def intakes(self) -> Intakes:
        return Intakes(self.connection, self.scope, self.vault)

    @cached_property
    def leads(self) -> Leads:
        return Leads(self.connection, self.scope, self.vault)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.connection, self.scope, self.vault)

    @cached_property
    def declarations(self) -> Declarations:
        return Declarations(self.connection, self.scope)

    @cached_property
    def figures(self) -> FigureRows:
        return FigureRows(self.connection, self.scope)

    @cached_property
    def risk_lists(self) -> RiskLists:
        return RiskLists(self.connection)

    @cached_property
    def controls(self) -> Controls:
        return Controls(self.connection, self.scope, self.vault)

    @cached_property
    def exposures(self) -> Exposures:
        return Exposures(self.connection, self.scope, self.vault)

    @cached_property
    def checklists(self) -> Checklists:
        return Checklists(self.connection, self.scope, self.vault)

    @cached_property
    def matters(self) -> Matters:
        return Matters(self.connection, self.scope, self.vault)

    @cached_property
    def rotas(self) -> Rotas:
        return Rotas(self.connection, self.scope, self.vault)

    @cached_property
    def posts(self) -> Posts:
        return Posts(self.connection)

    @cached_property
    def agencies(self) -> Agencies:
        return Agencies(self.connection)

    @cached_property
    def report_types(self) -> ReportTypes:
        return ReportTypes(self.connection, self.scope)

    @cached_property
    def duties(self) -> Duties:
        return Duties(self.connection, self.scope, self.vault)

    @cached_property
    def broadcasts(self) -> Broadcasts:
        return Broadcasts(self.connection, self.scope)

    @cached_property
    def audiences(self) -> Audiences:
        return Audiences(self.connection)


@dataclass(slots=True)
class _Looks:
    """The transactions in which a page looks things up, one of each role; lent to one at a time."""

    opened: AsyncExitStack = field(default_factory=AsyncExitStack)
    works: dict[bool, Work] = field(default_factory=dict)
    lent: bool = False

    async def end(self) -> None:
        self.works.clear()
        with suppress(DBAPIError, OSError):  # nothing was written, and whoever was asking has heard already
            await self.opened.aclose()


_looks: ContextVar[_Looks | None] = ContextVar("looks", default=None)


class Record:
    """Two pools: one that acts as `shaodian_app` for people, one as `shaodian_work` for the clock."""

    def __init__(self, database_url: str, vault: Vault, new_id: Callable[[], UUID], *, pool: int = 10) -> None:
        self.vault = vault
        self.new_id = new_id
        self.begun = 0  # transactions; who waits for rest looks whether there was another
        self._app = _engine(database_url, APP, pool)
        self._work = _engine(database_url, WORK, pool)

    @asynccontextmanager
    async def begin(self, scope: Scope) -> AsyncIterator[Work]:
        """One transaction. Raises RecordUnavailable when the database cannot be reached."""
        looks = _looks.get()
        if looks is not None and not looks.lent:
            await looks.end()  # nobody holds one connection and waits for another
        engine = self._work if scope.everything else self._app
        self.begun += 1
        async with _reachable(), engine.begin() as connection:
            if not scope.everything:
                await connection.execute(_SET_SCOPE, _settings_of(scope))
            yield Work(connection, scope, self.vault, self.new_id)

    @property
    def is_looked_up(self) -> bool:
        """Whether this is asked within `looking`."""
        return _looks.get() is not None

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Around a page that shows something: what it reads, one after the other, is read in one transaction.

        A page asks several services, and to begin and end a transaction for each takes longer than what they read.
        """
        looks = _Looks()
        before = _looks.set(looks)
        try:
            yield
        finally:
            _looks.reset(before)
            await looks.end()

    @asynccontextmanager
    async def reading(self, scope: Scope) -> AsyncIterator[Work]:
        """As `begin`, but nothing can be written. Within `looking` it is the page's own transaction, told whose scope
        it now is."""
        looks = _looks.get()
        own = looks is None or looks.lent
        looks = _Looks() if looks is None or own else looks
        looks.lent = True
        try:
            async with _reachable():
                yield await self._look(looks, scope, alone=own)
        except BaseException:
            await looks.end()
            raise
        finally:
            looks.lent = False
            if own:
                await looks.end()

    async def _look(self, looks: _Looks, scope: Scope, *, alone: bool) -> Work:
        known = looks.works.get(scope.everything)
        if known is not None and known.scope == scope:
            return known
        if known is None:
            self.begun += 1
            engine = self._work if scope.everything else self._app
            connection = await looks.opened.enter_async_context(engine.connect())
            if scope.everything and not alone:  # no scope to hold on to: each statement stands for itself
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            else:
                await connection.execution_options(postgresql_readonly=True)
        else:
            connection = known.connection
        if not scope.everything:
            await connection.execute(_SET_SCOPE, _settings_of(scope))
        looks.works[scope.everything] = work = Work(connection, scope, self.vault, self.new_id)
        return work

    async def answers(self) -> bool:
        try:
            async with self._app.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError):
            return False
        return True

    async def database_now(self) -> datetime:
        """The database's own clock, only ever compared with ours (heartbeats)."""
        async with self._work.connect() as connection:
            now: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
        return now

    async def close(self) -> None:
        await self._app.dispose()
        await self._work.dispose()


@asynccontextmanager
async def _reachable() -> AsyncIterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, OSError) as gone:
        raise RecordUnavailable from gone
    except DBAPIError as failed:
        if failed.connection_invalidated:
            raise RecordUnavailable from failed
        raise


def _settings_of(scope: Scope) -> dict[str, str]:
    low, high = ("", "") if scope.area is None else area_range(scope.area)
    return {
        "low": low,
        "high": high,
        "people": ",".join(str(person) for person in scope.people),
        "units": ",".join(str(unit) for unit in scope.units),
    }


def _engine(database_url: str, role: str, pool: int) -> AsyncEngine:
    # None beyond the pool: those are closed when they come back, and to open one takes longer than most transactions.
    engine = create_async_engine(
        database_url, pool_size=2 * pool, max_overflow=0, pool_timeout=10, pool_pre_ping=False, pool_recycle=1800
    )

    @event.listens_for(engine.sync_engine, "connect")
    def become(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(f"SET ROLE {role}")
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    return engine
