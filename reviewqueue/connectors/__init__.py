"""Connectors: they read a CRM's exported API answers into source records, one module a system, and what those say of
deals, accounts and contacts. Opening items from them is in `onboarding`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from reviewqueue.connectors import hubspot, salesforce
from reviewqueue.connectors.file_errors import Remark, ignore, require_file
from reviewqueue.evidence.types import Source

READERS = {"hubspot": hubspot.read, "salesforce": salesforce.read}


def read(
    system: str, path: Path, *, hint: str = "", remark: Remark = ignore, require: Callable[[Source], None] | None = None
) -> Iterator[Source]:
    """Every record of a file, yielded only after the whole file was found valid: a bad file changes nothing.

    `hint` names the object where records do not say theirs; `remark` is called with what a person should know;
    `require` is called with each record before any is yielded, and raises for one that may not be read. Raises Invalid
    with the file and the place."""
    require_file(path)
    for source in READERS[system](path, hint=hint):
        if require:
            require(source)
    yield from READERS[system](path, hint=hint, remark=remark)
