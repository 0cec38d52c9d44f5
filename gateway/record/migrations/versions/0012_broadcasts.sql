-- Broadcasts that are written, approved and sent in portions. Statements end with a semicolon at the end of a line.

ALTER TABLE broadcasts ADD COLUMN schedule JSONB DEFAULT '{}' NOT NULL, ADD COLUMN authors UUID[] DEFAULT '{}' NOT NULL, ADD COLUMN trail JSONB DEFAULT '[]' NOT NULL, ADD COLUMN figures JSONB DEFAULT '{}' NOT NULL, ADD COLUMN waiver TEXT, ADD COLUMN next_at TIMESTAMP WITH TIME ZONE, ADD COLUMN started_at TIMESTAMP WITH TIME ZONE, ADD COLUMN gathered_at TIMESTAMP WITH TIME ZONE, ADD COLUMN corrects UUID;

UPDATE broadcasts SET authors = ARRAY[created_by] WHERE created_by IS NOT NULL;

CREATE INDEX ix_broadcasts_next ON broadcasts (next_at) WHERE next_at is not null;

CREATE INDEX ix_broadcasts_area ON broadcasts (area, created_at);

CREATE TABLE broadcast_recipients (
	id UUID NOT NULL,
	broadcast_id UUID NOT NULL,
	resident_id UUID,
	official_id UUID,
	area TEXT COLLATE "C" NOT NULL,
	ring INTEGER NOT NULL,
	lines TEXT[] DEFAULT '{}' NOT NULL,
	state TEXT NOT NULL,
	why TEXT,
	address_id UUID,
	called_at TIMESTAMP WITH TIME ZONE,
	called_by UUID,
	call TEXT,
	CONSTRAINT pk_broadcast_recipients PRIMARY KEY (id),
	CONSTRAINT uq_broadcast_recipients_broadcast_id_resident_id UNIQUE (broadcast_id, resident_id),
	CONSTRAINT uq_broadcast_recipients_broadcast_id_official_id UNIQUE (broadcast_id, official_id),
	CONSTRAINT fk_broadcast_recipients_broadcast_id FOREIGN KEY(broadcast_id) REFERENCES broadcasts (id),
	CONSTRAINT fk_broadcast_recipients_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_broadcast_recipients_official_id FOREIGN KEY(official_id) REFERENCES officials (id),
	CONSTRAINT fk_broadcast_recipients_address_id FOREIGN KEY(address_id) REFERENCES addresses (id),
	CONSTRAINT fk_broadcast_recipients_called_by FOREIGN KEY(called_by) REFERENCES officials (id)
);

CREATE INDEX ix_broadcast_recipients_waiting ON broadcast_recipients (broadcast_id, ring, id) WHERE state = 'waiting';

CREATE INDEX ix_broadcast_recipients_queued ON broadcast_recipients (broadcast_id) WHERE state = 'queued';

CREATE INDEX ix_broadcast_recipients_to_call ON broadcast_recipients (area, broadcast_id) WHERE state in ('failed', 'uncertain');

CREATE INDEX ix_broadcast_recipients_address ON broadcast_recipients (broadcast_id, address_id) WHERE address_id is not null;

GRANT SELECT, INSERT, UPDATE, DELETE ON broadcast_recipients TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON broadcast_recipients TO shaodian_work;

ALTER TABLE broadcast_recipients ENABLE ROW LEVEL SECURITY;

ALTER TABLE broadcast_recipients FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON broadcast_recipients TO shaodian_app USING (official_id IS NOT NULL OR EXISTS (SELECT 1 FROM residents r WHERE r.id = broadcast_recipients.resident_id)) WITH CHECK (official_id IS NOT NULL OR EXISTS (SELECT 1 FROM residents r WHERE r.id = broadcast_recipients.resident_id));

CREATE POLICY work ON broadcast_recipients TO shaodian_work USING (true) WITH CHECK (true);
