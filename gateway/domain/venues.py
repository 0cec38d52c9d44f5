"""Venues: places with a code of their own at the door. Whoever comes scans it, and declares what that place asks.

A visit says that somebody was there at a time: it is looked up by place and time when a case was there too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.kinds import ResidentId, UnitId, VenueId, VenueKind, VisitId
from gateway.domain.matters import MatterRule

#: How a code begins where it stands behind a link's `start=`: an invitation never does.
MARK = "v_"
LENGTH = 8
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")

#: How far back a stay in a risk area counts for a guest: the longest incubation the notices reckon with.
LOOKS_BACK = timedelta(days=14)
#: Scanned twice within this, it is one visit.
SAME_VISIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Venue:
    """`code` is public: it hangs at the door. A closed one lets nobody in any more; its visits stay."""

    id: VenueId
    code: str
    name: str
    kind: VenueKind
    area: str
    unit_id: UnitId | None
    made_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    id: VisitId
    venue_id: VenueId
    area: str
    resident_id: ResidentId
    visited_at: datetime


@dataclass(frozen=True, slots=True)
class Guest:
    """What a guest says at the door. `from_area` is None where nobody could say which division is meant."""

    name: str
    id_number: str
    comes_from: str
    from_area: str | None = None

    def told(self, rule: MatterRule, venue: Venue) -> dict[str, str]:
        """What of it this matter asks for."""
        known = {"name": self.name, "id_number": self.id_number, "from": self.comes_from, "place": venue.kind.value}
        return {field.key: known[field.key] for field in rule.fields if field.key in known}


def typed_code(said: str) -> str | None:
    """The code in what somebody scanned or typed; None where there is none."""
    code = said.strip().removeprefix(MARK).upper()
    return code if _CODE.fullmatch(code) else None


def asked_of_guests(matters: Mapping[str, MatterRule], kind: VenueKind) -> dict[str, MatterRule]:
    """The matters that guests of such a venue tell themselves."""
    return {key: rule for key, rule in matters.items() if kind in rule.guests}
