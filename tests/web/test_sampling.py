"""The pages of the QA sample: blind until answered, then both answers; and what is never shown anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db.tables.sampling import AttentionSignal, QaReview, QaSettlement
from reviewqueue.measurement.sampling import sample_queries, weekly_sample
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, MARCUS, NOOR, PRIYA, SAM, TOM
from tests.support.sampled_week import decided, look, sample
from tests.web.conftest import hidden_fields, text_of
from tests.world import World


def place_of(world: World, text: str) -> int:
    """The place of the draft on which somebody said that when they decided."""
    with world.session() as session:
        return next(one.place.id for one in sample_queries.sampled_drafts(session) if one.first.text == text)


PASSED, BACK = "Read to the end, twice.", "The agenda is of another customer."


def test_the_form_tells_nothing_of_the_first_decision(
    client_for: Callable[..., Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not its words, who decided, or what: the page is the same exactly whatever the first decision was, and
    whatever became of the item since. Nor do the lists that lead there tell it."""
    sample(world)
    place, client = place_of(world, BACK), client_for(MARCUS)

    def page() -> str:
        served = client.get(f"/qa/reviews/{place}").get_data(as_text=True)
        return re.sub(r'name="csrf_token" value="[^"]*"', "", served)

    whole = page()
    assert "What you would have decided" in whole
    assert "Kickoff invitation" in whole
    for told in (BACK, "Tom Abara", "sent_back", "Sent back", "sent back", "revision 2", "looked_for", f"/items/{1}"):
        assert told not in whole, told
    real = sample_queries.sampled_draft

    def other(session: Any, place_id: int) -> sample_queries.SampledDraft:
        found = real(session, place_id)
        known = {"id", "lane", "gate", "kind", "customer", "title"}
        item = SimpleNamespace(**{name: getattr(found.item, name) for name in known})
        kept = SimpleNamespace(id=place_id, gate=found.place.gate, revision_id=found.place.revision_id)
        return replace(found, item=item, first=None, place=kept)

    monkeypatch.setattr(sample_queries, "sampled_draft", other)
    assert page() == whole, "it rests on nothing but the draft, its checks and its evidence"
    monkeypatch.undo()
    for path in ("/qa", "/qa/1"):
        listed = text_of(client_for(HELEN).get(path))
        assert "Back Works" in listed
        assert BACK not in listed
    assert text_of(client_for(HELEN).get("/qa")).count("Twice Works") == 1, "two would say that the first was edited"
    assert text_of(client_for(HELEN).get("/qa/1")).count("Twice Works") == 1
    assert text_of(client_for(AIKO).get("/qa/1")).count("Twice Works") == 2
    with world.session() as session:
        assert "Overrode a check" not in text_of(client_for(HELEN).get("/qa/1")), "strata wait until she answered"
        assert session.get(QaReview, 1) is None


def test_answered_both_are_shown_and_the_dispute_is_settled(client_for: Callable[..., Any], world: World) -> None:
    """Through the pages alone: a refusal keeps what was typed; who may not see it finds nothing."""
    sample(world)
    place = place_of(world, PASSED)
    address, marcus, helen = f"/qa/reviews/{place}", client_for(MARCUS), client_for(HELEN)
    typed = {"action": "send_back", "reason_code": "unsupported-statement", "text": "Short", "finding-0": "tone"}
    refused = marcus.post(address, data=typed | {"found-0": "It thanks nobody at all."})
    assert refused.status_code == 422
    assert "It thanks nobody at all." in refused.get_data(as_text=True)
    assert "at least 10 characters" in text_of(refused)
    done = marcus.post(address, data=typed | {"text": "Nothing says that date.", "found-0": "It thanks nobody at all."})
    assert done.status_code == 303
    both = text_of(marcus.get(address))
    for told in (PASSED, "Dana Whitfield", "Nothing says that date.", "It thanks nobody at all.", "The two differ"):
        assert told in both, told
    again = helen.post(
        address, data={"action": "approve", "reason_code": "evidence-complete", "text": "Mine, too late."}
    )
    assert (again.status_code, "Mine, too late." in again.get_data(as_text=True)) == (409, True)
    assert (
        marcus.post(f"{address}/settlement", data={"verdict": "first", "text": "I was wrong there."}).status_code == 403
    )
    assert helen.post(f"{address}/settlement", data={"verdict": "", "text": "no"}).status_code == 422
    assert (
        helen.post(f"{address}/settlement", data={"verdict": "both", "text": "It can be read both ways."}).status_code
        == 303
    )
    assert "Both can be defended" in text_of(helen.get(address))
    assert (
        helen.post(f"{address}/findings", data={"category": "tone", "text": "And it is too long."}).status_code == 303
    )
    assert "And it is too long." in text_of(client_for(TOM).get("/qa"))
    for stranger in (NOOR, LENA, SAM):
        assert client_for(stranger).get(address).status_code == 404
        assert client_for(stranger).get("/qa/1").status_code == 404
        assert client_for(stranger).get("/qa").status_code == 200
    assert "Nothing says that date." not in text_of(client_for(DANA).get(address)), "who decided first reads no answer"
    assert "Nothing says that date." in text_of(client_for(AIKO).get(address))
    with world.session() as session:
        assert session.scalars(select(QaSettlement.verdict)).all() == ["both"]


def test_revops_draws_by_hand(client_for: Callable[..., Any], world: World) -> None:
    """From the page, told why not where not; nobody else finds the form."""
    decided(world)
    priya = client_for(PRIYA)
    assert "Draw the sample" in text_of(priya.get("/qa"))
    assert "Draw the sample" not in text_of(client_for(HELEN).get("/qa"))
    refused = priya.post("/qa", data={"lane": drafts.LANE, "week": "last"})
    assert (refused.status_code, "is not a week" in text_of(refused)) == (422, True)
    assert client_for(HELEN).post("/qa", data={"lane": drafts.LANE, "week": "2026-W10"}).status_code == 403


def test_a_glance_is_kept_and_shown_nowhere(client_for: Callable[..., Any], world: World) -> None:
    """The page's form tells it, signed for this person and this item; no page, export or log says anything of it."""
    items = [world.submit(drafts.email()) for _ in range(3)]
    dana, fields = client_for(DANA), {}
    for item in items:
        fields[item] = hidden_fields(dana.get(f"/items/{item}"), f"approve-item-{item}")
        assert fields[item]["evidence_opened"] == "unknown"
    said = {"reason_code": "evidence-complete", "text": "Read to the end."}
    dana.post(f"/items/{items[0]}/decisions", data={**fields[items[0]], **said, "evidence_opened": "no"})
    swapped = {**fields[items[1]], **said, "opened_at": fields[items[0]]["opened_at"]}
    dana.post(f"/items/{items[1]}/decisions", data=swapped)
    dana.post(
        f"/items/{items[2]}/decisions", data={**fields[items[2]], **said, "opened_at": "", "evidence_opened": "<b>"}
    )
    with world.session() as session:
        kept = [
            (one.band, one.opened)
            for one in session.scalars(select(AttentionSignal).order_by(AttentionSignal.decision_id))
        ]
        assert kept == [("under 10 s", "no"), ("unknown", "unknown"), ("unknown", "unknown")]
    sample(world)
    told = [
        client_for(who).get(path).get_data(as_text=True)
        for who in (AIKO, HELEN)
        for path in ("/qa", "/qa/1", "/log", "/workload", f"/items/{items[0]}", f"/measurement?lane={drafts.LANE}")
    ]
    told += [entry.body for entry in world.log()]
    api = client_for(AIKO)
    told += [
        api.get(f"/api/v1/items/{item}", headers={"Authorization": f"Bearer {world.key}"}).get_data(as_text=True)
        for item in items
    ]
    for band in ("under 10 s", "Under 10 s", "under a minute", "glance", "looked_for", "evidence_opened&"):
        assert not [one for one in told if band in one], band


def test_the_sample_s_page_says_how_it_was_drawn(client_for: Callable[..., Any], world: World) -> None:
    """For who cannot look a second time the strata stand there at once; the seed and the entry of the log for all."""
    sample(world)
    page = text_of(client_for(AIKO).get("/qa/1"))
    with world.session() as session:
        seed = sample_queries.samples(session, drafts.LANE)[0].seed
        assert weekly_sample.verify(session, 1).same
    for told in (seed, "reviewqueue qa again 1", "Overrode a check", "by the clock", "2026-W10"):
        assert told in page, told
    look(world, MARCUS, place_of(world, BACK), "approve")
    told = text_of(client_for(AIKO).get("/qa"))
    assert "too few yet: under 20" in told
    assert "Open disputes" in told
