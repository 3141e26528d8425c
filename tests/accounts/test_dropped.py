"""Letters about what was left in drop folders (S12)."""

import pytest

from coserver.accounts import dropped
from coserver.accounts.upkeep import upkeep
from coserver.auth import preferences, standing
from coserver.auth.preferences import Preferences
from coserver.documents import files, folders, moving
from coserver.documents.terms import Terms
from coserver.mail import mailboxes
from coserver.model.letter import LetterKind
from coserver.model.principal import State
from coserver.store import blobs, lookup


@pytest.fixture
def people(estate):
    made = {name: estate.account(name, "demo") for name in ("alice", "bob", "carol")}
    estate.group("team", *made.values())
    return made


def _drop(estate, who, to, name, data=b"x"):
    path = ("Drop", f"{to}@example.test", name)
    staged = estate.store.stage(data)
    estate.store.write(lambda tx: files.put(tx, who.id, path, staged, stamp=0, terms=Terms()))


def _letters(estate, account):
    with estate.store.read() as tx:
        inbox = mailboxes.find(tx, account.id, "INBOX").collection
        found = [blobs.open_(tx, item.blob).read().decode() for item in lookup.list_(tx, inbox.id)]
    return [each.partition("Content-Type: text/html")[0] for each in found]


def test_round_when_files_were_left_then_one_letter_names_them_once(estate, people, office):
    _drop(estate, people["alice"], "bob", "a.txt")
    _drop(estate, people["alice"], "bob", "a.txt", b"saved again")
    _drop(estate, people["carol"], "bob", "a.txt")
    upkeep(office.house)
    (letter,) = _letters(estate, people["bob"])
    assert "Subject: 2 files were left for you" in letter
    assert "  a.txt    from alice@example.test" in letter
    assert "  a (2).txt    from carol@example.test" in letter
    assert dropped.round_(estate.store) == 0
    assert len(_letters(estate, people["bob"])) == 1
    assert _letters(estate, people["alice"]) == []
    _drop(estate, people["alice"], "bob", "b.txt")
    assert dropped.round_(estate.store) == 1
    assert "A file was left for you" in _letters(estate, people["bob"])[1]


def test_round_when_it_is_gone_already_or_nobody_is_there_then_no_letter(estate, people):
    _drop(estate, people["alice"], "bob", "a.txt")
    _drop(estate, people["alice"], "carol", "a.txt")
    estate.store.write(lambda tx: folders.remove(tx, people["bob"].id, ("Received",), Terms()))
    estate.store.write(lambda tx: standing.set_state(tx, people["carol"].id, State.SUSPENDED))
    assert dropped.round_(estate.store) == 0
    estate.store.write(lambda tx: standing.set_state(tx, people["carol"].id, State.ACTIVE))
    assert dropped.round_(estate.store) == 0  # its time is over


def test_round_when_the_recipient_moved_it_before_then_told_by_its_present_name(estate, people):
    _drop(estate, people["alice"], "bob", "a.txt")
    source, target = ("Received", "a.txt"), ("mine.txt",)
    estate.store.write(lambda tx: moving.move(tx, people["bob"].id, source, target, Terms()))
    assert dropped.round_(estate.store) == 1
    assert "  mine.txt    from alice@example.test" in _letters(estate, people["bob"])[0]


def test_round_when_many_came_then_the_letter_stays_short(estate, people):
    for number in range(25):
        _drop(estate, people["alice"], "bob", f"f{number}")
    assert dropped.round_(estate.store) == 1
    (letter,) = _letters(estate, people["bob"])
    assert letter.count("from alice@example.test") == 20
    assert "and 5 more" in letter


def test_round_when_the_owner_does_without_then_no_letter_and_none_later(estate, people):
    bob = people["bob"].id
    without = Preferences(unwanted=frozenset({LetterKind.DROPPED}))
    estate.store.write(lambda tx: preferences.put(tx, bob, without))
    _drop(estate, people["alice"], "bob", "a.txt")
    assert dropped.round_(estate.store) == 0
    estate.store.write(lambda tx: preferences.put(tx, bob, Preferences()))
    assert dropped.round_(estate.store) == 0  # its time is over
    _drop(estate, people["alice"], "bob", "b.txt")
    assert dropped.round_(estate.store) == 1
