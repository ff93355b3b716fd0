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
        click.option(
            "--tell", multiple=True, metavar="KIND=WAY", help="A kind and one of none, page, digest, now, chat."
        ),
        click.option("--chat", type=click.File(), help="A file with their incoming webhook's address, or -."),
        click.option("--forget-chat", is_flag=True, help="Forget their incoming webhook."),
    ):
        command = option(command)
    return command


def save(session: Session, person_id: int, change: Mapping[str, Any]) -> None:
    """Change what the options name, if any. Raises Invalid."""
    from pydantic import SecretStr

    from reviewqueue.people import chat_webhooks, notification_settings

    given = {name: value for name, value in change.items() if value}
    now = installation.now()
    if chat := given.pop("chat", None):
        url = SecretStr(chat.read(4096).strip())
        chat_webhooks.enter(session, installation.settings(), person_id, Actor.CLI, url, now)
    if given.pop("forget_chat", False):
        chat_webhooks.remove(session, person_id, Actor.CLI, now)
    if not given:
        return
    wanted = notification_settings.chosen(session, person_id)
    wanted["ways"] = wanted["ways"] | dict(one.partition("=")[::2] for one in given.get("tell", ()))
    wanted["timezone"] = given.get("timezone", wanted["timezone"])
    if "weekdays" in given:
        wanted["weekdays"] = {int(day) if day.isdecimal() else -1 for day in given["weekdays"]}
    if "quiet" in given:
        wanted["quiet_from"], _, wanted["quiet_until"] = given["quiet"].partition("-")
    notification_settings.save(session, person_id, Actor.CLI, wanted, now)


def shown(session: Session, person_id: int) -> dict[str, Any]:
    """What holds for a person, and what became of their last e-mail where it did not arrive ("" otherwise)."""
    from reviewqueue.people import chat_webhooks, notification_queries, notification_settings

    found = notification_settings.chosen(session, person_id)
    failed = notification_queries.troubles(session).get(person_id)
    trouble = f"The last message to {failed.address} did not arrive: {failed.says}" if failed else ""
    chat = chat_webhooks.of_person(session, person_id)
    return {
        **found, "weekdays": sorted(found["weekdays"]), "chat": chat.host if chat else "", "not_delivered": trouble,
    }  # fmt: skip


def say(found: Mapping[str, Any]) -> None:
    """The same for a person to read."""
    rows = [(kind.key, kind.label, WAYS[found["ways"][kind.key]]) for kind in KINDS.values()]
    output.table(("kind", "what", "how"), rows)
    days = ", ".join(DAYS[day] for day in found["weekdays"])
    quiet = f"no e-mail from {found['quiet_from']} until {found['quiet_until']}" if found["quiet_from"] else "any hour"
    output.say(f"Time zone {found['timezone']}; works {days}; {quiet}.")
    if found["chat"]:
        output.say(f"A webhook at {found['chat']}.")
    if found["not_delivered"]:
        output.say(found["not_delivered"])
