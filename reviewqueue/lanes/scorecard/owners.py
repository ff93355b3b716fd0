"""The six parts of a lane's launch, each with one owner, and the RACI matrix of their duties."""

from __future__ import annotations

from dataclasses import dataclass

LETTERS = {
    "R": "responsible: does it",
    "A": "accountable: answers for it, and does it where nobody else is responsible",
    "C": "consulted",
    "I": "informed",
}


@dataclass(frozen=True)
class Part:
    """One part of the launch, what it covers, and the roles that its owner usually holds."""

    key: str
    label: str
    says: str
    roles: tuple[str, ...] = ()


PARTS = (
    Part("revops", "RevOps", "the trigger, the packet, the lane's policy", ("revops",)),
    Part("cs", "Customer success", "kickoff, customer messages, first value", ("csm", "cs_leader")),
    Part("implementation", "Implementation", "plan, scope, milestones", ("implementation_lead",)),
    Part("sales", "Sales", "what was sold, and answers about it", ("sales_owner",)),
    Part("support", "Support", "early tickets and what they show"),
    Part("systems", "Systems", "connectors, permissions, keys, the way back", ("admin",)),
)
BY_KEY = {part.key: part for part in PARTS}


@dataclass(frozen=True)
class Duty:
    """A duty before or during a pilot, with one RACI letter for each part, in the order of PARTS."""

    says: str
    letters: str


DUTIES = (
    Duty("Set the lane's boundary, trigger and policy", "ACCCIC"),
    Duty("Fill the packet's required fields before closed-won", "CIIAII"),
    Duty("Judge handoff quality at the gate", "ACICII"),
    Duty("Confirm the kickoff brief and what the customer may expect", "IACIII"),
    Duty("Confirm scope, dates and owners of the project plan", "ICAIIC"),
    Duty("Approve what the customer reads", "IACIII"),
    Duty("Answer exceptions within their SLA", "ARRRRR"),
    Duty("Report early tickets that point to a bad handoff", "ICCIAI"),
    Duty("Scope connectors and keys, and try the way back", "CIIIIA"),
    Duty("Look at the weekly QA sample and at what was overridden", "ARRIII"),
    Duty("Stop the pilot or roll it back", "ARCIIR"),
    Duty("Train those who decide, and keep the launch checklist", "ARRIIC"),
)


def flaws(duties: tuple[Duty, ...]) -> list[str]:
    """What is wrong with a RACI matrix: a duty without exactly one accountable part, an unknown letter, a missing part;
    each with its line number, from 1. Empty when nothing is."""
    found = []
    for number, duty in enumerate(duties, 1):
        place = f"duty {number}, “{duty.says}”"
        if len(duty.letters) != len(PARTS):
            found.append(f"{place}: {len(duty.letters)} letters for {len(PARTS)} parts; give each part one")
        if unknown := sorted(set(duty.letters) - LETTERS.keys()):
            found.append(f"{place}: {', '.join(unknown)} is not a letter used here; write {', '.join(LETTERS)}")
        if (many := duty.letters.count("A")) != 1:
            found.append(f"{place}: {many} are accountable; write A for exactly one part")
    return found


if _wrong := flaws(DUTIES):
    raise ValueError("; ".join(_wrong))
