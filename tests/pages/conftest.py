"""A dashboard in any state: a real report of a real database, and a watch that holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from lib import verification
from lib.core.results import Report
from lib.db.database import Database as Connection
from lib.settings.settings import Settings, parse_url
from lib.watch import watch
from lib.watch.snapshot import Snapshot
from lib.watch.watch import Watch
from tests.servers import ROOT, Database

# Which components are installed is read once, and not by each AppTest: that was half of its time.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

SCRIPTS = sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py"))
PAGES = tuple(page for page in SCRIPTS if page != "fire_drill")  # it is there in the demo alone

Show = Callable[..., AppTest]


def look(database: Database, user: str | None = None) -> Report:
    """What a refresh of this database finds."""
    url = database.role_url if user is None else database.url(user)
    connection = Connection(parse_url("x", url))
    try:
        return verification.refresh(connection)
    finally:
        connection.close()


def known(report: Report | None, **changes: Any) -> Snapshot:
    """A snapshot that holds this report, read just now."""
    moment = None if report is None else datetime.now(UTC)
    return Snapshot(**{"number": 1, "report": report, "taken_at": moment, **changes})


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Opens a page on a snapshot, in a process whose watch holds just that."""

    def run(page: str, snapshot: Snapshot) -> AppTest:
        still = Watch(Settings)
        still.snapshot = snapshot
        monkeypatch.setattr(watch, "WATCH", still)
        return visit(page)

    return run


def visit(page: str, user: dict[str, Any] | None = None) -> AppTest:
    """Opens a page on the watch of this process, as somebody who signed in or as nobody."""
    test = AppTest.from_file(str(ROOT / "pages" / "_shell.py"), default_timeout=20)
    test.user = user or {}
    if page != "status":
        test.switch_page(f"{page}.py")
    test.run()
    assert not test.exception, test.exception
    return test


Watching = Callable[..., AbstractContextManager[Watch]]


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watching:
    """Runs the watch of this process on a database, with a secret or none, and more settings."""

    @contextmanager
    def run(url: str, secret: str | None, **more: Any) -> Iterator[Watch]:
        settings = Settings(parse_url("x", url), secret, **more)
        live = Watch(lambda: settings)
        monkeypatch.setattr(watch, "WATCH", live)
        monkeypatch.setattr(type(st.context), "ip_address", None)  # as it is on loopback
        live.start()
        try:
            yield live
        finally:
            live.stop()

    return run


def text(test: AppTest) -> str:
    """Everything that the page says in words, Markdown as it was sent."""
    words = ("title", "header", "subheader", "markdown", "caption")
    said = [
        element.value for kind in (*words, "error", "warning", "info") for element in test.get(kind)
    ]
    said += [code.value for code in test.code]
    return "\n".join(str(words) for words in said)
