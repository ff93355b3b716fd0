"""The setup page: what a new installation still needs, in order, for admins; RevOps may read it."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue.people import access
from reviewqueue.policy import setup_steps
from reviewqueue.web import layout
from reviewqueue.web.extensions import session, settings, visitor

blueprint = layout.signed_in_blueprint("setup", __name__)
# The page on which a step is done, where there is one: endpoint and link text.
PAGES = {
    "policy": ("policy.words", "Policy"),
    "people": ("people.everybody", "People"),
    "key": ("keys.all_keys", "Keys of automations"),
    "import": ("onboardings.board", "Onboardings"),
}


@blueprint.get("/setup")
def steps() -> ResponseReturnValue:
    """Every step: what it is, why it matters, and that it is done or what to do next."""
    layout.require("read setup")
    found = list(setup_steps.steps(session(), settings()))
    ready = found[0].done  # the pages below read the policy
    return layout.page(
        "setup/steps.html", steps=found, here="/setup", pages=PAGES if ready else {},
        following=next((step.key for step in found if not step.done), ""),
        changes=access.has_ability(visitor().roles, "change people and keys"),
    )  # fmt: skip
