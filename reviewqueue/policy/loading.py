"""Loads a policy from its text files and validates it. Everything that is wrong is reported at once, with file, line
and how to fix it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reviewqueue.policy import (
    check_rules,
    conditions,
    validate_boundary,
    validate_destinations,
    validate_gates,
    validate_lanes,
    validate_messages,
    validate_systems,
    validate_templates,
)
from reviewqueue.policy.flaws import BadPolicy, Flaw
from reviewqueue.policy.model import checks, systems
from reviewqueue.policy.model.policy import Policy, Reason
from reviewqueue.policy.toml_lines import lines_of

SHIPPED = Path(__file__).parent / "default"
# Folders that hold one table a file: a lane, a gate, a template.
FOLDERS = ("lanes", "gates", "templates")
TOP_LEVEL_FILES = (
    "organisation.toml",
    "reasons.toml",
    "packet.toml",
    "exceptions.toml",
    "destinations.toml",
    systems.FILE,
    checks.FILE,
)
# Files that are a list, and what its tables are called.
LISTS = {"reasons.toml": "reason", "destinations.toml": "destination", systems.FILE: "system"}


def files_in(folder: Path) -> dict[str, str]:
    """Every policy file of a folder: path below it → text. Raises BadPolicy when the folder is not a policy's, or a
    file is not UTF-8."""
    return {name: text_of(path) for name, path in paths_in(folder).items()}


def paths_in(folder: Path) -> dict[str, Path]:
    """Every policy file of a folder: path below it → path. Raises BadPolicy when none of the top-level files of a
    policy is in it: then it is another folder, and nothing below it is read."""
    if not any((folder / name).is_file() for name in TOP_LEVEL_FILES):
        raise BadPolicy([Flaw(str(folder), "no policy files here; name a folder that holds organisation.toml")])
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.toml"))}


def text_of(path: Path) -> str:
    """A policy file's text, without the byte order mark that some editors write. Raises BadPolicy when it is not
    UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadPolicy([Flaw(f"{path}:{line}", "this is not UTF-8 text; save it as UTF-8")]) from None


def digest_of(files: dict[str, str]) -> str:
    """SHA-256 over the files' names and texts, in order of name."""
    hasher = hashlib.sha256()
    for name, text in sorted(files.items()):
        hasher.update(f"{name}\0{len(text.encode())}\0".encode() + text.encode())
    return hasher.hexdigest()


def load(files: dict[str, str], *, stored: bool = False) -> Policy:
    """Parse and validate a policy, and type-check its conditions. Raises BadPolicy with all its flaws, each with file
    and line. A version that is `stored` was activated before: whether its lanes are narrow enough to begin with is not
    asked again, so that its items can still be decided."""
    flaws: list[Flaw] = []
    lines: dict[str, dict[str, int]] = {}
    parsed: dict[str, dict[str, Any]] = {}
    for name, text in files.items():
        lines[name] = lines_of(text)
        try:
            parsed[name] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            flaws.append(Flaw(f"{name}:{line[1] if line else 1}", f"not TOML: {error}"))
    flaws += [*_unknown_parts(parsed, lines), *_missing(files)]
    if flaws := flaws or _duplicate_keys(parsed, lines):
        raise BadPolicy(flaws)
    policy = _build_policy(files, parsed, lines)
    flaws = [
        *_flaws_across(policy),
        *validate_gates.flaws(policy),
        *conditions.flaws(policy),
        *validate_messages.flaws(policy),
    ]
    flaws += [
        *validate_destinations.flaws(policy),
        *validate_systems.flaws(policy),
        *validate_templates.flaws(policy, files),
        *check_rules.flaws(policy),
    ]
    flaws += [Flaw(*one) for one in validate_lanes.flaws(policy)]
    flaws += [] if stored else validate_boundary.flaws(policy)
    if flaws:
        raise BadPolicy(flaws)
    return policy


def _unknown_parts(parsed: dict[str, dict[str, Any]], lines: dict[str, dict[str, int]]) -> Iterator[Flaw]:
    """Files that no policy has, and keys in a list's file that would be ignored."""
    for name, found in parsed.items():
        if name not in TOP_LEVEL_FILES and not name.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
            yield Flaw(f"{name}:1", "no such policy file is known; correct its name or remove it")
        for word in found if name in LISTS else ():
            if word != LISTS[name]:
                says = f"{word!r} is not a word of this file, a list of [[{LISTS[name]}]]"
                yield Flaw(f"{name}:{lines[name].get(word, 1)}", f"{says}; correct its spelling or remove it")


def _missing(files: dict[str, str]) -> Iterator[Flaw]:
    for name in ("organisation.toml", "reasons.toml", "packet.toml"):
        if name not in files:
            yield Flaw(f"{name}:1", "this file is missing; every policy needs it")


def _duplicate_keys(parsed: dict[str, dict[str, Any]], lines: dict[str, dict[str, int]]) -> list[Flaw]:
    """Keys that are defined twice: which of them would hold is not left to chance."""
    named = [
        (name.split("/")[0], parsed[name].get("key"), f"{name}:{lines[name].get('key', 1)}")
        for name in sorted(parsed)
        if "/" in name
    ]
    reasons = parsed["reasons.toml"].get("reason", [])
    named += [
        ("reasons", reason.get("code"), f"reasons.toml:{lines['reasons.toml'].get(f'reason/{number}', 1)}")
        for number, reason in enumerate(reasons)
        if isinstance(reason, dict)
    ]
    named += [
        ("groups", group.get("key"), f"organisation.toml:{lines['organisation.toml'].get(f'groups/{number}', 1)}")
        for number, group in enumerate(parsed["organisation.toml"].get("groups", []))
        if isinstance(group, dict)
    ]
    named += [("exceptions", key, place) for key, place in _keyed_tables("exceptions.toml", "category", parsed, lines)]
    named += [
        ("destinations", key, place) for key, place in _keyed_tables("destinations.toml", "destination", parsed, lines)
    ]
    named += [("systems", key, place) for key, place in _keyed_tables(systems.FILE, "system", parsed, lines)]
    seen: dict[tuple[str, Any], str] = {}
    return [
        Flaw(place, f"{key!r} is taken by {taken}; give one of them another key")
        for kind, key, place in named
        if isinstance(key, str) and (taken := seen.setdefault((kind, key), place)) != place
    ]


def _keyed_tables(
    name: str, table: str, parsed: dict[str, dict[str, Any]], lines: dict[str, dict[str, int]]
) -> list[tuple[str, str]]:
    """(key, file:line) of every table of that name in a file that a policy may do without."""
    return [
        (one.get("key", ""), f"{name}:{lines[name].get(f'{table}/{number}/key', 1)}")
        for number, one in enumerate(parsed.get(name, {}).get(table, []))
        if isinstance(one, dict)
    ]


def _system_places(parsed: dict[str, dict[str, Any]], lines: dict[str, dict[str, int]]) -> dict[str, str]:
    """The places of every row of systems.toml and its keys: `systems:crm`, `systems:crm/read`."""
    found = {}
    for number, (key, place) in enumerate(_keyed_tables(systems.FILE, "system", parsed, lines)):
        start = f"system/{number}/"
        found[f"systems:{key}"] = place
        found |= {
            f"systems:{key}/{path.removeprefix(start)}": f"{systems.FILE}:{line}"
            for path, line in lines[systems.FILE].items()
            if path.startswith(start)
        }
    return found


def _build_policy(files: dict[str, str], parsed: dict[str, dict[str, Any]], lines: dict[str, dict[str, int]]) -> Policy:
    within = {folder: [name for name in sorted(parsed) if name.startswith(f"{folder}/")] for folder in FOLDERS}
    places = {"organisation": "organisation.toml:1"}
    places |= {f"organisation/{path}": f"organisation.toml:{line}" for path, line in lines["organisation.toml"].items()}
    for name in (name for names in within.values() for name in names):
        kind, key = name.split("/")[0][:-1], parsed[name].get("key", "")
        places[f"{kind}:{key}"] = f"{name}:1"
        places |= {f"{kind}:{key}/{path}": f"{name}:{line}" for path, line in lines[name].items()}
    places |= {
        f"reason:{reason.get('code', '')}": f"reasons.toml:{lines['reasons.toml'].get(f'reason/{number}', 1)}"
        for number, reason in enumerate(parsed["reasons.toml"].get("reason", []))
        if isinstance(reason, dict)
    }
    places |= {f"exception:{key}": place for key, place in _keyed_tables("exceptions.toml", "category", parsed, lines)}
    places |= {
        f"destination:{key}": place for key, place in _keyed_tables("destinations.toml", "destination", parsed, lines)
    }
    places |= {f"packet:{key}": place for key, place in _keyed_tables("packet.toml", "fields", parsed, lines)}
    places |= _system_places(parsed, lines)
    check_lines = lines.get(checks.FILE, {})  # `check/0/about`, in places `check:0/about`
    places |= {path.replace("/", ":", 1): f"{checks.FILE}:{line}" for path, line in check_lines.items()}
    exception_lines = lines.get("exceptions.toml", {})
    places |= {f"exceptions/{path}": f"exceptions.toml:{line}" for path, line in exception_lines.items()}
    places["exceptions"] = f"exceptions.toml:{exception_lines.get('otherwise', 1)}"
    data = {
        "digest": digest_of(files),
        "organisation": parsed["organisation.toml"],
        "reasons": parsed["reasons.toml"].get("reason", []),
        "packet": parsed["packet.toml"],
        "exceptions": parsed.get("exceptions.toml", {}),
        "checks": parsed.get(checks.FILE, {}),
        "destinations": parsed.get("destinations.toml", {}).get("destination", []),
        "systems": parsed.get(systems.FILE, {}).get("system", []),
        **{folder: [parsed[name] for name in names] for folder, names in within.items()},
        "places": places,
    }
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        raise BadPolicy([_flaw(dict(fault), within, lines) for fault in error.errors()]) from None


def _flaw(fault: dict[str, Any], within: dict[str, list[str]], lines: dict[str, dict[str, int]]) -> Flaw:
    where = [str(part) for part in fault["loc"] if part != "[key]"]
    named = {name: f"{name}.toml" for name in ("organisation", "packet", "reasons", "exceptions", "checks")}
    if where[0] in within and len(where) > 1:
        name, path = within[where[0]][int(where[1])], where[2:]
    elif where[0] == "reasons":
        name, path = "reasons.toml", ["reason", *where[1:]]
    elif where[0] in ("destinations", "systems"):
        name, path = f"{where[0]}.toml", [where[0][:-1], *where[1:]]
    else:
        name, path = named.get(where[0], "organisation.toml"), where[1:]
    line = next(
        (lines[name][key] for cut in range(len(path), 0, -1) if (key := "/".join(path[:cut])) in lines[name]), 1
    )
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = f"{path[-1]!r} is not a word of this table; correct its spelling or remove it"
    elif fault["type"] == "missing":
        message = f"{path[-1]!r} is missing; add it"
    elif fault["type"] == "tuple_type":
        message = 'this is a list; write ["…"], also for one'
    elif fault["type"] in ("int_type", "float_type"):
        message += "; write a number without quotes, such as 4"
    return Flaw(f"{name}:{line}", f"{'.'.join(path) or 'file'}: {message}" if path else message)


def _flaws_across(policy: Policy) -> list[Flaw]:
    """What no single table can show: names that lead nowhere, lanes too wide, gates nobody can satisfy."""
    flaws = []
    gate_keys = {gate.key for gate in policy.gates}
    reasons = {reason.code: reason for reason in policy.reasons}
    calendars = {calendar.key for calendar in policy.organisation.calendars}
    if policy.lane(policy.organisation.default_lane) is None:
        flaws.append(
            Flaw(
                policy.place("organisation", "default_lane"),
                f"default_lane {policy.organisation.default_lane!r} is not a lane; name one of "
                + ", ".join(lane.key for lane in policy.lanes),
            )
        )
    for lane in policy.lanes:
        place = f"lane:{lane.key}"
        for kind, gate in lane.kinds.items():
            if gate not in gate_keys:
                known = ", ".join(sorted(gate_keys))
                says = f"kind {kind!r} waits at gate {gate!r}, which no file defines; known: {known}"
                flaws.append(Flaw(policy.place(place, "kinds", kind) or policy.place(place), says))
        for gate in lane.gates.keys() - gate_keys:
            flaws.append(Flaw(policy.place(place, "gates", gate), f"gate {gate!r} is not defined; correct its name"))
        if lane.calendar not in calendars:
            flaws.append(
                Flaw(policy.place(place, "calendar"), f"calendar {lane.calendar!r} is not in organisation.toml")
            )
    return [*flaws, *_exception_flaws(policy, reasons)]


def _exception_flaws(policy: Policy, reasons: dict[str, Reason]) -> list[Flaw]:
    """Exception categories that an escalation could not open, or could not choose between."""
    known, flaws, opened = policy.exceptions.category, [], dict[str, str]()
    if known and policy.exceptions.called(policy.exceptions.otherwise) is None:
        says = f"otherwise = {policy.exceptions.otherwise!r} is not a category; name one of "
        flaws.append(Flaw(policy.place("exceptions"), says + ", ".join(one.key for one in known)))
    for word in ("standstill", "differs", "unsent", "stood_down", "deal_changed", "came_back"):
        named = getattr(policy.exceptions, word)
        if named and policy.exceptions.called(named) is None:
            says = f"{word} = {named!r} is not a category; name one of "
            flaws.append(Flaw(policy.place("exceptions", word), says + ", ".join(one.key for one in known)))
    for category in known:
        place = policy.place(f"exception:{category.key}")
        for code in category.reasons:
            if code not in reasons or "escalate" not in reasons[code].acts:
                says = (
                    f"{category.key}: reason {code!r} escalates nothing in reasons.toml; correct its spelling or add it"
                )
                flaws.append(Flaw(place, says))
            elif opened.setdefault(code, category.key) != category.key:
                says = f"{category.key}: reason {code!r} opens {opened[code]!r} already; leave it to one of them"
                flaws.append(Flaw(place, says))
    return flaws
