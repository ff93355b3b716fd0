"""The check pages: from where a check's precision is read to a proposal that two others decide."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, JONAS, LENA, PRIYA, SAM
from tests.lanes.test_check_rule_proposals import PROOF, WHY, history
from tests.support.recorded_metrics import refreshed
from tests.web.conftest import text_of
from tests.world import World

PAGE = f"/policy/checks/{PROOF}"
SAID = {"counts_as": "warn", "because": WHY, "reason": "It stops plans that are fine; see the replay."}
Clients = Callable[..., Any]


def test_from_the_figures_to_a_decision_of_two(client_for: Clients, world: World) -> None:
    """The row links to the check; the check says how right it was; trying shows the past and keeps nothing; proposing
    lands in the queue with that past, and two others put it active."""
    history(world)
    refreshed(world)
    priya = client_for(PRIYA)
    figures = priya.get(f"/measurement?lane={drafts.LANE}").get_data(as_text=True)
    assert f'href="{PAGE}"' in figures
    page = text_of(priya.get(PAGE))
    assert "Its own outcome: it fails. No rule changes that" in page
    assert "known for 0 of the 2 times it was overridden as wrong" in page
    before = world.everything()
    tried = priya.post(f"{PAGE}/replay", data=SAID)
    said = text_of(tried)
    assert tried.status_code == 200
    assert "Checks that would have counted differently" in said
    assert "40 % (12 to 77 %, n=5) they changed or stopped, which might have been missed; 40 %" in said
    assert f'+because = "{WHY}"' in said
    assert WHY in tried.get_data(as_text=True)
    assert 'value="warn" checked' in tried.get_data(as_text=True), "what was chosen is still chosen"
    assert world.everything() == before
    answer = priya.post(PAGE, data=SAID)
    item = int(answer.headers["Location"].rpartition("/")[2])
    files = world.draft(item)["files"]
    assert [(one["path"], one["change"]) for one in files] == [("checks.toml", "changed")]
    shipped = northbeam.files()["checks.toml"]
    assert files[0]["text"].startswith(shipped), "every line of others stands as it stood"
    jonas = client_for(JONAS)
    assert "Check change: milestone.evidence counts as warn" in text_of(jonas.get("/queue"))
    shown = text_of(jonas.get(f"/items/{item}"))
    assert "2 people beside who proposed it approve it" in shown
    assert "2 approvals by different people from RevOps or admin: it changes what a check counts as" in shown
    assert "came since this was computed" not in shown
    world.decide(DANA, world.submit(drafts.email()), "approve")
    assert "1 decision came since this was computed, and is not in it" in text_of(jonas.get(f"/items/{item}"))
    world.decide(SAM, item, "approve", reason_code="rules-agreed")
    assert "Yours is the last approval it needs" in text_of(jonas.get(f"/items/{item}"))
    world.decide(JONAS, item, "approve", reason_code="rules-agreed")
    every = text_of(client_for(LENA).get("/policy/checks"))
    assert f"warn for every draft in every lane, because {WHY} rule checks.toml:" in every
    again = priya.get(PAGE).get_data(as_text=True)
    assert "Its own outcome: the rule is removed" in html.unescape(again)
    taken = priya.post(PAGE, data={"counts_as": "itself", "reason": "It was of no use after all."})
    assert world.draft(int(taken.headers["Location"].rpartition("/")[2]))["files"][0]["text"] == shipped


# (what is so, what is typed beside a weight and a reason, where it is told)
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no weight", {"counts_as": ""}, "choose one of warn, off"),
    ("no reason for the rule", {"because": "so"}, "say why it counts so in at least 10 characters"),
    ("no reason for the proposal", {"reason": ""}, "say why in at least 10 characters"),
    ("a lane that is none", {"lanes": ["moon"]}, "is not one of the lanes"),
]  # fmt: skip


def test_what_is_refused_keeps_what_was_typed(client_for: Clients, world: World) -> None:
    """Each at its field with its words, and nothing proposed."""
    priya, before = client_for(PRIYA), world.everything()
    for what, typed, says in WRONG:
        answer = priya.post(PAGE, data={**SAID, **typed})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, what
        assert says in text_of(answer).lower() or says in text_of(answer), what
        assert re.search(r'class="error-summary"', page)
        assert SAID["because"] in page or "because" in typed
    assert world.everything() == before


@pytest.mark.parametrize("person", [DANA, HELEN, AIKO])
def test_only_who_may_propose_finds_the_form(client_for: Clients, world: World, person: Any) -> None:
    """The list is everybody's; the form, its links and its answers are not; another check is not there."""
    client = client_for(person)
    assert client.get("/policy/checks").status_code == 200
    assert PAGE not in client.get("/policy/checks").get_data(as_text=True)
    assert [client.get(PAGE).status_code, client.post(PAGE, data=SAID).status_code] == [403, 403]
    assert client_for(PRIYA).get("/policy/checks/weather.rain").status_code == 404
    guarded = text_of(client_for(PRIYA).get("/policy/checks/topic.blame"))
    assert "It is never made weaker: the six topics never go out" in guarded
    assert "Does not count" not in guarded
