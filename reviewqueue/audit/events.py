"""Every kind of entry that the override log can hold, each with a sentence that says what happened; and who did it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from reviewqueue.core.vocabulary import ACTS

PERSON_PREFIX = "person:"  # of an actor who is a person; their id follows


class Actor(str):
    """Who did something, as the log and the tables name them: a person (`person:7`), an automation (`automation:3`), or
    a part of the system. Entries of every age hold these values, so none is ever changed."""

    __slots__ = ()
    CHAIN: ClassVar[Actor]
    CLI: ClassVar[Actor]
    EXCEPTIONS: ClassVar[Actor]
    IMPORT: ClassVar[Actor]
    POLICY: ClassVar[Actor]
    PORTAL: ClassVar[Actor]
    QA: ClassVar[Actor]
    RELEASE: ClassVar[Actor]
    SEED: ClassVar[Actor]
    SEEDED_DEFECTS: ClassVar[Actor]
    SLA: ClassVar[Actor]
    STANDING: ClassVar[Actor]
    WORKER: ClassVar[Actor]

    @classmethod
    def person(cls, person_id: int) -> Actor:
        """A person, by id."""
        return cls(f"{PERSON_PREFIX}{person_id}")

    @classmethod
    def person_or_none(cls, person_id: int | None) -> Actor | None:
        """A person, or None for nobody."""
        return cls.person(person_id) if person_id else None

    @classmethod
    def automation(cls, automation_id: int) -> Actor:
        """An automation, by id."""
        return cls(f"automation:{automation_id}")

    @staticmethod
    def person_id(actor: str) -> int | None:
        """The id of the person that an actor is; None for an automation and for the system."""
        kind, _, number = actor.partition(":")
        return int(number) if kind == "person" else None


Actor.CHAIN = Actor("system:chain")
Actor.CLI = Actor("system:cli")
Actor.EXCEPTIONS = Actor("system:exceptions")
Actor.IMPORT = Actor("system:import")
Actor.POLICY = Actor("system:policy")
Actor.PORTAL = Actor("system:portal")
Actor.QA = Actor("system:qa")
Actor.RELEASE = Actor("system:release")
Actor.SEED = Actor("system:seed")
Actor.SEEDED_DEFECTS = Actor("system:planting")
Actor.SLA = Actor("system:sla")
Actor.STANDING = Actor("system:standing")
Actor.WORKER = Actor("system:worker")


class EventType(StrEnum):
    """The kind of a log entry, kept in `log_entries.act` and in each entry's body for ever.

    The grammar is `noun.verb`: the noun is what the entry is about, the verb is what was done to it, in the present
    tense, with words joined by an underscore. `item.approve` is "an item was approved". The noun `item` with one of
    the six acts is a person's decision, or, for `item.escalate`, also a rule's.

    A value is never renamed and never used for anything else: entries of every age are read with this list. A new kind
    gets a value and a sentence here, and is then in the filter of the log page and in `docs/auditing.md`.
    `override_log.append` takes no other.
    """

    says: str

    def __new__(cls, value: str, says: str = "") -> EventType:
        """A kind with its sentence."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.says = says
        return made

    @property
    def noun(self) -> str:
        """What the entry is about: the part before the point."""
        return self.value.partition(".")[0]

    ITEM_APPROVE = "item.approve", "A person approved a draft"
    ITEM_EDIT = "item.edit", "A person edited a draft"
    ITEM_SEND_BACK = "item.send_back", "A person sent a draft back to its author"
    ITEM_ESCALATE = "item.escalate", "A person, or a rule of the policy, escalated a draft"
    ITEM_OVERRIDE = "item.override", "A person overrode failed checks"
    ITEM_REJECT = "item.reject", "A person rejected a draft"
    ITEM_SUBMIT = "item.submit", "A draft was submitted for review"
    ITEM_REVISE = "item.revise", "A draft got a new revision"
    ITEM_REPEAT = "item.repeat", "An automation submitted once more what is approved already"
    ITEM_WITHDRAW = "item.withdraw", "An open draft was withdrawn"
    ITEM_SUPERSEDE = "item.supersede", "A newer draft replaced an open one"
    ITEM_MOVE_POLICY = "item.move_policy", "An open draft was moved to the active policy"
    ITEM_PAUSE = "item.pause", "A person paused the clock of a draft"
    ITEM_RESUME = "item.resume", "The clock of a paused draft was resumed"
    ITEM_OVERDUE = "item.overdue", "A draft was overdue and went to the next person"
    ITEM_EXPIRE = "item.expire", "A draft expired before anybody decided it"
    ITEM_REASSIGN = "item.reassign", "A draft was assigned to another person, or to nobody"
    ITEM_BACK_TO_GATE = "item.back_to_gate", "A resolved exception brought a draft back to its gate"
    ITEM_SOURCE_MOVED = "item.source_moved", "A source record changed under a draft"
    ITEM_LOOK_AGAIN = "item.look_again", "A person reviewed what changed under a draft"
    ITEM_STAND = "item.stand", "A draft was sent automatically: no person decided it"
    ITEM_CHECK = "item.check", "A model's check of a draft marked it, or could not run"
    ITEM_UNDO = "item.undo", "A person undid an approval before it went out: the draft is back at its gate"
    ITEM_TAKE_BACK = "item.take_back", "An automatic draft was brought back to its gate before it was sent"

    STANDING_EARN = "standing.earn", "A person approved that messages of a kind are sent automatically"
    STANDING_SAMPLE = "standing.sample", "An automatic draft was drawn for a person to review"
    STANDING_LOSE = "standing.lose", "Messages of a kind are no longer sent automatically"

    LEASE_TAKE = "lease.take", "A person took a draft to work on"
    LEASE_GIVE_BACK = "lease.give_back", "A person gave a draft back"
    LEASE_TAKE_OVER = "lease.take_over", "A person took a draft over from somebody else"
    LEASE_END = "lease.end", "A lease ended because its holder may no longer decide"

    RELEASE_REPORT = "release.report", "An automation reported what it sent"
    RELEASE_RELEASE = "release.release", "An approved draft went out"
    RELEASE_FAIL = "release.fail", "A draft was not sent: sending failed or was refused"
    RELEASE_LOSE = "release.lose", "It is not known whether a draft was sent"
    RELEASE_SILENCE = "release.silence", "No report came of an approved draft in time"
    RELEASE_SEND_BY_HAND = "release.send_by_hand", "A person said that they sent it themselves"
    RELEASE_RETRY = "release.retry", "A person had a release tried again"
    RELEASE_GIVE_UP = "release.give_up", "A person gave a release up"
    RELEASE_REPLACE = "release.replace", "A newer draft of a message holds the approved one"
    RELEASE_CANCEL = "release.cancel", "An approved message was cancelled, because the newer draft of it was approved"
    RELEASE_RESTORE = (
        "release.restore",
        "A cancelled message is held again, because the approval of its newer draft was undone",
    )
    RELEASE_SEND_NOW = "release.send_now", "A person had an approved draft go out before its time"
    RELEASE_BOUNCE = "release.bounce", "A mail came back, or its receiver complained of it"
    RELEASE_STOP = "release.stop", "A person stopped all that goes out, to one destination or to every one"
    RELEASE_GO_ON = "release.go_on", "A person ended such a stop: what was approved goes out again"
    RELEASE_KEY = "release.key", "A key that signs the receipts of releases was made"
    RELEASE_LET_GO = "release.let_go", "A person had an approved message go out although it was submitted anew"

    CREDENTIAL_ENTER = "credential.enter", "A destination's credential was entered; the log has nothing of it"
    CREDENTIAL_REMOVE = "credential.remove", "A destination's credential was removed"
    CREDENTIAL_ROTATE = "credential.rotate", "All credentials were sealed anew with another key"

    MESSAGE_FAIL = "message.fail", "A callback could not be delivered, or was refused"
    MESSAGE_RETRY = "message.retry", "A person had a callback sent again"
    SUPPRESSION_ADD = "suppression.add", "An address was put on the suppression list: it gets no mail"
    SUPPRESSION_END = "suppression.end", "A person took an address off the suppression list"
    MESSAGE_GIVE_UP = "message.give_up", "A person gave a callback up"

    EXCEPTION_OPEN = "exception.open", "An exception was opened"
    EXCEPTION_RESPOND = "exception.respond", "A person gave an exception its first response"
    EXCEPTION_NOTE = "exception.note", "A note was added to an exception, or an item joined it"
    EXCEPTION_MOVE = "exception.move", "An exception was moved to another owner or category"
    EXCEPTION_PAUSE = "exception.pause", "A person paused the clock of an exception"
    EXCEPTION_RESUME = "exception.resume", "The clock of a paused exception was resumed"
    EXCEPTION_RESOLVE = "exception.resolve", "An exception was resolved"
    EXCEPTION_OVERDUE = "exception.overdue", "An exception was overdue and went to the next person"

    CORRECTION_OPEN = "correction.open", "A person said that a source record is wrong"
    CORRECTION_ACCEPT = "correction.accept", "A correction was accepted, or the record says so now"
    CORRECTION_REFUSE = "correction.refuse", "The record's owner refused a correction"

    ONBOARDING_START = "onboarding.start", "An onboarding began"
    ONBOARDING_OWNER = "onboarding.owner", "An account got another owner"
    CRM_OWNER = "onboarding.crm_owner", "A person said who an owner of the CRM is"
    ONBOARDING_DEAL = "onboarding.deal", "A deal became another one after its onboarding started"
    ONBOARDING_SETTLE = "onboarding.settle", "A person said what holds of a changed deal, or it was won again"
    ONBOARDING_END = "onboarding.end", "A person ended an onboarding"
    MILESTONE_REACH = "milestone.reach", "A milestone was reached"
    MILESTONE_REOPEN = "milestone.reopen", "A reached milestone was opened again"

    DRAFTING_DUE = "drafting.due", "A draft of our own became due"
    DRAFTING_ASK = "drafting.ask", "A person asked for a draft"
    DRAFTING_DRAFT = "drafting.draft", "A draft of our own was written"
    DRAFTING_SKIP = "drafting.skip", "A draft that was due is not needed"
    DRAFTING_FAIL = "drafting.fail", "A draft could not be written"
    DRAFTING_RETRY = "drafting.retry", "A person had a failed draft tried again"
    DRAFTING_GIVE_UP = "drafting.give_up", "A person gave a failed draft up"

    SALES_ANSWER = "question.answer", "The person asked answered a question to sales"
    CUSTOMER_ANSWER = "question.customer_answer", "A person wrote down what the customer answered to an open point"

    PORTAL_OPEN = "portal.open", "A person made a link to a customer's portal"
    PORTAL_END = "portal.end", "A person ended the link to a customer's portal"
    PORTAL_REPLY = "portal.reply", "Somebody said something to a task at a customer's portal"

    REPLY_KEEP = "reply.keep", "A customer's e-mail was brought in, and kept as a record"
    IMPORT_KEEP = "import.keep", "Source records were imported"

    PERSON_ADD = "person.add", "A person was added"
    PERSON_ROLES = "person.roles", "A person's roles were changed"
    PERSON_DISABLE = "person.disable", "A person's account was closed"
    PERSON_ENABLE = "person.enable", "A person's account was opened again"
    PERSON_PASSWORD = "person.password", "A person's password was set"
    PERSON_LINK = "person.link", "A link was made at which a person chooses their password"
    PERSON_END_LINK = "person.end_link", "A link at which a person chooses their password was revoked"
    PERSON_EMAIL = "person.email", "A person's e-mail address was changed"
    PERSON_NOTIFICATIONS = "person.notifications", "What a person is told of, and how, was changed"
    PERSON_CHAT = "person.chat", "The webhook by which a person is told in their chat was entered or forgotten"
    PERSON_SIGN_IN = "person.sign_in", "A person signed in"
    PERSON_SIGN_OUT = "person.sign_out", "A person signed out"
    GROUP_ADD = "group.add", "A person was put into a group"
    GROUP_REMOVE = "group.remove", "A person was taken out of a group"
    ABSENCE_START = "absence.start", "A person said when they are away and who stands in"
    ABSENCE_END = "absence.end", "A person ended their absence"

    KEY_ADD = "key.add", "A key was made for an automation"
    KEY_REVOKE = "key.revoke", "A key was revoked"

    SYSTEM_REFUSE = "system.refuse", "A connector or a release asked a system for more than its row allows"

    POLICY_ACTIVATE = "policy.activate", "A policy version became active"
    LANE_STOP = "lane.stop", "A lane was stopped"

    READINESS_SCORE = "readiness.score", "An area of a lane's readiness was scored"
    READINESS_ANSWER = "readiness.answer", "A line of a lane's worksheet was answered"
    READINESS_COLOUR = "readiness.colour", "A go/no-go area of a lane got a colour"
    READINESS_OWNER = "readiness.owner", "Somebody was named for a part of a launch"
    READINESS_ACCEPT = "readiness.accept", "The person named for a part of a launch accepted it"
    READINESS_STEP = "readiness.step", "A step of a launch was recorded"

    EVENT_RECORD = "event.record", "A person recorded what happened in an onboarding"
    EVENT_TAKE_BACK = "event.take_back", "A person took a recorded event back"
    BASELINE_RECORD = "baseline.record", "A baseline for the measurement was recorded"

    QA_DRAW = "qa.draw", "A QA sample was drawn"
    QA_REVIEW = "qa.review", "A person reviewed a decided draft again"
    QA_FIND = "qa.find", "A person noted a finding in a QA sample"
    QA_SETTLE = "qa.settle", "A dispute in a QA sample was settled"

    PLANT_SEAL = "plant.seal", "A seeded defect was sealed before it was shown"
    PLANT_REVEAL = "plant.reveal", "A seeded defect was revealed"

    SEED_LOAD = "seed.load", "The demo's data was loaded"


# What a person did with a draft; `item.escalate` is also the kind of an escalation by a rule.
DECISIONS = tuple(EventType(f"item.{act}") for act in ACTS)

# What the filter of the log page and the list in docs/auditing.md are grouped by: each noun is in one group.
_NOUNS: dict[str, tuple[str, ...]] = {
    "Drafts and decisions": ("item", "lease"),
    "Automatic sending": ("standing",),
    "Releases and callbacks": ("release", "suppression", "credential", "message"),
    "Exceptions and corrections": ("exception", "correction"),
    "Onboardings": ("onboarding", "milestone", "drafting", "question", "portal", "reply", "import"),
    "People and keys": ("person", "group", "absence", "key"),
    "Policy and readiness": ("policy", "lane", "readiness", "system"),
    "Measurement and QA": ("event", "baseline", "qa", "plant"),
    "Demo": ("seed",),
}


def groups() -> Iterator[tuple[str, list[EventType]]]:
    """Every kind once, in groups: (what the group is called, its kinds)."""
    for name, nouns in _NOUNS.items():
        yield name, [kind for kind in EventType if kind.noun in nouns]


def listed() -> str:
    """The list of `docs/auditing.md`, as Markdown."""
    parts = []
    for name, kinds in groups():
        rows = "".join(f"| `{kind.value}` | {kind.says} |\n" for kind in kinds)
        parts.append(f"### {name}\n\n| kind | what happened |\n|---|---|\n{rows}")
    return "\n".join(parts)
