"""Report types made here, from the form they are kept in and back: the frozen dataclass is the shape, as for packs."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from gateway.domain.duties import DutyField
from gateway.domain.report_types import ReportType, ReportTypeFaulty
from gateway.errors import Fault

with_config(ConfigDict(extra="forbid"))(ReportType)
_types: Final = TypeAdapter(ReportType)
_fields: Final = TypeAdapter(tuple[DutyField, ...])


def read(content: Mapping[str, Any]) -> ReportType:
    """Raises ReportTypeFaulty, naming each field that does not fit; fields are counted from 1, as people count."""
    try:
        return _types.validate_python(dict(content))
    except ValidationError as trouble:
        faults = tuple(
            Fault(".".join(str(part + 1) if isinstance(part, int) else str(part) for part in one["loc"]), one["msg"])
            for one in trouble.errors()
        )
        raise ReportTypeFaulty(faults=faults) from None


def read_fields(fields: Any) -> tuple[DutyField, ...]:
    """Raises ReportTypeFaulty."""
    try:
        return _fields.validate_python(fields)
    except ValidationError as trouble:
        raise ReportTypeFaulty(str(trouble)[:200]) from None


def written(type_: ReportType) -> dict[str, Any]:
    """As it is kept: JSON, with what was not said left out."""
    kept: dict[str, Any] = _types.dump_python(type_, mode="json", exclude_defaults=True)
    return kept
