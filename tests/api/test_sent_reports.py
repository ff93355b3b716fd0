"""Sent: an automation reports what really went out, and reads where its release stands."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.api import schemas
from reviewqueue.core import canonical_json
from reviewqueue.exceptions import exception_cases
from tests.api import payloads
from tests.cast import DANA, PRIYA
from tests.conftest import Api
from tests.world import World

ITEMS = "/api/v1/items"
WHEN = "2026-03-02T15:00:00Z"


def approved(api: Api, world: World) -> int:
    """A message that was approved."""
    made = api.post(ITEMS, json=payloads.email())
    world.decide(DANA, made.json["id"], "approve")
    return int(made.json["id"])


def release_of(api: Api, item: int) -> Any:
    """What the item says of its release, held against its documented shape."""
    found = canonical_json.read(api.get(f"{ITEMS}/{item}").get_data())
    schemas.ItemShown.model_validate(found)
    return found["release"]


def test_what_was_approved_is_reported_and_released(api: Api, world: World) -> None:
    """The release is there from the approval on; reporting its digest makes it released, as often as it is said."""
    item = approved(api, world)
    waiting = release_of(api, item)
    assert (waiting["state"], waiting["to"], waiting["because"]) == ("waiting", "automation", [])
    assert waiting["digest"] == world.seen(item).revision
    for _ in range(2):
        body = {"digest": waiting["digest"], "at": WHEN, "by": "outreach 3.1"}
        answer = api.post(f"{ITEMS}/{item}/sent", json=body)
        schemas.SentShown.model_validate(answer.json)
        assert (answer.status_code, answer.json["agrees"], answer.json["state"]) == (200, True, "released")
    out = release_of(api, item)
    assert (out["state"], out["sent_by"], out["key"]) == ("released", "outreach 3.1", waiting["key"])
    assert out["sent_at"].startswith("2026-03-02T15:00:00")


def test_held_says_why_and_what_went_out_all_the_same_is_an_exception(api: Api, world: World) -> None:
    """While an exception holds the customer the item says so; the report is kept, and disagrees."""
    item = approved(api, world)
    with world.session() as session:
        run = world.item(item).onboarding_id
        said = exception_cases.ExceptionRequest(
            "billing-or-contract-mismatch", "Two amounts", "The order says 40 seats.", None, run
        )
        case = exception_cases.open_case(session, PRIYA.id, said, world.now)
    held = release_of(api, item)
    assert held["state"] == "held"
    assert held["because"][0]["url"].endswith(f"/exceptions/{case}")
    answer = api.post(f"{ITEMS}/{item}/sent", json={"digest": held["digest"], "at": WHEN, "by": "outreach"})
    assert (answer.json["agrees"], answer.json["state"]) == (False, "released")
    assert "held it" in answer.json["says"]


# (what is sent, the place that is named)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"digest": "abc"}, "/digest"),
    ({"digest": None}, "/digest"),
    ({"at": "yesterday"}, "/at"),
    ({"at": None}, "/at"),
    ({"at": "2036-03-02T15:00:00Z"}, "/at"),
    ({"by": ""}, "/by"),
    ({"by": "\u200b"}, "/by"),
    ({"state": "released"}, "/state"),
]


@pytest.mark.parametrize(("changes", "at"), WRONG, ids=[f"{at} {changes}" for changes, at in WRONG])
def test_what_is_wrong_with_a_report_is_named(api: Api, world: World, changes: dict[str, Any], at: str) -> None:
    """422 with the place, and nothing was changed."""
    item = approved(api, world)
    body = {"digest": world.seen(item).revision, "at": WHEN, "by": "outreach", **changes}
    answer = api.post(f"{ITEMS}/{item}/sent", json=body)
    assert answer.status_code == 422
    assert at in [fault["at"] for fault in answer.json["errors"]]
    assert release_of(api, item)["state"] == "waiting"
