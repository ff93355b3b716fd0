"""Domains: what an address or a link really leads to, which of them are the customer's, and which only look so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import idna
from rapidfuzz.distance import OSA

from reviewqueue.characters import mixed_words
from reviewqueue.drafting.facts import SHAPES, text
from reviewqueue.evidence import Source
from reviewqueue.proofs.canonical import leaves, look

ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]\\|]{1,64}@[^\s@<>\"',;:()\[\]\\|/]{1,253}")
_PLAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
# Where everybody may have an address or a page: one of them says nothing of the next.
SHARED = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com "  # noqa: SIM905
    "aol.com gmx.de gmx.net gmx.com web.de t-online.de freenet.de proton.me protonmail.com mail.com zoho.com yandex.ru "
    "yandex.com mail.ru qq.com 163.com orange.fr free.fr laposte.net wanadoo.fr libero.it hotmail.co.uk yahoo.co.uk "
    "btinternet.com comcast.net verizon.net att.net linkedin.com facebook.com github.io blogspot.com wordpress.com "
    "myshopify.com azurewebsites.net herokuapp.com netlify.app vercel.app web.app pages.dev onmicrosoft.com".split()
)
# Why nothing is known to be ours: such a check fails, for what it cannot tell apart could be anybody's.
UNSAID = "the policy names none of our own domains (organisation.toml, domains)"
_SECOND = frozenset("co com org net ac gov edu gob or ne".split())  # noqa: SIM905
# Signs that are taken for one another: digits for letters, and letters of other scripts that look Latin.
_ALIKE = {
    ord(pair[0]): pair[1:]
    for pair in "0o 1l il |l !l ıl 3e 4a 5s $s 7t 8b аa еe оo рp сc уy хx іl ѕs јj ԁd һh ӏl кk мm тt нh вb ԛq ԝw "  # noqa: SIM905
    "αa βb εe οo ρp τt υu χx κk ιl ηn νv օo սu ոn հh ցg ɡg ɑa ʟl".split()
}


@dataclass(frozen=True)
class Customer:
    """What the sources say of whom we write to: domains of their websites and mail, and every address they name."""

    domains: frozenset[str]
    addresses: frozenset[str]


def ascii_of(domain: str) -> str:
    """A domain as it is looked up, in lower case; "" for one that cannot be."""
    domain = domain.casefold().rstrip(".")
    if not domain.isascii() or "xn--" in domain:
        try:
            domain = idna.encode(unicodedata.normalize("NFKC", domain), uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    return domain if _PLAIN.fullmatch(domain) else ""


def looked_up(domains: Collection[str]) -> frozenset[str]:
    """These domains as they are looked up, without those that cannot be."""
    return frozenset(map(ascii_of, domains)) - {""}


def shown_as(domain: str) -> str:
    """A looked-up domain as a person sees it: punycode read."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except (idna.IDNAError, UnicodeError):
        return domain


def host_of(url: str) -> str:
    """The host of a web address, as it is looked up, without `www.`; "" when there is none."""
    rest = url.strip().partition("://")[2] or url.strip()
    host = re.split(r"[/?#\\\s]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return ascii_of(host).removeprefix("www.")


def belongs(domain: str, own: Collection[str]) -> bool:
    """Whether a looked-up domain is one of these, or below one, or the one they stand below."""
    parts = domain.split(".")
    if any(".".join(parts[start:]) in own for start in range(len(parts) - 1)):
        return True
    if len(parts) < 2 or domain in SHARED or parts[0] in _SECOND:
        return False
    return any(one.endswith(f".{domain}") for one in own)


def alike(domain: str, own: Collection[str]) -> str:
    """The domain of these that this other one could be taken for, or ""."""
    seen = shown_as(domain)
    mine, ending = _skeleton(seen), _skeleton(_main(seen))
    for real in sorted(own):
        theirs = _skeleton(_main(shown_as(real)))
        whole = _skeleton(shown_as(real))
        if mine == whole or (len(theirs) > 3 and theirs == ending):
            return real
        if len(theirs) > 4 and (OSA.distance(theirs, ending, score_cutoff=1) <= 1 or theirs in mine):
            return real
    return ""


def mixed(domain: str) -> str:
    """The scripts that one label of a domain mixes, such as `CYRILLIC and LATIN`, or ""."""
    return next((scripts for _, _, scripts in mixed_words(shown_as(domain))), "")


def customer_of(sources: Mapping[str, Source]) -> Customer:
    """Whom the records are about: their account's website, their contacts' mail, and every address in any record."""
    domains: set[str] = set()
    addresses: set[str] = set()
    for source in sources.values():
        addresses |= {
            found.casefold() for _, words in leaves(source.payload) if "@" in words for found in ADDRESS.findall(words)
        }
        if shape := SHAPES.get(source.system):
            if source.object == shape.account:
                sites = (shape.account_facts[name] for name in ("Website", "Domain") if name in shape.account_facts)
                domains |= {host_of(site) for path in sites if (site := text(look(source.payload, path)))}
            elif source.object == shape.contact:
                mail = text(look(source.payload, shape.contact_facts[-1][0])).rpartition("@")[2]
                domains.add(ascii_of(mail))
    return Customer(frozenset(domains - SHARED - {""}), frozenset(addresses))


def _main(domain: str) -> str:
    """The label that was bought: `marlow` in `www.marlow.co.uk`."""
    parts = domain.split(".")
    at = -3 if len(parts) > 2 and parts[-2] in _SECOND else -2
    return parts[at] if len(parts) >= -at else parts[0]


def _skeleton(domain: str) -> str:
    """What is left when everything that looks alike is one sign."""
    flat = "".join(sign for sign in unicodedata.normalize("NFKD", domain.casefold()) if not unicodedata.combining(sign))
    return (
        flat.translate(_ALIKE)
        .replace("-", "")
        .replace("ph", "f")
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
    )
