"""Validates lanes: the kinds, systems and fields that a lane names are ones that are drafted or read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from reviewqueue.core.vocabulary import KINDS, PACKET
from reviewqueue.policy.model.policy import Lane, Policy

# What is read of a deal whatever fields the packet has.
_OF_A_DEAL = ("segment", "deal_type", "owner", "start_date", "arr", "closed_on")
_PEOPLE = ("economic_buyer", "customer_owner", "key_stakeholders")
# From this similarity on, one name is taken for a misspelling of the other.
_ALIKE = 0.85


def flaws(policy: Policy) -> Iterator[tuple[str, str]]:
    """Kinds that are a misspelling of one of ours, and fields that nobody would ever read: (file and line, the fix)."""
    for lane in policy.lanes:
        for path, says in (*_kinds(policy, lane), *_fields(policy, lane)):
            yield policy.place(f"lane:{lane.key}", *path), says


def without_packet(policy: Policy) -> Iterator[tuple[str, str]]:
    """Lanes whose triggers start something that has no gate to wait at: their place, and what to do."""
    for lane in policy.lanes:
        if lane.triggers and PACKET not in lane.kinds:
            says = f"the triggers of {lane.key!r} start a {PACKET}, which has no gate here; name it under [kinds]"
            yield f"lane:{lane.key}/kinds", f"{says}, or remove the triggers"


def _kinds(policy: Policy, lane: Lane) -> Iterator[tuple[tuple[str, ...], str]]:
    started = {one.first_response.starts for one in policy.exceptions.category} - {None}
    known = {*KINDS, *(one.kind for one in policy.templates), *started}
    missing = sorted(kind for kind in known if kind and kind not in lane.kinds)
    for kind in (one for one in lane.kinds if one not in known):
        if near := get_close_matches(kind, missing, 1, _ALIKE):
            says = f"nobody here drafts a {kind!r}, and {near[0]!r} has no gate in this lane; did you mean that? "
            yield ("kinds", kind), f"{says}A kind of your own needs a name that is less like it"


def _fields(policy: Policy, lane: Lane) -> Iterator[tuple[tuple[str, ...], str]]:
    packet = [field.key for field in policy.packet.fields]
    for name in lane.required:
        if name not in (*packet, "owner"):
            yield (
                ("required",),
                f"{name!r} is not a field of packet.toml, so no deal would lack it; {_hint(name, packet)}",
            )
    for name in lane.waived_fields:
        if name not in packet:
            yield ("waived_fields",), f"{name!r} is not a field of packet.toml; {_hint(name, packet)}"
    read = [*packet, *_OF_A_DEAL, *_PEOPLE]
    for system, trigger in lane.triggers.items():
        for name in (one for one in trigger.fields if one not in read):
            yield ("triggers", system, "fields", name), f"nobody reads {name!r} of a deal; {_hint(name, read)}"


def _hint(name: str, known: Iterable[str]) -> str:
    ordered = list(dict.fromkeys(known))
    near = get_close_matches(name, ordered, 1)
    return f"did you mean {near[0]!r}?" if near else f"name one of {', '.join(ordered)}"
