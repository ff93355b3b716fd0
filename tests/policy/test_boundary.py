"""A lane's boundary: what is too wide to begin with is refused with file, line and what to write instead; what is narrow
enough passes."""

from __future__ import annotations

import re

import pytest

from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Invalid
from reviewqueue.lanes import proposals
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.flaws import BadPolicy, Flaw
from tests import northbeam
from tests.cast import PRIYA
from tests.lanes.test_proposals import propose
from tests.world import World

SHIPPED = loading.files_in(loading.SHIPPED)
LANE = "lanes/mid-market-saas.toml"


def with_lane(files: dict[str, str], **says: str) -> dict[str, str]:
    """The policy whose first lane says other things of itself: key → the value as TOML."""
    text = files[LANE]
    for key, value in says.items():
        text, many = re.subn(rf"(?m)^{key} = .*$", lambda _, key=key, value=value: f"{key} = {value}", text, count=1)
        assert many, key
    return {**files, LANE: text}


def line_of(files: dict[str, str], key: str) -> int:
    """In which line of the lane's file a key stands."""
    return files[LANE][: files[LANE].index(f"\n{key} = ") + 1].count("\n") + 1


def flaws_of(files: dict[str, str]) -> list[Flaw]:
    """What is wrong with them."""
    try:
        loading.load(files)
    except BadPolicy as refused:
        return refused.flaws
    return []


# (why, the key, its value, a word of what to write instead)
BAD: list[tuple[str, str, str, str]] = [
    (
        "all segments at once", "sentence", '"When any deal is closed won, onboard all customers up to first value"',
        "name the one that this lane begins with",
    ),
    ("all segments by key", "segment", '"all-segments"', "split it into a lane for each"),
    ("two segments by key", "segment", '"smb-and-mid-market"', "split it into a lane for each"),
    (
        "three segments in a row", "sentence",
        '"When an SMB, mid-market or enterprise deal is won, draft the handoff packet, up to kickoff"',
        "write a lane for each other one",
    ),
    (
        "another segment slipped in", "in_scope", '["Handoff packet for mid-market", "Kickoff brief for enterprise and SMB"]',
        "write a lane for each other one",
    ),
    (
        "regardless of segment", "in_scope", '["Kickoff tasks, regardless of segment"]',
        "name the one that this lane begins with",
    ),
    (
        "every function by name", "sentence",
        '"Once a deal is won, sales, customer success, implementation, support and finance work in a new way, up to go-live"',
        "begin with one handoff between two functions",
    ),
    (
        "every function at once", "in_scope", '["Handoff packet", "New ways of working in all departments"]',
        "begin with one handoff between two functions",
    ),
    (
        "the whole company", "outcome", '"A company-wide onboarding standard by the end of the year"',
        "begin with one handoff between two functions",
    ),
    (
        "new business and expansion deals", "deal_types", '["New Business", "Expansion"]',
        "begin with new business",
    ),
    (
        "new business and renewals in words", "sentence",
        '"When a new customer or a renewal is closed won in mid-market, prepare the kickoff, up to first value"',
        "name it in out_of_scope",
    ),
    ("upsells in its scope", "in_scope", '["Handoff packet", "Upsells of existing customers"]', "begin with new business"),
    (
        "writing to every system", "in_scope", '["Handoff packet", "Writes to all systems as soon as a task is done"]',
        "write to one system after an approval",
    ),
    (
        "writing to four systems", "sentence",
        '"When a deal is won, update the CRM, the project tool, the support desk and the portal, up to kickoff"',
        "write to one system after an approval",
    ),
    ("writing to billing", "in_scope", '["Updates billing when the kickoff is held"]', "let a person change it there"),
    (
        "two sentences", "sentence",
        '"When a deal is closed won, draft the handoff packet. Then run the kickoff and every training up to renewal"',
        "put what else it does into in_scope",
    ),
    (
        "three sentences with semicolons", "sentence",
        '"Draft the packet when a deal is won; send the welcome mail; keep the plan up to date until go-live"',
        "put what else it does into in_scope",
    ),
    (
        "scope decided automatically", "in_scope", '["Handoff packet", "Automatic scope decisions for unusual customers"]',
        "let it wait at a gate",
    ),
    (
        "scope adjusted without a person", "sentence",
        '"When a mid-market deal is won, draft the plan and adjust its scope without human review, up to kickoff"',
        "let it wait at a gate",
    ),
    ("project plans sent unreviewed", "in_scope", '["Project plans are generated and sent unreviewed"]', "wait at a gate"),
    (
        "milestones moved on usage", "in_scope", '["Milestones advance on product usage signals"]',
        "evidence that a person reads at a gate",
    ),
    (
        "expectation-setting e-mail", "in_scope", '["Automatic expectation-setting e-mail after the sale"]',
        "let it wait at a gate",
    ),
    ("all onboarding", "sentence", '"Automate the entire customer onboarding from signature to advocacy"', "the first piece"),
    ("no stop point", "stop_point", '"Ongoing"', "write what has happened then"),
    ("nothing out of scope", "out_of_scope", '["None"]', "name what it leaves to people"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "key", "value", "mend"), BAD, ids=[row[0] for row in BAD])
def test_a_scope_that_is_too_wide_is_refused_at_its_line(why: str, key: str, value: str, mend: str) -> None:
    found = flaws_of(with_lane(SHIPPED, **{key: value}))
    assert any(one.place == f"{LANE}:{line_of(SHIPPED, key)}" and mend in one.message for one in found), (why, found)
    assert {one.place for one in found} == {f"{LANE}:{line_of(SHIPPED, key)}"}, "and nothing else is said to be wrong"


GOOD: list[tuple[str, dict[str, str]]] = [
    ("the first lane of the field", {"sentence": '"Closed-won handoff packet and kickoff tasks for mid-market SaaS customers"'}),
    ("one trigger, one stop", {"sentence": '"When a mid-market deal closes, draft the packet, and stop when the kickoff is booked"'}),
    ("an abbreviation is no end", {"sentence": '"When a deal is won, draft what sales promised, e.g. dates and owners, up to kickoff"'}),
    ("a decimal is no end", {"outcome": '"Kickoff within 2.5 business days of closed won"'}),
    ("another segment", {"segment": '"smb"', "sentence": '"When an SMB deal is won, draft the handoff packet, up to kickoff"'}),
    ("a word of its own", {"segment": '"healthcare"', "sentence": '"When a clinic signs, draft the packet, up to kickoff"'}),
    ("expansions alone", {
        "deal_types": '["Expansion"]', "out_of_scope": '["Everything else"]', "in_scope": '["Handoff packet"]',
        "sentence": '"When an expansion is closed won, draft its handoff packet, up to the change of the plan"',
    }),
    ("renewals are denied", {"sentence": '"When a new mid-market deal is won, not a renewal, draft the packet, up to kickoff"'}),
    ("expansions left out", {"in_scope": '["Handoff packet of new customers, without expansions"]'}),
    ("the renewal signal is a field", {"in_scope": '["Handoff packet", "Renewal signal, as sales heard it"]'}),
    ("two functions", {"sentence": '"When a deal is won, sales hands over to customer success, up to the kickoff"'}),
    ("three functions", {"in_scope": '["Questions to sales, implementation and finance about gaps"]'}),
    ("one system after approval", {"in_scope": '["Writes the approved summary back to the CRM"]'}),
    ("two systems", {"in_scope": '["Creates tasks", "Updates the CRM and the project tool after an approval"]'}),
    ("billing is read", {"in_scope": '["Reads plan and status from billing", "Handoff packet"]'}),
    ("every message", {"in_scope": '["Handoff packet", "Every customer message, two approvals each"]'}),
    ("every field", {"in_scope": '["Missing-field check over all deal fields", "All account contacts with their roles"]'}),
    ("reminders may go", {"in_scope": '["Milestone reminders that are sent automatically once they have earned it"]'}),
    ("scope gaps are shown", {"in_scope": '["Scope gaps are flagged automatically and decided by the lead"]'}),
    ("a plan from a template", {"in_scope": '["Project plan from the template, approved by the implementation lead"]'}),
    ("the risk summary", {"in_scope": '["Implementation risk summary with a recommended action"]'}),
    ("never automatically", {"in_scope": '["Handoff packet", "Portal updates, never without a human review of scope"]'}),
    ("a company's name", {"name": '"Mid-market at Everything Labs"'}),
    ("what is out may be wide", {"out_of_scope": '["All other segments", "Writing to every system", "Automatic scope changes"]'}),
    ("a stop in words", {"stop_point": '"The customer has opened the first report, and nothing is open"'}),
]  # fmt: skip


@pytest.mark.parametrize(("why", "says"), GOOD, ids=[row[0] for row in GOOD])
def test_a_narrow_scope_passes(why: str, says: dict[str, str]) -> None:
    assert flaws_of(with_lane(SHIPPED, **says)) == [], why


WIDE = with_lane(northbeam.files(), sentence='"When any deal is won, onboard all customers up to first value"')


def test_a_wide_lane_that_is_active_already_goes_on(world: World) -> None:
    """A version from before this was asked still decides its items; a change elsewhere is not held up by it, and a
    change of that file is."""
    with pytest.raises(BadPolicy), world.session() as session:
        policy_versions.activate(session, WIDE, Actor.CLI, world.now)
    assert loading.load(WIDE, stored=True).lane("mid-market-saas")
    gate = "gates/customer-communication.toml"
    other = {**WIDE, gate: WIDE[gate].replace("sla_hours = 4", "sla_hours = 5")}
    assert proposals.parse_candidate(WIDE, other).digest == loading.digest_of(other)
    with pytest.raises(Invalid) as refused:
        proposals.parse_candidate(WIDE, {**WIDE, LANE: f"{WIDE[LANE]}\n# looked at\n"})
    assert [one.at for one in refused.value.faults] == [f"/files/{LANE}"]


def test_nobody_proposes_a_wide_lane(world: World) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        propose(world, PRIYA, WIDE)
    (fault,) = refused.value.faults
    assert (fault.at, "is every segment at once" in fault.message) == (f"/files/{LANE}", True)
    assert world.everything() == before
