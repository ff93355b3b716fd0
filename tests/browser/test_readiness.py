"""The scorecard's picture in a real browser, and the worksheet on paper: one sheet, two at most, with nothing cut off."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

from reviewqueue.lanes.scorecard.areas import AREAS
from reviewqueue.lanes.scorecard.worksheet import LINES, MAX_ANSWER, RECOMMENDATION
from tests.cast import PRIYA
from tests.support import scorecards

AT = "/lanes/mid-market-saas"
# Words of ordinary length that fill an answer to the last character.
LONG = ("what was agreed with the customer " * 20)[: MAX_ANSWER - 4].strip() + " end"


def pages_of(pdf: bytes) -> int:
    """How many sheets a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_bars_are_as_long_as_the_scores_and_as_thick_as_the_weights(site: Any, page: Page) -> None:
    """The inked share of the picture is the percentage, on a wide screen and on a phone."""
    scorecards.score_all(site.world, 4, measurement_and_roi=1, sales_handoff_packet=2)
    site.enter(page, PRIYA).goto(f"{site.url}{AT}/readiness")
    percent = scorecards.standing(site.world).percent
    assert percent is not None
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 860})
        inked, most = 0.0, 0.0
        for number in range(len(AREAS)):
            bar = page.locator(".bar").nth(number)
            whole, points = (bar.locator(f".bar-{name}").bounding_box() for name in ("most", "points"))
            assert whole is not None
            assert points is not None
            inked, most = inked + points["width"] * points["height"], most + whole["width"] * whole["height"]
        assert abs(inked / most * 100 - float(percent)) < 0.5, width
        mark, line = (page.locator(f".scale-{name}").first.bounding_box() for name in ("point", "line"))
        assert mark is not None
        assert line is not None
        middle = (mark["x"] + mark["width"] / 2 - line["x"]) / line["width"] * 100
        assert abs(middle - float(percent)) < 1, width


def test_the_worksheet_prints_on_one_sheet(site: Any, page: Page) -> None:
    """As the policy fills it in and people usually answer it: one sheet of A4, all 31 lines on it and no form."""
    scorecards.own_all(site.world)
    for line in ("cs-source", "success-metrics", "stop-criteria"):
        scorecards.answer(
            site.world, line, "Median time to kickoff under five business days; nine of ten packets complete."
        )
    site.enter(page, PRIYA).goto(f"{site.url}{AT}/worksheet")
    assert pages_of(page.pdf(prefer_css_page_size=True)) == 1
    page.emulate_media(media="print")
    seen = page.locator(".worksheet").inner_text()
    assert all(line.label in seen for line in LINES)
    assert "computed" in seen
    assert not page.locator(".worksheet form:visible, .tabs:visible, .site-header:visible").count()


def test_the_longest_worksheet_prints_on_two_and_says_everything(site: Any, page: Page) -> None:
    """Every line answered otherwise, as long as an answer may be: two sheets, and the end of each answer is there."""
    for line in LINES:
        if line.key != RECOMMENDATION:
            scorecards.answer(site.world, line.key, LONG)
    site.enter(page, PRIYA).goto(f"{site.url}{AT}/worksheet")
    sheets = pages_of(page.pdf(prefer_css_page_size=True))
    assert 1 < sheets <= 2, sheets
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1046})
    for answer in page.locator(".sheet-answer").all():
        assert answer.inner_text().endswith("end")
        assert answer.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
