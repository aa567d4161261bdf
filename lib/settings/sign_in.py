"""How do people sign in, and who of them are operators? Read and validated at start.

`[auth]` is Streamlit's own section of .streamlit/secrets.toml; for one provider the environment
serves as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lib.core.errors import SettingInvalid

DEFAULT = "default"  # what st.login calls the provider that stands in [auth] itself
CALLBACK = "/oauth2callback"

_SHARED = ("redirect_uri", "cookie_secret")
_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_LEAST_COOKIE_SECRET = 32
_OPTIONS = "client_kwargs"
_NOT_IN_EMAILS = frozenset('@,;:<>()"')


def variable(key: str) -> str:
    """Under which name does the environment hold this key of [auth]?"""
    return f"WATCHTOWER_AUTH_{key.upper()}"


def auth(text: Callable[[str], str | None], section: Mapping[str, Any] | None) -> dict[str, Any]:
    """Which [auth] is in force, as Streamlit wants it? Empty where there is none.

    `text` reads a setting by its name. Raises: SettingInvalid if nobody could sign in with it.
    """
    named = {key: text(variable(key)) for key in (*_SHARED, *_PROVIDER)}
    found = {**(section or {}), **{key: value for key, value in named.items() if value}}
    if found:
        _validate(found)
    return found


def providers(found: Mapping[str, Any]) -> tuple[str, ...]:
    """With which providers may one sign in? Names for st.login."""
    own = [DEFAULT] if any(key in found for key in _PROVIDER) else []
    tables = [key for key, value in found.items() if isinstance(value, Mapping)]
    return (*own, *(name for name in tables if name not in (*own, _OPTIONS)))


def home(found: Mapping[str, Any]) -> str:
    """Under which address must the dashboard be opened? Sign-in works there, nowhere else.

    Streamlit's {port} stands in it as it was written.
    """
    return str(found.get("redirect_uri", "")).removesuffix(CALLBACK)


def operators(text: str | None, secrets: Mapping[str, Any]) -> frozenset[str]:
    """Who may run the verification? From a comma-separated text, else from [watchtower].

    Raises: SettingInvalid if one is no e-mail address.
    """
    section = secrets.get("watchtower", {})
    named: Any = section.get("operators", []) if isinstance(section, Mapping) else None
    if text is not None:
        named = text.split(",")
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise SettingInvalid('[watchtower] operators must be a list: ["a@example.org"].')
    found = frozenset(each.strip() for each in named if each.strip())
    if not all(_address(each) for each in found):
        raise SettingInvalid("WATCHTOWER_OPERATORS must be e-mail addresses, separated by commas.")
    return found


def required(text: str | None) -> bool:
    """Must one sign in to look? Raises: SettingInvalid if it is neither said nor denied."""
    if text not in (None, "open", "required"):
        raise SettingInvalid("WATCHTOWER_SIGN_IN must be open or required.")
    return text == "required"


def _validate(found: Mapping[str, Any]) -> None:
    try:
        json.dumps(found)
    except (TypeError, ValueError):
        raise SettingInvalid("[auth] holds a date or a time, which nobody reads there.") from None
    _need(found, _SHARED, "[auth]")
    names = providers(found)
    if not names:
        _need(found, _PROVIDER, "[auth]")
    for name in names:
        _provider(found, name)
    _redirect_uri(str(found["redirect_uri"]))
    if len(str(found["cookie_secret"]).strip()) < _LEAST_COOKIE_SECRET:
        raise SettingInvalid(
            "cookie_secret in [auth] is too short: it signs every sign-in. "
            "Make one with: openssl rand -base64 32"
        )


def _redirect_uri(uri: str) -> None:
    """Streamlit compares it with the origin that a browser sends, letter by letter."""
    if not _is_address(uri) or not uri.endswith(CALLBACK):
        raise SettingInvalid(
            f"redirect_uri in [auth] must be the dashboard's own address, ending in {CALLBACK}."
        )
    parts = urlsplit(uri)
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    if parts.netloc != parts.netloc.lower() or parts.netloc.endswith(usual) or "@" in parts.netloc:
        raise SettingInvalid(
            "redirect_uri in [auth] must name the host as browsers do: in lower case, without "
            f"{usual} and without a user."
        )


def _provider(found: Mapping[str, Any], name: str) -> None:
    own = found.get(name, found if name == DEFAULT else None)
    place = "[auth]" if own is found else f"[auth.{name}]"
    if "_" in name:
        raise SettingInvalid(f"{place}: Streamlit takes no underscore in a provider's name.")
    assert isinstance(own, Mapping)
    _need(own, _PROVIDER, place)
    if not isinstance(own.get(_OPTIONS, {}), Mapping):
        raise SettingInvalid(f"{_OPTIONS} in {place} must be a section.")
    if not _is_address(str(own["server_metadata_url"])):
        raise SettingInvalid(f"server_metadata_url in {place} must be an address, https://…")


def _need(section: Mapping[str, Any], keys: tuple[str, ...], place: str) -> None:
    lacking = [key for key in keys if not isinstance(section.get(key), str) or not section[key]]
    if lacking:
        raise SettingInvalid(
            f"{place} lacks {', '.join(lacking)}: without that nobody can sign in."
        )


def _is_address(text: str) -> bool:
    """Is this http(s)://host…? Streamlit itself fills in {port}."""
    try:
        parts = urlsplit(text.replace("{port}", "1"))
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _address(text: str) -> bool:
    """Is this one e-mail address, bare? Two, or one with a name, would never match a sign-in."""
    name, _, host = text.partition("@")
    strange = (sign.isspace() or sign in _NOT_IN_EMAILS for sign in name + host)
    return bool(name and host) and not any(strange)
