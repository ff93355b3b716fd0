"""Templates of briefs, plans, risk summaries and messages: texts with `{{ fact }}` in them. Filling them in is in
`onboarding/drafting`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from reviewqueue.core.patterns import as_pattern
from reviewqueue.policy.model.base import Key, Kind, PolicyTable, Says, Whole

After = Literal[
    "packet", "brief", "plan", "milestone", "customer-milestone", "first-value", "missing-fields", "ask-customer",
    "silence", "task", "",
]  # fmt: skip
# When that is, in words.
AFTER: dict[After, str] = {
    "packet": "when the handoff packet is approved",
    "brief": "when the kickoff brief is approved",
    "plan": "when the project plan is approved",
    "milestone": "when a milestone's evidence is recorded",
    "customer-milestone": "when the evidence of a customer-value milestone is recorded",
    "first-value": "when first value is recorded",
    "missing-fields": "when a packet arrives with empty fields, or is approved with some that nobody asked about",
    "ask-customer": "when sales said that the customer has to be asked, and the packet is approved",
    "silence": "when the customer has gone quiet",
    "task": "when a task of the customer comes due, or is overdue",
    "": "when somebody asks for it",
}
Layer = Literal["internal setup", "implementation progress", "customer value"]
LAYERS: tuple[Layer, ...] = ("internal setup", "implementation progress", "customer value")
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=8000)]
_DUE = as_pattern(r"^(\d{1,3}) business days? after ([a-z][a-z0-9_-]{0,63})$")
Due = Annotated[str, StringConstraints(pattern=_DUE.pattern)]
RemindDay = Annotated[Whole, Field(ge=-30, le=30)]
ANSWER_BY = "answer_by"  # the date of a question to the customer
INVITED_FOR = "invited_for"  # the fact of a message with an invitation that says when it is
TaskWord = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]
_FORMS = {"kickoff_brief": "brief", "project_plan": "plan", "risk_summary": "risks"}


def due(says: str) -> tuple[int, str]:
    """`3 business days after start` as (3, "start"); the second is what it counts from: `start`, `today`, a milestone
    or a date."""
    hit = _DUE.match(says)
    if hit is None:
        raise ValueError(f"{says!r} is not a due date; write one such as: 3 business days after start")
    return int(hit[1]), hit[2]


def _days_from(days: int) -> str:
    """`remind_days` in words: “3 working days before”, “on”."""
    number = f"{abs(days)} working day{'s' * (abs(days) != 1)}"
    return f"{number} before" if days < 0 else f"{number} after" if days else "on"


class Point(PolicyTable):
    """One point of the agenda."""

    topic: Says
    who: Says
    minutes: Whole = Field(ge=1, le=480)


class Brief(PolicyTable):
    """The kickoff brief. The stakeholder map and the open questions come from the packet."""

    framing: Text
    agenda: tuple[Point, ...] = Field(min_length=1)
    next_step: Text


class Planned(PolicyTable):
    """One milestone of a plan: who owns it, when it is due, and what shows that it is reached."""

    key: Key
    name: Says
    layer: Layer
    owner: Says
    due: Due
    evidence: Says
    exit: Says
    depends: tuple[Key, ...] = ()


class Plan(PolicyTable):
    """A project plan; a milestone's due date counts from the start or from another milestone."""

    milestones: tuple[Planned, ...] = Field(min_length=1)


class Risk(PolicyTable):
    """A risk that is listed in the summary where the facts it names are known, or unknown; and what to do then."""

    if_known: tuple[Kind, ...] = ()
    if_unknown: tuple[Kind, ...] = ()
    risk: Says
    sign: Says
    effect: Says
    action: Says


class Risks(PolicyTable):
    """A risk summary. Its recommended action is that of the first risk that applies: the order in the file is the
    ranking."""

    summary: Text
    risk: tuple[Risk, ...] = Field(min_length=1)


class Offer(PolicyTable):
    """The invitation to a meeting that a message carries: `day` is a date of the template, `time` in the customer's
    time zone. The fact `invited_for` says when that is. `meeting` tells the meetings of one onboarding apart: another
    invitation to the same one changes it in the receivers' calendars."""

    meeting: Key = "kickoff"
    title: Says
    day: Kind
    time: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    minutes: Whole = Field(ge=5, le=1440)
    place: Says


class Message(PolicyTable):
    """A message. `to`, `cc` name facts that are addresses. A body's line that begins with `? ` is left out when one of
    its facts is not known."""

    to: tuple[Kind, ...] = Field(min_length=1)
    cc: tuple[Kind, ...] = ()
    subject: Says
    body: Text
    invitation: Offer | None = None


class Template(PolicyTable):
    """What one kind of draft is written from, and after which event: "" is only when somebody asks for it.

    Exactly one of `brief`, `plan`, `risks` and `message` is set. `dates` are facts of its own, such as `reply_by = "3
    business days after today"`. Without `lanes` it is for every lane that takes its kind. `silent_days` says after how
    many business days without an event a template that comes after "silence" is drafted.

    `remind_days` are the working days on which the clock drafts it for the customer's open tasks, counted from their
    date: -3 is three before, 0 the day itself, 2 two after. Without `after`, people may ask for it as well. With
    `task_words` it is for tasks whose name has one of these words; a template without them is for all other tasks.
    What comes after "ask-customer" asks for the open points, which are due by its date `answer_by`. Messages of one
    onboarding whose templates have the same `thread` are one thread in a mail program; without it each template has its
    own.
    """

    key: Key
    kind: Kind
    name: Says
    title: Says
    after: After = ""
    lanes: tuple[Key, ...] = ()
    dates: dict[Kind, Due] = Field(default_factory=dict)
    silent_days: Whole = Field(default=5, ge=1, le=90)
    remind_days: tuple[RemindDay, ...] = Field(default=(), max_length=10)
    task_words: tuple[TaskWord, ...] = ()
    thread: Key | None = None
    brief: Brief | None = None
    plan: Plan | None = None
    risks: Risks | None = None
    message: Message | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Template:
        forms = [name for name in ("brief", "plan", "risks", "message") if getattr(self, name) is not None]
        wanted = _FORMS.get(self.kind, "message")
        if forms != [wanted]:
            found = " and ".join(f"[{name}]" for name in forms) or "none"
            raise ValueError(f"a template of kind {self.kind} has one table [{wanted}]; here is {found}")
        return self

    @model_validator(mode="after")
    def _reminding(self) -> Template:
        if self.remind_days and self.after not in ("", "task"):
            raise ValueError('remind_days goes with after = "task", or without after; remove one of the two')
        if self.after == "task" and not self.remind_days:
            raise ValueError('after = "task" needs the days; write for instance remind_days = [-3, 0]')
        if (self.remind_days or self.task_words) and self.message is None:
            raise ValueError("only a message reminds of tasks; remove remind_days and task_words")
        return self

    @model_validator(mode="after")
    def _asking(self) -> Template:
        asks, says = self.after == "ask-customer", self.dates.get(ANSWER_BY)
        if asks and (self.message is None or says is None or due(says)[1] != "today"):
            mend = 'dates = { answer_by = "3 business days after today" }'
            raise ValueError(f'after = "ask-customer" is for a message that names the day of the answer; write {mend}')
        return self

    @property
    def when(self) -> str:
        """When it is drafted, in words."""
        if not self.remind_days:
            return AFTER[self.after]
        days = [_days_from(number) for number in sorted(self.remind_days)]
        says = f"{' and '.join(filter(None, (', '.join(days[:-1]), days[-1])))} the day a customer's task is due"
        return says if self.after else f"{says}, and {AFTER['']}"

    def texts(self) -> list[tuple[str, str]]:
        """Every text that may hold facts, with its path in the file, in reading order."""
        found = [("title", self.title)]
        if self.brief:
            found.append(("brief/framing", self.brief.framing))
            for number, point in enumerate(self.brief.agenda):
                found += [(f"brief/agenda/{number}/{name}", getattr(point, name)) for name in ("topic", "who")]
            found.append(("brief/next_step", self.brief.next_step))
        for number, planned in enumerate(self.plan.milestones if self.plan else ()):
            names = ("name", "owner", "evidence", "exit")
            found += [(f"plan/milestones/{number}/{name}", getattr(planned, name)) for name in names]
        if self.risks:
            found.append(("risks/summary", self.risks.summary))
            for number, risk in enumerate(self.risks.risk):
                names = ("risk", "sign", "effect", "action")
                found += [(f"risks/risk/{number}/{name}", getattr(risk, name)) for name in names]
        if self.message:
            found += [("message/subject", self.message.subject), ("message/body", self.message.body)]
            offer = self.message.invitation
            found += [(f"message/invitation/{name}", getattr(offer, name)) for name in ("title", "place") if offer]
        return found
