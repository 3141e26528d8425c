"""Codes of a device."""

import pytest

from coserver.auth import totp

SECRET = b"12345678901234567890"  # RFC 6238 appendix B, whose codes have eight digits: ours are the last six


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_code_when_of_the_vectors_of_the_standard_then_theirs(seconds: int, code: str) -> None:
    assert totp.code(SECRET, seconds * 1000) == code


def test_step_when_code_is_of_now_or_beside_then_found_and_else_not() -> None:
    now = 1_234_567_890_000
    here = now // 30_000
    for beside in (-1, 0, 1):
        assert totp.step_of(SECRET, totp.code(SECRET, now + beside * 30_000), now) == here + beside
    for wrong in (
        totp.code(SECRET, now + 60_000),
        totp.code(SECRET, now - 60_000),
        "",
        "00592",
        "0059244",
        "\ud800",
        "é",
    ):
        assert totp.step_of(SECRET, wrong, now) is None


def test_secret_when_made_then_long_and_readable_for_people_and_programs() -> None:
    secret = totp.make()
    assert len(secret) == 20
    assert secret != totp.make()
    assert totp.spoken(SECRET) == "gezd gnbv gy3t qojq gezd gnbv gy3t qojq"
    told = totp.address(SECRET, "alice@example.test", "example.test")
    assert told.startswith("otpauth://totp/example.test:alice%40example.test?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in told
