-- Ladders as places have them, and who is on duty when. Statements end with a semicolon at the end of a line.

ALTER TABLE alerts ADD COLUMN waits_at_night BOOLEAN DEFAULT 'false' NOT NULL, ADD COLUMN channels TEXT[] DEFAULT '{}' NOT NULL;

CREATE TABLE ladder_changes (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	code TEXT NOT NULL,
	kind TEXT,
	version INTEGER NOT NULL,
	content JSONB,
	reason TEXT,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	changed_by TEXT NOT NULL,
	replaced_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_ladder_changes PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_ladder_changes_version ON ladder_changes (area, code, coalesce(kind, ''), version);

CREATE INDEX ix_ladder_changes_now ON ladder_changes (area) WHERE replaced_at is null;

GRANT SELECT, INSERT, UPDATE, DELETE ON ladder_changes TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON ladder_changes TO shaodian_work;
