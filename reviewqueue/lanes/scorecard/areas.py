"""The ten areas of the readiness scorecard, each with its weight, what its scores mean and the evidence to give."""

from __future__ import annotations

from dataclasses import dataclass

LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True)
class Area:
    """One area. `says` is what a score of 1, 3 and 5 means; 2 and 4 lie between."""

    key: str
    label: str
    weight: int
    says: tuple[str, str, str]
    evidence: str

    def score_text(self, score: int) -> str:
        """What a score means here, in words."""
        low, middle, high = self.says
        between = {2: (low, middle), 4: (middle, high)}
        if score in between:
            return "between “{}” and “{}”".format(*between[score])
        return {1: low, 3: middle, 5: high}[score]


AREAS = (
    Area(
        "workflow-boundary", "Workflow boundary", 10,
        (
            "a broad wish list",
            "mostly defined, with fuzzy edges",
            "one trigger, segment, owner, outcome and stop point",
        ),
        "brief, segment, what is in and out of scope",
    ),
    Area(
        "closed-won-trigger", "Closed-won trigger", 10,
        (
            "someone has to tell you",
            "a CRM stage, with inconsistent data",
            "trigger, fields, validation and retries are defined",
        ),
        "stage rules, required fields, sample records",
    ),
    Area(
        "sales-handoff-packet", "Sales handoff packet", 14,
        (
            "notes are optional or scattered",
            "some required fields",
            "outcome, stakeholders, promises, risks, timeline, commercial context and next steps are captured",
        ),
        "template, field list, quality audit",
    ),
    Area(
        "customer-milestone-plan", "Customer milestone plan", 12,
        (
            "a generic checklist",
            "milestones with loose ownership",
            "milestones and customer duties, each with owner, due date and exit criteria",
        ),
        "mutual action plan, project template",
    ),
    Area(
        "integration-access", "Integration access", 10,
        (
            "copying by hand",
            "reading works, the rules for writing are unclear",
            "CRM, CS, project, billing, support and data are all scoped",
        ),
        "integration map, permissions, API notes",
    ),
    Area(
        "human-review-gates", "Human review gates", 12,
        (
            "automation acts unreviewed",
            "review without decision rules",
            "reviewers, evidence, escalation, overrides and approval rules are defined",
        ),
        "queue design, approval matrix, override log",
    ),
    Area(
        "customer-communications", "Customer communications", 10,
        (
            "improvised",
            "templates that are not tied to a state",
            "triggered messages are approved, personal, timed and suppressible",
        ),
        "templates, portal copy, suppression rules",
    ),
    Area(
        "exception-handling", "Exception handling", 10,
        (
            "in inboxes",
            "the common ones are known",
            "there are paths for missing data, scope, billing, technical and executive exceptions",
        ),
        "taxonomy, SLA, escalation owner",
    ),
    Area(
        "measurement-and-roi", "Measurement and ROI", 8,
        (
            "no baseline",
            "an estimate of the time saved",
            "time to kickoff, time to value, completion, rework and churn signals are measured",
        ),
        "baseline, dashboard, success criteria",
    ),
    Area(
        "launch-ownership", "Launch ownership", 6,
        (
            "the vendor's or RevOps' by default",
            "a pilot owner",
            "RevOps, CS, implementation, sales, support and systems owners know their roles",
        ),
        "RACI, training plan, launch checklist",
    ),
)  # fmt: skip
BY_KEY = {area.key: area for area in AREAS}
