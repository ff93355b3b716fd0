"""Who made an item beside those who wrote it, as columns of a statement about items and their current revision: whoever
made a key of its automation, and whose answers its packet cites: to a question to sales, or who an owner of the CRM
is. All that says who may decide reads them here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String, Text, and_, cast, func, literal_column, or_, select, type_coerce

from reviewqueue.connectors import owners
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core.vocabulary import OWN_SYSTEM, PACKET
from reviewqueue.db.tables.items import Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.db.tables.people import ApiKey, Automation

_SPACE: Any = literal_column("' '")  # a prepared statement takes no value that is bound late
_ANSWER = type_coerce(cast(SourceRecord.payload, JSON().with_variant(Text(), "sqlite")), JSON)
# What another automation claims to be an answer makes nobody a maker: only packets of ours cite people's own.
_IS_OURS = or_(*(Automation.name == literal_column(f"'{system} import'") for system in SHAPES))

# Who made an API key of the automation that was valid after the item was opened: ids, separated by spaces.
KEY_MAKERS = (
    select(func.aggregate_strings(cast(ApiKey.created_by_id, String), _SPACE))
    .where(ApiKey.automation_id == Automation.id, ApiKey.created_by_id.is_not(None))
    .where(ApiKey.revoked_at.is_(None) | (ApiKey.revoked_at >= Item.opened_at))
    .correlate(Automation, Item)
    .scalar_subquery()
)
_IS_ANSWER = or_(
    *(
        and_(SourceRecord.system == literal_column(f"'{system}'"), SourceRecord.object == literal_column(f"'{kind}'"))
        for system, kind in (("sales", "answer"), (OWN_SYSTEM, owners.OBJECT))
    )
)
# Who gave an answer, and the absent person for whom they gave it.
_ABSENT = func.coalesce(_ANSWER["absent"].as_string(), literal_column("''"))
_ANSWERED = _ANSWER["person"].as_string() + _SPACE + _ABSENT
# Whose answers the revision of a packet rests on: ids, separated by spaces.
ANSWERERS = (
    select(func.aggregate_strings(_ANSWERED, _SPACE))
    .join(RevisionSource, RevisionSource.source_record_id == SourceRecord.id)
    .where(RevisionSource.revision_id == Revision.id, Item.kind == literal_column(f"'{PACKET}'"))
    .where(_IS_ANSWER, _IS_OURS)
    .correlate(Automation, Item, Revision)
    .scalar_subquery()
)


def ids(held: str | None) -> frozenset[int]:
    """The people of one of these columns."""
    return frozenset(int(one) for one in (held or "").split() if one.isdigit())
