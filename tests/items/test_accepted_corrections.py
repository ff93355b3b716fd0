"""Accepted corrections: drafts that say the old value fail until they are changed, drafted again, or an import shows the
new one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden
from reviewqueue.db.tables.items import Check, Item
from reviewqueue.delivery import holds
from reviewqueue.evidence import corrected_fields
from reviewqueue.evidence.text.corrected_values import CHECK as KEY
from reviewqueue.evidence.types import Citation, Source
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import corrections, decidable, intake, item_context
from reviewqueue.people import actors
from tests import drafts
from tests.cast import DANA, HELEN, JONAS, LENA, MARCUS, PRIYA, TOM, Named
from tests.support.crm_changes import doubt, paths, says_now
from tests.support.releases import about_to_go, by_mail, row, send_by_hand, state, take
from tests.world import World


def accepted(world: World, item: int, by: Named = LENA) -> list[int]:
    """Somebody says that the start date is wrong on this item, and its owner accepts; returns the drafts that fail."""
    correction = doubt(world, DANA, item)
    with world.session() as session:
        return corrections.answer(session, by.id, correction, True, "Corrected in Salesforce.", world.now)


def failing(world: World, item: int) -> list[str]:
    """What the check says of an item."""
    with world.session() as session:
        context = item_context.load(session, item, world.now)
    return [one.message for one in context.checks if one.key == KEY]


def family(world: World) -> tuple[drafts.Deal, Any, int, int, int]:
    """(the deal, its mail, the mail's item, the packet that says the same date, a plan that does not)."""
    about = drafts.deal()
    mail = drafts.email(about)
    return about, mail, world.submit(mail), world.submit(drafts.packet(about)), world.submit(drafts.plan(about))


def test_accepting_sets_no_wrong_draft_free(world: World, api: Any) -> None:
    """Those that say the old date fail by name, with both values and who accepted it: on the page's data, for the lists,
    in the API, and on the log. Others of the onboarding do not, and no other customer's. Nothing is written to them."""
    _, _, item, packet, plan = family(world)
    other, checks = world.submit(drafts.packet()), world.count(Check)
    assert accepted(world, item) == [packet]
    assert [bool(failing(world, one)) for one in (packet, item, plan, other)] == [True, False, False, False]
    [says] = failing(world, packet)
    assert all(part in says for part in ("“2026-03-23”", "“2026-04-07”", "Lena Vogt", "correction 1"))
    with pytest.raises(Forbidden, match=r"evidence\.corrected"):
        world.decide(PRIYA, packet, "approve")
    shown = api.get(f"/api/v1/items/{packet}").get_json()
    assert [one["message"] for one in shown["checks"] if one["key"] == KEY] == [says]
    assert KEY in [need["at"] for need in shown["needs"]]
    with world.session() as session:
        waits = decidable.waits_of(session, actors.load_actor(session, HELEN.id, world.now), [packet, plan], world.now)
    assert waits.get(packet, decidable.Wait("", "")).code in ("role", "")
    [told] = [entry for entry in world.log(item) if entry.act == "correction.accept"]
    assert json.loads(told.body)["facts"]["failing"] == [packet]
    assert world.count(Check) == checks + len(world_checks(world, item)), "only the edit's own checks were written"
    assert world.verify().holds


def world_checks(world: World, item: int) -> list[Any]:
    """The stored checks of an item's current revision."""
    with world.session() as session:
        context = item_context.load(session, item, world.now)
    return [one for one in context.checks if one.key != KEY]


def test_the_lists_count_it(world: World, client_for: Any) -> None:
    """The queue, the onboarding's page and an exception's say what the item's page says: one more that fails."""
    _, _, item, packet, plan = family(world)
    run, before = world.item(packet).onboarding_id, {one: world.item(one).fails for one in (packet, plan)}
    with world.session() as session:
        said = exception_cases.ExceptionRequest(
            "billing-or-contract-mismatch", "Two dates", "The order says another day.", packet
        )
        case = exception_cases.open_case(session, HELEN.id, said, world.now)

    def says(address: str, one: int) -> list[str]:
        lines = [line for line in client_for(HELEN).get(address).text.split("<li") if f"/items/{one}" in line]
        return [told for line in lines for told in re.findall(r"(\d+) fail<", line)]

    places = ((packet, "/queue?view=open"), (packet, f"/onboardings/{run}"), (packet, f"/exceptions/{case}"))
    others = ((plan, "/queue?view=open"), (plan, f"/onboardings/{run}"))
    assert [says(address, one) for one, address in places] == [[str(before[packet])] * bool(before[packet])] * 3
    unchanged = [says(address, one) for one, address in others]
    accepted(world, item)
    assert [says(address, one) for one, address in places] == [[str(before[packet] + 1)]] * 3
    assert [says(address, one) for one, address in others] == unchanged


def test_the_lists_count_what_is_approved_and_not_sent(world: World, client_for: Any) -> None:
    """A mail that waits to be sent is held for it, so the lists say why; once it is sent, it is past."""
    by_mail(world)
    item = about_to_go(world)
    places = ("/queue?view=decided", f"/onboardings/{world.item(item).onboarding_id}")

    def says(address: str) -> list[str]:
        lines = [line for line in client_for(HELEN).get(address).text.split("<li") if f"/items/{item}" in line]
        return [told for line in lines for told in re.findall(r"(\d+) fail<", line)]

    assert [says(address) for address in places] == [[], []]
    accepted(world, world.submit(drafts.email(deal_of(world, item), subject="About the agenda")))
    assert [says(address) for address in places] == [["1"], ["1"]]
    with world.session() as session:
        kept = session.get(Item, item)
        assert kept
        kept.state = "released"
        assert corrected_fields.counts(session, [kept]) == {}


def edited(world: World, packet: int, submission: Any, folder: Path) -> None:
    """A person edits the passage."""
    draft = json.loads(json.dumps(world.draft(packet)).replace("2026-03-23", "2026-04-07"))
    world.decide(PRIYA, packet, "edit", draft=draft)


def edited_elsewhere(world: World, packet: int, submission: Any, folder: Path) -> None:
    """A person edits another passage, and leaves this one."""
    draft = world.draft(packet)
    draft["sections"]["risks"]["risks"] = "IT is short of people until May."
    world.decide(PRIYA, packet, "edit", draft=draft)


def respelled(world: World, packet: int, submission: Any, folder: Path) -> None:
    """A person writes the old date in other letters, so that it cites nothing any more."""
    draft = json.loads(json.dumps(world.draft(packet)).replace("2026-03-23", "23 March 2026"))
    world.decide(PRIYA, packet, "edit", draft=draft)


def drafted(world: World, packet: int, submission: Any, folder: Path) -> None:
    """The automation drafts it again, with the new date."""
    again = json.loads(json.dumps(submission.drafted.draft).replace("2026-03-23", "2026-04-07"))
    kept = tuple(one for one in submission.drafted.citations if one.path != "/Start_Date__c")
    revise(world, packet, replace(submission.drafted, draft=again, citations=kept))


def drafted_alike(world: World, packet: int, submission: Any, folder: Path) -> None:
    """The automation drafts it again with the old date."""
    revise(world, packet, replace(submission.drafted, title="The packet, again"))


def revise(world: World, item: int, again: Any) -> None:
    """A new revision by the automation."""
    with world.session() as session:
        intake.revise(session, world.caller, item, world.seen(item).revision, again, world.now)


def shown(world: World, packet: int, submission: Any, folder: Path) -> None:
    """The next import shows the new date."""
    says_now(world, folder, submission, Start_Date__c="2026-04-07")


def shown_otherwise(world: World, packet: int, submission: Any, folder: Path) -> None:
    """An import shows another field changed, and the old date as before."""
    says_now(world, folder, submission, StageName="Closed Won (checked)")


def nothing(world: World, packet: int, submission: Any, folder: Path) -> None:
    """Nobody does anything."""


# (what happens, whether it still fails, whether it waits as a source that changed)
ENDS: list[tuple[Callable[..., None], bool, list[str]]] = [
    (nothing, True, []),
    (edited, False, []),
    (edited_elsewhere, True, []),
    (respelled, True, []),
    (drafted, False, []),
    (drafted_alike, True, []),
    (shown, False, ["/Start_Date__c"]),
    (shown_otherwise, True, []),
]


@pytest.mark.parametrize(("happens", "fails", "moved"), ENDS, ids=[row[0].__name__ for row in ENDS])
def test_what_ends_it(
    world: World, tmp_path: Path, happens: Callable[..., None], fails: bool, moved: list[str]
) -> None:
    """Saying something else does, or the record; saying the same again does not, in whatever letters. When the record
    says it, the draft waits as any does whose source changed: it is never free by that alone."""
    about, _, item, packet, _ = family(world)
    accepted(world, item)
    happens(world, packet, drafts.packet(about), tmp_path)
    assert (bool(failing(world, packet)), paths(world, packet)) == (fails, moved)
    if fails or moved:
        with pytest.raises(Forbidden):
            world.decide(JONAS, packet, "approve")
    else:
        assert world.decide(JONAS, packet, "approve").state == "approved"


def test_one_that_comes_later_fails_from_the_start(world: World, api: Any) -> None:
    """An automation that has not heard of it submits the old date: the answer says so already."""
    _, mail, item, _, _ = family(world)
    accepted(world, item)
    late = replace(mail, drafted=replace(mail.drafted, draft={**mail.drafted.draft, "subject": "Second"}))
    with world.session() as session:
        answer, _ = intake.submit(session, world.caller, late, world.now)
    assert KEY in [one["key"] for one in answer["checks"]]
    assert KEY in [need["at"] for need in answer["needs"]]
    assert failing(world, answer["id"])


def test_an_override_names_it(world: World) -> None:
    """Who may override evidence at the gate lets it through, by the check's name; nothing else passes with it."""
    _, _, item, packet, _ = family(world)
    accepted(world, item)
    assert world.decide(PRIYA, packet, "override", passes=(KEY,), reason_code="known-gap-accepted").state == "approved"


def test_refused_it_goes_free(world: World) -> None:
    """The record is right as it is: nothing fails, nothing waits."""
    _, _, item, packet, _ = family(world)
    correction = doubt(world, DANA, item)
    with world.session() as session:
        corrections.answer(session, LENA.id, correction, False, "It is as the signed order says.", world.now)
    assert failing(world, packet) == []
    assert world.decide(PRIYA, packet, "approve").state == "approved"


@pytest.mark.parametrize("guarded", [True, False], ids=["held", "the control without the check"])
def test_what_is_approved_does_not_go_out_with_the_old_value(
    world: World, tmp_path: Path, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays approved and held, by the worker and by hand, with the way out in words; once the record says it, it waits
    as any whose source changed."""
    by_mail(world)
    item = about_to_go(world)
    sibling = world.submit(drafts.email(deal_of(world, item), subject="About the agenda"))
    assert accepted(world, sibling) == [item]
    if not guarded:
        monkeypatch.setattr(corrected_fields, "still_said", lambda *_: ())
        due = take(world)
        assert due is not None
        assert due.item_id == item
        return
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        [held] = holds.current_holds(session, context, row(world, item), world.now, mail=True)
    assert held.code == "correction"
    assert all(part in held.says for part in ("“2026-04-07”", "“2026-03-23”", "Lena Vogt", "Give the release up"))
    assert (state(world, item), take(world)) == ("held", None)
    with pytest.raises(Conflict, match="must not go out yet"):
        send_by_hand(world, MARCUS, item)
    says_now(world, tmp_path, drafts.email(deal_of(world, item)), Start_Date__c="2026-04-07")
    assert (failing(world, item), paths(world, item), take(world)) == ([], ["/Start_Date__c"], None)


def deal_of(world: World, item: int) -> drafts.Deal:
    """The deal an item is about."""
    from tests.support.releases import DEALS

    return DEALS[item]


def test_a_manager_passes_a_message_and_it_goes_out(world: World) -> None:
    """Overridden by a manager and approved by a second person, it is released: they decided with the correction shown."""
    by_mail(world)
    _, _, item, _, _ = family(world)
    accepted(world, item)
    about = drafts.deal()
    first, second = world.submit(drafts.email(about)), world.submit(drafts.email(about, subject="Again"))
    accepted(world, first)
    assert failing(world, second)
    world.decide(TOM, second, "override", passes=(KEY,))
    world.decide(HELEN, second, "approve")
    assert state(world, second) == "waiting"
    due = take(world)
    assert due is not None
    assert due.item_id == second


def test_a_value_that_never_was_a_text(world: World) -> None:
    """A number in the record, cited by a draft that came with the record of another system: compared by value."""
    about = drafts.deal()
    source = Source("stripe", "subscription", f"sub-{about.external_id}", {"seats": 40})
    cited = (Citation("/body", "40 seats", "billing", "/seats"),)
    body = drafts.BODY.replace("Your project", "You have 40 seats. Your project")
    mails = [drafts.email(about, body=body, subject=name) for name in ("One", "Two")]
    mails = [
        replace(one, drafted=replace(one.drafted, sources={**one.drafted.sources, "billing": source}, citations=cited))
        for one in mails
    ]
    first, second = map(world.submit, mails)
    draft = {**world.draft(first), "body": body.replace("40 seats", "45 seats")}
    with world.session() as session:
        context = item_context.load(session, first, world.now)
        [(claim, *_)] = corrections.fields(session, context.revision.id)
    said = {"reason_code": "source-wrong", "claim": claim, "proposed": "45", "draft": draft}
    world.decide(DANA, first, "edit", text="Rosa ordered five more.", **said)
    with world.session() as session:
        assert corrections.answer(session, PRIYA.id, 1, True, "", world.now) == [second]
    assert "“40 seats”" in failing(world, second)[0]
