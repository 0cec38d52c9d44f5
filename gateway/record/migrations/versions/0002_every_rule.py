"""What every rule needs beyond the first schema: see 0002_every_rule.sql."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATEMENT_ENDS = ";\n\n"
_TABLES = (
    "welfare_checks",
    "visited_places",
    "matter_steps",
    "leads",
    "exit_permits",
    "control_waves",
    "control_events",
    "contacts",
    "area_schedules",
    "vulnerable_people",
    "transfers",
    "testing_agencies",
    "risk_corrections",
    "register_entries",
    "posts",
    "plan_changes",
    "occupations",
    "matters",
    "lead_lists",
    "key_populations",
    "duty_reports",
    "duty_dates",
    "controls",
    "cases",
    "area_levels",
    "applications",
    "duty_bearers",
    "declared",
    "clocks",
    "standing_measures",
    "pack_versions",
    "duty_rounds",
)
#: The ways back of what changed in tables of the first schema, last first.
_BACK = (
    "ALTER TABLE pack_activations DROP COLUMN pack_hash, DROP COLUMN signed_off, "
    "DROP COLUMN in_force_at, DROP COLUMN applied_at, DROP COLUMN settled_at, DROP COLUMN figures",
    "ALTER TABLE follow_ups DROP COLUMN pack_hash",
    "DROP INDEX ix_arrivals_report_id",
    "DROP INDEX ix_journeys_area_days",
    "CREATE INDEX ix_journeys_area ON journeys (area)",
    "DROP INDEX IF EXISTS ix_risk_matches_untold",
    "ALTER TABLE risk_matches DROP COLUMN untold",
    "ALTER TABLE outbreaks DROP COLUMN first_onset_on, DROP COLUMN first_report_on",
)


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(_STATEMENT_ENDS):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(_TABLES)} CASCADE")
    for back in _BACK:
        op.execute(back)
