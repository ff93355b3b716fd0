"""Surroundings: what a draft is weighed with: other customers named in it, and how its onboarding stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from reviewqueue.checks.message_rules import OnboardingState
from reviewqueue.db.tables.items import Check, Revision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.exceptions import exception_cases
from reviewqueue.exceptions.exception_cases import ExceptionRequest
from reviewqueue.items import check_context
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import DANA, INES, PRIYA
from tests.support.draft_chain import begun, draft, draftings, of_kind, plan_of, reach
from tests.support.executed_statements import hearing
from tests.world import World

OTHERS = ("Ostrander Property", "Cedar & Pike GmbH", "Brightwell", "Bank of the Lakes", "Ärzte Verbund")


def named(world: World, text: str, kind: str = "customer_email") -> tuple[str, ...]:
    """The customers that are found in a text."""
    with world.session() as session:
        return check_context.other_customers(session, DraftWithEvidence(kind, "", {"body": text}))


def failed(world: World, item_id: int) -> dict[str, str]:
    """The checks that fail on an item: key → message."""
    newest = select(Revision.id).where(Revision.item_id == item_id).order_by(Revision.number.desc()).limit(1)
    with world.session() as session:
        query = select(Check).where(Check.revision_id == session.scalar(newest), Check.outcome == "fail")
        return {one.key: one.message for one in session.scalars(query)}


@pytest.fixture
def crowd(world: World) -> World:
    """A world with other customers."""
    for customer in OTHERS:
        world.submit(drafts.email(drafts.deal(customer)))
    return world


def test_other_customers_are_found_by_their_names(crowd: World) -> None:
    """As they stand, without their legal form, at the start of a sentence, in capitals; prose names nobody."""
    table = {
        "As we did for Ostrander Property last month": ("Ostrander Property",),
        "Ostrander Property’s go-live": ("Ostrander Property",),
        "The people at Cedar & Pike, and Ostrander Property, say so.": ("Cedar & Pike GmbH", "Ostrander Property"),
        "We know Cedar & Pike GmbH. Brightwell too": ("Brightwell", "Cedar & Pike GmbH"),
        "OSTRANDER PROPERTY WILL": ("Ostrander Property",),
        "the Bank of the Lakes asked": ("Bank of the Lakes",),
        "Wie beim Ärzte Verbund": ("Ärzte Verbund",),
        "brightwell-lit rooms of an ostrander property": (),
        "": (),
    }
    assert {text: named(crowd, text) for text in table} == table
    assert named(crowd, "Ostrander Property", "trigger_question") == ()


def test_a_name_of_another_customer_stops_a_message(crowd: World) -> None:
    """When it is submitted and when it is edited; its own name does not."""
    body = drafts.BODY.replace("choosing us", "choosing us, as Ostrander Property did")
    item = crowd.submit(drafts.email(body=body))
    assert "“Ostrander Property” is another customer." in failed(crowd, item)["secret.other-customer"]
    own = crowd.submit(drafts.email(drafts.deal("Ostrander Property"), body=body))
    assert "secret.other-customer" not in failed(crowd, own)
    clean = crowd.submit(drafts.email())
    assert not failed(crowd, clean)
    told = {**crowd.draft(clean), "body": body}
    crowd.decide(DANA, clean, "edit", draft=told)
    assert "secret.other-customer" in failed(crowd, clean)


def test_names_are_looked_up_in_one_bounded_statement(crowd: World) -> None:
    """However long the draft: never more than 256 names, one statement, along the index."""
    with hearing(crowd.engine) as heard:
        named(crowd, " ".join(f"Ask Peter{number} Miller{number} Junior{number} too." for number in range(3000)))
    [(_, bound)] = [one for one in heard if "onboardings" in one[0]]
    assert len(bound) <= 256 + 2
    if crowd.engine.dialect.name == "sqlite":
        with crowd.engine.connect() as connection:
            plan = connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT DISTINCT customer FROM onboardings WHERE customer_key IN ('a', 'b') LIMIT 40"
            )
            assert any("ix_onboardings_customer_key_id" in row[3] for row in plan)


def block(world: World, onboarding_id: int, category: str = "no-customer-owner") -> int:
    """Open an exception about an onboarding."""
    said = ExceptionRequest(
        category, "Nobody is in charge", "Nobody on their side answers.", onboarding_id=onboarding_id
    )
    with world.session() as session:
        return exception_cases.open_case(session, PRIYA.id, said, world.now)


def stands(world: World, template: str = "task-reminder", kind: str = "task_reminder") -> OnboardingState:
    """How the first onboarding stands."""
    with world.session() as session:
        lane = policy_versions.current(session).lane(drafts.LANE)
        assert lane is not None
        return check_context.onboarding_state(session, lane, kind, 1, template)


def test_how_an_onboarding_stands(world: World) -> None:
    """Its open exceptions, whether one blocks, and whether first value is reached; read only where a rule asks."""
    begun(world)
    assert stands(world) == check_context.OnboardingState("task-reminder", "mid-market")
    block(world, 1, "timeline-risk")
    assert (stands(world).exceptions, stands(world).blocked) == (("timeline-risk",), False)
    block(world, 1)
    assert (stands(world).exceptions, stands(world).blocked) == (("no-customer-owner", "timeline-risk"), True)
    assert stands(world, "welcome", "customer_email") == check_context.OnboardingState("welcome")
    assert stands(world, "", "handoff_packet") == check_context.OnboardingState("")


def test_first_value_is_reached_with_the_last_milestone_of_that_layer(world: World) -> None:
    begun(world)
    draft(world)
    [plan] = of_kind(world, "project_plan")
    world.decide(INES, plan.id, "approve")
    value = [one for one in plan_of(world) if one.layer == "customer value"]
    assert value
    for one in value:
        assert stands(world).finished is False
        reach(world, one)
    assert stands(world).finished is True


def test_what_the_lane_holds_back_is_not_drafted(world: World) -> None:
    """The onboarding's page says why, with the line of the rule; what is submitted all the same fails its check."""
    begun(world)
    block(world, 1)
    draft(world)
    [brief] = of_kind(world, "kickoff_brief")
    world.decide(DANA, brief.id, "approve")
    draft(world)
    held = draftings(world)["kickoff-scheduling"]
    assert (held.state, held.item_id) == ("skipped", None)
    assert held.says.startswith("Held back: an exception blocks this onboarding")
    assert "(lanes/mid-market-saas.toml:" in held.says
    told = drafts.email(drafts.Deal(*_deal(world)))
    reminder = replace(told, drafted=replace(told.drafted, kind="task_reminder"))
    assert "message.suppressed" in failed(world, world.submit(reminder))
    assert "message.suppressed" not in failed(world, world.submit(told))


def _deal(world: World) -> tuple[str, str]:
    """The deal of the first onboarding."""
    with world.session() as session:
        onboarding = session.get_one(Onboarding, 1)
        return onboarding.external_id, onboarding.customer
