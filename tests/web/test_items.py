"""The item page: the draft, its evidence, what it needs, and only the acts this person has; in twelve queries."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.core.vocabulary import ACTS
from reviewqueue.delivery import sent_reports
from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source
from reviewqueue.exceptions import case_actions, exception_cases
from reviewqueue.exceptions.exception_cases import ExceptionRequest
from reviewqueue.items import leases
from reviewqueue.people import users
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, MARCUS, PRIYA, SAM, TOM
from tests.rules.test_separation import chain
from tests.support.crm_changes import doubt, says_now
from tests.web.conftest import text_of
from tests.world import WORDS, World

ORGANISATION = northbeam.files()["organisation.toml"].replace("Northbeam", "Northbeam GmbH")


def acts(answer: Any) -> set[str]:
    """The acts the page offers."""
    page = answer.get_data(as_text=True)
    edit = {"edit"} if re.search(r'href="/items/\d+/edit"', page) else set()
    tabs = set(re.findall(r'type="radio" name="act" value="(\w+)"', page))
    assert tabs == set(re.findall(r'class="act-panel" data-act="(\w+)"', page))
    return tabs | edit


EVERYTHING = {"approve", "edit", "send_back", "escalate", "reject"}


@pytest.mark.parametrize(
    ("person", "kind", "offered"),
    [
        (DANA, "email", EVERYTHING),
        (TOM, "email", EVERYTHING),
        (HELEN, "email", EVERYTHING),
        (PRIYA, "email", set()),
        (AIKO, "email", set()),
        (PRIYA, "gap", {"edit", "send_back", "escalate", "override", "reject"}),
        (DANA, "gap", set()),
        (INES, "plan", EVERYTHING),
        (DANA, "back", {"edit", "escalate", "reject"}),
        (DANA, "done", set()),
        (DANA, "own", {"edit", "send_back", "escalate", "reject"}),
        (MARCUS, "own", EVERYTHING),
        (MARCUS, "held", set()),
    ],
)
def test_only_legal_acts_are_offered_and_absent_ones_explained(
    client_for: Any, world: World, person: Any, kind: str, offered: set[str]
) -> None:
    item = _an_item(world, kind)
    answer = client_for(person).get(f"/items/{item}")
    assert answer.status_code == 200
    assert acts(answer) == offered
    page = answer.get_data(as_text=True)
    missing = set(ACTS) - offered
    if kind == "done":
        assert "it is decided" in text_of(answer)
        return
    explained = re.search(r'<details class="absent">.*?</details>', page, flags=re.S)
    assert explained
    assert explained[0].count("<li>") == len(missing)
    for act in missing:
        assert f"<strong>{act.replace('_', ' ').capitalize()}</strong>" in explained[0]
    assert "rule" in explained[0]
    assert ".toml" in explained[0]


def _an_item(world: World, kind: str) -> int:
    made = {
        "gap": drafts.packet(without=("customer_outcome",)),
        "plan": drafts.plan(),
    }
    item = world.submit(made.get(kind) or drafts.email())
    if kind == "back":
        world.decide(DANA, item, "send_back")
    elif kind == "done":
        world.decide(DANA, item, "approve")
    elif kind == "own":
        world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Kickoff, our proposal"})
    elif kind == "held":
        with world.session() as session:
            leases.take(session, DANA.id, item, world.now)
    return item


def test_the_page_answers_why_who_and_what_is_needed(client_for: Any, world: World) -> None:
    item = world.submit(drafts.packet(without=("customer_outcome",)))
    answer = client_for(PRIYA).get(f"/items/{item}")
    page = text_of(answer)
    for words in (
        "Every handoff packet in Mid-market SaaS waits at Handoff quality (lanes/mid-market-saas.toml:",
        "Check field.customer_outcome fails: ",
        "One approval from RevOps.",
        "RevOps; it escalates to CS leader.",
        "Missing, blocks approval",
        "Which business outcome did the customer buy, in their own words?",
        "You cannot approve it now. Failed checks block approval: field.customer_outcome.",
    ):
        assert words in page, words
    digest = world.item(item).policy_digest
    assert f"/policy/files/gates/handoff-quality.toml?version={digest}#L" in answer.get_data(as_text=True)


def test_a_statement_and_its_source_name_each_other(client_for: Any, world: World) -> None:
    item = world.submit(drafts.email())
    page = client_for(DANA).get(f"/items/{item}").get_data(as_text=True)
    said = re.search(r'id="claim-(\d+)" href="#source-claim-\1" data-claim="\1">starts on 2026-03-23', page)
    assert said
    number = said[1]
    assert f'id="source-claim-{number}" data-source-claim="{number}"><a class="back" href="#claim-{number}"' in page
    assert '<span class="path">Start date (/Start_Date__c)</span>' in page
    assert "text from outside, Salesforce Opportunity" in page
    assert "&#34;ARR__c&#34;: &#34;48000.00&#34;" in page


@pytest.mark.parametrize("kind", ["email", "gap", "plan"])
def test_statements_are_numbered_as_they_are_read(client_for: Any, world: World, kind: str) -> None:
    """Recipients before the body, the packet's sections in the policy's order, a milestone's name before its owner."""
    item = _an_item(world, kind)
    page = client_for(HELEN).get(f"/items/{item}") if kind == "email" else client_for(AIKO).get(f"/items/{item}")
    numbers = [int(one) for one in re.findall(r' id="claim-(\d+)"', page.get_data(as_text=True))]
    assert len(numbers) >= 3
    assert numbers == sorted(numbers)


def test_failing_checks_come_first_and_lead_to_their_place(client_for: Any, world: World) -> None:
    item = world.submit(drafts.email(body=drafts.BODY + "\u202e"))
    page = client_for(DANA).get(f"/items/{item}").get_data(as_text=True)
    checks = re.findall(r'class="outcome is-(\w+)"', page)
    assert checks == sorted(checks, key=["fail", "warn", "pass"].index)
    place = re.search(r'<a href="#(place-\d+)">in Body</a>', page)
    assert place
    assert f'id="{place[1]}"' in page
    assert '<span class="chip-hidden" title' in page
    assert "\u202e" not in page


def test_a_question_shows_its_candidates_with_their_evidence(client_for: Any, world: World) -> None:
    answer = client_for(PRIYA).get(f"/items/{world.submit(question())}")
    page = text_of(answer)
    for words in (
        "Which customer is this?",
        "Harbour Mills GmbH",
        "City: Bremen",
        "Amount 36000.00",
        "Answer and start the onboarding",
    ):
        assert words in page, words
    assert acts(answer) == {"approve", "send_back", "escalate", "reject"}
    assert "A question is answered or closed, not edited" in page


def question() -> Any:
    """A question to RevOps with two candidates."""
    deal = drafts.deal("Harbour Mills").sources["deal"]
    draft = {
        "question": "Which customer is this?",
        "deal": {"amount": "36000.00", "name": "Harbour Mills"},
        "choices": [
            {"key": "account:001A", "label": "Harbour Mills GmbH", "evidence": ["City: Bremen"]},
            {"key": "account:001B", "label": "Harbour Milling Ltd", "evidence": []},
        ],
    }
    drafted = DraftWithEvidence("trigger_question", "Which customer is it?", draft, {"deal": deal}, ())
    return replace(drafts.email(), drafted=drafted)


def test_history_tells_revisions_edits_decisions_and_what_is_void(client_for: Any, world: World) -> None:
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    world.decide(TOM, item, "approve", text="Read it twice.", now=world.now + timedelta(minutes=1))
    changed = {**world.draft(item), "subject": "Kickoff, our proposal"}
    world.decide(DANA, item, "edit", draft=changed, text="Say it is a proposal.", now=world.now + timedelta(minutes=2))
    page = text_of(client_for(MARCUS).get(f"/items/{item}"))
    assert page.index("Dana Whitfield edited it,") < page.index("Say it is a proposal.") < page.index("Subject")
    history = page[page.index("History") :]
    for words in (
        "Revision 2 by Dana Whitfield, edit, “Wording or tone, facts unchanged”",
        "Say it is a proposal.",
        "Approved by Tom Abara, manager, “Complete, and every statement rests on its source”",
        "void: revision 2 replaced revision 1",
        "Read it twice.",
        "Revision 1 by the automation Handoff agent",
    ):
        assert words in history, words
    assert history.index("Revision 2") < history.index("Approved by Tom") < history.index("Revision 1 by")


def test_what_it_was_escalated_or_sent_back_with_stands_above_the_draft(client_for: Any, world: World) -> None:
    """Whoever takes it on reads first who handed it over and why: the leader the CSM's words, the CSM the leader's."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate", text="Leeds was never agreed.")
    top, _, _ = text_of(client_for(HELEN).get(f"/items/{item}")).partition("Checks")
    assert re.search(r"Dana Whitfield escalated it, .* UTC: “.+” Leeds was never agreed\.", top)
    world.decide(HELEN, item, "send_back", text="Leeds holds. Take the scope out.")
    top, _, _ = text_of(client_for(DANA).get(f"/items/{item}")).partition("Checks")
    assert re.search(r"Helen Strand sent it back, .* UTC: “.+” Leeds holds\. Take the scope out\.", top)
    assert "escalated it" not in top


def test_an_older_revision_is_read_only_and_shows_what_changed(client_for: Any, world: World) -> None:
    item = _an_item(world, "own")
    answer = client_for(MARCUS).get(f"/items/{item}/revisions/1")
    page = answer.get_data(as_text=True)
    assert "<dt>Subject</dt>" in page
    assert "<del> invitation</del>" in page
    assert "<ins>, our proposal</ins>" in page
    assert "act-panel" not in page
    assert "data-claim" not in page
    assert client_for(MARCUS).get(f"/items/{item}/revisions/3").status_code == 404
    assert "to read only" in text_of(client_for(MARCUS).get(f"/items/{item}/revisions/2"))


@pytest.mark.parametrize(
    ("sentence", "draft"),
    [
        ("lists of objects", {"milestones": [{"name": "First report", "done": None, "n": 1.5}, "loose"]}),
        ("deep", {"a": {"b": {"c": {"d": {"e": ["f", {"g": ""}]}}}}}),
        ("a message without its parts", {"note": "x"}),
        ("a message whose parts are odd", {"to": {"x": "y"}, "subject": 7, "body": ["a", "b"]}),
        ("a message whose receivers are no list", {"to": 7, "cc": True, "bcc": 1.5, "reply_to": 3, "body": "Hello"}),
        (
            "names of ours that are not what they seem",
            {"sections": "none", "choices": 3, "deal": [], "items": "x", "keys": "y"},
        ),
        ("empty things", {"a": {}, "b": [], "c": "", "d": None}),
    ],
)
@pytest.mark.parametrize("kind", ["customer_email", "handoff_packet", "project_plan", "trigger_question"])
def test_a_draft_of_any_shape_is_shown(client_for: Any, world: World, kind: str, sentence: str, draft: Any) -> None:
    about = drafts.deal()
    drafted = DraftWithEvidence(
        kind, "Odd one", draft, {"deal": about.sources["deal"]}, (Citation("/a", "", "gone", "/x"),)
    )
    item = world.submit(replace(drafts.email(about), drafted=drafted))
    for page in (f"/items/{item}", f"/items/{item}/revisions/1", f"/items/{item}/edit"):
        status = client_for(HELEN).get(page).status_code
        assert status == 200 or (page.endswith("edit") and kind == "trigger_question"), (sentence, page, status)


def test_sixty_levels_deep_is_still_a_page(client_for: Any, world: World) -> None:
    draft: Any = "the bottom"
    for _ in range(58):
        draft = {"in": draft}
    about = drafts.deal()
    drafted = DraftWithEvidence("project_plan", "Deep", draft, {"deal": about.sources["deal"]})
    item = world.submit(replace(drafts.email(about), drafted=drafted))
    assert "the bottom" in text_of(client_for(HELEN).get(f"/items/{item}"))


def test_an_item_page_takes_twelve_queries_whatever_it_shows(client_for: Any, world: World, queries: Any) -> None:
    small = world.submit(drafts.email())
    large = _large(world)
    chain(world, SAM, DANA)
    with world.session() as session:
        ends = world.now + timedelta(days=3)
        users.set_absence(session, AIKO.id, DANA.id, world.now, ends, world.now)
    counts = {}
    for item in (small, large):
        client = client_for(DANA)
        policy_versions._cache.clear()
        with queries() as made:
            assert client.get(f"/items/{item}").status_code == 200
        counts[item] = len(made)
        assert len(made) <= 12, made
    assert counts[small] == counts[large]
    page = text_of(client_for(DANA).get(f"/items/{large}"))
    assert "statement 1" not in page
    assert "120 records" in page
    assert "revision 6" in page


def test_the_worst_page_takes_no_more(client_for: Any, world: World, queries: Any, tmp_path: Path) -> None:
    """A source that moved and one in question, a blocking exception, a draft that an answer started, a lease, siblings,
    rules that are no longer active, stand-ins: all at once."""
    about = drafts.deal()
    mail, gap = drafts.email(about), drafts.packet(about, without=("customer_outcome",))
    items = world.submit(mail), world.submit(gap), world.submit(drafts.plan(about))
    says = ExceptionRequest(
        "no-customer-owner", "Nobody is in charge", "Nobody on their side answers.", item_id=items[0]
    )
    blocker = replace(says, category="technical-integration-blocker")
    with world.session() as session:
        exception_cases.open_case(session, DANA.id, says, world.now)
        case = exception_cases.open_case(session, DANA.id, blocker, world.now)
        answered = case_actions.respond(
            session, INES.id, case, "The file comes by hand until May.", world.now, starts=True
        )
    world.decide(DANA, items[0], "escalate")
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06", ARR__c="1.00")
    doubt(world, PRIYA, items[1])
    ends = world.now + timedelta(days=3)
    with world.session() as session:
        for person in (SAM, AIKO):
            users.set_absence(session, person.id, HELEN.id, world.now, ends, world.now)
        leases.take(session, HELEN.id, items[0], world.now)
        files = {
            **policy_versions.files(session, world.item(items[0]).policy_digest),
            "organisation.toml": ORGANISATION,
        }
        policy_versions.activate(session, files, "system:cli", world.now)
    for person, item in [(HELEN, items[0]), (PRIYA, items[1]), (INES, items[2]), (INES, answered)]:
        client = client_for(person)
        policy_versions._cache.clear()
        with queries() as made:
            page = client.get(f"/items/{item}")
        assert page.status_code == 200
        assert len(made) <= 12, made
    said = text_of(client_for(HELEN).get(f"/items/{items[0]}"))
    for words in ("Nobody is in charge", "is now 2026-04-06", "says it should be 2026-04-07"):
        assert words in said
    assert f"Started by the first response to exception #{case}" in text_of(client_for(INES).get(f"/items/{answered}"))


def test_nor_does_the_page_of_what_goes_out(client_for: Any, world: World, queries: Any, tmp_path: Path) -> None:
    """Approved after an override, held by an exception and by a source that moved, reported twice, with siblings."""
    about = drafts.deal()
    mail = drafts.email(about)
    item = world.submit(mail)
    world.submit(drafts.plan(about))
    world.decide(DANA, item, "approve")
    says = ExceptionRequest(
        "technical-integration-blocker", "The file is refused", "Their server refuses it.", item_id=item
    )
    with world.session() as session:
        exception_cases.open_case(session, DANA.id, says, world.now)
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06", ARR__c="1.00")
    digest = world.seen(item).revision
    for by in ("outreach 3.1", "outreach 3.2"):
        with world.session() as session:
            sent_reports.record_report(
                session,
                world.caller,
                item,
                sent_reports.SentReport("0" * 64 if by[-1] == "1" else digest, world.now, by),
                world.now,
            )
    for person in (HELEN, DANA, PRIYA):
        client = client_for(person)
        client.get("/queue")  # the rules are read once in a process, whatever a page shows
        with queries() as made:
            page = client.get(f"/items/{item}")
        assert page.status_code == 200
        assert len(made) <= 12, made


def _large(world: World) -> int:
    about = drafts.deal()
    sources = {
        f"s{number}": Source("hubspot", "COMPANY", str(number), {"name": f"Name {number}"}) for number in range(120)
    }
    body = " ".join(f"statement-{number}" for number in range(120))
    rests = tuple(Citation("/body", f"statement-{number}", f"s{number}", "/name") for number in range(120))
    drafted = DraftWithEvidence(
        "customer_email", "Large", {"to": ["a@x.example"], "subject": "s", "body": body}, sources, rests
    )
    submission = drafts.in_lane(replace(drafts.email(about), drafted=drafted), drafts.TWO_APPROVALS)
    for number in range(60):
        submission = drafts.with_check(submission, f"automation.check-{number}", "warn", blocking=False)
    item = world.submit(submission)
    for number in range(1, 6):
        world.decide(TOM, item, "approve", text=WORDS)
        world.decide((DANA, MARCUS)[number % 2], item, "edit", draft={**world.draft(item), "subject": f"s{number}"})
    return item


def test_a_missing_gate_shuts_the_item_and_says_so(
    client_for: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviewqueue.policy.model.policy import Policy

    item = world.submit(drafts.email())
    monkeypatch.setattr(Policy, "gate", lambda self, lane, gate: None)
    answer = client_for(AIKO).get(f"/items/{item}")
    assert answer.status_code == 200
    assert acts(answer) == set()
    assert "The gate is missing from the policy, so it is closed." in text_of(answer)
    assert client_for(DANA).get(f"/items/{item}").status_code == 404
