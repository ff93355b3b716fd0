"""One item: the draft, its evidence beside it, what it needs, and the acts this person has. Older revisions too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from reviewqueue import (
    access,
    cases,
    corrections,
    looks,
    moving,
    outgoing,
    packages,
    pages,
    replay,
    sla,
)
from reviewqueue.desk import Desk, counting, roles_of
from reviewqueue.figures import words as figure_words
from reviewqueue.pages import ItemPage
from reviewqueue.policy import judging
from reviewqueue.policy.categories import Category
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.items import Decision, Revision
from reviewqueue.refusals import NotThere, Refused
from reviewqueue.statements import Statement
from reviewqueue.web import drafts, frame, listed, panels, planted, words
from reviewqueue.web.differences import Change, changes
from reviewqueue.web.extensions import now, session, settings, visitor
from reviewqueue.web.marks import Marks
from reviewqueue.web.panels import Answer
from reviewqueue.web.wording import marked

blueprint = frame.room("items", __name__)
DONE = {
    "approve": "Approved",
    "edit": "Edited",
    "send_back": "Sent back",
    "escalate": "Escalated",
    "override": "Overridden",
    "reject": "Rejected",
}
ASKED = {"approve": "Answered", "reject": "Closed"}


def done_with(kind: str, act: str) -> str:
    """What was done, in the word of the button that did it: a question is answered or closed."""
    return (ASKED.get(act) if kind == "trigger_question" else None) or DONE.get(act, act)


@blueprint.get("/items/<row:item_id>")
def one(item_id: int) -> ResponseReturnValue:
    """The item page."""
    return item(item_id)


@blueprint.get("/items/next")
def following() -> ResponseReturnValue:
    """To the first item of the list that the address names, or to the list."""
    return redirect(listed.first(session(), frame.actor(now())), 303)


@blueprint.get("/items/<row:item_id>/next")
def after(item_id: int) -> ResponseReturnValue:
    """To the item behind this one in the list it was come to from, or to the list."""
    return redirect(listed.onward(session(), frame.actor(now()), item_id), 303)


@blueprint.get("/items/<row:item_id>/previous")
def before(item_id: int) -> ResponseReturnValue:
    """To the item before this one in the list it was come to from, or to the list."""
    return redirect(listed.onward(session(), frame.actor(now()), item_id, back=True), 303)


@blueprint.get("/items/<row:item_id>/revisions/<row:number>")
def revision(item_id: int, number: int) -> ResponseReturnValue:
    """An older revision, read only, and what changed from it to the current one."""
    page = pages.item_page(session(), item_id, visitor().person_id, now())
    older = next((found for found in page.desk.revisions if found.number == number), None)
    if older is None:
        raise NotThere()
    return frame.rendered(
        "items/revision.html", page=page, older=older, differs=between(older, page.desk.revision), names=labels(page),
        marks=Marks(older.draft, ()), **around(page, older),
    )  # fmt: skip


def overtaken(item_id: int, refused: Refused, typed: str) -> ResponseReturnValue:
    """The item page after an act that it has no form for any more: why, and what was typed."""
    return item(item_id, None, refused.status, kept_says=refused.says, kept=typed)


def item(item_id: int, answer: Answer | None = None, status: int = 200, **more: Any) -> ResponseReturnValue:
    """The item page, with what it answers to a POST that was refused."""
    page = pages.item_page(session(), item_id, visitor().person_id, now())
    page = replace(page, statements=_read(page))
    context = around(page)
    asked = [place.at for section in context["sections"] for place in section.places]
    cased = cases.about(session(), page.desk.item, also=cases.answering(page.desk, page.sources.values()))
    told = planted.shown(page)
    return frame.page(
        "items/item.html", status, page=page, answer=answer, names=labels(page),
        history=[row for row in history(page) if told is None or told.named or row.made is None],
        forms=panels.panels(page, answer), needed=panels.text_needed, about=about(page, cased),
        beside=packages.beside(session(), page.desk, page.sources, page.actor),
        marks=Marks(page.desk.revision.draft, page.statements, asked),
        movable=moving.movable(page.desk, page.actor), **context, **more,
        look_why=looks.refusal(page.desk, page.actor) if page.desk.unsettled.shifts else "",
        release=outgoing.panel(session(), page.desk, page.actor, now(), mail=bool(settings().mail()), cased=cased),
        planted=told, passed_over=passed_over(page, now()),
        can_answer=lambda one: corrections.reads(one.owner_role, page.actor),
    )  # fmt: skip


def passed_over(page: ItemPage, at: datetime) -> dict[str, Decision]:
    """The failed checks that an override lets be, by key, as long as it holds."""
    counted = counting(page.desk.decisions, page.desk.revision, at)
    return {key: made for made in counted if made.action == "override" for key in made.passes}


def _read(page: ItemPage) -> list[Statement]:
    """The statements in the order in which this page is read."""
    desk, draft = page.desk, page.desk.revision.draft
    packet = drafts.shape(desk.item.kind, draft) == "packet"
    return drafts.in_order(page.statements, draft, drafts.sections(desk.policy, draft, ()) if packet else ())


@dataclass(frozen=True)
class About:
    """What the page says of exceptions: (exception, whether it is about this item, whether to lead there), whether this
    person may open one, which its failed checks propose, each with their keys, and the one whose first response started
    this item, with whether to lead there."""

    lines: Sequence[tuple[ExceptionCase, bool, bool]]
    opens: bool
    proposed: Sequence[tuple[Category, list[str]]]
    answers: tuple[ExceptionCase, bool] | None = None


def about(page: ItemPage, known: Sequence[tuple[ExceptionCase, bool]]) -> About:
    """The exceptions of an item, among those that are known of it."""
    desk, policy = page.desk, page.desk.policy
    started = cases.answering(desk, page.sources.values())
    answered = next((case for case, _ in known if case.id == started), None)
    found = [(case, linked) for case, linked in known if linked or (case.blocking and case.resolved_at is None)]
    lines = [(case, linked, cases.sees(policy, case, page.actor)) for case, linked in found]
    asks = desk.item.state in judging.OPEN and desk.item.kind != POLICY_CHANGE
    opens = asks and access.able(roles_of(page.actor), "open an exception")
    standing = {case.category for case, _ in found if case.resolved_at is None}
    proposed: dict[str, list[str]] = {}
    for check in desk.checks if opens else ():
        category = policy.exceptions.of_check(check.key) if check.outcome == "fail" else None
        if category is not None and category.key not in standing:
            proposed.setdefault(category.key, []).append(check.key)
    proposes = [(one, proposed[one.key]) for one in policy.exceptions.category if one.key in proposed]
    return About(lines, opens, proposes, (answered, cases.sees(policy, answered, page.actor)) if answered else None)


def around(page: ItemPage, shown: Revision | None = None) -> dict[str, Any]:
    """What every page about an item needs besides the page itself."""
    desk, draft = page.desk, (shown or page.desk.revision).draft
    checks = () if shown else desk.checks
    form = drafts.shape(desk.item.kind, draft)
    cited = {one.ref: one.number for one in reversed(page.statements)}
    return {
        "desk": desk,
        "item": desk.item,
        "gate": desk.gate,
        "lane": desk.policy.lane(desk.item.lane),
        "reading": form,
        "draft": draft,
        "drafts": drafts,
        "sections": drafts.sections(desk.policy, draft, checks) if form == "packet" else [],
        "failing": judging.failing(desk.situation),
        "sources": sorted(page.sources.items(), key=lambda held: cited.get(held[0], len(page.statements) + 1)),
        "reason": _reasons(page),
        "done_with": done_with,
        "dates": _dates(desk),
        "open": desk.item.state in judging.OPEN,
        "listed": listed.around(session(), desk.item, page.actor),
        "what": {key: words.capital(says) for key, says in replay.WHAT.items()},
        "words": figure_words,
        "decided_since": replay.since(session(), draft.get("replay", {})) if form == "rules" else None,
        "stuck": sla.stuck,
        "leases": page.desk.gate is not None and bool(judging.acting_role(page.desk.gate, desk.situation, page.actor)),
        "takes_over": access.able(page.actor.roles, "take over a lease"),
    }


def _reasons(page: ItemPage) -> Callable[[str], str]:
    known = {reason.code: reason.label for reason in page.desk.policy.reasons}
    return lambda code: known.get(code, code)


def _dates(found: Desk) -> tuple[str, str]:
    """The first and the last day an override may hold until."""
    today = now().date()
    longest = judging.override_days(found.gate, judging.failing(found.situation)) if found.gate else 1
    return (today + timedelta(days=1)).isoformat(), (today + timedelta(days=longest)).isoformat()


def url_of(item_id: int, number: int) -> str:
    """The address of a revision."""
    return url_for("items.revision", item_id=item_id, number=number)


def labels(page: ItemPage) -> Callable[[str], str]:
    """What pointers into this item's draft are called."""
    return lambda at: drafts.labels(page.desk.policy, page.desk.item.kind, at)


def between(older: Revision, newer: Revision) -> list[Change]:
    """What changed from one revision to another, the title first."""
    moves = count(1)
    title = Change("/title", "changed", "/title", marked(older.title, newer.title, moves))
    return [
        *([title] if older.title != newer.title else ()),
        *changes(drafts.arranged(older.draft), drafts.arranged(newer.draft), moves),
    ]


def since(page: ItemPage, digest: str) -> tuple[Revision | None, list[Change]]:
    """(the revision that was seen, or None when it is none of this item's; what changed since)."""
    seen = next((found for found in page.desk.revisions if found.digest == digest), None)
    return seen, between(seen, page.desk.revision) if seen else []


@dataclass(frozen=True)
class Past:
    """Something that happened to an item: a revision (with the edit that made it, if a person did) or a decision."""

    at: datetime
    number: int
    revision: Revision | None = None
    made: Decision | None = None
    void: bool = False


def history(page: ItemPage) -> list[Past]:
    """Revisions and decisions, newest first. An approval of an older revision is void."""
    numbers = {found.id: found.number for found in page.desk.revisions}
    decided = [(made, numbers.get(made.revision_id, 0)) for made in page.desk.decisions]
    edits = {number + 1: made for made, number in decided if made.action == "edit"}
    rows = [Past(found.made_at, found.number, found, edits.get(found.number)) for found in page.desk.revisions]
    current = page.desk.revision.number
    rows += [
        Past(made.at, number, None, made, made.action in ("approve", "override") and number != current)
        for made, number in decided
        if made.action != "edit"
    ]
    return sorted(rows, key=lambda row: (row.at, row.number, row.revision is None), reverse=True)
