"""Compose: a draft from a template and what is known. Every filled value cites its source; a gap stays visible."""

from __future__ import annotations

from datetime import date

from reviewqueue.drafting.brief import brief
from reviewqueue.drafting.dates import Reckoning
from reviewqueue.drafting.known import Known
from reviewqueue.drafting.message import message
from reviewqueue.drafting.plan import plan
from reviewqueue.drafting.risks import holding, risks
from reviewqueue.drafting.sheet import Sheet
from reviewqueue.evidence import Drafted
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.policy.templates import Template


def compose(policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> Drafted:
    """The draft of this template on that day. Never raises for what is missing: it leaves a gap (`gaps.GAP`)."""
    sheet = _sheet(policy, lane, template, known, today)
    draft: dict[str, object] = {}  # exactly one of the four is there
    if template.brief:
        draft = brief(sheet, template.brief)
    elif template.plan:
        draft = plan(sheet, template.plan)
    elif template.risks:
        draft = risks(sheet, template.risks)
    elif template.message:
        draft = message(sheet, template.message)
    return sheet.finished(template, draft)


def applies(policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> bool:
    """Whether there is anything to draft: not where no risk holds, nor where there is nothing to ask sales."""
    if template.risks:
        return bool(holding(template.risks, _sheet(policy, lane, template, known, today).facts))
    return template.after != "missing-fields" or bool(known.questions)


def _sheet(policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> Sheet:
    reckoning = Reckoning(policy.calendar(lane.key), today, known.facts.get("start_date"))
    reckoning.count(template.dates)
    return Sheet(policy, lane, template, known, reckoning)
