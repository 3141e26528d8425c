"""Sharing: within a group only, never more than one's own, gone with the membership."""

import pytest

from coserver.auth import standing
from coserver.groups import leaving, members, rights, shares
from coserver.groups.shares import Offer, Target
from coserver.model.errors import Denied, Malformed, Missing, NoRoom
from coserver.model.principal import State
from coserver.model.rights import ALL, PRESETS, Preset, Privacy, Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections

READS = PRESETS[Preset.READ]


@pytest.fixture
def desk(estate, things, people, group):
    """Alice's folder Plans with a file, to be shared through team."""

    class Desk:
        folder = things.collection(people["alice"], "Plans")
        file = things.item(folder, "a.txt", people["alice"])

        def share(self, preset, to=None, *, by="alice", through=group, target=None):
            offer = Offer(through.id, people[to].id if to else None, preset)
            told = []
            stop = estate.store.subscribe(told.append)
            try:
                whole = target or Target(self.folder)
                estate.store.write(lambda tx: shares.add(tx, people[by].id, whole, offer))
            finally:
                stop()
            return {principal for notice in told for principal in notice.principals}

        def unshare(self, to=None, *, by="alice", through=group, target=None):
            whole, whom = target or Target(self.folder), people[to].id if to else None
            estate.store.write(lambda tx: shares.remove(tx, people[by].id, whole, through=through.id, to=whom))

        def of(self, who, collection=None):
            with estate.store.read() as tx:
                return rights.of(tx, people[who].id, collection or self.folder)

        def on(self, who, item=None, collection=None):
            with estate.store.read() as tx:
                return rights.on(tx, people[who].id, collection or self.folder, item or self.file)

    return Desk()


def test_add_when_to_one_member_then_he_alone_holds_it_and_is_told(desk, people):
    """R14: one member of a group."""
    told = desk.share(Preset.READ, "bob")
    assert told == {people["bob"].id}
    assert [desk.of(name) for name in ("alice", "bob", "carol", "dave")] == [ALL, READS, Right.NOTHING, Right.NOTHING]


def test_add_when_to_the_group_then_all_members_hold_it_and_are_told(desk, people):
    """R14, C5: or all of it."""
    told = desk.share(Preset.CONTRIBUTE)
    assert told == {people[name].id for name in ("alice", "bob", "carol")}
    held = PRESETS[Preset.CONTRIBUTE]
    assert [desk.of(name) for name in ("bob", "carol", "dave")] == [held, held, Right.NOTHING]


def test_add_when_shared_then_all_below_is_and_nothing_beside(desk, things, people):
    desk.share(Preset.READ, "bob")
    below = things.collection(people["alice"], "Plans", "deep", "deeper")
    beside = things.collection(people["alice"], "Other")
    assert desk.of("bob", below) == READS
    assert desk.of("bob", beside) == Right.NOTHING
    assert desk.of("bob", things.collection(people["alice"])) == Right.NOTHING


def test_add_when_through_two_groups_then_a_union_and_each_can_be_taken_back(estate, desk, people):
    """R54, R55: one thing can be shared otherwise in each group."""
    crew = estate.group("crew", people["alice"], people["bob"])
    desk.share(Preset.READ)
    desk.share(Preset.EDIT, through=crew)
    assert desk.of("bob") == PRESETS[Preset.EDIT]
    assert desk.of("carol") == READS
    desk.unshare(through=crew)
    assert desk.of("bob") == READS


def test_add_when_given_again_then_the_last_counts(estate, desk, people):
    desk.share(Preset.MANAGE, "bob")
    desk.share(Preset.READ, "bob")
    assert desk.of("bob") == READS
    with estate.store.read() as tx:
        (only,) = shares.on(tx, Target(desk.folder))
    assert (only.preset, only.recipient, only.group_name) == (Preset.READ, "bob@example.test", "team")


@pytest.mark.parametrize("to", ["dave", None])
def test_add_when_the_recipient_or_the_owner_is_not_in_the_group_then_refused(estate, desk, people, to):
    """R16: sharing always occurs within a group."""
    foreign = estate.group("crew", people["dave"])
    with pytest.raises(Missing, match="not a member of group"):
        desk.share(Preset.READ, to, through=foreign if to is None else desk_group(estate))


def desk_group(estate):
    with estate.store.read() as tx:
        return members.find(tx, "team")


def test_add_when_a_stranger_or_a_reader_shares_then_denied(desk):
    """S6: no share of a share."""
    for name in ("dave", "bob"):
        with pytest.raises(Denied, match="Only its owner"):
            desk.share(Preset.READ, "carol", by=name)
    desk.share(Preset.EDIT, "bob")
    with pytest.raises(Denied, match="Only its owner"):
        desk.share(Preset.READ, "carol", by="bob")


def test_add_when_a_manager_shares_then_only_through_the_group_he_got_it_by(estate, desk, people):
    """S6: who may manage stays inside the same group."""
    crew = estate.group("crew", people["alice"], people["bob"], people["dave"])
    desk.share(Preset.MANAGE, "bob")
    desk.share(Preset.READ, "carol", by="bob")
    assert desk.of("carol") == READS
    with pytest.raises(Denied, match="another group"):
        desk.share(Preset.READ, "dave", by="bob", through=crew)
    desk.unshare("carol", by="bob")
    assert desk.of("carol") == Right.NOTHING


def test_given_when_a_manager_shared_it_then_the_owner_is_told_even_when_he_manages_no_more(estate, desk, people):
    desk.share(Preset.MANAGE, "bob")
    desk.share(Preset.READ, "carol", by="bob")
    desk.unshare("bob")
    with estate.store.read() as tx:
        (found,) = shares.given(tx, people["alice"].id)
    assert (found.recipient, found.made_by) == ("carol@example.test", "bob@example.test")
    assert desk.of("carol") == READS


@pytest.mark.parametrize(
    ("preset", "tool"),
    [(Preset.NOTHING, Tool.DOCUMENTS), (Preset.BUSY, Tool.DOCUMENTS), (Preset.DROP, Tool.MAIL)],
)
def test_add_when_the_preset_does_not_fit_then_malformed(desk, things, people, preset, tool):
    target = Target(things.collection(people["alice"], "x", tool=tool))
    with pytest.raises(Malformed):
        desk.share(preset, "bob", target=target)


def test_add_when_it_is_a_whole_tool_or_to_oneself_then_malformed(desk, things, people):
    with pytest.raises(Malformed, match="The whole of documents"):
        desk.share(Preset.READ, "bob", target=Target(things.collection(people["alice"])))
    with pytest.raises(Malformed, match="belongs to this account"):
        desk.share(Preset.READ, "alice")


def test_add_when_shared_too_often_then_no_room(desk, monkeypatch):
    monkeypatch.setattr(shares, "MOST", 1)
    desk.share(Preset.READ, "bob")
    with pytest.raises(NoRoom):
        desk.share(Preset.READ, "carol")


def test_add_when_too_much_is_shared_through_the_group_then_no_room_and_others_are_free(
    estate, desk, things, people, monkeypatch
):
    crew = estate.group("crew", people["alice"], people["dave"])
    monkeypatch.setattr(shares, "MOST_OF_GROUP", 1)
    desk.share(Preset.READ, "bob")
    with pytest.raises(NoRoom, match="through group team already"):
        desk.share(Preset.READ, "carol")
    desk.share(Preset.READ, "dave", through=crew)
    desk.unshare("bob")
    desk.share(Preset.READ, "carol")


def test_add_when_the_owner_shares_too_much_then_no_room_but_what_is_shared_can_change(desk, monkeypatch):
    monkeypatch.setattr(shares, "MOST_OF_OWNER", 1)
    desk.share(Preset.READ, "bob")
    with pytest.raises(NoRoom, match="share whole folders"):
        desk.share(Preset.READ, "bob", target=Target(desk.folder, desk.file))
    desk.share(Preset.EDIT, "bob")


def test_add_when_it_is_one_item_then_that_alone(desk, things, people):
    other = things.item(desk.folder, "b.txt", people["alice"])
    desk.share(Preset.READ, "bob", target=Target(desk.folder, desk.file))
    assert (desk.on("bob"), desk.on("bob", other), desk.of("bob")) == (READS, Right.NOTHING, Right.NOTHING)


def test_add_when_an_item_is_private_then_its_own_share_counts_and_its_folders_does_not(desk, things, people):
    """R13: private wins over every inherited right, not over a share of the item itself."""
    secret = things.item(desk.folder, "secret", people["alice"], Privacy.PRIVATE)
    desk.share(Preset.EDIT)
    assert desk.on("bob", secret) == Right.NOTHING
    desk.share(Preset.READ, "bob", target=Target(desk.folder, secret))
    assert (desk.on("bob", secret), desk.on("carol", secret)) == (READS, Right.NOTHING)


def test_add_when_it_lies_in_a_group_then_only_through_that_group(estate, desk, things, people, group):
    folder = Target(things.collection(group, "Minutes"))
    crew = estate.group("crew", people["alice"], people["bob"])
    with pytest.raises(Denied, match="within that group only"):
        desk.share(Preset.EDIT, "bob", target=folder, through=crew)
    desk.share(Preset.EDIT, "bob", target=folder)
    assert desk.of("bob", folder.collection) == PRESETS[Preset.EDIT]
    assert desk.of("carol", folder.collection) == READS  # R47
    with pytest.raises(Denied):
        desk.share(Preset.EDIT, "carol", target=folder, by="carol")


def test_remove_when_the_recipient_does_not_want_it_then_he_may(desk):
    desk.share(Preset.READ, "bob")
    desk.unshare("bob", by="bob")
    assert desk.of("bob") == Right.NOTHING


def test_remove_when_it_is_not_shared_or_by_others_then_refused(desk):
    with pytest.raises(Missing, match="not shared like that"):
        desk.unshare("bob")
    desk.share(Preset.READ)
    with pytest.raises(Denied):
        desk.unshare(by="bob")


def test_forget_when_a_membership_ends_then_shares_to_and_by_the_account_are_gone(estate, desk, things, people, group):
    """R17, S7: both ways, and nothing comes back with a new membership."""
    desk.share(Preset.READ)
    desk.share(Preset.EDIT, "bob")
    bobs = things.collection(people["bob"], "Bobs")
    desk.share(Preset.READ, by="bob", target=Target(bobs))
    assert desk.of("carol", bobs) == READS
    with estate.store.read() as tx:
        assert len(shares.received(tx, people["carol"].id)) == 2
    estate.store.write(lambda tx: leaving.remove(tx, group.id, people["bob"].id))
    assert (desk.of("bob"), desk.of("carol", bobs)) == (Right.NOTHING, Right.NOTHING)
    estate.join(group.id, people["bob"].id)
    assert (desk.of("bob"), desk.of("carol", bobs)) == (READS, Right.NOTHING)


def test_given_and_received_when_listed_then_each_side_sees_its_own(estate, desk, people):
    desk.share(Preset.READ)
    desk.share(Preset.EDIT, "bob", target=Target(desk.folder, desk.file))
    with estate.store.read() as tx:
        given = shares.given(tx, people["alice"].id)
        assert [(one.name, one.recipient, one.tool) for one in given] == [
            ("Plans", None, Tool.DOCUMENTS),
            ("a.txt", "bob@example.test", Tool.DOCUMENTS),
        ]
        assert shares.received(tx, people["bob"].id) == given
        assert shares.received(tx, people["carol"].id) == given[:1]
        assert shares.received(tx, people["alice"].id) == []


def test_shared_things_when_they_are_removed_then_their_shares_are(estate, desk, things, people):
    folder = things.collection(people["alice"], "Gone")
    desk.share(Preset.READ, target=Target(folder))

    def job(tx):
        grant = rights.need(tx, people["alice"].id, folder, Right.DELETE_ANY)
        charge = usage.charge(tx, folder.space, folder.tool, bytes=0, items=0)
        collections.remove(tx, folder, grant=grant, charge=charge)

    estate.store.write(job)
    with estate.store.read() as tx:
        assert shares.given(tx, people["alice"].id) == []


def test_shares_when_their_owners_account_is_closed_then_rest_until_it_is_restored(estate, desk, people):
    """S24: of a closed account nothing is served."""
    desk.share(Preset.READ)
    for state, held in ((State.CLOSED, Right.NOTHING), (State.ACTIVE, READS)):
        estate.store.write(lambda tx, state=state: standing.set_state(tx, people["alice"].id, state))
        assert desk.of("bob") == held
        with estate.store.read() as tx:
            assert bool(shares.received(tx, people["bob"].id)) == bool(held)


def test_tell_when_an_owner_is_named_then_those_his_shares_reach_are_told(estate, desk, people):
    desk.share(Preset.READ, "bob")
    told = []
    estate.store.subscribe(told.append)
    estate.store.write(lambda tx: shares.tell(tx, people["alice"].id))
    assert told[-1].principals == {people["bob"].id}
