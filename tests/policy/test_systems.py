"""Systems: what systems.toml may say, and what asks beyond a row. The table is run row by row."""

from __future__ import annotations

import pytest

from reviewqueue.connectors import READERS, record_words
from reviewqueue.core.systems import SYSTEM_KINDS
from reviewqueue.policy import loading, systems, validate_systems
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.destinations import Destination
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.systems import FILE, SystemRow
from tests import northbeam

FILES = northbeam.files()
POLICY = loading.load(FILES)
MAILED = {"gates/customer-communication.toml": ('release = "automation"', 'release = "outgoing-mail"')}
LANE = "lanes/mid-market-saas.toml"

# The table of the first version: (system, what may be read, what may be written, and how).
FIRST_VERSION = [
    ("crm", "deals accounts contacts owners other-records", "notes tasks files", "approve"),
    ("customer-success", "playbooks health lifecycle", "tasks playbook-items files", "owner_approves"),
    ("project", "", "projects files", "approve"),
    ("billing", "plan entitlement status", "", ""),
    ("support", "tickets", "internal-notes", "approve"),
    ("analytics", "activation", "", ""),
    ("email", "", "messages", "automatic"),
    ("warehouse", "reporting cohorts", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("key", "read", "write", "writing"), FIRST_VERSION, ids=[row[0] for row in FIRST_VERSION])
def test_each_row_allows_what_it_names_and_refuses_the_rest(key: str, read: str, write: str, writing: str) -> None:
    """Every word there is for the system is asked of its row; a refusal has the row's file and line, and who changes it."""
    row, kind = systems.row_of(POLICY, key), SYSTEM_KINDS[key]
    assert (row.read, row.write) == (tuple(read.split()), tuple(write.split()))
    assert row.writing == writing or not write
    for connector in READERS:
        for word in {*kind.reads, "anything"}:
            refused = systems.why_not_read(POLICY, connector, key, word)
            assert (refused is None) == (connector in row.connectors and word in row.read), (connector, word)
            _names_its_row(refused, key)
    for word in {*kind.writes, "anything"}:
        refused = systems.why_not_written(POLICY, _writing(key, word))
        assert (refused is None) == (word in row.write), word
        _names_its_row(refused, key)
    assert set(row.read) == set(kind.reads) - kind.wider_reads
    assert set(row.write) == set(kind.writes) - kind.wider_writes


def _names_its_row(refused: systems.SystemRefusal | None, key: str) -> None:
    if refused is not None:
        file, _, line = refused.place.rpartition(":")
        above = FILES[file].splitlines()[: int(line)]
        assert [one for one in above if one.startswith("key = ")][-1] == f'key = "{key}"'
        assert refused.place in refused.says
        assert "RevOps or an admin proposes another row" in refused.says


def _writing(key: str, word: str) -> Destination:
    class Asking(Destination):
        @property
        def asks(self) -> tuple[tuple[str, str], ...]:
            return ((key, word),)

    return Asking(key="there", name="There", kind="automation", does="Writes it")


def test_the_table_covers_every_kind_of_system() -> None:
    assert [row[0] for row in FIRST_VERSION] == list(SYSTEM_KINDS) == [row.key for row in systems.rows(POLICY)]


def test_a_policy_without_the_file_allows_the_first_version() -> None:
    """Versions from before there was one stay what they were."""
    older = loading.load({name: text for name, text in FILES.items() if name != FILE})
    assert systems.rows(older) == systems.rows(POLICY)
    refused = systems.why_not_written(older, _writing("billing", "plan"))
    assert refused is not None
    assert refused.place == FILE


# (what is wrong, what is changed: file → (old, new), the line that is named, what it says)
CHANGES: list[tuple[str, dict[str, tuple[str, str]], str, str]] = [
    ("an unknown system", {FILE: ('key = "crm"', 'key = "crn"')}, 'key = "crm"', "'crm', 'customer-success'"),
    ("a system twice", {FILE: ('key = "project"', 'key = "crm"')}, 'key = "project"', "'crm' is taken by"),
    ("no row for one", {FILE: ('[[system]]\nkey = "warehouse"\nread = ["reporting", "cohorts"]\n', "")}, "", "no row for warehouse"),
    ("an unknown word to read", {FILE: ('read = ["tickets"]', 'read = ["chats"]')}, 'read = ["tickets"]', "known: tickets"),
    ("an unknown word to write", {FILE: ('write = ["messages"]', 'write = ["faxes"]')}, 'write = ["messages"]', "known: messages"),
    ("an unknown connector", {FILE: ('["hubspot", "salesforce"]', '["hubspot", "pipedrive"]')}, "connectors =", "known: salesforce, hubspot"),
    ("a word twice", {FILE: ('read = ["tickets"]', 'read = ["tickets", "tickets"]')}, 'read = ["tickets"]', "names something twice"),
    ("billing is written", {FILE: ('"entitlement", "status"]', '"entitlement", "status"]\nwrite = ["plan"]')}, 'read = ["plan"+1', "no automation changes commercial state; remove write"),
    ("billing is written, with a reason", {FILE: ('"entitlement", "status"]', '"entitlement", "status"]\nwrite = ["plan"]\nwider_because = "Finance wants it"')}, 'read = ["plan"+1', "billing is never written"),
    ("analytics is written", {FILE: ('read = ["activation"]', 'read = ["activation"]\nwrite = ["activation"]')}, 'read = ["activation"]+1', "analytics is never written"),
    ("the warehouse is written", {FILE: ('"cohorts"]', '"cohorts"]\nwrite = ["files"]')}, 'read = ["reporting"+1', "warehouse is never written"),
    ("wider without a reason", {FILE: ('"tasks", "files"]\nwriting = "approve"', '"tasks", "fields"]\nwriting = "approve"')}, 'key = "crm"', "fields is more than the first version"),
    ("automatic without a reason", {FILE: ('"tasks", "files"]\nwriting = "approve"', '"tasks", "files"]\nwriting = "automatic"')}, 'key = "crm"', "writing = 'automatic' is more"),
    ("a reason for nothing", {FILE: ('read = ["activation"]', 'read = ["activation"]\nwider_because = "We like it"')}, 'read = ["activation"]+1', "remove wider_because"),
    ("a slip in a key", {FILE: ('writing = "automatic"', 'wirting = "automatic"')}, "writing = \"automatic\"", "'wirting' is not a word"),
    ("a connector that reads nothing", {FILE: ('read = ["tickets"]\n', "")}, 'connectors = 2', "read is empty"),
    ("a lane's trigger beyond the row", {FILE: ('read = ["deals", ', "read = [")}, "", "this lane starts from deals of"),
    ("mail beyond the row", {**MAILED, FILE: ('write = ["messages"]\nwriting = "automatic"', "")}, "", "'outgoing-mail' asks more than is allowed"),
    ("mail as a draft only", {**MAILED, FILE: ('writing = "automatic"', 'writing = "draft_only"')}, "", "drafts that never leave"),
    ("mail after the owner's approval, at a gate of another", {**MAILED, FILE: ('writing = "automatic"', 'writing = "owner_approves"')}, "", "has no account_owner = true"),
]  # fmt: skip


def changed(changes: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Northbeam's files with these texts put for others."""
    files = dict(FILES)
    for name, (old, new) in changes.items():
        assert old in files[name], (name, old)
        files[name] = files[name].replace(old, new, 1)
    return files


def line_of(text: str) -> int:
    """The line of systems.toml where a text stands first; `+1` after it is one further down, ` 2` the second one."""
    wanted, _, more = text.partition("+")
    wanted, _, times = wanted.rpartition(" ") if wanted.endswith(" 2") else (wanted, "", "1")
    found = [number for number, line in enumerate(FILES[FILE].splitlines(), 1) if line.startswith(wanted)]
    return found[int(times) - 1] + int(more or 0)


@pytest.mark.parametrize(("says", "changes", "line", "words"), CHANGES, ids=[row[0] for row in CHANGES])
def test_what_is_wrong_is_told_at_its_line(
    says: str, changes: dict[str, tuple[str, str]], line: str, words: str
) -> None:
    with pytest.raises(BadPolicy) as refused:
        loading.load(changed(changes))
    found = [one for one in refused.value.flaws if words in one.message]
    assert found, refused.value
    if line:
        assert found[0].place == f"{FILE}:{line_of(line)}", found


# (what is allowed, what is changed)
ALLOWED: list[tuple[str, dict[str, tuple[str, str]]]] = [
    ("wider with a reason", {FILE: ('"tasks", "files"]\nwriting = "approve"', '"tasks", "fields"]\nwriting = "approve"\nwider_because = "RevOps keeps the go-live date in the CRM"')}),
    ("a narrower row", {FILE: ('read = ["deals", "accounts", "contacts", "owners", "other-records"]', 'read = ["deals"]')}),
    ("mail after approval only", {**MAILED, FILE: ('writing = "automatic"', 'writing = "approve"')}),
    ("nothing is read of tickets", {FILE: ('connectors = ["hubspot", "salesforce"]\nread = ["tickets"]\n', "")}),
]  # fmt: skip


@pytest.mark.parametrize(("says", "changes"), ALLOWED, ids=[row[0] for row in ALLOWED])
def test_what_may_be_said(says: str, changes: dict[str, tuple[str, str]]) -> None:
    """The control: what is no wider, or says why it is."""
    assert loading.load(changed(changes)).systems


def test_a_message_is_not_sent_automatically_where_a_person_approves_each() -> None:
    """The lane says automatic, and the row of e-mail has each approved: told at the lane's line."""
    policy = loading.load(changed({**MAILED, FILE: ('writing = "automatic"', 'writing = "approve"')}))
    (lane, *others), key = policy.lanes, "task-complete"
    rule = lane.messages[key].model_copy(update={"sending": "automatic"})
    lane = lane.model_copy(update={"messages": {**lane.messages, key: rule}})
    (flaw,) = validate_systems.flaws(policy.model_copy(update={"lanes": (lane, *others)}))
    assert flaw.place.startswith("lanes/")
    assert f"{FILE}:" in flaw.message


# (connector, object, what reading it asks)
OBJECTS: list[tuple[str, str, tuple[str, str]]] = [
    ("salesforce", "Opportunity", ("crm", "deals")),
    ("salesforce", "OpportunityChangeEvent", ("crm", "deals")),
    ("salesforce", "Account", ("crm", "accounts")),
    ("salesforce", "Contact", ("crm", "contacts")),
    ("salesforce", "User", ("crm", "owners")),
    ("salesforce", "Case", ("support", "tickets")),
    ("salesforce", "CaseChangeEvent", ("support", "tickets")),
    ("salesforce", "OpportunityLineItem", ("crm", "other-records")),
    ("salesforce", "unknown", ("crm", "other-records")),
    ("hubspot", "DEAL", ("crm", "deals")),
    ("hubspot", "deal.propertyChange", ("crm", "deals")),
    ("hubspot", "DEAL_TO_CONTACT", ("crm", "deals")),
    ("hubspot", "COMPANY", ("crm", "accounts")),
    ("hubspot", "CONTACT", ("crm", "contacts")),
    ("hubspot", "OWNER", ("crm", "owners")),
    ("hubspot", "TICKET", ("support", "tickets")),
    ("hubspot", "ticket.creation", ("support", "tickets")),
    ("hubspot", "pipeline", ("crm", "other-records")),
]  # fmt: skip


@pytest.mark.parametrize(("connector", "name", "asked"), OBJECTS, ids=[f"{row[0]}-{row[1]}" for row in OBJECTS])
def test_what_reading_an_object_asks(connector: str, name: str, asked: tuple[str, str]) -> None:
    assert record_words.words_of(connector, name) == asked
    assert asked[1] in SYSTEM_KINDS[asked[0]].reads


def test_a_row_that_a_policy_lacks_allows_nothing() -> None:
    """A stored version with fewer rows than there are kinds now."""
    policy = Policy.model_construct(systems=(SystemRow(key="crm"),), places={})
    assert systems.why_not_written(policy, _writing("email", "messages"))
