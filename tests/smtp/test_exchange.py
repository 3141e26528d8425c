"""The SASL exchanges, without a socket."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.smtp import replies
from coserver.smtp.exchange import Credentials, exchange
from coserver.smtp.replies import Reply


def run(mechanism: str, initial: bytes | None, *lines: bytes) -> tuple[Credentials | Reply, list[bytes]]:
    """The outcome, and the challenges that were given."""
    steps, challenges = exchange(mechanism, initial), []
    answers = iter(lines)
    try:
        challenges.append(next(steps))
        while True:
            challenges.append(steps.send(next(answers)))
    except StopIteration as ended:
        return ended.value, challenges


def plain(*parts: str) -> bytes:
    return b64encode("\0".join(parts).encode())


def test_plain_when_sent_at_once_or_after_a_challenge_then_gives_the_credentials() -> None:
    wanted = Credentials("alice", "secret")
    assert run("PLAIN", plain("", "alice", "secret")) == (wanted, [])
    assert run("PLAIN", None, plain("", "alice", "secret")) == (wanted, [b""])
    assert run("PLAIN", plain("Alice", "alice", "secret")) == (wanted, [])


def test_login_when_run_then_asks_for_name_and_password() -> None:
    wanted = Credentials("alice", "secret")
    assert run("LOGIN", None, b64encode(b"alice"), b64encode(b"secret")) == (wanted, [b"Username:", b"Password:"])
    assert run("LOGIN", b64encode(b"alice"), b64encode(b"secret")) == (wanted, [b"Password:"])


@pytest.mark.parametrize(
    ("initial", "answer"),
    [
        (plain("bob", "alice", "secret"), replies.FOREIGN_IDENTITY),
        (b"*", replies.AUTH_ABORTED),
        (b"=", replies.BAD_CREDENTIALS),
        (b"not base64!", replies.BAD_BASE64),
        (b64encode(b"alice"), replies.BAD_CREDENTIALS),
        (plain("", "", "secret"), replies.BAD_CREDENTIALS),
        (plain("", "alice", ""), replies.BAD_CREDENTIALS),
        (b64encode(b"\0\xff\0a"), replies.BAD_CREDENTIALS),
        (plain("", "a" * 2000, "b"), replies.BAD_CREDENTIALS),
    ],
)
def test_plain_when_wrong_then_is_answered(initial: bytes, answer: Reply) -> None:
    assert run("PLAIN", initial) == (answer, [])


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from(["PLAIN", "LOGIN"]))
def test_exchange_when_given_anything_then_ends_in_credentials_or_a_reply(
    first: bytes, second: bytes, mechanism: str
) -> None:
    for lines in ((first, second), (b64encode(first), b64encode(second))):
        outcome, _ = run(mechanism, None, *lines)
        assert isinstance(outcome, Credentials | Reply)


def test_credentials_when_shown_then_hide_the_password() -> None:
    assert "secret" not in repr(Credentials("alice", "secret"))
