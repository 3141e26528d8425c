"""Why can he do that?"""

import pytest

from coserver.groups import rights
from coserver.model.errors import Missing
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections, items


def _why(office, login, path):
    found = office.do("rights why", login=login, path=path)
    return found["rights"], " ".join(found["why"])


@pytest.mark.parametrize("path", ["/", "mail:INBOX", "mail:inbox", "calendar:calendar", "contacts:", "documents:/"])
def test_why_when_it_is_ones_own_then_all(office, people, path):
    held, text = _why(office, "alice", path)
    assert {"read", "add", "edit_any", "administer"} <= set(held)
    assert "own private space" in text
    assert "There is no" not in text


def test_why_when_in_a_group_then_each_gets_his_own_reason(office, people):
    office.do("group rights", name="team", login="bob", tool="calendar", preset="edit")
    held, text = _why(office, "bob", "calendar:Groups/team/calendar")
    assert "edit_any" in held
    assert "given the right 'edit' in calendar" in text
    assert _why(office, "carol", "/Groups/team/")[0] == ["busy", "read"]
    held, text = _why(office, "dave", "mail:Groups/team")
    assert held == []
    assert "not a member" in text


def test_why_when_nothing_is_there_then_says_so_and_tells_of_what_is_around(office, people):
    held, text = _why(office, "bob", "/Groups/team/deep/file.txt")
    assert held == ["busy", "read"]
    assert "There is no 'deep'" in text
    assert _why(office, "bob", "/Groups/none") == ([], "There is no group 'none'.")
    with pytest.raises(Missing):
        _why(office, "nobody", "/")


def test_why_when_the_path_leads_to_a_file_then_its_folder_tells(estate, office, people):
    staged = estate.store.stage(b"x")

    def job(tx):
        folder = collections.root(tx, 1, Tool.DOCUMENTS)
        grant = rights.house(tx, folder, Right.ADD)
        charge = usage.charge(tx, folder.space, Tool.DOCUMENTS, bytes=1, items=1)
        items.add(tx, folder, [items.New(staged, name="file.txt")], grant=grant, charge=charge)

    estate.store.write(job)
    assert "There is no" not in _why(office, "alice", "/file.txt")[1]
