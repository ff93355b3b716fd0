"""Speed: long and hostile drafts are checked in time, however they are made; and hostile strings lose nothing."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.checks import domains, hidden_text, messages, recipients, secrets
from reviewqueue.core.mime import addresses
from reviewqueue.core.mime.message import RECIPIENT_FIELDS
from tests.support.proportion import in_proportion

KNOWN = domains.Customer(frozenset({"marlowfreight.example"}), frozenset({"rosa@marlowfreight.example"}))
OWN = frozenset({"northbeam.example"})
NAUGHTY = Path(__file__).parents[3] / "shared" / "inputs" / "attack" / "blns.json"


def every(draft: Any) -> int:
    """How many results the four families have for a message."""
    return sum(
        map(
            len,
            (
                hidden_text.check(draft, KNOWN.domains | OWN),
                messages.check("customer_email", draft),
                recipients.check("customer_email", draft, KNOWN, OWN),
                secrets.check("customer_email", draft, "Marlow Freight", ("Ostrander Property",)),
            ),
        )
    )


PIECES = [
    "we will guarantee you ", "because you have not ", "you ", "a", "not ", "refund ", "1 ", "4111 1111 ", "<a href=", "[a](", "<",
    "http://", "x@", "Dana Whitfield ", "will be ", "{{", "password is ", "password for ", "a.", "a1 ", "\u200b", "п", "é. ", "\n- ", "Ab",
    "[", "[x", "{%", "Ana, ", "eyJaaaaaaaaa.", "www.", "a-", "[a]:", "data:", "1.", "12 ", "\r\n", "<b", "next ", "in a ", "DE12 ", "_", "%A",
    "://a:", "<<", "bring in ", "your team ", "-----BEGIN ", "xn--a.", " to phase", "A-", "é",
    " ", "\t", "\u00a0", "//a.bc/", "http:/\\", "[a][b]", "[a|b:c]", "<http:x|a>", "a.bc <http:", "j a v a ", "\\\\a.bc\\x", "&u=",
    "?url=a.bc&", "?a=//b&", "/https://", "&#", "=?a?b?", " \n", "x\n", "О1", "ɑ", "ａ", "p\u0337", "key=", "user a / ", "account 12 ",
    "code is ", "SK", "A1b2 ", "eyJ", "a:b@", "use A1b2c3 as ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES, ids=repr)
@pytest.mark.timeout(15)
def test_no_pattern_runs_away(piece: str) -> None:
    """Thirty thousand characters of anything repeated: a pattern that goes back over them would not come to its end."""
    long = (piece * 30_000)[:30_000]
    assert every({"to": [long], "subject": long, "body": long}) > 0


def test_hostile_strings_in_every_field_are_answered_and_left_as_they_are() -> None:
    strings = (
        json.loads(NAUGHTY.read_text(encoding="utf-8"))
        if NAUGHTY.exists()
        else ["\x00", "\u202e", "<script>", "ﷺ", "𝔱", ""]
    )
    for said in strings:
        draft = {name: [said] for name in RECIPIENT_FIELDS} | {
            "subject": said,
            "body": said,
            said: {said: [said]},
            "headers": {said: said},
        }
        before = copy.deepcopy(draft)
        assert every(draft) > 0
        assert draft == before


@pytest.mark.timeout(60)
@pytest.mark.parametrize("blank", [" ", "\t", "a "])
def test_a_receiver_of_blanks_is_refused_at_once(blank: str) -> None:
    """However long a receiver is, it is read in proportion: nothing looks for a name in what is not an address."""
    mailbox, wrong = addresses.read(blank * 100_000)
    assert mailbox is None
    assert "Write one address" in wrong
    assert in_proportion(lambda length: addresses.read(blank * length), 100_000)
