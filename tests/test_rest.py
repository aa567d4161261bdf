"""Does `verify-triggers` over HTTPS call both RPCs of the real database and believe only true?"""

from __future__ import annotations

import datetime
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import Database
from tests.test_cli import BREAK, OK_LINE, Ran, run

KEY = "service-role-key"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "key.pem", folder / "cert.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


def gateway(database: Database) -> type[BaseHTTPRequestHandler]:
    """Passes POST /rest/v1/rpc/… on to the database as service_role, and answers as PostgREST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = self._call(self.path.removeprefix("/rest/v1/rpc/"))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _call(self, function: str) -> tuple[int, object]:
            if self.headers["apikey"] != KEY or self.headers["authorization"] != f"Bearer {KEY}":
                return 401, {"message": "Invalid API key"}
            query = psycopg.sql.SQL("select public.{}()").format(psycopg.sql.Identifier(function))
            try:
                with database.connect("postgres") as connection:
                    connection.execute("set role service_role")
                    row = connection.execute(query).fetchone()
            except psycopg.errors.UndefinedFunction:
                return 404, {"code": "PGRST202", "message": f"Could not find {function}"}
            except psycopg.Error as error:
                return 500, {"code": error.sqlstate, "message": error.diag.message_primary}
            assert row is not None
            return 200, row[0]

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@contextmanager
def serving(database: Database, folder: Path) -> Iterator[tuple[str, Path]]:
    """The database behind PostgREST's address, over HTTPS."""
    with secured(gateway(database), folder) as served:
        yield served


@contextmanager
def secured(handler: type[BaseHTTPRequestHandler], folder: Path) -> Iterator[tuple[str, Path]]:
    """An HTTPS server on loopback; gives its address and the certificate to trust."""
    key_file, certificate_file = certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", certificate_file
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def rest(database: Database, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    with serving(database, tmp_path) as served:
        yield served


def asked(rest: tuple[str, Path], key: str = KEY, trust: bool = True) -> Ran:
    settings = {"SUPABASE_URL": rest[0], "SUPABASE_SERVICE_ROLE_KEY": key}
    if trust:
        settings["SSL_CERT_FILE"] = str(rest[1])
    return run("verify-triggers", **settings)


def test_both_true_is_ok(rest: tuple[str, Path]) -> None:
    assert asked(rest) == Ran(0, OK_LINE, "")


def test_answered_false_is_a_fault_of_each(rest: tuple[str, Path], database: Database) -> None:
    database.execute(BREAK)
    done = asked(rest)
    assert done.code == 1
    first, second = done.err.splitlines()
    assert first == "critical: public.verify_partition_triggers_exist() answers false"
    assert second.startswith("critical: public.watchtower_partition_drift_check_v1() answers ok f")
    assert "trigger_events_set_session_month_from_session false" in second


def test_missing_and_raising_are_faults(rest: tuple[str, Path], database: Database) -> None:
    database.execute(
        "drop function public.verify_partition_triggers_exist();"
        "create or replace function public.watchtower_partition_drift_check_v1() returns jsonb"
        " language plpgsql as $$ begin raise exception 'out of order'; end $$;"
        "grant execute on function public.watchtower_partition_drift_check_v1() to service_role"
    )
    done = asked(rest)
    assert done.code == 1
    assert "verify_partition_triggers_exist() does not exist" in done.err
    assert "raised: out of order" in done.err


def test_a_redirect_does_not_get_the_key(tmp_path: Path) -> None:
    seen: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(302)
            self.send_header("location", f"http://127.0.0.1:{thief.server_port}/steal")
            self.end_headers()

        def do_GET(self) -> None:
            seen.append(self.headers.get("apikey", ""))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"true")

        def log_message(self, format: str, *args: object) -> None:
            pass

    thief = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=thief.serve_forever, daemon=True).start()
    try:
        with secured(Elsewhere, tmp_path) as rest:
            done = asked(rest)
    finally:
        thief.shutdown()
        thief.server_close()
    assert done.code == 1
    assert done.err.startswith("unknown: SUPABASE_URL redirects elsewhere")
    assert seen == []


@pytest.mark.parametrize("body", [b"[" * 900_000, b"<html>", b"\xff"])
def test_what_is_no_answer_is_unknown(body: bytes, tmp_path: Path) -> None:
    class Rubbish(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with secured(Rubbish, tmp_path) as rest:
        done = asked(rest)
    assert done.code == 1
    lines = done.err.splitlines()
    assert lines
    assert all(re.match(r"unknown: \w+ did not answer with JSON\.$", line) for line in lines)


def test_wrong_key_untrusted_or_plain_address_is_unknown(rest: tuple[str, Path]) -> None:
    cases = [
        (asked(rest, key="wrong-key"), "SUPABASE_SERVICE_ROLE_KEY is refused (401)"),
        (asked(rest, trust=False), "shows a certificate that is not trusted"),
        (asked(("http://127.0.0.1", rest[1])), "SUPABASE_URL must be an https:// address"),
        (asked(("https://127.0.0.1:1", rest[1])), "refuses the connection"),
        (run("verify-triggers", SUPABASE_URL=rest[0]), "go together"),
    ]
    for done, words in cases:
        assert done.code == 1
        assert done.err.startswith("unknown: ")
        assert words in done.err
        assert KEY not in done.err
        assert "Traceback" not in done.err
