"""`seeded`: seeded defects at the gates: which were revealed, inserting one now, and verifying every reveal."""

from __future__ import annotations

import click

from reviewqueue.cli import installation, output


@click.group()
def seeded() -> None:
    """Seeded defects: drafts with a known fault, to see whether gates notice. Which open item is one is never shown."""


@seeded.command("list")
@output.as_json
def listed(as_json: bool) -> None:
    """List the newest seeded defects. Of those that wait it says the gate, not the item."""
    from reviewqueue.measurement.seeded import catch_rate

    with installation.open_session() as session:
        found = [
            {
                "gate": plant.gate,
                "lane": plant.lane,
                "state": "revealed" if plant.revealed_at else "planted" if plant.item_id else "sealed",
                "sealed_at": plant.sealed_at,
                "revealed_at": plant.revealed_at,
                "item": plant.item_id if plant.revealed_at else None,
                "fault": plant.fault if plant.revealed_at else None,
                "caught": plant.caught,
                "note": plant.note,
            }
            for plant, _ in catch_rate.newest_defects(session)
        ]
    if as_json:
        output.print_json(found)
        return
    heads = ("gate", "lane", "state", "item", "fault", "caught", "note")
    output.table(heads, [[_cell_text(one[name]) for name in heads] for one in found])


def _cell_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@seeded.command("now")
@output.as_json
def at_once(as_json: bool) -> None:
    """Do what the worker does: seal the next draft of each gate, insert what is due, end what nobody judged."""
    from reviewqueue.measurement.seeded import seeded_drafts

    with installation.open_session() as session:
        acted = seeded_drafts.schedule(session, installation.now())
    if as_json:
        output.print_json({"acted": acted})
    output.say(f"Acted on {acted}. Which item is a seeded defect is not shown." if acted else "Nothing was due.")


@seeded.command()
@output.as_json
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Check every reveal against its seal in the log. Exit status 1 if any is not valid."""
    from reviewqueue.measurement.seeded import catch_rate

    with installation.open_session() as session:
        proof = catch_rate.verify(session)
    breaks = [{"position": one.position, "says": one.says} for one in proof.breaks]
    if as_json:
        told = {"holds": proof.holds, "seals": proof.seals, "reveals": proof.reveals, "waiting": proof.waiting}
        output.print_json({**told, "breaks": breaks})
    if proof.holds:
        output.say(
            f"Every reveal is valid: {proof.reveals:,} of {proof.seals:,} seals are opened, {proof.waiting:,} wait."
        )
        return
    output.fail_with_breaks(ctx, "A reveal is not valid.", breaks)
