"""What the checks need to know beside the draft: promises that hold, the state of its onboarding, and other customers
whose names are in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.checks import CheckContext
from reviewqueue.checks.message_rules import OnboardingState
from reviewqueue.core import folding
from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import ANY_MESSAGE, NOT_DRAFTS, TO_CUSTOMERS
from reviewqueue.db.statements import Prepared, PreparedIn
from reviewqueue.db.tables.evidence import Correction
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import commitments, corrected_fields
from reviewqueue.evidence.text.corrected_values import AcceptedCorrection
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import approved_plan, known_records, suppressed
from reviewqueue.items.known_records import About
from reviewqueue.policy.model.policy import Lane, Policy

# At most so many names are looked up for one draft, and at most so many customers are found.
_MAX_NAMES, _MAX_CUSTOMERS = 256, 40
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w'’&-]*"
_CAPITALISED_WORDS = as_pattern(rf"{_CAPITAL}(?: (?:(?:of|and|the|de|für|und|&|\+) ){{0,2}}(?:{_CAPITAL}|\d+)\.?,?)*")
_MAX_NAME_WORDS = 5
_END = as_pattern(r"(?:['’]s)?[.,]*$")
# How a company's name goes on where a message leaves that out.
_LEGAL_FORMS = (" inc", " inc.", ", inc.", " gmbh", " ltd", " ltd.", " llc", " corp")
_CUSTOMERS_BY_NAME = PreparedIn(
    lambda keys: select(Onboarding.customer).where(Onboarding.customer_key.in_(keys)).distinct().limit(_MAX_CUSTOMERS),
    16,
)
_MILESTONE = aliased(Milestone)
_HAS_VALUE_MILESTONE = exists().where(
    _MILESTONE.onboarding_id == Onboarding.id,
    _MILESTONE.replaced_at.is_(None),
    _MILESTONE.layer == approved_plan.CUSTOMER_VALUE,
)
_ONBOARDING_STATE = Prepared(
    select(
        Onboarding.segment,
        _HAS_VALUE_MILESTONE.label("planned"),
        _HAS_VALUE_MILESTONE.where(_MILESTONE.reached_at.is_(None)).label("ahead"),
        ExceptionCase.category,
        ExceptionCase.blocking,
    )
    .outerjoin(ExceptionCase, and_(ExceptionCase.onboarding_id == Onboarding.id, ExceptionCase.resolved_at.is_(None)))
    .where(Onboarding.id == bindparam("onboarding"))
)
_ANY_ACCEPTED = Prepared(
    select(Correction.id)
    .join(Item, Item.id == Correction.item_id)
    .where(Item.onboarding_id == bindparam("onboarding"), Correction.state == "accepted")
    .limit(1)
)


def build_context(
    session: Session,
    policy: Policy,
    lane: Lane,
    drafted: DraftWithEvidence,
    customer: str,
    onboarding_id: int | None,
    about: About,
    template: str = "",
    ahead: CheckContext | None = None,
    today: date | None = None,
) -> CheckContext:
    """The context for checking a draft; `onboarding_id` is None before the onboarding has started. `about` says whose
    draft it is and of which deal, `template` is the key of our template it was written from, or ""; `today` is the
    draft's day where the lane's office is. What was looked up `ahead` and can have changed since is looked up again."""
    customers = other_customers(session, drafted) if ahead is None else ahead.other_customers
    if drafted.kind in NOT_DRAFTS:
        return CheckContext(customer, customers, onboarding_state=OnboardingState(template), today=today)
    promised = commitments.active_promises(session, onboarding_id) if onboarding_id is not None else ()
    before = ahead.records if ahead else None
    known = known_records.gather(
        session, policy, lane, drafted.sources, about, onboarding_id, before, history=bool(promised)
    )
    listed = suppressed.of_message(session, drafted.draft) if drafted.kind in ANY_MESSAGE else {}
    rest: dict[str, Any] = {"today": today, "records": known, "suppressed": listed}
    if onboarding_id is None:
        return CheckContext(customer, customers, onboarding_state=OnboardingState(template), **rest)
    state = onboarding_state(session, lane, drafted.kind, onboarding_id, template)
    return CheckContext(customer, customers, promised, state, corrections_in_force(session, onboarding_id), **rest)


def corrections_in_force(session: Session, onboarding_id: int) -> tuple[AcceptedCorrection, ...]:
    """The accepted corrections of an onboarding that no import has shown yet. One short statement where there are
    none."""
    if _ANY_ACCEPTED.scalar(session, {"onboarding": onboarding_id}) is None:
        return ()
    return tuple(corrected_fields.in_force(session, onboarding_id))


def template_of(session: Session, item: Item) -> str:
    """The key of our template that an item was drafted from; "" where it was not drafted from one."""
    mine = DraftJob.onboarding_id == item.onboarding_id, DraftJob.item_id == item.id
    return session.scalar(select(DraftJob.template).where(*mine).limit(1)) or ""


def onboarding_state(session: Session, lane: Lane, kind: str, onboarding_id: int, template: str) -> OnboardingState:
    """The state of an onboarding that message rules ask for, in one statement; read only where the lane's rule for
    such a message needs it."""
    rule = lane.message_rule(kind, template)
    if rule is None or rule[1].suppressed_when is None:
        return OnboardingState(template)
    rows = _ONBOARDING_STATE.rows(session, {"onboarding": onboarding_id})
    open_ones = tuple(sorted({row.category for row in rows if row.category}))
    blocked, finished = any(row.blocking for row in rows), bool(rows and rows[0].planned and not rows[0].ahead)
    return OnboardingState(template, rows[0].segment if rows else "", open_ones, blocked, finished)


def other_customers(session: Session, drafted: DraftWithEvidence) -> tuple[str, ...]:
    """The customers whose names could be in a draft, its own included: capitalised words looked up in one statement
    along an index."""
    if drafted.kind in NOT_DRAFTS:
        return ()
    keys = list(islice(dict.fromkeys(_keys(drafted)), _MAX_NAMES))
    return tuple(sorted(row.customer for row in _CUSTOMERS_BY_NAME.rows(session, keys)))


def _keys(drafted: DraftWithEvidence) -> Iterator[str]:
    """Possible customer names, as `onboardings.customer_key` keeps them. For what a customer reads, single words too,
    and names with the usual legal forms; for a document, where another's name only warns, longer names only."""
    plain = (unicodedata.normalize("NFKC", text) for _, text in leaves(drafted.draft))
    names = dict.fromkeys(name for text in plain for name in _names(text))
    longer = [name for name in names if " " in name]
    if drafted.kind not in TO_CUSTOMERS:
        return iter(longer)
    return chain(names, (name + form for name in longer if name.count(" ") < 3 for form in _LEGAL_FORMS))


def _names(text: str) -> Iterator[str]:
    for run in _CAPITALISED_WORDS.finditer(text):
        # Onboardings from before names were folded have their key with its accents.
        for said in dict.fromkeys((folding.folded(run[0]), run[0].casefold())):
            yield from _parts(said.split(" "))


def _parts(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + _MAX_NAME_WORDS, len(words)) + 1):
            name = " ".join(words[start:end])
            yield name
            if (bare := _END.sub("", name)) != name:
                yield bare
