"""What the policy already answers of a worksheet: each answer is short, and its file and line say it."""

from __future__ import annotations

import pytest

from reviewqueue.checks.topics import TOPICS
from reviewqueue.lanes.scorecard import known_answers, worksheet
from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Lane
from tests import northbeam

FILES = northbeam.files()
POLICY = loading.load(FILES)
# Only people know these.
ASKED = {"cs-source", "success-metrics", "stop-criteria", "pilot-recommendation"}
OWNED = {"sales-handoff-owner", "cs-owner", "implementation-owner"}
STANDS = {
    "target-segment": 'segment = "{segment}"',
    "trigger-event": "won = ",
    "crm-source": "[triggers.salesforce]",
    "workflow-owner": 'owner = "revops"',
    "required-fields": "required = [",
    "required-notes": 'key = "customer_outcome"',
    "customer-side-owner": 'key = "customer_owner"',
    "kickoff-trigger": 'after = "packet"',
    "internal-tasks": 'name = "Workspace created',
    "implementation-milestones": 'name = "Scope, owners',
    "review-gates": "[kinds]",
    "may-be-drafted": 'customer_email = "',
    "systems-read": 'read = ["deals"',
    "systems-written": 'release = "',
    "weekly-sample": "[qa]",
    "escalation-owner": "goes_up_to = ",
    "exception-categories": 'key = "missing-business-outcome"',
}


@pytest.mark.parametrize("lane", POLICY.lanes, ids=lambda lane: lane.key)
def test_each_known_answer_stands_where_it_says(lane: Lane) -> None:
    """File and line of the policy hold the rule; a line that nobody wrote down is left to people."""
    found = known_answers.known_answers(POLICY, lane)
    assert set(found) == set(worksheet.BY_KEY) - ASKED - OWNED
    for key, one in found.items():
        assert len(one.says) <= worksheet.MAX_ANSWER, key
        assert "{{" not in one.says, key
        if one.place:
            file, _, line = one.place.rpartition(":")
            said = FILES[file].splitlines()[int(line) - 1]
            assert STANDS.get(key, "").format(segment=lane.segment) in said, (key, one.place, said)


def test_what_no_file_says_is_not_known() -> None:
    """A lane without triggers, templates or waived fields says so by silence; a waiver is told."""
    lane = POLICY.lanes[0].model_copy(update={"triggers": {}, "waived_fields": ("customer_owner",)})
    policy = POLICY.model_copy(update={"templates": (), "lanes": (lane,)})
    found = known_answers.known_answers(policy, lane)
    assert not {"trigger-event", "crm-source", "kickoff-trigger", "internal-tasks"} & set(found)
    assert "waived in this lane" in found["customer-side-owner"].says
    assert "customer-side owner" not in found["required-notes"].says


def test_the_six_topics_are_all_named() -> None:
    """What may not be sent names each topic that is never sent by itself."""
    said = known_answers.NEVER_SENT.lower()
    for topic in TOPICS.values():
        assert all(word in said for word in topic.replace(",", "").split()), topic
