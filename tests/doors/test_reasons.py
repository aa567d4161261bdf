"""Which sentence says why a sign-in did not work?"""

from __future__ import annotations

import json

import httpx
import httpx2
import pytest
from authlib.integrations.base_client.errors import MismatchingStateError, OAuthError
from joserfc.errors import ExpiredTokenError, InvalidClaimError

from lib.faces.doors.reasons import reason

BROKEN = httpx.HTTPStatusError("503", request=None, response=None)  # type: ignore[arg-type]
CAUSES = [
    (httpx.ReadTimeout("slow"), 502, "cannot be reached from here, or does not answer"),
    (httpx2.ConnectError("refused"), 502, "cannot be reached from here"),
    (BROKEN, 502, "answers with an error"),
    (ExpiredTokenError("exp"), 502, "dated in the past: its clock"),
    (InvalidClaimError("nonce"), 502, "cannot be used"),
    (json.JSONDecodeError("no JSON", "<html>", 0), 502, "cannot be used"),
    (KeyError("authorization_endpoint"), 502, "cannot be used"),
    (OAuthError("invalid_client", "Unknown client"), 400, "was refused: Unknown client."),
    (OAuthError("invalid_client"), 400, "was refused: invalid_client."),
    (MismatchingStateError(), 400, "begun too long ago"),
    (None, 400, "begun too long ago"),
]


@pytest.mark.parametrize(("cause", "code", "words"), CAUSES, ids=lambda each: str(each)[:20])
def test_each_cause_has_its_sentence(cause: BaseException | None, code: int, words: str) -> None:
    told, why = reason(cause, {"code": "c"})
    assert told == code
    assert words in why
