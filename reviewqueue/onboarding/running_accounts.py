"""Which accounts have an onboarding that runs: a second new-business deal of one is a question, in whichever CRM it
stands. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.checks import domains
from reviewqueue.connectors.schema import SHAPES, text
from reviewqueue.core import domain_names, folding
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import SYSTEM_NAMES
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import approved_plan

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
    columns = (Onboarding.id, Onboarding.system, Onboarding.external_id, Onboarding.account_id, Onboarding.customer)
    query = select(*columns).where(Onboarding.ended_at.is_(None), Onboarding.id > running.last_id)
    rows = session.execute(query.order_by(Onboarding.id)).all()
    accounts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.account_id and row.system != system and row.system in SHAPES:
            accounts[row.system].add(row.account_id)
    found = {
        (other, one.external_id): domain_of(one)
        for other, ids in accounts.items()
        for one in source_records.newest(session, other, SHAPES[other].account, ids, trusted).values()
    }
    for row in rows:
        of = (row.system, row.external_id, row.account_id, folding.customer_key(row.customer))
        running.add(RunningDeal(*of, found.get((row.system, row.account_id), ""), row.id))
    running.last_id = max([running.last_id, *(row.id for row in rows)])


def domain_of(account: Source | None) -> str:
    """The registered domain of an account's web address; "" for none, and for one that many share."""
    for pointer in _WEBSITES if account else ():
        host = domains.host_of(text(resolve_pointer(account.payload, pointer))) if account else ""
        if host and not domain_names.is_shared(host):
            return domain_names.registered_domain(host) or host
    return ""
