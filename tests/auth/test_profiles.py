"""What people tell about themselves."""

from typing import Any

import pytest

from coserver.auth import profiles
from coserver.model.errors import Malformed
from coserver.model.principal import Profile


def test_put_when_told_then_kept_and_told_on(estate) -> None:
    """R52"""
    alice = estate.account("alice")
    told: list[Any] = []
    estate.store.subscribe(told.append)
    whole = Profile("Alice", "Example", "Example Ltd", "image/png", b"bytes")
    estate.store.write(lambda tx: profiles.put(tx, alice.id, whole))
    with estate.store.read() as tx:
        assert profiles.of(tx, alice.id) == whole
    assert [notice.principals for notice in told] == [{alice.id}]
    estate.store.write(lambda tx: profiles.put(tx, alice.id, Profile()))
    with estate.store.read() as tx:
        assert profiles.of(tx, alice.id) == Profile()


@pytest.mark.parametrize("text", ["x" * 201, "one\nline", "a\0b", "\x1b[2J"])
@pytest.mark.parametrize("field", ["first", "last", "organisation"])
def test_put_when_a_text_is_too_long_or_of_several_lines_then_malformed(estate, field: str, text: str) -> None:
    alice = estate.account("alice")
    with pytest.raises(Malformed, match="200 characters"):
        estate.store.write(lambda tx: profiles.put(tx, alice.id, Profile(**{field: text})))
