"""What is no text is refused at the door, for the API and the console alike, before any column sees it."""

from fastapi import Request

from gateway.errors import Fault, Invalid

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NoText(Invalid):
    """A character that is no text (NUL) was sent; take it out and send it again."""


async def only_text(request: Request) -> None:
    """Raises NoText with the fields that hold a NUL. JSON is left to the shapes, which take it out: no report is lost
    for one."""
    given = [*request.path_params.items(), *request.query_params.multi_items()]
    if request.headers.get("content-type", "").startswith(_FORMS):
        given += (await request.form()).multi_items()
    wrong = [name for name, value in given if "\0" in name or "\0" in _written(value)]
    if wrong:
        raise NoText(faults=tuple(Fault(name.replace("\0", ""), "holds a character that is no text") for name in wrong))


def _written(value: object) -> str:
    """A field as text; of a file its name."""
    return value if isinstance(value, str) else str(getattr(value, "filename", None) or "")
