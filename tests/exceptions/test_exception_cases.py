"""Exceptions: opened by escalating or by a person, one named owner, a clock that escalates it once, and an end that says
what happens to the items."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db import paging
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem, ExceptionNote
from reviewqueue.db.tables.log import LogEntry, LogText
from reviewqueue.exceptions import case_actions, case_queries, escalate_overdue, exception_cases
from reviewqueue.exceptions.exception_cases import ExceptionRequest
from reviewqueue.items import item_context
from reviewqueue.people import actors, users
from reviewqueue.policy import policy_versions
from reviewqueue.review import decisions, resolve_exception
from reviewqueue.review.resolve_exception import Resolution, ResolveResult
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, INES, JONAS, MARCUS, NOOR, PRIYA, RAVI, SAM, TOM, Named
from tests.lanes.test_proposals import propose
from tests.support import concurrency
from tests.web.conftest import text_of
from tests.world import World

WORDS = "The go-live date cannot hold."
MONDAY_TWO = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # four business hours after the world's now
TUESDAY_FIVE = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)  # sixteen of them


def only(world: World) -> ExceptionCase:
    """The one exception there is."""
    with world.session() as session:
        return session.scalars(select(ExceptionCase)).one()


def case(world: World, case_id: int) -> ExceptionCase:
    """An exception's row as it is now."""
    with world.session() as session:
        return session.get_one(ExceptionCase, case_id)


def notes(world: World, case_id: int = 1) -> list[tuple[str, str, str]]:
    """The conversation: (actor, kind, text)."""
    query = select(ExceptionNote).where(ExceptionNote.exception_id == case_id).order_by(ExceptionNote.id)
    with world.session() as session:
        return [(one.actor, one.kind, one.text) for one in session.scalars(query)]


def last_note(world: World, case_id: int = 1) -> int:
    """The last note on somebody's page."""
    with world.session() as session:
        query = select(ExceptionNote.id).where(ExceptionNote.exception_id == case_id)
        return max(session.scalars(query))


def entries(world: World, start: str = "exception.") -> list[tuple[str, str, int | None]]:
    """What the log says of exceptions: (actor, act, item)."""
    return [(one.actor, one.act, one.item_id) for one in world.log() if one.act.startswith(start)]


def facts(world: World, act: str) -> dict[str, Any]:
    """The facts of the newest entry of that act."""
    found: dict[str, Any] = json.loads([one for one in world.log() if one.act == act][-1].body)["facts"]
    return found


def opens(world: World, person: Named, item: int | None, category: str = "product-gap", **more: Any) -> int:
    """A person opens an exception about an item."""
    whole: dict[str, Any] = {"category": category, "summary": "No offline mode", "text": WORDS, "item_id": item}
    with world.session() as session:
        return exception_cases.open_case(session, person.id, ExceptionRequest(**{**whole, **more}), world.now)


def do(world: World, person: Named, act: str, case_id: int = 1, text: str = WORDS, **more: Any) -> Any:
    """A person does something with an exception; raises what the verb raises."""
    now, seen = more.get("now", world.now), more.get("seen")
    with world.session() as session:
        if act == "respond":
            return case_actions.respond(session, person.id, case_id, text, now, seen)
        if act == "note":
            return case_actions.note(session, person.id, case_id, text, now)
        if act == "move":
            return case_actions.reassign(session, person.id, case_id, more.get("to", "person:6"), text, now, seen)
        if act == "pause":
            waits = more.get("waits", "waiting_for_customer")
            return case_actions.pause(session, person.id, case_id, waits, text, now, seen)
        if act == "resume":
            return case_actions.resume(session, person.id, case_id, text, now, seen)
        said = Resolution(more.get("outcome", "decided_here"), text, more.get("reason", ""), more.get("drafts"))
        return resolve_exception.resolve(session, person.id, case_id, said, now, seen)


def tick(world: World, now: datetime) -> int:
    """The clock comes by."""
    with world.session() as session:
        return escalate_overdue.escalate(session, now)


def visible(world: World, person: Named, case_id: int = 1) -> bool:
    """Whether the person sees it; the page and the verb are asked alike."""
    with world.session() as session:
        try:
            case_queries.load_page(session, case_id, person.id, world.now)
        except NotFound:
            return False
    return True


@pytest.fixture
def escalated(world: World) -> int:
    """A customer e-mail that Dana escalated for the timeline: exception 1, Tom's."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate", text=WORDS)
    return item


def test_escalating_opens_one(world: World, escalated: int) -> None:
    """The reason's category, its first named owner, both due times in business hours, the words, and one log entry."""
    found = only(world)
    assert (found.category, found.owner_id, found.owner_role, found.state) == (
        "timeline-risk",
        TOM.id,
        "manager",
        "open",
    )
    assert (found.respond_by, found.due_at, found.blocking) == (MONDAY_TWO, TUESDAY_FIVE, False)
    assert (found.opened_by, found.customer, found.summary) == (DANA.actor, world.item(escalated).customer, WORDS)
    assert [(who, kind) for who, kind, _ in notes(world)] == [(DANA.actor, "opened"), ("system:exceptions", "note")]
    assert notes(world)[0][2] == WORDS
    assert "exceptions.toml:" in notes(world)[1][2]
    assert entries(world) == [(DANA.actor, "exception.open", escalated)]
    assert [one.act for one in world.log(escalated)] == ["item.submit", "item.escalate", "exception.open"]
    assert world.verify().holds


@pytest.mark.parametrize(
    ("says", "reason", "without", "category", "because"),
    [
        (
            "the reason says which",
            "commercial-mismatch",
            ("customer_owner",),
            "billing-or-contract-mismatch",
            "reason ",
        ),
        (
            "else nothing does and the policy's otherwise holds",
            "other",
            (),
            "non-standard-promise",
            "no reason or check",
        ),
        (
            "else the first failed check does",
            "other",
            ("customer_owner",),
            "no-customer-owner",
            "check field.customer_o",
        ),
    ],
)
def test_why_this_category(
    world: World, says: str, reason: str, without: tuple[str, ...], category: str, because: str
) -> None:
    """An escalation always finds a category, and says which rule named it."""
    item = world.submit(drafts.packet(without=without))
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        chosen, why = exception_cases.category_for(context, reason)
    assert chosen is not None
    assert chosen.key == category, says
    assert because in why
    assert "exceptions.toml:" in why


def test_a_second_escalation_joins(world: World) -> None:
    """One open exception for an onboarding and category: the second item is linked, its words join, nobody new is asked."""
    deal = drafts.deal("Harbour Mills")
    first, second = world.submit(drafts.email(deal)), world.submit(drafts.plan(deal))
    world.decide(DANA, first, "escalate", text=WORDS)
    world.decide(INES, second, "escalate", text="The plan cannot hold either.")
    assert world.count(ExceptionCase) == 1
    assert world.count(ExceptionItem) == 2
    assert [text for who, _, text in notes(world) if who == INES.actor] == ["The plan cannot hold either."]
    assert entries(world) == [(DANA.actor, "exception.open", first), (INES.actor, "exception.note", second)]


def test_another_customer_has_its_own(world: World, escalated: int) -> None:
    """The control of joining: another onboarding, or another category, opens another."""
    other = world.submit(drafts.email())
    world.decide(DANA, other, "escalate")
    world.decide(DANA, world.submit(drafts.email()), "escalate", reason_code="sensitive-account")
    assert world.count(ExceptionCase) == 3
    assert case(world, 3).category == "non-standard-promise"
    assert case(world, 3).blocking


def test_an_older_policy_opens_none(world: World) -> None:
    """An item whose policy knows no exceptions is escalated as it always was."""
    files = {name: text for name, text in northbeam.files().items() if name != "exceptions.toml"}
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    world.decide(DANA, world.submit(drafts.email()), "escalate")
    assert world.count(ExceptionCase) == 0


def test_a_change_of_the_policy_opens_none(world: World) -> None:
    """The rules themselves stand in no customer's way: escalating them goes to others, and that is all."""
    item = propose(world, PRIYA)
    assert world.decide(JONAS, item, "escalate", reason_code="rules-wide-effect").state == "escalated"
    assert world.count(ExceptionCase) == 0


def test_a_person_opens_one(world: World) -> None:
    """From an item or from the onboarding as a whole; the same category is joined, and the owner is the role's."""
    item = world.submit(drafts.email())
    assert opens(world, DANA, item) == 1
    assert only(world).owner_id == RAVI.id
    onboarding = world.item(item).onboarding_id
    assert opens(world, DANA, None, onboarding_id=onboarding) == 1
    assert opens(world, DANA, None, "timeline-risk", onboarding_id=onboarding) == 2
    assert [act for _, act, _ in entries(world)] == ["exception.open", "exception.note", "exception.open"]


@pytest.mark.parametrize(
    ("says", "person", "more", "refusal"),
    [
        ("no such category", DANA, {"category": "weather"}, Invalid),
        ("a summary nobody can read", DANA, {"summary": "\u200b\u3164"}, Invalid),
        ("words too few to see", DANA, {"text": "short" + "\u200b" * 20}, Invalid),
        ("an auditor changes nothing", AIKO, {}, Forbidden),
        ("who does not see the item finds none", NOOR, {}, NotFound),
        ("an item that is not there", DANA, {"item_id": 999}, NotFound),
        ("an onboarding that is not there", DANA, {"item_id": None, "onboarding_id": 999}, NotFound),
        ("nothing at all to be about", DANA, {"item_id": None}, NotFound),
    ],
)
def test_what_is_not_opened(
    world: World, says: str, person: Named, more: dict[str, Any], refusal: type[DomainError]
) -> None:
    """Each refusal names its place, and leaves nothing behind."""
    item = world.submit(drafts.email())
    before = world.everything()
    with pytest.raises(refusal):
        opens(world, person, item, **more)
    assert world.everything() == before, says


def test_the_accounts_own_person_comes_first(world: World) -> None:
    """Where the account's owner holds one of the category's roles, it is theirs, unless they are away."""
    item = world.submit(drafts.email())
    with world.owner() as engine, engine.begin() as connection:
        connection.execute(sa.text("UPDATE onboardings SET owner_id = 4"))
    opens(world, DANA, item, "no-customer-owner")
    assert only(world).owner_id == MARCUS.id


# (what it shows, who, act, what else, which refusal; none where it is done)
DONE: list[tuple[str, Named, str, dict[str, Any], type[DomainError] | None]] = [
    ("its owner answers first", TOM, "respond", {}, None),
    ("whom it would escalate to may as well", HELEN, "respond", {}, None),
    ("RevOps works on every exception", PRIYA, "respond", {}, None),
    ("an auditor reads and does nothing", AIKO, "respond", {}, Forbidden),
    ("who opened it may add a note", DANA, "note", {}, None),
    ("who opened it does nothing else", DANA, "resolve", {}, Forbidden),
    ("to everybody else it is not there", NOOR, "note", {}, NotFound),
    ("an admin is everybody else here", SAM, "note", {}, NotFound),
    ("an answer has words", TOM, "respond", {"text": "ok"}, Invalid),
    ("a move has a reason", TOM, "move", {"text": " " * 40}, Invalid),
    ("to a named person", TOM, "move", {"to": "person:5"}, None),
    ("to a role: the next named person of it", TOM, "move", {"to": "role:finance"}, None),
    ("not to whom it is with", TOM, "move", {"to": "person:7"}, Invalid),
    ("not to nobody", TOM, "move", {"to": "person:999"}, Invalid),
    ("not to an auditor", TOM, "move", {"to": "person:11"}, Invalid),
    ("not to what is no person", TOM, "move", {"to": "the cat"}, Invalid),
    ("waiting for the customer", TOM, "pause", {}, None),
    ("not waiting for the weather", TOM, "pause", {"waits": "waiting_for_weather"}, Invalid),
    ("what runs is not resumed", TOM, "resume", {}, Conflict),
    ("an end needs an outcome", TOM, "resolve", {"outcome": ""}, Invalid),
    ("and words", TOM, "resolve", {"text": "done"}, Invalid),
    ("the end", TOM, "resolve", {}, None),
]


@pytest.mark.parametrize(("says", "person", "act", "more", "refusal"), DONE)
def test_who_does_what(
    world: World,
    escalated: int,
    says: str,
    person: Named,
    act: str,
    more: dict[str, Any],
    refusal: type[DomainError] | None,
) -> None:
    """Each act is one note and one log entry of that act; each refusal leaves nothing behind."""
    before, size = world.everything(), len(world.log())
    if refusal is not None:
        with pytest.raises(refusal) as raised:
            do(world, person, act, **more)
        assert type(raised.value) is refusal, says
        assert world.everything() == before, says
        return
    do(world, person, act, **more)
    fresh = world.log()[size:]
    assert (fresh[0].actor, fresh[0].act) == (person.actor, f"exception.{act}"), says
    assert len(fresh) == (2 if act == "resolve" else 1)
    assert notes(world)[-1][0] == person.actor
    assert WORDS in notes(world)[-1][2]
    assert WORDS not in "".join(one.body for one in fresh), "a person's words are sealed, not written"
    assert world.verify().holds


def test_forbidden_and_absent_look_alike(world: World, escalated: int) -> None:
    """Who may not see it is told the same as for one that is not there; and who may is in one list."""
    assert {one.name for one in EVERYBODY if visible(world, one)} == {
        person.name for person in (DANA, TOM, HELEN, PRIYA, EVERYBODY[1], AIKO)
    }
    for person in (NOOR, SAM, INES):
        with pytest.raises(NotFound) as there:
            do(world, person, "note")
        with pytest.raises(NotFound) as absent:
            do(world, person, "note", 999)
        assert vars(there.value) == vars(absent.value)


def test_the_inbox_is_what_one_sees(world: World, escalated: int) -> None:
    """The list and the page agree for everybody, also on what was moved to a person or to a role."""
    opens(world, DANA, world.submit(drafts.email()), "billing-or-contract-mismatch")
    do(world, TOM, "move", to="person:5")
    for person in EVERYBODY:
        with world.session() as session:
            actor = actors.load_actor(session, person.id, world.now)
            listed = case_queries.page(session, actor, case_queries.CaseFilters("open"), paging.FIRST, world.now).rows
        assert {found.id for found, _ in listed} == {one for one in (1, 2) if visible(world, person, one)}, person
    assert visible(world, INES)
    assert not visible(world, INES, 2)


def test_the_first_response(world: World, escalated: int) -> None:
    """It stands beside its time, is given once, and the clock of the resolution runs on."""
    do(world, TOM, "respond", now=world.now + timedelta(hours=1))
    found = only(world)
    assert (found.state, found.responded_at) == ("responded", world.now + timedelta(hours=1))
    assert facts(world, "exception.respond")["in_time"] is True
    with pytest.raises(Conflict, match="given already"):
        do(world, HELEN, "respond")


def test_a_pause_stops_the_clock(world: World, escalated: int) -> None:
    """While it waits nothing is overdue; then what was not due yet is due later by the business time it took."""
    do(world, TOM, "pause", waits="waiting_for_sales")
    with pytest.raises(Conflict, match="paused already"):
        do(world, TOM, "pause")
    assert tick(world, TUESDAY_FIVE + timedelta(days=3)) == 0
    do(world, TOM, "resume", now=world.now + timedelta(days=1))  # nine business hours later
    found = only(world)
    assert found.pause == ""
    assert found.respond_by == MONDAY_TWO + timedelta(days=1)
    assert found.due_at == TUESDAY_FIVE + timedelta(days=1)
    assert facts(world, "exception.resume")["due"] == moment(found.due_at)


def test_what_was_overdue_before_the_pause_stays_so(world: World, escalated: int) -> None:
    """A pause brings nothing back that was late already, and the clock does not act on it twice."""
    assert tick(world, MONDAY_TWO) == 1
    later = MONDAY_TWO + timedelta(minutes=30)
    do(world, HELEN, "pause", now=later)
    do(world, HELEN, "resume", now=later + timedelta(hours=1))
    assert only(world).respond_by == MONDAY_TWO
    assert tick(world, later + timedelta(hours=2)) == 0


def test_overdue_goes_up_once(world: World, escalated: int) -> None:
    """Not a second before; at the moment to the next named person; once for each due time; never resolved by it."""
    assert tick(world, MONDAY_TWO - timedelta(seconds=1)) == 0
    assert tick(world, MONDAY_TWO) == 1
    found = only(world)
    assert (found.owner_id, found.owner_role, found.step, found.overdue_at) == (HELEN.id, "cs_leader", 1, MONDAY_TWO)
    assert tick(world, MONDAY_TWO + timedelta(hours=1)) == 0
    assert tick(world, TUESDAY_FIVE) == 1, "the resolution is another due time"
    assert tick(world, TUESDAY_FIVE + timedelta(days=30)) == 0
    found = only(world)
    assert (found.state, found.step, found.resolved_at) == ("open", 2, None)
    clock = [one for one in entries(world) if one[1] == "exception.overdue"]
    assert clock == [("system:sla", "exception.overdue", None)] * 2
    assert [who for who, kind, _ in notes(world) if kind == "moved"] == ["system:sla"] * 2
    assert world.item(escalated).state == "escalated"
    assert world.verify().holds


def test_an_answered_one_waits_for_its_resolution(world: World, escalated: int) -> None:
    """The first response in time takes its clock away; the resolution's stays."""
    do(world, TOM, "respond")
    assert tick(world, MONDAY_TWO + timedelta(hours=2)) == 0
    assert tick(world, TUESDAY_FIVE) == 1


def test_nobody_above_is_said(world: World, escalated: int) -> None:
    """When nobody above is there it stays, says so, and the clock does not turn round on it."""
    do(world, TOM, "move", to=f"person:{HELEN.id}")
    assert tick(world, MONDAY_TWO) == 1
    assert only(world).owner_id == HELEN.id
    assert "nobody is there to escalate it to; it stays with Helen Strand" in notes(world)[-1][2]
    assert tick(world, MONDAY_TWO + timedelta(minutes=1)) == 0


def test_two_clocks_act_once(world: World, escalated: int) -> None:
    """Several workers come by at the same second: one of them acts."""
    assert sorted(concurrency.at_once(4, lambda _: tick(world, MONDAY_TWO))) == [0, 0, 0, 1]
    assert facts(world, "exception.overdue")["step"] == 1


def test_two_people_at_once(world: World, escalated: int) -> None:
    """Both resolve: one does, the other is told who did, and there is one resolution."""
    people = [TOM, HELEN]
    came = concurrency.at_once(2, lambda number: do(world, people[number], "resolve"))
    (won,) = [number for number, one in enumerate(came) if isinstance(one, ResolveResult)]
    lost = came[1 - won]
    assert isinstance(lost, Conflict)
    assert lost.who == people[won].name
    assert people[won].name in lost.says
    assert [kind for _, kind, _ in notes(world)].count("resolution") == 1


def test_what_was_read_is_what_is_answered(world: World, escalated: int) -> None:
    """Somebody wrote meanwhile: nothing is written, and who it was is said. A note goes beside another note."""
    seen = last_note(world)
    do(world, HELEN, "note", text="The customer called me this morning.")
    for act in ("respond", "move", "pause", "resolve"):
        with pytest.raises(Conflict, match="Helen Strand wrote here"):
            do(world, TOM, act, seen=seen)
    do(world, TOM, "note")
    do(world, TOM, "respond", seen=last_note(world))


def test_back_to_the_gate(world: World, escalated: int) -> None:
    """The item waits for its reviewers again, with a fresh clock and a log entry of its own, and may be approved."""
    ended = do(world, TOM, "resolve", outcome="back_to_gate", now=TUESDAY_FIVE)
    item = world.item(escalated)
    assert (ended.moved, dict(ended.stayed)) == ((escalated,), {})
    assert (item.state, item.due_at > TUESDAY_FIVE) == ("pending", True)
    assert "Tom Abara resolved exception #1" in item.why
    assert [one.act for one in world.log()[-2:]] == ["exception.resolve", "item.back_to_gate"]
    assert world.decide(MARCUS, escalated, "approve", now=TUESDAY_FIVE).state == "approved"
    assert world.verify().holds


def test_what_the_policy_escalates_stays_up(world: World) -> None:
    """No resolution brings down what a rule of the gate sends up."""
    item = world.submit(replace(drafts.email(), confidence="0.2"))
    assert world.item(item).state == "escalated"
    opens(world, HELEN, item, "timeline-risk")
    ended = do(world, TOM, "resolve", outcome="back_to_gate")
    assert "the policy itself escalates it" in ended.stayed[item]
    assert world.item(item).state == "escalated"
    assert entries(world)[-1] == (TOM.actor, "exception.resolve", item)


def test_what_was_sent_back_comes_back_and_nobody_has_approved_it(world: World, client_for: Any) -> None:
    """Resolved with "back to the gate", what was sent back waits for its reviewers again, with a fresh clock, and says
    in the log what it was; an approval from before counts for nothing, on the page too."""
    item = world.submit(replace(drafts.email(), lane="enterprise-saas"))
    assert world.decide(DANA, item, "approve").state == "pending"
    world.decide(MARCUS, item, "send_back")
    opens(world, HELEN, item, "timeline-risk")
    ended = do(world, TOM, "resolve", outcome="back_to_gate", now=TUESDAY_FIVE)
    assert (ended.moved, world.item(item).state) == ((item,), "pending")
    assert world.item(item).due_at > TUESDAY_FIVE
    assert (facts(world, "item.back_to_gate")["was"], world.item(item).revision_number) == ("sent_back", 1)
    assert "sent back since" in text_of(client_for(MARCUS).get(f"/items/{item}"))
    assert world.decide(MARCUS, item, "approve", now=TUESDAY_FIVE).state == "pending"
    assert world.decide(DANA, item, "approve", now=TUESDAY_FIVE).state == "approved"
    assert world.verify().holds


def test_what_the_policy_escalates_comes_back_no_lower(world: World) -> None:
    """Sent back by those above, it stays sent back where a rule would send it up: its next revision is evaluated."""
    item = world.submit(replace(drafts.email(), confidence="0.2"))
    world.decide(HELEN, item, "send_back")
    opens(world, DANA, item, "timeline-risk")
    assert "the policy itself escalates it" in do(world, TOM, "resolve", outcome="back_to_gate").stayed[item]
    assert world.item(item).state == "sent_back"


def test_another_exception_holds_it(world: World, escalated: int) -> None:
    """An item goes back when the last exception about it is resolved, not before."""
    opens(world, DANA, escalated)
    assert "exception #2 is still open" in do(world, TOM, "resolve", outcome="back_to_gate").stayed[escalated]
    assert do(world, HELEN, "resolve", 2, outcome="back_to_gate").moved == (escalated,)


def test_rejected(world: World, escalated: int) -> None:
    """Who may reject the items rejects them, as a decision with its reason and what was on the page."""
    ended = do(
        world, HELEN, "resolve", outcome="rejected", reason="duplicate", drafts={escalated: world.seen(escalated)}
    )
    assert ended.moved == (escalated,)
    made = world.decisions(escalated)[-1]
    assert (made.action, made.person_id, made.reason_code, made.text) == ("reject", HELEN.id, "duplicate", WORDS)
    assert world.item(escalated).state == "rejected"
    assert [one.act for one in world.log()[-2:]] == ["exception.resolve", "item.reject"]


@pytest.mark.parametrize(
    ("says", "person", "reason", "shown", "why"),
    [
        ("the manager does not decide what is escalated", TOM, "duplicate", True, "Only CS leader decides here"),
        ("a reason the gate does not know", HELEN, "weather", True, "choose a reason"),
        ("a draft that was not on the page", HELEN, "duplicate", False, "was not on your page"),
    ],
)
def test_what_may_not_be_rejected_stays(
    world: World, escalated: int, says: str, person: Named, reason: str, shown: bool, why: str
) -> None:
    """The exception ends, the item stays where it was, and the log says so of the item."""
    shown_drafts = {escalated: world.seen(escalated)} if shown else {}
    ended = do(world, person, "resolve", outcome="rejected", reason=reason, drafts=shown_drafts)
    assert why.lower() in ended.stayed[escalated].lower(), says
    assert world.item(escalated).state == "escalated"
    assert len(world.decisions(escalated)) == 1
    assert entries(world)[-1] == (person.actor, "exception.resolve", escalated)


def test_a_rejection_that_fails_halfway_leaves_nothing(
    world: World, escalated: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused after the decision was written rolls the whole resolution back: exception, item and log."""

    def refused(*_: Any) -> None:
        raise Conflict("It changed meanwhile.")

    monkeypatch.setattr(decisions.sending, "on_decision", refused)
    before = world.everything()
    with pytest.raises(Conflict, match="It changed meanwhile"):
        do(world, HELEN, "resolve", outcome="rejected", reason="duplicate", drafts={escalated: world.seen(escalated)})
    assert world.everything() == before


def test_decided_here(world: World, escalated: int) -> None:
    """The items stay as they are; a resolution is its own first response where none was given."""
    assert dict(do(world, TOM, "resolve").stayed) == {escalated: "decided here: it stays as it is"}
    found = only(world)
    assert (found.state, found.outcome, found.resolved_by_id) == ("resolved", "decided_here", TOM.id)
    assert found.responded_at == world.now
    with pytest.raises(Conflict, match="Tom Abara resolved this exception"):
        do(world, PRIYA, "note")


def test_what_holds_an_onboarding(world: World) -> None:
    """A blocking exception holds everything of its customer until it is resolved; one that blocks nothing does not."""
    item = world.submit(drafts.email())
    onboarding = world.item(item).onboarding_id or 0

    def holds() -> list[int]:
        with world.session() as session:
            return [one.id for one in case_queries.blocking(session, [onboarding]).get(onboarding, [])]

    opens(world, DANA, item, "timeline-risk")
    assert holds() == []
    opens(world, DANA, item, "non-standard-promise")
    assert holds() == [2]
    do(world, HELEN, "respond", 2)
    assert holds() == [2], "an answer is no resolution"
    do(world, HELEN, "resolve", 2)
    assert holds() == []


def test_the_automations_are_told(world: World) -> None:
    """exception.opened when an item is linked, once for each item; exception.resolved with the outcome and the words."""
    deal = drafts.deal("Harbour Mills")
    first = world.submit(drafts.email(deal))
    second = world.submit(replace(drafts.plan(deal), callback_url=""))
    world.decide(DANA, first, "escalate")
    world.decide(INES, second, "escalate")
    opens(world, DANA, first, "timeline-risk")
    do(world, TOM, "resolve", outcome="back_to_gate")
    assert [one.type for one in world.outbox(first)] == ["exception.opened", "exception.resolved"]
    assert world.outbox(second) == [], "it did not ask to be told"
    opened, resolved = (json.loads(one.body)["data"] for one in world.outbox(first))
    assert opened["exception"]["category"] == "timeline-risk"
    assert opened["state"] == "escalated"
    assert resolved["state"] == "pending"
    assert resolved["exception"]["outcome"] == "back_to_gate"
    assert resolved["exception"]["by"] == TOM.name
    assert resolved["onboarding"]["customer"] == "Harbour Mills"


def test_a_stand_in_works_on_it(world: World, escalated: int) -> None:
    """Whoever stands in for its owner finds it as theirs."""
    with world.session() as session:
        users.set_absence(session, TOM.id, HELEN.id, world.now, world.now + timedelta(days=3), world.now)
        actor = actors.load_actor(session, HELEN.id, world.now)
        listed = case_queries.page(session, actor, case_queries.CaseFilters("mine"), paging.FIRST, world.now).rows
    assert [found.id for found, _ in listed] == [1]
    do(world, HELEN, "respond")


def test_pages_follow_each_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Soonest due first, each exception on exactly one page, also where several are due at one moment."""
    monkeypatch.setattr(paging, "PAGE", 2)
    for _ in range(5):
        opens(world, DANA, world.submit(drafts.email()), "timeline-risk")
    for view, acting in (("open", False), ("resolved", True)):
        if acting:
            for number in range(1, 6):
                do(world, TOM, "resolve", number, now=world.now + timedelta(minutes=number // 2))
        met: list[int] = []
        place = paging.FIRST
        while True:
            with world.session() as session:
                actor = actors.load_actor(session, TOM.id, world.now)
                filters = case_queries.CaseFilters(view)  # type: ignore[arg-type]
                listed = case_queries.page(session, actor, filters, place, world.now)
            met += [found.id for found, _ in listed.rows]
            if not listed.following:
                break
            place = paging.PagePosition(listed.following)
        assert met == ([5, 4, 3, 2, 1] if acting else [1, 2, 3, 4, 5])


FILTERS: list[tuple[str, Callable[[ExceptionCase], dict[str, str]], int]] = [
    ("its category", lambda _: {"category": "timeline-risk"}, 1),
    ("another category", lambda _: {"category": "product-gap"}, 0),
    ("its lane", lambda found: {"lane": found.lane}, 1),
    ("another lane", lambda _: {"lane": "nowhere"}, 0),
    ("how the customer begins", lambda found: {"customer": found.customer[:4].upper()}, 1),
    ("another customer", lambda _: {"customer": "Zzz"}, 0),
]


@pytest.mark.parametrize(("says", "narrow", "count"), FILTERS)
def test_filters(
    world: World, escalated: int, says: str, narrow: Callable[[ExceptionCase], dict[str, str]], count: int
) -> None:
    """The inbox is narrowed by what the address says."""
    with world.session() as session:
        actor = actors.load_actor(session, TOM.id, world.now)
        rows = case_queries.page(
            session, actor, case_queries.CaseFilters("open", **narrow(only(world))), paging.FIRST, world.now
        ).rows
    assert len(rows) == count, says


def test_the_conversation_only_grows(world: World, escalated: int) -> None:
    """The database itself refuses to change or take away a note or a link."""
    for table in ("exception_notes", "exception_items"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET exception_id = exception_id"):
            with pytest.raises(sa.exc.DBAPIError), world.engine.begin() as connection:
                connection.execute(sa.text(statement))


def test_the_words_are_kept_beside_the_log(world: World, escalated: int) -> None:
    """What a person said is sealed in the entry and readable beside it."""
    with world.session() as session:
        query = select(LogText).join(LogEntry, LogEntry.position == LogText.position)
        kept = session.scalars(query.where(LogEntry.act == "exception.open")).all()
    assert {one.name: one.text for one in kept} == {"summary": WORDS, "text": WORDS}
