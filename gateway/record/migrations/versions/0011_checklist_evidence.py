"""Work lists that recur, what proves their parts, why a part is late, and deadlines as calendars read them."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.split("\n\n", 1)[1].split(";\n\n"):
        op.execute(statement.strip().rstrip(";"))


def downgrade() -> None:
    op.execute("DROP TABLE checklist_feeds, evidence")
    op.execute("ALTER TABLE assignments DROP COLUMN delivered, DROP COLUMN delay_sealed, DROP COLUMN delayed_at")
    op.execute("ALTER TABLE checklist_items DROP COLUMN every, DROP COLUMN deliverables")
