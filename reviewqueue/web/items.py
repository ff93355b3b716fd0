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

from reviewqueue.checks.topics import TOPICS
from reviewqueue.core import vocabulary
from reviewqueue.core.errors import DomainError, NotFound
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Decision, Revision
from reviewqueue.delivery import destinations, mail_threads, release_queries
from reviewqueue.evidence.statements import Statement
from reviewqueue.exceptions import case_queries
from reviewqueue.items import (
    acknowledge_change,
    asked_drafts,
    change_policy,
    corrections,
    earlier_messages,
    item_page,
    rejections,
    sla,
)
from reviewqueue.items.item_context import counting_decisions
from reviewqueue.items.item_page import ItemPage
from reviewqueue.lanes.backtest import replay
from reviewqueue.measurement.stats import formatting
from reviewqueue.onboarding import ask_sales, crm_owners, draft_again, draft_package, newer_version, ways_on
from reviewqueue.people import access
from reviewqueue.people.actors import effective_roles
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.exceptions import Category
from reviewqueue.policy.released_to import released_to
from reviewqueue.web import (
    decision_forms,
    draft_layout,
    item_history,
    layout,
    meeting_invitations,
    queue_navigation,
    read_values,
    seeded,
)
from reviewqueue.web import formatting as web_formatting
from reviewqueue.web.decision_forms import RefusedForm
from reviewqueue.web.diff.draft import DraftChange, changes
from reviewqueue.web.diff.text import merged_markup
from reviewqueue.web.extensions import now, session, settings, visitor
from reviewqueue.web.highlights import Marks

SLOW_AFTER = timedelta(minutes=1)  # a check that still runs then is said to be slow, and what to do about it

blueprint = layout.signed_in_blueprint("items", __name__)


@blueprint.get("/items/<row:item_id>")
def one(item_id: int) -> ResponseReturnValue:
    """The item page."""
    return item(item_id)


@blueprint.get("/items/<row:item_id>/running")
def running(item_id: int) -> ResponseReturnValue:
    """Whether the model's check of an item is still running, as the line of its page that says so."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    if not layout.is_fragment_request("running"):
        return redirect(url_for("items.one", item_id=item_id, _anchor="checks"), 303)
    return layout.render("items/_running.html", asked=True, **page_variables(page))


@blueprint.get("/items/next")
def following() -> ResponseReturnValue:
    """Redirects to the first item of the list that the query names, or to the list."""
    return redirect(queue_navigation.first_url(session(), layout.actor(now())), 303)


@blueprint.get("/items/<row:item_id>/next")
def after(item_id: int) -> ResponseReturnValue:
    """Redirects to the next item in the list from which this one was opened, or to the list."""
    return redirect(queue_navigation.next_url(session(), layout.actor(now()), item_id), 303)


@blueprint.get("/items/<row:item_id>/previous")
def before(item_id: int) -> ResponseReturnValue:
    """Redirects to the previous item in the list from which this one was opened, or to the list."""
    return redirect(queue_navigation.next_url(session(), layout.actor(now()), item_id, back=True), 303)


@blueprint.get("/items/<row:item_id>/revisions/<row:number>")
def revision(item_id: int, number: int) -> ResponseReturnValue:
    """An older revision, read only, and what changed from it to the current one."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    older = next((found for found in page.context.revisions if found.number == number), None)
    if older is None:
        raise NotFound()
    return layout.render(
        "items/revision.html",
        page=page,
        older=older,
        differs=revision_changes(older, page.context.revision),
        names=label_function(page),
        marks=Marks(older.draft, ()),
        **page_variables(page, older),
    )


def stale_act_page(item_id: int, refused: DomainError, typed: str) -> ResponseReturnValue:
    """The item page after an act that is not open any more: why, and what was typed."""
    return item(item_id, None, refused.status, kept_says=refused.says, kept=typed)


def item(item_id: int, answer: RefusedForm | None = None, status: int = 200, **more: Any) -> ResponseReturnValue:
    """The item page; `answer` is the form and message of a POST that was refused."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    page = replace(page, statements=_in_page_order(page))
    context = page_variables(page)
    shown_places = [place.at for section in context["sections"] for place in section.places]
    cases = case_queries.for_item(
        session(), page.context.item, also=case_queries.exception_of(page.context, page.sources.values())
    )
    mails = mail_threads.approved_beside(session(), page.context)
    revealed = seeded.revealed_defect(page)
    beside = draft_package.for_item(session(), page.context, page.sources, page.actor)
    gaps = ask_sales.standing(session(), page.context, beside.question, page.newest)
    out = release_queries.panel(session(), page.context, page.actor, now(), mail=bool(settings().mail()), cases=cases)
    return layout.page(
        "items/item.html",
        status,
        page=page,
        answer=answer,
        names=label_function(page),
        history=[
            row for row in item_history.history(page) if revealed is None or revealed.named or row.decision is None
        ],
        forms=decision_forms.act_forms(page, answer),
        needed=decision_forms.text_needed,
        about=item_exceptions(page, cases),
        beside=beside,
        marks=Marks(page.context.revision.draft, page.statements, shown_places, passages=page.context.passages),
        movable=change_policy.movable(page.context, page.actor),
        **context,
        **more,
        look_why=acknowledge_change.refusal(page.context, page.actor) if page.context.unsettled.changes else "",
        look_reasons=page.context.policy.look_reasons(page.context.gate) if page.context.gate else (),
        look_needs_text=acknowledge_change.needs_text(page.context),
        look_left=lambda one, looks: acknowledge_change.missing_looks(
            page.context, one, {look.person_id for look in looks}
        ),
        release=out,
        sent=mail_threads.sent_before(page.context, out.out.row if out else None, mails),
        writes=destinations.dry_run(session(), page.context),
        planted=revealed,
        earlier=earlier_messages.of_item(session(), page.context.item, page.context.gate, mails)
        if page.context.has_earlier
        else (),
        passed_over=active_overrides(page, now()),
        can_answer=lambda one: corrections.reads(one.owner_role, page.actor),
        after=rejections.before(session(), page.context),
        comes_next=lambda choice: ways_on.told(page.context.policy, choice),
        after_all=ways_on.after_all(session(), page.context, page.actor),
        drafts_again=draft_again.may_ask(page.context, page.actor),
        newer=newer_version.standing(session(), page.context, page.actor, now()),
        why_not_again=draft_again.why_not_again(session(), page.context),
        lane_now=policy_versions.version(session(), page.context.in_force).lane(page.context.item.lane),
        gaps=gaps,
        unnamed_owner=crm_owners.unnamed(page.context, page.sources),
        asks_sales=ask_sales.offered(page.context, page.actor, gaps, page.addresses),
    )


def active_overrides(page: ItemPage, at: datetime) -> dict[str, Decision]:
    """The decisions whose override holds at `at`, by the key of each failed check they cover."""
    context = page.context
    counting = counting_decisions(context.decisions, context.revision, at, context.changes_seen)
    return {key: made for made in counting if made.action == "override" for key in made.passes}


def _in_page_order(page: ItemPage) -> list[Statement]:
    """The statements in the reading order of this page."""
    context, draft = page.context, page.context.revision.draft
    packet = draft_layout.shape(context.item.kind, draft) == "packet"
    return draft_layout.in_order(
        page.statements, draft, draft_layout.sections(context.policy, draft, ()) if packet else ()
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


def item_exceptions(page: ItemPage, cases: Sequence[tuple[ExceptionCase, bool]]) -> ItemExceptions:
    """The exceptions to show for an item, from those of its onboarding in `cases`."""
    context, policy = page.context, page.context.policy
    started = case_queries.exception_of(context, page.sources.values())
    answered = next((case for case, _ in cases if case.id == started), None)
    relevant = [(case, linked) for case, linked in cases if linked or (case.blocking and case.resolved_at is None)]
    lines = [(case, linked, case_queries.sees(policy, case, page.actor)) for case, linked in relevant]
    may_have_cases = context.item.state in vocabulary.OPEN and context.item.kind != POLICY_CHANGE
    opens = may_have_cases and access.has_ability(effective_roles(page.actor), "open an exception")
    standing = {case.category for case, _ in relevant if case.resolved_at is None}
    proposed: dict[str, list[str]] = {}
    for check in context.checks if opens else ():
        category = policy.exceptions.of_check(check.key) if check.outcome == "fail" else None
        if category is not None and category.key not in standing:
            proposed.setdefault(category.key, []).append(check.key)
    proposes = [(one, proposed[one.key]) for one in policy.exceptions.category if one.key in proposed]
    return ItemExceptions(
        lines, opens, proposes, (answered, case_queries.sees(policy, answered, page.actor)) if answered else None
    )


def page_variables(page: ItemPage, older: Revision | None = None) -> dict[str, Any]:
    """What every page about an item needs beside the item page itself, as template variables."""
    context, draft = page.context, (older or page.context.revision).draft
    checks = () if older else context.checks
    form = draft_layout.shape(context.item.kind, draft)
    cited = {one.ref: one.number for one in reversed(page.statements)}
    known = () if older else page.statements
    reads = read_values.of_packet(context.policy, context.item.lane, draft, known, page.sources)
    return {
        "context": context,
        "item": context.item,
        "gate": context.gate,
        "lane": context.policy.lane(context.item.lane),
        "destination": released_to(context.policy, context.gate, context.item.kind),
        "reading": form,
        "draft": draft,
        "invites": meeting_invitations.shown(draft, page.zone),
        "drafts": draft_layout,
        "sections": draft_layout.sections(context.policy, draft, checks, reads) if form == "packet" else [],
        "failing": evaluation.failing_checks(context.situation),
        "sources": sorted(page.sources.items(), key=lambda held: cited.get(held[0], len(page.statements) + 1)),
        "reason": _reasons(page),
        "topics": TOPICS,
        "dates": decision_forms.override_dates(context, now()),
        "askers": asked_drafts.askers(session(), context),
        "open": context.item.state in vocabulary.OPEN,
        "slow": bool(context.situation.running) and now() - context.revision.made_at > SLOW_AFTER,
        "listed": queue_navigation.list_position(session(), context.item, page.actor),
        "what": {key: web_formatting.capital(says) for key, says in replay.DIFFERENCE_KINDS.items()},
        "words": formatting,
        "decided_since": replay.decisions_since(session(), draft.get("replay", {})) if form == "rules" else None,
        "stuck": sla.stuck,
        "leases": page.context.gate is not None
        and bool(evaluation.acting_role(page.context.gate, context.situation, page.actor)),
        "takes_over": access.has_ability(page.actor.roles, "take over a lease"),
    }


def _reasons(page: ItemPage) -> Callable[[str], str]:
    known = {reason.code: reason.label for reason in page.context.policy.reasons}
    return lambda code: known.get(code, code)


def url_of(item_id: int, number: int) -> str:
    """The address of a revision."""
    return url_for("items.revision", item_id=item_id, number=number)


def label_function(page: ItemPage) -> Callable[[str], str]:
    """A function from pointers into this item's draft to their labels."""
    return lambda at: draft_layout.labels(page.context.policy, page.context.item.kind, at)


def revision_changes(older: Revision, newer: Revision) -> list[DraftChange]:
    """What changed from one revision to another, the title first."""
    moves = count(1)
    title = DraftChange("/title", "changed", "/title", merged_markup(older.title, newer.title, moves))
    return [
        *([title] if older.title != newer.title else ()),
        *changes(draft_layout.in_reading_order(older.draft), draft_layout.in_reading_order(newer.draft), moves),
    ]


def changes_since(page: ItemPage, digest: str) -> tuple[Revision | None, list[DraftChange]]:
    """(the revision that was seen, or None when it is none of this item's; what changed since)."""
    seen = next((found for found in page.context.revisions if found.digest == digest), None)
    return seen, revision_changes(seen, page.context.revision) if seen else []
