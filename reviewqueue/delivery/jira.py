"""An approved plan in Jira: an issue for the onboarding, and a sub-task for each milestone with assignee, due date and
what it is blocked by.

The issue is found again by its label, the sub-tasks by the line of ours in their descriptions
(`delivery/vendor_api.py:mark_of`): an issue lists its sub-tasks at once, while Jira's search follows after a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from reviewqueue.core.text_limits import replace_invalid
from reviewqueue.delivery import plan_rows
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.plan_rows import PlanRow
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.delivery.vendor_api import VendorApi, VendorFault, mark_in, mark_of, outcome_of

NAME = "Jira"
ISSUE = "/rest/api/3/issue"
MAX_TEXT = 30_000  # of 32,767 characters that a description takes
READ_AT_ONCE = 100
BLOCKS = "Blocks"
# Seconds until the search surely knows an issue whose making was not answered.
SEARCH_FOLLOWS = 120


@dataclass(frozen=True)
class SubTask:
    """A sub-task as it will be: the number of its milestone, its fields in words, and the numbers of those before."""

    number: int
    said: dict[str, str]
    depends_on: tuple[int, ...]


def sub_tasks(outgoing: Outgoing) -> list[SubTask]:
    """The sub-tasks of a plan. One whose owner the destination does not know has no assignee; its text names the
    owner."""
    return [_sub_task(outgoing, row) for row in plan_rows.rows(outgoing.draft)]


def writes(outgoing: Outgoing) -> list[Write]:
    """The issue and each sub-task, field by field."""
    listed = sub_tasks(outgoing)
    names = {one.number: one.said["summary"] for one in listed}
    parent = _parent(outgoing)
    found = [Write(f"Issue “{parent['summary']}” in Jira", tuple((key, "", text) for key, text in parent.items()))]
    for one in listed:
        fields = [(key, "", text) for key, text in one.said.items()]
        if one.depends_on:
            fields.append(("is blocked by", "", "; ".join(names[number] for number in one.depends_on)))
        found.append(Write(f"Sub-task {one.number}: {one.said['summary']}", tuple(fields)))
    return found


def _parent(outgoing: Outgoing) -> dict[str, str]:
    to = outgoing.to
    text = f"{outgoing.title}\nFrom the plan approved as item {outgoing.item_id}."
    said = {"summary": _line(f"{outgoing.customer}: onboarding"), "description": _text(text, mark_of(outgoing.key))}
    return {**said, "project": to.project, "issuetype": to.issue_type, "labels": outgoing.key}


def _sub_task(outgoing: Outgoing, row: PlanRow) -> SubTask:
    said = [("Owner", row.owner), ("Layer", row.layer), ("Evidence", row.evidence), ("Exit criteria", row.exit)]
    lines = "\n".join(f"{label}: {text}" for label, text in said if text)
    text = _text(lines, mark_of(outgoing.key, row.number))
    fields = {"summary": _line(row.name), "description": text, "issuetype": outgoing.to.subtask_type}
    if row.due:
        fields["duedate"] = row.due
    if account := outgoing.to.accounts.get(row.owner):
        fields["assignee"] = account
    return SubTask(row.number, fields, row.depends_on)


def _line(text: str) -> str:
    return " ".join(replace_invalid(text).split())[:255]


def _text(text: str, mark: str) -> str:
    return f"{replace_invalid(text)[:MAX_TEXT]}\n{mark}".lstrip("\n")


def send(
    outgoing: Outgoing, token: SecretStr, now: datetime, *, url: str = "", allowed: Collection[str] = ()
) -> SendOutcome:
    """Write the issue with its sub-tasks, or what is missing of it."""
    api = VendorApi(NAME, url or outgoing.to.url, token, now, _error, allowed, user=outgoing.to.user)
    return outcome_of(lambda: _write(api, outgoing))


def _write(api: VendorApi, outgoing: Outgoing) -> str:
    parent = _find(api, outgoing) or _make_parent(api, outgoing)
    wanted, there = sub_tasks(outgoing), _there(api, outgoing, parent)
    known: dict[int, str] = {}
    for one in wanted:
        found = there.get(one.number)
        fields = {**_fields(one.said, outgoing), "parent": {"key": parent}}
        known[one.number] = found.key if found else _key(api.post(ISSUE, {"fields": fields}))
    for one in wanted:
        linked = there[one.number].blockers if one.number in there else frozenset()
        for number in one.depends_on:
            if known[number] not in linked:
                _link(api, known[number], known[one.number])
    return f"Jira has {parent} with {len(wanted)} sub-tasks"


def _fields(said: dict[str, str], outgoing: Outgoing) -> dict[str, Any]:
    """Fields in words as Jira takes them."""
    shapes: dict[str, Callable[[str], Any]] = {
        "description": _document, "issuetype": _named("name"), "assignee": _named("accountId"),
        "project": _named("key"), "labels": lambda text: [text],
    }  # fmt: skip
    shaped = {name: shapes[name](text) if name in shapes else text for name, text in said.items()}
    return {"project": {"key": outgoing.to.project}, **shaped}


def _named(key: str) -> Callable[[str], dict[str, str]]:
    return lambda text: {key: text}


def _find(api: VendorApi, outgoing: Outgoing) -> str:
    """The key of the issue of an earlier attempt; "" where there is none."""
    query = f'project = "{outgoing.to.project}" AND labels = "{outgoing.key}" ORDER BY created ASC'
    answer = api.post("/rest/api/3/search/jql", {"jql": query, "fields": ["labels"], "maxResults": 1})
    issues = answer.get("issues") if isinstance(answer, dict) else None
    if not isinstance(issues, list):
        raise VendorFault("failed", f"{NAME} answered a search with something else than a list")
    return _key(issues[0]) if issues else ""


def _make_parent(api: VendorApi, outgoing: Outgoing) -> str:
    """Make the issue. Raises VendorFault: where nobody knows whether it was made, its search is given time."""
    try:
        return _key(api.post(ISSUE, {"fields": _fields(_parent(outgoing), outgoing)}))
    except VendorFault as fault:
        if fault.outcome == "later" and fault.code != 429:
            fault.retry_after = max(fault.retry_after, SEARCH_FOLLOWS)
        raise


@dataclass(frozen=True)
class _Kept:
    """A sub-task that is there: its key, and the keys of those that block it."""

    key: str
    blockers: frozenset[str]


def _there(api: VendorApi, outgoing: Outgoing, parent: str) -> dict[int, _Kept]:
    """The sub-tasks that earlier attempts made, by milestone."""
    answer = api.get(f"{ISSUE}/{quote(parent, safe='')}?fields=subtasks")
    keys = [_key(one) for one in _listed(_fields_of(answer).get("subtasks"))]
    found: dict[int, _Kept] = {}
    for start in range(0, len(keys), READ_AT_ONCE):
        asked = {"issueIdsOrKeys": keys[start : start + READ_AT_ONCE], "fields": ["description", "issuelinks"]}
        answer = api.post(f"{ISSUE}/bulkfetch", asked)
        for one in _listed(answer.get("issues") if isinstance(answer, dict) else None):
            fields = _fields_of(one)
            key, number = mark_in("\n".join(_lines(fields.get("description")))) or ("", 0)
            if key == outgoing.key and number not in found:
                found[number] = _Kept(_key(one), frozenset(_blockers(fields.get("issuelinks"))))
    return found


def _blockers(links: Any) -> Iterator[str]:
    """The keys of the issues that an issue is blocked by: what its links name inward."""
    for one in links if isinstance(links, list) else ():
        kind, inward = one.get("type"), one.get("inwardIssue")
        if isinstance(kind, dict) and kind.get("name") == BLOCKS and isinstance(inward, dict):
            yield _key(inward)


def _link(api: VendorApi, before: str, after: str) -> None:
    ends = {"inwardIssue": {"key": before}, "outwardIssue": {"key": after}}
    api.post("/rest/api/3/issueLink", {"type": {"name": BLOCKS}, **ends}, empty=True)


def _document(text: str) -> dict[str, Any]:
    """A text as Jira's document: a paragraph for each line, and plain text alone."""
    lines = [line for line in text.split("\n") if line.strip()]
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _lines(document: Any) -> Iterator[str]:
    """The lines of a document, also of one that people changed."""
    for block in document.get("content") or () if isinstance(document, dict) else ():
        parts = block.get("content") if isinstance(block, dict) else None
        texts = [one.get("text") for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
        yield "".join(one for one in texts if isinstance(one, str))


def _listed(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise VendorFault("failed", f"{NAME} answered with something else than a list")
    return [one for one in value if isinstance(one, dict)]


def _fields_of(answer: Any) -> dict[str, Any]:
    fields = answer.get("fields") if isinstance(answer, dict) else None
    return fields if isinstance(fields, dict) else {}


def _key(found: Any) -> str:
    key = found.get("key") if isinstance(found, dict) else None
    if not isinstance(key, str) or not key:
        raise VendorFault("failed", f"{NAME} answered without the key of an issue")
    return key


def _error(said: Any) -> str:
    """The words of an error body: {"errorMessages": [...], "errors": {field: words}}."""
    if not isinstance(said, dict):
        return ""
    listed, by_field = said.get("errorMessages"), said.get("errors")
    words = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    fields = by_field.items() if isinstance(by_field, dict) else ()
    return "; ".join([*words, *(f"{name}: {text}" for name, text in fields)])
