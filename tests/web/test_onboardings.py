"""An onboarding's page: from closed-won to first value, who sees it, and what a person records there, without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from reviewqueue.db.tables.log import LogText
from reviewqueue.onboarding.drafting.compose import compose
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, LENA, MARCUS, NOOR, PRIYA, SAM, TOM
from tests.support.draft_chain import PROOF, begun, draft, draftings, of_kind, plan_of, reach
from tests.web.conftest import text_of
from tests.world import World


@pytest.fixture
def running(world: World) -> World:
    """An onboarding with an approved plan, one milestone reached, one draft that failed for now and one skipped."""
    begun(world)

    def shaky(*given: Any) -> Any:
        if given[2].key == "risk-summary":
            raise RuntimeError("the model is away")
        return compose(*given)

    draft(world, shaky)
    world.decide(INES, of_kind(world, "project_plan")[0].id, "approve")
    reach(world, plan_of(world)[0], INES)
    return world


def test_the_page_tells_the_whole_run(client_for: Any, running: World) -> None:
    """Where it stands, its milestones in their layers, its drafts by gate, what is still to be drafted and what is not."""
    held = plan_of(running)
    told = text_of(client_for(PRIYA).get("/onboardings/1"))
    for said in (
        "Closed-won started", "Handoff packet approved", "Plan approved", f"1 of {len(held)} reached",
        "First value not yet", "Internal setup 1 of 2", "Customer value 0 of", PROOF, "recorded by Ines Castellanos",
        "Handoff quality", "Implementation launch", "To be drafted", "RuntimeError: the model is away", "tried once",
        "Not drafted, and why", "No field is missing: nothing to ask.", "account of Dana Whitfield", "from the template “Welcome”",
    ):  # fmt: skip
        assert said in told, said
    for one in held:
        assert all(part in told for part in (one.name, one.owner, one.exit)), one.name
    board = client_for(PRIYA).get("/onboardings").get_data(as_text=True)
    assert 'href="/onboardings/1"' in board


def test_a_milestone_whose_day_is_over_is_marked(client_for: Any, running: World) -> None:
    due = plan_of(running)[1].due_on
    assert due is not None
    for late in (0, 1):
        running.now = datetime(due.year, due.month, due.day + late, 15, tzinfo=UTC)
        with time_machine.travel(running.now, tick=False):
            told = text_of(client_for(DANA).get("/onboardings/1"))
        assert told.count("overdue since Wed 25 Mar 2026") == late, "the day itself is in time"
        assert "due Mon 30 Mar 2026" in told


def test_each_sees_the_drafts_at_gates_of_theirs_and_hears_of_the_others(client_for: Any, running: World) -> None:
    """Whoever reads no lane finds no page; a draft at another's gate is a number, not a title."""
    ines = text_of(client_for(INES).get("/onboardings/1"))
    assert "Welcome e-mail" not in ines
    assert "that you do not see" in ines
    assert "Welcome e-mail" in text_of(client_for(DANA).get("/onboardings/1"))
    assert client_for(AIKO).get("/onboardings/1").status_code == 200
    for person in (NOOR, SAM):
        assert client_for(person).get("/onboardings/1").status_code == 404, person.name
    assert client_for(DANA).get("/onboardings/99").status_code == 404


def forms(answer: Any) -> set[str]:
    """What the forms of a page do to milestones and drafts."""
    found = re.findall(r'action="/onboardings/\d+/(\w+)/\d+/([\w-]+)"', answer.get_data(as_text=True))
    return {f"{noun}/{act}" for noun, act in found}


@pytest.mark.parametrize(
    ("person", "offered"),
    [
        (DANA, {"milestones/reach", "milestones/reopen", "draftings/retry", "draftings/give-up"}),
        (INES, {"milestones/reach", "milestones/reopen", "draftings/retry", "draftings/give-up"}),
        (PRIYA, {"milestones/reach", "milestones/reopen", "draftings/retry", "draftings/give-up"}),
        (HELEN, {"draftings/retry", "draftings/give-up"}),
        (TOM, set()),
        (AIKO, set()),
    ],
)
def test_the_page_offers_what_the_person_may_do(
    client_for: Any, running: World, person: Any, offered: set[str]
) -> None:
    assert forms(client_for(person).get("/onboardings/1")) == offered


def test_evidence_is_recorded_and_taken_back_by_plain_forms(client_for: Any, running: World) -> None:
    """Posted without a script: too short keeps what was typed at its place; told once done; a second one is told who."""
    dana, one = client_for(DANA), plan_of(running)[1]
    address = f"/onboardings/1/milestones/{one.id}/reach"
    short = dana.post(address, data={"proof": "seen <it>"})
    assert short.status_code == 422
    body = short.get_data(as_text=True)
    assert "seen &lt;it&gt;</textarea>" in body
    assert "say what shows that it is reached" in body.lower()
    assert re.search(rf'aria-describedby="reach-{one.id}-error"', body)
    done = dana.post(address, data={"proof": "The project is there, with <b>five</b> owners."})
    assert (done.status_code, done.headers["Location"]) == (303, "/onboardings/1")
    told = dana.get("/onboardings/1")
    assert "The evidence is recorded" in text_of(told)
    assert "with &lt;b&gt;five&lt;/b&gt; owners." in told.get_data(as_text=True)
    marcus = client_for(MARCUS)
    marcus.post(address, data={"proof": "I saw it as well, on Monday."})
    assert "recorded by Dana Whitfield" in text_of(marcus.get("/onboardings/1"))
    assert plan_of(running)[1].proof.startswith("The project is there")
    back = dana.post(f"/onboardings/1/milestones/{one.id}/reopen", data={"reason": "It was another project."})
    assert back.status_code == 303
    assert plan_of(running)[1].reached_at is None


def test_value_before_what_it_depends_on_takes_a_reason(client_for: Any, world: World) -> None:
    """Refused at its place with what is missing, or recorded with a reason that is on the log; internal steps, and value
    whose predecessors are reached, ask for none. A long name that the columns cut is found all the same."""
    long = f"Transport system connected, {'and compared with the old one, ' * 9}end"
    setup, value = drafts.MILESTONES
    rows = [{**setup, "name": long}, {**value, "depends": long}, {**setup, "name": "Training done", "depends": long}]
    world.decide(INES, world.submit(drafts.plan(drafts.deal(), rows)), "approve")
    ines, ids = client_for(INES), {one.name[:8]: one.id for one in plan_of(world)}
    address = f"/onboardings/1/milestones/{ids['First la']}/reach"
    assert "Why it counts before “Transport system connected" in text_of(ines.get("/onboardings/1"))
    refused = ines.post(address, data={"proof": PROOF, "reason": "so"})
    assert refused.status_code == 422
    assert "It depends on “Transport system connected" in text_of(refused)
    body = refused.get_data(as_text=True)
    assert f"{PROOF}</textarea>" in body
    assert "\nso</textarea>" in body
    assert re.search(rf'name="reason"[^>]*aria-describedby="reach-{ids["First la"]}-reason-error"', body)
    assert all(one.reached_at is None for one in plan_of(world))
    internal = ines.post(f"/onboardings/1/milestones/{ids['Training']}/reach", data={"proof": PROOF})
    assert internal.status_code == 303, "an internal step may come before another"
    why = "Piet works with the report by a file he sends himself."
    assert ines.post(address, data={"proof": PROOF, "reason": why}).status_code == 303
    entry = [one for one in world.log() if one.act == "milestone.reach"][-1]
    with world.session() as session:
        words = select(LogText.text).where(LogText.position == entry.position, LogText.name == "reason")
        assert session.scalars(words).all() == [why]
    assert f'"ahead_of":[{ids["Transpor"]}]' in entry.body
    assert "not reached yet; why this one counts is in the log" in text_of(ines.get("/onboardings/1"))
    ines.post(f"/onboardings/1/milestones/{ids['Transpor']}/reach", data={"proof": PROOF})
    ines.post(f"/onboardings/1/milestones/{ids['First la']}/reopen", data={"reason": "To be seen again."})
    assert ines.post(address, data={"proof": PROOF}).status_code == 303, "what it depends on is reached"
    assert plan_of(world)[0].reached_at is not None


def test_a_draft_is_retried_and_given_up_by_plain_forms(client_for: Any, running: World) -> None:
    priya, one = client_for(PRIYA), draftings(running)["risk-summary"]
    assert priya.post(f"/onboardings/1/draftings/{one.id}/retry").status_code == 303
    assert draftings(running)["risk-summary"].attempts == 0
    short = priya.post(f"/onboardings/1/draftings/{one.id}/give-up", data={"reason": "no"})
    assert short.status_code == 422
    assert "no</textarea>" in short.get_data(as_text=True).replace("\n", "")
    done = priya.post(f"/onboardings/1/draftings/{one.id}/give-up", data={"reason": "Helen wrote it by hand."})
    assert done.status_code == 303
    assert draftings(running)["risk-summary"].state == "given_up"
    assert "Given up" in text_of(priya.get("/onboardings/1"))


def test_a_draft_is_asked_for_by_a_plain_form(client_for: Any, running: World) -> None:
    """What is written only when somebody asks: it stands there while it is composed, then waits at its gate; whoever
    asks twice is told; the log says who asked."""
    dana = client_for(DANA)
    page = dana.get("/onboardings/1").get_data(as_text=True)
    assert re.findall(r'<option value="([\w-]+)">', page.partition('id="ask-draft"')[2].partition("</form>")[0]) == [
        "kickoff-invitation", "missing-document", "task-reminder",
    ]  # fmt: skip
    assert dana.post("/onboardings/1/draftings", data={"template": "task-reminder"}).status_code == 303
    told = text_of(dana.get("/onboardings/1"))
    assert "It is drafted now" in told
    assert "Reminder of a task waiting" in told
    assert client_for(INES).post("/onboardings/1/draftings", data={"template": "task-reminder"}).status_code == 303
    one = draftings(running)["task-reminder"]
    assert one.cause.startswith(f"person:{DANA.id}@")
    entry = next(entry for entry in running.log() if entry.act == "drafting.ask")
    assert (entry.actor, entry.lane) == (DANA.actor, "mid-market-saas")
    assert [entry.act for entry in running.log()].count("drafting.ask") == 1
    draft(running, at=running.now + timedelta(minutes=1))
    (item,) = of_kind(running, "task_reminder")
    assert (item.state, item.gate) == ("pending", "customer-communication")
    assert "from the template “Reminder of a task”" in text_of(dana.get("/onboardings/1"))
    wrong = dana.post("/onboardings/1/draftings", data={"template": "welcome"})
    assert wrong.status_code == 422
    assert "Choose one of Kickoff: invitation, Missing document, Reminder of a task" in text_of(wrong)
    assert dana.post("/onboardings/99/draftings", data={"template": "task-reminder"}).status_code == 404


def test_what_was_skipped_is_drafted_after_all(client_for: Any, running: World) -> None:
    """Its reason may be over; where it is not, it is skipped again and says so."""
    one = draftings(running)["sales-question"]
    assert one.state == "skipped"
    dana = client_for(DANA)
    assert "Draft it anyway" in text_of(dana.get("/onboardings/1"))
    assert dana.post(f"/onboardings/1/draftings/{one.id}/retry").status_code == 303
    assert (draftings(running)["sales-question"].state, draftings(running)["sales-question"].done_at) == (
        "waiting",
        None,
    )
    draft(running, at=running.now + timedelta(minutes=1))
    assert draftings(running)["sales-question"].state == "skipped"


def test_who_may_not_is_refused_and_nothing_is_written(client_for: Any, running: World) -> None:
    """By the address as well as by the page, with and without the token."""
    open_one, waiting = plan_of(running)[1], draftings(running)["risk-summary"]
    posts = [
        (f"/onboardings/1/milestones/{open_one.id}/reach", {"proof": PROOF}),
        (f"/onboardings/1/milestones/{plan_of(running)[0].id}/reopen", {"reason": PROOF}),
        ("/onboardings/1/draftings", {"template": "task-reminder"}),
        (f"/onboardings/1/draftings/{waiting.id}/retry", {}),
        (f"/onboardings/1/draftings/{waiting.id}/give-up", {"reason": PROOF}),
    ]
    clients = {person: client_for(person) for person in (TOM, AIKO, LENA, NOOR, SAM, DANA)}
    before = running.everything()
    for address, data in posts:
        for person, status in ((TOM, 403), (AIKO, 403), (NOOR, 404), (SAM, 404)):
            assert clients[person].post(address, data=data).status_code == status, (person.name, address)
        assert clients[DANA].post(address, data=data, csrf=False).status_code == 400, address
        assert clients[DANA].get(address).headers["Location"] == "/onboardings/1"
    assert all('id="ask-draft"' not in clients[one].get("/onboardings/1").get_data(as_text=True) for one in (TOM, AIKO))
    assert clients[DANA].post("/onboardings/1/milestones/99/reach", data={"proof": PROOF}).status_code == 404
    assert running.everything() == before


def test_before_anything_was_drafted_the_page_says_what_comes(client_for: Any, world: World) -> None:
    world.submit(drafts.packet(drafts.deal("<i>Marlow</i>")))
    page = client_for(PRIYA).get("/onboardings/1")
    assert "There is no approved plan yet" in text_of(page)
    assert "<i>Marlow" not in page.get_data(as_text=True)
