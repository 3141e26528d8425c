"""The mail of a group by the portal: its address, who may write, copies, and what waits to be let out."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.groups import members
from coserver.mail import addresses, delivery, held
from coserver.mail.delivery import Fate
from coserver.mail.delivery import Post as Posted
from coserver.mail.prepared import prepare
from tests.web.pages.in_groups import browsers, made

LETTER = b"From: <x@elsewhere.test>\r\nSubject: May I come?\r\n\r\nHello.\r\n"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    made(front, "chess", "alice", "bob")
    return front


def address(front: Any) -> str:
    with front.store.read() as tx:
        found = addresses.of_group(tx, members.find(tx, "chess").id)
    return "" if found is None else str(found)


def test_address_when_given_then_told_to_members_and_taken_away_again(front: Any) -> None:
    alice, bob = browsers(front, "alice", "bob")
    assert "The group has no mail address." in bob.open("/groups/chess/mail").text
    alice.open("/groups/chess/mail").send("/groups/chess/mail/address")
    assert address(front) == "chess@example.test"
    assert "chess@example.test" in bob.open("/groups/chess").text
    alice.post("/groups/chess/mail/address", {**alice.form("/groups/chess/mail/address").fields, "none": "1"})
    assert address(front) == ""
    alice.open("/groups/chess/mail").send("/groups/chess/mail/address", address="other@example.test")
    assert alice.status == 403
    assert alice.form("/groups/chess/mail/address").fields["address"] == "other@example.test"
    mark = bob.open("/groups/chess/mail").form("/groups/chess/mail/copies").fields["mark"]
    bob.post("/groups/chess/mail/address", {"mark": mark, "address": ""})
    assert bob.status == 403


def test_copies_when_turned_off_then_for_this_member_alone(front: Any) -> None:
    alice, bob = browsers(front, "alice", "bob")
    bob.open("/groups/chess/mail").send("/groups/chess/mail/copies")
    assert "You get no copy in your INBOX." in bob.text
    assert "You get a copy in your INBOX as well." in alice.open("/groups/chess/mail").text
    bob.send("/groups/chess/mail/copies")
    assert "You get a copy in your INBOX as well." in bob.text


def test_posting_when_changed_by_who_manages_then_kept_and_by_others_not(front: Any) -> None:
    alice, bob = browsers(front, "alice", "bob")
    alice.open("/groups/chess/mail").send("/groups/chess/mail/posting", posting="moderated")
    assert alice.form("/groups/chess/mail/posting").fields["posting"] == "moderated"
    mark = bob.open("/groups/chess/mail").form("/groups/chess/mail/copies").fields["mark"]
    bob.post("/groups/chess/mail/posting", {"mark": mark, "posting": "anyone"})
    assert bob.status == 403
    alice.send("/groups/chess/mail/posting", posting="emperor")
    assert alice.status == 400


def test_held_letter_when_there_is_one_then_let_out_or_deleted_by_who_manages(front: Any) -> None:
    alice, bob = browsers(front, "alice", "bob")

    def come() -> int:
        made = prepare(front.store.stage(LETTER))

        def job(tx: Any) -> None:
            group = members.find(tx, "chess")
            writer = accounts.find(tx, "bob").id
            delivery.deliver(tx, [group.id], made, posts={group.id: Posted(made, Fate.HELD, writer)})

        front.store.write(job)
        with front.store.read() as tx:
            return int(held.listed(tx, members.find(tx, "chess").space)[-1].uid or 0)

    first, second = come(), come()
    alice.open("/groups/chess/mail")
    assert f"Letter {first}" in alice.text
    assert "Letter" not in bob.open("/groups/chess/mail").text
    alice.send(f"/groups/chess/mail/held/{first}/release").send(f"/groups/chess/mail/held/{second}/discard")
    assert "Letter" not in alice.text
    mark = bob.form("/groups/chess/mail/copies").fields["mark"]
    bob.post(f"/groups/chess/mail/held/{come()}/release", {"mark": mark})
    assert bob.status == 403
    alice.post(
        f"/groups/chess/mail/held/{first}/release", {"mark": alice.form("/groups/chess/mail/copies").fields["mark"]}
    )
    assert alice.status == 404
