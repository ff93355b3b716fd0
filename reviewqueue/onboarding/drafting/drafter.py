"""Which drafter writes our drafts: the one we ship, or an organisation's own that a setting names."""

from __future__ import annotations

from importlib import import_module

from reviewqueue.core.errors import DomainError
from reviewqueue.onboarding.drafting import Drafter, compose

SETTING = "REVIEWQUEUE_DRAFTER"


def load_drafter(name: str) -> Drafter:
    """The drafter called `package.module:name`; ours for "". Raises DomainError, with the fix, when it cannot be
    loaded."""
    if not name:
        return compose.compose
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:  # whatever the organisation's module does when it is loaded
        says = f"{type(error).__name__}: {error}" if module and attribute else "it is not written package.module:name"
        raise _unusable_error(name, says) from error
    if not callable(found):
        raise _unusable_error(name, "it is not a function")
    drafter: Drafter = found
    return drafter


def _unusable_error(name: str, says: str) -> DomainError:
    return DomainError(
        f"The drafter {name!r} cannot be loaded ({says}), so nothing was started. Install its package where Review "
        f"Queue runs and set {SETTING} to package.module:name, or leave it out to draft from the templates.",
        code="no-drafter",
    )
