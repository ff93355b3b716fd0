"""The labelled passages: precision and recall of each check are held, and stand in docs/checks.md as they are.

python -m tests.checks.test_labelled    writes the table again
"""

from __future__ import annotations

from pathlib import Path

from reviewqueue.checks import topics
from tests.checks.labels import PARTS, Count, Passage, counted, passages

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
# What is held on passages the rules were not written with: (precision, recall) of the topics, which only warn, and of
# every other check.
TOPICS, OTHERS = (0.8, 0.7), (0.95, 0.95)


def everything() -> list[Passage]:
    return [passage for part in PARTS for passage in passages(part)]


def table() -> str:
    """The figures as docs/checks.md shows them."""
    found = {part: counted(part) for part in PARTS}
    lines = [
        "| check | tuned: right, wrong, missed | precision | recall | held out: right, wrong, missed | precision | recall |",
        "|---|---|---|---|---|---|---|",
    ]
    for key in sorted({key for part in PARTS for key in found[part]}):
        cells = [cell for part in PARTS for cell in _cells(found[part].get(key, Count()))]
        lines.append(f"| `{key}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(count: Count) -> tuple[str, str, str]:
    return f"{count.right}, {count.wrong}, {count.missed}", f"{count.precision:.2f}", f"{count.recall:.2f}"


def test_the_set_is_large_and_about_half_of_it_harmless() -> None:
    every = everything()
    assert len(every) >= 300
    assert len({passage.text for passage in every}) == len(every)
    assert sum(not passage.fires for passage in every) >= 0.4 * len(every)
    assert sum(passage.place.startswith("held_out") for passage in every) >= 200


def test_the_page_shows_the_figures_as_they_are() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), "python -m tests.checks.test_labelled writes them again"


def test_what_nobody_foresaw_is_found_and_little_else() -> None:
    found = counted("held_out")
    assert set(found) == set(counted("tuned"))
    for key, count in found.items():
        precision, recall = TOPICS if key.startswith("topic.") else OTHERS
        assert (count.precision >= precision, count.recall >= recall) == (True, True), (key, count)


def test_what_the_rules_were_written_with_is_found_and_nothing_else() -> None:
    assert {key: count for key, count in counted("tuned").items() if count.missed or count.wrong} == {}


def test_the_first_look_changes_nothing() -> None:
    """Rules are skipped by the beginnings of words alone: asking every rule finds the same topics."""
    for passage in everything():
        read = topics._read(passage.text)
        begun = topics.beginnings(read)
        for rule in topics.RULES:
            if rule.begins.isdisjoint(begun):
                assert not rule.may_stand_in(read), (rule.topic, passage.text)


def test_every_pattern_can_be_read() -> None:
    """They are put together at first need, so a slip in one would be found by the first mail that needs it."""
    for rule in topics.RULES:
        assert rule._all_of
        assert rule._unless


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
