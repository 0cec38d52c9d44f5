-- Who is on duty when, and who stands in. Statements end with a semicolon at the end of a line.

ALTER TABLE shifts ADD COLUMN rota_id UUID, ADD COLUMN sequence INTEGER DEFAULT '0' NOT NULL, ADD COLUMN cancelled_at TIMESTAMP WITH TIME ZONE;

CREATE INDEX ix_shifts_rota_id ON shifts (rota_id);

CREATE INDEX ix_shifts_official_id ON shifts (official_id);

CREATE TABLE rotas (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	role TEXT NOT NULL,
	pattern JSONB NOT NULL,
	people UUID[] NOT NULL,
	from_on DATE NOT NULL,
	to_on DATE NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	made_by TEXT NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_rotas PRIMARY KEY (id)
);

CREATE INDEX ix_rotas_area ON rotas (area);

CREATE TABLE substitutions (
	id UUID NOT NULL,
	official_id UUID NOT NULL,
	substitute_id UUID NOT NULL,
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reason TEXT,
	sequence INTEGER DEFAULT '0' NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	made_by TEXT NOT NULL,
	cancelled_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_substitutions PRIMARY KEY (id),
	CONSTRAINT fk_substitutions_official_id FOREIGN KEY(official_id) REFERENCES officials (id),
	CONSTRAINT fk_substitutions_substitute_id FOREIGN KEY(substitute_id) REFERENCES officials (id)
);

CREATE INDEX ix_substitutions_official_id ON substitutions (official_id);

CREATE TABLE handovers (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	role TEXT NOT NULL,
	official_id UUID NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	text_sealed BYTEA,
	CONSTRAINT pk_handovers PRIMARY KEY (id),
	CONSTRAINT fk_handovers_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE INDEX ix_handovers_area ON handovers (area, at);

CREATE TABLE day_marks (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	day DATE NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	set_by TEXT NOT NULL,
	set_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_day_marks PRIMARY KEY (id),
	CONSTRAINT uq_day_marks_area_day UNIQUE (area, day)
);

CREATE TABLE calendar_feeds (
	id UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	official_id UUID,
	role TEXT,
	area TEXT COLLATE "C",
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	made_by UUID NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_calendar_feeds PRIMARY KEY (id),
	CONSTRAINT uq_calendar_feeds_token_hash UNIQUE (token_hash),
	CONSTRAINT fk_calendar_feeds_official_id FOREIGN KEY(official_id) REFERENCES officials (id),
	CONSTRAINT fk_calendar_feeds_made_by FOREIGN KEY(made_by) REFERENCES officials (id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON rotas TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON rotas TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON substitutions TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON substitutions TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON handovers TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON handovers TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON day_marks TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON day_marks TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_feeds TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_feeds TO shaodian_work;

ALTER TABLE handovers ENABLE ROW LEVEL SECURITY;

ALTER TABLE handovers FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON handovers TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)));

CREATE POLICY work ON handovers TO shaodian_work USING (true) WITH CHECK (true);
