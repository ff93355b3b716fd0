"""The headline of a message about the customer's tasks: what its subject says."""

from __future__ import annotations

from reviewqueue.evidence.types import Source
from reviewqueue.onboarding.drafting.tasks import task_facts

RESULT = {"name": "Which result do you want to reach?", "about": "Customer business outcome"}
OWNER = {"name": "Who runs this from day to day?", "about": "Customer-side owner"}
PILOT, SIGN_ON = {"name": "Name the pilot editors"}, {"name": "Try the sign-on"}

HEADLINES = [
    ("a question is asked in its own words, not by our name of the field", [RESULT], RESULT["name"]),
    ("several questions: the first, and how many more", [RESULT, OWNER], f"{RESULT['name']} (and one more)"),
    ("a task is called by its name", [PILOT], "Name the pilot editors"),
    ("several tasks: the first, and how many more", [PILOT, SIGN_ON], "Name the pilot editors, and one more"),
]


def test_what_the_subject_of_a_message_about_tasks_says() -> None:
    for sentence, tasks, says in HEADLINES:
        found = task_facts({"task": Source("reviewqueue", "task", "1", {"tasks": tasks})})
        assert found["task_headline"].says == says, sentence
        assert [cited.path for cited in found["task_headline"].cited] == ["/tasks/0/name"], sentence
