"""Lists of people to be found as files: what they looked like, row by row, and files on their way in."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(";\n\n"):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    op.execute("DROP TABLE intakes, lead_rows")
    op.execute("DROP INDEX ix_lead_lists_area")
    op.execute("ALTER TABLE lead_lists DROP COLUMN titles, DROP COLUMN mapping, DROP COLUMN undone_at")
