"""The journal of a space: what is written of an act, what is not, how long, and that it goes with its space."""

import pytest

from coserver.accounts import closure
from coserver.clock import milliseconds
from coserver.groups import rights, shares
from coserver.groups.shares import Offer, Target
from coserver.mail import messages
from coserver.mail.prepared import prepare
from coserver.model.act import ActKind, Actor, Way
from coserver.model.errors import Denied
from coserver.model.item import Flag
from coserver.model.rights import Preset, Privacy, Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import acting, collections, housekeeping, items, journal, spaces
from coserver.store.schema.store import act


@pytest.fixture
def alice(estate):
    return estate.account("alice")


def actor(account, way=Way.WEBDAV, peer="192.0.2.1"):
    return Actor(account.id, account.login, way, peer)


def told(estate, account):
    with estate.store.read() as tx:
        acts = journal.listed(tx, account.space, most=1000)
    return [(one.kind, one.what, one.detail, one.count) for one in acts if one.kind is not ActKind.MADE]


def inside(tx, account, tool=Tool.DOCUMENTS):
    root = collections.root(tx, account.space, tool)
    return root, rights.need(tx, account.id, root, Right.ADD | Right.DELETE_ANY | Right.EDIT_ANY)


def put(estate, account, *names, privacy=None, data=b"x"):
    staged = estate.store.stage(data)

    def job(tx):
        root, grant = inside(tx, account)
        new = [items.New(staged, name=name, privacy=privacy, author=account.id) for name in names]
        room = usage.charge(tx, account.space, Tool.DOCUMENTS, bytes=len(data) * len(names), items=len(names))
        return items.add(tx, root, new, grant=grant, charge=room)

    return estate.store.write(job)


def append(estate, account, count, *, arriving=False):
    new = [messages.NewMessage(prepare(estate.store.stage(b"Subject: not to be told\r\n\r\n")))] * count

    def job(tx):
        root = collections.root(tx, account.space, Tool.MAIL)
        inbox = collections.find(tx, root.id, "INBOX")
        grant = rights.house(tx, inbox, Right.ADD) if arriving else rights.need(tx, account.id, inbox, Right.ADD)
        return messages.keep(tx, inbox, new, grant=grant, author=None if arriving else account.id)

    return estate.store.write(job)


def test_act_when_an_account_puts_a_file_tells_who_what_when_where_and_by_which_way(estate, alice):
    with acting.by(actor(alice)):
        put(estate, alice, "plan.txt")
    with estate.store.read() as tx:
        one = journal.listed(tx, alice.space)[-1]
    assert one.actor == actor(alice)
    assert (one.kind, one.tool, one.what, one.count) == (ActKind.ADDED, Tool.DOCUMENTS, "plan.txt", 1)
    assert one.at == milliseconds(estate.clock)


def test_act_when_many_are_touched_at_once_is_one_row_with_a_count_and_no_content(estate, alice):
    with acting.by(actor(alice, Way.IMAP)):
        append(estate, alice, 1000)
    assert told(estate, alice) == [(ActKind.ADDED, "INBOX/1", "", 1000)]


def test_act_when_the_house_itself_does_it_or_mail_arrives_is_not_written(estate, alice):
    put(estate, alice, "by-the-house")
    for somebody in (Actor(None, "", Way.SMTP, "192.0.2.9"), acting.OPERATOR):
        with acting.by(somebody):
            append(estate, alice, 1, arriving=True)
    assert told(estate, alice) == []


def test_act_when_flags_are_set_is_not_written(estate, alice):
    made = append(estate, alice, 2)

    def job(tx):
        inbox = collections.get(tx, made[0].collection)
        grant = rights.need(tx, alice.id, inbox, Right.SEEN)
        items.mark(tx, inbox, [(one, Flag.SEEN, "") for one in made], grant=grant)

    with acting.by(actor(alice, Way.IMAP)):
        estate.store.write(job)
    assert told(estate, alice) == []


def test_act_when_the_item_is_private_does_not_name_it(estate, alice):
    with acting.by(actor(alice)):
        put(estate, alice, "secret-plan", privacy=Privacy.PRIVATE)
    assert told(estate, alice) == [(ActKind.ADDED, "", "", 1)]


def test_act_when_a_private_item_is_shared_by_itself_does_not_name_it(estate, alice):
    """R13: whom it was shared with is told, and not what."""
    team = estate.group("team", alice)
    (made,) = put(estate, alice, "secret-plan", privacy=Privacy.PRIVATE)

    target = Target(estate.store.write(lambda tx: inside(tx, alice)[0]), made)
    with acting.by(actor(alice)):
        estate.store.write(lambda tx: shares.add(tx, alice.id, target, Offer(team.id, None, Preset.READ)))
        estate.store.write(lambda tx: shares.remove(tx, alice.id, target, through=team.id, to=None))
    assert [row[:2] for row in told(estate, alice)] == [(ActKind.SHARED, ""), (ActKind.UNSHARED, "")]


def test_act_when_the_deed_fails_is_not_written(estate, alice):
    def job(tx):
        root, grant = inside(tx, alice)
        collections.add(tx, root, "a", grant=grant)
        raise Denied("Not this.")

    with acting.by(actor(alice)), pytest.raises(Denied):
        estate.store.write(job)
    assert told(estate, alice) == []


def test_act_when_collections_are_made_renamed_and_removed_tells_their_paths(estate, alice):
    def deep(tx):
        root, grant = inside(tx, alice)
        a = collections.add(tx, root, "a", grant=grant)
        b = collections.add(tx, a, "b", grant=rights.need(tx, alice.id, a, Right.ADD))
        moved = collections.rename(tx, b, parent=root, name="c", grant=rights.need(tx, alice.id, b, Right.DELETE_ANY))
        gone = rights.need(tx, alice.id, moved, Right.DELETE_ANY)
        collections.remove(
            tx, moved, grant=gone, charge=usage.charge(tx, alice.space, Tool.DOCUMENTS, bytes=0, items=0)
        )

    with acting.by(actor(alice)):
        estate.store.write(deep)
    assert told(estate, alice) == [
        (ActKind.ADDED, "a/", "", 1),
        (ActKind.ADDED, "a/b/", "", 1),
        (ActKind.MOVED, "a/b/", "c/", 1),
        (ActKind.REMOVED, "c/", "", 1),
    ]


def test_act_when_a_file_is_moved_and_renamed_tells_both_ends(estate, alice):
    (made,) = put(estate, alice, "one")

    def job(tx):
        root, grant = inside(tx, alice)
        below = collections.add(tx, root, "below", grant=grant)
        (renamed,) = items.move(tx, [made], items.Place(root, grant), items.Place(root, grant), names=["two"])
        items.move(
            tx, [renamed], items.Place(root, grant), items.Place(below, rights.need(tx, alice.id, below, Right.ADD))
        )

    with acting.by(actor(alice)):
        estate.store.write(job)
    found = told(estate, alice)
    assert (ActKind.RENAMED, "one", "two", 1) in found
    assert (ActKind.MOVED, "two", "below/two", 1) in found


def test_journal_when_a_tx_touches_very_many_places_stays_bounded(estate, alice):
    def job(tx):
        root, grant = inside(tx, alice)
        for number in range(300):
            collections.add(tx, root, f"f{number}", grant=grant)

    with acting.by(actor(alice)):
        estate.store.write(job)
    found = told(estate, alice)
    assert len(found) <= acting.MOST + 1
    assert sum(count for *_, count in found) == 300


def test_journal_when_it_is_too_long_or_old_is_trimmed(estate, alice, monkeypatch):
    monkeypatch.setattr(journal, "MOST", 5)
    with acting.by(actor(alice)):
        for number in range(8):
            put(estate, alice, f"f{number}")
    housekeeping.keep_house(estate.store)
    assert [what for _, what, _, _ in told(estate, alice)] == [f"f{number}" for number in range(3, 8)]
    estate.clock.seconds += journal.DAYS * 86_400 + 1
    with acting.by(actor(alice)):
        put(estate, alice, "young")
    housekeeping.keep_house(estate.store)
    assert [what for _, what, _, _ in told(estate, alice)] == ["young"]


def test_journal_when_its_account_is_erased_goes_and_elsewhere_its_name_and_address_do(estate, alice):
    """S24, S7."""
    bob = estate.account("bob")
    with acting.by(actor(bob)):
        put(estate, bob, "own")
        estate.store.write(
            lambda tx: journal.record(tx, alice.space, ActKind.SHARED, detail=" through team", whom=bob.id)
        )
    estate.store.write(lambda tx: closure.erase(tx, bob.id, rest_days=0))
    with estate.store.read() as tx:
        rows = tx.execute(act.select()).mappings().all()
    mine = [row for row in rows if row["kind"] == ActKind.SHARED]
    assert {row["space_id"] for row in rows} == {alice.space}
    assert [(row["actor"], row["peer"], row["detail"], row["actor_id"]) for row in mine] == [("", "", "", bob.id)]


def test_actor_when_named_outside_counts_inside_only():
    somebody = Actor(None, "x", Way.IMAP)
    with acting.by(somebody):
        assert acting.current() is somebody
    assert acting.current() is acting.HOUSE


def test_way_when_calendars_and_contacts_share_a_path_is_that_of_the_tool(estate, alice):
    with acting.by(actor(alice, Way.CALDAV)):
        estate.store.write(
            lambda tx: collections.add(
                tx, collections.root(tx, alice.space, Tool.CONTACTS), "book", role="VCARD",
                grant=rights.need(tx, alice.id, collections.root(tx, alice.space, Tool.CONTACTS), Right.ADD),
            )
        )  # fmt: skip
    with estate.store.read() as tx:
        one = journal.listed(tx, alice.space)[-1]
    assert one.actor.way is Way.CARDDAV


def test_act_when_a_message_is_made_private_and_public_again_tells_it(estate, alice):
    (made,) = append(estate, alice, 1)
    with acting.by(actor(alice, Way.IMAP)):
        hidden = estate.store.write(lambda tx: messages.withhold(tx, alice.id, made, Privacy.PRIVATE))
        estate.store.write(lambda tx: messages.withhold(tx, alice.id, hidden, Privacy.OPEN))
    assert [(kind, what) for kind, what, _, _ in told(estate, alice)] == [
        (ActKind.WITHHELD, "INBOX/"),
        (ActKind.OPENED, "INBOX/1"),
    ]


def test_collection_when_its_properties_change_tells_which_but_not_of_one_just_made(estate, alice):
    def make(tx):
        root, grant = inside(tx, alice, Tool.CALENDAR)
        made = collections.add(tx, root, "work", grant=grant)
        collections.set_property(tx, made, "D:displayname", "secret", grant=rights.need(tx, alice.id, made, Right.ADD))
        return made

    def change(tx):
        grant = rights.need(tx, alice.id, work, Right.EDIT_ANY)
        for value in ("more secret", None):
            collections.set_property(tx, work, "D:displayname", value, grant=grant)
        collections.set_property(tx, work, "colour", "red", grant=grant)

    with acting.by(actor(alice, Way.CALDAV)):
        work = estate.store.write(make)
        estate.store.write(change)
    assert told(estate, alice) == [
        (ActKind.ADDED, "work/", "", 1),
        (ActKind.CHANGED, "work/", "D:displayname", 2),
        (ActKind.CHANGED, "work/", "colour", 1),
    ]


def test_acts_when_asked_for_by_kind_then_these_alone_latest_first(estate, alice):
    for kind in (ActKind.PLAN, ActKind.LOGGED_IN, ActKind.SUSPENDED):
        estate.store.write(lambda tx, kind=kind: journal.own(tx, alice.id, kind, detail=str(kind)))
    with estate.store.read() as tx:
        space = spaces.of(tx, alice.id).id
        found = journal.of_kinds(tx, space, [ActKind.PLAN, ActKind.SUSPENDED])
        assert [each.kind for each in found] == [ActKind.SUSPENDED, ActKind.PLAN]
        assert [each.kind for each in journal.of_kinds(tx, space, [ActKind.PLAN], most=1)] == [ActKind.PLAN]
        assert journal.of_kinds(tx, space, []) == []
