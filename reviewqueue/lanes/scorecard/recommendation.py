"""The pilot recommendation, computed from score and colours: build, wait, narrow or reject, with every reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from reviewqueue.lanes.scorecard.go_no_go import Call
from reviewqueue.lanes.scorecard.scoring import Score, lower_first, percent_text

Choice = Literal["build", "narrow", "wait", "reject"]
# From the mildest to the strictest: the strictest that any reason asks for is recommended.
CHOICES: tuple[Choice, ...] = ("build", "wait", "narrow", "reject")
CHOICE_TEXT: dict[Choice, str] = {
    "build": "build a narrow pilot with human review",
    "wait": "wait until the gap is closed",
    "narrow": "narrow it to one lane first",
    "reject": "reject: fix the handoff by hand before anything is automated",
}
_CHOICE_BY_VERDICT: dict[str, Choice] = {"ready": "build", "candidate": "wait", "narrow": "narrow", "not-yet": "reject"}


@dataclass(frozen=True)
class Reason:
    """One finding, and the recommendation it asks for."""

    choice: Choice
    says: str


@dataclass(frozen=True)
class Recommendation:
    """What is recommended, and every finding behind it, the strictest first."""

    choice: Choice
    reasons: tuple[Reason, ...]


def recommend(score: Score, call: Call, colours: Mapping[str, str]) -> Recommendation:
    """The strictest of what the score, the go/no-go call and the scope's colour ask for. A missing score or colour asks
    to wait."""
    found = sorted(_reasons(score, call, colours), key=lambda one: -CHOICES.index(one.choice))
    return Recommendation(found[0].choice, tuple(found))


def _reasons(score: Score, call: Call, colours: Mapping[str, str]) -> Iterator[Reason]:
    verdict, percent = score.verdict, score.percent
    if verdict is None or percent is None:
        yield Reason("wait", f"{len(score.missing)} of ten areas have no score yet, so there is no verdict.")
    else:
        worst = f" The riskiest gap is {lower_first(score.riskiest)}." if verdict.key == "candidate" else ""
        says = f"{percent_text(percent)} % is “{verdict.says}”: {verdict.next_step}.{worst}"
        yield Reason(_CHOICE_BY_VERDICT[verdict.key], says)
    if colours.get("workflow-scope") == "red":
        yield Reason("narrow", "The workflow's scope is red: it means all onboarding, and a lane is one segment's.")
    choice_by_call: dict[str, Choice] = {"go": "build", "stop": "reject"}
    yield Reason(choice_by_call.get(call.key, "wait"), call.says)
