"""The page that is shown before an account is closed or a role taken away: what the person owns, and who takes it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.people import directory
from reviewqueue.review import belongings
from reviewqueue.review.belongings import KINDS, Belongings, Kind
from reviewqueue.review.handover import Choices, Handover
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session
from reviewqueue.web.formatting import words

CLOSING = (
    "Their next request is refused, wherever they are signed in.",
    "What waits for them by name waits for everybody at its gate again, and what they have taken is given back.",
    "What they decided stays as it is, with their name.",
    "You can open the account again. The log keeps both.",
)
NOTHING_OWNED = (
    CLOSING[0],
    "They own no account and no open exception, and no item waits for them by name: nobody has to take anything over.",
    *CLOSING[2:],
)
LISTED_AT = "RevOps, CS leaders and managers find it on the workload page."
NAMES: dict[Kind, tuple[str, str]] = {
    "accounts": ("account", "accounts"),
    "exceptions": ("exception", "exceptions"),
    "items": ("item assigned by name", "items assigned by name"),
    "questions": ("question to sales", "questions to sales"),
}


def ask_closing(person_id: int, name: str, refused: Invalid | None = None) -> ResponseReturnValue:
    """The page before an account is closed: what follows, what the person owns, and who could take it."""
    owned = belongings.of_person(session(), person_id, now())
    follows = CLOSING if owned.any else NOTHING_OWNED
    return _ask(
        owned, refused, title=f"Close the account of {name}?", follows=follows,
        action=url_for("people.disable", person_id=person_id), button="Close the account", otherwise="Leave it open",
    )  # fmt: skip


def ask_roles(person_id: int, wanted: Sequence[str], refused: Invalid | None = None) -> ResponseReturnValue | None:
    """The page that asks who takes what this person could not work on with these roles; None where there is nothing to
    ask, and where what was refused is no choice of it."""
    if refused and not is_about_a_choice(refused):
        return None
    owned = belongings.of_person(session(), person_id, now(), wanted) if wanted else None
    if owned is None or not (owned.any or owned.duties):
        return None
    lost = sorted(owned.person.roles - set(wanted))
    return _ask(
        owned, refused, title=f"Take {words(lost, 'and')} from {owned.person.name}?",
        follows=("The roles hold from the next request on.", "What they decided stays as it is, with their name."),
        action=url_for("people.roles", person_id=person_id), button="Change the roles",
        otherwise="Leave the roles as they are", roles=wanted,
    )  # fmt: skip


def is_about_a_choice(refused: Invalid) -> bool:
    """Whether what is wrong is who was chosen to take something."""
    return any(fault.at.lstrip("/") in KINDS for fault in refused.faults)


def _ask(
    owned: Belongings, refused: Invalid | None, *, title: str, follows: Sequence[str], action: str, button: str,
    otherwise: str, roles: Sequence[str] = (),
) -> ResponseReturnValue:  # fmt: skip
    faults: Sequence[FieldError] = refused.faults if refused else ()
    at, absences = now(), directory.people(session(), now())[1]
    return layout.page(
        "people/handover.html", refused.status if refused else 200, title=title, follows=follows, owned=owned,
        kinds=KINDS, nouns=NAMES, says=refused.says if refused else "", listed=belongings.LISTED,
        faults={fault.at.lstrip("/"): fault.message for fault in faults}, sent=request.form, action=action,
        button=button, otherwise=otherwise, keep=url_for("people.everybody"), asked_roles=roles, here="/people",
        away={person for person, one in absences.items() if one.starts_at <= at},
    )  # fmt: skip


def choices() -> Choices:
    """Who takes what by the form: `accounts` names who takes all of them, `accounts-7` one; else nobody does."""
    kinds: dict[Kind, int] = {kind: layout.row_id(request.form.get(kind, "")) for kind in KINDS}
    things: dict[tuple[Kind, int], int] = {}
    for name, value in request.form.items():
        for kind in KINDS:
            if name.startswith(f"{kind}-") and value and (number := layout.row_id(name.removeprefix(f"{kind}-"))):
                things[kind, number] = layout.row_id(value)
    return Choices(kinds, things)


def told(made: Handover) -> str:
    """What went to whom, and what nobody owns now, in words."""
    names = {one.id: one.name for one in directory.people(session(), now())[0]}
    taken = [
        f" {len(ids)} {NAMES[kind][len(ids) != 1]} went to {names.get(to, 'somebody')}."
        for (kind, to), ids in sorted(made.taken.items())
    ]
    left = [f"{len(ids)} {NAMES[kind][len(ids) != 1]}" for kind, ids in made.left.items()]
    return "".join(taken) + (f" Nobody owns {' and '.join(left)}: {LISTED_AT}" if left else "")
