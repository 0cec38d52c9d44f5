"""Places with a code at the door, and who was there."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_UP = (
    "CREATE TABLE venues (id UUID NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, "
    'area TEXT COLLATE "C" NOT NULL, unit_id UUID, made_at TIMESTAMP WITH TIME ZONE NOT NULL, made_by '
    "TEXT NOT NULL, closed_at TIMESTAMP WITH TIME ZONE, CONSTRAINT pk_venues PRIMARY KEY (id), CONSTRAINT"
    " uq_venues_code UNIQUE (code), CONSTRAINT fk_venues_unit_id_units FOREIGN KEY(unit_id) REFERENCES "
    "units (id))",
    "CREATE INDEX ix_venues_area ON venues (area)",
    "CREATE INDEX ix_venues_unit_id ON venues (unit_id)",
    'CREATE TABLE visits (id UUID NOT NULL, venue_id UUID NOT NULL, area TEXT COLLATE "C" NOT NULL, '
    "resident_id UUID NOT NULL, visited_at TIMESTAMP WITH TIME ZONE NOT NULL, CONSTRAINT pk_visits "
    "PRIMARY KEY (id), CONSTRAINT fk_visits_venue_id_venues FOREIGN KEY(venue_id) REFERENCES venues (id),"
    " CONSTRAINT fk_visits_resident_id_residents FOREIGN KEY(resident_id) REFERENCES residents (id))",
    "CREATE INDEX ix_visits_resident_id ON visits (resident_id)",
    "CREATE INDEX ix_visits_venue_visited ON visits (venue_id, visited_at)",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON venues TO shaodian_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON venues TO shaodian_work",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON visits TO shaodian_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON visits TO shaodian_work",
    "ALTER TABLE visits ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE visits FORCE ROW LEVEL SECURITY",
    "CREATE POLICY scope ON visits TO shaodian_app USING ((area >= current_setting('shaodian.low', true) "
    "AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY "
    "(string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[]))) WITH CHECK "
    "((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) "
    "OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), "
    "',')::uuid[])))",
    "CREATE POLICY work ON visits TO shaodian_work USING (true) WITH CHECK (true)",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE visits")
    op.execute("DROP TABLE venues")
