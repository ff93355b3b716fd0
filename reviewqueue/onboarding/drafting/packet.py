"""The sales handoff packet, drafted from the CRM: every filled field cites its source record, what is missing is
empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reviewqueue.connectors import owners
from reviewqueue.connectors.citation_collector import CitationCollector
from reviewqueue.connectors.deals import DealIdentity
from reviewqueue.connectors.packet_places import FACT_OF_FIELD, pointers
from reviewqueue.connectors.schema import SHAPES, Shape, first, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.characters import single_line
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.policy.model.policy import Lane, Policy

MAX_CONTACTS = 10
MAX_CASES = 5


def packet(
    policy: Policy,
    lane: Lane,
    system: str,
    deal: Source,
    account: Source | None,
    contacts: Sequence[Source],
    cases: Sequence[Source],
    identity: DealIdentity,
    answers: Mapping[str, Source] | None = None,
    owner: Source | None = None,
) -> DraftWithEvidence:
    """The packet for one deal: `{"sections": {section: {field: text}}}`, all sections, "" where nothing is known. Where
    the CRM says nothing, a field has what sales answered: `answers` by the field's key. `owner` is what is known of the
    owner whom the deal names by an id."""
    collector = CitationCollector({"deal": deal, **({"account": account} if account else {}), **identity.sources})
    trigger, shape = lane.triggers[system], SHAPES[system]
    sections: dict[str, dict[str, str]] = {section.key: {} for section in policy.packet.sections}
    for field in policy.packet.fields:
        at = f"/sections/{field.section}/{field.key}"
        if owner is not None and FACT_OF_FIELD.get(field.key) == "owner":
            says = collector.quotes(at, "owner", owner, owners.name_places(owner))
        else:
            says = collector.quote(at, "deal", deal, pointers(trigger, shape, field.key))
        if field.key == "key_stakeholders" and not says:
            says = _contact_lines(collector, at, shape, deal, contacts)
        elif field.key == "risks":
            says = "\n".join(filter(None, (says, _case_lines(collector, at, shape, cases))))
        if not says and answers and field.key in answers:
            says = collector.quote(at, f"answer-{field.key}", answers[field.key], ("/answer",))
        sections.setdefault(field.section, {})[field.key] = says
    name = first(deal, pointers(trigger, shape, "deal"))[0] or deal.external_id
    title = f"Handoff packet for {customer_name(system, deal, account)}: {name}"
    return DraftWithEvidence(
        "handoff_packet", single_line(title), {"sections": sections}, collector.sources, tuple(collector.citations)
    )


def customer_name(system: str, deal: Source, account: Source | None) -> str:
    """What the customer is called: as the account says, else as the deal says, else by the deal's id."""
    name = first(account, [SHAPES[system].account_name])[0] if account else first(deal, ["/Account/Name"])[0]
    return single_line(name or deal.label or deal.external_id, 200)


def _contact_lines(
    collector: CitationCollector, at: str, shape: Shape, deal: Source, contacts: Sequence[Source]
) -> str:
    """The account's contacts, one a line: name, title, e-mail, role on the deal; those with a role first."""
    listed = resolve_pointer(deal.payload, shape.roles) if shape.roles else []
    roles = {
        shape.full_id(text(resolve_pointer(one, "/ContactId"))): f"{shape.roles}/{number}/Role"
        for number, one in enumerate(listed if isinstance(listed, list) else [])
    }
    ordered = sorted(contacts, key=lambda contact: contact.external_id not in roles)
    lines = []
    for number, contact in enumerate(ordered[:MAX_CONTACTS], 1):
        person = collector.quotes(at, f"contact-{number}", contact, shape.contact_facts)
        role = collector.quote(at, "deal", deal, [roles[contact.external_id]]) if contact.external_id in roles else ""
        lines.append(", ".join(filter(None, (person, role))))
    if len(ordered) > MAX_CONTACTS:
        lines.append(f"(and {len(ordered) - MAX_CONTACTS} more contacts in the CRM)")
    return "\n".join(filter(None, lines))


def _case_lines(collector: CitationCollector, at: str, shape: Shape, cases: Sequence[Source]) -> str:
    """The account's support cases, open ones first, one a line."""
    path, closed = shape.case_closed
    ordered = sorted(cases, key=lambda case: str(resolve_pointer(case.payload, path)) == closed)
    lines = []
    for number, case in enumerate(ordered[:MAX_CASES], 1):
        facts = collector.quotes(at, f"case-{number}", case, [(one,) for one in shape.case_facts])
        subject = collector.quote(at, f"case-{number}", case, [shape.case_subject])
        if facts or subject:
            lines.append(f"Support case {facts}: {subject}" if subject else f"Support case {facts}")
    if len(cases) > MAX_CASES:
        lines.append(f"(and {len(cases) - MAX_CASES} more support cases)")
    return "\n".join(lines)
