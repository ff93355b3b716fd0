"""The drafter we ship: a draft from a template and what is known. Every filled value cites its source; a gap stays
visible."""

from __future__ import annotations

from datetime import date

from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.onboarding.drafting.dates import DraftDates
from reviewqueue.onboarding.drafting.documents import applicable_risks, brief, message, plan, risks
from reviewqueue.onboarding.drafting.facts import Known
from reviewqueue.onboarding.drafting.template_filler import TemplateFiller
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import Template


def compose(policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> DraftWithEvidence:
    """The draft of this template on that day. Never raises for what is missing: it leaves a gap
    (`policy/template_facts.py:gap`)."""
    filler = _filler(policy, lane, template, known, today)
    draft: dict[str, object] = {}  # exactly one of the four is there
    if template.brief:
        draft = brief(filler, template.brief)
    elif template.plan:
        draft = plan(filler, template.plan)
    elif template.risks:
        draft = risks(filler, template.risks)
    elif template.message:
        draft = message(filler, template.message)
    return filler.build(template, draft)


def applies(policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> bool:
    """Whether there is anything to draft: not where no risk holds, nor where there is nothing to ask sales."""
    if template.risks:
        return bool(applicable_risks(template.risks, _filler(policy, lane, template, known, today).facts))
    return template.after != "missing-fields" or bool(known.questions)


def _filler(policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> TemplateFiller:
    dates = DraftDates(policy.calendar(lane.key), today, known.facts.get("start_date"))
    dates.count(template.dates)
    return TemplateFiller(policy, lane, template, known, dates)
