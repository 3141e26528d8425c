"""Domains of an organisation by the portal: claimed, proved, compared with the DNS, and their addresses (R26)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import organisations, zones
from coserver.mail import addresses, claims
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, number
from tests.web.pages.in_organisations import founded

AT = "/organisations/club/domains"
HOST = f"{AT}/club.test"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    founded(front, "club", "alice", "bert")
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice").open(AT)


def publish(front: Any, host: str) -> None:
    with front.store.read() as tx:
        wanted = claims.find(tx, organisations.find(tx, "club").id, host)
    front.world.zone[wanted.place, "TXT"] = (wanted.proof,)


def test_domain_when_claimed_then_proved_by_the_record_that_the_page_shows(front: Any, alice: Browser) -> None:
    """R26."""
    alice.send(AT, domain="Corp.Test")
    assert "_coserver-challenge.corp.test" in alice.text
    assert "coserver-verification=" in alice.text
    alice.send(f"{AT}/check", domain="corp.test")
    assert "The record is not there yet." in alice.text
    publish(front, "corp.test")
    alice.send(f"{AT}/check", domain="corp.test")
    assert "The domain is proved" in alice.text
    assert alice.open(f"{AT}/corp.test").status == 200
    assert "domain proved" in alice.open(AT).text


@pytest.mark.parametrize(
    ("typed", "status"), [("club.test", 409), ("example.test", 409), ("word", 400), ("<b>.test", 400), ("", 400)]
)
def test_domain_when_it_cannot_be_claimed_then_said_why(alice: Browser, typed: str, status: int) -> None:
    alice.send(AT, domain=typed)
    assert alice.status == status
    assert alice.form(AT).fields["domain"] == typed


def test_claim_when_withdrawn_then_gone_and_another_ones_is_not_to_be_had(front: Any, alice: Browser) -> None:
    alice.send(AT, domain="corp.test")
    founded(front, "firm", "bob")
    (bob,) = browsers(front, "bob")
    mark = bob.open("/organisations/firm/domains").form("/organisations/firm/domains").fields["mark"]
    for deed in ("check", "withdraw"):
        bob.post(f"/organisations/firm/domains/{deed}", {"mark": mark, "domain": "corp.test"})
        assert bob.status == 404
    bob.post("/organisations/firm/domains/club.test/remove", {"mark": mark})
    assert bob.status == 404
    alice.send(f"{AT}/withdraw", domain="corp.test")
    assert "corp.test" not in alice.text.partition("Lately")[0]


def test_records_when_compared_then_each_says_whether_it_stands_in_the_dns(front: Any, alice: Browser) -> None:
    alice.open(HOST)
    wanted = zones.records(front.house, "club.test")
    right = next(each for each in wanted if each.kind == "MX")
    front.world.zone[right.name, "MX"] = (right.value,)
    front.world.zone["_dmarc.club.test", "TXT"] = ("v=DMARC1; p=<script>",)
    alice.send(f"{HOST}/compare")
    assert f"right {right.name} MX" in alice.text
    assert "differs v=DMARC1; p=<script> _dmarc.club.test" in alice.text  # as text
    assert "missing" in alice.text
    front.world.silent = True
    alice.send(f"{HOST}/compare")
    assert "no answer" in alice.text


def test_key_when_made_anew_then_used_once_its_record_is_seen(front: Any, alice: Browser) -> None:
    alice.open(HOST).send(f"{HOST}/rotate")
    assert "The new key is made." in alice.text
    for each in zones.records(front.house, "club.test"):
        front.world.zone[each.name, each.kind] = (each.value,)
    alice.send(f"{HOST}/rotate")
    assert "Mail is signed with the new key." in alice.text


def test_domain_when_removed_then_rests_and_comes_back(alice: Browser) -> None:
    """S27."""
    alice.send(f"{HOST}/remove")
    assert "removed; its addresses are gone" in alice.text
    assert alice.open(HOST).status == 404
    alice.open(AT).send(f"{HOST}/restore")
    assert alice.open(HOST).status == 200


def test_address_when_given_then_its_mail_goes_there_until_it_is_taken_away(front: Any, alice: Browser) -> None:
    alice.open(HOST).send(f"{HOST}/address", local="Sales", login="bert@club.test")
    assert "sales@club.test alias bert@club.test" in alice.text
    assert leads(front, "sales") == number(front, "bert@club.test")
    alice.send(f"{HOST}/address", local="sales", login="alice")
    assert alice.status == 409
    alice.send(f"{HOST}/address/remove", local="sales")
    assert leads(front, "sales") is None
    alice.send(f"{HOST}/address", local="sales", login="bob")  # none of its users
    assert alice.status == 403


def test_catch_all_when_set_then_unknown_names_reach_its_reader(front: Any, alice: Browser) -> None:
    alice.open(HOST).send(f"{HOST}/catch-all", reader="bert@club.test")
    assert leads(front, "whoever") == number(front, "bert@club.test")
    assert alice.form(f"{HOST}/catch-all").fields["reader"] == "bert@club.test"
    alice.send(f"{HOST}/catch-all", reader="")
    assert "is refused now" in alice.text
    assert leads(front, "whoever") is None


def leads(front: Any, local: str) -> int | None:
    with front.store.read() as tx:
        return addresses.resolve(tx, local, "club.test")


def test_names_when_they_are_asked_for_then_on_threads_that_nothing_else_waits_for(
    front: Any, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name servers that are silent hold up nobody's mail."""
    run, taken = front.outward.run, []

    def counted(*args: Any, **kw: Any) -> Any:
        taken.append(args[0])
        return run(*args, **kw)

    monkeypatch.setattr(front.outward, "run", counted)
    alice.open(HOST)
    assert not taken
    alice.send(f"{HOST}/compare").send(f"{HOST}/rotate")
    mark = alice.form(f"{HOST}/rotate").fields["mark"]
    alice.post(f"{AT}/check", {"mark": mark, "domain": "corp.test"})
    assert len(taken) == 3
