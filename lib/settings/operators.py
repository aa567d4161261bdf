"""Who may look, and who may run the verification? Decided from the claims of an OpenID sign-in.

The claims, the list of operators and the clock are arguments. Streamlit checks the provider's
signature and keeps the claims in a signed cookie for 30 days; their age is checked here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lib.core.errors import NotAuthorized, SignInNeeded
from lib.core.words import duration

SKEW = timedelta(minutes=2)  # how far the provider's clock may run ahead of this one

Claims = Mapping[str, Any]


def may_look(claims: Claims, max_age: timedelta, now: datetime) -> None:
    """Is somebody signed in, recently enough? Raises: SignInNeeded if not."""
    if claims.get("is_logged_in") is not True:
        raise SignInNeeded("You are not signed in.")
    made = _issued_at(claims)
    if made is None:
        raise SignInNeeded("Your sign-in does not say when it was made.")
    if made - now > SKEW:
        raise SignInNeeded("Your sign-in is dated in the future: a clock is wrong.")
    if now - made > max_age:
        raise SignInNeeded(f"Your sign-in is older than {duration(max_age)} and has expired.")


def may_run(claims: Claims, operators: Collection[str], max_age: timedelta, now: datetime) -> str:
    """Which operator asks? Their e-mail, as the provider verified it.

    Raises: NotAuthorized with the reason; SignInNeeded where signing in again would help.
    """
    if not operators:
        raise NotAuthorized(
            "Nobody may run the verification from here: WATCHTOWER_OPERATORS names nobody."
        )
    may_look(claims, max_age, now)
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        raise NotAuthorized("Your sign-in carries no e-mail address.")
    if claims.get("email_verified") is not True:
        raise NotAuthorized(
            f"The provider does not say that {email} is verified, so it is not trusted."
        )
    if folded(email) not in {folded(each) for each in operators}:
        raise NotAuthorized(f"{email} is not an operator: WATCHTOWER_OPERATORS does not name it.")
    return email


def folded(email: str) -> str:
    """The address as it is compared. ASCII alone: "ß" would fold to "ss", "K" (Kelvin) to "k"."""
    return email.casefold() if email.isascii() else email


def _issued_at(claims: Claims) -> datetime | None:
    """When did the provider issue this? None where `iat` is no moment."""
    iat = claims.get("iat")
    if isinstance(iat, bool) or not isinstance(iat, int | float):
        return None
    try:
        return datetime.fromtimestamp(iat, UTC)
    except (ValueError, OverflowError, OSError):
        return None
