"""Words: outside text is escaped and its hidden characters are shown; moments are said from where the reader stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from reviewqueue.db.tables.items import Item
from reviewqueue.web import formatting

IN_CYRILLIC = formatting.DISGUISED.format("written in Cyrillic letters")
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ('<b>bold</b> & "quoted"', "&lt;b&gt;bold&lt;/b&gt; &amp; &#34;quoted&#34;"),
        ("a\u200bb", f"a{formatting.chip('U+200B ZERO WIDTH SPACE')}b"),
        ("a\u200b\u200b\u200bb", f"a{formatting.chip('3 × U+200B ZERO WIDTH SPACE')}b"),
        ("\u202e<i>", f"{formatting.chip('U+202E RIGHT-TO-LEFT OVERRIDE')}&lt;i&gt;"),
        ("<b>\u200b<i>", f"&lt;b&gt;{formatting.chip('U+200B ZERO WIDTH SPACE')}&lt;i&gt;"),
        ("\u0410\u0421\u041c\u0415 <i>", f"\u0410\u0421\u041c\u0415{IN_CYRILLIC} &lt;i&gt;"),
        ("R\u043ese", f"R\u043ese{formatting.DISGUISED.format('mixes Cyrillic and Latin letters')}"),
        (
            "\u041f\u0440\u0438\u0432\u0435\u0442, \u0410\u0421\u041c\u0415",
            "\u041f\u0440\u0438\u0432\u0435\u0442, \u0410\u0421\u041c\u0415",
        ),
        ("line\nline", "line\nline"),
        ("Grüße, 你好", "Grüße, 你好"),
        (None, ""),
        (Decimal("10.50"), "10.50"),
        ({"a": [1, None]}, "{&#34;a&#34;:[1,null]}"),
    ],
)
def test_seen_escapes_and_shows_what_hides(text: object, shown: str) -> None:
    assert str(formatting.show_text(text)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\u202eb", "a[U+202E RIGHT-TO-LEFT OVERRIDE]b"),
        ("Sean \u0410\u0421\u041c\u0415", "Sean \u0410\u0421\u041c\u0415[written in Cyrillic letters]"),
        ("<b>", "<b>"),
        (None, ""),
    ],
)
def test_spelled_shows_what_hides_without_markup(text: object, shown: str) -> None:
    assert formatting.plain_text(text) == shown


@pytest.mark.parametrize(
    ("left", "shown", "kind"),
    [
        (timedelta(hours=-3), "overdue since Mon 12:00", "due is-overdue"),
        (timedelta(days=-5), "overdue since Wed 15:00", "due is-overdue"),
        (timedelta(minutes=-40), "overdue since Mon 14:20", "due is-overdue"),
        (timedelta(days=-9), "overdue since 21 Feb", "due is-overdue"),
        (timedelta(minutes=35), "in 35 min", "due is-soon"),
        (timedelta(hours=5), "today 20:00", "due"),
        (timedelta(hours=20), "tomorrow 11:00", "due"),
        (timedelta(days=4), "Fri 6 Mar", "due"),
    ],
)
def test_due_is_said_from_now_and_in_full_in_its_title(left: timedelta, shown: str, kind: str) -> None:
    said = str(formatting.due(NOW + left, NOW))
    assert f">{shown}</time>" in said
    assert f'class="{kind}"' in said
    assert f'title="{formatting.absolute(NOW + left)}"' in said
    assert formatting.absolute(NOW) == "Monday 2 March 2026, 15:00 UTC"


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        ({}, "due today 20:00"),
        ({"due_at": NOW - timedelta(hours=3)}, "overdue since Mon 12:00"),
        ({"pause": "waiting_for_sales", "paused_at": NOW}, "paused, waiting for sales since Mon 15:00"),
        ({"pause": "waiting_for_customer", "paused_at": NOW - timedelta(days=9)},
         "paused, waiting for the customer since 21 Feb"),
        ({"pause": "waiting_for_sales", "paused_at": NOW, "settled_at": NOW}, ""),
        ({"settled_at": NOW}, ""),
    ],
)  # fmt: skip
def test_where_the_clock_stands_in_words(stands: dict[str, Any], said: str) -> None:
    item = Item(**{"due_at": NOW + timedelta(hours=5), "pause": "", "paused_at": None, "settled_at": None, **stands})
    assert formatting.clock_or_pause(item, NOW).striptags() == said


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["csm"], "CSM"),
        (["csm", "manager"], "CSM or manager"),
        (["revops", "cs_leader", "admin"], "RevOps, CS leader or admin"),
        ([], "nobody"),
    ],
)
def test_roles_are_words(keys: list[str], said: str) -> None:
    assert formatting.words(keys) == said


def test_pretty_keeps_digits_and_order_of_levels() -> None:
    made = formatting.pretty_json(
        {"amount": Decimal("48000.00"), "big": 9007199254740993, "none": None, "list": [1, {"a": ""}], "o": {}}
    )
    assert made.splitlines() == [
        "{",
        '  "amount": 48000.00,',
        '  "big": 9007199254740993,',
        '  "none": null,',
        '  "list": [',
        "    1,",
        "    {",
        '      "a": ""',
        "    }",
        "  ],",
        '  "o": {}',
        "}",
    ]


def test_why_without_the_place_of_its_rule() -> None:
    why = "Every packet in A waits at B (lanes/a.toml:12); Too big (rule large-deal, gates/b.toml:3)"
    assert formatting.without_rule(why) == "Every packet in A waits at B; Too big"
    assert (
        formatting.role_names("Only csm or cs leader decides; revops sees")
        == "Only CSM or CS leader decides; RevOps sees"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("none given", "None given"),
        ("ola@tallow.example has an account already", "ola@tallow.example has an account already"),
        ("field.promised is no check", "field.promised is no check"),
        ("unknown: nobody", "Unknown: nobody"),
        ("", ""),
    ],
)
def test_capital_leaves_an_address_or_a_key_as_it_is(text: str, shown: str) -> None:
    assert formatting.capital(text) == shown
