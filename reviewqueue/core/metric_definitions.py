"""The definition of each metric, in words: pages, exports and documents take them from here. How each is computed is in
`measurement/metrics`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Increase it to have the rollup built again.
VERSION = 3
EARLY_TICKET_DAYS = 30  # days after the kickoff
ACTIVATION_DAYS = 90  # days after closed-won
SATISFIED_FROM = 4  # an answer of 1 to 5 that counts as satisfied
MIN_ONBOARDINGS = 10  # onboardings on each side before two periods are compared
MIN_GROUP_SIZE = 3  # in a group before it is shown apart: a figure about one or two people is a figure about a person

# What people record because no other row says it: kind → (what it is called, what `about` says, what `amount` is).
EVENTS: dict[str, tuple[str, str, str]] = {
    "closed_won": ("Closed-won in the CRM", "", ""),
    "kickoff_scheduled": ("Kickoff date agreed with the customer", "", ""),
    "kickoff_held": ("Kickoff held", "", ""),
    "csm_prep": ("CSM time spent on preparation", "for what", "minutes"),
    "customer_task_given": ("Task given to the customer", "which task", ""),
    "customer_task_done": ("Task done by the customer", "which task", ""),
    "support_ticket": ("Support tickets", "which ticket", "how many; 0 says that somebody looked and found none"),
    "satisfaction": ("The customer's answer on satisfaction", "who answered", "1 to 5"),
    "work_redone": ("Implementation work done again", "what", ""),
    "activated": ("Customer active in the product", "what shows it", ""),
    "taken_back": ("A record taken back", "", ""),
}

Kind = Literal["duration", "median", "share", "clustered"]
Better = Literal["less", "more", "neither"]


@dataclass(frozen=True)
class Metric:
    """One metric. A `duration` is in days and may still run; a `median` is of finished amounts; a `share` is of
    onboardings; a `clustered` share is of things that onboardings have several of. `events` are kinds that people
    record; `asks` says what to record where nothing is known. A companion is shown with the metric whose key is in
    `beside`, and is not counted as one of the METRICS."""

    key: str
    name: str
    unit: str
    kind: Kind
    better: Better
    says: str
    rests_on: str
    asks: str
    events: tuple[str, ...] = ()
    beside: str = ""


METRICS: tuple[Metric, ...] = (
    Metric(
        "handoff_complete", "Closed-won to internal handoff complete", "days", "duration", "less",
        "Days from closed-won until the first handoff packet of the onboarding was approved. An onboarding "
        "whose packet is not approved yet counts as still running, and one that ended first as watched until then.",
        "the onboarding's start (or a recorded closed-won), decisions on handoff packets",
        "nothing to record: submit handoff packets and decide them here",
    ),
    Metric(
        "kickoff_scheduled", "Closed-won to kickoff scheduled", "days", "duration", "less",
        "Days from closed-won until a kickoff date was agreed with the customer; where only the kickoff "
        "itself was recorded, until it was held. An onboarding with neither counts as still running, and one that "
        "ended first as watched until then.",
        "the onboarding's start, recorded kickoff dates and kickoffs",
        "record “Kickoff date agreed with the customer” on the onboarding",
        ("closed_won", "kickoff_scheduled", "kickoff_held"),
    ),
    Metric(
        "first_value", "Kickoff to first-value milestone", "days", "duration", "less",
        "Days from the kickoff until every customer-value milestone of the current plan had its evidence. An"
        " onboarding that is not there yet counts as still running, and one that ended first as watched until then; "
        "one without a recorded kickoff is left out.",
        "recorded kickoffs, evidence of milestones",
        "record “Kickoff held”, and the evidence of customer-value milestones",
        ("kickoff_held",),
    ),
    Metric(
        "packet_complete", "Handoff packet completion rate", "share", "share", "more",
        "Of the onboardings with a handoff packet, the share whose packet as first submitted failed no "
        "blocking audit of a field.",
        "the field audit of revision 1 of the first handoff packet",
        "nothing to record: submit handoff packets",
    ),
    Metric(
        "missing_fields", "Missing-field rate", "share", "clustered", "less",
        "Of all audited fields of handoff packets as first submitted, the share that said nothing; fields of "
        "one packet count as one cluster.",
        "the field audit of revision 1 of the first handoff packet",
        "nothing to record: submit handoff packets",
    ),
    Metric(
        "tasks_on_time", "Implementation task on-time rate", "share", "clustered", "more",
        "Of the internal-setup and implementation-progress milestones of the current plan that were due or "
        "reached, the share reached on or before the due day in the lane’s time zone; those of one onboarding "
        "count as one cluster. What fell due after an onboarding ended is left out.",
        "milestones of approved plans and the evidence people recorded",
        "approve plans with due dates, and record the evidence of milestones",
    ),
    Metric(
        "customer_tasks", "Customer task completion rate", "share", "clustered", "more",
        "Of the tasks given to customers, the share recorded as done; a task is known by its name, and those "
        "of one onboarding count as one cluster.",
        "recorded customer tasks",
        "record “Task given to the customer” and “Task done by the customer”",
        ("customer_task_given", "customer_task_done"),
    ),
    Metric(
        "csm_prep", "CSM prep time", "minutes", "median", "less",
        "Minutes of preparation that CSMs recorded for an onboarding, summed; onboardings without any such "
        "record are left out.",
        "recorded CSM time",
        "record “CSM time spent on preparation”, with its minutes",
        ("csm_prep",),
    ),
    Metric(
        "rework", "Implementation rework", "share", "share", "less",
        "Of the onboardings with an approved project plan, the share where the plan was replaced by another "
        "approved one or work was recorded as done again.",
        "approved project plans, recorded work done again",
        "approve project plans, and record “Implementation work done again”",
        ("work_redone",),
    ),
    Metric(
        "risk_escalations", "Onboarding risk escalations", "share", "share", "neither",
        "Of all onboardings, the share with at least one exception or escalation. Neither more nor fewer is a"
        " gain by itself: fewer may mean hidden. Read it beside how early the first was found.",
        "exceptions and escalations",
        "nothing to record",
    ),
    Metric(
        "early_tickets", "Early support tickets", "share", "share", "less",
        f"Of the onboardings whose kickoff was at least {EARLY_TICKET_DAYS} days ago, the share with a support "
        f"ticket within {EARLY_TICKET_DAYS} days of it. Where nobody recorded a ticket, or that there was none, in"
        " any of them, the figure is unknown. An onboarding that ended within those days without one is left out.",
        "recorded kickoffs and support tickets",
        "record “Support tickets”; 0 where there were none",
        ("kickoff_held", "support_ticket"),
    ),
    Metric(
        "satisfaction", "Customer satisfaction during onboarding", "share", "clustered", "more",
        f"Of the customers' answers from 1 to 5, the share of {SATISFIED_FROM} or 5; answers of one onboarding "
        "count as one cluster.",
        "recorded answers",
        "record “The customer's answer on satisfaction”, from 1 to 5",
        ("satisfaction",),
    ),
    Metric(
        "activation", "Activation or first-value completion rate", "share", "share", "more",
        f"Of the onboardings that began at least {ACTIVATION_DAYS} days ago, the share that reached first "
        f"value, or was recorded as active, within {ACTIVATION_DAYS} days of closed-won. One that ended before did "
        "not.",
        "the onboarding's start, evidence of customer-value milestones, recorded activation",
        "record “Customer active in the product”, or the evidence of customer-value milestones",
        ("closed_won", "activated"),
    ),
)  # fmt: skip

COMPANIONS: tuple[Metric, ...] = (
    Metric(
        "sales_loops", "Onboardings that went back to sales", "share", "share", "less",
        "Of the onboardings with a handoff packet, the share where sales was asked again: a packet sent back, or a "
        "question to sales.",
        "decisions on handoff packets, questions to sales", "nothing to record", beside="packet_complete",
    ),
    Metric(
        "first_risk", "Closed-won to the first risk found", "days", "median", "less",
        "Days from closed-won until the first exception or escalation, of the onboardings that had one.",
        "exceptions and escalations", "nothing to record", beside="risk_escalations",
    ),
)  # fmt: skip

ALL_METRICS = (*METRICS, *COMPANIONS)
METRIC_BY_KEY: dict[str, Metric] = {one.key: one for one in ALL_METRICS}
