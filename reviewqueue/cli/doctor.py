"""`doctor`: what is wrong with this installation, and how to fix it. The findings are made in `diagnostics`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from reviewqueue.cli import installation, output

if TYPE_CHECKING:
    from reviewqueue.cli.finding import Finding
    from reviewqueue.core.settings import Settings


@click.command()
@output.as_json
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at settings, database, guards, policy, log and outbox. Exit status 1 if anything is wrong."""
    findings = list(_findings(installation.settings()))
    wrong = [one for one in findings if not one.well]
    if as_json:
        output.print_json({"well": not wrong, "findings": [vars(one) for one in findings]})
    for one in findings:
        output.say(f"{'ok   ' if one.well else 'WRONG'}  {one.name}: {one.says}")
        if one.fix:
            output.say(f"       fix: {one.fix}")
    ctx.exit(1 if wrong else 0)


def _findings(settings: Settings) -> Iterator[Finding]:
    from reviewqueue.cli import diagnostics, sending_findings
    from reviewqueue.cli.finding import Finding

    yield from diagnostics.settings_findings(settings)
    try:
        with installation.open_session(settings) as session:
            yield Finding("database", True, "it answers and is migrated")
            yield from diagnostics.database_findings(session, installation.now())
            yield from sending_findings.mail_findings(settings)
            yield from diagnostics.second_opinion_findings(session, settings)
            yield sending_findings.receipts_finding(session, settings)
            yield from sending_findings.credentials_findings(session, settings)
            yield diagnostics.setup_finding(session, settings)
    except Exception as error:
        if not (says := installation.explain_error(error)):
            raise
        yield Finding("database", False, says)
