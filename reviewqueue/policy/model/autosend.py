"""What a message has to show before it may be sent automatically (auto-send), and at which figures the lane stops."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from reviewqueue.core.metric_definitions import METRIC_BY_KEY
from reviewqueue.policy.model.base import Kind, Number, PolicyTable, Says, Whole


class AutosendCriteria(PolicyTable):
    """What a message has to show before anybody may propose that it is sent automatically, and how it is watched from
    then on.

    `unchanged` is a share of its drafts that people approve unchanged: the lower bound of the interval must be above
    it, over at least `least` decided ones. `agree` is the share of second reviews that agree, over at least
    `least_agree`. `sampled_percent` of those that could be sent automatically wait for a person anyway; where the
    upper bound over the last `drift_last` of these is below `unchanged`, people change too many and it stops.
    """

    unchanged: Number = Field(default=0.95, ge=0.8, lt=1)
    least: Whole = Field(default=50, ge=20, le=500)
    agree: Number = Field(default=0.9, ge=0.5, le=1)
    least_agree: Whole = Field(default=10, ge=5, le=500)
    sampled_percent: Whole = Field(default=20, ge=5, le=100)
    drift_last: Whole = Field(default=20, ge=5, le=200)


class AutosendStop(PolicyTable):
    """A figure of the lane at which the lane is stopped, in the words of `says`: any metric that is measured. Exactly
    one of `above` and `below` is set; a figure of fewer than `least` stops nothing."""

    metric: Kind
    above: Number | None = None
    below: Number | None = None
    least: Whole = Field(default=1, ge=1, le=1000)
    says: Says

    @model_validator(mode="before")
    @classmethod
    def _of_a_known_figure(cls, given: Any) -> Any:
        if isinstance(given, dict):
            if isinstance(named := given.get("metric"), str) and named not in METRIC_BY_KEY:
                raise ValueError(f"{named!r} is not a figure; they are {', '.join(METRIC_BY_KEY)}")
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
