"""Earned: which messages may ever go by themselves, what a lane asks of them first, and when it all stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from reviewqueue.figures.definitions import KNOWN
from reviewqueue.policy.words import Key, Number, Part, Says, Whole

if TYPE_CHECKING:
    from reviewqueue.policy.message_rules import MessageRule
    from reviewqueue.policy.shape import Lane, Policy

# The messages that may go by themselves once a lane has earned it: our templates, and what each is. By template alone:
# what another automation says that its draft is, is nobody's evidence.
MAY: dict[str, str] = {
    "kickoff-scheduling": "a kickoff scheduling nudge",
    "missing-document": "a missing-document reminder",
    "portal-task": "a portal task reminder",
    "task-reminder": "a task reminder",
    "task-complete": "a confirmation that a customer's task is complete",
    "inactivity-alert": "an internal alert about an inactive customer",
}


class Earned(Part):
    """What a message has to show before anybody may propose that it goes by itself, and how it is watched then.

    `unchanged` is the share of its drafts that people approve unchanged which the lower bound of the interval must be
    above, over at least `least` decided ones; `agree` the share of second reviews that agree, over `least_agree`.
    `sampled_percent` of those that could go wait for a person all the same; where the upper bound over the last
    `drift_last` of these is below `unchanged`, people change too many.
    """

    unchanged: Number = Field(default=0.95, ge=0.8, lt=1)
    least: Whole = Field(default=50, ge=20, le=500)
    agree: Number = Field(default=0.9, ge=0.5, le=1)
    least_agree: Whole = Field(default=10, ge=5, le=500)
    sampled_percent: Whole = Field(default=20, ge=5, le=100)
    drift_last: Whole = Field(default=20, ge=5, le=200)


class Stop(Part):
    """A figure of the lane at which everything that goes by itself stands down, in the words of `says`."""

    metric: Key
    above: Number | None = None
    below: Number | None = None
    says: Says

    @model_validator(mode="before")
    @classmethod
    def _of_a_known_figure(cls, given: Any) -> Any:
        if isinstance(given, dict):
            if isinstance(named := given.get("metric"), str) and named not in KNOWN:
                raise ValueError(f"{named!r} is no figure; they are {', '.join(KNOWN)}")
            if (given.get("above") is None) == (given.get("below") is None):
                raise ValueError("say above or below which value it stops; one of the two")
        return given

    def met(self, value: float) -> bool:
        """Whether the lane's figure is beyond the limit."""
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)

    @property
    def limit(self) -> str:
        """The limit in words: `above 0.2`."""
        return f"above {self.above:g}" if self.above is not None else f"below {self.below:g}"


def automatic(lane: Lane) -> dict[str, MessageRule]:
    """The messages that a lane's file says go by themselves."""
    return {about: rule for about, rule in lane.messages.items() if rule.sending == "automatic"}


def since(rule: MessageRule) -> date:
    """The date of an automatic rule."""
    assert rule.automatic_since is not None  # noqa: S101  (a rule has both or neither)
    return rule.automatic_since


def wrong(policy: Policy, lane: Lane, about: str, rule: MessageRule) -> Iterator[tuple[str, str]]:
    """Why a message of this lane may not go by itself at all, each with the word of the rule that it is about."""
    if rule.sending != "automatic":
        return
    template = policy.template(about)
    if about not in MAY or template is None:
        known = ", ".join(f"{key} ({says})" for key, says in MAY.items())
        yield "sending", f"{about!r} never goes by itself; those that may, once they have earned it: {known}"
    elif template.message is None or template.kind == "sales_question":
        says = f"{about!r} may go by itself as {MAY[about]}, and its template is of kind {template.kind!r}"
        yield "sending", f'{says}; write "approve"'
    elif lane.stage != "live":
        yield "sending", f'nothing goes by itself in a lane in stage {lane.stage!r}; write "approve", or stage = "live"'
