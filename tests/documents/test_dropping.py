"""Dropping files for others: whose room it takes, how large, and what becomes of names (R51, S11, S12)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.auth import standing
from coserver.documents import dropping, files, folders, paths
from coserver.documents.terms import Terms
from coserver.groups import leaving, members
from coserver.model.errors import Denied, Exists, Locked, Missing, NoRoom
from coserver.model.principal import State
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import spaces

BOX = "Drop/bob@example.test"


def _limit(shelf: Any) -> int:
    with shelf.store.read() as tx:
        limit: int = usage.room(tx, spaces.of(tx, shelf.bob).id, Tool.DOCUMENTS).bytes_limit
    return limit


def _used(shelf: Any, who: Any) -> int:
    with shelf.store.read() as tx:
        used: int = usage.room(tx, spaces.of(tx, who).id, Tool.DOCUMENTS).bytes
    return used


def test_put_when_dropped_then_the_recipient_is_charged_and_the_sender_the_author(shelf: Any) -> None:
    item, made = shelf.put(f"{BOX}/f", b"12345")
    assert made
    assert item.author == shelf.alice
    assert (_used(shelf, shelf.alice), _used(shelf, shelf.bob)) == (0, 5)
    assert shelf.bytes("Received/f", who=shelf.bob) == b"12345"
    assert not shelf.put(f"{BOX}/f", b"1")[1]
    assert _used(shelf, shelf.bob) == 1
    shelf.remove(f"{BOX}/f")
    assert _used(shelf, shelf.bob) == 0


def test_admit_when_larger_than_a_tenth_of_the_capacity_then_no_room_and_no_figures(shelf: Any) -> None:
    """(S11) The refusal tells nothing of what the recipient has or may have."""
    limit = _limit(shelf)
    tenth = limit // dropping.PART
    assert shelf.read(files.admit, f"{BOX}/f", Terms(), size=tenth).most == tenth
    for size in (tenth + 1, limit + 1):
        with pytest.raises(NoRoom) as caught:
            shelf.read(files.admit, f"{BOX}/f", Terms(), size=size)
        assert caught.value.text == dropping.FULL
        assert not any(character.isdigit() for character in caught.value.text)
    admission = shelf.read(files.admit, f"{BOX}/f", Terms(), size=None)
    assert (admission.most, admission.limit, admission.full) == (tenth, tenth, dropping.FULL)


def test_put_when_larger_than_a_tenth_then_no_room_by_every_way(own_shelf: Any, monkeypatch: Any) -> None:
    shelf = own_shelf
    large = b"x" * 2000
    shelf.put("large", large)
    shelf.put(f"{BOX}/small", b"x")
    monkeypatch.setattr(dropping, "PART", _limit(shelf) // 1000)
    for deed in (
        lambda: shelf.put(f"{BOX}/f", large),
        lambda: shelf.put(f"{BOX}/small", large),
        lambda: shelf.copy("large", f"{BOX}/f"),
        lambda: shelf.move("large", f"{BOX}/f"),
    ):
        with pytest.raises(NoRoom, match="Please ask whom it is for"):
            deed()
    assert shelf.listing("Received", who=shelf.bob) == ["small"]
    assert shelf.bytes("large") == large


def test_put_when_the_recipient_is_full_then_no_room_without_his_figures(own_shelf: Any, monkeypatch: Any) -> None:
    """(S11)"""
    shelf = own_shelf
    monkeypatch.setattr(usage, "limits", lambda _plan, _tool: (1000, 3))
    shelf.put("mine", b"x" * 950, who=shelf.bob)
    shelf.put("more", b"x" * 11)
    for deed in (
        lambda: shelf.put(f"{BOX}/f", b"x" * 51),
        lambda: shelf.read(files.admit, f"{BOX}/f", Terms(), size=51),
    ):
        with pytest.raises(NoRoom) as caught:
            deed()
        assert caught.value.text == dropping.FULL
    shelf.put(f"{BOX}/f", b"x" * 40)
    with pytest.raises(NoRoom, match="Please ask whom it is for"):
        shelf.copy("more", f"{BOX}/g")
    assert shelf.listing("Received", who=shelf.bob) == ["f"]


def test_put_when_two_come_under_one_name_then_both_are_kept(shelf: Any) -> None:
    """(S12) Both were admitted before either was there."""
    for who in (shelf.alice, shelf.erin):
        shelf.read(files.admit, f"{BOX}/scan.pdf", Terms(), size=1, who=who)
    shelf.put(f"{BOX}/scan.pdf", b"a")
    shelf.put(f"{BOX}/scan.pdf", b"c", who=shelf.erin)
    assert shelf.listing("Received", who=shelf.bob) == ["scan (2).pdf", "scan.pdf"]
    assert shelf.bytes(f"{BOX}/scan.pdf") == b"a"
    assert shelf.bytes(f"{BOX}/scan.pdf", who=shelf.erin) == b"c"


def test_put_when_received_is_a_file_or_was_renamed_then_another_folder(shelf: Any) -> None:
    shelf.put("Received", b"a file of that name", who=shelf.bob)
    shelf.put(f"{BOX}/f")
    assert shelf.bytes("Received (2)/f", who=shelf.bob) == b"hello"
    shelf.move("Received (2)", "Old", who=shelf.bob)
    shelf.put(f"{BOX}/g")
    assert shelf.bytes("Received (2)/g", who=shelf.bob) == b"hello"
    assert shelf.listing(BOX) == ["f", "g"]  # the first lies where it was left, whatever that is called now
    shelf.remove("Old", who=shelf.bob)
    assert shelf.listing(BOX) == ["g"]


def test_put_when_the_recipient_locked_the_folder_then_locked(shelf: Any) -> None:
    shelf.put(f"{BOX}/f")
    shelf.lock("Received", who=shelf.bob)
    for name in ("f", "g"):
        with pytest.raises(Locked):
            shelf.put(f"{BOX}/{name}", b"again")


def test_make_when_in_a_drop_folder_then_denied_whatever_is_there(shelf: Any) -> None:
    shelf.put(f"{BOX}/f")
    with pytest.raises(Denied, match="Only files"):
        shelf.make(f"{BOX}/new")
    with pytest.raises(Exists):
        shelf.make(f"{BOX}/f")
    with pytest.raises(paths.Orphan):
        shelf.put(f"{BOX}/f/g")
    with pytest.raises(Denied, match="You gave this away"):
        shelf.withhold(f"{BOX}/f")


def test_copy_when_a_private_file_is_dropped_then_open_to_those_the_recipient_shares_with(shelf: Any) -> None:
    shelf.put("f")
    shelf.withhold("f")
    shelf.copy("f", f"{BOX}/f")
    assert int(shelf.read(paths.lookup, "Received/f", who=shelf.bob).item.privacy) == 0


def test_room_when_asked_of_a_drop_folder_then_nothing_is_shown(shelf: Any) -> None:
    spot = shelf.read(paths.lookup, BOX)
    assert spot.virtual
    assert spot.folder is None


def test_listing_when_many_were_dropped_under_one_name_then_names_are_found_soon(shelf: Any) -> None:
    for number in range(40):
        shelf.put(f"{BOX}/scan.pdf", b"x")
        shelf.move("Received/scan.pdf", f"Received/scan ({number + 2}).pdf", who=shelf.bob)
    shelf.put("Received/scan.pdf", b"own", who=shelf.bob)
    shelf.put(f"{BOX}/scan.pdf", b"last")
    assert shelf.bytes("Received/scan (42).pdf", who=shelf.bob) == b"last"


NAMES = st.sampled_from(["a.txt", "a (2).txt", "b", "é.pdf"])
DEEDS = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "rename", "read", "take"]), st.integers(0, 1), NAMES, NAMES),
    max_size=12,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DEEDS)
def test_deeds_when_two_senders_and_the_recipient_act_then_each_sees_his_own_alone(shelf: Any, deeds: Any) -> None:
    """(R51, S12) Against a model: what each sender sees, and that the recipient loses nothing."""
    shelf.write(_clear, "", who=shelf.bob)
    senders = (shelf.alice, shelf.erin)
    seen: list[dict[str, bytes]] = [{}, {}]
    taken: list[bytes] = []
    for number, (deed, which, name, other) in enumerate(deeds):
        who, mine = senders[which], seen[which]
        data = str(number).encode()
        if deed == "put":
            shelf.put(f"{BOX}/{name}", data, who=who)
            mine[name] = data
        elif deed == "remove" and name in mine:
            shelf.remove(f"{BOX}/{name}", who=who)
            del mine[name]
        elif deed == "rename" and name in mine and name != other:
            shelf.move(f"{BOX}/{name}", f"{BOX}/{other}", who=who)
            mine[other] = mine.pop(name)
        elif deed == "take" and name in mine:
            (kept,) = (one for one in _received(shelf) if shelf.bytes(f"Received/{one}", who=shelf.bob) == mine[name])
            shelf.move(f"Received/{kept}", f"taken {number}", who=shelf.bob)
            taken.append(mine.pop(name))
        elif deed == "read" and name not in mine:
            with pytest.raises(Missing):
                shelf.bytes(f"{BOX}/{name}", who=who)
        for sender, own in zip(senders, seen, strict=True):
            assert {one: shelf.bytes(f"{BOX}/{one}", who=sender) for one in shelf.listing(BOX, who=sender)} == own
    there = [shelf.bytes(f"Received/{one}", who=shelf.bob) for one in _received(shelf)]
    assert sorted(there) == sorted([*seen[0].values(), *seen[1].values()])
    assert _used(shelf, shelf.bob) == sum(map(len, [*there, *taken]))


def _received(shelf: Any) -> list[str]:
    return shelf.listing("Received", who=shelf.bob) if "Received" in shelf.listing(who=shelf.bob) else []


def _clear(tx: Any, account: Any, _names: Any) -> None:
    for spot in folders.members(tx, account, paths.lookup(tx, account, ())):
        if not spot.virtual and spot.parent is not None:
            folders.clear(tx, account, spot, spot.parent)


def test_need_drop_when_the_sender_left_the_group_then_missing_and_his_deposits_stay(own_shelf: Any) -> None:
    """(S7)"""
    shelf = own_shelf
    shelf.put(f"{BOX}/f")
    with shelf.store.read() as tx:
        team = members.find(tx, "team").id
    shelf.store.write(lambda tx: members.hand_over(tx, team, shelf.bob))
    shelf.store.write(lambda tx: leaving.remove(tx, team, shelf.alice))
    with pytest.raises(Missing):
        shelf.bytes(f"{BOX}/f")
    with pytest.raises(Missing):
        shelf.put(f"{BOX}/f")
    assert shelf.bytes("Received/f", who=shelf.bob) == b"hello"


@pytest.mark.parametrize("state", [State.SUSPENDED, State.CLOSED, State.PENDING, State.LAPSED])
def test_put_when_the_recipient_can_receive_nothing_then_there_is_no_such_folder_until_he_can(
    own_shelf: Any, state: State
) -> None:
    """(R51, S24) What was left for him before is shown again when his account is active."""
    shelf = own_shelf
    shelf.put(f"{BOX}/f")
    shelf.store.write(lambda tx: standing.set_state(tx, shelf.bob, state))
    assert shelf.listing("Drop") == ["erin@example.test"]
    for deed in (shelf.put, shelf.bytes, shelf.remove):
        with pytest.raises(Missing, match="Nothing can be left for this member now"):
            deed(f"{BOX}/f")
    with pytest.raises(Missing):
        shelf.move("Drop/bob@example.test/f", "mine")
    shelf.store.write(lambda tx: standing.set_state(tx, shelf.bob, State.ACTIVE))
    assert shelf.listing("Drop") == ["bob@example.test", "erin@example.test"]
    assert shelf.listing(BOX) == ["f"]
    assert not shelf.put(f"{BOX}/f", b"again")[1]
