"""What a sales owner says of one field of a question: the answer, that nothing is agreed, or that the customer has to
be asked, by whom and by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reviewqueue.core import text_limits
from reviewqueue.core.characters import visible
from reviewqueue.core.errors import FieldError
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.types import Source
from reviewqueue.policy.model.policy import PacketField

OUTCOMES = {"value": "The answer", "not-agreed": "Not agreed", "ask-customer": "The customer has to be asked"}
ASKERS = {"onboarding": "The onboarding team: the question is drafted", "sales": "I ask them myself"}
_MAX_ANSWER = 4_000
_DAY = as_pattern(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class GivenAnswer:
    """What a person says of one field: one of OUTCOMES, and the words; where the customer has to be asked, which of
    ASKERS asks ("" for the onboarding team), and by which day, as `2026-03-06`."""

    outcome: str
    words: str
    asker: str = ""
    ask_by: str = ""


def faults(given: Mapping[str, GivenAnswer], fields: Mapping[str, PacketField], today: date) -> list[FieldError]:
    """What is wrong with these answers to these fields, each at its own place."""
    if not given:
        return [FieldError("/answers", "answer at least one of the fields")]
    found = ((key, _fault(one, key in fields, today)) for key, one in given.items())
    return [FieldError(f"/answers/{key}", says) for key, says in found if says]


def _fault(one: GivenAnswer, asked: bool, today: date) -> str:
    if not asked or one.outcome not in OUTCOMES:
        return f"choose what you say: {', '.join(OUTCOMES.values())}; or empty the words"
    if len(one.words) > _MAX_ANSWER:
        return f"at most {_MAX_ANSWER} characters"
    if one.outcome == "value" and not visible(one.words):
        return "write the answer, or choose that it is not agreed"
    return _asking_fault(one, today) if one.outcome == "ask-customer" else ""


def _asking_fault(one: GivenAnswer, today: date) -> str:
    if one.asker not in ("", *ASKERS):
        return "choose who asks the customer"
    day = _day(one.ask_by.strip())
    if not (one.asker or one.ask_by.strip() or visible(one.words)):
        return "say who asks the customer, and by when"
    if one.ask_by.strip() and day is None:
        return "give the day by which they are asked as year, month and day, such as 2026-03-06"
    if one.asker == "sales" and day is None:
        return "say by which day you ask the customer"
    return "this day has passed; give the day by which they are asked" if day and day < today else ""


def asking_facts(given: GivenAnswer, name: str) -> dict[str, str]:
    """What the record of an answer by this person says of who asks the customer, and by when."""
    if given.outcome != "ask-customer":
        return {}
    asks = {"asker": given.asker or "onboarding", "asker_name": name if given.asker == "sales" else ""}
    return asks | ({"ask_by": given.ask_by.strip()} if given.ask_by.strip() else {})


def sales_asks(answer: Source) -> str:
    """The name of who in sales said that they ask the customer themselves; "" where the onboarding team does."""
    return _text(answer, "asker_name") if _text(answer, "asker") == "sales" else ""


def ask_by(answer: Source) -> date | None:
    """The day by which sales said that the customer is asked; None where they gave none."""
    return _day(_text(answer, "ask_by"))


def says_who_asks(answer: Source) -> str:
    """Who asks the customer and by when, of an answer that they have to be asked, in words."""
    day, name = ask_by(answer), sales_asks(answer)
    by = f" by {day:%a} {day.day} {day:%b %Y}" if day else ""
    return f"the customer has to be asked: {name or 'the onboarding team'} asks them{by}"


def words_of(given: GivenAnswer) -> str:
    """The words as they are kept."""
    return text_limits.replace_invalid(given.words.strip())


def _text(answer: Source, key: str) -> str:
    payload: Any = answer.payload
    value = payload.get(key, "") if isinstance(payload, Mapping) else ""
    return value if isinstance(value, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
