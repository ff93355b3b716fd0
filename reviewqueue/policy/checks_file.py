"""Edits checks.toml as text: adds or removes one check rule and leaves every other line as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase

from reviewqueue.core.patterns import as_pattern
from reviewqueue.policy import check_rules, loading
from reviewqueue.policy.flaws import BadPolicy, Flaw
from reviewqueue.policy.model.checks import FILE, CheckRule
from reviewqueue.policy.model.policy import Policy

_HEADER = as_pattern(r"^\s*\[")
_PLAIN = as_pattern(r"^\s*(#.*)?$")


def with_rule(files: Mapping[str, str], wanted: CheckRule) -> dict[str, str]:
    """The files of a policy with that rule in checks.toml: it replaces the rule about the same check, lanes and kinds,
    else stands before the first rule that would hold instead of it, else at the end. Raises BadPolicy where the result
    is no valid policy, or where any other rule would change."""
    policy = loading.load(dict(files))
    rules, lines = list(policy.checks.check), files.get(FILE, "").splitlines()
    index, written = _matching_rule(policy, wanted), _rule_toml(wanted)
    if index is not None:
        start, end = _rule_lines(policy, lines, index)
        again = {line.partition(" = ")[0]: line for line in written if line.startswith(("counts_as", "because"))}
        lines[start:end] = [again.get(line.partition("=")[0].strip(), line) for line in lines[start:end]]
        rules[index] = wanted.model_copy(update={name: getattr(rules[index], name) for name in ("lanes", "kinds")})
    else:
        before = _first_covering(rules, wanted)
        if before is None:
            lines += [*([""] if lines and lines[-1].strip() else []), *written]
        else:
            above = _comment_start(lines, _rule_lines(policy, lines, before)[0])
            lines[above:above] = [*written, ""]
        rules.insert(len(rules) if before is None else before, wanted)
    return _verify_edit(files, lines, rules)


def without_rule(files: Mapping[str, str], about: CheckRule) -> dict[str, str]:
    """The files without the rule about the same check, lanes and kinds. Raises BadPolicy as `with_rule` does, and where
    there is no such rule."""
    policy = loading.load(dict(files))
    own = _matching_rule(policy, about)
    if own is None:
        raise BadPolicy([Flaw(f"{FILE}:1", f"no rule is about {about.about} for {about.scope}, so none was removed")])
    rules, lines = list(policy.checks.check), files[FILE].splitlines()
    start, end = _rule_lines(policy, lines, own)
    del lines[start : end + (end < len(lines) and not lines[end].strip())]
    if start == len(lines) and lines and not lines[-1].strip():
        del lines[-1]
    del rules[own]
    return _verify_edit(files, lines, rules)


def _matching_rule(policy: Policy, wanted: CheckRule) -> int | None:
    """The number of the rule about the same check in the same place; None where there is none."""
    same = (
        number
        for number, one in enumerate(policy.checks.check)
        if (one.about, set(one.lanes), set(one.kinds)) == (wanted.about, set(wanted.lanes), set(wanted.kinds))
    )
    return next(same, None)


def _first_covering(rules: list[CheckRule], wanted: CheckRule) -> int | None:
    """The number of the first rule that would hold wherever the wanted one does, were it asked first."""
    covers = (
        number
        for number, one in enumerate(rules)
        if check_rules.covers(one, wanted) and fnmatchcase(wanted.about, one.about)
    )
    return next(covers, None)


def _rule_lines(policy: Policy, lines: list[str], number: int) -> tuple[int, int]:
    """The lines of a rule, from its header to behind its last key, counted from 0. A comment below it stays."""
    start = int(check_rules.place(policy, number).rpartition(":")[2]) - 1
    end = next((at for at in range(start + 1, len(lines)) if _HEADER.match(lines[at])), len(lines))
    while end > start + 1 and _PLAIN.match(lines[end - 1]):
        end -= 1
    return start, end


def _comment_start(lines: list[str], start: int) -> int:
    """Where the comment right above a header begins."""
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start


def _rule_toml(rule: CheckRule) -> list[str]:
    """The table as text, one key a line."""
    words = {"about": rule.about, "counts_as": rule.counts_as, "lanes": list(rule.lanes), "kinds": list(rule.kinds)}
    said = {name: value for name, value in words.items() if value} | {"because": rule.because}
    return ["[[check]]", *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in said.items())]


def _verify_edit(files: Mapping[str, str], lines: list[str], rules: list[CheckRule]) -> dict[str, str]:
    """The files with these lines, parsed again. Raises BadPolicy unless the rules are exactly these."""
    after = {**files, FILE: "".join(f"{line}\n" for line in lines)}
    if list(loading.load(after).checks.check) != rules:
        says = "this file is written so that one rule cannot be put in without touching others; change it by hand"
        raise BadPolicy([Flaw(f"{FILE}:1", says)])
    return after
