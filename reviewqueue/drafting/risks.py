"""The risk summary: those of the template's risks that hold, and what to do about the weightiest first."""

from __future__ import annotations

from collections.abc import Container

from reviewqueue.drafting.sheet import Sheet
from reviewqueue.policy.templates import Risk, Risks

NONE = "None: no risk of this template holds."


def holding(template: Risks, facts: Container[str]) -> list[Risk]:
    """The risks that hold, in the file's order: what they need to be known is known, and what unknown is unknown."""
    return [
        risk
        for risk in template.risk
        if all(name in facts for name in risk.if_known) and not any(name in facts for name in risk.if_unknown)
    ]


def risks(sheet: Sheet, template: Risks) -> dict[str, object]:
    """`{"summary", "risks": [{"risk", "sign", "effect"}…], "recommended_action"}`."""
    found = holding(template, sheet.facts)
    return {
        "summary": sheet.fill("/summary", template.summary),
        "risks": [
            {name: sheet.fill(f"/risks/{number}/{name}", getattr(risk, name)) for name in ("risk", "sign", "effect")}
            for number, risk in enumerate(found)
        ],
        "recommended_action": sheet.fill("/recommended_action", found[0].action) if found else NONE,
    }
