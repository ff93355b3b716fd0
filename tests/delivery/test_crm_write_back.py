"""An approved packet in the CRM: a note of what was approved and a task with what the deal lacks, written as the dry run
says, completed after every fault, never twice, and no field of the deal."""

from __future__ import annotations

import html
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

from reviewqueue import worker
from reviewqueue.core.outbound import EVERY_NETWORK
from reviewqueue.db import database
from reviewqueue.delivery import credentials, destinations, hubspot, packet_notes, salesforce
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.packet_rows import PacketRow
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.policy import loading
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.destinations import Destination
from tests import drafts
from tests.cast import LENA, PRIYA, SAM
from tests.delivery.test_smtp import NOW
from tests.onboarding.test_crm_import import put
from tests.onboarding.test_draft_again import ask as draft_anew
from tests.onboarding.test_sales_answers import OUTCOME, answer, asked
from tests.support.crm_vendors import HubSpot, Salesforce
from tests.support.destinations import PACKETS, PLANS, activate, files_with
from tests.support.releases import opened, row, state
from tests.support.vendor_server import DROP, DROP_AFTER, TOKEN, Fault, Vendor, answering
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["put"]
SECRET = SecretStr(TOKEN)
DEAL, OPPORTUNITY = "9310", "006NB0000000001AAA"
SALESFORCE = {"kind": '"salesforce"', "url": '"https://northbeam.my.salesforce.com"', "client_id": '"3MVG9.app"'}
ROWS = (
    PacketRow("Business outcome", "Customer business outcome", "Late <b>shipments</b> & carriers,\nby 8 a.m.",
              "business_outcome", "", "answered by Lena Vogt", outdated=True),
    PacketRow("Business outcome", "Success metric", "Nine of ten", "success_metric", "Nine of ten"),
    PacketRow("Risks", "Risks", "IT is short", "risks", "none", outdated=True),
)  # fmt: skip
TO = Destination(key="crm", name="CRM", kind="hubspot", does="Writes what was approved")
OUT = Outgoing(
    "release-7-abc", TO, 7, "handoff_packet", "Marlow Freight", "Handoff packet", "d" * 64, {}, ("hubspot", DEAL),
    packet=ROWS, owner="77",
)  # fmt: skip
TO_SALESFORCE = Destination(
    key="crm", name="CRM", kind="salesforce", does="Writes what was approved",
    url="https://northbeam.my.salesforce.com", client_id="3MVG9.app",
)  # fmt: skip


@dataclass
class Crm:
    """One of the two: its server, how it is written to, and what stands there by now without moments and ids."""

    out: Outgoing
    vendor: Vendor
    new: Callable[[], None]
    send: Callable[..., SendOutcome]
    writes: Callable[[Outgoing], list[Write]]
    content: Callable[[], list[dict[str, str]]]
    limit: tuple[int, dict[str, str], Any]


@pytest.fixture(params=["hubspot", "salesforce"])
def crm(request: pytest.FixtureRequest) -> Iterator[Crm]:
    """A CRM in which things of others stand on the deal already."""
    if request.param == "hubspot":
        hub = HubSpot(DEAL)

        def new() -> None:
            hub.__init__(DEAL)  # type: ignore[misc]
            for number in range(3):
                hub.kept["notes"][str(number + 1)] = {"hs_note_body": f"A call<br>{number}", "deal": DEAL}
            hub.kept["notes"]["9"] = {"hs_note_body": "<p>Review Queue release-6-abc/1</p>", "deal": DEAL}

        def content() -> list[dict[str, str]]:
            rows = [one for kept in hub.kept.values() for key, one in kept.items() if int(key) > 5000]
            return [{name: html.unescape(text).replace("<br>", "\n") for name, text in one.items() if name not in ("hs_timestamp", "deal")} for one in rows]  # fmt: skip

        limit = 429, {"Retry-After": "30"}, {"status": "error", "message": "You have reached your secondly limit."}
        with answering(hub.vendor()) as vendor:
            new()
            yield Crm(OUT, vendor, new, hubspot.send, hubspot.writes, content, limit)
        return
    force = Salesforce(OPPORTUNITY)
    out = replace(OUT, to=TO_SALESFORCE, deal=("salesforce", OPPORTUNITY), owner="005000000000077AAA")

    def anew() -> None:
        force.__init__(OPPORTUNITY)  # type: ignore[misc]
        force.tasks += [{"Id": str(number), "Description": "A call", "WhatId": OPPORTUNITY} for number in range(3)]

    def tasks() -> list[dict[str, str]]:
        rows = [one for one in force.tasks if one["Id"].startswith("00T")]
        return [{name: text for name, text in one.items() if name not in ("Id", "ActivityDate")} for one in rows]

    limit = 403, {}, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    with answering(force.vendor()) as vendor:
        anew()
        yield Crm(out, vendor, anew, salesforce.send, salesforce.writes, tasks, limit)


def send(crm: Crm, out: Outgoing | None = None, secret: SecretStr = SECRET) -> SendOutcome:
    """One attempt."""
    return crm.send(out or crm.out, secret, NOW, url=crm.vendor.url, allowed=EVERY_NETWORK)


def test_it_writes_what_the_dry_run_shows(crm: Crm) -> None:
    """Property by property, but for the moments; before and after stand beside each other; tried again, nothing more."""
    assert send(crm).outcome == "released"
    compared, *shown = crm.writes(crm.out)
    moments = ("hs_timestamp", "ActivityDate")
    assert crm.content() == [{name: after for name, _, after in one.fields if name not in moments} for one in shown]
    assert compared.fields == (
        ("Customer business outcome (business_outcome)", "", ROWS[0].text), ("Risks (risks)", "none", "IT is short"),
    )  # fmt: skip
    note, task = (str(one) for one in crm.content())
    assert "Success metric: Nine of ten" in note
    assert "answered by Lena Vogt" in note
    assert "The deal says: nothing" in task
    assert "Success metric" not in task
    assert ("77" in task) is True
    before = len(crm.content())
    assert send(crm).outcome == "released"
    assert len(crm.content()) == before
    assert len(crm.vendor.tokens) == 1


def test_whatever_fails_half_way_is_completed_and_never_doubled(crm: Crm) -> None:
    """Each request in turn fails in each way, before or after it acted, and again in the next attempt; in the end all is
    there once."""
    send(crm)
    many, whole = len(crm.vendor.asked), crm.content()
    faults: list[Any] = [DROP, DROP_AFTER, crm.limit, (503, {}, "<html>upstream</html>"), (200, {}, "not json")]
    for at in range(many):
        for how in faults:
            crm.new()
            crm.vendor.new(Fault(at, how))
            came = send(crm)
            assert came.outcome == "later", (at, how, came)
            assert came.retry_after == (30 if how == crm.limit and how[0] == 429 else 0)
            crm.vendor.new(Fault(at, DROP_AFTER))
            send(crm)
            crm.vendor.new()
            assert send(crm).outcome == "released"
            assert crm.content() == whole, (at, how)


def test_where_the_deal_says_what_was_approved_there_is_no_task(crm: Crm) -> None:
    out = replace(crm.out, packet=(ROWS[1],))
    assert send(crm, out).outcome == "released"
    assert len(crm.content()) == len(crm.writes(out)) == 1


def test_what_it_refuses_fails_with_its_words_and_without_the_secret(crm: Crm) -> None:
    """A deal that is not there, one that is no id, a wrong secret; and what cannot be written at all asks nobody."""
    gone = replace(crm.out, deal=(crm.out.deal[0], crm.out.deal[1].replace("1", "2")))
    assert send(crm, gone).outcome == "failed"
    assert send(crm, replace(crm.out, deal=("x", "1' OR '1'='1"))).says.startswith("Nothing was written: ")
    wrong = send(crm, secret=SecretStr("planted-secret-44"))
    assert wrong.outcome == "failed"
    assert "planted-secret-44" not in wrong.says
    crm.vendor.new()
    cannot = send(crm, replace(crm.out, cannot="nobody but an automation says so"))
    assert (cannot.outcome, crm.vendor.asked) == ("failed", [])
    assert crm.writes(replace(crm.out, cannot="nobody but an automation says so")) == [
        Write("Nothing: nobody but an automation says so")
    ]


def test_a_text_that_is_too_long_is_shortened_and_says_so(crm: Crm) -> None:
    """With the line of ours at its end; HTML grows no note beyond what is taken."""
    out = replace(crm.out, packet=tuple(PacketRow("Risks", f"Risk {number}", "&<>" * 400) for number in range(90)))
    assert send(crm, out).outcome == "released"
    assert send(crm, out).outcome == "released"
    (note,) = crm.content()
    text = note.get("hs_note_body") or note["Description"]
    assert "(shortened; the whole is in Review Queue)" in text
    assert text.endswith("Review Queue release-7-abc/1")


def test_a_text_of_the_packet_is_no_line_of_ours(crm: Crm) -> None:
    """Whoever wrote our line of another release into a field stops nothing but their own words."""
    named = replace(
        crm.out, packet=(PacketRow("Risks", "Risks", "Review Queue release-8-xyz/2", "risks", "", "", True),)
    )
    assert send(crm, named).outcome == "released"
    other = replace(crm.out, key="release-8-xyz")
    assert send(crm, other).outcome == "released"
    assert sum("Bring" in str(one) for one in crm.content()) == 2


FLAWS = [
    (PACKETS, {"kind": '"salesforce"'}, "add url = https://… of your organisation and client_id"),
    (PACKETS, {**SALESFORCE, "url": '"https://salesforce.com.evil.example"'}, "url"),
    (PACKETS, {"kind": '"hubspot"', "client_id": '"1"'}, "kind 'hubspot' has no client_id"),
    (PACKETS, {"kind": '"hubspot"', "workspace": '"1"'}, "kind 'hubspot' has no workspace"),
    (PLANS, {"kind": '"hubspot"'}, "takes handoff packets alone, and none comes to"),
]


@pytest.mark.parametrize(("gate", "keys", "says"), FLAWS, ids=[row[2][:30] for row in FLAWS])
def test_what_a_policy_may_not_say_of_it(gate: str, keys: dict[str, str], says: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        loading.load(files_with(gate, **keys))
    assert says in str(refused.value)


def test_beyond_its_row_the_policy_is_refused() -> None:
    """Salesforce takes tasks; a row without them refuses the gate that would write them, with file and line."""
    files = files_with(PACKETS, **SALESFORCE)
    files["systems.toml"] = files["systems.toml"].replace('write = ["notes", "tasks", "files"]', 'write = ["notes"]')
    with pytest.raises(BadPolicy, match="CRM: tasks may not be written"):
        loading.load(files)


def test_from_the_answer_of_sales_to_the_task_in_the_crm(
    world: World, put: Any, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deal is imported with gaps, sales answers one, the packet cites it; the page shows what the deal says and what
    will be written; approved, it is written once, and no question of that gate goes anywhere."""
    activate(world, PACKETS, **SALESFORCE)
    packet, question = asked(world, put)
    answer(
        world, LENA, question, customer_outcome=("value", OUTCOME), non_standard_terms=("value", "None."),
        technical_requirements=("value", "Single sign-on."),
    )  # fmt: skip
    draft_anew(world, PRIYA, packet)
    page = text_of(client_for(PRIYA).get(f"/items/{packet}"))
    assert "no field of the deal is written" in page
    assert "Customer business outcome (Business_Outcome__c)" in page
    assert world.decide(PRIYA, packet, "approve").state == "approved"
    settings = worker.Settings(secret_key=SecretStr("s" * 40), credential_key=SecretStr(os.urandom(32).hex()))
    with world.session() as session:
        credentials.enter(session, settings, SAM.actor, "elsewhere", SECRET, world.now)
    deal = world.item(packet)
    force = Salesforce("006NB0000000001AAA")
    with answering(force.vendor()) as vendor:
        to_it = partial(salesforce.send, url=vendor.url, allowed=EVERY_NETWORK)
        monkeypatch.setitem(destinations._VENDORS, "salesforce", to_it)
        sends = partial(
            worker.send_one_release, database.sessions(world.engine), destinations.senders(settings), threading.Event()
        )
        assert sends(lambda: world.now)
        assert not sends(lambda: world.now)
    assert row(world, packet).state == "released", deal
    note, task = force.tasks
    assert OUTCOME in note["Description"]
    assert f"{OUTCOME} (answered by Lena Vogt). The deal says: nothing" in task["Description"]
    assert note["Description"].splitlines()[-1] == f"Review Queue {row(world, packet).key}/1"
    assert (state(world, question), opened(world)) == ("", [])
    assert world.verify().holds


def test_what_is_no_deal_of_that_crm_goes_nowhere(world: World, client_for: Any) -> None:
    """A packet that an automation handed in: its approval is the end of it, as at a gate that releases nothing; the page
    says so before."""
    activate(world, PACKETS, kind='"hubspot"')
    item = world.submit(drafts.packet())
    page = text_of(client_for(PRIYA).get(f"/items/{item}"))
    assert "Nothing: its onboarding did not start from a deal in HubSpot, and elsewhere writes to those alone" in page
    world.decide(PRIYA, item, "approve")
    assert state(world, item) == ""


def test_the_clipped_text_is_as_long_as_it_may_be() -> None:
    """Measured as it is sent: HTML takes five characters for an ampersand."""
    out = replace(OUT, packet=(PacketRow("R", "R", "x" * 500),))
    assert len(packet_notes.note(out, 200)) == 200
    assert (
        190
        < hubspot._size(packet_notes.note(replace(out, packet=(PacketRow("R", "R", "&" * 500),)), 300, hubspot._size))
        <= 300
    )
