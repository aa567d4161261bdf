"""Who is here, and what may they do? The door before the pages, the sign-in area, the button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import streamlit as st

from lib.core.errors import NotAuthorized, SignInNeeded, WatchtowerError
from lib.core.results import Status
from lib.reports.markdown import plain
from lib.settings import operators, sign_in
from lib.settings.gate import TOO_SHORT
from lib.watch import watch
from pages.parts import shared
from pages.parts.words import badge

_REFUSAL = "refusal"
_ICON = str(Path(__file__).with_name("watchtower.svg"))
_PRESS = ":material/verified_user:"
_SOMEWHERE = "page"  # whom the throttle counts where the browser is on this machine
_UNTOLD = "Other copies of this app, and this one after a restart, may not know who signed out."
_UNKNOWN = (
    "Nothing was done in your name: whether you signed out elsewhere is not known ({}). "
    "Press again once that is known."
)

_MISSING = """[auth]
redirect_uri = "https://watch.example.org/oauth2callback"
cookie_secret = "…"   # openssl rand -base64 32
client_id = "…"
client_secret = "…"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"""


def claims() -> dict[str, Any]:
    """What does the provider say of whoever is here? Nothing where they signed out since."""
    if not watch.WATCH.settings.auth:
        return {}
    known = st.user.to_dict()
    return known if watch.WATCH.sign_outs.still_in(known) else {}


def may_look() -> bool:
    """May whoever is here see anything at all?"""
    settings = watch.WATCH.settings
    if not settings.sign_in_required:
        return True
    try:
        operators.may_look(claims(), settings.sign_in_age, shared.now())
    except NotAuthorized:
        return False
    return True


def who() -> str:
    """Which operator is here? Asked again wherever the work is done.

    Raises: NotAuthorized with the reason why this one may not.
    """
    settings = watch.WATCH.settings
    return operators.may_run(claims(), settings.operators, settings.sign_in_age, shared.now())


def door() -> None:
    """What stands before the pages where one must sign in first: how to, and nothing else."""
    able = bool(watch.WATCH.settings.auth)
    st.space("large")
    with (
        st.container(horizontal_alignment="center"),
        st.container(border=True, width=400 if able else 640, horizontal_alignment="center"),
    ):
        st.image(_ICON, width=48, alt="The logo of Partition Watchtower")
        st.title("Partition Watchtower", anchor=False, text_alignment="center")
        if error := watch.WATCH.settings_error:
            st.markdown(f"{badge(Status.UNKNOWN)} **{plain(error)}**")
        if able:
            _come_in()
        elif not error:
            _nobody_can()


def _come_in() -> None:
    reason = _expired()
    words = (
        f":material/lock_clock: {plain(reason)}"
        if reason
        else "Sign in to see whether the guards hold."
    )
    st.markdown(words, text_alignment="center")
    _ways_in("Sign in again" if reason else "Sign in", key="door", type="primary")
    _untold(why=False)  # which names the database
    if urlsplit(st.context.url or "").path.strip("/"):
        st.caption("You come back to Status; open your link again then.", text_alignment="center")


def _nobody_can() -> None:
    st.markdown(
        f"{badge(Status.UNKNOWN)} **Looking needs a sign-in, and no provider is configured, so "
        "nobody sees anything.**"
    )
    st.markdown("What to do next: add this to `.streamlit/secrets.toml` and start again.")
    st.code(_MISSING, language=None, wrap_lines=True)
    st.caption("Or set `WATCHTOWER_SIGN_IN=open`: then everybody who reaches this page may look.")


def sidebar() -> None:
    """Who is signed in, what that allows, and the way in or out. Nothing without [auth]."""
    if not watch.WATCH.settings.auth:
        return
    here = claims()
    with st.container(border=True, gap="xsmall"):
        _untold(why=True)
        if here.get("is_logged_in") is not True:
            st.caption(":material/account_circle: Not signed in")
            _ways_in("Sign in", key="sidebar")
            return
        name = str(here.get("email") or here.get("name") or "Signed in")
        st.caption(f":material/account_circle: {plain(name)}")
        expired = _expired()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_standing(bool(expired)), width="content")
            st.space("stretch")
            st.button("Sign out", type="tertiary", key="sign out", on_click=_leave)
        if expired:
            _ways_in("Sign in again", key="sidebar")


def _standing(expired: bool) -> str:
    """What does this sign-in allow, in one word?"""
    if expired:
        return ":orange-badge[:material/lock_clock: Expired]"
    if _refusal() is None:
        return ":gray-badge[:material/verified_user: Operator]"
    return ":gray-badge[:material/visibility: May look]"


def ask(
    label: str,
    begin: Callable[[str], object],
    *,
    key: str,
    icon: str = _PRESS,
    border: bool = True,
) -> None:
    """The button for whoever may press it, with what they need for that, or why they may not.

    `begin` gets the name to keep with the result, once they were found to be allowed. `border` is
    that of the secret's form.
    """
    if watch.WATCH.settings_error is not None:
        st.markdown(f"{badge(Status.UNKNOWN)} **{plain(watch.WATCH.settings_error)}**")
        shared.first_steps(shared.snapshot())
    elif watch.WATCH.settings.auth:
        _operators_button(label, begin, key, icon)
    else:
        _secret_form(label, begin, key, icon, border)
    if refusal := st.session_state.pop(_REFUSAL, None):
        st.error(plain(refusal), icon=":material/block:")


def _operators_button(label: str, begin: Callable[[str], object], key: str, icon: str) -> None:
    refused = _refusal()
    st.button(
        label,
        type="primary",
        icon=icon,
        key=key,
        disabled=refused is not None,
        on_click=_pressed,
        args=(begin,),
    )
    if isinstance(refused, SignInNeeded):
        st.markdown(f":material/lock: {plain(refused)} Only an operator may run it.")
        _ways_in("Sign in again" if _expired() else "Sign in", key=f"{key} by", type="primary")
    elif refused is not None:
        st.markdown(f":material/lock: {plain(refused)}")


def _pressed(begin: Callable[[str], object]) -> None:
    """The check that counts: a button that is drawn disabled can be pressed by a forger.

    The one place where a page waits for the database: they may have signed out in another copy.
    """
    age = watch.WATCH.settings.sign_in_age
    unknown = watch.WATCH.sign_outs.exchange(age, shared.now())
    try:
        name = who()
        if unknown:
            raise NotAuthorized(_UNKNOWN.format(unknown.rstrip(".")))
    except NotAuthorized as error:
        st.session_state[_REFUSAL] = str(error)
        return
    begin(name)


def _secret_form(
    label: str, begin: Callable[[str], object], key: str, icon: str, border: bool
) -> None:
    shown = watch.WATCH.shown_secret
    if why := _shut():
        st.markdown(f"{badge(Status.UNKNOWN)} {why}; the command line below needs no secret.")
        return
    if shown is not None:
        st.markdown("This is the demo, so here is its secret, made for this start alone:")
        st.code(shown, language=None)
    with st.form(key, clear_on_submit=True, border=border):
        st.text_input("Secret", type="password", key=f"{key} secret", autocomplete="off")
        st.form_submit_button(
            label,
            type="primary",
            icon=icon,
            on_click=_presented,
            args=(begin, f"{key} secret"),
        )


def _shut() -> str:
    """Why does no secret open anything here? Empty where one does."""
    if watch.WATCH.gate.too_short:
        return f"**{plain(TOO_SHORT)}** Set it and start again"
    if not watch.WATCH.gate.configured:
        return (
            "**No secret is configured, and no sign-in, so nobody can run it from here.** "
            "Set `WATCHTOWER_SECRET` and start again"
        )
    return ""


def _presented(begin: Callable[[str], object], field: str) -> None:
    """Whoever gives the secret may go on. Forgets the secret."""
    presented = st.session_state.pop(field, None)
    client = st.context.ip_address or _SOMEWHERE
    try:
        watch.WATCH.gate.admit([presented.encode()] if presented else [], client)
    except WatchtowerError as error:
        st.session_state[_REFUSAL] = str(error)
        return
    begin(f"bearer of the secret, {client}")


def _refusal() -> NotAuthorized | None:
    """Why may whoever is here not run it? None if they may."""
    try:
        who()
    except NotAuthorized as error:
        return error
    return None


def _expired() -> str:
    """Why does the sign-in of whoever is here no longer count? Empty where it does, or is none."""
    here = claims()
    if here.get("is_logged_in") is not True:
        return ""
    try:
        operators.may_look(here, watch.WATCH.settings.sign_in_age, shared.now())
    except SignInNeeded as error:
        return str(error)
    return ""


def _ways_in(label: str, *, key: str, type: Literal["primary", "secondary"] = "secondary") -> None:
    """A button for each provider; where the page was opened elsewhere, the address to open."""
    settings = watch.WATCH.settings
    home = sign_in.home(settings.auth).replace("{port}", str(st.get_option("server.port")))
    if st.context.url and not f"{home}/".startswith(f"{shared.origin()}/"):
        st.caption(f"Sign-in works at {plain(home)} alone. Open the dashboard there.")
        st.link_button(f"Open {home}", home, icon=":material/open_in_new:")
        return
    for provider in sign_in.providers(settings.auth):
        named = "" if provider == sign_in.DEFAULT else f" with {provider.capitalize()}"
        st.button(
            label + named,
            icon=":material/login:",
            key=f"{key} {provider}",
            type=type,
            on_click=st.login,
            args=None if provider == sign_in.DEFAULT else (provider,),
        )


def _untold(*, why: bool) -> None:
    """Do copies not know of each other's sign-outs, and `why`? Nothing where they do."""
    if trouble := watch.WATCH.sign_outs.trouble:
        st.caption(f":material/warning: {_UNTOLD} {plain(trouble) if why else ''}")


def _leave() -> None:
    """Sign out, here and in every other tab of every copy."""
    settings = watch.WATCH.settings
    watch.WATCH.sign_outs.end(st.user.to_dict(), settings.sign_in_age, shared.now())
    st.logout()
