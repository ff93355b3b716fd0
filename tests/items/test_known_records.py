"""Who brought a record: what is only claimed replaces nothing, vouches for nobody and freezes nothing (row 41); and a draft
is compared with everything that is known of its onboarding, at its newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Check, Revision
from reviewqueue.evidence import record_versions, source_records
from reviewqueue.evidence.types import Arrival, Citation, Source
from reviewqueue.items import intake
from reviewqueue.items.submission_rules import Submission
from tests import drafts
from tests.cast import DANA, PRIYA
from tests.support.crm_changes import paths, says_now
from tests.support.executed_statements import hearing
from tests.world import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
IMPORTED, SIGNED, FETCHED = Arrival("imported"), Arrival("signed"), Arrival("fetched")
MINE, THEIRS = Arrival("claimed", "Handoff agent", None, 1), Arrival("claimed", "Renewal agent", None, 2)


def version(says: str, came: Arrival | None, hour: int | None = None, **more: Any) -> Source:
    """A version of one record."""
    fetched = None if hour is None else NOON + timedelta(hours=hour)
    return Source("salesforce", "Opportunity", "006", {"says": says, **more}, fetched, arrival=came)


# (what is so, the versions in the order they came, the one that is the newest; None for none, with and without claims)
NEWEST: list[tuple[str, Sequence[Source], str | None, str | None]] = [
    ("the last one imported", [version("a", IMPORTED), version("b", IMPORTED)], "b", "b"),
    ("a claim after an import replaces nothing", [version("a", IMPORTED), version("b", MINE)], "a", "a"),
    ("nor after a signed one", [version("a", SIGNED), version("b", MINE)], "a", "a"),
    ("nor after a fetched one", [version("a", FETCHED), version("b", MINE)], "a", "a"),
    ("a claim before an import", [version("a", MINE), version("b", IMPORTED)], "b", "b"),
    ("where there are claims alone the last one stands, and starts nothing", [version("a", MINE), version("b", THEIRS)], None, "b"),
    ("what says that it was fetched earlier is not newer", [version("a", IMPORTED, 2), version("b", IMPORTED, 1)], "a", "a"),
    ("a claim's word for when counts for nothing", [version("a", IMPORTED, 1), version("b", MINE, 9)], "a", "a"),
    ("an event is no version", [version("a", IMPORTED), version("b", IMPORTED, eventType="e")], "a", "a"),
    ("a claimed version does not stand in for an event", [version("a", MINE), version("b", IMPORTED, eventType="e")], "b", "b"),
    ("how it came is not known, as in a file", [version("a", None), version("b", MINE)], "a", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "kept", "sure", "known"), NEWEST, ids=[row[0] for row in NEWEST])
def test_the_newest_version(says: str, kept: Sequence[Source], sure: str | None, known: str | None) -> None:
    """By who brought it, then by when."""
    for claimed, expected in ((False, sure), (True, known)):
        found = record_versions.newest_of(kept, claimed=claimed)
        assert (found.payload["says"] if found else None) == expected, says
    trusting = record_versions.newest_of([version("a", IMPORTED), version("b", MINE)], ["Handoff agent"])
    assert trusting
    assert trusting.payload["says"] == "b"


def hand_in(world: World, submission: Submission, *, stranger: bool = True) -> int:
    """A draft of an automation that the policy does not trust, or of the one that it does."""
    with world.session() as session:
        caller = world.stranger if stranger else world.caller
        item_id: int = intake.submit(session, caller, submission, world.now)[0]["id"]
    return item_id


def with_source(submission: Submission, ref: str, **changes: Any) -> Submission:
    """The submission with some fields of one of its records changed; None takes a field out."""
    old = submission.drafted.sources[ref]
    payload = {name: value for name, value in {**old.payload, **changes}.items() if value is not None}
    sources = {**submission.drafted.sources, ref: replace(old, payload=payload)}
    return replace(submission, drafted=replace(submission.drafted, sources=sources))


def results(world: World, item: int, *keys: str) -> list[Check]:
    """The results of some checks of an item's newest revision."""
    with world.session() as session:
        newest = select(Revision.id).where(Revision.item_id == item).order_by(Revision.id.desc()).limit(1)
        rows = session.scalars(select(Check).where(Check.revision_id == newest.scalar_subquery()).order_by(Check.id))
        return [one for one in rows if one.key in keys and one.outcome != "pass"]


def outcomes(world: World, item: int, *keys: str) -> list[tuple[str, str]]:
    """(key, outcome) of the same."""
    return [(one.key, one.outcome) for one in results(world, item, *keys)]


def imported(world: World, *sources: Source) -> frozenset[str]:
    """These records, kept as an import keeps them; returns what was new."""
    with world.session() as session, writing(session):
        return source_records.keep(session, sources, world.now, "imported", world.caller.automation_id).fresh


def records(about: drafts.Deal, *refs: str) -> list[Source]:
    """The deal's own records, or some of them."""
    return [one for ref, one in about.sources.items() if not refs or ref in refs]


def known_by(world: World, source: Source) -> tuple[str, str]:
    """(way, automation) of the best arrival of the newest version of a record."""
    with world.session() as session:
        found = source_records.newest(session, *source.key[:2], [source.external_id], claimed=True)
    came = found[source.external_id].arrival
    return (came.way, came.automation) if came else ("", "")


def test_a_record_says_who_brought_it(world: World, tmp_path: Path) -> None:
    """Claimed by the automation that sent it, until somebody imports the same: then imported, and it is new again."""
    mail = drafts.email()
    hand_in(world, mail)
    account = mail.drafted.sources["account"]
    assert known_by(world, account) == ("claimed", "Renewal agent")
    assert imported(world, account) == {account.digest}
    assert imported(world, account) == set()
    with world.session() as session, writing(session):
        assert source_records.keep(session, [account], world.now, "claimed", 2).fresh == set()
    assert known_by(world, account)[0] == "imported"


KNOWN = ("recipient.known", "recipient.belongs")
# (what the stranger's key sends, what is imported, what is said of the recipient)
RECIPIENTS: list[tuple[str, tuple[str, ...], list[tuple[str, str]]]] = [
    (
        "only claimed records: nobody knows whose the domain is, and the address is claimed",
        (),
        [("recipient.belongs", "warn"), ("recipient.known", "warn")],
    ),
    ("the same records, imported: an honest draft has no warning", ("deal", "account"), []),
    (
        "the account is imported, the deal with the address is not: the domain is theirs, the address is claimed",
        ("account",),
        [("recipient.known", "warn")],
    ),
]


@pytest.mark.parametrize(("says", "brought", "expected"), RECIPIENTS, ids=[row[0] for row in RECIPIENTS])
def test_only_what_was_imported_vouches_for_a_recipient(
    world: World, tmp_path: Path, says: str, brought: tuple[str, ...], expected: Any
) -> None:
    """A claim is named, and warns; what is imported for this customer's account counts."""
    about = drafts.deal()
    if brought:
        imported(world, *records(about, *brought))
    item = hand_in(world, drafts.email(about))
    assert sorted(outcomes(world, item, *KNOWN)) == expected, says
    if expected:
        assert all("claimed by Renewal agent" in one.message for one in results(world, item, *KNOWN))


def test_a_contact_of_another_account_vouches_for_nobody(world: World, tmp_path: Path) -> None:
    """Though it was imported: it names another account. One that names this account counts."""
    about = drafts.deal()
    imported(world, *records(about))
    for account, expected in (("001NB0000000009999", ["recipient.belongs", "recipient.known"]), ("", [])):
        whose = account or about.sources["account"].external_id
        contact = Source(
            "salesforce",
            "Contact",
            f"003{whose[3:]}",
            {"AccountId": whose, "LastName": "Ode", "Email": "ode@ode.example"},
        )
        mail = drafts.email(about, to=["ode@ode.example"], subject=f"Kickoff {whose}")
        sent = replace(mail, drafted=replace(mail.drafted, sources={**mail.drafted.sources, "contact": contact}))
        imported(world, contact)
        found = outcomes(world, hand_in(world, sent), *KNOWN)
        assert sorted({key for key, _ in found}) == expected
        assert (("recipient.belongs", "fail") in found) is bool(expected)


# (what the stranger claims, what is checked of it)
CLAIMS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("a field the draft cites", {"Start_Date__c": "2026-05-01"}, ["fail"]),
    ("a field it does not cite", {"CloseDate": "2026-02-28"}, ["warn"]),
    ("when the record was touched", {"LastModifiedDate": "2026-03-01"}, []),
    ("a field the import left out", {"Color__c": "blue"}, []),
    ("nothing else", {}, []),
]


@pytest.mark.parametrize(("says", "changes", "expected"), CLAIMS, ids=[row[0] for row in CLAIMS])
def test_a_claim_that_differs_is_a_check(
    world: World, tmp_path: Path, says: str, changes: dict[str, Any], expected: list[str]
) -> None:
    """It names both values, who says which, and what to do."""
    about = drafts.deal()
    imported(world, *records(about))
    mail = with_source(drafts.email(about), "deal", **changes)
    if "Start_Date__c" in changes:
        body = str(mail.drafted.draft["body"]).replace("2026-03-23", "2026-05-01")
        cited = Citation("/body", "starts on 2026-05-01", "deal", "/Start_Date__c")
        drafted = replace(mail.drafted, draft={**mail.drafted.draft, "body": body}, citations=(cited,))
        mail = replace(mail, drafted=drafted)
    item = hand_in(world, mail)
    found = results(world, item, "evidence.claimed-differs")
    assert [one.outcome for one in found] == expected, says
    for one in found:
        path, value = next(iter(changes.items()))
        known = drafts.email(about).drafted.sources["deal"].payload[path]
        assert f"“{value}” as claimed by Renewal agent, and “{known}” as imported" in one.message
        assert "import the record again" in one.message


def test_a_claim_freezes_nothing_of_anybody_else(world: World, tmp_path: Path) -> None:
    """Neither a draft on the imported record nor another automation's; its own drafts wait, as it says itself."""
    about = drafts.deal()
    packet = drafts.packet(about)
    item = world.submit(packet)
    mine = hand_in(world, drafts.email(about, subject="An early word"))
    hand_in(world, with_source(drafts.email(about), "deal", Start_Date__c="2026-05-01"))
    assert (paths(world, item), paths(world, mine)) == ([], [])
    other = drafts.deal("Ode & Sons")
    own = hand_in(world, drafts.packet(other))
    hand_in(world, with_source(drafts.email(other), "deal", Start_Date__c="2026-05-01"))
    assert paths(world, own) == ["/Start_Date__c"]
    says_now(world, tmp_path, packet, Start_Date__c="2026-04-06")
    assert paths(world, item) == paths(world, mine) == ["/Start_Date__c"], "an import does"


def test_the_control_with_every_claim_taken_for_an_import(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the guard a key replaces the record, vouches for its own address and freezes the packet."""
    monkeypatch.setattr(Arrival, "vouches", lambda *_: True)
    about = drafts.deal()
    imported(world, *records(about))
    packet = world.submit(drafts.packet(about))
    forged = with_source(drafts.email(about, to=["eve@evil.example"]), "account", Website="evil.example")
    item = hand_in(world, with_source(forged, "deal", Start_Date__c="2026-05-01", Buyer_Email__c="eve@evil.example"))
    assert outcomes(world, item, *KNOWN, "evidence.claimed-differs") == []
    assert paths(world, packet) == ["/Start_Date__c"]
    assert known_by(world, forged.drafted.sources["account"])[0] == "claimed"


def test_a_draft_is_compared_with_what_it_did_not_send(world: World, tmp_path: Path) -> None:
    """A value that stands in a record of the onboarding is supported, though the draft sends none; one that stands
    nowhere is not."""
    about = drafts.deal()
    world.submit(drafts.packet(about))
    for day, expected in (("2026-03-23", []), ("2026-05-01", ["evidence.unsupported"])):
        mail = drafts.email(about, subject=f"About {day}", body=drafts.BODY.replace("2026-03-23", day))
        bare = replace(mail.drafted, sources={}, citations=())
        item = world.submit(replace(mail, drafted=bare))
        found = [one for one in results(world, item, "evidence.unsupported") if day in one.message]
        assert [one.key for one in found] == expected
        assert outcomes(world, item, *KNOWN) == []


def test_what_rests_on_an_older_version_says_so(world: World, tmp_path: Path) -> None:
    """With both values: a citation warns, beside the look it waits for; a value in passing fails."""
    about = drafts.deal()
    packet = drafts.packet(about)
    world.submit(packet)
    says_now(world, tmp_path, packet, Start_Date__c="2026-04-06")
    cited = world.submit(drafts.email(about))
    (one,) = results(world, cited, "evidence.outdated")
    assert (one.outcome, one.at) == ("warn", "/body")
    assert "was “2026-03-23” and is “2026-04-06” since" in one.message
    mail = drafts.email(
        about, subject="In passing", body=drafts.BODY.replace("Your project starts on", "You signed on")
    )
    item = world.submit(replace(mail, drafted=replace(mail.drafted, citations=())))
    (one,) = results(world, item, "evidence.outdated")
    assert one.outcome == "fail"
    assert "“2026-03-23” rests on it" in one.message


def test_an_edit_takes_the_newest_along(world: World, tmp_path: Path) -> None:
    """Also after a look, and where nothing it cites moved: the old date is never supported again."""
    about = drafts.deal()
    packet = drafts.packet(about)
    item = world.submit(packet)
    mail = drafts.email(about, body=drafts.BODY.replace("Your project starts on", "You signed on"))
    other = world.submit(replace(mail, drafted=replace(mail.drafted, citations=())))
    says_now(world, tmp_path, packet, Start_Date__c="2026-04-06")
    world.decide(PRIYA, item, "edit", draft={**world.draft(item), "note": "Looked at again."})
    world.decide(DANA, other, "edit", draft={**world.draft(other), "subject": "Kickoff, our proposal"})
    with world.session() as session:
        for one in (item, other):
            last = select(Revision.id).where(Revision.item_id == one).order_by(Revision.id.desc()).limit(1)
            sources = source_records.of_revision(session, session.scalars(last).one())
            assert sources["deal"].payload["Start_Date__c"] == "2026-04-06"
    assert [one.outcome for one in results(world, item, "evidence.contradicted")] == ["fail"]
    assert [one.key for one in results(world, other, "evidence.unsupported")] == ["evidence.unsupported"]


def test_many_records_cost_no_more_statements(world: World) -> None:
    """An onboarding with hundreds of records: the same four statements, and no more than two hundred records read."""
    about = drafts.deal()
    for count in (1, 120, 120):
        more = {
            f"order-{count}-{number}": Source("stripe", "invoice", f"in_{count}_{number}", {"number": number})
            for number in range(count)
        }
        mail = drafts.packet(about)
        world.submit(replace(mail, drafted=replace(mail.drafted, sources={**mail.drafted.sources, **more})))
    mail = drafts.email(about)
    with hearing(world.engine) as made:
        world.submit(mail)
    asked = [said for said, _ in made if "source_arrivals" in said and said.startswith("SELECT")]
    assert len(asked) <= 6
    assert not [said for said, _ in made if said.count("%s") > 1000 or said.count("?") > 1000]


# (what is so, days after the approval when the record moved, what is said)
APPROVED: list[tuple[str, int | None, str]] = [
    ("the record moved after the approval", 3, "says so since 5 March 2026 (/Go_Live__c), after that approval: the record is newer."),
    ("it said so before", -3, "says so since 27 February 2026 (/Go_Live__c), before that approval: the approval is newer."),
    ("no record says so", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("says", "days", "told"), APPROVED, ids=[row[0] for row in APPROVED])
def test_which_is_newer_the_record_or_the_approval(world: World, says: str, days: int | None, told: str) -> None:
    """Since the field has said so, not since anything else of the record changed."""
    about, versions = drafts.deal(), []
    if days is not None:
        for after, more in (
            (-9, {}),
            (days, {"Go_Live__c": "2026-05-03"}),
            (days + 1, {"Go_Live__c": "2026-05-03", "N": 1}),
        ):
            payload = {"Go_Live__c": "2026-04-20", **about.sources["deal"].payload, **more}
            moment = world.now + timedelta(days=after)
            versions.append(replace(about.sources["deal"], payload=payload, fetched_at=moment))
            imported(world, versions[-1])

    def mail(day: str, deal: Sequence[Source], **said: Any) -> Submission:
        made = drafts.email(about, body=f"{drafts.BODY}\n\nWe agreed: you go live on {day} with both depots.", **said)
        sources = {**made.drafted.sources, **dict(zip(["deal"], deal, strict=False))}
        return replace(made, drafted=replace(made.drafted, sources=sources))

    first = world.submit(mail("20 April 2026", versions[:1]))
    world.decide(DANA, first, "approve")
    second = mail("3 May 2026", versions[-1:], subject="Another word")
    (one,) = results(world, world.submit(second, world.now + timedelta(days=9)), "commitment.contradicted")
    assert told in one.message
    assert ("is newer" in one.message) is bool(told), says
