"""Signatures of mail that leaves, read by two verifiers of other people: dkimpy in Python and Mail::DKIM in Perl."""

import subprocess

import pytest

from coserver.mail import signing
from coserver.mail.signing import Key

HEAD = (
    b"Received: from x\r\n\tby y\r\nFrom: Alice <alice@example.test>\r\n"
    b"To: bob@elsewhere.test,\r\n carol@elsewhere.test\r\n"
    b"Subject:   one \t two  \r\nDate: Thu, 1 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
)
MESSAGES = {
    "plain": HEAD + b"Hello  \t Bob \r\n.\r\n\r\n-- \r\nAlice\r\n\r\n\r\n",
    "eight": HEAD.replace(b"one", "größer".encode()) + "Grüße\r\n".encode(),
    "empty": HEAD,
    "blank": HEAD + b"\r\n \t \r\n\r\n",
    "large": HEAD + b"a  line\t of text \r\n" * 60_000 + b"\r\n" * 30_000 + b"end\r\n",
    "repeated": HEAD.replace(b"MIME", b"To: dave@elsewhere.test\r\nX-To: nobody\r\nMIME") + b"text\r\n",
}
PYTHON = """
import dkim, sys
from pathlib import Path
record, *messages = map(Path, sys.argv[1:])
answer = lambda name, **_: record.read_bytes() if name == b"s1._domainkey.example.test." else None
print(" ".join("pass" if dkim.verify(each.read_bytes(), dnsfunc=answer) else "fail" for each in messages))
"""
PERL = """
use strict; use warnings; use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS;
my ($record, @messages) = map { local $/; open my $in, '<:raw', $_ or die; <$in> } @ARGV;
{ package Names; sub new { bless {}, shift }
  sub send { my ($self, $name, $type) = @_; my $packet = Net::DNS::Packet->new($name, $type);
    $packet->push(answer => Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => [$record =~ /.{1,255}/g]))
        if $name eq 's1._domainkey.example.test';
    return $packet; } }
Mail::DKIM::DNS::resolver(Names->new);
sub verdict { my $dkim = Mail::DKIM::Verifier->new; $dkim->PRINT(shift); $dkim->CLOSE; return $dkim->result; }
print join(' ', map { verdict($_) } @messages), "\n";
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The record of a key, then signed messages, then the same with something changed."""
    folder = tmp_path_factory.mktemp("dkim")
    key = Key("example.test", "s1", signing.secret())
    signed = {name: signing.signature(text, key, now=1_750_000_000) + text for name, text in MESSAGES.items()}
    changed = [
        signed["plain"].replace(b"Alice\r\n\r\n\r\n", b"Mallory\r\n"),
        signed["plain"].replace(b"Date:", b"Subject: another\r\nDate:"),
        signed["plain"].replace(b"Date:", b"List-Unsubscribe: <https://elsewhere.test/>\r\nDate:"),
        signed["plain"].replace(b"d=example.test", b"d=elsewhere.test"),
    ]
    texts = [signing.record(key.secret).encode(), *signed.values(), *changed]
    for at, text in enumerate(texts):
        (folder / f"{at:02}").write_bytes(text)
    return sorted(str(path) for path in folder.iterdir())


EXPECTED = ["pass"] * len(MESSAGES)


def verdicts(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout.split()


@pytest.mark.needs("/usr/lib/python3/dist-packages/dkim/__init__.py", "/usr/bin/python3")
def test_dkimpy_when_it_verifies_then_what_was_signed_passes_and_what_was_changed_fails(files: list[str]) -> None:
    """R24."""
    assert verdicts("/usr/bin/python3", "-c", PYTHON, *files) == [*EXPECTED, *["fail"] * 4]


@pytest.mark.needs("/usr/share/perl5/Mail/DKIM/Verifier.pm", "perl")
def test_mail_dkim_when_it_verifies_then_what_was_signed_passes_and_what_was_changed_fails(files: list[str]) -> None:
    """R24."""
    found = verdicts("perl", "-e", PERL, *files)
    assert found[: len(EXPECTED)] == EXPECTED
    assert "pass" not in found[len(EXPECTED) :]
    assert len(found) == len(EXPECTED) + 4
