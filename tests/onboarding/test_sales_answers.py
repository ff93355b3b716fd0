"""The loop with sales: asked about a packet's empty fields, answered by field, and cited by the packet drafted again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue import worker
from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence.promises import documents
from reviewqueue.evidence.text.values.not_agreed import is_not_agreed
from reviewqueue.evidence.types import Citation, Source
from reviewqueue.items import intake, item_context
from reviewqueue.onboarding import ask_sales, question_handover, sales_answers
from reviewqueue.onboarding.drafting.compose import compose
from reviewqueue.onboarding.given_answers import GivenAnswer
from reviewqueue.people import users
from reviewqueue.policy.policy_versions import current as policy_of
from reviewqueue.review import belongings
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, NOOR, PRIYA, SAM, TOM, Named
from tests.onboarding.test_crm_import import checked, put
from tests.onboarding.test_draft_again import FILLED, GAPS, arrived, section
from tests.onboarding.test_draft_again import ask as draft_anew
from tests.support.draft_chain import draft, draftings, of_kind
from tests.support.executed_statements import hearing
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["put"]
ASKED = ("Business_Outcome__c", "Technical_Requirements__c", "Non_Standard_Terms__c")
OUTCOME = "Dispatchers see each late shipment before the customer calls."


def with_gaps(world: World, put: Any) -> int:
    """A packet whose three audited fields are empty."""
    return arrived(world, put, **{name: says for name, says in FILLED.items() if name not in ASKED})


def asked(world: World, put: Any) -> tuple[int, int]:
    """(the packet, the question about it, approved)."""
    packet = with_gaps(world, put)
    draft(world)
    [question] = [one.id for one in of_kind(world, "sales_question")]
    world.decide(PRIYA, question, "approve")
    return packet, question


def answer(world: World, person: Named, question: int, **given: tuple[str, str]) -> int:
    with world.session() as session:
        words = {key: GivenAnswer(*one) for key, one in given.items()}
        return sales_answers.answer(session, person.id, question, words, world.now)


def test_from_the_gap_to_the_packet_that_cites_the_answer(world: World, put: Any, client_for: Any) -> None:
    """The question is drafted as the packet arrives, and RevOps approves it; the sales owner finds it in their menu,
    answers two of three fields; the packet's page says what is known now; drafted again, it cites both answers by name;
    the customer has to be asked for the third, so it stays a gap."""
    packet = with_gaps(world, put)
    client, later = client_for(PRIYA), world.now + timedelta(minutes=1)
    page = text_of(client.get(f"/items/{packet}"))
    assert "3 fields are empty that sales can fill. The question to sales is being drafted." in page
    assert draft(world, at=later) == 1
    [question] = [one.id for one in of_kind(world, "sales_question")]
    page = text_of(client.get(f"/items/{packet}"))
    assert f"The question to sales waits at its gate: item {question}." in page
    assert "Ask sales about them" not in page
    assert world.draft(question)["to"] == [LENA.email]
    world.decide(PRIYA, question, "approve")
    lena = client_for(LENA)
    assert "Asked of me 1 to answer" in text_of(lena.get("/queue"))
    assert "3 of 3 to answer" in text_of(lena.get("/questions"))
    said = {
        "outcome-customer_outcome": "value", "words-customer_outcome": OUTCOME,
        "outcome-non_standard_terms": "not-agreed", "words-non_standard_terms": "Legal struck them out.",
        "outcome-technical_requirements": "ask-customer", "words-technical_requirements": "Piet, by Friday.",
    }  # fmt: skip
    assert lena.post(f"/questions/{question}/answers", data=said).status_code == 303
    page = text_of(lena.get(f"/questions/{question}"))
    assert "3 answers are kept" in page
    assert "Asked of me 1 to answer" not in page
    assert "Lena Vogt answered" in page
    assert OUTCOME in page
    assert "1 of 3 to answer" in text_of(lena.get("/questions")), "the customer has to be asked, so it stays in sight"
    assert "sales answered 2 of 3" in text_of(client.get("/queue"))
    assert f"Sales answered 2 of 3: item {question}." in text_of(client.get(f"/items/{packet}")), (
        "also without a script"
    )
    only = {"HX-Request": "true", "HX-Target": "known-now"}
    known = text_of(client.get(f"/items/{packet}/known-now", headers=only))
    assert "Empty here and known by now: Customer business outcome, Non-standard terms." in known
    assert f"Sales was asked: item {question}, 1 of 3 open." in known
    assert (
        "Lena Vogt on Technical requirements: the customer has to be asked: the onboarding team asks them. Piet, by Friday."
        in known
    )
    again = draft_anew(world, PRIYA, packet)
    assert again.filled == ("Customer business outcome", "Non-standard terms")
    assert (section(world, packet, "customer_outcome"), section(world, packet, "non_standard_terms")) == (
        OUTCOME, "Not agreed (Lena Vogt, 2 Mar 2026)",
    )  # fmt: skip
    assert section(world, packet, "technical_requirements") == ""
    page = text_of(client.get(f"/items/{packet}"))
    assert "answered by Lena Vogt" in page
    assert [entry.act for entry in world.log(question)][-1] == "question.answer"
    assert world.verify().holds


def test_who_answered_does_not_approve_the_packet_with_their_words(world: World, put: Any, client_for: Any) -> None:
    """Somebody in sales who is in RevOps too wrote what it cites, as much as by an edit; another person approves it. Page
    and queue say so before they try."""
    with world.session() as session:
        users.set_roles(session, LENA.id, ["revops", "sales_owner"], SAM.id, world.now - timedelta(days=1))
    packet, question = asked(world, put)
    said = dict.fromkeys(("technical_requirements", "non_standard_terms"), ("value", "None."))
    answer(world, LENA, question, customer_outcome=("value", OUTCOME), **said)
    draft_anew(world, LENA, packet)
    page, queue = client_for(LENA).get(f"/items/{packet}"), text_of(client_for(LENA).get("/queue"))
    assert "approve-reason_code" not in page.text
    assert "You cannot approve your own work: you gave answers that it cites" in text_of(page)
    assert "you gave answers that it cites" in queue
    with pytest.raises(Forbidden, match="cannot approve your own work"):
        world.decide(LENA, packet, "approve")
    assert "approve-reason_code" in client_for(PRIYA).get(f"/items/{packet}").text
    assert world.decide(PRIYA, packet, "approve").state == "approved"


def test_not_agreed_is_no_gap_and_no_promise(world: World, put: Any) -> None:
    """It is nothing that is promised, asked again, told a customer, or anybody's name; the reviewer sees it marked, and
    who said it when. What an answer said before it had that form is read the same."""
    packet, question = asked(world, put)
    said = dict.fromkeys(("customer_outcome", "technical_requirements", "non_standard_terms"), ("not-agreed", ""))
    answer(world, LENA, question, **said)
    draft_anew(world, PRIYA, packet)
    drafted = world.draft(packet)
    assert section(world, packet, "non_standard_terms") == "Not agreed (Lena Vogt, 2 Mar 2026)"
    marks = checked(world, world.item(packet))
    assert [marks[f"field.{key}"] for key in said] == ["warn"] * 3
    assert not [
        key for key, outcome in marks.items() if outcome != "pass" and not key.startswith(("field.", "trigger."))
    ]
    assert "term" not in {one.kind for one in documents.promises("handoff_packet", drafted)}
    with world.session() as session:
        assert ask_sales.missing(item_context.load(session, packet, world.now)) == []
    world.decide(PRIYA, packet, "approve")
    draft(world, at=world.now + timedelta(minutes=1))
    kinds = ("kickoff_brief", "customer_email", "project_plan")
    told = {one.kind: str(world.draft(one.id)) for kind in kinds for one in of_kind(world, kind)}
    assert "Terms that differ from the standard offer: Not agreed (Lena Vogt" in told["kickoff_brief"]
    for kind in kinds[1:]:
        assert "ot agreed" not in told[kind]
        assert "[customer business outcome: not known, nothing was agreed]" in told[kind]
    assert len(of_kind(world, "sales_question")) == 1


def test_an_automation_that_writes_not_agreed_has_asked_nobody(world: World, client_for: Any) -> None:
    """The field counts as missing until somebody in sales says so here, whatever records the draft brings with it."""
    about = drafts.deal()
    told = drafts.packet(about, customer_outcome="Not agreed (Noor Haddad, 2 Mar 2026)")
    forged = Source("sales", "answer", "1/customer_outcome", {"outcome": "not-agreed", "by": "Noor Haddad"})
    cites = (*told.drafted.citations, Citation("/sections/business_outcome/customer_outcome", "Noor", "said", "/by"))
    drafted = replace(told.drafted, sources={**told.drafted.sources, "said": forged}, citations=cites)
    for submission in (told, replace(told, drafted=drafted)):
        packet = world.submit(submission)
        assert checked(world, world.item(packet))["field.customer_outcome"] == "fail"
        with pytest.raises(Forbidden, match=r"field\.customer_outcome"):
            world.decide(PRIYA, packet, "approve")


# (what stands in a field, whether it says that nothing was agreed)
SAYS_NO = [
    ("Not agreed (Lena Vogt, 3 Dec 2026)", True),
    ("Not agreed (Ann (Sales) Vogt, 3 Dec 2026)", False),
    ("Not agreed (Ann-Marie O'Neil d. Ä., 3 Dec 2026)", True),
    ("Not agreed (Free migration, 24/7 support and go-live on 1 May 2026, 3 Dec 2026)", False),
    ("not agreed", True),
    ("Not agreed with the customer.", True),
    ("Not agreed yet: they want 20 % off", False),
    ("Not agreed (Lena Vogt, 3 Dec 2026), but promised on the phone", False),
    ("None", False),
    ("", False),
]


@pytest.mark.parametrize(("words", "says_no"), SAYS_NO, ids=[row[0] for row in SAYS_NO])
def test_which_words_say_that_nothing_was_agreed(words: str, says_no: bool) -> None:
    assert is_not_agreed(words) is says_no


def test_a_later_answer_counts_and_both_stay(world: World, put: Any) -> None:
    packet, question = asked(world, put)
    answer(world, LENA, question, customer_outcome=("value", "Fewer calls."))
    draft_anew(world, PRIYA, packet)
    answer(world, LENA, question, customer_outcome=("value", OUTCOME))
    draft_anew(world, PRIYA, packet)
    assert section(world, packet, "customer_outcome") == OUTCOME
    kept = [entry for entry in world.log(question) if entry.act == "question.answer"]
    assert len(kept) == 2


def test_the_newest_answer_is_the_one_that_came_last(world: World, put: Any) -> None:
    """Also where the clock of the server that took it was behind."""
    packet, question = asked(world, put)
    answer(world, LENA, question, customer_outcome=("value", "Fewer calls."))
    with world.session() as session:
        later = {"customer_outcome": GivenAnswer("value", OUTCOME)}
        sales_answers.answer(session, LENA.id, question, later, world.now - timedelta(seconds=2))
    draft_anew(world, PRIYA, packet)
    assert section(world, packet, "customer_outcome") == OUTCOME


def test_what_the_crm_says_counts_before_an_answer(world: World, put: Any) -> None:
    packet, question = asked(world, put)
    answer(world, LENA, question, customer_outcome=("value", OUTCOME))
    arrived(world, put, **FILLED)
    draft_anew(world, PRIYA, packet)
    assert section(world, packet, "customer_outcome") == FILLED[GAPS[0]]


# (what is answered, the field that is named, what it says)
FAULTS: list[tuple[dict[str, tuple[str, str]], str, str]] = [
    ({}, "/answers", "at least one"),
    ({"customer_outcome": ("value", "  ")}, "/answers/customer_outcome", "write the answer"),
    ({"customer_outcome": ("value", "\u200b\u2060")}, "/answers/customer_outcome", "write the answer"),
    ({"customer_outcome": ("ask-customer", "")}, "/answers/customer_outcome", "who asks the customer"),
    ({"customer_outcome": ("perhaps", "x")}, "/answers/customer_outcome", "choose what you say"),
    ({"customer_outcome": ("value", "x" * 4_001)}, "/answers/customer_outcome", "at most 4000"),
    ({"start_date": ("value", "May")}, "/answers/start_date", "choose what you say"),
]


@pytest.mark.parametrize(("given", "at", "says"), FAULTS, ids=[f"{row[1]}: {row[2]}" for row in FAULTS])
def test_what_is_refused_names_its_field(
    world: World, put: Any, given: dict[str, tuple[str, str]], at: str, says: str
) -> None:
    _, question = asked(world, put)
    with pytest.raises(Invalid) as refused:
        answer(world, LENA, question, **given)
    assert [(fault.at, says in fault.message) for fault in refused.value.faults] == [(at, True)]
    assert world.log(question)[-1].act != "question.answer"


def test_the_page_keeps_what_was_typed(world: World, put: Any, client_for: Any) -> None:
    """Nothing is kept of a form with a fault, and every word stands in it again; text from outside is inert."""
    _, question = asked(world, put)
    said = {
        "outcome-customer_outcome": "value", "words-customer_outcome": "<b>Fewer</b> calls",
        "outcome-non_standard_terms": "ask-customer", "words-non_standard_terms": "",
    }  # fmt: skip
    answered = client_for(LENA).post(f"/questions/{question}/answers", data=said)
    assert answered.status_code == 422
    assert "&lt;b&gt;Fewer&lt;/b&gt; calls</textarea>" in answered.text
    assert "Say who asks the customer, and by when" in text_of(answered)
    alone = client_for(LENA).post(f"/questions/{question}/answers", data={"words-customer_outcome": "Fewer calls"})
    assert alone.status_code == 422, "words without a choice are no answer, and are not lost"
    assert "Fewer calls</textarea>" in alone.text
    assert "Choose what you say" in text_of(alone)


def test_who_sees_a_question_and_who_answers_it(world: World, put: Any, client_for: Any) -> None:
    """The person asked answers; whoever may see the onboarding reads; for everybody else it is not there, nor is one that
    nobody approved."""
    with_gaps(world, put)
    draft(world)
    [question] = [one.id for one in of_kind(world, "sales_question")]
    assert client_for(LENA).get(f"/questions/{question}").status_code == 404
    world.decide(PRIYA, question, "approve")
    assert client_for(LENA).get(f"/questions/{question}").status_code == 200
    page = client_for(PRIYA).get(f"/questions/{question}")
    assert (page.status_code, "you can read it" in page.text, "Keep the answers" in page.text) == (200, True, False)
    with pytest.raises(Forbidden):
        answer(world, PRIYA, question, customer_outcome=("value", OUTCOME))
    with pytest.raises(NotFound), world.session() as session:
        sales_answers.load(session, NOOR.id, question, world.now)
    assert client_for(HELEN).get("/questions").status_code == 200
    assert "Nothing is asked of you" in text_of(client_for(HELEN).get("/questions"))


def test_the_stand_in_answers_in_their_own_name(world: World, put: Any, client_for: Any) -> None:
    """While Lena is away her stand-in finds what is asked of her, and answers for her, as a sales owner alone: record,
    page and log name both. An auditor by then answers nothing, nor does anybody once she is back."""
    packet, question = asked(world, put)
    with world.session() as session:
        users.set_absence(session, LENA.id, TOM.id, world.now, world.now + timedelta(days=2), world.now)
    tom = client_for(TOM)
    assert "Asked of me" not in text_of(tom.get("/queue")), "a manager does not answer for sales"
    with pytest.raises(Forbidden, match="or a stand-in who is a sales owner"):
        answer(world, TOM, question, customer_outcome=("value", OUTCOME))
    with world.session() as session, writing(session):
        session.get_one(Person, TOM.id).held = "manager sales_owner"
    assert "Asked of me 1 to answer" in text_of(tom.get("/queue"))
    assert "Asked of me" not in text_of(client_for(HELEN).get("/queue")), "who stands in for nobody has no such page"
    assert "1 question to sales waits for their answer" in text_of(client_for(SAM).get(f"/people/{LENA.id}/disable"))
    assert "3 of 3 to answer, for Lena Vogt" in text_of(tom.get("/questions"))
    assert "You stand in for Lena Vogt." in text_of(tom.get(f"/questions/{question}"))
    said = {"outcome-customer_outcome": "value", "words-customer_outcome": OUTCOME}
    assert tom.post(f"/questions/{question}/answers", data=said).status_code == 303
    assert "Tom Abara, for Lena Vogt, answered" in text_of(tom.get(f"/questions/{question}"))
    told = [json.loads(one.body) for one in world.log(question) if one.act == "question.answer"]
    assert [(one["actor"], one["facts"]["on_behalf_of"]) for one in told] == [(TOM.actor, LENA.name)]
    assert draft_anew(world, PRIYA, packet).filled == ("Customer business outcome",)
    with world.session() as session, writing(session):
        session.get_one(Person, TOM.id).held = "auditor manager sales_owner"
    assert "Nothing is asked of you" in text_of(tom.get("/questions"))
    with pytest.raises((Forbidden, NotFound)):
        answer(world, TOM, question, non_standard_terms=("not-agreed", ""))
    with world.session() as session, writing(session):
        session.get_one(Person, TOM.id).held = "manager sales_owner"
    with world.session() as session:
        users.end_absence(session, LENA.id, world.now + timedelta(hours=1))
    world.now += timedelta(hours=2)
    with pytest.raises((Forbidden, NotFound)):
        answer(world, TOM, question, non_standard_terms=("not-agreed", ""))


def test_who_was_answered_for_does_not_approve_the_packet(world: World, put: Any) -> None:
    """Tom answered for Lena, who is in RevOps too: back again, she approves it as little as if she had answered."""
    with world.session() as session:
        users.set_roles(session, LENA.id, ["revops", "sales_owner"], SAM.id, world.now - timedelta(days=1))
        users.set_roles(session, TOM.id, ["manager", "sales_owner"], SAM.id, world.now - timedelta(days=1))
    packet, question = asked(world, put)
    with world.session() as session:
        users.set_absence(session, LENA.id, TOM.id, world.now, world.now + timedelta(days=2), world.now)
    said = dict.fromkeys(("technical_requirements", "non_standard_terms"), ("value", "None."))
    answer(world, TOM, question, customer_outcome=("value", OUTCOME), **said)
    with world.session() as session:
        users.end_absence(session, LENA.id, world.now + timedelta(minutes=1))
    world.now += timedelta(hours=1)
    draft_anew(world, PRIYA, packet)
    with pytest.raises(Forbidden, match="cannot approve your own work: you gave answers that it cites"):
        world.decide(LENA, packet, "approve")
    assert world.decide(PRIYA, packet, "approve").state == "approved"


def test_a_question_that_reaches_nobody_says_so(world: World, client_for: Any) -> None:
    """Addressed to somebody without an account, it can only be read, and its page says what to do."""
    question = world.submit(drafts.question("nobody@northbeam.example"))
    world.decide(PRIYA, question, "approve")
    page = text_of(client_for(PRIYA).get(f"/questions/{question}"))
    assert "This is addressed to nobody@northbeam.example" in page
    assert "No open account has that address" in page
    reached = world.submit(drafts.question(LENA.email))
    world.decide(PRIYA, reached, "approve")
    assert "No open account has that address" not in text_of(client_for(PRIYA).get(f"/questions/{reached}"))


def told_of(world: World, person: Named) -> list[tuple[str, int | None]]:
    """What a person was told of, and about which item."""
    with world.session() as session:
        mine = select(Notification).where(Notification.person_id == person.id).order_by(Notification.id)
        return [(one.kind, one.item_id) for one in session.scalars(mine)]


def test_who_stands_in_for_whom_a_question_is_handed_on_to_is_told_too(world: World) -> None:
    """Nobody can answer; Noor gets it, is away, and Tom stands in for her as a sales owner."""
    question = world.submit(drafts.question("nobody@northbeam.example"))
    world.decide(PRIYA, question, "approve")
    with world.session() as session:
        users.set_roles(session, NOOR.id, ["finance", "sales_owner"], SAM.id, world.now)
        users.set_roles(session, TOM.id, ["manager", "sales_owner"], SAM.id, world.now)
        away = world.now, world.now + timedelta(days=2)
        users.set_absence(session, NOOR.id, TOM.id, *away, world.now)
    with world.session() as session:
        question_handover.hand_on(session, PRIYA.id, question, NOOR.id, world.now)
    assert (told_of(world, NOOR), told_of(world, TOM)) == ([("asked", question)], [("asked", question)])
    assert told_of(world, LENA) == []


def test_a_question_that_nobody_can_answer_is_handed_on(world: World, put: Any, client_for: Any) -> None:
    """Lena's account is closed after the packet was approved: question, onboarding, workload and doctor say that nobody owns
    it, one act hands it on, and whoever has it answers. Nobody takes it from somebody who can answer."""
    packet, question = asked(world, put)
    arrived(world, put, **{name: says for name, says in FILLED.items() if name != ASKED[2]})
    draft_anew(world, PRIYA, packet)
    world.decide(PRIYA, packet, "override", passes=("field.non_standard_terms",), reason_code="known-gap-accepted")
    run = world.item(question).onboarding_id
    hand_on = partial(client_for(PRIYA).post, f"/questions/{question}/hand-on")
    assert "Somebody can answer it" in text_of(hand_on(data={"to": LENA.id}, follow_redirects=True))
    with world.session() as session:
        users.set_roles(session, NOOR.id, ["finance", "sales_owner"], SAM.id, world.now)
    assert "1 question to sales" in text_of(client_for(SAM).get(f"/people/{LENA.id}/disable"))
    client_for(SAM).post(f"/people/{LENA.id}/disable", data={"questions": "0"})
    pages = (f"/onboardings/{run}", "/workload", f"/questions/{question}")
    says = "Nobody owns the question to sales", "where no sales owner can answer", "hand it on to a sales owner"
    for path, words in zip(pages, says, strict=True):
        assert words in text_of(client_for(PRIYA).get(path)), path
    with world.session() as session:
        assert [one.id for one, _ in belongings.unowned(session, policy_of(session), world.now).questions] == [question]
    assert hand_on(data={"to": TOM.id}).status_code == 422, "a manager is no sales owner"
    assert client_for(DANA).get(f"/questions/{question}").status_code in (200, 404)
    assert hand_on(data={"to": NOOR.id}).status_code == 303
    assert "Nobody owns" not in text_of(client_for(PRIYA).get(pages[0]))
    assert "handed on to noor.haddad@" in text_of(client_for(PRIYA).get(pages[2]))
    noor = client_for(NOOR)
    assert told_of(world, NOOR) == [("asked", question)], "it is asked of her now"
    assert "3 of 3 to answer" in text_of(noor.get("/questions"))
    assert "Asked of me 1 to answer" in text_of(noor.get("/queue"))
    assert answer(world, NOOR, question, customer_outcome=("value", OUTCOME)) == 1
    told = [json.loads(one.body)["facts"] for one in world.log(question) if one.act == "item.reassign"]
    assert told == [{"from": LENA.email, "to": NOOR.actor}]


def test_a_question_goes_to_another_with_the_role(world: World, put: Any, client_for: Any) -> None:
    """Whoever takes the role from Lena says in the same act who answers what was asked of her."""
    _, question = asked(world, put)
    with world.session() as session:
        users.set_roles(session, NOOR.id, ["finance", "sales_owner"], SAM.id, world.now)
    form = {"roles": "csm", "asked": "1", "questions": str(TOM.id)}
    sam = client_for(SAM)
    assert "Tom Abara cannot answer them: they are no sales owner" in text_of(
        sam.post(f"/people/{LENA.id}/roles", data=form)
    )
    assert sam.post(f"/people/{LENA.id}/roles", data={**form, "questions": str(NOOR.id)}).status_code == 303
    assert told_of(world, NOOR) == [("asked", question)]
    assert "3 of 3 to answer" in text_of(client_for(NOOR).get("/questions"))
    assert "Nothing is asked of you" in text_of(client_for(LENA).get("/questions"))
    assert answer(world, NOOR, question, customer_outcome=("value", OUTCOME)) == 1


def test_what_is_asked_costs_the_same_for_many(world: World, put: Any, client_for: Any) -> None:
    """As many statements for five questions as for one."""
    asked(world, put)
    client, counts = client_for(LENA), []
    for _ in range(2):
        client.get("/questions")
        with hearing(world.engine) as made:
            assert client.get("/questions").status_code == 200
        counts.append(len(made))
        for number in range(4):
            item = world.submit(drafts.question(LENA.email, drafts.deal(f"Customer {number}")))
            world.decide(PRIYA, item, "approve")
    assert counts[0] == counts[1]


def test_sales_is_not_asked_about_what_they_answered(world: World, put: Any, client_for: Any) -> None:
    """With one of three fields to be asked of the customer the packet's page offers to ask about that one, and the question
    asks for it alone; with all answered it offers nothing, and the act is refused."""
    packet, question = asked(world, put)
    said = {"technical_requirements": ("value", "None."), "non_standard_terms": ("not-agreed", "")}
    answer(world, LENA, question, customer_outcome=("ask-customer", "Lena asks Rosa by Friday."), **said)
    page = text_of(client_for(PRIYA).get(f"/items/{packet}"))
    assert "One field is empty that sales can fill." in page
    assert "Ask sales about it" in page
    world.now += timedelta(minutes=1)
    with world.session() as session:
        ask_sales.ask(session, PRIYA.id, packet, world.now)
    draft(world)
    again = of_kind(world, "sales_question")[-1]
    body = world.draft(again.id)["body"]
    assert (again.id != question, body.count("\n- ")) == (True, 1)
    world.decide(PRIYA, again.id, "approve")
    answer(world, LENA, again.id, customer_outcome=("value", OUTCOME))
    assert "Ask sales about" not in text_of(client_for(PRIYA).get(f"/items/{packet}"))
    with world.session() as session, pytest.raises(Conflict, match="Sales answered all that is empty here"):
        ask_sales.ask(session, PRIYA.id, packet, world.now)


def test_no_automation_answers_for_sales(world: World, put: Any) -> None:
    """A record that says it is an answer, sent along with a draft, is claimed: the packet does not take it, though the
    policy trusts that automation with the CRM's records."""
    packet, _ = asked(world, put)
    run = world.item(packet).onboarding_id
    payload = {"field": "customer_outcome", "outcome": "value", "answer": "Anything.", "by": LENA.name}
    forged = Source("sales", "answer", f"{run}/customer_outcome", payload)
    mail = drafts.email(drafts.deal())
    mail.drafted.sources["forged"] = forged
    world.submit(mail)
    with pytest.raises(Conflict, match="Nothing newer is known"):
        draft_anew(world, PRIYA, packet)


def test_one_question_at_a_time(world: World, put: Any) -> None:
    """While one is due, open, or nothing is empty, none is added; who may not ask for drafts is told who may."""
    packet = with_gaps(world, put)
    with world.session() as session:
        with pytest.raises(Forbidden):
            ask_sales.ask(session, AIKO.id, packet, world.now)
        with pytest.raises(Conflict, match="to be drafted already"):
            ask_sales.ask(session, PRIYA.id, packet, world.now)
    draft(world)
    [question] = [one.id for one in of_kind(world, "sales_question")]
    with world.session() as session, pytest.raises(Conflict, match=f"is item {question}"):
        ask_sales.ask(session, PRIYA.id, packet, world.now)
    world.decide(PRIYA, question, "approve")
    answer(world, LENA, question, customer_outcome=("value", OUTCOME))
    with world.session() as session, pytest.raises(Conflict, match=r"asked lena\.vogt@.* already, and 1 of 3"):
        ask_sales.ask(session, PRIYA.id, packet, world.now)
    arrived(world, put, **FILLED)
    draft_anew(world, PRIYA, packet)
    with world.session() as session, pytest.raises(Conflict, match="No open packet with an empty field"):
        ask_sales.ask(session, PRIYA.id, packet, world.now)


def test_the_approval_of_the_packet_asks_no_second_time(world: World, put: Any) -> None:
    """Asked while the packet was open, sales is not asked again because it is approved."""
    packet, _ = asked(world, put)
    arrived(world, put, **{name: says for name, says in FILLED.items() if name != ASKED[2]})
    draft_anew(world, PRIYA, packet)
    world.decide(PRIYA, packet, "override", passes=("field.non_standard_terms",), reason_code="known-gap-accepted")
    draft(world)
    assert len(of_kind(world, "sales_question")) == 1
    assert "approved already" in draftings(world)["sales-question"].says


def test_a_question_nobody_wants_is_asked_again_only_by_hand(world: World, put: Any, client_for: Any) -> None:
    """RevOps rejects it: neither the packet drafted again nor its approval asks a second time, and the page offers to."""
    packet = with_gaps(world, put)
    draft(world)
    world.decide(PRIYA, of_kind(world, "sales_question")[0].id, "reject", text="Lena told us on the phone already.")
    arrived(world, put, **{name: says for name, says in FILLED.items() if name != ASKED[2]})
    draft_anew(world, PRIYA, packet)
    assert draft(world) == 0
    client = client_for(PRIYA)
    assert "One field is empty that sales can fill." in text_of(client.get(f"/items/{packet}"))
    client.post(f"/items/{packet}/ask-sales")
    assert "The question to sales is drafted" in text_of(client.get(f"/items/{packet}"))
    assert (draft(world, at=world.now + timedelta(minutes=1)), len(of_kind(world, "sales_question"))) == (1, 2)
    world.decide(PRIYA, of_kind(world, "sales_question")[1].id, "reject", text="Lena told us on the phone already.")
    world.decide(PRIYA, packet, "override", passes=("field.non_standard_terms",), reason_code="known-gap-accepted")
    draft(world)
    assert len(of_kind(world, "sales_question")) == 2
    assert "was rejected, so sales is not asked a second time" in draftings(world)["sales-question"].says


def test_a_packet_by_an_automation_is_asked_about_as_it_arrives(world: World) -> None:
    """Through the API too, in the transaction of its item; a second packet of the onboarding asks no second time, and a
    complete one asks nothing."""
    gap = drafts.packet(drafts.deal(), without=("customer_outcome",))
    for sent in (drafts.packet(drafts.deal("Birch & Vale")), gap, gap):
        with world.session() as session:
            intake.submit(session, world.caller, sent, world.now, follow=ask_sales.on_arrival)
    assert [entry.act for entry in world.log() if entry.act.startswith("drafting.")] == ["drafting.due"]
    assert draft(world) == 1
    assert [one.customer for one in of_kind(world, "sales_question")] == [gap.customer]


def test_a_newer_crm_record_is_told_in_the_queue(world: World, put: Any, client_for: Any) -> None:
    """The CRM has what the packet lacks: its line and its page say so, before it is drafted again, and not after."""
    packet = with_gaps(world, put)
    assert "the CRM fills" not in text_of(client_for(PRIYA).get("/queue"))
    arrived(world, put, **{name: says for name, says in FILLED.items() if name != ASKED[2]})
    assert "the CRM fills 2 gaps" in text_of(client_for(PRIYA).get("/queue"))
    says = "Empty here and in the CRM by now: Customer business outcome, Technical requirements."
    assert says in text_of(client_for(PRIYA).get(f"/items/{packet}"))
    draft_anew(world, PRIYA, packet)
    assert "the CRM fills" not in text_of(client_for(PRIYA).get("/queue"))


def test_what_is_known_of_gaps_costs_the_same_for_many(world: World, put: Any, client_for: Any) -> None:
    """The queue reads it for all its lines at once, and a packet's page stays within its twelve."""
    packet, question = asked(world, put)
    answer(world, LENA, question, customer_outcome=("value", OUTCOME))
    client, counts = client_for(PRIYA), []
    for number in range(2):
        client.get("/queue")
        with hearing(world.engine) as made:
            client.get("/queue")
        counts.append(len(made))
        for one in range(4 * (1 - number)):
            world.submit(drafts.packet(drafts.deal(f"Customer {one}"), without=("customer_outcome",)))
    assert counts[0] == counts[1] <= 15
    with hearing(world.engine) as made:
        client.get(f"/items/{packet}")
    assert len(made) <= 12, made


def test_the_mail_links_to_the_page_where_they_answer(world: World, put: Any, client_for: Any) -> None:
    """Where mail and a public address are set up: the link is part of the draft that is approved, passes its checks, and
    leads the person asked to the form. Everybody else it leads to what is asked of themselves."""
    packet = with_gaps(world, put)
    address = Settings(public_url="https://review.northbeam.example/q", smtp_url="smtp://mail.example").mailed_address()
    assert worker.compose_one_draft(database.sessions(world.engine), compose, lambda: world.now, address=address)
    [question] = of_kind(world, "sales_question")
    run = world.item(packet).onboarding_id
    link = f"https://review.northbeam.example/q/questions/of/{run}"
    assert f"Answer here, field by field: {link}" in world.draft(question.id)["body"]
    assert {
        key: outcome for key, outcome in checked(world, question).items() if "link" in key and outcome != "pass"
    } == {}
    world.decide(PRIYA, question.id, "approve")
    for person, leads in ((LENA, f"/questions/{question.id}"), (NOOR, "/questions")):
        assert client_for(person).get(f"/questions/of/{run}").headers["Location"] == leads
    assert [
        Settings(**one).mailed_address() for one in ({"public_url": address}, {"smtp_url": "smtp://mail.example"})
    ] == ["", ""]
