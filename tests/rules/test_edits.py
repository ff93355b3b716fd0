"""Rule 2: an edit is a new revision; its editor becomes a maker, checks and routing run again, approvals are void."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.db.tables.items import Check, Claim, Revision
from reviewqueue.items import intake
from reviewqueue.policy import evaluation
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, PRIYA, TOM
from tests.world import World


def edited(world: World, item: int, **changes: Any) -> dict[str, Any]:
    """The item's draft with some of its fields changed."""
    return {**world.draft(item), **changes}


def revisions(world: World, item: int) -> list[Revision]:
    """Every revision of an item, oldest first."""
    with world.session() as session:
        return list(session.scalars(select(Revision).where(Revision.item_id == item).order_by(Revision.number)))


def test_an_edit_is_a_new_revision_beside_the_old_one(world: World) -> None:
    """The first stays as it was; the second says who made it, from which, and when."""
    item = world.submit(drafts.email())
    first = revisions(world, item)[0]
    done = world.decide(DANA, item, "edit", draft=edited(world, item, subject="Kickoff on Tuesday"))
    old, new = revisions(world, item)
    assert (old.draft, old.digest) == (first.draft, first.digest)
    assert (new.number, new.author_person_id, new.based_on) == (2, DANA.id, first.digest)
    assert new.digest != first.digest
    assert (done.state, done.revision_number) == ("pending", 2)
    assert [entry.act for entry in world.log(item)][-2:] == ["item.edit", "item.revise"]


def test_approvals_before_an_edit_are_void(world: World) -> None:
    """Where two must approve, one approval of the old words counts for nothing of the new ones, and it is said."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    assert world.decide(DANA, item, "approve").state == "pending"
    world.decide(TOM, item, "edit", draft=edited(world, item, subject="Kickoff on Tuesday"))
    assert f'"voided":[{DANA.id}]' in world.log(item)[-1].body
    assert world.decide(MARCUS, item, "approve").state == "pending", "one of two again"
    assert world.decide(DANA, item, "approve").state == "approved", "and she may approve what she sees now"


def test_the_editor_cannot_approve_and_another_can(world: World) -> None:
    """Whoever changed the words is a maker of them, also after the automation has drafted again."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "edit", draft=edited(world, item, subject="Kickoff on Tuesday"))
    with pytest.raises(Forbidden, match="your own work"):
        world.decide(DANA, item, "approve")
    again = drafts.email(subject="Kickoff on Wednesday").drafted
    with world.session() as session:
        intake.revise(session, world.caller, item, world.seen(item).revision, again, world.now)
    with pytest.raises(Forbidden, match="your own work"):
        world.decide(DANA, item, "approve")
    world.run_checks()
    assert world.decide(MARCUS, item, "approve").state == "approved"


def test_checks_run_again(world: World) -> None:
    """An edit that breaks something fails its check; the next that fixes it passes."""
    item = world.submit(drafts.email())
    world.decide(
        DANA, item, "edit", draft=edited(world, item, body="Pay the inv\u200boice, please; Dana writes on Friday.")
    )
    assert world.item(item).fails >= 1
    with pytest.raises(Forbidden, match=r"text\.hidden"):
        world.decide(MARCUS, item, "approve")
    world.decide(DANA, item, "edit", draft=edited(world, item, body=drafts.BODY))
    assert world.item(item).fails == 0
    assert world.decide(MARCUS, item, "approve").state == "approved"


def test_routing_runs_again_and_never_lets_an_escalated_item_down(world: World) -> None:
    """Who escalated it meant it: an edit by a person or a draft by the automation leaves it up there."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate")
    world.decide(HELEN, item, "edit", draft=edited(world, item, subject="Kickoff on Tuesday"))
    assert world.item(item).state == "escalated"
    again = drafts.email(subject="Kickoff on Wednesday").drafted
    with world.session() as session:
        intake.revise(session, world.caller, item, world.seen(item).revision, again, world.now)
    assert world.item(item).state == "escalated"
    with pytest.raises(Forbidden, match="Only cs leader decides here"):
        world.decide(MARCUS, item, "approve")


def test_a_new_submission_in_its_place_stays_escalated(world: World) -> None:
    """Handing the same message in again is no way down either."""
    about = drafts.deal()
    first = world.submit(drafts.email(about))
    world.decide(DANA, first, "escalate")
    why = world.item(first).why
    second = world.submit(drafts.email(about, body=drafts.BODY + "\nSee you there."))
    assert world.item(first).state == "superseded"
    assert (world.item(second).state, world.item(second).why) == ("escalated", why)
    third = world.submit(drafts.email(about, subject="Something else"))
    assert world.item(third).state == "pending", "the control: another subject is another matter"


def test_less_sure_goes_up(world: World) -> None:
    """A revision the automation itself doubts goes to the CS leader by the gate's rule."""
    item = world.submit(drafts.email())
    again = drafts.email(subject="Kickoff on Wednesday").drafted
    with world.session() as session:
        intake.revise(session, world.caller, item, world.seen(item).revision, again, world.now, confidence="0.3")
    assert world.item(item).state == "escalated"
    assert "gates/customer-communication.toml:" in world.item(item).why


def test_an_edit_brings_a_sent_back_item_back(world: World) -> None:
    """It is pending again, at the same gate."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "send_back")
    world.decide(DANA, item, "edit", draft=edited(world, item, subject="Kickoff on Tuesday"))
    assert world.item(item).state == "pending"


def test_the_reviewers_clock_starts_again_when_a_draft_comes_back(world: World) -> None:
    """While it was sent back it waited for its author; the control: an edit in between does not win time."""
    item, pending = world.submit(drafts.email()), world.submit(drafts.email(subject="Agenda", title="Agenda"))
    first, kept = world.item(item).due_at, world.item(pending).due_at
    world.decide(DANA, item, "send_back")
    world.now += timedelta(days=9)
    again = drafts.email(subject="Kickoff on Wednesday").drafted
    with world.session() as session:
        intake.revise(session, world.caller, item, world.seen(item).revision, again, world.now)
    world.decide(DANA, pending, "edit", draft=edited(world, pending, body="We start on Tuesday."))
    assert world.item(item).due_at > first + timedelta(days=8)
    assert world.item(pending).due_at == kept


def test_citations_that_no_longer_stand_are_dropped(world: World) -> None:
    """A statement that was edited away takes its citation with it; one that stands keeps it."""
    item = world.submit(drafts.packet())
    sections = world.draft(item)["sections"]
    sections["risks"]["risks"] = "None that we know of."
    world.decide(PRIYA, item, "edit", draft={"sections": sections})
    with world.session() as session:
        claims = select(Claim.at).join(Revision, Revision.id == Claim.revision_id)
        kept = set(session.scalars(claims.where(Revision.item_id == item, Revision.number == 2)))
    assert "/sections/risks/risks" not in kept
    assert "/sections/risks/renewal_signal" in kept


def test_the_automations_own_checks_stay_with_the_item(world: World) -> None:
    """A person's edit does not wash away what the automation itself said of its draft."""
    item = world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    world.decide(DANA, item, "edit", draft=edited(world, item, subject="Kickoff on Tuesday"))
    with world.session() as session:
        newest = session.scalars(select(Revision.id).where(Revision.item_id == item, Revision.number == 2)).one()
        sent = session.scalars(select(Check).where(Check.revision_id == newest, Check.origin != "")).all()
    assert [(check.key, check.outcome) for check in sent] == [("automation.tone", "fail")]


@pytest.mark.parametrize(
    ("draft", "at"),
    [
        ({}, "/draft"),
        (None, "/draft"),
        ("the same", "/draft"),
        ({"body": "x" * 1_100_000}, "/draft"),
    ],
)
def test_an_edit_that_is_none_changes_nothing(world: World, draft: Any, at: str) -> None:
    """Empty, unchanged or far too large: refused with the place before anything is written."""
    item = world.submit(drafts.email())
    typed = world.draft(item) if draft == "the same" else draft
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        world.decide(DANA, item, "edit", draft=typed)
    assert [fault.at for fault in refused.value.faults] == [at]
    assert world.everything() == before


def test_an_answer_to_an_older_revision_is_refused(world: World) -> None:
    """Two edits of one page: the second is told, and neither is mixed with the other."""
    item = world.submit(drafts.email())
    seen = world.seen(item)
    world.decide(DANA, item, "edit", seen=seen, draft=edited(world, item, subject="One"))
    with pytest.raises(Conflict, match="Dana Whitfield"):
        world.decide(MARCUS, item, "edit", seen=seen, draft=edited(world, item, subject="Another"))
    assert world.draft(item)["subject"] == "One"


def test_the_control_with_approvals_kept_one_is_enough(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the editor were no maker, they could pass their own words: that is what the rule is for."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "edit", draft=edited(world, item, subject="Kickoff on Tuesday"))
    monkeypatch.setattr(evaluation, "involvement", lambda *_: "")
    assert world.decide(DANA, item, "approve").state == "approved"
