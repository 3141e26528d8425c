"""What is held for a moderated group: seen by its administrator alone, let out by moving it."""

import pytest

from coserver.accounts import group_mail
from coserver.groups import members, presets
from coserver.mail import delivery, held, mailboxes, messages, rows, sights
from coserver.mail.delivery import Fate, Post
from coserver.mail.prepared import prepare
from coserver.mail.rows import EVERY
from coserver.model.errors import Denied, Missing, NoRoom
from coserver.model.principal import Role
from coserver.model.rights import Preset, Privacy
from coserver.model.space import Tool
from coserver.store import copying, doctor, journal

TEXT = b"Return-Path: <>\r\nList-Id: team <team.example.test>\r\nSubject: x\r\n\r\ntext\r\n"
HELD = "Groups/team/Held"


@pytest.fixture
def team(estate):
    """Alice administers it, bob is a co-administrator, carol may change everything in its mail; one message is held."""
    alice, bob, carol = (estate.account(name, "demo") for name in ("alice", "bob", "carol"))
    made = estate.group("team", alice, bob, carol)

    def job(tx):
        members.set_role(tx, made.id, bob.id, role=Role.COADMINISTRATOR)
        presets.give(tx, made.id, carol.id, tool=Tool.MAIL, preset=Preset.EDIT)
        group_mail.set_address(tx, "team")

    estate.store.write(job)
    estate.people = {"alice": alice, "bob": bob, "carol": carol}
    _hold(estate, made)
    return made


def _hold(estate, team, author="carol"):
    prepared = prepare(estate.store.stage(TEXT))
    made = {team.id: Post(prepared, Fate.HELD, estate.people[author].id)}
    return estate.store.write(lambda tx: delivery.deliver(tx, [team.id], prepared, posts=made))


def _uids(estate, name, mailbox):
    with estate.store.read() as tx:
        account = estate.people[name].id
        return rows.uids(tx, sights.of(tx, account, mailboxes.find(tx, account, mailbox).collection))


def _copying(estate):
    with estate.store.read() as tx:
        return copying.first(tx)


def _take(estate, name, deed):
    def job(tx):
        account = estate.people[name].id
        here = mailboxes.find(tx, account, HELD).collection
        return deed(tx, account, here, EVERY, mailboxes.find(tx, account, "Groups/team").collection)

    return estate.store.write(job)


def test_held_when_looked_at_then_only_the_administrator_sees_it(estate, team):
    """S19; C11: the mailbox itself is seen by all, what is in it is withheld as private things are."""
    assert [_uids(estate, name, HELD) for name in estate.people] == [[1], [], []]
    with estate.store.read() as tx:
        (item,) = held.listed(tx, team.space)
    assert (item.privacy, item.author) == (Privacy.PRIVATE, None)
    assert _copying(estate) is None


@pytest.mark.parametrize("deed", [messages.move, messages.copy])
def test_held_when_the_administrator_takes_it_to_the_archive_then_it_is_let_out(estate, team, deed):
    """Natively, in a mail program that can move, and in one that only copies."""
    assert len(_take(estate, "alice", deed)) == 1
    assert [_uids(estate, name, "Groups/team") for name in estate.people] == [[1], [1], [1]]
    errand = _copying(estate)
    assert (errand.space, errand.after) == (team.space, 0)
    with estate.store.read() as tx:
        assert "mail released" in [act.kind for act in journal.listed(tx, team.space)]
    assert doctor.check(estate.store) == []


@pytest.mark.parametrize("name", ["bob", "carol"])
def test_held_when_another_member_tries_then_nothing_is_let_out(estate, team, name):
    """Not even by who wrote it and may change everything in the group's mail."""
    assert _take(estate, name, messages.move) == []
    assert _copying(estate) is None


def test_held_when_it_is_moved_elsewhere_then_stays_withheld(estate, team):
    def job(tx):
        alice = estate.people["alice"].id
        other = mailboxes.create(tx, alice, "Groups/team/Odd").collection
        messages.move(tx, alice, mailboxes.find(tx, alice, HELD).collection, EVERY, other)

    estate.store.write(job)
    assert [_uids(estate, name, "Groups/team/Odd") for name in estate.people] == [[1], [], []]
    assert _copying(estate) is None


def test_release_when_asked_by_who_manages_then_let_out_and_by_others_refused(estate, team):
    people = {name: account.id for name, account in estate.people.items()}
    with pytest.raises(Denied):
        estate.store.write(lambda tx: group_mail.release(tx, "team", 1, by=people["carol"]))
    with pytest.raises(Missing, match="No message 7"):
        estate.store.write(lambda tx: group_mail.release(tx, "team", 7))
    estate.store.write(lambda tx: group_mail.release(tx, "team", 1, by=people["bob"]))
    assert [_uids(estate, name, "Groups/team") for name in estate.people] == [[1], [1], [1]]
    assert _copying(estate) is not None


@pytest.mark.parametrize("preset", [Preset.EDIT, Preset.CONTRIBUTE])
@pytest.mark.parametrize("deed", [messages.move, messages.copy])
def test_held_when_a_member_takes_out_what_he_put_there_then_nobody_gets_a_copy(estate, team, deed, preset):
    """S19: moderation is not passed by an APPEND, under whatever name, nor shown to who decides as if it were held."""
    carol = estate.people["carol"].id

    def job(tx):
        presets.give(tx, team.id, carol, tool=Tool.MAIL, preset=preset)
        new = messages.NewMessage(prepare(estate.store.stage(b"From: alice@example.test\r\n" + TEXT)))
        messages.append(tx, carol, mailboxes.find(tx, carol, HELD).collection, [new])

    estate.store.write(job)
    with estate.store.read() as tx:
        assert [item.uid for item in held.listed(tx, team.space)] == [1]
    with pytest.raises(Missing, match="No message 2"):
        estate.store.write(lambda tx: group_mail.release(tx, "team", 2))
    assert len(_take(estate, "carol", deed)) == 1
    assert _copying(estate) is None


def test_held_when_a_member_moves_old_mail_there_and_back_then_it_is_not_copied_again(estate, team):
    _take(estate, "alice", messages.move)
    estate.store.write(lambda tx: copying.finish(tx, copying.first(tx)))
    carol = estate.people["carol"].id

    def job(tx):
        here, archive = (mailboxes.find(tx, carol, name).collection for name in (HELD, "Groups/team"))
        messages.move(tx, carol, archive, EVERY, here)
        messages.move(tx, carol, here, EVERY, archive)

    estate.store.write(job)
    assert _copying(estate) is None


@pytest.mark.parametrize("again", ["copy", "release"])
def test_held_when_two_let_it_out_then_members_get_one_copy(estate, team, again):
    """S19: mail programs that copy leave it there, for a second who decides, or for the same one once more."""
    _take(estate, "alice", messages.copy)
    if again == "copy":
        _take(estate, "alice", messages.copy)
    else:
        estate.store.write(lambda tx: group_mail.release(tx, "team", 1, by=estate.people["bob"].id))
    assert _uids(estate, "carol", "Groups/team") == [1, 2]
    estate.store.write(lambda tx: copying.finish(tx, copying.first(tx)))
    assert _copying(estate) is None
    assert doctor.check(estate.store) == []


def test_discard_when_asked_then_gone_with_its_room(estate, team):
    estate.store.write(lambda tx: group_mail.discard(tx, "team", 1))
    with estate.store.read() as tx:
        assert held.listed(tx, team.space) == []
    assert _copying(estate) is None
    assert doctor.check(estate.store) == []


def test_mailbox_when_it_is_full_then_no_room_and_when_deleted_then_made_again(estate, team, monkeypatch):
    monkeypatch.setattr(held, "MOST", 1)
    (refused,) = _hold(estate, team)
    assert isinstance(refused.refusal, NoRoom)
    estate.store.write(lambda tx: mailboxes.remove(tx, estate.people["alice"].id, HELD))
    (kept,) = _hold(estate, team)
    assert kept.item is not None


def test_mailbox_when_somebody_uses_its_name_then_gets_another(estate, team):
    def job(tx):
        alice = estate.people["alice"].id
        mailboxes.rename(tx, alice, HELD, to="Groups/team/Elsewhere")
        mailboxes.create(tx, alice, HELD)

    estate.store.write(job)
    _hold(estate, team)
    assert _uids(estate, "alice", "Groups/team/Elsewhere") == [1, 2]
    estate.store.write(lambda tx: mailboxes.remove(tx, estate.people["alice"].id, "Groups/team/Elsewhere"))
    _hold(estate, team)
    assert _uids(estate, "alice", "Groups/team/Held (2)") == [1]


def test_append_when_a_member_puts_a_message_into_the_archive_then_it_is_no_post(estate, team):
    """S19: what comes by IMAP lies there, and nobody gets a copy."""

    def job(tx):
        alice = estate.people["alice"].id
        archive = mailboxes.find(tx, alice, "Groups/team").collection
        new = messages.NewMessage(prepare(estate.store.stage(TEXT)))
        messages.append(tx, alice, archive, [new])
        other = messages.append(tx, alice, mailboxes.inbox(tx, alice), [new])
        messages.move(tx, alice, mailboxes.inbox(tx, alice), [(other[0].uid, other[0].uid)], archive)

    estate.store.write(job)
    assert _uids(estate, "bob", "Groups/team") == [1, 2]
    assert _copying(estate) is None
