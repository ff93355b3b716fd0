"""The kinds of destinations that approved drafts are released to, and what can be done with each. How one is sent to
is in `delivery/destinations.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DestinationKind:
    """What holds for every destination of one kind. A person may send by hand to any of them."""

    sent_here: bool = False  # by the worker
    reported: bool = False  # by the automation that handed it in, which says what went out
    addressed: bool = False  # it takes a message with receivers, and the policy names its sender
    mail_server: bool = False  # it is held as long as the settings name none
    dry_run: bool = False  # what it will write is shown before the approval
    folder: bool = False  # it writes files; the policy names their form, and the system that reads them
    credential: bool = False  # it is held as long as nobody entered one
    plans: bool = False  # it takes a plan, and nothing else
    internal: bool = False  # our own people read it: what goes to a customer does not
    packets: bool = False  # it takes a packet whose deal is there; what else comes to its gate goes nowhere
    way: str = ""  # how what is sent from here goes out, in words
    asks: tuple[tuple[str, str], ...] = ()  # what it writes: (kind of system, word), each to be allowed by systems.toml


DESTINATIONS = {
    "automation": DestinationKind(reported=True),
    "email": DestinationKind(
        sent_here=True, addressed=True, mail_server=True, way="by e-mail", asks=(("email", "messages"),)
    ),
    "file": DestinationKind(sent_here=True, dry_run=True, folder=True, way="as a file"),
    "asana": DestinationKind(
        sent_here=True,
        dry_run=True,
        credential=True,
        plans=True,
        way="as a project in Asana",
        asks=(("project", "projects"),),
    ),
    "jira": DestinationKind(
        sent_here=True,
        dry_run=True,
        credential=True,
        plans=True,
        way="as an issue with sub-tasks in Jira",
        asks=(("project", "projects"),),
    ),
    "slack": DestinationKind(
        sent_here=True,
        dry_run=True,
        credential=True,
        internal=True,
        way="as a message to a channel",
        asks=(("email", "messages"),),
    ),
    "hubspot": DestinationKind(
        sent_here=True,
        dry_run=True,
        credential=True,
        packets=True,
        way="as a note and a task in HubSpot",
        asks=(("crm", "notes"), ("crm", "tasks")),
    ),
    "salesforce": DestinationKind(
        sent_here=True,
        dry_run=True,
        credential=True,
        packets=True,
        way="as tasks in Salesforce",
        asks=(("crm", "tasks"),),
    ),
}
SENT_HERE = tuple(key for key, kind in DESTINATIONS.items() if kind.sent_here)
REPORTED = tuple(key for key, kind in DESTINATIONS.items() if kind.reported)
