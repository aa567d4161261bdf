"""What does each face say, in words: endpoint, status, badge, metrics, commands and pages?"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from lib.faces import api
from lib.faces.cli import main
from lib.settings import settings
from lib.settings.settings import Settings
from lib.watch import watch
from lib.watch.source import MakeSource
from lib.watch.watch import Watch
from tests.pages.conftest import text, visit
from tests.waiting import waits

SECRET = "correct-horse-battery"
AT_ONCE = 3.0  # seconds, as docs/faults.md has it


@contextmanager
def living(load: Callable[[], Settings], source: MakeSource | None = None) -> Iterator[Watch]:
    """The watch of this process, which every page shows, with these settings and this source."""
    with pytest.MonkeyPatch.context() as patched:
        live = Watch(load)
        if source is not None:
            live.offer(source)
        patched.setattr(watch, "WATCH", live)
        patched.setattr(type(st.context), "ip_address", None)  # as it is on loopback
        live.start()
        try:
            yield live
        finally:
            live.stop()


def web(live: Watch) -> TestClient:
    """Its HTTP face."""
    return TestClient(Starlette(routes=api.routes(live)))


def endpoint(live: Watch, secret: str = SECRET) -> tuple[int, dict[str, Any]]:
    """The code and the body by which the endpoint answers to this secret."""
    answer = web(live).post(api.PATH, headers={"x-watchtower-secret": secret})
    return answer.status_code, answer.json()


def words(page: str | AppTest) -> str:
    """What a page says, without the signs that keep a name from being Markdown."""
    shown = visit(page) if isinstance(page, str) else page
    return re.sub(r"\\(.)", r"\1", text(shown)).replace("\u2060", "")


def command(*arguments: str, **environ: str) -> tuple[int, str, str]:
    """The exit code of a command with these settings, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        for name, value in environ.items():
            patched.setenv(name, value)
        return main([*arguments]), out.getvalue(), err.getvalue()


def unknown_everywhere(url: str, seconds: float = AT_ONCE) -> str:
    """The sentence by which every face calls this database unknown, each within that time."""
    return said_everywhere(seconds, DATABASE_URL=url)


def said_everywhere(seconds: float = AT_ONCE, **environ: str) -> str:
    """The same, of whatever these settings, and no others, lead to."""
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patched:
        for name in ("DATABASE_URL", "CI"):
            patched.delenv(name, raising=False)
        for name, value in environ.items():
            patched.setenv(name, value)
        patched.setenv("WATCHTOWER_SECRET", SECRET)
        patched.setenv("WATCHTOWER_SCHEDULE", "off")
        with living(settings.load) as live:
            why = waits(lambda: live.snapshot.trouble, seconds)
            told = {"ok": False, "status": "unknown", "error": why}
            answer = web(live).get(api.STATUS_PATH)
            assert (answer.status_code, answer.json()) == (503, answer.json() | told)
            assert "partitions: unknown<" in web(live).get(api.BADGE_PATH).text
            assert "\nwatchtower_up 0.0\n" in web(live).get(api.METRICS_PATH).text
            page, (first, _, rest) = words("status"), why.partition(". ")
            assert f"Unknown: {first}" in page
            assert rest in page
            began = _soon(began, 2 * seconds)  # a page is drawn besides
            assert endpoint(live) == (503, told)
            began = _soon(began, seconds)
        code, out, _ = command("verify", "--json")
        assert (code, json.loads(out)) == (3, told)
        began = _soon(began, seconds)
        assert command("verify-triggers") == (1, "", f"unknown: {why}\n")
        _soon(began, seconds)
    return why


def _soon(began: float, seconds: float) -> float:
    now = time.monotonic()
    assert now - began < seconds
    return now
