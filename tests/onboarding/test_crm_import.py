"""Imports: clear deals start, unclear ones are asked about, the rest is skipped; the same file twice adds nothing."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from reviewqueue import cli
from reviewqueue.cli import main
from reviewqueue.core.characters import hidden
from reviewqueue.core.errors import Conflict, Invalid
from reviewqueue.db.tables.items import Check, Claim, Item, Revision, RevisionSource
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.onboarding import crm_import
from reviewqueue.onboarding.import_run import ImportResult
from tests.cast import PRIYA
from tests.world import World

INPUTS = Path(__file__).parents[3] / "shared" / "inputs" / "crm" / "salesforce_org"
MARLOW, BALTIC, IBERIA = "001NB0000000001AAA", "001NB0000000002AAA", "001NB0000000003AAA"


def sobject(kind: str, found: str, **fields: Any) -> dict[str, Any]:
    """A Salesforce record."""
    return {"attributes": {"type": kind, "url": f"/services/data/v62.0/sobjects/{kind}/{found}"}, "Id": found, **fields}


def won(number: int, name: str, **more: Any) -> dict[str, Any]:
    """A closed-won deal."""
    found = f"006NB{number:010d}AAA"
    return sobject(
        "Opportunity", found, Name=name, StageName="Closed Won", Amount=48000, CloseDate="2026-02-27", **more
    )


def customers(*numbers: int) -> list[dict[str, Any]]:
    """An account for each of these numbers, and a closed-won deal of it."""
    made = []
    for number in numbers:
        name = f"Carrier{number:03d} Freight"
        made.append(sobject("Account", f"001NB{1000 + number:010d}AAA", Name=name))
        made.append(won(1000 + number, f"{name} platform"))
    return made


ACCOUNTS = [
    sobject("Account", MARLOW, Name="Marlow Freight Inc.", BillingCity="Aarhus"),
    sobject("Account", BALTIC, Name="Quill Baltic", BillingCity="Riga"),
    sobject("Account", IBERIA, Name="Quill Iberia", BillingCity="Porto"),
]
PEOPLE = [
    sobject("Contact", "003NB0000000001AAA", FirstName="Rosa", LastName="Marlow", Title="COO", AccountId=MARLOW),
    sobject("Contact", "003NB0000000002AAA", FirstName="Ilze", LastName="Ozola", Title="CTO", AccountId=BALTIC),
]
DEALS = [
    won(1, "Marlow Freight platform"),
    won(2, "Quill platform"),
    won(3, "Harbor platform"),
    won(4, "Quill add-on", AccountId=IBERIA),
    {**won(5, "Marlow Freight pilot"), "StageName": "Prospecting"},
    {**won(6, "Marlow Freight trial"), "StageName": "Closed Lost"},
]


@pytest.fixture
def put(tmp_path: Path) -> Any:
    """Writes a file of records as a query answers them."""

    def write(name: str, records: list[dict[str, Any]], **beside: Any) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"totalSize": len(records), "done": True, "records": records, **beside}))
        return path

    return write


def bring(world: World, *paths: Path, system: str = "salesforce", **options: Any) -> ImportResult:
    """Import files."""
    with world.session() as session:
        return crm_import.run(session, system, paths, world.now, **options)


def numbers(done: ImportResult) -> tuple[int, int, int, int, int]:
    """Started, asked, skipped, duplicates, refused."""
    return done.started, done.asked, done.skipped, done.duplicates, done.refused


def items(world: World, kind: str) -> list[Item]:
    """The items of a kind, oldest first."""
    with world.session() as session:
        return list(session.scalars(select(Item).where(Item.kind == kind).order_by(Item.id)))


def checked(world: World, item: Item) -> dict[str, str]:
    """What the checks say of an item's newest revision."""
    with world.session() as session:
        newest = select(Revision.id).where(Revision.item_id == item.id, Revision.number == item.revision_number)
        rows = session.execute(select(Check.key, Check.outcome).where(Check.revision_id == newest.scalar_subquery()))
        return {row.key: row.outcome for row in rows}


def question(world: World, customer: str) -> Item:
    """The question about the deal of that name."""
    return next(item for item in items(world, "trigger_question") if item.customer == customer)


def test_clear_deals_start_unclear_ones_are_asked_about(world: World, put: Any) -> None:
    """Two start (by name, by id), two are asked about (two candidates, none), an open and a lost one start nothing."""
    done = bring(world, put("deals.json", DEALS), put("accounts.json", ACCOUNTS), put("people.json", PEOPLE))
    assert numbers(done) == (2, 2, 2, 0, 0)
    assert {(one["outcome"], one["name"]): one["why"] for one in done.details} == {
        ("started", "Marlow Freight platform"): "",
        ("started", "Quill add-on"): "",
        ("asked", "Quill platform"): "it could be for 2 accounts",
        ("asked", "Harbor platform"): "no known account has a name like it",
        ("skipped", "Marlow Freight pilot"): "it is open (stage “Prospecting”)",
        ("skipped", "Marlow Freight trial"): "it is lost (stage “Closed Lost”)",
    }
    assert world.count(SourceRecord) == 11
    packets = items(world, "handoff_packet")
    assert [(item.customer, item.gate, item.state) for item in packets] == [
        ("Marlow Freight Inc.", "handoff-quality", "pending"),
        ("Quill Iberia", "handoff-quality", "pending"),
    ]
    assert len(world.draft(packets[0].id)["sections"]) == 11
    assert world.draft(packets[0].id)["sections"]["stakeholders"]["key_stakeholders"] == "Rosa Marlow, COO"
    assert checked(world, packets[0])["field.customer_outcome"] == "fail"
    assert checked(world, packets[0])["trigger.identity"] == "warn"
    assert checked(world, packets[1])["trigger.identity"] == "pass"
    keys = [choice["key"] for choice in world.draft(question(world, "Quill platform").id)["choices"]]
    assert keys == [f"account:{BALTIC}", f"account:{IBERIA}", "no-account"]
    assert world.verify().holds


def test_every_citation_leads_to_a_kept_record(world: World, put: Any) -> None:
    """Each claim's source record is there, unchanged, digits and all."""
    bring(
        world, put("deals.json", [won(1, "Marlow Freight platform", AccountId=MARLOW)]), put("accounts.json", ACCOUNTS)
    )
    (item,) = items(world, "handoff_packet")
    with world.session() as session:
        rows = session.execute(
            select(Claim.quote, SourceRecord.object)
            .join(RevisionSource, (RevisionSource.revision_id == Claim.revision_id) & (RevisionSource.ref == Claim.ref))
            .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        ).all()
    assert ("48000", "Opportunity") in [tuple(row) for row in rows]
    assert checked(world, item)["evidence.citation"] == "pass"


def test_the_same_files_twice_add_nothing(world: World, put: Any) -> None:
    """Not one row in any table, not one entry in the log; every record is counted as known."""
    paths = put("deals.json", DEALS), put("accounts.json", ACCOUNTS), put("people.json", PEOPLE)
    bring(world, *paths)
    before = world.everything()
    done = bring(world, *paths)
    assert numbers(done) == (0, 0, 0, 11, 0)
    assert done.details == []
    assert world.everything() == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["deals first", "accounts first"])
def test_the_order_of_files_does_not_matter(world: World, put: Any, order: tuple[int, int]) -> None:
    """Every record is kept before the first deal is judged."""
    paths = put("deals.json", DEALS), put("accounts.json", ACCOUNTS)
    assert numbers(bring(world, *(paths[one] for one in order))) == (2, 2, 2, 0, 0)


def test_accounts_that_come_later_mend_the_open_questions(world: World, put: Any) -> None:
    """Deals alone are asked about; when the accounts come in, each open question gets its candidates, once."""
    asked = bring(world, put("deals.json", [won(1, "Marlow Freight platform"), won(2, "Quill platform")]))
    assert numbers(asked) == (0, 2, 0, 0, 0)
    accounts = put("accounts.json", ACCOUNTS)
    assert numbers(bring(world, accounts)) == (0, 2, 0, 0, 0)
    assert numbers(bring(world, accounts)) == (0, 0, 0, 3, 0)
    item = question(world, "Marlow Freight platform")
    assert item.revision_number == 2
    assert world.draft(item.id)["choices"][0]["key"] == f"account:{MARLOW}"
    assert len(items(world, "trigger_question")) == 2


def test_an_answer_starts_the_onboarding(world: World, put: Any) -> None:
    """The chosen account, its people, the person's answer as evidence, all in the decision's own transaction."""
    bring(world, put("deals.json", DEALS), put("accounts.json", ACCOUNTS), put("people.json", PEOPLE))
    asked = question(world, "Quill platform")
    choice = f"account:{BALTIC}"
    world.decide(PRIYA, asked.id, "approve", choice=choice, reason_code="identity-confirmed")
    packet = items(world, "handoff_packet")[-1]
    assert (packet.customer, packet.state) == ("Quill Baltic", "pending")
    assert world.draft(packet.id)["sections"]["stakeholders"]["key_stakeholders"] == "Ilze Ozola, CTO"
    assert checked(world, packet)["trigger.identity"] == "pass"
    with world.session() as session:
        started = session.scalars(select(Onboarding).where(Onboarding.external_id == asked.subject)).one()
        assert (started.account_id, started.system, started.lane) == (BALTIC, "salesforce", "mid-market-saas")
        answer = session.scalars(select(SourceRecord).where(SourceRecord.object == "answer")).one()
        assert (answer.system, answer.payload["choice"], answer.payload["person"]) == ("reviewqueue", choice, PRIYA.id)
    assert [entry.act for entry in world.log()][-4:] == [
        "item.approve", "onboarding.start", "item.submit", "drafting.due",
    ]  # fmt: skip
    assert world.verify().holds


def test_an_answer_can_start_without_an_account(world: World, put: Any) -> None:
    """The customer is then called as the deal is."""
    bring(world, put("deals.json", DEALS))
    world.decide(PRIYA, question(world, "Harbor platform").id, "approve", choice="no-account")
    assert items(world, "handoff_packet")[-1].customer == "Harbor platform"


def test_an_answer_must_be_one_of_the_candidates(world: World, put: Any) -> None:
    """No choice, or an account that was not offered: nothing is recorded."""
    bring(world, put("deals.json", DEALS), put("accounts.json", ACCOUNTS))
    asked = question(world, "Quill platform")
    before = world.everything()
    for choice in ("", f"account:{MARLOW}", "account:"):
        with pytest.raises(Invalid):
            world.decide(PRIYA, asked.id, "approve", choice=choice)
    assert world.everything() == before


def test_a_closed_question_starts_nothing_and_is_not_asked_again(world: World, put: Any) -> None:
    """Not even when the deal's record changes."""
    deals = put("deals.json", [won(2, "Quill platform")])
    bring(world, deals, put("accounts.json", ACCOUNTS))
    world.decide(PRIYA, question(world, "Quill platform").id, "reject", text="This is the renewal of last year's deal.")
    assert numbers(bring(world, deals)) == (0, 0, 0, 1, 0)
    changed = bring(world, put("deals.json", [won(2, "Quill platform", NextStep="Call")]))
    assert numbers(changed) == (0, 0, 1, 0, 0)
    assert changed.details[0]["why"] == "its question was rejected"
    assert world.count(Onboarding) == 0


def test_a_deal_started_meanwhile_is_not_started_again_by_an_answer(world: World, put: Any) -> None:
    """The answer is refused, and nothing of it is recorded."""
    bring(world, put("deals.json", [won(2, "Quill platform")]), put("accounts.json", ACCOUNTS))
    asked = question(world, "Quill platform")
    row = {
        "system": "salesforce",
        "external_id": asked.subject,
        "lane": asked.lane,
        "customer": "Q",
        "customer_key": "q",
    }
    with world.session() as session:
        from reviewqueue.db.database import writing

        with writing(session):
            session.add(Onboarding(**row, started_at=world.now))
    with pytest.raises(Conflict, match="runs already"):
        world.decide(PRIYA, asked.id, "approve", choice=f"account:{BALTIC}")
    assert world.item(asked.id).state == "pending"


def test_deals_of_one_name_are_asked_about_each_with_the_other(world: World, put: Any) -> None:
    """Also when they come in two imports, and whatever the case of the name."""
    accounts = put("accounts.json", ACCOUNTS)
    both = [won(1, "Marlow Freight platform", AccountId=MARLOW), won(2, "MARLOW Freight  platform", AccountId=MARLOW)]
    assert numbers(bring(world, put("deals.json", both), accounts))[:2] == (0, 2)
    text = world.draft(items(world, "trigger_question")[0].id)["question"]
    assert "006NB0000000002AAA" in text
    later = bring(world, put("more.json", [won(3, "Marlow Freight platform", AccountId=MARLOW)]))
    assert later.asked >= 1
    assert world.count(Onboarding) == 0


def test_a_deal_that_is_won_later_starts_then(world: World, put: Any) -> None:
    """First open, then won, then changed: one onboarding."""
    accounts = put("accounts.json", ACCOUNTS)
    open_deal = {**won(1, "Marlow Freight platform"), "StageName": "Prospecting"}
    assert numbers(bring(world, put("deals.json", [open_deal]), accounts))[:3] == (0, 0, 1)
    assert numbers(bring(world, put("deals.json", [won(1, "Marlow Freight platform")])))[:3] == (1, 0, 0)
    changed = bring(world, put("deals.json", [won(1, "Marlow Freight platform", NextStep="Call")]))
    assert (numbers(changed), changed.details[0]["why"]) == ((0, 0, 1, 0, 0), "its onboarding runs already")
    assert world.count(Onboarding) == 1


BAD = {
    "broken": b'{"records": [{"Id": "001", "Name": "x"},]}',
    "CSV": b"Id,Name\n001,Marlow\n",
    "an error body": b'[{"message": "Session expired", "errorCode": "INVALID_SESSION_ID"}]',
    "good records before a broken end": json.dumps(DEALS).encode()[:-1] + b",{]",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_changes_nothing_and_stops_no_other(world: World, put: Any, tmp_path: Path, name: str) -> None:
    """The file is refused with its place; what is beside it is imported."""
    bad = tmp_path / "bad.json"
    bad.write_bytes(BAD[name])
    bring(world, put("accounts.json", ACCOUNTS))
    before = world.everything()
    done = bring(world, bad)
    assert numbers(done) == (0, 0, 0, 0, 1)
    assert "bad.json" in done.details[0]["why"]
    assert world.everything() == before
    assert numbers(bring(world, bad, put("deals.json", DEALS))) == (2, 2, 2, 0, 1)


def test_an_import_that_was_cut_short_is_finished_by_the_next(
    world: World, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first batch of deals: what was done is whole, and the same file again does the rest."""
    monkeypatch.setattr(crm_import, "DEAL_BATCH_SIZE", 10)
    paths = (
        put("deals.json", customers(*range(25))),
        put("a.json", ACCOUNTS),
    )

    def killed(done: int, what: str) -> None:
        if what == "deals":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(world, *paths, told=killed)
    assert world.count(Onboarding) == len(items(world, "handoff_packet")) == 10
    done = bring(world, *paths)
    assert (done.started, done.duplicates) == (15, 10 + 25 + 3)
    assert world.verify().holds


def test_two_imports_at_once_start_each_deal_once(world: World, put: Any) -> None:
    """Two processes' worth of the same files."""
    paths = (
        put("deals.json", [*DEALS, *customers(*range(40))]),
        put("a.json", ACCOUNTS),
    )
    wrong: list[BaseException] = []

    def work() -> None:
        try:
            bring(world, *paths)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert world.count(Onboarding) == 42
    assert len(items(world, "handoff_packet")) == 42
    assert len(items(world, "trigger_question")) == 2
    assert world.verify().holds


def test_the_log_has_each_start_and_question_and_one_entry_a_file(world: World, put: Any) -> None:
    """What was kept, with the file's SHA-256; each onboarding and item; nothing for what was skipped."""
    before = len(world.log())
    bring(world, put("deals.json", DEALS), put("accounts.json", ACCOUNTS))
    acts = [entry.act for entry in world.log()[before:]]
    asked, kept = ["drafting.due"] * 2, ["import.keep"] * 2
    assert sorted(acts) == asked + kept + ["item.submit"] * 4 + ["onboarding.start"] * 2
    kept: LogEntry = world.log()[before]
    assert json.loads(kept.body)["facts"]["file"] == "deals.json"
    assert len(json.loads(kept.body)["facts"]["sha256"]) == 64


def test_odd_characters_go_through_both_databases(world: World, put: Any) -> None:
    """A null character, half-hidden names and a name longer than a line: kept as they came, shown as they are."""
    odd = won(1, "Marlow\x00 Freight \u202eplatform " + "x" * 400, AccountId=MARLOW)
    unclear = won(2, "Qu\x00ill\u200b platform")
    assert numbers(bring(world, put("deals.json", [odd, unclear]), put("accounts.json", ACCOUNTS)))[:2] == (1, 1)
    (packet,) = items(world, "handoff_packet")
    assert checked(world, packet)["text.hidden"] == "fail"
    (asked,) = items(world, "trigger_question")
    assert "fail" not in checked(world, asked).values()
    with world.session() as session:
        payloads = session.scalars(select(SourceRecord.payload).where(SourceRecord.object == "Opportunity")).all()
    assert odd in payloads


def crm(found: str, **properties: Any) -> dict[str, Any]:
    """A HubSpot object."""
    return {"id": found, "properties": properties, "archived": False}


def test_a_hubspot_portal_with_its_own_pipeline(world: World, tmp_path: Path) -> None:
    """Custom stages mapped by the pipeline, companies by association records, contacts by their company."""

    def put(name: str, *results: dict[str, Any]) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"results": list(results)}))
        return path

    stages = [{"id": "771", "metadata": {"isClosed": "true", "probability": "1.0"}}]
    tied = {"toObjectId": 5, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}]}
    event = {
        "objectType": "DEAL",
        "objectId": "1",
        "eventType": "e_deal_closed",
        "properties": {"hs_closed_state": "CLOSED_WON"},
    }
    paths = [
        put("events", event),
        put("deals", crm("1", dealname="Spring order", dealstage="771"), crm("2", dealname="Harbor", dealstage="999")),
        put("companies", crm("5", name="Marlow Freight", domain="marlow.example")),
        put(
            "contacts", crm("9", firstname="Rosa", lastname="Marlow", email="r@marlow.example", associatedcompanyid="5")
        ),
        put("pipelines", {"id": "p", "label": "Sales", "stages": stages}),
        put("ties", {"from": {"id": "1"}, "to": [tied]}),
    ]
    done = bring(world, *paths, system="hubspot")
    assert numbers(done) == (1, 1, 0, 0, 0)
    (packet,) = items(world, "handoff_packet")
    assert packet.customer == "Marlow Freight"
    assert checked(world, packet)["trigger.object"] == "pass"
    assert "Rosa Marlow" in world.draft(packet.id)["sections"]["stakeholders"]["key_stakeholders"]
    assert numbers(bring(world, *paths, system="hubspot"))[:3] == (0, 0, 0)


def command(world: World, *said: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `reviewqueue import …`."""
    monkeypatch.setenv("DATABASE_URL", world.url)
    return CliRunner().invoke(main, ["import", *said])


def test_the_command_tells_machines_and_people(world: World, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON on standard output, counts and reasons on standard error, exit status 0."""
    paths = [str(put("deals.json", DEALS)), str(put("accounts.json", ACCOUNTS))]
    result = command(world, "salesforce", *paths, "--json", monkeypatch=monkeypatch)
    told = json.loads(result.stdout)
    assert {name: told[name] for name in ("started", "asked", "skipped", "duplicates", "refused")} == {
        "started": 2,
        "asked": 2,
        "skipped": 2,
        "duplicates": 0,
        "refused": 0,
    }
    assert (len(told["details"]), told["kept"]) == (6, len(DEALS) + len(ACCOUNTS))
    assert f"{told['kept']} records are kept that were not there before." in result.stderr
    assert "2 started, 2 asked, 2 skipped, 0 known before, 0 files refused." in result.stderr
    assert "Quill platform: it could be for 2 accounts" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("said", "status", "says"),
    [
        (("salesforce", "nowhere.json"), 1, "nowhere.json: it cannot be read"),
        (("salesforce", ""), 1, "it is a folder (an empty name means the folder you are in)"),
        (("salesforce", "/dev/null"), 1, "/dev/null: it cannot be read twice"),
        (("salesforce",), 2, "Missing argument 'FILE…'"),
        (("pipedream", "x.json"), 2, "is not one of 'salesforce', 'hubspot'"),
    ],
)
def test_the_command_s_exit_status(
    world: World, monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...], status: int, says: str
) -> None:
    """1 when a file was refused, 2 for a usage error."""
    result = command(world, *said, monkeypatch=monkeypatch)
    assert result.exit_code == status
    assert says in result.stderr


def test_a_pipe_is_refused_by_name_and_stops_no_other(
    world: World, put: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be read once, and a file is read twice; what stands in it is not looked at."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    paths = str(put("accounts.json", ACCOUNTS)), str(pipe), str(put("deals.json", DEALS))
    result = command(world, "salesforce", *paths, monkeypatch=monkeypatch)
    assert result.exit_code == 1
    assert f"{pipe}: it cannot be read twice" in result.stderr
    assert "Save it as a file first" in result.stderr
    assert "2 started, 2 asked, 2 skipped, 0 known before, 1 file refused." in result.stderr


def test_a_file_without_the_right_to_read_it_stops_no_other(
    world: World, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused like a missing one, by name. The tests may run as root, whom no mode keeps out."""
    closed, deals = put("closed.json", ACCOUNTS), put("deals.json", DEALS)
    read, may = Path.open, os.access

    def opened(path: Path, *how: Any) -> Any:
        if path == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path, *how)

    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr(os, "access", lambda path, *how, **more: Path(path) != closed and may(path, *how, **more))
    result = command(world, "salesforce", str(closed), str(deals), monkeypatch=monkeypatch)
    assert result.exit_code == 1
    assert "closed.json: it cannot be read (Permission denied)" in result.stderr
    assert "1 started, 3 asked, 2 skipped, 0 known before, 1 file refused." in result.stderr


def test_text_from_outside_moves_no_terminal_s_cursor(
    world: World, tmp_path: Path, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of deals, stages and files: hidden characters by their code, each on its one line."""
    evil = "\x1b[2J\u202e\n0 files refused.\n"
    deals = [
        won(1, f"Deal {evil}"),
        {**won(2, "Marlow"), "StageName": evil},
        {**won(3, "M"), "StageName": "Closed Lost"},
    ]
    gone = tmp_path / f"gone{evil.strip()}"
    paths = str(put("deals\x1b[2J.json", deals)), str(gone), os.fsdecode(b"M\xfcller.json")
    monkeypatch.setattr(cli.import_, "REPORT_EVERY", 1)
    result = command(world, "salesforce", *paths, "--json", monkeypatch=monkeypatch)
    assert json.loads(result.stdout)["refused"] == 2
    assert not hidden(result.stderr)
    assert "3 records of deals[U+001B][2J.json" in result.stderr
    assert "M\\xfcller.json: it cannot be read" in result.stderr
    assert not any(said.startswith("0 files") for said in result.stderr.splitlines())


def test_one_is_no_many(world: World, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One record is kept, and one file refused."""
    paths = str(put("accounts.json", ACCOUNTS[:1])), str(put("broken.json", {"what": "nothing"}))
    said = command(world, "salesforce", *paths, monkeypatch=monkeypatch).stderr
    assert "1 record is kept that was not there before." in said
    assert "1 file refused." in said


def test_the_command_knows_every_system() -> None:
    """The list in the terminal's help has a reader, the fields and a name for each."""
    from reviewqueue import connectors
    from reviewqueue.cli.import_ import SYSTEMS
    from reviewqueue.connectors.schema import SHAPES
    from reviewqueue.core.vocabulary import SYSTEM_NAMES

    assert set(SYSTEMS) == set(connectors.READERS) == set(SHAPES)
    assert set(SYSTEMS) <= set(SYSTEM_NAMES)


if INPUTS.exists():  # working material, not part of the project

    def test_a_real_org(world: World) -> None:
        """Nine accounts, 24 deals without account ids: 4 start, 6 could be several accounts', 4 are a second deal of an
        account, 10 are open."""
        paths = [INPUTS / f"{name}.json" for name in ("opportunities", "accounts", "contacts", "cases")]
        assert numbers(bring(world, *paths)) == (4, 10, 10, 0, 0)
        started = sorted(item.customer.split()[0] for item in items(world, "handoff_packet"))
        assert started == ["Burlington", "GenePoint", "Grand", "University"]
        asked = [item.customer for item in items(world, "trigger_question")]
        assert sum(name.startswith("United Oil") for name in asked) == 6
        assert sorted(name.split()[0] for name in asked if not name.startswith("United Oil")) == [
            "GenePoint",
            "Grand",
            "Grand",
            "University",
        ]

    def test_real_deals_without_their_accounts_are_asked_about(world: World) -> None:
        """Nothing is guessed."""
        assert numbers(bring(world, INPUTS / "opportunities.json")) == (0, 14, 10, 0, 0)
