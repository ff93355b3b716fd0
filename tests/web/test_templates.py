"""Templates: whatever comes from outside passes `show_text` where it is read, and `plain_text` where no markup can stand.

The walk knows what each expression ends with and whether it stands in a text, in a tag, or in an element that holds
plain text. What is neither outside text nor a form's own value is named in the lists below, so that a new expression
has to be thought about once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from reviewqueue.core.settings import ROOT
from reviewqueue.web.formatting import FILTERS

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Filters that make text safe to read, whatever goes in, and those that take values of ours only.
READ = {
    "date",
    "show_text",
    "link_rules",
    "number",
    "when",
    "clock",
    "hour",
    "day",
    "due",
    "pause_since",
    "clock_or_pause",
    "absolute",
    "short",
    "ago",
    "length",
}
OF_OURS = {"word", "words", "capital"}
# Values of ours that `word` and its like may end with: words of closed lists, checked where they are written.
OUR_WORDS = re.compile(
    r"\.(state|kind|act|action|outcome|role|roles|owner|reviewers|owner_role|goes_to|goes_up_to|approvals_from|separate|seen_by|required|waived_fields|acts|lanes"
    r"|held|exempt|pause|asks|step)$|^means$|^words\.UNKNOWN$|^(act|role|kind|held|verb|says|state|layer)$|^(action|act)\("
)
# Calls that give back markup made by us: macros, forms' own fields, and texts that passed `show_text` on their way.
MADE = {
    *(
        "icon",
        "csrf",
        "field",
        "many",
        "summary",
        "kept_words",
        "kept_texts",
        "pager",
        "worker_note",
        "looks",
        "when",
        "reply",
        "form.next",
        "link",
        "line",
        "drafts_to_read",
        "opening",
        "emptied",
        "past_answer",
        "rule",
        "head",
        "meta",
        "check",
        "node",
        "places",
        "panel",
        "digests",
        "differences",
        "replayed",
        "reweighed",
    ),
    *("clock", "standing", "line", "called", "act_form", "item_list", "loop", "told", "value", "shift", "source_wrong"),
    *("now_sent", "asof", "against", "bare", "caller", "milestone", "otherwise", "receiver"),
    *("waiting", "time_to_value", "past", "system_list", "system_rows"),
    *("agreed", "agreement", "look", "shown_draft"),
    # Of the figures: numbers with their units, and charts.
    *(
        "words.no_value_text",
        "words.with_interval",
        "words.amount",
        "words.interval",
        "words.change",
        "words.with_sign_and_interval().partition().rstrip",
        "shown",
    ),
    *(
        "verdict",
        "share_caught",
        "pair_chart",
        "moved",
        "row",
        "as_of",
        "listing",
        "path",
        "slices",
        "scale",
        "bar",
        "coloured",
        "basis",
    ),
    *(
        "area.score_text",
        "control.says",
        "fault",
        "marked",
        "linked",
        "area_form",
        "colour_form",
        "owner_form",
        "step_form",
        "step_list",
        "answer_form",
    ),
    *("today.isoformat", "typed.get"),  # the latter gives a form back what was typed into it
    *(
        "cite",
        "who",
        "whom",
        "act",
        "act_on().done",
        "facts",
        "tabs",
        "pick",
        "it",
        "it.label",
        "marks.text",
        "marks.anchor",
        "drafts.letter",
    ),
    *("drafts.label_of", "figure", "earliest", "left_out", "token", "url_for", "static", "csrf_token", "name_of"),
}
# Plain names whose values are ours, template by template: our headings and labels, numbers, markup that `show_text` made.
OURS = {
    "base.html": {"name", "message.link", "ACTS.shortcut"},
    "corrections/inbox.html": {"button", "label", "need", "title"},
    "deliveries/deliveries.html": {"name", "says"},
    "exceptions/case.html": {"button"},
    "exceptions/inbox.html": {"title", "titles"},
    "items/_decide.html": {"act.label", "act.shortcut"},
    "items/_differs.html": {"change.marked"},
    "items/_history.html": {"act_on().done"},
    "items/_evidence.html": {"one.number"},
    "items/_panel.html": {"words.button", "words.label", "words.heading"},
    "items/_source_moves.html": {"told.number"},
    "notifications/settings.html": {"name"},
    "items/edit.html": {"label"},
    "keys/keys.html": {"once"},
    "log/entries.html": {"name", "about", "one.says"},
    "macros/parts.html": {
        *("need", "help", "legend", "label", "it.label.text"),
        *("previous", "next", "first", "says"),
    },
    "onboardings/onboarding.html": {"button", "label", "need", "name"},
    "policy/policy.html": {"after", "act.label"},
    "queue/bulk.html": {"act.label"},
    "queue/bulk_result.html": {"title", "ACTS.done"},
    "queue/queue.html": {"titles", "title", "label", "every"},
    "signin.html": {"form.next"},
    "log/_parts.html": {"held.before", "held.colour", "held.score"},
    "measurement/_parts.html": {"fewest", "is"},
    "measurement/figures.html": {"metric.name", "one.metric", "title", "what"},
    "measurement/metric.html": {
        "label",
        "metric.name",
        "metric.rests_on",
        "metric.says",
        "metric.unit",
        "one.says",
        "one.time",
        "sides.all.method",
        "sides.difference.method",
        "sides.pilot.method",
        "sides.step",
        "what",
    },
    "measurement/recorded.html": {"events"},
    "onboardings/board.html": {"station.name"},
    "readiness/_parts.html": {"colour", "id", "name", "one.at_least", "one.says", "reads", "title"},
    "readiness/go_no_go.html": {"control.green", "control.label", "control.red", "control.yellow", "mostly", "rule"},
    "readiness/lanes.html": {"lane.stage", "means", "one.verdict.says", "stages"},
    "readiness/owners.html": {
        "step.says",
        "title",
        "duty.says",
        "letter",
        "letters",
        "part.label",
        "part.says",
        "says",
    },
    "readiness/scorecard.html": {
        "area.evidence",
        "area.label",
        "area.weight",
        "made.points",
        "made.riskiest",
        "made.verdict.next_step",
        "made.verdict.says",
        "means",
        "most",
        "number",
        "one.label",
        "one.says",
        "one.score",
        "reason.choice",
        "row.score",
        "sheet.lane.stage",
        "stages",
        "step",
    },
    "readiness/worksheet.html": {"line.line.label", "longest", "part", "sheet.score.verdict.says"},
    "items/_crumbs.html": {"whole"},
    "log/entry.html": {"kind.says"},
    "queue/_rows.html": {"says"},
    "setup/steps.html": {"done", "loop.index", "step.title", "step.why", "command", "name"},
}
READ_IN_A_TAG = ("tag title", "tag aria-label", "tag content", "tag alt", "tag placeholder")
HOLDS_TEXT = ("title", "option", "textarea")


def outputs(tree: nodes.Node) -> Iterator[tuple[nodes.Expr, str, int]]:
    """Every printed expression with where it stands: "text", "tag", or an element that holds plain text."""
    state = ""
    titles = [
        output
        for block in tree.find_all(nodes.Block)
        if block.name == "title"
        for output in block.find_all(nodes.Output)
    ]
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            if isinstance(part, nodes.TemplateData):
                state = (state + part.data)[-4_000:]
                continue
            yield part, "title" if output in titles else _place(state), part.lineno


def _place(before: str) -> str:
    if before.rfind("<") > before.rfind(">"):
        name = re.search(r'([\w-]+)=["\'][^"\']*$', before)
        return f"tag {name[1] if name else ''}"
    for element in HOLDS_TEXT:
        if before.rfind(f"<{element}") > before.rfind(f"</{element}"):
            return element
    return "text"


def source(node: nodes.Node) -> str:
    """An expression as one would write it, near enough to name it."""
    match node:
        case nodes.Name():
            return str(node.name)
        case nodes.Getattr():
            return f"{source(node.node)}.{node.attr}"
        case nodes.Getitem():
            return source(node.node)
        case nodes.Call():
            return f"{source(node.node)}()"
        case nodes.Filter():
            return source(node.node) if node.node else ""
        case nodes.Const():
            return repr(node.value)
        case _:
            return type(node).__name__


def flaws(node: nodes.Expr, place: str, ours: set[str]) -> str:
    """What is wrong with printing this expression there; "" when nothing is."""
    match node:
        case nodes.Const() | nodes.Mul():
            return ""
        case nodes.CondExpr():
            other = flaws(node.expr2, place, ours) if node.expr2 else ""
            return flaws(node.expr1, place, ours) or other
        case nodes.Or():
            return flaws(node.left, place, ours) or flaws(node.right, place, ours)
        case nodes.Filter(name=name):
            return _filtered(node, name, place, ours)
        case nodes.Getitem(node=nodes.Name(name=name)) if name.isupper():
            return ""  # a table of our own words, set in the template
        case nodes.Call(node=nodes.Getattr(node=nodes.Dict())) | nodes.Getitem(node=nodes.Dict()):
            return ""  # one of the words that stand right there
        case nodes.Call():
            called = source(node.node)
            return "" if called in MADE else f"calls {called}"
    if place.startswith("tag"):
        return _in_a_tag(node, place, ours)
    if place == "textarea":
        return ""
    return "" if source(node) in ours else f"prints {source(node)} without `show_text`"


def _filtered(node: nodes.Filter, name: str, place: str, ours: set[str]) -> str:
    if name == "replace" and node.node:
        return flaws(node.node, place, ours)
    inner = source(node)
    if place == "text":
        if name in READ or (name in OF_OURS and OUR_WORDS.search(inner)) or inner.startswith("'"):
            return ""
        if name in OF_OURS and isinstance(node.node, nodes.Filter | nodes.Call | nodes.Getitem):
            return flaws(node.node, place, ours)
        return f"ends with |{name}"
    if name == "plain_text" or name in {"number", "absolute"} or (name in OF_OURS and OUR_WORDS.search(inner)):
        return ""
    return f"ends with |{name} in {place}" if not place.startswith("tag") or place in READ_IN_A_TAG else ""


def _in_a_tag(node: nodes.Expr, place: str, ours: set[str]) -> str:
    """Ids, values of fields, classes of ours and addresses are no reading matter; titles, labels and contents are."""
    if place in READ_IN_A_TAG:
        known = isinstance(node, nodes.Const) or source(node) in {"one.number", *ours}
        return "" if known else f"{place} without `plain_text`"
    return ""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_text_from_outside_is_seen_or_spelled(path: Path) -> None:
    ours = OURS.get(str(path.relative_to(ROOT / "templates")), set())
    wrong = wrongs(path.read_text(encoding="utf-8"), ours)
    assert not wrong, "\n".join(f"{path.name}:{line}: {flaw}" for line, flaw in wrong)


def wrongs(text: str, ours: set[str]) -> list[tuple[int, str]]:
    env = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)
    env.filters.update(FILTERS)
    found = []
    for node, place, line in outputs(env.parse(text)):
        if flaw := flaws(node, place, ours):
            found.append((line, flaw))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "<p>{{ item.title }}</p>",
        "<p>{{ item.title|capital }}</p>",
        '<p title="{{ item.title|show_text }}">x</p>',
        '<p title="{{ item.title }}">x</p>',
        "<option>{{ person.name }}</option>",
        "<title>{{ item.title|show_text }}</title>",
        "<p>{{ item.title|safe }}</p>",
        "<p>{{ markup(item.title) }}</p>",
    ],
)
def test_the_walk_finds_what_it_looks_for(text: str) -> None:
    assert wrongs(text, set())


def test_nothing_marks_outside_text_as_safe() -> None:
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"\|\s*safe\b|autoescape\s+false|\bMarkup\(|\{%\s*raw|style=|\son(?!boarding)\w+=|<script(?! (?:type|src)=)",
            text,
        ), path


def test_every_template_is_used_and_every_fragment_has_one_root_named_after_it() -> None:
    used = " ".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *(ROOT / "reviewqueue/web").glob("*.py")])
    for path in TEMPLATES:
        name = str(path.relative_to(ROOT / "templates"))
        assert f'"{name}"' in used, f"{name} is used by nothing"
