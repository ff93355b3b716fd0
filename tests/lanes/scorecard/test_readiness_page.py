"""docs/readiness.md: its tables say what the code says, and its commands are there."""

from __future__ import annotations

from collections.abc import Iterator

from click.testing import CliRunner

from reviewqueue.cli import main
from reviewqueue.core.settings import ROOT
from reviewqueue.lanes.scorecard.areas import AREAS
from reviewqueue.lanes.scorecard.go_no_go import CONTROLS
from reviewqueue.lanes.scorecard.scoring import MAX_POINTS, VERDICTS
from reviewqueue.lanes.scorecard.worksheet import MAX_ANSWER
from reviewqueue.policy.lane_stages import MEANS

TEXT = (ROOT / "docs" / "readiness.md").read_text(encoding="utf-8")


def rows() -> Iterator[tuple[str, ...]]:
    """Every row of every table."""
    for line in TEXT.splitlines():
        if line.startswith("| "):
            yield tuple(cell.strip() for cell in line.strip("|").split("|"))


def test_the_tables_are_the_codes() -> None:
    told = set(rows())
    for area in AREAS:
        assert (area.label, str(area.weight), *area.says, area.evidence) in told, area.label
    for control in CONTROLS:
        assert (control.label, control.green, control.yellow, control.red) in told, control.label
    for one in VERDICTS:
        assert (f"{one.at_least} %", one.says, one.next_step) in told, one.key
    for stage, means in MEANS.items():
        assert any(row[0] == f"`{stage}`" and row[1].startswith(means) for row in told), stage
    heads, refused_lanes = 5, 7  # what is refused has its own table of cases: tests/policy/test_boundary.py
    assert len(told) == len(AREAS) + len(CONTROLS) + len(VERDICTS) + len(MEANS) + heads + refused_lanes
    assert f"points ÷ {MAX_POINTS} × 100" in " ".join(TEXT.split())
    assert f"at most {MAX_ANSWER} characters" in " ".join(TEXT.split())


def test_the_commands_are_there() -> None:
    """Each is one of ours, with the options that stand there."""
    lines = [line.split() for line in TEXT.splitlines() if line.startswith("reviewqueue readiness")]
    assert len(lines) == 6
    for words in lines:
        named = words[2] if len(words) > 2 and words[2] in ("score", "colour", "answer", "owner") else "show"
        told = CliRunner().invoke(main, ["readiness", named, "--help"]).output
        assert "Usage:" in told
        assert all(word in told for word in words if word.startswith("--"))
