"""The OpenAPI document: 3.1 as the models make it, and a 3.0 rendering for tools that cannot read 3.1."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from flask_openapi.openapi import OpenAPI

from reviewqueue.core.patterns import as_pattern

JSON = dict[str, Any]
_PLACE = as_pattern(r"<(?:\w+:)?(\w+)>")  # a variable part of a path, as Flask writes it
# Keywords of JSON Schema 2020-12 that OpenAPI 3.0 does not have. None of them narrows what our schemas accept alone.
_NOT_IN_3_0 = ("const", "examples", "$schema", "patternProperties", "propertyNames", "contentMediaType")
# Objects whose keys are names chosen by us or by a payload: a key called "type" or "const" there is no keyword.
_NAME_MAPS = ("properties", "schemas", "securitySchemes", "responses", "paths", "headers")


def document(app: OpenAPI) -> JSON:
    """The OpenAPI 3.1 document, as a copy that the caller may change."""
    copied = deepcopy(app.api_doc)
    scopes = _scopes(app)
    for path, calls in copied["paths"].items():
        for method, call in calls.items():
            call["security"] = [{"key": [scopes[method, path]]}]
            if "description" in call:
                call["description"] = call["description"].replace("<br/>", "\n").strip()
            for parameter in call.get("parameters", []):
                _drop_null(parameter)
    return copied


def in_3_0(made: JSON) -> JSON:
    """The same document in OpenAPI 3.0.3: "or null" becomes `nullable`, one constant becomes an enum of one. It loses
    the scope of each call, for which 3.0 has no place with bearer keys."""
    rendered: JSON = _to_3_0(made)
    rendered["openapi"] = "3.0.3"
    rendered.pop("jsonSchemaDialect", None)
    for calls in rendered.get("paths", {}).values():
        for call in calls.values():
            call["security"] = [{"key": []}]
    return rendered


def _scopes(app: OpenAPI) -> dict[tuple[str, str], str]:
    """The scope each call needs, by method and path, read from the views."""
    found: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        scope: str = getattr(app.view_functions[rule.endpoint], "scope", "")
        for method in (rule.methods or set()) if scope else ():
            found[method.lower(), _PLACE.sub(r"{\1}", rule.rule)] = scope
    return found


def _drop_null(parameter: JSON) -> None:
    """Remove null from the schema of a header or query parameter: it is present or absent, never null, though the model
    of an absent one says so."""
    schema = parameter["schema"]
    kept = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if len(kept) == 1:
        del schema["anyOf"]
        schema.pop("default", None)
        schema.update(kept[0])


def _to_3_0(value: Any, *, named: bool = False) -> Any:
    if isinstance(value, list):
        return [_to_3_0(one) for one in value]
    if not isinstance(value, dict):
        return value
    if named:
        return {name: _to_3_0(inner) for name, inner in value.items()}
    result = {
        name: _to_3_0(inner, named=name in _NAME_MAPS) for name, inner in value.items() if name not in _NOT_IN_3_0
    }
    if "const" in value:
        result["enum"] = [value["const"]]
    if "anyOf" in value and {"type": "null"} in value["anyOf"]:
        _nullable(result)
    return result


def _nullable(schema: JSON) -> None:
    """`anyOf [X, null]` becomes X with `nullable`. OpenAPI 3.0 ignores what stands beside a reference, so that becomes
    `allOf`."""
    rest = [one for one in schema.pop("anyOf") if one != {"type": "null"}]
    if len(rest) > 1:
        schema["anyOf"] = rest
    elif "$ref" in rest[0]:
        schema["allOf"] = rest
    else:
        schema.update({**rest[0], **schema})
    schema["nullable"] = True
