"""Row-level security: the second wall. The first is the scope every repository is built with.

Three roles: the owner migrates, `shaodian_app` serves people (policies below, FORCE), `shaodian_work` serves the
clock. A transaction names its scope by SET LOCAL; unset means no rows.
"""

from collections.abc import Iterable, Iterator

APP = "shaodian_app"
WORK = "shaodian_work"

_IN_RANGE = "({column} >= current_setting('shaodian.low', true) AND {column} < current_setting('shaodian.high', true))"
_OWN = "({column} = ANY (string_to_array(nullif(current_setting('shaodian.people', true), ''), ',')::uuid[]))"
_UNITS = "({column} = ANY (string_to_array(nullif(current_setting('shaodian.units', true), ''), ',')::uuid[]))"


def _within(column: str) -> str:
    return _IN_RANGE.format(column=column)


_RESIDENT = (
    f"{_within('managing_area')} OR {_within('present_area')} OR {_within('home_area')} "
    f"OR {_OWN.format(column='id')} "
    "OR EXISTS (SELECT 1 FROM unit_members m WHERE m.resident_id = residents.id "
    f"AND {_UNITS.format(column='m.unit_id')})"
)
_VIA_RESIDENT = "EXISTS (SELECT 1 FROM residents r WHERE r.id = {table}.resident_id)"
_ALERT = f"{_within('area')} OR {_OWN.format(column='resident_id')}"

POLICIES: dict[str, str] = {
    "residents": _RESIDENT,
    **{
        table: _VIA_RESIDENT.format(table=table)
        for table in (
            "family_members",
            "reports",
            "attachments",
            "journeys",
            "arrivals",
            "follow_ups",
            "plan_items",
            "risk_matches",
            "transfers",
            "plan_changes",
        )
    },
    # Looked at from inside the residents' policy, so it must not look back at residents.
    "unit_members": f"{_UNITS.format(column='unit_id')} OR {_OWN.format(column='resident_id')}",
    "results": f"{_VIA_RESIDENT.format(table='results')} OR (resident_id IS NULL AND {_within('area')})",
    "clocks": f"{_VIA_RESIDENT.format(table='clocks')} OR (resident_id IS NULL AND {_within('area')})",
    "reminders": f"{_VIA_RESIDENT.format(table='reminders')} OR (resident_id IS NULL AND {_within('area')})",
    "addresses": f"official_id IS NOT NULL OR resident_id IS NULL OR {_VIA_RESIDENT.format(table='addresses')}",
    "push_subscriptions": "EXISTS (SELECT 1 FROM addresses a WHERE a.id = push_subscriptions.address_id)",
    "alerts": _ALERT,
    "alert_events": "EXISTS (SELECT 1 FROM alerts a WHERE a.id = alert_events.alert_id)",
    "rungs": "EXISTS (SELECT 1 FROM alerts a WHERE a.id = rungs.alert_id)",
    "messages": (
        f"(resident_id IS NOT NULL AND {_VIA_RESIDENT.format(table='messages')}) "
        "OR (alert_id IS NOT NULL AND EXISTS (SELECT 1 FROM alerts a WHERE a.id = messages.alert_id)) "
        "OR (resident_id IS NULL AND alert_id IS NULL AND official_id IS NOT NULL) "
        "OR (desk_id IS NOT NULL AND EXISTS (SELECT 1 FROM desk_addresses d WHERE d.id = messages.desk_id))"
    ),
    # The desks of one's own area, and those above it, who hear what happens here.
    "desk_addresses": f"{_within('area')} OR starts_with(current_setting('shaodian.low', true), area)",
    "deliveries": "EXISTS (SELECT 1 FROM messages m WHERE m.id = deliveries.message_id)",
    "checklists": f"{_within('area')} OR EXISTS (SELECT 1 FROM checklist_items i WHERE i.checklist_id = checklists.id)",
    "checklist_items": (
        f"{_within('area')} OR EXISTS (SELECT 1 FROM assignments a WHERE a.item_id = checklist_items.id)"
    ),
    "assignments": (f"{_within('area')} OR {_UNITS.format(column='unit_id')} OR {_UNITS.format(column='keeper_id')}"),
    "evidence": "EXISTS (SELECT 1 FROM assignments a WHERE a.id = evidence.assignment_id)",
    "checklist_events": f"{_within('area')} OR {_UNITS.format(column='unit_id')}",
    "duty_bearers": (
        f"{_OWN.format(column='resident_id')} OR {_UNITS.format(column='unit_id')} "
        f"OR (resident_id IS NULL AND {_within('area')}) "
        f"OR (resident_id IS NOT NULL AND {_VIA_RESIDENT.format(table='duty_bearers')})"
    ),
    "duty_reports": (
        f"{_OWN.format(column='resident_id')} OR {_UNITS.format(column='unit_id')} "
        f"OR (resident_id IS NULL AND {_within('area')}) "
        f"OR (resident_id IS NOT NULL AND {_VIA_RESIDENT.format(table='duty_reports')})"
    ),
    "duty_nudges": "EXISTS (SELECT 1 FROM duty_bearers b WHERE b.id = duty_nudges.bearer_id)",
    "duty_rounds": _within("area"),
    "handovers": _within("area"),
    "register_entries": f"{_within('area')} OR {_UNITS.format(column='unit_id')}",
    "broadcasts": _within("area"),
    "broadcast_recipients": (f"official_id IS NOT NULL OR {_VIA_RESIDENT.format(table='broadcast_recipients')}"),
    "lead_lists": _within("area"),
    "lead_rows": "EXISTS (SELECT 1 FROM lead_lists l WHERE l.id = lead_rows.list_id)",
    "intakes": _within("area"),
    "leads": f"{_within('area')} OR {_OWN.format(column='resident_id')}",
    "cases": f"{_within('area')} OR {_OWN.format(column='resident_id')}",
    "contacts": f"{_within('area')} OR {_OWN.format(column='resident_id')}",
    "visited_places": _within("area"),
    "declared": _VIA_RESIDENT.format(table="declared"),
    **{table: _VIA_RESIDENT.format(table=table) for table in ("vulnerable_people", "welfare_checks", "exit_permits")},
    # Levels, measures and what was published of a unit are nobody's secret; what was set going for one person is.
    "area_schedules": f"resident_id IS NULL OR {_VIA_RESIDENT.format(table='area_schedules')}",
    "occupations": _VIA_RESIDENT.format(table="occupations"),
    "applications": (f"{_within('area')} OR {_OWN.format(column='resident_id')} OR {_UNITS.format(column='unit_id')}"),
    # Who was there is the visitor's own, and the place's area's.
    "visits": f"{_within('area')} OR {_OWN.format(column='resident_id')}",
    "matters": f"{_within('area')} OR {_UNITS.format(column='unit_id')}",
    "matter_steps": "EXISTS (SELECT 1 FROM matters m WHERE m.id = matter_steps.matter_id)",
}


def around(tables: Iterable[str]) -> Iterator[str]:
    """The SQL that opens these tables to both roles and puts their walls up."""
    for table in tables:
        for role in (APP, WORK):
            yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}"
        rule = POLICIES.get(table)
        if rule is None:
            continue
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY scope ON {table} TO {APP} USING ({rule}) WITH CHECK ({rule})"
        yield f"CREATE POLICY work ON {table} TO {WORK} USING (true) WITH CHECK (true)"
