-- Lists of people to be found, as files. Statements end with a semicolon at the end of a line.

ALTER TABLE lead_lists ADD COLUMN titles TEXT[] DEFAULT '{}' NOT NULL, ADD COLUMN mapping JSONB DEFAULT '{}' NOT NULL, ADD COLUMN undone_at TIMESTAMP WITH TIME ZONE;

CREATE INDEX ix_lead_lists_area ON lead_lists (area, received_at);

CREATE TABLE lead_rows (
	id UUID NOT NULL,
	list_id UUID NOT NULL,
	"row" INTEGER NOT NULL,
	lead_id UUID,
	is_known BOOLEAN DEFAULT 'false' NOT NULL,
	cells_sealed BYTEA,
	CONSTRAINT pk_lead_rows PRIMARY KEY (id),
	CONSTRAINT fk_lead_rows_list_id_lead_lists FOREIGN KEY(list_id) REFERENCES lead_lists (id),
	CONSTRAINT fk_lead_rows_lead_id_leads FOREIGN KEY(lead_id) REFERENCES leads (id),
	CONSTRAINT uq_lead_rows_list_id_row UNIQUE (list_id, "row")
);

CREATE INDEX ix_lead_rows_lead_id ON lead_rows (lead_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON lead_rows TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON lead_rows TO shaodian_work;

ALTER TABLE lead_rows ENABLE ROW LEVEL SECURITY;

ALTER TABLE lead_rows FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON lead_rows TO shaodian_app USING (EXISTS (SELECT 1 FROM lead_lists l WHERE l.id = lead_rows.list_id)) WITH CHECK (EXISTS (SELECT 1 FROM lead_lists l WHERE l.id = lead_rows.list_id));

CREATE POLICY work ON lead_rows TO shaodian_work USING (true) WITH CHECK (true);

CREATE TABLE intakes (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	official_id UUID NOT NULL,
	kind TEXT NOT NULL,
	content_sealed BYTEA,
	facts JSONB DEFAULT '{}' NOT NULL,
	brought_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_intakes PRIMARY KEY (id),
	CONSTRAINT fk_intakes_official_id_officials FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE INDEX ix_intakes_official ON intakes (official_id, kind);

GRANT SELECT, INSERT, UPDATE, DELETE ON intakes TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON intakes TO shaodian_work;

ALTER TABLE intakes ENABLE ROW LEVEL SECURITY;

ALTER TABLE intakes FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON intakes TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)));

CREATE POLICY work ON intakes TO shaodian_work USING (true) WITH CHECK (true);
