"""The launch checklist: the steps of training and preparation before a lane's pilot, each with the part of the launch
that is responsible."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step: its key, the part of the launch responsible for it (a key of owners.PARTS), and what is done."""

    key: str
    part: str
    says: str


TRAINING = (
    Step("trained-revops", "revops", "RevOps has judged packets at the gate, read the log, and stopped a lane once"),
    Step("trained-cs", "cs", "CSMs and their leads have edited, sent back and escalated drafts of each kind"),
    Step("trained-implementation", "implementation", "Implementation has confirmed a plan and recorded a milestone"),
    Step("trained-sales", "sales", "Sales knows the required fields and has answered a question from the queue"),
    Step("trained-support", "support", "Support knows whom to tell about an early ticket, and how it is recorded"),
    Step("trained-systems", "systems", "Whoever runs the systems has made, scoped and revoked a key"),
)
CHECKLIST = (
    Step("trigger-tried", "revops", "A test deal came through the trigger into this lane, and one of another did not"),
    Step("gates-staffed", "revops", "At each gate two people decide, and each has a stand-in"),
    Step("baseline-agreed", "revops", "What the pilot is compared with was agreed before it begins"),
    Step("messages-read", "cs", "One draft of each message was read aloud by those who will approve them"),
    Step("template-agreed", "implementation", "The plan's template has owners, dates, evidence and exits that hold"),
    Step("sales-told", "sales", "Sales was told what is asked at closed-won, and from which day"),
    Step("support-told", "support", "Support has the list of the pilot's customers"),
    Step("way-back-tried", "systems", "The lane was stopped and started again, and a backup was brought back"),
)
BY_KEY = {step.key: step for step in (*TRAINING, *CHECKLIST)}


def stored_line(step: str) -> str:
    """The `line` under which a step is stored in `worksheet_answers`."""
    return f"launch/{step}"
