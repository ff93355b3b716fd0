"""Review Queue: a human review queue with approval gates for customer-onboarding automation.

The house, floor by floor; an import goes down, never up, never sideways between doors.

doors    web/ (pages)  api/ (the automation's contract)  cli/ (terminal)  worker.py (callbacks, drafts, e-mail, clock)
verbs    one item: intake (submit, revise, withdraw)  review (decide)  answers (questions)  leases  assignments (whose)
         pauses and sla (its clock)  looks (again, at what moved)  moving (to the rules in force)  bulk (several)
         what goes out of it: release (opened, taken, written down)  holds (what keeps it)  sent (what an automation
         reports)  by_hand (a person)  mail (one e-mail)  outgoing (reads)
         one onboarding: imports (CRM records)  chain (what is drafted after what)  draftings (what is due)
         milestones (a person's evidence)  silence (its clock)  corrections (a source is wrong)
         exceptions (opening one)  overdue (its clock)  casework (answer, move, pause)  resolving (its items)
         responses (what answering one starts)  stalls (what nobody decides opens one)
         the house: messages and callbacks (the outbox, and sending)  people  guessing (sign-ins that failed)  groups
         keys  policies  proposals (other rules, put in force by a decision)  check_changes (what a check counts as)
         readiness (may a lane be automated yet)  launching (its checklist)  recording (what people tell)
         rollup (figures follow the log)  seeding and tales (the demo's world)
         standing (what goes by itself, and falls)  watching (its clock)
         planted (known-bad drafts, revealed by a decision)  copying (where they come from)
         sampling (a week's drafts, to be looked at again)  second_look (doing so, and settling)  glances (what weighs)
         behind them: submissions (what is handed in)  surroundings (what it is weighed with)
         opening, beginning and renewal (an item, its onboarding, a revision)  crm  snapshots
         revisions (weighed and written)  routing (where one goes first)
         marking (what rests on a newer record)  gathering (what a draft is written from)
         commitments (what was promised)  plans (a plan's milestones)
         reads only: access  desk (one item)  delegation  standstill (what nobody can decide)
         queue_ranges  queues  workload  pages
         decidable (what one can decide now)  positions (next, previous, how many)  staffing (who is too few)
         statements (what a draft says)  sight (what was on screen)  source_moves (what an item waits for)
         redline (what it is held against)  packages (an onboarding's drafts)  runs (one onboarding)
         cases (exceptions)  follow (for automations)
         sheets (a lane's scorecard)  gauges (what its data says)  board (where each onboarding waits)
         metrics (a lane's figures), behind them measuring (one onboarding)  comparing (baseline, pilot)  gatework (the
         gates)  hindsight (what came later)  exposition (for monitoring)
         earning (what a message lacks to go by itself)  resting (what has fallen)  sendings (a lane's messages)
         catching (of planted drafts)  kept_in (what is planted never goes out)
         sampled (what was drawn)  agreement (of two answers)
         installation (what a new one still needs)
         replay over the past (what other rules would have made of it): walks (decisions)  reweighing (checks)
         heartbeat (which workers live)  disk (whether there is room)  doctor
records  records/ (tables by noun; rows and prepared: what is said often)
         database.py (engine, the one write transaction)  override_log.py  migrations.py
ground   policy/ (what was decided, as data)  scorecard/  planting/ (faults, seals)
         figures/ (intervals, definitions)  drawing (lots)  promises/  checks/
         drafting/  prose/  connectors/  proofs/  evidence  characters  texts  calendar  refusals  settings;  client.py
         is for automations and needs nothing else
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from reviewqueue.settings import Settings

__version__ = "0.2.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Flask is loaded here and nowhere below the doors."""
    from reviewqueue.web import create_app as make  # noqa: PLC0415

    return make(settings)
