"""Systems: what may be read and written in each kind of them, and on whose approval."""

from __future__ import annotations

from pydantic import Field

from reviewqueue.core.systems import SYSTEM_KINDS, WRITING, SystemKey, SystemKind, Writing
from reviewqueue.policy.model.base import PolicyTable, Says

FILE = "systems.toml"


class SystemRow(PolicyTable):
    """What may be done in one kind of system. `connectors` are those that read it. What is neither in `read` nor in
    `write` is refused. `wider_because` is the reason where the row allows more than the first version does."""

    key: SystemKey
    connectors: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    writing: Writing = "draft_only"
    wider_because: Says | None = Field(default=None)

    @property
    def kind(self) -> SystemKind:
        """The kind of system it is about."""
        return SYSTEM_KINDS[self.key]

    @property
    def read_text(self) -> str:
        """What may be read, in words; "" for nothing."""
        return ", ".join(self.kind.reads.get(word, word) for word in self.read)

    @property
    def write_text(self) -> str:
        """What may be written, in words; "" for nothing."""
        return ", ".join(self.kind.writes.get(word, word) for word in self.write)

    @property
    def how(self) -> str:
        """How what may be written leaves, in words."""
        return WRITING[self.writing] if self.write else "never"
