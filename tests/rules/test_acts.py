"""The table of docs/acts.md: what the policy says today, and what no policy of ours may ever say (row 4)."""

from __future__ import annotations

import pytest

from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Policy
from tests.rules import acts


@pytest.fixture(scope="module")
def shipped() -> Policy:
    """The policy that comes with the product."""
    return loading.load(loading.files_in(loading.SHIPPED))


def test_the_table_says_what_the_policy_says(shipped: Policy) -> None:
    """`python -m tests.rules.acts` writes it again; look at what changed before you keep it."""
    assert acts.WRITTEN.read_text(encoding="utf-8") == acts.written(shipped)


def allowed(policy: Policy, says: set[str]) -> set[str]:
    """Every letter that stands anywhere in the rows of these situations."""
    rows = [row for _, gate in acts.gates(policy) for row in acts.cells(policy, gate)]
    return {letter for situation, found in rows if situation in says for letter in "".join(found.values())}


def test_nobody_passes_their_own_work(shipped: Policy) -> None:
    """However somebody is involved, no approval and no override; the control: a small team says on the log that it may."""
    assert allowed(shipped, acts.INVOLVED) == set("ESUR")
    team = shipped.organisation.model_copy(update={"small_team": True})
    assert "A" in allowed(shipped.model_copy(update={"organisation": team}), acts.INVOLVED)


@pytest.mark.parametrize(
    "says",
    [
        "I gave myself the role since it was opened",
        "I am an admin, and another gave me the role since",
        "I stand in for somebody whom I gave the role since",
    ],
)
def test_a_role_that_came_too_late_opens_nothing(shipped: Policy, says: str) -> None:
    """No act at all; the control: given before, or by somebody else to who is no admin, it opens everything as ever."""
    assert allowed(shipped, {says}) == set()
    assert allowed(shipped, {"I gave myself the role before it was opened"}) == set("AESUR")
    assert allowed(shipped, {"another gave me the role since, and I am no admin"}) == set("AESUR")


@pytest.mark.parametrize("says", ["somebody else has taken it", "it is decided"])
def test_nothing_is_open_while(shipped: Policy, says: str) -> None:
    """The desk is another's, or the item is decided; the control: with nothing special everything but an override is."""
    assert allowed(shipped, {says}) == set()
    assert allowed(shipped, {"nothing special"}) == set("AESUR")


def test_escalated_only_those_above_decide(shipped: Policy) -> None:
    """A reviewer whom the item has gone past has nothing left to do with it."""
    for name, gate in acts.gates(shipped):
        found = dict(acts.cells(shipped, gate))["it is escalated"]
        assert {role for role, letters in found.items() if letters} == set(gate.goes_up_to), name


@pytest.mark.parametrize("says", ["a source changed under it", "a correction of its source is open"])
def test_what_rests_on_something_unsettled_is_not_passed(shipped: Policy, says: str) -> None:
    """Neither approved nor overridden, by nobody; everything else is open as it was."""
    assert allowed(shipped, {says}) == set("ESUR")


def test_a_failed_check_never_lets_an_approval_by(shipped: Policy) -> None:
    """Not the one that may be overridden, not the one that may not."""
    for says in ("a check fails that may be overridden", "a check fails that nobody may override"):
        assert "A" not in allowed(shipped, {says})
    assert "O" not in allowed(shipped, {"a check fails that nobody may override"})
    assert "O" in allowed(shipped, {"a check fails that may be overridden"})
