"""The command line: one module for each group of commands. Heavy modules are imported only when a command needs them.

Exit status: 0 when a command succeeded, 1 when it did not, 2 for a usage error. Data goes to standard output, messages
for people to standard error.
"""

from __future__ import annotations

import atexit
import gc
import sys
from typing import Any

if sys.platform == "win32":  # the modules for file locks and for sharing a socket do not exist there
    raise SystemExit(
        "Review Queue does not run on Windows itself, so nothing was started. Run it on Linux or macOS, or in the "
        "Windows Subsystem for Linux (WSL)."
    )

import click

from reviewqueue.cli import (
    autosend,
    check,
    config,
    credentials,
    database,
    demo,
    doctor,
    import_,
    init,
    invitations,
    keys,
    lanes,
    log,
    metrics,
    policy,
    portals,
    qa,
    readiness,
    receipts,
    releases,
    replies,
    seeded,
    serve,
    suppressions,
    topics,
    users,
    workload,
)
from reviewqueue.cli.installation import explain_error
from reviewqueue.core.version import __version__

COMMANDS = (
    demo.demo,
    init.init,
    serve.serve,
    serve.worker,
    database.db,
    doctor.doctor,
    config.config,
    import_.import_,
    keys.key,
    users.user,
    policy.policy,
    readiness.readiness,
    lanes.lane,
    workload.workload,
    autosend.sending,
    releases.releases,
    suppressions.suppressions,
    replies.replies,
    receipts.receipts,
    portals.portals,
    credentials.credentials,
    check.check,
    topics.topics,
    log.log,
    metrics.metrics,
    qa.qa,
    seeded.seeded,
)


for one in invitations.COMMANDS:
    users.user.add_command(one)


class CommandGroup(click.Group):
    """The group of all commands. It reports errors in one message and never as a traceback, except those it does not
    know."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was requested."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if not (says := explain_error(error)):
                raise
            raise click.ClickException(says) from None


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reviewqueue")
def main() -> None:
    """A human review queue with approval gates for customer-onboarding automation.

    Settings come from the environment: DATABASE_URL, or REVIEWQUEUE_DATA for the folder of the embedded database, and
    the others that `reviewqueue config` shows. Try it out with `reviewqueue demo`; for real
    use begin with `reviewqueue init`.
    """
    gc.set_threshold(50_000, 20, 50)  # what a command imports stays: there is little garbage to look for
    atexit.register(gc.freeze)  # nor is it looked for at the end, when everything goes


for command in COMMANDS:
    main.add_command(command)
main.add_command(click.Group("planted", commands=seeded.seeded.commands, hidden=True))  # its name in 0.2
