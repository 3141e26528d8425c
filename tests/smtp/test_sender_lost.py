"""The outbox when the disk lost what it is to send."""

from collections.abc import Callable
from typing import Any

from tests.smtp.test_sender import DATA, HOUR, Peer, World, status_of


def test_sender_when_the_bytes_of_a_message_are_lost_then_its_sender_is_told_in_the_end_as_others_are(
    open_house: Callable[..., Any],
) -> None:
    """A disk that lost one message keeps neither its sender in the dark nor the notices behind it from theirs."""
    peer = Peer(script={"RCPT": ["550 5.1.1 nobody"]})
    here = World(open_house(), mx=peer)
    here.add("lost@one.test", data=DATA + b"x" * 100_000 + b"\r\n")
    for segment in list(here.house.store.files.segments()):
        here.house.store.files.remove_segment(segment)
    here.drain(peer)
    assert here.told() == []
    here.house.clock.seconds += (here.house.config.smtp.give_up_hours + 1) * HOUR
    here.add("nobody@two.test")
    here.drain(peer)
    here.drain(peer)
    assert sorted(status_of(one)["Final-Recipient"] for one in here.told()) == [
        "rfc822; lost@one.test",
        "rfc822; nobody@two.test",
    ]
    assert here.count() == {}
