"""How many decided drafts are reviewed a second time each week (the QA sample), and who settles a disagreement."""

from __future__ import annotations

from pydantic import Field, model_validator

from reviewqueue.core.vocabulary import Role
from reviewqueue.policy.model.base import PolicyTable, Whole


class Sampling(PolicyTable):
    """The weekly QA sample of a lane. `weekly` drafts in all (0: none), of which `by_weight` are preferably drawn from
    those read briefly or without evidence and the rest evenly, at least `least_each` from each gate and outcome; a
    gate's `sample_percent` asks for at least that share of what it decided. The roles of `disputes_to` settle."""

    weekly: Whole = Field(default=10, ge=0, le=500)
    least_each: Whole = Field(default=1, ge=0, le=50)
    by_weight: Whole = Field(default=3, ge=0, le=500)
    disputes_to: tuple[Role, ...] = Field(default=("cs_leader",), min_length=1)

    @model_validator(mode="after")
    def _part_of_the_whole(self) -> Sampling:
        if self.by_weight > self.weekly:
            raise ValueError(f"by_weight {self.by_weight} is more than weekly {self.weekly}; correct one of them")
        return self


class Quality(Sampling):
    """What holds where a lane says nothing of its own, and for how many days it is kept how long a page was open before
    a decision."""

    keep_days: Whole = Field(default=30, ge=1, le=90)
