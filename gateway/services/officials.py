"""Officials: invited once, on duty by roster, signed in by a one-time link or by password and one-time code."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from uuid import UUID

import pyotp
from pwdlib import PasswordHash

from gateway.clock import Clock
from gateway.domain.kinds import Lane, OfficialId, Role
from gateway.domain.people import Speaker
from gateway.domain.scopes import EVERYWHERE, Official, Scope
from gateway.errors import Conflict, Forbidden, NotFound, Unauthorised
from gateway.record.credentials import ApiToken, Invitation, Session
from gateway.record.officials import OfficialNotFound, Shift
from gateway.record.record import Work
from gateway.services.alerts import ALERT
from gateway.services.glances import glanced
from gateway.services.outbox import Outbox
from gateway.services.transactions import Transactions

INVITATION_LIVES = timedelta(days=7)
#: A code is scanned, or typed from a printed sheet: no sign of it looks like another. 99 bits.
CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 20
LOGIN_LINK_LIVES = timedelta(minutes=15)
SESSION_IDLE = timedelta(hours=12)
SESSION_LIVES = timedelta(days=7)

_WORK = Scope.of_work("credentials")


class InvitationUnknown(NotFound):
    """This invitation is not known. Ask for a new one."""


class InvitationExpired(Conflict):
    """This invitation has expired. Ask for a new one."""


class InvitationUsed(Conflict):
    """This invitation was used already. Ask for a new one."""


class ShiftNotFound(NotFound):
    """There is no such post in your area."""


class SignInFailed(Unauthorised):
    """The link, or name, password and code, do not fit. Links work once and for 15 minutes."""


class OrganisationUnknown(Unauthorised):
    """This account of your organisation is not linked to anybody here. Sign in by a link, and link it in your
    sign-in settings."""


class OrganisationTaken(Conflict):
    """This account of your organisation is linked to somebody else here."""


@dataclass(frozen=True, slots=True)
class OfficialService:
    transactions: Transactions
    outbox: Outbox
    clock: Clock
    passwords: PasswordHash

    async def get(self, official_id: OfficialId) -> Official:
        async with self.transactions.reading(_WORK) as work:
            return await work.officials.get(official_id)

    async def find(self, official_id: OfficialId) -> Official | None:
        """None once the post has ended."""
        async with self.transactions.reading(_WORK) as work:
            return await work.officials.find(official_id)

    async def administrator(self) -> Official:
        """Whoever runs this installation: the first administrator of everything, made when there is none."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            everybody = await work.officials.listed(area="")
            for official in everybody:
                if Role.ADMINISTRATOR in official.roles and official.area == "":
                    return official
            official = Official(OfficialId(work.new_id()), "管理员", "zh_Hans_CN", (Role.ADMINISTRATOR,), "")
            await work.officials.add(official, now=now)
            await work.audit.add("official.administrator", "official", official.id, at=now)
        return official

    # invitations

    async def invite(
        self, *, name: str, roles: tuple[Role, ...], area: str, by: Official | None, unit_id: UUID | None = None
    ) -> tuple[Invitation, str]:
        """An invitation and its secret, which is shown once. Nobody invites beyond the own area."""
        async with self.transactions.begin(_WORK) as work:
            return await self.invite_within(work, name=name, roles=roles, area=area, by=by, unit_id=unit_id)

    async def invite_within(
        self,
        work: Work,
        *,
        name: str,
        roles: tuple[Role, ...],
        area: str,
        by: Official | None,
        unit_id: UUID | None = None,
    ) -> tuple[Invitation, str]:
        """As `invite`, inside the caller's transaction: a whole list is invited, or nobody of it."""
        if by is not None and not may_invite(by, area):
            raise Forbidden("you can invite only inside your own area")
        if by is not None and Role.ADMINISTRATOR in roles and Role.ADMINISTRATOR not in by.roles:
            raise Forbidden("only administrators name administrators")
        if by is not None and set(roles) & FAR_REACHING and not by.may(Role.COUNTY, Role.CITY, Role.PROVINCE):
            raise Forbidden("whoever confirms or publishes lists is named by the county or above")
        now = self.clock.now()
        code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
        invitation = Invitation(
            id=work.new_id(),
            name=name,
            roles=roles,
            area=area,
            created_at=now,
            expires_at=now + INVITATION_LIVES,
            unit_id=unit_id,
            invited_by=by.id if by else None,
        )
        await work.credentials.invite(invitation, code)
        await work.audit.add("official.invite", "invitation", invitation.id, at=now, area=area)
        return invitation, code

    async def enrol(self, speaker: Speaker, token: str) -> Official:
        """Take an invitation in a chat: this address is the official's from now on.

        Whoever has a post already gives it up for the new one; whoever left comes back as somebody new, so that the
        acts of then and now stay apart. Asked again by the one who took it, it answers the same.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            invitation = await work.credentials.invitation(typed_code(token), lock=True)
            if invitation is None:
                raise InvitationUnknown
            present = await work.officials.find(speaker.official_id) if speaker.official_id else None
            if invitation.used_at is not None:
                if present is not None and invitation.used_by == present.id:
                    return present
                raise InvitationUsed
            if invitation.expires_at <= now:
                raise InvitationExpired
            official = Official(
                id=present.id if present else OfficialId(work.new_id()),
                name=invitation.name,
                language=speaker.resident.language if speaker.resident else "zh_Hans_CN",
                roles=invitation.roles,
                area=invitation.area,
                unit_id=invitation.unit_id,
            )
            if present is None:
                await work.officials.add(official, now=now)
            else:
                await work.officials.end_shifts(official.id, now)
                await work.officials.change(official)
                await work.audit.add("official.change", "official", official.id, at=now, area=official.area)
            for role in invitation.roles:
                await work.officials.add_shift(
                    Shift(work.new_id(), role, invitation.area, official.id, now, unit_id=invitation.unit_id)
                )
            known = await work.addresses.find(speaker.address.channel, speaker.address.handle)
            if known is None:
                await work.addresses.add(replace(speaker.address, official_id=official.id), now=now)
            else:
                await work.addresses.belongs_to(known, official=official.id)
            await work.credentials.use_invitation(invitation.id, official.id, now)
            await work.audit.add("official.enrol", "official", official.id, at=now)
        self.transactions.glances.forget()
        return official

    # signing in to the console

    async def login_link(self, official_id: OfficialId) -> str:
        """A secret that signs this official in, once, within 15 minutes."""
        now = self.clock.now()
        token = secrets.token_urlsafe(24)
        async with self.transactions.begin(_WORK) as work:
            official = await work.officials.get(official_id)
            await work.credentials.add_login_link(work.new_id(), token, official.id, now + LOGIN_LINK_LIVES)
            await work.audit.add("official.login_link", "official", official.id, at=now)
        return token

    async def send_login_link(self, name: str, *, page: str) -> None:
        """To the own chat of whoever is the only one with this name; a name nobody has is answered no differently."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            named = [one for one in await work.officials.listed(area=EVERYWHERE) if name == one.name]
        if len(named) != 1:
            return
        link = f"{page}?token={await self.login_link(named[0].id)}"
        async with self.transactions.begin(_WORK) as work:
            await self.outbox.to_officials(
                work,
                named,
                "login_link",
                {"link": link, "minutes": int(LOGIN_LINK_LIVES.total_seconds() // 60)},
                now=now,
                lane=Lane.REPLY,
            )

    async def sign_in_by_link(self, token: str) -> tuple[Session, str]:
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            official_id = await work.credentials.use_login_link(token, now)
            if official_id is None or await work.officials.find(official_id) is None:
                raise SignInFailed
        return await self._open_session(official_id)

    async def sign_in_by_password(self, official_id: OfficialId, password: str, code: str) -> tuple[Session, str]:
        async with self.transactions.begin(_WORK) as work:
            stored, totp = await work.credentials.password_of(official_id)
        if stored is None or totp is None or not self.passwords.verify(password, stored):
            raise SignInFailed
        if not pyotp.TOTP(totp).verify(code, for_time=self.clock.now(), valid_window=1):
            raise SignInFailed
        return await self._open_session(official_id)

    async def sign_in_by_name(self, name: str, password: str, code: str) -> tuple[Session, str]:
        """As `sign_in_by_password`, for whoever is the only one with this name (or id). Raises SignInFailed."""
        async with self.transactions.begin(_WORK) as work:
            named = [one for one in await work.officials.listed(area=EVERYWHERE) if name in (one.name, str(one.id))]
        if len(named) != 1:
            self.passwords.hash(password)  # an unknown name takes as long as a wrong password
            raise SignInFailed
        return await self.sign_in_by_password(named[0].id, password, code)

    async def set_password(self, official: Official, password: str) -> str:
        """Set a password; the answer is the secret of the one-time codes (for an authenticator's QR code)."""
        secret = pyotp.random_base32()
        async with self.transactions.begin(_WORK) as work:
            await work.credentials.set_password(official.id, self.passwords.hash(password), secret)
            await work.audit.add("official.password", "official", official.id, at=self.clock.now())
        return secret

    # by the identity provider of the organisation: whoever it names has linked that name before, signed in otherwise

    async def link_organisation(self, official: Official, *, provider: str, subject: str) -> None:
        """Raises OrganisationTaken."""
        async with self.transactions.begin(_WORK) as work:
            if await work.credentials.linked_to(provider, subject) not in (None, official.id):
                raise OrganisationTaken
            await work.credentials.link(official.id, provider, subject)
            await work.audit.add("official.organisation_link", "official", official.id, at=self.clock.now())

    async def unlink_organisation(self, official: Official) -> None:
        async with self.transactions.begin(_WORK) as work:
            await work.credentials.link(official.id, "", None)
            await work.audit.add("official.organisation_unlink", "official", official.id, at=self.clock.now())

    async def has_organisation(self, official: Official) -> bool:
        async with self.transactions.reading(_WORK) as work:
            return await work.credentials.is_linked(official.id)

    async def sign_in_by_organisation(self, *, provider: str, subject: str) -> tuple[Session, str]:
        """Raises OrganisationUnknown."""
        async with self.transactions.begin(_WORK) as work:
            official_id = await work.credentials.linked_to(provider, subject)
            if official_id is None or await work.officials.find(official_id) is None:
                raise OrganisationUnknown
        return await self._open_session(official_id)

    async def _open_session(self, official_id: OfficialId) -> tuple[Session, str]:
        now = self.clock.now()
        token = secrets.token_urlsafe(32)
        async with self.transactions.begin(_WORK) as work:
            session = Session(
                id=work.new_id(),
                official_id=official_id,
                csrf=secrets.token_urlsafe(18),
                created_at=now,
                seen_at=now,
                expires_at=now + SESSION_IDLE,
            )
            await work.credentials.add_session(session, token)
            await work.audit.add("official.sign_in", "official", official_id, at=now)
        return session, token

    async def session(self, token: str) -> tuple[Session, Official]:
        """The live session behind a cookie, which is in use now. Raises SignInFailed."""
        return await self.transactions.glance(("session", token), partial(self._session, token))

    async def _session(self, token: str) -> tuple[Session, Official]:
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            session, official = await self._live(work, token, now)
        if now - session.seen_at > timedelta(minutes=5):
            async with self.transactions.begin(_WORK) as work:
                await work.credentials.touch_session(session.id, now, idle=SESSION_IDLE)
        return session, official

    async def look_at_session(self, token: str) -> Official:
        """Whose session it is, and that it still lives; a page left open does not count as use. Raises
        SignInFailed."""
        async with self.transactions.reading(_WORK) as work:
            _, official = await self._live(work, token, self.clock.now())
        return official

    @staticmethod
    async def _live(work: Work, token: str, now: datetime) -> tuple[Session, Official]:
        found = await work.credentials.session(token, now)
        if found is None or found[0].created_at + SESSION_LIVES <= now:
            raise SignInFailed
        return found

    async def sign_out(self, session: Session) -> None:
        async with self.transactions.begin(_WORK) as work:
            await work.credentials.end_session(session.id, self.clock.now())

    # scripts

    async def create_token(self, *, name: str, role: Role, area: str) -> str:
        now = self.clock.now()
        secret = f"sd_{secrets.token_urlsafe(32)}"
        async with self.transactions.begin(_WORK) as work:
            token = ApiToken(work.new_id(), name, role, area, now)
            await work.credentials.add_token(token, secret)
            await work.officials.add(Official(OfficialId(token.id), name, "en", (role,), area), now=now)
            await work.audit.add("token.create", "token", token.id, at=now, role=role, area=area)
        return secret

    async def bearer(self, secret: str) -> Official | None:
        """The official a script's token stands for: made with it, so that its acts are on record like anybody's."""
        async with self.transactions.reading(_WORK) as work:
            token = await work.credentials.token(secret)
            if token is None or await work.officials.find(OfficialId(token.id)) is None:
                return None
        return Official(id=OfficialId(token.id), name=token.name, language="en", roles=(token.role,), area=token.area)

    # rosters

    @glanced(by=attrgetter("sight"))
    async def listed(self, *, official: Official) -> list[Official]:
        async with self.transactions.reading(official.scope) as work:
            return await work.officials.listed(area=official.area)

    @glanced(by=attrgetter("sight"))
    async def shifts(self, *, official: Official) -> list[Shift]:
        async with self.transactions.reading(official.scope) as work:
            return await work.officials.shifts(area=official.area, now=self.clock.now())

    async def put_on_duty(
        self, official_id: OfficialId, role: Role, area: str, *, by: Official, until: datetime | None = None
    ) -> Shift:
        """From now on this official holds the post. Raises Forbidden beyond the own area."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            holder = await work.officials.get(official_id)
            if not (may_invite(by, area) and holder.area.startswith(by.area)):
                raise Forbidden("you can set rosters only inside your own area")
            shift = Shift(work.new_id(), role, area, official_id, now, ends_at=until, unit_id=holder.unit_id)
            await work.officials.add_shift(shift)
            await work.audit.add(
                "roster.add", "official", official_id, at=now, by=str(by.id), role=role.value, area=area
            )
        return shift

    async def relieve(self, shift_id: UUID, *, by: Official) -> None:
        """The post is given up now. Raises ShiftNotFound beyond the own area."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            known = {one.id: one for one in await work.officials.shifts(area=by.area, now=now)}
            if shift_id not in known or not may_invite(by, known[shift_id].area):
                raise ShiftNotFound
            await work.officials.end_shift(shift_id, now)
            await work.audit.add("roster.end", "official", known[shift_id].official_id, at=now, by=str(by.id))

    async def end(self, official_id: OfficialId, *, by: Official) -> None:
        """Somebody leaves: posts, sessions and access end in this moment. Nobody ends themselves."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            leaving = await work.officials.get(official_id)
            if not may_invite(by, leaving.area):
                raise OfficialNotFound
            if leaving.id == by.id:
                raise Conflict("you cannot end yourself; ask a colleague")
            await work.officials.end_shifts(official_id, now)
            await work.officials.end(official_id, now)
            for alert in await work.alerts.in_hand_of(official_id):  # what they had taken rings on at once
                await work.alerts.save(replace(alert, asked_again_at=now, next_step_at=now), alert)
                work.wake(ALERT, alert.id, now)
            await work.audit.add("official.end", "official", official_id, at=now, by=str(by.id))

    @glanced(by=attrgetter("sight"))
    async def invitations(self, *, official: Official) -> list[Invitation]:
        async with self.transactions.reading(official.scope) as work:
            known = await work.credentials.invitations()
        return [one for one in known if one.area.startswith(official.area)]


#: What they decide reaches people of every area.
FAR_REACHING = {Role.LIST_OWNER, Role.PUBLISHER}
_INVITING = (Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE)


def shown_code(code: str) -> str:
    """In groups of five, as a sheet prints it."""
    return "-".join(code[at : at + 5] for at in range(0, len(code), 5))


def typed_code(text: str) -> str:
    """A code as it was given out, however somebody typed it: in groups, in small letters."""
    bare = re.sub(r"[\s\-\u2013]", "", text).upper()
    return bare if len(bare) == CODE_LENGTH and set(bare) <= set(CODE_SIGNS) else text


def may_invite(official: Official, area: str) -> bool:
    """Whether this official names officials and rosters there: inside the own area, from the township up."""
    return area.startswith(official.area) and official.may(*_INVITING)
