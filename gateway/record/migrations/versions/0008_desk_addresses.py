"""Robots, mailboxes and groups as addresses of a desk."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WITHIN = "(area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))"
_DESKS = f"{_WITHIN} OR starts_with(current_setting('shaodian.low', true), area)"
_BEFORE = (
    "(resident_id IS NOT NULL AND EXISTS (SELECT 1 FROM residents r WHERE r.id = messages.resident_id)) "
    "OR (alert_id IS NOT NULL AND EXISTS (SELECT 1 FROM alerts a WHERE a.id = messages.alert_id)) "
    "OR (resident_id IS NULL AND alert_id IS NULL AND official_id IS NOT NULL)"
)
_SINCE = f"{_BEFORE} OR (desk_id IS NOT NULL AND EXISTS (SELECT 1 FROM desk_addresses d WHERE d.id = messages.desk_id))"

_UP = (
    """
    CREATE TABLE desk_addresses (
        id UUID NOT NULL,
        area TEXT COLLATE "C" NOT NULL,
        channel TEXT NOT NULL,
        label TEXT NOT NULL,
        language TEXT NOT NULL,
        roles TEXT[] NOT NULL,
        hears TEXT[] NOT NULL,
        state TEXT DEFAULT 'active' NOT NULL,
        targets_sealed BYTEA,
        robots INTEGER DEFAULT '1' NOT NULL,
        crowded BOOLEAN DEFAULT 'false' NOT NULL,
        spoke_at TIMESTAMP WITH TIME ZONE,
        blocked_until TIMESTAMP WITH TIME ZONE,
        last_error TEXT,
        last_error_at TIMESTAMP WITH TIME ZONE,
        tested JSONB,
        tested_at TIMESTAMP WITH TIME ZONE,
        code_hash BYTEA,
        code_expires_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_by UUID,
        CONSTRAINT pk_desk_addresses PRIMARY KEY (id),
        CONSTRAINT fk_desk_addresses_id FOREIGN KEY (id) REFERENCES addresses (id),
        CONSTRAINT fk_desk_addresses_changed_by FOREIGN KEY (changed_by) REFERENCES officials (id)
    )
    """,
    "CREATE INDEX ix_desk_addresses_area ON desk_addresses (area)",
    "ALTER TABLE messages ADD COLUMN desk_id UUID CONSTRAINT fk_messages_desk_id REFERENCES desk_addresses (id)",
    "ALTER TABLE deliveries ADD COLUMN desk_id UUID CONSTRAINT fk_deliveries_desk_id REFERENCES desk_addresses (id)",
    "CREATE INDEX ix_deliveries_desk ON deliveries (desk_id, priority, due_at) "
    "WHERE desk_id is not null and state in ('pending', 'retry', 'sending')",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON desk_addresses TO shaodian_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON desk_addresses TO shaodian_work",
    "ALTER TABLE desk_addresses ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE desk_addresses FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY scope ON desk_addresses TO shaodian_app USING ({_DESKS}) WITH CHECK ({_DESKS})",
    "CREATE POLICY work ON desk_addresses TO shaodian_work USING (true) WITH CHECK (true)",
    f"ALTER POLICY scope ON messages USING ({_SINCE}) WITH CHECK ({_SINCE})",
)
_DOWN = (
    f"ALTER POLICY scope ON messages USING ({_BEFORE}) WITH CHECK ({_BEFORE})",
    "DELETE FROM deliveries WHERE desk_id IS NOT NULL",
    "DELETE FROM messages WHERE desk_id IS NOT NULL",
    "ALTER TABLE deliveries DROP COLUMN desk_id",
    "ALTER TABLE messages DROP COLUMN desk_id",
    "DROP TABLE desk_addresses",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
