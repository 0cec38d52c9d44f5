"""A correction of the register can be about some days of an entry, and say what the place was then."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE risk_corrections ADD COLUMN from_on DATE, ADD COLUMN to_on DATE, ADD COLUMN set_to TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE risk_corrections DROP COLUMN from_on, DROP COLUMN to_on, DROP COLUMN set_to")
