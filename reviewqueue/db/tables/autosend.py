"""Standing approvals: which messages of a lane are sent automatically, by whose decision, and why one was revoked; and
the items that each covered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Json, Line, Long, Word, one_of

# Why one is revoked: a person rejected a message, people edit them more than allowed, a cited field is another than it
# was, the policy's criterion or the lane's stage, a person's own act, or other wording than what was approved.
CAUSES = ("rejected", "drift", "schema", "stop", "by_hand", "words")


class StandingApproval(Base):
    """A standing approval: a message of a lane that is sent automatically. `decision_id` is the approval of the
    proposal that made it so; `people` are who proposed and who approved it; `policy_digest` is the version they
    activated, which says so; `earned` are the figures of that moment; `cites` the fields it then rested on, each with
    the types of its values and whether every draft cited it.

    It holds until `down_at`. The only change that the database allows is to revoke it, once; `exception_id` is the
    exception that was opened for that.
    """

    __tablename__ = "standings"
    __table_args__ = (
        UniqueConstraint("lane", "message", "since"),
        one_of("down_cause", "", *CAUSES),
        CheckConstraint("(down_at IS NULL) = (down_cause = '')", name="down_has_cause"),
        Index(None, "lane", "down_at"),
    )
    id: Mapped[Id]
    lane: Mapped[Word]
    message: Mapped[Word]
    since: Mapped[date]
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    policy_digest: Mapped[Digest]
    people: Mapped[Any] = mapped_column(Json)
    earned: Mapped[Any] = mapped_column(Json)
    cites: Mapped[Any] = mapped_column(Json)
    stood_at: Mapped[datetime]
    down_at: Mapped[datetime | None]
    down_cause: Mapped[Word] = mapped_column(default="")
    down_says: Mapped[Long] = mapped_column(default="")
    down_by: Mapped[Line] = mapped_column(default="")
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("exceptions.id"))


class StandingItem(Base):
    """An item that a standing approval covered: sent automatically, or `sampled`, drawn to wait for a person
    anyway. Append-only in the database."""

    __tablename__ = "standing_items"
    __table_args__ = (Index(None, "standing_id", "item_id"),)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)
    standing_id: Mapped[int] = mapped_column(ForeignKey("standings.id"))
    sampled: Mapped[bool]
    at: Mapped[datetime]


_FIXED = ("id", "lane", "message", "since", "decision_id", "policy_digest", "people", "earned", "cites", "stood_at")
_DOWN = ("down_at", "down_cause", "down_says", "down_by")
_REFUSAL = "a standing approval is only ever revoked, and once"
_TWICE = (
    "EXISTS (SELECT 1 FROM standings WHERE id = NEW.id OR "
    "(lane = NEW.lane AND message = NEW.message AND since = NEW.since))"
)


def statements(dialect: str) -> list[str]:
    """The DDL of the triggers by which a standing approval can be revoked once and never restored."""
    differs = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    fixed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in _FIXED)
    down = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in _DOWN)
    told = f"OLD.exception_id IS NOT NULL AND NEW.exception_id {differs} OLD.exception_id"
    risen = f"{fixed} OR (OLD.down_at IS NOT NULL AND ({down})) OR ({told})"
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        return [
            f"CREATE TRIGGER standings_no_rise BEFORE UPDATE ON standings WHEN {risen} {refuse}",
            f"CREATE TRIGGER standings_no_delete BEFORE DELETE ON standings {refuse}",
            f"CREATE TRIGGER standings_no_replace BEFORE INSERT ON standings WHEN {_TWICE} {refuse}",
        ]
    return [
        "CREATE FUNCTION rq_standings_no_rise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {risen} THEN RAISE EXCEPTION '{_REFUSAL}'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER standings_no_rise BEFORE UPDATE ON standings FOR EACH ROW "
        "EXECUTE FUNCTION rq_standings_no_rise()",
        "ALTER TABLE standings ENABLE ALWAYS TRIGGER standings_no_rise",
        "CREATE TRIGGER standings_no_delete BEFORE DELETE ON standings FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
        "ALTER TABLE standings ENABLE ALWAYS TRIGGER standings_no_delete",
        "CREATE TRIGGER standings_no_truncate BEFORE TRUNCATE ON standings FOR EACH STATEMENT "
        "EXECUTE FUNCTION rq_append_only()",
        "ALTER TABLE standings ENABLE ALWAYS TRIGGER standings_no_truncate",
    ]
