"""Categories of exceptions: who owns each, its due times, and what opens it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from reviewqueue.core.vocabulary import Role
from reviewqueue.policy.model.base import Key, Kind, PolicyTable, Says, Whole


class FirstResponse(PolicyTable):
    """What an exception asks of its owner first: the words, what kind of answer it is, and the kind of draft that
    answering starts, if any; that draft waits at the gate to which the lane sends this kind."""

    kind: Literal[
        "clarification",
        "confirm_scope",
        "block_launch",
        "blocker_task",
        "identify_owner",
        "reset_plan",
        "workaround",
        "name_a_decider",
        "find_out",
    ]
    says: Says
    starts: Kind | None = None


class Category(PolicyTable):
    """One kind of exception: who owns it, to whom it is escalated, its due times in business hours, and what opens
    it."""

    key: Key
    label: Says
    goes_to: tuple[Role, ...] = Field(min_length=1)
    goes_up_to: tuple[Role, ...] = Field(min_length=1)
    blocking: bool
    respond_hours: Whole = Field(ge=1, le=400)
    sla_hours: Whole = Field(ge=1, le=800)
    first_response: FirstResponse
    checks: tuple[str, ...] = ()
    reasons: tuple[Key, ...] = ()


class Exceptions(PolicyTable):
    """The categories of exceptions. A policy without them opens none.

    Every field but `category` is the key of one: `otherwise` is opened by an escalation when nothing names another;
    `standstill` automatically when an item is undecidable (without it, only the item's page and `doctor` say so);
    `differs` when something else was sent than what was approved; `unsent` when nobody reports that what was approved
    was sent; `stood_down` when auto-send of a message is revoked; `deal_changed` when a deal becomes another one after
    its onboarding started (without it, a category of that name that goes to RevOps); `came_back` when a mail bounced or
    its receiver complained.
    """

    otherwise: Key | None = None
    standstill: Key | None = None
    differs: Key | None = None
    unsent: Key | None = None
    stood_down: Key | None = None
    deal_changed: Key | None = None
    came_back: Key | None = None
    category: tuple[Category, ...] = ()

    def called(self, key: str | None) -> Category | None:
        """The category of that key."""
        return next((one for one in self.category if one.key == key), None)

    def of_reason(self, code: str) -> Category | None:
        """The category that an escalation with this reason opens."""
        return next((one for one in self.category if code in one.reasons), None)

    def of_check(self, check: str) -> Category | None:
        """The category that this check proposes when it fails."""
        found = (one for one in self.category if any(fnmatchcase(check, pattern) for pattern in one.checks))
        return next(found, None)
