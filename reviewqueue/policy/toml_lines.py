"""Line numbers of every table and key of a TOML file, so that messages can point at them."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern

_HEADER = as_pattern(r"^\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}")
_KEY = as_pattern(r'^\s*"?([A-Za-z0-9_-]+)"?\s*=')


def lines_of(text: str) -> dict[str, int]:
    """Line of every table and key, by its path: `override/roles` → 31, `reason/2/code` → 14.

    An array of tables also has the line of its first under its bare name (`reason` → 2), and so has a table that only
    holds others.
    """
    found: dict[str, int] = {}
    above: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, inside = "", False
    for number, line in enumerate(text.splitlines(), 1):
        within, inside = inside, inside ^ (line.count('"""') % 2 == 1)
        if within:  # a text of several lines: what looks like a table or a key in it is none
            continue
        if header := _HEADER.match(line):
            parts = header[2].replace('"', "").split(".")
            table = _path(parts, counts, again=header[1] == "[[")
            found.setdefault(table, number)
            for end in range(len(parts)):
                above.setdefault("/".join(parts[: end + 1]), number)
        elif key := _KEY.match(line):
            found.setdefault(f"{table}/{key[1]}".lstrip("/"), number)
    return above | found


def _path(parts: list[str], counts: dict[str, int], *, again: bool) -> str:
    """A header's path, with the number of each table that may stand several times; `again` begins another of them."""
    path = ""
    for place, part in enumerate(parts, 1):
        path = f"{path}/{part}".lstrip("/")
        if again and place == len(parts):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}/{counts[path]}"
    return path
