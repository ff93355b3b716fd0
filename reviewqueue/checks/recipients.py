"""Checks the recipients of a message: each is one valid address, belongs to this customer, is visible to all, is on
record, and has a name that is theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reviewqueue.checks import domains, recipient_names
from reviewqueue.checks.grounding import quote_safely
from reviewqueue.core import domain_names
from reviewqueue.core.canonical_json import escape, leaves
from reviewqueue.core.mime import addresses
from reviewqueue.core.mime.message import VALID, RecipientField, address_field, named_recipients
from reviewqueue.core.vocabulary import ANY_MESSAGE, INTERNAL_MESSAGES
from reviewqueue.evidence.text.words.sentences import in_quotes
from reviewqueue.evidence.types import CheckResult


def check(kind: str, draft: Any, customer: domains.Customer, own: frozenset[str]) -> list[CheckResult]:
    """`recipient.valid`, `.bcc`, `.belongs`, `.known` and `.name` of a message; nothing where it names no recipient.
    `own` are our own domains, in the form they are looked up in."""
    if kind not in ANY_MESSAGE or not isinstance(draft, dict):
        return []
    found = list(_header_breaks(draft))
    named = _named(draft)
    if not named:
        return found
    belonging = 0
    for one in named:
        if one.field == "bcc":
            says = f"{in_quotes(one.written)} would receive it unseen. Put it under To or Cc, or remove it."
            found.append(CheckResult("recipient.bcc", "fail", True, says, one.at))
        mailbox, flaw = addresses.read(one.written, one.name)
        if mailbox is None:
            found.append(CheckResult(VALID, "fail", True, f"{in_quotes(one.written)} {flaw}", one.at))
            continue
        mine = list(_belongs(kind, mailbox.folded, one.at, customer, own))
        belonging += not mine
        found += mine
        found += _record_results(mailbox.folded, one.at, customer, own)
        if flaw := recipient_names.flaw(mailbox, customer, own):
            says = f"{in_quotes(mailbox.name)} {flaw}. Write the name that belongs to {mailbox.folded}, or none."
            found.append(CheckResult("recipient.name", "warn", False, says, one.at))
    if belonging == len(named):
        many = "Each address" if len(named) > 1 else "The address"
        found.append(CheckResult("recipient.belongs", "pass", True, f"{many} is the customer's own, or ours.", "/to"))
    return found


def suppressed(kind: str, draft: Any, suppressed_addresses: Mapping[str, str]) -> Iterator[CheckResult]:
    """`recipient.suppressed` of a message to an address of the suppression list: address in lower case → why."""
    if kind not in ANY_MESSAGE or not isinstance(draft, dict) or not suppressed_addresses:
        return
    for field, at, address in addressed(draft):
        if field != "replyto" and (why := suppressed_addresses.get(address)):
            says = f"{in_quotes(address)} gets no mail from here: {why}. Write to another person or address of the"
            says += " customer; or have RevOps or a CS leader take it off the suppression list, with a reason."
            yield CheckResult("recipient.suppressed", "fail", True, says, at)


def addressed(draft: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(field, pointer, address in lower case) of every valid address of a message."""
    read = ((one, addresses.read(one.written, one.name)[0]) for one in _named(draft))
    return [(one.field, one.at, mailbox.folded) for one, mailbox in read if mailbox]


def _named(draft: dict[str, Any]) -> list[RecipientField]:
    return [one for one in named_recipients(draft) if one.written.strip() or one.field != "bcc"]


def _header_breaks(draft: dict[str, Any]) -> Iterator[CheckResult]:
    """Line breaks in the subject, sender or headers that would begin another header line. Those in addresses are found
    when the address is read."""
    for name, value in draft.items():
        if address_field(name) in ("subject", "from", "headers"):
            for at, text in leaves(value, f"/{escape(name)}"):
                if addresses.BREAK.search(text):
                    says = f"{in_quotes(text)} has a line break, which starts another header. Write it on one line."
                    yield CheckResult(VALID, "fail", True, says, at)


def _belongs(
    kind: str, address: str, at: str, customer: domains.Customer, own: frozenset[str]
) -> Iterator[CheckResult]:
    key, domain = "recipient.belongs", address.rpartition("@")[2]
    seen = domain_names.to_unicode(domain)
    if domains.belongs(domain, own):
        return
    if scripts := domains.mixed_scripts(domain):
        says = f"“{seen}” mixes {scripts} letters that look alike. Type the address again, from the customer's record."
        yield CheckResult(key, "fail", True, says, at)
    elif kind in INTERNAL_MESSAGES:
        none = (
            f"is not one of ours ({', '.join(sorted(own))})"
            if own
            else f"may be ours or anybody's: {domains.NO_OWN_DOMAINS}"
        )
        yield CheckResult(key, "fail", True, f"{in_quotes(address)} {none}, and this is for our own people only.", at)
    elif domain_names.is_shared(domain) and address in customer.addresses:
        return
    elif not customer.domains:
        if real := domains.lookalike_of(domain, own):
            says = f"“{seen}” looks like our own {real} and is not. Type the address again."
            yield CheckResult(key, "fail", True, says, at)
        elif not own:
            none = domains.NO_OWN_DOMAINS
            says = f"No record says what the customer's domain is, and {none}: {in_quotes(address)} is anybody's."
            says += _claims(address, customer)
            yield CheckResult(key, "fail", True, says, at)
        else:
            says = (
                f"No record says what the customer's domain is, so nobody knows whether {in_quotes(address)} is theirs."
                f"{_claims(address, customer)}"
            )
            yield CheckResult(key, "warn", False, says, at)
    elif not domains.belongs(domain, customer.domains):
        says = _not_theirs_text(domain, seen, customer.domains, own) + _claims(address, customer)
        yield CheckResult(key, "fail", True, says, at)


def _claims(address: str, customer: domains.Customer) -> str:
    """What a record that vouches for nobody says of an address, as a sentence of its own; "" where none does."""
    claim = customer.claimed.get(address)
    return f" It stands only in {quote_safely(claim, 160)}, which does not count: import that record." if claim else ""


def _not_theirs_text(domain: str, seen: str, theirs: frozenset[str], own: frozenset[str]) -> str:
    listed = ", ".join(sorted(theirs)[:3])
    code = f" (sent to {domain})" if seen != domain else ""
    if real := domains.lookalike_of(domain, theirs | own):
        return f"“{seen}”{code} looks like {real} and is not. Write {real}, or remove the address."
    return (
        f"“{seen}”{code} is not the customer's ({listed}). Remove the address; if it is theirs, import the contact's "
        "record."
    )


def _record_results(address: str, at: str, customer: domains.Customer, own: frozenset[str]) -> Iterator[CheckResult]:
    local, _, domain = address.rpartition("@")
    read = f"{local}@{domain_names.to_unicode(domain)}"  # records write a domain in either form
    if not {address, read}.isdisjoint(customer.addresses) or (own and domains.belongs(domain, own)):
        return
    code = f" (sent to {address})" if read != address else ""
    says = f"{in_quotes(read)}{code} is in no source record. See that this person is meant."
    if claim := customer.claimed.get(address) or customer.claimed.get(read):
        says = (
            f"{in_quotes(read)}{code} stands only in {quote_safely(claim, 160)}, which vouches for nobody. Import "
            "that record, or see that this person is meant and say so in the reason."
        )
    yield CheckResult("recipient.known", "warn", False, says, at)
