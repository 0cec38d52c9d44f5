"""Risk lists, outbreaks, and the answer to whether a place was a risk area."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import ListState, MatchKind, RiskLevel
from gateway.schemas.places import Candidate
from gateway.schemas.shapes import Answer, Day, Shape


class FaultOut(Answer):
    where: str
    message: str


class RiskListOut(Answer):
    """A list: what it holds, and how many places it changes against the list before it."""

    id: UUID
    number: int
    state: ListState
    source_name: str
    label: str | None
    entries: int
    levels: dict[RiskLevel, int]
    changed: dict[str, int]
    warnings: list[FaultOut]
    imported_at: datetime
    imported_by: str | None
    confirmed_at: datetime | None
    confirmed_by: str | None
    in_force_from: datetime | None
    published_at: datetime | None
    published_by: str | None
    duplicate: bool = False


class ChangeOut(Answer):
    area: str | None
    place: str
    name: str
    level: RiskLevel
    was: RiskLevel | None


class ChangesOut(Answer):
    """Every changed place stands in one of the first four; `unresolved` repeats those without a known county."""

    added: list[ChangeOut]
    raised: list[ChangeOut]
    lowered: list[ChangeOut]
    lifted: list[ChangeOut]
    unresolved: list[ChangeOut]
    content_hash: str | None = None


class ReachOut(Answer):
    definite: int
    possible: int
    no_longer: int
    living: int
    people: int


class ConfirmationIn(Shape):
    """`in_force_from` unset: from now."""

    in_force_from: datetime | None = None


class RematchedOut(Answer):
    definite: int
    possible: int
    no_longer: int
    proposed: int


class ConfirmedOut(Answer):
    list: RiskListOut
    rematched: RematchedOut
    content_hash: str


class PublicationIn(Shape):
    """The hash of the words that were read: they and no others go out."""

    content_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class PublishedOut(Answer):
    list: RiskListOut
    told: int


class OutbreakIn(Shape):
    area: str = Field(pattern=r"^\d{2,9}$")
    first_case_on: date
    last_case_on: date
    name: str = Field(default="", max_length=80)
    source: str = Field(default="", max_length=200)
    first_onset_on: date | None = None
    first_report_on: date | None = None


class OutbreakOut(Answer):
    area: str
    name: str
    first_case_on: date
    last_case_on: date
    source: str
    recorded_at: datetime


class OutbreakSetOut(Answer):
    outbreak: OutbreakOut
    rematched: RematchedOut


class RiskDayOut(Answer):
    name: str
    area: str | None
    level: RiskLevel
    match: MatchKind
    valid_from: datetime
    valid_to: datetime | None
    place_id: UUID


class RiskAreasOut(Answer):
    """`areas` are the listed places the asked place has to do with on that day. Several `readings`: ask which.
    `silent`: no confirmed list speaks of that day, so an empty answer is no all-clear."""

    on: date
    areas: list[RiskDayOut]
    silent: bool = False
    outbreaks: list[OutbreakOut]
    readings: list[Candidate] = []


class CorrectionIn(Shape):
    """Why this entry should not have stood in a list on these days; everybody may read it. Both days are in it; without
    them it is for ever, without the last until now and on. `set_to`: what the place was instead."""

    reason: str = Field(min_length=1, max_length=500)
    from_on: Day | None = None
    to_on: Day | None = None
    set_to: RiskLevel | None = None


class CorrectionOut(Answer):
    id: UUID
    place_id: UUID
    reason: str
    from_on: date | None
    to_on: date | None
    set_to: RiskLevel | None
    corrected_at: datetime
    published_at: datetime | None


class CorrectedOut(Answer):
    correction: CorrectionOut
    rematched: RematchedOut


class PublicCorrectionOut(Answer):
    """A place that stood in a list by mistake: on these days, or ever. `set_to` is what it was then."""

    name: str
    level: RiskLevel
    reason: str
    published_at: datetime
    from_on: date | None = None
    to_on: date | None = None
    set_to: RiskLevel | None = None


class PublicPlaceOut(Answer):
    name: str
    area: str | None
    level: RiskLevel
    since: datetime | None


class PublicRegisterOut(Answer):
    """What is public now. `number` unset: nothing was published yet."""

    number: int | None
    label: str | None
    published_at: datetime | None
    places: list[PublicPlaceOut]
    corrections: list[PublicCorrectionOut] = []


class ExpectedOut(Answer):
    """One line of the watch-list of announced arrivals."""

    id: UUID
    resident_id: UUID
    person: str | None
    origin_area: str | None
    origin_country: str | None
    destination_area: str | None
    arrives_at: datetime
    declared_at: datetime
    late_days: int
