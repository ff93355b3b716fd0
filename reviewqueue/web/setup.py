"""Setup: what a new installation still needs, in order, for admins; RevOps may look."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue import access, installation
from reviewqueue.web import frame
from reviewqueue.web.extensions import session, settings, visitor

blueprint = frame.room("setup", __name__)
# Which page does it, where one does: endpoint, and what its link says.
PAGES = {
    "policy": ("policy.words", "Policy"),
    "people": ("people.everybody", "People"),
    "key": ("keys.all_keys", "Keys of automations"),
    "import": ("onboardings.board", "Onboardings"),
}


@blueprint.get("/setup")
def steps() -> ResponseReturnValue:
    """Every step: what, why it matters, and that it is done or what to do next."""
    frame.must("read setup")
    found = list(installation.steps(session(), settings()))
    ready = found[0].done  # the pages below read the policy
    return frame.page(
        "setup/steps.html", steps=found, here="/setup", pages=PAGES if ready else {},
        following=next((step.key for step in found if not step.done), ""),
        changes=access.able(visitor().roles, "change people and keys"),
    )  # fmt: skip
