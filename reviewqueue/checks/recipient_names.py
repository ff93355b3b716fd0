"""Compares the name shown beside an address with whose address it is."""

from __future__ import annotations

import re
import unicodedata

from reviewqueue.checks import domains
from reviewqueue.core import domain_names
from reviewqueue.core.disguised_words import disguised_words
from reviewqueue.core.mime.addresses import Mailbox
from reviewqueue.core.patterns import as_pattern

# Words of a desk, not of a person: who reads there need not be who is on record.
_DESK = frozenset(
    "accounting accounts admin billing buyer care centre center club department desk finance group help helpdesk hr it "  # noqa: SIM905
    "legal mailbox office onboarding operations ops payables procurement project purchasing sales security service "
    "services support team".split()
)
_WORD = as_pattern("[a-z]{2,}")
_PERSON = as_pattern(r"[^\W\d_][^\W\d_'’.-]*(?:[ ,]+[^\W\d_][\w'’.-]*){1,3}")


def flaw(mailbox: Mailbox, customer: domains.Customer, own: frozenset[str]) -> str:
    """What is wrong with the name of a recipient, worded to follow it in a sentence; "" when nothing is. The name may
    be shorter or longer than on record, or a company's or a desk's."""
    if disguised := disguised_words(mailbox.name):
        return f"has a word that is not what it looks like: {disguised[0].says}"
    shown = _words(mailbox.name)
    if not shown or domains.belongs(mailbox.domain, own):
        return ""
    if any(label in shown for label in map(_label, own) if len(label) > 3):
        return "says that this is one of us, and the address is not ours"
    names = dict(customer.people)
    mine = _words(names.get(mailbox.folded, "")) | _words(mailbox.local)
    if not mine.isdisjoint(shown):
        return ""
    for address, name in customer.people:
        if address != mailbox.folded and not _words(name).isdisjoint(shown):
            return f"is on record with another address, {address}"
    company = {_label(one) for one in customer.domains}
    if (
        mailbox.folded in names
        and _is_person(mailbox.name, shown)
        and not any(word in one for word in shown for one in company)
    ):
        return f"is not who the record says has this address, {names[mailbox.folded]}"
    return ""


def _is_person(name: str, shown: set[str]) -> bool:
    plain = re.split(r"[(|]", name, maxsplit=1)[0].strip(" ,")
    capitals = all(word[0].isupper() for word in plain.split())
    return capitals and shown.isdisjoint(_DESK) and _PERSON.fullmatch(plain) is not None


def _label(domain: str) -> str:
    return (domain_names.registered_domain(domain) or domain).partition(".")[0]


def _words(text: str) -> set[str]:
    """The words of a name without case and accents, an umlaut in either spelling: Müller and Mueller are one."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return set(_WORD.findall(re.sub("([aou])e", r"\1", plain)))
