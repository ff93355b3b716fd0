"""Drafting again: what newer records fill is filled, what people wrote stays, and who asks is not its maker."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, NotFound
from reviewqueue.items import item_context, leases
from reviewqueue.measurement.seeded import seeded_drafts
from reviewqueue.onboarding import draft_again
from reviewqueue.onboarding import owner as onboarding_owner
from tests import drafts
from tests.cast import AIKO, DANA, INES, JONAS, PRIYA, SAM, TOM, Named
from tests.measurement.seeded import seeded_copies
from tests.onboarding.test_crm_import import ACCOUNTS, PEOPLE, bring, checked, items, put, won
from tests.support.draft_chain import begun, draft, of_kind, states
from tests.support.draft_chain import draftings as due_of
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["put"]
FILLED = {field: says for _, _, pointer, says in drafts.FIELDS if (field := pointer[1:]).endswith("__c")}
GAPS = ("Business_Outcome__c", "Success_Metric__c")
DEAL = "Marlow Freight platform"


def arrived(world: World, put: Any, **fields: Any) -> int:
    """Import a won deal as the CRM has it; returns its packet."""
    deal = won(1, DEAL, AccountId=ACCOUNTS[0]["Id"], Owner={"Name": "Lena Vogt"}, **fields)
    bring(world, put("deals", [deal]), put("accounts", ACCOUNTS), put("people", PEOPLE))
    return items(world, "handoff_packet")[-1].id


def with_gaps(world: World, put: Any) -> int:
    return arrived(world, put, **{name: says for name, says in FILLED.items() if name not in GAPS})


def ask(world: World, person: Named, item: int, seen: str = "") -> draft_again.Again:
    with world.session() as session:
        return draft_again.ask(session, person.id, item, seen or world.seen(item).revision, world.now)


def section(world: World, item: int, key: str) -> str:
    """A field of a packet."""
    return next(fields[key] for fields in world.draft(item)["sections"].values() if key in fields)


def test_a_packet_with_gaps_is_sent_back_filled_and_approved(world: World, put: Any, client_for: Any) -> None:
    """From the import to the approval, by one reviewer: two gaps, sent back; the CRM has one of them by now; drafted
    again, it cites the new record, and the same person approves it, because its maker is the import."""
    packet = with_gaps(world, put)
    assert checked(world, world.item(packet))["field.customer_outcome"] == "fail"
    world.decide(PRIYA, packet, "send_back", text="Ask Lena what they bought it for, please.")
    client = client_for(PRIYA)
    page = text_of(client.get(f"/items/{packet}"))
    assert "writes again what newer records or answers say" in page
    arrived(world, put, **{name: says for name, says in FILLED.items() if name != GAPS[1]})
    client.post(f"/items/{packet}/draft-again", data={"seen": world.seen(packet).revision})
    page = text_of(client.get(f"/items/{packet}"))
    assert "Filled from newer records: Customer business outcome." in page
    assert "Revision 2 by the automation salesforce import, asked by Priya Raman" in page
    assert "Priya Raman sent the revision before this one back" in page
    assert "Ask Lena what they bought it for, please." in page
    assert section(world, packet, "customer_outcome") == FILLED[GAPS[0]]
    assert (world.item(packet).state, world.item(packet).revision_number) == ("pending", 2)
    assert checked(world, world.item(packet))["field.customer_outcome"] == "pass"
    assert section(world, packet, "success_metric") == ""
    arrived(world, put, **FILLED)
    assert ask(world, PRIYA, packet).filled == ("Success metric",)
    assert world.decide(PRIYA, packet, "approve").state == "approved"
    assert [entry.act for entry in world.log(packet)] == [
        "item.submit", "item.send_back", "drafting.ask", "item.revise", "drafting.ask", "item.revise", "item.approve",
    ]  # fmt: skip
    assert world.verify().holds


def known_now(client_for: Any, person: Named, packet: int) -> str:
    """The line of the packet's page that asks for itself."""
    only = {"HX-Request": "true", "HX-Target": "known-now"}
    return text_of(client_for(person).get(f"/items/{packet}/known-now", headers=only)).strip()


def test_the_page_says_what_is_known_by_now(world: World, put: Any, client_for: Any) -> None:
    """Before anybody asks: which empty fields a newer record fills, and which say otherwise; nothing is written. For who
    may not ask, and where nothing differs, it says nothing."""
    packet = with_gaps(world, put)

    def says(person: Named) -> str:
        return known_now(client_for, person, packet)

    assert says(PRIYA) == ""
    arrived(world, put, **{**FILLED, "Risks__c": "None are left."})
    entries = len(world.log(packet))
    assert says(PRIYA) == (
        "Empty here and known by now: Customer business outcome, Success metric. A newer record says something else: Risks and objections."
    )
    assert says(AIKO) == ""
    assert (len(world.log(packet)), world.item(packet).revision_number) == (entries, 1)
    assert client_for(PRIYA).get(f"/items/{packet}/known-now").headers["Location"] == f"/items/{packet}#draft-again"


def test_what_people_wrote_stays(world: World, put: Any, client_for: Any) -> None:
    """A reviewer's own words stand, and the page names the field; what they did not touch follows the record."""
    packet = with_gaps(world, put)
    written = world.draft(packet)
    for fields in written["sections"].values():
        fields.update({key: "They asked for it in the call." for key in ("customer_outcome",) if key in fields})
    world.decide(PRIYA, packet, "edit", draft=written)
    assert "than a person wrote" not in known_now(client_for, PRIYA, packet)
    arrived(world, put, **FILLED)
    says = "A record says otherwise than a person wrote here: Customer business outcome."
    assert says in known_now(client_for, PRIYA, packet)
    again = ask(world, PRIYA, packet)
    assert says in known_now(client_for, PRIYA, packet), "also when nothing else would be new"
    assert (again.filled, again.kept) == (("Success metric",), ("Customer business outcome",))
    assert section(world, packet, "customer_outcome") == "They asked for it in the call."


def stale(world: World, item: int) -> None:
    """Somebody else edits it first."""
    written = world.draft(item)
    next(iter(written["sections"].values()))["customer_outcome"] = "By hand."
    world.decide(PRIYA, item, "edit", draft=written)


def taken(world: World, item: int) -> None:
    """Somebody else has it in hand."""
    with world.session() as session:
        leases.take(session, TOM.id, item, world.now)


def rejected(world: World, item: int) -> None:
    """It is rejected first."""
    world.decide(PRIYA, item, "reject", text="This deal is another team's.")


def nothing(world: World, item: int) -> None:
    """Nothing happens."""


# (what happened since the page was opened, who asks, the error, what it says)
REFUSED: list[tuple[Any, Named, type[DomainError], str]] = [
    (stale, PRIYA, Conflict, "changed since you opened it"),
    (rejected, PRIYA, Conflict, "is rejected by now"),
    (nothing, PRIYA, Conflict, "Nothing newer is known"),
    (nothing, SAM, NotFound, "not yours to see"),
    (nothing, AIKO, Forbidden, "Only an implementation lead"),
]


@pytest.mark.parametrize(("happens", "person", "error", "says"), REFUSED, ids=[f"{row[0].__name__}-{row[1].name}" for row in REFUSED])  # fmt: skip
def test_when_it_is_refused(
    world: World, put: Any, happens: Any, person: Named, error: type[DomainError], says: str
) -> None:
    packet = with_gaps(world, put)
    seen = world.seen(packet).revision
    happens(world, packet)
    number, entries = world.item(packet).revision_number, len(world.log())
    with pytest.raises(error, match=says):
        ask(world, person, packet, seen)
    assert (world.item(packet).revision_number, len(world.log())) == (number, entries)


def test_another_s_lease_is_respected(world: World, put: Any) -> None:
    packet = with_gaps(world, put)
    with world.session() as session:
        leases.take(session, PRIYA.id, packet, world.now)
    with pytest.raises(Conflict, match="Priya Raman"):
        ask(world, DANA, packet)


def test_another_automation_s_draft_is_its_own(world: World, client_for: Any) -> None:
    """Nobody is offered to have it written by us, and the act says what to do instead."""
    packet = world.submit(drafts.packet())
    assert "Draft it again" not in text_of(client_for(PRIYA).get(f"/items/{packet}"))
    with pytest.raises(Conflict, match="Handoff agent drafted this"):
        ask(world, PRIYA, packet)


def test_a_seeded_defect_stays_until_somebody_decides(world: World, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of one of our own drafts answers as any draft of which nothing newer is known: nothing shows what it is, and
    its defect is not written over."""
    packet = arrived(world, put, **FILLED)
    world.decide(PRIYA, packet, "approve")
    monkeypatch.setattr(seeded_copies, "AT", (drafts.LANE, "handoff-quality"))
    made = seeded_copies.sealed(world)
    with world.session() as session:
        copy = seeded_drafts.insert_now(session, made, world.now) or 0
    with world.session() as session:
        context = item_context.load(session, copy, world.now)
        assert draft_again.is_ours(context)
    with pytest.raises(Conflict, match="Nothing newer is known"):
        ask(world, PRIYA, copy)
    assert world.item(copy).revision_number == 1


def test_a_seeded_defect_is_drafted_again_like_any_packet(
    world: World, put: Any, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer record changes a field: the copy says so as the packet it was copied from would, and takes it; its defect
    stays, its author is who drafted the first one, and its first decision reveals it."""
    packet = arrived(world, put, **FILLED)
    world.decide(PRIYA, packet, "approve")
    monkeypatch.setattr(seeded_copies, "AT", (drafts.LANE, "handoff-quality"))
    made = seeded_copies.sealed(world)
    with world.session() as session:
        copy = seeded_drafts.insert_now(session, made, world.now) or 0
        fault = seeded_drafts.hidden_in(session, copy)
    assert fault
    assert known_now(client_for, PRIYA, copy) == "", "nothing newer: not even its defect is"
    other = "Technical_Requirements__c" if fault.at.endswith("use_cases") else "Use_Cases__c"
    arrived(world, put, **{**FILLED, other: "They changed their mind."})
    told = known_now(client_for, PRIYA, copy)
    again = ask(world, PRIYA, copy)
    assert len(again.changed) == 1
    assert told == f"A newer record says something else: {again.changed[0]}."
    assert "They changed their mind." in str(world.draft(copy))
    assert fault.became in str(resolve_pointer(world.draft(copy), fault.at))
    assert known_now(client_for, PRIYA, copy) == ""
    with world.session() as session:
        context = item_context.load(session, copy, world.now)
        assert context.automation == "salesforce import"
        assert len({one.author_automation_id for one in context.revisions}) == 1
    world.decide(PRIYA, copy, "send_back", text="The records say otherwise here.")
    assert world.item(copy).state == "withdrawn"
    assert world.verify().holds


def test_two_who_ask_at_once_make_one_revision(world: World, put: Any) -> None:
    packet = with_gaps(world, put)
    arrived(world, put, **FILLED)
    seen, said = world.seen(packet).revision, list[str]()
    start = threading.Barrier(2)

    def work(person: Named) -> None:
        start.wait()
        try:
            ask(world, person, packet, seen)
            said.append("written")
        except Conflict as refused:
            said.append(refused.says)

    threads = [threading.Thread(target=work, args=(one,)) for one in (PRIYA, JONAS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted("changed since" in one for one in said) == [False, True]
    assert world.item(packet).revision_number == 2


def test_a_brief_is_written_again_by_the_worker(world: World, client_for: Any) -> None:
    """Sent back because nobody knew the CSM: the account gets its owner, and the next revision names them. Asked again at
    once, it is due already; with nothing newer, the onboarding's page says why there is no revision."""
    packet, later = begun(world, owner=None), world.now + timedelta(minutes=1)
    draft(world)
    brief = of_kind(world, "kickoff_brief")[0].id
    before = str(world.draft(brief))
    world.decide(DANA, brief, "send_back", text="It does not say who leads it on our side.")
    with world.session() as session:
        run = world.item(packet).onboarding_id or 0
        onboarding_owner.set_owner(session, TOM.id, run, DANA.id, "They have worked together before.", world.now)
    client = client_for(DANA)
    client.post(f"/items/{brief}/draft-again", data={"seen": world.seen(brief).revision})
    assert "It is drafted again." in text_of(client.get(f"/items/{brief}"))
    with pytest.raises(Conflict, match="to be drafted again already"):
        ask(world, DANA, brief)
    assert draft(world, at=later) == 1
    assert (world.item(brief).state, world.item(brief).revision_number) == ("pending", 2)
    assert (DANA.name in str(world.draft(brief)), DANA.name in before) == (True, False)
    ask(world, DANA, brief)
    draft(world, at=later)
    assert world.item(brief).revision_number == 2
    assert (states(world)["kickoff-brief"], "Nothing newer is known" in due_of(world)["kickoff-brief"].says) == (
        "skipped", True,
    )  # fmt: skip
    assert "Nothing newer is known" in text_of(client.get(f"/onboardings/{run}"))
    assert world.verify().holds


def test_all_open_drafts_of_an_onboarding_at_once(world: World, client_for: Any) -> None:
    """The account gets its owner: each draft of ours that lacks the name is written again, one that somebody else has in
    hand is left and named, and nobody is offered it who may not ask."""
    packet, later = begun(world, owner=None), world.now + timedelta(minutes=1)
    draft(world)
    run = world.item(packet).onboarding_id or 0
    mine = {kind: of_kind(world, kind)[0].id for kind in ("kickoff_brief", "project_plan", "customer_email")}
    with world.session() as session:
        onboarding_owner.set_owner(session, TOM.id, run, DANA.id, "They have worked together before.", world.now)
        leases.take(session, INES.id, mine["project_plan"], world.now)
    assert "again from what is known now" not in text_of(client_for(AIKO).get(f"/onboardings/{run}"))
    client = client_for(PRIYA)
    assert "open drafts again from what is known now" in text_of(client.get(f"/onboardings/{run}"))
    client.post(f"/onboardings/{run}/draft-again")
    page = text_of(client.get(f"/onboardings/{run}"))
    assert "written anew, or to be in a moment" in page
    assert "Ines Castellanos" in page
    draft(world, at=later)
    assert [world.item(one).revision_number for one in mine.values()] == [2, 1, 2]
    assert DANA.name in str(world.draft(mine["kickoff_brief"]))
    assert client_for(AIKO).post(f"/onboardings/{run}/draft-again").status_code == 403
    assert client_for(SAM).post(f"/onboardings/{run}/draft-again").status_code == 404
