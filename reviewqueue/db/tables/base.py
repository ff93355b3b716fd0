"""What tables share: the declarative base, datetimes in UTC, canonical JSON, constraints on visible text, and the
columns of a job that workers lease."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, Integer, MetaData, String, Text, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from reviewqueue.core import canonical_json

# Kept in step with the first migration; a test compares the two databases.
UNSEEN = "".join(
    map(
        chr,
        [
            *range(0x01, 0x21), *range(0x7F, 0xA1), 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x1680, 0x17B4, 0x17B5,
            *range(0x180B, 0x1810), *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070),
            0x2800, 0x3000, 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF0, 0xFFFC),
            *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0),
        ],
    )
)  # fmt: skip


def check_visible(column: str, at_least: int, when: str = "") -> CheckConstraint:
    """A CHECK that `column` holds at least that many characters once invisible ends are trimmed; with `when`, only
    where that SQL condition holds."""
    unseen = UNSEEN.replace("'", "''")
    condition = f"length(ltrim(rtrim({column}, '{unseen}'), '{unseen}')) >= {at_least}"
    return CheckConstraint(f"{when} OR {condition}" if when else condition, name=f"{column}_seen")


def one_of(column: str, *words: str) -> CheckConstraint:
    """A CHECK that `column` is one of these words."""
    return CheckConstraint(among(column, *words), name=f"{column}_known")


def among(column: str, *words: str) -> str:
    """The SQL condition that `column` is one of these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"


def where(condition: str) -> dict[str, Any]:
    """Arguments of an Index that make it partial, on both engines. SQLAlchemy's own arguments load the code of every
    engine they name: two megabytes for one that is not used."""
    return {"info": {"where": condition}}


@compiles(CreateIndex)
def _partial(made: CreateIndex, compiler: DDLCompiler, **kw: Any) -> str:
    says = compiler.visit_create_index(made, **kw)  # type: ignore[no-untyped-call]
    condition = made.element.info.get("where")
    return f"{says} WHERE {condition}" if condition else says


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value kept as its canonical text, so that what is stored is what was digested."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return canonical_json.write(value, digits=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else canonical_json.read(value)


class Base(DeclarativeBase):
    """The base of every table. Its registry is spelled out, so that Flask-SQLAlchemy can make its own base from it."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: Moment()},
    )


BigInt = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(BigInt, primary_key=True)]
Word = Annotated[str, mapped_column(String(64))]
Line = Annotated[str, mapped_column(String(255))]
Digest = Annotated[str, mapped_column(String(64))]
Long = Annotated[str, mapped_column(Text)]


class LeasedJob(Base):
    """A job of a leased queue (`db/leased_jobs.py`). `next_at` is when it is due next, `attempts` how many were begun;
    it has a lease while its state is `IN_HAND`."""

    __abstract__ = True
    IN_HAND: ClassVar[str] = "sending"
    id: Mapped[Id]
    state: Mapped[Word] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease: Mapped[Word] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


def moment(at: datetime) -> str:
    """A datetime as the log writes it: RFC 3339 in UTC with microseconds."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
