"""A project plan as a table: what a milestone depends on is written as numbers of rows, a moved date may take along
what depends on it, and what cannot be is refused at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reviewqueue.checks.dependencies import circle, names_in, plain
from reviewqueue.core.patterns import as_pattern
from reviewqueue.policy.business_hours import move_day, working_days
from reviewqueue.policy.model.calendar import Calendar
from reviewqueue.web.draft_layout import as_posted
from reviewqueue.web.draft_tables import Row, Table

_ISO = as_pattern(r"\d{4}-\d{2}-\d{2}")
# A date that is moved further is taken for a typing error, and takes nothing along.
MAX_MOVE = timedelta(days=3660)
_UNKNOWN = "?"  # in front of what is neither a row's number nor its name


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: the row's key, the column, what it says to a person, and what tells it from another
    fault of the same cell, whatever the numbers of the rows."""

    key: str
    column: str
    says: str
    what: str


Links = Mapping[str, tuple[str, ...]]


def links(table: Table) -> Links:
    """What each row depends on: keys of rows, and with "?" in front what is no row. A number is that of a row as the
    table stands."""
    by_name = {plain(row.cells["name"]): row.key for row in reversed(table.rows) if plain(row.cells["name"])}
    gone = {plain(row.cells["name"]): row.key for row in table.removed if plain(row.cells["name"])}
    by_number = {str(number): key for key, number in table.numbers.items()}
    known = {**gone, **by_name}

    def read(word: str) -> str:
        return by_number.get(word.lstrip("#")) or by_name.get(plain(word)) or f"{_UNKNOWN}{word}"

    return {
        row.key: tuple(dict.fromkeys(read(word) for word in names_in(row.cells["depends"], known)))
        for row in table.rows
    }


def with_numbers(table: Table, linked: Links) -> Table:
    """The table with what each row depends on as numbers of rows. What is no row any more is named."""
    removed = {row.key: row.cells["name"] for row in table.removed}

    def say(one: str) -> str:
        return one.removeprefix(_UNKNOWN) if one.startswith(_UNKNOWN) else str(table.numbers.get(one) or removed[one])

    return _with_depends(table, {row.key: ", ".join(map(say, linked.get(row.key, ()))) for row in table.rows})


def with_names(table: Table, linked: Links, before: Table) -> Table:
    """The table as it is saved: what each row depends on by name. A text that says so already stays as it was
    `before`."""
    names = {row.key: as_posted(row.cells["name"]).strip() for row in table.rows}
    was = {row.key: row.cells["depends"] for row in before.rows}
    unchanged = links(_with_depends(table, {row.key: was.get(row.key, "") for row in table.rows}))

    def say(row: Row) -> str:
        wanted = linked.get(row.key, ())
        if row.key in was and unchanged[row.key] == wanted:
            return was[row.key]
        return ", ".join(names.get(one, one.removeprefix(_UNKNOWN)) for one in wanted)

    return _with_depends(table, {row.key: say(row) for row in table.rows})


def with_removed_named(table: Table, linked: Links, key: str) -> Table:
    """The table with what the removed row `key` depends on by name, which holds whatever the numbers become."""
    names = {row.key: row.cells["name"] for row in (*table.rows, *table.removed)}
    says = ", ".join(names.get(one, one.removeprefix(_UNKNOWN)) for one in linked.get(key, ()))
    rows = (replace(row, cells={**row.cells, "depends": says}) if row.key == key else row for row in table.removed)
    return replace(table, removed=tuple(rows))


def _with_depends(table: Table, texts: Mapping[str, str]) -> Table:
    rows = (replace(row, cells={**row.cells, "depends": texts[row.key]}) for row in table.rows)
    return replace(table, rows=tuple(rows))


def faults(table: Table, linked: Links, before: Table) -> list[Fault]:
    """What cannot be saved: a dependency on a removed row, on nothing known, on itself or in a circle, and a day that
    is none. What the revision says already is the checks' matter, and is not refused here."""
    stood = {(one.key, one.column, one.what) for one in _dependencies(before, links(before))}
    found = [one for one in _dependencies(table, linked) if (one.key, one.column, one.what) not in stood]
    was = {row.key: row.cells["due"] for row in before.rows}
    for row in table.rows:
        typed = row.cells["due"].strip()
        if typed and typed != was.get(row.key, "").strip() and day(typed) is None:
            found.append(Fault(row.key, "due", f"“{typed[:40]}” is no date. Write it as 2026-03-30.", typed))
    return found


def _dependencies(table: Table, linked: Links) -> Iterator[Fault]:
    removed = {row.key: row for row in table.removed}
    by_name = {plain(row.cells["name"]): row for row in table.removed}
    names = [plain(row.cells["name"]) for row in table.rows]
    for row in table.rows:
        for one in linked[row.key]:
            word = one.removeprefix(_UNKNOWN)
            gone = removed.get(one) or by_name.get(plain(word) if one.startswith(_UNKNOWN) else "")
            if gone:
                says = f"It depends on “{gone.called}”, which is removed. Name another row, clear this, or put it back."
                yield Fault(row.key, "depends", says, word)
            elif one.startswith(_UNKNOWN):
                says = f"“{word[:60]}” is no row of this plan. Write the number or the name of one."
                yield Fault(row.key, "depends", says, plain(word))
            elif one == row.key:
                yield Fault(row.key, "depends", "It depends on itself. Take its own number out.", one)
            elif not (name := plain(table.rows[table.numbers[one] - 1].cells["name"])) or names.count(name) > 1:
                says = f"Row {table.numbers[one]} needs a name that no other row has, to be told from them."
                yield Fault(row.key, "depends", says, one)
        if len(way := circle(linked, row.key)) > 1:
            told = " → ".join(str(table.numbers[one]) for one in (*way, row.key))
            says = f"It waits for itself: {told}. Take one of these dependencies out."
            yield Fault(row.key, "depends", says, f"circle {sorted(way)}")


def day(text: str) -> date | None:
    """An ISO date; None for any other text."""
    words = text.strip()
    try:
        return date.fromisoformat(words) if _ISO.fullmatch(words) else None
    except ValueError:
        return None


def shifted(table: Table, linked: Links, shown: Mapping[str, str], calendar: Calendar) -> tuple[Table, dict[str, int]]:
    """The table with every dependant of a moved date moved by as many working days, and by how many each row moved.

    A date is moved where it differs from what the page had `shown`. A row whose own date was moved keeps what was
    typed; one that depends on several moved ones goes with the latest."""
    own: dict[str, int] = {}
    for row in table.rows:
        was, now = day(shown.get(row.key, "")), day(row.cells["due"])
        if was and now and was != now and abs(now - was) <= MAX_MOVE:
            own[row.key] = working_days(was, now, calendar)
    moved = _carried(linked, own)
    along = {row.key: moved[row.key] for row in table.rows if row.key in moved.keys() - own and day(row.cells["due"])}
    rows = tuple(_moved_row(row, along.get(row.key, 0), calendar) for row in table.rows)
    return replace(table, rows=rows), along


def _carried(linked: Links, own: Mapping[str, int]) -> dict[str, int]:
    """By how many working days each row moves: as its own date was moved, or as the latest of those before it."""
    moved = dict(own)
    for _ in linked:
        before = dict(moved)
        for key, names in linked.items():
            if key not in own and (by := max((moved[one] for one in names if moved.get(one)), default=0)):
                moved[key] = by
        if moved == before:
            break
    return moved


def _moved_row(row: Row, by: int, calendar: Calendar) -> Row:
    due = day(row.cells["due"])
    if not by or due is None:
        return row
    try:
        moved = move_day(due, by, calendar)
    except ValueError:
        return row
    return replace(row, cells={**row.cells, "due": moved.isoformat()})
