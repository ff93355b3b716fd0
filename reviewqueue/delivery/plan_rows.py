"""The milestones of a plan as rows: for a table, and for the tasks of a project."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reviewqueue.checks import dependencies
from reviewqueue.core.spreadsheets import safe_cell

COLUMNS = ("number", "name", "layer", "owner", "due", "evidence", "exit", "depends_on")


@dataclass(frozen=True)
class PlanRow:
    """One milestone; `depends_on` are the numbers of those before it, `due` is "" where it is no day."""

    number: int
    name: str
    layer: str
    owner: str
    due: str
    evidence: str
    exit: str
    depends_on: tuple[int, ...]


def rows(draft: dict[str, Any]) -> Sequence[PlanRow]:
    """The milestones of a plan's draft in its order, whatever shape an automation gave it."""
    listed = draft.get("milestones")
    entries = [one if isinstance(one, dict) else {} for one in listed] if isinstance(listed, list) else []
    texts = [{key: value for key, value in one.items() if isinstance(value, str)} for one in entries]
    names = {
        dependencies.plain(one["name"]): number
        for number, one in reversed(list(enumerate(texts, 1)))
        if one.get("name")
    }
    return [_row(number, one, names) for number, one in enumerate(texts, 1)]


def _row(number: int, said: dict[str, str], names: dict[str, int]) -> PlanRow:
    before = dependencies.names_in(said.get("depends", ""), names)
    numbers = {names[plain] for one in before if (plain := dependencies.plain(one)) in names}
    texts = {name: said.get(name, "").strip() for name in ("name", "layer", "owner", "evidence", "exit")}
    texts["name"] = texts["name"] or f"Milestone {number}"
    return PlanRow(number, due=_day(said.get("due", "")), depends_on=tuple(sorted(numbers - {number})), **texts)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def as_csv(draft: dict[str, Any]) -> str:
    """A plan as a table, one milestone a line; what a spreadsheet would take for a formula stays text."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for row in rows(draft):
        before = "; ".join(map(str, row.depends_on))
        values = row.number, row.name, row.layer, row.owner, row.due, row.evidence, row.exit, before
        writer.writerow([safe_cell(value) for value in values])
    return written.getvalue()
