"""Pictures that come with residents' answers, sealed under the person's own key."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MINE = "EXISTS (SELECT 1 FROM residents r WHERE r.id = attachments.resident_id)"
_UP = (
    "CREATE TABLE attachments (id UUID NOT NULL, resident_id UUID NOT NULL, report_id UUID, media_type TEXT NOT NULL, "
    "size INTEGER NOT NULL, content_sealed BYTEA, received_at TIMESTAMP WITH TIME ZONE NOT NULL, "
    "CONSTRAINT pk_attachments PRIMARY KEY (id), "
    "CONSTRAINT fk_attachments_resident_id_residents FOREIGN KEY(resident_id) REFERENCES residents (id), "
    "CONSTRAINT fk_attachments_report_id_reports FOREIGN KEY(report_id) REFERENCES reports (id))",
    "CREATE INDEX ix_attachments_resident_id ON attachments (resident_id)",
    "CREATE INDEX ix_attachments_report_id ON attachments (report_id)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON attachments TO shaodian_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON attachments TO shaodian_work",
    "ALTER TABLE attachments ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE attachments FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY scope ON attachments TO shaodian_app USING ({_MINE}) WITH CHECK ({_MINE})",
    "CREATE POLICY work ON attachments TO shaodian_work USING (true) WITH CHECK (true)",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE attachments")
