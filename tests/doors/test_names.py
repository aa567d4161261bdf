"""Which origins and hosts are a friend's, and which only look like one?"""

from __future__ import annotations

import pytest
from starlette.datastructures import MutableHeaders

from lib.core.errors import SettingInvalid
from lib.faces.doors import headers, names
from lib.settings.frames import frames

FRIENDS = {"watch.example.org"}


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://h.example", "h.example"),
        ("https://h.example", "h.example:443"),
        ("http://h.example:80", "h.example"),
        ("https://H.Example:8443", "h.example:8443"),
        ("http://[fe80::1]:8501", "[fe80::1]:8501"),
        ("http://127.0.0.1:3000", "h.example"),
        ("http://127.9.9.9", "h.example"),
        ("http://[::1]:1", "h.example"),
        ("https://app.localhost", "h.example"),
        ("https://watch.example.org:8443", "127.0.0.1:8501"),
        ("https://watch.example.org.", "127.0.0.1:8501"),
    ],
)
def test_own_origin_this_machine_and_friends(origin: str, host: str) -> None:
    assert not names.foreign(origin, host, FRIENDS)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("", ""),
        ("null", "null"),
        ("h.example", "h.example"),
        ("http://", ""),
        ("http://h.example", ""),
        ("http://h.example:81", "h.example"),
        ("https://h.example", "h.example:80"),
        ("http://h.example:x", "h.example:x"),
        ("http://h.example@evil.example", "h.example"),
        ("http://evil.example#watch.example.org", "h.example"),
        ("https://xwatch.example.org", "h.example"),
        ("https://watch.example.org.evil.example", "h.example"),
        ("http://localhost.evil.example", "h.example"),
        ("http://evil@localhost", "h.example"),
        ("http://evil.example\\@127.0.0.1", "h.example"),
        ("http://127.0.0.1.evil.example", "h.example"),
        ("http://10.0.0.5", "10.0.0.6"),
        ("http://[2001:db8::1]", "[2001:db8::2]"),
        ("http://[::1", "[::1"),
    ],
)
def test_foreign_origin(origin: str, host: str) -> None:
    assert names.foreign(origin, host, FRIENDS)


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("watch.example.org", True),
        ("Watch.Example.Org.:8501", True),
        ("a.b.inside.example", True),
        ("inside.example", False),
        ("localhost:8501", True),
        ("192.0.2.1", True),
        ("[2001:db8::1]:8501", True),
        ("", False),
        ("evil.example", False),
        ("watch.example.org@evil.example", False),
        ("evil.example@watch.example.org", False),
        ("watch.example.org/x", False),
        ("watch.example.org:99999", False),
        ("127.1", False),
    ],
)
def test_hosts_that_are_answered(host: str, answered: bool) -> None:
    assert names.answers_to(host, {*FRIENDS, "*.inside.example"}) is answered
    assert names.answers_to("anything.example", {"*"})


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://Watch.example.org:8443/x", "watch.example.org"),
        ("watch.example.org", "watch.example.org"),
        ("http://localhost:{port}/oauth2callback", "localhost"),
        ("http://[::1]:8501", "::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("https://wächter.example", "xn--wchter-bua.example"),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_host_of_an_address(address: str, host: str) -> None:
    assert names.host_of(address) == host


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (None, "'self'"),
        ("self", "'self'"),
        ("'none'", "'none'"),
        ("self https://*.example.org:8443", "'self' https://*.example.org:8443"),
    ],
)
def test_frames(text: str | None, sources: str) -> None:
    assert frames(text) == sources


@pytest.mark.parametrize("text", ["*", "none self", "https://x; script-src *", "x.example", ""])
def test_frames_that_are_refused(text: str) -> None:
    with pytest.raises(SettingInvalid, match="WATCHTOWER_FRAME_ANCESTORS must be"):
        frames(text)


def test_inline_scripts_go_by_their_hash_and_others_by_their_source() -> None:
    told = headers.policy('<script>\n let a\n</script><script type="module" src="x"></script>')
    assert told.count("sha256-") == 1
    assert "unsafe-inline" not in told.partition("style-src")[0]


def test_cookies_of_an_https_address_and_downloads() -> None:
    own = MutableHeaders()
    own.append("set-cookie", "a=secure; Path=/")
    own.append("set-cookie", "b=1; Secure")
    own["content-disposition"] = 'attachment; filename="x"'
    own["content-security-policy"] = "sandbox"
    headers.harden(own, "p", "'self'", secure=True)
    assert own.getlist("set-cookie") == ["a=secure; Path=/; Secure", "b=1; Secure"]
    assert (own["cache-control"], own["content-security-policy"]) == ("no-store", "sandbox")
