"""Sampled: a week of decisions of every kind, its sample, and second answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from reviewqueue.db.tables.sampling import QaPlace
from reviewqueue.measurement.sampling import second_review, weekly_sample
from reviewqueue.measurement.sampling.stratified_draw import Unit
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, INES, MARCUS, PRIYA, TOM, Named
from tests.web.test_items import question
from tests.world import World

OVER = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)  # when the world's week is over in New York


def decided(world: World) -> dict[str, int]:
    """Items of one lane on which people decided everything that can be decided, and some they did not decide."""
    names = ("passed", "also", "twice", "back", "up", "gone", "waits")
    ids = {name: world.submit(drafts.email(drafts.deal(f"{name.title()} Works"))) for name in names}
    world.decide(DANA, ids["passed"], "approve", text="Read to the end, twice.")
    world.decide(MARCUS, ids["also"], "approve")
    world.decide(DANA, ids["twice"], "edit", draft={**world.draft(ids["twice"]), "subject": "Kickoff, our proposal"})
    world.decide(MARCUS, ids["twice"], "approve")
    world.decide(TOM, ids["back"], "send_back", text="The agenda is of another customer.")
    world.decide(DANA, ids["up"], "escalate")
    world.decide(DANA, ids["gone"], "reject")
    ids["over"] = world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    world.decide(TOM, ids["over"], "override", passes=("automation.tone",))
    world.decide(DANA, ids["over"], "approve")
    ids["plan"] = world.submit(drafts.plan())
    world.decide(INES, ids["plan"], "approve")
    ids["question"] = world.submit(question())
    world.decide(PRIYA, ids["question"], "reject")
    ids["withdrawn"] = world.submit(drafts.email())
    return ids


def strata(frame: Sequence[Unit]) -> dict[str, int]:
    """How many there are of each gate and outcome."""
    return dict(Counter(one.stratum for one in frame))


def sample(world: World) -> dict[int, int]:
    """A week's sample, drawn by the clock: item → its place (an item drawn twice has its later one)."""
    decided(world)
    with world.session() as session:
        assert weekly_sample.draw_due(session, OVER.replace(hour=5)) == 1
        return {one.item_id: one.id for one in session.scalars(select(QaPlace).order_by(QaPlace.id))}


def look(world: World, person: Named, place: int, action: str, code: str = "", text: str = "", **more: Any) -> int:
    """A second answer, with a fitting reason and words unless others are given."""
    reasons = {"approve": "evidence-complete", "edit": "wording", "send_back": "unsupported-statement"}
    reasons |= {"escalate": "timeline-risk", "reject": "duplicate"}
    said = second_review.SecondAnswer(action, code or reasons[action], text or "I looked at it again.", **more)
    with world.session() as session:
        return second_review.review(session, person.id, place, said, OVER.replace(hour=9))


def settled(world: World, place: int, verdict: str = "second", person: Named = HELEN) -> int:
    """A dispute, settled."""
    with world.session() as session:
        return second_review.settle(session, person.id, place, verdict, "The agenda shows it.", OVER.replace(hour=10))


def disputed(world: World) -> int:
    """A draft that was sampled, with a second answer that differs, a finding and a settlement; its place."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    with world.session() as session:
        weekly_sample.draw_due(session, OVER.replace(hour=5))
        place = session.scalars(select(QaPlace.id).where(QaPlace.item_id == item)).one()
    look(world, MARCUS, place, "send_back", findings=(second_review.FindingInput("tone", "It thanks nobody at all."),))
    settled(world, place)
    return place


def ruled(world: World, lane: str, table: str) -> None:
    """Another active policy: that lane with a table `[qa]` of its own."""
    files = northbeam.files()
    files[f"lanes/{lane}.toml"] += f"\n[qa]\n{table}"
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
