"""Pictures that come with answers: taken from the person who sends them, opened for them and for those responsible."""

import contextlib
from dataclasses import dataclass
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.kinds import AttachmentId, ResidentId
from gateway.domain.people import Speaker
from gateway.domain.pictures import picture
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict
from gateway.record.attachments import PREFIX, Attachment, AttachmentNotFound
from gateway.record.record import Work
from gateway.services.reports import Accepted, Consequence, NotYourWork
from gateway.services.residents import ConsentMissing
from gateway.services.transactions import Transactions

#: More pictures that no report names, and the next one waits until some of them have gone.
MOST_UNNAMED = 20


class TooManyPictures(Conflict):
    """Many of your pictures wait already without a report; finish one first, or try again in some days."""


@dataclass(frozen=True, slots=True)
class AttachmentService:
    transactions: Transactions
    clock: Clock

    async def keep(self, speaker: Speaker, attachment_id: AttachmentId, content: bytes) -> Attachment:
        """Keep a picture, without where it was taken; the same id again keeps nothing new.

        Raises ConsentMissing, NotTaken, TooManyPictures, AttachmentNotFound (the id is somebody else's).
        """
        if speaker.resident is None:
            raise ConsentMissing
        owner = speaker.resident.id
        media_type, content = picture(content)
        async with self.transactions.begin(_scope(speaker)) as work:
            known = await work.attachments.find(attachment_id)
            if known is not None:
                return known
            if await work.attachments.unnamed(owner) >= MOST_UNNAMED:
                raise TooManyPictures
            one = Attachment(
                id=attachment_id,
                resident_id=owner,
                media_type=media_type,
                size=len(content),
                received_at=self.clock.now(),
            )
            if not await work.attachments.add(one, content, await work.residents.key(owner)):
                return await work.attachments.get(attachment_id)
        return one

    async def open(self, speaker: Speaker, attachment_id: AttachmentId) -> tuple[str, bytes]:
        """(media type, content) for who sent it, or for whom they speak. Raises AttachmentNotFound."""
        if speaker.resident is None:
            raise AttachmentNotFound
        async with self.transactions.begin(_scope(speaker)) as work:
            return await _opened(work, attachment_id)

    async def show(self, attachment_id: AttachmentId, *, official: Official) -> tuple[str, bytes]:
        """(media type, content) for whoever may read the report it came with; the look is on record.

        Raises NotYourWork, AttachmentNotFound.
        """
        if official.scope.area is None or not official.may(*PEOPLE_ROLES):
            raise NotYourWork
        async with self.transactions.begin(official.scope) as work:
            media_type, content = await _opened(work, attachment_id)
            await work.audit.add("attachment.open", "attachment", attachment_id, at=self.clock.now())
        return media_type, content


@dataclass(frozen=True, slots=True)
class AttachmentFollower:
    """A report names a picture: it is kept as long as the report. A picture that is gone loses nobody their report."""

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        for answer in accepted.answers.model_dump().values():
            attachment_id = named_by(answer)
            one = await work.attachments.find(attachment_id) if attachment_id is not None else None
            if one is not None:
                old = await work.residents.key(one.resident_id)
                await work.attachments.belongs_to(
                    one, accepted.report.id, accepted.resident.id, old=old, new=accepted.key
                )
        return Consequence()


def named_by(answer: object) -> AttachmentId | None:
    """The picture an answer names, if it names one."""
    if isinstance(answer, str) and answer.startswith(PREFIX):
        with contextlib.suppress(ValueError):
            return AttachmentId(UUID(answer.removeprefix(PREFIX)))
    return None


async def _opened(work: Work, attachment_id: AttachmentId) -> tuple[str, bytes]:
    one = await work.attachments.get(attachment_id)
    return one.media_type, await work.attachments.content(one, await work.residents.key(one.resident_id))


def _scope(speaker: Speaker) -> Scope:
    return Scope.of_people([ResidentId(person) for person in speaker.people])
