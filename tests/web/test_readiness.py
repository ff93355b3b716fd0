"""A lane's readiness pages: what they show, who may say what there, and what a refused form keeps, without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reviewqueue.lanes.scorecard.areas import AREAS
from reviewqueue.lanes.scorecard.go_no_go import CONTROLS
from reviewqueue.lanes.scorecard.owners import DUTIES, PARTS
from reviewqueue.lanes.scorecard.worksheet import LINES
from reviewqueue.people import users
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, LENA, NOOR, PRIYA, SAM, TOM
from tests.support import recorded_metrics, scorecards
from tests.web.conftest import text_of
from tests.world import World

AT = "/lanes/mid-market-saas"
PAGES = ("/readiness", f"{AT}/readiness", f"{AT}/go-no-go", f"{AT}/worksheet", f"{AT}/owners")
WORDS = "Twenty handoffs were looked at by hand."


def test_everybody_reads_and_only_who_keeps_the_lane_is_offered_a_form(client_for: Any, world: World) -> None:
    """Each page opens for each role; forms are RevOps'; a lane that the policy does not have is nothing."""
    scorecards.score_all(world, 3)
    for person in (AIKO, DANA, HELEN, INES, LENA, NOOR, SAM, TOM, PRIYA):
        client = client_for(person)
        for page in PAGES:
            answer = client.get(page)
            assert answer.status_code == 200, (person.name, page)
            offered = len(re.findall(rf'<form method="post" action="{AT}/', answer.text))
            assert (offered > 0) == (person is PRIYA and page != "/readiness"), (person.name, page)
        assert 'href="/readiness"' in client.get("/queue").text
    for page in PAGES[1:]:
        assert client_for(PRIYA).get(page.replace("mid-market-saas", "all")).status_code == 404


def test_the_scorecard_shows_how_it_is_computed(client_for: Any, world: World) -> None:
    """Points, the most possible, percentage, band, next step; each area with weight, words and evidence asked for."""
    bare = text_of(client_for(AIKO).get(f"{AT}/readiness"))
    assert "no score yet" in bare
    assert "10 of 10 areas are not scored" in bare
    assert "Baseline none is recorded" in bare
    assert "No baseline is recorded" in text_of(client_for(AIKO).get("/readiness"))
    recorded_metrics.against(world, "figure", metric="csm_prep", value=140.0, sample=40)
    assert "Baseline recorded" in text_of(client_for(AIKO).get(f"{AT}/readiness"))
    assert "No baseline" not in text_of(client_for(AIKO).get("/readiness")).partition("Mid-market SaaS")[2]
    scorecards.score_all(world, 4, measurement_and_roi=1)
    said = text_of(client_for(AIKO).get(f"{AT}/readiness"))
    for words in (
        "75.2 % a good candidate, not ready", "384 ÷ 510 × 100 = 75.2 %", "the ten weights sum to 102, times 5 = 510",
        "fix the riskiest gap first", "Riskiest gap Measurement and ROI", "Nobody has confirmed it",
    ):  # fmt: skip
        assert words in said, words
    page = client_for(PRIYA).get(f"{AT}/readiness").text
    assert [float(width) for width in re.findall(r'class="bar-points" width="(\d+)"', page)] == [40.0] * 8 + [
        10.0,
        40.0,
    ]
    thick = re.findall(r'class="bar" viewBox="0 0 50 (\d+)" width="100%" height="(\d+)"', page)
    assert thick == [(str(area.weight), str(area.weight * 2)) for area in AREAS]
    offered = text_of(client_for(PRIYA).get(f"{AT}/readiness"))
    assert all(words in offered for area in AREAS for words in (area.label, area.evidence, *area.says))
    scorecards.score_all(world, 5)
    assert "100 % ready for a controlled pilot" in text_of(client_for(AIKO).get(f"{AT}/readiness"))
    scorecards.score_all(world, 1)
    assert "20 % do not automate yet" in text_of(client_for(AIKO).get(f"{AT}/readiness"))


def test_the_scorecard_counts_the_launch_owners_who_are_there(client_for: Any, world: World) -> None:
    """A closed account owns nothing."""
    scorecards.own_all(world)
    assert "Owners named 6 of 6 0 of them accepted" in text_of(client_for(AIKO).get(f"{AT}/readiness"))
    with world.session() as session:
        users.disable(session, LENA.id, SAM.id, world.now)
    assert "Owners named 5 of 6 0 of them accepted" in text_of(client_for(AIKO).get(f"{AT}/readiness"))


def test_what_is_computed_stands_beside_what_a_person_wrote(client_for: Any, world: World) -> None:
    """Marked as computed, with its definition, the figures and the sample; earlier scores stay below."""
    item = world.submit(drafts.packet(without=("customer_owner",)))
    world.decide(HELEN, item, "reject")
    scorecards.score(
        world, "sales-handoff-packet", 5, evidence="<b>All</b> of them were complete\u202e.", link=f"/items/{item}"
    )
    scorecards.score(world, "sales-handoff-packet", 2, link="https://wiki.example/audit")
    answer = client_for(AIKO).get(f"{AT}/readiness")
    said = text_of(answer)
    assert "Packets complete 0 of 1, 0.0 % Of the handoff packets decided in the last 90 days" in said
    assert "What the data says computed" in said
    assert "1 earlier" in said
    assert "nothing to count yet" in said
    assert "&lt;b&gt;All&lt;/b&gt;" in answer.text
    assert 'class="chip-hidden"' in answer.text
    assert f'<a href="/items/{item}">' in answer.text
    assert (
        '<a href="https://wiki.example/audit" rel="noopener noreferrer">https://wiki.example/audit</a>' in answer.text
    )


def test_scoring_by_a_plain_form(client_for: Any, world: World) -> None:
    """A refusal keeps every word at its field; then the score stands there, at its place on the page."""
    priya, address = client_for(PRIYA), f"{AT}/readiness/integration-access"
    typed = {"score": "4", "evidence": "short", "link": "ftp://x", "evidence_on": "2026-02-30", "note": "Keep <this>"}
    refused = priya.post(address, data=typed)
    assert refused.status_code == 422
    assert "short</textarea>" in refused.text
    assert "Keep &lt;this&gt;</textarea>" in refused.text
    assert 'value="ftp://x"' in refused.text
    assert 'aria-describedby="score-integration-access-link-error"' in refused.text
    assert re.search(r'id="score-integration-access-on-error">Evidence of a day that is still to come', refused.text)
    assert 'value="4" required checked' in refused.text
    done = priya.post(
        address, data={"score": "4", "evidence": WORDS, "link": "", "evidence_on": "2026-02-27", "note": ""}
    )
    assert (done.status_code, done.headers["Location"]) == (303, f"{AT}/readiness#integration-access")
    said = text_of(priya.get(f"{AT}/readiness"))
    assert "The score is recorded" in said
    assert "evidence of Fri 27 Feb 2026; Priya Raman" in said
    assert priya.post(f"{AT}/readiness/mood", data=typed).status_code == 404
    assert priya.post(address, data={"evidence": WORDS}).status_code == 422
    assert "choose a score from 1 to 5" in text_of(priya.post(address, data={"score": "x", "evidence": WORDS})).lower()
    for person in (AIKO, DANA, HELEN, SAM):
        assert client_for(person).post(address, data={"score": "5", "evidence": WORDS}).status_code == 403


def test_the_seven_colours(client_for: Any, world: World) -> None:
    """Each with its three meanings; set by a form; readable without seeing the colour; the call says why not."""
    priya = client_for(PRIYA)
    for control in CONTROLS:
        said = text_of(priya.get(f"{AT}/go-no-go"))
        assert all(words in said for words in (control.label, control.green, control.yellow, control.red))
        refused = priya.post(f"{AT}/go-no-go/{control.key}", data={"colour": "red", "reason": "no"})
        assert refused.status_code == 422
        assert 'value="red" required checked' in refused.text
        colour = "red" if control.key == "measurement" else "green"
        done = priya.post(f"{AT}/go-no-go/{control.key}", data={"colour": colour, "reason": WORDS})
        assert done.headers["Location"] == f"{AT}/go-no-go#{control.key}"
    page = priya.get(f"{AT}/go-no-go")
    assert "No go: red is a control gap, and there is one in measurement. Build only with mostly green" in text_of(page)
    assert page.text.count('<span aria-hidden="true">■</span> red') == 1 + len(CONTROLS)
    assert client_for(AIKO).post(f"{AT}/go-no-go/systems", data={"colour": "green", "reason": WORDS}).status_code == 403


def test_the_worksheet_fills_in_what_the_policy_says(client_for: Any, world: World) -> None:
    """31 lines; the known ones cite file and line; a person's other answer stands above what the system says."""
    scorecards.own_all(world)
    priya = client_for(PRIYA)
    page = priya.get(f"{AT}/worksheet")
    assert page.text.count('class="sheet-line"') == len(LINES) == 31
    assert "28 of 31 lines have an answer" in text_of(page)
    assert (
        '<a class="quiet" href="/policy/files/lanes/mid-market-saas.toml#L4"><code>lanes/mid-market-saas.toml:4'
        in page.text
    )
    assert priya.get("/policy/files/lanes/mid-market-saas.toml").status_code == 200
    assert "Sales handoff owner Lena Vogt computed launch owners" in text_of(page)
    assert page.text.count("nobody has said") == 3
    for text, reason, at in (("x" * 301, "", "answer"), ("", "", "answer")):
        refused = priya.post(f"{AT}/worksheet/weekly-sample", data={"answer": text, "reason": reason})
        assert refused.status_code == 422
        assert f'id="answer-weekly-sample-{at}-error"' in refused.text
    done = priya.post(f"{AT}/worksheet/weekly-sample", data={"answer": "Ten <items>.", "reason": "Two would be few."})
    assert done.headers["Location"] == f"{AT}/worksheet#weekly-sample"
    said = text_of(priya.get(f"{AT}/worksheet"))
    assert "Ten <items>." in said
    assert "The system says: each week 10 decided drafts, at least 1 of each gate and outcome" in said
    back = priya.post(f"{AT}/worksheet/weekly-sample", data={"act": "take_back", "answer": "", "reason": ""})
    assert back.status_code == 303
    said = text_of(priya.get(f"{AT}/worksheet"))
    assert "The system says:" not in said
    assert "2 earlier" not in said, "what was taken back is the newest; one lies before it"
    assert "1 earlier" in said
    again = priya.post(f"{AT}/worksheet/weekly-sample", data={"act": "take_back"})
    assert again.status_code == 303
    assert "nothing to take back" in text_of(priya.get(f"{AT}/worksheet"))


def test_the_recommendation_is_confirmed_or_answered_otherwise(client_for: Any, world: World) -> None:
    scorecards.score_all(world, 4)
    scorecards.colour_all(world)
    priya, address = client_for(PRIYA), f"{AT}/worksheet/pilot-recommendation"
    assert priya.post(address, data={"answer": "build", "reason": ""}).status_code == 422
    assert priya.post(address, data={"answer": "build", "reason": WORDS}).status_code == 303
    assert "Confirmed by Priya Raman" in text_of(priya.get(f"{AT}/readiness"))
    assert "nothing: every condition is met" not in text_of(priya.get("/readiness")), "owners are still missing"
    scorecards.colour_all(world, besides={"handoff-data": "red"})
    assert "Answered differently by Priya Raman" in text_of(priya.get(f"{AT}/readiness"))
    said = text_of(priya.get("/readiness"))
    assert "Stop: handoff data is red" in said
    assert "a person says: build" in said


def test_launch_owners_are_named_and_say_they_know(client_for: Any, world: World) -> None:
    """RACI on the page; a name by form; only the one who is named is asked, and says it once."""
    priya, ines = client_for(PRIYA), client_for(INES)
    said = text_of(priya.get(f"{AT}/owners"))
    assert all(words in said for words in (*(part.label for part in PARTS), *(duty.says for duty in DUTIES)))
    address = f"{AT}/owners/implementation"
    assert priya.post(address, data={"person": ""}).status_code == 422
    assert priya.post(address, data={"person": str(INES.id)}).headers["Location"] == f"{AT}/owners#implementation"
    assert f'action="{address}/accept"' not in priya.get(f"{AT}/owners").text
    assert f'action="{address}/accept"' in ines.get(f"{AT}/owners").text
    assert priya.post(f"{address}/accept").status_code == 403
    assert "accepted" not in text_of(ines.get(f"{AT}/owners"))
    assert ines.post(f"{address}/accept").status_code == 303
    assert "accepted" in text_of(ines.get(f"{AT}/owners"))
    assert ines.post(f"{address}/accept").status_code == 303
    assert "You accepted it already" in text_of(ines.get(f"{AT}/owners"))
    assert priya.post(address, data={"act": "take_back", "person": "", "note": ""}).status_code == 422
    assert priya.post(address, data={"act": "take_back", "note": "She changes teams in May."}).status_code == 303
    assert scorecards.standing(world).unowned == tuple(part.label for part in PARTS)
    assert ines.post(address, data={"person": str(INES.id)}).status_code == 403


def test_the_log_shows_what_was_said(client_for: Any, world: World) -> None:
    """Who said what of which area, with what was there before; and the words that are sealed with it."""
    scorecards.score(world, "integration-access", 3)
    scorecards.score(world, "integration-access", 4)
    scorecards.answer(world, "cs-source", "Vitally")
    said = text_of(client_for(AIKO).get("/log?lane=mid-market-saas"))
    for words in ("Integration access: 4, was 3.", "Integration access: 3.", WORDS, "Cs source.", "Vitally"):
        assert words in said, words


@pytest.mark.parametrize("place", ["readiness/x", "go-no-go/x", "worksheet/x", "owners/x", "owners/x/accept"])
def test_a_post_to_no_place_is_nothing_and_one_without_its_token_is_refused(
    client_for: Any, world: World, place: str
) -> None:
    client, wanted = client_for(PRIYA), 403 if place.endswith("accept") else 404
    before = world.everything()
    assert client.post(f"{AT}/{place}", data={"score": "3", "evidence": WORDS}).status_code == wanted
    assert client.post(f"/lanes/none/{place}", data={}).status_code == 404
    assert client.post(f"{AT}/{place}", data={}, csrf=False).status_code == 400
    assert world.everything() == before
