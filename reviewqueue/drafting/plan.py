"""The project plan: a template's milestones with owners, and with due dates on the lane's business days."""

from __future__ import annotations

from reviewqueue.drafting.sheet import DUE, Sheet
from reviewqueue.policy.templates import Plan


def plan(sheet: Sheet, template: Plan) -> dict[str, object]:
    """`{"milestones": […]}`, and a `note` where the start is not the one the packet has."""
    sheet.reckoning.count({one.key: one.due for one in template.milestones})
    names = {one.key: sheet.bare(one.name) for one in template.milestones}
    rows = []
    for number, one in enumerate(template.milestones):
        at = f"/milestones/{number}"
        row = {name: sheet.fill(f"{at}/{name}", getattr(one, name)) for name in ("name", "owner", "evidence", "exit")}
        row["layer"] = one.layer
        row["due"] = sheet.put(f"{at}/due", sheet.reckoning.iso(one.key), DUE)
        row["depends"] = ", ".join(names[key] for key in one.depends)
        rows.append({name: row[name] for name in ("name", "layer", "owner", "due", "evidence", "exit", "depends")})
    note = {"note": sheet.fill("/note", "{{ start_moved }}")} if "start_moved" in sheet.facts else {}
    return {**note, "milestones": rows}
