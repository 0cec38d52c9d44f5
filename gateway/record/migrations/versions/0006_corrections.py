"""Reports taken back or put right: see 0006_corrections.sql."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATEMENT_ENDS = ";\n\n"
_BACK = (
    "DROP INDEX ix_journeys_area_days",
    "CREATE INDEX ix_journeys_area_days ON journeys (area, to_on, from_on) INCLUDE (resident_id)",
    "ALTER TABLE arrivals DROP COLUMN withdrawn_at",
    "ALTER TABLE journeys DROP COLUMN withdrawn_at",
    "ALTER TABLE reports DROP COLUMN withdrawn_at",
)


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(_STATEMENT_ENDS):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    for back in _BACK:
        op.execute(back)
