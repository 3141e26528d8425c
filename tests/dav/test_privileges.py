"""Rights in the words of RFC 3744: told of files and folders, own-only and drop included."""

import re

import pytest

from coserver.dav import privileges
from coserver.documents.boxes import Box
from coserver.documents.paths import Spot
from coserver.model.ids import BlobId, CollectionId, ItemId, Modseq, PrincipalId
from coserver.model.item import Flag, Item
from coserver.model.rights import PRESETS, Preset, Right

FILE = Item(
    ItemId(1), CollectionId(1), "f", None, Modseq(1), Flag(0), "", 1, 1, BlobId(1), PrincipalId(1)
)  # fmt: skip


def names(text: str) -> set[str]:
    return set(re.findall(r"<D:privilege><D:([a-z-]+)/>", text))


READ = {"read", "read-current-user-privilege-set"}


@pytest.mark.parametrize(
    ("preset", "folder", "file"),
    [
        (Preset.NOTHING, set(), set()),
        (Preset.READ, READ, READ),
        (Preset.CONTRIBUTE, READ | {"bind"}, READ),
        (
            Preset.EDIT,
            READ | {"bind", "unbind", "write-properties", "write-content", "write"},
            READ | {"write-properties", "write-content"},
        ),
        (
            Preset.MANAGE,
            READ | {"bind", "unbind", "write-properties", "write-content", "write", "read-acl", "write-acl"},
            READ | {"write-properties", "write-content", "read-acl", "write-acl"},
        ),
        (Preset.DROP, {"bind"}, set()),
    ],
)
def test_current_when_a_preset_is_held_then_what_can_be_done_and_no_more(
    preset: Preset, folder: set[str], file: set[str]
) -> None:
    """(R57)"""
    assert names(privileges.current(Spot(("a",)), PRESETS[preset])) == folder
    assert names(privileges.current(Spot(("a", "f"), item=FILE), PRESETS[preset])) == file


def test_current_when_a_drop_folder_then_its_own_list_can_be_read_and_files_added() -> None:
    box = Spot(("Drop", "bob@example.test"), virtual=True, box=Box(PrincipalId(2)))
    assert names(privileges.current(box, Right.DROP)) == READ | {"bind"}


def test_supported_when_told_then_names_every_privilege_that_is_ever_held() -> None:
    told = names(privileges.supported())
    assert names(privileges.current(Spot(("a",)), PRESETS[Preset.MANAGE])) <= told
    assert "all" in told
    assert privileges.supported().count("<D:abstract/>") == 1


@pytest.mark.parametrize(
    ("path", "login"),
    [
        ((), "alice@example.test"),
        (("folder", "f"), "alice@example.test"),
        (("Shared", "bob@example.test", "x"), "bob@example.test"),
        (("Drop", "bob@example.test"), "bob@example.test"),
        (("Shared",), "alice@example.test"),
    ],
)
def test_owner_when_the_place_is_in_a_private_space_then_its_owner(path: tuple[str, ...], login: str) -> None:
    assert privileges.owner(Spot(path), "alice@example.test") == privileges.principal(login)


def test_owner_when_the_place_is_a_groups_then_nobody_is_named() -> None:
    assert privileges.owner(Spot(("Groups", "team")), "alice@example.test") == ""


def test_principal_when_a_login_has_signs_of_xml_then_escaped() -> None:
    assert privileges.principal("a&<b>@x") == "<D:href>/dav/a%26%3Cb%3E%40x/</D:href>"
