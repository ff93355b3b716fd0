"""Surroundings: what stands around a draft when it is weighed: promises that hold, how its onboarding stands, and the
other customers whose names are in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from reviewqueue import commitments, plans
from reviewqueue.checks import STATES_NOTHING, Around
from reviewqueue.checks.message_rules import Standing
from reviewqueue.evidence import Drafted
from reviewqueue.policy.shape import Lane
from reviewqueue.policy.templates import TO_CUSTOMERS
from reviewqueue.proofs.canonical import leaves
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.plans import Drafting, Milestone
from reviewqueue.records.prepared import Listed, Prepared

# So many names at most are looked up for one draft, and so many customers found.
_SOUGHT, _FOUND = 256, 40
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w'’&-]*"
_RUN = re.compile(rf"{_CAPITAL}(?: (?:(?:of|and|the|de|für|und|&|\+) ){{0,2}}(?:{_CAPITAL}|\d+)\.?,?)*")
_LONGEST = 5
_END = re.compile(r"(?:['’]s)?[.,]*$")
# How a company's name goes on where a message leaves that out.
_FORMS = (" inc", " inc.", ", inc.", " gmbh", " ltd", " ltd.", " llc", " corp")
_OTHERS = Listed(
    lambda keys: select(Onboarding.customer).where(Onboarding.customer_key.in_(keys)).distinct().limit(_FOUND), 16
)
_MINE = aliased(Milestone)
_VALUE = exists().where(
    _MINE.onboarding_id == Onboarding.id, _MINE.replaced_at.is_(None), _MINE.layer == plans.CUSTOMER_VALUE
)
_STANDING = Prepared(
    select(
        Onboarding.segment,
        _VALUE.label("planned"),
        _VALUE.where(_MINE.reached_at.is_(None)).label("ahead"),
        ExceptionCase.category,
        ExceptionCase.blocking,
    )
    .outerjoin(ExceptionCase, and_(ExceptionCase.onboarding_id == Onboarding.id, ExceptionCase.resolved_at.is_(None)))
    .where(Onboarding.id == bindparam("onboarding"))
)


def around(
    session: Session,
    lane: Lane,
    drafted: Drafted,
    onboarding_id: int | None,
    template: str = "",
    others: tuple[str, ...] | None = None,
) -> Around:
    """What stands around a draft that is weighed; `onboarding_id` is None where none has begun. `template` is the one
    of ours it was written from; `others` are the other customers, where they were looked up before."""
    found = other_customers(session, drafted) if others is None else others
    if onboarding_id is None:
        return Around(others=found, standing=Standing(template))
    stands = standing(session, lane, drafted.kind, onboarding_id, template)
    return Around(others=found, commitments=commitments.held(session, onboarding_id), standing=stands)


def of_item(session: Session, lane: Lane, item: Item, drafted: Drafted) -> Around:
    """The same for a draft that takes the place of an item's."""
    template = template_of(session, item) if lane.messages else ""
    return around(session, lane, drafted, item.onboarding_id, template)


def template_of(session: Session, item: Item) -> str:
    """The template of ours that an item was written from; "" for all others."""
    mine = Drafting.onboarding_id == item.onboarding_id, Drafting.item_id == item.id
    return session.scalar(select(Drafting.template).where(*mine).limit(1)) or ""


def standing(session: Session, lane: Lane, kind: str, onboarding_id: int, template: str) -> Standing:
    """How an onboarding stands, in one statement; read only where the lane's rule for such a message asks."""
    rule = lane.message_rule(kind, template)
    if rule is None or rule[1].suppressed_when is None:
        return Standing(template)
    rows = _STANDING.rows(session, {"onboarding": onboarding_id})
    open_ones = tuple(sorted({row.category for row in rows if row.category}))
    blocked, finished = any(row.blocking for row in rows), bool(rows and rows[0].planned and not rows[0].ahead)
    return Standing(template, rows[0].segment if rows else "", open_ones, blocked, finished)


def other_customers(session: Session, drafted: Drafted) -> tuple[str, ...]:
    """The customers whose names could stand in a draft, its own among them: looked up by what begins with a capital,
    in one statement along an index."""
    if drafted.kind in STATES_NOTHING:
        return ()
    keys = list(islice(dict.fromkeys(_keys(drafted)), _SOUGHT))
    return tuple(sorted(row.customer for row in _OTHERS.rows(session, keys)))


def _keys(drafted: Drafted) -> Iterator[str]:
    """What customers could be called, as onboardings keep it. In what a customer reads, single words too and names with
    the usual legal forms; in a document, where another's name only warns, names of several words as they stand."""
    names = dict.fromkeys(name for _, text in leaves(drafted.draft) for name in _names(text))
    longer = [name for name in names if " " in name]
    if drafted.kind not in TO_CUSTOMERS:
        return iter(longer)
    return chain(names, (name + form for name in longer if name.count(" ") < 3 for form in _FORMS))


def _names(text: str) -> Iterator[str]:
    for run in _RUN.finditer(text):
        words = run[0].casefold().split(" ")
        for start in range(len(words)):
            for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
                name = " ".join(words[start:end])
                yield name
                if (bare := _END.sub("", name)) != name:
                    yield bare
