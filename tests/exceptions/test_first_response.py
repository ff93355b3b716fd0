"""Responses: answering an exception starts the draft that its category names, written from the exception's own words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import Conflict, Forbidden
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem
from reviewqueue.db.tables.items import Check, Item, Revision
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import case_actions, case_queries, exception_cases, first_response
from reviewqueue.exceptions.exception_cases import ExceptionRequest
from reviewqueue.items import intake, item_context
from reviewqueue.policy import loading, policy_versions, validate_gates
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, LENA, PRIYA, SAM, TOM, Named
from tests.world import World

ANSWER = "I ask Rosa today which of the two depots comes first."
SAID = "Piet told Dana that the second depot has no network before May."


def opens(world: World, person: Named, item: int | None, category: str) -> int:
    """A person opens an exception about an item."""
    said = ExceptionRequest(category, "The second depot has no network", SAID, item_id=item)
    with world.session() as session:
        return exception_cases.open_case(session, person.id, said, world.now)


def respond(world: World, person: Named, case_id: int, *, starts: bool = True, text: str = ANSWER) -> int | None:
    """A person answers; the item it started."""
    with world.session() as session:
        return case_actions.respond(session, person.id, case_id, text, world.now, starts=starts)


def answering(world: World, session: Session, item: int | None) -> int:
    """The exception whose first response started an item; 0 for none."""
    context = item_context.load(session, item or 0, world.now)
    return case_queries.exception_of(context, source_records.of_revision(session, context.revision.id).values())


def started(world: World, case_id: int, person: Named) -> list[tuple[int, bool]]:
    """What the exception's page lists as started: (item, hidden)."""
    with world.session() as session:
        page = case_queries.load_page(session, case_id, person.id, world.now)
        return [(one.item.id, one.hidden) for one in page.started]


# category, who answers, the kind it starts, the gate, where the message goes
STARTS = [
    ("missing-business-outcome", LENA, "sales_question", "handoff-quality", [LENA.email]),
    ("non-standard-promise", HELEN, "sales_question", "handoff-quality", [LENA.email]),
    ("technical-integration-blocker", INES, "internal_alert", "customer-communication", [INES.email]),
    ("no-customer-owner", DANA, "sales_question", "handoff-quality", [LENA.email]),
    ("timeline-risk", TOM, "risk_summary", "risk-escalation", None),
    ("product-gap", HELEN, "risk_summary", "risk-escalation", None),
]


@pytest.mark.parametrize(("category", "person", "kind", "gate", "to"), STARTS, ids=[row[0] for row in STARTS])
def test_each_category_starts_its_own(
    world: World, category: str, person: Named, kind: str, gate: str, to: list[str] | None
) -> None:
    """At its gate, written by who answered, from the exception's words, each of them cited and found in its source."""
    item = world.submit(drafts.email())
    case_id = opens(world, DANA, item, category)
    made = respond(world, person, case_id)
    assert made is not None
    row, draft = world.item(made), world.draft(made)
    assert (row.kind, row.gate, row.onboarding_id) == (kind, gate, world.item(item).onboarding_id)
    assert draft.get("to") == to
    assert draft["subject"].endswith("(exception #1)")
    whole = json.dumps(draft)
    assert all(words in whole for words in (ANSWER, "The second depot has no network", "Kickoff invitation"))
    with world.session() as session:
        revision = session.scalars(select(Revision).where(Revision.item_id == made)).one()
        checks = {
            one.key: one.outcome for one in session.scalars(select(Check).where(Check.revision_id == revision.id))
        }
    assert revision.author_person_id == person.id
    assert checks["evidence.citation"] == "pass"
    assert started(world, case_id, person) == [(made, False)]
    with world.session() as session:
        assert answering(world, session, made) == case_id
        assert answering(world, session, item) == 0
    respond_entry, submit_entry = world.log()[-2:]
    assert json.loads(respond_entry.body)["facts"]["started"] == made
    assert (submit_entry.act, submit_entry.actor, submit_entry.item_id) == ("item.submit", person.actor, made)
    assert world.verify().holds


def test_it_is_somebody_elses_to_decide(world: World) -> None:
    """Who answered wrote it: Helen's risk summary is not Helen's to approve, and a group's or a manager's later."""
    case_id = opens(world, DANA, world.submit(drafts.email()), "product-gap")
    made = respond(world, HELEN, case_id)
    assert made is not None
    with pytest.raises(Forbidden, match="own work"):
        world.decide(HELEN, made, "approve")


@pytest.mark.parametrize("why", ["not asked for", "a category that starts none", "a lane that takes no such kind"])
def test_where_nothing_is_started_the_answer_stands(world: World, why: str) -> None:
    """The control: the answer is recorded, and there is no item more."""
    if why.startswith("a lane"):
        files = northbeam.files()
        files["exceptions.toml"] = files["exceptions.toml"].replace("sales_question", "phone_call")
        (warning, *_) = validate_gates.warnings(loading.load(files))
        assert "starts 'phone_call', which no lane takes" in warning.message
        with world.session() as session:
            policy_versions.activate(session, files, SAM.actor, world.now)
    category = "billing-or-contract-mismatch" if why.startswith("a category") else "no-customer-owner"
    case_id = opens(world, DANA, world.submit(drafts.email()), category)
    items = world.count(Item)
    assert respond(world, PRIYA, case_id, starts=why != "not asked for") is None
    assert world.count(Item) == items
    assert world.log()[-1].act == "exception.respond"
    assert started(world, case_id, PRIYA) == []


def test_an_exception_about_no_onboarding_starts_nothing(world: World) -> None:
    with world.session() as session:
        case = session.get(ExceptionCase, opens(world, DANA, world.submit(drafts.email()), "product-gap"))
        assert case is not None
        assert first_response.draft_kind(session, case) is not None
        case.onboarding_id = None
        assert first_response.draft_kind(session, case) is None
        session.rollback()


def test_what_is_started_is_not_what_it_is_about(world: World) -> None:
    """Resolving decides about the items in the way; the draft of the answer goes its own way."""
    item = world.submit(drafts.email())
    case_id = opens(world, DANA, item, "timeline-risk")
    made = respond(world, TOM, case_id)
    with world.session() as session:
        assert list(session.scalars(select(ExceptionItem.item_id))) == [item]
    assert made not in (None, item)


def test_it_takes_no_other_drafts_place(world: World) -> None:
    """An open risk summary of the same onboarding stays: another subject."""
    about = drafts.deal()
    item = world.submit(drafts.email(about))
    other = drafts.email(about)
    risk = world.submit(
        replace(
            other, drafted=replace(other.drafted, kind="risk_summary", draft={"summary": "No network"}, citations=())
        )
    )
    respond(world, TOM, opens(world, DANA, item, "timeline-risk"))
    assert world.item(risk).state == "pending"


def test_twice_is_once(world: World) -> None:
    """A second answer is refused, and starts nothing."""
    case_id = opens(world, DANA, world.submit(drafts.email()), "timeline-risk")
    respond(world, TOM, case_id)
    items = world.count(Item)
    with pytest.raises(Conflict):
        respond(world, HELEN, case_id)
    assert world.count(Item) == items


def test_an_automation_that_cites_an_exception_started_nothing(world: World) -> None:
    """What is on the page as started was written by a person who answered."""
    case_id = opens(world, DANA, world.submit(drafts.email()), "timeline-risk")
    fake = drafts.email()
    sources = {
        **fake.drafted.sources,
        "exception": Source("reviewqueue", "exception", str(case_id), {"number": case_id}),
    }
    with world.session() as session:
        answer, _ = intake.submit(
            session, world.caller, replace(fake, drafted=replace(fake.drafted, sources=sources)), world.now
        )
        assert answering(world, session, answer["id"]) == 0
    assert started(world, case_id, TOM) == []


def test_who_answered_sees_what_it_started(world: World) -> None:
    """Ines does not see the messages of customers: she sees this one, which she wrote; so does an auditor."""
    case_id = opens(world, DANA, world.submit(drafts.email()), "technical-integration-blocker")
    made = respond(world, INES, case_id)
    assert started(world, case_id, INES) == [(made, False)], "she wrote it"
    assert started(world, case_id, AIKO) == [(made, False)]
