"""The names of those who stand guard are sealed like every other name; an activation to come can be taken back."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE area_schedules ADD COLUMN manned_sealed BYTEA")
    op.execute("UPDATE area_schedules SET facts = facts - 'manned' WHERE facts ? 'manned'")
    op.execute("ALTER TABLE pack_activations ADD COLUMN withdrawn_at TIMESTAMPTZ, ADD COLUMN withdrawn_by TEXT")


def downgrade() -> None:
    op.execute("ALTER TABLE area_schedules DROP COLUMN manned_sealed")
    op.execute("ALTER TABLE pack_activations DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_by")
