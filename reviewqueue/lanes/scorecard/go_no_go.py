"""The seven go/no-go areas, each green, yellow or red, and the rule by which they allow a pilot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reviewqueue.lanes.scorecard.scoring import lower_first

Colour = Literal["green", "yellow", "red"]
COLOURS: tuple[Colour, ...] = ("green", "yellow", "red")
HANDOFF_DATA = "handoff-data"
RULE = "Build only with mostly green and no red control gap. Red on handoff data means stop."


@dataclass(frozen=True)
class Control:
    """One go/no-go area and what each colour means in it."""

    key: str
    label: str
    green: str
    yellow: str
    red: str

    def says(self, colour: str) -> str:
        """What a colour means here, in words."""
        return {"green": self.green, "yellow": self.yellow, "red": self.red}[colour]


CONTROLS = (
    Control("workflow-scope", "Workflow scope", "one segment, one workflow", "can be narrowed", "“all onboarding”"),
    Control(
        HANDOFF_DATA, "Handoff data", "required fields are complete and audited", "what is missing is known",
        "sales notes are optional",
    ),
    Control(
        "milestones", "Milestones", "owners, dates, evidence and exit criteria", "they need cleanup",
        "a generic checklist",
    ),
    Control(
        "systems", "Systems", "read and write paths and permissions are scoped", "some await approval", "copy and paste"
    ),
    Control(
        "customer-communications", "Customer communications", "templates, approvals and suppression",
        "draft-only is needed",
        "it would send sensitive messages",
    ),
    Control("exceptions", "Exceptions", "categories, owners and SLAs", "known, but informal", "inboxes"),
    Control(
        "measurement", "Measurement", "a baseline and pilot metrics", "a baseline is quick to collect",
        "no way to prove value",
    ),
)  # fmt: skip
BY_KEY = {control.key: control for control in CONTROLS}
MIN_GREEN = len(CONTROLS) // 2 + 1


@dataclass(frozen=True)
class Call:
    """The result of the seven colours: `go`, `no-go`, `stop`, or `open` while one is missing and none forbids. `red`
    are labels, `greens` a count."""

    key: Literal["go", "no-go", "stop", "open"]
    says: str
    red: tuple[str, ...]
    greens: int


def call(colours: Mapping[str, str]) -> Call:
    """Apply RULE to the colours by area. Every red area is a control gap; mostly green is more than half."""
    red = tuple(control.label for control in CONTROLS if colours.get(control.key) == "red")
    open_ones = [control.label for control in CONTROLS if control.key not in colours]
    greens = sum(colours.get(control.key) == "green" for control in CONTROLS)
    if colours.get(HANDOFF_DATA) == "red":
        return Call(
            "stop", "Stop: handoff data is red. Nothing is built on a handoff that nobody can rely on.", red, greens
        )
    if red:
        says = f"No go: red is a control gap, and there is one in {', '.join(map(lower_first, red))}."
        return Call("no-go", says, red, greens)
    if open_ones:
        says = (
            f"Open: {len(open_ones)} of {len(CONTROLS)} have no colour yet ({', '.join(map(lower_first, open_ones))})."
        )
        return Call("open", says, red, greens)
    if greens < MIN_GREEN:
        says = f"No go: {greens} of {len(CONTROLS)} are green, and mostly green is at least {MIN_GREEN}."
        return Call("no-go", says, red, greens)
    return Call("go", f"Go: {greens} of {len(CONTROLS)} are green and none is red.", red, greens)
