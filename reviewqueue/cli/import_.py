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
    from reviewqueue.onboarding.crm_import import Imported

SHOWN = 20
LONGEST = 500
EVERY = 1000


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

    with installation.opened() as session:
        done = crm_import.run(session, system, paths, installation.now(), hint=hint, told=_progress())
    if as_json:
        output.tell({**done.counts(), "kept": done.kept, "details": done.details})
    output.say(*_words(done))
    if done.refused:
        ctx.exit(1)


def _progress() -> Callable[[int, str], None]:
    """Reports progress: repeatedly on one line of a terminal, else every thousand records."""
    terminal = sys.stderr.isatty()

    def told(done: int, what: str) -> None:
        if terminal:
            click.echo(f"\r\x1b[K{done:,} {single_line(what)}", nl=False, err=True)
        elif done % EVERY == 0:
            output.say(f"{done:,} {what}")

    return told


def _words(done: Imported) -> Iterator[str]:
    """The result for people: refused files first, then the counts with their reasons."""
    if sys.stderr.isatty():
        yield ""
    yield from (detail["why"] for detail in done.details if detail["outcome"] == "refused")
    yield from done.remarks
    counts = done.counts()
    files = "file" if done.refused == 1 else "files"
    yield (
        f"{counts['started']:,} started, {counts['asked']:,} asked, {counts['skipped']:,} skipped, "
        f"{counts['duplicates']:,} known before, {counts['refused']:,} {files} refused."
    )
    kept = "1 record is kept that was" if done.kept == 1 else f"{done.kept:,} records are kept that were"
    yield f"{kept} not there before."
    skipped = Counter(detail["why"] for detail in done.details if detail["outcome"] == "skipped")
    yield from (f"  skipped {count:,}: {single_line(why, LONGEST)}" for why, count in skipped.most_common(SHOWN))
    asked = [detail for detail in done.details if detail["outcome"] == "asked"]
    named = ((one["name"] or one["id"], single_line(one["why"], LONGEST), one["item"]) for one in asked[:SHOWN])
    yield from (f"  asked: {name}: {why} (item {item})" for name, why, item in named)
    left = max(len(skipped) - SHOWN, 0), max(len(asked) - SHOWN, 0)
    if any(left):
        yield f"  and {left[0]:,} more reasons to skip, {left[1]:,} more questions; --json lists them all"
