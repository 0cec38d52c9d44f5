-- Reports taken back or put right, and what was read out of them. Statements end with a semicolon at the end of a line.

ALTER TABLE reports ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE journeys ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE arrivals ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE;

DROP INDEX ix_journeys_area_days;

CREATE INDEX ix_journeys_area_days ON journeys (area, to_on, from_on) INCLUDE (resident_id) WHERE withdrawn_at is null;
