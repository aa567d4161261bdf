"""Does a phone get Streamlit's own files in a third of the bytes, and everything else as it is?"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from lib.compression import Compressed

TEXT = "const guard = 'fires';\n" * 500
PACKED = {"accept-encoding": "gzip, br"}


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def client(asked: list[str]) -> Iterator[TestClient]:
    def file(request: Request) -> Response:
        asked.append(request.url.path)
        code = 404 if request.url.path.endswith("gone.js") else 200
        kind = "text/html" if request.url.path.endswith("page.js") else "text/javascript"
        return Response(TEXT, code, {"etag": '"1"'}, kind)

    with TestClient(Compressed(Starlette(routes=[Route("/{path:path}", file)]))) as found:
        yield found


def size(client: TestClient, path: str, **headers: str) -> int:
    """How many bytes came over the wire? What they say is the file, whole."""
    with client.stream("GET", path, headers=headers) as answer:
        sent = b"".join(answer.iter_raw())
        packed = answer.headers.get("content-encoding") == "gzip"
        assert (gzip.decompress(sent) if packed else sent).decode() == TEXT
        assert int(answer.headers["content-length"]) == len(sent)
        return len(sent)


def test_a_script_is_packed_once_for_everybody(client: TestClient, asked: list[str]) -> None:
    assert size(client, "/static/js/index.abc.js", **PACKED) < len(TEXT) / 3
    assert size(client, "/static/js/index.abc.js", **PACKED) < len(TEXT) / 3
    assert asked == ["/static/js/index.abc.js"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/js/index.abc.js", {"accept-encoding": "identity"}),
        ("/static/js/index.abc.js", {**PACKED, "range": "bytes=0-9"}),
        ("/static/js/gone.js", PACKED),
        ("/static/page.js", PACKED),
        ("/static/media/font.woff2", PACKED),
        ("/api/watchtower/status", PACKED),
    ],
)
def test_everything_else_goes_as_it_is(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    assert size(client, path, **headers) == len(TEXT)
    assert size(client, path, **headers) == len(TEXT)
