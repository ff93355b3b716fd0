"""A draft as the form for editing has it: its texts and tables, what was typed into them, and what that makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from werkzeug.datastructures import MultiDict

from reviewqueue.core.errors import FieldError
from reviewqueue.evidence.row_moves import RowMoves
from reviewqueue.policy.model.calendar import Calendar
from reviewqueue.policy.model.policy import Policy
from reviewqueue.web import draft_layout, draft_tables, plan_table
from reviewqueue.web.draft_layout import EditableText
from reviewqueue.web.draft_tables import Column, Row, Table

FIELD_PREFIX, ROWS_PREFIX, GONE_PREFIX, SHOWN_PREFIX = "draft:", "rows:", "gone:", "shown:"
ACT, SHIFT = "row_act", "shift"


def field_name(at: str, prefix: str = FIELD_PREFIX) -> str:
    """The form field for a pointer into the draft, in characters that every browser leaves alone."""
    return prefix + quote(at, safe="/~")


def pointer_of(name: str) -> str:
    """The pointer of a form field."""
    return unquote(name.removeprefix(FIELD_PREFIX))


@dataclass(frozen=True)
class RowAct:
    """A button of a table that was pressed: "add", "remove", "up", "down", "back" or "check", of which row, in which
    table. `said` tells what it did."""

    what: str
    key: str = ""
    at: str = ""
    said: str = ""

    @classmethod
    def read(cls, text: str) -> RowAct:
        """A button's value, such as `up:3:/milestones`."""
        what, _, rest = text.partition(":")
        key, _, at = rest.partition(":")
        return cls(what, key, at)

    def lands(self, table: Table) -> str:
        """The button to which the keyboard goes after a move: the same again, or the other way at an end."""
        number = table.numbers.get(self.key, 0)
        ends = {"up": number == 1, "down": number == len(table.rows)}
        return {"up": "down", "down": "up"}[self.what] if ends.get(self.what) else self.what

    def says(self, table: Table) -> str:
        """What it did, told after it; "" of a check."""
        row = next((one for one in (*table.rows, *table.removed) if one.key == self.key), Row("", {}))
        name, number = f"“{row.called}”" if row.called else "The row", table.numbers.get(self.key, 0)
        return {
            "add": f"Row {len(table.rows)} is added.",
            "remove": f"{name} is removed.",
            "back": f"{name} is back as row {number}.",
            "up": f"{name} is row {number} now.",
            "down": f"{name} is row {number} now.",
        }.get(self.what, "")


@dataclass(frozen=True)
class EditedDraft:
    """What the form holds: the draft's texts, its tables as they were `before` and as they are now, and what was
    `typed`, by pointer. `wrong` are the cells that cannot be saved, by the pointer that names them in the form. Of a
    plan: `days` are the dates from which a moved one counts, `along` by how many working days which rows moved with
    another, `shifts` whether they do."""

    draft: Any
    texts: tuple[EditableText, ...]
    before: tuple[Table, ...]
    tables: tuple[Table, ...]
    typed: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    along: dict[str, int] = field(default_factory=dict)
    shifts: bool = False
    act: RowAct | None = None

    @property
    def parts(self) -> list[EditableText | Table]:
        """Texts and tables in the order of the page."""
        return draft_tables.parts(self.texts, self.tables, self.draft)

    @cached_property
    def places(self) -> dict[str, str]:
        """The id that each field and each table has on the page, by pointer."""
        found: dict[str, str] = {}
        for number, part in enumerate(self.parts, 1):
            found[part.at] = f"edit-place-{number}"
            if isinstance(part, Table):
                cells = (part.at_cell(row, one) for row in part.rows for one in part.columns)
                found |= {at: f"edit-place-{number}-{cell}" for cell, at in enumerate(cells, 1)}
        return found

    @cached_property
    def named(self) -> dict[str, str]:
        """What each cell is called in a message, by the pointer that names it in the form: "Row 2, Depends on"."""
        cells = ((table, row, one) for table in self.tables for row in table.rows for one in table.columns)
        return {table.at_cell(row, one): f"Row {table.numbers[row.key]}, {one.label}" for table, row, one in cells}

    def wrong_in(self, table: Table, row: Row, wrong: Mapping[str, str]) -> list[tuple[str, str]]:
        """What of that is wrong in a row: (pointer, what)."""
        places = (table.at_cell(row, one) for one in table.columns)
        return [(at, wrong[at]) for at in places if at in wrong]

    @property
    def moved_along(self) -> str:
        """Which rows moved with another, in words; "" where none did."""
        if not self.along or self.plan is None:
            return ""
        numbers = self.plan.numbers
        says = ", ".join(f"{numbers[key]} ({by:+d})" for key, by in self.along.items() if key in numbers)
        return f"Moved along, in working days: row {says}. Nothing is saved yet."

    @property
    def plan(self) -> Table | None:
        """The project plan's table, if there is one."""
        return next((table for table in self.tables if table.is_plan), None)

    @property
    def faults(self) -> list[FieldError]:
        """The cells that cannot be saved, as a refusal names them."""
        return [FieldError(at, says) for at, says in self.wrong.items()]

    @property
    def _named(self) -> list[tuple[Table, Table]]:
        """Each table as it was and as it would be saved, with what a milestone depends on by name."""
        return [
            (before, plan_table.with_names(table, plan_table.links(table), before) if table.is_plan else table)
            for before, table in zip(self.before, self.tables, strict=True)
        ]

    @property
    def moved_rows(self) -> list[Table]:
        """The tables in which rows were added, removed or moved."""
        pairs = zip(self.before, self.tables, strict=True)
        return [table for before, table in pairs if list(table.numbers) != list(before.numbers)]

    @property
    def changed_texts(self) -> list[tuple[EditableText, str]]:
        """The texts that say something else now, with those of added rows: (as it was, what it says now)."""
        texts = [one for one in self.texts if not any(table.holds(one.at) for table in self.before)]
        pairs = [(one, self.typed.get(one.at, one.value)) for one in texts]
        for before, table in self._named:
            was = {row.key: row.cells for row in before.rows}
            for row, column in ((row, column) for row in table.rows for column in table.columns):
                value = was.get(row.key, {}).get(column.key, "")
                text = EditableText(table.at_cell(row, column), _cell_label(table, row, column), value)
                pairs.append((text, row.cells[column.key]))
        return [(one, now) for one, now in pairs if draft_layout.as_posted(now) != draft_layout.as_posted(one.value)]

    def fits(self, other: EditedDraft) -> bool:
        """Whether what was typed can be put into another draft: each table that it touches has the same rows there."""
        rows = {table.at: [row.called for row in table.rows] for table in other.before}
        moved, changed = [table.at for table in self.moved_rows], self.changed_texts
        return all(
            rows.get(table.at) == [row.called for row in table.rows]
            for table in self.before
            if table.at in moved or any(one.at.startswith(f"{table.at}/") for one, _ in changed)
        )

    def saved(self) -> tuple[Any, RowMoves]:
        """The draft with what was typed, and which rows changed places."""
        texts = [one for one in self.texts if not any(table.holds(one.at) for table in self.before)]
        result = draft_layout.edited(self.draft, texts, self.typed)
        moves: dict[str, Sequence[int | None]] = {}
        for before, table in self._named:
            rows, origins = draft_tables.written(result, before, table)
            draft_layout.set_at(result, table.at, rows)
            moves |= draft_tables.moves_of(before, origins)
        return result, moves

    def place_in_form(self, at: str) -> str:
        """The pointer that names a place of the saved draft in the form, where rows are named by where they stood."""
        for table in self.tables:
            number, slash, rest = at.removeprefix(f"{table.at}/").partition("/")
            rows = draft_tables.kept(table)
            if at.startswith(f"{table.at}/") and number.isdigit() and int(number) < len(rows):
                return f"{table.at}/{rows[int(number)].key}{slash}{rest}"
        return at


def _numbered(table: Table) -> Table:
    """A plan's table as it is shown, with numbers of rows; any other as it is."""
    return plan_table.with_numbers(table, plan_table.links(table)) if table.is_plan else table


def _cell_label(table: Table, row: Row, column: Column) -> str:
    number = "a new row" if row.is_new else str(int(row.key) + 1)
    return ", ".join(filter(None, (table.label, number, column.label if column.key else "")))


def shown(policy: Policy, kind: str, draft: Any) -> EditedDraft:
    """The form as it is opened, with nothing typed."""
    texts = tuple(draft_layout.editable_texts(policy, kind, draft))
    before = tuple(draft_tables.tables(kind, draft))
    days = {row.key: row.cells["due"] for one in before if one.is_plan for row in one.rows}
    return EditedDraft(draft, texts, before, tuple(map(_numbered, before)), days=days)


def posted(policy: Policy, kind: str, draft: Any, form: MultiDict[str, str], calendar: Calendar) -> EditedDraft:
    """The form as it was sent, after the button of a table that was pressed, if one was, and with the dates moved along
    where that is ticked."""
    edit = shown(policy, kind, draft)
    typed = {pointer_of(name): text for name, text in form.items() if name.startswith(FIELD_PREFIX)}
    act = RowAct.read(form[ACT]) if form.get(ACT) else None
    edit = replace(edit, typed=typed, shifts=bool(form.get(SHIFT)), act=act)
    for number, table in enumerate(edit.before):
        order, gone = (form.getlist(field_name(table.at, prefix)) for prefix in (ROWS_PREFIX, GONE_PREFIX))
        read = draft_tables.typed_into(table, order, gone, typed)
        mine = act if act and act.at == table.at else None
        if read.is_plan:
            asked = {row.key: form.get(field_name(f"{table.at}/{row.key}", SHOWN_PREFIX), "") for row in read.rows}
            edit = _with_plan(edit, number, read, mine, asked, calendar)
        else:
            edit = _with_table(edit, number, read, mine)
    pairs = zip(edit.before, edit.tables, strict=True)
    wrong = [draft_tables.not_numbers(draft, before, table) for before, table in pairs]
    return replace(edit, wrong={**edit.wrong, **{at: says for one in wrong for at, says in one.items()}})


def _with_table(edit: EditedDraft, number: int, table: Table, act: RowAct | None) -> EditedDraft:
    """The form with one table as it was sent, and after its button."""
    if act:
        full = act.what == "add" and len(table.rows) >= draft_tables.MAX_ROWS
        table = draft_tables.act(table, act.what, act.key)
        act = replace(act, key=table.rows[-1].key if act.what == "add" and table.rows else act.key)
        said = f"A table takes at most {draft_tables.MAX_ROWS} rows, so none is added." if full else act.says(table)
        act = replace(act, said=said)
    tables = (*edit.tables[:number], table, *edit.tables[number + 1 :])
    return replace(edit, tables=tables, act=act or edit.act)


def _with_plan(
    edit: EditedDraft, number: int, table: Table, act: RowAct | None, asked: dict[str, str], calendar: Calendar
) -> EditedDraft:
    """The same for a project plan. A number of a row is the one that the page had, before the button; `asked` are the
    dates that the form says were shown."""
    linked = plan_table.links(table)
    along: dict[str, int] = {}
    if edit.shifts:
        table, along = plan_table.shifted(table, linked, asked, calendar)
    table = (edit := _with_table(edit, number, table, act)).tables[number]
    if act and act.what == "remove":
        table = plan_table.with_removed_named(table, linked, act.key)
    linked = {**plan_table.links(table), **{row.key: linked[row.key] for row in table.rows if row.key in linked}}
    wrong = {
        f"{table.at}/{fault.key}/{fault.column}": fault.says
        for fault in plan_table.faults(table, linked, edit.before[number])
    }
    days = {row.key: _counts_from(asked.get(row.key, ""), row.cells["due"], edit.shifts) for row in table.rows}
    tables = (*edit.tables[:number], plan_table.with_numbers(table, linked), *edit.tables[number + 1 :])
    return replace(edit, tables=tables, wrong=wrong, days=days, along=along)


def _counts_from(shown_day: str, due: str, shifted: bool) -> str:
    """The date from which a row's next move counts: the one shown before, until its dependants have moved along."""
    new = plan_table.day(due) and (shifted or not plan_table.day(shown_day))
    return due if new else shown_day
