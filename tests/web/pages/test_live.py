"""What an open page hears of: what it shows, as far as its reader may read that."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.documents import folders
from coserver.documents.terms import Terms
from coserver.groups import members, shares
from coserver.mail import mailboxes
from coserver.model.ids import CollectionId
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.store import collections, spaces
from tests.web.browser import Browser
from tests.web.pages.in_groups import made, number
from tests.web.test_live import NEWS, Stream, put


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    made(front, "chess", "alice", "bob")
    front.clock.seconds += 1
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def root(front: Any, login: str, tool: Tool = Tool.DOCUMENTS) -> int:
    who = number(front, login)
    with front.store.read() as tx:
        return int(collections.root(tx, spaces.of(tx, who).id, tool).id)


def hears(stream: Stream, front: Any, who: str) -> bool:
    stream.after(0)
    put(front, who)
    return NEWS in stream.after(2)


def test_page_when_it_shows_one_folder_then_it_hears_of_that_one_alone(front: Any, alice: Browser) -> None:
    who = number(front, "alice")
    with front.store.read() as tx:
        inbox = int(mailboxes.inbox(tx, who).id)
    assert not hears(Stream(alice, f"/live?in={inbox}"), front, "alice")
    assert hears(Stream(alice, f"/live?in={inbox},{root(front, 'alice')}"), front, "alice")


def test_page_when_it_names_what_others_keep_for_themselves_then_it_hears_nothing(front: Any, alice: Browser) -> None:
    assert not hears(Stream(alice, f"/live?in={root(front, 'bob')}"), front, "bob")
    for odd in ("0", "x", "-1", "9" * 30, "1,2,,3", "²"):
        assert not hears(Stream(alice, f"/live?in={root(front, 'bob')},{odd}"), front, "bob")


def test_page_when_it_is_about_everything_then_it_hears_of_groups_and_of_what_is_shared(
    front: Any, alice: Browser
) -> None:
    stream = Stream(alice)
    stream.after(0)
    who = number(front, "bob")
    folder = front.store.write(lambda tx: folders.make(tx, who, ("x",), Terms())).id

    def share(tx: Any) -> None:
        of = collections.get(tx, CollectionId(folder))
        shares.add(tx, None, shares.Target(of), shares.Offer(members.find(tx, "chess").id, None, Preset.READ))

    front.store.write(share)
    stream.after(2)
    assert stream.ended, "what is shared with somebody is a right of his"
    for path in ("/live", f"/live?in={folder}"):
        stream = Stream(alice, path)
        assert not hears(stream, front, "bob"), "beside the folder"
        put(front, "bob", "x", "y")
        assert NEWS in stream.after(2)


def test_pages_when_shown_then_they_say_what_they_are_about(alice: Browser) -> None:
    for path, about in (("/", ""), ("/contacts", ""), ("/groups/chess", ""), ("/mail", "in="), ("/documents", "in=")):
        assert f'data-live="{about}' in alice.open(path).answer.text
    assert "data-live" not in alice.open("/settings").answer.text
