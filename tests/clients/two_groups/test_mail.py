"""mbsync and neomutt of five people in two groups: `Groups/` and `Shared/`, to be read, written and lost again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs import imap
from tests.clients.programs.mbsync import Mbsync
from tests.clients.programs.neomutt import Neomutt
from tests.clients.programs.samples import message

pytestmark = pytest.mark.timeout(240)

ALICE = "Shared/alice@example.test"
CAROL = "Shared/carol@example.test"
OTHERS = "Groups* Shared*"
Home = Callable[[str], Path]


def ids(*numbers: int) -> set[str]:
    return {f"<{number}@example.net>" for number in numbers}


def filled(client: Mbsync) -> dict[str, set[str]]:
    """Mailbox -> Message-IDs, of those that hold something."""
    return {name: set(flags) for name, flags in client.held().items() if flags}


@pytest.mark.needs("mbsync")
@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("alice", {"Groups/team": ids(6, 7)}),
        ("bob", {"Groups/team": ids(6, 7), f"{ALICE}/Desk": ids(1, 2), f"{ALICE}/Shelf": ids(3, 4)}),
        ("carol", {"Groups/team": ids(6, 7), "Groups/choir": ids(8, 9), f"{ALICE}/Shelf": ids(3, 4)}),
        ("dave", {"Groups/choir": ids(8, 9)}),
        ("erin", {"Groups/choir": ids(8, 9)}),
    ],
)
def test_mbsync_when_each_of_five_looks_then_has_what_is_his_to_see(
    house: Any, home: Home, name: str, sees: dict[str, set[str]]
) -> None:
    """(R13, R16, R47, R48)"""
    client = Mbsync(house.demo, name, home(name), patterns=OTHERS)
    client.sync()
    found = filled(client)
    views = {mailbox: found.pop(mailbox) for mailbox in list(found) if mailbox.startswith(CAROL)}
    assert found == sees
    assert list(views.values()) == ([ids(10)] if name == "bob" else [])


@pytest.mark.needs("mbsync")
def test_mbsync_when_he_edits_then_what_he_adds_marks_and_deletes_is_so_for_the_others(house: Any, home: Home) -> None:
    """(R48, R57, S33)"""
    bob = Mbsync(house.demo, "bob", home("bob"), patterns=OTHERS)
    bob.sync()
    for mailbox, number in (("Groups/team", 20), (f"{ALICE}/Desk", 21)):
        bob.add(mailbox, message(number))
    bob.mark(f"{ALICE}/Desk", "<1@example.net>", "FS")
    bob.sync()
    with imap.connected(house.demo, "alice") as alice:
        assert imap.held(alice, "Groups/team").keys() == ids(6, 7, 20)
        assert imap.held(alice, "Desk") == {"<1@example.net>": "F", "<2@example.net>": "", "<21@example.net>": ""}
    for mailbox, number in (("Groups/team", 20), (f"{ALICE}/Desk", 21)):
        bob.file(mailbox, f"<{number}@example.net>").unlink()
    bob.sync()
    with imap.connected(house.demo, "alice") as alice:
        assert imap.held(alice, "Groups/team").keys() == ids(6, 7)
        assert imap.held(alice, "Desk").keys() == ids(1, 2)


@pytest.mark.needs("mbsync")
def test_mbsync_when_she_reads_then_adding_and_deleting_is_refused_and_seen_is_hers_alone(
    house: Any, home: Home
) -> None:
    """(R48, R57, S33)"""
    carol = Mbsync(house.demo, "carol", home("carol"), patterns=OTHERS)
    carol.sync()
    carol.mark("Groups/team", "<7@example.net>", "S")
    carol.file("Groups/team", "<6@example.net>").unlink()
    carol.file(f"{ALICE}/Shelf", "<3@example.net>").unlink()
    carol.add("Groups/choir", message(22))
    said = carol.sync(fails=None)
    assert "NO [NOPERM] You may read what alice@example.test shares here, but not delete" in said
    assert said.count("[NOPERM]") >= 3, said
    with imap.connected(house.demo, "alice") as alice, imap.connected(house.demo, "dave") as dave:
        assert imap.held(alice, "Groups/team").keys() == ids(6, 7)
        assert imap.held(alice, "Groups/team")["<7@example.net>"] == ""
        assert imap.held(alice, "Shelf").keys() == ids(3, 4, 5)
        assert imap.held(dave, "Groups/choir").keys() == ids(8, 9)
    with imap.connected(house.demo, "carol") as client:
        assert imap.held(client, "Groups/team")["<7@example.net>"] == "S"


@pytest.mark.needs("mbsync")
def test_mbsync_when_she_contributes_then_she_adds_and_deletes_her_own_alone(house: Any, home: Home) -> None:
    """(R57)"""
    erin = Mbsync(house.demo, "erin", home("erin"), patterns=OTHERS)
    erin.sync()
    erin.add("Groups/choir", message(23, size=150_000))  # no room for that in her own mailbox: the group's counts
    erin.sync()
    with imap.connected(house.demo, "dave") as dave:
        assert imap.held(dave, "Groups/choir").keys() == ids(8, 9, 23)
    erin.file("Groups/choir", "<23@example.net>").unlink()
    erin.file("Groups/choir", "<8@example.net>").unlink()
    assert "[NOPERM]" in erin.sync(fails=None)
    with imap.connected(house.demo, "dave") as dave:
        assert imap.held(dave, "Groups/choir").keys() == ids(8, 9)


@pytest.mark.needs("mbsync")
def test_mbsync_when_her_mailbox_is_full_then_she_reads_on_and_what_she_deletes_makes_room(
    house: Any, home: Home
) -> None:
    """(S15, S14)"""
    erin = Mbsync(house.demo, "erin", home("erin"), patterns="INBOX Sent")
    assert "ALERT" in erin.sync()
    assert erin.held() == {"INBOX": dict.fromkeys(ids(12, 13), ""), "Sent": {}}
    erin.add("Sent", message(24, size=150_000))
    assert "NO [OVERQUOTA]" in erin.sync(fails=None)
    large = erin.file("INBOX", "<13@example.net>")
    kept = large.read_bytes()
    large.unlink()
    erin.sync()
    erin.add("Sent", message(27, size=150_000))  # what was refused once, mbsync does not send again
    erin.sync()
    with imap.connected(house.demo, "erin") as client:
        assert imap.far_side(client)["INBOX"].keys() == ids(12)
        assert imap.held(client, "Sent").keys() == ids(27)
        client.select("Sent")
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
        imap.put(client, "INBOX", kept)


@pytest.mark.needs("mbsync")
def test_mbsync_when_things_are_taken_back_then_messages_and_mailboxes_go(house: Any, home: Home) -> None:
    """(R13, R15)"""
    bob = Mbsync(house.demo, "bob", home("bob"), patterns=OTHERS)
    with imap.connected(house.demo, "alice") as alice:
        alice.create("Lent")
        imap.put(alice, "Lent", message(25))
        uid = house.uid(alice, "Lent", 25)
    house.share("mail:Lent", "alice", "team", "edit", to="bob")
    bob.sync()
    assert bob.held()[f"{ALICE}/Lent"].keys() == ids(25)
    house.operate("item", "private", f"mail:Lent;UID={uid}", "--owner", "alice")
    bob.sync()
    assert bob.held()[f"{ALICE}/Lent"] == {}
    house.unshare("mail:Lent", "alice", "team", to="bob")
    bob.sync()
    assert f"{ALICE}/Lent" not in bob.held()
    assert f"{ALICE}/Desk" in bob.held()


@pytest.mark.needs("mbsync", "neomutt")
def test_mbsync_and_neomutt_when_a_member_is_removed_then_the_group_is_gone_for_her_alone(
    house: Any, home: Home
) -> None:
    """(R17)"""
    erin = Mbsync(house.demo, "erin", home("erin"), patterns=OTHERS)
    erin.sync()
    assert filled(erin) == {"Groups/choir": ids(8, 9)}
    with house.away("choir", "erin"):
        assert "far side box Groups/choir cannot be opened" in erin.sync()
        afresh = Mbsync(house.demo, "erin", home("erin") / "afresh", patterns=OTHERS)
        afresh.sync()
        assert afresh.held() == {}
        assert "message 8" not in Neomutt(house.demo, "erin", home("erin")).play("Groups/choir", "<quit>")
        assert "message 8" in Neomutt(house.demo, "carol", home("carol")).play("Groups/choir", "<quit>")


@pytest.mark.needs("neomutt")
def test_neomutt_when_five_people_work_then_each_does_what_he_may(house: Any, home: Home) -> None:
    """(R48, R57)"""
    with imap.connected(house.demo, "alice") as alice:
        imap.put(alice, "Groups/team", message(26))
    delete = "<last-entry><delete-message><sync-mailbox><quit>"
    for name in ("carol", "dave"):
        said = Neomutt(house.demo, name, home(name)).play("Groups/team", delete)
        assert ("message 26" in said) == (name == "carol")
        with imap.connected(house.demo, "alice") as alice:
            assert imap.held(alice, "Groups/team").keys() == ids(6, 7, 26)
    said = Neomutt(house.demo, "carol", home("carol")).play(f"{ALICE}/Shelf", delete)
    assert "Mailbox is unchanged" in said
    said = Neomutt(house.demo, "erin", home("erin")).play("Groups/choir", delete)
    assert "message 9" in said
    Neomutt(house.demo, "bob", home("bob")).play("Groups/team", delete)
    with imap.connected(house.demo, "alice") as alice, imap.connected(house.demo, "dave") as dave:
        assert imap.held(alice, "Groups/team").keys() == ids(6, 7)
        assert imap.held(alice, "Shelf").keys() == ids(3, 4, 5)
        assert imap.held(dave, "Groups/choir").keys() == ids(8, 9)
