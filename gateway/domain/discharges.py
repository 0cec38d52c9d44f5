"""What hospitals and isolation sites report of people they let go."""

from enum import StrEnum


class Leaving(StrEnum):
    """How somebody left: cured from hospital, treated elsewhere and brought back, or out of isolation."""

    DISCHARGED = "discharged"
    BROUGHT_BACK = "brought_back"
    RELEASED = "released"
