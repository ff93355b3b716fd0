"""Deciding on the page: what is done is said and the next item is there; what is refused keeps every word."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.items import leases
from tests import drafts
from tests.cast import DANA, HELEN, INES, LENA, MARCUS, PRIYA, TOM
from tests.web.conftest import hidden_fields, text_of
from tests.web.test_items import question
from tests.world import REASONS, World

SAYS = "The dates hold; I asked Rosa this morning."


def page_of(client: Any, item: int) -> Any:
    answer = client.get(f"/items/{item}")
    assert answer.status_code == 200
    return answer


def post(client: Any, item: int, act: str, page: Any = None, **typed: Any) -> Any:
    """What a browser sends from the act's form of the item page (`page`, if it was loaded before)."""
    hidden = hidden_fields(page or page_of(client, item), f"{act}-item-{item}")
    assert hidden["action"] == act
    sent = {**hidden, "reason_code": REASONS[act], "text": SAYS, **typed}
    return client.post(f"/items/{item}/decisions", data=sent)


@pytest.mark.parametrize(
    ("act", "state", "says"),
    [
        ("approve", "approved", "Approved."),
        ("send_back", "sent_back", "Sent back."),
        ("escalate", "escalated", "Escalated."),
        ("reject", "rejected", "Rejected."),
    ],
)
def test_each_act_is_done_said_and_followed_by_the_next_item(
    client_for: Any, world: World, act: str, state: str, says: str
) -> None:
    item, following = world.submit(drafts.email(drafts.deal("Anchor Mills"))), world.submit(drafts.email())
    client = client_for(DANA)
    answer = post(client, item, act)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/items/{following}")
    assert world.item(item).state == state
    (made,) = world.decisions(item)
    assert (made.action, made.reason_code, made.text, made.person_id) == (act, REASONS[act], SAYS, DANA.id)
    page = page_of(client, following)
    assert f"{says} Anchor Mills, “Kickoff invitation”." in text_of(page)
    assert f'<meta name="form-taken" content="{act}-item-{item}">' in page.get_data(as_text=True)
    assert f'<a href="/items/{item}">' in page.get_data(as_text=True)
    assert says not in text_of(page_of(client, following))


def test_after_the_last_one_the_queue_says_so(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    answer = post(client, item, "approve")
    assert answer.headers["Location"] == "/queue"
    page = text_of(client.get("/queue"))
    assert "Approved." in page
    assert "Nothing waits for you" in page


@pytest.mark.parametrize("letter", ["\u200b", "題", "<", "x"])
def test_the_longest_titles_do_not_burst_the_cookie(client_for: Any, world: World, letter: str) -> None:
    about = replace(drafts.deal(), customer="c" + letter * 254)
    made = drafts.email(about)
    item = world.submit(replace(made, drafted=replace(made.drafted, title="t" + letter * 254)))
    client = client_for(DANA)
    answer = post(client, item, "approve")
    assert max(len(value) for name, value in answer.headers if name == "Set-Cookie") < 4_000
    assert f'<a href="/items/{item}">' in client.get("/queue").get_data(as_text=True)


def test_the_first_of_two_approvals_says_what_is_still_needed(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS)), client_for(DANA)
    post(client, item, "approve")
    assert world.item(item).state == "pending"
    page = text_of(client.get("/queue"))
    assert "Still needed: One approval" in page


def test_an_override_says_everything_that_it_lets_through(client_for: Any, world: World) -> None:
    """Two dates that were agreed are moved: one box for the check, which names both, and both count as overridden."""
    about = drafts.deal()
    world.decide(INES, world.submit(drafts.plan(about)), "approve")
    moved = [{**one, "due": day} for one, day in zip(drafts.MILESTONES, ("2026-05-12", "2026-06-19"), strict=False)]
    item, client = world.submit(drafts.plan(about, moved)), client_for(INES)
    page = page_of(client, item).get_data(as_text=True)
    (label,) = re.findall(r'name="passes" value="commitment.contradicted"[^>]*>(.*?)</label>', page, re.S)
    assert "All 2:" in label
    assert all(day in label for day in ("12 May 2026", "19 June 2026"))
    said = {
        "passes": ["commitment.contradicted"],
        "reason_code": "known-gap-accepted",
        "text": "Agreed anew on the call.",
    }
    until = (world.now + timedelta(days=7)).date().isoformat()
    assert post(client, item, "override", **said, expires_on=until).status_code == 303
    assert "2 fail (2 overridden)" in text_of(page_of(client, item))


def test_an_override_names_its_checks_its_reason_and_its_end(client_for: Any, world: World) -> None:
    item = world.submit(drafts.packet(without=("customer_outcome", "non_standard_terms")))
    client = client_for(PRIYA)
    page = page_of(client, item).get_data(as_text=True)
    offered = re.findall(r'name="passes" value="([^"]+)"', page)
    assert sorted(offered) == ["field.customer_outcome", "field.non_standard_terms"]
    until = (world.now + timedelta(days=7)).date()
    answer = post(
        client,
        item,
        "override",
        passes=[*offered, *offered],
        expires_on=until.isoformat(),
        reason_code="known-gap-accepted",
    )
    assert answer.status_code == 303
    (made,) = world.decisions(item)
    assert made.action == "override"
    assert made.passes == sorted(offered)
    assert made.expires_at is not None
    assert made.expires_at.date() == until
    assert world.item(item).state == "approved"
    said = f"overridden by Priya Raman, “The gap is known and accepted for now”, until {until.day} {until:%B %Y}"
    page = text_of(page_of(client, item))
    assert page.count(said) == 2
    assert "2 fail (2 overridden)" in page
    assert "blocks approval" not in page


def test_a_question_is_answered_with_a_candidate(client_for: Any, world: World) -> None:
    item, client = world.submit(question()), client_for(PRIYA)
    refused = post(client, item, "approve", reason_code="identity-confirmed")
    assert refused.status_code == 422
    assert "choose one of the candidates" in text_of(refused).lower()
    assert world.decisions(item) == []
    answer = post(client, item, "approve", reason_code="identity-confirmed", choice="account:001A")
    assert answer.status_code == 303
    assert "Answered." in text_of(client.get(answer.headers["Location"]))


@pytest.mark.parametrize(
    ("sentence", "act", "typed", "field", "says"),
    [
        ("no reason", "reject", {"reason_code": ""}, "reject-reason_code", "hoose a reason"),
        (
            "a reason of another act",
            "reject",
            {"reason_code": "wording"},
            "reject-reason_code",
            "hoose a reason",
        ),
        ("no words", "send_back", {"text": ""}, "send_back-text", "say why in at least 10 characters"),
        ("white space", "escalate", {"text": " \n\t " * 9}, "escalate-text", "say why in at least 10 characters"),
        ("invisible words", "reject", {"text": "\u200b" * 40}, "reject-text", "say why in at least 10 characters"),
        ("too many words", "reject", {"text": "x" * 10_001}, "reject-text", "at most 10,000"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    client_for: Any, world: World, sentence: str, act: str, typed: dict[str, str], field: str, says: str
) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    before = (world.count(Decision), world.count(LogEntry))
    answer = post(client, item, act, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422, sentence
    assert says.lower() in text_of(answer).lower()
    assert re.search(rf'aria-invalid="true"[^>]*id="{field}"|id="{field}"[^>]*aria-invalid="true"', page)
    assert f'id="{field}-error"' in page
    assert f'href="#{field}"' in page
    kept = re.search(rf'id="{act}-text"[^>]*>(.*?)</textarea>', page, flags=re.S)
    assert kept
    assert unescape(kept[1]).lstrip("\r\n") == typed.get("text", SAYS).lstrip("\n")
    if code := typed.get("reason_code", REASONS[act]):
        assert code == "wording" or f'<option selected value="{code}">' in page
    assert f'id="{act}-item-{item}"' in page
    assert re.search(rf'id="{act}-item-{item}"[^>]*data-guard="answered"', page)
    assert re.search(rf'value="{act}"[^>]*checked', page)
    assert (world.count(Decision), world.count(LogEntry)) == before
    assert world.item(item).state == "pending"


@pytest.mark.parametrize(
    ("sentence", "typed", "field", "says"),
    [
        ("no end", {"expires_on": ""}, "override-expires_on", "say until when it holds"),
        ("no date", {"expires_on": "soon"}, "override-expires_on", "not a date"),
        ("too far", {"expires_on": "2027-01-01"}, "override-expires_on", "at the latest"),
        ("today", {"expires_on": "2026-03-02"}, "override-expires_on", "after today"),
        ("a check left out", {"passes": ["field.customer_outcome"]}, "override-passes", "name each failed check"),
        ("no check", {"passes": []}, "override-passes", "name each failed check"),
    ],
)
def test_an_override_is_refused_in_place(
    client_for: Any, world: World, sentence: str, typed: dict[str, Any], field: str, says: str
) -> None:
    item = world.submit(drafts.packet(without=("customer_outcome", "non_standard_terms")))
    whole = {
        "passes": ["field.customer_outcome", "field.non_standard_terms"],
        "expires_on": "2026-03-09",
        "reason_code": "known-gap-accepted",
        **typed,
    }
    answer = post(client_for(PRIYA), item, "override", **whole)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422, sentence
    assert says in text_of(answer).lower()
    assert f'id="{field}-error"' in page
    for key in whole["passes"]:
        assert f'name="passes" value="{key}" checked' in page
    assert world.decisions(item) == []


def test_a_revision_in_between_is_a_conflict_that_shows_it_and_keeps_the_words(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    read = page_of(client, item)
    changed = {**world.draft(item), "subject": "Kickoff, our proposal"}
    world.decide(MARCUS, item, "edit", draft=changed, now=world.now + timedelta(minutes=5))
    answer = post(client, item, "send_back", read)
    page = text_of(answer)
    assert answer.status_code == 409
    for words in (
        "This changed while you were reading",
        "Your “send back” was not recorded.",
        "Marcus Oyelaran",
        "2 Mar, 15:05 UTC",
        "What changed",
        "became revision 2",
        "Kickoff deleted: invitation inserted: , our proposal",
        SAYS,
    ):
        assert words in page, words
    assert all(
        words in answer.get_data(as_text=True) for words in ("<del> invitation</del>", "<ins>, our proposal</ins>")
    )
    assert world.decisions(item)[-1].action == "edit"
    again = {**hidden_fields(answer, f"send_back-item-{item}"), "reason_code": REASONS["send_back"], "text": SAYS}
    assert client.post(f"/items/{item}/decisions", data=again).status_code == 303
    assert world.item(item).state == "sent_back"


def test_what_was_decided_meanwhile_is_told_with_who_and_when(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    read = page_of(client, item)
    world.decide(MARCUS, item, "approve", now=world.now + timedelta(minutes=5))
    answer = post(client, item, "reject", read)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "This was decided before you" in page
    assert "approved by Marcus Oyelaran on 2 Mar, 15:05 UTC" in page
    assert SAYS in page
    assert len(world.decisions(item)) == 1


def test_a_lease_of_somebody_elses_stops_the_act_and_keeps_the_words(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    read = page_of(client, item)
    with world.session() as session:
        leases.take(session, MARCUS.id, item, world.now)
    answer = post(client, item, "reject", read)
    assert answer.status_code == 409
    assert "Somebody else has this now" in text_of(answer)
    assert "Marcus Oyelaran has this item until" in text_of(answer)
    assert SAYS in text_of(answer)


def test_a_digest_of_nowhere_is_a_conflict_without_a_difference(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    answer = post(client, item, "approve", revision_digest="0" * 64)
    assert answer.status_code == 409
    assert "none of this item’s revisions" in text_of(answer)
    assert world.item(item).state == "pending"


def test_not_allowed_says_why_and_which_rule_and_keeps_the_words(client_for: Any, world: World) -> None:
    item = world.submit(drafts.email())
    hidden = hidden_fields(page_of(client_for(DANA), item), f"approve-item-{item}")
    sent = {**hidden, "reason_code": REASONS["approve"], "text": SAYS}
    answer = client_for(PRIYA).post(f"/items/{item}/decisions", data=sent)
    page = text_of(answer)
    assert answer.status_code == 403
    assert "Only CSM or manager decides here (gates/customer-communication.toml:" in page
    assert SAYS in page
    assert world.decisions(item) == []


@pytest.mark.parametrize("act", ["", "delete", "release", "approve; reject"])
def test_an_act_that_is_none_is_refused(client_for: Any, world: World, act: str) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    answer = post(client, item, "approve", action=act)
    assert answer.status_code == 422
    assert "That is not an action." in text_of(answer)


def test_an_edit_cannot_come_through_the_decision_form(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    answer = post(client, item, "approve", action="edit", reason_code="wording")
    assert answer.status_code == 422
    assert world.item(item).revision_number == 1


@pytest.mark.parametrize("person", [LENA, INES], ids=lambda person: person.name)
def test_who_may_not_see_it_gets_nothing(client_for: Any, world: World, person: Any) -> None:
    item = world.submit(drafts.email())
    assert client_for(person).post(f"/items/{item}/decisions", data={"action": "approve"}).status_code == 404


def test_a_lease_is_taken_kept_given_back_and_taken_over(client_for: Any, world: World) -> None:
    item, dana, tom = world.submit(drafts.email()), client_for(DANA), client_for(TOM)
    assert "Nobody has taken this item. Take it for 10 minutes" in text_of(page_of(dana, item))
    assert dana.post(f"/items/{item}/lease", data={"act": "take"}).headers["Location"] == f"/items/{item}"
    assert "You have this until" in text_of(page_of(dana, item))
    assert "Dana Whitfield has this until" in text_of(page_of(tom, item))
    short = tom.post(f"/items/{item}/lease", data={"act": "take_over", "reason": "mine"})
    assert short.status_code == 422
    assert "say why in at least 10 characters" in text_of(short)
    assert ">\nmine</textarea>" in short.get_data(as_text=True)
    reason = "Dana is in a workshop until three."
    assert tom.post(f"/items/{item}/lease", data={"act": "take_over", "reason": reason}).status_code == 303
    assert world.item(item).lease_holder_id == TOM.id
    assert tom.post(f"/items/{item}/lease", data={"act": "give_back"}).status_code == 303
    assert world.item(item).lease_holder_id is None
    assert tom.post(f"/items/{item}/lease", data={"act": "wish"}).status_code == 303
    assert "That is not something one can do with an item." in text_of(page_of(tom, item))


def test_the_lease_line_alone_goes_to_htmx_and_a_refusal_loads_the_page(client_for: Any, world: World) -> None:
    item, dana, marcus = world.submit(drafts.email()), client_for(DANA), client_for(MARCUS)
    asked = {"HX-Request": "true", "HX-Target": "div#lease"}
    line = dana.post(f"/items/{item}/lease", data={"act": "take"}, headers=asked)
    assert line.get_data(as_text=True).strip().startswith('<div class="lease" id="lease" ')
    assert "You have this until" in text_of(line)
    refused = marcus.post(f"/items/{item}/lease", data={"act": "take"}, headers=asked)
    assert (refused.status_code, refused.headers["HX-Refresh"]) == (204, "true")
    assert "Dana Whitfield has this item until" in text_of(page_of(marcus, item))


def test_the_last_approval_is_called_so_only_when_it_is(client_for: Any, world: World) -> None:
    """Where two have to approve, the first is told what is left; the control: the second is told theirs is the last."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    assert "Yours is the last approval" not in text_of(page_of(client_for(MARCUS), item))
    world.decide(DANA, item, "approve")
    assert "Yours is the last approval" in text_of(page_of(client_for(MARCUS), item))


def test_the_next_item_is_one_key_away(client_for: Any, world: World) -> None:
    first, second = world.submit(drafts.email(drafts.deal("Anchor Mills"))), world.submit(drafts.email())
    dana = client_for(DANA)
    assert dana.get("/items/next").headers["Location"] == f"/items/{first}"
    assert dana.get(f"/items/{first}/next").headers["Location"] == f"/items/{second}"
    assert client_for(HELEN).get("/items/next").headers["Location"] == "/queue"
    assert f'href="/items/{first}/next" data-key="n"' in page_of(dana, first).get_data(as_text=True)
