"""Broadcasts that are written, approved and sent in portions: see 0012_broadcasts.sql."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATEMENT_ENDS = ";\n\n"


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(_STATEMENT_ENDS):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    op.execute("DROP TABLE broadcast_recipients CASCADE")
    op.execute("DROP INDEX ix_broadcasts_area")
    op.execute(
        "ALTER TABLE broadcasts DROP COLUMN schedule, DROP COLUMN authors, DROP COLUMN trail, DROP COLUMN figures, "
        "DROP COLUMN waiver, DROP COLUMN next_at, DROP COLUMN started_at, DROP COLUMN gathered_at, DROP COLUMN corrects"
    )
