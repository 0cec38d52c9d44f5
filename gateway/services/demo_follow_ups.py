"""What goes on in the demo town: a close contact in isolation, and somebody tested every fourteen days."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.clock import Clock
from gateway.domain.calendars import Moment
from gateway.domain.kinds import ChannelName, ResidentId, TestKind
from gateway.domain.scopes import Official
from gateway.schemas.results import ResultIn
from gateway.services.follow_ups import AlreadyFollowedUp, FollowUpService
from gateway.services.residents import ResidentService
from gateway.services.results import ResultService

#: Two households of the demo, by the numbers of their chats.
CLOSE_CONTACT = "8000000000001"
PERIODIC = "8000000000002"


@dataclass(frozen=True, slots=True)
class DemoFollowUps:
    residents: ResidentService
    follow_ups: FollowUpService
    results: ResultService
    clock: Clock

    async def load(self, administrator: Official) -> None:
        """Loading it again changes nothing: who is followed up already stays so."""
        now = self.clock.now()
        start = now - timedelta(days=2)
        contact = await self._place(
            CLOSE_CONTACT,
            "close_contact",
            {"isolation_start": start, "last_exposure": (now - timedelta(days=4)).date()},
            administrator,
        )
        if contact is not None:
            sample = ResultIn(
                resident_id=contact, test=TestKind.NAT, sampled_at=start + timedelta(hours=1), site="演示采样点"
            )
            await self.results.record(sample, official=administrator, source="demo")
        await self._place(PERIODIC, "periodic_14", {"last_sample": (now - timedelta(days=12)).date()}, administrator)

    async def _place(
        self, handle: str, profile: str, anchors: dict[str, Moment], administrator: Official
    ) -> ResidentId | None:
        speaker = await self.residents.speaker(ChannelName.WEBCHAT, handle)
        if speaker.resident is None:
            return None
        try:
            await self.follow_ups.place(
                speaker.resident.id, profile=profile, anchors=anchors, reason="演示", official=administrator
            )
        except AlreadyFollowedUp:
            return None
        return speaker.resident.id
