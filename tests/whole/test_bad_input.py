"""What goes wrong outside is told in plain words that say what to do; nothing is lost by it."""

import imaplib
import resource
import smtplib
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("coserver"))


def _run(*words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PROGRAM, *words], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


def _one_line(run: "subprocess.CompletedProcess[str]", status: int) -> str:
    """What a person reads: one line on stderr, no trace."""
    lines = [line for line in run.stderr.splitlines() if line.strip()]
    assert (run.returncode, len(lines)) == (status, 1), (run.returncode, run.stdout, run.stderr)
    assert "Traceback" not in run.stderr
    return lines[0]


# ---------------------------------------------------------------- logins


@pytest.mark.parametrize("login", ["alice", "nobody@example.test", "nobody@elsewhere.test", "", "a\x00b", "x" * 5000])
def test_login_when_unknown_or_wrong_is_refused_alike_on_every_protocol(standing, login):
    wires = standing.wires("alice")
    imap = imaplib.IMAP4_SSL("127.0.0.1", standing.demo.ports["imaps"], ssl_context=wires.tls(), timeout=30)
    standing.opened.append(imap)
    if "\x00" not in login:
        with pytest.raises(imaplib.IMAP4.error, match=r"AUTHENTICATIONFAILED|BAD|too long"):
            imap.login(login or '""', "not the password")
    smtp = smtplib.SMTP_SSL("127.0.0.1", standing.demo.ports["submissions"], context=wires.tls(), timeout=30)
    standing.opened.append(smtp)
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        smtp.login(login, "not the password")
    assert refused.value.smtp_code in {500, 501, 535}
    wires.login, wires.password = login, "not the password"
    answer = wires.ask("PROPFIND", "/dav/", Depth="0")
    assert answer.status in {400, 401}
    assert b"Traceback" not in answer.body


def test_feature_when_the_plan_lacks_it_is_refused_with_the_reason(house):
    """R30: in words, on every protocol."""
    plans = house.command("plan", "list", "--json").stdout
    assert '"imap"' in plans
    password = house.command("account", "app-password", "carol", "--service", "imap").stdout.strip().split()[-1]
    wires = house.wires("carol", password)
    assert wires.imap().select("INBOX")[0] == "OK"
    with pytest.raises(smtplib.SMTPAuthenticationError):
        wires.submission()
    assert wires.ask("PROPFIND", "/drive/", Depth="0").status in {401, 403}


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    "body",
    [b"this is no calendar", b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", b"\xff\xfe\x00" * 100],
)
def test_calendar_body_when_it_is_none_is_refused_and_not_kept(standing, body):
    alice = standing.wires("alice")
    path = f"/dav/{alice.login}/calendar/broken.ics"
    answer = alice.ask("PUT", path, body, Content_Type="text/calendar")
    assert answer.status in {400, 403, 415}
    assert b"Traceback" not in answer.body
    assert len(answer.body) > 10
    assert alice.ask("GET", path).status == 404


DAMAGED = [
    b"",
    b"no header at all",
    b"\x00\x01\x02\r\n\r\n\x00",
    b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n",
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 120,
    b"Subject: =?utf-8?B?////?=\r\nDate: never\r\nFrom: <<<>>>\r\n\r\nbody\r\n",
    b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=nowhere\r\n\r\n!!!!\r\n",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(DAMAGED)))
def test_message_when_damaged_is_kept_as_it_came_and_can_be_read(standing, number):
    imap = standing.wires("dave").imap()
    mailbox = f"damaged{number}"
    imap.create(mailbox)
    kind, data = imap.append(mailbox, None, None, DAMAGED[number])
    if not DAMAGED[number] or b"\x00" in DAMAGED[number]:
        assert kind in {"OK", "NO"}, data  # NUL needs literal8 (RFC 9051 4.3.1), an empty one may be refused
    else:
        assert kind == "OK", data
    if kind == "OK":
        imap.select(mailbox)
        _, found = imap.fetch("1", "(ENVELOPE BODYSTRUCTURE RFC822.SIZE)")
        assert found[0]
        _, found = imap.fetch("1", "(BODY.PEEK[])")
        assert found[0][1] == DAMAGED[number]
    assert imap.noop()[0] == "OK"


# ---------------------------------------------------------------- the disk


def test_disk_when_full_refuses_on_every_protocol_and_loses_nothing(house):
    alice = house.wires("alice")
    assert alice.ask("PUT", "/drive/before", b"kept" * 1000).status == 201
    imap = alice.imap()
    big = b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 1000
    resource.prlimit(house.demo.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    assert alice.ask("PUT", "/drive/during", b"y" * 900_000).status in {503, 507}
    kind, data = imap.append("INBOX", None, None, big)
    assert (kind, b"UNAVAILABLE" in data[0] or b"OVERQUOTA" in data[0]) == ("NO", True), data
    with alice.relay() as server:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused)) as refused:
            server.sendmail("bob@example.test", [alice.login], big)
        assert "45" in str(refused.value)
    assert alice.put_event("during").status in {503, 507}

    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(house.demo.process.pid, resource.RLIMIT_FSIZE, unlimited)
    assert alice.ask("GET", "/drive/before").body == b"kept" * 1000
    assert alice.ask("GET", "/drive/during").status == 404
    assert alice.ask("PUT", "/drive/after", b"y" * 900_000).status == 201
    assert imap.append("INBOX", None, None, big)[0] == "OK"
    house.demo.stop()
    assert _run("doctor", "--data", str(house.demo.data)).returncode == 0


# ---------------------------------------------------------------- starting


def test_start_when_a_port_is_in_use_names_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = _run("demo", "--data", str(tmp_path / "data"), "--port-base", str(port - 993))
    line = _one_line(run, 1)
    assert str(port) in line
    assert "--port-base" in line or "stop" in line.lower()


def test_start_when_the_folder_is_of_a_newer_version_says_so(tmp_path):
    data = tmp_path / "data"
    assert _run("init", "--data", str(data)).returncode == 0
    database = sqlite3.connect(data / "coserver.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    database.close()
    assert "newer version" in _one_line(_run("doctor", "--data", str(data)), 1)


@pytest.mark.parametrize("command", ["demo", "init", "doctor"])
def test_start_when_the_folder_cannot_be_written_says_what_to_do(command):
    line = _one_line(_run(command, "--data", "/proc/coserver-data"), 1)
    assert "/proc/coserver-data" in line
    assert "--data" in line


def test_start_when_the_folder_is_served_already_says_so(standing):
    run = _run("demo", "--data", str(standing.demo.data), "--port-base", "31000")
    assert "Stop it first" in _one_line(run, 1)


# ---------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["account", "show", "nobody"], 1),
        (["account", "passwd", "nobody", "--password-stdin"], 1),
        (["account", "add", "alice", "--password-stdin"], 1),
        (["account", "add", "postmaster", "--password-stdin"], 1),
        (["account", "add", "short", "--password-stdin"], 1),
        (["account", "add", "x@elsewhere.test", "--password-stdin"], 1),
        (["account", "delete", "alice"], 1),
        (["group", "add", "team", "--admin", "alice"], 1),
        (["group", "member", "add", "team", "nobody"], 1),
        (["group", "member", "remove", "team", "alice"], 1),
        (["group", "show", "nothing"], 1),
        (["group", "rights", "team", "bob", "documents", "everything"], 2),
        (["group", "rights", "team", "bob", "kitchen", "read"], 2),
        (["domain", "remove", "example.test"], 1),
        (["account", "app-password", "bob", "--service", "telnet"], 2),
        (["no-such-command"], 2),
    ],
)
def test_command_when_refused_says_why_in_one_line(standing, words, status):
    run = _run(
        *words, *([] if status == 2 and len(words) == 1 else ["--data", str(standing.demo.data)]), stdin="short\n"
    )
    assert run.returncode == status, (run.stdout, run.stderr)
    assert "Traceback" not in run.stderr
    if status == 1:
        _one_line(run, 1)
