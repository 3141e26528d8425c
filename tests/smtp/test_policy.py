"""Who may send what to whom."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import standing
from coserver.mail import addresses, domains
from coserver.mail.addresses import Kind
from coserver.model.plan import Feature
from coserver.model.principal import State, Who
from coserver.model.space import Tool
from coserver.quota import subscriptions, usage
from coserver.smtp import policy, replies
from coserver.smtp.envelope import Origin, Recipient, Role
from coserver.smtp.parameters import RecipientParameters
from coserver.smtp.paths import NULL, Path, forward_path, mailbox
from coserver.smtp.replies import Reply


@pytest.fixture
def alice(lasting_house: Any) -> Who:
    with lasting_house.store.read() as tx:
        found = accounts.find(tx, "alice")
    return Who(found.id, found.login, Feature.SMTP, found.epoch)


@pytest.fixture
def judged(lasting_house: Any) -> Callable[..., Recipient | Reply]:
    def judge(to: str, role: Role = Role.RELAY, size: int | None = None) -> Recipient | Reply:
        with lasting_house.store.read() as tx:
            return policy.recipient(tx, Origin(role), forward_path(to), RecipientParameters(), size=size)

    return judge


@pytest.mark.parametrize("sender", ["alice@example.test", "ALICE@EXAMPLE.TEST", "alice+tag@example.test", ""])
def test_sender_when_it_is_an_own_address_or_none_then_may(lasting_house: Any, alice: Who, sender: str) -> None:
    with lasting_house.store.read() as tx:
        assert policy.sender(tx, alice, mailbox(sender) if sender else NULL) is None


@pytest.mark.parametrize("sender", ["bob@example.test", "alice@elsewhere.test", "nobody@example.test"])
def test_sender_when_it_is_not_an_own_address_then_may_not(lasting_house: Any, alice: Who, sender: str) -> None:
    with lasting_house.store.read() as tx:
        assert policy.sender(tx, alice, mailbox(sender)) == replies.SENDER_NOT_YOURS
        assert policy.sender(tx, alice, Path("alice", "")) == replies.SENDER_NOT_YOURS


def test_sender_when_the_password_has_changed_since_then_must_log_in_again(lasting_house: Any, alice: Who) -> None:
    older = Who(alice.account, alice.login, alice.service, alice.epoch - 1)
    with lasting_house.store.read() as tx:
        assert policy.sender(tx, older, mailbox("alice@example.test")) == replies.LOG_IN_AGAIN


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        (b"From: Alice <alice@example.test>\r\n\r\n", None),
        (b"From: alice@example.test, alice+a@example.test\r\n\r\n", None),
        (b"From: alice@example.test, bob@example.test\r\n\r\n", replies.FROM_NOT_YOURS),
        (b"From: alice@example.test\r\nFrom: bob@example.test\r\n\r\n", replies.FROM_NOT_YOURS),
        (b"From: not an address\r\n\r\n", replies.FROM_NOT_YOURS),
        (b"From: alice@example.test\r\nSender: bob@example.test\r\n\r\n", replies.FROM_NOT_YOURS),
        (b" From: bob@example.test\r\nFrom: alice@example.test\r\n\r\n", replies.FROM_NOT_YOURS),
        (b"From: alice@example.test\r\nSender: alice@example.test\r\n\r\n", None),
        (b"From: " + b"alice@example.test, " * 101 + b"\r\n\r\n", replies.FROM_NOT_YOURS),
        (b"Sender: alice@example.test\r\n\r\n", replies.NO_FROM),
    ],
)
def test_author_when_judged_then_every_from_must_be_an_own_address(
    lasting_house: Any, alice: Who, head: bytes, verdict: Reply | None
) -> None:
    with lasting_house.store.read() as tx:
        assert policy.author(tx, alice, head) == verdict


@pytest.mark.parametrize("role", list(Role))
def test_recipient_when_elsewhere_then_only_a_submission_is_taken(judged: Callable[..., Any], role: Role) -> None:
    verdict = judged("friend@elsewhere.test", role)
    if role is Role.SUBMISSION:
        assert (verdict.route, str(verdict.path)) == (None, "friend@elsewhere.test")
    else:
        assert verdict == replies.RELAY_DENIED


@pytest.mark.parametrize("to", ["bob@example.test", "Bob+x@Example.Test"])
def test_recipient_when_ours_then_has_a_route(judged: Callable[..., Any], to: str) -> None:
    assert judged(to).route == judged("bob@example.test").route is not None


def test_recipient_when_larger_than_the_room_left_then_is_refused(judged: Callable[..., Any]) -> None:
    assert judged("dave@example.test", size=999_999).route is not None
    assert judged("dave@example.test", size=1_000_001) == replies.FULL


def test_postmaster_when_of_any_domain_of_ours_then_is_delivered(house: Any) -> None:
    """A domain without a postmaster of its own has that of the standard domain (RFC 5321 4.5.1)."""
    house.store.write(lambda tx: domains.add(tx, "second.test"))
    with house.store.read() as tx:
        for to in ("postmaster", "postmaster@example.test", "Postmaster@second.test"):
            verdict = policy.recipient(tx, Origin(Role.RELAY), forward_path(to), RecipientParameters(), size=None)
            assert isinstance(verdict, Recipient), to
            assert verdict.route is not None
            assert verdict.route.principal == accounts.find(tx, "alice").id
        verdict = policy.recipient(
            tx, Origin(Role.RELAY), forward_path("x@second.test"), RecipientParameters(), size=None
        )
        assert verdict == replies.UNKNOWN_RECIPIENT


def test_sender_when_an_alias_is_added_then_may_use_it(house: Any) -> None:
    def job(tx: Any) -> Who:
        found = accounts.find(tx, "alice")
        addresses.add(tx, found.id, "sales", "example.test", kind=Kind.ALIAS)
        return Who(found.id, found.login, Feature.SMTP, found.epoch)

    who = house.store.write(job)
    with house.store.read() as tx:
        assert policy.sender(tx, who, mailbox("sales@example.test")) is None
        assert policy.author(tx, who, b"From: sales@example.test\r\n\r\n") is None


@pytest.mark.parametrize(
    ("state", "reply"),
    [
        (State.PENDING, replies.UNKNOWN_RECIPIENT),  # R21: nobody has shown yet that it is his
        (State.SUSPENDED, replies.SUSPENDED),
        (State.LAPSED, replies.SUSPENDED),  # C1: put off, since he may come back
        (State.CLOSED, replies.CLOSED),  # S24
    ],
)
def test_recipient_when_the_account_is_not_in_force_then_refused_as_its_state_asks_for(
    house: Any, state: State, reply: Reply
) -> None:
    with house.store.read() as tx:
        bob = accounts.find(tx, "bob").id
    house.store.write(lambda tx: standing.set_state(tx, bob, state))
    with house.store.read() as tx:
        for role in Role:
            found = policy.recipient(
                tx, Origin(role), forward_path("bob@example.test"), RecipientParameters(), size=None
            )
            assert found == reply
    assert (replies.SUSPENDED.code // 100, str(replies.CLOSED)[:9]) == (4, "550 5.2.1")


def test_sender_when_the_account_is_not_in_force_then_must_log_in_again(house: Any) -> None:
    with house.store.read() as tx:
        bob = accounts.find(tx, "bob")
    house.store.write(lambda tx: standing.set_state(tx, bob.id, State.CLOSED))
    who = Who(bob.id, bob.login, Feature.SMTP, bob.epoch + 1)
    with house.store.read() as tx:
        assert policy.sender(tx, who, mailbox("bob@example.test")) == replies.LOG_IN_AGAIN


def test_recipient_when_over_limit_by_a_smaller_plan_then_taken_then_put_off_then_refused(house: Any) -> None:
    """S1: mail is taken for 7 days, then 452 4.2.2, and from the 30th day on 552 5.2.2."""

    def shrink(tx: Any) -> None:
        carol = accounts.find(tx, "carol")
        usage.charge(tx, carol.space, Tool.MAIL, bytes=2_000_000, items=1)
        subscriptions.subscribe(tx, carol.id, "small")

    house.store.write(shrink)
    start = house.store.clock.seconds
    told = []
    for days in (0, 6.9, 7, 29.9, 30):
        house.store.clock.seconds = start + days * 86_400
        with house.store.read() as tx:
            told.append(
                policy.recipient(
                    tx, Origin(Role.RELAY), forward_path("carol@example.test"), RecipientParameters(), size=9
                )
            )
    assert [type(each) for each in told[:2]] == [Recipient, Recipient]
    assert [str(each)[:9] for each in told[2:]] == ["452 4.2.2", "452 4.2.2", "552 5.2.2"]


def test_recipient_when_the_domain_was_removed_then_it_is_put_off_and_nobody_sends_as_it(open_house: Any) -> None:
    """S27: for 30 days the sender keeps trying; whether there was such an address is not told."""
    house = open_house()
    house.store.write(lambda tx: domains.add(tx, "corp.test"))

    def give(tx: Any) -> Who:
        found = accounts.find(tx, "alice")
        addresses.add(tx, found.id, "al", "corp.test", kind=Kind.ALIAS)
        return Who(found.id, found.login, Feature.SMTP, found.epoch)

    who = house.store.write(give)

    def replies_to(*names: str) -> list[Any]:
        with house.store.read() as tx:
            paths = [forward_path(f"{name}@corp.test") for name in names]
            return [policy.recipient(tx, Origin(Role.RELAY), path, RecipientParameters(), size=None) for path in paths]

    assert isinstance(replies_to("al")[0], Recipient)
    house.store.write(lambda tx: domains.remove(tx, "corp.test"))
    assert replies_to("al", "nobody") == [replies.SUSPENDED] * 2
    assert bytes(replies.SUSPENDED).startswith(b"450 4.2.1 ")
    with house.store.read() as tx:
        assert policy.sender(tx, who, mailbox("al@corp.test")) == replies.SENDER_NOT_YOURS
        assert policy.author(tx, who, b"From: al@corp.test\r\n\r\n") == replies.FROM_NOT_YOURS
    house.store.write(lambda tx: domains.restore(tx, "corp.test"))
    assert isinstance(replies_to("al")[0], Recipient)
    house.store.write(lambda tx: domains.remove(tx, "corp.test"))
    house.clock.seconds += 30 * 86_400
    house.store.write(domains.sweep)
    assert replies_to("al") == [replies.RELAY_DENIED]
