"""What only the customer knows: sales says that they have to be asked, the packet is approved with the gap, the question
waits at its gate and is reminded of, what they answer is written down, and the brief that is drafted again cites it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reviewqueue.onboarding import draft_again, reminders
from reviewqueue.onboarding import owner as onboarding_owner
from tests.cast import AIKO, DANA, LENA, PRIYA, TOM
from tests.onboarding.test_crm_import import MARLOW, bring, checked, put, sobject
from tests.onboarding.test_draft_again import FILLED, arrived
from tests.support.draft_chain import draft, of_kind
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["put"]
ASKED = ("Business_Outcome__c", "Promised_Deliverables__c")
ANSWER = "No truck waits longer than an hour at our gates."


def clock(world: World, at: datetime) -> int:
    with world.session() as session:
        scheduled = reminders.check_tasks(session, at)
    draft(world, at=at)
    return scheduled


def mails(world: World) -> list[tuple[str, str]]:
    kept = [*of_kind(world, "customer_email"), *of_kind(world, "task_reminder")]
    return [(one.state, world.draft(one.id)["subject"]) for one in kept if "Welcome" not in one.title]


def approved_with_gaps(world: World, put: Any, client_for: Any, **asking: str) -> None:
    """Lena says of both empty fields that the customer has to be asked; Priya approves the packet all the same."""
    piet = {"FirstName": "Piet", "LastName": "de Vries", "AccountId": MARLOW, "Email": "piet@marlowfreight.example"}
    bring(world, put("piet", [sobject("Contact", "003NB0000000009AAA", **piet)]))
    packet = arrived(world, put, **{name: says for name, says in FILLED.items() if name not in ASKED})
    draft(world)
    [question] = [one.id for one in of_kind(world, "sales_question")]
    world.decide(PRIYA, question, "approve")
    said = {f"outcome-{key}": "ask-customer" for key in ("customer_outcome", "promised_deliverables")}
    said |= {f"words-{key[8:]}": "Piet, by Friday." for key in said}
    assert client_for(LENA).post(f"/questions/{question}/answers", data=said | asking).status_code == 303
    page = text_of(client_for(PRIYA).get("/onboardings/1"))
    assert "is drafted once the packet is approved" in page
    assert clock(world, world.now) == 0, "nobody writes to a customer before the handoff is approved"
    with world.session() as session:
        onboarding_owner.set_owner(session, TOM.id, 1, DANA.id, "They have worked together before.", world.now)
    failed = tuple(key for key, outcome in checked(world, world.item(packet)).items() if outcome == "fail")
    world.decide(PRIYA, packet, "override", reason_code="known-gap-accepted", passes=failed)


def test_what_the_customer_has_to_be_asked_lives_on_until_it_is_answered(
    world: World, put: Any, client_for: Any
) -> None:
    approved_with_gaps(world, put, client_for)
    dana, today = client_for(DANA), world.now
    draft(world)
    [brief] = of_kind(world, "kickoff_brief")
    assert ANSWER not in str(world.draft(brief.id))
    assert [clock(world, today), clock(world, today)] == [1, 0], "asked once, both in one message"
    [question] = [one for one in of_kind(world, "customer_email") if "question" in one.title]
    told = world.draft(question.id)
    assert (question.state, question.gate) == ("pending", "customer-communication")
    first = "Which result do you want to reach with us, in your own words?"
    assert told["subject"] == f"Before we start: {first} (and one more)"
    assert f"- {first}\n" in told["body"], "a question names nobody"
    page = text_of(dana.get("/onboardings/1"))
    assert "Open with the customer" in page
    assert f"item {question.id}, pending" in page
    assert "the customer has to be asked: the onboarding team asks them. Piet, by Friday." in page
    assert "due Thu 5 Mar" in page, "three business days, as the template says"

    for day in ("2026-W10-1", "20260302", "0001-01-01", "soon"):
        slip = {"words": ANSWER, "said_by": "Piet, on the call", "said_on": day}
        assert "such as 2026-03-06" in text_of(dana.post("/onboardings/1/points/customer_outcome", data=slip)), day
    wrong = {"words": ANSWER, "said_by": "", "said_on": "2026-03-09"}
    refused = dana.post("/onboardings/1/points/customer_outcome", data=wrong)
    assert refused.status_code == 422
    assert ANSWER in refused.text
    assert "Say who said it, and where" in text_of(refused)
    assert "This day is still to come" in text_of(refused)
    given = {"words": ANSWER, "said_by": "Piet de Vries, by e-mail", "said_on": "2026-03-02"}
    assert client_for(AIKO).post("/onboardings/1/points/customer_outcome", data=given).status_code == 403
    assert dana.post("/onboardings/1/points/customer_outcome", data=given).status_code == 303
    assert mails(world)[-1][0] == "withdrawn", "what is answered is not asked any more"
    assert clock(world, today) == 1
    assert mails(world)[-1] == ("pending", "Before we start: What exactly do you expect us to deliver?")
    page = text_of(dana.get("/onboardings/1"))
    assert (
        "Customer business outcome answered 2026-03-02, Piet de Vries, by e-mail; written down by Dana Whitfield"
        in page
    )
    again = dana.post("/onboardings/1/points/customer_outcome", data=given, follow_redirects=True)
    assert "This is no open point any more" in text_of(again)

    with world.session() as session:
        draft_again.ask(session, DANA.id, brief.id, world.seen(brief.id).revision, today)
    draft(world)
    assert ANSWER in str(world.draft(brief.id))
    assert "said by Piet de Vries, by e-mail, written down by Dana Whitfield" in text_of(dana.get(f"/items/{brief.id}"))

    left = [one for one in of_kind(world, "customer_email") if one.state == "pending" and "question" in one.title]
    world.decide(TOM, left[0].id, "approve")
    assert clock(world, today + timedelta(days=3)) == 1, "the day it is due"
    assert mails(world)[-1] == ("pending", "For your project, a reminder: What exactly do you expect us to deliver?")
    last = {"words": "The branch import.", "said_by": "Piet de Vries, on the phone", "said_on": "2026-03-02"}
    assert dana.post("/onboardings/1/points/promised_deliverables", data=last).status_code == 303
    assert mails(world)[-1][0] == "withdrawn"
    assert clock(world, today + timedelta(days=8)) == 0
    assert "question.customer_answer" in [entry.act for entry in world.log()]
    assert world.verify().holds


def test_sales_says_who_asks_the_customer_and_by_when(world: World, put: Any, client_for: Any) -> None:
    """What Lena asks herself is in no draft, and due on her day; the other question names the day that she gave."""
    mine = {"asker-promised_deliverables": "sales", "ask_by-promised_deliverables": "2026-03-06"}
    approved_with_gaps(world, put, client_for, **mine, **{"ask_by-customer_outcome": "2026-03-10"})
    page = text_of(client_for(DANA).get("/onboardings/1"))
    assert "Lena Vogt asks them by Fri 6 Mar 2026" in page
    assert "Lena Vogt asks the customer, so none is drafted" in page
    assert "due Fri 6 Mar" in page
    assert "the onboarding team asks them by Tue 10 Mar 2026" in page
    assert "due Tue 10 Mar" in page
    assert clock(world, world.now) == 1
    assert mails(world) == [
        ("pending", "Before we start: Which result do you want to reach with us, in your own words?")
    ]
    [question] = [one for one in of_kind(world, "customer_email") if "question" in one.title]
    assert "please answer me by Tuesday, 10 March 2026" in world.draft(question.id)["body"]
