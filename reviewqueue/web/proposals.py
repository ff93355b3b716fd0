"""Policy proposals: backtest a candidate policy, propose it for decision, and move an open item to the active
policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from reviewqueue.core.errors import Conflict, DomainError, FieldError, Forbidden, Invalid
from reviewqueue.items import change_policy
from reviewqueue.lanes import proposals
from reviewqueue.lanes.autosend import autosend_queries
from reviewqueue.lanes.backtest import replay
from reviewqueue.measurement.stats import formatting
from reviewqueue.policy import policy_versions
from reviewqueue.web import items, layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.formatting import capital
from reviewqueue.web.forms import Form, select_field, set_choices

blueprint = layout.signed_in_blueprint("proposals", __name__)


class CandidateForm(Form):
    """A candidate policy: one edited file, uploaded files, or a whole earlier version."""

    file = select_field("File")
    text = TextAreaField("Its text")
    version = select_field("Earlier version")
    reason = TextAreaField("Why")


class MoveForm(Form):
    """Why an open item is moved to the active policy."""

    reason = TextAreaField("Why")


@blueprint.before_request
def _may_propose() -> None:
    if request.endpoint != "proposals.move":
        layout.require("propose a policy")


@blueprint.get("/policy/replay")
def form() -> ResponseReturnValue:
    """The form for a candidate; `?file=` opens a file of the active policy; with `&automatic=` that file is a lane's,
    changed so that this message is sent automatically from today."""
    base = _files_in_force()
    wanted, text = layout.query_arg("file"), base.get(layout.query_arg("file"), "")
    if message := layout.query_arg("automatic", 64):
        text = autosend_queries.with_automatic(text, message, now().date())
    return _page(CandidateForm(sent=False, file=wanted, text=text), base)


@blueprint.post("/policy/replay")
def tried() -> ResponseReturnValue:
    """What the candidate would have made of the past (backtest). Nothing is stored."""
    asked, base = CandidateForm(), _files_in_force()
    try:
        files = _candidate_files(asked, base)
        wanted = proposals.parse_candidate(base, files)
    except DomainError as refused:
        return _page(asked, base, refused.status, refused=refused)
    report = replay.run(session(), wanted, now())
    return _page(asked, base, report=report.plain(), changes=list(proposals.changes(base, files)))


@blueprint.post("/policy/proposals")
def propose() -> ResponseReturnValue:
    """Submit the candidate for decision by somebody else."""
    asked, base = CandidateForm(), _files_in_force()
    files = _carried_files(base)
    try:
        item = proposals.propose(session(), visitor().person_id, files, asked.reason.data or "", now())
    except DomainError as refused:
        asked.add_faults(refused)
        changed = list(proposals.changes(base, files))
        report = {} if not changed else replay.run(session(), proposals.parse_candidate(base, files), now()).plain()
        return _page(asked, base, refused.status, refused=refused, report=report, changes=changed)
    layout.flash_result(
        "pass", "The policy change is proposed", more="Somebody else decides it; until then nothing changes.",
        taken="propose-policy",
    )  # fmt: skip
    return layout.back_to("items.one", item_id=item)


@blueprint.post("/items/<row:item_id>/policy")
def move(item_id: int) -> ResponseReturnValue:
    """Move an open item to the active policy."""
    asked = MoveForm()
    try:
        change_policy.move_policy(session(), visitor().person_id, item_id, asked.reason.data or "", now())
    except Invalid as refused:
        message = "; ".join([refused.says, *(fault.message for fault in refused.faults)])
        return items.item(item_id, None, refused.status, move_says=message, move_reason=asked.reason.data or "")
    except (Conflict, Forbidden) as refused:
        return items.stale_act_page(item_id, refused, asked.reason.data or "")
    layout.flash_result(
        "pass", "Moved to the active policy", more="Earlier approvals are void.", taken=f"move-item-{item_id}"
    )
    return layout.back_to("items.one", item_id=item_id)


def _files_in_force() -> dict[str, str]:
    return policy_versions.files(session(), policy_versions.current(session()).digest)


def _candidate_files(asked: CandidateForm, base: Mapping[str, str]) -> dict[str, str]:
    """The candidate's files: an earlier version as a whole, or those active with the edited and uploaded ones in
    place."""
    if asked.version.data:
        return policy_versions.files(session(), asked.version.data)
    files = dict(base)
    if asked.file.data:
        files[asked.file.data] = _unix_line_ends(asked.text.data or "")
    for sent in request.files.getlist("uploads"):
        if sent.filename:
            files[_policy_path(sent.filename, base)] = _decode(sent.filename, sent.read())
    return files


def _carried_files(base: Mapping[str, str]) -> dict[str, str]:
    """The candidate as the page with its backtest carries it: the files that differ from the base."""
    removed = set(request.form.getlist("removed"))
    files = {path: text for path, text in base.items() if path not in removed}
    return files | dict(
        zip(request.form.getlist("path"), map(_unix_line_ends, request.form.getlist("content")), strict=False)
    )


def _unix_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n")


def _policy_path(filename: str, known: Mapping[str, str]) -> str:
    """The name within the policy of an uploaded file: browsers send only its last part."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    found = [name for name in known if name.rpartition("/")[2] == last]
    if len(found) == 1:
        return found[0]
    says = f"no policy file is called {last}; name it like an active one, or type a new one's path and text below"
    raise Invalid("Nothing was tried.", [FieldError("/uploads", says)])


def _decode(filename: str, content: bytes) -> str:
    try:
        return _unix_line_ends(content.decode("utf-8"))
    except UnicodeDecodeError:
        fault = FieldError("/uploads", f"{filename} is not UTF-8 text; save it as UTF-8")
        raise Invalid("Nothing was tried.", [fault]) from None


def _page(
    asked: CandidateForm,
    base: Mapping[str, str],
    status: int = 200,
    refused: DomainError | None = None,
    report: dict[str, Any] | None = None,
    changes: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    known = list(base) + ([asked.file.data] if asked.file.data and asked.file.data not in base else [])
    set_choices(asked.file, [("", "None"), *((name, name) for name in sorted(known))])
    versions = [(digest, f"{digest[:12]}, {at:%d %b %Y}") for digest, at in policy_versions.earlier(session())]
    set_choices(asked.version, [("", "None"), *versions])
    return layout.page(
        "policy/replay.html",
        status,
        form=asked,
        refused=refused,
        report=report,
        changes=changes or [],
        what={key: capital(says) for key, says in replay.DIFFERENCE_KINDS.items()},
        here=url_for("policy.words"),
        words=formatting,
    )
