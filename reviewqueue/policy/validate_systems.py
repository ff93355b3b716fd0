"""Validates systems.toml: a row for each kind of system, no row wider than the first version without a reason, and no
lane, gate or message that asks more than its row allows."""

from __future__ import annotations

from collections.abc import Iterator

from reviewqueue.core.systems import SYSTEM_KINDS, WRITING
from reviewqueue.core.vocabulary import SYSTEMS
from reviewqueue.policy import systems
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.systems import FILE, SystemRow

_ORDER = tuple(WRITING)


def flaws(policy: Policy) -> list[Flaw]:
    """What is wrong with the rows, and what asks beyond them, each with file, line and fix."""
    found = [*(_row_flaws(policy) if policy.systems else ()), *_trigger_flaws(policy), *_gate_flaws(policy)]
    return list(dict.fromkeys(found))


def _row_flaws(policy: Policy) -> Iterator[Flaw]:
    named = {row.key for row in policy.systems}
    if missing := [key for key in SYSTEM_KINDS if key not in named]:
        yield Flaw(f"{FILE}:1", f"no row for {', '.join(missing)}; add one for each, also where nothing is allowed")
    read_by = {one for row in policy.systems for one in row.connectors}
    if unread := [one for one in SYSTEMS if one not in read_by]:
        yield Flaw(f"{FILE}:1", f"no row names the connector {', '.join(unread)}; name it under connectors of one")
    for row in policy.systems:
        yield from _words(policy, row)
        yield from _width(policy, row)


def _words(policy: Policy, row: SystemRow) -> Iterator[Flaw]:
    """Words that there are not for this kind of system."""
    kind = row.kind
    for key, given, known in (
        ("connectors", row.connectors, SYSTEMS), ("read", row.read, tuple(kind.reads)),
        ("write", row.write, tuple(kind.writes)),
    ):  # fmt: skip
        place = systems.place_of(policy, row.key, key)
        if key == "write" and row.write and kind.why_never:
            yield Flaw(place, f"{kind.why_never}; remove write")
        elif unknown := [word for word in given if word not in known]:
            says = f"{', '.join(map(repr, unknown))} is not a word for {key} of {row.key!r}"
            yield Flaw(place, f"{says}; known: {', '.join(known) or 'none'}")
        elif len(set(given)) < len(given):
            yield Flaw(place, f"{key} names something twice; remove one")
    if row.connectors and not row.read:
        yield Flaw(systems.place_of(policy, row.key, "connectors"), "connectors read, and read is empty; remove one")


def _width(policy: Policy, row: SystemRow) -> Iterator[Flaw]:
    """Rows that allow more than the first version without saying why, and reasons for nothing."""
    kind = row.kind
    wider = [*(word for word in row.read if word in kind.wider_reads)]
    wider += [word for word in row.write if word in kind.wider_writes]
    if row.write and _ORDER.index(row.writing) > _ORDER.index(kind.writing):
        wider.append(f"writing = {row.writing!r}")
    if wider and row.wider_because is None:
        says = f"{', '.join(wider)} is more than the first version may do in {row.key!r}"
        yield Flaw(systems.place_of(policy, row.key), f'{says}; take it out, or say why: wider_because = "…"')
    elif row.wider_because is not None and not wider:
        place = systems.place_of(policy, row.key, "wider_because")
        yield Flaw(place, "this row allows no more than the first version; remove wider_because")


def _trigger_flaws(policy: Policy) -> Iterator[Flaw]:
    for lane in policy.lanes:
        for connector in lane.triggers:
            if refused := systems.why_not_read(policy, connector, "crm", "deals"):
                place = policy.place(f"lane:{lane.key}", "triggers", connector)
                yield Flaw(place, f"this lane starts from deals of {connector}. {refused.says}")


def _gate_flaws(policy: Policy) -> Iterator[Flaw]:
    for lane in policy.lanes:
        for gate in filter(None, (policy.gate(lane.key, key) for key in {*lane.kinds.values(), *lane.gates})):
            to = policy.destination(gate.release)
            if to is not None and (refused := systems.why_not_written(policy, to, gate)):
                yield Flaw(policy.rule(gate, "release"), f"{to.key!r} asks more than is allowed. {refused.says}")
        for name, rule in lane.messages.items():
            kind = template.kind if (template := policy.template(name)) else name
            at = policy.gate(lane.key, lane.kinds.get(kind, ""))
            to = policy.destination(at.release) if at else None
            if rule.sending == "automatic" and to is not None and not systems.may_write_automatically(policy, to):
                rows = ", ".join(systems.place_of(policy, key, "writing") for key, _ in to.asks)
                says = f"{name!r} is sent automatically, and {rows} has what goes to {to.key!r} approved by a person"
                place = policy.place(f"lane:{lane.key}", "messages", name, "sending")
                yield Flaw(place, f"{says} each time; have it approved here, or allow writing = 'automatic' there")
