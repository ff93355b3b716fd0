"""Imported CRM records: which deals, contacts and cases belong to which account, and the submission that starts a
deal's onboarding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.connectors import deals, record_state
from reviewqueue.connectors.account_names import AccountIndex
from reviewqueue.connectors.deals import DealIdentity, DealStage
from reviewqueue.connectors.schema import SHAPES, Shape, first, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import crm_owners
from reviewqueue.onboarding.drafting import packet
from reviewqueue.policy.model.policy import Lane, Policy

IdsByKey = dict[str, list[str]]
# HubSpot's association types that mark the primary company of a record.
_PRIMARY = {"1", "2", "5", "6"}


@dataclass(frozen=True)
class Crm:
    """A CRM's ids and names only, so that it stays small. `won_ids` has the ids of closed-won deals by folded name,
    `account_ids` the account ids by deal, `contacts` and `cases` the ids by account. What the CRM no longer has is in
    none of them: `gone` says how each such account or deal went, by its id, and `masters` into which other one it was
    merged."""

    system: str
    account_index: AccountIndex
    pipelines: Sequence[Source]
    stages: dict[str, DealStage]
    won_ids: IdsByKey
    account_ids: IdsByKey
    contacts: IdsByKey = field(default_factory=dict)
    cases: IdsByKey = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    masters: dict[str, str] = field(default_factory=dict)


@dataclass
class _Accounts:
    """The accounts of a CRM: (id, name) of each, merged ones under the id of their master, and those that are gone."""

    names: list[tuple[str, str]]
    gone: dict[str, str]
    masters: dict[str, str]


def deal_objects(policy: Policy, system: str) -> set[str]:
    """The objects that the lanes' triggers take for a deal of this system, such as `Opportunity`."""
    return {lane.triggers[system].object for lane in policy.lanes if system in lane.triggers}


def index_crm(session: Session, policy: Policy, system: str) -> Crm:
    """Index everything ever imported from one system."""
    shape, trusted = SHAPES[system], policy.organisation.trusted_automations
    pipelines = list(source_records.iter_newest(session, system, "pipeline", trusted=trusted))
    stages = deals.stage_meanings(pipelines)
    accounts = _accounts(source_records.iter_newest(session, system, shape.account, trusted=trusted), shape)
    gone, masters = accounts.gone, accounts.masters
    won_ids: IdsByKey = defaultdict(list)
    for kind in deal_objects(policy, system):
        for deal in source_records.iter_newest(session, system, kind, trusted=trusted):
            merged = record_state.merged_ids(deal)
            gone |= dict.fromkeys(merged, f"merged into {kind} {deal.external_id}")
            masters |= dict.fromkeys(merged, deal.external_id)
            if record_state.why_gone(deal) == "" and (name := deals.closed_won_name(policy, deal, stages)):
                won_ids[name].append(deal.external_id)
    won_ids = {name: [one for one in ids if one not in gone] for name, ids in won_ids.items()}
    account_ids: IdsByKey = defaultdict(list)
    for deal_id, account_id in _links(session, system, "DEAL", "COMPANY", trusted=trusted):
        account_ids[deal_id].append(account_id)
    contacts, cases = people_and_cases(session, system, trusted=trusted, masters=masters)
    index = AccountIndex(accounts.names)
    return Crm(system, index, pipelines, stages, won_ids, account_ids, contacts, cases, gone, masters)


def _accounts(records: Iterable[Source], shape: Shape) -> _Accounts:
    named: list[tuple[str, str, str]] = []
    merges: list[Source] = []
    for account in records:
        why = record_state.why_gone(account)
        named.append((account.external_id, first(account, [shape.account_name])[0], why))
        if record_state.master_of(account) or record_state.merged_ids(account):
            merges.append(account)
    masters = record_state.masters(merges)
    gone = {one: why for one, _, why in named if why}
    gone |= {one: f"merged into {shape.account} {master}" for one, master in masters.items()}
    kept = [(masters.get(one, one), name) for one, name, _ in named if masters.get(one, one) not in gone]
    return _Accounts(list(dict.fromkeys(kept)), gone, masters)


def people_and_cases(
    session: Session, system: str, account_id: str = "", trusted: Collection[str] = (),
    masters: Mapping[str, str] = MappingProxyType({}),
) -> tuple[IdsByKey, IdsByKey]:  # fmt: skip
    """(contact ids, case ids) by account id: of all accounts, or of one. Records that were only claimed are left out,
    but for those of the `trusted` automations; and so are those that the CRM no longer has. Those of an account that
    was merged are its master's (`masters`)."""
    shape = SHAPES[system]
    merged = [one for one, master in masters.items() if master == account_id] if account_id else []
    contacts, cases = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    gone: set[str] = set()
    for found, kind, pointer in (
        (contacts, shape.contact, shape.contact_account),
        (cases, shape.case, shape.case_account),
    ):
        for record in _of_accounts(session, system, kind, [account_id, *merged], trusted):
            account = shape.full_id(text(resolve_pointer(record.payload, pointer)))
            if record_state.why_gone(record):
                gone.add(record.external_id)
            elif record.external_id not in found[masters.get(account, account)]:
                found[masters.get(account, account)].append(record.external_id)
    for contact_id, company_id in _links(session, system, "CONTACT", "COMPANY", account_id, trusted):
        company = masters.get(company_id, company_id)
        if contact_id not in contacts[company] and contact_id not in gone:
            contacts[company].append(contact_id)
    return contacts, cases


def _of_accounts(
    session: Session, system: str, kind: str, account_ids: Sequence[str], trusted: Collection[str]
) -> Iterator[Source]:
    """The newest snapshot of each record of one object, of all accounts ("") or of those that name one of these, or
    once did."""
    if account_ids == [""]:
        yield from source_records.iter_newest(session, system, kind, trusted=trusted)
        return
    found = {
        one.external_id
        for account_id in account_ids
        for one in source_records.iter_newest(session, system, kind, account_id[:15], trusted)
    }
    yield from source_records.newest(session, system, kind, found, trusted).values()


def masters_of(session: Session, system: str, account_id: str, trusted: Collection[str] = ()) -> dict[str, str]:
    """Which accounts were merged into this one, as far as their own records, or its, say so: its id by theirs."""
    shape, found = SHAPES[system], list[Source]()
    for one in source_records.iter_newest(session, system, shape.account, account_id[:15], trusted):
        found.append(one)
    return record_state.masters(found)


def _links(
    session: Session, system: str, one: str, other: str, containing: str = "", trusted: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    """(id, id) of records that association records tie together, whichever end they were asked from."""
    for source in source_records.iter_newest(session, system, f"{one}_TO_{other}", containing, trusted):
        for other_id in _association_ids(source):
            yield source.external_id, other_id
    for source in source_records.iter_newest(session, system, f"{other}_TO_{one}", containing, trusted):
        for other_id in _association_ids(source):
            yield other_id, source.external_id


def _association_ids(source: Source) -> list[str]:
    """The far ends of an association record: those marked primary, if any are."""
    listed = resolve_pointer(source.payload, "/to")
    ends = listed if isinstance(listed, list) else []
    primary = [end for end in ends if _PRIMARY & _association_types(end)]
    return [found for end in primary or ends if (found := text(resolve_pointer(end, "/toObjectId")))]


def _association_types(end: Any) -> set[str]:
    kinds = resolve_pointer(end, "/associationTypes")
    return {text(resolve_pointer(kind, "/typeId")) for kind in kinds} if isinstance(kinds, list) else set()


def handoff_submission(
    policy: Policy,
    lane: Lane,
    deal: Source,
    account_id: str,
    account: Source | None,
    contacts: Sequence[Source],
    cases: Sequence[Source],
    identity: DealIdentity,
    owner: Source | None = None,
) -> Submission:
    """The submission that starts a deal's onboarding with its handoff packet."""
    drafted = packet.packet(policy, lane, deal.system, deal, account, contacts, cases, identity, owner=owner)
    return Submission(
        lane=lane.key,
        drafted=drafted,
        external_id=deal.external_id,
        customer=packet.customer_name(deal.system, deal, account),
        system=deal.system,
        account_id=account_id,
        segment=lane.segment if deals.fact_text(lane.triggers[deal.system], deal, "segment") else "",
    )


def account_records(
    session: Session, system: str, account_id: str, trusted: Collection[str]
) -> tuple[list[Source], list[Source]]:
    """The newest records of an account's contacts and support cases, also of those that were merged into it."""
    if not account_id:
        return [], []
    shape = SHAPES[system]
    masters = masters_of(session, system, account_id, trusted)
    contacts, cases = people_and_cases(session, system, account_id, trusted, masters)
    return (
        list(source_records.newest(session, system, shape.contact, contacts.get(account_id, ()), trusted).values()),
        list(source_records.newest(session, system, shape.case, cases.get(account_id, ()), trusted).values()),
    )


def packet_now(
    session: Session,
    policy: Policy,
    lane: Lane,
    onboarding: Onboarding,
    identity: DealIdentity,
    answers: Mapping[str, Source],
) -> DraftWithEvidence | None:
    """The packet of an onboarding as its newest records and what sales answered make it; None where its deal is not
    known from the CRM."""
    system, trusted = onboarding.system, policy.organisation.trusted_automations
    trigger = lane.triggers.get(system)
    if trigger is None or system not in SHAPES:
        return None
    deals_by_id = source_records.newest(session, system, trigger.object, [onboarding.external_id], trusted)
    deal, account_id = deals_by_id.get(onboarding.external_id), onboarding.account_id
    if deal is None or record_state.why_gone(deal):
        return None
    wanted = [account_id] if account_id else []
    accounts = source_records.newest(session, system, SHAPES[system].account, wanted, trusted)
    contacts, cases = account_records(session, system, account_id, trusted)
    owner = crm_owners.of_deal(session, policy, trigger, deal)
    account = accounts.get(account_id)
    return packet.packet(policy, lane, system, deal, account, contacts, cases, identity, answers, owner)
