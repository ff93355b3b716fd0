"""What all forms share. A form only carries what was typed; the functions behind it validate and raise Invalid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields import SelectChoice

from reviewqueue.core.errors import DomainError


class Form(FlaskForm):
    """A form whose errors come from an Invalid, by JSON Pointer: `/text` belongs to the field `text`. It holds what
    this request brought, unless `sent` is false. Its CSRF token was checked before it: no POST gets past
    `extensions.csrf` without one."""

    class Meta(FlaskForm.Meta):
        """The token is not checked a second time."""

        csrf = False

    def __init__(self, *, sent: bool = True, **values: Any) -> None:
        super().__init__(**({} if sent else {"formdata": None}), **values)  # type: ignore[no-untyped-call]

    def add_faults(self, refused: DomainError) -> list[tuple[str, str]]:
        """Put each fault at its field; returns those without a field, as (pointer, message)."""
        unplaced = []
        for fault in refused.faults:
            name = fault.at.lstrip("/").partition("/")[0]
            if name in self._fields:
                self[name].errors = [*self[name].errors, fault.message]
            else:
                unplaced.append((fault.at, fault.message))
        return unplaced

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """(field name, label, message) of every fault, in the order of the form."""
        return [(field.name, field.label.text, error) for field in self for error in field.errors]


def set_choices(field: Any, pairs: Iterable[tuple[str, str]]) -> None:
    """Offer these (value, label) pairs in a select, radio or checkbox field."""
    field.choices = [SelectChoice(value=value, label=label) for value, label in pairs]


def set_choices_with_prompt(field: Any, pairs: Iterable[tuple[str, str]]) -> None:
    """Offer these pairs in a select field, after “Choose one”; a single pair is preselected."""
    offered = list(pairs)
    set_choices(field, offered if len(offered) == 1 else [("", "Choose one"), *offered])


def select_field(label: str, **more: Any) -> Any:
    """A select field that accepts any value: the function behind the form validates it."""
    return SelectField(label, validate_choice=False, choices=[], **more)
