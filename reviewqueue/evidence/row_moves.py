"""Rows of a draft's lists that were moved, removed or added by an edit: where each stood before, and where what was
said of a place stands now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reviewqueue.evidence.types import CheckResult, Citation

# By the pointer of each list whose rows changed places: for each row, its number before, or None for an added one.
RowMoves = Mapping[str, Sequence[int | None]]


def moved(at: str, moves: RowMoves) -> str | None:
    """The pointer that a place has after the edit; None where its row was removed."""
    for held, origins in moves.items():
        if not at.startswith(f"{held}/"):
            continue
        number, slash, rest = at[len(held) + 1 :].partition("/")
        if not (number.isascii() and number.isdigit()):
            return at
        if int(number) not in origins:
            return None
        return f"{held}/{origins.index(int(number))}{slash}{rest}"
    return at


def move_citations(citations: Iterable[Citation], moves: RowMoves) -> tuple[Citation, ...]:
    """The citations at the places where their rows stand now; those of removed rows are left out."""
    places = ((one, moved(one.at, moves)) for one in citations)
    return tuple(replace(one, at=at) for one, at in places if at is not None)


def move_checks(checks: Iterable[CheckResult], moves: RowMoves) -> list[CheckResult]:
    """The results at the places where their rows stand now; what was found in a removed row is said of its list."""
    return [replace(one, at=_moved_or_list(one.at, moves)) for one in checks]


def _moved_or_list(at: str, moves: RowMoves) -> str:
    now = moved(at, moves)
    return next(held for held in moves if at.startswith(f"{held}/")) if now is None else now
