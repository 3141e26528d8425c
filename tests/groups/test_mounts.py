"""What is shared with somebody, where he sees it."""

import pytest

from coserver.groups import mounts, rights, shares
from coserver.groups.shares import Offer, Target
from coserver.model.rights import ALL, Preset
from coserver.model.space import Tool
from coserver.store import collections


@pytest.fixture
def share(estate, people, group):
    def give(collection, preset=Preset.READ, *, item=None, by="alice", to=None, through=group):
        offer = Offer(through.id, people[to].id if to else None, preset)
        estate.store.write(lambda tx: shares.add(tx, people[by].id, Target(collection, item), offer))

    return give


def names(estate, account, tool=Tool.DOCUMENTS):
    with estate.store.read() as tx:
        return [f"{one.owner_login.partition('@')[0]}/{one.name}" for one in mounts.listed(tx, account.id, tool)]


def test_listed_when_shared_by_several_then_by_owner_and_in_that_tool_only(estate, things, people, share):
    share(things.collection(people["bob"], "Zoo"), by="bob")
    share(things.collection(people["alice"], "Plans"))
    share(things.collection(people["alice"], "Work", tool=Tool.CALENDAR))
    assert names(estate, people["carol"]) == ["alice/Plans", "bob/Zoo"]
    assert names(estate, people["carol"], Tool.CALENDAR) == ["alice/Work"]
    assert names(estate, people["bob"]) == ["alice/Plans"]
    assert names(estate, people["dave"]) == []


def test_listed_when_shared_through_two_groups_then_once(estate, things, people, share):
    crew = estate.group("crew", people["alice"], people["bob"])
    folder = things.collection(people["alice"], "Plans")
    share(folder)
    share(folder, Preset.EDIT, through=crew)
    share(folder, Preset.READ, to="bob")
    assert names(estate, people["bob"]) == ["alice/Plans"]


def test_listed_when_names_clash_under_one_owner_then_later_ones_get_a_number(estate, things, people, share):
    """S8: names are unique for each viewer, and a file keeps its ending."""
    for around in ("a", "b", "c"):
        share(things.collection(people["alice"], around, "Plans"))
    folder = things.collection(people["alice"], "d")
    for around in (folder, things.collection(people["alice"], "e")):
        share(around, item=things.item(around, "x.tar.gz"))
    share(things.collection(people["bob"], "Plans"), by="bob")
    assert names(estate, people["carol"]) == [
        "alice/Plans",
        "alice/Plans (2)",
        "alice/Plans (3)",
        "alice/x.tar.gz",
        "alice/x.tar (2).gz",
        "bob/Plans",
    ]


@pytest.fixture
def unshare(estate, people, group):
    def take(collection, *, by="alice"):
        target = Target(collection)
        estate.store.write(lambda tx: shares.remove(tx, people[by].id, target, through=group.id, to=None))

    return take


def test_listed_when_the_first_of_a_name_goes_then_the_others_keep_their_numbers(
    estate, things, people, share, unshare
):
    """S8: what others have on their devices was renamed, and its old path showed something else."""
    one, two, three = (things.collection(people["alice"], around, "Plans") for around in ("a", "b", "c"))
    for each in (one, two, three):
        share(each)
    unshare(one)
    assert names(estate, people["carol"]) == ["alice/Plans (2)", "alice/Plans (3)"]
    unshare(two)
    assert names(estate, people["carol"]) == ["alice/Plans (3)"]
    share(one)
    share(two)
    assert folders(estate, people["carol"]) == {one.id: "Plans", two.id: "Plans (2)", three.id: "Plans (3)"}


def test_listed_when_a_share_is_given_anew_then_no_name_changes(estate, things, people, share):
    """S8: another preset made a thing the youngest of its name."""
    one, two = (things.collection(people["alice"], around, "Plans") for around in ("a", "b"))
    share(one)
    share(two)
    share(one, Preset.EDIT)
    assert folders(estate, people["carol"]) == {one.id: "Plans", two.id: "Plans (2)"}


def test_listed_when_a_thing_is_called_as_another_with_its_number_then_both_keep_their_names(
    estate, things, people, share, unshare
):
    one, two = (things.collection(people["alice"], around, "Plans") for around in ("a", "b"))
    third = things.collection(people["alice"], "Plans (2)")
    for each in (one, two, third):
        share(each)
    unshare(one)
    assert folders(estate, people["carol"]) == {two.id: "Plans (2)", third.id: "Plans (2) (2)"}
    assert folders(estate, people["bob"]) == folders(estate, people["carol"])


def test_listed_when_its_owner_renames_a_thing_then_it_bears_no_number_any_more(estate, things, people, share):
    one, two = (things.collection(people["alice"], around, "Plans") for around in ("a", "b"))
    share(one)
    share(two)
    around = things.collection(people["alice"], "b")

    def rename(tx):
        collections.rename(tx, two, parent=around, name="Drafts", grant=rights.house(tx, two, ALL))

    estate.store.write(rename)
    assert folders(estate, people["carol"]) == {one.id: "Plans", two.id: "Drafts"}


def test_listed_when_clashes_differ_for_each_viewer_then_so_do_the_numbers(estate, things, people, share):
    """S8: unique for each viewer; nobody learns from a number what he is not shown."""
    one, two = (things.collection(people["alice"], around, "Plans") for around in ("a", "b"))
    share(one, to="bob")
    share(two)
    assert folders(estate, people["bob"]) == {one.id: "Plans", two.id: "Plans (2)"}
    assert folders(estate, people["carol"]) == {two.id: "Plans"}


def folders(estate, account):
    with estate.store.read() as tx:
        return {one.collection: one.name for one in mounts.listed(tx, account.id, Tool.DOCUMENTS)}


def test_listed_when_one_lies_in_another_that_can_be_read_then_only_the_outer(estate, things, people, share):
    outer = things.collection(people["alice"], "Plans")
    inner = things.collection(people["alice"], "Plans", "deep", "er")
    share(inner, Preset.EDIT)
    share(inner, Preset.READ, item=things.item(inner, "x"))
    share(outer, item=things.item(outer, "y"))
    assert names(estate, people["bob"]) == ["alice/er", "alice/y"]
    share(outer)
    assert names(estate, people["bob"]) == ["alice/Plans"]


def test_listed_when_the_outer_is_for_dropping_then_the_inner_stays(estate, things, people, share):
    share(things.collection(people["alice"], "In"), Preset.DROP)
    share(things.collection(people["alice"], "In", "open"))
    assert names(estate, people["bob"]) == ["alice/In", "alice/open"]


def test_of_owner_when_asked_then_his_only(estate, things, people, share):
    share(things.collection(people["alice"], "Plans"))
    share(things.collection(people["bob"], "Plans"), by="bob")
    with estate.store.read() as tx:
        (mount,) = mounts.of_owner(tx, people["carol"].id, Tool.DOCUMENTS, "bob@example.test")
    assert (mount.owner, mount.name, mount.item) == (people["bob"].id, "Plans", None)
