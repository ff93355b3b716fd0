"""Weekly risk summaries: one a CS leader and week, over all accounts they lead, from the clock to its gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Check, Claim, Item, Revision
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.exceptions import exception_cases
from reviewqueue.onboarding import leader_summaries
from reviewqueue.onboarding import owner as onboarding_owner
from reviewqueue.people import groups, users
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, INES, MARCUS, PRIYA, SAM, TOM, Named
from tests.support.concurrency import at_once
from tests.support.draft_chain import begun, of_kind, packet
from tests.world import World

LANE, ORGANISATION = "lanes/mid-market-saas.toml", "organisation.toml"


def clock(world: World, days: int = 0) -> int:
    """The clock so many days after Monday, 2 March 2026, at ten in New York."""
    with world.session() as session:
        return leader_summaries.draft_due(session, world.now + timedelta(days=days))


def summaries(world: World) -> list[Item]:
    return of_kind(world, "leader_summary")


def run(world: World, about: drafts.Deal, owner: Named, number: int) -> None:
    """An onboarding from Salesforce whose packet is approved, with the owner of its account."""
    told = replace(packet(about), system="salesforce", account_id=about.sources["account"].external_id)
    world.decide(PRIYA, world.submit(told), "approve")
    with world.session() as session:
        onboarding_owner.set_owner(session, TOM.id, number, owner.id, "They have worked together before.", world.now)


def ticket(about: drafts.Deal, number: str, *, closed: bool = False) -> Source:
    """A support case of the account, as the CRM has it."""
    of = {"Id": number, "CaseNumber": number, "AccountId": about.sources["account"].external_id, "Priority": "High"}
    payload = {**of, "Subject": f"Sign-on fails on {number}", "Status": "New", "IsClosed": closed}
    return Source("salesforce", "Case", number, payload, label=f"Sign-on fails on {number}")


def failing(world: World, item: int) -> tuple[str, ...]:
    with world.session() as session:
        mine = select(Check.key).join(Revision).where(Revision.item_id == item, Check.outcome == "fail", Check.blocking)
        return tuple(dict.fromkeys(session.scalars(mine)))


def troubled(world: World, about: drafts.Deal) -> None:
    """By Monday, 16 March: a milestone is late, an exception and a ticket are open, and an override ends on Friday."""
    rows = [{**drafts.MILESTONES[0], "due": "2026-03-12"}, drafts.MILESTONES[1]]
    world.decide(INES, world.submit(replace(drafts.plan(about, rows), system="salesforce")), "approve")
    wrong = replace(drafts.email(about, body=drafts.BODY.replace("2026-03-23", "2026-05-23")), system="salesforce")
    friday = world.now + timedelta(days=11)
    lent, ends = world.submit(wrong, friday), (friday + timedelta(days=7)).date()
    world.decide(HELEN, lent, "override", passes=failing(world, lent), expires_on=ends, now=friday)
    case = exception_cases.ExceptionRequest(
        "timeline-risk", "IT is away", "Their IT is away until April.", onboarding_id=1
    )
    with world.session() as session:
        exception_cases.open_case(session, TOM.id, case, world.now)
        with writing(session):
            known = [ticket(about, "00098", closed=True), ticket(about, "00099")]
            source_records.keep(session, known, world.now, "imported")


def test_a_leader_reads_what_needs_a_look_once_a_week(world: World, client_for: Any) -> None:
    """Each fact is cited; accounts that are well are only counted. The next week's takes the place of one that nobody
    decided, and the leader decides theirs."""
    marlow, calm = drafts.deal(), drafts.deal("Tallow & Finch")
    run(world, marlow, DANA, 1)
    run(world, calm, MARCUS, 2)
    run(world, drafts.deal("Ostrand Glass"), MARCUS, 3)
    troubled(world, marlow)
    world.submit(replace(drafts.email(calm), system="salesforce"), world.now + timedelta(days=13))
    assert [clock(world, days) for days in (14, 14, 15, 18)] == [1, 0, 0, 0]
    (item,) = summaries(world)
    place = (item.state, item.gate, item.onboarding_id, item.assignee_id, item.fails, item.warns)
    assert place == ("pending", "risk-escalation", None, HELEN.id, 0, 0)
    assert world.draft(item.id)["subject"] == "Your accounts in 2026-W12: two need a look"
    assert world.draft(item.id)["body"].split("\n\n")[1:] == [
        "Of your 3 running accounts, two need a look this week.",
        "Marlow Freight (Dana Whitfield)\n"
        "- Open exception: Timeline risk (#1), with Tom Abara\n"
        "- Late: Transport system connected, planned for Thursday, 12 March 2026, with Ines Castellanos\n"
        "- Open support ticket: Sign-on fails on 00099 (00099, New, High)\n"
        "- Override of the customer e-mail (item 5) by Helen Strand runs out on Friday, 20 March 2026",
        "Ostrand Glass (Marcus Oyelaran)\n"
        "- Quiet: nothing has happened since Monday, 2 March 2026, 10 business days ago",
        "Next step: please see that somebody deals with each of them; then approve this summary.",
    ]
    with world.session() as session:
        cited = dict(
            session.execute(select(Claim.quote, Claim.path).join(Revision).where(Revision.item_id == item.id)).all()
        )
    assert (cited["Thursday, 12 March 2026"], cited["Sign-on fails on 00099"]) == ("/late/0/due", "/Subject")
    helen = client_for(HELEN)
    assert "Sign-on fails on 00099" in helen.get(f"/items/{item.id}").get_data(as_text=True)
    assert "Draft it again" not in helen.get(f"/items/{item.id}").get_data(as_text=True)
    assert f"/items/{item.id}" in helen.get("/queue").get_data(as_text=True)
    assert clock(world, 21) == 1
    assert [one.state for one in summaries(world)] == ["superseded", "pending"]
    world.decide(HELEN, summaries(world)[1].id, "approve", now=world.now + timedelta(days=21))
    assert summaries(world)[1].state == "approved"
    assert world.verify().holds


def test_all_is_well_is_said_plainly(world: World) -> None:
    """A week without a summary then means that the worker stood still. Who leads no account gets none."""
    assert clock(world) == 0
    begun(world)
    assert clock(world) == 1
    draft = world.draft(summaries(world)[0].id)
    assert (draft["to"], draft["subject"]) == ([HELEN.email], "Your accounts in 2026-W10: all is well")
    assert "All is well with your 1 running account. No milestone is late" in draft["body"]


def loaded(world: World, **changes: tuple[str, str]) -> None:
    """The policy with a text replaced in a file."""
    files = dict(northbeam.files())
    for name, (old, new) in changes.items():
        path = {"organisation": ORGANISATION, "lane": LANE}[name]
        assert old in files[path]
        files[path] = files[path].replace(old, new)
    with world.session() as session:
        policy_versions.activate(session, files, Actor.SEED, world.now)


def test_a_leader_leads_their_teams_accounts_and_those_that_nobody_leads(world: World) -> None:
    group = '[[groups]]\nkey = "deal-desk"'
    loaded(world, organisation=(group, f'[[groups]]\nkey = "east"\nname = "East"\nteam = true\n\n{group}'))
    run(world, drafts.deal(), DANA, 1)
    run(world, drafts.deal("Tallow & Finch"), MARCUS, 2)
    with world.session() as session:
        users.set_roles(session, TOM.id, ["manager", "cs_leader"], SAM.id, world.now)
    with world.session() as session:
        for person in (HELEN, DANA):
            groups.add(session, person.id, "east", SAM.actor, world.now)
    assert clock(world, 1) == 2
    told = {world.draft(one.id)["to"][0]: world.draft(one.id)["body"] for one in summaries(world)}
    assert "your 2 running accounts" in told[HELEN.email], "her team's, and Marcus's, whom nobody leads"
    assert "your 1 running account." in told[TOM.email]


@pytest.mark.parametrize(
    ("changes", "days", "drafted"),
    [
        ({}, [84, 85, 86], [0, 1, 0]),  # Monday, 25 May, is Memorial Day: the next working day
        ({"organisation": ("[qa]", "[summary]\nweekday = 2\n\n[qa]")}, [0, 1, 2, 3, 5, 7], [0, 0, 1, 0, 0, 0]),
        ({"lane": ('leader_summary = "risk-escalation"\n', "")}, [0, 1], [0, 0]),  # no gate waits for it
        ({"lane": ('stage = "pilot"', 'stage = "stopped"')}, [0, 1], [1, 0]),  # it is about more than that lane
    ],
)
def test_it_comes_on_the_day_that_the_policy_says(
    world: World, changes: dict[str, tuple[str, str]], days: list[int], drafted: list[int]
) -> None:
    begun(world)
    loaded(world, **changes)
    assert [clock(world, day) for day in days] == drafted


def test_nobody_else_writes_one_and_nobody_edits_it(world: World) -> None:
    sent = DraftWithEvidence("leader_summary", "Mine", {"to": [HELEN.email], "subject": "x", "body": "All is well."})
    with pytest.raises(Invalid) as refused:
        world.submit(replace(drafts.email(), drafted=sent))
    assert "no key submits one" in refused.value.faults[0].message
    begun(world)
    clock(world)
    with pytest.raises(Forbidden, match="is not edited"):
        world.decide(HELEN, summaries(world)[0].id, "edit", draft={"body": "All is well, believe me."})


def test_two_workers_draft_it_once(world: World) -> None:
    begun(world)
    assert sum(at_once(4, lambda _: clock(world))) == 1
    assert len(summaries(world)) == 1
