"""`workload`: how much waits for whom, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reviewqueue.cli import installation, output

if TYPE_CHECKING:
    from reviewqueue.items.queue_positions import Count


@click.command()
@output.as_json
def workload(as_json: bool) -> None:
    """Show how much waits for each person, by name and for a role of theirs, and at each gate."""
    from reviewqueue.items import workload as loads
    from reviewqueue.policy import policy_versions

    with installation.open_session() as session:
        policy = policy_versions.current(session)
        people, gates = loads.figures(session, policy, [*policy.gates_by_lane], installation.now())
    if as_json:
        of_people = [
            {
                "person": one.person.name,
                "open": one.load.open.many,
                "overdue": one.load.overdue.many,
                "for_roles": [
                    {"role": wait.role, "open": wait.waits.many, "people": wait.holders} for wait in one.for_roles
                ],
            }
            for one in people
        ]
        of_gates = [
            {"gate": one.gate, "lane": one.lane, "open": one.load.open.many, "overdue": one.load.overdue.many}
            for one in gates
        ]
        output.print_json({"people": of_people, "gates": of_gates})
        return
    rows = []
    for one in people:
        waits = "; ".join(f"{_shown(wait.waits)} as {policy.called(wait.role)}, {wait.says}" for wait in one.for_roles)
        rows.append((one.person.name, waits or "0", _shown(one.load.open), _shown(one.load.overdue)))
    output.table(("person", "for a role of theirs", "open by name", "overdue"), rows)
    output.say("")
    at_gates = [(one.name, one.lane, _shown(one.load.open), _shown(one.load.overdue)) for one in gates]
    output.table(("gate", "lane", "open", "overdue"), at_gates)


def _shown(count: Count) -> str:
    return f"{count.many}{'+' if count.more else ''}"
