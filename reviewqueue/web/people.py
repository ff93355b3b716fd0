"""People: accounts, roles, groups, absences and passwords; what an admin changes, and each person's own page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user
from sqlalchemy.orm import Session
from wtforms import HiddenField, PasswordField, SelectMultipleField, StringField

from reviewqueue.core.errors import FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.people import ROLES
from reviewqueue.people import access, directory, groups, notification_queries, sign_in_throttle, users
from reviewqueue.policy import policy_versions
from reviewqueue.review import handover
from reviewqueue.web import handover as handover_page
from reviewqueue.web import layout, password_links
from reviewqueue.web.absence_form import AwayForm, acting_places, says_of_stand_in, stand_ins
from reviewqueue.web.extensions import Visitor, now, session, visitor
from reviewqueue.web.formatting import capital, word
from reviewqueue.web.forms import Form, set_choices

blueprint = layout.signed_in_blueprint("people", __name__)
CHANGE_ABILITY = "change people and keys"
ONE_TIME_NOTE = "It is good for one sign-in, at which they choose their own."


class PersonForm(Form):
    """A new person."""

    name = StringField("Name")
    email = StringField("E-mail")
    roles = SelectMultipleField("Roles", validate_choice=False, choices=[])
    password = PasswordField("First password")  # left empty, they get a link at which they choose their own


class PasswordForm(Form):
    """One's own new password, with the one in use."""

    current = PasswordField("Current password")
    password = PasswordField("New password")


class ChooseForm(Form):
    """A password of one's own, after signing in with one that somebody else set; `next` is the page to go to
    afterwards."""

    password = PasswordField("New password")
    next = HiddenField()


@blueprint.get("/people")
def everybody() -> ResponseReturnValue:
    """Everybody, with their roles and what they decide, and who is away."""
    layout.require("read people and keys")
    return render_people(PersonForm(sent=False))


@blueprint.post("/people")
def add() -> ResponseReturnValue:
    """Add a person. Without a first password they get a link at which they choose their own."""
    _require_admin()
    form = PersonForm()
    password = form.password.data or users.NO_PASSWORD
    said = form.email.data or "", form.name.data or "", form.roles.data or []
    try:
        person_id = users.add(session(), *said, password, visitor().actor, now())
    except Invalid as refused:
        form.add_faults(refused)
        return render_people(form, refused.status, refused.says)
    more = f"Hand the first password over in person. {ONE_TIME_NOTE}"
    if password is users.NO_PASSWORD:
        if address := password_links.make_link(person_id):
            return render_people(PersonForm(sent=False), once=(said[1], address))
        more = "A link at which they choose their password goes to their address."
    says = f"{said[1]} {'can sign in now' if form.password.data else 'is invited'}"
    layout.flash_result("pass", says, more=more, taken="add-person")
    return layout.back_to("people.everybody")


@blueprint.post("/people/<row:person_id>/roles")
def roles(person_id: int) -> ResponseReturnValue:
    """Give a person exactly these roles. A page asks first who takes what they could then not work on any more."""
    _require_admin()
    wanted, choices = request.form.getlist("roles"), handover_page.choices()
    try:
        if "asked" not in request.form and (page := handover_page.ask_roles(person_id, wanted)):
            return page
        made = handover.set_roles(session(), person_id, wanted, visitor().person_id, choices, now())
    except Invalid as refused:
        asked = (
            handover_page.ask_roles(person_id, wanted, refused) if handover_page.is_about_a_choice(refused) else None
        )
        return asked or render_refusal(person_id, refused)
    more = f"They hold from the next request on.{handover_page.told(made)}"
    layout.flash_result("pass", "The roles were changed", more=more, taken=f"roles-{person_id}")
    return layout.back_to("people.everybody")


@blueprint.post("/people/<row:person_id>/groups")
def group(person_id: int) -> ResponseReturnValue:
    """Put a person into a group, or take them out of it."""
    key, leaves = request.form.get("group", ""), request.form.get("act") == "remove"
    (groups.remove if leaves else groups.add)(session(), person_id, key, visitor().actor, now())
    name = policy_versions.current(session()).group(key)
    says = f"Taken out of {name}" if leaves else f"Put into {name}"
    layout.flash_result("pass", says, more="It holds from the next request on.")
    return layout.back_to("people.everybody")


@blueprint.get("/people/<row:person_id>/groups/<key>/remove")
def ask_remove(person_id: int, key: str) -> ResponseReturnValue:
    """What follows when a person is taken out of a group."""
    name, person = policy_versions.current(session()).group(key), person_name(person_id)
    if key not in groups.members(session(), now()).get(person_id, ()):
        raise NotFound()
    follows = (
        f"{person} no longer decides what only {name} decides, from the next request on.",
        "What waits for them by name only through it waits for everybody at its gate again, and what they have taken "
        "there is given back.",
        "You can put them into the group again. The log keeps both.",
    )
    return layout.confirm(
        f"Take {person} out of {name}?", follows, action=url_for("people.group", person_id=person_id),
        button="Take them out", keep=url_for("people.everybody"), otherwise="Leave them in it", act="remove", group=key,
    )  # fmt: skip


@blueprint.get("/people/<row:person_id>/disable")
def ask_disable(person_id: int) -> ResponseReturnValue:
    """What follows when an account is closed, what the person owns, and who could take it."""
    return handover_page.ask_closing(person_id, person_name(person_id))


@blueprint.post("/people/<row:person_id>/disable")
def disable(person_id: int) -> ResponseReturnValue:
    """Close an account: the person is signed out at once, and what they own goes to whom the form names."""
    try:
        made = handover.disable(session(), person_id, visitor().person_id, handover_page.choices(), now())
    except Invalid as refused:
        if handover_page.is_about_a_choice(refused):
            return handover_page.ask_closing(person_id, person_name(person_id), refused)
        return render_refusal(person_id, refused)
    more = f"Their next request is refused.{handover_page.told(made)}"
    layout.flash_result("pass", "The account is closed", more=more)
    return layout.back_to("people.everybody")


@blueprint.post("/people/<row:person_id>/enable")
def enable(person_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    users.enable(session(), person_id, visitor().person_id, now())
    layout.flash_result("pass", "The account is open again")
    return layout.back_to("people.everybody")


@blueprint.post("/people/<row:person_id>/password")
def password(person_id: int) -> ResponseReturnValue:
    """Set somebody else's password, by an admin. One's own is changed on one's own page, where the current one is
    required: a browser left open gives nobody an account for good."""
    _require_admin()
    if person_id == visitor().person_id:
        layout.flash_result(
            "warn", "Nothing was changed", more="Change your own password here, with the one you use now."
        )
        return layout.back_to("people.mine")
    try:
        users.set_password(session(), person_id, request.form.get("password", ""), visitor().actor, now())
    except Invalid as refused:
        return render_refusal(person_id, refused)
    more = f"They are signed out everywhere. Hand it over in person. {ONE_TIME_NOTE}"
    layout.flash_result("pass", "The password was set", more=more)
    return layout.back_to("people.everybody")


@blueprint.get("/password")
def choose() -> ResponseReturnValue:
    """The page on which somebody chooses their own password, before anything else."""
    going_to = layout.own_path(request.args.get("next", ""))
    if not visitor().must_change:
        return redirect(going_to or url_for("people.mine"), 303)
    return layout.page("people/choose_password.html", form=ChooseForm(sent=False, next=going_to), says="")


@blueprint.post("/password")
def chosen() -> ResponseReturnValue:
    """My own password in place of the one I was given; this browser gets a new sign-in."""
    form, me, at = ChooseForm(), visitor(), now()
    if not me.must_change:
        return layout.back_to("people.mine")
    try:
        users.set_password(session(), me.person_id, form.password.data or "", visitor().actor, at)
    except Invalid as refused:
        form.add_faults(refused)
        return layout.page("people/choose_password.html", refused.status, form=form, says=refused.says)
    _sign_in_afresh(form.password.data or "", at)
    layout.flash_result("pass", "Your password is set", more="Nobody else knows it.")
    return redirect(layout.own_path(form.next.data or "") or layout.home(visitor()), 303)


def _sign_in_afresh(password: str, at: datetime) -> None:
    token = users.sign_in(session(), visitor().email, password, at)
    if person := users.signed_in(session(), token, at):
        login_user(Visitor(person, token))


@blueprint.get("/people/me")
def mine() -> ResponseReturnValue:
    """My own page: my roles, my absence, my password."""
    return _render_own_page(AwayForm(sent=False), PasswordForm(sent=False))


@blueprint.post("/people/away")
def away() -> ResponseReturnValue:
    """I am away: from the start of the first day to the end of the last one, or from noon and until noon."""
    form = AwayForm()
    try:
        policy = policy_versions.current(session())
        starts, ends = form.period(policy.calendar(policy.organisation.default_lane))
        if starts is None or ends is None:
            days = (("/starts_at", starts), ("/ends_at", ends))
            faults = [FieldError(at, "choose a day") for at, day in days if day is None]
            raise Invalid("Your absence was not recorded: both days are needed.", faults)
        users.set_absence(session(), visitor().person_id, form.delegate.data or 0, starts, ends, now())
    except Invalid as refused:
        form.add_faults(refused)
        return _render_own_page(form, PasswordForm(sent=False), refused.status, refused.says)
    layout.flash_result("pass", "Your absence is recorded", more=_standing_in(form.delegate.data or 0), taken="away")
    return layout.back_to("people.mine")


@blueprint.post("/people/away/end")
def back() -> ResponseReturnValue:
    """End my absence."""
    users.end_absence(session(), visitor().person_id, now())
    layout.flash_result("pass", "Your absence has ended", more="Nobody stands in for you any more.")
    return layout.back_to("people.mine")


@blueprint.post("/people/me/password")
def own_password() -> ResponseReturnValue:
    """My own new password. Every sign-in of mine ends, and this browser gets a new one."""
    form, me, at = PasswordForm(), visitor(), now()
    source = sign_in_throttle.counting_key(
        "", f"of person {me.person_id}"
    )  # signed in already: attempts by strangers are not counted here
    if says := sign_in_throttle.refusal(session(), me.email, source, at):
        form.current.errors = (says,)
        return _render_own_page(AwayForm(sent=False), form, 429, "Your password was not changed.")
    try:
        ended = users.sign_in(session(), me.email, form.current.data or "", at)
        users.sign_out(session(), ended, at)
        users.set_password(session(), me.person_id, form.password.data or "", visitor().actor, at)
    except Forbidden:
        sign_in_throttle.record_failure(session(), me.email, source, at)
        form.current.errors = ("this is not the password in use",)
        return _render_own_page(AwayForm(sent=False), form, 422, "Your password was not changed.")
    except Invalid as refused:
        form.add_faults(refused)
        return _render_own_page(AwayForm(sent=False), form, refused.status, refused.says)
    sign_in_throttle.clear_failures(session(), me.email, source)
    _sign_in_afresh(form.password.data or "", at)
    layout.flash_result("pass", "Your password is changed", more="Every other sign-in of yours has ended.")
    return layout.back_to("people.mine")


def _require_admin() -> None:
    if not access.has_ability(visitor().roles, CHANGE_ABILITY):
        raise Forbidden("Only an admin changes people and keys. Ask one to do it.")


def person_name(person_id: int) -> str:
    """The name of somebody, for an admin. Raises Forbidden, NotFound."""
    _require_admin()
    everybody, _ = directory.people(session(), now())
    found = next((one.name for one in everybody if one.id == person_id), None)
    if found is None:
        raise NotFound()
    return found


def render_refusal(person_id: int, refused: Invalid) -> ResponseReturnValue:
    """The page again, with the errors at the person they are about, whose section is open."""
    return render_people(PersonForm(sent=False), refused.status, refused.says, (person_id, refused.faults))


def render_people(
    form: PersonForm, status: int = 200, says: str = "", about: tuple[int, Sequence[FieldError]] = (0, ()),
    once: tuple[str, str] = ("", ""),
) -> ResponseReturnValue:  # fmt: skip
    """The people page. `about` is the person whose section has the errors, `once` the name and the link to show."""
    reading = session()
    set_choices(form.roles, [(role, capital(word(role))) for role in ROLES])
    found, absences = directory.people(reading, now())
    return layout.page(
        "people/people.html", status, about=about[0], faults=about[1],
        people=found, absences=absences, form=form, says=says, roles=ROLES,
        names={person.id: person.name for person in found}, decides=_gates_decided(reading), here="/people",
        groups=policy_versions.current(reading).organisation.groups, members=groups.members(reading, now()),
        group_name=policy_versions.current(reading).group,
        unmailed=notification_queries.troubles(reading), links=password_links.latest(), mailed=password_links.mailed(),
        once=once,
    )  # fmt: skip


def _gates_decided(reading: Session) -> Callable[[list[str], list[str]], list[str]]:
    """The gates at which these roles and groups decide, by the active policy."""
    gates = policy_versions.current(reading).gates
    return lambda held, inside: [
        gate.name for gate in gates if set(held) & set(gate.reviewers) or set(inside) & set(gate.reviewer_groups)
    ]


def _standing_in(stand_in_id: int) -> str:
    """What a stand-in does for the person who looks, in words."""
    people = directory.people(session(), now())[0]
    name = next((one.name for one in people if one.id == stand_in_id), "Your stand-in")
    return says_of_stand_in(name, *acting_places(session(), people, visitor().person_id, stand_in_id, now()))


def _render_own_page(
    away_form: AwayForm, password_form: PasswordForm, status: int = 200, says: str = ""
) -> ResponseReturnValue:
    me, at = visitor(), now()
    found, absences = directory.people(session(), at)
    others = [(str(one.id), f"{one.name}, {', '.join(map(word, sorted(one.roles)))}") for one in found]
    open_ones, left_open = stand_ins(session(), found, me.person_id, absences.get(me.person_id), at)
    set_choices(away_form.delegate, [("", "Choose one"), *(pair for pair in others if int(pair[0]) in open_ones)])
    return layout.page(
        "people/account.html", status, away=away_form, password=password_form, says=says,
        absence=absences.get(me.person_id), names={person.id: person.name for person in found}, at=at,
        left_open=left_open,
    )  # fmt: skip
