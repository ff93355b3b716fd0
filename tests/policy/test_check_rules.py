"""Check rules: what is refused when they load, what a check counts as under them, and how one is written into a file."""

from __future__ import annotations

import difflib
import re

import pytest

from reviewqueue import checks
from reviewqueue.checks.milestones import _PASSES
from reviewqueue.checks.topics import TOPICS
from reviewqueue.core.settings import ROOT
from reviewqueue.evidence.types import CheckResult
from reviewqueue.policy import check_rules, checks_file, loading
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model import checks as model_checks
from reviewqueue.policy.model.checks import CheckRule
from reviewqueue.policy.model.policy import Policy
from tests.checks.policies import packet, sources

SHIPPED = {name: text for name, text in loading.files_in(loading.SHIPPED).items() if name != model_checks.FILE}
WHY = "the audit asks for it"
HERE = ("mid-market-saas", "handoff_packet")


def table(about: str, counts_as: str, more: str = "") -> str:
    """One rule as it stands in a file, a line of comment above it."""
    return f'# Ours.\n[[check]]\nabout = "{about}"\ncounts_as = "{counts_as}"\n{more}because = "{WHY}"\n'


def policy(*tables: str) -> Policy:
    """The shipped policy with these rules."""
    return loading.load({**SHIPPED, model_checks.FILE: "\n".join(tables)})


# (what is so, the file, where the flaw is told, what it says)
REFUSED = [
    ("a word no rule has", table("draft.gap", "off", 'countsas = "off"\n'), 5, "'countsas' is not a word of this table"),
    ("a table no file has", "[[cheque]]\n", 1, "'cheque' is not a word of this table"),
    ("no reason", '[[check]]\nabout = "draft.gap"\ncounts_as = "off"\n', 1, "'because' is missing"),
    ("no such weight", table("draft.gap", "silent"), 4, "'fail', 'warn' or 'off'"),
    ("no such check", table("evidence.unsuported", "off"), 3, "did you mean 'evidence.unsupported'"),
    ("an automation's own", table("automation.tone", "warn"), 3, "is not a check of ours"),
    ("a family of none", table("weather.*", "off"), 3, "docs/checks.md lists them"),
    ("no such lane", table("draft.gap", "off", 'lanes = ["moon"]\n'), 5, "'moon' is not one of the lanes"),
    ("no such kind", table("draft.gap", "off", 'kinds = ["ode"]\n'), 5, "'ode' is not one of the kinds"),
    ("a topic is turned off", table("topic.blame", "off"), 4, "topic.blame may not be made weaker"),
    ("all topics are", table("topic.*", "off"), 4, "the six topics never go out without a person"),
    ("everything is", table("*", "off"), 4, "commitment.contradicted may not be made weaker"),
    ("a key only warns", table("secret.key", "warn"), 4, "no secret and no other customer's name leaves unseen"),
    ("a card is turned off", table("secret.card", "off"), 4, "secret.card may not"),
    ("so is another customer's name", table("secret.other-customer", "warn"), 4, "secret.other-customer may not"),
    ("hidden text only warns", table("text.hidden", "warn"), 4, "text.hidden may not"),
    ("markup is turned off", table("text.markup", "off"), 4, "text.markup may not"),
    ("a wrong recipient only warns", table("recipient.belongs", "warn"), 4, "recipient.belongs may not"),
    ("a message held back goes out", table("message.suppressed", "warn"), 4, "it is a rule of the lane's own file"),
    ("a new promise only warns", table("message.promise", "off"), 4, "it is a rule of the lane's own file"),
    ("an approved promise bends", table("commitment.*", "warn"), 4, "an override that names this check"),
    ("two people become one", table("policy.checks", "off"), 3, "is not a check of ours"),
    ("it changes nothing", table("evidence.unsupported", "warn"), 4, "does that by itself, so this changes nothing"),
    ("it appears twice", table("draft.gap", "off") + table("draft.gap", "fail"), 8, "never asked: checks.toml:2 covers all"),
    ("a wider one stands before", table("evidence.*", "off") + table("evidence.citation", "warn", f'lanes = ["{HERE[0]}"]\n'),
     8, "never asked: checks.toml:2"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "text", "line", "says"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_is_refused(what: str, text: str, line: int, says: str) -> None:
    """With file and line and the fix."""
    with pytest.raises(BadPolicy) as refused:
        loading.load({**SHIPPED, model_checks.FILE: text})
    (flaw,) = refused.value.flaws
    assert (flaw.place, says in flaw.message) == (f"checks.toml:{line}", True), flaw


# (what is so, the rules, the check, where it is (lane, kind), what it says by itself, what it counts as)
NARROW = (
    table("evidence.*", "off", 'lanes = ["enterprise-saas"]\nkinds = ["kickoff_brief"]\n'),
    table("evidence.*", "warn"),
)
COUNTED = [
    ("no rule", (), "evidence.citation", HERE, "fail", ("fail", True)),
    ("a failure warns", (table("evidence.citation", "warn"),), "evidence.citation", HERE, "fail", ("warn", False)),
    ("it does not count", (table("evidence.*", "off"),), "evidence.citation", HERE, "fail", ("pass", False)),
    ("a warning fails", (table("draft.gap", "fail"),), "draft.gap", HERE, "warn", ("fail", True)),
    ("a topic fails", (table("topic.*", "fail"),), "topic.blame", HERE, "warn", ("fail", True)),
    ("what passed stays passed", (table("evidence.*", "fail"),), "evidence.citation", HERE, "pass", ("pass", True)),
    ("another check", (table("evidence.*", "off"),), "draft.gap", HERE, "warn", ("warn", False)),
    ("another lane", NARROW, "evidence.citation", (HERE[0], "kickoff_brief"), "fail", ("warn", False)),
    ("another kind", NARROW, "evidence.citation", ("enterprise-saas", "risk_summary"), "fail", ("warn", False)),
    ("the first that fits", NARROW, "evidence.citation", ("enterprise-saas", "kickoff_brief"), "fail", ("pass", False)),
    ("a change of checks", (table("*", "fail"),), "policy.checks", HERE, "warn", ("warn", False)),
    ("an automation's", (table("*", "fail"),), "automation.tone", HERE, "warn", ("warn", False)),
    ("it says so already", (table("message.next-step", "warn"),), "message.next-step", HERE, "warn", ("warn", False)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "rules", "key", "where", "says", "counts"), COUNTED, ids=[one[0] for one in COUNTED])
def test_what_a_check_counts_as(
    what: str, rules: tuple[str, ...], key: str, where: tuple[str, str], says: str, counts: tuple[str, bool]
) -> None:
    """The message tells of it where it counts differently, with the line; and what it said by itself is not lost."""
    held = policy(*rules)
    result = CheckResult(key, says, says != "warn", "It is so.")  # type: ignore[arg-type]
    found = check_rules.apply_rule(held, *where, result)
    assert (found.outcome, found.blocking) == counts, what
    assert (found.message == "It is so.") == (counts[0] == says)
    if counts[0] != says:
        assert re.fullmatch(
            rf"It is so\. By itself a {says}; it counts as \w+ by checks\.toml:\d+, because {WHY}\.", found.message
        )
    assert check_rules.own_outcome(held, *where, (found.key, found.outcome, found.message)) == says


def test_every_check_of_a_run_is_counted() -> None:
    """A packet that cites nothing and has no owner: under the rules it warns of neither, and both are still shown."""
    draft = packet(customer_owner="")
    lane = policy().lanes[1]
    plain = checks.run(policy(), lane, "handoff_packet", draft, sources(), ())
    ruled = policy(table("evidence.unsupported", "off"), table("field.customer_owner", "warn"))
    after = checks.run(ruled, lane, "handoff_packet", draft, sources(), ())
    assert [one.key for one in plain if one.outcome == "fail"] == ["field.customer_owner"]
    assert any(one.key == "evidence.unsupported" and one.outcome == "warn" for one in plain)
    assert not [one for one in after if one.outcome == "fail"]
    assert {one.outcome for one in after if one.key == "evidence.unsupported"} == {"pass"}
    assert sorted((one.key, one.at) for one in after) == sorted((one.key, one.at) for one in plain)


def test_every_check_there_is_has_its_line() -> None:
    """The keys written in the code of the checks, those made of parts, and the table of docs/checks.md."""
    known = check_rules.all_checks(policy())
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "reviewqueue" / "checks").glob("*.py"))
    )
    families = "|".join(sorted({key.partition(".")[0] for key in known}))
    keys = set(re.findall(rf'"((?:{families})\.[a-z][a-z-]+)"', code)) - {"draft.get", "message.topics"}
    assert keys <= known.keys(), keys - known.keys()
    assert {f"topic.{one}" for one in TOPICS} <= known.keys()
    assert {f"milestone.{one}" for one in _PASSES} == {one for one in known if one.startswith("milestone.")}
    written = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    for key in re.findall(rf"`((?:{families})\.[a-z][a-z-]+)`", written):
        assert key in known, key


FILE = f"""# What our checks count as.

# Citations, since the audit.
[[check]]
about = "evidence.*"  # all of them
counts_as = "warn"
because = "{WHY}"

# Gaps.
[[check]]
about = "draft.gap"
counts_as = "fail"
# Asked for twice.
because = "{WHY}"
# The end.
"""
# (what is so, the file before, the rule, lines taken away, lines put in, after which line)
WRITTEN = [
    ("there was none", "", CheckRule(about="draft.gap", counts_as="off", because=WHY), [],
     ["[[check]]", 'about = "draft.gap"', 'counts_as = "off"', f'because = "{WHY}"']),
    ("its own table", FILE, CheckRule(about="draft.gap", counts_as="off", because='they say "no"'),
     ['counts_as = "fail"', f'because = "{WHY}"'], ['counts_as = "off"', 'because = "they say \\"no\\""']),
    ("before a wider one", FILE, CheckRule(about="evidence.citation", counts_as="off", because=WHY), [],
     ["[[check]]", 'about = "evidence.citation"', 'counts_as = "off"', f'because = "{WHY}"', ""]),
    ("at the end", FILE, CheckRule(about="message.next-step", counts_as="warn", lanes=(HERE[0],), because=WHY), [],
     ["", "[[check]]", 'about = "message.next-step"', 'counts_as = "warn"', f'lanes = ["{HERE[0]}"]', f'because = "{WHY}"']),
]  # fmt: skip


@pytest.mark.parametrize(("what", "text", "rule", "away", "put"), WRITTEN, ids=[one[0] for one in WRITTEN])
def test_a_rule_is_written_and_nothing_else(
    what: str, text: str, rule: CheckRule, away: list[str], put: list[str]
) -> None:
    """Comments and other tables stay, character for character, and the result is the policy with that rule."""
    before = {**SHIPPED, model_checks.FILE: text} if text else dict(SHIPPED)
    after = checks_file.with_rule(before, rule)
    lines = difflib.ndiff(text.splitlines(), after[model_checks.FILE].splitlines())
    differs = [line for line in lines if line[:2] in ("- ", "+ ")]
    assert sorted(line[2:] for line in differs if line[0] == "-") == sorted(away), what
    assert sorted(line[2:] for line in differs if line[0] == "+") == sorted(put)
    assert rule in loading.load(after).checks.check
    assert {**after, model_checks.FILE: text} == {**before, model_checks.FILE: text}


def test_a_rule_is_taken_away_and_a_file_of_another_hand_is_left_alone() -> None:
    """Its table goes and no other; what is written in one line is nobody's to take apart."""
    gap = CheckRule(about="draft.gap", counts_as="off", because=WHY)
    left = checks_file.without_rule({**SHIPPED, model_checks.FILE: FILE}, gap)[model_checks.FILE]
    assert left.startswith(FILE[: FILE.index('[[check]]\nabout = "draft.gap"')])
    assert "# The end." in left
    one = '{{ about = "{}", counts_as = "fail", because = "So it is." }}'
    odd = f"check = [{one.format('draft.gap')}, {one.format('secret.personal')}]\n"
    for text in (odd, ""):
        with pytest.raises(BadPolicy):
            checks_file.without_rule({**SHIPPED, model_checks.FILE: text}, gap)
    with pytest.raises(BadPolicy):
        checks_file.with_rule({**SHIPPED, model_checks.FILE: odd}, gap)
