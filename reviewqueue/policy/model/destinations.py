"""Destinations: where approved drafts are released to, and what each of them may do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reviewqueue.core.destinations import DESTINATIONS, DestinationKind
from reviewqueue.core.systems import SystemKey
from reviewqueue.policy.model.base import Key, PolicyTable, Says, Whole

Address = Annotated[str, Field(max_length=254, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]
AccountId = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9:-]+$")]
_NAME = "[a-z0-9-]+"


class Destination(PolicyTable):
    """Where approved drafts are released to. `does` says in words what it may do. An automation sends by itself and
    reports back; e-mail is sent from `sender` through the installation's mail server. An exception is opened when
    nobody reported within `silent_after_hours` (business hours of the lane) that it was sent. `smtputf8` says that the
    mail server takes addresses with letters beyond ASCII before the @; without it such an address does not pass the
    gate. `html` says that an e-mail has its text as HTML, too. A file is written into `folder` below the
    installation's own, as `format`, for `system` to read. A project in Asana is made in a `workspace`, shared with a
    `team`, both by their gid; `assignees` are e-mails in Asana by the name of an owner in a plan. Salesforce is
    written to at the organisation's own `url`, signed in as the app of that `client_id`; Jira at the
    organisation's own `url`, as the account of `user`, in the project of that key, `accounts` being account ids by the
    name of an owner."""

    key: Key
    name: Says
    kind: Literal["automation", "email", "file", "asana", "jira", "slack", "hubspot", "salesforce"]
    does: Says
    sender: str = Field(default="", max_length=254, pattern=r"^$|^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
    smtputf8: bool = False
    html: bool = False
    system: SystemKey | Literal[""] = ""
    folder: Key | Literal[""] = ""
    format: Literal["json", "csv"] = "json"
    workspace: str = Field(default="", pattern=r"^[0-9]{0,40}$")
    team: str = Field(default="", pattern=r"^[0-9]{0,40}$")
    assignees: dict[str, Address] = Field(default_factory=dict)
    url: str = Field(
        default="", max_length=255, pattern=rf"^$|^https://{_NAME}(\.{_NAME})*\.(salesforce\.com|atlassian\.net)$"
    )
    client_id: str = Field(default="", max_length=255, pattern=r"^[A-Za-z0-9._]*$")
    user: Address | Literal[""] = ""
    project: str = Field(default="", pattern=r"^$|^[A-Z][A-Z0-9_]{1,40}$")
    issue_type: Says = "Task"
    subtask_type: Says = "Sub-task"
    accounts: dict[str, AccountId] = Field(default_factory=dict)
    silent_after_hours: Whole = Field(default=8, ge=1, le=400)

    @property
    def can(self) -> DestinationKind:
        """What can be done with a destination of its kind."""
        return DESTINATIONS[self.kind]

    @property
    def asks(self) -> tuple[tuple[str, str], ...]:
        """What it writes: (kind of system, word), each of which systems.toml has to allow."""
        return ((self.system, "files"),) if self.can.folder and self.system else self.can.asks
