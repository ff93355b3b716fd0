"""The policy's check rules: whether a check fails, warns or does not count, where, and why; and the list of every check
with its own outcomes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from reviewqueue.core.vocabulary import kind_of
from reviewqueue.evidence.types import Outcome
from reviewqueue.policy.model.base import Key, Kind, PolicyTable, Says, Whole

FILE = "checks.toml"


CountsAs = Literal["fail", "warn", "off"]


RANK: dict[Outcome | CountsAs, int] = {"off": 0, "pass": 0, "warn": 1, "fail": 2}


MEANS: dict[str, str] = {
    "fail": "fails: nobody can approve until it is fixed or overridden",
    "warn": "warns: it is shown, and blocks nothing",
    "off": "does not count: it is shown among the passed checks, with what it said",
}


# The check that no model looked for the six topics: it could not run, or the policy asks for another one.
NOT_CHECKED = "message.topics"


# The check that says what came of asking an organisation's own model as well.
SECOND_OPINION = "message.second-opinion"


# The check of a proposal that changes any of this: two people beside its proposer approve. No rule is about it.
CHANGED = "policy.checks"


BOTH: tuple[Outcome, ...] = ("fail", "warn")


FAILS: tuple[Outcome, ...] = ("fail",)


WARNS: tuple[Outcome, ...] = ("warn",)


# Every check of ours that can have another outcome than "pass", with its own outcomes. Those of the packet's fields
# (`field.KEY`) come from packet.toml.
BY_ITSELF: dict[str, tuple[Outcome, ...]] = {
    "commitment.contradicted": FAILS,
    "commitment.uncompared": WARNS,
    "conflict.amount": BOTH,
    "conflict.quantity": BOTH,
    **{f"conflict.{one}": WARNS for one in ("address", "contact", "date", "domain", "owner", "renewal")},
    "draft.gap": WARNS,
    "evidence.citation": FAILS,
    "evidence.claimed-differs": BOTH,
    "evidence.contradicted": FAILS,
    "evidence.corrected": FAILS,
    "evidence.elsewhere": BOTH,
    "evidence.outdated": BOTH,
    "evidence.uncompared": WARNS,
    "evidence.unsupported": WARNS,
    "message.next-step": BOTH,
    **{
        f"message.{one}": FAILS
        for one in ("invitation", "placeholder", "promise", "recipient-role", "reply-to", "sendable", "suppressed")
    },
    NOT_CHECKED: BOTH,
    SECOND_OPINION: WARNS,
    **{f"milestone.{one}": FAILS for one in ("due", "evidence", "exit", "owner")},
    **{f"milestone.{one}": BOTH for one in ("layer", "order", "outcome")},
    **{f"milestone.{one}": WARNS for one in ("customer-duty", "named-day", "working-day")},
    **{f"recipient.{one}": FAILS for one in ("bcc", "suppressed", "valid")},
    "recipient.belongs": BOTH,
    "recipient.known": WARNS,
    "recipient.name": WARNS,
    "secret.card": BOTH,
    "secret.key": FAILS,
    "secret.other-customer": BOTH,
    "secret.personal": WARNS,
    "text.encoded": FAILS,
    "text.hidden": BOTH,
    "text.link": BOTH,
    "text.markup": WARNS,
    "text.mixed-script": WARNS,
    **{f"topic.{one}": WARNS for one in ("blame", "commercial", "escalation", "go-live-date", "renewal", "scope")},
    "trigger.currency": WARNS,
    "trigger.identity": BOTH,
    "trigger.inclusion": BOTH,
    "trigger.object": FAILS,
    "trigger.required-fields": FAILS,
}


# What must never be weakened: a rule may make these stricter, and nothing else.
_LANES_OWN = "it is a rule of the lane's own file: change that one"


GUARDED: dict[str, str] = {
    "topic.*": "the six topics never go out without a person who knows",
    NOT_CHECKED: "a message that nothing looked at is never taken for one in which nothing was found",
    SECOND_OPINION: "an opinion that was asked for and is missing is said",
    "secret.*": "no secret and no other customer's name leaves unseen",
    "text.*": "nobody approves what cannot be seen, or what looks like something else",
    "recipient.*": "who receives a message is never left to chance",
    "message.sendable": "what cannot be sent is not approved to be sent",
    "message.invitation": "a calendar never shows another day than the message",
    "message.suppressed": _LANES_OWN,
    "message.promise": _LANES_OWN,
    "message.recipient-role": _LANES_OWN,
    "message.reply-to": _LANES_OWN,
    "evidence.corrected": "what its owner accepted as wrong passes by an override that names this check, and only so",
    "commitment.contradicted": "what people approved is changed by an override that names this check, and only so",
}

# Checks that a rule for their family leaves as they are, so that an organisation's older `evidence.*` still loads.
BY_NAME_ALONE = frozenset({"evidence.corrected"})


class CheckRule(PolicyTable):
    """What a check, or a family of them (`evidence.*`), counts as: in these lanes and for these kinds of drafts, in all
    of them where none is named."""

    about: str = Field(min_length=1, max_length=64)
    counts_as: CountsAs
    lanes: tuple[Key, ...] = ()
    kinds: tuple[Kind, ...] = ()
    because: Says

    def takes(self, key: str, lane: str, kind: str) -> bool:
        """Whether it applies to this check of a draft of that kind in that lane."""
        here = (not self.lanes or lane in self.lanes) and (not self.kinds or kind in self.kinds)
        return here and self.touches(key)

    def touches(self, key: str) -> bool:
        """Whether it applies to this check anywhere."""
        return key == self.about or (key not in BY_NAME_ALONE and fnmatchcase(key, self.about))

    @property
    def scope(self) -> str:
        """Where it holds, in words."""
        kinds = ", ".join(kind_of(one).words for one in self.kinds)
        lanes = ", ".join(self.lanes)
        return f"{kinds or 'every draft'} in {lanes or 'every lane'}"

    @property
    def says(self) -> str:
        """The rule in words, without its reason."""
        return f"{self.about} counts as {self.counts_as} for {self.scope}"


def _consented(sends: bool) -> bool:
    if not sends:
        raise ValueError(
            "the text of every message to a customer is sent to that address: say `sends_messages = true` if it may "
            "be, or remove the table"
        )
    return sends


class SecondOpinion(PolicyTable):
    """An organisation's own model that reads each message to a customer as well: the address that the chat completions
    stand below, the model's name there, how long it may take, and the word that messages may be sent there."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@\\]+(/[^\s?#@\\]*)?$", max_length=200)]
    model: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}$")]
    timeout_seconds: Whole = Field(default=10, ge=1, le=30)
    sends_messages: Annotated[bool, AfterValidator(_consented)] = Field(default=False, validate_default=True)


class TopicModel(PolicyTable):
    """Which model looks for the six topics: `version` is the digest of its weights, "" for the one that is installed.
    Where another one is installed, the check fails. `second_opinion` is asked as well, where there is one."""

    version: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    second_opinion: SecondOpinion | None = None


class Checks(PolicyTable):
    """The check rules, of which the first that is about a check, a lane and a kind holds; and the model of the six
    topics."""

    check: tuple[CheckRule, ...] = ()
    topics: TopicModel = TopicModel()

    def rule(self, key: str, lane: str, kind: str) -> tuple[int, CheckRule] | None:
        """The rule that applies, with its number; None where the check's own outcome counts. No rule applies to what an
        automation sent along, or to the check that a proposal changes checks."""
        if not self.check or key == CHANGED or key.startswith("automation."):
            return None
        return next((one for one in enumerate(self.check) if one[1].takes(key, lane, kind)), None)
