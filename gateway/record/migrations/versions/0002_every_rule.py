"""What every rule needs beyond the first schema. Not released yet: built from the tables, frozen when it is."""

from pathlib import Path

from alembic import op
from sqlalchemy import inspect

from gateway.record import walls
from gateway.record.tables import metadata

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: What changes in tables of 0001: statement, and how to take it back.
_CHANGES: tuple[tuple[str, str], ...] = (
    (
        "ALTER TABLE outbreaks ADD COLUMN first_onset_on DATE, ADD COLUMN first_report_on DATE",
        "ALTER TABLE outbreaks DROP COLUMN first_onset_on, DROP COLUMN first_report_on",
    ),
    ("ALTER TABLE risk_matches ADD COLUMN untold TEXT", "ALTER TABLE risk_matches DROP COLUMN untold"),
    (
        "CREATE INDEX ix_risk_matches_untold ON risk_matches (resident_id) WHERE untold is not null",
        "DROP INDEX IF EXISTS ix_risk_matches_untold",
    ),
    ("DROP INDEX ix_journeys_area", "CREATE INDEX ix_journeys_area ON journeys (area)"),
    (
        "CREATE INDEX ix_journeys_area_days ON journeys (area, to_on, from_on) INCLUDE (resident_id)",
        "DROP INDEX ix_journeys_area_days",
    ),
    ("CREATE INDEX ix_arrivals_report_id ON arrivals (report_id)", "DROP INDEX ix_arrivals_report_id"),
    ("ALTER TABLE follow_ups ADD COLUMN pack_hash TEXT", "ALTER TABLE follow_ups DROP COLUMN pack_hash"),
    (
        "ALTER TABLE pack_activations ADD COLUMN pack_hash TEXT, "
        "ADD COLUMN signed_off JSONB DEFAULT '[]' NOT NULL, ADD COLUMN in_force_at TIMESTAMP WITH TIME ZONE, "
        "ADD COLUMN applied_at TIMESTAMP WITH TIME ZONE, ADD COLUMN settled_at TIMESTAMP WITH TIME ZONE, "
        "ADD COLUMN figures JSONB DEFAULT '{}' NOT NULL",
        "ALTER TABLE pack_activations DROP COLUMN pack_hash, DROP COLUMN signed_off, DROP COLUMN in_force_at, "
        "DROP COLUMN applied_at, DROP COLUMN settled_at, DROP COLUMN figures",
    ),
)


def upgrade() -> None:
    bind = op.get_bind()
    standing = set(inspect(bind).get_table_names())
    for statement, _ in _CHANGES:
        op.execute(statement)
    new = [table for table in metadata.sorted_tables if table.name not in standing]
    metadata.create_all(bind, tables=new)
    for statement in walls.around(table.name for table in new):
        op.execute(statement)


def downgrade() -> None:
    first = Path(__file__).with_name("0001_first.sql").read_text(encoding="utf-8")
    new = [table.name for table in metadata.sorted_tables if f"CREATE TABLE {table.name} (" not in first]
    if new:
        op.execute(f"DROP TABLE {', '.join(new)} CASCADE")
    for _, back in reversed(_CHANGES):
        op.execute(back)
