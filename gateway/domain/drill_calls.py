"""What people of a drill do over the API, by the words a drill uses for it: one line of a table each.

`{person}` in a path is a resident of the drill, `{plan}` that person's newest plan, `{lead}` and `{contact}` somebody
named on a list; any other word in braces is taken out of what the step says. The rest of it is the body or the query.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Doer(StrEnum):
    RESIDENT = "resident"
    OFFICIAL = "official"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Call:
    """`words` are the fields a step must name, then those it may, each set separated by spaces.

    `person_as` is the field of the body that names the step's person; `given` is what a step need not say.
    """

    method: str
    path: str
    must: str = ""
    may: str = ""
    by: Doer = Doer.OFFICIAL
    person_as: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needed(self) -> frozenset[str]:
        return frozenset(self.must.split())

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset(self.may.split()) | self.needed


CALLS: Mapping[str, Call] = {
    # people under follow-up
    "places": Call(
        "POST", "/v1/follow-ups", "person profile anchors", "reason", given={"reason": "演练"}, person_as="resident_id"
    ),
    "confirms": Call("PUT", "/v1/follow-ups/{plan}/confirmation", "person"),
    "reclassifies": Call("PUT", "/v1/follow-ups/{plan}/class", "person profile anchors reason"),
    "releases": Call("PUT", "/v1/follow-ups/{plan}/release", "person reason"),
    "withdraws": Call("PUT", "/v1/follow-ups/{plan}/withdrawal", "person reason"),
    "transfers": Call(
        "POST", "/v1/residents/{person}/transfers", "person transport arrived_at", "number released_on departed_at"
    ),
    "discharges": Call("POST", "/v1/residents/{person}/discharges", "person leaving left_at"),
    # tests
    "result": Call(
        "POST",
        "/v1/results",
        "person test sampled_at",
        "value resulted_at site",
        given={"site": "采样点"},
        person_as="resident_id",
    ),
    "receives_sample": Call("PUT", "/v1/results/{result}/receipt", "result received_at laboratory"),
    "reports_upwards": Call("PUT", "/v1/results/{result}/direct-report", "result number reported_at"),
    # leads and contacts
    "pushes_leads": Call("POST", "/v1/lead-lists", "push sender rows", "pushed_at"),
    "concludes_lead": Call("PUT", "/v1/leads/{lead}/outcome", "lead outcome", "note to_area"),
    "marks_lead": Call("PUT", "/v1/leads/{lead}/steps", "lead step", "at"),
    "acknowledges_lead": Call("PUT", "/v1/leads/{lead}/acknowledgement", "lead"),
    "opens_case": Call("POST", "/v1/cases", "person positive_on", "onset_on", person_as="resident_id"),
    "lists_contacts": Call("POST", "/v1/cases/{case}/contacts", "case rows"),
    "marks_contact": Call("PUT", "/v1/contacts/{contact}/measures", "contact measure", "at"),
    "decides_class": Call("PUT", "/v1/contacts/{contact}/class", "contact contact_class evidence", "isolated_at"),
    # areas
    "requests_control": Call("POST", "/v1/controls", "area unit_kind name"),
    "decides_control": Call(
        "PUT", "/v1/controls/{control}/scope", "control boundary opinion mode", "measures grids effective_at"
    ),
    "drafts_announcement": Call("PUT", "/v1/controls/{control}/announcement", "control", "words"),
    "reviews_announcement": Call("PUT", "/v1/controls/{control}/review", "control words_hash"),
    "approves_announcement": Call("PUT", "/v1/controls/{control}/approval", "control words_hash"),
    "meets_criterion": Call("POST", "/v1/controls/{control}/criteria", "control criterion"),
    "gives_opinion": Call("PUT", "/v1/controls/{control}/closing-opinion", "control opinion"),
    "lifts_control": Call("PUT", "/v1/controls/{control}/lifting", "control"),
    "sets_level": Call("PUT", "/v1/area-levels/{area}", "area risk", "response villages effective_at"),
    "looks_at_area": Call("GET", "/v1/area-levels/{area}", "area"),
    "opens_round": Call("POST", "/v1/area-levels/{area}/rounds", "area"),
    "looks_after": Call("PUT", "/v1/residents/{person}/vulnerability", "person groups"),
    "looks_up": Call("GET", "/v1/risk-areas", "place", "on known_at", by=Doer.ANYBODY),
    # duties
    "enrols": Call("PUT", "/v1/duty-bearers", "kinds", "person name area", person_as="resident_id"),
    "reports_duty": Call("POST", "/v1/me/duties/{duty}/reports", "duty", "zero values note day slot", by=Doer.ANYBODY),
    "reports_for_unit": Call("POST", "/v1/duties/{duty}/reports", "duty unit_id", "zero values note day slot"),
    "looks_at_duties": Call("GET", "/v1/duties", "", "day"),
    "writes_down": Call(
        "POST",
        "/v1/registers/{register}/entries",
        "register name",
        "phone id_number symptoms medicine cause words tested day unit_id",
    ),
    # events and gates
    "asks": Call(
        "GET",
        "/v1/me/gates/{question}",
        "question",
        "occupation area abroad necessary cadre kind on people excuse surveyed own_transport early_or_changed"
        " released_on boards_at certificate_at",
        by=Doer.RESIDENT,
    ),
    "asks_about": Call(
        "POST",
        "/v1/gates/{question}",
        "question",
        "person number occupation area abroad necessary cadre kind on people excuse surveyed own_transport"
        " early_or_changed released_on boards_at certificate_at",
        person_as="resident_id",
    ),
    "applies": Call(
        "POST",
        "/v1/me/events",
        "kind on area people host",
        "place title cadres excuse filing_authority",
        by=Doer.ANYBODY,
    ),
    "applies_to_travel": Call("POST", "/v1/me/trips", "kind on area reason", "transport", by=Doer.RESIDENT),
    "looks_at_applications": Call("GET", "/v1/me/applications", by=Doer.RESIDENT),
    "decides_application": Call(
        "PUT",
        "/v1/events/{application}/decision",
        "application approve reason",
        "host approver filing_authority",
    ),
    "looks_at_leads": Call("GET", "/v1/leads", "", "state"),
}
