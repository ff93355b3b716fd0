"""Drawing: how many of each stratum, which, and that the same seed draws the same."""

from __future__ import annotations

from collections import Counter

from reviewqueue.measurement.sampling import stratified_draw
from reviewqueue.measurement.sampling.stratified_draw import Unit

SEED = stratified_draw.seed_of("a-lane", "2026-W10", "0" * 64)


def units(**strata: int) -> list[Unit]:
    """So many decisions of each `gate_outcome`, numbered from 1."""
    names = [name.replace("_", "/") for name, count in strata.items() for _ in range(count)]
    return [Unit(number, number, number, *name.split("/")) for number, name in enumerate(names, 1)]


# what is asked: (how many there are by stratum, evenly, at least of each, percent of a gate) → how many are drawn of each
SIZES = [
    ("in proportion", {"g_approved": 60, "g_edited": 30, "h_approved": 10}, 10, 0, {}, [6, 3, 1]),
    ("at least one of each, the rest in proportion", {"g_approved": 97, "g_edited": 2, "g_stopped": 1}, 7, 1, {}, [5, 1, 1]),
    ("more strata than drafts asked for: one of each all the same", {"g_approved": 5, "g_edited": 5, "g_stopped": 5}, 2, 1, {}, [1, 1, 1]),
    ("no more than there are", {"g_approved": 2, "g_edited": 1}, 10, 3, {}, [2, 1]),
    ("a share of what a gate decided, rounded up", {"g_approved": 61, "h_approved": 61}, 0, 0, {"g": 5}, [4, 0]),
    ("the largest remainder is served first, ties by name", {"a_approved": 1, "b_approved": 1, "c_approved": 1}, 2, 0, {}, [1, 1, 0]),
    ("nothing asked", {"g_approved": 3}, 0, 0, {}, [0]),
]  # fmt: skip


def test_sizes() -> None:
    """A row a rule."""
    for says, there, evenly, least, percents, drawn in SIZES:
        found = stratified_draw.sizes(units(**there), evenly, least, percents)
        assert [found[name.replace("_", "/")] for name in there] == list(zip(there.values(), drawn, strict=True)), says
    assert stratified_draw.sizes([], 10, 1) == {}


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    """And another seed, or another frame, another sample; the digest tells frames apart."""
    frame = units(g_approved=40, g_stopped=20)
    strata = stratified_draw.sizes(frame, 12, 1)
    drawn = stratified_draw.draw(frame, SEED, strata)
    assert stratified_draw.draw(list(reversed(frame)), SEED, strata) == drawn
    assert [one.decision for one in drawn] == [6, 29, 16, 22, 10, 4, 33, 2, 50, 58, 45, 41]
    assert stratified_draw.draw(frame, stratified_draw.seed_of("a-lane", "2026-W11", "0" * 64), strata) != drawn
    assert len(SEED) == 16
    assert stratified_draw.digest(frame) == stratified_draw.digest(frame[::-1]) != stratified_draw.digest(frame[1:])


def test_every_draft_of_a_stratum_is_as_likely() -> None:
    """Over two thousand weeks each of ten is drawn a fifth of the time; the bound is six standard deviations."""
    frame = units(g_approved=10)
    seeds = [stratified_draw.seed_of("a-lane", str(number), "") for number in range(2000)]
    count = Counter(
        one.decision for seed in seeds for one in stratified_draw.draw(frame, seed, {"g/approved": (10, 2)})
    )
    assert all(abs(count[number] - 400) < 6 * 18 for number in range(1, 11)), count


def test_what_weighs_more_comes_first_more_often() -> None:
    """One of ten with weight 3 is the first of the lot in three of twelve, the others in one of twelve each."""
    frame = units(g_approved=10)
    seeds = [stratified_draw.seed_of("a-lane", str(number), "") for number in range(2000)]
    count = Counter(stratified_draw.draw_weighted(frame, seed, 1, {7: 3})[0].decision for seed in seeds)
    assert abs(count[7] - 500) < 6 * 20
    assert all(abs(count[number] - 2000 / 12) < 6 * 13 for number in range(1, 11) if number != 7), count
