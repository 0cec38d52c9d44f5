"""The first schema: every table and the walls around it."""

from alembic import op

from gateway.record.tables import metadata
from gateway.record.walls import removals, statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    for statement in removals():
        op.execute(statement)
    metadata.drop_all(op.get_bind())
