"""What can go wrong between the bot and the gateway, and in the bot itself.

BotError
  x NotDelivered     the gateway could not be reached or is busy; nothing was lost, the update is worked again
  x NotUnderstood    the gateway answered, but with nothing usable: asking again at once would not help
  x Refused          the gateway understood and said no
    + AlreadyResolved, AlreadyAcknowledged …  told apart by the problem's type
    + NotFound, NotAllowed, NotAccepted, NotPossibleNow  by its kind
  x FormNotFound, FormNotReadable
"""

from collections.abc import Sequence
from dataclasses import dataclass


class BotError(Exception):
    """Every error of the bot's own."""


class FormNotFound(BotError):
    """There is no such form."""


class FormNotReadable(BotError):
    """A form definition has a mistake."""


class NotDelivered(BotError):
    """The gateway did not answer in time; what was asked may be asked again with the same key."""


class NotUnderstood(BotError):
    """The gateway's answer is of no use: a fault of ours, which must not hold up the whole chat."""


@dataclass(frozen=True, slots=True)
class Complaint:
    where: str
    message: str


class Refused(BotError):
    """The gateway answered with a problem; `type` is its stable name, `detail` one sentence."""

    def __init__(self, type_name: str, status: int, detail: str, complaints: Sequence[Complaint] = ()) -> None:
        super().__init__(f"{type_name} ({status}): {detail}")
        self.type_name = type_name
        self.status = status
        self.detail = detail
        self.complaints = tuple(complaints)


class NotFound(Refused):
    """No such thing, or not within this person's reach."""


class NotAllowed(Refused):
    """This person may not do that, or is not known."""


class NotAccepted(Refused):
    """The gateway found a mistake in what was sent."""


class NotPossibleNow(Refused):
    """The thing exists, but its state does not allow this any more."""


class AlreadyResolved(NotPossibleNow):
    """The alert is closed."""


class AlreadyAcknowledged(NotPossibleNow):
    """Somebody has taken the alert."""


class InvitationUsed(NotPossibleNow):
    """The invitation was used before."""


class InvitationExpired(NotPossibleNow):
    """The invitation is too old."""


BY_TYPE: dict[str, type[Refused]] = {
    "alert-already-resolved": AlreadyResolved,
    "already-resolved": AlreadyResolved,
    "alert-already-taken": AlreadyAcknowledged,
    "invitation-used": InvitationUsed,
    "invitation-already-used": InvitationUsed,
    "invitation-expired": InvitationExpired,
}
BY_STATUS: dict[int, type[Refused]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    400: NotAccepted,
    413: NotAccepted,
    422: NotAccepted,
    409: NotPossibleNow,
    410: NotPossibleNow,
}
