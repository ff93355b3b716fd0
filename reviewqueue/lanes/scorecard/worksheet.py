"""The worksheet of a lane: 31 lines on one page on what is to be automated, for whom, and under which controls."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ANSWER = 300  # characters of an answer, so that the worksheet prints on one page
RECOMMENDATION = "pilot-recommendation"


@dataclass(frozen=True)
class Line:
    """One line: its key, its question (`label`), and the part of the worksheet it is in."""

    key: str
    label: str
    part: str


SCOPE, HANDOFF, PLAN, CONTROL, PROOF = "Scope and owners", "Handoff", "Kickoff and plan", "Controls", "Proof"
LINES = (
    Line("target-segment", "Target segment", SCOPE),
    Line("trigger-event", "Trigger event", SCOPE),
    Line("crm-source", "CRM source of truth", SCOPE),
    Line("cs-source", "CS source of truth", SCOPE),
    Line("workflow-owner", "Workflow owner", SCOPE),
    Line("sales-handoff-owner", "Sales handoff owner", SCOPE),
    Line("cs-owner", "CS owner", SCOPE),
    Line("implementation-owner", "Implementation owner", SCOPE),
    Line("required-fields", "Required closed-won fields", HANDOFF),
    Line("required-notes", "Required handoff notes", HANDOFF),
    Line("promised-outcomes", "Promised outcomes", HANDOFF),
    Line("non-standard-commitments", "Non-standard commitments", HANDOFF),
    Line("key-stakeholders", "Key stakeholders", HANDOFF),
    Line("customer-side-owner", "Customer-side owner", HANDOFF),
    Line("kickoff-trigger", "Kickoff trigger", PLAN),
    Line("first-value-milestone", "First-value milestone", PLAN),
    Line("implementation-milestones", "Implementation milestones", PLAN),
    Line("customer-tasks", "Customer tasks", PLAN),
    Line("internal-tasks", "Internal tasks", PLAN),
    Line("may-be-drafted", "Communications that may be drafted", CONTROL),
    Line("may-not-be-sent", "Communications that may not be sent", CONTROL),
    Line("systems-read", "Systems it may read", CONTROL),
    Line("systems-written", "Systems it may write", CONTROL),
    Line("review-gates", "Review gates", CONTROL),
    Line("exception-categories", "Exception categories", CONTROL),
    Line("escalation-owner", "Escalation owner", CONTROL),
    Line("log-fields", "Audit log fields", CONTROL),
    Line("weekly-sample", "Weekly QA sample", PROOF),
    Line("success-metrics", "Success metrics", PROOF),
    Line("stop-criteria", "Stop or rollback criteria", PROOF),
    Line(RECOMMENDATION, "Pilot recommendation", PROOF),
)
BY_KEY = {line.key: line for line in LINES}
