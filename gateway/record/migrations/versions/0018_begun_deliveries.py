"""When an attempt that may not be repeated was handed over: what was only claimed goes out after all."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE deliveries ADD COLUMN begun_at TIMESTAMP WITH TIME ZONE")
    # Of what is under way nobody knows how far it came.
    op.execute("UPDATE deliveries SET begun_at = lease_until WHERE state = 'sending'")


def downgrade() -> None:
    op.execute("ALTER TABLE deliveries DROP COLUMN begun_at")
