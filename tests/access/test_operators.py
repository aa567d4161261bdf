"""Does a sign-in let in whom it should, and say plainly why it does not?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.core.errors import NotAuthorized, SignInNeeded
from lib.settings.operators import SKEW, may_look, may_run

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AGE = timedelta(hours=12)
OLGA = "olga@example.org"


def claims(**changes: Any) -> dict[str, Any]:
    """What a provider says of a verified operator who has just signed in; None leaves it out."""
    told = {
        "is_logged_in": True,
        "email": OLGA,
        "email_verified": True,
        "iat": int(NOW.timestamp()),
        "nonce": "one of a kind",
        **changes,
    }
    return {key: value for key, value in told.items() if value is not None}


def ago(span: timedelta) -> int:
    return int((NOW - span).timestamp())


def test_operator_may_run_it_under_the_own_name() -> None:
    assert may_run(claims(), {OLGA}, AGE, NOW) == OLGA
    assert may_run(claims(email="Olga@Example.ORG"), {"oLGA@example.org"}, AGE, NOW) == (
        "Olga@Example.ORG"
    )


@pytest.mark.parametrize(
    ("changes", "reason", "helps"),
    [
        ({"is_logged_in": False}, "You are not signed in", True),
        ({"is_logged_in": None}, "You are not signed in", True),
        ({"is_logged_in": "true"}, "You are not signed in", True),
        ({"email": None}, "carries no e-mail", False),
        ({"email": [OLGA]}, "carries no e-mail", False),
        ({"email_verified": False}, f"does not say that {OLGA} is verified", False),
        ({"email_verified": None}, f"does not say that {OLGA} is verified", False),
        ({"email_verified": "true"}, f"does not say that {OLGA} is verified", False),
        ({"email": "victor@example.org"}, "victor@example.org is not an operator", False),
        ({"email": f" {OLGA}"}, "is not an operator", False),
        ({"iat": ago(AGE + timedelta(seconds=1))}, "older than 12 h and has expired", True),
        ({"iat": ago(-SKEW - timedelta(seconds=1))}, "dated in the future", True),
        ({"iat": None}, "does not say when it was made", True),
        ({"iat": True}, "does not say when it was made", True),
        ({"iat": "1795521600"}, "does not say when it was made", True),
        ({"iat": float("nan")}, "does not say when it was made", True),
        ({"iat": 1e300}, "does not say when it was made", True),
    ],
)
def test_why_not(changes: dict[str, Any], reason: str, helps: bool) -> None:
    with pytest.raises(NotAuthorized, match=reason) as caught:
        may_run(claims(**changes), {OLGA}, AGE, NOW)
    assert isinstance(caught.value, SignInNeeded) == helps


def test_edges_of_the_age() -> None:
    for iat in (ago(AGE), ago(-SKEW), ago(timedelta()) + 0.5):
        assert may_run(claims(iat=iat), {OLGA}, AGE, NOW) == OLGA


def test_nobody_may_where_no_operators_are_named() -> None:
    with pytest.raises(NotAuthorized, match="WATCHTOWER_OPERATORS names nobody"):
        may_run(claims(), frozenset(), AGE, NOW)


@pytest.mark.parametrize(
    ("own", "operator"),
    [
        ("mar\N{KELVIN SIGN}@example.org", "mark@example.org"),
        ("a@stra\N{LATIN SMALL LETTER SHARP S}e.example", "a@strasse.example"),
        ("a@strasse.example", "a@stra\N{LATIN SMALL LETTER SHARP S}e.example"),
    ],
)
def test_another_address_that_folds_to_an_operators_is_no_operator(own: str, operator: str) -> None:
    assert own.casefold() == operator.casefold()
    with pytest.raises(NotAuthorized, match="is not an operator"):
        may_run(claims(email=own), {operator}, AGE, NOW)
    assert may_run(claims(email=operator), {operator}, AGE, NOW) == operator


def test_looking_needs_a_fresh_sign_in_and_no_more() -> None:
    may_look(claims(email="victor@example.org", email_verified=False), AGE, NOW)
    for changes in ({"is_logged_in": False}, {"iat": ago(AGE * 2)}):
        with pytest.raises(SignInNeeded):
            may_look(claims(**changes), AGE, NOW)
