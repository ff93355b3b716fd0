"""How our own drafts are written: the handoff packet, the question to RevOps, and every draft from a template, each
filled field cited. Pure: what is due, and when, is in `onboarding/draft_jobs.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from reviewqueue.evidence.types import DraftWithEvidence
    from reviewqueue.onboarding.drafting.facts import Known
    from reviewqueue.policy.model.policy import Lane, Policy
    from reviewqueue.policy.model.templates import Template


class Drafter(Protocol):
    """A function that writes a draft from what is known; ours is `compose.compose`. An organisation's own, such as a
    model's, takes and returns the same, and its draft goes through the same checks and the same gate.

    It must cite only refs of `known.sources` or sources that it adds to the draft. It may raise: the draft job then
    stays due and visible with what was raised.
    """

    def __call__(self, policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> DraftWithEvidence:
        """One draft of the template's kind."""
        ...
