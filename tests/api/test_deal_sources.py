"""What an automation's sources tell of a running deal: those of a trusted one count, another's claims change nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.db.tables.onboardings import DealChange
from tests.api import payloads
from tests.conftest import Api
from tests.world import World


def submitted(api: Api, world: World, body: dict[str, Any], key: str, minutes: int, **deal: Any) -> int:
    """Submit with the deal as fetched so many minutes from the start; returns the status."""
    source = next(one for one in body["sources"] if one["id"] == body["onboarding"]["external_id"])
    source["payload"] = {**source["payload"], **deal}
    source["fetched_at"] = (world.now + timedelta(minutes=minutes)).isoformat()
    headers = {"Authorization": f"Bearer {key}"}
    return api.post("/api/v1/items", json=body, headers=headers).status_code


# (what it shows, whether the automation is trusted, what it sends, how many changes are told)
SENT: list[tuple[str, bool, list[dict[str, Any]], int]] = [
    ("a re-opened deal", True, [{"StageName": "Negotiation/Review"}], 1),
    ("the same again", True, [{"StageName": "Negotiation/Review"}, {"StageName": "Negotiation/Review"}], 1),
    ("won again after that", True, [{"StageName": "Negotiation/Review"}, {}], 2),
    ("as it was", True, [{}], 0),
    ("another field", True, [{"NextStep": "Call them."}], 0),
    ("what another automation claims", False, [{"StageName": "Closed Lost"}], 0),
]


@pytest.mark.parametrize(("says", "trusted", "sent", "told"), SENT, ids=[one[0] for one in SENT])
def test_a_submission_tells_of_its_deal(
    api: Api, world: World, says: str, trusted: bool, sent: list[dict[str, Any]], told: int
) -> None:
    """With each draft of the same onboarding; what is told stands in the transaction of the submission."""
    first = payloads.email()
    assert submitted(api, world, first, world.key, 0) == 201
    for number, deal in enumerate(sent, 1):
        body = payloads.email()
        body["onboarding"], body["draft"] = first["onboarding"], {**body["draft"], "subject": f"Agenda {number}"}
        body["sources"] = [dict(one) for one in payloads.email()["sources"]]
        for mine, theirs in zip(body["sources"], first["sources"], strict=True):
            mine.update({**theirs, "payload": dict(theirs["payload"])})
        key = world.key if trusted else world.other_key
        assert submitted(api, world, body, key, number, **{"StageName": "Closed Won", **deal}) == 201, says
    assert world.count(DealChange) == told, says
    assert world.verify().holds
