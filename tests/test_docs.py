"""Is everything documented, and does what the README and docs/ say and link to exist?"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.checks import CHECKS
from lib.checks.check import Check
from lib.faces import cli, docs
from lib.settings import settings
from lib.settings.sources import Sources
from tests.prose import WORDS
from tests.servers import ROOT
from tests.starts import WAYS
from tests.test_layers import ROOMS

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
VENV = "python3 -m venv .venv && .venv/bin/pip install -q -r "
PATH = re.compile(r"`((?:\.ci|docs|lib|pages|sql|tests)/[\w./]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


# The command line and the settings


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in cli._parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def row(command: str) -> str:
    """What the table of the commands says of this one."""
    cells = [line for line in text("operating").splitlines() if line.startswith("| `python -m lib")]
    return "\n".join(line for line in cells if line.split("`")[1].split()[3] == command)


@pytest.mark.parametrize(("command", "parser"), dict(parsers()).items())
def test_every_command_and_option_is_documented(
    command: str, parser: argparse.ArgumentParser
) -> None:
    told = row(command)
    assert told
    for action in parser._actions:
        for option in set(action.option_strings) - {"-h", "--help"}:
            assert re.search(rf"{option}\b(?!-)", told), option


def test_every_setting_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    plain = Sources.text

    def recorded(sources: Sources, name: str) -> str | None:
        asked.add(name)
        return plain(sources, name)

    monkeypatch.setattr(Sources, "text", recorded)
    settings.load({}, {})
    assert len(asked) > 25
    table = text("settings").partition("\n## Settings\n")[2].partition("\n## ")[0]
    first = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    for name in asked:
        short = name.replace("WATCHTOWER_AUTH_", "…_")
        assert f"`{name}`" in first or f"`{short}`" in first, name


# The checks


def test_every_check_has_its_section_and_each_section_is_a_check() -> None:
    names = [check.name for check in CHECKS]
    assert [name for name in docs.sections() if name] == names
    listed = re.findall(r"^\| \[`(\w+)`\]\(#\1\) \|", docs.sections()[""], re.MULTILINE)
    assert listed == names
    headings = re.findall(r"^## (\w+_\w+)$", text("checks"), re.MULTILINE)
    assert set(headings) <= set(names)
    for name in names:
        section = docs.sections()[name]
        assert "**Looks at**" in section, name
        assert "**What to do**" in section, name
        assert re.search(r"^- \*\*(critical|warning|unknown)\*\*", section, re.MULTILINE), name


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=docs.routes()))


def hrefs(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_app_serves_each_section_as_a_page(client: TestClient, check: Check) -> None:
    answer = client.get(f"/{check.docs}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert re.search(rf"<h1[^>]*>{check.name}</h1>", answer.text)
    assert "**" not in answer.text
    for href in hrefs(answer.text):
        assert not href.startswith(("/", "http")), "relative, so that it works below any base"
        path = urljoin(f"/{check.docs}", href.partition("#")[0])
        if path != "/":  # the dashboard
            found = client.get(path)
            assert found.status_code == 200, href
            anchor = href.partition("#")[2]
            assert not anchor or f'id="{anchor}"' in found.text, href


def test_deeper_address_is_404_in_a_line(client: TestClient) -> None:
    for path in ("/docs/wrong_keys/x", f"/docs/{'/' * 20_000}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.text == "No such page. /docs/ lists the checks."


def test_unknown_check_is_404_with_the_list(client: TestClient) -> None:
    path = "/docs/no_check"
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no check of this name." in answer.text
    ways = {urljoin(path, href) for href in hrefs(answer.text)}
    assert {f"/{check.docs}" for check in CHECKS} <= ways


def test_list_of_the_checks_and_other_methods(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.url.path == "/docs/"
    ways = {urljoin("/docs/", href) for href in hrefs(answer.text)}
    assert {f"/{check.docs}" for check in CHECKS} <= ways
    assert client.head("/docs/wrong_keys").status_code == 200
    assert client.post("/docs/wrong_keys").status_code == 405


# The README and the links


def anchors(page: Path) -> set[str]:
    """The ids that GitHub gives the headings."""
    bare = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    titles = re.findall(r"^#+ (.+)$", bare, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    for path in PATH.findall(page.read_text(encoding="utf-8")):
        if "NAME" not in path:
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_words_are_plain(page: Path) -> None:
    said = re.sub(r"^```.*?^```|`[^`]*`", "", page.read_text("utf-8"), flags=re.DOTALL | re.M)
    assert [why for why, pattern in WORDS.items() if pattern.search(said)] == []


def test_rooms_of_the_design_are_those_of_the_layers() -> None:
    table = text("design").partition("\n## The rooms of lib/\n")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == ROOMS


def test_readme_is_two_screens_and_leads_to_every_page() -> None:
    readme = README.read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 180
    for page in PAGES[1:]:
        assert f"(docs/{page.name})" in readme


def test_commands_of_the_readme_are_those_that_ci_runs() -> None:
    """The first runs the app as tests/starts.py does; the second is a line of .ci/run."""
    told = re.findall(rf"^{VENV}.+$", README.read_text(encoding="utf-8"), re.MULTILINE)
    started, tested = told
    assert started == f"{VENV}requirements.txt && .venv/bin/python {' '.join(WAYS['python'])}"
    assert tested in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "-r ../requirements.txt" in (ROOT / "tests" / "requirements.txt").read_text()
