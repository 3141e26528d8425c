"""Access control lists (RFC 3744): what is read from a body, and that rounding never gives more than was named."""

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.dav import access
from coserver.dav.privileges import BUSY, WORDS
from coserver.model.errors import Malformed
from coserver.model.rights import PRESETS, Preset, Right
from coserver.model.space import Tool

NEEDS = {  # what a right is named by, on a collection
    Right.BUSY: {"read", BUSY}, Right.READ: {"read"}, Right.SEEN: {"read"}, Right.ADD: {"bind"},
    Right.EDIT_OWN: {"bind", "write-content"}, Right.EDIT_ANY: {"write-content"}, Right.DELETE_OWN: {"bind", "unbind"},
    Right.DELETE_ANY: {"unbind"}, Right.POST: {"bind"}, Right.DROP: {"bind"}, Right.ADMINISTER: {"write-acl"},
}  # fmt: skip


def acl(*aces: str) -> Element:
    return fromstring(f'<D:acl xmlns:D="DAV:">{"".join(aces)}</D:acl>')


def ace(who: str, *names: str, more: str = "") -> str:
    granted = "".join(f"<D:privilege><D:{name}/></D:privilege>" for name in names)
    return f"<D:ace><D:principal><D:href>{who}</D:href></D:principal><D:grant>{granted}</D:grant>{more}</D:ace>"


def read(*aces: str) -> dict[str, Preset]:
    return access.read(acl(*aces), tool=Tool.DOCUMENTS, item=False)


@pytest.mark.parametrize(
    ("names", "preset"),
    [
        ({"read"}, Preset.READ), ({"read", "bind"}, Preset.CONTRIBUTE), ({"read", "write"}, Preset.EDIT),
        ({"read", "write-content"}, Preset.READ), ({"all"}, Preset.MANAGE), ({"bind"}, Preset.DROP),
        ({"write"}, Preset.DROP), ({"read", "write-acl"}, Preset.READ),
        ({"write-content"}, Preset.NOTHING), (set(), Preset.NOTHING),
    ],
)  # fmt: skip
def test_rounded_when_given_privileges_then_is_the_largest_preset_they_hold(names: set[str], preset: Preset) -> None:
    assert access.rounded(names, tool=Tool.DOCUMENTS, item=False) is preset


def test_rounded_when_it_is_a_single_thing_or_a_calendar_then_fits_it() -> None:
    assert access.rounded({"read", "write-content"}, tool=Tool.DOCUMENTS, item=True) is Preset.EDIT
    assert access.rounded({"bind"}, tool=Tool.DOCUMENTS, item=True) is Preset.NOTHING
    assert access.rounded({BUSY}, tool=Tool.CALENDAR, item=False) is Preset.BUSY
    assert access.rounded({BUSY}, tool=Tool.CONTACTS, item=False) is Preset.NOTHING


@given(st.sets(st.sampled_from(sorted(WORDS))), st.sampled_from(Tool))
def test_rounded_when_given_any_privileges_then_never_gives_what_was_not_named(names: set[str], tool: Tool) -> None:
    """(R57)"""
    held = set(names)
    for whole, parts in (("all", set(WORDS) - {BUSY}), ("write", {"write-content", "bind", "unbind"})):
        held |= parts if whole in held else set()
    given_ = PRESETS[access.rounded(names, tool=tool, item=False)]
    assert all(NEEDS[right] & held for right in Right if right in NEEDS and right in given_)


@pytest.mark.parametrize("preset", [each for each in Preset if each is not Preset.NOTHING])
def test_shown_when_sent_back_then_means_the_same(preset: Preset) -> None:
    tool = Tool.CALENDAR if preset is Preset.BUSY else Tool.DOCUMENTS
    assert access.rounded(set(access.SHOWN[preset]), tool=tool, item=False) is preset


@pytest.mark.parametrize(
    ("href", "identifier"),
    [
        ("/dav/bob%40example.test/", "bob@example.test"), ("https://here:8/dav/team", "team"), ("/dav/a/b/", "a/b"),
        ("/dav/a/b/c/", ""), ("/dav/", ""), ("/drive/team/", ""), ("mailto:bob@example.test", ""), ("", ""),
        ("//[", ""),
    ],
)  # fmt: skip
def test_identifier_when_a_path_is_told_then_who_is_meant_or_nobody(href: str, identifier: str) -> None:
    assert access.identifier(href) == identifier


def test_read_when_a_list_is_sent_then_its_own_entries() -> None:
    kept = ace("/dav/alice/", "all", more="<D:protected/>"), ace("/dav/bob/", "read", more="<D:inherited/>")
    assert read(*kept, ace("/dav/team/", "read"), ace("/dav/team/", "read")) == {"team": Preset.READ}


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        (ace("/dav/team/", "read") + ace("/dav/team/", "all"), "no-ace-conflict"),
        (ace("/dav/team/", "read", "unlock"), "not-supported-privilege"),
        (ace("/dav/team/"), "not-supported-privilege"),
        (ace("/elsewhere/", "read"), "recognized-principal"),
        ("<D:ace><D:principal><D:self/></D:principal><D:grant/></D:ace>", "allowed-principal"),
        (ace("/dav/team/", "read", more="<D:deny/>"), "grant-only"),
        (ace("/dav/team/", "read") * (access.MOST + 1), "limited-number-of-aces"),
    ],
)
def test_read_when_a_condition_is_broken_then_it_is_named(inside: str, name: str) -> None:
    with pytest.raises(access.Conflict) as caught:
        read(inside)
    assert caught.value.name == name


@pytest.mark.parametrize(
    "inside", ["<x/>", "<D:ace/>", "<D:ace><D:principal><D:href>/dav/a/</D:href></D:principal></D:ace>"]
)
def test_read_when_it_is_no_list_then_malformed(inside: str) -> None:
    with pytest.raises(Malformed):
        read(inside)
    for wrong in (None, fromstring("<x/>")):
        with pytest.raises(Malformed):
            access.read(wrong, tool=Tool.MAIL, item=False)
