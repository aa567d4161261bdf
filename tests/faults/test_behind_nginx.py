"""Do several copies answer as one behind the guide's nginx, over TLS, with a sign-in?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests import nginx
from tests.browsers import await_answer
from tests.copies import copied
from tests.persons import USER, Person, Tab
from tests.poolers import free_port
from tests.providers import PEOPLE, provider, settings
from tests.servers import Database
from tests.waiting import waits

SECRET = "for-the-endpoint-alone"
RUN = "Run the verification"
WHO = (
    "select details ->> 'who' from public.watchtower_checks"
    " where check_name = 'partition_watchtower' and details ->> 'face' = 'page'"
)


@dataclass
class Fleet:
    """Two copies (host:port), and the port of the nginx that is to stand before them."""

    copies: list[str]
    port: int

    @property
    def home(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def fleet(lasting18: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with ExitStack() as stack:
        fleet = Fleet([], free_port())
        log = tmp_path_factory.mktemp("provider") / "log"
        told = {
            **settings(stack.enter_context(provider(log))),
            "WATCHTOWER_AUTH_REDIRECT_URI": f"{fleet.home}/oauth2callback",
            "WATCHTOWER_ADDRESS": fleet.home,
            "WATCHTOWER_SECRET": SECRET,
            "WATCHTOWER_SCHEDULE": "off",
            "DATABASE_URL": lasting18.role_url,
        }
        copies = [stack.enter_context(copied(**told)) for _ in range(2)]
        for copy in copies:
            await_answer(f"{copy.address}/_stcore/health")
            fleet.copies.append(copy.address.removeprefix("http://"))
        yield fleet


def runs_it(tab: Tab) -> None:
    """The page shows what was read of the database, and the button works."""
    waits(lambda: tab.run() or "role watchtower" in tab.text)
    tab.run(press=RUN)
    assert "Nothing was done" not in tab.text


@pytest.mark.everything
def test_copies_behind_nginx(fleet: Fleet, lasting18: Database) -> None:
    with nginx.before(fleet.copies, fleet.port, affinity=False) as found:
        person = Person(fleet.home, found.certificate)
        with person.client:
            answer = person.sign_in(fleet.home, fleet.home)
            assert (answer.status_code, answer.headers["location"]) == (302, "/")
            assert all(each.secure for each in person.client.cookies.jar if each.name == USER)
            with person.tab(fleet.home, "verify") as tab:
                runs_it(tab)
            assert waits(lambda: lasting18.rows(WHO)) == [(PEOPLE["olga"]["email"],)]
            for _ in fleet.copies:
                told = person.client.post(
                    f"{fleet.home}/api/watchtower/partition-drift",
                    headers={"Authorization": f"Bearer {SECRET}"},
                )
                assert told.json()["ok"]
            page = person.client.get(fleet.home)
            script = re.findall(r'src="([^"]+\.js)"', page.text)[0].removeprefix("./")
            packed = person.client.get(f"{fleet.home}/{script.removeprefix('/')}")
            assert packed.headers["content-encoding"] == "gzip"
        assert set(found.asked) == set(fleet.copies)


@pytest.mark.everything
def test_downloads_behind_nginx(fleet: Fleet) -> None:
    with nginx.before(fleet.copies, fleet.port, affinity=True) as found:
        person = Person(fleet.home, found.certificate)
        with person.client:
            person.sign_in(fleet.home, fleet.home)
            with person.tab(fleet.home, "verify") as tab:
                runs_it(tab)
                paths = waits(lambda: tab.run() or re.findall(r'url: "(/media/[^"]+)"', tab.text))
                assert {person.client.get(fleet.home + path).status_code for path in paths} == {200}
        assert len(set(found.asked)) == 1
