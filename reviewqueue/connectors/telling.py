"""Telling: what is said of a file that is refused, and of one that holds less than it seems."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from reviewqueue.refusals import Fault, Invalid

Remark = Callable[[str], None]


def ignore(_: str) -> None:
    """A listener for remarks that nobody reads."""


def called(path: Path) -> str:
    """What messages call a file: its own name; the whole path where there is no file of that name."""
    return path.name if os.path.isfile(path) else str(path)


def refusal(path: Path, place: str, what: str, mend: str) -> Invalid:
    """An Invalid that names the file and the place, says that nothing was imported, and how to mend it."""
    where = f"{called(path)}, {place}" if place else called(path)
    return Invalid(f"{where}: {what}. Nothing of this file was imported. {mend}", [Fault(place, what)])
