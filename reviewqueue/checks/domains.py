"""Domains of e-mail addresses and links: how they are compared, which belong to the customer, and which only look as if
they did."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache

from rapidfuzz.distance import OSA

from reviewqueue.checks.known_records import KnownRecords
from reviewqueue.connectors.schema import SHAPES, text
from reviewqueue.core import domain_names
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.characters import mixed_words
from reviewqueue.core.domain_names import to_ascii, to_unicode
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records import contacts

# An apostrophe belongs to a name (o'brien@…), and not where it stands around one.
ADDRESS = as_pattern(r"(?:[^\s@<>\"',;:()\[\]\\|]|(?<=\w)'(?=\w)){1,64}@[^\s@<>\"',;:()\[\]\\|/]{1,253}")
# Why a check fails where our own domains are unknown: what it cannot tell apart could be anybody's.
NO_OWN_DOMAINS = "the policy names none of our own domains (organisation.toml, domains)"
# Characters that look alike: digits for letters, and letters of other scripts that look Latin.
_ALIKE = {
    ord(pair[0]): pair[1:]
    for pair in "0o 1l il |l !l ıl 3e 4a 5s $s 7t 8b аa еe оo рp сc уy хx іl ѕs јj ԁd һh ӏl кk мm тt нh вb ԛq ԝw "  # noqa: SIM905
    "αa βb εe οo ρp τt υu χx κk ιl ηn νv օo սu ոn հh ցg ɡg ɑa ʟl".split()
}


@dataclass(frozen=True)
class Customer:
    """What the sources say about the customer we write to: the domains of their websites and mail, except shared ones
    (such as free mail), the addresses in address fields of a contact, an account or a deal, and each contact's address
    with their name. `claimed` are the addresses in such fields of records that do not vouch for one, each with the
    record and why."""

    domains: frozenset[str]
    addresses: frozenset[str]
    people: tuple[tuple[str, str], ...] = ()
    claimed: Mapping[str, str] = field(default_factory=dict)


def to_lookup_form(domains: Collection[str]) -> frozenset[str]:
    """These domains in the form they are looked up in, without those that have none."""
    return frozenset(map(to_ascii, domains)) - {""}


def host_of(url: str) -> str:
    """The host of a web address in the form it is looked up in, without `www.`; "" when there is none."""
    rest = url.strip().partition("://")[2] or url.strip()
    host = re.split(r"[/?#\\\s]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return to_ascii(host).removeprefix("www.")


def belongs(domain: str, own: Collection[str]) -> bool:
    """Whether a looked-up domain is one of these, below one, or of the same registered domain as one. A shared
    registered domain (such as free mail) belongs to nobody."""
    parts = domain.split(".")
    if any(".".join(parts[start:]) in own for start in range(len(parts) - 1)):
        return True
    above = domain_names.registered_domain(domain)
    return not domain_names.is_shared(domain) and any(domain_names.registered_domain(one) == above for one in own)


def lookalike_of(domain: str, own: Collection[str]) -> str:
    """The domain of these that this one could be mistaken for, or ""."""
    seen = to_unicode(domain)
    mine, ending = _skeleton(seen), _skeleton(_registered_label(seen))
    for real in sorted(own):
        theirs = _skeleton(_registered_label(to_unicode(real)))
        whole = _skeleton(to_unicode(real))
        if mine == whole or (len(theirs) > 3 and theirs == ending):
            return real
        if len(theirs) > 4 and (OSA.distance(theirs, ending, score_cutoff=1) <= 1 or theirs in mine):
            return real
    return ""


def near_miss_of(label: str, own: Collection[str]) -> str:
    """The domain of these whose name is nearly, but not exactly, this label, or ""."""
    name, seen = to_unicode(label), _skeleton(to_unicode(label))
    for real in sorted(own):
        theirs = _registered_label(real)
        if name != theirs and len(theirs) > 4 and name.replace("-", "") != theirs.replace("-", ""):
            whole = _skeleton(theirs)
            if seen == whole or (len(whole) > 4 and OSA.distance(whole, seen, score_cutoff=1) <= 1):
                return real
    return ""


def tool_imitated_by(host: str) -> str:
    """The well-known host of meetings or files that this one's registered domain is written like, or "": a digit for a
    letter, rn for m, a hyphen more; or that stands before another's domain (zoom.us.example.net)."""
    above = domain_names.registered_domain(host)
    if not above or domain_names.is_known_tool(host) or domain_names.is_shared(host):
        return ""
    if before := _tool_before(host):
        return before
    label, ending = to_unicode(above).partition(".")[0], above.partition(".")[2]
    real = _tools().get(_skeleton(label), "")
    return real if real and label != real.partition(".")[0] and ending == real.partition(".")[2] else ""


def _tool_before(host: str) -> str:
    """The registered domain of a well-known host that another host begins with: docs.google.com.example.net."""
    return next((one for one in _tools().values() if f".{one}." in f".{host}" or f".{one}-" in f".{host}"), "")


@cache
def _tools() -> dict[str, str]:
    """Each well-known registered domain, by its skeleton."""
    above = {domain_names.registered_domain(one) for one in domain_names.TOOL_HOSTS} - {""}
    return {_skeleton(one.partition(".")[0]): one for one in sorted(above)}


def mixed_scripts(domain: str) -> str:
    """The scripts that one label of a domain mixes, such as `CYRILLIC and LATIN`, or ""."""
    return next((scripts for _, _, scripts in mixed_words(to_unicode(domain))), "")


def customer_of(records: KnownRecords) -> Customer:
    """The customer as the records state it that vouch for a recipient: their account's website, their contacts' mail
    domains, and every address on record. An address that somebody only said or typed, in a call, a note or a ticket,
    does not count; one that stands only in a record which does not vouch is among `claimed`."""
    domains: set[str] = set()
    people: list[tuple[str, str]] = []
    for source in records.vouching.values():
        if shape := SHAPES.get(source.system.casefold()):
            kind = source.object.casefold()
            if kind == shape.account.casefold():
                sites = (shape.account_facts[name] for name in ("Website", "Domain") if name in shape.account_facts)
                domains |= {host_of(site) for path in sites if (site := text(resolve_pointer(source.payload, path)))}
            elif kind == shape.contact.casefold():
                mail = text(resolve_pointer(source.payload, shape.contact_facts[-1][0]))
                domains.add(to_ascii(mail.rpartition("@")[2]))
                name = " ".join(text(resolve_pointer(source.payload, path)) for path in shape.contact_facts[0])
                people.append((_looked_up(mail), name.strip() or text(resolve_pointer(source.payload, "/Name"))))
    known = frozenset(_looked_up(address) for _, _, address in contacts.on_record(records.vouching))
    claimed = {
        _looked_up(address): f"{source.object} {source.external_id}, {why}"
        for source, why in records.unsure
        for _, _, address in contacts.on_record({"": source})
    }
    theirs = frozenset(one for one in domains - {""} if not domain_names.is_shared(one))
    return Customer(theirs, known - {""}, tuple(one for one in people if all(one)), claimed)


def _looked_up(address: str) -> str:
    """An address in lower case with its domain in the form it is looked up in, or ""."""
    local, _, domain = address.rpartition("@")
    host = to_ascii(domain)
    return f"{local.casefold()}@{host}" if host else ""


def _registered_label(domain: str) -> str:
    """The registered label: `marlow` in `www.marlow.co.uk`."""
    looked_up = to_ascii(domain)
    return to_unicode(domain_names.registered_domain(looked_up) or looked_up).partition(".")[0]


def _skeleton(domain: str) -> str:
    """The text with every group of look-alike characters replaced by one character."""
    flat = "".join(sign for sign in unicodedata.normalize("NFKD", domain.casefold()) if not unicodedata.combining(sign))
    return (
        flat.translate(_ALIKE)
        .replace("-", "")
        .replace("ph", "f")
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
    )
