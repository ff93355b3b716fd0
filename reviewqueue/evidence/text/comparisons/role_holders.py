"""Who holds a title or a role that a sentence gives to somebody, by the roles that the records keep beside a name."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.sentence.clauses import sentence_spans
from reviewqueue.evidence.text.values.entities import Entity

_FURTHEST = 40  # characters between a name and its role
_WORD = as_pattern(r"\w+")
# What may stand between the two: "Rosa Marlow is your …", "… on their side: Rosa Marlow".
_BETWEEN = frozenset(
    "is was as the your their our a an who for new on at side customer client of depot site contact "  # noqa: SIM905
    "ist als der die das dort ihr ihre ihrer beim bei kunden seite unser unsere frau herr dr mr mrs ms "
    "est comme le la votre notre chez vous es como el su monsieur madame".split()
)


def others(text: str, one: Entity, person: str, records: RecordTexts) -> tuple[Place, ...]:
    """The fields that give the role which a sentence puts beside a name to others alone; none where the records give it
    to this person too, or the sentence puts none there."""
    first, last = next((span for span in sentence_spans(text) if span[0] <= one.start < span[1]), (0, 0))
    before, after = text[first : one.start].lower(), text[one.end : last].lower()
    said = {role for role, _, _ in records.roles if _ends(before, role) or _begins(after, role)}
    if not said:
        return ()
    longest = max(said, key=len)
    own = any(longest in role or role in longest for role, name, _ in records.roles if name == person)
    held = [place for role, name, place in records.roles if role == longest and name != person]
    return () if own else tuple(dict.fromkeys(held))[:2]


def _ends(before: str, role: str) -> bool:
    """Whether a role stands right before a name."""
    at = before.rfind(role, max(0, len(before) - len(role) - _FURTHEST))
    return at >= 0 and not before[at - 1 : at].isalnum() and _only_joins(before[at + len(role) :])


def _begins(after: str, role: str) -> bool:
    """Whether a role stands right behind a name."""
    at = after.find(role, 0, len(role) + _FURTHEST)
    return at >= 0 and not after[at + len(role) : at + len(role) + 1].isalnum() and _only_joins(after[:at])


def _only_joins(gap: str) -> bool:
    """Whether words between a name and a role only join the two."""
    return not gap[:1].isalnum() and "@" not in gap and _BETWEEN.issuperset(_WORD.findall(gap))
