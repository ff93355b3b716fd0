"""The facts of an onboarding that a template may use, each with the source fields it rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from reviewqueue.connectors import owners, time_zones
from reviewqueue.connectors.citation_collector import Cited, Fact
from reviewqueue.connectors.contacts import Contact, merge, on_record, with_part
from reviewqueue.connectors.schema import SHAPES, first, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.text.values import dates as text_dates
from reviewqueue.evidence.text.values.not_agreed import is_not_agreed
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.onboarding.drafting import recipients
from reviewqueue.onboarding.drafting.tasks import is_question, task_facts
from reviewqueue.policy.model.policy import Lane, PacketField, Policy
from reviewqueue.policy.template_facts import FACTS

# Where a fact is in the sources given beside the packet; the first of these fields that has a value is taken.
_FACT_SOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "organisation": (("policy", "/organisation"),),
    "csm": (("onboarding", "/csm"),),
    "csm_email": (("onboarding", "/csm_email"),),
    "implementation_lead": (("onboarding", "/implementation_lead"),),
    "sales_owner_email": (
        ("onboarding", "/sales_owner_email"),
        ("owner", "/email"),
        ("owner", "/Email"),
        ("deal", "/Owner/Email"),
    ),
    "answer_link": (("onboarding", "/answer_link"),),
    "milestone_name": (("milestone", "/name"),),
    "milestone_owner": (("milestone", "/owner"),),
    "milestone_evidence": (("milestone", "/proof"), ("milestone", "/evidence")),
    "milestone_reached_on": (("milestone", "/reached_on"),),
    "next_name": (("next", "/name"),),
    "next_owner": (("next", "/owner"),),
    "next_due": (("next", "/due"),),
    "next_exit": (("next", "/exit"),),
    "task_where": (("task", "/where"),),
    "last_heard_on": (("silence", "/last_heard_on"),),
    "silent_days": (("silence", "/business_days"),),
}
_MAX_LISTED = 30
_PARTS = {"economic_buyer": "economic buyer", "customer_owner": "customer-side owner"}


@dataclass(frozen=True)
class Known:
    """What is known of an onboarding: facts by name (an unknown one is not there), sources by ref, its people, the
    questions that the packet leaves open, and the addresses of those written to. `not_agreed` are the facts that say
    only that nothing was agreed: no customer reads them."""

    facts: Mapping[str, Fact]
    sources: Mapping[str, Source]
    people: tuple[Contact, ...] = ()
    questions: tuple[str, ...] = ()
    not_agreed: frozenset[str] = frozenset()
    addresses: tuple[Fact, ...] = ()


def collect_facts(
    policy: Policy,
    lane: Lane,
    packet: DraftWithEvidence,
    approved: Source,
    more: Mapping[str, Source],
    to_role: str = "customer_owner",
    answered: Collection[str] = (),
) -> Known:
    """Everything a template may use. `approved` is the packet as it was approved (ref `packet`), `packet` the draft
    with the source records and citations behind it, `more` what is known beside it: `onboarding`, `plan`, `milestone`,
    `next`, `task`, `silence`, `answer-KEY` for an answer to a field, and the records of further contacts under refs of
    their own. `to_role` is the field of the packet that names who is written to, `answered` the fields that sales need
    not be asked about again."""
    called = {"organisation": policy.organisation.name} if policy.organisation.named else {}
    policy_source = Source("reviewqueue", "policy", policy.digest, called, label="Policy")
    sources = {**packet.sources, **more, "policy": policy_source, "packet": approved}
    facts = {
        field.key: fact
        for field in policy.packet.fields
        if (fact := _packet_fact(field, packet, approved) or _answer_fact(field, more))
    }
    facts |= _owner_fact(facts.get("sales_owner"), sources.get("owner"))
    people = _merge_contacts(facts, packet.sources, more)
    written_to, addresses = recipients.recipient_facts(
        facts.get(to_role if to_role in _PARTS else "customer_owner"), people, anybody=is_question(sources.get("task"))
    )
    facts |= written_to
    facts |= {name: fact for name, places in _FACT_SOURCES.items() if (fact := _first_fact(name, sources, places))}
    facts |= task_facts(sources)
    single = {
        "customer": _customer_fact(sources),
        "plan_milestones": _milestone_list(sources.get("plan")),
        "greeting": recipients.greeting(to_role, facts),
        "silent_for": _silent_for(facts.get("silent_days")),
    }
    facts |= {name: fact for name, fact in single.items() if fact}
    asked_fields = (
        one for one in policy.packet.fields if one.audited and one.ask and one.key not in lane.waived_fields
    )
    questions = tuple(field.ask for field in asked_fields if field.key not in facts and field.key not in answered)
    if questions:
        facts["missing"] = Fact("\n".join(f"- {question}" for question in questions))
    said_no = frozenset(name for name, fact in facts.items() if is_not_agreed(fact.says))
    return Known(facts, sources, people, questions, said_no, addresses)


def _owner_fact(says: Fact | None, owner: Source | None) -> dict[str, Fact]:
    """The sales owner's name, where the packet has the id that their CRM gives them."""
    if (
        says is None
        or owner is None
        or not owners.is_owner(owner)
        or not any(owners.id_in(system, says.says) for system in SHAPES)
    ):
        return {}
    places = [at for group in owners.name_places(owner) for at in group]
    cited = (Cited(said, "owner", at) for at in places if (said := first(owner, [at])[0]))
    return {"sales_owner": Fact(owners.name_of(owner), tuple(cited))}


def _packet_fact(field: PacketField, packet: DraftWithEvidence, approved: Source) -> Fact | None:
    """A field of the packet: it rests on the approved packet, and on every source record that the packet quotes
    there."""
    at = field.at
    says = text(resolve_pointer(approved.payload, at))
    if not says:
        return None
    citations = [Cited(one.quote, one.ref, one.path) for one in packet.citations if one.at == at and one.quote in says]
    return Fact(says, (*citations, Cited(says, "packet", at)))


def _answer_fact(field: PacketField, more: Mapping[str, Source]) -> Fact | None:
    """What sales or the customer answered since, where the packet is empty."""
    ref = f"answer-{field.key}"
    says = text(resolve_pointer(more[ref].payload, "/answer")) if ref in more else ""
    return Fact(says, (Cited(says, ref, "/answer"),)) if says else None


def _first_fact(name: str, sources: Mapping[str, Source], places: tuple[tuple[str, str], ...]) -> Fact | None:
    """A fact from the first of these fields that says something; a day in words."""
    for ref, path in places:
        if ref in sources and (words := first(sources[ref], (path,))[0]):
            day = text_dates.read(words) if FACTS[name].day else None
            words = text_dates.in_words(day) if day else words
            return Fact(words, (Cited(words, ref, path),))
    return None


def _customer_fact(sources: Mapping[str, Source]) -> Fact | None:
    account = sources.get("account")
    shape = SHAPES.get(account.system) if account else None
    places = [("onboarding", "/customer"), ("account", shape.account_name if shape else ""), ("deal", "/Account/Name")]
    return _first_fact("customer", sources, tuple(place for place in places if place[1]))


def _merge_contacts(
    facts: Mapping[str, Fact], sources: Mapping[str, Source], more: Mapping[str, Source]
) -> tuple[Contact, ...]:
    """The economic buyer first, then the customer-side owner, then the others; the first two have that beside their
    role."""
    named = []
    for key in ("economic_buyer", "customer_owner", "key_stakeholders"):
        fact = facts.get(key, Fact(""))
        named += [with_part(one, _PARTS.get(key, "")) for one in recipients.people_named(fact)]
    return merge(named, on_record(sources), on_record(more))[:_MAX_LISTED]


def _silent_for(days: Fact | None) -> Fact | None:
    """The number of days with its unit."""
    return Fact(f"{days.says} business day{'s' * (days.says != '1')}", days.cited) if days else None


def customer_zone(known: Known) -> str:
    """The time zone of whom is written to, as the customer's records name it; "" where they do not."""
    written_to = {one.says.casefold() for one in (*known.addresses, known.facts.get("recipient_email")) if one}
    return time_zones.of_customer(known.sources.values(), written_to)


def days_by_today(known: Known, today: date) -> dict[str, Fact]:
    """Each day that comes or came, told apart: ahead from today on, else passed."""
    found = {}
    for name in ("next_due", "task_due"):
        fact = known.facts.get(name)
        for cited in fact.cited[:1] if fact else ():
            says = resolve_pointer(known.sources[cited.ref].payload, cited.path) if cited.ref in known.sources else None
            if fact and (day := text_dates.read(text(says))):
                found[f"{name}_{'ahead' if day >= today else 'passed'}"] = fact
    return found


def _milestone_list(plan: Source | None) -> Fact | None:
    """The approved plan's milestones, one a line, each part cited."""
    listed = resolve_pointer(plan.payload, "/milestones") if plan else None
    rows, cited = [], []
    for number, one in enumerate(listed[:_MAX_LISTED] if isinstance(listed, list) else []):
        parts = {name: text(resolve_pointer(one, f"/{name}")) for name in ("name", "owner", "due")}
        day = text_dates.read(parts["due"])
        parts["due"] = text_dates.in_words(day) if day else parts["due"]
        if parts["name"]:
            rows.append(
                "- " + ": ".join(filter(None, (parts["name"], ", ".join(filter(None, (parts["owner"], parts["due"]))))))
            )
            cited += [Cited(words, "plan", f"/milestones/{number}/{name}") for name, words in parts.items() if words]
    return Fact("\n".join(rows), tuple(cited)) if rows else None


__all__ = ["FACTS", "Cited", "Contact", "Fact", "Known", "collect_facts"]
