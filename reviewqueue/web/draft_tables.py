"""The lists of a draft as tables: rows that a person adds, removes and moves, on the page for editing.

A row is named by its place in the revision on the page ("3"), or "+1" where it was added; the form says in which order
the rows stand, so that nothing is kept on the server until the edit is saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from reviewqueue.core import canonical_json
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.row_moves import RowMoves
from reviewqueue.policy.model.templates import LAYERS
from reviewqueue.web.draft_layout import ADDRESS_LISTS, EditableText, as_posted, in_reading_order, label_of, shape

# What the rows of lists with these names hold; a list that is empty has these too.
COLUMNS = {
    "milestones": ("layer", "name", "owner", "due", "evidence", "exit", "depends"),
    "agenda": ("topic", "who", "minutes"),
    "stakeholders": ("name", "role", "email", "cares_about"),
    "risks": ("risk", "sign", "effect"),
    "actions": ("action", "owner", "due"),
}
TEXT_LISTS = ("open_questions", "questions")
LABELS = {"name": "Milestone", "exit": "Exit criteria", "depends": "Depends on"}
MAX_ROWS, MAX_CALLED = 200, 80
MAX_DIGITS = 30  # of a number that is typed, with its sign and point
_PLAIN_NUMBER = as_pattern(r"[+-]?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Column:
    """One column: the key that each row has it under, "" in a list of plain texts."""

    key: str
    label: str

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be chosen, where the field has a fixed set."""
        return LAYERS if self.key == "layer" else ()

    @property
    def width(self) -> str:
        """How wide it is shown: the key of a column of a plan, "short", or "text"."""
        return self.key if self.key in COLUMNS["milestones"] else "short" if self.short else "text"

    @property
    def short(self) -> bool:
        """Whether it holds a few characters: a day, a number, numbers of rows."""
        return self.key in ("due", "minutes", "depends", "date", "days")


@dataclass(frozen=True)
class Row:
    """One row: its key, and its texts by column."""

    key: str
    cells: dict[str, str]

    @property
    def is_new(self) -> bool:
        """Whether it is not in the revision on the page."""
        return self.key.startswith("+")

    @property
    def called(self) -> str:
        """What it is called, in a few words."""
        names = (self.cells.get(name, "") for name in ("", "name", "topic", "risk", "action"))
        said = next((one for one in (*names, *self.cells.values()) if one.strip()), "")
        words = " ".join(said.split())
        return words if len(words) <= MAX_CALLED else f"{words[:MAX_CALLED]}…"

    @property
    def blank(self) -> bool:
        """Whether nothing was written into it; a layer is chosen, not written."""
        return not any(text.strip() for name, text in self.cells.items() if name != "layer")


@dataclass(frozen=True)
class Table:
    """One list of a draft as a table. `removed` are rows that were taken out on this page and can be put back."""

    at: str
    label: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    removed: tuple[Row, ...] = ()

    @property
    def is_plan(self) -> bool:
        """Whether its rows are milestones that depend on one another."""
        return self.at == "/milestones" and any(one.key == "depends" for one in self.columns)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each row, by its key."""
        return {row.key: number for number, row in enumerate(self.rows, 1)}

    def at_cell(self, row: Row, column: Column) -> str:
        """The pointer that names a cell in the form."""
        return f"{self.at}/{row.key}/{canonical_json.escape(column.key)}" if column.key else f"{self.at}/{row.key}"

    def holds(self, at: str) -> bool:
        """Whether a pointer into the draft is a cell of this table."""
        if not at.startswith(f"{self.at}/"):
            return False
        _, _, name = at[len(self.at) + 1 :].partition("/")
        return any(canonical_json.escape(one.key) == name for one in self.columns)


def tables(kind: str, draft: Any) -> list[Table]:
    """The lists of a draft that are edited as tables, in reading order: those of texts, and those of records. Addresses
    of a message are edited one a line; a question's candidates are not for people to add."""
    form = shape(kind, draft)
    if form in ("question", "rules"):
        return []
    shown = {name: one for name, one in draft.items() if name not in ADDRESS_LISTS} if form == "message" else draft
    plan = kind == "project_plan"
    return [_table(at, held, plan and at == "/milestones") for at, held in _lists(in_reading_order(shown), "")]


def _lists(value: Any, at: str) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lists(inner, f"{at}/{canonical_json.escape(name)}")
    elif isinstance(value, list) and _is_table(value, at.rpartition("/")[2]):
        yield at, value


def _is_table(held: list[Any], name: str) -> bool:
    if not held:
        return name in COLUMNS or name in TEXT_LISTS
    if len(held) > MAX_ROWS:
        return False
    return all(isinstance(one, str) for one in held) or (
        all(isinstance(one, dict) for one in held) and bool(_keys(held))
    )


def _keys(held: Sequence[Any]) -> list[str]:
    """The keys under which any row has a text or a number."""
    return list(dict.fromkeys(name for one in held for name, value in one.items() if _text(value) is not None))


def _text(value: Any) -> str | None:
    """A cell's value as it is typed; None for what is no text and no number."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _table(at: str, held: list[Any], plan: bool) -> Table:
    name = at.rpartition("/")[2]
    if (held and isinstance(held[0], str)) or (not held and name in TEXT_LISTS):
        columns: tuple[Column, ...] = (Column("", label_of(name)),)
        rows = [Row(str(number), {"": one}) for number, one in enumerate(held)]
    else:
        known, found = COLUMNS.get(name, ()), _keys(held)
        keys = [*known, *(one for one in found if one not in known)] if set(known) & set(found) or not held else found
        columns = tuple(Column(key, (LABELS.get(key) if plan else None) or label_of(key)) for key in keys)
        rows = [Row(str(number), {key: _text(one.get(key)) or "" for key in keys}) for number, one in enumerate(held)]
    return Table(at, label_of(name), columns, tuple(rows))


def parts(texts: Sequence[EditableText], held: Sequence[Table], draft: Any) -> list[EditableText | Table]:
    """The texts and tables of a draft in the order of the page: a table where the first of its texts would stand, and
    an empty one where its list stands."""
    order = {at: number for number, at in enumerate(_pointers(in_reading_order(draft)))}
    left = list(held)
    found: list[EditableText | Table] = []
    for text in texts:
        for table in [one for one in left if text.at.startswith(f"{one.at}/") or _is_before(one, text, order)]:
            found.append(table)
            left.remove(table)
        if not any(one.holds(text.at) for one in held):
            found.append(text)
    return [*found, *left]


def _is_before(table: Table, text: EditableText, order: Mapping[str, int]) -> bool:
    return not table.rows and order[table.at] < order.get(text.at, 0)


def _pointers(value: Any, at: str = "") -> Iterator[str]:
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from _pointers(one, f"{at}/{canonical_json.escape(str(name))}")


def typed_into(table: Table, order: Sequence[str], gone: Sequence[str], typed: Mapping[str, str]) -> Table:
    """The table as the form has it: the rows in that `order`, those that are `gone`, and what was typed into each. A
    form that says no order leaves the rows as they stand."""
    known = {row.key: row for row in table.rows}
    shown = [key for key in dict.fromkeys(order or known) if key in known or _is_new_key(key)][:MAX_ROWS]
    removed = [key for key in dict.fromkeys((*known, *gone)) if key not in shown and (key in known or _is_new_key(key))]

    def read(key: str) -> Row:
        row = known.get(key, Row(key, {}))
        places = ((one.key, table.at_cell(row, one)) for one in table.columns)
        return Row(key, {name: typed.get(at, row.cells.get(name, "")) for name, at in places})

    return replace(table, rows=tuple(map(read, shown)), removed=tuple(map(read, removed[:MAX_ROWS])))


def _is_new_key(key: str) -> bool:
    return key.startswith("+") and key[1:].isascii() and key[1:].isdigit() and len(key) < 6


def act(table: Table, what: str, key: str) -> Table:
    """The table after a button: "add", and of the row `key` "remove", "up", "down" and "back". Any other changes
    nothing."""
    rows = list(table.rows)
    if what == "add" and len(rows) < MAX_ROWS:
        taken = [int(row.key[1:]) for row in (*rows, *table.removed) if row.is_new]
        cells = {one.key: "" for one in table.columns}
        if rows and "layer" in cells:
            cells["layer"] = rows[-1].cells["layer"]
        return replace(table, rows=(*rows, Row(f"+{max(taken, default=0) + 1}", cells)))
    if what == "back":
        return _put_back(table, key)
    at = table.numbers.get(key, 0) - 1
    if at < 0:
        return table
    if what == "remove":
        return replace(table, rows=(*rows[:at], *rows[at + 1 :]), removed=(*table.removed, rows[at]))
    to = at + {"up": -1, "down": 1}.get(what, 0)
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    return replace(table, rows=tuple(rows))


def _put_back(table: Table, key: str) -> Table:
    """A removed row back before the first that followed it in the revision; an added one at the end."""
    row = next((one for one in table.removed if one.key == key), None)
    if row is None:
        return table
    later = (
        number for number, one in enumerate(table.rows) if not one.is_new and not row.is_new and int(one.key) > int(key)
    )
    at = next(later, len(table.rows))
    left = tuple(one for one in table.removed if one is not row)
    return replace(table, rows=(*table.rows[:at], row, *table.rows[at:]), removed=left)


def written(draft: Any, before: Table, table: Table) -> tuple[list[Any], list[int | None]]:
    """The list as the table says, and where each row stood before (None: added). What nobody touched stays as it was,
    and an added row into which nothing was written is left out."""
    held = canonical_json.resolve_pointer(draft, before.at)
    shown = {row.key: row for row in before.rows}
    numbers = _number_columns(before, held)
    rows: list[Any] = []
    origins: list[int | None] = []
    for row in kept(table):
        if row.is_new:
            rows.append(_new_row(row, numbers))
            origins.append(None)
        else:
            number = int(row.key)
            rows.append(_changed_row(held[number], shown[row.key].cells, row.cells))
            origins.append(number)
    return rows, origins


def kept(table: Table) -> list[Row]:
    """The rows that are saved."""
    return [row for row in table.rows if not (row.is_new and row.blank)]


def not_numbers(draft: Any, before: Table, table: Table) -> dict[str, str]:
    """The cells of numbers into which something else was typed, by the pointer that names them in the form, with what
    is said of each. An empty cell may stay, and what stood in the draft already."""
    held = canonical_json.resolve_pointer(draft, before.at)
    shown, numbers = {row.key: row.cells for row in before.rows}, _number_columns(before, held)
    found = {}
    for row, column in ((row, column) for row in kept(table) for column in table.columns):
        typed = row.cells[column.key]
        if row.is_new:
            counts = column.key in numbers
        else:
            same = as_posted(typed) == as_posted(shown[row.key][column.key])
            counts = not same and _is_number(held[int(row.key)], column.key)
        if counts and typed.strip() and not _is_plain_number(typed.strip()):
            says = f"“{typed.strip()[:40]}” is no number. Write it in at most {MAX_DIGITS} digits, such as 15 or 1.5."
            found[table.at_cell(row, column)] = says
    return found


def _number_columns(before: Table, held: Sequence[Any]) -> set[str]:
    """The keys of the columns in which every row has a number."""
    return {one.key for one in before.columns if held and all(_is_number(row, one.key) for row in held)}


def _is_plain_number(words: str) -> bool:
    return len(words) <= MAX_DIGITS and bool(_PLAIN_NUMBER.fullmatch(words))


def _is_number(row: Any, key: str) -> bool:
    return isinstance(row, dict) and key in row and not isinstance(row[key], str) and _text(row[key]) is not None


def _new_row(row: Row, numbers: set[str]) -> Any:
    cells = {name: as_posted(text) for name, text in row.cells.items()}
    if "" in cells:
        return cells[""]
    return {name: _number(text) if name in numbers else text for name, text in cells.items()}


def _changed_row(held: Any, shown: Mapping[str, str], cells: Mapping[str, str]) -> Any:
    changed = {name: as_posted(text) for name, text in cells.items() if as_posted(text) != as_posted(shown[name])}
    if "" in shown:
        return changed.get("", held)
    return {**held, **{name: _number(text) if _is_number(held, name) else text for name, text in changed.items()}}


def _number(text: str) -> Any:
    """What was typed as a number, with its digits; as text where it is none."""
    words = text.strip()
    if not _is_plain_number(words):
        return text
    return Decimal(words) if "." in words else int(words)


def moves_of(before: Table, origins: Sequence[int | None]) -> RowMoves:
    """What changed places, for what is said of the rows; {} where nothing did."""
    return {} if list(origins) == list(range(len(before.rows))) else {before.at: tuple(origins)}
