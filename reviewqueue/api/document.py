"""The OpenAPI document of the contract: 3.1 as the models make it, and a 3.0 rendering for tools that read no newer."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from flask_openapi.openapi import OpenAPI

JSON = dict[str, Any]
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")  # a part of a path that changes, as Flask writes it
# Keywords of JSON Schema 2020-12 that OpenAPI 3.0 does not have. None of them narrows what our schemas accept alone.
_NOT_IN_3_0 = ("const", "examples", "$schema", "patternProperties", "propertyNames", "contentMediaType")
# Where the values are named by us or by a payload, so a key called "type" or "const" there is no keyword.
_NAMED = ("properties", "schemas", "securitySchemes", "responses", "paths", "headers")


def document(app: OpenAPI) -> JSON:
    """The OpenAPI 3.1 document as a value of its own."""
    made = deepcopy(app.api_doc)
    scopes = _scopes(app)
    for path, calls in made["paths"].items():
        for method, call in calls.items():
            call["security"] = [{"key": [scopes[method, path]]}]
            if "description" in call:
                call["description"] = call["description"].replace("<br/>", "\n").strip()
            for parameter in call.get("parameters", []):
                _present(parameter)
    return made


def in_3_0(made: JSON) -> JSON:
    """The same document in OpenAPI 3.0.3: "or null" becomes `nullable`, one constant becomes an enum of one. It has no
    place for the scope that a bearer key needs."""
    rendered: JSON = _rendered(made)
    rendered["openapi"] = "3.0.3"
    rendered.pop("jsonSchemaDialect", None)
    for calls in rendered.get("paths", {}).values():
        for call in calls.values():
            call["security"] = [{"key": []}]
    return rendered


def _scopes(app: OpenAPI) -> dict[tuple[str, str], str]:
    """The scope each call asks for, by method and path, read from the views that ask."""
    found: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        scope: str = getattr(app.view_functions[rule.endpoint], "scope", "")
        for method in (rule.methods or set()) if scope else ():
            found[method.lower(), _PLACE.sub(r"{\1}", rule.rule)] = scope
    return found


def _present(parameter: JSON) -> None:
    """A header or query parameter is there or not; it is never null, which is what the model says of one left out."""
    schema = parameter["schema"]
    kept = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if len(kept) == 1:
        del schema["anyOf"]
        schema.pop("default", None)
        schema.update(kept[0])


def _rendered(value: Any, *, named: bool = False) -> Any:
    if isinstance(value, list):
        return [_rendered(one) for one in value]
    if not isinstance(value, dict):
        return value
    if named:
        return {name: _rendered(inner) for name, inner in value.items()}
    made = {name: _rendered(inner, named=name in _NAMED) for name, inner in value.items() if name not in _NOT_IN_3_0}
    if "const" in value:
        made["enum"] = [value["const"]]
    if "anyOf" in value and {"type": "null"} in value["anyOf"]:
        _nullable(made)
    return made


def _nullable(schema: JSON) -> None:
    """`anyOf [X, null]` is X with `nullable`; beside a reference 3.0 reads nothing, so that stands inside `allOf`."""
    rest = [one for one in schema.pop("anyOf") if one != {"type": "null"}]
    if len(rest) > 1:
        schema["anyOf"] = rest
    elif "$ref" in rest[0]:
        schema["allOf"] = rest
    else:
        schema.update({**rest[0], **schema})
    schema["nullable"] = True
