"""In the tests, a template that asks one of our objects for what it does not have is an error. Jinja prints nothing there,
so a field with another name would be an empty place on a page, and no test of that page need notice."""

from __future__ import annotations

from typing import Any

from flask import Flask
from jinja2 import Undefined, UndefinedError
from jinja2.runtime import missing
from jinja2.utils import Namespace
from markupsafe import Markup

# What may lack a key or an attribute: the template asks whether it is there.
_OPEN = (dict, Undefined, str, Markup, Namespace, type(None))


class MissingAttribute(Undefined):
    """Undefined, and an error at once where an object of a class of ours lacks the attribute."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> None:
        super().__init__(hint, obj, name, exc)  # type: ignore[arg-type]
        if obj is not missing and not isinstance(obj, _OPEN):
            raise UndefinedError(f"{type(obj).__module__}.{type(obj).__qualname__} has no {name!r}")


def refuse() -> None:
    """Have every application that is made from now on refuse them."""
    Flask.jinja_options = {**Flask.jinja_options, "undefined": MissingAttribute}
