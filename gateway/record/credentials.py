"""Invitations, sessions, one-time login links, API tokens, idempotency keys and drafts. Secrets are kept as hashes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import OfficialId, Role
from gateway.domain.scopes import Official, Scope
from gateway.record import tables as t
from gateway.record.officials import official_of
from gateway.record.vault import Vault

#: What says who an official is.
_WHO = tuple(t.officials.c[name] for name in Official.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Invitation:
    id: UUID
    name: str
    roles: tuple[Role, ...]
    area: str
    created_at: datetime
    expires_at: datetime
    unit_id: UUID | None = None
    invited_by: OfficialId | None = None
    used_at: datetime | None = None
    used_by: OfficialId | None = None


@dataclass(frozen=True, slots=True)
class Session:
    id: UUID
    official_id: OfficialId
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    id: UUID
    name: str
    role: Role
    area: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer kept for an idempotency key."""

    body_hash: bytes
    status: int | None
    answer: Any
    since: datetime


class Credentials:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    # invitations

    async def invite(self, invitation: Invitation, token: str) -> None:
        await self._connection.execute(
            insert(t.invitations).values(
                id=invitation.id,
                token_hash=self._vault.token_hash(token),
                name=invitation.name,
                roles=[role.value for role in invitation.roles],
                area=invitation.area,
                unit_id=invitation.unit_id,
                invited_by=invitation.invited_by,
                created_at=invitation.created_at,
                expires_at=invitation.expires_at,
            )
        )

    async def invitation(self, token: str, *, lock: bool = False) -> Invitation | None:
        query = select(t.invitations).where(t.invitations.c.token_hash == self._vault.token_hash(token))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _invitation(row) if row else None

    async def invitations(self, *, limit: int = 100) -> list[Invitation]:
        query = select(t.invitations).order_by(t.invitations.c.created_at.desc()).limit(limit)
        return [_invitation(row) for row in (await self._connection.execute(query)).mappings()]

    async def use_invitation(self, invitation_id: UUID, official: OfficialId, now: datetime) -> bool:
        written = await self._connection.execute(
            update(t.invitations)
            .where(t.invitations.c.id == invitation_id, t.invitations.c.used_at.is_(None))
            .values(used_at=now, used_by=official)
        )
        return bool(written.rowcount)

    async def scripts(self) -> set[OfficialId]:
        """Officials that are a script's token, not people."""
        return {OfficialId(row[0]) for row in await self._connection.execute(select(t.api_tokens.c.id))}

    # one-time login links

    async def add_login_link(self, link_id: UUID, token: str, official: OfficialId, expires_at: datetime) -> None:
        await self._connection.execute(
            insert(t.login_links).values(
                id=link_id, token_hash=self._vault.token_hash(token), official_id=official, expires_at=expires_at
            )
        )

    async def use_login_link(self, token: str, now: datetime) -> OfficialId | None:
        """The official it was made for, once, before it expires."""
        query = (
            update(t.login_links)
            .where(
                t.login_links.c.token_hash == self._vault.token_hash(token),
                t.login_links.c.used_at.is_(None),
                t.login_links.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(t.login_links.c.official_id)
        )
        found: OfficialId | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    # passwords and one-time codes

    async def set_password(self, official: OfficialId, password_hash: str, totp_secret: str | None) -> None:
        await self._connection.execute(
            update(t.officials)
            .where(t.officials.c.id == official)
            .values(
                password_hash=password_hash,
                totp_sealed=self._vault.seal(None, "officials", "totp", official, totp_secret),
            )
        )

    async def password_of(self, official: OfficialId) -> tuple[str | None, str | None]:
        query = select(t.officials.c.password_hash, t.officials.c.totp_sealed).where(t.officials.c.id == official)
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None, None
        return row[0], self._vault.open(None, "officials", "totp", official, row[1])

    # the identity provider of the organisation

    async def link(self, official: OfficialId, provider: str, subject: str | None) -> None:
        """The provider's name for this official; None takes it away."""
        await self._connection.execute(
            update(t.officials)
            .where(t.officials.c.id == official)
            .values(oidc_subject=self._known_as(provider, subject) if subject else None)
        )

    async def linked_to(self, provider: str, subject: str) -> OfficialId | None:
        query = select(t.officials.c.id).where(t.officials.c.oidc_subject == self._known_as(provider, subject))
        found: OfficialId | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def is_linked(self, official: OfficialId) -> bool:
        query = select(t.officials.c.oidc_subject.is_not(None)).where(t.officials.c.id == official)
        return bool((await self._connection.execute(query)).scalar_one_or_none())

    def _known_as(self, provider: str, subject: str) -> bytes | None:
        """A subject says who it is only together with its provider."""
        return self._vault.index("oidc_subject", f"{provider} {subject}")

    # sessions

    async def add_session(self, session: Session, token: str) -> None:
        await self._connection.execute(
            insert(t.sessions).values(
                id=session.id,
                token_hash=self._vault.token_hash(token),
                official_id=session.official_id,
                csrf=session.csrf,
                created_at=session.created_at,
                seen_at=session.seen_at,
                expires_at=session.expires_at,
            )
        )

    async def session(self, token: str, now: datetime) -> tuple[Session, Official] | None:
        """A session that lives, and whose it is while their post lasts."""
        c = t.sessions.c
        query = (
            select(
                *(c[name] for name in Session.__dataclass_fields__), *(each.label(f"of_{each.name}") for each in _WHO)
            )
            .join_from(t.sessions, t.officials, t.officials.c.id == c.official_id)
            .where(c.token_hash == self._vault.token_hash(token), c.ended_at.is_(None), c.expires_at > now)
            .where(t.officials.c.active)
        )
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            return None
        session = Session(**{name: row[name] for name in Session.__dataclass_fields__})
        return session, official_of({each.name: row[f"of_{each.name}"] for each in _WHO})

    async def touch_session(self, session_id: UUID, now: datetime, *, idle: timedelta) -> None:
        await self._connection.execute(
            update(t.sessions).where(t.sessions.c.id == session_id).values(seen_at=now, expires_at=now + idle)
        )

    async def end_session(self, session_id: UUID, now: datetime) -> None:
        await self._connection.execute(update(t.sessions).where(t.sessions.c.id == session_id).values(ended_at=now))

    # API tokens

    async def add_token(self, token: ApiToken, secret: str) -> None:
        await self._connection.execute(
            insert(t.api_tokens).values(
                id=token.id,
                token_hash=self._vault.token_hash(secret),
                name=token.name,
                role=token.role,
                area=token.area,
                created_at=token.created_at,
            )
        )

    async def token(self, secret: str) -> ApiToken | None:
        query = select(t.api_tokens).where(
            t.api_tokens.c.token_hash == self._vault.token_hash(secret), t.api_tokens.c.revoked_at.is_(None)
        )
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            return None
        return ApiToken(row["id"], row["name"], Role(row["role"]), row["area"], row["created_at"], row["revoked_at"])

    # idempotency

    async def keep_key(self, caller: str, key: str, body_hash: bytes, now: datetime) -> Kept | None:
        """Take the key; None when it was free, else what is kept under it (status None: still at work)."""
        written = await self._connection.execute(
            upsert(t.idempotency_keys)
            .values(caller=caller, key=key, body_hash=body_hash, created_at=now)
            .on_conflict_do_nothing()
        )
        if written.rowcount:
            return None
        query = select(t.idempotency_keys).where(t.idempotency_keys.c.caller == caller, t.idempotency_keys.c.key == key)
        row = (await self._connection.execute(query)).mappings().one()
        answer = self._vault.open(None, "idempotency_keys", key, UUID(int=0), row["answer_sealed"])
        return Kept(row["body_hash"], row["status"], answer, row["created_at"])

    async def retake_key(self, caller: str, key: str, body_hash: bytes, since: datetime, now: datetime) -> bool:
        """Take over a key whose request died before it answered; True for whoever is first."""
        k = t.idempotency_keys.c
        written = await self._connection.execute(
            update(t.idempotency_keys)
            .where(
                k.caller == caller,
                k.key == key,
                k.created_at == since,
                k.status.is_(None),
                k.body_hash == body_hash,
            )
            .values(created_at=now)
        )
        return bool(written.rowcount)

    async def keep_answer(self, caller: str, key: str, status: int, answer: Any) -> None:
        await self._connection.execute(
            update(t.idempotency_keys)
            .where(t.idempotency_keys.c.caller == caller, t.idempotency_keys.c.key == key)
            .values(
                status=status,
                answer_sealed=self._vault.seal(None, "idempotency_keys", key, UUID(int=0), answer),
            )
        )

    async def drop_key(self, caller: str, key: str) -> None:
        await self._connection.execute(
            delete(t.idempotency_keys).where(
                t.idempotency_keys.c.caller == caller,
                t.idempotency_keys.c.key == key,
                t.idempotency_keys.c.status.is_(None),
            )
        )

    # drafts: opaque, sealed by the bot

    async def keep_draft(self, chat: str, blob: bytes, now: datetime) -> None:
        await self._connection.execute(
            upsert(t.drafts)
            .values(chat=chat, blob=blob, saved_at=now)
            .on_conflict_do_update(index_elements=["chat"], set_={"blob": blob, "saved_at": now})
        )

    async def draft(self, chat: str) -> bytes | None:
        return (
            await self._connection.execute(select(t.drafts.c.blob).where(t.drafts.c.chat == chat))
        ).scalar_one_or_none()

    async def drop_draft(self, chat: str) -> None:
        await self._connection.execute(delete(t.drafts).where(t.drafts.c.chat == chat))


def _invitation(row: Any) -> Invitation:
    return Invitation(
        id=row["id"],
        name=row["name"],
        roles=tuple(Role(role) for role in row["roles"]),
        area=row["area"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        unit_id=row["unit_id"],
        invited_by=row["invited_by"],
        used_at=row["used_at"],
        used_by=row["used_by"],
    )
