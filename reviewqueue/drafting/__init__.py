"""Drafting: one file a draft, each filled field cited; and the pure reading of a deal that decides what to draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from reviewqueue.drafting.known import Known
    from reviewqueue.evidence import Drafted
    from reviewqueue.policy.shape import Lane, Policy
    from reviewqueue.policy.templates import Template


class Drafter(Protocol):
    """What writes a draft from what is known; ours is `compose.compose`. An organisation's own, a model's for example,
    gets the same and hands back the same, and its draft passes the same checks and the same gate.

    It must cite only refs of `known.sources` or sources that it adds to the draft; it may raise, and the draft then
    stays due and visible with what it raised.
    """

    def __call__(self, policy: Policy, lane: Lane, template: Template, known: Known, today: date) -> Drafted:
        """One draft of the template's kind."""
        ...
