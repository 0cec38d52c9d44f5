"""Who is on duty when, and who stands in: see 0007_rotas.sql."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATEMENT_ENDS = ";\n\n"
_TABLES = ("calendar_feeds", "day_marks", "handovers", "substitutions", "rotas")
#: The ways back of what changed in tables of earlier schemas, last first.
_BACK = (
    "DROP INDEX ix_shifts_official_id",
    "DROP INDEX ix_shifts_rota_id",
    "ALTER TABLE shifts DROP COLUMN rota_id, DROP COLUMN sequence, DROP COLUMN cancelled_at",
)


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(_STATEMENT_ENDS):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(_TABLES)} CASCADE")
    for back in _BACK:
        op.execute(back)
