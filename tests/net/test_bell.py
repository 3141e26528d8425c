"""The bell: whoever asked for a space or a principal hears of it, once, in order, on the reactor."""

from typing import Any

import pytest

from coserver.model.change import Notice
from coserver.model.ids import CollectionId, Modseq, PrincipalId, SpaceId
from coserver.net.bell import Bell


def notice(space: int | None, modseq: int = 1, principals: tuple[int, ...] = ()) -> Notice:
    return Notice(
        None if space is None else SpaceId(space),
        Modseq(modseq),
        frozenset({CollectionId(1)}),
        frozenset(PrincipalId(one) for one in principals),
    )


@pytest.fixture
def bell(loop: Any) -> Bell:
    return Bell(loop)


def test_a_listener_hears_of_its_spaces_in_order_and_of_no_others(bell: Bell, loop: Any) -> None:
    heard: list[Notice] = []
    bell.listen(heard.append, spaces=[SpaceId(1), SpaceId(2)])
    for told in (notice(1, 5), notice(3, 1), notice(2, 7), notice(1, 6)):
        bell.ring(told)
    assert heard == []
    assert loop.turn() == 1, "one turn of the reactor for all of a group commit"
    assert [one.modseq for one in heard] == [5, 7, 6]


def test_a_listener_that_asked_twice_over_hears_a_notice_once(bell: Bell, loop: Any) -> None:
    heard: list[Notice] = []
    bell.listen(heard.append, spaces=[SpaceId(1)], account=PrincipalId(9), groups=[PrincipalId(8)])
    bell.ring(notice(1, principals=(8, 9)))
    loop.turn()
    assert len(heard) == 1


def test_a_listener_hears_of_its_account_and_groups(bell: Bell, loop: Any) -> None:
    heard: list[Notice] = []
    bell.listen(heard.append, account=PrincipalId(9), groups=[PrincipalId(8)])
    for told in (notice(None, principals=(9,)), notice(5, principals=(8,)), notice(5, principals=(7,))):
        bell.ring(told)
    loop.turn()
    assert len(heard) == 2


def test_a_listener_that_stopped_hears_no_more_and_leaves_nothing_behind(bell: Bell, loop: Any) -> None:
    heard: list[Notice] = []
    stop = bell.listen(heard.append, spaces=[SpaceId(1)], account=PrincipalId(9))
    stop()
    stop()
    bell.ring(notice(1, principals=(9,)))
    loop.turn()
    assert heard == []
    assert (bell._by_space, bell._by_principal) == ({}, {})


def test_a_listener_that_fails_does_not_silence_the_others(bell: Bell, loop: Any, caplog: Any) -> None:
    def fail(_: Notice) -> None:
        raise ValueError("broken")

    heard: list[Notice] = []
    for one in (fail, heard.append, fail):
        bell.listen(one, spaces=[SpaceId(1)])
    bell.ring(notice(1))
    loop.turn()
    assert len(heard) == 1
    assert caplog.text.count("listener-failed") == 2


def test_a_listener_may_stop_others_and_listen_anew_while_it_is_called(bell: Bell, loop: Any) -> None:
    heard: list[str] = []

    def first(_: Notice) -> None:
        heard.append("first")
        stop()
        bell.listen(lambda _: heard.append("second"), spaces=[SpaceId(1)])

    stop = bell.listen(first, spaces=[SpaceId(1)])
    bell.ring(notice(1))
    loop.turn()
    bell.ring(notice(1))
    loop.turn()
    assert heard == ["first", "second"]
