"""Are settings read from the environment first, then from the secrets file, and validated?"""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from lib.core.errors import SettingInvalid
from lib.settings import settings, sign_in
from tests.servers import ROOT

load = partial(settings.load, database=False)


def test_nothing_set_means_the_demo() -> None:
    assert settings.load({}, {}).demo
    assert settings.load({"WATCHTOWER_DEMO": "1"}, {}).demo


def test_environment_comes_before_the_secrets_file() -> None:
    secrets = {"DATABASE_URL": "postgresql://a@file/d", "WATCHTOWER_SECRET": "from file"}
    found = load({"DATABASE_URL": "postgresql://a@env/d"}, secrets)
    assert found.database_url is not None
    assert found.database_url.host == "env"
    assert found.secret == "from file"


def test_secret_that_is_too_short_is_remarked_on_without_it() -> None:
    (told,) = load({"WATCHTOWER_SECRET": "fifteen letters"}, {}).remarks
    assert told.startswith("WATCHTOWER_SECRET has fewer than 16 characters, so it opens nothing.")
    assert "fifteen" not in told
    assert not load({"WATCHTOWER_SECRET": "sixteen letters."}, {}).remarks


def test_streamlits_own_place_for_a_connection_is_read() -> None:
    found = load({}, {"connections": {"watchtower": {"url": "postgresql://a@h/d"}}})
    assert found.database_url is not None
    assert found.database_url.host == "h"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:pa@S3CRET@127.0.0.1:1/d",
        "postgresql://u:pa/@S3CRET/@127.0.0.1:1/d",
        "postgresql://u:pa?x@S3CRET@h/d",
        "postgresql://us/er:S3CRET@h/d",
    ],
)
def test_password_that_would_be_shown_as_host_or_database_is_refused(url: str) -> None:
    with pytest.raises(SettingInvalid, match="percent-encode") as refused:
        load({"DATABASE_URL": url}, {})
    assert "S3CRET" not in str(refused.value)


def test_encoded_signs_and_those_of_options_are_taken() -> None:
    found = load({"DATABASE_URL": "postgres://u:p%40w@h/d%40b?options=a@b"}, {}).database_url
    assert found is not None
    assert (found.password, found.host, found.database) == ("p@w", "h", "d@b")


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "soon", "99999", "１"])
def test_refresh_that_is_no_number_is_refused_by_name(value: str) -> None:
    with pytest.raises(SettingInvalid, match="WATCHTOWER_REFRESH must be a whole number"):
        load({"WATCHTOWER_REFRESH": value}, {})


AUTH = {
    "redirect_uri": "https://watch.example.org/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "watchtower",
    "client_secret": "of the provider",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}
SHARED = {key: AUTH[key] for key in ("redirect_uri", "cookie_secret")}
PROVIDER = {key: value for key, value in AUTH.items() if key not in SHARED}


def test_without_a_word_everybody_may_look_and_nobody_signs_in() -> None:
    found = load({}, {})
    assert not found.auth
    assert not found.operators
    assert not found.sign_in_required
    assert found.sign_in_age == timedelta(hours=12)


def test_sign_in_from_the_secrets_file() -> None:
    secrets = {
        "auth": {**AUTH, "client_kwargs": {"prompt": "login"}},
        "watchtower": {"operators": ["a@example.org", " b@example.org "]},
        "WATCHTOWER_SIGN_IN": "required",
    }
    found = load({"WATCHTOWER_SIGN_IN_HOURS": "1"}, secrets)
    assert found.auth == secrets["auth"]
    assert found.operators == {"a@example.org", "b@example.org"}
    assert found.sign_in_required
    assert found.sign_in_age == timedelta(hours=1)
    assert sign_in.providers(found.auth) == (sign_in.DEFAULT,)
    assert sign_in.home(found.auth) == "https://watch.example.org"


def test_sign_in_from_the_environment_alone_or_over_the_file() -> None:
    environ = {f"WATCHTOWER_AUTH_{key.upper()}": value for key, value in AUTH.items()}
    environ["WATCHTOWER_OPERATORS"] = "c@example.org, d@example.org,"
    found = load(environ, {})
    assert found.auth == AUTH
    secrets = {"auth": {**AUTH, "client_id": "of the file"}, "watchtower": {"operators": ["x@y"]}}
    found = load(environ, secrets)
    assert found.auth == AUTH
    assert found.operators == {"c@example.org", "d@example.org"}


def test_several_providers() -> None:
    found = load({}, {"auth": {**SHARED, "google": PROVIDER, "okta": PROVIDER}}).auth
    assert sign_in.providers(found) == ("google", "okta")


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("on", "auth must be a section"),
        (SHARED, r"\[auth\] lacks client_id, client_secret, server_metadata_url"),
        (PROVIDER, r"\[auth\] lacks redirect_uri, cookie_secret"),
        ({**AUTH, "client_id": 7}, r"\[auth\] lacks client_id"),
        ({**SHARED, "google": {"client_id": "x"}}, r"\[auth.google\] lacks client_secret"),
        ({**SHARED, "my_own": PROVIDER}, r"\[auth.my_own\]: Streamlit takes no underscore"),
        ({**AUTH, "cookie_secret": "xxx"}, "cookie_secret in .* is too short"),
        ({**AUTH, "server_metadata_url": "id.example.org"}, "must be an address"),
        ({**AUTH, "redirect_uri": "watch.example.org/oauth2callback"}, "ending in /oauth2callback"),
        ({**AUTH, "redirect_uri": "https://watch.example.org/"}, "ending in /oauth2callback"),
        ({**AUTH, "redirect_uri": "https://Watch.example.org/oauth2callback"}, "lower case"),
        ({**AUTH, "redirect_uri": "https://w.example:443/oauth2callback"}, "without :443"),
        ({**AUTH, "redirect_uri": "http://w.example:99999/oauth2callback"}, "own address"),
    ],
)
def test_sign_in_that_could_not_work_is_refused_by_name(section: object, complaint: str) -> None:
    with pytest.raises(SettingInvalid, match=complaint) as caught:
        load({}, {"auth": section})
    assert AUTH["client_secret"] not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "secrets", "complaint"),
    [
        ({"WATCHTOWER_OPERATORS": "olga"}, {}, "must be e-mail addresses"),
        ({"WATCHTOWER_OPERATORS": "a@b c@d"}, {}, "must be e-mail addresses"),
        ({}, {"watchtower": {"operators": "a@example.org"}}, "must be a list"),
        ({}, {"watchtower": {"operators": [1]}}, "must be a list"),
        ({}, {"watchtower": "x"}, "must be a list"),
        ({"WATCHTOWER_SIGN_IN": "yes"}, {}, "must be open or required"),
        ({"WATCHTOWER_SIGN_IN_HOURS": "0"}, {}, "must be a whole number from 1 to 720"),
    ],
)
def test_operators_and_looking(environ: dict[str, str], secrets: Any, complaint: str) -> None:
    with pytest.raises(SettingInvalid, match=complaint):
        load(environ, secrets)


def test_secrets_of_sign_in_are_not_in_the_text_of_the_settings() -> None:
    assert AUTH["cookie_secret"] not in repr(load({}, {"auth": AUTH}))


def test_settings_of_the_guide_are_known() -> None:
    guide = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    section = guide.partition("\n## Settings\n")[2].partition("\n## ")[0]
    first = [row.split("|")[1] for row in section.splitlines() if row.startswith("|")]
    named = set(re.findall(r"\bWATCHTOWER_[A-Z_]+[A-Z]", " ".join(first)))
    assert len(named) >= 20
    for name in named:
        value = "open" if name == "WATCHTOWER_SIGN_IN" else "x" if name.endswith("TOKEN") else ""
        assert load({name: value}, {}).remarks == (), name


def test_example_of_the_guide_is_one() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    found = load({}, tomllib.loads(example.replace("…", "0" * 32)))
    assert found.operators == {"olga@example.org"}
    assert found.sign_in_required
    assert sign_in.providers(found.auth) == (sign_in.DEFAULT,)
