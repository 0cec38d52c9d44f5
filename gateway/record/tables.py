"""Every table of the record. Times are UTC; names ending in `_sealed` hold AES-GCM text under the person's data key.

In clear stand only pseudonymous ids, area codes, dates and states (design: who may see what). Area codes compare in
the "C" collation, so that a scope is a plain range.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[object]:
    return Column("id", UUID(as_uuid=True), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, UUID(as_uuid=True), ForeignKey(f"{target}.id"), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _area(name: str = "area", *, nullable: bool = False) -> Column[object]:
    return Column(name, Text(collation="C"), nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> Column[object]:
    return Column(name, Text, nullable=nullable, server_default=default)


def _json(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, JSONB, nullable=nullable)


def _sealed(name: str) -> Column[object]:
    return Column(f"{name}_sealed", LargeBinary, nullable=True)


residents = Table(
    "residents",
    metadata,
    _id(),
    _text("language"),
    _text("consent_version", nullable=True),
    _at("consented_at", nullable=True),
    _area("managing_area", nullable=True),
    _area("present_area", nullable=True),
    _area("home_area", nullable=True),
    _text("grid", nullable=True),
    Column("data_key", LargeBinary, nullable=True),
    _text("data_key_id"),
    _sealed("name"),
    _sealed("phone"),
    _sealed("id_number"),
    _sealed("address"),
    _sealed("employer"),
    Column("birth_year", Integer, nullable=True),
    Column("phone_index", LargeBinary, nullable=True),
    Column("id_number_index", LargeBinary, nullable=True),
    Column("stopped", Boolean, nullable=False, server_default="false"),
    Column("quiet_from", Time, nullable=True),
    Column("quiet_to", Time, nullable=True),
    _text("legal_hold", nullable=True),
    _at("created_at"),
    _at("erased_at", nullable=True),
    Index("ix_residents_managing_area", "managing_area"),
    Index("ix_residents_present_area", "present_area"),
    Index("ix_residents_home_area", "home_area"),
    Index("ix_residents_phone_index", "phone_index"),
    Index("ix_residents_id_number_index", "id_number_index"),
)

family_members = Table(
    "family_members",
    metadata,
    _ref("guardian_id", "residents"),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _text("relation"),
    UniqueConstraint("guardian_id", "resident_id"),
)

# An office as notices name it; `key` joins the spellings of one unit. A group (各镇人民政府) stands for its members.
units = Table(
    "units",
    metadata,
    _id(),
    _area(),
    _text("key"),
    _text("name"),
    Column("aliases", ARRAY(Text), nullable=False, server_default="{}"),
    _text("kind", default="office"),
    UniqueConstraint("area", "key"),
)

group_members = Table(
    "group_members",
    metadata,
    _ref("group_id", "units"),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=False, index=True),
    UniqueConstraint("group_id", "unit_id"),
)

unit_members = Table(
    "unit_members",
    metadata,
    _ref("unit_id", "units"),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    UniqueConstraint("unit_id", "resident_id"),
)

officials = Table(
    "officials",
    metadata,
    _id(),
    _text("name"),
    _text("language", default="zh_Hans_CN"),
    _area(),
    Column("roles", ARRAY(Text), nullable=False),
    _ref("unit_id", "units", nullable=True),
    _text("password_hash", nullable=True),
    _sealed("totp"),
    # A hash of the identity provider and its name for this official; whoever leaves gives it up.
    Column("oidc_subject", LargeBinary, nullable=True, unique=True),
    Column("active", Boolean, nullable=False, server_default="true"),
    _at("created_at"),
    _at("ended_at", nullable=True),
)

# A post is a duty at a place; a shift says who holds it when. No shift with an end: held until further notice.
shifts = Table(
    "shifts",
    metadata,
    _id(),
    _text("role"),
    _area(),
    _ref("unit_id", "units", nullable=True),
    _ref("official_id", "officials"),
    _at("starts_at"),
    _at("ends_at", nullable=True),
    Column("rota_id", UUID(as_uuid=True), nullable=True, index=True),
    # How often it was changed since a calendar may first have shown it; a cancelled one stays there, cancelled.
    Column("sequence", Integer, nullable=False, server_default="0"),
    _at("cancelled_at", nullable=True),
    Index("ix_shifts_role_area", "role", "area"),
    Index("ix_shifts_official_id", "official_id"),
)

# A post that is held in turns: its shifts are made from the pattern, and what nobody covers is told ahead.
rotas = Table(
    "rotas",
    metadata,
    _id(),
    _area(),
    _text("role"),
    _json("pattern"),
    Column("people", ARRAY(UUID(as_uuid=True)), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    _at("made_at"),
    _text("made_by"),
    _at("ended_at", nullable=True),
    Index("ix_rotas_area", "area"),
)

substitutions = Table(
    "substitutions",
    metadata,
    _id(),
    _ref("official_id", "officials"),
    _ref("substitute_id", "officials"),
    _at("starts_at"),
    _at("ends_at"),
    _text("reason", nullable=True),
    Column("sequence", Integer, nullable=False, server_default="0"),
    _at("made_at"),
    _text("made_by"),
    _at("cancelled_at", nullable=True),
    Index("ix_substitutions_official_id", "official_id"),
)

# What one shift leaves for the next. It may name people, so it is sealed under the house's key.
handovers = Table(
    "handovers",
    metadata,
    _id(),
    _area(),
    _text("role"),
    _ref("official_id", "officials"),
    _at("at"),
    _sealed("text"),
    Index("ix_handovers_area", "area", "at"),
)

# Days that are not what their weekday says, as a place sets them; the announced ones come with the software.
day_marks = Table(
    "day_marks",
    metadata,
    _id(),
    _area(),
    Column("day", Date, nullable=False),
    _text("kind"),
    _text("name"),
    _text("set_by"),
    _at("set_at"),
    UniqueConstraint("area", "day"),
)

# A private address of a calendar: of an official, or of a desk (role and area).
calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    _id(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _ref("official_id", "officials", nullable=True),
    _text("role", nullable=True),
    _area(nullable=True),
    _at("made_at"),
    _ref("made_by", "officials"),
    _at("revoked_at", nullable=True),
)

invitations = Table(
    "invitations",
    metadata,
    _id(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _text("name"),
    Column("roles", ARRAY(Text), nullable=False),
    _area(),
    _ref("unit_id", "units", nullable=True),
    _ref("invited_by", "officials", nullable=True),
    _at("created_at"),
    _at("expires_at"),
    _at("used_at", nullable=True),
    _ref("used_by", "officials", nullable=True),
)

login_links = Table(
    "login_links",
    metadata,
    _id(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _ref("official_id", "officials"),
    _at("expires_at"),
    _at("used_at", nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _ref("official_id", "officials"),
    _text("csrf"),
    _at("created_at"),
    _at("seen_at"),
    _at("expires_at"),
    _at("ended_at", nullable=True),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _id(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _text("name"),
    _text("role"),
    _area(),
    _at("created_at"),
    _at("revoked_at", nullable=True),
)

# Where somebody is reached. A handle is a chat number, pseudonymous; phone numbers never stand here.
addresses = Table(
    "addresses",
    metadata,
    _id(),
    _text("channel"),
    _text("handle"),
    _ref("resident_id", "residents", nullable=True),
    _ref("official_id", "officials", nullable=True),
    _text("state", default="active"),
    _at("created_at"),
    UniqueConstraint("channel", "handle"),
    Index("ix_addresses_resident_id", "resident_id"),
    Index("ix_addresses_official_id", "official_id"),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("address_id", UUID(as_uuid=True), ForeignKey("addresses.id"), primary_key=True),
    _sealed("subscription"),
    _at("added_at"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("chat", Text, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
    _at("saved_at"),
)

reports = Table(
    "reports",
    metadata,
    _id(),
    _text("reference"),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _ref("address_id", "addresses", nullable=True),
    Column("reporter_id", UUID(as_uuid=True), nullable=True),
    _text("kind"),
    Column("form_version", Integer, nullable=False),
    Column("instance_id", UUID(as_uuid=True), nullable=False),
    _sealed("body"),
    _sealed("outcome"),
    _ref("corrects_id", "reports", nullable=True),
    _at("reported_at"),
    _at("withdrawn_at", nullable=True),
    UniqueConstraint("address_id", "instance_id"),
)

attachments = Table(
    "attachments",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    Column("report_id", UUID(as_uuid=True), ForeignKey("reports.id"), nullable=True, index=True),
    _text("media_type"),
    Column("size", Integer, nullable=False),
    _sealed("content"),
    _at("received_at"),
)

journeys = Table(
    "journeys",
    metadata,
    _id(),
    _ref("report_id", "reports"),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _text("kind"),
    _area(nullable=True),
    _text("country", nullable=True),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    Column("place_tokens", ARRAY(LargeBinary), nullable=False, server_default="{}"),
    _sealed("place"),
    _at("withdrawn_at", nullable=True),
    # A moved window asks for an area's journeys of some days, and reads the answer from the index alone.
    Index(
        "ix_journeys_area_days",
        "area",
        "to_on",
        "from_on",
        postgresql_include=["resident_id"],
        postgresql_where=text("withdrawn_at is null"),
    ),
)

arrivals = Table(
    "arrivals",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _ref("report_id", "reports"),
    _area("origin_area", nullable=True),
    _text("origin_country", nullable=True),
    _area("destination_area", nullable=True),
    _at("arrives_at"),
    _at("declared_at"),
    _at("due_at"),
    Column("late_days", Integer, nullable=False, server_default="0"),
    _at("arrived_at", nullable=True),
    _at("withdrawn_at", nullable=True),
    Index("ix_arrivals_report_id", "report_id"),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _text("profile"),
    _text("pack_id"),
    _text("pack_version"),
    _text("state"),
    Column("pack_overlays", ARRAY(Text), nullable=False, server_default="{}"),
    _text("pack_hash", nullable=True),
    _json("anchors"),
    _json("periods"),
    Column("sources", ARRAY(Text), nullable=False, server_default="{}"),
    Column("holds", ARRAY(Text), nullable=False, server_default="{}"),
    _text("started_by"),
    _sealed("reason"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _text("source_key", nullable=True),
    _at("created_at"),
    _at("confirmed_at", nullable=True),
    _at("closes_at", nullable=True),
    _at("closed_at", nullable=True),
    Index(
        "uq_follow_ups_source",
        "resident_id",
        "profile",
        "source_key",
        unique=True,
        postgresql_where=text("state <> 'withdrawn' and source_key is not null"),
    ),
    Index("ix_follow_ups_closes", "closes_at", postgresql_where=text("closed_at is null and closes_at is not null")),
)

plan_items = Table(
    "plan_items",
    metadata,
    _id(),
    Column("follow_up_id", UUID(as_uuid=True), ForeignKey("follow_ups.id"), nullable=False, index=True),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _text("key"),
    _text("kind"),
    _text("test", nullable=True),
    _at("opens_at"),
    _at("due_at", nullable=True),
    Column("rules", ARRAY(Text), nullable=False),
    Column("assumes", ARRAY(Text), nullable=False, server_default="{}"),
    _json("ladder"),
    _at("watch_at", nullable=True),
    _at("watched_at", nullable=True),
    Column("waits", Boolean, nullable=False, server_default="false"),
    _text("state"),
    _at("done_at", nullable=True),
    UniqueConstraint("follow_up_id", "key"),
    Index("ix_plan_items_watch", "watch_at", postgresql_where=text("state = 'pending' and watched_at is null")),
)

# One nudge at one time: to a resident about a plan item, or to officials about a checklist item.
reminders = Table(
    "reminders",
    metadata,
    _id(),
    _text("subject_kind"),
    Column("subject_id", UUID(as_uuid=True), nullable=False, index=True),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _area(nullable=True),
    _text("slot"),
    _text("template"),
    _json("recipients", nullable=True),
    _at("due_at"),
    _text("state", default="pending"),
    _at("fired_at", nullable=True),
    UniqueConstraint("subject_kind", "subject_id", "slot"),
    Index("ix_reminders_due", "due_at", postgresql_where=text("state = 'pending'")),
)

results = Table(
    "results",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _area(nullable=True),
    _text("status"),
    _text("test"),
    _at("sampled_at"),
    _text("site"),
    _sealed("value"),
    _sealed("person"),
    _at("resulted_at", nullable=True),
    _text("source"),
    _text("matched_by", nullable=True),
    _text("refused", nullable=True),
    _at("recorded_at"),
    UniqueConstraint("resident_id", "test", "sampled_at", "status"),
)

alerts = Table(
    "alerts",
    metadata,
    _id(),
    _text("kind"),
    _text("severity"),
    _text("status"),
    _area(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _text("subject_kind"),
    Column("subject_id", UUID(as_uuid=True), nullable=True),
    _text("dedup_key"),
    _text("template"),
    _json("facts"),
    _sealed("evidence"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _text("policy_code"),
    _json("ladder"),
    Column("repeat_every_seconds", Integer, nullable=True),
    Column("resolve_seconds", Integer, nullable=False),
    Column("ignores_quiet_hours", Boolean, nullable=False, server_default="false"),
    Column("waits_at_night", Boolean, nullable=False, server_default="false"),
    Column("channels", ARRAY(Text), nullable=False, server_default="{}"),
    Column("told", Integer, nullable=False, server_default="0"),
    Column("round", Integer, nullable=False, server_default="0"),
    _at("raised_at"),
    _at("next_step_at", nullable=True),
    _at("acknowledged_at", nullable=True),
    _ref("acknowledged_by", "officials", nullable=True),
    _ref("assigned_to", "officials", nullable=True),
    _at("resolve_due_at", nullable=True),
    _at("asked_again_at", nullable=True),
    _at("resolved_at", nullable=True),
    _ref("resolved_by", "officials", nullable=True),
    _text("outcome", nullable=True),
    UniqueConstraint("dedup_key"),
    Index("ix_alerts_area", "area"),
    Index("ix_alerts_next_step", "next_step_at", postgresql_where=text("status <> 'resolved'")),
    Index("ix_alerts_open", "raised_at", "id", postgresql_where=text("status <> 'resolved'")),
    Index("ix_alerts_acknowledged_by", "acknowledged_by", postgresql_where=text("acknowledged_by is not null")),
    Index("ix_alerts_assigned_to", "assigned_to", postgresql_where=text("assigned_to is not null")),
)

#: Lists as an official keeps them, and what was asked of several at once and may still be taken back.
kept_views = Table(
    "kept_views",
    metadata,
    _id(),
    _ref("official_id", "officials"),
    _text("path"),
    _text("name"),
    _text("query"),
    _at("created_at"),
    UniqueConstraint("official_id", "path", "name"),
)

held_actions = Table(
    "held_actions",
    metadata,
    _id(),
    _ref("official_id", "officials"),
    _text("action"),
    Column("subjects", ARRAY(UUID(as_uuid=True)), nullable=False),
    _json("facts"),
    _text("state"),
    _at("made_at"),
    _at("due_at"),
    _json("results"),
    Index("ix_held_actions_due", "due_at", postgresql_where=text("state = 'held'")),
)

alert_events = Table(
    "alert_events",
    metadata,
    _id(),
    Column("alert_id", UUID(as_uuid=True), ForeignKey("alerts.id"), nullable=False, index=True),
    _at("at"),
    _text("kind"),
    _ref("official_id", "officials", nullable=True),
    _json("facts"),
    _sealed("text"),
    Column("position", BigInteger, nullable=False),
)

# A rung fires once per alert, step and round, whatever is delivered twice (the row's key is the promise).
rungs = Table(
    "rungs",
    metadata,
    _ref("alert_id", "alerts"),
    Column("step", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    _at("fired_at"),
    Column("told", Integer, nullable=False),
    UniqueConstraint("alert_id", "step", "round"),
)

# Where a desk hears beside its people: a group's robots, a mailbox, a duty phone, a Telegram group. The id is the
# address' own; tokens, secrets and numbers stay sealed under the house's key.
desk_addresses = Table(
    "desk_addresses",
    metadata,
    Column("id", UUID(as_uuid=True), ForeignKey("addresses.id"), primary_key=True),
    _area(),
    _text("channel"),
    _text("label"),
    _text("language"),
    Column("roles", ARRAY(Text), nullable=False),
    Column("hears", ARRAY(Text), nullable=False),
    _text("state", default="active"),
    _sealed("targets"),
    Column("robots", Integer, nullable=False, server_default="1"),
    Column("crowded", Boolean, nullable=False, server_default="false"),
    _at("spoke_at", nullable=True),
    _at("blocked_until", nullable=True),
    _text("last_error", nullable=True),
    _at("last_error_at", nullable=True),
    _json("tested", nullable=True),
    _at("tested_at", nullable=True),
    Column("code_hash", LargeBinary, nullable=True),
    _at("code_expires_at", nullable=True),
    _at("created_at"),
    _ref("changed_by", "officials", nullable=True),
    Index("ix_desk_addresses_area", "area"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _text("template"),
    _text("lane"),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _ref("official_id", "officials", nullable=True),
    _ref("alert_id", "alerts", nullable=True),
    Column("broadcast_id", UUID(as_uuid=True), nullable=True, index=True),
    _ref("desk_id", "desk_addresses", nullable=True),
    _text("language"),
    _text("dedup_key", nullable=True),
    _sealed("values"),
    _at("created_at"),
    UniqueConstraint("dedup_key"),
    Index("ix_messages_official_id", "official_id", postgresql_where=text("official_id is not null")),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("message_id", UUID(as_uuid=True), ForeignKey("messages.id"), nullable=False, index=True),
    _ref("address_id", "addresses"),
    _text("channel"),
    _text("handle"),
    Column("priority", Integer, nullable=False),
    _text("state"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    _at("due_at"),
    _at("lease_until", nullable=True),
    # When the attempt was handed over, where it may not be handed over twice: claimed is not yet begun.
    _at("begun_at", nullable=True),
    _at("sent_at", nullable=True),
    _at("seen_at", nullable=True),
    _at("fallback_at", nullable=True),
    _text("provider_id", nullable=True),
    _text("why", nullable=True),
    _at("created_at"),
    _ref("desk_id", "desk_addresses", nullable=True),
    UniqueConstraint("message_id", "address_id"),
    Index("ix_deliveries_due", "priority", "due_at", postgresql_where=text("state in ('pending', 'retry')")),
    Index("ix_deliveries_lease", "lease_until", postgresql_where=text("state = 'sending'")),
    Index(
        "ix_deliveries_desk",
        "desk_id",
        "priority",
        "due_at",
        postgresql_where=text("desk_id is not null and state in ('pending', 'retry', 'sending')"),
    ),
    Index("ix_deliveries_fallback", "fallback_at", postgresql_where=text("state = 'sent' and fallback_at is not null")),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    _id(),
    _text("title"),
    _text("template"),
    _json("content"),
    _json("audience"),
    _text("state"),
    _text("content_hash"),
    Column("risk_list_id", UUID(as_uuid=True), nullable=True),
    _area(),
    _ref("created_by", "officials", nullable=True),
    _ref("approved_by", "officials", nullable=True),
    _at("created_at"),
    _at("approved_at", nullable=True),
    _at("finished_at", nullable=True),
    Column("cursor", UUID(as_uuid=True), nullable=True),
    Column("snapshot", Integer, nullable=True),
    Column("schedule", JSONB, nullable=False, server_default="{}"),
    # Everybody who wrote a word of it: none of them releases it.
    Column("authors", ARRAY(UUID(as_uuid=True)), nullable=False, server_default="{}"),
    # Who did what to it when, in order; shown to whoever opens it.
    Column("trail", JSONB, nullable=False, server_default="[]"),
    # The account, kept with every step of the work: reading it costs one row whatever the size of the snapshot.
    Column("figures", JSONB, nullable=False, server_default="{}"),
    _text("waiver", nullable=True),
    _at("next_at", nullable=True),
    _at("started_at", nullable=True),
    _at("gathered_at", nullable=True),
    Column("corrects", UUID(as_uuid=True), nullable=True),
    Index("ix_broadcasts_next", "next_at", postgresql_where=text("next_at is not null")),
    Index("ix_broadcasts_area", "area", "created_at"),
)

# The snapshot: one row for each who is told, written in portions before the first copy leaves. `id` is the message's.
broadcast_recipients = Table(
    "broadcast_recipients",
    metadata,
    _id(),
    _ref("broadcast_id", "broadcasts"),
    _ref("resident_id", "residents", nullable=True),
    _ref("official_id", "officials", nullable=True),
    _area(),
    Column("ring", Integer, nullable=False),
    Column("lines", ARRAY(Text), nullable=False, server_default="{}"),
    _text("state"),
    _text("why", nullable=True),
    _ref("address_id", "addresses", nullable=True),
    _at("called_at", nullable=True),
    _ref("called_by", "officials", nullable=True),
    _text("call", nullable=True),
    UniqueConstraint("broadcast_id", "resident_id"),
    UniqueConstraint("broadcast_id", "official_id"),
    Index("ix_broadcast_recipients_waiting", "broadcast_id", "ring", "id", postgresql_where=text("state = 'waiting'")),
    Index("ix_broadcast_recipients_queued", "broadcast_id", postgresql_where=text("state = 'queued'")),
    Index(
        "ix_broadcast_recipients_to_call",
        "area",
        "broadcast_id",
        postgresql_where=text("state in ('failed', 'uncertain')"),
    ),
    Index(
        "ix_broadcast_recipients_address",
        "broadcast_id",
        "address_id",
        postgresql_where=text("address_id is not null"),
    ),
)

risk_lists = Table(
    "risk_lists",
    metadata,
    _id(),
    Column("number", Integer, nullable=False, unique=True),
    _area(),
    _text("source_name"),
    _text("source_hash"),
    _text("label", nullable=True),
    _text("state"),
    _json("warnings"),
    _at("imported_at"),
    _ref("imported_by", "officials", nullable=True),
    _at("confirmed_at", nullable=True),
    _ref("confirmed_by", "officials", nullable=True),
    _at("valid_from", nullable=True),
    Column("compared_with", UUID(as_uuid=True), nullable=True),
    _at("published_at", nullable=True),
    _ref("published_by", "officials", nullable=True),
    _at("rejected_at", nullable=True),
    _ref("rejected_by", "officials", nullable=True),
    Index("ix_risk_lists_source_hash", "source_hash"),
)

# Public information: risk lists are published by authorities, so their text stands in clear.
risk_entries = Table(
    "risk_entries",
    metadata,
    _id(),
    Column("risk_list_id", UUID(as_uuid=True), ForeignKey("risk_lists.id"), nullable=False, index=True),
    _text("province"),
    _text("city"),
    _text("county"),
    _text("place"),
    _text("level"),
    _area("named", nullable=True),
    _area(nullable=True),
    Column("found", Boolean, nullable=False),
    Column("places", ARRAY(Text), nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("risk_list_id", "province", "city", "county", "place"),
)

# Valid time (from/to: when it was a risk area) and recorded time (when we knew). `place_id` stays the same for one
# place through all its spells: matches speak of it.
risk_spells = Table(
    "risk_spells",
    metadata,
    _id(),
    Column("place_id", UUID(as_uuid=True), nullable=False, index=True),
    _text("province"),
    _text("city"),
    _text("county"),
    _text("place"),
    _text("level"),
    _area("named", nullable=True),
    _area(nullable=True),
    Column("found", Boolean, nullable=False),
    Column("places", ARRAY(Text), nullable=False),
    _at("valid_from"),
    _at("valid_to", nullable=True),
    _at("recorded_at"),
    _at("replaced_at", nullable=True),
    _ref("opened_by_list", "risk_lists"),
    Column("closed_by_list", UUID(as_uuid=True), nullable=True),
    Index("ix_risk_spells_area", "area"),
)

# First and last case of an outbreak: the key-area window (SD-3.3.2-m) moves with them.
outbreaks = Table(
    "outbreaks",
    metadata,
    _id(),
    Column("outbreak_id", UUID(as_uuid=True), nullable=False, index=True),
    _area(),
    _text("name"),
    Column("first_case_on", Date, nullable=False),
    Column("last_case_on", Date, nullable=False),
    _text("source"),
    # Other readings of when the outbreak began (AMB-15), where an official gave them.
    Column("first_onset_on", Date, nullable=True),
    Column("first_report_on", Date, nullable=True),
    _at("recorded_at"),
    _at("replaced_at", nullable=True),
    _ref("recorded_by", "officials", nullable=True),
    Index("ix_outbreaks_area", "area"),
)

risk_matches = Table(
    "risk_matches",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _ref("journey_id", "journeys"),
    _text("source_kind"),
    Column("source_id", UUID(as_uuid=True), nullable=False),
    _text("kind"),
    _text("level", nullable=True),
    Column("entry_on", Date, nullable=True),
    _at("matched_at"),
    _at("ended_at", nullable=True),
    # What a re-match found and nobody has heard of yet: the clock tells it, person by person.
    _text("untold", nullable=True),
    UniqueConstraint("journey_id", "source_kind", "source_id"),
    Index("ix_risk_matches_source", "source_kind", "source_id"),
    Index("ix_risk_matches_untold", "resident_id", postgresql_where=text("untold is not null")),
)

checklists = Table(
    "checklists",
    metadata,
    _id(),
    _area(),
    _text("title"),
    _text("issuer", nullable=True),
    Column("issued_on", Date, nullable=True),
    _text("source_hash", nullable=True),
    _json("not_understood"),
    _at("imported_at"),
    _ref("imported_by", "officials", nullable=True),
    UniqueConstraint("area", "source_hash"),
)

# Whether an item is done stands nowhere: it follows from its parts.
checklist_items = Table(
    "checklist_items",
    metadata,
    _id(),
    Column("checklist_id", UUID(as_uuid=True), ForeignKey("checklists.id"), nullable=False, index=True),
    _area(),
    _text("item_no"),
    _text("section"),
    _text("title"),
    _text("task"),
    _json("units"),
    _json("nested"),
    _text("deadline_kind", nullable=True),
    _text("deadline_text", nullable=True),
    Column("deadline_on", Date, nullable=True),
    _at("due_at", nullable=True),
    Column("due_on_issue", Boolean, nullable=False, server_default="false"),
    _ref("coordinator_id", "units", nullable=True),
    Column("position", Integer, nullable=False),
    _text("every", nullable=True),
    Column("deliverables", ARRAY(Text), nullable=False, server_default="{}"),
    UniqueConstraint("checklist_id", "item_no"),
)

# One tick: a unit's part of an item. The keeper is the unit that keeps the item together and sees all its parts.
assignments = Table(
    "assignments",
    metadata,
    _id(),
    Column("item_id", UUID(as_uuid=True), ForeignKey("checklist_items.id"), nullable=False, index=True),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=False, index=True),
    Column("keeper_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=True, index=True),
    _area(),
    _text("key"),
    Column("order", Integer, nullable=False),
    _text("role"),
    Column("places", ARRAY(Text), nullable=False, server_default="{}"),
    Column("awaits_members", Boolean, nullable=False, server_default="false"),
    _at("done_at", nullable=True),
    _ref("done_by", "officials", nullable=True),
    _sealed("note"),
    Column("delivered", ARRAY(Text), nullable=False, server_default="{}"),
    _sealed("delay"),
    _at("delayed_at", nullable=True),
    UniqueConstraint("item_id", "unit_id"),
)

# A picture or paper that proves a part is done.
evidence = Table(
    "evidence",
    metadata,
    _id(),
    Column(
        "assignment_id",
        UUID(as_uuid=True),
        ForeignKey("assignments.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    _text("media_type"),
    Column("size", Integer, nullable=False),
    _sealed("name"),
    _sealed("content"),
    _at("added_at"),
    _ref("added_by", "officials"),
)

# Deadlines as a calendar subscribes to them; whoever has the address reads it, until it is revoked.
checklist_feeds = Table(
    "checklist_feeds",
    metadata,
    _id(),
    _ref("made_by", "officials"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _at("made_at"),
    _at("revoked_at", nullable=True),
    Index("ix_checklist_feeds_made_by", "made_by"),
)

checklist_events = Table(
    "checklist_events",
    metadata,
    _id(),
    Column("checklist_id", UUID(as_uuid=True), ForeignKey("checklists.id"), nullable=False, index=True),
    Column("item_id", UUID(as_uuid=True), ForeignKey("checklist_items.id"), nullable=True, index=True),
    _ref("unit_id", "units", nullable=True),
    _area(),
    _at("at"),
    _text("kind"),
    _ref("official_id", "officials", nullable=True),
    _json("facts"),
)

pack_activations = Table(
    "pack_activations",
    metadata,
    _id(),
    _area(),
    _text("pack_id"),
    _text("pack_version"),
    _json("overlay"),
    Column("effective_from", Date, nullable=False),
    _at("activated_at"),
    _text("activated_by"),
    Column("accepted_off", ARRAY(Text), nullable=False, server_default="{}"),
    _text("pack_hash", nullable=True),
    Column("signed_off", JSONB, nullable=False, server_default="[]"),
    _at("in_force_at", nullable=True),
    _at("applied_at", nullable=True),
    _at("settled_at", nullable=True),
    Column("figures", JSONB, nullable=False, server_default="{}"),
    _at("withdrawn_at", nullable=True),
    _text("withdrawn_by", nullable=True),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=True),
    _at("at"),
    _text("actor"),
    _text("action"),
    _text("object_kind"),
    _text("object_id"),
    _json("facts"),
    Column("seal", LargeBinary, nullable=True),
    Index("ix_audit_unsealed", "number", postgresql_where=text("seal is null")),
    Index("ix_audit_object", "object_kind", "object_id"),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("seal", LargeBinary, nullable=False),
    _at("purged_at", nullable=True),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _text("caller"),
    _text("key"),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=True),
    Column("answer_sealed", LargeBinary, nullable=True),
    _at("created_at"),
    UniqueConstraint("caller", "key"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", Text, primary_key=True),
    _at("clock_at"),
    Column("lag_seconds", Integer, nullable=False, server_default="0"),
    _json("facts"),
)

settings_kept = Table(
    "settings_kept",
    metadata,
    Column("name", Text, primary_key=True),
    _json("value"),
)

matters = Table(
    "matters",
    metadata,
    _id(),
    _text("reference"),
    _text("kind"),
    _area(),
    _text("pack_id"),
    _text("pack_version"),
    _text("teller"),
    _at("told_at"),
    _ref("official_id", "officials", nullable=True),
    _ref("teller_id", "residents", nullable=True),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=True, index=True),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _sealed("told"),
    Column("mark", LargeBinary, nullable=True),
    Column("repeated", Boolean, nullable=False, server_default="false"),
    _at("next_at", nullable=True),
    _at("closed_at", nullable=True),
    _ref("closed_by", "officials", nullable=True),
    _text("outcome", nullable=True),
    Index("ix_matters_area_told", "area", "told_at"),
    Index("ix_matters_mark", "kind", "mark", postgresql_where=text("mark is not null")),
    Index("ix_matters_due", "next_at", postgresql_where=text("closed_at is null and next_at is not null")),
)

matter_steps = Table(
    "matter_steps",
    metadata,
    Column("matter_id", UUID(as_uuid=True), ForeignKey("matters.id"), nullable=False),
    _area(),
    _text("key"),
    Column("position", Integer, nullable=False),
    _at("due_at", nullable=True),
    _at("taken_at", nullable=True),
    _ref("taken_by", "officials", nullable=True),
    _ref("owner_id", "officials", nullable=True),
    _at("missed_at", nullable=True),
    _sealed("note"),
    UniqueConstraint("matter_id", "key"),
)

# Who is named for a place of the directory; the newest naming that has not ended counts.
posts = Table(
    "posts",
    metadata,
    _id(),
    _text("kind"),
    _text("key"),
    _area(),
    _ref("unit_id", "units", nullable=True),
    _text("level", nullable=True),
    _ref("official_id", "officials", nullable=True),
    _ref("deputy_id", "officials", nullable=True),
    _at("confirmed_at", nullable=True),
    _at("named_at"),
    _text("named_by"),
    _at("ended_at", nullable=True),
    Index("ix_posts_area_kind", "area", "kind", postgresql_where=text("ended_at is null")),
    Index("ix_posts_unit", "unit_id", postgresql_where=text("ended_at is null and unit_id is not null")),
)

# A control unit. What is published of it stands in clear, as risk entries do: authorities publish it. Who is inside is
# found from the residents' own data and kept nowhere.
controls = Table(
    "controls",
    metadata,
    _id(),
    _area(),
    _text("unit_kind"),
    _text("name"),
    _text("boundary", nullable=True),
    Column("grids", ARRAY(Text), nullable=False, server_default="{}"),
    _text("mode", nullable=True),
    Column("measures", ARRAY(Text), nullable=False, server_default="{}"),
    _text("state"),
    _text("stage"),
    _json("words", nullable=True),
    _text("words_hash", nullable=True),
    _sealed("opinion"),
    _sealed("closing_opinion"),
    _json("criteria"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _text("pack_id"),
    _text("pack_version"),
    _at("requested_at"),
    _ref("requested_by", "officials", nullable=True),
    _at("decided_at", nullable=True),
    _ref("decided_by", "officials", nullable=True),
    _at("effective_at", nullable=True),
    _at("drafted_at", nullable=True),
    _ref("drafted_by", "officials", nullable=True),
    _at("reviewed_at", nullable=True),
    _ref("reviewed_by", "officials", nullable=True),
    _at("approved_at", nullable=True),
    _ref("approved_by", "officials", nullable=True),
    _at("opined_at", nullable=True),
    _ref("opined_by", "officials", nullable=True),
    _at("lifted_at", nullable=True),
    _ref("lifted_by", "officials", nullable=True),
    Index("ix_controls_area", "area"),
)

# One telling of an announcement to one ring of people.
control_waves = Table(
    "control_waves",
    metadata,
    _id(),
    Column("control_id", UUID(as_uuid=True), ForeignKey("controls.id"), nullable=False, index=True),
    _area(),
    _text("purpose"),
    _text("audience"),
    _at("due_at"),
    _at("sent_at", nullable=True),
    Column("people", Integer, nullable=True),
    UniqueConstraint("control_id", "purpose", "audience"),
    Index("ix_control_waves_due", "due_at", postgresql_where=text("sent_at is null")),
)

control_events = Table(
    "control_events",
    metadata,
    _id(),
    Column("control_id", UUID(as_uuid=True), ForeignKey("controls.id"), nullable=True, index=True),
    _area(),
    _at("at"),
    _text("kind"),
    _ref("official_id", "officials", nullable=True),
    _json("facts"),
    Index("ix_control_events_area", "area"),
)

# The levels of an area in two times, as the register keeps places: since when they hold, and since when we knew.
area_levels = Table(
    "area_levels",
    metadata,
    _id(),
    _area(),
    _text("risk"),
    _text("response"),
    Column("villages", ARRAY(Text), nullable=False, server_default="{}"),
    Column("shown", ARRAY(Text), nullable=False, server_default="{}"),
    _at("valid_from"),
    _at("recorded_at"),
    _at("replaced_at", nullable=True),
    _ref("set_by", "officials", nullable=True),
    Index("ix_area_levels_area", "area"),
)

# What an area's control or level set going; every one of them is cancelled when it ends.
area_schedules = Table(
    "area_schedules",
    metadata,
    _id(),
    _area(),
    _ref("control_id", "controls", nullable=True),
    _ref("resident_id", "residents", nullable=True),
    _text("kind"),
    _text("subject"),
    _json("facts"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _at("created_at"),
    _at("due_at", nullable=True),
    _at("cancelled_at", nullable=True),
    _sealed("manned"),
    Index("ix_area_schedules_area", "area"),
    Index(
        "uq_area_schedules_standing",
        "kind",
        "subject",
        unique=True,
        postgresql_where=text("cancelled_at is null"),
    ),
    Index("ix_area_schedules_due", "due_at", postgresql_where=text("cancelled_at is null and due_at is not null")),
)

# Which measures hold for a place or a community since a level changed.
standing_measures = Table(
    "standing_measures",
    metadata,
    _id(),
    _area(),
    _text("who"),
    _text("subject"),
    Column("measures", ARRAY(Text), nullable=False, server_default="{}"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _at("since"),
    _at("replaced_at", nullable=True),
    Index("ix_standing_measures_area", "area"),
    Index("uq_standing_measures_now", "who", "subject", unique=True, postgresql_where=text("replaced_at is null")),
)

vulnerable_people = Table(
    "vulnerable_people",
    metadata,
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), primary_key=True),
    _sealed("groups"),
    _at("registered_at"),
    _ref("registered_by", "officials", nullable=True),
)

welfare_checks = Table(
    "welfare_checks",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _ref("schedule_id", "area_schedules"),
    Column("day", Date, nullable=False),
    _at("asked_at"),
    _at("answered_at", nullable=True),
    _text("answer", nullable=True),
    UniqueConstraint("resident_id", "day"),
)

exit_permits = Table(
    "exit_permits",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    Column("control_id", UUID(as_uuid=True), ForeignKey("controls.id"), nullable=False, index=True),
    _sealed("reason"),
    _text("state"),
    _at("asked_at"),
    _at("decided_at", nullable=True),
    _ref("decided_by", "officials", nullable=True),
    _at("valid_to", nullable=True),
)

# An entry that never should have stood in a list: withdrawn for all of its time, and never deleted.
risk_corrections = Table(
    "risk_corrections",
    metadata,
    _id(),
    Column("place_id", UUID(as_uuid=True), nullable=False, index=True),
    _text("province"),
    _text("city"),
    _text("county"),
    _text("place"),
    _text("level"),
    _area("named", nullable=True),
    _area(nullable=True),
    Column("found", Boolean, nullable=False),
    Column("places", ARRAY(Text), nullable=False),
    _text("reason"),
    _at("corrected_at"),
    _ref("corrected_by", "officials", nullable=True),
    # The days it is about, both of them in it, and what the place was then; unset: no risk area.
    Column("from_on", Date, nullable=True),
    Column("to_on", Date, nullable=True),
    _text("set_to", nullable=True),
    _at("published_at", nullable=True),
    _ref("published_by", "officials", nullable=True),
)

# Groups of people to whom a jurisdiction looks first, in two times.
key_populations = Table(
    "key_populations",
    metadata,
    _id(),
    _area(),
    _text("code"),
    _text("title"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=True),
    _at("recorded_at"),
    _at("replaced_at", nullable=True),
    _ref("recorded_by", "officials", nullable=True),
    Index("ix_key_populations_area", "area"),
)

# What a pack said, word for word, when it was used: running plans go on explaining themselves by it.
pack_versions = Table(
    "pack_versions",
    metadata,
    Column("hash", Text, primary_key=True),
    _text("pack_id"),
    _text("version"),
    _text("title"),
    _text("content"),
    _text("brought_by"),
    _at("first_seen_at"),
    Index("ix_pack_versions_pack", "pack_id", "first_seen_at"),
)

# What a new pack, or another jurisdiction's, does to one running plan; `decision` is open where an official must agree.
plan_changes = Table(
    "plan_changes",
    metadata,
    _id(),
    _text("cause"),
    _ref("activation_id", "pack_activations", nullable=True),
    _ref("follow_up_id", "follow_ups"),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _area(),
    _text("profile"),
    _text("pack_hash"),
    _text("outcome"),
    _text("why", nullable=True),
    _json("moves"),
    _at("changed_at"),
    _text("decision", nullable=True),
    _at("decided_at", nullable=True),
    _ref("decided_by", "officials", nullable=True),
    _sealed("reason"),
    UniqueConstraint("cause", "follow_up_id"),
    Index("ix_plan_changes_follow_up_id", "follow_up_id"),
    Index("ix_plan_changes_open", "area", postgresql_where=text("decision = 'open'")),
)

# One push of people to be found, as it came; rows nobody could take stand in it until somebody has put them right.
lead_lists = Table(
    "lead_lists",
    metadata,
    _id(),
    _area(),
    _text("push"),
    _text("sender"),
    _ref("pushed_by", "officials", nullable=True),
    _at("pushed_at"),
    _at("received_at"),
    Column("rows", Integer, nullable=False),
    _sealed("rejected"),
    # Of a file: the titles of its columns, and which of them was read as what.
    Column("titles", ARRAY(Text), nullable=False, server_default="{}"),
    Column("mapping", JSONB, nullable=False, server_default="{}"),
    _at("undone_at", nullable=True),
    Index("ix_lead_lists_area", "area", "received_at"),
)

# A row of a file as it came, with the lead it became or named again: it goes back with what was found out.
lead_rows = Table(
    "lead_rows",
    metadata,
    _id(),
    Column("list_id", UUID(as_uuid=True), ForeignKey("lead_lists.id"), nullable=False),
    Column("row", Integer, nullable=False),
    Column("lead_id", UUID(as_uuid=True), ForeignKey("leads.id"), nullable=True, index=True),
    Column("is_known", Boolean, nullable=False, server_default="false"),
    _sealed("cells"),
    UniqueConstraint("list_id", "row"),
)

# A file on its way into the record: read, not yet taken. Its bringer corrects how it was understood.
intakes = Table(
    "intakes",
    metadata,
    _id(),
    _area(),
    _ref("official_id", "officials"),
    _text("kind"),
    _sealed("content"),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    _at("brought_at"),
    Index("ix_intakes_official", "official_id", "kind"),
)

leads = Table(
    "leads",
    metadata,
    _id(),
    Column("list_id", UUID(as_uuid=True), ForeignKey("lead_lists.id"), nullable=False, index=True),
    _area(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _text("push"),
    _text("rule"),
    _text("pack_id"),
    _text("pack_version"),
    Column("pack_overlays", ARRAY(Text), nullable=False, server_default="{}"),
    _text("sender"),
    _text("hukou", nullable=True),
    _sealed("person"),
    Column("phone_index", LargeBinary, nullable=True),
    Column("id_number_index", LargeBinary, nullable=True),
    Column("rules", ARRAY(Text), nullable=False),
    _json("ladder"),
    _at("received_at"),
    _at("pushed_at"),
    _at("due_at", nullable=True),
    _at("watch_at", nullable=True),
    _at("watched_at", nullable=True),
    _text("state"),
    _json("steps"),
    _text("outcome", nullable=True),
    _at("outcome_at", nullable=True),
    _ref("outcome_by", "officials", nullable=True),
    _sealed("note"),
    _at("feedback_at", nullable=True),
    _at("closed_at", nullable=True),
    Column("named_again", Integer, nullable=False, server_default="0"),
    Index("ix_leads_area_state", "area", "state"),
    Index("ix_leads_phone_index", "phone_index", postgresql_where=text("state = 'open'")),
    Index("ix_leads_id_number_index", "id_number_index", postgresql_where=text("state = 'open'")),
    Index("ix_leads_watch", "watch_at", postgresql_where=text("state = 'open' and watched_at is null")),
)

cases = Table(
    "cases",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _area(),
    Column("positive_on", Date, nullable=False),
    Column("onset_on", Date, nullable=True),
    _at("opened_at"),
    _ref("opened_by", "officials"),
    _at("look_at", nullable=True),
    Index("ix_cases_area", "area"),
    Index("ix_cases_look", "look_at", postgresql_where=text("look_at is not null")),
)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    Column("case_id", UUID(as_uuid=True), ForeignKey("cases.id"), nullable=False, index=True),
    _area(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _sealed("person"),
    Column("phone_index", LargeBinary, nullable=True),
    Column("id_number_index", LargeBinary, nullable=True),
    _text("provisional"),
    _text("decided_as", nullable=True),
    _at("decided_at", nullable=True),
    _ref("decided_by", "officials", nullable=True),
    _sealed("evidence"),
    _at("last_exposure_at", nullable=True),
    _at("listed_at"),
    _at("traced_at", nullable=True),
    _at("isolated_at", nullable=True),
    _at("tested_at", nullable=True),
    Index("ix_contacts_area", "area"),
)

visited_places = Table(
    "visited_places",
    metadata,
    _id(),
    Column("case_id", UUID(as_uuid=True), ForeignKey("cases.id"), nullable=False, index=True),
    _area(),
    Column("visited_on", Date, nullable=False),
    _sealed("place"),
    _at("disinfected_at", nullable=True),
    _at("sampled_at", nullable=True),
)

# What somebody owed to declare, and whether it came: the register of persons where a pack keeps one.
declared = Table(
    "declared",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _text("duty"),
    _text("occasion"),
    Column("origins", ARRAY(Text), nullable=False),
    Column("rules", ARRAY(Text), nullable=False),
    _text("by"),
    _at("asked_at"),
    _at("due_at", nullable=True),
    Column("missing", ARRAY(Text), nullable=False, server_default="{}"),
    _at("answered_at", nullable=True),
    _at("lead_at", nullable=True),
    Index(
        "ix_declared_due",
        "due_at",
        postgresql_where=text("due_at is not null and answered_at is null and lead_at is null"),
    ),
)

# Who owes what packs ask of their kind: a unit, or a person of a class (a landlord, a market worker).
duty_bearers = Table(
    "duty_bearers",
    metadata,
    _id(),
    _area(),
    _text("kind"),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=True, index=True),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    _at("recorded_at"),
    Index("uq_duty_bearers_unit", "unit_id", "kind", unique=True, postgresql_where=text("unit_id is not null")),
    Index(
        "uq_duty_bearers_resident", "resident_id", "kind", unique=True, postgresql_where=text("resident_id is not null")
    ),
    Index("ix_duty_bearers_kind_area", "kind", "area"),
)

# One report of one bearer about one day; a correction replaces it and the old one stays.
duty_reports = Table(
    "duty_reports",
    metadata,
    _id(),
    _text("duty"),
    Column("bearer_id", UUID(as_uuid=True), ForeignKey("duty_bearers.id"), nullable=False),
    _area(),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=True, index=True),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    Column("day", Date, nullable=False),
    _text("slot", default=""),
    Column("zero", Boolean, nullable=False),
    Column("events", Integer, nullable=False, server_default="0"),
    Column("late", Boolean, nullable=False, server_default="false"),
    _sealed("body"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _at("reported_at"),
    _ref("reported_by", "officials", nullable=True),
    _ref("corrects_id", "duty_reports", nullable=True),
    _ref("version_id", "report_type_versions", nullable=True),
    _at("replaced_at", nullable=True),
    Index(
        "uq_duty_reports_live",
        "duty",
        "bearer_id",
        "day",
        "slot",
        unique=True,
        postgresql_where=text("replaced_at is null"),
    ),
    Index("ix_duty_reports_area_day", "area", "day"),
)

# What an administrator asks for beside the packs, and every version of it; a report names the version it was made with.
report_types = Table(
    "report_types",
    metadata,
    _id(),
    _text("key"),
    _area(),
    _at("recorded_at"),
    UniqueConstraint("key"),
)

report_type_versions = Table(
    "report_type_versions",
    metadata,
    _id(),
    _ref("type_id", "report_types"),
    Column("number", Integer, nullable=False),
    _text("state"),
    _json("content"),
    _at("drafted_at"),
    _ref("drafted_by", "officials", nullable=True),
    _at("in_force_at", nullable=True),
    _ref("in_force_by", "officials", nullable=True),
    _at("retired_at", nullable=True),
    Column("from_day", Date, nullable=True),
    UniqueConstraint("type_id", "number"),
    Index("uq_report_type_versions_now", "type_id", unique=True, postgresql_where=text("state = 'in_force'")),
)

# Days before which something is due (a term begins, a holiday ends), for the bearers of an area.
duty_dates = Table(
    "duty_dates",
    metadata,
    _id(),
    _text("duty"),
    _area(),
    Column("on", Date, nullable=False),
    _at("recorded_at"),
    _ref("recorded_by", "officials", nullable=True),
    UniqueConstraint("duty", "area", "on"),
)

# When somebody was last asked by a person, not by the clock: nobody is pressed more than once an hour.
duty_nudges = Table(
    "duty_nudges",
    metadata,
    Column("bearer_id", UUID(as_uuid=True), ForeignKey("duty_bearers.id"), primary_key=True),
    Column("duty", Text, primary_key=True),
    _at("nudged_at"),
)

# The clock of one duty or capacity in one county: a handful of instants a day, however many bear it.
duty_rounds = Table(
    "duty_rounds",
    metadata,
    _id(),
    _text("duty"),
    _area(),
    _at("struck_at"),
    _at("next_at", nullable=True),
    UniqueConstraint("duty", "area"),
    Index("ix_duty_rounds_next", "next_at", postgresql_where=text("next_at is not null")),
)

# People whom a unit wrote down: absent through illness, come with symptoms, bought medicine against fever; and what was
# entered for a monitoring stream without any person.
register_entries = Table(
    "register_entries",
    metadata,
    _id(),
    _text("register"),
    _area(),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=True, index=True),
    _text("unit_kind", nullable=True),
    _text("stream", nullable=True),
    Column("day", Date, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("person_index", LargeBinary, nullable=True, index=True),
    _sealed("person"),
    _sealed("body"),
    Column("tested", Boolean, nullable=False, server_default="false"),
    Column("told", Boolean, nullable=False, server_default="true"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _at("recorded_at"),
    _ref("recorded_by", "officials", nullable=True),
    _at("resolved_at", nullable=True),
    Index("ix_register_entries_area_day", "area", "day"),
    Index("ix_register_entries_open", "unit_id", "register", postgresql_where=text("resolved_at is null")),
)

# What people work as, where a notice asks more of such people; an official says so.
occupations = Table(
    "occupations",
    metadata,
    _ref("resident_id", "residents"),
    _text("occupation"),
    _ref("recorded_by", "officials", nullable=True),
    _at("recorded_at"),
    UniqueConstraint("resident_id", "occupation"),
)

# Somebody wants to hold an event, to come early, or a cadre to leave the city. `tier`: the area's when last answered.
applications = Table(
    "applications",
    metadata,
    _id(),
    _text("reference"),
    _text("kind"),
    _text("event_kind", nullable=True),
    _area(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _ref("official_id", "officials", nullable=True),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=True, index=True),
    Column("on", Date, nullable=False),
    Column("people", Integer, nullable=True),
    Column("cadres", Boolean, nullable=False, server_default="false"),
    Column("excuses", ARRAY(Text), nullable=False, server_default="{}"),
    _text("state"),
    _text("verdict"),
    _json("reasons"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _text("decides", nullable=True),
    _text("tier", nullable=True),
    _text("pack_id"),
    _text("pack_version"),
    _at("applied_at"),
    _at("look_at", nullable=True),
    _at("decided_at", nullable=True),
    _ref("decided_by", "officials", nullable=True),
    Column("review_rules", ARRAY(Text), nullable=False, server_default="{}"),
    _sealed("details"),
    Index("ix_applications_area_on", "area", "on"),
    Index("ix_applications_look", "look_at", postgresql_where=text("look_at is not null")),
)

# A clock beside the plans: a laboratory's hours, the tracing of somebody found, a report that must come.
clocks = Table(
    "clocks",
    metadata,
    _id(),
    _text("kind"),
    _text("key"),
    Column("subject_id", UUID(as_uuid=True), nullable=False),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=True, index=True),
    _area(),
    _text("pack_id"),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _json("ladder"),
    _at("started_at"),
    _at("due_at"),
    _at("watch_at", nullable=True),
    _at("watched_at", nullable=True),
    _at("done_at", nullable=True),
    _json("facts"),
    _sealed("note"),
    UniqueConstraint("subject_id", "kind", "key"),
    Index("ix_clocks_watch", "watch_at", postgresql_where=text("done_at is null and watched_at is null")),
)

# How somebody under follow-up travelled on from where they were isolated, and whether that was the way prescribed.
transfers = Table(
    "transfers",
    metadata,
    _id(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    Column("follow_up_id", UUID(as_uuid=True), ForeignKey("follow_ups.id"), nullable=True, index=True),
    _text("transport"),
    _sealed("number"),
    _at("arrived_at"),
    Column("allowed", Boolean, nullable=False),
    Column("rules", ARRAY(Text), nullable=False, server_default="{}"),
    _at("recorded_at"),
    _ref("recorded_by", "officials", nullable=True),
)

# Where people are tested: what everybody may read of it. `closed_at`: it tests no more.
testing_agencies = Table(
    "testing_agencies",
    metadata,
    _id(),
    _area(),
    _text("name_zh"),
    _text("name_en"),
    _text("address"),
    _text("hours"),
    _text("booking"),
    _text("fee"),
    _text("process"),
    Column("round_the_clock", Boolean, nullable=False),
    _at("changed_at"),
    _ref("changed_by", "officials", nullable=True),
    _at("closed_at", nullable=True),
    Index("ix_testing_agencies_area", "area", postgresql_where=text("closed_at is null")),
)

# A ladder as a jurisdiction has it, laid over its pack's; `kind`: for alerts of one kind alone. No content: the pack's
# own again. Every version stays, the newest counts.
ladder_changes = Table(
    "ladder_changes",
    metadata,
    _id(),
    _area(),
    _text("code"),
    _text("kind", nullable=True),
    Column("version", Integer, nullable=False),
    _json("content", nullable=True),
    _text("reason", nullable=True),
    _at("changed_at"),
    _text("changed_by"),
    _at("replaced_at", nullable=True),
    Index("uq_ladder_changes_version", "area", "code", text("coalesce(kind, '')"), "version", unique=True),
    Index("ix_ladder_changes_now", "area", postgresql_where=text("replaced_at is null")),
)

# Places with a code at the door; the code is public. No wall: what hangs there is no secret.
venues = Table(
    "venues",
    metadata,
    _id(),
    Column("code", Text, nullable=False, unique=True),
    _text("name"),
    _text("kind"),
    _area(),
    Column("unit_id", UUID(as_uuid=True), ForeignKey("units.id"), nullable=True, index=True),
    _at("made_at"),
    _text("made_by"),
    _at("closed_at", nullable=True),
    Index("ix_venues_area", "area"),
)

# Who was there when; `area` is the venue's.
visits = Table(
    "visits",
    metadata,
    _id(),
    _ref("venue_id", "venues"),
    _area(),
    Column("resident_id", UUID(as_uuid=True), ForeignKey("residents.id"), nullable=False, index=True),
    _at("visited_at"),
    Index("ix_visits_venue_visited", "venue_id", "visited_at"),
)
