-- The first schema: every table, and the walls around it. Statements end with a semicolon at the end of a line.

CREATE TABLE api_tokens (
	id UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_api_tokens PRIMARY KEY (id),
	CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
);

CREATE TABLE audit (
	number BIGSERIAL NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	object_kind TEXT NOT NULL,
	object_id TEXT NOT NULL,
	facts JSONB NOT NULL,
	seal BYTEA,
	CONSTRAINT pk_audit PRIMARY KEY (number)
);

CREATE INDEX ix_audit_object ON audit (object_kind, object_id);

CREATE INDEX ix_audit_unsealed ON audit (number) WHERE seal is null;

CREATE TABLE audit_seals (
	position BIGSERIAL NOT NULL,
	number BIGINT NOT NULL,
	seal BYTEA NOT NULL,
	purged_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_audit_seals PRIMARY KEY (position),
	CONSTRAINT uq_audit_seals_number UNIQUE (number)
);

CREATE TABLE drafts (
	chat TEXT NOT NULL,
	blob BYTEA NOT NULL,
	saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_drafts PRIMARY KEY (chat)
);

CREATE TABLE heartbeats (
	process TEXT NOT NULL,
	clock_at TIMESTAMP WITH TIME ZONE NOT NULL,
	lag_seconds INTEGER DEFAULT '0' NOT NULL,
	facts JSONB NOT NULL,
	CONSTRAINT pk_heartbeats PRIMARY KEY (process)
);

CREATE TABLE idempotency_keys (
	caller TEXT NOT NULL,
	key TEXT NOT NULL,
	body_hash BYTEA NOT NULL,
	status INTEGER,
	answer_sealed BYTEA,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT uq_idempotency_keys_caller_key UNIQUE (caller, key)
);

CREATE TABLE pack_activations (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	pack_id TEXT NOT NULL,
	pack_version TEXT NOT NULL,
	overlay JSONB NOT NULL,
	effective_from DATE NOT NULL,
	activated_at TIMESTAMP WITH TIME ZONE NOT NULL,
	activated_by TEXT NOT NULL,
	accepted_off TEXT[] DEFAULT '{}' NOT NULL,
	CONSTRAINT pk_pack_activations PRIMARY KEY (id)
);

CREATE TABLE residents (
	id UUID NOT NULL,
	language TEXT NOT NULL,
	consent_version TEXT,
	consented_at TIMESTAMP WITH TIME ZONE,
	managing_area TEXT COLLATE "C",
	present_area TEXT COLLATE "C",
	home_area TEXT COLLATE "C",
	grid TEXT,
	data_key BYTEA,
	data_key_id TEXT NOT NULL,
	name_sealed BYTEA,
	phone_sealed BYTEA,
	id_number_sealed BYTEA,
	address_sealed BYTEA,
	employer_sealed BYTEA,
	birth_year INTEGER,
	phone_index BYTEA,
	id_number_index BYTEA,
	stopped BOOLEAN DEFAULT 'false' NOT NULL,
	legal_hold TEXT,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	erased_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_residents PRIMARY KEY (id)
);

CREATE INDEX ix_residents_home_area ON residents (home_area);

CREATE INDEX ix_residents_id_number_index ON residents (id_number_index);

CREATE INDEX ix_residents_managing_area ON residents (managing_area);

CREATE INDEX ix_residents_phone_index ON residents (phone_index);

CREATE INDEX ix_residents_present_area ON residents (present_area);

CREATE TABLE settings_kept (
	name TEXT NOT NULL,
	value JSONB NOT NULL,
	CONSTRAINT pk_settings_kept PRIMARY KEY (name)
);

CREATE TABLE units (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	key TEXT NOT NULL,
	name TEXT NOT NULL,
	aliases TEXT[] DEFAULT '{}' NOT NULL,
	kind TEXT DEFAULT 'office' NOT NULL,
	CONSTRAINT pk_units PRIMARY KEY (id),
	CONSTRAINT uq_units_area_key UNIQUE (area, key)
);

CREATE TABLE family_members (
	guardian_id UUID NOT NULL,
	resident_id UUID NOT NULL,
	relation TEXT NOT NULL,
	CONSTRAINT uq_family_members_guardian_id_resident_id UNIQUE (guardian_id, resident_id),
	CONSTRAINT fk_family_members_guardian_id FOREIGN KEY(guardian_id) REFERENCES residents (id),
	CONSTRAINT fk_family_members_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_family_members_resident_id ON family_members (resident_id);

CREATE TABLE follow_ups (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	profile TEXT NOT NULL,
	pack_id TEXT NOT NULL,
	pack_version TEXT NOT NULL,
	state TEXT NOT NULL,
	pack_overlays TEXT[] DEFAULT '{}' NOT NULL,
	anchors JSONB NOT NULL,
	periods JSONB NOT NULL,
	sources TEXT[] DEFAULT '{}' NOT NULL,
	holds TEXT[] DEFAULT '{}' NOT NULL,
	started_by TEXT NOT NULL,
	reason_sealed BYTEA,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	source_key TEXT,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	confirmed_at TIMESTAMP WITH TIME ZONE,
	closes_at TIMESTAMP WITH TIME ZONE,
	closed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_follow_ups PRIMARY KEY (id),
	CONSTRAINT fk_follow_ups_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_follow_ups_closes ON follow_ups (closes_at) WHERE closed_at is null and closes_at is not null;

CREATE INDEX ix_follow_ups_resident_id ON follow_ups (resident_id);

CREATE UNIQUE INDEX uq_follow_ups_source ON follow_ups (resident_id, profile, source_key) WHERE state <> 'withdrawn' and source_key is not null;

CREATE TABLE group_members (
	group_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	CONSTRAINT uq_group_members_group_id_unit_id UNIQUE (group_id, unit_id),
	CONSTRAINT fk_group_members_group_id FOREIGN KEY(group_id) REFERENCES units (id),
	CONSTRAINT fk_group_members_unit_id FOREIGN KEY(unit_id) REFERENCES units (id)
);

CREATE INDEX ix_group_members_unit_id ON group_members (unit_id);

CREATE TABLE officials (
	id UUID NOT NULL,
	name TEXT NOT NULL,
	language TEXT DEFAULT 'zh_Hans_CN' NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	roles TEXT[] NOT NULL,
	unit_id UUID,
	password_hash TEXT,
	totp_sealed BYTEA,
	oidc_subject BYTEA,
	active BOOLEAN DEFAULT 'true' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_officials PRIMARY KEY (id),
	CONSTRAINT fk_officials_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT uq_officials_oidc_subject UNIQUE (oidc_subject)
);

CREATE TABLE reminders (
	id UUID NOT NULL,
	subject_kind TEXT NOT NULL,
	subject_id UUID NOT NULL,
	resident_id UUID,
	area TEXT COLLATE "C",
	slot TEXT NOT NULL,
	template TEXT NOT NULL,
	recipients JSONB,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	state TEXT DEFAULT 'pending' NOT NULL,
	fired_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_reminders PRIMARY KEY (id),
	CONSTRAINT uq_reminders_subject_kind_subject_id_slot UNIQUE (subject_kind, subject_id, slot),
	CONSTRAINT fk_reminders_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_reminders_due ON reminders (due_at) WHERE state = 'pending';

CREATE INDEX ix_reminders_resident_id ON reminders (resident_id);

CREATE INDEX ix_reminders_subject_id ON reminders (subject_id);

CREATE TABLE results (
	id UUID NOT NULL,
	resident_id UUID,
	area TEXT COLLATE "C",
	status TEXT NOT NULL,
	test TEXT NOT NULL,
	sampled_at TIMESTAMP WITH TIME ZONE NOT NULL,
	site TEXT NOT NULL,
	value_sealed BYTEA,
	person_sealed BYTEA,
	resulted_at TIMESTAMP WITH TIME ZONE,
	source TEXT NOT NULL,
	matched_by TEXT,
	refused TEXT,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_results PRIMARY KEY (id),
	CONSTRAINT uq_results_resident_id_test_sampled_at_status UNIQUE (resident_id, test, sampled_at, status),
	CONSTRAINT fk_results_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_results_resident_id ON results (resident_id);

CREATE TABLE unit_members (
	unit_id UUID NOT NULL,
	resident_id UUID NOT NULL,
	CONSTRAINT uq_unit_members_unit_id_resident_id UNIQUE (unit_id, resident_id),
	CONSTRAINT fk_unit_members_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_unit_members_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_unit_members_resident_id ON unit_members (resident_id);

CREATE TABLE addresses (
	id UUID NOT NULL,
	channel TEXT NOT NULL,
	handle TEXT NOT NULL,
	resident_id UUID,
	official_id UUID,
	state TEXT DEFAULT 'active' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_addresses PRIMARY KEY (id),
	CONSTRAINT uq_addresses_channel_handle UNIQUE (channel, handle),
	CONSTRAINT fk_addresses_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_addresses_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE INDEX ix_addresses_official_id ON addresses (official_id);

CREATE INDEX ix_addresses_resident_id ON addresses (resident_id);

CREATE TABLE alerts (
	id UUID NOT NULL,
	kind TEXT NOT NULL,
	severity TEXT NOT NULL,
	status TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	resident_id UUID,
	subject_kind TEXT NOT NULL,
	subject_id UUID,
	dedup_key TEXT NOT NULL,
	template TEXT NOT NULL,
	facts JSONB NOT NULL,
	evidence_sealed BYTEA,
	rules TEXT[] DEFAULT '{}' NOT NULL,
	policy_code TEXT NOT NULL,
	ladder JSONB NOT NULL,
	repeat_every_seconds INTEGER,
	resolve_seconds INTEGER NOT NULL,
	ignores_quiet_hours BOOLEAN DEFAULT 'false' NOT NULL,
	told INTEGER DEFAULT '0' NOT NULL,
	round INTEGER DEFAULT '0' NOT NULL,
	raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
	next_step_at TIMESTAMP WITH TIME ZONE,
	acknowledged_at TIMESTAMP WITH TIME ZONE,
	acknowledged_by UUID,
	assigned_to UUID,
	resolve_due_at TIMESTAMP WITH TIME ZONE,
	asked_again_at TIMESTAMP WITH TIME ZONE,
	resolved_at TIMESTAMP WITH TIME ZONE,
	resolved_by UUID,
	outcome TEXT,
	CONSTRAINT pk_alerts PRIMARY KEY (id),
	CONSTRAINT uq_alerts_dedup_key UNIQUE (dedup_key),
	CONSTRAINT fk_alerts_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_alerts_acknowledged_by FOREIGN KEY(acknowledged_by) REFERENCES officials (id),
	CONSTRAINT fk_alerts_assigned_to FOREIGN KEY(assigned_to) REFERENCES officials (id),
	CONSTRAINT fk_alerts_resolved_by FOREIGN KEY(resolved_by) REFERENCES officials (id)
);

CREATE INDEX ix_alerts_area ON alerts (area);

CREATE INDEX ix_alerts_next_step ON alerts (next_step_at) WHERE status <> 'resolved';

CREATE INDEX ix_alerts_resident_id ON alerts (resident_id);

CREATE TABLE broadcasts (
	id UUID NOT NULL,
	title TEXT NOT NULL,
	template TEXT NOT NULL,
	content JSONB NOT NULL,
	audience JSONB NOT NULL,
	state TEXT NOT NULL,
	content_hash TEXT NOT NULL,
	risk_list_id UUID,
	area TEXT COLLATE "C" NOT NULL,
	created_by UUID,
	approved_by UUID,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	approved_at TIMESTAMP WITH TIME ZONE,
	finished_at TIMESTAMP WITH TIME ZONE,
	cursor UUID,
	snapshot INTEGER,
	CONSTRAINT pk_broadcasts PRIMARY KEY (id),
	CONSTRAINT fk_broadcasts_created_by FOREIGN KEY(created_by) REFERENCES officials (id),
	CONSTRAINT fk_broadcasts_approved_by FOREIGN KEY(approved_by) REFERENCES officials (id)
);

CREATE TABLE checklists (
	id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	title TEXT NOT NULL,
	issuer TEXT,
	issued_on DATE,
	source_hash TEXT,
	not_understood JSONB NOT NULL,
	imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	imported_by UUID,
	CONSTRAINT pk_checklists PRIMARY KEY (id),
	CONSTRAINT uq_checklists_area_source_hash UNIQUE (area, source_hash),
	CONSTRAINT fk_checklists_imported_by FOREIGN KEY(imported_by) REFERENCES officials (id)
);

CREATE TABLE invitations (
	id UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	name TEXT NOT NULL,
	roles TEXT[] NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	unit_id UUID,
	invited_by UUID,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	used_by UUID,
	CONSTRAINT pk_invitations PRIMARY KEY (id),
	CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash),
	CONSTRAINT fk_invitations_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_invitations_invited_by FOREIGN KEY(invited_by) REFERENCES officials (id),
	CONSTRAINT fk_invitations_used_by FOREIGN KEY(used_by) REFERENCES officials (id)
);

CREATE TABLE login_links (
	id UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	official_id UUID NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_login_links PRIMARY KEY (id),
	CONSTRAINT uq_login_links_token_hash UNIQUE (token_hash),
	CONSTRAINT fk_login_links_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE TABLE outbreaks (
	id UUID NOT NULL,
	outbreak_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	name TEXT NOT NULL,
	first_case_on DATE NOT NULL,
	last_case_on DATE NOT NULL,
	source TEXT NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	replaced_at TIMESTAMP WITH TIME ZONE,
	recorded_by UUID,
	CONSTRAINT pk_outbreaks PRIMARY KEY (id),
	CONSTRAINT fk_outbreaks_recorded_by FOREIGN KEY(recorded_by) REFERENCES officials (id)
);

CREATE INDEX ix_outbreaks_area ON outbreaks (area);

CREATE INDEX ix_outbreaks_outbreak_id ON outbreaks (outbreak_id);

CREATE TABLE plan_items (
	id UUID NOT NULL,
	follow_up_id UUID NOT NULL,
	resident_id UUID NOT NULL,
	key TEXT NOT NULL,
	kind TEXT NOT NULL,
	test TEXT,
	opens_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE,
	rules TEXT[] NOT NULL,
	assumes TEXT[] DEFAULT '{}' NOT NULL,
	ladder JSONB NOT NULL,
	watch_at TIMESTAMP WITH TIME ZONE,
	watched_at TIMESTAMP WITH TIME ZONE,
	waits BOOLEAN DEFAULT 'false' NOT NULL,
	state TEXT NOT NULL,
	done_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_plan_items PRIMARY KEY (id),
	CONSTRAINT uq_plan_items_follow_up_id_key UNIQUE (follow_up_id, key),
	CONSTRAINT fk_plan_items_follow_up_id FOREIGN KEY(follow_up_id) REFERENCES follow_ups (id),
	CONSTRAINT fk_plan_items_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_plan_items_follow_up_id ON plan_items (follow_up_id);

CREATE INDEX ix_plan_items_resident_id ON plan_items (resident_id);

CREATE INDEX ix_plan_items_watch ON plan_items (watch_at) WHERE state = 'pending' and watched_at is null;

CREATE TABLE risk_lists (
	id UUID NOT NULL,
	number INTEGER NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	source_name TEXT NOT NULL,
	source_hash TEXT NOT NULL,
	label TEXT,
	state TEXT NOT NULL,
	warnings JSONB NOT NULL,
	imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	imported_by UUID,
	confirmed_at TIMESTAMP WITH TIME ZONE,
	confirmed_by UUID,
	valid_from TIMESTAMP WITH TIME ZONE,
	compared_with UUID,
	published_at TIMESTAMP WITH TIME ZONE,
	published_by UUID,
	rejected_at TIMESTAMP WITH TIME ZONE,
	rejected_by UUID,
	CONSTRAINT pk_risk_lists PRIMARY KEY (id),
	CONSTRAINT uq_risk_lists_number UNIQUE (number),
	CONSTRAINT fk_risk_lists_imported_by FOREIGN KEY(imported_by) REFERENCES officials (id),
	CONSTRAINT fk_risk_lists_confirmed_by FOREIGN KEY(confirmed_by) REFERENCES officials (id),
	CONSTRAINT fk_risk_lists_published_by FOREIGN KEY(published_by) REFERENCES officials (id),
	CONSTRAINT fk_risk_lists_rejected_by FOREIGN KEY(rejected_by) REFERENCES officials (id)
);

CREATE INDEX ix_risk_lists_source_hash ON risk_lists (source_hash);

CREATE TABLE sessions (
	id UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	official_id UUID NOT NULL,
	csrf TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_sessions PRIMARY KEY (id),
	CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash),
	CONSTRAINT fk_sessions_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE TABLE shifts (
	id UUID NOT NULL,
	role TEXT NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	unit_id UUID,
	official_id UUID NOT NULL,
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ends_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_shifts PRIMARY KEY (id),
	CONSTRAINT fk_shifts_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_shifts_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE INDEX ix_shifts_role_area ON shifts (role, area);

CREATE TABLE alert_events (
	id UUID NOT NULL,
	alert_id UUID NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	kind TEXT NOT NULL,
	official_id UUID,
	facts JSONB NOT NULL,
	text_sealed BYTEA,
	position BIGINT NOT NULL,
	CONSTRAINT pk_alert_events PRIMARY KEY (id),
	CONSTRAINT fk_alert_events_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id),
	CONSTRAINT fk_alert_events_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE INDEX ix_alert_events_alert_id ON alert_events (alert_id);

CREATE TABLE checklist_items (
	id UUID NOT NULL,
	checklist_id UUID NOT NULL,
	area TEXT COLLATE "C" NOT NULL,
	item_no TEXT NOT NULL,
	section TEXT NOT NULL,
	title TEXT NOT NULL,
	task TEXT NOT NULL,
	units JSONB NOT NULL,
	nested JSONB NOT NULL,
	deadline_kind TEXT,
	deadline_text TEXT,
	deadline_on DATE,
	due_at TIMESTAMP WITH TIME ZONE,
	due_on_issue BOOLEAN DEFAULT 'false' NOT NULL,
	coordinator_id UUID,
	position INTEGER NOT NULL,
	CONSTRAINT pk_checklist_items PRIMARY KEY (id),
	CONSTRAINT uq_checklist_items_checklist_id_item_no UNIQUE (checklist_id, item_no),
	CONSTRAINT fk_checklist_items_checklist_id FOREIGN KEY(checklist_id) REFERENCES checklists (id),
	CONSTRAINT fk_checklist_items_coordinator_id FOREIGN KEY(coordinator_id) REFERENCES units (id)
);

CREATE INDEX ix_checklist_items_checklist_id ON checklist_items (checklist_id);

CREATE TABLE messages (
	id UUID NOT NULL,
	template TEXT NOT NULL,
	lane TEXT NOT NULL,
	resident_id UUID,
	official_id UUID,
	alert_id UUID,
	broadcast_id UUID,
	language TEXT NOT NULL,
	dedup_key TEXT,
	values_sealed BYTEA,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_messages PRIMARY KEY (id),
	CONSTRAINT uq_messages_dedup_key UNIQUE (dedup_key),
	CONSTRAINT fk_messages_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_messages_official_id FOREIGN KEY(official_id) REFERENCES officials (id),
	CONSTRAINT fk_messages_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id)
);

CREATE INDEX ix_messages_broadcast_id ON messages (broadcast_id);

CREATE INDEX ix_messages_official_id ON messages (official_id) WHERE official_id is not null;

CREATE INDEX ix_messages_resident_id ON messages (resident_id);

CREATE TABLE reports (
	id UUID NOT NULL,
	reference TEXT NOT NULL,
	resident_id UUID NOT NULL,
	address_id UUID,
	reporter_id UUID,
	kind TEXT NOT NULL,
	form_version INTEGER NOT NULL,
	instance_id UUID NOT NULL,
	body_sealed BYTEA,
	outcome_sealed BYTEA,
	corrects_id UUID,
	reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_reports PRIMARY KEY (id),
	CONSTRAINT uq_reports_address_id_instance_id UNIQUE (address_id, instance_id),
	CONSTRAINT fk_reports_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_reports_address_id FOREIGN KEY(address_id) REFERENCES addresses (id),
	CONSTRAINT fk_reports_corrects_id FOREIGN KEY(corrects_id) REFERENCES reports (id)
);

CREATE INDEX ix_reports_resident_id ON reports (resident_id);

CREATE TABLE risk_entries (
	id UUID NOT NULL,
	risk_list_id UUID NOT NULL,
	province TEXT NOT NULL,
	city TEXT NOT NULL,
	county TEXT NOT NULL,
	place TEXT NOT NULL,
	level TEXT NOT NULL,
	named TEXT COLLATE "C",
	area TEXT COLLATE "C",
	found BOOLEAN NOT NULL,
	places TEXT[] NOT NULL,
	position INTEGER NOT NULL,
	CONSTRAINT pk_risk_entries PRIMARY KEY (id),
	CONSTRAINT uq_risk_entries_risk_list_id_province_city_county_place UNIQUE (risk_list_id, province, city, county, place),
	CONSTRAINT fk_risk_entries_risk_list_id FOREIGN KEY(risk_list_id) REFERENCES risk_lists (id)
);

CREATE INDEX ix_risk_entries_risk_list_id ON risk_entries (risk_list_id);

CREATE TABLE risk_spells (
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
	valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
	valid_to TIMESTAMP WITH TIME ZONE,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	replaced_at TIMESTAMP WITH TIME ZONE,
	opened_by_list UUID NOT NULL,
	closed_by_list UUID,
	CONSTRAINT pk_risk_spells PRIMARY KEY (id),
	CONSTRAINT fk_risk_spells_opened_by_list FOREIGN KEY(opened_by_list) REFERENCES risk_lists (id)
);

CREATE INDEX ix_risk_spells_area ON risk_spells (area);

CREATE INDEX ix_risk_spells_place_id ON risk_spells (place_id);

CREATE TABLE rungs (
	alert_id UUID NOT NULL,
	step INTEGER NOT NULL,
	round INTEGER NOT NULL,
	fired_at TIMESTAMP WITH TIME ZONE NOT NULL,
	told INTEGER NOT NULL,
	CONSTRAINT uq_rungs_alert_id_step_round UNIQUE (alert_id, step, round),
	CONSTRAINT fk_rungs_alert_id FOREIGN KEY(alert_id) REFERENCES alerts (id)
);

CREATE TABLE arrivals (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	report_id UUID NOT NULL,
	origin_area TEXT COLLATE "C",
	origin_country TEXT,
	destination_area TEXT COLLATE "C",
	arrives_at TIMESTAMP WITH TIME ZONE NOT NULL,
	declared_at TIMESTAMP WITH TIME ZONE NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	late_days INTEGER DEFAULT '0' NOT NULL,
	arrived_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_arrivals PRIMARY KEY (id),
	CONSTRAINT fk_arrivals_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_arrivals_report_id FOREIGN KEY(report_id) REFERENCES reports (id)
);

CREATE INDEX ix_arrivals_resident_id ON arrivals (resident_id);

CREATE TABLE assignments (
	id UUID NOT NULL,
	item_id UUID NOT NULL,
	unit_id UUID NOT NULL,
	keeper_id UUID,
	area TEXT COLLATE "C" NOT NULL,
	key TEXT NOT NULL,
	"order" INTEGER NOT NULL,
	role TEXT NOT NULL,
	places TEXT[] DEFAULT '{}' NOT NULL,
	awaits_members BOOLEAN DEFAULT 'false' NOT NULL,
	done_at TIMESTAMP WITH TIME ZONE,
	done_by UUID,
	note_sealed BYTEA,
	CONSTRAINT pk_assignments PRIMARY KEY (id),
	CONSTRAINT uq_assignments_item_id_unit_id UNIQUE (item_id, unit_id),
	CONSTRAINT fk_assignments_item_id FOREIGN KEY(item_id) REFERENCES checklist_items (id),
	CONSTRAINT fk_assignments_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_assignments_keeper_id FOREIGN KEY(keeper_id) REFERENCES units (id),
	CONSTRAINT fk_assignments_done_by FOREIGN KEY(done_by) REFERENCES officials (id)
);

CREATE INDEX ix_assignments_item_id ON assignments (item_id);

CREATE INDEX ix_assignments_keeper_id ON assignments (keeper_id);

CREATE INDEX ix_assignments_unit_id ON assignments (unit_id);

CREATE TABLE checklist_events (
	id UUID NOT NULL,
	checklist_id UUID NOT NULL,
	item_id UUID,
	unit_id UUID,
	area TEXT COLLATE "C" NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	kind TEXT NOT NULL,
	official_id UUID,
	facts JSONB NOT NULL,
	CONSTRAINT pk_checklist_events PRIMARY KEY (id),
	CONSTRAINT fk_checklist_events_checklist_id FOREIGN KEY(checklist_id) REFERENCES checklists (id),
	CONSTRAINT fk_checklist_events_item_id FOREIGN KEY(item_id) REFERENCES checklist_items (id),
	CONSTRAINT fk_checklist_events_unit_id FOREIGN KEY(unit_id) REFERENCES units (id),
	CONSTRAINT fk_checklist_events_official_id FOREIGN KEY(official_id) REFERENCES officials (id)
);

CREATE INDEX ix_checklist_events_checklist_id ON checklist_events (checklist_id);

CREATE INDEX ix_checklist_events_item_id ON checklist_events (item_id);

CREATE TABLE deliveries (
	id UUID NOT NULL,
	message_id UUID NOT NULL,
	address_id UUID NOT NULL,
	channel TEXT NOT NULL,
	handle TEXT NOT NULL,
	priority INTEGER NOT NULL,
	state TEXT NOT NULL,
	attempt INTEGER DEFAULT '0' NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	lease_until TIMESTAMP WITH TIME ZONE,
	sent_at TIMESTAMP WITH TIME ZONE,
	seen_at TIMESTAMP WITH TIME ZONE,
	fallback_at TIMESTAMP WITH TIME ZONE,
	provider_id TEXT,
	why TEXT,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_deliveries PRIMARY KEY (id),
	CONSTRAINT uq_deliveries_message_id_address_id UNIQUE (message_id, address_id),
	CONSTRAINT fk_deliveries_message_id FOREIGN KEY(message_id) REFERENCES messages (id),
	CONSTRAINT fk_deliveries_address_id FOREIGN KEY(address_id) REFERENCES addresses (id)
);

CREATE INDEX ix_deliveries_due ON deliveries (priority, due_at) WHERE state in ('pending', 'retry');

CREATE INDEX ix_deliveries_fallback ON deliveries (fallback_at) WHERE state = 'sent' and fallback_at is not null;

CREATE INDEX ix_deliveries_lease ON deliveries (lease_until) WHERE state = 'sending';

CREATE INDEX ix_deliveries_message_id ON deliveries (message_id);

CREATE TABLE journeys (
	id UUID NOT NULL,
	report_id UUID NOT NULL,
	resident_id UUID NOT NULL,
	kind TEXT NOT NULL,
	area TEXT COLLATE "C",
	country TEXT,
	from_on DATE NOT NULL,
	to_on DATE NOT NULL,
	place_tokens BYTEA[] DEFAULT '{}' NOT NULL,
	place_sealed BYTEA,
	CONSTRAINT pk_journeys PRIMARY KEY (id),
	CONSTRAINT fk_journeys_report_id FOREIGN KEY(report_id) REFERENCES reports (id),
	CONSTRAINT fk_journeys_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id)
);

CREATE INDEX ix_journeys_area ON journeys (area);

CREATE INDEX ix_journeys_resident_id ON journeys (resident_id);

CREATE TABLE risk_matches (
	id UUID NOT NULL,
	resident_id UUID NOT NULL,
	journey_id UUID NOT NULL,
	source_kind TEXT NOT NULL,
	source_id UUID NOT NULL,
	kind TEXT NOT NULL,
	level TEXT,
	entry_on DATE,
	matched_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_risk_matches PRIMARY KEY (id),
	CONSTRAINT uq_risk_matches_journey_id_source_kind_source_id UNIQUE (journey_id, source_kind, source_id),
	CONSTRAINT fk_risk_matches_resident_id FOREIGN KEY(resident_id) REFERENCES residents (id),
	CONSTRAINT fk_risk_matches_journey_id FOREIGN KEY(journey_id) REFERENCES journeys (id)
);

CREATE INDEX ix_risk_matches_resident_id ON risk_matches (resident_id);

CREATE INDEX ix_risk_matches_source ON risk_matches (source_kind, source_id);

DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'shaodian_app') THEN CREATE ROLE shaodian_app NOLOGIN NOBYPASSRLS NOSUPERUSER; END IF; END $$;

GRANT shaodian_app TO CURRENT_USER;

GRANT USAGE ON SCHEMA public TO shaodian_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shaodian_app;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO shaodian_app;

REVOKE UPDATE, DELETE ON audit FROM shaodian_app;

DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'shaodian_work') THEN CREATE ROLE shaodian_work NOLOGIN NOBYPASSRLS NOSUPERUSER; END IF; END $$;

GRANT shaodian_work TO CURRENT_USER;

GRANT USAGE ON SCHEMA public TO shaodian_work;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shaodian_work;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO shaodian_work;

REVOKE UPDATE, DELETE ON audit FROM shaodian_work;

GRANT UPDATE (seal) ON audit TO shaodian_work;

GRANT DELETE ON audit TO shaodian_work;

ALTER TABLE residents ENABLE ROW LEVEL SECURITY;

ALTER TABLE residents FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON residents TO shaodian_app USING ((managing_area >= current_setting('shaodian.low', true) AND managing_area < current_setting('shaodian.high', true)) OR (present_area >= current_setting('shaodian.low', true) AND present_area < current_setting('shaodian.high', true)) OR (home_area >= current_setting('shaodian.low', true) AND home_area < current_setting('shaodian.high', true)) OR (id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR EXISTS (SELECT 1 FROM unit_members m WHERE m.resident_id = residents.id AND (m.unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])))) WITH CHECK ((managing_area >= current_setting('shaodian.low', true) AND managing_area < current_setting('shaodian.high', true)) OR (present_area >= current_setting('shaodian.low', true) AND present_area < current_setting('shaodian.high', true)) OR (home_area >= current_setting('shaodian.low', true) AND home_area < current_setting('shaodian.high', true)) OR (id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])) OR EXISTS (SELECT 1 FROM unit_members m WHERE m.resident_id = residents.id AND (m.unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[]))));

CREATE POLICY work ON residents TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE family_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE family_members FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON family_members TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = family_members.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = family_members.resident_id));

CREATE POLICY work ON family_members TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE reports ENABLE ROW LEVEL SECURITY;

ALTER TABLE reports FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON reports TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = reports.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = reports.resident_id));

CREATE POLICY work ON reports TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE journeys ENABLE ROW LEVEL SECURITY;

ALTER TABLE journeys FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON journeys TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = journeys.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = journeys.resident_id));

CREATE POLICY work ON journeys TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE arrivals ENABLE ROW LEVEL SECURITY;

ALTER TABLE arrivals FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON arrivals TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = arrivals.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = arrivals.resident_id));

CREATE POLICY work ON arrivals TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE follow_ups ENABLE ROW LEVEL SECURITY;

ALTER TABLE follow_ups FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON follow_ups TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = follow_ups.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = follow_ups.resident_id));

CREATE POLICY work ON follow_ups TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE plan_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE plan_items FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON plan_items TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = plan_items.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = plan_items.resident_id));

CREATE POLICY work ON plan_items TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE risk_matches ENABLE ROW LEVEL SECURITY;

ALTER TABLE risk_matches FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON risk_matches TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = risk_matches.resident_id)) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = risk_matches.resident_id));

CREATE POLICY work ON risk_matches TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE unit_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE unit_members FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON unit_members TO shaodian_app USING ((unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[]))) WITH CHECK ((unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])));

CREATE POLICY work ON unit_members TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE results ENABLE ROW LEVEL SECURITY;

ALTER TABLE results FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON results TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = results.resident_id) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)))) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = results.resident_id) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))));

CREATE POLICY work ON results TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;

ALTER TABLE reminders FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON reminders TO shaodian_app USING (EXISTS (SELECT 1 FROM residents r WHERE r.id = reminders.resident_id) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)))) WITH CHECK (EXISTS (SELECT 1 FROM residents r WHERE r.id = reminders.resident_id) OR (resident_id IS NULL AND (area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))));

CREATE POLICY work ON reminders TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE addresses ENABLE ROW LEVEL SECURITY;

ALTER TABLE addresses FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON addresses TO shaodian_app USING (official_id IS NOT NULL OR resident_id IS NULL OR EXISTS (SELECT 1 FROM residents r WHERE r.id = addresses.resident_id)) WITH CHECK (official_id IS NOT NULL OR resident_id IS NULL OR EXISTS (SELECT 1 FROM residents r WHERE r.id = addresses.resident_id));

CREATE POLICY work ON addresses TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE alerts FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON alerts TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (resident_id = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[])));

CREATE POLICY work ON alerts TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE alert_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE alert_events FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON alert_events TO shaodian_app USING (EXISTS (SELECT 1 FROM alerts a WHERE a.id = alert_events.alert_id)) WITH CHECK (EXISTS (SELECT 1 FROM alerts a WHERE a.id = alert_events.alert_id));

CREATE POLICY work ON alert_events TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE rungs ENABLE ROW LEVEL SECURITY;

ALTER TABLE rungs FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON rungs TO shaodian_app USING (EXISTS (SELECT 1 FROM alerts a WHERE a.id = rungs.alert_id)) WITH CHECK (EXISTS (SELECT 1 FROM alerts a WHERE a.id = rungs.alert_id));

CREATE POLICY work ON rungs TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE messages FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON messages TO shaodian_app USING ((resident_id IS NOT NULL AND EXISTS (SELECT 1 FROM residents r WHERE r.id = messages.resident_id)) OR (alert_id IS NOT NULL AND EXISTS (SELECT 1 FROM alerts a WHERE a.id = messages.alert_id)) OR (resident_id IS NULL AND alert_id IS NULL AND official_id IS NOT NULL)) WITH CHECK ((resident_id IS NOT NULL AND EXISTS (SELECT 1 FROM residents r WHERE r.id = messages.resident_id)) OR (alert_id IS NOT NULL AND EXISTS (SELECT 1 FROM alerts a WHERE a.id = messages.alert_id)) OR (resident_id IS NULL AND alert_id IS NULL AND official_id IS NOT NULL));

CREATE POLICY work ON messages TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON deliveries TO shaodian_app USING (EXISTS (SELECT 1 FROM messages m WHERE m.id = deliveries.message_id)) WITH CHECK (EXISTS (SELECT 1 FROM messages m WHERE m.id = deliveries.message_id));

CREATE POLICY work ON deliveries TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE checklists ENABLE ROW LEVEL SECURITY;

ALTER TABLE checklists FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON checklists TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR EXISTS (SELECT 1 FROM checklist_items i WHERE i.checklist_id = checklists.id)) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR EXISTS (SELECT 1 FROM checklist_items i WHERE i.checklist_id = checklists.id));

CREATE POLICY work ON checklists TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE checklist_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE checklist_items FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON checklist_items TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR EXISTS (SELECT 1 FROM assignments a WHERE a.item_id = checklist_items.id)) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR EXISTS (SELECT 1 FROM assignments a WHERE a.item_id = checklist_items.id));

CREATE POLICY work ON checklist_items TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE assignments ENABLE ROW LEVEL SECURITY;

ALTER TABLE assignments FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON assignments TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (keeper_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])) OR (keeper_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])));

CREATE POLICY work ON assignments TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE checklist_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE checklist_events FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON checklist_events TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[]))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)) OR (unit_id = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[])));

CREATE POLICY work ON checklist_events TO shaodian_work USING (true) WITH CHECK (true);

ALTER TABLE broadcasts ENABLE ROW LEVEL SECURITY;

ALTER TABLE broadcasts FORCE ROW LEVEL SECURITY;

CREATE POLICY scope ON broadcasts TO shaodian_app USING ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true))) WITH CHECK ((area >= current_setting('shaodian.low', true) AND area < current_setting('shaodian.high', true)));

CREATE POLICY work ON broadcasts TO shaodian_work USING (true) WITH CHECK (true);
