"""Review Queue: a human review queue with approval gates for customer-onboarding automation.

The house, floor by floor; an import goes down, never up, never sideways between doors.

doors    web/ (pages)  api/ (the automation's contract)  cli/ (terminal)  worker.py (clock and callbacks)
verbs    intake (submit, revise, withdraw)  imports (CRM records)  review (decide)  answers (questions)  leases
         messages (outbox)  people  keys  policies;  reads only: desk (one item)  queues  pages
records  records/ (tables by noun)  database.py (engine, the one write transaction)  override_log.py
ground   policy/ (what was decided, as data)  checks/  drafting/  connectors/  proofs/  evidence  calendar  refusals
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from reviewqueue.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Flask is loaded here and nowhere below the doors."""
    from reviewqueue.web import create_app as make  # noqa: PLC0415

    return make(settings)
