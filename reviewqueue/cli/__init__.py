"""The command line: one small file a noun. Nothing heavy is loaded until a command needs it.

Exit status: 0 only when a command did what it says, 1 when it did not, 2 when it was asked wrongly. What a machine
reads goes to standard output, words for people go to standard error.
"""

from __future__ import annotations

import sys
from typing import Any

if sys.platform == "win32":  # its parts that hold the database's lock and share a socket cannot even be loaded there
    raise SystemExit(
        "Review Queue does not run on Windows itself, so nothing was started. Run it on Linux or macOS, or in the "
        "Windows Subsystem for Linux (WSL)."
    )

import click

from reviewqueue import __version__
from reviewqueue.cli import (
    check,
    config,
    database,
    demo,
    doctor,
    imports,
    init,
    keys,
    log,
    metrics,
    planted,
    policy,
    qa,
    readiness,
    sending,
    serve,
    users,
)
from reviewqueue.cli.place import explained

COMMANDS = (
    demo.demo,
    init.init,
    serve.serve,
    serve.worker,
    database.db,
    doctor.doctor,
    config.config,
    imports.import_,
    keys.key,
    users.user,
    policy.policy,
    readiness.readiness,
    sending.sending,
    check.check,
    log.log,
    metrics.metrics,
    qa.qa,
    planted.planted,
)


class House(click.Group):
    """The group of all commands: whatever stops one of them is told in one message, never as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if not (says := explained(error)):
                raise
            raise click.ClickException(says) from None


@click.group(cls=House, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reviewqueue")
def main() -> None:
    """A human review queue with approval gates for customer-onboarding automation.

    Settings come from the environment: DATABASE_URL, or REVIEWQUEUE_DATA for the folder of the embedded database, and
    the others that `reviewqueue config` shows. Try it out with `reviewqueue demo`; begin for
    real with `reviewqueue init`.
    """


for command in COMMANDS:
    main.add_command(command)
