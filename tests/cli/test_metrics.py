"""`metrics`: the same figures on the command line, and recording from it."""

from __future__ import annotations

import csv
import io

from reviewqueue.core.metric_definitions import ALL_METRICS
from tests import drafts
from tests.cli.conftest import Terminal
from tests.world import World


def test_figures_records_and_baselines(terminal: Terminal, world: World) -> None:
    """Record, hold against, show: in words, as JSON, as CSV; what is refused names its place and changes nothing."""
    run = str(world.item(world.submit(drafts.packet())).onboarding_id)
    assert terminal("metrics", "record", run, "csm_prep", "--amount", "45", "--about", "kickoff").status == 0
    event = terminal("metrics", "record", run, "csm_prep", "--amount", "300", "--json").json["event"]
    assert terminal("metrics", "take-back", str(event), "--reason", "Thirty, not three hundred.").status == 0
    wrong = terminal("metrics", "record", run, "satisfaction", "--amount", "7")
    assert wrong.status == 1
    assert "amount: a whole number from 1 to 5" in wrong.err
    assert terminal("metrics", "record", run, "kickoff_held", "--at", "yesterday").status == 2
    how = ("--how", "By hand, from the calendars.")
    assert terminal("metrics", "baseline", drafts.LANE, *how).status == 2
    typed = ("--metric", "csm_prep", "--value", "140", "--low", "110", "--high", "175", "--sample", "40")
    assert terminal("metrics", "baseline", drafts.LANE, *typed, *how).status == 0
    assert terminal("metrics", "baseline", drafts.LANE, "--pilot", "2020-01-01", *how).status == 0
    assert terminal("metrics", "baseline", drafts.LANE, "--period", "2019-01-01", "2019-06-30", *how).status == 0
    (sheet,) = terminal("metrics", drafts.LANE, "--json").json
    assert sheet["metrics"]["csm_prep"]["pilot"]["value"] == 45
    assert [one["lane"] for one in terminal("metrics", "--json").json] == ["enterprise-saas", "mid-market-saas"]
    rows = list(csv.DictReader(io.StringIO(terminal("metrics", drafts.LANE, "--csv").out)))
    assert {one.key for one in ALL_METRICS} <= {row["metric"] for row in rows}
    said = terminal("metrics", drafts.LANE)
    assert (said.status, said.out) == (0, "")
    assert "45 min (n=1)" in said.err
    assert terminal("metrics", "nowhere").status == 2
    assert terminal("metrics", "--json", "--csv").status == 2
    assert [one["key"] for one in terminal("metrics", "define", "--json").json] == [one.key for one in ALL_METRICS]
    assert "customer_task_given" in terminal("metrics", "define").err
