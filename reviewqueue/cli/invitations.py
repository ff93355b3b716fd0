"""`user invite`, `user revoke` and `user email`: somebody's way in, as an admin has it on the people page."""

from __future__ import annotations

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output
from reviewqueue.cli.users import RoleName, find_person, name_from_email


@click.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, type=RoleName(), help="What a new person decides; several times.")
@click.option("--name", default="", help="Their name as the log shows it. Without it, it is made from the e-mail.")
@output.as_json
def invite(email: str, roles: tuple[str, ...], name: str, as_json: bool) -> None:
    """Invite a person, or send one who is there a new link: at it they choose their password.

    The link goes to them by e-mail where REVIEWQUEUE_SMTP_URL and REVIEWQUEUE_PUBLIC_URL are set. Otherwise it is
    printed, this once, to be handed over.
    """
    from reviewqueue.people import password_links, users

    settings = installation.settings()
    address, mailed = settings.address(), bool(settings.mailed_address())
    with installation.open_session(settings) as session:
        if roles:
            said = email, name or name_from_email(email), roles, users.NO_PASSWORD
            person_id = users.add(session, *said, Actor.CLI, installation.now())
        else:
            person_id = find_person(session, email).id
        token = password_links.make(session, person_id, Actor.CLI, installation.now(), mailed=mailed)
    link = f"{address}/password/link?token={token}" if token else ""
    if as_json:
        output.print_json({"id": person_id, "email": email.strip().lower(), "mailed": mailed, "link": link})
        return
    if mailed:
        output.say(f"A link goes to {email.strip().lower()}, at which they choose their password.")
        return
    output.say(f"Hand this link to {email.strip().lower()} alone. It is good once, and not shown again.")
    click.echo(link)


@click.command()
@click.argument("email")
@output.as_json
def revoke(email: str, as_json: bool) -> None:
    """Revoke the link that a person was sent: it opens nothing any more. Their account stays as it is."""
    from reviewqueue.people import password_links

    with installation.open_session() as session:
        person = find_person(session, email)
        password_links.revoke(session, person.id, Actor.CLI, installation.now())
    if as_json:
        output.print_json({"id": person.id, "email": person.email, "revoked": True})
    output.say(f"The link of {person.name} opens nothing any more.")


@click.command("email")
@click.argument("email")
@click.argument("new")
@output.as_json
def change_email(email: str, new: str, as_json: bool) -> None:
    """Give a person another e-mail address. The old one is told of it."""
    from reviewqueue.people import email_changes

    with installation.open_session() as session:
        person = find_person(session, email)
        name, person_id = person.name, person.id
        before = email_changes.change_email(session, person_id, new, Actor.CLI, installation.now())
    if as_json:
        output.print_json({"id": person_id, "email": new.strip().lower(), "before": before})
    output.say(f"{name} signs in with {new.strip().lower()} from now on, and {before} is told of it.")


COMMANDS = (invite, revoke, change_email)
