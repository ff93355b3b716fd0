"""What a person is told of, as `user notifications` shows and changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output
from reviewqueue.core.notification_kinds import KINDS, WAYS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that change what a person is told of; what is not named stays."""
    for option in (
        click.option("--quiet", metavar="FROM-UNTIL", help="When nothing is mailed, as in 19:00-08:00; - for never."),
        click.option("--weekdays", help="Their working days, 0 for Monday to 6 for Sunday, as in 01234."),
        click.option("--timezone", help="Their time zone, such as Europe/Berlin."),
        click.option("--tell", multiple=True, metavar="KIND=WAY", help="A kind and its way: none, page, digest, now."),
    ):
        command = option(command)
    return command


def save(session: Session, person_id: int, change: Mapping[str, Any]) -> None:
    """Change what the options name, if any. Raises Invalid."""
    from reviewqueue.people import notification_settings

    given = {name: value for name, value in change.items() if value}
    if not given:
        return
    wanted = notification_settings.chosen(session, person_id)
    wanted["ways"] = wanted["ways"] | dict(one.partition("=")[::2] for one in given.get("tell", ()))
    wanted["timezone"] = given.get("timezone", wanted["timezone"])
    if "weekdays" in given:
        wanted["weekdays"] = {int(day) if day.isdecimal() else -1 for day in given["weekdays"]}
    if "quiet" in given:
        wanted["quiet_from"], _, wanted["quiet_until"] = given["quiet"].partition("-")
    notification_settings.save(session, person_id, Actor.CLI, wanted, installation.now())


def shown(session: Session, person_id: int) -> dict[str, Any]:
    """What holds for a person, and what became of their last e-mail where it did not arrive ("" otherwise)."""
    from reviewqueue.people import notification_queries, notification_settings

    found = notification_settings.chosen(session, person_id)
    failed = notification_queries.troubles(session).get(person_id)
    trouble = f"The last e-mail to {failed.address} did not arrive: {failed.says}" if failed else ""
    return {**found, "weekdays": sorted(found["weekdays"]), "not_delivered": trouble}


def say(found: Mapping[str, Any]) -> None:
    """The same for a person to read."""
    rows = [(kind.key, kind.label, WAYS[found["ways"][kind.key]]) for kind in KINDS.values()]
    output.table(("kind", "what", "how"), rows)
    days = ", ".join(DAYS[day] for day in found["weekdays"])
    quiet = f"no e-mail from {found['quiet_from']} until {found['quiet_until']}" if found["quiet_from"] else "any hour"
    output.say(f"Time zone {found['timezone']}; works {days}; {quiet}.")
    if found["not_delivered"]:
        output.say(found["not_delivered"])
