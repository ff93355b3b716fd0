"""`policy`: a flaw is named with file, line and fix before the policy is used; nothing broken is ever put active."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewqueue.policy import loading, policy_versions
from tests import drafts, northbeam
from tests.cast import DANA
from tests.cli.conftest import Terminal
from tests.world import World


@pytest.fixture
def engine_name() -> str:
    """A policy's files are the same on every engine."""
    return "sqlite"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A policy of one's own: Northbeam's, which is active in every world."""
    return northbeam.write(tmp_path / "own")


def line_of(path: Path, words: str) -> int:
    """The line these words stand in."""
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if words in line)


def test_the_shipped_policy_can_be_used(nowhere: Terminal) -> None:
    answer = nowhere("policy", "check", "--json")
    digest = loading.digest_of(loading.files_in(loading.SHIPPED))
    told = answer.json
    needs = told.pop("needs")
    warned = [one["place"].rpartition("/")[2].partition(":")[0] for one in told.pop("warnings")]
    assert (answer.status, told) == (0, {"ok": True, "digest": digest, "flaws": []})
    assert warned == ["organisation.toml", "organisation.toml"], (
        "it does not say whose it is, and nothing else is doubted"
    )
    assert {one["message"].partition(" needs ")[0] for one in needs} == {
        "in lane enterprise-saas, gate implementation-launch",
        "in lane enterprise-saas, gate customer-communication",
        "in lane mid-market-saas, gate implementation-launch",
        "in lane mid-market-saas, gate customer-communication",
        "in lane mid-market-saas, gate policy-change",
    }
    assert (
        ": needs: in lane mid-market-saas, gate policy-change needs different people: "
        in nowhere("policy", "check").err
    )


Break = Callable[[Path], tuple[Path, str]]


def typo(folder: Path) -> tuple[Path, str]:
    """A word that no gate knows."""
    path = folder / "gates/risk-escalation.toml"
    path.write_text(path.read_text().replace("sla_hours", "sla_huors"))
    return path, "sla_huors"


def condition(folder: Path) -> tuple[Path, str]:
    """A condition over a fact that does not exist."""
    path = folder / "gates/handoff-quality.toml"
    path.write_text(path.read_text().replace("amount >=", "amuont >="))
    return path, "amuont"


def half(folder: Path) -> tuple[Path, str]:
    """A table that does not close."""
    path = folder / "lanes/enterprise-saas.toml"
    path.write_text(path.read_text().replace("[kinds]", "[kinds"))
    return path, "[kinds"


def fact(folder: Path) -> tuple[Path, str]:
    """A template with a fact that does not exist, in the middle of its text."""
    path = folder / "templates/welcome.toml"
    path.write_text(path.read_text().replace("{{ customer_outcome }}", "{{ customer_outcmoe }}"))
    return path, "customer_outcmoe"


@pytest.mark.parametrize("spoil", [typo, condition, half, fact])
def test_check_of_a_folder_names_file_line_and_mend(nowhere: Terminal, own: Path, spoil: Break) -> None:
    path, words = spoil(own)
    answer = nowhere("policy", "check", str(own), "--json")
    assert answer.status == 1
    flaws = answer.json["flaws"]
    assert f"{path}:{line_of(path, words)}" in [flaw["place"] for flaw in flaws]
    assert all(flaw["message"] for flaw in flaws)
    assert flaws[0]["message"] in answer.err


def test_check_of_a_lane_that_is_too_wide_names_its_line_and_a_narrower_one(terminal: Terminal, own: Path) -> None:
    """`load` refuses it as well: nobody begins with every segment at once."""
    lane = own / "lanes/mid-market-saas.toml"
    text = lane.read_text(encoding="utf-8")
    line = line_of(lane, "in_scope = ")
    wide = text.replace('in_scope = ["', 'in_scope = ["Kickoff tasks for all customers", "', 1)
    lane.write_text(wide, encoding="utf-8")
    for command in ("check", "load"):
        answer = terminal("policy", command, str(own))
        assert answer.status == 1
        assert "'all customers' is every segment at once; name the one that this lane begins with" in answer.err, (
            command
        )
        assert f"lanes/mid-market-saas.toml:{line}" in answer.err
    lane.write_text(text, encoding="utf-8")
    assert terminal("policy", "check", str(own)).status == 0


@pytest.mark.parametrize("spoil", [typo, condition, half, fact])
def test_check_of_one_file_takes_it_in_the_place_of_the_shipped_one(
    nowhere: Terminal, own: Path, tmp_path: Path, spoil: Break
) -> None:
    assert nowhere("policy", "check", str(own / "gates/risk-escalation.toml")).status == 0
    path, words = spoil(own)
    alone = Path(shutil.copy(path, tmp_path / path.name))
    for given in (path, alone):
        answer = nowhere("policy", "check", str(given))
        assert answer.status == 1
        assert f"{given}:{line_of(given, words)}:" in answer.err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("moon.toml", b"key = 'moon'", "no policy file is called so"),
        ("reasons.toml", b"\xff\xfe", "this is not UTF-8 text"),
        ("reasons.toml", b"[[reason]]\ncode = 3\n", "reason"),
        ("organisation.toml", b"", "default_lane"),
    ],
)
def test_check_of_a_file_that_is_no_policy_says_what_it_lacks(
    nowhere: Terminal, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    answer = nowhere("policy", "check", str(path))
    assert (answer.status, answer.out) == (1, "")
    assert says in answer.err
    assert f"{path}:" in answer.err


@pytest.mark.parametrize("command", ["check", "load", "replay"])
def test_a_file_that_is_not_utf_8_is_named_with_its_line(terminal: Terminal, own: Path, command: str) -> None:
    path = own / "gates/risk-escalation.toml"
    path.write_bytes(b"# Saved by an old editor.\n# caf\xe9\n" + path.read_bytes())
    answer = terminal("policy", command, str(own))
    assert (answer.status, answer.out) == (1, "")
    assert f"{path}:2: this is not UTF-8 text; save it as UTF-8" in answer.err


def test_a_byte_order_mark_is_no_part_of_a_file(terminal: Terminal, own: Path) -> None:
    """Some editors put one before every text; the policy is the same one without it."""
    for path in own.rglob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    digest = loading.digest_of(northbeam.files())
    for command in ("check", "load"):
        answer = terminal("policy", command, str(own), "--json")
        assert (answer.status, answer.json["digest"]) == (0, digest), answer.err


def test_check_of_an_empty_folder_is_a_flaw_and_of_two_folders_a_wrong_question(
    nowhere: Terminal, own: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = nowhere("policy", "check", str(empty))
    assert (answer.status, "no policy files here" in answer.err) == (1, True)
    assert nowhere("policy", "check", str(own), str(empty)).status == 2


def test_check_uses_the_installations_own_policy_where_it_has_one(nowhere: Terminal, own: Path) -> None:
    typo(own)
    assert nowhere("policy", "check").status == 0
    assert nowhere("policy", "check", REVIEWQUEUE_POLICY=str(own)).status == 1


def test_load_puts_a_policy_in_force_for_new_items(terminal: Terminal, world: World, own: Path) -> None:
    gate = own / "gates/risk-escalation.toml"
    gate.write_text(gate.read_text().replace("sla_hours = 4", "sla_hours = 3"))
    answer = terminal("policy", "load", str(own), "--json")
    assert answer.status == 0
    with world.session() as session:
        assert (
            policy_versions.current(session).digest == answer.json["digest"] == loading.digest_of(loading.files_in(own))
        )
    assert "within 3 business hours" in terminal("policy", "show", "--gate", "risk-escalation").err
    assert world.log()[-1].act == "policy.activate"


@pytest.mark.parametrize("spoil", [typo, condition, half])
def test_load_of_a_broken_policy_changes_nothing(terminal: Terminal, world: World, own: Path, spoil: Break) -> None:
    before = world.verify().size
    path, words = spoil(own)
    answer = terminal("policy", "load", str(own))
    assert answer.status == 1
    assert f"{path.relative_to(own).as_posix()}:{line_of(path, words)}" in answer.err
    assert world.verify().size == before


def test_show_says_in_words_what_a_lane_makes_of_a_gate(terminal: Terminal) -> None:
    everywhere = terminal("policy", "show", "--gate", "customer-communication").err
    enterprise = terminal("policy", "show", "--lane", "enterprise-saas", "--gate", "customer-communication").err
    assert "Approved by one person: csm or manager" in everywhere
    assert "Approved by 2 different people: csm or manager" in enterprise
    shown = terminal("policy", "show", "--lane", "enterprise-saas", "--json").json
    assert [lane["key"] for lane in shown["lanes"]] == ["enterprise-saas"]
    assert len(shown["gates"]) == 6
    assert "welcome" in [template["key"] for template in shown["templates"]]


def test_check_counts_and_show_lists_the_templates(terminal: Terminal) -> None:
    """With file and line, and after what each is drafted; a gate asked for alone stays alone."""
    assert "17 templates" in terminal("policy", "check").err
    said = terminal("policy", "show").err
    assert "Template Welcome (templates/welcome.toml:1)" in said
    assert "A customer email, drafted when the handoff packet is approved." in said
    assert "An internal alert, drafted when the customer has gone quiet." in said
    assert "Template" not in terminal("policy", "show", "--gate", "risk-escalation").err


def test_a_folder_above_the_policy_is_refused_in_one_line(nowhere: Terminal, own: Path) -> None:
    """What lies below it is not listed file by file."""
    for verb in ("check", "load"):
        answer = nowhere("policy", verb, str(own.parent))
        assert answer.status == 1
        assert f"{own.parent}: no policy files here; name a folder that holds organisation.toml" in answer.err
        assert "no such policy file is known" not in answer.err


def test_a_gate_no_lane_uses_is_a_warning(nowhere: Terminal, own: Path) -> None:
    """The policy can be used all the same."""
    lane = own / "lanes/mid-market-saas.toml"
    other = own / "lanes/enterprise-saas.toml"
    for path in (lane, other):
        path.write_text(path.read_text().replace('_summary = "risk-escalation"', '_summary = "handoff-quality"'))
    answer = nowhere("policy", "check", str(own), "--json")
    assert (answer.status, answer.json["ok"]) == (0, True)
    (warning,) = answer.json["warnings"]
    assert warning["place"] == f"{own / 'gates/risk-escalation.toml'}:1"
    assert "no lane sends anything to this gate" in warning["message"]
    assert f"{warning['place']}: warning: " in answer.err


def test_replay_tells_what_a_file_would_have_changed(terminal: Terminal, world: World, own: Path) -> None:
    """By gate, with item numbers and the candidate's file and line; as JSON the same."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    gate = own / "gates/customer-communication.toml"
    gate.write_text(gate.read_text().replace('reviewers = ["csm", "manager"]', 'reviewers = ["manager"]'))
    before = world.everything()
    for given in (gate, own):
        answer = terminal("policy", "replay", str(given), "--json")
        assert answer.status == 0
        assert answer.json["totals"] == {"reviewers": 1, "decider": 1, "unfinished": 1}
        assert [one["item_id"] for one in answer.json["differences"]] == [item] * 3
        assert "over 1 items and 1 decisions: 1 item would have ended differently" in answer.err
        assert f"#{item} Kickoff invitation: Decision 1, approve as csm: Only manager decides here" in answer.err
        assert f"(gates/customer-communication.toml:{line_of(gate, 'reviewers')})" in answer.err
    assert world.everything() == before


@pytest.mark.parametrize("spoil", [typo, condition, half])
def test_replay_of_a_broken_candidate_names_file_and_line(
    terminal: Terminal, world: World, own: Path, spoil: Break
) -> None:
    path, words = spoil(own)
    for given in (path, own):
        answer = terminal("policy", "replay", str(given))
        assert (answer.status, answer.out) == (1, "")
        assert f"{path}:{line_of(path, words)}:" in answer.err
