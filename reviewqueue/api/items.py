"""The API calls on items: submit, list, read, revise, withdraw, report what was sent. None of them decides."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from urllib.parse import urlencode

from flask import Response
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag

from reviewqueue.api import idempotency, item_queries, requests, responses, schemas
from reviewqueue.api.authentication import body_digest, requires_scope
from reviewqueue.core import vocabulary
from reviewqueue.core.errors import NotFound
from reviewqueue.db.tables import base
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import receipt_keys, receipts, sent_reports
from reviewqueue.exceptions import changed_deals
from reviewqueue.items import intake, repeats
from reviewqueue.items.intake import IdempotencyKey
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import ask_sales, submitted_deals
from reviewqueue.people.access import Caller
from reviewqueue.web.errors import PROBLEM
from reviewqueue.web.extensions import now, session, settings, stopping

ROOT = "/api/v1"
_PROBLEM = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _problem_responses(*statuses: int) -> dict[str | int, Any]:
    return {status: dict(_PROBLEM) for status in statuses}


calls = APIBlueprint(
    "api",
    __name__,
    url_prefix=ROOT,
    abp_tags=[Tag(name="items", description="Drafts that wait at a gate, and what became of them.")],
    abp_responses=_problem_responses(401, 403, 422, 500, 503),
)


@calls.post(
    "/items",
    operation_id="submit_item",
    responses={200: schemas.Standing, 201: schemas.Standing, **_problem_responses(400, 409, 413, 415)},
)
@requires_scope("items:write")
def submit(caller: Caller, header: requests.Repeat, body: requests.Submission) -> Response:
    """Submit a draft for a gate.

    A new draft for the same onboarding, kind and subject supersedes the pending one. With an Idempotency-Key, the same
    key and body get the first answer again, another body is refused (422), and one still running answers 409.

    The same message once more after its approval opens nothing: 200 with the approved item and a `notice`. With
    another text it is a new item (201), which holds the approved one until it is decided, and says so in `notice`.
    For a deal without an onboarding whose account has one that runs, RevOps is asked, and the answer is 409.
    """
    key = IdempotencyKey(header.key, body_digest()) if header.key is not None else None
    with idempotency.run_alone(caller.automation_id, header.key) if header.key is not None else nullcontext():
        stored_answer, _ = intake.submit(
            *(session(), caller, _submission(caller, body), now(), key),
            compare=changed_deals.compare,
            ask=submitted_deals.ask_about_second,
            follow=ask_sales.on_arrival,
        )
    nothing_opened = stored_answer.get("notice", {}).get("code") in repeats.NOTHING_OPENED
    return responses.answer(responses.submission_answer(stored_answer), 200 if nothing_opened else 201)


@calls.get("/items", operation_id="list_items", responses={200: schemas.Page})
@requires_scope("items:read")
def listing(caller: Caller, query: requests.Listing) -> Response:
    """The automation's own items, fifty a page, newest last."""
    narrowed = {"state": query.state, "gate": query.gate, "lane": query.lane}
    rows, last = item_queries.page(session(), caller, int(query.cursor or 0), **narrowed)
    applied = {name: value for name, value in narrowed.items() if value}
    next_link = responses.link(f"{ROOT}/items?{urlencode({**applied, 'cursor': last})}") if last else None
    return responses.answer({"items": [responses.list_line(row) for row in rows], "next": next_link})


@calls.get(
    "/items/<int:item_id>", operation_id="get_item", responses={200: schemas.ItemShown, **_problem_responses(404)}
)
@requires_scope("items:read")
def item(caller: Caller, path: requests.Place, query: requests.Waiting) -> Response:
    """One item whole. With `wait`, the answer is held until the item is decided or the seconds are over. Where too many
    are held already, it comes at once, with `Retry-After`: the seconds after which to ask again."""
    rest = 0
    if query.wait:
        seats = settings().threads // 2
        rest = idempotency.hold_until_decided(session(), caller, path.item_id, query.wait, seats=seats, over=stopping)
    own_item = _load_item(caller, path.item_id)
    answer = responses.answer(responses.full_item(own_item))
    if rest and own_item.context.item.state in vocabulary.UNDECIDED:
        answer.headers["Retry-After"] = str(rest)
    return answer


@calls.post(
    "/items/<int:item_id>/revisions",
    operation_id="revise_item",
    responses={201: schemas.Standing, **_problem_responses(400, 404, 409, 413, 415)},
)
@requires_scope("items:write")
def revise(caller: Caller, path: requests.Place, body: requests.Revision) -> Response:
    """Answer the revision whose digest is `based_on` with a new draft; 409 when another one is current by then."""
    context = intake.load_own(session(), caller, path.item_id, now())
    drafted = requests.to_draft(body, context.item.kind, body.title or context.revision.title)
    checks = requests.check_results(body, caller.automation)
    intake.revise(
        *(session(), caller, path.item_id, body.based_on, drafted, now()),
        checks=checks,
        confidence=body.confidence or "",
        compare=changed_deals.compare,
    )
    return responses.answer(responses.standing_answer(_load_item(caller, path.item_id)), 201)


@calls.post(
    "/items/<int:item_id>/withdrawal",
    operation_id="withdraw_item",
    responses={200: schemas.Standing, **_problem_responses(400, 404, 409, 413, 415)},
)
@requires_scope("items:write")
def withdraw(caller: Caller, path: requests.Place, body: requests.Withdrawal) -> Response:
    """Take an open item back, with a reason of ten visible characters or more."""
    intake.withdraw(session(), caller, path.item_id, body.reason, now())
    return responses.answer(responses.standing_answer(_load_item(caller, path.item_id)))


@calls.post(
    "/items/<int:item_id>/sent",
    operation_id="report_sent",
    responses={200: schemas.SentShown, **_problem_responses(400, 404, 413, 415)},
)
@requires_scope("items:write")
def was_sent(caller: Caller, path: requests.Place, body: requests.Sent) -> Response:
    """Say what was really sent of an item. The digest of what was approved makes it released; another one, or what
    went out unapproved or while something held it, is kept as well and opens an exception. The same report again
    changes nothing."""
    report = sent_reports.SentReport(body.digest, body.at, body.by)
    return responses.answer(
        responses.report_answer(sent_reports.record_report(session(), caller, path.item_id, report, now()))
    )


@calls.get(
    "/releases/<int:release_id>/receipt",
    operation_id="get_receipt",
    responses={200: schemas.Receipt, **_problem_responses(404, 409)},
)
@requires_scope("items:read")
def receipt(caller: Caller, path: requests.ReleasePlace) -> Response:
    """The signed receipt of what went out of your item: which content, to which destination, approved by whom under
    which policy, at which entry of the log. It is verified offline, by a published key."""
    reading = session()
    release = reading.get(Release, path.release_id)
    if release is None:
        raise NotFound()
    context = intake.load_own(reading, caller, release.item_id, now())
    return responses.answer(dict(receipts.signed(reading, context, release, settings())))


@calls.get("/receipt-keys", operation_id="list_keys", responses={200: schemas.ReceiptKeys})
@requires_scope("items:read")
def keys(caller: Caller) -> Response:
    """Every public key that ever signed a receipt, the newest first."""
    found = receipt_keys.published(session())
    return responses.answer({"keys": [{**vars(one), "since": base.moment(one.since)} for one in found]})


def _load_item(caller: Caller, item_id: int) -> item_queries.OwnItem:
    return item_queries.load_item(session(), caller, item_id, now(), mail=bool(settings().mail()))


def _submission(caller: Caller, body: requests.Submission) -> Submission:
    """The body as a submission to intake, with the system of the deal's own record."""
    deal = next((source for source in body.sources if source.id == body.onboarding.external_id), None)
    return Submission(
        lane=body.lane,
        drafted=requests.to_draft(body, body.kind, body.title),
        external_id=body.onboarding.external_id,
        customer=body.onboarding.customer,
        system=deal.system if deal else "",
        checks=requests.check_results(body, caller.automation),
        confidence=body.confidence or "",
        callback_url=body.callback_url or "",
        purpose=body.purpose or "",
    )
