"""Numbers of an area for a health-security platform: which groups of them a pack lets out."""

from dataclasses import dataclass

from gateway.domain.kinds import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresRule:
    source: tuple[str, ...]
    groups: tuple[Figures, ...]
