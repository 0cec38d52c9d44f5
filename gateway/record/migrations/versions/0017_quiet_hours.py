"""When somebody wants to hear nothing but what is urgent."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE residents ADD COLUMN quiet_from TIME, ADD COLUMN quiet_to TIME")


def downgrade() -> None:
    op.execute("ALTER TABLE residents DROP COLUMN quiet_from, DROP COLUMN quiet_to")
