"""Retention, erasure and keys: nothing is kept longer than its time, and what was erased stays erased."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog

from gateway.clock import Clock
from gateway.domain.kinds import ResidentId
from gateway.domain.scopes import Scope
from gateway.record.vault import Vault, add_key
from gateway.services.transactions import Transactions

log = structlog.get_logger()

_WORK = Scope.of_work("retention")


@dataclass(frozen=True, slots=True)
class Periods:
    """How long each class is kept (DEFAULT, design 7); transcripts expire in their own store."""

    health: timedelta = timedelta(days=90)
    spent: timedelta = timedelta(days=7)
    audit: timedelta = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class RetentionService:
    transactions: Transactions
    clock: Clock
    periods: Periods = Periods()
    erasures: Path | None = None

    async def purge(self) -> dict[str, int]:
        """One round; how many rows of each class went."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            counts = await work.retention.forget_health(now - self.periods.health)
            counts["spent"] = await work.retention.drop_spent(now - self.periods.spent)
            counts["audit"] = await work.retention.drop_audit(now - self.periods.audit, now)
            if any(counts.values()):
                await work.audit.add("retention.purge", "record", "all", at=now, **counts)
        return counts

    def remember_erased(self, people: list[ResidentId]) -> None:
        """Outside the database, so that a restored backup does not resurrect anybody."""
        if self.erasures is None:
            return
        self.erasures.parent.mkdir(parents=True, exist_ok=True)
        with self.erasures.open("a") as file:
            for person in people:
                file.write(json.dumps({"id": str(person), "at": self.clock.now().isoformat()}) + "\n")
            file.flush()

    async def erase_again(self) -> int:
        """Erase whoever is remembered as erased and has a key again; run at every start of a worker."""
        if self.erasures is None or not self.erasures.exists():
            return 0
        known = [ResidentId(UUID(json.loads(line)["id"])) for line in self.erasures.read_text().splitlines() if line]
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            back = await work.retention.not_erased(known)
            for person in back:
                await work.residents.erase(person, now)
                await work.audit.add("resident.erase_again", "resident", person, at=now)
        if back:
            log.warning("erased again after a restore", people=len(back))
        return len(back)

    async def rotate_keys(self, ring: Path) -> tuple[str, int]:
        """A new wrapping key, and every person's key under it; the old ones stay on the ring for backups."""
        key_id = add_key(ring)
        fresh = Vault.from_file(ring)
        vault = self.transactions.record.vault
        vault.keys.update(fresh.keys)
        rewrapped = 0
        while True:
            async with self.transactions.begin(_WORK) as work:
                portion = await work.retention_with(fresh).rewrap()
                if not portion:
                    left = await work.retention_with(fresh).on_older_keys()
                    await work.audit.add("keys.rotate", "keyring", key_id, at=self.clock.now(), people=rewrapped)
                    if not left:
                        return key_id, rewrapped
            rewrapped += portion
