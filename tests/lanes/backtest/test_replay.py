"""Replay: what a candidate policy would have made of the past, judged over stored facts. Nothing is changed by it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import Automation
from reviewqueue.items.submission_rules import Submission
from reviewqueue.lanes.backtest import history, replay
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.model.policy import Policy
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, MARCUS, PRIYA, TOM
from tests.support import crm_changes
from tests.support.databases import Run
from tests.support.seed_world import NOW, copied
from tests.world import World

SHIPPED = northbeam.files()
MESSAGE, HANDOFF, LAUNCH = (
    f"gates/{key}.toml" for key in ("customer-communication", "handoff-quality", "implementation-launch")
)
LANE = "lanes/mid-market-saas.toml"
TONE = "automation.tone"


def candidate(*changes: tuple[str, str, str]) -> Policy:
    """The shipped policy with each (file, text, other text)."""
    files = dict(SHIPPED)
    for name, old, new in changes:
        assert old in files[name], old
        files[name] = files[name].replace(old, new)
    return loading.load(files)


def run(world: World, policy: Policy, at_most: int = 200) -> replay.Report:
    """Replay it over everything in the world."""
    with world.session() as session:
        return replay.run(session, policy, world.now, at_most)


def sure(confidence: str) -> Submission:
    """A message whose automation is so sure."""
    return replace(drafts.email(), confidence=confidence)


def approved(world: World) -> None:
    """Dana approved a message of which the automation was fairly sure."""
    world.decide(DANA, world.submit(sure("0.7")), "approve")


def overridden(world: World) -> None:
    """Tom overridden the tone for five days, and Dana was the second person."""
    item = world.submit(drafts.with_check(sure("0.7"), TONE))
    world.decide(TOM, item, "override", passes=(TONE,))
    world.decide(DANA, item, "approve")


def unsure(world: World) -> None:
    """A message was escalated automatically, and Helen approved it."""
    world.decide(HELEN, world.submit(sure("0.2")), "approve")


def waiting(world: World) -> None:
    """A message waits."""
    world.submit(sure("0.7"))


def sent_up(world: World) -> None:
    """Dana escalated a message and Helen rejected it."""
    item = world.submit(sure("0.7"))
    world.decide(DANA, item, "escalate")
    world.decide(HELEN, item, "reject")


def edited(world: World) -> None:
    """Dana edited a message and Tom approved it."""
    item = world.submit(sure("0.7"))
    world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Kickoff, at last"})
    world.decide(TOM, item, "approve")


def packet(world: World) -> None:
    """Priya approved a packet without a word."""
    world.decide(PRIYA, world.submit(drafts.packet()), "approve", text="")


def twice(world: World) -> None:
    """Tom overridden the tone for one customer's message; then another message for them came."""
    about = drafts.deal()
    item = world.submit(drafts.with_check(drafts.email(about), TONE))
    world.decide(TOM, item, "override", passes=(TONE,), now=world.now + timedelta(hours=1))
    world.submit(drafts.email(about, subject="The agenda"), world.now + timedelta(hours=2))


def stays_above(world: World) -> None:
    """Dana escalated a message, Helen edited it and then rejected it after all."""
    item = world.submit(sure("0.7"))
    world.decide(DANA, item, "escalate")
    world.decide(HELEN, item, "edit", draft={**world.draft(item), "subject": "Kickoff, at last"})
    world.decide(HELEN, item, "reject")


HIGHER = (
    MESSAGE,
    'reviewers = ["csm", "manager"]\ngoes_up_to = ["cs_leader"]',
    'reviewers = ["csm", "manager", "cs_leader"]\ngoes_up_to = ["admin"]',
)
REPEATED = (
    MESSAGE,
    "[[must_escalate]]",
    '[[must_escalate]]\nname = "repeated"\nwhen = "earlier_overrides > 0"\nsays = "It was overridden"\n\n[[must_escalate]]',
)
LEADERS = (MESSAGE, 'reviewers = ["csm", "manager"]', 'reviewers = ["manager"]')
WORDS = (HANDOFF, "lease_minutes = 15", 'lease_minutes = 15\ntext_for = ["approve"]')
NO_EMAIL = (LANE, 'customer_email = "customer-communication"\n', "")
ELSEWHERE = (LANE, 'customer_email = "customer-communication"', 'customer_email = "kickoff-preparation"')
AGREED = (MESSAGE, '"evidence-complete", ', "")
SURER = (MESSAGE, "confidence < 0.5", "confidence < 0.8")
TRUSTING = (MESSAGE, "confidence < 0.5", "confidence < 0.1")
TWO = (MESSAGE, 'reviewers = ["csm", "manager"]', 'reviewers = ["csm", "manager"]\napprovals = 2')
THREE_THERE = ("lanes/enterprise-saas.toml", "approvals = 2\ngoes_up_to", "approvals = 3\ngoes_up_to")
SHORTER = (MESSAGE, "longest_days = 7", "longest_days = 3")
NO_TONE = (MESSAGE, '"commitment.*", "automation.*"', '"commitment.*"')
ABOVE = (MESSAGE, 'roles = ["manager", "cs_leader"]', 'roles = ["cs_leader"]')

# (what is so, what happened, the candidate's change, what is different: kind, words, file of the rule)
ROWS: list[tuple[str, Callable[[World], None], tuple[str, str, str], list[tuple[str, str, str]]]] = [
    ("a surer automation is asked for: it is escalated, and a CSM could not have approved it", approved, SURER,
     [("up", "Revision 1 is escalated by rule low-confidence", MESSAGE), ("decider", "Only cs leader decides", MESSAGE),
      ("unfinished", "One approval from cs leader", MESSAGE)]),
    ("a less sure one will do: it is not escalated", unsure, TRUSTING,
     [("not_up", "Revision 1 is not escalated; rule low-confidence is gone", "")]),
    ("what waits would be escalated", waiting, SURER, [("up", "Revision 1 is escalated by rule low-confidence", MESSAGE)]),
    ("every revision is asked", edited, SURER,
     [("up", "Revision 1 is escalated", MESSAGE), ("up", "Revision 2 is escalated", MESSAGE),
      ("decider", "edit as csm: Only cs leader", MESSAGE), ("decider", "approve as manager: Only cs leader", MESSAGE),
      ("unfinished", "One approval from cs leader", MESSAGE)]),
    ("a person escalated what would have been above already", sent_up, SURER,
     [("up", "Revision 1 is escalated", MESSAGE)]),
    ("CSMs decide no more", approved, LEADERS,
     [("reviewers", "One approval from manager instead of one approval from csm or manager", MESSAGE),
      ("decider", "approve as csm: Only manager decides here", MESSAGE),
      ("unfinished", "One approval from manager", MESSAGE)]),
    ("two approvals are asked for", approved, TWO,
     [("reviewers", "2 approvals from csm or manager instead of one approval", MESSAGE),
      ("unfinished", "One approval from csm or manager", MESSAGE)]),
    ("two are asked for, and two were there", overridden, TWO,
     [("reviewers", "2 approvals from csm or manager instead of one approval", MESSAGE)]),
    ("an override may hold three days", overridden, SHORTER,
     [("override", "it was to hold 5 days, at most 3 would do", MESSAGE)]),
    ("the tone may not be overridden", overridden, NO_TONE,
     [("override", "Nobody may override automation.tone", MESSAGE)]),
    ("only leaders override", overridden, ABOVE, [("override", "Only cs leader may override automation.tone", MESSAGE)]),
    ("a reason is gone", approved, AGREED, [("reason", "reason evidence-complete would not be taken", MESSAGE)]),
    ("words are asked for", packet, WORDS, [("reason", "approve as revops: it would have needed words", HANDOFF)]),
    ("e-mails wait at another gate", waiting, ELSEWHERE,
     [("gate", "Waits at Kickoff preparation instead of Customer communication", LANE),
      ("reviewers", "One approval from csm or the account's owner instead of one approval from csm or manager",
       "gates/kickoff-preparation.toml")]),
    ("the lane takes no e-mails any more", waiting, NO_EMAIL,
     [("gate", "Lane mid-market-saas takes no customer e-mail any more", LANE)]),
    ("the second override of one customer is escalated", twice, REPEATED,
     [("up", "is escalated by rule repeated", MESSAGE)]),
    ("what was escalated stays above when it is edited", stays_above, HIGHER,
     [("reviewers", "manager or cs leader instead of", MESSAGE), ("decider", "edit as cs leader: Only admin", MESSAGE),
      ("decider", "reject as cs leader: Only admin", MESSAGE)]),
    ("only the clock changes", approved, (MESSAGE, "sla_hours = 4", "sla_hours = 2"), []),
    ("another gate changes", approved, (LAUNCH, "sla_hours = 16", "sla_hours = 2"), []),
]  # fmt: skip


@pytest.mark.parametrize(("what", "happened", "change", "expected"), ROWS, ids=[one[0] for one in ROWS])
def test_what_would_have_been_different(
    world: World,
    what: str,
    happened: Callable[[World], None],
    change: tuple[str, str, str],
    expected: list[tuple[str, str, str]],
) -> None:
    """One past, one candidate, and all that differs, each with the rule's file and line in the candidate."""
    happened(world)
    policy = candidate(change)
    report = run(world, policy)
    assert [one.what for one in report.listed] == [one[0] for one in expected], (what, report.listed)
    for found, (_, says, file) in zip(report.listed, expected, strict=True):
        assert says in found.says, what
        assert found.rule.rpartition(":")[0] == file
    assert report.totals.total() == len(expected)


@pytest.mark.parametrize("happened", [approved, overridden, unsure, waiting, sent_up, edited, packet])
def test_the_control_the_policy_in_force_changes_nothing(world: World, happened: Callable[[World], None]) -> None:
    """Judging the same facts by the same rules twice comes to the same."""
    happened(world)
    report = run(world, candidate())
    assert (report.items, report.changed, report.listed, report.moves) == (1, 0, [], [])


def test_open_items_that_would_stand_elsewhere_are_named(world: World) -> None:
    """Those that wait and would be escalated or wait at another gate; not those that are settled, nor those that stay."""
    waiting(world)
    approved(world)
    stays = world.submit(sure("0.9"))
    report = run(world, candidate(SURER))
    assert report.moves == [1]
    assert stays not in {one.item_id for one in report.listed}
    assert [one.is_open for one in report.listed if one.item_id in (1, 2)] == [True, False, False, False]
    assert run(world, candidate(ELSEWHERE)).moves == [1, stays]


def test_nothing_is_written_and_the_rest_is_counted(world: World) -> None:
    """A replay leaves every row as it was; what does not fit the list is in the counts."""
    for _ in range(3):
        approved(world)
    before = world.everything()
    report = run(world, candidate(SURER), at_most=2)
    assert (len(report.listed), report.left_off, report.totals) == (2, 7, {"up": 3, "decider": 3, "unfinished": 3})
    assert report.by_gate == {"customer-communication": {"up": 3, "decider": 3, "unfinished": 3}}
    assert world.everything() == before


def test_an_approval_that_a_change_made_void_is_none(world: World, tmp_path: Path) -> None:
    """Dana approved, the start moved, and Marcus and Tom approved it as it is now: two approvals, so three would not be
    there; Dana's is none of them."""
    mail = replace(drafts.email(), lane=drafts.TWO_APPROVALS, segment="enterprise")
    item = world.submit(mail)
    world.decide(DANA, item, "approve")
    crm_changes.says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    crm_changes.look(world, MARCUS, item)
    world.decide(MARCUS, item, "approve")
    assert world.decide(TOM, item, "approve").state == "approved"
    report = run(world, candidate(THREE_THERE))
    assert [one.what for one in report.listed] == ["reviewers", "unfinished"]
    assert "One approval from csm or manager" in report.listed[1].says


def test_what_neither_policy_can_explain_is_not_told(world: World) -> None:
    """Dana owns the automation today, as she did not when she approved: by today's facts neither would have let her."""
    approved(world)
    with world.session() as session, writing(session):
        session.execute(update(Automation).where(Automation.id == 1).values(owner_id=DANA.id))
    assert [one.what for one in run(world, candidate(TWO)).listed] == ["reviewers", "unfinished"]


def test_each_item_is_held_against_the_policy_it_was_under(world: World) -> None:
    """An item of an older version against that version, also when the newer one is the candidate."""
    approved(world)
    files = {**SHIPPED, MESSAGE: SHIPPED[MESSAGE].replace("confidence < 0.5", "confidence < 0.8")}
    with world.session() as session:
        newer = policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(sure("0.7"))
    world.decide(HELEN, item, "approve")
    report = run(world, newer)
    assert {one.item_id for one in report.listed} == {1}
    back = run(world, candidate())
    assert [(one.item_id, one.what) for one in back.listed] == [(item, "not_up")]


def test_a_page_is_read_at_a_time_and_let_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty items in pages of two: all are read, in order, and memory does not grow with their number."""
    monkeypatch.setattr(history, "PAGE_SIZE", 2)
    monkeypatch.setattr(history, "_ITEMS", history._ITEMS.limit(2))
    for _ in range(30):
        waiting(world)
    with world.session() as session:
        assert [item.row.id for item in history.items(session)] == list(range(1, 31))
        run(world, candidate(SURER), at_most=0)
        tracemalloc.start()
        replay.run(session, candidate(SURER), world.now, at_most=0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert not session.identity_map, "nothing is held on to"
    assert peak < 6_000_000


STRICTER = [
    (MESSAGE, "confidence < 0.5", "confidence < 0.85"),
    (MESSAGE, 'reviewers = ["csm", "manager"]', 'reviewers = ["csm", "manager"]\napprovals = 2'),
    (HANDOFF, "longest_days = 14", "longest_days = 5"),
    ("gates/kickoff-preparation.toml", '"evidence-complete", ', ""),
]


@pytest.fixture(scope="module")
def stricter_over_the_seed_world(run: Run, tmp_path_factory: pytest.TempPathFactory) -> replay.Report:
    """A stricter candidate over the demo's small world."""
    engine = database.connect(f"sqlite:///{copied(run, tmp_path_factory.mktemp('seed'))}")
    with database.sessions(engine)() as session:
        report = replay.run(session, candidate(*STRICTER), NOW)
    engine.dispose()
    return report


def test_a_stricter_policy_over_the_seed_world(stricter_over_the_seed_world: replay.Report) -> None:
    """The messages of which their automation was less than 85 % sure are escalated, every message in the mid-market lane wants
    two approvals, no packet's gap is accepted for more than five days, and a kickoff brief needs a better reason."""
    report = stricter_over_the_seed_world
    moves = sorted({one.customer for one in report.listed if one.item_id in report.moves})
    assert (report.changed, report.left_off, len(report.moves)) == (13, 0, 3)
    assert moves == ["Harlow & Finch Outfitters", "Meridian Atlas Insurance plc", "Nordhavn Energi A/S"]
    assert report.totals == {"up": 6, "reviewers": 7, "decider": 1, "override": 2, "reason": 2, "unfinished": 2}
    assert report.by_gate == {
        "kickoff-preparation": {"reason": 2},
        "handoff-quality": {"override": 1},
        "customer-communication": {"up": 6, "reviewers": 7, "decider": 1, "override": 1, "unfinished": 2},
    }
    found = sorted((one.what, one.customer.split()[0]) for one in report.listed)
    assert found == [
        ("decider", "Ostrander"), ("override", "Harlow"), ("override", "Marrow"), ("reason", "Kestrel"),
        ("reason", "Meridian"), ("reviewers", "Harlow"), ("reviewers", "Harlow"), ("reviewers", "Kestrel"),
        ("reviewers", "Kestrel"), ("reviewers", "Kestrel"), ("reviewers", "Marrow"), ("reviewers", "Ostrander"),
        ("unfinished", "Harlow"), ("unfinished", "Kestrel"), ("up", "Harlow"), ("up", "Kestrel"), ("up", "Meridian"), ("up", "Nordhavn"),
        ("up", "Ostrander"), ("up", "Vantage"),
    ]  # fmt: skip
    says = {(one.what, one.customer.split()[0]): one.says for one in report.listed}
    assert says["override", "Marrow"].endswith("override as revops: it was to hold 14 days, at most 5 would do")
    assert says["decider", "Ostrander"].endswith("reject as manager: Only cs leader decides here")
