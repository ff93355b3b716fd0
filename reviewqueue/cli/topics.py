"""`topics`: the model of the six topics: its version, the examples that people's decisions gave, and how it does on
them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from reviewqueue.cli import installation, output
from reviewqueue.core.errors import DomainError


@click.group()
def topics() -> None:
    """The model that looks for the six topics. Nothing here trains it."""


@topics.command()
@output.as_json
def version(as_json: bool) -> None:
    """Print the version of the model that is installed: the digest of its weights, as a policy may pin it."""
    from reviewqueue.checks import model_check

    model = model_check.load_model()
    if as_json:
        output.print_json({"version": model.version, "missed": model.missed})
    else:
        click.echo(model.version)


@topics.command()
def export() -> None:
    """Print labelled examples, one JSON object a line: passages that were marked, and that a person then took out of
    the message (they speak of it), or overrode as wrong or said not to speak of it when approving (they do not)."""
    import json

    from reviewqueue.measurement import topic_examples

    count = 0
    with installation.open_session() as session:
        for one in topic_examples.examples(session):
            click.echo(json.dumps(one.plain(), ensure_ascii=False))
            count += 1
    output.say(f"{count} examples. They are messages to customers: keep them as you keep those.")


@topics.command()
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@output.as_json
def replay(path: Path, as_json: bool) -> None:
    """Run patterns and model over the examples in FILE, as `topics export` prints them or you write them: by topic, the
    share found of those that speak of it, and the share marked of those that do not, with 95 % intervals."""
    from reviewqueue.checks import model_check
    from reviewqueue.measurement import topic_examples
    from reviewqueue.measurement.stats import formatting

    model = model_check.load_model()
    figures = topic_examples.replay(model, _lines(path))
    if as_json:
        output.print_json({"version": model.version, "topics": figures})
        return
    heads = ("topic", "found of those that speak of it", "marked of those that do not")
    rows = [
        (one["topic"], *(formatting.with_interval(one[name], "share") for name in ("found", "marked_wrongly")))
        for one in figures
    ]
    output.table(heads, rows)
    output.say(f"Model {model.version[:12]}, with the patterns. Nothing was kept.")


def _lines(path: Path) -> Iterator[tuple[str, str, bool]]:
    import json

    from reviewqueue.measurement import topic_examples

    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                found: Any = json.loads(line)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise DomainError(
                    f"{path}, line {number}: this is not one JSON object. Correct the line and try again."
                )
            yield topic_examples.parse(found, number)
