"""`log`: verifies and exports the override log."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from reviewqueue.cli import installation, output


@click.group()
def log() -> None:
    """The override log: verify it, export it."""


@log.command()
@output.as_json
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Check every entry, the chain, the sealed words and the head. Exit status 1 if anything is wrong."""
    from reviewqueue.audit import override_log

    with installation.open_session() as session:
        verdict = override_log.verify(session)
    breaks = [{"position": one.position, "says": one.says} for one in verdict.breaks]
    if as_json:
        output.print_json({"holds": verdict.holds, "size": verdict.size, "root": verdict.root, "breaks": breaks})
    if verdict.holds:
        output.say(f"The log is intact: {verdict.size:,} entries, root {verdict.root}.")
        return
    output.fail_with_breaks(ctx, f"The log is not intact: {len(breaks)} faults in {verdict.size:,} entries.", breaks)


@log.command()
@click.option(
    "--out",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
@output.as_json
def export(target: Path | None, as_json: bool) -> None:
    """Write the whole log as JSON lines, oldest first, with the sealed words and their salts."""
    from reviewqueue.audit import override_log

    with installation.open_session() as session, _writing_to(target) as file:
        count = sum(1 for line in override_log.export(session) if file.write(f"{line}\n"))
    if as_json and target:
        output.print_json({"entries": count, "file": str(target)})
    output.say(f"{count:,} entries written to {target or 'standard output'}.")


@contextmanager
def _writing_to(target: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that exists only once it is complete."""
    if target is None:
        yield sys.stdout
        return
    partial = target.with_name(f".{target.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            yield file
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
