"""An approved plan as a project in Asana: its milestones as tasks with assignee, due date and dependencies.

Each project and task has a line in its notes that names the release, and the milestone. Asana's own field for such
references is for OAuth applications alone. Every attempt begins with reading what is there under that name, and writes
what is missing: a half-written project is completed, and nothing is there twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from reviewqueue.core.text_limits import replace_invalid
from reviewqueue.delivery import plan_rows
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.plan_rows import PlanRow
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.delivery.vendor_api import VendorApi, VendorFault, mark_in, mark_of, outcome_of

API = "https://app.asana.com/api/1.0"
NAME = "Asana"
PAGE_SIZE = 100
MAX_PAGES = 100
# Asana takes so many dependencies and dependents of one task together.
MAX_LINKS = 30
MAX_TEXT = 60_000


@dataclass(frozen=True)
class Task:
    """A task as it will be: the number of its milestone, what is sent, and the numbers of those before it."""

    number: int
    data: dict[str, str]
    depends_on: tuple[int, ...]


def writes(outgoing: Outgoing) -> list[Write]:
    """The project and each task, field by field."""
    project, listed = _project(outgoing), tasks(outgoing)
    names = {one.number: one.data["name"] for one in listed}
    found = [Write(f"Project “{project['name']}” in Asana", tuple((key, "", value) for key, value in project.items()))]
    for task in listed:
        fields = [(key, "", value) for key, value in task.data.items()]
        if task.depends_on:
            fields.append(("dependencies", "", "; ".join(names[number] for number in task.depends_on)))
        found.append(Write(f"Task {task.number}: {task.data['name']}", tuple(fields)))
    return found


def tasks(outgoing: Outgoing) -> list[Task]:
    """The tasks of a plan. One whose owner the destination does not know has no assignee; its notes name the owner."""
    return [_task(outgoing, row) for row in plan_rows.rows(outgoing.draft)]


def _project(outgoing: Outgoing) -> dict[str, str]:
    to = outgoing.to
    notes = f"{outgoing.title}\nFrom the plan approved as item {outgoing.item_id}."
    data = {"name": _line(f"{outgoing.customer}: onboarding"), "notes": _notes(notes, mark_of(outgoing.key))}
    data["workspace"] = to.workspace
    return {**data, "team": to.team} if to.team else data


def _task(outgoing: Outgoing, row: PlanRow) -> Task:
    said = [("Owner", row.owner), ("Layer", row.layer), ("Evidence", row.evidence), ("Exit criteria", row.exit)]
    lines = "\n".join(f"{label}: {text}" for label, text in said if text)
    data = {"name": _line(row.name), "notes": _notes(lines, mark_of(outgoing.key, row.number))}
    if row.due:
        data["due_on"] = row.due
    if assignee := outgoing.to.assignees.get(row.owner):
        data["assignee"] = assignee
    return Task(row.number, data, row.depends_on[:MAX_LINKS])


def _line(text: str) -> str:
    return " ".join(_text(text).split())[:255]


def _text(text: str) -> str:
    return replace_invalid(text)[:MAX_TEXT]


def _notes(text: str, mark: str) -> str:
    return f"{_text(text)}\n\n{mark}".lstrip("\n")


def send(
    outgoing: Outgoing, token: SecretStr, now: datetime, *, url: str = API, allowed: Collection[str] = ()
) -> SendOutcome:
    """Write the project, or what is missing of it."""
    api = VendorApi(NAME, url, token, now, _error, allowed)
    return outcome_of(lambda: _write(api, outgoing))


def _write(api: VendorApi, outgoing: Outgoing) -> str:
    project = _find_project(api, outgoing) or _made(api.post("/projects", {"data": _project(outgoing)}))
    wanted = tasks(outgoing)
    query = {"project": project, "opt_fields": "notes,dependencies"}
    there = {mark_in(one.get("notes")): one for one in _pages(api, "/tasks", query)}
    known: dict[int, str] = {}
    for task in wanted:
        found = there.get((outgoing.key, task.number))
        data = {**task.data, "projects": [project]}
        known[task.number] = _gid(found) if found else _made(api.post("/tasks", {"data": data}))
    for task in wanted:
        found = there.get((outgoing.key, task.number), {})
        linked = {_gid(one) for one in found.get("dependencies") or ()}
        if missing := [known[number] for number in task.depends_on if known[number] not in linked]:
            api.post(
                f"/tasks/{quote(known[task.number], safe='')}/addDependencies", {"data": {"dependencies": missing}}
            )
    return f"Asana has project {project} with {len(wanted)} tasks"


def _find_project(api: VendorApi, outgoing: Outgoing) -> str:
    """The project of an earlier attempt; "" where there is none."""
    to, mark = outgoing.to, (outgoing.key, 0)
    query = {"team": to.team} if to.team else {"workspace": to.workspace}
    found = _pages(api, "/projects", {**query, "opt_fields": "notes"})
    return next((_gid(one) for one in found if mark_in(one.get("notes")) == mark), "")


def _pages(api: VendorApi, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every object of a list, page after page. Raises VendorFault for more than MAX_PAGES of them: what is not read
    to its end may hold what would then be written twice."""
    asked: dict[str, str] = {**query, "limit": str(PAGE_SIZE)}
    for _ in range(MAX_PAGES):
        answer = api.get(f"{path}?{urlencode(asked)}")
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, list):
            raise VendorFault("failed", f"{NAME} answered {path} with something else than a list")
        yield from (one for one in data if isinstance(one, dict))
        following = answer.get("next_page")
        if not isinstance(following, dict) or not isinstance(following.get("offset"), str):
            return
        asked["offset"] = following["offset"]
    raise VendorFault("failed", f"{NAME} has more than {MAX_PAGES * PAGE_SIZE} objects under {path}; name another team")


def _made(answer: Any) -> str:
    data = answer.get("data") if isinstance(answer, dict) else None
    return _gid(data if isinstance(data, dict) else {})


def _gid(found: dict[str, Any]) -> str:
    gid = found.get("gid")
    if not isinstance(gid, str) or not gid:
        raise VendorFault("failed", f"{NAME} answered without the gid of what was written")
    return gid


def _error(said: Any) -> str:
    """The messages of an error body: {"errors": [{"message": …}]}."""
    listed = said.get("errors") if isinstance(said, dict) else None
    messages = [one.get("message") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return "; ".join(one for one in messages if isinstance(one, str))
