"""Imported CRM records: which deals, contacts and cases belong to which account, and the submission that starts a
deal's onboarding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.connectors import deals
from reviewqueue.connectors.account_names import AccountIndex
from reviewqueue.connectors.deals import Identity, Stage
from reviewqueue.connectors.schema import SHAPES, first, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding.drafting import packet
from reviewqueue.policy.model.policy import Lane, Policy

Circle = dict[str, list[str]]
# HubSpot's association types that mark the primary company of a record.
_PRIMARY = {"1", "2", "5", "6"}


@dataclass(frozen=True)
class Crm:
    """A CRM's ids and names only, so that it stays small. `won` has the ids of closed-won deals by folded name,
    `linked` the account ids by deal, `contacts` and `cases` the ids by account."""

    system: str
    book: AccountIndex
    pipelines: Sequence[Source]
    stages: dict[str, Stage]
    won: Circle
    linked: Circle
    contacts: Circle = field(default_factory=dict)
    cases: Circle = field(default_factory=dict)


def deal_objects(policy: Policy, system: str) -> set[str]:
    """The objects that the lanes' triggers take for a deal of this system, such as `Opportunity`."""
    return {lane.triggers[system].object for lane in policy.lanes if system in lane.triggers}


def survey(session: Session, policy: Policy, system: str) -> Crm:
    """Index everything ever imported from one system."""
    shape = SHAPES[system]
    pipelines = list(source_records.iter_newest(session, system, "pipeline"))
    stages = deals.stages(pipelines)
    accounts = source_records.iter_newest(session, system, shape.account)
    book = AccountIndex((account.external_id, first(account, [shape.account_name])[0]) for account in accounts)
    won: Circle = defaultdict(list)
    for kind in deal_objects(policy, system):
        for deal in source_records.iter_newest(session, system, kind):
            if name := deals.closed_won_name(policy, deal, stages):
                won[name].append(deal.external_id)
    linked: Circle = defaultdict(list)
    for deal_id, account_id in _links(session, system, "DEAL", "COMPANY"):
        linked[deal_id].append(account_id)
    contacts, cases = people_and_cases(session, system)
    return Crm(system, book, pipelines, stages, won, linked, contacts, cases)


def people_and_cases(session: Session, system: str, account_id: str = "") -> tuple[Circle, Circle]:
    """(contact ids, case ids) by account id: of all accounts, or of one."""
    shape = SHAPES[system]
    contacts: Circle = defaultdict(list)
    for contact in source_records.iter_newest(session, system, shape.contact, account_id[:15]):
        contacts[shape.full_id(text(resolve_pointer(contact.payload, shape.contact_account)))].append(
            contact.external_id
        )
    for contact_id, company_id in _links(session, system, "CONTACT", "COMPANY", account_id):
        if contact_id not in contacts[company_id]:
            contacts[company_id].append(contact_id)
    cases: Circle = defaultdict(list)
    for case in source_records.iter_newest(session, system, shape.case, account_id[:15]):
        cases[shape.full_id(text(resolve_pointer(case.payload, shape.case_account)))].append(case.external_id)
    return contacts, cases


def _links(session: Session, system: str, one: str, other: str, containing: str = "") -> Iterator[tuple[str, str]]:
    """(id, id) of records that association records tie together, whichever end they were asked from."""
    for source in source_records.iter_newest(session, system, f"{one}_TO_{other}", containing):
        for found in _ends(source):
            yield source.external_id, found
    for source in source_records.iter_newest(session, system, f"{other}_TO_{one}", containing):
        for found in _ends(source):
            yield found, source.external_id


def _ends(source: Source) -> list[str]:
    """The far ends of an association record: those marked primary, if any are."""
    listed = resolve_pointer(source.payload, "/to")
    ends = listed if isinstance(listed, list) else []
    primary = [end for end in ends if _PRIMARY & _types(end)]
    return [found for end in primary or ends if (found := text(resolve_pointer(end, "/toObjectId")))]


def _types(end: Any) -> set[str]:
    kinds = resolve_pointer(end, "/associationTypes")
    return {text(resolve_pointer(kind, "/typeId")) for kind in kinds} if isinstance(kinds, list) else set()


def handoff(
    policy: Policy,
    lane: Lane,
    deal: Source,
    account_id: str,
    account: Source | None,
    contacts: Sequence[Source],
    cases: Sequence[Source],
    found: Identity,
) -> Submission:
    """The submission that starts a deal's onboarding with its handoff packet."""
    drafted = packet.packet(policy, lane, deal.system, deal, account, contacts, cases, found)
    return Submission(
        lane=lane.key,
        drafted=drafted,
        external_id=deal.external_id,
        customer=packet.customer(deal.system, deal, account),
        system=deal.system,
        account_id=account_id,
        segment=lane.segment if deals.fact_text(lane.triggers[deal.system], deal, "segment") else "",
    )
