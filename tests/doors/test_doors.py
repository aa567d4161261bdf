"""Do Streamlit's own settings and the base path count at the doors?"""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from lib.faces import api
from lib.faces.base_path import BelowBase
from lib.faces.doors.doors import Doors
from lib.settings.alert_settings import AlertSettings
from lib.settings.settings import Settings
from lib.watch.watch import Watch
from tests.contract.reports import OK, Held, report

DEFAULTS: dict[str, Any] = {
    "server.baseUrlPath": "",
    "server.allowedHosts": [],
    "server.address": "127.0.0.1",
    "browser.serverAddress": "localhost",
    "server.corsAllowedOrigins": [],
    "server.enableCORS": True,
}
HOME = {"alerts": AlertSettings(address="https://watch.example.org")}
AUTH = {"auth": {"redirect_uri": "https://in.example.org/oauth2callback"}}


def page(_: Request) -> Response:
    return PlainTextResponse("page", headers={"set-cookie": "a=1"})


async def stream(asked: WebSocket) -> None:
    await asked.accept()
    await asked.close()


def web(settings: dict[str, Any] | None = None, **options: Any) -> TestClient:
    """The doors before our routes and a page, with these settings and options."""
    watch = Held(report(OK))
    watch.settings = Settings(**(settings or {}))
    return TestClient(guarded(watch, **options))


def guarded(watch: Watch, **options: Any) -> Starlette:
    """The doors of this watch before our routes, a page and a WebSocket, with these options."""
    told = DEFAULTS | {f"server.{name}": value for name, value in options.items()}
    doors = Middleware(Doors, watch=watch, option=told.__getitem__, page="<script>1</script>")
    base = Middleware(BelowBase, base=lambda: told["server.baseUrlPath"])
    routes = [*api.routes(watch), Route("/{path:path}", page), WebSocketRoute("/stream", stream)]
    return Starlette(routes=routes, middleware=[base, doors])


def code(client: TestClient, path: str, host: str, **more: str) -> int:
    return client.get(path, headers={"host": host, **more}).status_code


def test_nothing_set_leaves_every_host() -> None:
    for path in ("/", "/metrics"):
        assert code(web(), path, "any.example") == 200


def test_allowed_hosts_close_our_routes_too() -> None:
    client = web(allowedHosts=["*.Inside.example", "watch.example."])
    for path in ("/", "/metrics", "/badge.svg", "/_stcore/health", api.STATUS_PATH):
        assert code(client, path, "evil.example") == 403
        for host in ("a.inside.example", "watch.example:80", "localhost", "10.1.1.1"):
            assert code(client, path, host) == 200
    assert "server.allowedHosts" in client.get("/", headers={"host": "evil.example"}).text


@pytest.mark.parametrize("settings", [HOME, AUTH], ids=["address", "sign-in"])
def test_home_closes_pages_alone(settings: dict[str, Any]) -> None:
    client, home = web(settings), "watch.example.org" if settings is HOME else "in.example.org"
    assert code(client, "/triggers", home) == 200
    assert code(client, "/triggers", "evil.example") == 403
    assert code(client, "/_stcore/stream", "evil.example") == 403
    for path in ("/metrics", "/badge.svg", "/_stcore/health", api.STATUS_PATH):
        assert code(client, path, "inside") == 200
    for path in ("/docs/", "/docs/wrong_keys"):  # open where looking needs a sign-in, and a page
        assert code(client, path, home) == 200
        assert code(client, path, "evil.example") == 403
    assert "; Secure" in client.get("/", headers={"host": home}).headers["set-cookie"]


def test_host_of_home_is_added_to_allowed_hosts() -> None:
    client = web(HOME | AUTH, allowedHosts=["third.example"])
    for host in ("watch.example.org", "in.example.org", "third.example"):
        assert code(client, "/", host) == 200
    assert code(client, "/", "fourth.example") == 403


def test_origins_that_streamlit_was_told_of() -> None:
    evil = {"origin": "https://evil.example"}
    assert code(web(), "/", "h.example", **evil) == 403
    assert code(web(corsAllowedOrigins=["https://evil.example"]), "/", "h.example", **evil) == 200
    assert code(web(enableCORS=False), "/", "h.example", **evil) == 200


@pytest.mark.parametrize("base", ["watch", "/watch/"])
def test_below_the_base(base: str) -> None:
    client = web(HOME | {"metrics_token": "of the metrics"}, baseUrlPath=base)
    for path in ("/metrics", "/watch/metrics", "/watch/_stcore/metrics"):
        assert code(client, path, "inside") == 401
        assert code(client, path, "inside", authorization="Bearer of the metrics") == 200
        assert code(client, f"{path}%0A", "inside") == 400
    assert code(client, "/watch/_stcore/health", "inside") == 200
    assert code(client, "/watch/_stcore/upload_file/a/b", "watch.example.org") == 404
    assert code(client, "/watch/triggers", "evil.example") == 403


def test_cookies_of_an_http_address_are_as_streamlit_made_them() -> None:
    assert web().get("/").headers["set-cookie"] == "a=1"
