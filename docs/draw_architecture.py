"""Draws docs/architecture.svg from the import contracts in pyproject.toml and the list in reviewqueue/__init__.py.

`python docs/draw_architecture.py` writes the file; tests/project/test_architecture.py holds the committed one against
it. A change of the contracts is a change of the picture. It carries its own colours for a light and a dark page and
asks for no font that is not there.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"
WIDTH, EDGE, GAP = 960, 20, 10
TALL, STEP = 46, 56  # of a box, and from one row to the next
TOP = 24
STYLE = """
  svg { color: #1f2328; --page: #ffffff; --box: #f3f5f8; --pure: #e2eefb; --line: #8a94a3; --soft: #57606a }
  @media (prefers-color-scheme: dark) {
    svg { color: #e6edf3; --page: #0d1117; --box: #1b222c; --pure: #14304f; --line: #6b7686; --soft: #a3adb9 }
  }
  text { font-family: system-ui, sans-serif; font-size: 13px; fill: currentColor }
  .name { font-family: ui-monospace, monospace; font-size: 14px; font-weight: 600 }
  .soft { fill: var(--soft); font-size: 12px }
  .page { fill: var(--page) }
  .box { fill: var(--box); stroke: var(--line) }
  .pure { fill: var(--pure) }
  .line { stroke: currentColor; stroke-width: 1.5; fill: none }
  .dashed { stroke-dasharray: 6 5 }
""".strip("\n")


def contracts() -> list[dict[str, list[str]]]:
    """The import contracts, as pyproject.toml has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, list[str]]] = project["tool"]["importlinter"]["contracts"]
    return found


def layers() -> list[list[str]]:
    """The packages from the top down; those of one row import each other in neither direction."""
    rows = next(one["layers"] for one in contracts() if one["type"] == "layers")
    return [[name.removeprefix("reviewqueue.") for name in row.split(" | ")] for row in rows]


def forbidden(library: str) -> set[str]:
    """The modules that some contract keeps from importing this library, without the name they all begin with."""
    sources = [one["source_modules"] for one in contracts() if library in one.get("forbidden_modules", ())]
    return {name.removeprefix("reviewqueue.") for names in sources for name in names}


def descriptions() -> dict[str, str]:
    """What reviewqueue/__init__.py says of each package, in one line."""
    text = ast.get_docstring(ast.parse((ROOT / "reviewqueue" / "__init__.py").read_text(encoding="utf-8"))) or ""
    return {found[1]: found[2] for found in re.finditer(r"^ {4}([a-z]+)(?:\.py)? +(\S.*)$", text, re.M)}


def draw() -> str:
    """The picture."""
    rows, without_flask = layers(), forbidden("flask")
    above = next(number for number, row in enumerate(rows) if without_flask.intersection(row))
    high = TOP + STEP * len(rows) + GAP + 120
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" width="{WIDTH}" height="{high}" '
        'role="img" aria-labelledby="title says">',
        '<title id="title">The packages of Review Queue, from the top down</title>',
        f'<desc id="says">{escape(_in_words(rows, above))}</desc>',
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="page" width="{WIDTH}" height="{high}"/>',
        *_arrow(len(rows), above),
    ]
    for number, row in enumerate(rows):
        lines += _row(row, _y(number, above))
    lines += _flask_line(_y(above, above) - GAP * 2)
    lines += _legend(_y(len(rows), above) + GAP)
    return "\n".join((*lines, "</svg>")) + "\n"


def _y(number: int, above: int) -> int:
    """Where a row begins; those below the line of Flask leave room for it."""
    return TOP + STEP * number + (GAP * 3 if number >= above else 0)


def _in_words(rows: list[list[str]], above: int) -> str:
    listed = "; ".join(" and ".join(row) for row in rows)
    return f"Imports go down this list: {listed}. Flask is known to the first {above} rows alone."


def _row(row: list[str], y: int) -> Iterator[str]:
    said, left = descriptions(), EDGE + 40
    wide = (WIDTH - EDGE - left - GAP * (len(row) - 1)) // len(row)
    for number, name in enumerate(row):
        x = left + number * (wide + GAP)
        look = "box pure" if name in forbidden("sqlalchemy") else "box"
        yield f'<rect class="{look}" x="{x}" y="{y}" width="{wide}" height="{TALL}" rx="5"/>'
        yield f'<text class="name" x="{x + 12}" y="{y + 19}">{name}</text>'
        yield f'<text class="soft" x="{x + 12}" y="{y + 37}">{escape(said[name])}</text>'


def _arrow(count: int, above: int) -> Iterator[str]:
    x, end = EDGE + 12, _y(count, above) - GAP
    yield f'<path class="line" d="M{x} {TOP} V{end} m-5 -9 l5 9 l5 -9"/>'
    middle = (TOP + end) // 2
    turned = f'x="{x - 8}" y="{middle}" text-anchor="middle" transform="rotate(-90 {x - 8} {middle})"'
    yield f"<text {turned}>imports go down</text>"


def _flask_line(y: int) -> Iterator[str]:
    yield f'<path class="line dashed" d="M{EDGE + 40} {y} H{WIDTH - EDGE}"/>'
    says = "Flask is known above this line only"
    yield f'<text class="soft" x="{WIDTH - EDGE}" y="{y + 15}" text-anchor="end">{says}</text>'


def _legend(y: int) -> Iterator[str]:
    """What the colours say; and the modules inside a package that a contract keeps from the database."""
    x = EDGE + 40
    parts = sorted(name for name in forbidden("sqlalchemy") if "." in name)
    half = (len(parts) + 1) // 2
    yield f'<rect class="box pure" x="{x}" y="{y}" width="26" height="16" rx="3"/>'
    yield f'<text x="{x + 36}" y="{y + 13}">knows neither the database nor Flask; nor do, inside other packages,</text>'
    for number, some in enumerate((parts[:half], parts[half:])):
        yield f'<text class="soft" x="{x + 36}" y="{y + 33 + 20 * number}">{", ".join(some)}</text>'
    yield f'<rect class="box" x="{x}" y="{y + 66}" width="26" height="16" rx="3"/>'
    says = "reads or writes the database, or imports what does; two in a row know nothing of each other"
    yield f'<text x="{x + 36}" y="{y + 79}">{says}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
