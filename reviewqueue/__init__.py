"""Review Queue: a human review queue with approval gates for customer-onboarding automation.

The house, floor by floor; an import goes down, never up, never sideways between doors.

doors    web/ (pages)  api/ (the automation's contract)  cli/ (terminal)  worker.py (callbacks, clock)
verbs    intake (submit, revise, withdraw)  imports (CRM records)  review (decide)  answers (questions)  leases
         pauses and sla (the clock of items)
         messages and callbacks (the outbox, and sending)  people  keys  policies  seeding (the demo's world)
         assignments (whose it is)  groups  bulk (several at once)
         exceptions (opening one, its clock)  casework (answer, move, pause)  resolving (what happens to its items)
         proposals (other rules, put in force by a decision)  moving (an open item to the rules in force)
         behind them: opening and renewal (an item, a revision)  revisions  crm  snapshots
         reads only: replay over the past (what other rules would have made of it)  standstill (what nobody can decide)
         desk (one item)  delegation  workload  cases (exceptions)  queues  pages  follow (for automations)  access
         doctor
records  records/ (tables by noun)  database.py (engine, the one write transaction)  override_log.py  migrations.py
ground   policy/ (what was decided, as data)  checks/  drafting/  connectors/  proofs/  evidence  characters  texts
         calendar  refusals  settings;  client.py is for automations and needs nothing else
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
