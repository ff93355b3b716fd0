"""The drafts of one onboarding side by side with their cross-checks, and the promises that were approved."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask.typing import ResponseReturnValue

from reviewqueue.db.tables.evidence import Commitment
from reviewqueue.evidence.promises import KINDS, Promise
from reviewqueue.onboarding import draft_package
from reviewqueue.onboarding.draft_package import Piece
from reviewqueue.policy import policy_versions
from reviewqueue.web import draft_layout, layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("package", __name__)


class PrefixedMarks(Marks):
    """The marks of one of several drafts on a page: its element ids have a prefix of their own."""

    def __init__(self, item_id: int, draft: Any) -> None:
        super().__init__(draft, ())
        self._item_id = item_id

    def anchor(self, at: str) -> str:
        """The id of a place, unique on the whole page."""
        return f"item-{self._item_id}-{super().anchor(at)}"


@dataclass(frozen=True)
class PackageDraft:
    """A draft of the package and its layout."""

    piece: Piece
    reading: str
    sections: list[draft_layout.Section]
    marks: PrefixedMarks


@blueprint.get("/onboardings/<row:onboarding_id>/package")
def whole(onboarding_id: int) -> ResponseReturnValue:
    """The drafts of the onboarding, with their cross-checks on top."""
    reading = session()
    package = draft_package.load(reading, onboarding_id, visitor().person_id, now())
    shown = [_draft_view(piece) for piece in package.pieces]
    return layout.page(
        "package/package.html", package=package, shown=shown, drafts=draft_layout,
        policy=policy_versions.current(reading),
        marks_of={one.piece.item.id: one.marks for one in shown}, items={one.piece.item.id: one.piece for one in shown},
        label=draft_layout.labels,
    )  # fmt: skip


def _draft_view(piece: Piece) -> PackageDraft:
    kind, draft = piece.item.kind, piece.revision.draft
    form = draft_layout.shape(kind, draft)
    policy = policy_versions.version(session(), piece.item.policy_digest)
    sections = draft_layout.sections(policy, draft, ()) if form == "packet" else []
    return PackageDraft(piece, form, sections, PrefixedMarks(piece.item.id, draft))


@blueprint.get("/onboardings/<row:onboarding_id>/promises")
def promises(onboarding_id: int) -> ResponseReturnValue:
    """Every promise that was approved for this customer, by what it is about, the newest first."""
    asked = layout.query_arg("kind")
    kind = asked if asked in KINDS else ""
    onboarding, kept = draft_package.promises(session(), onboarding_id, visitor().person_id, kind, now())
    about = [list(rows) for _, rows in groupby(kept, key=lambda row: (row[0].kind, row[0].key))]
    return layout.page(
        "package/promises.html", onboarding=onboarding, about=about, kind=kind, kinds=KINDS, value=promise_text
    )


def promise_text(commitment: Commitment) -> str:
    """The value of a stored promise in words."""
    return Promise(commitment.kind, commitment.key, commitment.says, commitment.value, commitment.at).shown  # type: ignore[arg-type]
