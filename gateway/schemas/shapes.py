"""The base of every HTTP shape."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

#: What a shape raises when something does not fit it, for those who may not know pydantic.
ShapeMismatch = ValidationError


def _of_our_time(moment: date) -> date:
    """At the ends of the calendar an offset alone leads beyond it, and no clock of ours counts there."""
    if not 1900 < moment.year < 2200:
        raise ValueError("this is no date of our time")
    return moment


Day = Annotated[date, AfterValidator(_of_our_time)]
Moment = Annotated[datetime, AfterValidator(_of_our_time)]


class Shape(BaseModel):
    """Unknown fields are refused, so that a typo never loses an answer."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Answer(BaseModel):
    """What the gateway answers; a newer gateway may add fields."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)
