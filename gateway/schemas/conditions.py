"""The conditions of spreadsheet forms, for the chat: read there with the very code the gateway checks with.

(docs/adr/0028)
"""

from gateway.domain.conditions import Condition, condition

__all__ = ["Condition", "condition"]
