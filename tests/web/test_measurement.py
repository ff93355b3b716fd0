"""The measurement pages: for those who may, every figure with its interval, the forms, the exports, and /metrics."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from reviewqueue.core.metric_definitions import ALL_METRICS, EVENTS, METRICS
from reviewqueue.core.settings import Settings
from reviewqueue.core.spreadsheets import safe_cell
from reviewqueue.web import charts
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, NOOR, PRIYA, SAM, TOM
from tests.support.recorded_metrics import against, refreshed, tell
from tests.web.conftest import text_of
from tests.world import World

PAGE = f"/measurement?lane={drafts.LANE}"
FORM = f"/measurement/{drafts.LANE}/baseline"


@pytest.fixture
def begun(world: World) -> int:
    """One onboarding with a kickoff and a baseline, its figures computed; its id."""
    about = drafts.deal("Anchor <b>Mills</b>")
    item = world.submit(drafts.packet(about, without=("customer_owner",)))
    run = world.item(item).onboarding_id or 0
    world.decide(PRIYA, item, "send_back")
    world.decide(DANA, world.submit(drafts.email(about)), "approve")
    tell(world, run, "closed_won", 100)
    tell(world, run, "kickoff_held", 4)
    tell(world, run, "csm_prep", 2, amount=45, about="kickoff")
    against(world, "figure", metric="csm_prep", value=140, low=110, high=175, sample=40)
    against(world, "pilot", starts_on=(world.now - timedelta(days=10)).date())
    refreshed(world)
    return run


def test_who_may_look_and_at_which_lane(client_for: Callable[..., Any], begun: int) -> None:
    """Those who lead and audit; a lane that is not there, and a metric that nobody defined, look absent."""
    for person in (HELEN, TOM, PRIYA, AIKO):
        assert client_for(person).get(PAGE).status_code == 200
    for person in (DANA, NOOR, SAM):
        assert client_for(person).get(PAGE).status_code == 403
    for path in (
        "/measurement?lane=nowhere",
        f"/measurement/{drafts.LANE}/happiness",
        "/measurement/nowhere/rework",
        "/measurement/nowhere.csv",
    ):
        assert client_for(HELEN).get(path).status_code == 404


def test_before_anything_was_computed_it_says_so(client_for: Callable[..., Any], world: World) -> None:
    """And what to do; nothing is computed by looking."""
    before = world.everything()
    client = client_for(HELEN)
    assert "not computed yet" in text_of(client.get(PAGE))
    assert client.get(f"/measurement/{drafts.LANE}.json").status_code == 404
    assert client.get(f"/measurement/{drafts.LANE}/rework").status_code == 200
    after = world.everything()
    assert {name for name in before if before[name] != after[name]} <= {
        "sign_ins",
        "log_entries",
        "log_head",
        "log_heads",
    }


def test_the_page_says_every_figure_with_its_sample(client_for: Callable[..., Any], begun: int, world: World) -> None:
    """Thirteen metrics and what stands beside them; what nobody recorded is unknown and says what to do; no count of work
    stands alone as a gain."""
    client = client_for(HELEN)
    said = text_of(client.get(PAGE))
    assert all(one.name in said for one in ALL_METRICS)
    assert "45 min n = 1" in said
    assert "140 min 110 to 175 min, n = 40 typed in" in said
    assert "too few to compare" in said
    assert "Record “Support tickets”; 0 where there were none." in said
    assert "As of" in said
    assert "items decided" not in said.lower()
    assert "pilot: since Fri 20 Feb 2026" in said
    one = client.get(f"/measurement/{drafts.LANE}/kickoff_scheduled")
    assert "Kaplan" in one.text or "order statistics" in one.text or "4.0 days" in one.text
    assert "Anchor &lt;b&gt;Mills" in one.text
    assert METRICS[1].says in one.text.replace("&#39;", "'")
    assert '<svg class="curve"' in one.text
    tell(world, begun, "csm_prep", 1, amount=15)
    assert "entry" in text_of(client.get(PAGE))
    assert "2 came since" in text_of(client.get(PAGE))


def test_csv_and_json_hold_every_figure(client_for: Callable[..., Any], begun: int) -> None:
    """One row a figure, the same values; a name that a spreadsheet would take for a formula is put in quotes."""
    client = client_for(AIKO)
    told = client.get(f"/measurement/{drafts.LANE}.json").get_json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/measurement/{drafts.LANE}.csv").text)))
    by = {(row["metric"], row["by"], row["which"]): row for row in rows}
    for metric in ALL_METRICS:
        for which in ("all", "baseline", "pilot", "difference"):
            row, figure = by[(metric.key, "lane", which)], told["metrics"][metric.key][which]
            assert row["value"] == ("" if figure["value"] is None else str(figure["value"]))
            assert int(row["n"]) == figure["n"]
    assert {"gate_unchanged", "gate_waited", "path_to_kickoff"} <= {row["metric"] for row in rows}
    assert told["means"]["csm_prep"]["says"] == next(one.says for one in METRICS if one.key == "csm_prep")
    assert safe_cell("=1+1") == "'=1+1"
    assert safe_cell(-3) == -3


def test_a_baseline_is_recorded_and_a_refusal_keeps_what_was_typed(
    client_for: Callable[..., Any], world: World
) -> None:
    """Per cent on the page are shares below; a day that is none names its field."""
    client = client_for(PRIYA)
    typed = {
        "kind": "figure",
        "metric": "packet_complete",
        "value": "forty",
        "sample": "40",
        "how": "Forty notes read by hand in August.",
    }
    refused = client.post(FORM, data=typed)
    assert refused.status_code == 422
    assert "write a number" in text_of(refused).lower()
    assert "Forty notes read by hand" in refused.text
    assert client.post(FORM, data={**typed, "kind": "pilot", "starts_on": "soon"}).status_code == 422
    assert client.post(FORM, data={**typed, "value": "40"}).status_code == 303
    assert "40 %, n = 40" in text_of(client.get(PAGE))
    assert client_for(TOM).post(FORM, data={**typed, "value": "40"}).status_code == 403


def test_people_record_on_the_onboarding_and_take_back(client_for: Callable[..., Any], begun: int) -> None:
    """The form, its refusal with what was typed, and a record struck out with its reason; who may not is not offered it."""
    path, client = f"/onboardings/{begun}/recorded", client_for(DANA)
    said = text_of(client.get(path))
    assert "CSM time spent on preparation , 45 min: kickoff" in said.replace("preparation, ", "preparation , ")
    assert all(what in said for kind, (what, *_) in EVENTS.items() if kind != "taken_back")
    typed = {"kind": "satisfaction", "happened_at": "2026-03-02T10:00", "about": "Renata", "amount": "9"}
    refused = client.post(path, data=typed)
    assert refused.status_code == 422
    assert "Renata" in refused.text
    assert "whole number from 1 to 5" in refused.text
    assert client.post(path, data={**typed, "happened_at": "yesterday"}).status_code == 422
    assert client.post(path, data={**typed, "amount": "4"}).status_code == 303
    assert client.post(f"{path}/3/take-back", data={"reason": "no"}).status_code == 422
    assert client.post(f"{path}/3/take-back", data={"reason": "That was for another customer."}).status_code == 303
    again = client.get(path)
    assert "<s><strong>CSM time" in again.text
    assert "That was for another customer." in again.text
    assert client.post(f"{path}/3/take-back", data={"reason": "That was for another customer."}).status_code == 303
    assert "taken back already" in client.get(path).text
    looking = client_for(AIKO).get(path)
    assert looking.status_code == 200
    assert "<textarea" not in looking.text
    assert client_for(AIKO).post(path, data={**typed, "amount": "4"}).status_code == 403
    assert client_for(NOOR).get(path).status_code in (200, 404)
    assert client_for(LENA).get("/onboardings/999/recorded").status_code == 404


def test_metrics_for_monitoring(client_for: Callable[..., Any], begun: int, settings: Settings) -> None:
    """The text format, counted right, with no person in it; with a token only for its holder; behind a proxy for nobody
    without one."""
    client = client_for()
    settings.public_url = ""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    values = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert values[f'reviewqueue_items_open{{gate="handoff-quality",lane="{drafts.LANE}",state="sent_back"}}'] == "1.0"
    assert values[f'reviewqueue_decisions_last_day{{act="approve",lane="{drafts.LANE}"}}'] == "1.0"
    assert values["reviewqueue_figures_behind_entries"] == "0.0"
    assert float(values['reviewqueue_outbox_messages{state="waiting"}']) >= 1
    assert "person" not in answer.text
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    settings.public_url = "https://queue.example"
    assert client.get("/metrics").status_code == 404
    settings.metrics_token = SecretStr("a token of some length")
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer a token of some length"}).status_code == 200


def test_a_drawing_says_nothing_that_the_figures_do_not() -> None:
    """No point for what is unknown, a whisker to the top for an open end, and a scale from zero."""
    one = {"time": "2026-W10", "value": 10.0, "low": 5.0, "high": None, "n": 4, "running": 1}
    none = {"time": "2026-W11", "value": None, "low": None, "high": None, "n": 2, "running": 2}
    curve = charts.curve([one, none], "days", "2026-W11")
    assert curve is not None
    assert [point.label for point in curve.points] == ["2026-W10"]
    assert curve.points[0].high == charts.TOP <= curve.points[0].y < curve.points[0].low
    assert curve.pilot is not None
    assert curve.grid[0][0] == charts.HEIGHT - charts.BOTTOM
    assert charts.curve([none], "days") is None
    assert charts.scale(37) == [0, 10, 20, 30, 40]
    assert charts.scale(0) == [0, 1]
    sides = {"baseline": {**one, "high": 20.0}, "pilot": none}
    assert set(charts.paired_bars(sides, "days") or {}) == {"baseline"}
    assert charts.paired_bars({"baseline": none, "pilot": none}, "days") is None
