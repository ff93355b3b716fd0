"""The frame's variables: nothing that a page or a template names may take the header's place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes

from reviewqueue.core.settings import ROOT
from reviewqueue.web import layout
from reviewqueue.web.formatting import FILTERS

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = sorted((ROOT / "reviewqueue" / "web").rglob("*.py"))


def named(source: str) -> set[str]:
    """Every name that a template gives a value: set, for, a macro and what it takes, an import under another name."""
    made = Environment()
    made.filters.update(FILTERS)
    whole = made.parse(source)
    found = {one.name for one in whole.find_all(nodes.Name) if one.ctx in ("store", "param")}
    return found | {one.name for one in whole.find_all(nodes.Macro)}


def test_the_frame_knows_every_name_it_gives(app: Flask) -> None:
    """What the application puts around a page, what Jinja knows of ours, and what base.html sets for itself."""
    plain = set(Environment().globals)
    with app.test_request_context("/"):
        given: dict[str, object] = {}
        app.update_template_context(given)
    assert given.keys() | (app.jinja_env.globals.keys() - plain) <= layout.RESERVED_NAMES
    base = (ROOT / "templates" / "base.html").read_text(encoding="utf-8")
    assert set(re.findall(r"{% set (\w+) = [^%]*%}\n<!doctype", base)) <= layout.RESERVED_NAMES


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_names_a_variable_as_the_frame_does(path: Path) -> None:
    taken = named(path.read_text(encoding="utf-8")) & layout.RESERVED_NAMES
    assert taken == ({"messages"} if path.name == "base.html" else set())


@pytest.mark.parametrize("name", sorted(layout.RESERVED_NAMES))
def test_no_page_can_be_given_a_variable_of_the_frame(app: Flask, name: str) -> None:
    with app.test_request_context("/"), pytest.raises(TypeError, match=name):
        layout.page("error.html", **{name: 1})


def test_every_page_is_rendered_by_the_frame() -> None:
    """Flask's own functions, which take any name, are called in layout.py and nowhere else."""
    found = {
        path.name
        for path in PAGES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.alias | ast.Attribute)
        and "render_template" in (node.name if isinstance(node, ast.alias) else node.attr)
    }
    assert found == {"layout.py"}


def test_the_walk_would_find_each_way_to_name_one() -> None:
    """The control."""
    for source in (
        "{% set more = 1 %}", "{% for more in [] %}{% endfor %}", "{% macro more() %}{% endmacro %}",
        "{% macro x(more) %}{% endmacro %}", "{% with more = 1 %}{% endwith %}", "{% set a, more = 1, 2 %}",
    ):  # fmt: skip
        assert "more" in named(source), source
