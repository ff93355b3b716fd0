"""Telling: what is said of a file that is refused, and of one that holds less than it seems.

Words from the file, and its name, reach a terminal: each is one line, cut, with nothing hidden in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from reviewqueue.characters import line
from reviewqueue.refusals import Fault, Invalid

Remark = Callable[[str], None]
# How much is read of a text that is cut at the end: hidden characters make it longer, never shorter.
_READ = 1_000


def ignore(_: str) -> None:
    """A listener for remarks that nobody reads."""


def called(path: Path) -> str:
    """What messages call a file: its own name; the whole path where there is no file of that name."""
    name = path.name if os.path.isfile(path) else str(path)
    return line(os.fsencode(name).decode(errors="backslashreplace"))


def refusal(path: Path, place: str, what: str, mend: str) -> Invalid:
    """An Invalid that names the file and the place, says that nothing was imported, and how to mend it."""
    place = line(place[:_READ], 160)
    where = f"{called(path)}, {place}" if place else called(path)
    return Invalid(f"{where}: {what}. Nothing of this file was imported. {mend}", [Fault(place, what)])


def said(*values: Any) -> str:
    """The words and numbers among these values as part of a message; "" where none says anything."""
    texts = (str(one)[:_READ] for one in values if isinstance(one, str | int | Decimal) and not isinstance(one, bool))
    return ", ".join(filter(None, (line(text, 160) for text in texts)))


def shown(value: Any) -> str:
    """A value as part of a message, as JSON calls it."""
    if isinstance(value, str):
        return f"“{line(value[:_READ], 40)}”"
    if isinstance(value, bool | None):
        return json.dumps(value)
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else line(str(value), 40)
