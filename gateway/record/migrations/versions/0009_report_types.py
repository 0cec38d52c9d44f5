"""Report types made here, with their versions; a report names its version; when somebody was last asked by hand."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UP = (
    'CREATE TABLE report_types (id UUID NOT NULL, key TEXT NOT NULL, area TEXT COLLATE "C" NOT NULL, '
    "recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, "
    "CONSTRAINT pk_report_types PRIMARY KEY (id), CONSTRAINT uq_report_types_key UNIQUE (key))",
    "CREATE TABLE report_type_versions ("
    "id UUID NOT NULL, type_id UUID NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, content JSONB NOT NULL, "
    "drafted_at TIMESTAMP WITH TIME ZONE NOT NULL, drafted_by UUID, in_force_at TIMESTAMP WITH TIME ZONE, "
    "in_force_by UUID, retired_at TIMESTAMP WITH TIME ZONE, from_day DATE, "
    "CONSTRAINT pk_report_type_versions PRIMARY KEY (id), "
    "CONSTRAINT uq_report_type_versions_type_id_number UNIQUE (type_id, number), "
    "CONSTRAINT fk_report_type_versions_type_id FOREIGN KEY(type_id) REFERENCES report_types (id), "
    "CONSTRAINT fk_report_type_versions_drafted_by FOREIGN KEY(drafted_by) REFERENCES officials (id), "
    "CONSTRAINT fk_report_type_versions_in_force_by FOREIGN KEY(in_force_by) REFERENCES officials (id))",
    "CREATE UNIQUE INDEX uq_report_type_versions_now ON report_type_versions (type_id) WHERE state = 'in_force'",
    "ALTER TABLE duty_reports ADD COLUMN version_id UUID, ADD CONSTRAINT fk_duty_reports_version_id "
    "FOREIGN KEY(version_id) REFERENCES report_type_versions (id)",
    "CREATE TABLE duty_nudges (bearer_id UUID NOT NULL, duty TEXT NOT NULL, "
    "nudged_at TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT pk_duty_nudges PRIMARY KEY (bearer_id, duty), "
    "CONSTRAINT fk_duty_nudges_bearer_id FOREIGN KEY(bearer_id) REFERENCES duty_bearers (id))",
    *(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}"
        for table in ("report_types", "report_type_versions", "duty_nudges")
        for role in ("shaodian_app", "shaodian_work")
    ),
    "ALTER TABLE duty_nudges ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE duty_nudges FORCE ROW LEVEL SECURITY",
    "CREATE POLICY scope ON duty_nudges TO shaodian_app "
    "USING (EXISTS (SELECT 1 FROM duty_bearers b WHERE b.id = duty_nudges.bearer_id)) "
    "WITH CHECK (EXISTS (SELECT 1 FROM duty_bearers b WHERE b.id = duty_nudges.bearer_id))",
    "CREATE POLICY work ON duty_nudges TO shaodian_work USING (true) WITH CHECK (true)",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE duty_reports DROP COLUMN version_id")
    op.execute("DROP TABLE duty_nudges, report_type_versions, report_types CASCADE")
