"""The first schema, as it was when it was first released: see 0001_first.sql."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATEMENT_ENDS = ";\n\n"
_TABLES = (
    "risk_matches",
    "journeys",
    "deliveries",
    "checklist_events",
    "assignments",
    "arrivals",
    "rungs",
    "risk_spells",
    "risk_entries",
    "reports",
    "messages",
    "checklist_items",
    "alert_events",
    "shifts",
    "sessions",
    "risk_lists",
    "plan_items",
    "outbreaks",
    "login_links",
    "invitations",
    "checklists",
    "broadcasts",
    "alerts",
    "addresses",
    "unit_members",
    "results",
    "reminders",
    "officials",
    "group_members",
    "follow_ups",
    "family_members",
    "units",
    "settings_kept",
    "residents",
    "pack_activations",
    "idempotency_keys",
    "heartbeats",
    "drafts",
    "audit_seals",
    "audit",
    "api_tokens",
)


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(_STATEMENT_ENDS):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(_TABLES)} CASCADE")
