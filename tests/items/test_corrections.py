"""Corrections: an edit says that a source is wrong; its owner answers, and until then what rests on it waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db import paging
from reviewqueue.db.tables.evidence import Correction
from reviewqueue.evidence import source_changes
from reviewqueue.evidence.types import Citation, Source
from reviewqueue.items import corrections
from reviewqueue.items.submission_rules import Submission
from reviewqueue.people import actors
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, JONAS, LENA, MARCUS, NOOR, PRIYA, SAM, Named
from tests.support.crm_changes import START, claim_of, doubt, says_now
from tests.world import World


def answer(world: World, person: Named, correction: int, accepted: bool = True, text: str = "") -> None:
    """A person answers a correction."""
    with world.session() as session:
        corrections.answer(session, person.id, correction, accepted, text, world.now)


def row(world: World, correction: int) -> Correction:
    """The correction as it is now."""
    with world.session() as session:
        return session.get_one(Correction, correction)


def held(world: World, item: int) -> bool:
    """Whether a release of it would wait."""
    with world.session() as session:
        return source_changes.is_unsettled(session, item)


def siblings(world: World) -> tuple[Submission, int, int, int]:
    """(the mail, its item, the packet of the same deal that cites the same field, a draft that cites none)."""
    about = drafts.deal()
    mail = drafts.email(about)
    return mail, world.submit(mail), world.submit(drafts.packet(about)), world.submit(drafts.plan(about))


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "refused"])
def test_the_walk(world: World, accepted: bool) -> None:
    """Opened by the edit, to the CRM's owner; what cites that field for the customer waits, before and after approval,
    and what comes in later; other drafts do not. Refused, they go; accepted, those that say the old date fail. Each step
    is on the log."""
    mail, item, packet, plan = siblings(world)
    other = world.submit(drafts.packet())
    found = doubt(world, DANA, item)
    opened = row(world, found)
    assert (opened.owner_role, opened.path, opened.was, opened.proposed) == (
        "sales_owner",
        START,
        "2026-03-23",
        "2026-04-07",
    )
    assert [held(world, one) for one in (packet, plan, other, item)] == [True, False, False, False]
    with pytest.raises(Forbidden, match=f"correction {found} of that field is open: it waits until the sales owner"):
        world.decide(PRIYA, packet, "approve")
    late = world.submit(
        replace(mail, drafted=replace(mail.drafted, title="Second", draft={**mail.drafted.draft, "subject": "Second"}))
    )
    with pytest.raises(Forbidden, match=f"correction {found}"):
        world.decide(MARCUS, late, "approve")
    with pytest.raises(Invalid, match="Nothing is recorded yet"):
        answer(world, LENA, found, accepted=False, text="no")
    answer(world, LENA, found, accepted, "It is as the signed order says." if not accepted else "")
    done = row(world, found)
    assert (done.state, done.answered_by_id) == ("accepted" if accepted else "refused", LENA.id)
    assert not any(held(world, one) for one in (packet, plan, other, item, late))
    with pytest.raises(Conflict, match="before your answer came in"):
        answer(world, PRIYA, found)
    if accepted:
        for person, one in ((PRIYA, packet), (MARCUS, late)):
            with pytest.raises(Forbidden, match=r"evidence\.corrected"):
                world.decide(person, one, "approve")
    else:
        assert world.decide(PRIYA, packet, "approve").state == "approved"
    acts = [(entry.act, entry.actor) for entry in world.log(item) if entry.act.startswith("correction.")]
    assert acts == [("correction.open", DANA.actor), (f"correction.{'accept' if accepted else 'refuse'}", LENA.actor)]
    assert not [
        entry for entry in world.log(item) if entry.act.startswith("correction.") and "2026-04-07" in entry.body
    ]
    assert world.verify().holds


def test_an_approved_sibling_waits_too(world: World) -> None:
    """What is approved already is not released while the field is in question; once refused, it is."""
    _, item, packet, _ = siblings(world)
    world.decide(PRIYA, packet, "approve")
    assert not held(world, packet)
    found = doubt(world, DANA, item)
    assert held(world, packet)
    answer(world, LENA, found, accepted=False, text="It is as the signed order says.")
    assert not held(world, packet)


def test_a_newer_record_answers_it(world: World, tmp_path: Path) -> None:
    """The CRM says the proposed value: accepted by the import itself; another value leaves it open. The drafts that cite
    the old value are marked as moved, as any are."""
    mail, item, packet, _ = siblings(world)
    found = doubt(world, DANA, item)
    says_now(world, tmp_path, mail, Start_Date__c="2026-05-04")
    assert row(world, found).state == "open"
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-07")
    assert (row(world, found).state, row(world, found).answered_by_id) == ("accepted", None)
    told = [entry.actor for entry in world.log(item) if entry.act == "correction.accept"]
    assert told == ["system:import"]
    with pytest.raises(Forbidden, match="1 statement rests on a source that changed"):
        world.decide(PRIYA, packet, "approve")
    assert world.verify().holds


# (what is sent with the edit, where the fault is)
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"claim": 0}, "/claim"),
    ({"claim": 424242}, "/claim"),
    ({"proposed": ""}, "/proposed"),
    ({"proposed": "\u200b\u2063"}, "/proposed"),
    ({"proposed": "2026-03-23"}, "/proposed"),
    ({"proposed": "a\x00b"}, "/proposed"),
    ({"proposed": "x" * 10_001}, "/proposed"),
    ({"text": ""}, "/text"),
    ({"draft": "another passage"}, "/claim"),
]


@pytest.mark.parametrize(("said", "at"), FAULTS, ids=range(len(FAULTS)))
def test_what_it_takes(world: World, said: dict[str, Any], at: str) -> None:
    """A field that a changed passage rests on, a value that can be seen and is another one, and a reason in words."""
    item = world.submit(drafts.email())
    before = world.everything()
    if "draft" in said:
        said = {"draft": {**world.draft(item), "subject": "Another subject"}}
    with pytest.raises(Invalid) as refused:
        doubt(world, DANA, item, **said)
    assert at in [fault.at for fault in refused.value.faults]
    assert world.everything() == before


def test_one_correction_a_field(world: World) -> None:
    """The second edit is told which one is open; other reasons open none."""
    _, item, packet, _ = siblings(world)
    found = doubt(world, DANA, item)
    draft = world.draft(packet)
    with pytest.raises(Invalid) as refused:
        doubt(world, PRIYA, packet)
    assert f"correction {found} of this field is open" in refused.value.faults[0].message
    for code in ("draft-wrong", "style", "wording", "fact-corrected", "gap-filled"):
        draft["sections"]["kickoff"]["kickoff"] += " Truly."
        world.decide(PRIYA, packet, "edit", draft=draft, reason_code=code)
    assert world.count(Correction) == 1


# (who, whether they read it, whether they accept, whether they refuse)
READERS = [
    (LENA, True, True, True),
    (PRIYA, True, True, True),
    (JONAS, True, False, True),
    (HELEN, True, False, False),
    (AIKO, True, False, False),
    (NOOR, False, False, False),
    (DANA, False, False, False),
    (SAM, False, False, False),
]


@pytest.mark.parametrize(("person", "reads", "accepts", "refuses"), READERS, ids=[row[0].name for row in READERS])
def test_whose_it_is(world: World, person: Named, reads: bool, accepts: bool, refuses: bool) -> None:
    """Sales keeps the CRM, RevOps every system; who proposed it does not accept it; to others it is not there."""
    found = doubt(world, JONAS, world.submit(drafts.packet()))
    for accepted, may in ((True, accepts), (False, refuses)):
        with world.session() as session:
            actor = actors.load_actor(session, person.id, world.now)
            lines = corrections.inbox(session, actor, "open", paging.FIRST).rows
        assert [line.row.id for line in lines] == ([found] if reads and row(world, found).state == "open" else [])
        if not may:
            with pytest.raises(Forbidden if reads else NotFound):
                answer(world, person, found, accepted, "The record is right as it is.")
        else:
            assert lines[0].accepts == accepts
            answer(world, person, found, accepted, "The record is right as it is.")
            with world.owner() as engine, engine.begin() as connection:
                connection.execute(Correction.__table__.update().values(state="open", answered_at=None))  # type: ignore[attr-defined]


def test_billing_is_finances(world: World) -> None:
    """A wrong figure in Stripe goes to finance; in a system nobody is named for, to RevOps."""
    for system, owner in (("stripe", "finance"), ("gong", "revops")):
        mail = drafts.email()
        source = Source(system, "record", f"{system}-1-{mail.external_id}", {"starts": "2026-03-23"})
        cited = (Citation("/body", "2026-03-23", "other", "/starts"),)
        drafted = replace(mail.drafted, sources={**mail.drafted.sources, "other": source}, citations=cited)
        item = world.submit(replace(mail, drafted=drafted))
        found = doubt(world, DANA, item, claim=claim_of(world, item, "/starts"))
        assert row(world, found).owner_role == owner


HOSTILE = [
    "<script>alert(1)</script>",
    "\u202e2026-04-07",
    "'; DROP TABLE corrections; --",
    "=cmd|' /C calc'!A0",
    "🦊" * 60,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_value_is_a_value(world: World, value: str) -> None:
    """Kept as it was typed, shown, answered and verified like any other."""
    item = world.submit(drafts.email())
    found = doubt(world, DANA, item, proposed=value)
    assert row(world, found).proposed == value
    answer(world, LENA, found, False, f"No such value: {value}")
    assert world.verify().holds
