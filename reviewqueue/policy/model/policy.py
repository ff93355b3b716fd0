"""The policy model: lanes, gates, reasons, the packet's fields, and the whole `Policy`. Everything specific to an
organisation is in its text files."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from pydantic import Field

from reviewqueue.core.mime import message
from reviewqueue.core.vocabulary import ActKey, Involved, LookKey, Role, Stage
from reviewqueue.policy.model.autosend import AutosendCriteria, AutosendStop
from reviewqueue.policy.model.base import UNNAMED, Domain, Key, Kind, Name, Pointer, PolicyTable, Says, System, Whole
from reviewqueue.policy.model.calendar import Calendar
from reviewqueue.policy.model.checks import Checks
from reviewqueue.policy.model.destinations import Destination
from reviewqueue.policy.model.exceptions import Exceptions
from reviewqueue.policy.model.messages import About, MessageRule
from reviewqueue.policy.model.sampling import Quality, Sampling
from reviewqueue.policy.model.systems import SystemRow
from reviewqueue.policy.model.templates import Template


class Reason(PolicyTable):
    """Why an act was taken: a code for the log, words for people, and the acts it may stand for; "look" is the look at
    a source that changed."""

    code: Key
    label: Says
    acts: tuple[ActKey | LookKey, ...] = Field(min_length=1)


class Escalation(PolicyTable):
    """A case that must be escalated: `when` is a CEL condition over the declared facts, and true as well when it cannot
    be evaluated."""

    name: Key
    when: Says
    says: Says


class Override(PolicyTable):
    """Which failed checks may be overridden (`field.*` is a family), in which roles, for which of the gate's reasons
    (none named: all of them), and for how long (days)."""

    checks: tuple[str, ...] = Field(min_length=1)
    roles: tuple[Role, ...] = Field(min_length=1)
    reasons: tuple[Key, ...] = ()
    second_person: bool = False
    longest_days: Whole = Field(default=30, ge=1, le=365)


class Gate(PolicyTable):
    """How an item is decided: who, how many, when it must be escalated, which reasons.

    Any of the roles, of the groups' people, and where it says so the account's owner, may decide. `approvals_from` are
    roles each of which must be among the approvals, of different people. A change of what a check counts as takes
    `approvals_for_checks` people beside its proposer, two at least. A failed check may be overridden as the first
    `override_rule` that names it says, else as `override` says, else by nobody. `package` says whether each draft of an
    onboarding is decided by itself ("parts"), or only while no other open one contradicts it ("whole"). `release` is
    the destination of what is approved here, "" where nothing is released; it goes out `undo_minutes` after the
    approval, which can be undone until then, and with `send_in_business_hours` not before the customer's next business
    hour. About `planted_percent` of a hundred drafts
    here are seeded defects: known-bad copies that never go out, and that are revealed by the first decision.
    """

    key: Key
    name: Says
    decides: Says
    shows: tuple[Says, ...] = Field(min_length=1)
    reviewers: tuple[Role, ...] = ()
    reviewer_groups: tuple[Key, ...] = ()
    account_owner: bool = False
    package: Literal["parts", "whole"] = "parts"
    approvals: Whole = Field(default=1, ge=1, le=5)
    approvals_from: tuple[Role, ...] = ()
    approvals_for_checks: Whole = Field(default=2, ge=2, le=5)
    goes_up_to: tuple[Role, ...] = Field(min_length=1)
    seen_by: tuple[Role, ...] = ()
    sample_percent: Whole = Field(default=0, ge=0, le=100)
    sla_hours: Whole = Field(ge=1, le=400)
    expires_after_hours: Whole | None = Field(default=None, ge=1, le=2000)
    lease_minutes: Whole = Field(default=15, ge=1, le=240)
    lease_on_open: bool = False
    separate: tuple[Involved, ...] = ("author", "editor", "delegate", "delegator", "automation_owner")
    text_for: tuple[ActKey | LookKey, ...] = ()
    reasons: tuple[Key, ...] = Field(min_length=1)
    override: Override | None = None
    override_rule: tuple[Override, ...] = ()
    must_escalate: tuple[Escalation, ...] = ()
    release: Key | Literal[""] = ""
    undo_minutes: Whole = Field(default=0, ge=0, le=1440)
    send_in_business_hours: bool = False
    planted_percent: Whole = Field(default=0, ge=0, le=10)
    # The lane that changed this gate; no file says it.
    lane: str = Field(default="", max_length=0, exclude=True)

    @property
    def overrides(self) -> tuple[tuple[str, Override], ...]:
        """The rules by which checks may be overridden, in the order they apply, each with its table's name."""
        rules = tuple((f"override_rule/{number}", rule) for number, rule in enumerate(self.override_rule))
        return rules if self.override is None else (*rules, ("override", self.override))

    def override_for(self, check: str) -> tuple[str, Override] | None:
        """The rule by which that check may be overridden, with its table's name; None when nobody may. No rule lets
        anybody override a check that says a message cannot be sent."""
        if check in message.CHECKS:
            return None
        held = (one for one in self.overrides if any(fnmatchcase(check, pattern) for pattern in one[1].checks))
        return next(held, None)


class GateChange(PolicyTable):
    """What one lane changes of a gate: stricter rules or other people, never other acts."""

    approvals: Whole | None = Field(default=None, ge=1, le=5)
    sla_hours: Whole | None = Field(default=None, ge=1, le=400)
    expires_after_hours: Whole | None = Field(default=None, ge=1, le=2000)
    approvals_from: tuple[Role, ...] | None = None
    reviewers: tuple[Role, ...] | None = Field(default=None, min_length=1)
    reviewer_groups: tuple[Key, ...] | None = None
    goes_up_to: tuple[Role, ...] | None = Field(default=None, min_length=1)
    account_owner: bool | None = None
    package: Literal["parts", "whole"] | None = None
    sample_percent: Whole | None = Field(default=None, ge=0, le=100)
    release: Key | Literal[""] | None = None
    undo_minutes: Whole | None = Field(default=None, ge=0, le=1440)
    send_in_business_hours: bool | None = None
    planted_percent: Whole | None = Field(default=None, ge=0, le=10)


class Trigger(PolicyTable):
    """What counts as a closed-won deal in one CRM: the object, its stages, and where the lane's facts are in a
    record."""

    object: str = Field(min_length=1)
    stage: Pointer
    won: tuple[str, ...] = Field(min_length=1)
    lost: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    name: Pointer
    account: Pointer
    fields: dict[str, tuple[Pointer, ...]] = Field(default_factory=dict)


class Lane(PolicyTable):
    """One kind of onboarding: one trigger, one customer segment, one owner, one outcome, one point at which it
    stops. A customer's portal link is good for `portal_days`; with 0 there is none."""

    key: Key
    name: Says
    stage: Stage = "shadow"
    sentence: Says
    segment: Key
    owner: Role
    outcome: Says
    stop_point: Says
    in_scope: tuple[Says, ...] = Field(min_length=1)
    out_of_scope: tuple[Says, ...] = Field(min_length=1)
    calendar: Key
    required: tuple[Kind, ...] = Field(min_length=1)
    deal_types: tuple[str, ...] = ()
    excluded_deal_types: tuple[str, ...] = ()
    waived_fields: tuple[Kind, ...] = ()
    kinds: dict[Kind, Key] = Field(min_length=1)
    gates: dict[Key, GateChange] = Field(default_factory=dict)
    messages: dict[About, MessageRule] = Field(default_factory=dict)
    triggers: dict[System, Trigger] = Field(default_factory=dict)
    qa: Sampling | None = None
    portal_days: Whole = Field(default=0, ge=0, le=366)
    earned: AutosendCriteria = AutosendCriteria()
    stop: tuple[AutosendStop, ...] = ()

    def message_rule(self, kind: str, template: str = "") -> tuple[str, MessageRule] | None:
        """The rule for a message, with the name it stands under: the template's rule, else that of its kind."""
        return next(((name, rule) for name in (template, kind) if (rule := self.messages.get(name))), None)


class PacketField(PolicyTable):
    """One field of the handoff packet, and what its absence means for the field audit. `ask` is the question to sales
    about it, `ask_customer` the same to the customer."""

    key: Kind
    label: Says
    section: Kind
    missing: Literal["blocks", "usually", "noted"] = "noted"
    audited: bool = False
    ask: str = ""
    ask_customer: str = ""

    @property
    def at(self) -> str:
        """Where it is in a packet's draft, as a JSON Pointer."""
        return f"/sections/{self.section}/{self.key}"


class PacketSection(PolicyTable):
    """One of the packet's eleven sections, in reading order."""

    key: Kind
    label: Says


class Packet(PolicyTable):
    """The sales handoff packet: its sections and fields."""

    sections: tuple[PacketSection, ...] = Field(min_length=11, max_length=11)
    fields: tuple[PacketField, ...] = Field(min_length=1)


class Group(PolicyTable):
    """A named group of people that a gate may name; its members are in the database. The CS leaders in a `team` lead
    the accounts of everybody else in it."""

    key: Key
    name: Says
    team: bool = False


class WeeklySummary(PolicyTable):
    """The weekly risk summary of each CS leader: the day it is drafted (0 is Monday), and after how many business days
    without an event a customer counts as quiet."""

    weekday: Whole = Field(default=0, ge=0, le=6)
    silent_days: Whole = Field(default=5, ge=1, le=90)


class Organisation(PolicyTable):
    """What holds for every lane. `domains` are our own: people there may always be among a message's recipients.
    `currency` is the one in which the policy's amounts are; a deal in another is not compared with them.
    `catch_rate_per_person` says whether the seeded defects that each person caught are shown by name. What one of the
    `trusted_automations` sends along counts as if it had been imported; what any other sends is claimed."""

    name: Name
    domains: tuple[Domain, ...] = ()
    trusted_automations: tuple[Name, ...] = ()
    default_lane: Key
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    small_team: bool = False
    small_team_says: str = ""
    calendars: tuple[Calendar, ...] = Field(min_length=1)
    groups: tuple[Group, ...] = ()
    catch_rate_per_person: bool = False
    qa: Quality = Quality()
    summary: WeeklySummary = WeeklySummary()

    @property
    def named(self) -> bool:
        """Whether the policy says what the organisation is called: the shipped one does not."""
        return self.name != UNNAMED


class Policy(PolicyTable):
    """A whole policy. `digest` is the SHA-256 of its files and identifies this version for ever."""

    digest: str
    organisation: Organisation
    reasons: tuple[Reason, ...]
    packet: Packet
    exceptions: Exceptions = Exceptions()
    checks: Checks = Checks()
    destinations: tuple[Destination, ...] = ()
    systems: tuple[SystemRow, ...] = ()
    lanes: tuple[Lane, ...]
    gates: tuple[Gate, ...]
    templates: tuple[Template, ...] = ()
    places: dict[str, str] = Field(default_factory=dict)

    def lane(self, key: str) -> Lane | None:
        """The lane of that key."""
        return next((lane for lane in self.lanes if lane.key == key), None)

    def gate(self, lane_key: str, gate_key: str) -> Gate | None:
        """The gate as that lane has it, or None: an item whose gate is missing cannot be decided."""
        return self.gates_by_lane.get((lane_key, gate_key))

    @cached_property
    def gates_by_lane(self) -> dict[tuple[str, str], Gate]:
        """Every gate as each lane has it, by (lane key, gate key)."""
        return {(lane.key, gate.key): self._merged(lane, gate) for lane in self.lanes for gate in self.gates}

    def _merged(self, lane: Lane, gate: Gate) -> Gate:
        change = lane.gates.get(gate.key)
        if change is None:
            return gate
        return gate.model_copy(update={**change.model_dump(exclude_none=True), "lane": lane.key})

    def sampling(self, lane_key: str) -> tuple[Sampling, str]:
        """How a lane's weekly QA sample is drawn, with the file and line that say so ("" where none does)."""
        lane = self.lane(lane_key)
        if lane is not None and lane.qa is not None:
            return lane.qa, self.place(f"lane:{lane_key}", "qa")
        return self.organisation.qa, self.places.get("organisation/qa", "")

    def template(self, key: str) -> Template | None:
        """The template of that key."""
        return next((template for template in self.templates if template.key == key), None)

    def destination(self, key: str) -> Destination | None:
        """The destination of that key."""
        return next((one for one in self.destinations if one.key == key), None)

    def after(self, event: str, lane: Lane) -> tuple[Template, ...]:
        """What is drafted in this lane after an event; "" names what is drafted only when somebody asks."""
        mine = (one for one in self.templates if one.kind in lane.kinds and lane.key in (one.lanes or (lane.key,)))
        return tuple(template for template in mine if template.after == event)

    def reasons_for(self, gate: Gate, act: ActKey) -> tuple[Reason, ...]:
        """The reason codes this gate accepts for an act, in the order of the gate's list."""
        known = {reason.code: reason for reason in self.reasons}
        return tuple(known[code] for code in gate.reasons if act in known[code].acts)

    def look_reasons(self, gate: Gate) -> tuple[Reason, ...]:
        """The reason codes this gate accepts for a look at a source that changed; where none is for that, those for an
        approval, which a look is in small."""
        own = tuple(one for one in self.reasons if one.code in gate.reasons and "look" in one.acts)
        return own or self.reasons_for(gate, "approve")

    def called(self, name: str) -> str:
        """What a decider is called: a role, the account's owner, or a group (`group:KEY`) by its name."""
        if name == "account_owner":
            return "the account's owner"
        key = name.removeprefix("group:")
        if key == name:
            return name.replace("_", " ")
        return f"the group {self.group(key)}"

    def group(self, key: str) -> str:
        """What a group is called; its key where the policy does not know it."""
        return next((group.name for group in self.organisation.groups if group.key == key), key)

    def calendar(self, lane_key: str) -> Calendar:
        """The business hours of a lane."""
        lane = self.lane(lane_key)
        wanted = lane.calendar if lane else self.organisation.calendars[0].key
        return next(calendar for calendar in self.organisation.calendars if calendar.key == wanted)

    def place(self, *names: str) -> str:
        """File and line of something, or else of what it is a part of: `gates/handoff-quality.toml:12`."""
        path = "/".join(names)
        while path not in self.places and "/" in path:
            path = path.rpartition("/")[0]
        return self.places.get(path, "")

    def rule(self, gate: Gate, name: str) -> str:
        """File and line of a rule of this gate: in the lane's file where the lane changed it."""
        changed = self.places.get(f"lane:{gate.lane}/gates/{gate.key}/{name}")
        return changed or self.place(f"gate:{gate.key}", name)
