"""Groups of officials on the wire."""

from pydantic import Field

from gateway.schemas.shapes import Answer, Shape


class DeskGroupIn(Shape):
    """Where the code was given: a Telegram group, and its topic where there is one."""

    code: str = Field(min_length=8, max_length=64)
    chat: str = Field(pattern=r"^-\d{1,20}$")
    topic: int | None = Field(default=None, ge=1)


class DeskGroupOut(Answer):
    label: str
    area_name: str
