"""The base of every HTTP shape."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

#: What a shape raises when something does not fit it, for those who may not know pydantic.
ShapeMismatch = ValidationError


def _of_our_time(moment: date) -> date:
    """At the ends of the calendar an offset alone leads beyond it, and no clock of ours counts there."""
    if not 1900 < moment.year < 2200:
        raise ValueError("this is no date of our time")
    return moment


def _with_offset(moment: datetime) -> datetime:
    """Without one it is no moment: whoever compares it with the clock would have to guess the zone."""
    if moment.tzinfo is None:
        raise ValueError("the time needs an offset, e.g. +08:00")
    return moment


def _writable(given: Any) -> Any:
    """Without the NULs that no column takes: nobody types them, and a report must not be lost for one."""
    if isinstance(given, str):
        return given.replace("\0", "")
    if isinstance(given, dict):
        return {_writable(name): _writable(value) for name, value in given.items()}
    return [_writable(one) for one in given] if isinstance(given, list) else given


Day = Annotated[date, AfterValidator(_of_our_time)]
#: In an address: a browser sends a field that was left empty as an empty word.
DayIfAny = Annotated[Day | None, BeforeValidator(lambda given: given or None)]
Moment = Annotated[datetime, AfterValidator(_of_our_time), AfterValidator(_with_offset)]


class Shape(BaseModel):
    """Unknown fields are refused, so that a typo never loses an answer."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    @model_validator(mode="before")
    @classmethod
    def _kept_as_written(cls, given: Any) -> Any:
        return _writable(given)


class Answer(BaseModel):
    """What the gateway answers; a newer gateway may add fields."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)
