"""Pages of the checks: what each counts as, and the form by which somebody proposes to change it."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectMultipleField, TextAreaField

from reviewqueue.core.errors import DomainError
from reviewqueue.core.vocabulary import NOT_DRAFTS
from reviewqueue.lanes import check_rule_proposals, proposals
from reviewqueue.lanes.backtest import replay
from reviewqueue.measurement.stats import formatting
from reviewqueue.people import access, actors
from reviewqueue.policy import check_rules, policy_versions
from reviewqueue.policy.model import checks
from reviewqueue.policy.model.policy import Policy
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.formatting import capital, word
from reviewqueue.web.forms import Form, set_choices

blueprint = layout.signed_in_blueprint("check_rules", __name__)
MEANS: dict[str, str] = {**checks.MEANS, check_rule_proposals.OWN_OUTCOME: "its own outcome: the rule is removed"}


class RuleForm(Form):
    """What a check shall count as, where, and why."""

    counts_as = RadioField("It", validate_choice=False, choices=[])
    lanes = SelectMultipleField("Lanes", validate_choice=False, choices=[])
    kinds = SelectMultipleField("Drafts", validate_choice=False, choices=[])
    because = TextAreaField("Because")
    reason = TextAreaField("Why you propose it")


@blueprint.get("/policy/checks")
def every() -> ResponseReturnValue:
    """All checks with their own outcomes, and the policy's rules that change what they count as."""
    layout.require("read policy")
    policy = policy_versions.current(session())
    return layout.page(
        "policy/checks.html", policy=policy, checks=check_rules.all_checks(policy), about=_rules_for, here="/policy",
        guarded=check_rules.why_not_weaker, file_there=checks.FILE in policy_versions.files(session(), policy.digest),
    )  # fmt: skip


@blueprint.get("/policy/checks/<key>")
def one(key: str) -> ResponseReturnValue:
    """One check: how often it was right, what it counts as, and the form to propose a change."""
    layout.require("propose a policy")
    return _page(key, RuleForm(sent=False, lanes=[], kinds=[]))


@blueprint.post("/policy/checks/<key>/replay")
def tried(key: str) -> ResponseReturnValue:
    """What the change would have made of past items. Nothing is stored."""
    return _try_or_propose(key, keep=False)


@blueprint.post("/policy/checks/<key>")
def propose(key: str) -> ResponseReturnValue:
    """Submit the change for approval by two others."""
    return _try_or_propose(key, keep=True)


def _try_or_propose(key: str, *, keep: bool) -> ResponseReturnValue:
    layout.require("propose a policy")
    form, reading = RuleForm(), session()
    policy = policy_versions.current(reading)
    base = policy_versions.files(reading, policy.digest)
    lanes, kinds = tuple(form.lanes.data or ()), tuple(form.kinds.data or ())
    wanted = check_rule_proposals.ProposedRule(key, form.counts_as.data or "", lanes, kinds, form.because.data or "")
    try:
        files = check_rule_proposals.files_with_rule(base, policy, wanted)
        if keep:
            item = proposals.propose(reading, visitor().person_id, files, form.reason.data or "", now())
            more = "Two others decide it; until then the check counts as it does."
            layout.flash_result("pass", "The check change is proposed", more=more, taken="propose-check")
            return layout.back_to("items.one", item_id=item)
        report = replay.run(reading, proposals.parse_candidate(base, files), now()).plain()
    except DomainError as refused:
        said = "; ".join([refused.says, *(message for _, message in form.add_faults(refused))])
        return _page(key, form, refused.status, says=said)
    return _page(key, form, report=report, changes=list(proposals.changes(base, files)))


def _page(key: str, form: RuleForm, status: int = 200, **more: Any) -> ResponseReturnValue:
    reading = session()
    policy = policy_versions.current(reading)
    by_itself = check_rule_proposals.own_outcomes(policy, key)
    set_choices(form.counts_as, [(one, capital(MEANS[one])) for one in check_rule_proposals.options(policy, key)])
    set_choices(form.lanes, [(lane.key, lane.name) for lane in policy.lanes])
    kinds = dict.fromkeys(kind for lane in policy.lanes for kind in lane.kinds if kind not in NOT_DRAFTS)
    set_choices(form.kinds, [(kind, capital(word(kind))) for kind in kinds])
    visible_lanes = access.visible_lanes(policy, actors.effective_roles(layout.actor(now())))
    return layout.page(
        "policy/check.html",
        status,
        key=key,
        form=form,
        by_itself=by_itself,
        policy=policy,
        rules=_rules_for(policy, key),
        guard=check_rules.why_not_weaker(key),
        stands=check_rule_proposals.precision(reading, key, sorted(visible_lanes)),
        words=formatting,
        what={name: capital(says) for name, says in replay.DIFFERENCE_KINDS.items()},
        here="/policy",
        **{"says": "", **more},
    )


def _rules_for(policy: Policy, key: str) -> list[tuple[checks.CheckRule, str]]:
    """The rules that apply to a check somewhere, in order, each with its file and line."""
    rules = enumerate(policy.checks.check)
    return [(rule, check_rules.place(policy, at)) for at, rule in rules if rule.touches(key)]
