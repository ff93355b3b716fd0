"""The pages of exceptions: the inbox, one exception, opening one, and what the item and the board say of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db import paging
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionNote
from reviewqueue.exceptions import case_queries, exception_cases, undecidable_items
from reviewqueue.exceptions.exception_cases import ExceptionRequest
from reviewqueue.items import intake
from reviewqueue.people import users
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, JONAS, NOOR, PRIYA, SAM, TOM, Named
from tests.web.conftest import hidden_fields, text_of
from tests.world import World

WORDS = "The go-live date cannot hold."


@pytest.fixture
def item(world: World) -> int:
    """A customer e-mail that Dana escalated: exception 1, Tom's."""
    made = world.submit(drafts.email())
    world.decide(DANA, made, "escalate", text=WORDS)
    return made


def opened(world: World, item: int, category: str, summary: str = "Promised a discount for ever") -> int:
    """Dana opens another about the same item."""
    with world.session() as session:
        said = ExceptionRequest(category, summary, WORDS, item_id=item)
        return exception_cases.open_case(session, DANA.id, said, world.now)


def state(world: World, case_id: int = 1) -> str:
    """Where an exception stands."""
    with world.session() as session:
        return session.get_one(ExceptionCase, case_id).state


def said(world: World) -> list[str]:
    """Every note there is."""
    with world.session() as session:
        return list(session.scalars(select(ExceptionNote.text).order_by(ExceptionNote.id)))


def test_the_inbox_shows_one_line_each(client_for: Any, world: World, item: int) -> None:
    client = client_for(TOM)
    page = text_of(client.get("/exceptions"))
    for expected in ("in 4 h", "Marlow Freight", WORDS, "Timeline risk", "Tom Abara", "no answer yet"):
        assert expected.replace("in 4 h", "today 19:00") in page
    assert "holds" not in page
    opened(world, item, "non-standard-promise")
    assert "Non-standard promise holds" in text_of(client_for(HELEN).get("/exceptions?view=open"))
    assert "Nothing waits for you" in text_of(client_for(PRIYA).get("/exceptions"))


# (who, which address, what the page says when it has nothing)
EMPTY = [
    (NOOR, "/exceptions", "No exception has you as its owner"),
    (NOOR, "/exceptions?view=open", "Nothing is in the way"),
    (TOM, "/exceptions?view=overdue", "Nothing is overdue"),
    (TOM, "/exceptions?view=resolved", "Nothing is resolved yet"),
    (TOM, "/exceptions?view=open&category=product-gap", "Clear the filters"),
    (TOM, "/exceptions?view=open&customer=Zz%00", "Clear the filters"),
    (TOM, "/exceptions?view=nonsense&customer=Zz", "Nothing matches"),
]


@pytest.mark.parametrize(("person", "address", "says"), EMPTY)
def test_an_empty_inbox_says_what_to_do(client_for: Any, item: int, person: Named, address: str, says: str) -> None:
    answer = client_for(person).get(address)
    assert answer.status_code == 200
    assert says in text_of(answer)


def test_the_inbox_has_pages(client_for: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    for _ in range(3):
        world.decide(DANA, world.submit(drafts.email()), "escalate", text=WORDS)
    client = client_for(TOM)
    first = client.get("/exceptions?category=timeline-risk").get_data(as_text=True)
    following = first.split('<a rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "category=timeline-risk" in following
    assert "view=mine" in following
    second = client.get(following).get_data(as_text=True)
    held = [(f"/exceptions/{number}" in first, f"/exceptions/{number}" in second) for number in (1, 2, 3)]
    assert held == [(True, False), (True, False), (False, True)]


def test_the_page_answers_what_whose_and_until_when(client_for: Any, world: World, item: int) -> None:
    page = text_of(client_for(TOM).get("/exceptions/1"))
    for expected in (
        "Timeline risk",
        "Tom Abara, as manager",
        "today 19:00",
        "Escalates to CS leader when it is overdue",
        "First response: reset plan",
        "Reset the milestone plan",
        "Dana Whitfield opened it",
        "The policy wrote",
        "Kickoff invitation",
        "escalated",
        "Salesforce Opportunity",
        "exceptions.toml:",
    ):
        assert expected in page, expected


# (who, which acts their page offers)
OFFERED = [
    (TOM, {"respond", "resolve", "note", "move", "pause"}),
    (HELEN, {"respond", "resolve", "note", "move", "pause"}),
    (PRIYA, {"respond", "resolve", "note", "move", "pause"}),
    (DANA, {"note"}),
    (AIKO, set()),
]


@pytest.mark.parametrize(("person", "acts"), OFFERED)
def test_the_page_offers_what_one_may_do(client_for: Any, item: int, person: Named, acts: set[str]) -> None:
    page = client_for(person).get("/exceptions/1").get_data(as_text=True)
    assert {act for act in case_queries.ACTS if f'id="{act}-exception-1"' in page} == acts


@pytest.mark.parametrize("person", [NOOR, SAM, INES])
def test_forbidden_and_absent_look_alike(client_for: Any, item: int, person: Named) -> None:
    client = client_for(person)
    pages = [client.get("/exceptions/1"), client.get("/exceptions/999")]
    posts = [client.post(f"/exceptions/{number}/note", data={"text": WORDS}) for number in (1, 999)]
    assert client_for(TOM).post("/exceptions/1/forget", data={"text": WORDS}).status_code == 404
    for there, absent in (pages, posts):
        assert (there.status_code, absent.status_code) == (404, 404)
        assert text_of(there) == text_of(absent)


def test_the_first_response_starts_a_draft_and_both_pages_say_so(client_for: Any, world: World, item: int) -> None:
    """Ticked unless somebody takes the tick away: the draft waits at its gate, linked there and back."""
    client = client_for(TOM)
    page = client.get("/exceptions/1")
    assert "Answering starts a risk summary, at Risk escalation." in text_of(page)
    assert '<input type="checkbox" name="starts" value="y" checked>' in page.get_data(as_text=True)
    hidden = hidden_fields(page, "respond-exception-1")
    refused = client.post("/exceptions/1/respond", data={**hidden, "text": "short"})
    assert '<input type="checkbox" name="starts" value="y">' in refused.get_data(as_text=True), (
        "what was unticked stays so"
    )
    client.post("/exceptions/1/respond", data={**hidden, "text": "We move the date to 6 April.", "starts": "y"})
    page = client.get("/exceptions/1")
    assert f"Item #{item + 1} is started from it" in text_of(page)
    assert "Started by the first response" in text_of(page)
    assert f'href="/items/{item + 1}"' in page.get_data(as_text=True)
    made = client_for(HELEN).get(f"/items/{item + 1}")
    assert "Started by the first response to exception #1: The go-live date cannot hold." in text_of(made)
    assert 'href="/exceptions/1"' in made.get_data(as_text=True)
    assert "Started by" not in text_of(client.get(f"/items/{item}"))


def test_a_block_says_that_it_holds_and_starts_nothing(client_for: Any, world: World, item: int) -> None:
    opened(world, item, "billing-or-contract-mismatch")
    page = client_for(PRIYA).get("/exceptions/2")
    assert "The block holds already" in text_of(page)
    assert 'name="starts"' not in page.get_data(as_text=True)


def test_what_nobody_decides_is_the_admins_page(client_for: Any, world: World) -> None:
    """What Sam finds: the gate, the items by number, what to do; no draft that is not theirs to read; and how it ended."""
    with world.session() as session:  # of an automation that is not Sam's
        made = intake.submit(session, world.stranger, drafts.packet(), world.now)[0]["id"]
        for person in (PRIYA, JONAS, HELEN):
            users.disable(session, person.id, SAM.id, world.now)
        undecidable_items.scan(session, world.now)
    client = client_for(SAM)
    assert "Nobody decides at Handoff quality, Mid-market SaaS" in text_of(client.get("/exceptions"))
    page = text_of(client.get("/exceptions/1"))
    for says in (f"Item #{made}: No open account is revops", "The clock opened it", "name a decider"):
        assert says.lower() in page.lower()
    assert "An item at a gate you do not see" in page
    assert "Handoff packet: Marlow" not in page
    assert "The onboarding of" not in page
    with world.session() as session:
        users.set_roles(session, NOOR.id, ["revops"], SAM.id, world.now)
        undecidable_items.scan(session, world.now)
    page = text_of(client.get("/exceptions/1"))
    assert "by the clock: Automatically: the items are decided, or can be decided again" in page
    assert "Resolved" in text_of(client_for(NOOR).get("/exceptions?view=resolved"))


def test_respond_then_resolve(client_for: Any, world: World, item: int) -> None:
    """What the browser sends for the two acts, and what it is told."""
    client = client_for(TOM)
    hidden = hidden_fields(client.get("/exceptions/1"), "respond-exception-1")
    answer = client.post("/exceptions/1/respond", data={**hidden, "text": "We move the date to 6 April."})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/exceptions/1")
    page = client.get("/exceptions/1")
    assert "The first response is recorded" in text_of(page)
    assert "Tom Abara gave the first response" in text_of(page)
    hidden = hidden_fields(page, "resolve-exception-1")
    done = client.post(
        "/exceptions/1/resolve", data={**hidden, "text": "The customer agreed.", "outcome": "back_to_gate"}
    )
    assert done.status_code == 303
    page = text_of(client.get("/exceptions/1"))
    assert "1 item moved" in page
    assert "by Tom Abara: Back to the gate" in page
    assert world.item(item).state == "pending"
    assert (state(world), said(world)[-1]) == ("resolved", "The customer agreed.")


def test_rejecting_rests_on_the_page(client_for: Any, world: World, item: int) -> None:
    """The form carries the digests of the drafts it showed."""
    client = client_for(HELEN)
    hidden = hidden_fields(client.get("/exceptions/1"), "resolve-exception-1")
    assert hidden["draft"].split(":")[1] == world.seen(item).revision
    typed = {"text": "It must not go out.", "outcome": "rejected", "reason_code": "must-not-go-out"}
    assert client.post("/exceptions/1/resolve", data={**hidden, **typed}).status_code == 303
    assert world.item(item).state == "rejected"


def test_an_item_that_stays_is_named(client_for: Any, world: World, item: int) -> None:
    client = client_for(TOM)
    hidden = hidden_fields(client.get("/exceptions/1"), "resolve-exception-1")
    typed = {"text": "It must not go out.", "outcome": "rejected", "reason_code": "must-not-go-out"}
    client.post("/exceptions/1/resolve", data={**hidden, **typed})
    assert f"Item {item} stayed: Only" in text_of(client.get("/exceptions/1"))
    assert world.item(item).state == "escalated"


# (act, what is typed besides, what the page says)
REFUSED = [
    ("respond", {"text": "short"}, "at least 10 characters"),
    ("move", {"text": WORDS, "to": ""}, "choose a person"),
    ("pause", {"text": WORDS, "waits": "x"}, "for the customer, or for sales"),
    ("resolve", {"text": WORDS}, "say what happens to the items"),
]


@pytest.mark.parametrize(("act", "typed", "says"), REFUSED)
def test_a_refused_form_keeps_what_was_typed(
    client_for: Any, world: World, item: int, act: str, typed: dict[str, str], says: str
) -> None:
    before, client = said(world), client_for(TOM)
    hidden = hidden_fields(client.get("/exceptions/1"), f"{act}-exception-1")
    answer = client.post(f"/exceptions/1/{act}", data={**hidden, **typed})
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert f"{typed['text']}</textarea>" in answer.get_data(as_text=True)
    assert said(world) == before


def test_who_comes_late_is_told_who_was_first(client_for: Any, world: World, item: int) -> None:
    """Somebody wrote meanwhile, and then somebody resolved: 409 with the name, and the typed words are kept."""
    late, first = client_for(TOM), client_for(HELEN)
    hidden = hidden_fields(late.get("/exceptions/1"), "respond-exception-1")
    first.post("/exceptions/1/note", data={"text": "The customer called me."})
    answer = late.post("/exceptions/1/respond", data={**hidden, "text": WORDS})
    assert answer.status_code == 409
    assert "Helen Strand wrote here" in text_of(answer)
    assert f"{WORDS}</textarea>" in answer.get_data(as_text=True)
    shown = hidden_fields(first.get("/exceptions/1"), "resolve-exception-1")
    first.post("/exceptions/1/resolve", data={**shown, "text": WORDS, "outcome": "decided_here"})
    answer = late.post("/exceptions/1/respond", data={**hidden, "text": "My words of half an hour."})
    assert answer.status_code == 409
    assert "Helen Strand resolved this exception" in text_of(answer)
    assert "My words of half an hour.</textarea>" in answer.get_data(as_text=True)


def test_a_get_changes_nothing(client_for: Any, world: World, item: int) -> None:
    before = world.everything()
    client = client_for(TOM)
    for address in ("/exceptions", "/exceptions/1", f"/exceptions/new?item={item}"):
        assert client.get(address).status_code == 200
    assert client.get("/exceptions/1/resolve").headers["Location"] == "/exceptions/1"
    after = world.everything()
    assert {name for name in before if before[name] != after[name]} <= {"sign_ins", "log_entries", "log_head"}
    assert before["exceptions"] == after["exceptions"]
    assert before["exception_notes"] == after["exception_notes"]


def test_opening_one_from_a_failed_check(client_for: Any, world: World) -> None:
    """The item proposes the category of its failed check; the form opens it, and the proposal is gone."""
    item = world.submit(drafts.packet(without=("customer_owner",)))
    client = client_for(PRIYA)
    page = client.get(f"/items/{item}")
    assert "This failed check points to “No customer owner”: field.customer_owner" in text_of(page)
    address = f"/exceptions/new?item={item}&category=no-customer-owner"
    assert address.replace("&", "&amp;") in page.get_data(as_text=True)
    form = client.get(address)
    assert 'value="no-customer-owner" selected' in form.get_data(as_text=True) or (
        'selected value="no-customer-owner"' in form.get_data(as_text=True)
    )
    hidden = hidden_fields(form, "open-exception")
    typed = {
        "category": "no-customer-owner",
        "summary": "Nobody on their side",
        "text": "Rosa has nobody yet, she says.",
    }
    answer = client.post("/exceptions", data={**hidden, **typed})
    assert answer.headers["Location"] == "/exceptions/1"
    page_now = text_of(client.get(f"/items/{item}"))
    assert "points to" not in page_now
    assert "Exception #1 holds everything sent to this customer: Nobody on their side" in page_now


def test_opening_keeps_what_was_typed(client_for: Any, world: World) -> None:
    item = world.submit(drafts.email())
    typed = {"item": item, "category": "", "summary": "A line", "text": "no"}
    answer = client_for(DANA).post("/exceptions", data=typed)
    assert answer.status_code == 422
    assert "choose a category" in text_of(answer)
    assert 'value="A line"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("about", ["", "item=999", "onboarding=999", "item=x"])
def test_opening_needs_something_to_be_about(client_for: Any, about: str) -> None:
    assert client_for(DANA).get(f"/exceptions/new?{about}").status_code == 404
    assert client_for(DANA).post(f"/exceptions?{about}", data={"text": WORDS}).status_code == 404


def test_opening_one_from_the_board(client_for: Any, world: World) -> None:
    """The board leads to the form, and its row then says what holds the customer up."""
    world.submit(drafts.email())
    client = client_for(DANA)
    assert "/exceptions/new?onboarding=1" in client.get("/onboardings").get_data(as_text=True)
    typed = {"category": "billing-or-contract-mismatch", "summary": "Two start dates", "text": WORDS, "onboarding": "1"}
    assert client.post("/exceptions", data=typed).status_code == 303
    assert "Exception #1 holds everything sent to this customer: Two start dates" in text_of(client.get("/onboardings"))
    for address in ("/onboardings", "/onboardings/1", "/items/1"):
        assert client_for(PRIYA).get("/exceptions/1").status_code == 200
        shown = client_for(TOM).get(address)
        assert client_for(TOM).get("/exceptions/1").status_code == 404
        assert "Exception #1 holds everything sent to this customer; RevOps works on it" in text_of(shown)
        assert "Two start dates" not in shown.text, "his words are for those who may open it"
        assert 'href="/exceptions/1"' not in shown.text, "and nothing leads to an error"


def test_an_item_says_what_another_drafts_exception_holds(client_for: Any, world: World) -> None:
    """A blocking exception stands on every item of its onboarding; one that blocks nothing only on its own."""
    deal = drafts.deal("Harbour Mills")
    first, second = world.submit(drafts.email(deal)), world.submit(drafts.packet(deal))
    opened(world, first, "timeline-risk", "Late by a week")
    assert "Late by a week" not in text_of(client_for(PRIYA).get(f"/items/{second}"))
    opened(world, first, "non-standard-promise")
    page = text_of(client_for(PRIYA).get(f"/items/{second}"))
    assert "Exception #2 holds everything sent to this customer" in page
    assert "opened about another draft" in page


def test_a_policy_without_exceptions_says_so(client_for: Any, world: World) -> None:
    files = {name: text for name, text in northbeam.files().items() if name != "exceptions.toml"}
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(drafts.email())
    assert "has no exceptions.toml" in text_of(client_for(DANA).get(f"/exceptions/new?item={item}"))


def test_what_comes_from_outside_is_inert(client_for: Any, world: World) -> None:
    """Customer, summary and words are text: no markup, and hidden characters are shown."""
    hostile = "<script>alert(1)</script>\u202eevil"
    item = world.submit(drafts.email(drafts.deal(f"Acme {hostile}")))
    with world.session() as session:
        exception_cases.open_case(
            session, DANA.id, ExceptionRequest("timeline-risk", hostile, hostile + WORDS, item_id=item), world.now
        )
    for address in ("/exceptions", "/exceptions/1", f"/items/{item}", "/onboardings"):
        page = client_for(TOM).get(address).get_data(as_text=True)
        assert "<script>alert" not in page, address
        assert "\u202e" not in page, address


def test_the_pages_take_few_queries(client_for: Any, world: World, queries: Any, item: int) -> None:
    """No more for many exceptions than for one."""
    client = client_for(TOM)
    counts = []
    for _ in range(2):
        with queries() as made:
            assert client.get("/exceptions").status_code == 200
        with queries() as whole:
            assert client.get("/exceptions/1").status_code == 200
        counts.append((len(made), len(whole)))
        for _ in range(5):
            world.decide(DANA, world.submit(drafts.email()), "escalate", text=WORDS)
    assert counts[0] == counts[1]
    assert counts[0][0] <= 6
