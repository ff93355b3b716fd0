"""Whom a message goes to: the people that the packet names in one of its fields, one or several, and how they are
greeted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reviewqueue.connectors.citation_collector import Cited, Fact
from reviewqueue.connectors.contacts import EMAIL, Contact, contacts_in_text, is_name
from reviewqueue.core.patterns import as_pattern
from reviewqueue.onboarding.drafting.tasks import joined

_AND = as_pattern(r" (?:and|und|et|&) ")
_HELLO = "Hello"
# Where no first name is known, or a title stands in its field, people are greeted by their whole name.
_TITLED = as_pattern(r"$|(?:dr|prof|mr|mrs|ms|herr|frau|ing|dipl)\b", re.I)


def quoted_places(fact: Fact) -> tuple[tuple[str, str], ...]:
    """The (ref, pointer) of each source field that says the whole of a fact."""
    return tuple((cited.ref, cited.path) for cited in fact.cited if cited.quote == fact.says)


def people_named(fact: Fact | None) -> list[Contact]:
    """The people that a field names: one, or several with “and”, a comma, or a line each."""
    if fact is None:
        return []
    parts = _AND.split(fact.says)
    several = len(parts) > 1 and all(contacts_in_text(part, ()) for part in parts)
    return contacts_in_text("\n".join(parts) if several else fact.says, quoted_places(fact))


def recipient_facts(
    owner: Fact | None, people: tuple[Contact, ...], *, anybody: bool = False
) -> tuple[dict[str, Fact], tuple[Fact, ...]]:
    """Who is written to, when the packet names them: their names, and the addresses that belong to those names. Where
    several are named, it is those with an address; where none has one and `anybody` may be asked, the only person of
    the customer who has."""
    by_name = {person.name.says.casefold(): person for person in people}
    known = [by_name[key] for one in people_named(owner) if (key := one.name.says.casefold()) in by_name]
    reached = [person for person in known if EMAIL.fullmatch(person.email.says)]
    with_address = [person for person in people if EMAIL.fullmatch(person.email.says)]
    if anybody and not reached and len(with_address) == 1:
        reached = with_address
    named = reached or known[:1]
    if not named:
        return {}, ()
    called = [person.name if _TITLED.match(person.known_as.says) else person.known_as for person in named]
    found = {"recipient": joined([person.name for person in named]), "recipient_first_name": joined(called)}
    addresses = tuple(person.email for person in reached)
    return {**found, **({"recipient_email": addresses[0]} if addresses else {})}, addresses


def greeting(to_role: str, facts: Mapping[str, Fact]) -> Fact:
    """“Hello Piet”: by first name where a contact record has it, by name for our own people, and without a name where
    none is known."""
    name = facts.get(to_role if to_role in ("csm", "sales_owner") else "recipient_first_name")
    if name is None or (to_role == "sales_owner" and not is_name(name.says)):
        return Fact(_HELLO)
    return Fact(f"{_HELLO} {name.says}", tuple(Cited(one.quote, one.ref, one.path) for one in name.cited))
