"""A deal that an automation names for the first time. Where its account has an onboarding that runs, none starts by
itself: RevOps is asked, as after an import.

Everything here runs inside the caller's `writing()`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.connectors.deals import account_ids
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import folding, vocabulary
from reviewqueue.core.vocabulary import NOT_DRAFTS, QUESTION
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import changed_deals
from reviewqueue.items import open_onboarding, opening
from reviewqueue.items.intake import Asked
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import running_accounts
from reviewqueue.onboarding.drafting.question import question
from reviewqueue.onboarding.running_accounts import RunningDeal
from reviewqueue.people import api_keys
from reviewqueue.people.access import Caller
from reviewqueue.policy.model.policy import Lane, Policy

_AGAIN = "Submit it again once they have started an onboarding for this deal."


@dataclass(frozen=True)
class _Named:
    """What a submission names: its deal's record (None where there is none), its account's, by id, and the account's
    id in that CRM, "" for none."""

    system: str
    deal: Source | None
    account_id: str
    accounts: Mapping[str, Source]


def ask_about_second(
    session: Session, policy: Policy, caller: Caller, submission: Submission, now: datetime
) -> Asked | None:
    """What RevOps is asked about a submission whose deal has no onboarding and whose account has one that runs; None
    where it may start one. Told by the records that it brings and those that are known, never by the name alone; one
    without its deal's record is held only against onboardings that came from a CRM."""
    lane = policy.lane(submission.lane)
    if submission.drafted.kind in NOT_DRAFTS or lane is None or open_onboarding.find(session, submission) is not None:
        return None
    trusted = policy.organisation.trusted_automations
    named = _named(session, lane, submission, trusted)
    if named is None:
        return None
    masters = changed_deals.account_masters(session, named.system, [named.account_id], trusted)
    account_id = masters.get(named.account_id, named.account_id)
    account = named.accounts.get(account_id) or named.accounts.get(named.account_id)
    name, domain = folding.customer_key(submission.customer), running_accounts.domain_of(account)
    wanted = RunningDeal(named.system, submission.external_id, account_id, name, domain)
    ids = {named.account_id, *masters}
    running = running_accounts.like(session, wanted, ids, masters, trusted, of_the_crm=named.deal is None)
    if not (why := running.why_second(wanted)):
        return None
    return _ask(session, policy, lane, caller, submission, named, why, now)


def _named(session: Session, lane: Lane, submission: Submission, trusted: Collection[str]) -> _Named | None:
    """The deal and the account of a submission; None where neither has a record of a CRM that the lane knows."""
    brought = submission.drafted.sources.values()
    for system, trigger in lane.triggers.items():
        shape = SHAPES[system]
        known = source_records.newest(session, system, trigger.object, [submission.external_id], trusted)
        claimed = (one for one in brought if one.key == (system, trigger.object, submission.external_id))
        deal = known.get(submission.external_id) or next(claimed, None)
        sent = {
            shape.full_id(one.external_id): one
            for one in brought
            if (one.system, one.object) == (system, shape.account)
        }
        ids = account_ids(trigger, deal) if deal is not None else ()
        account_id = next(iter(ids or sent), "") if len(ids or sent) == 1 else ""
        if deal is None and not account_id:
            continue
        accounts = {**sent, **source_records.newest(session, system, shape.account, [account_id], trusted)}
        return _Named(system, deal, account_id, accounts)
    return None


def _ask(
    session: Session, policy: Policy, lane: Lane, caller: Caller, submission: Submission, named: _Named, why: str,
    now: datetime,
) -> Asked:  # fmt: skip
    """The question about it, opened unless it was asked before."""
    deal = f"Deal {submission.external_id} starts no onboarding: {why}."
    own = f"{named.system} import"
    asked = (
        select(Item.id, Item.state)
        .join(Automation, Automation.id == Item.automation_id)
        .where(Automation.name == own, Item.kind == QUESTION, Item.subject == submission.external_id)
    )
    before = session.execute(asked.order_by(Item.id.desc()).limit(1)).first()
    if before is not None and before.state in vocabulary.OPEN:
        return Asked(f"{deal} RevOps is asked about it in question {before.id}. {_AGAIN}")
    if before is not None:
        return Asked(f"{deal} RevOps has closed question {before.id} about it. Submit for the deal that runs.")
    if named.deal is None or QUESTION not in lane.kinds:
        return Asked(f"{deal} Send the record of the deal among `sources`, so that RevOps can be asked about it.")
    source_records.keep_sources(session, submission.drafted, now, caller.automation_id)
    account = named.accounts.get(named.account_id, named.account_id)
    says = f"{why}; {caller.automation} submitted a draft for it"
    drafted = question(lane, named.system, named.deal, says, [account] if account else [], [])
    own_caller = api_keys.own_caller(session, own, now)
    about = Submission(lane.key, drafted, submission.external_id, submission.customer, named.system)
    opened = opening.open_item(session, policy, own_caller, about, now)
    return Asked(f"{deal} RevOps is asked about it now, in question {opened.item_id}. {_AGAIN}", opened.events)
