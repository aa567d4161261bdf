"""Which sign-ins does a process know to be ended, with the history and without it?"""

from __future__ import annotations

from contextlib import closing

import pytest

from lib.core.errors import SignInNeeded
from lib.db.database import Database as Reached
from lib.history.sign_outs import SignOuts
from lib.settings.operators import may_look
from lib.settings.settings import parse_url
from tests.access.test_operators import AGE, NOW, claims
from tests.servers import Database

TOLD = (
    "select details::text from public.watchtower_checks"
    " where check_name = 'partition_watchtower_signed_out'"
)


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
    here.exchange(AGE, NOW, telling=False)
    assert "The database has not been reached yet." in str(here.trouble)
    assert database18.rows(TOLD) == []
    here.exchange(AGE, NOW)
    here.end(claims(), AGE, NOW)
    there.exchange(AGE, NOW)
    assert not there.still_in(claims())
    assert here.trouble == there.trouble == ""
    ((told,),) = database18.rows(TOLD)
    assert claims()["email"] not in told
    here.database.close()
    there.database.close()


def test_without_a_history_it_is_said_and_one_that_goes_is_missed(database18: Database) -> None:
    outs = SignOuts()
    outs.key = b"the cookie secret"
    with closing(Reached(parse_url("test", database18.role_url))) as outs.database:
        for there, missed in ((False, False), (True, False), (False, True)):
            old, new = ("elsewhere", "watchtower_checks")[:: 1 if there else -1]
            database18.execute(f"alter table public.{old} rename to {new}")
            assert bool(outs.exchange(AGE, NOW)) is missed
            assert ("does not exist" in outs.trouble) is not there


def test_more_sign_outs_than_are_read_leave_some_unheard(database18: Database) -> None:
    database18.execute(
        "insert into public.watchtower_checks (check_name, ok, details)"
        " select 'partition_watchtower_signed_out', true, jsonb_build_object('mark', n::text)"
        " from generate_series(1, 10000) as n"
    )
    outs = SignOuts()
    outs.key = b"the cookie secret"
    with closing(Reached(parse_url("test", database18.role_url))) as outs.database:
        assert "10,000 sign-outs or more" in outs.exchange(AGE, NOW)
