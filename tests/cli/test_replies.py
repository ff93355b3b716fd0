"""`replies add`: keeps a customer's e-mail at the onboarding whose mail it answers, or at the one that is named."""

from __future__ import annotations

from pathlib import Path

from reviewqueue.db.tables.mail_returns import Reply
from tests import drafts
from tests.cli.conftest import Terminal
from tests.world import World

MAIL = (
    "From: rosa@marlowfreight.example\nMessage-ID: <a@marlowfreight.example>\nIn-Reply-To: <{}>\n\nTuesday suits us.\n"
)


def test_add_finds_the_onboarding_or_takes_the_one_that_is_named(
    terminal: Terminal, world: World, tmp_path: Path
) -> None:
    onboarding = world.item(world.submit(drafts.email())).onboarding_id
    file = tmp_path / "reply.eml"
    file.write_text(MAIL.format("unknown@elsewhere.example"))
    refused = terminal("replies", "add", str(file))
    assert (refused.status, "answers no mail that went out from here" in refused.err) == (1, True), refused.err
    assert "no such onboarding" in terminal("replies", "add", str(file), "--onboarding", "999").err
    assert "was not read" in terminal("replies", "add", str(tmp_path / "none.eml")).err
    kept = terminal("replies", "add", str(file), "--onboarding", str(onboarding))
    assert (kept.status, world.count(Reply)) == (0, 1), kept.err
    assert "kept already" in terminal("replies", "add", str(file), "--onboarding", str(onboarding)).err
