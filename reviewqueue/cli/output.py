"""What a command prints: messages for people on standard error, JSON for machines on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

import click

from reviewqueue.core.characters import escape_hidden

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
ROW = click.IntRange(1, 2**63 - 1)  # a row's id


def _rfc3339(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def say(*lines: str) -> None:
    """Print messages for people. Hidden characters are printed by their code: text from outside moves no terminal's
    cursor."""
    for line in lines:
        click.echo(escape_hidden(line), err=True)


def print_json(value: Any) -> None:
    """Print one JSON value for machines, piece by piece: it may be a list of a million."""
    json.dump(value, sys.stdout, ensure_ascii=False, default=_rfc3339)
    click.echo()


def fail_with_breaks(ctx: click.Context, says: str, breaks: Sequence[dict[str, Any]]) -> NoReturn:
    """End a command that found the log broken: print what it means and the first fifty places, and exit with status
    1."""
    say(f"{says} Keep this database as it is and call your auditor.")
    say(*(f"  entry {one['position']}: {one['says']}" for one in breaks[:50]))
    if len(breaks) > 50:
        say(f"  and {len(breaks) - 50} more; --json lists them all")
    ctx.exit(1)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in columns."""
    widths = [max(len(row[number]) for row in (heads, *rows)) for number in range(len(heads))]
    for row in (heads, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
