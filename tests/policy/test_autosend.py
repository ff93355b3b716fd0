"""Earned: what may ever be sent automatically, told by the policy's file alone; and the bars, at their edges."""

from __future__ import annotations

import re
from datetime import date

import pytest

from reviewqueue.core.settings import ROOT
from reviewqueue.core.vocabulary import ANY_MESSAGE
from reviewqueue.lanes.autosend import autosend_queries, eligibility, sending
from reviewqueue.measurement import stats
from reviewqueue.policy import autosend as policy_autosend
from reviewqueue.policy import loading
from reviewqueue.policy.autosend import ALLOWED_MESSAGES
from reviewqueue.policy.model.autosend import AutosendCriteria, AutosendStop
from tests.policy.test_loading import LANE, SHIPPED, flaws_of

LIVE = SHIPPED[LANE].replace('stage = "pilot"', 'stage = "live"')
POLICY = loading.load(SHIPPED)
MESSAGES = [one.key for one in POLICY.templates if one.message]
NEVER = [key for key in (*MESSAGES, *ANY_MESSAGE) if key not in ALLOWED_MESSAGES]


def automatic(about: str, text: str = LIVE, day: str = "2026-03-02") -> dict[str, str]:
    """The shipped policy with one message automatic in a lane that is live; with a rule of its own where it has none."""
    rule = f'[messages.{about}]\nsending = "approve"'
    if rule not in text:
        text += f"\n{rule}\n"
    dated = f"\nautomatic_since = {day}" if day else ""
    return {**SHIPPED, LANE: text.replace(rule, f'{rule[:-9]}"automatic"{dated}')}


@pytest.mark.parametrize("about", sorted(ALLOWED_MESSAGES))
def test_what_may_go_by_itself_needs_a_live_lane_and_a_day(about: str) -> None:
    assert policy_autosend.automatic_rules(loading.load(automatic(about)).lanes[1]).keys() == {about}
    [flaw] = flaws_of(automatic(about, SHIPPED[LANE]))
    assert "in a lane in stage 'pilot'" in flaw.message
    [flaw] = flaws_of(automatic(about, day=""))
    assert "go together; write both" in flaw.message
    assert flaw.place.startswith(f"{LANE}:")


@pytest.mark.parametrize("about", NEVER)
def test_all_others_never_do(about: str) -> None:
    """Every other message and every kind: what another automation says that its draft is, is nobody's evidence."""
    [flaw] = flaws_of(automatic(about))
    assert f"'{about}' is never sent automatically" in flaw.message
    assert flaw.place.startswith(f"{LANE}:")


def test_a_day_without_automatic_is_refused_too() -> None:
    rule = '[messages.welcome]\nsending = "approve"'
    [flaw] = flaws_of({**SHIPPED, LANE: LIVE.replace(rule, f"{rule}\nautomatic_since = 2026-03-02")})
    assert "go together" in flaw.message


# (the table's words, what is wrong)
TABLES = [
    ("[earned]\nsampled_percent = 4", "greater than or equal to 5"),
    ("[earned]\nleast = 3", "greater than or equal to 20"),
    ("[earned]\nunchanged = 1.0", "less than 1"),
    ('[[stop]]\nmetric = "reworks"\nabove = 0.1\nsays = "work is done twice"', "'reworks' is not a figure"),
    ('[[stop]]\nmetric = "rework"\nsays = "work is done twice"', "one of the two"),
    ('[[stop]]\nmetric = "rework"\nabove = 0.1\nbelow = 0.2\nsays = "work is done twice"', "one of the two"),
]


@pytest.mark.parametrize(("table", "says"), TABLES)
def test_bars_that_could_not_hold_are_refused(table: str, says: str) -> None:
    [flaw] = flaws_of({**SHIPPED, LANE: f"{LIVE}\n{table}\n"})
    assert says in flaw.message


# (target, approved unchanged, of, is the lower bound above it): for n of n it is n / (n + 1.96²)
EDGES = [(0.95, 72, 72, False), (0.95, 73, 73, True), (0.9, 34, 34, False), (0.9, 35, 35, True), (0.9, 66, 68, False),
         (0.9, 67, 69, True), (0.8, 15, 15, False), (0.8, 16, 16, True)]  # fmt: skip


@pytest.mark.parametrize(("target", "good", "n", "above"), EDGES)
def test_the_bar_is_the_lower_bound(target: float, good: int, n: int, above: bool) -> None:
    bars = AutosendCriteria(unchanged=target, least=20)
    least, unchanged = eligibility._decided_conditions(bars, stats.share(good, n))
    assert (unchanged.holds, least.holds) == (above, n >= 20)
    assert f"n={n}" in unchanged.lacks


def test_a_stop_is_beyond_its_limit_and_not_at_it() -> None:
    above, below = (
        AutosendStop(metric="rework", above=0.2, says="too much"),
        AutosendStop(metric="satisfaction", below=0.5, says="sad"),
    )
    assert [above.met(value) for value in (0.1, 0.2, 0.21)] == [False, False, True]
    assert [below.met(value) for value in (0.49, 0.5, 0.6)] == [True, False, False]


def test_the_draw_is_the_same_each_time_and_about_as_many_as_it_says() -> None:
    drawn = [sending.is_sampled(3, f"{number:064}", 20) for number in range(4000)]
    assert 0.18 < sum(drawn) / len(drawn) < 0.22
    assert drawn == [sending.is_sampled(3, f"{number:064}", 20) for number in range(4000)]
    assert drawn != [sending.is_sampled(4, f"{number:064}", 20) for number in range(4000)]
    assert all(sending.is_sampled(3, f"{number:064}", 100) for number in range(50))


WAS = {"crm/Deal/Start": {"types": ["string"], "always": True}, "crm/Deal/Note": {"types": ["string"], "always": False}}
# (what it cites now, what of that is another than it was, what it never cited before)
CITED = [
    ({"crm/Deal/Start": ["string"]}, [], []),
    ({"crm/Deal/Start": ["number"]}, ["crm/Deal/Start is number, and was string"], []),
    ({"crm/Deal/Start": ["missing"]}, ["crm/Deal/Start is missing, and was string"], []),
    ({"crm/Deal/Note": ["string"]}, ["crm/Deal/Start is cited no more"], []),
    ({"crm/Deal/Start": ["string"], "crm/Deal/New": ["string"]}, [], ["crm/Deal/New"]),
]


@pytest.mark.parametrize(("now", "moved", "never"), CITED)
def test_another_schema_is_told_from_a_new_field(now: dict[str, list[str]], moved: list[str], never: list[str]) -> None:
    cites = {key: {"types": types, "always": True} for key, types in now.items()}
    assert eligibility.citation_changes(WAS, cites) == (moved, never)


@pytest.mark.parametrize("about", sorted(ALLOWED_MESSAGES))
def test_the_file_that_a_proposal_begins_with(about: str) -> None:
    """It says one thing more, and loads; a message without a rule of its own leaves the file as it is."""
    text = autosend_queries.with_automatic(SHIPPED[LANE], about, date(2026, 3, 2))
    if f"[messages.{about}]" not in SHIPPED[LANE]:
        assert text == SHIPPED[LANE]
        return
    lane = loading.load({**SHIPPED, LANE: text}).lanes[1]
    assert (lane.stage, list(policy_autosend.automatic_rules(lane))) == ("live", [about])
    later = loading.load({**SHIPPED, LANE: autosend_queries.with_automatic(text, about, date(2026, 4, 1))}).lanes[1]
    assert policy_autosend.automatic_since(later.messages[about]) == date(2026, 4, 1)


def test_the_document_says_the_same_bars_and_names() -> None:
    """docs/sending.md: every default, and every message that may."""
    text = (ROOT / "docs" / "sending.md").read_text(encoding="utf-8")
    for name, value in AutosendCriteria().model_dump().items():
        assert re.search(rf"(?m)^{name} = {value}\b", text), name
    for about in ALLOWED_MESSAGES:
        assert f"`{about}`" in text
