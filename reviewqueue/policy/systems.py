"""What a policy allows in each kind of system, and the refusal of what goes beyond it: with the row's file and line,
and who can change it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewqueue.core.systems import SYSTEM_KINDS, WRITING
from reviewqueue.policy.model.destinations import Destination
from reviewqueue.policy.model.policy import Gate, Policy
from reviewqueue.policy.model.systems import FILE, SystemRow

WHO_CHANGES = (
    "To allow it, RevOps or an admin proposes another row under Policy, and somebody else approves it; or whoever runs "
    "the installation loads one: `reviewqueue policy load`"
)
_SHIPPED = Path(__file__).parent / "default" / FILE


@dataclass(frozen=True)
class SystemRefusal:
    """An ask beyond its row: the kind of system, what was asked ("read tickets"), the row's file and line, and the
    whole in words."""

    system: str
    ask: str
    place: str
    says: str

    def facts(self) -> dict[str, str]:
        """What the log keeps of it."""
        return {"system": self.system, "ask": self.ask, "row": self.place}


@cache
def first_version() -> tuple[SystemRow, ...]:
    """What the first version may do: the rows of a policy that has no systems.toml."""
    found = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["system"]
    return tuple(SystemRow.model_validate({name: _frozen(value) for name, value in one.items()}) for one in found)


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def rows(policy: Policy) -> tuple[SystemRow, ...]:
    """The rows that hold, one for each kind of system."""
    return policy.systems or first_version()


def row_of(policy: Policy, key: str) -> SystemRow:
    """The row of that kind of system."""
    return next((row for row in rows(policy) if row.key == key), SystemRow(key=SYSTEM_KINDS[key].key))


def place_of(policy: Policy, key: str, *names: str) -> str:
    """File and line of a row, or of a key of it; "systems.toml" where the policy has no such file."""
    return policy.place(f"systems:{key}", *names) or FILE


def why_not_read(policy: Policy, connector: str, key: str, word: str) -> SystemRefusal | None:
    """Why a connector may not read `word` in that kind of system; None where it may."""
    row = row_of(policy, key)
    if connector not in row.connectors:
        return _refusal(policy, row, "connectors", f"read by {connector}", f"the connector {connector} may not read it")
    if word not in row.read:
        what = row.kind.reads.get(word, word)
        return _refusal(policy, row, "read", f"read {word}", f"{what} may not be read")
    return None


def why_not_written(policy: Policy, to: Destination, gate: Gate | None = None) -> SystemRefusal | None:
    """Why nothing may be written to that destination after an approval, at that gate where one is named; None where it
    may."""
    for key, word in to.asks:
        row = row_of(policy, key)
        if word not in row.write:
            what = row.kind.why_never or f"{row.kind.writes.get(word, word)} may not be written"
            return _refusal(policy, row, "write", f"write {word}", what)
        if row.writing == "draft_only":
            return _refusal(policy, row, "writing", f"write {word}", f"it is written {WRITING[row.writing]}")
        if row.writing == "owner_approves" and gate is not None and not gate.account_owner:
            says = f"it is written {WRITING[row.writing]}, and the gate {gate.key!r} has no account_owner = true"
            return _refusal(policy, row, "writing", f"write {word}", says)
    return None


def may_write_automatically(policy: Policy, to: Destination) -> bool:
    """Whether what goes to that destination may leave without a person's decision, where a lane has earned it."""
    return all(row_of(policy, key).writing == "automatic" for key, _ in to.asks)


def _refusal(policy: Policy, row: SystemRow, key: str, ask: str, says: str) -> SystemRefusal:
    place = place_of(policy, row.key, key)
    return SystemRefusal(row.key, ask, place, f"{row.kind.name}: {says} ({place}). {WHO_CHANGES}")
