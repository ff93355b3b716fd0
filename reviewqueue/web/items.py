"""The item page: the draft with its evidence, what it still needs, and the acts open to this person. Older revisions
too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import DomainError, NotFound
from reviewqueue.core.vocabulary import LETS_THROUGH, POLICY_CHANGE
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Decision, Revision
from reviewqueue.delivery import release_queries
from reviewqueue.evidence.statements import Statement
from reviewqueue.exceptions import case_queries
from reviewqueue.items import acknowledge_change, change_policy, corrections, item_page, sla
from reviewqueue.items.item_context import ItemContext, counting_decisions
from reviewqueue.items.item_page import ItemPage
from reviewqueue.lanes.backtest import replay
from reviewqueue.measurement.stats import formatting
from reviewqueue.onboarding import draft_package
from reviewqueue.people import access
from reviewqueue.people.actors import effective_roles
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.exceptions import Category
from reviewqueue.web import decision_forms, draft_layout, layout, queue_navigation, seeded
from reviewqueue.web import formatting as web_formatting
from reviewqueue.web.decision_forms import Answer
from reviewqueue.web.diff.draft import Change, changes
from reviewqueue.web.diff.text import marked
from reviewqueue.web.extensions import now, session, settings, visitor
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("items", __name__)


@blueprint.get("/items/<row:item_id>")
def one(item_id: int) -> ResponseReturnValue:
    """The item page."""
    return item(item_id)


@blueprint.get("/items/next")
def following() -> ResponseReturnValue:
    """Redirects to the first item of the list that the query names, or to the list."""
    return redirect(queue_navigation.first(session(), layout.actor(now())), 303)


@blueprint.get("/items/<row:item_id>/next")
def after(item_id: int) -> ResponseReturnValue:
    """Redirects to the next item in the list from which this one was opened, or to the list."""
    return redirect(queue_navigation.onward(session(), layout.actor(now()), item_id), 303)


@blueprint.get("/items/<row:item_id>/previous")
def before(item_id: int) -> ResponseReturnValue:
    """Redirects to the previous item in the list from which this one was opened, or to the list."""
    return redirect(queue_navigation.onward(session(), layout.actor(now()), item_id, back=True), 303)


@blueprint.get("/items/<row:item_id>/revisions/<row:number>")
def revision(item_id: int, number: int) -> ResponseReturnValue:
    """An older revision, read only, and what changed from it to the current one."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    older = next((found for found in page.desk.revisions if found.number == number), None)
    if older is None:
        raise NotFound()
    return layout.rendered(
        "items/revision.html", page=page, older=older, differs=between(older, page.desk.revision), names=labels(page),
        marks=Marks(older.draft, ()), **around(page, older),
    )  # fmt: skip


def stale_act_page(item_id: int, refused: DomainError, typed: str) -> ResponseReturnValue:
    """The item page after an act that is not open any more: why, and what was typed."""
    return item(item_id, None, refused.status, kept_says=refused.says, kept=typed)


def item(item_id: int, answer: Answer | None = None, status: int = 200, **more: Any) -> ResponseReturnValue:
    """The item page; `answer` is the form and message of a POST that was refused."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    page = replace(page, statements=_read(page))
    context = around(page)
    asked = [place.at for section in context["sections"] for place in section.places]
    cased = case_queries.for_item(
        session(), page.desk.item, also=case_queries.exception_of(page.desk, page.sources.values())
    )
    told = seeded.shown(page)
    return layout.page(
        "items/item.html", status, page=page, answer=answer, names=labels(page),
        history=[row for row in history(page) if told is None or told.named or row.made is None],
        forms=decision_forms.act_forms(page, answer), needed=decision_forms.text_needed, about=about(page, cased),
        beside=draft_package.for_item(session(), page.desk, page.sources, page.actor),
        marks=Marks(page.desk.revision.draft, page.statements, asked),
        movable=change_policy.movable(page.desk, page.actor), **context, **more,
        look_why=acknowledge_change.refusal(page.desk, page.actor) if page.desk.unsettled.shifts else "",
        release=release_queries.panel(session(), page.desk, page.actor, now(), mail=bool(settings().mail()),
        cased=cased),
        planted=told, passed_over=passed_over(page, now()),
        can_answer=lambda one: corrections.reads(one.owner_role, page.actor),
    )  # fmt: skip


def passed_over(page: ItemPage, at: datetime) -> dict[str, Decision]:
    """The decisions whose override holds at `at`, by the key of each failed check they cover."""
    counted = counting_decisions(page.desk.decisions, page.desk.revision, at)
    return {key: made for made in counted if made.action == "override" for key in made.passes}


def _read(page: ItemPage) -> list[Statement]:
    """The statements in the reading order of this page."""
    desk, draft = page.desk, page.desk.revision.draft
    packet = draft_layout.shape(desk.item.kind, draft) == "packet"
    return draft_layout.in_order(
        page.statements, draft, draft_layout.sections(desk.policy, draft, ()) if packet else ()
    )


@dataclass(frozen=True)
class ItemExceptions:
    """What the page shows of exceptions. `lines` are (exception, whether it is linked to this item, whether this person
    may open its page); `opens` says whether they may open a new one; `proposed` are the categories that failed checks
    propose, with their keys; `answers` is the exception whose first response started this item, and whether they may
    open its page."""

    lines: Sequence[tuple[ExceptionCase, bool, bool]]
    opens: bool
    proposed: Sequence[tuple[Category, list[str]]]
    answers: tuple[ExceptionCase, bool] | None = None


def about(page: ItemPage, known: Sequence[tuple[ExceptionCase, bool]]) -> ItemExceptions:
    """The exceptions to show for an item, from those of its onboarding in `known`."""
    desk, policy = page.desk, page.desk.policy
    started = case_queries.exception_of(desk, page.sources.values())
    answered = next((case for case, _ in known if case.id == started), None)
    found = [(case, linked) for case, linked in known if linked or (case.blocking and case.resolved_at is None)]
    lines = [(case, linked, case_queries.sees(policy, case, page.actor)) for case, linked in found]
    asks = desk.item.state in vocabulary.OPEN and desk.item.kind != POLICY_CHANGE
    opens = asks and access.has_ability(effective_roles(page.actor), "open an exception")
    standing = {case.category for case, _ in found if case.resolved_at is None}
    proposed: dict[str, list[str]] = {}
    for check in desk.checks if opens else ():
        category = policy.exceptions.of_check(check.key) if check.outcome == "fail" else None
        if category is not None and category.key not in standing:
            proposed.setdefault(category.key, []).append(check.key)
    proposes = [(one, proposed[one.key]) for one in policy.exceptions.category if one.key in proposed]
    return ItemExceptions(
        lines, opens, proposes, (answered, case_queries.sees(policy, answered, page.actor)) if answered else None
    )


def around(page: ItemPage, shown: Revision | None = None) -> dict[str, Any]:
    """What every page about an item needs beside the item page itself, as template variables."""
    desk, draft = page.desk, (shown or page.desk.revision).draft
    checks = () if shown else desk.checks
    form = draft_layout.shape(desk.item.kind, draft)
    cited = {one.ref: one.number for one in reversed(page.statements)}
    return {
        "desk": desk,
        "item": desk.item,
        "gate": desk.gate,
        "lane": desk.policy.lane(desk.item.lane),
        "reading": form,
        "draft": draft,
        "drafts": draft_layout,
        "sections": draft_layout.sections(desk.policy, draft, checks) if form == "packet" else [],
        "failing": evaluation.failing(desk.situation),
        "sources": sorted(page.sources.items(), key=lambda held: cited.get(held[0], len(page.statements) + 1)),
        "reason": _reasons(page),
        "dates": _dates(desk),
        "open": desk.item.state in vocabulary.OPEN,
        "listed": queue_navigation.around(session(), desk.item, page.actor),
        "what": {key: web_formatting.capital(says) for key, says in replay.WHAT.items()},
        "words": formatting,
        "decided_since": replay.since(session(), draft.get("replay", {})) if form == "rules" else None,
        "stuck": sla.stuck,
        "leases": page.desk.gate is not None
        and bool(evaluation.acting_role(page.desk.gate, desk.situation, page.actor)),
        "takes_over": access.has_ability(page.actor.roles, "take over a lease"),
    }


def _reasons(page: ItemPage) -> Callable[[str], str]:
    known = {reason.code: reason.label for reason in page.desk.policy.reasons}
    return lambda code: known.get(code, code)


def _dates(found: ItemContext) -> tuple[str, str]:
    """The first and the last day an override may hold until."""
    today = now().date()
    longest = evaluation.override_days(found.gate, evaluation.failing(found.situation)) if found.gate else 1
    return (today + timedelta(days=1)).isoformat(), (today + timedelta(days=longest)).isoformat()


def url_of(item_id: int, number: int) -> str:
    """The address of a revision."""
    return url_for("items.revision", item_id=item_id, number=number)


def labels(page: ItemPage) -> Callable[[str], str]:
    """A function from pointers into this item's draft to their labels."""
    return lambda at: draft_layout.labels(page.desk.policy, page.desk.item.kind, at)


def between(older: Revision, newer: Revision) -> list[Change]:
    """What changed from one revision to another, the title first."""
    moves = count(1)
    title = Change("/title", "changed", "/title", marked(older.title, newer.title, moves))
    return [
        *([title] if older.title != newer.title else ()),
        *changes(draft_layout.arranged(older.draft), draft_layout.arranged(newer.draft), moves),
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
        Past(made.at, number, None, made, made.action in LETS_THROUGH and number != current)
        for made, number in decided
        if made.action != "edit"
    ]
    return sorted(rows, key=lambda row: (row.at, row.number, row.revision is None), reverse=True)
