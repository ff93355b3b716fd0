"""Recipient checks: each is one sound address, is this customer's, is seen by all, and stands in a record."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from reviewqueue.characters import hidden, mixed_words
from reviewqueue.checks import domains
from reviewqueue.checks.messages import TO_CUSTOMERS, address_field
from reviewqueue.checks.passages import shown
from reviewqueue.evidence import CheckResult
from reviewqueue.policy.message_rules import TO_US
from reviewqueue.proofs.canonical import escape, leaves

FIELDS = ("to", "cc", "bcc", "replyto")
_NAMED = re.compile(r"\s*(?P<name>\"[^\"]{0,120}\"|[^<>\"]{0,120}?)\s*<(?P<address>[^<>]{1,320})>\s*")
_LOCAL = re.compile(r"(?!\.)(?!.*\.\.)[^\s@<>\"',;:()\[\]\\|\x00-\x1f\x7f]{1,64}(?<!\.)")
_BREAK = re.compile(
    r"[\r\n\x00\x0b\x0c\x85\u2028\u2029]|(?:(?:%0[ad]|=0[ad]|\\[rn])\s?){1,4}(?:b?cc|to|from|subject|reply-to|content-type)\s?:",
    re.I,
)


def check(kind: str, draft: Any, customer: domains.Customer, own: frozenset[str]) -> list[CheckResult]:
    """`recipient.valid`, `.bcc`, `.belongs` and `.known` of a message; nothing where it names no recipient. `own` are
    our own domains, as they are looked up."""
    if kind not in (*TO_CUSTOMERS, *TO_US) or not isinstance(draft, dict):
        return []
    found = list(_breaks(draft))
    given = list(_given(draft))
    if not given:
        return found
    belonging = 0
    for field, at, written in given:
        if field == "bcc":
            says = f"{shown(written)} would receive it unseen. Put it under To or Cc, or take it out."
            found.append(CheckResult("recipient.bcc", "fail", True, says, at))
        address, flaw = _address(written)
        if flaw:
            says = f"{shown(written)} {flaw}. Write one address, as in name@company.com."
            found.append(CheckResult("recipient.valid", "fail", True, says, at))
            continue
        mine = list(_belongs(kind, address, at, customer, own))
        belonging += not mine
        found += mine
        found += _known(address, at, customer, own)
    if belonging == len(given):
        many = "Each address" if len(given) > 1 else "The address"
        found.append(CheckResult("recipient.belongs", "pass", True, f"{many} is the customer's own, or ours.", "/to"))
    return found


def addressed(draft: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(field, pointer, address in lower case) of every sound address of a message."""
    read = ((field, at, _address(written)[0]) for field, at, written in _given(draft))
    return [one for one in read if one[2]]


def _breaks(draft: dict[str, Any]) -> Iterator[CheckResult]:
    """Whatever would end a header line early and begin another."""
    for name, value in draft.items():
        if address_field(name) in (*FIELDS, "subject", "from", "headers"):
            for at, text in leaves(value, f"/{escape(name)}"):
                if _BREAK.search(text):
                    says = f"{shown(text)} has a line break, which starts another header. Write it on one line."
                    yield CheckResult("recipient.valid", "fail", True, says, at)


def _given(draft: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(field, pointer, text) of everything that names a recipient, also among headers."""
    headers = draft.get("headers")
    for above, fields in (("", draft), ("/headers", headers if isinstance(headers, dict) else {})):
        for name, value in fields.items():
            if (field := address_field(name)) in FIELDS:
                for at, text in _entries(value, f"{above}/{escape(name)}"):
                    if text.strip() or field != "bcc":
                        yield field, at, text


def _entries(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _entries(one, f"{at}/{number}")
    elif isinstance(value, dict):
        named = [name for name in value if name.casefold() in ("address", "email", "mail")]
        yield from leaves({name: value[name] for name in named or value}, at)
    else:
        yield from leaves(value, at)


def _address(written: str) -> tuple[str, str]:
    """The address in lower case with its domain as it is looked up, or "" and what is wrong with it."""
    if _BREAK.search(written):
        return "", "has a line break in it"
    named = _NAMED.fullmatch(written)
    address = (named["address"] if named else written).strip()
    if named and "@" in named["name"] and address.casefold() not in named["name"].casefold():
        return "", f"shows another address than it is sent to ({shown(address)})"
    if hidden(address):
        return "", "has characters nobody can see"
    if unicodedata.normalize("NFKC", address) != unicodedata.normalize("NFC", address):
        return "", "is written with characters of another width or form"
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        return "", "is not one address"
    if mixed_words(local):
        return "", f"mixes {mixed_words(local)[0][2]} letters that look alike"
    looked_up = domains.ascii_of(domain)
    if not looked_up:
        return "", "has no domain that mail can go to"
    return f"{local.casefold()}@{looked_up}", ""


def _belongs(
    kind: str, address: str, at: str, customer: domains.Customer, own: frozenset[str]
) -> Iterator[CheckResult]:
    key, domain = "recipient.belongs", address.rpartition("@")[2]
    seen = domains.shown_as(domain)
    if domains.belongs(domain, own):
        return
    if scripts := domains.mixed(domain):
        says = f"“{seen}” mixes {scripts} letters that look alike. Type the address again, from the customer's record."
        yield CheckResult(key, "fail", True, says, at)
    elif kind in TO_US:
        none = f"is none of ours ({', '.join(sorted(own))})" if own else f"may be ours or anybody's: {domains.UNSAID}"
        yield CheckResult(key, "fail", True, f"{shown(address)} {none}, and this is for our own people only.", at)
    elif domain in domains.SHARED and address in customer.addresses:
        return
    elif not customer.domains:
        if real := domains.alike(domain, own):
            says = f"“{seen}” looks like our own {real} and is not. Type the address again."
            yield CheckResult(key, "fail", True, says, at)
        elif not own:
            says = f"No record says what the customer's domain is, and {domains.UNSAID}: {shown(address)} is anybody's."
            yield CheckResult(key, "fail", True, says, at)
        else:
            says = f"No record says what the customer's domain is, so nobody knows whether {shown(address)} is theirs."
            yield CheckResult(key, "warn", False, says, at)
    elif not domains.belongs(domain, customer.domains):
        yield CheckResult(key, "fail", True, _foreign(domain, seen, customer.domains, own), at)


def _foreign(domain: str, seen: str, theirs: frozenset[str], own: frozenset[str]) -> str:
    listed = ", ".join(sorted(theirs)[:3])
    code = f" (sent to {domain})" if seen != domain else ""
    if real := domains.alike(domain, theirs | own):
        return f"“{seen}”{code} looks like {real} and is not. Write {real}, or take the address out."
    return (
        f"“{seen}”{code} is not the customer's ({listed}). Take the address out; if it is theirs, send the contact's "
        "record along as a source."
    )


def _known(address: str, at: str, customer: domains.Customer, own: frozenset[str]) -> Iterator[CheckResult]:
    if address in customer.addresses or domains.belongs(address.rpartition("@")[2], own):
        return
    says = f"{shown(address)} stands in no source record. See that this person is meant."
    yield CheckResult("recipient.known", "warn", False, says, at)
