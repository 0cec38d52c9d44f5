-- Work lists that recur and prove themselves. Statements end with a semicolon at the end of a line.

ALTER TABLE checklist_items ADD COLUMN every TEXT, ADD COLUMN deliverables TEXT[] DEFAULT '{}' NOT NULL;

ALTER TABLE assignments ADD COLUMN delivered TEXT[] DEFAULT '{}' NOT NULL, ADD COLUMN delay_sealed BYTEA, ADD COLUMN delayed_at TIMESTAMP WITH TIME ZONE;

CREATE TABLE evidence (
	id UUID NOT NULL,
	assignment_id UUID NOT NULL,
	media_type TEXT NOT NULL,
	size INTEGER NOT NULL,
	name_sealed BYTEA,
	content_sealed BYTEA,
	added_at TIMESTAMP WITH TIME ZONE NOT NULL,
	added_by UUID NOT NULL,
	CONSTRAINT pk_evidence PRIMARY KEY (id),
	CONSTRAINT fk_evidence_assignment_id_assignments FOREIGN KEY(assignment_id) REFERENCES assignments (id) ON DELETE CASCADE,
	CONSTRAINT fk_evidence_added_by_officials FOREIGN KEY(added_by) REFERENCES officials (id)
);

CREATE INDEX ix_evidence_assignment_id ON evidence (assignment_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON evidence TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON evidence TO shaodian_work;

ALTER TABLE evidence ENABLE ROW LEVEL SECURITY;

ALTER TABLE evidence FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON evidence TO shaodian_app USING (EXISTS (SELECT 1 FROM assignments a WHERE a.id = evidence.assignment_id)) WITH CHECK (EXISTS (SELECT 1 FROM assignments a WHERE a.id = evidence.assignment_id));

CREATE POLICY work ON evidence TO shaodian_work USING (true) WITH CHECK (true);

CREATE TABLE checklist_feeds (
	id UUID NOT NULL,
	made_by UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_checklist_feeds PRIMARY KEY (id),
	CONSTRAINT fk_checklist_feeds_made_by_officials FOREIGN KEY(made_by) REFERENCES officials (id),
	CONSTRAINT uq_checklist_feeds_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_checklist_feeds_made_by ON checklist_feeds (made_by);

GRANT SELECT, INSERT, UPDATE, DELETE ON checklist_feeds TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON checklist_feeds TO shaodian_work;
