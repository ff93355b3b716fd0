"""Rule 1: what was seen is what is decided. If anything moved, nothing is written, and it is said what did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict
from reviewqueue.core.vocabulary import ACTS
from reviewqueue.items import intake, seen_version
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, MARCUS, TOM
from tests.world import World

OTHER = "ab" * 32


def said_for(world: World, item: int, action: str) -> dict[str, Any]:
    """What an act needs beside its reason, so that nothing but the digests can be at fault."""
    if action == "edit":
        return {"draft": {**world.draft(item), "body": "Quite another text, with the next step for you."}}
    return {"passes": ("automation.tone",)} if action == "override" else {}


@pytest.fixture
def item(world: World) -> int:
    """An e-mail with a failed check that may be overridden, so that each of the six acts is somebody's."""
    return world.submit(drafts.with_check(drafts.email(), "automation.tone"))


@pytest.mark.parametrize("digest", ["revision", "evidence", "policy"])
@pytest.mark.parametrize("action", [act for act in ACTS if act != "approve"])
def test_each_digest_is_held_against_what_is_there(world: World, item: int, action: str, digest: str) -> None:
    """One digest that differs is enough, for every act: told which, and nothing is written."""
    seen, before = world.seen(item), world.everything()
    with pytest.raises(Conflict) as refused:
        world.decide(TOM, item, action, seen=replace(seen, **{digest: OTHER}), **said_for(world, item, action))
    assert (refused.value.what, refused.value.status) == ([digest], 409)
    assert "Nothing was recorded" in refused.value.says
    assert world.everything() == before
    assert world.decide(TOM, item, action, seen=seen, **said_for(world, item, action)), (
        "the control: with what was seen"
    )


def test_an_approval_is_held_to_it_too(world: World) -> None:
    """The same for the act that lets a draft out."""
    item = world.submit(drafts.email())
    seen = world.seen(item)
    for digest in ("revision", "evidence", "policy"):
        with pytest.raises(Conflict, match=digest):
            world.decide(DANA, item, "approve", seen=replace(seen, **{digest: OTHER}))
    assert not world.decisions(item)
    assert world.decide(DANA, item, "approve", seen=seen).state == "approved"


def test_an_edit_in_between_is_told_with_who_and_when(world: World, item: int) -> None:
    """Marcus edits while Dana reads: her approval names him, the moment, and what moved."""
    seen = world.seen(item)
    world.decide(MARCUS, item, "edit", draft={**world.draft(item), "subject": "Kickoff on Tuesday"})
    with pytest.raises(Conflict) as refused:
        world.decide(DANA, item, "send_back", seen=seen)
    assert refused.value.who == "Marcus Oyelaran"
    assert refused.value.when == "2 Mar, 15:00 UTC"
    assert refused.value.what == ["revision"]


def test_a_new_draft_of_the_automation_in_between_is_told(world: World, item: int) -> None:
    """The automation revises while Dana reads; it has no name of a person, and is still named."""
    seen = world.seen(item)
    again = drafts.email(body=drafts.BODY + "\nPS: bring your questions.")
    with world.session() as session:
        intake.revise(session, world.caller, item, seen.revision, again.drafted, world.now)
    with pytest.raises(Conflict, match="revision 2 by the automation"):
        world.decide(DANA, item, "reject", seen=seen)


def test_other_evidence_for_the_same_words_is_another_thing(world: World, item: int) -> None:
    """The draft reads the same, but what it rests on changed: the digest of the evidence tells."""
    seen = world.seen(item)
    same = drafts.email().drafted
    claims = (replace(same.citations[0], path="/CloseDate"),)
    with world.session() as session:
        intake.revise(session, world.caller, item, seen.revision, replace(same, citations=claims), world.now)
    assert world.seen(item).evidence != seen.evidence
    with pytest.raises(Conflict):
        world.decide(DANA, item, "reject", seen=seen)


def test_a_new_policy_is_for_new_items(world: World, item: int) -> None:
    """An item keeps the policy it was opened under, and so does what was seen of it."""
    seen = world.seen(item)
    files = northbeam.files()
    files["gates/customer-communication.toml"] = files["gates/customer-communication.toml"].replace('"csm", ', "", 1)
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    assert world.seen(world.submit(drafts.email())).policy != seen.policy
    assert world.decide(DANA, item, "reject", seen=seen).state == "rejected", "Dana still decides what was hers"


def test_a_settled_item_is_told_with_who_settled_it(world: World) -> None:
    """Whoever comes second is told who was first, and when."""
    item = world.submit(drafts.email())
    seen = world.seen(item)
    world.decide(DANA, item, "approve")
    for action in ACTS:
        with pytest.raises(Conflict, match="approved by Dana Whitfield on 2 Mar, 15:00 UTC") as refused:
            world.decide(MARCUS, item, action, seen=seen, **said_for(world, item, action))
        assert (refused.value.code, refused.value.who) == ("settled", "Dana Whitfield")
    assert len(world.decisions(item)) == 1


def test_a_decision_keeps_what_it_was_made_on(world: World, item: int) -> None:
    """The row and the log carry the three digests of what was on the screen, the log what the model's check came to."""
    seen = world.seen(item)
    world.decide(DANA, item, "escalate")
    (made,) = world.decisions(item)
    evidence, result = seen.evidence.split(".m")
    assert (made.revision_digest, made.evidence_digest, made.policy_digest) == (seen.revision, evidence, seen.policy)
    (entry,) = (one for one in world.log(item) if one.act == "item.escalate")
    assert all(digest in entry.body for digest in (seen.revision, evidence, result, seen.policy))


def test_the_control_without_the_guard_unseen_text_is_decided(
    world: World, item: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the comparison taken out, the edit nobody saw goes back unnoticed."""
    seen = world.seen(item)
    world.decide(MARCUS, item, "edit", draft={**world.draft(item), "subject": "Kickoff on Tuesday"})
    monkeypatch.setattr(seen_version, "require_current", lambda *_: None)
    assert world.decide(DANA, item, "send_back", seen=seen).state == "sent_back"
