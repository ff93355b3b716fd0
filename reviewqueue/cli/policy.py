"""`policy`: check files before they are used, put a folder of them in force, show what is in force in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from reviewqueue.cli import out, place
from reviewqueue.refusals import NotThere

if TYPE_CHECKING:
    from reviewqueue.policy.shape import Gate, Lane, Policy


@click.group()
def policy() -> None:
    """Lanes, gates and reasons: check them, load them, show them."""


def _own() -> Path:
    """The folder this installation's policy comes from: REVIEWQUEUE_POLICY, or the shipped one."""
    from reviewqueue.policy import loading

    return place.settings().policy or loading.SHIPPED


@policy.command()
@click.argument("paths", nargs=-1, metavar="[FILE…|FOLDER]", type=click.Path(exists=True, path_type=Path))
@out.as_json
@click.pass_context
def check(ctx: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Check a policy: a FOLDER whole, or each FILE in the place of the one of its name in REVIEWQUEUE_POLICY.

    With nothing named, the policy in REVIEWQUEUE_POLICY, or the shipped one. Exit status 1 and file, line and mend of
    every flaw when something is wrong.
    """
    from reviewqueue.policy import loading

    folder = _folder(paths)
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.toml"))}
    try:
        if not paths or paths[0] != folder:
            found |= {_name(path, found): path for path in paths}
        if not found:
            _flaw(folder, "no policy files here; name a folder that holds organisation.toml")
        loaded = loading.load({name: _text(path) for name, path in found.items()})
    except loading.BadPolicy as bad:
        flaws = [{"place": _given(flaw.place, found), "message": flaw.message} for flaw in bad.flaws]
        if as_json:
            out.tell({"ok": False, "digest": None, "flaws": flaws})
        out.say(*(f"{flaw['place']}: {flaw['message']}" for flaw in flaws))
        ctx.exit(1)
    if as_json:
        out.tell({"ok": True, "digest": loaded.digest, "flaws": []})
    what = ", ".join(map(str, paths or [folder]))
    out.say(f"{what} can be used: {len(loaded.lanes)} lanes, {len(loaded.gates)} gates, digest {loaded.digest[:12]}.")


def _folder(paths: tuple[Path, ...]) -> Path:
    folders = [path for path in paths if path.is_dir()]
    if folders and len(paths) > 1:
        raise click.UsageError("Name one folder, or files; not both.")
    return folders[0] if folders else _own()


def _flaw(path: Path, says: str) -> NoReturn:
    from reviewqueue.policy.loading import BadPolicy, Flaw

    raise BadPolicy([Flaw(f"{path}:1", says)])


def _name(path: Path, known: Iterable[str]) -> str:
    """A file's name in a policy, such as `gates/handoff-quality.toml`; by its folder, or the known one so called."""
    parent = path.resolve().parent.name
    if parent in ("lanes", "gates"):
        return f"{parent}/{path.name}"
    alike = [name for name in known if name.rpartition("/")[2] == path.name]
    if len(alike) != 1:
        listed = ", ".join(known)
        _flaw(path, f"no policy file is called so; a new lane or gate lies in lanes/ or gates/. Known: {listed}")
    return alike[0]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        _flaw(path, "this is not UTF-8 text; save it as UTF-8")


def _given(place_in_policy: str, found: dict[str, Path]) -> str:
    """`gates/x.toml:12` as the path the person knows it by."""
    name, _, line = place_in_policy.rpartition(":")
    return f"{found[name]}:{line}" if name in found else place_in_policy


@policy.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@out.as_json
def load(folder: Path | None, as_json: bool) -> None:
    """Put the policy in FOLDER in force for items opened from now on; items in review keep theirs.

    Without FOLDER, the one in REVIEWQUEUE_POLICY, or the shipped one.
    """
    from reviewqueue import policies
    from reviewqueue.policy import loading

    files = loading.files_in(folder or _own())
    with place.opened() as session:
        loaded = policies.activate(session, files, place.CLI, place.now())
    if as_json:
        out.tell({"digest": loaded.digest, "files": sorted(files)})
    out.say(f"In force: the policy of {folder or _own()}, digest {loaded.digest[:12]}.")


@policy.command()
@click.option("--lane", "lane_key", metavar="KEY", default="", help="Only this lane, and its gates as it has them.")
@click.option("--gate", "gate_key", metavar="KEY", default="", help="Only this gate.")
@out.as_json
def show(lane_key: str, gate_key: str, as_json: bool) -> None:
    """Show the policy in force, in words."""
    from reviewqueue import policies

    with place.opened() as session:
        current = policies.current(session)
    lanes = [lane for lane in current.lanes if lane_key in ("", lane.key)]
    gates = [gate for gate in current.gates if gate_key in ("", gate.key)]
    if not lanes or not gates:
        known = ", ".join([*(lane.key for lane in current.lanes), *(gate.key for gate in current.gates)])
        raise NotThere(f"There is no such lane or gate in the policy in force. It has {known}.")
    if as_json:
        out.tell(
            {
                "digest": current.digest,
                "organisation": current.organisation.model_dump(mode="json"),
                "lanes": [lane.model_dump(mode="json") for lane in lanes],
                "gates": [gate.model_dump(mode="json") for gate in gates],
            }
        )
    out.say(f"{current.organisation.name}, policy {current.digest[:12]}")
    for lane in lanes if lane_key or not gate_key else []:
        _say_lane(current, lane)
    for gate in gates:
        _say_gate(current, (current.gate(lane_key, gate.key) if lane_key else None) or gate)


def _words(keys: Iterable[str], between: str = ", ") -> str:
    return between.join(key.replace("_", " ") for key in keys)


def _say_lane(current: Policy, lane: Lane) -> None:
    out.say("", f"Lane {lane.name} ({current.place(f'lane:{lane.key}')})", f"  {lane.sentence}.")
    out.say(f"  Owner: {_words([lane.owner])}. It ends when: {lane.stop_point}.")
    out.say(f"  In scope: {'; '.join(lane.in_scope)}.", f"  Out of scope: {'; '.join(lane.out_of_scope)}.")
    out.say(f"  A deal must name: {_words(lane.required)}.")
    for kind, gate_key in lane.kinds.items():
        gate = current.gate(lane.key, gate_key)
        asks = (
            f"{gate.approvals} approval{'s' * (gate.approvals > 1)} within {gate.sla_hours} business hours"
            if gate
            else "shut"
        )
        out.say(f"  {_words([kind]).capitalize()} waits at {gate_key}: {asks}.")


def _say_gate(current: Policy, gate: Gate) -> None:
    out.say("", f"Gate {gate.name} ({current.place(f'gate:{gate.key}')})", f"  Decides: {gate.decides}.")
    people = "one person" if gate.approvals == 1 else f"{gate.approvals} different people"
    out.say(f"  Approved by {people}: {_words(gate.reviewers, ' or ')}, within {gate.sla_hours} business hours.")
    out.say(f"  Goes up to: {_words(gate.goes_up_to, ' or ')}.")
    out.say(*(f"  Goes up by itself: {rule.says} ({rule.when})." for rule in gate.must_escalate))
    second = ", with a second person" if gate.override.second_person else ""
    out.say(
        f"  Failed checks that may be passed over: {', '.join(gate.override.checks)}; "
        f"by {_words(gate.override.roles, ' or ')}, for {gate.override.longest_days} days at most{second}."
    )
    for act in ("approve", "edit", "send_back", "escalate", "override", "reject"):
        codes = [reason.code for reason in current.reasons if reason.code in gate.reasons and act in reason.acts]
        out.say(f"  Reasons to {_words([act])}: {', '.join(codes)}.")
