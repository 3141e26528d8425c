"""The life of the process: ready, reload, a stop that is quick and loses nothing, a second start."""

import contextlib
import http.client
import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

PROGRAM = str(Path(sys.executable).with_name("coserver"))


def _certificate(port: int, name: str = "unknown.test") -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as tls,
    ):
        return tls.getpeercert(binary_form=True) or b""


def _get(url: str) -> tuple[int, bytes]:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", place.path)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    """Closes what a test opened."""
    with contextlib.ExitStack() as opened:
        yield opened


def test_ready_file_tells_all_that_answers(standing: Any) -> None:
    demo = standing.demo
    told = json.loads(demo.data.with_suffix(".ready").read_text())
    assert told["pid"] == demo.process.pid
    assert set(told["ports"]) == {"imap", "imaps", "smtp", "submission", "submissions", "lmtp", "http", "https"}
    assert {one["login"] for one in told["accounts"]} == {
        f"{n}@example.test" for n in ("alice", "bob", "carol", "dave")
    }
    for port in told["ports"].values():
        socket.create_connection(("127.0.0.1", port), 10).close()
    for name in ("imaps", "submissions", "https"):
        assert _certificate(told["ports"][name]) == ssl.PEM_cert_to_DER_cert(
            Path(told["certificate"]).read_text().partition("-----END PRIVATE KEY-----\n")[2]
        )


def test_certificate_names_the_machine_and_the_domain(standing: Any) -> None:
    context = ssl.create_default_context(cafile=str(standing.demo.certificate))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ("127.0.0.1", "localhost", "example.test"):
        plain = socket.create_connection(("127.0.0.1", standing.demo.ports["https"]), 10)
        with plain, context.wrap_socket(plain, server_hostname=name) as tls:
            assert tls.version() == "TLSv1.3"


def test_status_pages_answer_on_loopback(standing: Any) -> None:
    status, page = _get(standing.demo.urls["metrics"])
    assert status == 200
    assert b"coserver_connections" in page
    status, page = _get(standing.demo.urls["metrics"].replace("/metrics", "/health"))
    assert (status, json.loads(page)) == (200, {"status": "ok"})
    assert _get(standing.demo.urls["metrics"].replace("/metrics", "/other"))[0] == 404


def test_reload_serves_new_certificates_and_drops_no_connection(house: Any, stack: contextlib.ExitStack) -> None:
    demo = house.demo
    ports = demo.ports
    before = _certificate(ports["https"])
    smtp = stack.enter_context(
        smtplib.SMTP_SSL("127.0.0.1", ports["submissions"], context=house.wires("alice").tls(), timeout=10)
    )
    web = http.client.HTTPSConnection("127.0.0.1", ports["https"], context=house.wires("alice").tls(), timeout=10)
    stack.callback(web.close)
    web.request("GET", "/")
    web.getresponse().read()
    folder = demo.data / "certificates"
    (folder / "self-signed.pem").rename(folder / "other.test.pem")
    demo.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while _certificate(ports["https"]) == before:
        assert time.monotonic() < end, "the certificates were not read again"
    assert _certificate(ports["submissions"]) == _certificate(ports["https"]) != before
    assert _certificate(ports["submissions"], "other.test") == _certificate(ports["https"], "other.test") == before
    assert smtp.noop()[0] == 250
    web.request("GET", "/")
    answer = web.getresponse()
    assert (answer.status, bool(answer.read())) == (200, True)


def test_stop_with_open_connections_is_quick_and_tells_them(house: Any, stack: contextlib.ExitStack) -> None:
    smtp = stack.enter_context(contextlib.closing(smtplib.SMTP("127.0.0.1", house.demo.ports["smtp"], timeout=10)))
    smtp.ehlo()
    for port in house.demo.ports.values():
        stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
    began = time.monotonic()
    assert house.demo.stop() == 0
    assert time.monotonic() - began < 5
    assert smtp.getreply()[0] == 421


def test_second_start_keeps_what_was_done(demos: Any) -> None:
    first = demos()
    subprocess.run([PROGRAM, "group", "member", "remove", "team", "bob", "--data", first.data], check=True)
    subprocess.run(
        [PROGRAM, "account", "passwd", "dave", "--password-stdin", "--data", first.data],
        check=True, input=b"another long password",
    )  # fmt: skip
    first.stop()
    second = demos(data=first.data)
    assert second.certificate.read_bytes()
    shown = subprocess.run(
        [PROGRAM, "group", "show", "team", "--json", "--data", first.data], check=True, capture_output=True
    )
    assert {one["login"] for one in json.loads(shown.stdout)["members"]} == {"alice@example.test", "carol@example.test"}
    with smtplib.SMTP("127.0.0.1", second.ports["submission"], timeout=10) as smtp:
        assert smtp.login("dave", "another long password")[0] == 235


def test_listen_opens_the_ports_that_are_tls_throughout_and_no_others(demos: Any) -> None:
    demo = demos("--listen", "127.0.0.9")
    opened = set()
    for name, port in demo.ports.items():
        try:
            socket.create_connection(("127.0.0.9", port), 10).close()
        except ConnectionRefusedError:
            continue
        opened.add(name)
    assert opened == {"imaps", "submissions", "https"}


def test_accounts_of_a_file_are_ready_with_their_groups(demos: Any, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("office,x,small,crew,other\ndesk@example.test,y,,crew\n")
    demo = demos("--accounts", str(tmp_path / "more.csv"))
    assert demo.passwords["office@example.test"] == "x"
    with smtplib.SMTP("127.0.0.1", demo.ports["submission"], timeout=10) as smtp:
        assert smtp.login("desk", "y")[0] == 235
    shown = subprocess.run(
        [PROGRAM, "group", "show", "crew", "--json", "--data", demo.data], check=True, capture_output=True
    )
    crew = json.loads(shown.stdout)
    assert (crew["administrator"], len(crew["members"])) == ("office@example.test", 2)


def test_commands_on_a_served_folder_count_at_once(house: Any) -> None:
    alice = house.wires("dave")
    assert alice.ask("PROPFIND", "/drive/", Depth="0").status == 207
    house.command("account", "suspend", "dave")
    assert alice.ask("PROPFIND", "/drive/", Depth="0").status in (401, 403)
    house.command("account", "resume", "dave")
    assert alice.ask("PROPFIND", "/drive/", Depth="0").status == 207
    house.command("account", "passwd", "dave", "--password-stdin", stdin="a very new password")
    assert alice.ask("PROPFIND", "/drive/", Depth="0").status == 401


@pytest.mark.parametrize("how", ["path", "abstract"])
def test_serve_tells_systemd_when_it_is_ready(tmp_path: Path, how: str) -> None:
    data = tmp_path / "data"
    subprocess.run([PROGRAM, "init", "--domain", "example.test", "--data", data], check=True, capture_output=True)
    settings = data / "coserver.toml"
    text = settings.read_text().replace("# listen = ", "listen = ['127.0.0.1'] # ")
    for name, port in (("imap", 143), ("imaps", 993), ("smtp", 25), ("submission", 587), ("submissions", 465),
                       ("https", 443), ("status", 9090)):  # fmt: skip
        text = text.replace(f"# {name} = {port}\n", f"{name} = 0\n")
    settings.write_text(text)
    address = f"\0coserver-test-{os.getpid()}" if how == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(30)
        serving = subprocess.Popen(
            [PROGRAM, "serve", "--data", data], env={**os.environ, "NOTIFY_SOCKET": address.replace("\0", "@")},
            stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert systemd.recv(100) == b"READY=1"
        finally:
            serving.terminate()
            _, told = serving.communicate(timeout=10)
    assert serving.returncode == 0, told
    events = [line.split()[3] for line in told.decode().splitlines()]
    assert events[-3:] == ["started", "stopping", "stopped"]
    assert b" host=example.test listen=127.0.0.1 ports=" in told
