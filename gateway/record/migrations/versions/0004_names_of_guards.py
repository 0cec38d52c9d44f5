"""The names of those who stand guard are sealed like every other name."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE area_schedules ADD COLUMN manned_sealed BYTEA")
    op.execute("UPDATE area_schedules SET facts = facts - 'manned' WHERE facts ? 'manned'")


def downgrade() -> None:
    op.execute("ALTER TABLE area_schedules DROP COLUMN manned_sealed")
