"""Broadcasts as they are written: one message to many, looked through, and released by a second person as it stands.

What approval starts is carried out by `broadcast_runs`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.broadcasts import (
    RELEASABLE,
    WRITABLE,
    Audience,
    Schedule,
    around_all,
    content_hash,
    filled,
    goes_at,
    language_for,
    sms_segments,
    takes,
    unknown_holes,
)
from gateway.domain.kinds import (
    BroadcastId,
    BroadcastState,
    ChannelName,
    Lane,
    OfficialId,
    RiskListId,
    Role,
)
from gateway.domain.people import normal_phone
from gateway.domain.releases import Finding, Identifying, Weight, as_read, lint
from gateway.domain.scopes import Official, Scope
from gateway.errors import N_, Conflict, Fault, Forbidden, Invalid
from gateway.messages.words import FALLBACK, LANGUAGES, Words, closest_language
from gateway.record.broadcasts import Broadcast, BroadcastNotFound
from gateway.record.record import Work
from gateway.services.glances import glanced
from gateway.services.outbox import Outbox, channel_order
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

BROADCAST = "broadcast"
#: Who may write to everybody in an area; a publisher releases it.
WRITING = (Role.PUBLISHER, Role.LIST_OWNER, Role.COUNTY, Role.CITY, Role.PROVINCE)
#: Copies a second of a channel that sets no pace of its own, as one worker sends them.
USUAL_RATE = 100.0
#: A robot's text is cut beyond so many bytes at the strictest of them.
ROBOT_BYTES = 2048
LONGEST = 3500


class BroadcastAlreadySent(Conflict):
    """This broadcast was approved already; it is sent once."""


class BroadcastRejected(Conflict):
    """This text was rejected; change it, and it can be released."""


class ContentChanged(Conflict):
    """This is not the text you read; read it again and approve what stands there now."""


class NothingToCorrect(Conflict):
    """Only a broadcast that was sent or stopped is corrected. Stop this one first."""


class SecondPersonNeeded(Forbidden):
    """Whoever wrote or confirmed this cannot release it too: a second person must."""


class IdentityFound(Invalid):
    """The text shows who somebody is; nobody may be recognised by it."""


class TextIncomplete(Invalid):
    """Something is missing in the text."""


class AudienceEmpty(Invalid):
    """Nobody is meant: name an area."""


class ReasonNeeded(Invalid):
    """Say why."""


class NotYours(Forbidden):
    """Your role does not allow this."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in one language."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """Every word of a broadcast. `lines` are told only to those whom each concerns, by key and language."""

    words: Mapping[str, Said]
    lines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "words": {language: {"title": said.title, "text": said.text} for language, said in self.words.items()},
            "lines": {key: dict(line) for key, line in self.lines.items()},
        }

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> "Content":
        """The languages of the house come first: the record keeps no order."""
        kept = content["words"]
        order = [*(language for language in LANGUAGES if language in kept), *sorted(kept.keys() - set(LANGUAGES))]
        return cls({one: Said(kept[one]["title"], kept[one]["text"]) for one in order}, content["lines"])

    def said_to(self, language: str) -> tuple[str, Said]:
        """What a reader of that language gets, and in which language it is."""
        chosen = language_for(language, self.words, FALLBACK)
        return chosen, self.words[chosen]


@dataclass(frozen=True, slots=True)
class Writing:
    """A broadcast as somebody writes it."""

    words: Mapping[str, Said]
    audience: Audience
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True)
class ReachAhead:
    """Whom it would reach if it went out now. `read_in`: how many read it in which language, by their own."""

    people: int
    by_language: Mapping[str, int]
    by_channel: Mapping[ChannelName, int]
    unreachable: int
    stopped: int
    read_in: Mapping[str, str]
    takes: timedelta

    def lacking(self) -> Iterable[tuple[str, str, int]]:
        """Languages without a text of their own: which, what its readers get, how many they are."""
        for language, count in self.by_language.items():
            if self.read_in[language].split("_")[0] != language.replace("-", "_").split("_")[0]:
                yield language, self.read_in[language], count


@dataclass(frozen=True, slots=True)
class Preview:
    """One language as each channel shows it."""

    language: str
    html: str
    plain: str
    segments: int
    robot_bytes: int

    @property
    def fits_robot(self) -> bool:
        return self.robot_bytes <= ROBOT_BYTES


@dataclass(frozen=True, slots=True)
class LookedThrough:
    """What the lint found, text by text. `never`: it cannot go out; `reasons`: it can, with a reason on record."""

    found: Mapping[tuple[str, str], tuple[Finding, ...]]
    never: tuple[Finding, ...]
    reasons: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class BroadcastView:
    broadcast: Broadcast
    audience: Audience
    schedule: Schedule
    content: Content
    looked: LookedThrough
    names: Mapping[OfficialId, str]
    is_own: bool


@dataclass(frozen=True, slots=True)
class BroadcastService:
    transactions: Transactions
    outbox: Outbox
    clock: Clock
    packs: PackService
    words: Words
    rates: Mapping[ChannelName, float] = field(default_factory=dict)

    # written

    async def draft(self, words: Mapping[str, Said], *, area: str, official: Official) -> Broadcast:
        """A text for everybody who lives in an area, in every language of the house. It waits for a second person."""
        faults = tuple(
            Fault(language, "title and text are needed in this language")
            for language in LANGUAGES
            if language not in words or not words[language].title.strip() or not words[language].text.strip()
        )
        if faults:
            raise Invalid(faults=faults)
        return await self.write(Writing(words, Audience(areas=(area,)), Schedule()), official=official, strict=True)

    async def write(self, writing: Writing, *, official: Official, strict: bool = False) -> Broadcast:
        """A new draft. `strict`: nothing that needs a reason may stand in it either, for nobody could give one."""
        if not official.may(*WRITING):
            raise NotYours
        writing = _complete(writing, official)
        async with self.transactions.begin(over_all(official)) as work:
            area = around_all(writing.audience.areas) or official.area
            looked = await self.look_through(work, area, writing.words)
            if looked.never or (strict and looked.reasons):
                raise _identity(looked.never or looked.reasons)
            return await self.compose(
                work,
                Content(writing.words),
                audience=writing.audience,
                schedule=writing.schedule,
                area=area,
                by=official,
            )

    async def rewrite(
        self, broadcast_id: BroadcastId, writing: Writing, read_hash: str, *, official: Official
    ) -> Broadcast:
        """Other words, people or times. What was approved or rejected before is void: it waits for a second person
        again, and whoever changed it cannot be that person."""
        if not official.may(*WRITING):
            raise NotYours
        writing = _complete(writing, official)
        async with self.transactions.begin(over_all(official)) as work:
            before = await self._held(work, broadcast_id, official)
            if before.risk_list_id is not None:
                raise Conflict("the words of a risk list follow from the list")
            if before.state not in WRITABLE:
                raise BroadcastAlreadySent
            if before.content_hash != read_hash:
                raise ContentChanged
            area = around_all(writing.audience.areas) or before.area
            looked = await self.look_through(work, area, writing.words)
            if looked.never:
                raise _identity(looked.never)
            plain = Content(writing.words).as_json()
            audience, schedule = writing.audience.as_json(), writing.schedule.as_json()
            voids = before.state is BroadcastState.APPROVED
            after = replace(
                before,
                title=_title(writing.words),
                content=plain,
                audience=audience,
                schedule=schedule,
                content_hash=content_hash(plain, audience, schedule),
                area=area,
                state=BroadcastState.DRAFT,
                authors=list(dict.fromkeys([*before.authors, official.id])),
                approved_by=None,
                approved_at=None,
                waiver=None,
                next_at=None,
                trail=self._trail(before, "voided" if voids else "changed", official),
            )
            await work.broadcasts.save(after, before)
            work.forget(BROADCAST, before.id)
            await work.audit.add(
                "broadcast.change", "broadcast", before.id, at=self.clock.now(), hash=after.content_hash, voids=voids
            )
            return after

    async def compose(
        self,
        work: Work,
        content: Content,
        *,
        audience: Audience,
        area: str,
        by: Official,
        schedule: Schedule | None = None,
        risk_list: RiskListId | None = None,
    ) -> Broadcast:
        """Inside the caller's transaction: a draft."""
        plain, named = content.as_json(), audience.as_json()
        planned = (schedule or Schedule()).as_json()
        broadcast = Broadcast(
            id=BroadcastId(work.new_id()),
            title=_title(content.words),
            template="broadcast",
            content=plain,
            audience=named,
            schedule=planned,
            state=BroadcastState.DRAFT,
            content_hash=content_hash(plain, named, planned),
            area=area,
            created_at=self.clock.now(),
            created_by=by.id,
            authors=[by.id],
            trail=[self._step("written", by)],
            risk_list_id=risk_list,
            corrects=audience.corrects,
        )
        await work.broadcasts.add(broadcast)
        await work.audit.add("broadcast.draft", "broadcast", broadcast.id, at=broadcast.created_at)
        return broadcast

    async def correct(self, broadcast_id: BroadcastId, words: Mapping[str, Said], *, official: Official) -> Broadcast:
        """A draft for exactly those who got the first one; a second person releases it too."""
        if not official.may(*WRITING):
            raise NotYours
        async with self.transactions.begin(over_all(official)) as work:
            first = await self._held(work, broadcast_id, official)
            if first.state not in (BroadcastState.SENT, BroadcastState.STOPPED):
                raise NothingToCorrect
            old = Audience.of_json(first.audience)
            audience = Audience(
                areas=old.areas, corrects=first.id, officials=old.officials, nearest=old.nearest, reach=old.reach
            )
            looked = await self.look_through(work, first.area, words)
            if looked.never:
                raise _identity(looked.never)
            writing = _complete(Writing(words, audience, Schedule()), None)
            correction = await self.compose(
                work, Content(writing.words), audience=audience, area=first.area, by=official
            )
            corrected = replace(first, trail=self._trail(first, "corrected", official))
            await work.broadcasts.save(corrected, first)
            return correction

    # looked through

    async def look_through(self, work: Work, area: str, words: Mapping[str, Said]) -> LookedThrough:
        """What in these words shows who somebody is (DP-3.4-a). A number of a resident never goes out; a name, a door
        or a plate goes out with a reason, where a notice has texts looked through."""
        pack = await self.packs.for_area(work, area, self.clock.now())
        asked = pack.release is not None and pack.release.privacy_lint
        found: dict[tuple[str, str], tuple[Finding, ...]] = {}
        never: list[Finding] = []
        reasons: list[Finding] = []
        for language, said in words.items():
            for part, text in (("title", said.title), ("text", said.text)):
                found[language, part] = findings = lint(text)
                for one in findings:
                    if one.weight is Weight.NEVER or await self._is_a_residents(work, one, as_read(text)):
                        never.append(one)
                    elif one.weight is Weight.REASON and asked:
                        reasons.append(one)
        return LookedThrough(found, tuple(never), tuple(reasons))

    @staticmethod
    async def _is_a_residents(work: Work, finding: Finding, text: str) -> bool:
        if finding.kind is not Identifying.PHONE:
            return False
        return bool(await work.residents.matching(phone=normal_phone(text[finding.start : finding.end])))

    # decided

    async def approve(
        self, broadcast_id: BroadcastId, approved_hash: str, *, official: Official, waiver: str = ""
    ) -> Broadcast:
        """Release exactly what the hash names. A risk list's broadcast is released by publishing the list."""
        if not official.may(Role.PUBLISHER):
            raise NotYours
        async with self.transactions.begin(over_all(official)) as work:
            broadcast = await self._held(work, broadcast_id, official)
            if broadcast.risk_list_id is not None:
                raise Conflict("this broadcast goes out when its risk list is published")
            looked = await self.look_through(work, broadcast.area, Content.of_json(broadcast.content).words)
            if looked.never or (looked.reasons and not waiver.strip()):
                raise _identity(looked.never or looked.reasons)
            return await self.release(
                work, broadcast, approved_hash=approved_hash, by=official, waiver=waiver if looked.reasons else ""
            )

    async def release(
        self, work: Work, broadcast: Broadcast, *, approved_hash: str, by: Official, waiver: str = ""
    ) -> Broadcast:
        """Inside the caller's transaction, which sees everybody. The clock carries it out from here."""
        if broadcast.state is BroadcastState.REJECTED:
            raise BroadcastRejected
        if broadcast.state not in RELEASABLE:
            raise BroadcastAlreadySent
        await self._second_person(work, broadcast, by)
        named = content_hash(broadcast.content, broadcast.audience, broadcast.schedule)
        if approved_hash != broadcast.content_hash or named != broadcast.content_hash:
            raise ContentChanged
        now = self.clock.now()
        manners = self.outbox.manners
        at = goes_at(
            Schedule.of_json(broadcast.schedule),
            now,
            quiet_from=manners.quiet_from,
            quiet_to=manners.quiet_to,
            zone=manners.zone,
        )
        approved = replace(
            broadcast,
            state=BroadcastState.APPROVED,
            approved_by=by.id,
            approved_at=now,
            next_at=at,
            waiver=waiver.strip() or None,
            trail=self._trail(broadcast, "approved", by, why=waiver),
        )
        await work.broadcasts.save(approved, broadcast)
        work.wake(BROADCAST, broadcast.id, at)
        await work.audit.add("broadcast.approve", "broadcast", broadcast.id, at=now, hash=broadcast.content_hash)
        return approved

    async def reject(self, broadcast_id: BroadcastId, read_hash: str, reason: str, *, official: Official) -> Broadcast:
        """It does not go out as it stands. Whoever wrote it reads why, and may change it."""
        if not official.may(Role.PUBLISHER):
            raise NotYours
        if not reason.strip():
            raise ReasonNeeded
        async with self.transactions.begin(over_all(official)) as work:
            before = await self._held(work, broadcast_id, official)
            if before.state is not BroadcastState.DRAFT:
                raise BroadcastAlreadySent
            if before.content_hash != read_hash:
                raise ContentChanged
            after = replace(
                before, state=BroadcastState.REJECTED, trail=self._trail(before, "rejected", official, why=reason)
            )
            await work.broadcasts.save(after, before)
            await work.audit.add("broadcast.reject", "broadcast", before.id, at=self.clock.now())
            return after

    async def _second_person(self, work: Work, broadcast: Broadcast, by: Official) -> None:
        """Another account is not enough: the person behind it must be another one."""
        mine = await work.officials.persons_behind(by.id, self._phone_index(work))
        for author in {*broadcast.authors, *([broadcast.created_by] if broadcast.created_by else [])}:
            if mine & await work.officials.persons_behind(author, self._phone_index(work)):
                raise SecondPersonNeeded

    @staticmethod
    def _phone_index(work: Work) -> Any:
        return lambda handle: work.vault.index("phone", normal_phone(handle))

    # read

    async def view(self, broadcast_id: BroadcastId, *, official: Official) -> BroadcastView:
        async with self.transactions.begin(over_all(official)) as work:
            broadcast = await self._held(work, broadcast_id, official, lock=False)
            content = Content.of_json(broadcast.content)
            looked = await self.look_through(work, broadcast.area, content.words)
            known = await work.officials.by_ids(_named(broadcast))
            try:
                await self._second_person(work, broadcast, official)
                own = False
            except SecondPersonNeeded:
                own = True
        return BroadcastView(
            broadcast,
            Audience.of_json(broadcast.audience),
            Schedule.of_json(broadcast.schedule),
            content,
            looked,
            {one.id: one.name for one in known.values()},
            own,
        )

    @glanced(by=attrgetter("sight"))
    async def listed(self, *, official: Official, states: Sequence[BroadcastState] = ()) -> list[Broadcast]:
        async with self.transactions.reading(official.scope) as work:
            return await work.broadcasts.listed(states=states)

    async def profiles(self, area: str) -> tuple[str, ...]:
        """Kinds of follow-up there are where an official works."""
        async with self.transactions.begin(_WORK) as work:
            return tuple((await self.packs.for_area(work, area, self.clock.now())).profiles)

    async def languages(self, area: str) -> list[str]:
        """Languages the residents of an area read."""
        async with self.transactions.begin(_WORK) as work:
            return await work.audiences.languages(area)

    async def looked_at(self, words: Mapping[str, Said], *, official: Official) -> LookedThrough:
        """The lint on words that are not kept yet."""
        async with self.transactions.begin(over_all(official)) as work:
            return await self.look_through(work, official.area, words)

    async def reach(self, audience: Audience, words: Mapping[str, Said]) -> ReachAhead:
        """How many hear it, in which language and by which channel; only numbers leave."""
        order = channel_order()
        async with self.transactions.begin(_WORK) as work:
            counted = await work.audiences.counted(audience, order)
        by_language: dict[str, int] = {}
        by_channel: dict[ChannelName, int] = {}
        unreachable = stopped = 0
        for one in counted:
            by_language[one.language] = by_language.get(one.language, 0) + one.people
            if one.channel is None:
                unreachable += one.people
            elif one.stopped:
                stopped += one.people
            else:
                by_channel[one.channel] = by_channel.get(one.channel, 0) + one.people
        return ReachAhead(
            people=sum(by_language.values()),
            by_language=dict(sorted(by_language.items(), key=lambda item: -item[1])),
            by_channel=by_channel,
            unreachable=unreachable,
            stopped=stopped,
            read_in={language: language_for(language, words, FALLBACK) for language in by_language if words},
            takes=takes(by_channel, self.rates, USUAL_RATE),
        )

    def previews(self, content: Content) -> list[Preview]:
        """Each language as a reader sees it, the holes filled with what stands for somebody unknown."""
        shown = []
        for language, said in content.words.items():
            title, text = (filled(one, language, lambda _: None) for one in (said.title, said.text))
            lines = [line.get(closest_language(language), "") for line in list(content.lines.values())[:3]]
            rendered = self.words.say("broadcast", language, {"title": title, "text": text, "areas": lines})
            shown.append(
                Preview(
                    language,
                    rendered.html,
                    rendered.plain,
                    sms_segments(rendered.plain),
                    len(rendered.plain.encode()),
                )
            )
        return shown

    async def try_on_myself(self, broadcast_id: BroadcastId, *, official: Official) -> int:
        """Every language to one's own addresses; how many messages. Nothing else changes."""
        view = await self.view(broadcast_id, official=official)
        now = self.clock.now()
        sent = 0
        async with self.transactions.begin(over_all(official)) as work:
            for preview, (language, said) in zip(self.previews(view.content), view.content.words.items(), strict=True):
                mark = self.words.word("broadcast.trial", preview.language)
                title, text = (filled(one, language, lambda _: None) for one in (said.title, said.text))
                sent += await self.outbox.to_officials(
                    work,
                    [official],
                    "broadcast",
                    {"title": f"{mark} {title}", "text": text, "areas": []},
                    now=now,
                    lane=Lane.REPLY,
                )
            await work.audit.add("broadcast.trial", "broadcast", broadcast_id, at=now)
        return sent

    # small things

    @staticmethod
    async def _held(work: Work, broadcast_id: BroadcastId, official: Official, *, lock: bool = True) -> Broadcast:
        return await held(work, broadcast_id, official, lock=lock)

    def _step(self, what: str, by: Official | None, why: str = "") -> dict[str, Any]:
        said = {"what": what, "at": self.clock.now().isoformat(), "by": str(by.id) if by else None}
        return {**said, "why": why.strip()[:500]} if why.strip() else said

    def _trail(self, broadcast: Broadcast, what: str, by: Official | None, why: str = "") -> list[dict[str, Any]]:
        return [*broadcast.trail, self._step(what, by, why)]


_WORK = Scope.of_work("broadcasts")


async def held(work: Work, broadcast_id: BroadcastId, official: Official, *, lock: bool = True) -> Broadcast:
    """One's own area's broadcast, in a transaction that sees everybody; another's does not exist for this official."""
    broadcast = await work.broadcasts.get(broadcast_id, lock=lock)
    if official.scope.area is None or not broadcast.area.startswith(official.scope.area):
        raise BroadcastNotFound
    return broadcast


def _complete(writing: Writing, official: Official | None) -> Writing:
    """Raises TextIncomplete, AudienceEmpty, Forbidden. Languages without a word are left out; ours may not be."""
    words = {
        language: Said(said.title.strip(), said.text.strip())
        for language, said in writing.words.items()
        if said.title.strip() or said.text.strip()
    }
    faults = [
        Fault(f"{language}.{part}", N_("Title and text are both needed."))
        for language, said in words.items()
        for part in ("title", "text")
        if not getattr(said, part)
    ]
    if FALLBACK not in words:
        faults.append(Fault(FALLBACK, N_("Who reads no other language gets this one, so it cannot be missing.")))
    for language, said in words.items():
        if len(said.text) > LONGEST:
            faults.append(Fault(f"{language}.text", N_("The text is longer than one chat message.")))
        faults += [Fault(hole, N_("Nothing can be filled in here.")) for hole in unknown_holes(said.title + said.text)]
    if faults:
        raise TextIncomplete(faults=tuple(faults))
    audience = writing.audience
    if not audience.areas and not audience.places and audience.corrects is None:
        raise AudienceEmpty
    if official is not None:
        if any(not area.startswith(official.area) for area in audience.areas if not audience.places):
            raise Forbidden("this area lies outside your own")
        audience = replace(audience, within=official.area if audience.places else "")
    return Writing(words, audience, writing.schedule)


def _identity(found: Iterable[Finding]) -> IdentityFound:
    return IdentityFound(faults=tuple(Fault(one.kind.value, one.shown) for one in dict.fromkeys(found)))


def _title(words: Mapping[str, Said]) -> str:
    return (words.get(FALLBACK) or next(iter(words.values()))).title


def _named(broadcast: Broadcast) -> set[OfficialId]:
    from_trail = {OfficialId(UUID(step["by"])) for step in broadcast.trail if step.get("by")}
    return from_trail | {one for one in (*broadcast.authors, broadcast.created_by, broadcast.approved_by) if one}


def over_all(official: Official) -> Scope:
    """What an authority's list decides reaches everybody it concerns, wherever they are managed; the act stays on
    record under the official's own name."""
    return Scope(actor=official.scope.actor, everything=True)
