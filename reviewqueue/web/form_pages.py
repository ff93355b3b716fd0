"""The page that a form stands on. A refused form is shown at the address it was sent to; reloaded by its address, that
leads back to the page."""

from __future__ import annotations

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

# The forms whose page is not the nearest one above their own address.
_ELSEWHERE = {
    "onboardings.owner": "onboardings.board",
    "people.away": "people.mine",
    "people.back": "people.mine",
    "readiness.tick": "readiness.launch",
}


def page_of_form() -> str:
    """The page on which the form of this request's address stands; "" where the address takes no form."""
    routes = current_app.create_url_adapter(request)
    if routes is None:
        return ""
    try:
        endpoint, values = routes.match(method="POST")
    except (HTTPException, RoutingException):
        return ""
    if page := _ELSEWHERE.get(str(endpoint)):
        wanted = {name: one for name, one in values.items() if current_app.url_map.is_endpoint_expecting(page, name)}
        return url_for(page, **wanted)
    path = request.path
    while path:
        path = path.rpartition("/")[0]
        try:
            routes.match(path or "/", method="GET")
        except (HTTPException, RoutingException):
            continue
        break
    return f"{request.script_root}{path or '/'}"
