"""Changing the policy is a decision of two people: one proposes, another approves, and that activates it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.policies import PolicyActivation
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import intake, item_page
from reviewqueue.lanes import proposals
from reviewqueue.policy import flaws, loading, policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, JONAS, LENA, PRIYA, SAM, Named
from tests.world import World

SHIPPED = northbeam.files()
MESSAGE, LANE, GATE = "gates/customer-communication.toml", "lanes/mid-market-saas.toml", "gates/policy-change.toml"
WHY = "Two people should read what a customer reads."
STRICTER = {**SHIPPED, MESSAGE: SHIPPED[MESSAGE].replace("sla_hours = 4", "sla_hours = 4\napprovals = 2")}
WIDER = {**SHIPPED, MESSAGE: SHIPPED[MESSAGE].replace("sla_hours = 4", "sla_hours = 9")}
AGREED: dict[str, Any] = {"reason_code": "rules-agreed"}


def propose(world: World, person: Named, files: dict[str, str] | None = None, why: str = WHY) -> int:
    """A person proposes; returns the item."""
    with world.session() as session:
        return proposals.propose(session, person.id, files or STRICTER, why, world.now)


def in_force(world: World) -> str:
    """The digest of the active policy."""
    with world.session() as session:
        return policy_versions.current(session).digest


def test_one_proposes_another_approves_and_it_is_in_force(world: World) -> None:
    """In one transaction with the decision, and the log says who proposed, who approved, and by which item."""
    world.decide(DANA, world.submit(drafts.email()), "approve")
    before = in_force(world)
    item = propose(world, PRIYA)
    row = world.item(item)
    assert (row.kind, row.gate, row.lane, row.state) == ("policy_change", "policy-change", "mid-market-saas", "pending")
    assert in_force(world) == before, "proposing activates nothing"
    assert world.decide(JONAS, item, "approve", **AGREED).state == "approved"
    assert in_force(world) == loading.digest_of(STRICTER) == world.draft(item)["candidate"]
    submitted, approved, activated = (json.loads(entry.body) for entry in world.log()[-3:])
    assert (submitted["actor"], submitted["act"], submitted["item"]) == (PRIYA.actor, "item.submit", item)
    assert (approved["actor"], approved["act"]) == (JONAS.actor, "item.approve")
    assert (activated["actor"], activated["act"]) == (JONAS.actor, "policy.activate")
    facts = activated["facts"]
    assert (facts["way"], facts["item"], facts["before"]) == ("decision", item, before)
    assert world.verify().holds


def test_what_is_decided_is_on_the_item(world: World) -> None:
    """The words, each file's difference, and what the candidate would have made of the past."""
    world.decide(DANA, world.submit(drafts.email()), "approve")
    draft = world.draft(propose(world, PRIYA))
    assert draft["reason"] == WHY
    (file,) = draft["files"]
    assert (file["path"], file["change"]) == (MESSAGE, "changed")
    assert "+approvals = 2" in file["difference"].splitlines()
    assert draft["replay"]["totals"] == {"reviewers": 1, "unfinished": 1}


# (what is so, who, act, words of the refusal)
WHO = [
    ("who proposed it does not approve it", PRIYA, "approve", "wrote this revision"),
    ("a CSM does not even see it", DANA, "approve", None),
    ("nor does sales", LENA, "approve", None),
    ("nobody edits it", JONAS, "edit", "A proposal is not edited"),
    ("nobody overrides it", JONAS, "override", "No failed check blocks approval"),
    ("not even somebody above", HELEN, "edit", "not edited"),
]


@pytest.mark.parametrize(("what", "person", "act", "says"), WHO, ids=[one[0] for one in WHO])
def test_who_may_not(world: World, what: str, person: Named, act: str, says: str | None) -> None:
    item, before = propose(world, PRIYA), in_force(world)
    with pytest.raises(NotFound if says is None else Forbidden, match=says or "nothing here"):
        world.decide(person, item, act, **(AGREED if act == "approve" else {}))
    assert (world.item(item).state, in_force(world)) == ("pending", before), what


def test_an_admin_and_somebody_above_may(world: World) -> None:
    """The control: Sam approves Priya's, Priya approves Sam's, Helen the one that was escalated to her."""
    assert world.decide(SAM, propose(world, PRIYA), "approve", **AGREED).state == "approved"
    assert world.decide(PRIYA, propose(world, SAM, WIDER), "approve", **AGREED).state == "approved"
    item = propose(world, PRIYA)
    world.decide(JONAS, item, "escalate", reason_code="rules-wide-effect")
    with pytest.raises(Forbidden):
        world.decide(JONAS, item, "approve", **AGREED)
    assert world.decide(HELEN, item, "approve", **AGREED).state == "approved"
    assert in_force(world) == loading.digest_of(STRICTER)


def test_only_revops_and_admins_propose(world: World) -> None:
    for person in (DANA, HELEN, LENA):
        with pytest.raises(Forbidden, match="Only RevOps or an admin proposes"):
            propose(world, person)
    assert world.log()[-1].act == "policy.activate"


@pytest.mark.parametrize(
    ("what", "files", "why", "at", "says"),
    [
        ("a flaw", {**SHIPPED, MESSAGE: SHIPPED[MESSAGE].replace("sla_hours", "sla_ours")}, WHY, f"/files/{MESSAGE}",
         f"{MESSAGE}:8: sla_ours: 'sla_ours' is not a word"),
        ("no change", SHIPPED, WHY, "/files", "change something"),
        ("no words", STRICTER, "why not", "/reason", "say why in at least 10 characters"),
    ],
)  # fmt: skip
def test_what_is_refused_before_anybody_sees_it(
    world: World, what: str, files: dict[str, str], why: str, at: str, says: str
) -> None:
    """With the place and the fix, and nothing written."""
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        propose(world, PRIYA, files, why)
    assert any(fault.at == at and says in fault.message for fault in refused.value.faults), (what, refused.value.faults)
    assert world.everything() == before


def test_a_proposal_whose_base_moved_is_refused(world: World) -> None:
    """Another became active first: approving says so, activates nothing and records nothing."""
    first, second = propose(world, PRIYA), propose(world, SAM, WIDER)
    world.decide(JONAS, first, "approve", **AGREED)
    before = world.everything()
    with pytest.raises(Conflict, match="Another policy became active since this was proposed"):
        world.decide(JONAS, second, "approve", **AGREED)
    assert world.everything() == before
    assert world.decide(JONAS, second, "reject", reason_code="rules-doubtful").state == "rejected"
    assert in_force(world) == loading.digest_of(STRICTER)


def test_a_proposal_that_loads_no_more_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the application has learnt to refuse what it once took."""
    item = propose(world, PRIYA)
    before = world.everything()

    def refuses(files: dict[str, str]) -> None:
        raise flaws.BadPolicy([flaws.Flaw(f"{MESSAGE}:3", "no longer a word")])

    monkeypatch.setattr(loading, "load", refuses)
    with pytest.raises(Invalid, match="not a usable policy"):
        world.decide(JONAS, item, "approve", **AGREED)
    assert world.everything() == before


def test_a_second_proposal_of_the_same_person_takes_the_place_of_the_first(world: World) -> None:
    first, others = propose(world, PRIYA), propose(world, SAM, WIDER)
    world.decide(JONAS, first, "send_back", reason_code="rules-doubtful")
    second = propose(world, PRIYA, WIDER)
    assert (world.item(first).state, world.item(first).superseded_by_id) == ("superseded", second)
    assert world.item(others).state == "pending", "somebody else's stays"


def test_no_automation_submits_one(world: World) -> None:
    """Refused by its name, whatever the lane takes; and none sees, answers or withdraws one."""
    sent = drafts.email()
    with pytest.raises(Invalid) as refused:
        world.submit(replace(sent, drafted=DraftWithEvidence("policy_change", "Rules", {"files": []}, {}, ())))
    assert [fault.at for fault in refused.value.faults] == ["/kind"]
    item = propose(world, PRIYA)
    desk_key = replace(world.caller, automation_id=world.item(item).automation_id)
    for caller in (world.caller, desk_key):
        with world.session() as session, pytest.raises(NotFound):
            intake.withdraw(session, caller, item, "We would rather not have it.", world.now)
    assert world.item(item).state == "pending"


def test_without_a_gate_for_it_a_policy_is_only_loaded(world: World) -> None:
    """Where the active policy names no gate for it, proposing is refused and says what to do."""
    files = {name: text for name, text in SHIPPED.items() if name != GATE}
    files[LANE] = re.sub(r"^policy_change = .*\n", "", files[LANE], flags=re.M)
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    with pytest.raises(DomainError, match="no gate for policy_change in lane mid-market-saas"):
        propose(world, PRIYA, STRICTER)


def test_loading_on_the_command_line_says_what_it_was(world: World) -> None:
    """The first policy is the first; every later one that nobody decided is an emergency."""
    with world.session() as session:
        policy_versions.activate(session, STRICTER, "system:cli", world.now)
    ways = [json.loads(entry.body)["facts"]["way"] for entry in world.log() if entry.act == "policy.activate"]
    assert ways == ["first", "emergency"]
    assert world.count(PolicyActivation) == 2


def test_a_hidden_character_in_a_rule_shuts_the_proposal(world: World) -> None:
    """What nobody can see nobody decides: the check of every draft reads the files too."""
    files = {**SHIPPED, MESSAGE: SHIPPED[MESSAGE].replace("less than half", "less\u202e than half")}
    item = propose(world, PRIYA, files)
    with pytest.raises(Forbidden, match=r"text\.hidden"):
        world.decide(JONAS, item, "approve", **AGREED)
    with world.session() as session:
        page = item_page.item_page(session, item, JONAS.id, world.now)
    assert "Nobody may override text.hidden" in page.legal["override"].why
