"""Categories: the kinds of exceptions a policy knows, whose each is, its clock, and what opens it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from reviewqueue.policy.words import Key, Kind, Part, Role, Says, Whole


class FirstResponse(Part):
    """What an exception asks of its owner first: words for people, what kind of answer it is, and the kind of draft
    that answering starts, if it starts one: it waits at the gate that the lane sends this kind to."""

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


class Category(Part):
    """One kind of exception: whose it is, to whom it goes up, its clock in business hours, and what opens it."""

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


class Exceptions(Part):
    """The categories of exceptions. A policy without them opens none.

    `otherwise` is what escalating opens when nothing names another; `standstill` what opens by itself when nobody
    decides an item. Without it a standstill is only said, on the item's page and by `doctor`. `differs` opens when
    something else went out than was approved, `unsent` when nobody says that what was approved went out,
    `stood_down` when a message no longer goes by itself.
    """

    otherwise: Key | None = None
    standstill: Key | None = None
    differs: Key | None = None
    unsent: Key | None = None
    stood_down: Key | None = None
    category: tuple[Category, ...] = ()

    def called(self, key: str | None) -> Category | None:
        """The category of that key."""
        return next((one for one in self.category if one.key == key), None)

    def of_reason(self, code: str) -> Category | None:
        """The category that escalating with this reason opens."""
        return next((one for one in self.category if code in one.reasons), None)

    def of_check(self, check: str) -> Category | None:
        """The category that this check proposes when it fails."""
        found = (one for one in self.category if any(fnmatchcase(check, pattern) for pattern in one.checks))
        return next(found, None)
