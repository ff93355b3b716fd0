"""Judges a deal: is it closed-won, which lane is it for, and which account's is it? Where that is not clear, a person
is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from reviewqueue.connectors import stage_labels
from reviewqueue.connectors.account_names import MAX_MATCHES, AccountIndex, folded
from reviewqueue.connectors.record_state import why_gone
from reviewqueue.connectors.schema import SHAPES, first, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import SYSTEM_NAMES
from reviewqueue.evidence.types import Source
from reviewqueue.policy.model.policy import Lane, Policy, Trigger

DealStage = Literal["won", "lost", "open", "unknown"]


@dataclass(frozen=True)
class DealIdentity:
    """How a deal's account was found: by its "id", by its "name", by a "person" who answered, or not ("none").
    `sources` are the records that show it, by ref: the pipeline that maps its stage, or the person's answer."""

    how: Literal["id", "name", "person", "none"]
    sources: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True)
class DealVerdict:
    """What to do with a deal, and why. `accounts` are the ids of those it could be for: one at most for a start;
    `merged` says that the deal names one that was merged into it."""

    act: Literal["start", "ask", "skip"]
    why: str
    lane: Lane | None = None
    accounts: tuple[str, ...] = ()
    how: Literal["id", "name", "none"] = "none"
    merged: bool = False


def judge(
    policy: Policy,
    deal: Source,
    account_index: AccountIndex,
    meanings: Mapping[str, DealStage],
    linked: Sequence[str],
    same_name_count: int,
    gone: Mapping[str, str] = MappingProxyType({}),
    masters: Mapping[str, str] = MappingProxyType({}),
) -> DealVerdict:
    """Start, ask or skip. `meanings` are the pipelines' own, `linked` the account ids that association records
    name for this deal, `same_name_count` counts other closed-won deals of the same name. `gone` says of accounts and
    deals how the CRM lost them, and `masters` into which other ones they were merged: a deal of a merged account is its
    master's."""
    lane, why_no_lane = lane_of(policy, deal)
    trigger = (lane or policy.lane(policy.organisation.default_lane) or policy.lanes[0]).triggers.get(deal.system)
    if trigger is None:
        return DealVerdict("skip", f"no lane it could be in has a trigger for {deal.system}")
    stage, stage_name = stage_of(trigger, deal, meanings)
    stage_name = stage_labels.in_words(deal.system, stage_name)
    if why := why_gone(deal) or gone.get(deal.external_id, ""):
        return DealVerdict("skip", f"{SYSTEM_NAMES[deal.system]} has it as {why}")
    if stage in ("open", "lost"):
        return DealVerdict("skip", f"it is {stage} (stage “{stage_name}”)")
    if lane is None:
        return DealVerdict("skip", why_no_lane)
    named = account_ids(trigger, deal) or tuple(linked)
    followed = tuple(dict.fromkeys(masters.get(one, one) for one in named))
    accounts = tuple(one for one in followed if one not in gone) or (
        () if followed else tuple(account_index.like(name_of(trigger, deal)))
    )
    doubts = [f"its account {one} is {gone[one]}" for one in followed if one in gone and not accounts]
    if stage == "unknown":
        doubts.append(
            f"its stage “{stage_name}” maps to nothing in lane {lane.name}" if stage_name else "it has no stage"
        )
    if same_name_count:
        doubts.append(
            f"{same_name_count} other closed-won {'deal has' if same_name_count == 1 else 'deals have'} the same name"
        )
    if not accounts and not followed:
        doubts.append("no known account has a name like it")
    elif len(accounts) > 1:
        count = f"{len(accounts)}{' or more' if len(accounts) == MAX_MATCHES else ''}"
        doubts.append(f"{'it names' if named else 'it could be for'} {count} accounts")
    how: Literal["id", "name", "none"] = "id" if named else "name" if accounts else "none"
    return DealVerdict("ask" if doubts else "start", "; ".join(doubts), lane, accounts, how, followed != named)


def closed_won_name(policy: Policy, deal: Source, meanings: Mapping[str, DealStage]) -> str:
    """The folded name of a closed-won deal, under which another of the same name is found; "" for every other deal."""
    lane = lane_of(policy, deal)[0]
    trigger = lane.triggers[deal.system] if lane else None
    won = trigger is not None and stage_of(trigger, deal, meanings)[0] == "won"
    return folded(name_of(trigger, deal)) if trigger and won else ""


def pipeline_of(trigger: Trigger, deal: Source, pipelines: Iterable[Source]) -> dict[str, Source]:
    """The pipeline that maps the deal's stage, as evidence by ref; none where the lane's own lists know the stage."""
    if stage_of(trigger, deal, {})[0] != "unknown":
        return {}
    said = stage_of(trigger, deal, {})[1]
    return next(({"pipeline": one} for one in pipelines if said in stage_meanings([one])), {})


def lane_of(policy: Policy, deal: Source) -> tuple[Lane | None, str]:
    """The lane of a deal's segment and type, or None and why not. Without a segment it is the default lane's."""
    lanes = [lane for lane in policy.lanes if deal.system in lane.triggers]
    said = {lane.key: fact_text(lane.triggers[deal.system], deal, "segment") for lane in lanes}
    matching = [lane for lane in lanes if said[lane.key] and normalise(said[lane.key]) == normalise(lane.segment)]
    if not matching:
        segment = next(filter(None, said.values()), "")
        if segment:
            return None, f"segment “{segment}” has no lane"
        matching = [lane for lane in lanes if lane.key == policy.organisation.default_lane]
    for lane in matching:
        kind = fact_text(lane.triggers[deal.system], deal, "deal_type")
        if not kind or normalise(kind) not in map(normalise, lane.excluded_deal_types):
            return lane, ""
    if matching:
        return None, f"deal type “{kind}” is excluded from lane {matching[0].name}"
    return None, f"no lane has a trigger for {deal.system}"


def stage_of(trigger: Trigger, deal: Source, meanings: Mapping[str, DealStage]) -> tuple[DealStage, str]:
    """(won, lost, open or unknown, the stage as the record names it). The lane's own lists come before
    `meanings`, the pipelines' own (`stage_meanings`)."""
    said, _ = first(deal, (trigger.stage, *SHAPES[deal.system].stage))
    listed: tuple[tuple[DealStage, tuple[str, ...]], ...] = (
        ("won", trigger.won),
        ("lost", trigger.lost),
        ("open", trigger.open),
    )
    for stage, names in listed:
        if said.casefold() in map(str.casefold, names):
            return stage, said
    return meanings.get(said, "unknown"), said


def stage_meanings(pipelines: Iterable[Source]) -> dict[str, DealStage]:
    """Stage id → meaning by the pipelines' own metadata: closed at probability 1 is won, closed at 0 is lost, not
    closed is open. A stage id that two pipelines define differently is left out."""
    found: dict[str, DealStage] = {}
    for pipeline in pipelines:
        listed = resolve_pointer(pipeline.payload, "/stages")
        for stage in listed if isinstance(listed, list) else []:
            key = text(resolve_pointer(stage, "/id"))
            means = _meaning(
                resolve_pointer(stage, "/metadata/isClosed"), text(resolve_pointer(stage, "/metadata/probability"))
            )
            found[key] = means if found.get(key, means) == means else "unknown"
    return found


def _meaning(closed: Any, probability: str) -> DealStage:
    if closed in (False, "false"):
        return "open"
    if closed not in (True, "true"):
        return "unknown"
    return {"1.0": "won", "1": "won", "0.0": "lost", "0": "lost"}.get(probability, "unknown")  # type: ignore[return-value]


def account_ids(trigger: Trigger, deal: Source) -> tuple[str, ...]:
    """The ids of the accounts a deal itself names. A pointer to the first of a list means the whole list: the first is
    no better than the others, unless the others are marked as unlabelled."""
    head, listed, tail = trigger.account.partition("/0/")
    found = resolve_pointer(deal.payload, head) if listed else None
    named = found if isinstance(found, list) else []
    labelled = [one for one in named if not text(resolve_pointer(one, "/type")).endswith("_unlabeled")] or named
    texts = (
        [text(resolve_pointer(one, f"/{tail}")) for one in labelled]
        if listed
        else [text(resolve_pointer(deal.payload, trigger.account))]
    )
    return tuple(dict.fromkeys(SHAPES[deal.system].full_id(one) for one in texts if one))


def name_of(trigger: Trigger, deal: Source) -> str:
    """The deal's name, or ""."""
    return first(deal, (trigger.name, *SHAPES[deal.system].name))[0]


def fact_text(trigger: Trigger, deal: Source, name: str) -> str:
    """The text of one of the lane's facts in the deal, or ""."""
    return first(deal, trigger.fields.get(name, ()))[0]


def normalise(word: str) -> str:
    """A segment or deal type without case, blanks and punctuation: `Mid-Market` is `mid market`."""
    return "".join(sign for sign in word.casefold() if sign.isalnum())
