"""Package: the drafts of one onboarding side by side with their cross-checks, and the promises that were approved."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask.typing import ResponseReturnValue

from reviewqueue import packages, policies
from reviewqueue.packages import Piece
from reviewqueue.promises import KINDS, Promise
from reviewqueue.records.promises import Commitment
from reviewqueue.web import drafts, frame
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.marks import Marks

blueprint = frame.room("package", __name__)


class Anchors(Marks):
    """A draft among others on one page: its places have names of their own."""

    def __init__(self, item_id: int, draft: Any) -> None:
        super().__init__(draft, ())
        self._item_id = item_id

    def anchor(self, at: str) -> str:
        """The id of a place on the whole page."""
        return f"item-{self._item_id}-{super().anchor(at)}"


@dataclass(frozen=True)
class Shown:
    """A draft of the package and how it is laid out."""

    piece: Piece
    reading: str
    sections: list[drafts.Section]
    marks: Anchors


@blueprint.get("/onboardings/<row:onboarding_id>/package")
def whole(onboarding_id: int) -> ResponseReturnValue:
    """The package, its cross-checks on top."""
    reading = session()
    package = packages.whole(reading, onboarding_id, visitor().person_id, now())
    shown = [_shown(piece) for piece in package.pieces]
    return frame.page(
        "package/whole.html", package=package, shown=shown, drafts=drafts, policy=policies.current(reading),
        marks_of={one.piece.item.id: one.marks for one in shown}, items={one.piece.item.id: one.piece for one in shown},
        label=drafts.labels,
    )  # fmt: skip


def _shown(piece: Piece) -> Shown:
    kind, draft = piece.item.kind, piece.revision.draft
    form = drafts.shape(kind, draft)
    policy = policies.version(session(), piece.item.policy_digest)
    sections = drafts.sections(policy, draft, ()) if form == "packet" else []
    return Shown(piece, form, sections, Anchors(piece.item.id, draft))


@blueprint.get("/onboardings/<row:onboarding_id>/promises")
def promises(onboarding_id: int) -> ResponseReturnValue:
    """Every promise that was approved for this customer, by what it is about, the newest first."""
    asked = frame.asked("kind")
    kind = asked if asked in KINDS else ""
    run, kept = packages.kept(session(), onboarding_id, visitor().person_id, kind, now())
    about = [list(rows) for _, rows in groupby(kept, key=lambda row: (row[0].kind, row[0].key))]
    return frame.page("package/promises.html", run=run, about=about, kind=kind, kinds=KINDS, value=value)


def value(kept: Commitment) -> str:
    """A kept promise's value as people read it."""
    return Promise(kept.kind, kept.key, kept.says, kept.value, kept.at).shown  # type: ignore[arg-type]
