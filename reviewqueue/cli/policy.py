"""`policy`: checks policy files, activates them, backtests a candidate, and shows the active policy in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output
from reviewqueue.core.errors import FieldError, Invalid, NotFound
from reviewqueue.core.vocabulary import ACTS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.lanes.backtest.replay import Report
    from reviewqueue.policy.model.policy import Gate, Lane, Policy
    from reviewqueue.policy.model.templates import Template


@click.group()
def policy() -> None:
    """Lanes, gates and reasons: check them, load them, show them."""


def _own_folder() -> Path:
    """The folder this installation's policy comes from."""
    return installation.policy_folder(installation.settings())


@policy.command()
@click.argument("paths", nargs=-1, metavar="[FILE…|FOLDER]", type=click.Path(exists=True, path_type=Path))
@output.as_json
@click.pass_context
def check(ctx: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Check a policy: a FOLDER whole, or each FILE in the place of the one of its name in your own.

    With nothing named, your own: REVIEWQUEUE_POLICY, or what `init` wrote, or the shipped one. Exit status 1 and file,
    line and fix of every flaw when something is wrong. Where there is a database, the people in it are compared with
    the gates; where there is none, it says how many different people each gate needs at least.
    """
    from reviewqueue.items import staffing
    from reviewqueue.policy import flaws as policy_flaws
    from reviewqueue.policy import loading, validate_calendars, validate_gates

    folder = _folder(paths)
    found: dict[str, Path] = {}
    try:
        found |= loading.paths_in(folder)
        if not paths or paths[0] != folder:
            found |= {_policy_path(path, found): path for path in paths}
        loaded = loading.load({name: loading.text_of(path) for name, path in found.items()})
    except policy_flaws.BadPolicy as bad:
        flaws = [{"place": _given_place(flaw.place, found), "message": flaw.message} for flaw in bad.flaws]
        if as_json:
            output.print_json({"ok": False, "digest": None, "flaws": flaws})
        output.say(*(f"{flaw['place']}: {flaw['message']}" for flaw in flaws))
        ctx.exit(1)
    known, people = _known_shortfalls(loaded)
    doubted = (*validate_gates.warnings(loaded), *validate_calendars.warnings(loaded, installation.now().date()))
    warned = [*((one.place, one.message) for one in doubted), *(people if known else ())]
    doubts = [{"place": _given_place(where, found), "message": says} for where, says in warned]
    needs = [{"place": _given_place(where, found), "message": says} for where, says in staffing.minimums(loaded)]
    if as_json:
        output.print_json({"ok": True, "digest": loaded.digest, "flaws": [], "warnings": doubts, "needs": needs})
    output.say(*(f"{doubt['place']}: warning: {doubt['message']}" for doubt in doubts))
    if not known:
        output.say(*(f"{need['place']}: needs: {need['message']}." for need in needs))
        output.say("Every other gate needs one person, and another one for what the first made.")
    what = ", ".join(map(str, paths or [folder]))
    counts = f"{len(loaded.lanes)} lanes, {len(loaded.gates)} gates, {len(loaded.templates)} templates"
    output.say(f"{what} can be used: {counts}, digest {loaded.digest[:12]}.")


def _known_shortfalls(loaded: Policy) -> tuple[bool, list[tuple[str, str]]]:
    """(whether there is a database with people in it; the gates they could not satisfy, as (file and line,
    message))."""
    from sqlalchemy.exc import SQLAlchemyError

    from reviewqueue.core.errors import DomainError
    from reviewqueue.items import staffing

    try:
        with installation.open_session() as session:
            if not staffing.has_staff(session):
                return False, []
            found = staffing.current_shortfalls(session, loaded, installation.now())
    except (DomainError, SQLAlchemyError, ImportError):
        return False, []
    said = "With the people now in the database nobody could finish an item in lane {} at gate {} {}. {}."
    return True, [
        (one.place, said.format(one.case.lane, one.case.gate.key, one.case.description, one.says)) for one in found
    ]


def _folder(paths: tuple[Path, ...]) -> Path:
    folders = [path for path in paths if path.is_dir()]
    if folders and len(paths) > 1:
        raise click.UsageError("Name one folder, or files; not both.")
    return folders[0] if folders else _own_folder()


def _raise_flaw(path: Path, says: str) -> NoReturn:
    from reviewqueue.policy.flaws import BadPolicy, Flaw

    raise BadPolicy([Flaw(f"{path}:1", says)])


def _policy_path(path: Path, known: Iterable[str]) -> str:
    """A file's name in a policy, such as `gates/handoff-quality.toml`: from its folder, or the known one with its file
    name."""
    from reviewqueue.policy.loading import FOLDERS

    parent = path.resolve().parent.name
    if parent in FOLDERS:
        return f"{parent}/{path.name}"
    alike = [name for name in known if name.rpartition("/")[2] == path.name]
    if len(alike) != 1:
        listed = ", ".join(known)
        says = "no policy file is called so; a new one lies in lanes/, gates/ or templates/"
        _raise_flaw(path, f"{says}. Known: {listed}")
    return alike[0]


def _given_place(place_in_policy: str, found: dict[str, Path]) -> str:
    """`gates/x.toml:12` as the path that was given on the command line."""
    name, _, line = place_in_policy.rpartition(":")
    return f"{found[name]}:{line}" if name in found else place_in_policy


@policy.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@output.as_json
def load(folder: Path | None, as_json: bool) -> None:
    """Activate the policy in FOLDER for items opened from now on; items in review keep theirs.

    Without FOLDER, your own: REVIEWQUEUE_POLICY, or what `init` wrote, or the shipped one.
    """
    from reviewqueue.lanes import stage_changes
    from reviewqueue.policy import loading, validate_calendars, validate_gates

    files = loading.files_in(folder or _own_folder())
    with installation.open_session() as session:
        _require_no_restart(session, loading.load(files))
        loaded = stage_changes.activate(session, files, Actor.CLI, installation.now())
    if as_json:
        output.print_json({"digest": loaded.digest, "files": sorted(files)})
    warnings = [
        f"{loaded.place('organisation', name)}: warning: {says}"
        for name, says in validate_gates.unnamed_organisation(loaded)
    ]
    doubted = validate_calendars.warnings(loaded, installation.now().date())
    output.say(*warnings, *(f"{one.place}: warning: {one.message}" for one in doubted))
    output.say(f"Active: the policy of {folder or _own_folder()}, digest {loaded.digest[:12]}.")


def _require_no_restart(session: Session, wanted: Policy) -> None:
    """Raise Invalid where these files would let a lane go on that one person stopped: that takes two."""
    from reviewqueue.lanes import lane_stops

    if faults := [FieldError(where, says) for where, says in lane_stops.restarted(session, wanted)]:
        raise Invalid("Nothing was loaded.", faults)


@policy.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…|FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option("--list", "at_most", metavar="N", default=200, show_default=True, help="List at most N differences.")
@output.as_json
@click.pass_context
def replay(ctx: click.Context, paths: tuple[Path, ...], at_most: int, as_json: bool) -> None:
    """Show what a candidate policy would have changed in every past item and decision. Changes nothing.

    The candidate is a FOLDER whole, or each FILE in the place of the one of its name in the active policy.
    """
    from reviewqueue.lanes.backtest import replay as backtest_replay
    from reviewqueue.policy import flaws as policy_flaws
    from reviewqueue.policy import loading, policy_versions

    with installation.open_session() as session:
        found: dict[str, Path] = {}
        try:
            folders = [path for path in paths if path.is_dir()]
            if folders and len(paths) > 1:
                raise click.UsageError("Name one folder, or files; not both.")
            files = {} if folders else policy_versions.files(session, policy_versions.current(session).digest)
            found |= loading.paths_in(folders[0]) if folders else {_policy_path(path, files): path for path in paths}
            candidate = loading.load(files | {name: loading.text_of(path) for name, path in found.items()})
        except policy_flaws.BadPolicy as bad:
            output.say(*(f"{_given_place(flaw.place, found)}: {flaw.message}" for flaw in bad.flaws))
            ctx.exit(1)
        report = backtest_replay.run(session, candidate, installation.now(), at_most)
    if as_json:
        output.print_json(report.plain())
    _say_replay(report)


def _say_replay(report: Report) -> None:
    from reviewqueue.lanes.backtest.replay import DIFFERENCE_KINDS

    one = report.changed == 1
    output.say(
        f"Candidate {report.candidate[:12]} over {report.items} items and {report.decisions} decisions: "
        f"{report.changed} item{'' if one else 's'} would have ended differently."
    )
    output.say(
        *(f"  {report.totals[what]:>6}  {says}" for what, says in DIFFERENCE_KINDS.items() if report.totals[what])
    )
    if report.moves:
        moves = ", ".join(f"#{item}" for item in report.moves[:20]) + (" and more" if len(report.moves) > 20 else "")
        output.say(f"  {len(report.moves):>6}  open items would wait elsewhere: {moves}")
    for gate, counted in sorted(report.by_gate.items()):
        output.say(
            "", f"At {gate}: " + ", ".join(f"{DIFFERENCE_KINDS[what]}: {count}" for what, count in counted.items())
        )
        for found in (one for one in report.listed if one.gate == gate):
            rule = f" ({found.rule})" if found.rule else ""
            output.say(f"  #{found.item_id} {found.title}: {found.says}{rule}")
    if report.left_off:
        output.say("", f"{report.left_off} more differences are counted and not listed; --list N lists more.")


@policy.command()
@click.option("--lane", "lane_key", metavar="KEY", default="", help="Only this lane, and its gates as it has them.")
@click.option("--gate", "gate_key", metavar="KEY", default="", help="Only this gate.")
@output.as_json
def show(lane_key: str, gate_key: str, as_json: bool) -> None:
    """Show the active policy, in words."""
    from reviewqueue.policy import policy_versions

    with installation.open_session() as session:
        current = policy_versions.current(session)
    lanes = [lane for lane in current.lanes if lane_key in ("", lane.key)]
    gates = [gate for gate in current.gates if gate_key in ("", gate.key)]
    if not lanes or not gates:
        known = ", ".join([*(lane.key for lane in current.lanes), *(gate.key for gate in current.gates)])
        raise NotFound(f"There is no such lane or gate in the active policy. It has {known}.")
    if as_json:
        output.print_json(
            {
                "digest": current.digest,
                "organisation": current.organisation.model_dump(mode="json"),
                "lanes": [lane.model_dump(mode="json") for lane in lanes],
                "gates": [gate.model_dump(mode="json") for gate in gates],
                "templates": [one.model_dump(mode="json", exclude_none=True) for one in current.templates],
            }
        )
    output.say(f"{current.organisation.name}, policy {current.digest[:12]}")
    for lane in lanes if lane_key or not gate_key else []:
        _say_lane(current, lane)
    for gate in gates:
        _say_gate(current, (current.gate(lane_key, gate.key) if lane_key else None) or gate)
    for template in current.templates if not gate_key else []:
        if lane_key in ("", *(template.lanes or (lane_key,))):
            _say_template(current, template)


def _join_keys(keys: Iterable[str], between: str = ", ") -> str:
    return between.join(key.replace("_", " ") for key in keys)


def _say_lane(current: Policy, lane: Lane) -> None:
    output.say("", f"Lane {lane.name} ({current.place(f'lane:{lane.key}')})", f"  {lane.sentence}.")
    output.say(f"  Owner: {_join_keys([lane.owner])}. It ends when: {lane.stop_point}.")
    output.say(f"  In scope: {'; '.join(lane.in_scope)}.", f"  Out of scope: {'; '.join(lane.out_of_scope)}.")
    output.say(f"  A deal must name: {_join_keys(lane.required)}.")
    for kind, gate_key in lane.kinds.items():
        gate = current.gate(lane.key, gate_key)
        asks = (
            f"{gate.approvals} approval{'s' * (gate.approvals > 1)} within {gate.sla_hours} business hours"
            if gate
            else "shut"
        )
        output.say(f"  {_join_keys([kind]).capitalize()} waits at {gate_key}: {asks}.")


def _say_template(current: Policy, template: Template) -> None:
    output.say("", f"Template {template.name} ({current.place(f'template:{template.key}')})")
    where = f" in {' and '.join(template.lanes)}" if template.lanes else ""
    kind = _join_keys([template.kind])
    output.say(f"  {'An' if kind[0] in 'aeiou' else 'A'} {kind}, drafted {template.when}{where}.")


def _say_gate(current: Policy, gate: Gate) -> None:
    from reviewqueue.policy import evaluation

    output.say("", f"Gate {gate.name} ({current.place(f'gate:{gate.key}')})", f"  Decides: {gate.decides}.")
    people = "one person" if gate.approvals == 1 else f"{gate.approvals} different people"
    who = " or ".join(map(current.called, evaluation.decider_roles(gate, "pending")))
    output.say(f"  Approved by {people}: {who}, within {gate.sla_hours} business hours.")
    if gate.approvals_from:
        output.say(f"  Among the approvals: one each from {_join_keys(gate.approvals_from, ' and ')}.")
    output.say(f"  Escalates to: {_join_keys(gate.goes_up_to, ' or ')}.")
    output.say(*(f"  Escalated automatically: {rule.says} ({rule.when})." for rule in gate.must_escalate))
    if gate.package == "whole":
        output.say("  Takes a package as a whole: nothing is approved while another open draft contradicts it.")
    if gate.sample_percent:
        output.say(f"  Reviewed a second time: at least {gate.sample_percent} of 100 (docs/quality.md).")
    for _, rule in gate.overrides:
        second = ", with a second person" if rule.second_person else ""
        why = f", for {' or '.join(rule.reasons)}" if rule.reasons else ""
        output.say(
            f"  Failed checks that may be overridden: {', '.join(rule.checks)}; "
            f"by {_join_keys(rule.roles, ' or ')}{why}, for {rule.longest_days} days at most{second}."
        )
    for act in ACTS:
        codes = [reason.code for reason in current.reasons if reason.code in gate.reasons and act in reason.acts]
        output.say(f"  Reasons to {_join_keys([act])}: {', '.join(codes) or 'none, so nobody may'}.")
