-- What every rule needs beyond the first schema. Statements end with a semicolon at the end of a line.

ALTER TABLE outbreaks ADD COLUMN first_onset_on DATE, ADD COLUMN first_report_on DATE;

ALTER TABLE risk_matches ADD COLUMN untold TEXT;

CREATE INDEX ix_risk_matches_untold ON risk_matches (resident_id) WHERE untold is not null;

DROP INDEX ix_journeys_area;

CREATE INDEX ix_journeys_area_days ON journeys (area, to_on, from_on) INCLUDE (resident_id);

CREATE INDEX ix_arrivals_report_id ON arrivals (report_id);

ALTER TABLE follow_ups ADD COLUMN pack_hash TEXT;

ALTER TABLE pack_activations ADD COLUMN pack_hash TEXT, ADD COLUMN signed_off JSONB DEFAULT '[]' NOT NULL, ADD COLUMN in_force_at TIMESTAMP WITH TIME ZONE, ADD COLUMN applied_at TIMESTAMP WITH TIME ZONE, ADD COLUMN settled_at TIMESTAMP WITH TIME ZONE, ADD COLUMN figures JSONB DEFAULT '{}' NOT NULL;

CREATE TABLE duty_rounds (
	id UUID NOT NULL,
	duty TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	struck_at TIMESTAMP WITH TIME ZONE NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_duty_rounds PRIMARY KEY (id),
	CONSTRAINT uq_duty_rounds_duty_area UNIQUE (duty, area)
);

CREATE INDEX ix_duty_rounds_next ON duty_rounds (next_at) WHERE next_at is not null;

CREATE TABLE pack_versions (
	hash TEXT NOT NULL,
	pack_id TEXT NOT NULL,
	version TEXT NOT NULL,
	title TEXT NOT NULL,
	content TEXT NOT NULL,
	brought_by TEXT NOT NULL,
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_pack_versions PRIMARY KEY (hash)
);

CREATE INDEX ix_pack_versions_pack ON pack_versions (pack_id, first_seen_at);

CREATE TABLE standing_measures (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	who TEXT NOT NULL,
	subject TEXT NOT NULL,
	measures TEXT[] DEFAULT '{}' NOT NULL,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	since TIMESTAMP WITH TIME ZONE NOT NULL,
	replaced_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_standing_measures PRIMARY KEY (id)
);

CREATE INDEX ix_standing_measures_area ON standing_measures (area);

CREATE UNIQUE INDEX uq_standing_measures_now ON standing_measures (who, subject) WHERE replaced_at is null;

CREATE TABLE clocks (
	id UUID NOT NULL,
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	subject_id UUID NOT NULL,
	resident_id UUID,
	area TEXT COLLATE "C" NOT NULL,
	pack_id TEXT NOT NULL,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	ladder JSONB NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	watch_at TIMESTAMP WITH TIME ZONE,
	watched_at TIMESTAMP WITH TIME ZONE,
	done_at TIMESTAMP WITH TIME ZONE,
	facts JSONB NOT NULL,
	note_sealed BYTEA,
	CONSTRAINT pk_clocks PRIMARY KEY (id),
	CONSTRAINT uq_clocks_subject_id_kind_key UNIQUE (subject_id, kind, key),
	CONSTRAINT fk_clocks_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_clocks_resident_id ON clocks (resident_id);

CREATE INDEX ix_clocks_watch ON clocks (watch_at) WHERE done_at is null and watched_at is null;

CREATE TABLE declared (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	duty TEXT NOT NULL,
	occasion TEXT NOT NULL,
	origins TEXT[] NOT NULL,
	rules TEXT[] NOT NULL,
	by TEXT NOT NULL,
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE,
	missing TEXT[] DEFAULT '{}' NOT NULL,
	answered_at TIMESTAMP WITH TIME ZONE,
	lead_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_declared PRIMARY KEY (id),
	CONSTRAINT fk_declared_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_declared_due ON declared (due_at) WHERE due_at is not null and answered_at is null and lead_at is null;

CREATE INDEX ix_declared_resident_id ON declared (resident_id);

CREATE TABLE duty_bearers (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	kind TEXT NOT NULL,
	unit_id UUID,
	resident_id UUID,
	since DATE NOT NULL,
	until DATE,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_duty_bearers PRIMARY KEY (id),
	CONSTRAINT fk_duty_bearers_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_duty_bearers_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_duty_bearers_kind_area ON duty_bearers (kind, area);

CREATE INDEX ix_duty_bearers_resident_id ON duty_bearers (resident_id);

CREATE INDEX ix_duty_bearers_unit_id ON duty_bearers (unit_id);

CREATE UNIQUE INDEX uq_duty_bearers_resident ON duty_bearers (resident_id, kind) WHERE resident_id is not null;

CREATE UNIQUE INDEX uq_duty_bearers_unit ON duty_bearers (unit_id, kind) WHERE unit_id is not null;

CREATE TABLE applications (
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	kind TEXT NOT NULL,
	event_kind TEXT,
	area TEXT COLLATE "C" NOT NULL,
	resident_id UUID,
	official_id UUID,
	unit_id UUID,
	"on" DATE NOT NULL,
	people INTEGER,
	cadres BOOLEAN DEFAULT 'false' NOT NULL,
	excuses TEXT[] DEFAULT '{}' NOT NULL,
	state TEXT NOT NULL,
	verdict TEXT NOT NULL,
	reasons JSONB NOT NULL,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	decides TEXT,
	tier TEXT,
	pack_id TEXT NOT NULL,
	pack_version TEXT NOT NULL,
	applied_at TIMESTAMP WITH TIME ZONE NOT NULL,
	look_at TIMESTAMP WITH TIME ZONE,
	decided_at TIMESTAMP WITH TIME ZONE,
	decided_by UUID,
	review_rules TEXT[] DEFAULT '{}' NOT NULL,
	details_sealed BYTEA,
	CONSTRAINT pk_applications PRIMARY KEY (id),
	CONSTRAINT fk_applications_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_applications_official_id FOREIGN KEY(official_id) REFERENCES officials (id),
	CONSTRAINT fk_applications_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_applications_decided_by FOREIGN KEY(decided_by) REFERENCES officials (id)
);

CREATE INDEX ix_applications_area_on ON applications (area, "on");

CREATE INDEX ix_applications_look ON applications (look_at) WHERE look_at is not null;

CREATE INDEX ix_applications_resident_id ON applications (resident_id);

CREATE INDEX ix_applications_unit_id ON applications (unit_id);

CREATE TABLE area_levels (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	risk TEXT NOT NULL,
	response TEXT NOT NULL,
	villages TEXT[] DEFAULT '{}' NOT NULL,
	shown TEXT[] DEFAULT '{}' NOT NULL,
	valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	replaced_at TIMESTAMP WITH TIME ZONE,
	set_by UUID,
	CONSTRAINT pk_area_levels PRIMARY KEY (id),
	CONSTRAINT fk_area_levels_set_by FOREIGN KEY(set_by) REFERENCES officials (id)
);

CREATE INDEX ix_area_levels_area ON area_levels (area);

CREATE TABLE cases (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	positive_on DATE NOT NULL,
	onset_on DATE,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	opened_by UUID NOT NULL,
	look_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_cases PRIMARY KEY (id),
	CONSTRAINT fk_cases_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_cases_opened_by FOREIGN KEY(opened_by) REFERENCES officials (id)
);

CREATE INDEX ix_cases_area ON cases (area);

CREATE INDEX ix_cases_look ON cases (look_at) WHERE look_at is not null;

CREATE INDEX ix_cases_resident_id ON cases (resident_id);

CREATE TABLE controls (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	unit_kind TEXT NOT NULL,
	name TEXT NOT NULL,
	boundary TEXT,
	grids TEXT[] DEFAULT '{}' NOT NULL,
	mode TEXT,
	measures TEXT[] DEFAULT '{}' NOT NULL,
	state TEXT NOT NULL,
	stage TEXT NOT NULL,
	words JSONB,
	words_hash TEXT,
	opinion_sealed BYTEA,
	closing_opinion_sealed BYTEA,
	criteria JSONB NOT NULL,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	pack_id TEXT NOT NULL,
	pack_version TEXT NOT NULL,
	requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
	requested_by UUID,
	decided_at TIMESTAMP WITH TIME ZONE,
	decided_by UUID,
	effective_at TIMESTAMP WITH TIME ZONE,
	drafted_at TIMESTAMP WITH TIME ZONE,
	drafted_by UUID,
	reviewed_at TIMESTAMP WITH TIME ZONE,
	reviewed_by UUID,
	approved_at TIMESTAMP WITH TIME ZONE,
	approved_by UUID,
	opined_at TIMESTAMP WITH TIME ZONE,
	opined_by UUID,
	lifted_at TIMESTAMP WITH TIME ZONE,
	lifted_by UUID,
	CONSTRAINT pk_controls PRIMARY KEY (id),
	CONSTRAINT fk_controls_requested_by FOREIGN KEY(requested_by) REFERENCES officials (id),
	CONSTRAINT fk_controls_decided_by FOREIGN KEY(decided_by) REFERENCES officials (id),
	CONSTRAINT fk_controls_drafted_by FOREIGN KEY(drafted_by) REFERENCES officials (id),
	CONSTRAINT fk_controls_reviewed_by FOREIGN KEY(reviewed_by) REFERENCES officials (id),
	CONSTRAINT fk_controls_approved_by FOREIGN KEY(approved_by) REFERENCES officials (id),
	CONSTRAINT fk_controls_opined_by FOREIGN KEY(opined_by) REFERENCES officials (id),
	CONSTRAINT fk_controls_lifted_by FOREIGN KEY(lifted_by) REFERENCES officials (id)
);

CREATE INDEX ix_controls_area ON controls (area);

CREATE TABLE duty_dates (
	id UUID NOT NULL,
	duty TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	"on" DATE NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	recorded_by UUID,
	CONSTRAINT pk_duty_dates PRIMARY KEY (id),
	CONSTRAINT uq_duty_dates_duty_area_on UNIQUE (duty, area, "on"),
	CONSTRAINT fk_duty_dates_recorded_by FOREIGN KEY(recorded_by) REFERENCES officials (id)
);

CREATE TABLE duty_reports (
	id UUID NOT NULL,
	duty TEXT NOT NULL,
	bearer_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	unit_id UUID,
	resident_id UUID,
	day DATE NOT NULL,
	slot TEXT DEFAULT '' NOT NULL,
	zero BOOLEAN NOT NULL,
	events INTEGER DEFAULT '0' NOT NULL,
	late BOOLEAN DEFAULT 'false' NOT NULL,
	body_sealed BYTEA,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reported_by UUID,
	corrects_id UUID,
	replaced_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_duty_reports PRIMARY KEY (id),
	CONSTRAINT fk_duty_reports_bearer_id FOREIGN KEY(bearer_id) REFERENCES duty_bearers (id),
	CONSTRAINT fk_duty_reports_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_duty_reports_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_duty_reports_reported_by FOREIGN KEY(reported_by) REFERENCES officials (id),
	CONSTRAINT fk_duty_reports_corrects_id FOREIGN KEY(corrects_id) REFERENCES duty_reports (id)
);

CREATE INDEX ix_duty_reports_area_day ON duty_reports (area, day);

CREATE INDEX ix_duty_reports_resident_id ON duty_reports (resident_id);

CREATE INDEX ix_duty_reports_unit_id ON duty_reports (unit_id);

CREATE UNIQUE INDEX uq_duty_reports_live ON duty_reports (duty, bearer_id, day, slot) WHERE replaced_at is null;

CREATE TABLE key_populations (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	code TEXT NOT NULL,
	title TEXT NOT NULL,
	valid_from DATE NOT NULL,
	valid_to DATE,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	replaced_at TIMESTAMP WITH TIME ZONE,
	recorded_by UUID,
	CONSTRAINT pk_key_populations PRIMARY KEY (id),
	CONSTRAINT fk_key_populations_recorded_by FOREIGN KEY(recorded_by) REFERENCES officials (id)
);

CREATE INDEX ix_key_populations_area ON key_populations (area);

CREATE TABLE lead_lists (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	push TEXT NOT NULL,
	sender TEXT NOT NULL,
	pushed_by UUID,
	pushed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	rows INTEGER NOT NULL,
	rejected_sealed BYTEA,
	CONSTRAINT pk_lead_lists PRIMARY KEY (id),
	CONSTRAINT fk_lead_lists_pushed_by FOREIGN KEY(pushed_by) REFERENCES officials (id)
);

CREATE TABLE matters (
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	kind TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	pack_id TEXT NOT NULL,
	pack_version TEXT NOT NULL,
	teller TEXT NOT NULL,
	told_at TIMESTAMP WITH TIME ZONE NOT NULL,
	official_id UUID,
	teller_id UUID,
	unit_id UUID,
	resident_id UUID,
	told_sealed BYTEA,
	mark BYTEA,
	repeated BOOLEAN DEFAULT 'false' NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE,
	closed_at TIMESTAMP WITH TIME ZONE,
	closed_by UUID,
	outcome TEXT,
	CONSTRAINT pk_matters PRIMARY KEY (id),
	CONSTRAINT fk_matters_official_id FOREIGN KEY(official_id) REFERENCES officials (id),
	CONSTRAINT fk_matters_teller_id FOREIGN KEY(teller_id) REFERENCES residents (id),
	CONSTRAINT fk_matters_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_matters_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_matters_closed_by FOREIGN KEY(closed_by) REFERENCES officials (id)
);

CREATE INDEX ix_matters_area_told ON matters (area, told_at);

CREATE INDEX ix_matters_due ON matters (next_at) WHERE closed_at is null and next_at is not null;

CREATE INDEX ix_matters_mark ON matters (kind, mark) WHERE mark is not null;

CREATE INDEX ix_matters_resident_id ON matters (resident_id);

CREATE INDEX ix_matters_unit_id ON matters (unit_id);

CREATE TABLE occupations (
	resident_id UUID NOT NULL,
	occupation TEXT NOT NULL,
	recorded_by UUID,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT uq_occupations_resident_id_occupation UNIQUE (resident_id, occupation),
	CONSTRAINT fk_occupations_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_occupations_recorded_by FOREIGN KEY(recorded_by) REFERENCES officials (id)
);

CREATE TABLE plan_changes (
	id UUID NOT NULL,
	cause TEXT NOT NULL,
	activation_id UUID,
	follow_up_id UUID NOT NULL,
	resident_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	profile TEXT NOT NULL,
	pack_hash TEXT NOT NULL,
	outcome TEXT NOT NULL,
	why TEXT,
	moves JSONB NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	decision TEXT,
	decided_at TIMESTAMP WITH TIME ZONE,
	decided_by UUID,
	reason_sealed BYTEA,
	CONSTRAINT pk_plan_changes PRIMARY KEY (id),
	CONSTRAINT uq_plan_changes_cause_follow_up_id UNIQUE (cause, follow_up_id),
	CONSTRAINT fk_plan_changes_activation_id FOREIGN KEY(activation_id) REFERENCES pack_activations (id),
	CONSTRAINT fk_plan_changes_follow_up_id FOREIGN KEY(follow_up_id) REFERENCES follow_ups (id),
	CONSTRAINT fk_plan_changes_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_plan_changes_decided_by FOREIGN KEY(decided_by) REFERENCES officials (id)
);

CREATE INDEX ix_plan_changes_follow_up_id ON plan_changes (follow_up_id);

CREATE INDEX ix_plan_changes_open ON plan_changes (area) WHERE decision = 'open';

CREATE INDEX ix_plan_changes_resident_id ON plan_changes (resident_id);

CREATE TABLE posts (
	id UUID NOT NULL,
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	unit_id UUID,
	level TEXT,
	official_id UUID,
	deputy_id UUID,
	confirmed_at TIMESTAMP WITH TIME ZONE,
	named_at TIMESTAMP WITH TIME ZONE NOT NULL,
	named_by TEXT NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_posts PRIMARY KEY (id),
	CONSTRAINT fk_posts_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_posts_official_id FOREIGN KEY(official_id) REFERENCES officials (id),
	CONSTRAINT fk_posts_deputy_id FOREIGN KEY(deputy_id) REFERENCES officials (id)
);

CREATE INDEX ix_posts_area_kind ON posts (area, kind) WHERE ended_at is null;

CREATE INDEX ix_posts_unit ON posts (unit_id) WHERE ended_at is null and unit_id is not null;

CREATE TABLE register_entries (
	id UUID NOT NULL,
	register TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	unit_id UUID,
	unit_kind TEXT,
	stream TEXT,
	day DATE NOT NULL,
	count INTEGER DEFAULT '1' NOT NULL,
	person_index BYTEA,
	person_sealed BYTEA,
	body_sealed BYTEA,
	tested BOOLEAN DEFAULT 'false' NOT NULL,
	told BOOLEAN DEFAULT 'true' NOT NULL,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	recorded_by UUID,
	resolved_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_register_entries PRIMARY KEY (id),
	CONSTRAINT fk_register_entries_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_register_entries_recorded_by FOREIGN KEY(recorded_by) REFERENCES officials (id)
);

CREATE INDEX ix_register_entries_area_day ON register_entries (area, day);

CREATE INDEX ix_register_entries_open ON register_entries (unit_id, register) WHERE resolved_at is null;

CREATE INDEX ix_register_entries_person_index ON register_entries (person_index);

CREATE INDEX ix_register_entries_unit_id ON register_entries (unit_id);

CREATE TABLE risk_corrections (
	id UUID NOT NULL,
	place_id UUID NOT NULL,
	province TEXT NOT NULL,
	city TEXT NOT NULL,
	county TEXT NOT NULL,
	place TEXT NOT NULL,
	level TEXT NOT NULL,
	named TEXT COLLATE "C",
	area TEXT COLLATE "C",
	found BOOLEAN NOT NULL,
	places TEXT[] NOT NULL,
	reason TEXT NOT NULL,
	corrected_at TIMESTAMP WITH TIME ZONE NOT NULL,
	corrected_by UUID,
	published_at TIMESTAMP WITH TIME ZONE,
	published_by UUID,
	CONSTRAINT pk_risk_corrections PRIMARY KEY (id),
	CONSTRAINT fk_risk_corrections_corrected_by FOREIGN KEY(corrected_by) REFERENCES officials (id),
	CONSTRAINT fk_risk_corrections_published_by FOREIGN KEY(published_by) REFERENCES officials (id)
);

CREATE INDEX ix_risk_corrections_place_id ON risk_corrections (place_id);

CREATE TABLE testing_agencies (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	name_zh TEXT NOT NULL,
	name_en TEXT NOT NULL,
	address TEXT NOT NULL,
	hours TEXT NOT NULL,
	booking TEXT NOT NULL,
	fee TEXT NOT NULL,
	process TEXT NOT NULL,
	round_the_clock BOOLEAN NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	changed_by UUID,
	closed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_testing_agencies PRIMARY KEY (id),
	CONSTRAINT fk_testing_agencies_changed_by FOREIGN KEY(changed_by) REFERENCES officials (id)
);

CREATE INDEX ix_testing_agencies_area ON testing_agencies (area) WHERE closed_at is null;

CREATE TABLE transfers (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	follow_up_id UUID,
	transport TEXT NOT NULL,
	number_sealed BYTEA,
	arrived_at TIMESTAMP WITH TIME ZONE NOT NULL,
	allowed BOOLEAN NOT NULL,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	recorded_by UUID,
	CONSTRAINT pk_transfers PRIMARY KEY (id),
	CONSTRAINT fk_transfers_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_transfers_follow_up_id FOREIGN KEY(follow_up_id) REFERENCES follow_ups (id),
	CONSTRAINT fk_transfers_recorded_by FOREIGN KEY(recorded_by) REFERENCES officials (id)
);

CREATE INDEX ix_transfers_follow_up_id ON transfers (follow_up_id);

CREATE INDEX ix_transfers_resident_id ON transfers (resident_id);

CREATE TABLE vulnerable_people (
	resident_id UUID NOT NULL,
	groups_sealed BYTEA,
	registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
	registered_by UUID,
	CONSTRAINT pk_vulnerable_people PRIMARY KEY (resident_id),
	CONSTRAINT fk_vulnerable_people_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_vulnerable_people_registered_by FOREIGN KEY(registered_by) REFERENCES officials (id)
);

CREATE TABLE area_schedules (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	control_id UUID,
	resident_id UUID,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	facts JSONB NOT NULL,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE,
	cancelled_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_area_schedules PRIMARY KEY (id),
	CONSTRAINT fk_area_schedules_control_id FOREIGN KEY(control_id) REFERENCES controls (id),
	CONSTRAINT fk_area_schedules_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_area_schedules_area ON area_schedules (area);

CREATE INDEX ix_area_schedules_due ON area_schedules (due_at) WHERE cancelled_at is null and due_at is not null;

CREATE UNIQUE INDEX uq_area_schedules_standing ON area_schedules (kind, subject) WHERE cancelled_at is null;

CREATE TABLE contacts (
	id UUID NOT NULL,
	case_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	resident_id UUID,
	person_sealed BYTEA,
	phone_index BYTEA,
	id_number_index BYTEA,
	provisional TEXT NOT NULL,
	decided_as TEXT,
	decided_at TIMESTAMP WITH TIME ZONE,
	decided_by UUID,
	evidence_sealed BYTEA,
	last_exposure_at TIMESTAMP WITH TIME ZONE,
	listed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	traced_at TIMESTAMP WITH TIME ZONE,
	isolated_at TIMESTAMP WITH TIME ZONE,
	tested_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_contacts PRIMARY KEY (id),
	CONSTRAINT fk_contacts_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
	CONSTRAINT fk_contacts_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_contacts_decided_by FOREIGN KEY(decided_by) REFERENCES officials (id)
);

CREATE INDEX ix_contacts_area ON contacts (area);

CREATE INDEX ix_contacts_case_id ON contacts (case_id);

CREATE INDEX ix_contacts_resident_id ON contacts (resident_id);

CREATE TABLE control_events (
	id UUID NOT NULL,
	control_id UUID,
	area TEXT COLLATE "C" NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	kind TEXT NOT NULL,
	official_id UUID,
	facts JSONB NOT NULL,
	CONSTRAINT pk_control_events PRIMARY KEY (id),
	CONSTRAINT fk_control_events_control_id FOREIGN KEY(control_id) REFERENCES controls (id),
	CONSTRAINT fk_control_events_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE INDEX ix_control_events_area ON control_events (area);

CREATE INDEX ix_control_events_control_id ON control_events (control_id);

CREATE TABLE control_waves (
	id UUID NOT NULL,
	control_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	purpose TEXT NOT NULL,
	audience TEXT NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	sent_at TIMESTAMP WITH TIME ZONE,
	people INTEGER,
	CONSTRAINT pk_control_waves PRIMARY KEY (id),
	CONSTRAINT uq_control_waves_control_id_purpose_audience UNIQUE (control_id, purpose, audience),
	CONSTRAINT fk_control_waves_control_id FOREIGN KEY(control_id) REFERENCES controls (id)
);

CREATE INDEX ix_control_waves_control_id ON control_waves (control_id);

CREATE INDEX ix_control_waves_due ON control_waves (due_at) WHERE sent_at is null;

CREATE TABLE exit_permits (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	control_id UUID NOT NULL,
	reason_sealed BYTEA,
	state TEXT NOT NULL,
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	decided_at TIMESTAMP WITH TIME ZONE,
	decided_by UUID,
	valid_to TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_exit_permits PRIMARY KEY (id),
	CONSTRAINT fk_exit_permits_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_exit_permits_control_id FOREIGN KEY(control_id) REFERENCES controls (id),
	CONSTRAINT fk_exit_permits_decided_by FOREIGN KEY(decided_by) REFERENCES officials (id)
);

CREATE INDEX ix_exit_permits_control_id ON exit_permits (control_id);

CREATE INDEX ix_exit_permits_resident_id ON exit_permits (resident_id);

CREATE TABLE leads (
	id UUID NOT NULL,
	list_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	resident_id UUID,
	push TEXT NOT NULL,
	rule TEXT NOT NULL,
	pack_id TEXT NOT NULL,
	pack_version TEXT NOT NULL,
	pack_overlays TEXT[] DEFAULT '{}' NOT NULL,
	sender TEXT NOT NULL,
	hukou TEXT,
	person_sealed BYTEA,
	phone_index BYTEA,
	id_number_index BYTEA,
	rules TEXT[] NOT NULL,
	ladder JSONB NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	pushed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE,
	watch_at TIMESTAMP WITH TIME ZONE,
	watched_at TIMESTAMP WITH TIME ZONE,
	state TEXT NOT NULL,
	steps JSONB NOT NULL,
	outcome TEXT,
	outcome_at TIMESTAMP WITH TIME ZONE,
	outcome_by UUID,
	note_sealed BYTEA,
	feedback_at TIMESTAMP WITH TIME ZONE,
	closed_at TIMESTAMP WITH TIME ZONE,
	named_again INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_leads PRIMARY KEY (id),
	CONSTRAINT fk_leads_list_id FOREIGN KEY(list_id) REFERENCES lead_lists (id),
	CONSTRAINT fk_leads_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_leads_outcome_by FOREIGN KEY(outcome_by) REFERENCES officials (id)
);

CREATE INDEX ix_leads_area_state ON leads (area, state);

CREATE INDEX ix_leads_id_number_index ON leads (id_number_index) WHERE state = 'open';

CREATE INDEX ix_leads_list_id ON leads (list_id);

CREATE INDEX ix_leads_phone_index ON leads (phone_index) WHERE state = 'open';

CREATE INDEX ix_leads_resident_id ON leads (resident_id);

CREATE INDEX ix_leads_watch ON leads (watch_at) WHERE state = 'open' and watched_at is null;

CREATE TABLE matter_steps (
	matter_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	key TEXT NOT NULL,
	position INTEGER NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE,
	taken_at TIMESTAMP WITH TIME ZONE,
	taken_by UUID,
	owner_id UUID,
	missed_at TIMESTAMP WITH TIME ZONE,
	note_sealed BYTEA,
	CONSTRAINT uq_matter_steps_matter_id_key UNIQUE (matter_id, key),
	CONSTRAINT fk_matter_steps_matter_id FOREIGN KEY(matter_id) REFERENCES matters (id),
	CONSTRAINT fk_matter_steps_taken_by FOREIGN KEY(taken_by) REFERENCES officials (id),
	CONSTRAINT fk_matter_steps_owner_id FOREIGN KEY(owner_id) REFERENCES officials (id)
);

CREATE TABLE visited_places (
	id UUID NOT NULL,
	case_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	visited_on DATE NOT NULL,
	place_sealed BYTEA,
	disinfected_at TIMESTAMP WITH TIME ZONE,
	sampled_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_visited_places PRIMARY KEY (id),
	CONSTRAINT fk_visited_places_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);

CREATE INDEX ix_visited_places_case_id ON visited_places (case_id);

CREATE TABLE welfare_checks (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	schedule_id UUID NOT NULL,
	day DATE NOT NULL,
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	answered_at TIMESTAMP WITH TIME ZONE,
	answer TEXT,
	CONSTRAINT pk_welfare_checks PRIMARY KEY (id),
	CONSTRAINT uq_welfare_checks_resident_id_day UNIQUE (resident_id, day),
	CONSTRAINT fk_welfare_checks_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_welfare_checks_schedule_id FOREIGN KEY(schedule_id) REFERENCES area_schedules (id)
);

CREATE INDEX ix_welfare_checks_resident_id ON welfare_checks (resident_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_rounds TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_rounds TO shaodian_work;

ALTER TABLE duty_rounds ENABLE ROW LEVEL SECURITY;

ALTER TABLE duty_rounds FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON duty_rounds TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)));

CREATE POLICY work ON duty_rounds TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON pack_versions TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON pack_versions TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON standing_measures TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON standing_measures TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON clocks TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON clocks TO shaodian_work;

ALTER TABLE clocks ENABLE ROW LEVEL SECURITY;

ALTER TABLE clocks FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON clocks TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = clocks.resident_id) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)))) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = clocks.resident_id) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))));

CREATE POLICY work ON clocks TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON declared TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON declared TO shaodian_work;

ALTER TABLE declared ENABLE ROW LEVEL SECURITY;

ALTER TABLE declared FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON declared TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = declared.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = declared.resident_id));

CREATE POLICY work ON declared TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_bearers TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_bearers TO shaodian_work;

ALTER TABLE duty_bearers ENABLE ROW LEVEL SECURITY;

ALTER TABLE duty_bearers FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON duty_bearers TO shaodian_app USING ((resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) OR (resident_id IS NOT NULL AND EXISTS (SELECT 1 FROM residents r WHERE r.id = duty_bearers.resident_id))) WITH CHECK ((resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) OR (resident_id IS NOT NULL AND EXISTS (SELECT 1 FROM residents r WHERE r.id = duty_bearers.resident_id)));

CREATE POLICY work ON duty_bearers TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON applications TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON applications TO shaodian_work;

ALTER TABLE applications ENABLE ROW LEVEL SECURITY;

ALTER TABLE applications FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON applications TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])));

CREATE POLICY work ON applications TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON area_levels TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON area_levels TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON cases TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON cases TO shaodian_work;

ALTER TABLE cases ENABLE ROW LEVEL SECURITY;

ALTER TABLE cases FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON cases TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])));

CREATE POLICY work ON cases TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON controls TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON controls TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_dates TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_dates TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_reports TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_reports TO shaodian_work;

ALTER TABLE duty_reports ENABLE ROW LEVEL SECURITY;

ALTER TABLE duty_reports FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON duty_reports TO shaodian_app USING ((resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) OR (resident_id IS NOT NULL AND EXISTS (SELECT 1 FROM residents r WHERE r.id = duty_reports.resident_id))) WITH CHECK ((resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) OR (resident_id IS NOT NULL AND EXISTS (SELECT 1 FROM residents r WHERE r.id = duty_reports.resident_id)));

CREATE POLICY work ON duty_reports TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON key_populations TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON key_populations TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON lead_lists TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON lead_lists TO shaodian_work;

ALTER TABLE lead_lists ENABLE ROW LEVEL SECURITY;

ALTER TABLE lead_lists FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON lead_lists TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)));

CREATE POLICY work ON lead_lists TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON matters TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON matters TO shaodian_work;

ALTER TABLE matters ENABLE ROW LEVEL SECURITY;

ALTER TABLE matters FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON matters TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])));

CREATE POLICY work ON matters TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON occupations TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON occupations TO shaodian_work;

ALTER TABLE occupations ENABLE ROW LEVEL SECURITY;

ALTER TABLE occupations FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON occupations TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = occupations.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = occupations.resident_id));

CREATE POLICY work ON occupations TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON plan_changes TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON plan_changes TO shaodian_work;

ALTER TABLE plan_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE plan_changes FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON plan_changes TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = plan_changes.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = plan_changes.resident_id));

CREATE POLICY work ON plan_changes TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON posts TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON posts TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON register_entries TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON register_entries TO shaodian_work;

ALTER TABLE register_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE register_entries FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON register_entries TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])));

CREATE POLICY work ON register_entries TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON risk_corrections TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON risk_corrections TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON testing_agencies TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON testing_agencies TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON transfers TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON transfers TO shaodian_work;

ALTER TABLE transfers ENABLE ROW LEVEL SECURITY;

ALTER TABLE transfers FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON transfers TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = transfers.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = transfers.resident_id));

CREATE POLICY work ON transfers TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON vulnerable_people TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON vulnerable_people TO shaodian_work;

ALTER TABLE vulnerable_people ENABLE ROW LEVEL SECURITY;

ALTER TABLE vulnerable_people FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON vulnerable_people TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = vulnerable_people.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = vulnerable_people.resident_id));

CREATE POLICY work ON vulnerable_people TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON area_schedules TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON area_schedules TO shaodian_work;

ALTER TABLE area_schedules ENABLE ROW LEVEL SECURITY;

ALTER TABLE area_schedules FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON area_schedules TO shaodian_app USING (resident_id IS NULL OR EXISTS (SELECT 1 FROM residents r WHERE r.id = area_schedules.resident_id)) WITH CHECK (resident_id IS NULL OR EXISTS (SELECT 1 FROM residents r WHERE r.id = area_schedules.resident_id));

CREATE POLICY work ON area_schedules TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON contacts TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON contacts TO shaodian_work;

ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE contacts FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON contacts TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])));

CREATE POLICY work ON contacts TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON control_events TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON control_events TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON control_waves TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON control_waves TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON exit_permits TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON exit_permits TO shaodian_work;

ALTER TABLE exit_permits ENABLE ROW LEVEL SECURITY;

ALTER TABLE exit_permits FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON exit_permits TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = exit_permits.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = exit_permits.resident_id));

CREATE POLICY work ON exit_permits TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON leads TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON leads TO shaodian_work;

ALTER TABLE leads ENABLE ROW LEVEL SECURITY;

ALTER TABLE leads FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON leads TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])));

CREATE POLICY work ON leads TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON matter_steps TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON matter_steps TO shaodian_work;

ALTER TABLE matter_steps ENABLE ROW LEVEL SECURITY;

ALTER TABLE matter_steps FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON matter_steps TO shaodian_app USING (EXISTS (SELECT 1 FROM matters m WHERE m.id = matter_steps.matter_id)) WITH CHECK (EXISTS (SELECT 1 FROM matters m WHERE m.id = matter_steps.matter_id));

CREATE POLICY work ON matter_steps TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON visited_places TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON visited_places TO shaodian_work;

ALTER TABLE visited_places ENABLE ROW LEVEL SECURITY;

ALTER TABLE visited_places FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON visited_places TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)));

CREATE POLICY work ON visited_places TO shaodian_work USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON welfare_checks TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON welfare_checks TO shaodian_work;

ALTER TABLE welfare_checks ENABLE ROW LEVEL SECURITY;

ALTER TABLE welfare_checks FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON welfare_checks TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = welfare_checks.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = welfare_checks.resident_id));

CREATE POLICY work ON welfare_checks TO shaodian_work USING (true) WITH CHECK (true);
