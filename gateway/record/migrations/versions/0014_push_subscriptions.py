"""Browsers that want to be told: where their push service listens, sealed."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MINE = "EXISTS (SELECT 1 FROM addresses a WHERE a.id = push_subscriptions.address_id)"
_UP = (
    "CREATE TABLE push_subscriptions (address_id UUID NOT NULL, subscription_sealed BYTEA, "
    "added_at TIMESTAMP WITH TIME ZONE NOT NULL, "
    "CONSTRAINT pk_push_subscriptions PRIMARY KEY (address_id), "
    "CONSTRAINT fk_push_subscriptions_address_id_addresses FOREIGN KEY(address_id) REFERENCES addresses (id))",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON push_subscriptions TO shaodian_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON push_subscriptions TO shaodian_work",
    "ALTER TABLE push_subscriptions ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE push_subscriptions FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY scope ON push_subscriptions TO shaodian_app USING ({_MINE}) WITH CHECK ({_MINE})",
    "CREATE POLICY work ON push_subscriptions TO shaodian_work USING (true) WITH CHECK (true)",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE push_subscriptions")
