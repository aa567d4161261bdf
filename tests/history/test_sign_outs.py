"""Which sign-ins does a process know to be ended, with the history and without it?"""

from __future__ import annotations

import pytest

from lib.access.operators import may_look
from lib.database import Database as Reached
from lib.errors import SignInNeeded
from lib.history.sign_outs import SignOuts
from lib.settings import parse_url
from tests.access.test_operators import AGE, NOW, claims
from tests.servers import Database


def test_signing_out_ends_this_sign_in_and_no_other() -> None:
    outs = SignOuts()
    outs.end(claims(), AGE, NOW)
    assert not outs.still_in(claims())
    assert outs.still_in(claims(nonce="of the next sign-in"))


def test_sign_outs_are_forgotten_once_they_have_expired_anyway() -> None:
    outs = SignOuts()
    outs.end(claims(), AGE, NOW)
    outs.end(claims(nonce="another"), AGE, NOW + AGE * 2)
    assert outs.still_in(claims())
    with pytest.raises(SignInNeeded):
        may_look(claims(), AGE, NOW + AGE * 2)


def test_what_could_not_be_told_is_told_once_the_database_is_there(database18: Database) -> None:
    here, there = SignOuts(), SignOuts()
    here.key = there.key = b"the cookie secret"
    here.end(claims(), AGE, NOW)
    assert "The database has not been reached yet." in str(here.trouble)
    here.database = there.database = Reached(parse_url("test", database18.role_url))
    there.exchange(AGE, NOW)
    assert there.still_in(claims())
    here.exchange(AGE, NOW)
    here.exchange(AGE, NOW)
    there.exchange(AGE, NOW)
    assert not there.still_in(claims())
    assert here.trouble is None
    assert here.trouble is there.trouble
    rows = database18.rows("select check_name, details::text from public.watchtower_checks")
    told = [text for name, text in rows if name == "partition_watchtower_signed_out"]
    assert len(told) == 1
    assert claims()["email"] not in told[0]
    here.database.close()
    there.database.close()
