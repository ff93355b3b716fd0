"""Source moves: only the statements that rest on what changed are marked, and only those need another look."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.evidence import SourceLook
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogText
from reviewqueue.evidence import flag_changes, source_changes
from reviewqueue.evidence.text.values import field_values
from reviewqueue.evidence.types import Source
from reviewqueue.items import (
    acknowledge_change,
    approvals,
    decidable,
    intake,
    item_context,
    item_page,
    seen_version,
)
from reviewqueue.people import actors
from reviewqueue.policy import evaluation, legal_acts, loading
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, JONAS, MARCUS, NOOR, PRIYA, SAM, TOM
from tests.support import concurrency
from tests.support.crm_changes import look, moves, paths, says_now
from tests.support.executed_statements import hearing
from tests.world import World

START, CLOSED = "/Start_Date__c", "/CloseDate"


def waits(world: World, item: int) -> bool:
    """Whether a release of it would wait."""
    with world.session() as session:
        return source_changes.is_unsettled(session, item)


# (what the CRM says now, the fields that are marked)
CHANGES = [
    ("one field the packet cites", {"CloseDate": "2026-03-12"}, [CLOSED]),
    ("two of them", {"CloseDate": "2026-03-12", "Plan__c": "Business"}, [CLOSED, "/Plan__c"]),
    ("a field nobody cites", {"StageName": "Closed Won (won back)"}, []),
    ("a field that is new", {"Nickname__c": "the two depots"}, []),
    ("a field that is gone", {"Plan__c": None}, ["/Plan__c"]),
    ("a field that is blank now", {"Plan__c": ""}, ["/Plan__c"]),
    ("nothing at all", {}, []),
]


@pytest.mark.parametrize(("says", "changes", "marked"), CHANGES, ids=[row[0] for row in CHANGES])
@pytest.mark.parametrize("approved", [False, True], ids=["before approval", "after approval"])
def test_only_what_changed_is_marked(
    world: World, tmp_path: Path, says: str, changes: dict[str, Any], marked: list[str], approved: bool
) -> None:
    """Of twenty-four statements those that rest on the field, before and after; other customers' drafts stay as they are."""
    packet = drafts.packet()
    item, other = world.submit(packet), world.submit(drafts.packet())
    if approved:
        world.decide(PRIYA, item, "approve")
    before = world.seen(item)
    says_now(world, tmp_path, packet, **changes)
    assert paths(world, item) == marked
    assert (world.item(item).moved_at is not None, waits(world, item)) == (bool(marked), bool(marked))
    assert moves(world, other) == []
    assert world.seen(item).revision == before.revision
    told = [entry for entry in world.log(item) if entry.act == "item.source_moved"]
    assert len(told) == bool(marked)
    if marked:
        values = [value for value in changes.values() if value]
        assert not [value for value in values if str(value) in told[0].body], "a value stands among the facts"
        assert told[0].actor.startswith("automation:")
        with world.session() as session:
            words = session.scalars(select(LogText.text).where(LogText.position == told[0].position)).one()
        assert all(path in words for path in marked)
        assert all(str(value) in words for value in values)
    assert world.verify().holds


# (was, is now, whether it is the same)
VALUES = [
    ("48000.00", "48000.00", True),
    (48000, 48000.0, True),
    ("48000", "48000.00", False),
    ("", None, True),
    ("  ", None, True),
    (None, 0, False),
    (0, False, False),
    (1, True, False),
    ("a", "A", False),
    ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, True),
    (["a", "b"], ["b", "a"], False),
]


@pytest.mark.parametrize(("was", "is_now", "so"), VALUES)
def test_what_counts_as_a_change(was: Any, is_now: Any, so: bool) -> None:
    """A number is the same whatever its zeros, nothing is nothing however it is written; a text is its letters."""
    assert field_values.same_value(was, is_now) is so
    assert field_values.same_value(is_now, was) is so


def test_a_page_shown_before_decides_nothing_after(world: World, tmp_path: Path) -> None:
    """Every act is refused that was seen before the move, though the revision is the same, also once another person has
    looked; it names what moved. And the controls: seen after, what is not a judgement goes, and after a look all."""
    packet = drafts.packet()
    item = world.submit(packet)
    before = world.seen(item)
    says_now(world, tmp_path, packet, CloseDate="2026-03-12")
    for act in ("approve", "send_back", "escalate", "reject"):
        with pytest.raises(Conflict, match=r"A source changed.*/CloseDate: 2026-02-27 → 2026-03-12") as refused:
            world.decide(PRIYA, item, act, seen=before)
        assert (refused.value.status, refused.value.what) == (409, ["source"])
    with pytest.raises(Forbidden, match="look at it again first"):
        world.decide(PRIYA, item, "approve")
    with pytest.raises(Conflict, match="A source changed"):
        look(world, PRIYA, item, seen=before)
    assert look(world, PRIYA, item, text="Still the right quarter.") == 0
    with pytest.raises(Conflict, match="A source changed"):
        world.decide(JONAS, item, "approve", seen=before)
    assert world.seen(item).revision == before.revision
    assert world.decide(JONAS, item, "approve").state == "approved"
    assert not waits(world, item)


def test_looked_again_statement_by_statement(world: World, tmp_path: Path) -> None:
    """Each tick settles one; while one is left nothing is approved; who looked and when is on the row and on the log."""
    packet = drafts.packet()
    item = world.submit(packet)
    says_now(world, tmp_path, packet, CloseDate="2026-03-12", Plan__c="Business")
    first, second = moves(world, item)
    with pytest.raises(Invalid, match="Nothing is recorded yet"):
        look(world, PRIYA, item, ticked=[])
    with pytest.raises(Invalid, match="Nothing is recorded yet"):
        look(world, PRIYA, item, ticked=[99999])
    assert look(world, PRIYA, item, ticked=[first.id]) == 1
    with pytest.raises(Forbidden, match="1 statement rests on a source that changed"):
        world.decide(PRIYA, item, "approve")
    assert look(world, JONAS, item, ticked=[second.id]) == 0
    with pytest.raises(Conflict, match="No statement of this item is waiting"):
        look(world, PRIYA, item, ticked=[second.id])
    assert [(one.looked_by_id, one.looked_at) for one in moves(world, item, waiting=False)] == [
        (PRIYA.id, world.now),
        (JONAS.id, world.now),
    ]
    told = [entry for entry in world.log(item) if entry.act == "item.look_again"]
    assert [entry.actor for entry in told] == [PRIYA.actor, JONAS.actor]
    assert world.decide(PRIYA, item, "approve").state == "approved"


def test_who_looks_again(world: World, tmp_path: Path) -> None:
    """Who may decide here and had no part in it: not a reader, not a stranger, not the one whose edit or automation it is; also once it
    is approved, when that look is all there is before it goes out."""
    mail = drafts.email()
    item = world.submit(mail)
    world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Kickoff, our proposal"})
    world.decide(MARCUS, item, "approve")
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    assert waits(world, item)
    for person, error in (
        (AIKO, Forbidden),
        (PRIYA, Forbidden),
        (SAM, Forbidden),
        (NOOR, NotFound),
        (DANA, Forbidden),
    ):
        with pytest.raises(error):
            look(world, person, item)
    assert look(world, TOM, item) == 0
    assert not waits(world, item)
    assert world.item(item).state == "approved"


def test_a_look_takes_a_reason_of_the_policy(world: World, tmp_path: Path) -> None:
    """A code of the gate's list, and text where the gate asks for it; what is refused leaves nothing."""
    packet = drafts.packet()
    item = world.submit(packet)
    says_now(world, tmp_path, packet, CloseDate="2026-03-12")
    before = world.everything()
    for reason in ("", "wording", "nonsense", "evidence-complete"):
        with pytest.raises(Invalid) as refused:
            look(world, PRIYA, item, reason=reason)
        assert [fault.at for fault in refused.value.faults] == ["/reason_code"]
    assert world.everything() == before
    assert look(world, PRIYA, item, reason="confirmed-with-owner", text="Lena says the order counts.") == 0
    [entry] = [entry for entry in world.log(item) if entry.act == "item.look_again"]
    assert '"reason":"confirmed-with-owner"' in entry.body
    [kept] = rows(world, SourceLook)
    assert (kept.person_id, kept.reason_code, kept.text) == (
        PRIYA.id,
        "confirmed-with-owner",
        "Lena says the order counts.",
    )


def rows(world: World, table: Any) -> list[Any]:
    """Every row of a table."""
    with world.session() as session:
        return list(session.scalars(select(table)))


# (the policy's change, the reasons that a look may have, whether it takes text)
POLICIES = [
    ("as it is shipped", "", "", ["confirmed-with-owner", "still-right"], False),
    ("one that knows no reason for a look takes those of an approval", '"confirmed-with-owner", "still-right", ', "",
     ["evidence-complete", "identity-confirmed"], False),
    ("one that asks for text", "lease_minutes = 15", 'lease_minutes = 15\ntext_for = ["look"]',
     ["confirmed-with-owner", "still-right"], True),
]  # fmt: skip


@pytest.mark.parametrize(("says", "old", "new", "codes", "text"), POLICIES, ids=[row[0] for row in POLICIES])
def test_the_policy_says_which_reasons(says: str, old: str, new: str, codes: list[str], text: bool) -> None:
    """An older policy of an installation needs no change to let people look."""
    files, name = northbeam.files(), "gates/handoff-quality.toml"
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    policy = loading.load(files)
    gate = policy.gate("mid-market-saas", "handoff-quality")
    assert gate
    assert [one.code for one in policy.look_reasons(gate)] == codes
    assert ("look" in gate.text_for) is text


def enterprise(world: World) -> tuple[Any, int]:
    """(an e-mail that takes two approvals, its item)."""
    mail = replace(drafts.email(), lane=drafts.TWO_APPROVALS, segment="enterprise")
    return mail, world.submit(mail)


def test_an_approval_from_before_is_void(world: World, tmp_path: Path) -> None:
    """One of two had approved; the source moved. Their own look settles nothing, another's does; then both approve anew,
    the first one too, and the page and the lists count as the act does."""
    mail, item = enterprise(world)
    world.decide(DANA, item, "approve")
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    with world.session() as session:
        assert item_context.load(session, item, world.now).situation.votes == ()
    assert look(world, DANA, item) == 1
    assert waits(world, item)
    with pytest.raises(Forbidden, match="look at it again first"):
        world.decide(MARCUS, item, "approve")
    with pytest.raises(Invalid, match="Nothing is recorded"):
        look(world, DANA, item)
    assert look(world, MARCUS, item) == 0
    with world.session() as session:
        waiting = decidable.waits_of(session, actors.load_actor(session, DANA.id, world.now), [item], world.now)
    assert waiting == {}, "the first one may approve again"
    assert world.decide(MARCUS, item, "approve").state == "pending"
    assert world.decide(DANA, item, "approve").state == "approved"
    assert world.verify().holds


def test_the_control_without_what_was_seen_the_old_approval_counts(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If votes did not say what had changed under them, one look and one approval would let it through."""
    mail, item = enterprise(world)
    monkeypatch.setattr(item_context, "changes_seen", lambda *_: "")
    monkeypatch.setattr(acknowledge_change, "_approved_before", lambda *_: set())
    world.decide(DANA, item, "approve")
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    with world.session() as session:
        seen = replace(world.seen(item), evidence=item_context.load(session, item, world.now).evidence)
    assert look(world, DANA, item, seen=seen) == 0
    assert world.decide(MARCUS, item, "approve", seen=seen).state == "approved"


def test_the_api_says_what_changed_and_who_looked(world: World, tmp_path: Path, api: Any) -> None:
    """Both values, whether it waits, each look with its reason: as on the page."""
    packet = drafts.packet()
    item = world.submit(packet)
    assert api.get(f"/api/v1/items/{item}").json["source_changes"] == []
    says_now(world, tmp_path, packet, CloseDate="2026-03-12")
    for waiting, looks in ((True, []), (False, [("Priya Raman", "still-right", "The order counts.")])):
        [told] = api.get(f"/api/v1/items/{item}").json["source_changes"]
        assert (told["path"], told["was"], told["now"], told["waits"]) == (CLOSED, "2026-02-27", "2026-03-12", waiting)
        assert [(one["by"], one["reason"]["code"], one["reason"]["text"]) for one in told["looks"]] == looks
        if waiting:
            look(world, PRIYA, item, text="The order counts.")


def test_an_approved_item_takes_as_many_looks_as_approvals(world: World, tmp_path: Path) -> None:
    """Two had approved: both looks of theirs are not enough without another's; one of them and another are."""
    mail, item = enterprise(world)
    world.decide(DANA, item, "approve")
    world.decide(MARCUS, item, "approve")
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    assert [look(world, DANA, item), look(world, MARCUS, item)] == [1, 1]
    assert waits(world, item)
    assert look(world, TOM, item) == 0
    assert not waits(world, item)
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        assert approvals.why_not_approved(session, context, context.decisions[-1].id) == ""


def test_a_look_is_not_carried_into_an_edit(world: World, tmp_path: Path) -> None:
    """Looked at and then edited elsewhere: the new revision rests on the newer record, and the old date it left fails
    with both values; it is nowhere drawn as supported."""
    packet = drafts.packet()
    item = world.submit(packet)
    says_now(world, tmp_path, packet, CloseDate="2026-03-12")
    assert look(world, JONAS, item) == 0
    draft = world.draft(item)
    draft["sections"]["risks"]["risks"] = "IT is short of people until May."
    world.decide(PRIYA, item, "edit", draft=draft)
    with world.session() as session:
        page = item_page.item_page(session, item, JONAS.id, world.now)
    [says] = [one.message for one in page.context.checks if one.key == "evidence.contradicted"]
    assert all(value in says for value in ("2026-02-27", "2026-03-12"))
    assert [one.status for one in page.statements if one.path == CLOSED and one.cited] == ["conflicting"]
    with pytest.raises(Forbidden, match=r"evidence\.contradicted"):
        world.decide(JONAS, item, "approve")


def test_a_revision_on_the_newer_record_settles_it(world: World, tmp_path: Path) -> None:
    """The automation drafts again: on the newer snapshot nothing waits; on the old one it waits still."""
    mail = drafts.email()
    item = world.submit(mail)
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    with world.session() as session:
        again = replace(mail.drafted, title="Kickoff invitation, again")
        intake.revise(session, world.caller, item, world.seen(item).revision, again, world.now)
        assert paths(world, item) == [START]
        now_says = moves(world, item)[0].now_record_id
        from reviewqueue.db.tables.onboardings import SourceRecord

        kept = session.get_one(SourceRecord, now_says)
        newer = Source(kept.system, kept.object, kept.external_id, kept.payload)
        body = str(mail.drafted.draft["body"]).replace("2026-03-23", "2026-04-06")
        cited = tuple(
            replace(one, quote=one.quote.replace("2026-03-23", "2026-04-06")) for one in mail.drafted.citations
        )
        drafted = replace(
            mail.drafted,
            draft={**mail.drafted.draft, "body": body},
            sources={**mail.drafted.sources, "deal": newer},
            citations=cited,
        )
        intake.revise(session, world.caller, item, world.seen(item).revision, drafted, world.now)
    world.run_checks()
    assert (paths(world, item), world.item(item).moved_at) == ([], None)
    assert world.decide(DANA, item, "approve").state == "approved"


def test_an_edit_settles_what_it_changed(world: World, tmp_path: Path) -> None:
    """The passage that says now what the record says now cites it; the one that was left alone waits for a look."""
    packet = drafts.packet()
    item = world.submit(packet)
    says_now(world, tmp_path, packet, CloseDate="2026-03-12", Plan__c="Business")
    draft = world.draft(item)
    draft["sections"]["commercial"]["closed_on"] = "2026-03-12, signed by Rosa"
    world.decide(PRIYA, item, "edit", draft=draft)
    assert paths(world, item) == ["/Plan__c"]
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        from reviewqueue.items import revise

        after = revise.load_draft(session, context.revision, "handoff_packet")
    assert after.sources["deal"].payload["CloseDate"] == "2026-03-12"
    assert [one.quote for one in after.citations if one.path == CLOSED] == ["2026-03-12"]
    assert look(world, JONAS, item) == 0
    with pytest.raises(Forbidden, match=r"evidence\.contradicted"):  # it rests on the newer record, and says "Team"
        world.decide(JONAS, item, "approve")
    draft["sections"]["commercial"]["plan"] = "Business"
    world.decide(PRIYA, item, "edit", draft=draft)
    assert paths(world, item) == []
    assert world.decide(JONAS, item, "approve").state == "approved"


def test_the_record_goes_on_moving(world: World, tmp_path: Path) -> None:
    """Back to what the draft says: nothing waits any more. A look holds until the field says something else again."""
    packet = drafts.packet()
    item = world.submit(packet)
    says_now(world, tmp_path, packet, CloseDate="2026-03-12")
    says_now(world, tmp_path, packet, CloseDate="2026-03-15")
    with world.session() as session:
        (shift,) = source_changes.changes(session, item)
    assert (shift.was, shift.now) == ("2026-02-27", "2026-03-15")
    says_now(world, tmp_path, packet, CloseDate="2026-02-27", Plan__c="Team")
    assert (paths(world, item), world.item(item).moved_at) == ([], None)
    says_now(world, tmp_path, packet, CloseDate="2026-03-16")
    assert look(world, PRIYA, item) == 0
    says_now(world, tmp_path, packet, CloseDate="2026-03-16", NextStep="Kickoff in the week of 23 March.")
    assert paths(world, item) == ["/NextStep"]
    says_now(world, tmp_path, packet, CloseDate="2026-03-20", NextStep="Kickoff in the week of 23 March.", Name="P")
    assert sorted(paths(world, item)) == [CLOSED, "/Name", "/NextStep"]
    assert world.verify().holds


def test_what_a_hand_in_brings_marks_other_drafts(world: World) -> None:
    """An automation submits a newer record with another draft: what rests on the old one is marked, by its name; one
    that was fetched earlier marks nothing."""
    about = drafts.deal()
    packet, mail = drafts.packet(about), drafts.email(about)
    fetched = {"deal": replace(packet.drafted.sources["deal"], fetched_at=world.now)}
    item = world.submit(replace(packet, drafted=replace(packet.drafted, sources={**packet.drafted.sources, **fetched})))

    def hand_in(days: int) -> None:
        deal = fetched["deal"]
        other = replace(
            deal, payload={**deal.payload, "CloseDate": f"2026-03-{12 + days}"}, fetched_at=world.now + timedelta(days)
        )
        sources = {**mail.drafted.sources, "deal": other}
        world.submit(replace(mail, drafted=replace(mail.drafted, sources=sources)))

    hand_in(-1)
    assert paths(world, item) == []
    hand_in(1)
    assert paths(world, item) == [CLOSED]
    assert [entry.actor for entry in world.log(item) if entry.act == "item.source_moved"] == ["automation:1"]


def test_a_draft_that_comes_late_is_marked_too(world: World, tmp_path: Path) -> None:
    """What rests on a record that had moved already when it was submitted waits from the first moment; what rests on
    the newest does not. Both through an automation that had read the record before."""
    about = drafts.deal()
    packet = drafts.packet(about)
    item = world.submit(packet)
    says_now(world, tmp_path, packet, Start_Date__c="2026-04-06")
    late = world.submit(drafts.email(about))
    assert paths(world, late) == [START]
    with pytest.raises(Forbidden, match="1 statement rests on a source that changed"):
        world.decide(DANA, late, "approve")
    assert len(moves(world, item, waiting=False)) == 1, "the packet's own is marked once"
    assert look(world, MARCUS, late) == 0
    assert world.decide(DANA, late, "approve").state == "approved"


HOSTILE = ["<script>alert(1)</script>", "\u202eevil\u200b", "a\x00b", "'; DROP TABLE items; --", "x" * 9000, "🦊" * 40]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_record_says_it_is_only_a_value(world: World, tmp_path: Path, value: str) -> None:
    """Marked, logged, looked at and approved like any other."""
    packet = drafts.packet()
    item = world.submit(packet)
    says_now(world, tmp_path, packet, Plan__c=value)
    assert paths(world, item) == ["/Plan__c"]
    assert look(world, PRIYA, item, text=f"It says so: {value[:50]}".replace("\x00", "")) == 0
    assert world.decide(PRIYA, item, "approve").state == "approved"
    assert world.verify().holds


def race(world: World, folder: Path) -> tuple[Any, int]:
    """(what came of the approval, the item) when an import that moves its source and an approval let go at once."""
    packet = drafts.packet()
    item = world.submit(packet)
    seen = world.seen(item)

    def go(number: int) -> Any:
        if number:
            return says_now(world, folder, packet, CloseDate="2026-03-12")
        return world.decide(PRIYA, item, "approve", seen=seen)

    came = concurrency.at_once(2, go)
    assert not isinstance(came[1], Exception), came[1]
    return came[0], item


def approved_blind(world: World, came: Any, item: int) -> bool:
    """Whether it was approved after the move, on a page from before it; each outcome is one of the two that may be."""
    acts = [entry.act for entry in world.log(item)]
    assert "item.source_moved" in acts
    assert waits(world, item), "a move that nobody looked at is lost"
    if isinstance(came, Exception):
        assert isinstance(came, Conflict), came
        assert "item.approve" not in acts
        return False
    return acts.index("item.approve") > acts.index("item.source_moved")


def test_an_import_against_an_approval(world: World, tmp_path: Path) -> None:
    """Either it was approved on what it rested on, or it is refused; twelve times, and once each way for certain."""
    for _ in range(12):
        came, item = race(world, tmp_path)
        assert not approved_blind(world, came, item)
    assert world.verify().holds


def test_the_control_without_the_guard_it_is_approved_blind(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without looking at what was seen and at what is unsettled, an approval comes after the move."""
    monkeypatch.setattr(seen_version, "require_current", lambda *_: None)
    monkeypatch.setattr(source_changes.Unsettled, "why", "")
    packet = drafts.packet()
    item = world.submit(packet)
    seen = world.seen(item)
    says_now(world, tmp_path, packet, CloseDate="2026-03-12")
    came = world.decide(PRIYA, item, "approve", seen=seen)
    acts = [entry.act for entry in world.log(item)]
    assert came.state == "approved"
    assert acts.index("item.approve") > acts.index("item.source_moved")


def test_many_that_nothing_rests_on_cost_one_statement(world: World) -> None:
    """Five hundred fresh snapshots: one statement asks what rests on them, and nothing is written."""
    world.submit(drafts.packet())
    fresh = [Source("salesforce", "Opportunity", f"006XX{number:013d}", {"Id": number}) for number in range(500)]
    with world.session() as session, hearing(world.engine) as made:
        events = flag_changes.flag_changes(session, fresh, {one.digest for one in fresh}, "system:import", world.now)
    assert events == []
    assert len([one for one, _ in made if one.startswith(("SELECT", "INSERT", "UPDATE"))]) == 1
    with world.session() as session:
        assert session.scalar(select(func.count()).select_from(Item).where(Item.moved_at.is_not(None))) == 0


def test_an_event_is_no_snapshot(world: World) -> None:
    """What tells that something changed is not the record: HubSpot's events mark nothing."""
    packet = drafts.packet()
    item = world.submit(packet)
    deal = packet.drafted.sources["deal"]
    told = replace(deal, payload={"eventType": "e_deal_closed", "CloseDate": "2020-01-01"})
    with world.session() as session:
        assert flag_changes.flag_changes(session, [told], {told.digest}, "system:import", world.now) == []
    assert paths(world, item) == []


def test_judging_waits_whatever_the_state() -> None:
    """Pending or escalated: neither an approval nor an override, and it is among the needs."""

    policy = northbeam.policy()
    gate = policy.gate("mid-market-saas", "customer-communication")
    assert gate
    for state, role in (("pending", "csm"), ("escalated", "cs_leader")):
        situation = evaluation.Situation(state, "customer_email", unsettled="look at it again first")
        legal = {
            one.act: one.allowed
            for one in legal_acts.legal_acts(policy, gate, situation, evaluation.Actor(1, frozenset({role})))
        }
        assert not legal["approve"]
        assert not legal["override"]
        assert legal["reject"]
        assert "source" in [need.code for need in evaluation.missing_for_approval(policy, gate, situation)]
