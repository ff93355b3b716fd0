"""Forms: what the blueprints' forms share. They only carry what was typed; the verbs say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields import SelectChoice

from reviewqueue.refusals import Refused


class Form(FlaskForm):
    """A form whose faults come from a verb, by JSON Pointer: `/text` belongs to the field `text`. It holds what this
    request brought, unless it was not `sent`. Its CSRF token was looked at before it: no POST gets past
    `extensions.csrf` without one."""

    class Meta(FlaskForm.Meta):
        """No second look at the token."""

        csrf = False

    def __init__(self, *, sent: bool = True, **values: Any) -> None:
        super().__init__(**({} if sent else {"formdata": None}), **values)  # type: ignore[no-untyped-call]

    def blame(self, refused: Refused) -> list[tuple[str, str]]:
        """Put each fault at its field; returns those that belong to none, as (pointer, message)."""
        homeless = []
        for fault in refused.faults:
            name = fault.at.lstrip("/").partition("/")[0]
            if name in self._fields:
                self[name].errors = [*self[name].errors, fault.message]
            else:
                homeless.append((fault.at, fault.message))
        return homeless

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """(field name, label, message) of every fault, in the order of the form."""
        return [(field.name, field.label.text, error) for field in self for error in field.errors]


def choices(field: Any, found: Iterable[tuple[str, str]]) -> None:
    """Offer these (value, label) pairs in a select, radio or checkbox field."""
    field.choices = [SelectChoice(value=value, label=label) for value, label in found]


def chosen_if_only(field: Any, found: Iterable[tuple[str, str]]) -> None:
    """Offer these pairs in a select field, after “Choose one”; where there is only one, it is chosen already."""
    offered = list(found)
    choices(field, offered if len(offered) == 1 else [("", "Choose one"), *offered])


def pick(label: str, **more: Any) -> Any:
    """A select field that takes whatever comes: the verb behind it says what it knows."""
    return SelectField(label, validate_choice=False, choices=[], **more)
