"""One import under way, and its results."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.evidence.types import Source
from reviewqueue.onboarding import running_accounts
from reviewqueue.people.access import Caller
from reviewqueue.policy.model.policy import Policy

ProgressCallback = Callable[[int, str], None]


@dataclass
class ImportResult:
    """The results of an import. Each deal counts once: started, asked (a question to RevOps), skipped, or a duplicate;
    every other record that was known before counts as a duplicate. `refused` counts files, `kept` the records that were
    not known before. `details` say why, deal by deal."""

    started: int = 0
    asked: int = 0
    skipped: int = 0
    duplicates: int = 0
    refused: int = 0
    kept: int = 0
    details: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The five numbers by name."""
        return {name: getattr(self, name) for name in ("started", "asked", "skipped", "duplicates", "refused")}

    def note(self, outcome: str, why: str, **place: Any) -> None:
        """Count one outcome and keep its reason."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.details.append({"outcome": outcome, **place, "why": why})


@dataclass
class ImportRun:
    """One import under way. `deals` are those of its files by (object, id): whether a source record of it is new.
    `running` has the accounts whose onboardings run, once it was asked for, and `allowed` what the policy was found to
    let the connector read: (kind of system, word)."""

    session: Session
    system: str
    policy: Policy
    caller: Caller
    now: datetime
    on_progress: ProgressCallback
    result: ImportResult = field(default_factory=ImportResult)
    deals: dict[tuple[str, str], bool] = field(default_factory=dict)
    running: running_accounts.RunningAccounts | None = None
    allowed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def actor(self) -> Actor:
        return Actor.automation(self.caller.automation_id)

    @property
    def trusted(self) -> Collection[str]:
        return self.policy.organisation.trusted_automations

    def count_skipped(self, deal: Source, why: str) -> None:
        """Count a deal that starts nothing: skipped when its record is new, else a duplicate."""
        fresh = self.deals.get((deal.object, deal.external_id))
        if fresh:
            self.result.note("skipped", why, **named(deal))
        elif fresh is not None:
            self.result.duplicates += 1


def named(deal: Source) -> dict[str, str]:
    """A deal as the results name it."""
    return {"object": deal.object, "id": deal.external_id, "name": deal.label}
