"""Stories: from the real input to the last effect, in a real browser with real servers, on both engines."""

from __future__ import annotations

from tests.browser.conftest import browser_context_args, quiet

__all__ = ["browser_context_args", "quiet"]
