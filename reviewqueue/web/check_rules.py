"""Check rules: every check with what it counts as, and the form by which somebody proposes to change one."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectMultipleField, TextAreaField

from reviewqueue import access, check_changes, desk, policies, proposals, replay
from reviewqueue.checks import STATES_NOTHING
from reviewqueue.figures import words
from reviewqueue.policy import check_rules
from reviewqueue.policy.shape import Policy
from reviewqueue.refusals import Refused
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices
from reviewqueue.web.words import capital, word

blueprint = frame.room("check_rules", __name__)
MEANS: dict[str, str] = {**check_rules.MEANS, check_changes.ITSELF: "as it says by itself: the rule is taken away"}


class RuleForm(Form):
    """What a check shall count as, where, and why."""

    counts_as = RadioField("It", validate_choice=False, choices=[])
    lanes = SelectMultipleField("Lanes", validate_choice=False, choices=[])
    kinds = SelectMultipleField("Drafts", validate_choice=False, choices=[])
    because = TextAreaField("Because")
    reason = TextAreaField("Why you propose it")


@blueprint.get("/policy/checks")
def every() -> ResponseReturnValue:
    """All checks, what each says by itself, and the rules that let it count otherwise."""
    frame.must("read policy")
    policy = policies.current(session())
    return frame.page(
        "policy/checks.html", policy=policy, checks=check_rules.known(policy), about=_about, here="/policy",
        guarded=check_rules.guarded, file_there=check_rules.FILE in policies.files(session(), policy.digest),
    )  # fmt: skip


@blueprint.get("/policy/checks/<key>")
def one(key: str) -> ResponseReturnValue:
    """One check: how right it was, what it counts as, and the form to propose another weight."""
    frame.must("propose a policy")
    return _page(key, RuleForm(sent=False, lanes=[], kinds=[]))


@blueprint.post("/policy/checks/<key>/replay")
def tried(key: str) -> ResponseReturnValue:
    """What the change would have made of the past. Nothing is kept."""
    return _asked(key, keep=False)


@blueprint.post("/policy/checks/<key>")
def propose(key: str) -> ResponseReturnValue:
    """Put the change up for decision by two others."""
    return _asked(key, keep=True)


def _asked(key: str, *, keep: bool) -> ResponseReturnValue:
    frame.must("propose a policy")
    form, reading = RuleForm(), session()
    policy = policies.current(reading)
    base = policies.files(reading, policy.digest)
    lanes, kinds = tuple(form.lanes.data or ()), tuple(form.kinds.data or ())
    wanted = check_changes.Wanted(key, form.counts_as.data or "", lanes, kinds, form.because.data or "")
    try:
        files = check_changes.files(base, policy, wanted)
        if keep:
            item = proposals.propose(reading, visitor().person_id, files, form.reason.data or "", now())
            more = "Two others decide it; until then the check counts as it does."
            frame.told("pass", "The check change is proposed", more=more, taken="propose-check")
            return frame.back_to("items.one", item_id=item)
        report = replay.run(reading, proposals.candidate(base, files), now()).plain()
    except Refused as refused:
        said = "; ".join([refused.says, *(message for _, message in form.blame(refused))])
        return _page(key, form, refused.status, says=said)
    return _page(key, form, report=report, changes=list(proposals.changes(base, files)))


def _page(key: str, form: RuleForm, status: int = 200, **more: Any) -> ResponseReturnValue:
    reading = session()
    policy = policies.current(reading)
    by_itself = check_changes.known(policy, key)
    choices(form.counts_as, [(one, capital(MEANS[one])) for one in check_changes.options(policy, key)])
    choices(form.lanes, [(lane.key, lane.name) for lane in policy.lanes])
    kinds = dict.fromkeys(kind for lane in policy.lanes for kind in lane.kinds if kind not in STATES_NOTHING)
    choices(form.kinds, [(kind, capital(word(kind))) for kind in kinds])
    theirs = access.lanes(policy, desk.roles_of(frame.actor(now())))
    return frame.page(
        "policy/check.html", status, key=key, form=form, by_itself=by_itself, policy=policy, rules=_about(policy, key),
        guard=check_rules.guarded(key), stands=check_changes.precision(reading, key, sorted(theirs)), words=words,
        what={name: capital(says) for name, says in replay.WHAT.items()}, here="/policy", **{"says": "", **more},
    )  # fmt: skip


def _about(policy: Policy, key: str) -> list[tuple[check_rules.CheckRule, str]]:
    """The rules that are about a check somewhere, in the order they are asked, each with its file and line."""
    rules = enumerate(policy.checks.check)
    return [(rule, check_rules.place(policy, at)) for at, rule in rules if rule.touches(key)]
