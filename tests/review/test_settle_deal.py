"""A person says what holds of a changed deal; until then nothing goes out, and what they say decides what does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.delivery import callbacks, releases
from reviewqueue.onboarding import draft_input, draft_jobs, onboardings, owner
from reviewqueue.policy import policy_versions
from reviewqueue.review import resolve_exception
from reviewqueue.review.resolve_exception import Resolution
from tests import northbeam
from tests.cast import AIKO, DANA, HELEN, LENA, NOOR, PRIYA, Named
from tests.onboarding.test_deal_changes import cases, changes, held_by
from tests.support.crm_life import CRMS, message, message_waits, onboarding, start
from tests.support.releases import GATE, by_mail, row, state, take
from tests.world import World

WHY = "Lena has the signed order in her hands."
HOLDS, NEW, ENDED = "deal_holds", "new_terms", "onboarding_ended"


@pytest.fixture(params=list(CRMS))
def crm(request: pytest.FixtureRequest) -> Any:
    """Each CRM."""
    return CRMS[request.param]


def say(world: World, outcome: str, person: Named = PRIYA, text: str = WHY) -> None:
    """A person says what holds, in the newest open exception."""
    with world.session() as session:
        query = select(ExceptionCase.id).where(ExceptionCase.resolved_at.is_(None)).order_by(ExceptionCase.id.desc())
        case_id = session.scalars(query).first() or 0
        resolve_exception.resolve(session, person.id, case_id, Resolution(outcome, text), world.now)


def says(world: World, folder: Path, crm: Any, **change: Any) -> None:
    """The CRM says of the first deal, an hour later, that it is as it was but for these."""
    world.now += timedelta(hours=1)
    crm.bring(world, folder, crm.deal(0, **change))


def waiting(world: World, folder: Path, crm: Any) -> int:
    """A message that was approved, of a deal that was re-opened meanwhile."""
    by_mail(world)
    start(world, folder, crm, 0)
    item = message_waits(world, folder, crm, 0)
    says(world, folder, crm, stage="open")
    assert state(world, item) == "held"
    return item


# (what a person says, what becomes of the approved message, whether the onboarding takes drafts)
OUTCOMES: list[tuple[str, str, bool]] = [
    (HOLDS, "waiting", True),
    (NEW, "waiting", True),
    (ENDED, "given_up", False),
]


@pytest.mark.parametrize(("outcome", "becomes", "goes_on"), OUTCOMES, ids=[one[0] for one in OUTCOMES])
def test_what_a_person_says(world: World, tmp_path: Path, crm: Any, outcome: str, becomes: str, goes_on: bool) -> None:
    """It is on the log with the reason; the worker sends it or never will; drafts are taken or refused."""
    item = waiting(world, tmp_path, crm)
    packet = world.item(item).id - 1
    say(world, outcome)
    run = onboarding(world, crm, 0)
    assert row(world, item).state == becomes
    due = take(world, world.now + releases.RECHECK_AFTER)
    assert (due.item_id if due else 0) == (item if goes_on else 0)
    assert (run.ended_at is None) is goes_on
    assert world.item(packet).state == ("pending" if goes_on else "withdrawn")
    (change,) = changes(world, run.id)
    assert (change.settled_by_id, change.outcome) == (PRIYA.id, {HOLDS: "holds", NEW: NEW, ENDED: "ended"}[outcome])
    told = [entry.act for entry in world.log() if entry.act in ("onboarding.settle", "onboarding.end")]
    assert told == ["onboarding.settle", *([] if goes_on else ["onboarding.end"])]
    another = message(world, tmp_path, crm, 0, "Agenda for the kickoff")
    if goes_on:
        assert world.submit(another)
    else:
        with pytest.raises(Invalid) as refused:
            world.submit(another)
        assert refused.value.faults[0].at == "/onboarding/external_id"
        with world.session() as session, pytest.raises(draft_input.NothingToDraft, match="ended"):
            draft_input.load(session, run.id, "welcome", "item:1", world.now)
        with world.session() as session, pytest.raises(Conflict, match="onboarding ended"):
            draft_jobs.ask(session, PRIYA.id, run.id, "missing-document", world.now)
        with world.session() as session:
            assert not onboardings.load_page(session, run.id, PRIYA.id, world.now).askable
            assert not session.scalars(select(DraftJob).where(DraftJob.state == "waiting")).all()
    assert world.verify().holds


# (who it is, what they say, with which words, what they are told)
REFUSED: list[tuple[str, Named, str, str, type[Exception]]] = [
    ("an auditor reads only", AIKO, HOLDS, WHY, Forbidden),
    ("finance has no part in it", NOOR, HOLDS, WHY, NotFound),
    ("a reason is needed", PRIYA, HOLDS, "ok", Invalid),
    ("that the items stay says nothing of the deal", PRIYA, "decided_here", WHY, Invalid),
    ("nor that they go back", PRIYA, "back_to_gate", WHY, Invalid),
]


@pytest.mark.parametrize(("what", "person", "outcome", "text", "error"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_is_refused(
    world: World, tmp_path: Path, what: str, person: Named, outcome: str, text: str, error: type[Exception]
) -> None:
    """Nothing is written, and it is held as before."""
    item = waiting(world, tmp_path, CRMS["salesforce"])
    before = world.everything()
    with pytest.raises(error):
        say(world, outcome, person, text)
    assert world.everything() == before
    assert "deal" in held_by(world, item), what


@pytest.mark.parametrize("person", [PRIYA, HELEN, DANA, LENA], ids=lambda one: one.roles[0])
def test_who_says_it(world: World, tmp_path: Path, person: Named) -> None:
    """Whoever may resolve the exception: RevOps, a CS leader, a CSM, the sales owner."""
    item = waiting(world, tmp_path, CRMS["salesforce"])
    say(world, HOLDS, person)
    assert held_by(world, item) == []


def test_an_account_owner_gets_it(world: World, tmp_path: Path) -> None:
    """Whose account it is owns the exception, else RevOps does."""
    crm = CRMS["salesforce"]
    start(world, tmp_path, crm, 0)
    with world.session() as session:
        owner.set_owner(session, HELEN.id, onboarding(world, crm, 0).id, DANA.id, WHY, world.now)
    says(world, tmp_path, crm, stage="open")
    (case,) = cases(world, onboarding(world, crm, 0).id)
    assert (case.owner_id, case.owner_role) == (DANA.id, "csm")


Step = dict[str, Any] | str
# (what it shows, what the CRM says and people say in order, what is asked at the end, words of the last change)
LIVES: list[tuple[str, list[Step], bool, str]] = [
    ("lost, then won again: a person decides", [{"stage": "lost"}, {}], True, "won again"),
    (
        "won again for another amount is told",
        [{"stage": "open"}, {"amount": 52000}],
        True,
        "its amount is 52000, and was 48000",
    ),
    ("said to hold, then won again: it holds as said", [{"stage": "open"}, HOLDS, {}], False, "won again"),
    ("and re-opened once more: asked once more", [{"stage": "open"}, HOLDS, {}, {"stage": "open"}], True, "open again"),
    ("said to hold, and the same comes again: nobody is asked", [{"stage": "open"}, HOLDS, {"stage": "open"}], False, ""),
    ("said to hold, then lost: asked again", [{"stage": "open"}, HOLDS, {"stage": "lost"}], True, "is lost"),
    ("it holds as it was, and the CRM says so again: nobody is asked", [{"amount": 52000}, HOLDS, {}], False, "and was 52000"),
    ("new terms, then back to the old ones: asked again", [{"amount": 52000}, NEW, {}], True, "and was 52000"),
    ("new terms come again: nobody is asked", [{"amount": 52000}, NEW, {"amount": 52000, "note": "Call."}], False, ""),
    ("ended, and lost still: nobody is asked", [{"stage": "open"}, ENDED, {"stage": "lost"}], False, ""),
    ("ended, then won again: a person decides", [{"stage": "lost"}, ENDED, {}], True, "won again"),
    ("ended, then won again, and it holds", [{"stage": "lost"}, ENDED, {}, HOLDS], False, "won again"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "steps", "asked", "told"), LIVES, ids=[one[0] for one in LIVES])
def test_a_deal_goes_on_changing(
    world: World, tmp_path: Path, crm: Any, what: str, steps: list[Step], asked: bool, told: str
) -> None:
    """What is asked at the end, and what the last change says."""
    by_mail(world)
    start(world, tmp_path, crm, 0)
    for step in steps:
        if isinstance(step, str):
            say(world, step)
        else:
            says(world, tmp_path, crm, **step)
    run = onboarding(world, crm, 0)
    assert len(cases(world, run.id)) == asked, what
    last = changes(world, run.id)[-1]
    assert told in last.says, what
    assert (last.settled_at is None) is asked
    assert (run.ended_at is not None) is (ENDED in steps and HOLDS not in steps)
    assert world.verify().holds


def due_callbacks(world: World) -> list[str]:
    """What a worker is given to tell the automation."""
    with world.session() as session:
        return [one.type for one in callbacks.take_due(session, world.now)]


@pytest.mark.parametrize(("outcome", "comes"), [(HOLDS, True), (ENDED, False)])
def test_a_callback_that_says_approved_waits(world: World, tmp_path: Path, outcome: str, comes: bool) -> None:
    """An automation acts on it, so it is told only once the deal holds; where it does not, never."""
    waiting(world, tmp_path, CRMS["salesforce"])
    assert "item.decided" not in due_callbacks(world)
    world.now += callbacks.RECHECK_AFTER
    assert "item.decided" not in due_callbacks(world)
    say(world, outcome)
    world.now += callbacks.RECHECK_AFTER
    assert ("item.decided" in due_callbacks(world)) is comes
    with world.session() as session:
        states = session.scalars(select(Callback.state).where(Callback.type == "item.decided")).all()
    assert states == ["sending" if comes else "given_up"]


def without_category(files: dict[str, str]) -> dict[str, str]:
    """A policy from before there was a category for it."""
    name, said = "exceptions.toml", files["exceptions.toml"]
    kept = said[: said.index('[[category]]\nkey = "deal-changed"')].replace('deal_changed = "deal-changed"\n', "")
    return {**files, name: kept}


def blocks_nothing(files: dict[str, str]) -> dict[str, str]:
    """A policy that says the category blocks nothing."""
    name = "exceptions.toml"
    head, _, tail = files[name].partition('[[category]]\nkey = "deal-changed"')
    return {
        **files,
        name: f'{head}[[category]]\nkey = "deal-changed"{tail.replace("blocking = true", "blocking = false")}',
    }


@pytest.mark.parametrize("change", [without_category, blocks_nothing], ids=lambda one: one.__name__)
def test_no_policy_weakens_the_hold(world: World, tmp_path: Path, change: Any) -> None:
    """Nothing goes out, RevOps is asked, and says what holds."""
    crm = CRMS["salesforce"]
    files = change(northbeam.files())
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    start(world, tmp_path, crm, 0)
    item = message_waits(world, tmp_path, crm, 0)
    says(world, tmp_path, crm, stage="lost")
    assert "deal" in held_by(world, item)
    assert take(world, world.now + releases.RECHECK_AFTER) is None
    (case,) = cases(world, onboarding(world, crm, 0).id)
    assert (case.category, case.owner_id) == ("deal-changed", PRIYA.id)
    say(world, HOLDS)
    assert held_by(world, item) == []
