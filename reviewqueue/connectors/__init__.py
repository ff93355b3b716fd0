"""Connectors: what a system really answered, read into source records and nothing else. One file a system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reviewqueue.connectors import hubspot, salesforce
from reviewqueue.connectors.flaws import require_file
from reviewqueue.connectors.telling import Remark, ignore
from reviewqueue.evidence import Source

SYSTEMS = {"hubspot": hubspot.read, "salesforce": salesforce.read}


def read(system: str, path: Path, *, hint: str = "", remark: Remark = ignore) -> Iterator[Source]:
    """Every record of a file, given out only after the whole file was found good: a bad file changes nothing.

    `hint` names the object where records do not say theirs; `remark` is told what a person should know.
    Raises Invalid with the file and the place."""
    require_file(path)
    for _ in SYSTEMS[system](path, hint=hint):
        pass
    yield from SYSTEMS[system](path, hint=hint, remark=remark)
