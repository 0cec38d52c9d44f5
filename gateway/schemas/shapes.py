"""The base of every HTTP shape."""

from pydantic import BaseModel, ConfigDict, ValidationError

#: What a shape raises when something does not fit it, for those who may not know pydantic.
ShapeMismatch = ValidationError


class Shape(BaseModel):
    """Unknown fields are refused, so that a typo never loses an answer."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Answer(BaseModel):
    """What the gateway answers; a newer gateway may add fields."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)
