"""The plan by the portal: what it gives, at once when it changes (R29-R32)."""

from collections.abc import Callable
from typing import Any

from coserver.accounts import accounts, plan_changes
from tests.web.browser import Browser


def test_plan_when_looked_at_then_beside_the_others_and_a_change_counts_at_once(fronts: Callable[..., Any]) -> None:
    front = fronts()
    alice = Browser(front).log_in("alice").open("/account/plan")
    assert "Your plan: Demo" in alice.text
    assert "1 GB" in alice.text
    assert "postmaster@example.test" in alice.text

    def change(tx: Any) -> None:
        who = accounts.find(tx, "alice").id
        plan_changes.override(tx, who, "documents_bytes", 7_000_000)

    front.store.write(change)
    alice.open("/account/plan")
    assert "0 bytes of 7 MB" in alice.text
    assert "Something was agreed with you beside the plan" in alice.text
