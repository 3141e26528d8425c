"""What was done with an account, to its owner."""

from collections.abc import Callable
from typing import Any

from tests.web.browser import Browser


def test_activity_when_somebody_else_was_in_the_account_then_it_stands_out(fronts: Callable[..., Any]) -> None:
    front = fronts()
    line = front.connect("127.0.0.9")
    assert line.request("PUT", "/drive/left%20by%20%3Ci%3E.txt", None, b"x").status == 201
    alice = Browser(front).log_in("alice").open("/account/activity")
    assert "added Documents" in alice.text
    assert "left by <i>.txt drive 127.0.0.9" in alice.text
    assert "<i>.txt" not in alice.answer.text
