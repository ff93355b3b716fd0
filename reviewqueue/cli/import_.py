"""`import`: reads files that a CRM exported, starts onboardings for clear deals and asks RevOps about the others."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reviewqueue.cli import installation, output
from reviewqueue.core.characters import single_line
from reviewqueue.core.vocabulary import SYSTEMS

if TYPE_CHECKING:
    from reviewqueue.onboarding.import_run import ImportResult

MAX_SHOWN = 20
MAX_REASON = 500
REPORT_EVERY = 1000


@click.command("import")
@click.argument("system", metavar="SOURCE", type=click.Choice(SYSTEMS))
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(readable=False, path_type=Path))
@click.option(
    "--object", "hint", default="", help="What the records are (deals, contacts, …), where they do not say so."
)
@output.as_json
@click.pass_context
def import_(ctx: click.Context, system: str, paths: tuple[Path, ...], hint: str, as_json: bool) -> None:
    """Import FILEs of SOURCE (hubspot, salesforce): JSON as its API answers.

    Every record is kept as evidence. A closed-won deal whose customer is clear starts an onboarding with its handoff
    packet; an unclear one becomes a question to RevOps; open and lost deals start nothing. The same file twice adds
    nothing. Exit status 1 when a file was refused; the others are still imported.
    """
    from reviewqueue.onboarding import crm_import

    with installation.open_session() as session:
        result = crm_import.run(session, system, paths, installation.now(), hint=hint, told=_progress())
    if as_json:
        output.print_json({**result.counts(), "kept": result.kept, "details": result.details})
    output.say(*_result_lines(result))
    if result.refused:
        ctx.exit(1)


def _progress() -> Callable[[int, str], None]:
    """Reports progress: repeatedly on one line of a terminal, else every thousand records."""
    terminal = sys.stderr.isatty()

    def told(done: int, what: str) -> None:
        if terminal:
            click.echo(f"\r\x1b[K{done:,} {single_line(what)}", nl=False, err=True)
        elif done % REPORT_EVERY == 0:
            output.say(f"{done:,} {what}")

    return told


def _result_lines(result: ImportResult) -> Iterator[str]:
    """The result for people: refused files first, then the counts with their reasons."""
    if sys.stderr.isatty():
        yield ""
    yield from (detail["why"] for detail in result.details if detail["outcome"] == "refused")
    yield from result.remarks
    counts = result.counts()
    files = "file" if result.refused == 1 else "files"
    yield (
        f"{counts['started']:,} started, {counts['asked']:,} asked, {counts['skipped']:,} skipped, "
        f"{counts['duplicates']:,} known before, {counts['refused']:,} {files} refused."
    )
    kept = "1 record is kept that was" if result.kept == 1 else f"{result.kept:,} records are kept that were"
    yield f"{kept} not there before."
    skipped = Counter(detail["why"] for detail in result.details if detail["outcome"] == "skipped")
    yield from (f"  skipped {count:,}: {single_line(why, MAX_REASON)}" for why, count in skipped.most_common(MAX_SHOWN))
    asked = [detail for detail in result.details if detail["outcome"] == "asked"]
    named = ((one["name"] or one["id"], single_line(one["why"], MAX_REASON), one["item"]) for one in asked[:MAX_SHOWN])
    yield from (f"  asked: {name}: {why} (item {item})" for name, why, item in named)
    left = max(len(skipped) - MAX_SHOWN, 0), max(len(asked) - MAX_SHOWN, 0)
    if any(left):
        yield f"  and {left[0]:,} more reasons to skip, {left[1]:,} more questions; --json lists them all"
