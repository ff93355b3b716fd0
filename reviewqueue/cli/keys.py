"""`key`: API keys of automations. A key is printed once, when it is made, and cannot be shown again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output


def _parse_scopes(_: click.Context, __: click.Parameter, value: str) -> list[str]:
    from reviewqueue.people.access import SCOPES

    scopes = [scope.strip() for scope in value.split(",") if scope.strip()]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise click.BadParameter(f"{', '.join(unknown) or 'none given'}; the scopes are {', '.join(SCOPES)}")
    return scopes


@click.group()
def key() -> None:
    """Keys of automations: add, list, revoke."""


@key.command()
@click.argument("name")
@click.option(
    "--scopes",
    required=True,
    callback=_parse_scopes,
    help="Comma-separated: items:write, items:read.",
)
@click.option(
    "--lane",
    "lanes",
    multiple=True,
    metavar="KEY",
    help="A lane the key may use; several times for several. None: all.",
)
@click.option(
    "--gate",
    "gates",
    multiple=True,
    metavar="KEY",
    help="A gate the key may use; several times for several. None: all.",
)
@click.option(
    "--owner", metavar="EMAIL", default="", help="Whose automation it is: that person never passes its drafts."
)
@output.as_json
def add(
    name: str, scopes: list[str], lanes: tuple[str, ...], gates: tuple[str, ...], owner: str, as_json: bool
) -> None:
    """Make a key for the automation NAME and print it, alone, once."""
    from reviewqueue.people import api_keys

    with installation.open_session() as session:
        token = api_keys.add(
            session, name, scopes, Actor.CLI, installation.now(), lanes=lanes, gates=gates, owner_email=owner
        )
    if as_json:
        output.print_json({"name": name, "key": token, "scopes": scopes, "lanes": list(lanes), "gates": list(gates)})
    else:
        click.echo(token)
    output.say(f"This is {name}'s key. Keep it now: only its hash is stored, it cannot be shown again.")


@key.command("list")
@output.as_json
def list_(as_json: bool) -> None:
    """List every key: whose it is, what it may do, whether it was revoked. Never the keys themselves."""
    from reviewqueue.people import directory

    with installation.open_session() as session:
        rows = [
            {
                "id": one.id,
                "name": one.automation.name,
                "scopes": one.scopes.split(),
                "lanes": one.lanes.split(),
                "gates": one.gates.split(),
                "created_at": one.created_at,
                "revoked_at": one.revoked_at,
            }
            for one in directory.keys(session)
        ]
    if as_json:
        output.print_json(rows)
    if not rows:
        output.say("There are no keys yet. Make one with `reviewqueue key add NAME --scopes items:write,items:read`.")
        return
    heads = ("id", "automation", "scopes", "lanes", "gates", "made", "state")
    output.table(heads, [_row(one) for one in rows])


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    def words(name: str) -> str:
        found = one[name]
        return " ".join(found) if isinstance(found, list) and found else "all"

    state = f"revoked {one['revoked_at']:%d %b %Y}" if one["revoked_at"] else "open"
    return (
        str(one["id"]),
        str(one["name"]),
        words("scopes"),
        words("lanes"),
        words("gates"),
        f"{one['created_at']:%d %b %Y}",
        state,
    )


@key.command()
@click.argument("key_id", metavar="ID", type=output.ROW)
@output.as_json
def revoke(key_id: int, as_json: bool) -> None:
    """Revoke the key ID: its next request is refused, in every process."""
    from reviewqueue.people import api_keys

    with installation.open_session() as session:
        api_keys.revoke(session, key_id, Actor.CLI, installation.now())
    if as_json:
        output.print_json({"id": key_id, "revoked": True})
    output.say(f"Key {key_id} is revoked; its next request is refused.")


@key.command("callback-secret")
@click.argument("name")
@output.as_json
def callback_secret(name: str, as_json: bool) -> None:
    """Print the secret with which the automation NAME verifies our callbacks (Standard Webhooks)."""
    from reviewqueue.core.errors import NotFound
    from reviewqueue.people import api_keys, directory

    settings = installation.settings()
    with installation.open_session(settings) as session:
        automation = next((one.automation for one in directory.keys(session) if one.automation.name == name), None)
    if automation is None:
        raise NotFound(f"No automation {name!r} has a key. `reviewqueue key list` shows those that have one.")
    secret = api_keys.callback_secret(settings.secret(), automation.id, automation.secret_number)
    if as_json:
        output.print_json({"name": name, "secret": secret})
    else:
        click.echo(secret)
    output.say(f"{name} verifies each callback with it; it changes when the installation's secret key changes.")
