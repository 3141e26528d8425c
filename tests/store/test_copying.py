"""What is still to be copied to members: durable, in order, and holding the bytes it names."""

import pytest

from coserver.groups import rights
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import blobs, collections, copying, doctor, items


@pytest.fixture
def kept(estate):
    """Two messages in the space of a group, both to be copied; their blobs."""
    alice = estate.account("alice")
    team = estate.group("team", alice)

    def job(tx):
        root = collections.root(tx, team.space, Tool.MAIL)
        found = []
        for text in (b"first", b"second"):
            new = items.New(estate.store.stage(text))
            charge = usage.charge(tx, team.space, Tool.MAIL, bytes=len(text), items=1)
            (item,) = items.add(tx, root, [new], grant=rights.house(tx, root, Right.ADD), charge=charge)
            copying.add(tx, team.space, item.blob, without=[7, 3])
            found.append(item.blob)
        return found

    return estate.store.write(job)


def _first(estate):
    with estate.store.read() as tx:
        return copying.first(tx)


def test_first_when_several_wait_then_the_oldest_until_it_is_finished(estate, kept):
    one = _first(estate)
    assert (one.blob, one.after, one.without) == (kept[0], 0, frozenset({3, 7}))
    estate.store.write(lambda tx: copying.advance(tx, one, 5))
    assert (_first(estate).blob, _first(estate).after) == (kept[0], 5)
    estate.store.write(lambda tx: copying.finish(tx, one))
    two = _first(estate)
    assert two.blob == kept[1]
    estate.store.write(lambda tx: copying.finish(tx, two))
    assert _first(estate) is None


def test_again_when_a_step_was_done_meanwhile_then_no(estate, kept):
    one = _first(estate)
    with estate.store.read() as tx:
        assert copying.again(tx, one)
    estate.store.write(lambda tx: copying.advance(tx, one, 5))
    with estate.store.read() as tx:
        assert not copying.again(tx, one)


def test_bytes_when_the_message_is_deleted_meanwhile_then_stay_until_finished(estate, kept):
    one = _first(estate)
    estate.store.write(lambda tx: blobs.release(tx, {kept[0]: 1}))
    with estate.store.read() as tx:
        assert blobs.open_(tx, kept[0]).read() == b"first"
    estate.store.write(lambda tx: blobs.hold(tx, {kept[0]: 1}))
    assert doctor.check(estate.store) == []
    estate.store.write(lambda tx: copying.finish(tx, one))
    assert doctor.check(estate.store) == []
