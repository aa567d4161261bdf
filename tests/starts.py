"""The app in a process of its own, in a folder of its own, by each way to start it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.poolers import free_port
from tests.servers import ROOT
from tests.waiting import waits

OURS = ("DATABASE_URL", "SUPABASE_", "STREAMLIT_")
WAYS = {
    "streamlit": ("-m", "streamlit", "run", "app.py", "--server.headless=true"),
    "uvicorn": ("-m", "uvicorn", "app:app"),
    "python": ("app.py",),
}


@dataclass
class Started:
    """The process, where it serves, and where it writes what it says."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    @property
    def said(self) -> str:
        """All that it said by now."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """The code and the body of an answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, method=method, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def body(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, object]]:
        """The code, and the body that is JSON."""
        code, text = self.ask(path, method, **headers)
        return code, json.loads(text)


def apart(folder: Path, secrets: bytes | None = None, **server: object) -> Path:
    """A copy of the project there, with these secrets, and these settings of Streamlit's server."""
    for name in ("docs", "lib", "pages", "sql", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc", "*.png"))
    shutil.copy(ROOT / "app.py", folder)
    if secrets is not None:
        (folder / ".streamlit" / "secrets.toml").write_bytes(secrets)
    config = folder / ".streamlit" / "config.toml"
    told = tomllib.loads(config.read_text())["server"] | server
    _, _, rest = config.read_text().partition("\n[logger]")
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())
    config.write_text(f"[server]\n{lines}\n[logger]{rest}")
    return folder


@contextmanager
def started(
    folder: Path,
    *options: str,
    way: str = "uvicorn",
    host: str = "127.0.0.1",
    into: int | None = None,
    **own: str,
) -> Iterator[Started]:
    """The app of this folder, with these settings and no others, once it answers.

    `into` is an open file that takes what it says, instead of its log.
    """
    port = free_port()
    if way == "python":  # which takes no options
        config = folder / ".streamlit" / "config.toml"
        text = config.read_text().replace("[server]\n", f"[server]\nport = {port}\n", 1)
        config.write_text(text)
    port_option = {"streamlit": [f"--server.port={port}"], "uvicorn": [f"--port={port}"]}
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((*OURS, "WATCHTOWER_")) or name == "WATCHTOWER_DEMO_DIR"
    }
    log = folder / "app.log"
    with log.open("wb") if into is None else os.fdopen(into, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, *WAYS[way], *port_option.get(way, []), *options],
            cwd=folder,
            env={**environ, "WATCHTOWER_SCHEDULE": "off", "PYTHONUNBUFFERED": "1", **own},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    found = Started(process, f"http://{host}:{port}", log)
    try:
        waits(lambda: _answers(found), 60)
        yield found
    finally:
        process.kill()
        process.wait(10)


def _answers(found: Started) -> bool:
    assert found.process.poll() is None, found.log
    try:
        return found.ask("/_stcore/health")[0] == 200
    except OSError:
        return False
