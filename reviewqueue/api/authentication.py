"""Authenticates API calls by key and scope, and reads their path, query, headers and body into models. Every error
names its place.

Bodies are parsed by our own JSON reader before the models see them: it keeps every digit of a number, and rejects
ambiguous input (such as duplicate names).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, get_type_hints

from flask import Response, g, request
from pydantic import BaseModel, ValidationError

from reviewqueue.core import canonical_json
from reviewqueue.core.errors import DomainError, FieldError, Invalid, MissingScope
from reviewqueue.items.intake import not_found_error
from reviewqueue.people import api_keys
from reviewqueue.people.access import Caller
from reviewqueue.web.extensions import session

View = Callable[..., Response]
# Names that only the server sets; a request that contains one is refused with a message that says so.
SERVER_FIELDS = {
    *(
        "approved",
        "approved_at",
        "approved_by",
        "decided_at",
        "decided_by",
        "decision",
        "decisions",
        "digest",
        "due_at",
    ),
    *("evidence_digest", "gate", "id", "item_id", "needs", "number", "opened_at", "origin", "outcome", "policy"),
    *("policy_digest", "released", "released_at", "reviewer", "revision", "revision_digest", "settled_at", "state"),
    *("status", "superseded_by", "url", "version", "why"),
}


def requires_scope(scope: str) -> Callable[[View], View]:
    """Decorator for a call that needs `scope`. The view is given `caller` and, of `path`, `query`, `header` and `body`,
    those it annotates with a model; the OpenAPI document is made from the same models."""

    def around(view: View) -> View:
        models = {name: model for name, model in get_type_hints(view).items() if name in _READERS}

        @wraps(view)
        def called(**values: Any) -> Response:
            caller = _authenticate(scope)
            return view(caller=caller, **{name: _READERS[name](model, values) for name, model in models.items()})

        vars(called)["__delay_validate_request__"] = True  # so that flask-openapi leaves validation to us
        vars(called)["scope"] = scope  # for the document
        return called

    return around


def body_digest() -> str:
    """SHA-256 over the canonical JSON of this request's body."""
    return canonical_json.digest(g.sent, digits=True)


def _authenticate(scope: str) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        says = "No key came with the request, so nothing was done. Send it as `Authorization: Bearer <key>`."
        raise DomainError(says, status=401, code="no-key")
    caller = api_keys.caller(session(), token.strip()) if token.isascii() else None
    if caller is None:
        says = "This key is unknown or was revoked, so nothing was done. Ask an admin for a new one."
        raise DomainError(says, status=401, code="unknown-key")
    if scope not in caller.scopes:
        has = ", ".join(sorted(caller.scopes)) or "none"
        says = f"This call needs the scope {scope}; the key has {has}. Ask an admin for a key that has it."
        raise MissingScope(says, scope=scope)
    return caller


def _path(model: type[BaseModel], values: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError:
        raise not_found_error() from None


def _query(model: type[BaseModel], _values: dict[str, Any]) -> BaseModel:
    given = request.args.to_dict(flat=False)
    if duplicates := [name for name, values in given.items() if len(values) > 1]:
        raise Invalid(
            "The query was not accepted.",
            [FieldError(_to_pointer([one]), "appears twice; send it once") for one in duplicates],
        )
    return _validate(model, {name: values[0] for name, values in given.items()}, "The query was not accepted.")


def _header(model: type[BaseModel], _values: dict[str, Any]) -> BaseModel:
    names = [field.alias or name for name, field in model.model_fields.items()]
    given = {name: request.headers[name] for name in names if name in request.headers}
    return _validate(model, given, "A header was not accepted, so nothing was done.")


def _body(model: type[BaseModel], _values: dict[str, Any]) -> BaseModel:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8") or request.content_encoding:
        says = "The body was not read: send it as plain UTF-8 with `Content-Type: application/json`."
        raise DomainError(says, status=415, code="not-json")
    data = request.get_data(cache=False)
    try:
        g.sent = canonical_json.read(data)
    except canonical_json.NotCanonical as error:
        what = str(error).rpartition(" (at ")[0]
        says = f"The body is not JSON that can be read in one way only, so nothing was done: {what}."
        raise DomainError(says, [FieldError(error.at, what)], status=400, code="not-json") from None
    if not isinstance(g.sent, dict):
        fault = FieldError("", f"must be an object, not {_json_kind(g.sent)}")
        raise Invalid("The body is not a JSON object, so nothing was done.", [fault])
    return _validate(model, g.sent, "The request was not accepted and nothing was changed.", nulls=b"\\u0000" in data)


_READERS: dict[str, Callable[[type[BaseModel], dict[str, Any]], BaseModel]] = {
    "path": _path,
    "query": _query,
    "header": _header,
    "body": _body,
}


def _validate(model: type[BaseModel], values: dict[str, Any], says: str, *, nulls: bool = True) -> BaseModel:
    """`values` validated by the model, looking for U+0000 where there may be one. Raises Invalid with every fault."""
    if nulls and (
        faults := [FieldError(at, "U+0000 is not allowed in text; remove it") for at in _null_places(values, "")]
    ):
        raise Invalid(says, faults)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise Invalid(says, [FieldError(_to_pointer(one["loc"]), _fault_text(dict(one))) for one in found]) from None


def _null_places(value: Any, at: str) -> Iterator[str]:
    """Where U+0000 is, in names and in texts: PostgreSQL cannot store it."""
    if isinstance(value, str):
        if "\0" in value:
            yield at
    elif isinstance(value, dict):
        for name, inner in value.items():
            if "\0" in name:
                yield at
            yield from _null_places(inner, f"{at}/{canonical_json.escape(name)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _null_places(inner, f"{at}/{number}")


def _to_pointer(place: Any) -> str:
    return "".join(f"/{canonical_json.escape(str(part))}" for part in place)


# Messages for the library's errors about limits; it fills in the numbers.
LIMIT_MESSAGES = {
    "too_short": "must have at least {min_length} item, and has {actual_length}",
    "too_long": "must have at most {max_length} items, and has {actual_length}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_pattern_mismatch": "must be written as {pattern} says",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
}


def _fault_text(fault: dict[str, Any]) -> str:
    kind, name = fault["type"], str(fault["loc"][-1]) if fault["loc"] else ""
    if kind == "extra_forbidden":
        unknown = "no such field in this call; correct its name or remove it"
        return "only the server sets this" if name in SERVER_FIELDS else unknown
    if kind == "missing":
        return "is required and missing"
    wanted = {"string_type": "text", "dict_type": "an object", "model_type": "an object", "list_type": "a list"}
    wanted |= {"bool_type": "true or false", "tuple_type": "a list", "model_attributes_type": "an object"}
    if kind in wanted:
        return f"must be {wanted[kind]}, not {_json_kind(fault['input'])}"
    if kind in LIMIT_MESSAGES:
        return LIMIT_MESSAGES[kind].format_map(fault.get("ctx", {}))
    said: str = fault["msg"]
    return said.removeprefix("Value error, ")


def _json_kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {"dict": "an object", "list": "a list", "str": "text"}
    return kinds.get(type(value).__name__, "a number")
