"""Which accounts have an onboarding that runs: a second new-business deal of one is a question, in whichever CRM it
stands. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.checks import domains
from reviewqueue.connectors.schema import SHAPES, text
from reviewqueue.core import domain_names, folding
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import SYSTEM_NAMES
from reviewqueue.db.tables.items import Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import approved_plan

_RUNNING = select(
    Onboarding.id, Onboarding.system, Onboarding.external_id, Onboarding.account_id, Onboarding.customer
).where(Onboarding.ended_at.is_(None))
# Where each system keeps an account's web address.
_WEBSITES = ("/Website", "/properties/domain", "/properties/website")


@dataclass(frozen=True)
class RunningDeal:
    """A deal whose onboarding runs, or is about to start (`onboarding_id` 0); `names` are its customer's, folded, and
    `domain` is the account's, "" where it is not known."""

    system: str
    deal: str
    account: str
    name: str
    domain: str = ""
    onboarding_id: int = 0

    @property
    def says(self) -> str:
        """The deal in words."""
        return f"deal {self.deal} in {SYSTEM_NAMES.get(self.system, self.system)}"


@dataclass
class RunningAccounts:
    """The deals whose onboardings run, by account, by the account's domain, and by the customer's folded name; those up
    to the onboarding `last_id` were read."""

    session: Session
    masters: Mapping[str, str]
    by_account: dict[tuple[str, str], list[RunningDeal]] = field(default_factory=lambda: defaultdict(list))
    by_domain: dict[str, list[RunningDeal]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[RunningDeal]] = field(default_factory=lambda: defaultdict(list))
    last_id: int = 0

    def add(self, deal: RunningDeal) -> None:
        """Take one in."""
        if deal.account:
            self.by_account[deal.system, self.masters.get(deal.account, deal.account)].append(deal)
        if deal.domain:
            self.by_domain[deal.domain].append(deal)
        self.by_name[deal.name].append(deal)

    def why_second(self, wanted: RunningDeal) -> str:
        """Why a deal is a second one of its account, in words; "" where none runs. In its own CRM an account is told by
        its id; across CRMs, and where an onboarding names no account, by its domain or its whole name."""
        for one in self.by_account.get((wanted.system, wanted.account), ()) if wanted.account else ():
            if self._runs(one, wanted):
                return f"account {wanted.account} has an onboarding already, of {one.says}"
        for one in self.by_domain.get(wanted.domain, ()) if wanted.domain else ():
            if one.system != wanted.system and self._runs(one, wanted):
                return f"an account with the same domain, {wanted.domain}, has an onboarding already, of {one.says}"
        for one in self.by_name.get(wanted.name, ()):
            if (one.system != wanted.system or not one.account) and self._runs(one, wanted):
                return f"a customer of the same name has an onboarding already, of {one.says}"
        return ""

    def _runs(self, one: RunningDeal, wanted: RunningDeal) -> bool:
        """Whether it is another deal, and its customer is not at first value yet."""
        if (one.system, one.deal) == (wanted.system, wanted.deal):
            return False
        plan = approved_plan.current(self.session, one.onboarding_id) if one.onboarding_id else ()
        return not approved_plan.first_value_reached(plan)


def load(session: Session, system: str, masters: Mapping[str, str], trusted: Collection[str]) -> RunningAccounts:
    """Every onboarding that has not ended, for deals of one system."""
    running = RunningAccounts(session, masters)
    add_started(running, system, trusted)
    return running


def add_started(running: RunningAccounts, system: str, trusted: Collection[str]) -> None:
    """Take in what started since they were read last."""
    session = running.session
    rows = session.execute(_RUNNING.where(Onboarding.id > running.last_id).order_by(Onboarding.id)).all()
    for row, domain in zip(rows, _domains(session, rows, system, trusted), strict=True):
        of = (row.system, row.external_id, row.account_id, folding.customer_key(row.customer))
        running.add(RunningDeal(*of, domain, row.id))
    running.last_id = max([running.last_id, *(row.id for row in rows)])


def _domains(session: Session, rows: Sequence[Any], system: str, trusted: Collection[str]) -> list[str]:
    """The domain of each onboarding's account that stands in another CRM than this one; "" for the others."""
    accounts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.account_id and row.system != system and row.system in SHAPES:
            accounts[row.system].add(row.account_id)
    found = {
        (other, one.external_id): domain_of(one)
        for other, ids in accounts.items()
        for one in source_records.newest(session, other, SHAPES[other].account, ids, trusted).values()
    }
    return [found.get((row.system, row.account_id), "") for row in rows]


def like(
    session: Session, wanted: RunningDeal, ids: Collection[str], masters: Mapping[str, str], trusted: Collection[str],
    *, of_the_crm: bool = False,
) -> RunningAccounts:  # fmt: skip
    """The onboardings that one deal could be a second one of, found by indexes: those of its customer's name, and those
    whose drafts rest on a record of its account, under one of these `ids`. With a domain also those of other CRMs;
    `of_the_crm` leaves out those that an automation started."""
    resting = (
        select(Item.onboarding_id, SourceRecord.external_id)
        .join(Revision, Revision.item_id == Item.id)
        .join(RevisionSource, RevisionSource.revision_id == Revision.id)
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .where(SourceRecord.system == wanted.system, SourceRecord.object == SHAPES[wanted.system].account)
    )
    same = {row.onboarding_id for row in session.execute(resting.where(SourceRecord.external_id.in_(ids)).distinct())}
    running = RunningAccounts(session, masters)
    near = (Onboarding.customer_key == wanted.name) | Onboarding.id.in_(same)
    if wanted.domain:
        near |= Onboarding.system.in_([one for one in SHAPES if one != wanted.system])
    query = _RUNNING.where(near, Onboarding.account_id != "") if of_the_crm else _RUNNING.where(near)
    rows = session.execute(query.order_by(Onboarding.id)).all()
    others = session.execute(resting.where(Item.onboarding_id.in_([row.id for row in rows])).distinct())
    named = {row.onboarding_id: row.external_id for row in others}
    for row, domain in zip(rows, _domains(session, rows, wanted.system, trusted), strict=True):
        # One that an automation started names no account of its own: its drafts' records do.
        account = wanted.account if row.id in same else row.account_id or named.get(row.id, "")
        system = wanted.system if account and not row.account_id else row.system
        running.add(RunningDeal(system, row.external_id, account, folding.customer_key(row.customer), domain, row.id))
    return running


def domain_of(account: Source | None) -> str:
    """The registered domain of an account's web address; "" for none, and for one that many share."""
    for pointer in _WEBSITES if account else ():
        host = domains.host_of(text(resolve_pointer(account.payload, pointer))) if account else ""
        if host and not domain_names.is_shared(host):
            return domain_names.registered_domain(host) or host
    return ""
