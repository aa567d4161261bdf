"""What becomes of a sign-in over two real copies, a restart, and a provider's bad day?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from streamlit.runtime.memory_media_file_storage import _calculate_file_id

from lib.core.errors import SettingInvalid
from lib.settings.settings import load
from tests.browsers import await_answer
from tests.copies import copied
from tests.faces import living, web, words
from tests.persons import USER, Person, Tab
from tests.poolers import free_port
from tests.providers import PEOPLE, provider, settings
from tests.proxy import Proxy, proxied
from tests.servers import Database
from tests.test_settings import AUTH
from tests.waiting import waits
from tests.watching.test_watch import until, watching

AN_HOUR = timedelta(hours=1)
RUN = "Run the verification"
RUNS = (
    "select details ->> 'who' from public.watchtower_checks"
    " where check_name = 'partition_watchtower'"
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What every copy is told: one provider, one address, one set of keys."""
    with provider(tmp_path_factory.mktemp("provider") / "log") as address:
        home = f"http://127.0.0.1:{free_port()}"
        yield {**settings(address), "WATCHTOWER_AUTH_REDIRECT_URI": f"{home}/oauth2callback"}


@contextmanager
def another(lasting18: Database, told: dict[str, str]) -> Iterator[str]:
    """One more copy."""
    quiet = {"WATCHTOWER_SCHEDULE": "off", "WATCHTOWER_REFRESH": "600"}
    with copied(**told, **quiet, DATABASE_URL=lasting18.role_url) as copy:
        await_answer(f"{copy.address}/_stcore/health")
        yield copy.address


@pytest.fixture(scope="module")
def copies(lasting18: Database, asked: dict[str, str]) -> Iterator[tuple[str, str]]:
    with another(lasting18, asked) as one, another(lasting18, asked) as two:
        yield one, two


@pytest.fixture
def person(asked: dict[str, str]) -> Iterator[Person]:
    found = Person(asked["WATCHTOWER_AUTH_REDIRECT_URI"].removesuffix("/oauth2callback"))
    with found.client:
        yield found


def reached(tab: Tab) -> bool:
    """Does the page show what was read of the database?"""
    tab.run()
    return "role watchtower" in tab.text


@pytest.mark.landing
def test_sign_in_by_turns(copies: tuple[str, str], person: Person) -> None:
    one, two = copies
    for first, then in ((one, two), (two, one)):
        person.client.cookies.clear()
        answer = person.sign_in(first, then)
        assert (answer.status_code, answer.headers["location"]) == (302, "/")
        assert person.client.cookies.get(USER)
    for copy in copies:
        with person.tab(copy, "verify") as tab:
            assert "Sign out" in tab.buttons


@pytest.mark.landing
def test_signed_out_in_another_copy(
    copies: tuple[str, str], person: Person, lasting18: Database, asked: dict[str, str]
) -> None:
    one, two = copies
    person.sign_in(one, two)
    with person.tab(one, "verify") as here, person.tab(two, "verify") as there:
        for tab in (here, there):
            waits(lambda tab=tab: reached(tab))
        here.run(press="Sign out")
        there.run(press=RUN)
        assert "You are not signed in." in there.text
        assert "Sign out" not in there.text
    with another(lasting18, asked) as restarted, person.tab(restarted, "verify") as copied_cookie:
        waits(lambda: reached(copied_cookie))
        assert "Sign out" not in copied_cookie.text
        copied_cookie.run(press=RUN)
        assert "You are not signed in." in copied_cookie.text
    assert lasting18.rows(RUNS) == []
    person.client.cookies.clear()
    person.sign_in(two, one)
    with person.tab(two, "verify") as again:
        waits(lambda: reached(again))
        again.run(press=RUN)
        assert "Sign out" in again.buttons
    assert waits(lambda: lasting18.rows(RUNS)) == [(PEOPLE["olga"]["email"],)]


NOT_HEARD = {  # how it comes, how it is repaired, and what the page says of it
    "permission denied": (
        "revoke select on public.watchtower_checks from watchtower",
        "grant select on public.watchtower_checks to watchtower",
    ),
    "the role watchtower: no policy": (
        "drop policy watchtower_reads on public.watchtower_checks",
        "create policy watchtower_reads on public.watchtower_checks"
        " for select to watchtower using (true)",
    ),
    "the role watchtower (runs alone)": (
        'create policy "runs alone" on public.watchtower_checks as restrictive'
        " for select to watchtower using (check_name = 'partition_watchtower')",
        'drop policy "runs alone" on public.watchtower_checks',
    ),
    "does not exist": (
        "alter table public.watchtower_checks rename to elsewhere",
        "alter table public.elsewhere rename to watchtower_checks",
    ),
    "the local socket": (
        "alter role watchtower nologin; select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and usename = 'watchtower'",
        "alter role watchtower login",
    ),
}


def test_sign_outs_that_cannot_be_heard(
    copies: tuple[str, str], person: Person, lasting18: Database
) -> None:
    one, two = copies
    person.sign_in(one, two)
    before = lasting18.rows(RUNS)
    with person.tab(two, "verify") as tab:
        waits(lambda: reached(tab))
        for words, (broken, repaired) in NOT_HEARD.items():
            lasting18.execute(broken, user="postgres")
            try:
                tab.run(press=RUN)
            finally:
                lasting18.execute(repaired, user="postgres")
            assert "Nothing was done in your name" in tab.text, words
            assert words in tab.text
            assert reached(tab)
            assert "Sign out" in tab.buttons
        assert lasting18.rows(RUNS) == before
    with person.tab(one, "verify") as tab:  # whose connection was ended: it gets another
        tab.run(press=RUN)
        assert "Nothing was done in your name" not in tab.text
    waits(lambda: len(lasting18.rows(RUNS)) == len(before) + 1)


def test_sign_out_that_the_history_refuses(database18: Database) -> None:
    told = "select count(*) from public.watchtower_checks where check_name like '%signed_out'"
    with watching(database18.role_url, auth=AUTH) as watch:
        until(watch, lambda s: s.report)
        database18.execute("revoke insert on public.watchtower_checks from watchtower")
        watch.sign_outs.end({"nonce": "x"}, AN_HOUR, datetime.now(UTC))
        database18.execute("grant insert on public.watchtower_checks to watchtower")
        before = watch.snapshot.taken_at
        watch.look_now()
        until(watch, lambda s: s.taken_at != before)
        assert "permission denied" in watch.sign_outs.trouble
        assert database18.value(told) == 0  # a refresh writes no row
        watch._due(datetime.now(UTC))  # the next slot of the schedule
        assert database18.value(told) == 1
        assert watch.sign_outs.trouble == ""


@pytest.mark.everything
def test_address_of_a_download(copies: tuple[str, str], person: Person) -> None:
    one, two = copies
    person.sign_in(one, one)
    with httpx.Client() as stranger:
        with person.tab(one, "verify") as tab:
            waits(lambda: reached(tab))
            tab.run(press=RUN)
            paths = waits(lambda: tab.run() or re.findall(r'url: "(/media/[^"]+)"', tab.text))
            for path in paths:
                answer = stranger.get(one + path)
                assert answer.headers["cache-control"] == "no-store"
                name = re.findall('filename="(.*)"', answer.headers["content-disposition"])[0]
                kind = answer.headers["content-type"].removesuffix("; charset=utf-8")
                known = _calculate_file_id(answer.content, kind, name)
                assert len(known) == 32
                assert known not in path
                suffix = path.rpartition(".")[2]
                assert stranger.get(f"{one}/media/{known}.{suffix}").status_code == 404
                assert stranger.get(two + path).status_code == 404
            tab.run(press="Sign out")
        waits(lambda: all(stranger.get(one + path).status_code == 404 for path in paths))


@pytest.fixture(scope="module")
def far(asked: dict[str, str]) -> Iterator[tuple[str, Proxy]]:
    """A copy, and what stands between it and its provider."""
    metadata = asked["WATCHTOWER_AUTH_SERVER_METADATA_URL"]
    with proxied(urlsplit(metadata).port or 0) as between:
        told = settings(f"http://127.0.0.1:{between.port}")
        assert "{port}" in told["WATCHTOWER_AUTH_REDIRECT_URI"]
        with copied(**told, DATABASE_URL="postgresql://u:p@127.0.0.1:9/x") as copy:
            await_answer(f"{copy.address}/_stcore/health")
            yield copy.address, between


@pytest.fixture
def visitor(far: tuple[str, Proxy]) -> Iterator[Person]:
    found = Person(far[0])
    with found.client:
        yield found


def no_door(answer: httpx.Response, code: int, words: str) -> None:
    """The sentence and the way back are there, and nobody is signed in."""
    assert answer.status_code == code
    assert words in answer.text
    assert '<a href="/">Back to Partition Watchtower</a>' in answer.text
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert USER not in answer.cookies


@pytest.mark.landing
def test_port_of_the_sign_in(far: tuple[str, Proxy], visitor: Person) -> None:
    """Of a copy that uvicorn runs, at a port of its own."""
    assert "_streamlit_user" in visitor.sign_in(far[0], far[0]).cookies


def test_clock_of_the_provider_is_ahead(far: tuple[str, Proxy], visitor: Person) -> None:
    no_door(visitor.sign_in(far[0], far[0], "ahead"), 502, "dated in the future: its clock")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("error=access_denied&error_description=No+%3Cb%3E", "signed nobody in: No &lt;b&gt;"),
        ("error=temporarily_unavailable", "signed nobody in: temporarily_unavailable"),
        ("code=of-another&state=long-gone", "begun too long ago"),
    ],
)
def test_sign_in_that_is_refused(
    far: tuple[str, Proxy], visitor: Person, query: str, words: str
) -> None:
    no_door(visitor.client.get(f"{far[0]}/oauth2callback?{query}"), 400, words)
    back = visitor.client.get(f"{far[0]}/oauth2callback")  # signed out at the provider
    assert (back.status_code, back.headers["location"]) == (302, "/")


def test_provider_is_down(far: tuple[str, Proxy], visitor: Person) -> None:
    copy, between = far
    between.marker, between.then = b"POST /oauth2/token", "cut"
    no_door(visitor.sign_in(copy, copy), 502, "cannot be reached")
    no_door(visitor.begin(copy), 502, "cannot be reached")
    no_door(visitor.client.get(f"{copy}/auth/login?provider=stale"), 400, "begun too long ago")


def test_sign_in_amid_a_refused_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in AUTH.items():
        monkeypatch.setenv(f"WATCHTOWER_AUTH_{key.upper()}", value)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@127.0.0.1:9/x")
    for name, value in (("WATCHTOWER_WINDOW", "abc"), ("WATCHTOWER_SIGN_IN", "yes")):
        monkeypatch.setenv("WATCHTOWER_SIGN_IN", "required")
        monkeypatch.setenv(name, value)
        with living(load) as live:
            said = words("status")
            assert f"{name} must be" in said
            assert "Sign out" not in said
            assert web(live).get("/metrics").status_code == 401
            monkeypatch.delenv(name)
            person = {"is_logged_in": True, "iat": datetime.now(UTC).timestamp(), "nonce": name}
            live.sign_outs.end(person, AN_HOUR, datetime.now(UTC))
            assert "may not know who signed out" in words("status")


@pytest.mark.parametrize("name", ["WATCHTOWER_SECRET", "WATCHTOWER_METRICS_TOKEN"])
def test_setting_that_is_no_utf8(name: str) -> None:
    with pytest.raises(SettingInvalid, match=f"{name} must be UTF-8"):
        load({name: "sixteen letters \udcff"}, {})


def test_cookie_secret_of_blanks() -> None:
    with pytest.raises(SettingInvalid, match="cookie_secret"):
        load({"WATCHTOWER_DEMO": "1"}, {"auth": {**AUTH, "cookie_secret": " " * 35}})
