"""Ladders as places have them, and who is on duty when: see 0003_ladders_and_duty.sql."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATEMENT_ENDS = ";\n\n"
_TABLES = ("ladder_changes",)
#: The ways back of what changed in tables of earlier schemas, last first.
_BACK = ("ALTER TABLE alerts DROP COLUMN channels, DROP COLUMN waits_at_night",)


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(_STATEMENT_ENDS):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(_TABLES)} CASCADE")
    for back in _BACK:
        op.execute(back)
