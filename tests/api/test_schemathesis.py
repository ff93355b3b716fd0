"""Every call as somebody would try it who has only the OpenAPI document: what fits it and what does not, and each answer
held against it. `RQ_TEST_SIZE=full` makes it five thousand cases."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from tests import drafts
from tests.conftest import KEY
from tests.support.sizes import size
from tests.world import World

load_all_checks()
CALLS = ("submit_item", "list_items", "get_item", "revise_item", "withdraw_item", "report_sent")
MOSTLY = st.sampled_from((True, True, True, False))
CASES = size(12, 420)  # of each call and way: 12 of them
# What fits the schema is refused all the same where it names a lane, an item or a digest that is not there.
WITHOUT = [CHECKS.get_one("positive_data_acceptance")]
# Every request has its key: what comes without one is another test's.
WITH_KEY = SchemathesisConfig(
    projects=ProjectsConfig(default=ProjectConfig(generation=GenerationConfig(with_security_parameters=False)))
)
HEADERS = {"Authorization": f"Bearer {KEY}", "Accept-Encoding": "identity"}  # the test client unpacks nothing
KINDS = ("customer_email", "handoff_packet", "project_plan", "portal_update", "none_of_ours")


def operation(app: Flask, call: str) -> APIOperation[Any, Any, Any, Any]:
    """The call, as the document that the application itself gives out describes it."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=WITH_KEY)
    found = [one.ok() for one in schema.include(operation_id=call).get_all_operations()]
    assert len(found) == 1, call
    return found[0]


def placed(case: Case, data: st.DataObject, items: list[int]) -> None:
    """Name things that are there in most cases, so that more than the first refusal is seen."""
    if "item_id" in (case.path_parameters or {}) and data.draw(MOSTLY):
        case.path_parameters["item_id"] = data.draw(st.sampled_from(items))
    if isinstance(waits := (case.query or {}).get("wait"), int):
        case.query["wait"] = min(waits, 1)  # nobody decides these items: the answer would be held to the last second
    if isinstance(case.body, dict) and isinstance(case.body.get("lane"), str) and data.draw(MOSTLY):
        case.body["lane"] = "mid-market-saas"
        case.body["kind"] = data.draw(st.sampled_from(KINDS))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("call", CALLS)
def test_every_answer_is_as_the_document_says(app: Flask, world: World, call: str, mode: GenerationMode) -> None:
    items = [world.submit(drafts.email()), world.submit(drafts.packet())]
    called = operation(app, call)
    statuses: set[int] = set()

    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
        derandomize=True,
    )
    @given(case=called.as_strategy(generation_mode=mode), data=st.data())
    def tried(case: Case, data: st.DataObject) -> None:
        if mode is GenerationMode.POSITIVE:
            placed(case, data, items)
        answer = case.call_and_validate(headers=HEADERS, excluded_checks=WITHOUT)
        statuses.add(answer.status_code)

    tried()
    if mode is GenerationMode.POSITIVE and call in ("submit_item", "list_items", "get_item"):
        assert statuses & {200, 201}, f"only refused: {statuses}"
