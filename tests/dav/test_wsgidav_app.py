"""PROPPATCH, MKCOL, COPY, MOVE, DELETE, LOCK and UNLOCK: what litmus does not look at."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from coserver.auth import standing
from coserver.groups import leaving, members
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import spaces

EXCLUSIVE = (
    b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    b"<D:owner>me</D:owner></D:lockinfo>"
)


def lock(front: Any, path: str, **more: Any) -> str:
    answer = front.ask("LOCK", path, more.pop("headers", {}), EXCLUSIVE, **more)
    assert answer.status in (200, 201)
    return str(answer.headers["lock-token"]).strip("<>")


def patch(front: Any, path: str, inside: str, **more: Any) -> Any:
    body = f'<D:propertyupdate xmlns:D="DAV:" xmlns:X="urn:x">{inside}</D:propertyupdate>'
    return front.ask("PROPPATCH", path, more.pop("headers", {}), body.encode(), **more)


def used(front: Any, name: str = "alice") -> tuple[int, int]:
    with front.store.read() as tx:
        space = spaces.of(tx, standing.find(tx, name).account)
        held = usage.room(tx, space.id, Tool.DOCUMENTS)
    return held.bytes, held.items


def test_lock_when_the_name_is_free_under_anothers_lock_then_423_and_no_junk(front: Any) -> None:
    front.ask("MKCOL", "/drive/Groups/team/shared")
    lock(front, "/drive/Groups/team/shared", headers={"Depth": "infinity"})
    answer = front.ask("LOCK", "/drive/Groups/team/shared/new", {}, EXCLUSIVE)
    assert answer.status == 423
    assert front.ask("GET", "/drive/Groups/team/shared/new").status == 404


def test_lock_when_the_name_is_free_then_201_and_an_empty_file(front: Any) -> None:
    answer = front.ask("LOCK", "/drive/new", {}, EXCLUSIVE)
    assert answer.status == 201
    assert front.ask("GET", "/drive/new").body == b""
    assert front.ask("LOCK", "/drive/none/new", {}, EXCLUSIVE).status == 409


def test_lock_when_the_process_starts_again_then_still_there_until_its_time(fronts: Callable[..., Any]) -> None:
    front = fronts()
    front.put("/drive/f")
    held = lock(front, "/drive/f", headers={"Timeout": "Second-100"})
    front = fronts(again=front)
    front.clock.seconds += 99
    assert front.put("/drive/f", b"new").status == 423
    assert front.put("/drive/f", b"new", If=f"(<{held}>)").status == 204
    front.clock.seconds += 2
    assert front.put("/drive/f", b"newer").status == 204
    assert front.put("/drive/f", b"newest", If=f"(<{held}>)").status == 412


def test_lock_when_token_is_anothers_then_it_opens_nothing(fronts: Callable[..., Any]) -> None:
    front = fronts()
    front.put("/drive/Groups/team/f")
    front.store.write(lambda tx: _give_all(tx, "team"))
    held = lock(front, "/drive/Groups/team/f")
    told = {"If": f"(<{held}>)"}
    assert front.ask("PUT", "/drive/Groups/team/f", told, b"x", who="bob").status == 423
    assert front.ask("UNLOCK", "/drive/Groups/team/f", {"Lock-Token": f"<{held}>"}, who="bob").status == 403


def test_lock_when_refreshed_without_or_with_a_wrong_token_then_refused(front: Any) -> None:
    front.put("/drive/f")
    front.put("/drive/g")
    held = lock(front, "/drive/f")
    assert front.ask("LOCK", "/drive/f", {}).status == 400
    assert front.ask("LOCK", "/drive/g", {"If": f"(<{held}>)"}).status == 412


def test_unlock_when_the_lock_is_elsewhere_then_409(front: Any) -> None:
    front.put("/drive/f")
    front.put("/drive/g")
    held = lock(front, "/drive/f")
    assert front.ask("UNLOCK", "/drive/g", {"Lock-Token": f"<{held}>"}).status == 409


def test_move_when_a_child_is_locked_then_only_with_its_token_and_the_lock_ends(front: Any) -> None:
    front.ask("MKCOL", "/drive/project")
    front.put("/drive/project/open.doc")
    held = lock(front, "/drive/project/open.doc")
    told = {"Destination": "/drive/renamed"}
    assert front.ask("MOVE", "/drive/project", told).status == 423
    host = "http://house.test"
    told["If"] = f"<{host}/drive/project/open.doc> (<{held}>)"
    assert front.ask("MOVE", "/drive/project", told).status == 201
    assert front.put("/drive/renamed/open.doc", b"free again").status == 204


def test_move_when_folder_moves_then_properties_and_files_come_along(front: Any) -> None:
    front.ask("MKCOL", "/drive/a")
    front.put("/drive/a/f", b"x", X_OC_Mtime="1000000000")
    patch(front, "/drive/a/f", "<D:set><D:prop><X:colour>red</X:colour></D:prop></D:set>")
    assert front.ask("MOVE", "/drive/a/", {"Destination": "http://house.test/drive/b/"}).status == 201
    text = front.ask("PROPFIND", "/drive/b/f", {"Depth": "0"}).text
    assert ">red<" in text
    assert "Sun, 09 Sep 2001" in text
    assert front.ask("PROPFIND", "/drive/a", {"Depth": "0"}).status == 404


def test_copy_when_onto_a_new_or_old_name_then_201_or_204_and_no_byte_is_copied(front: Any) -> None:
    front.put("/drive/f", b"x" * 50_000)
    etag = front.ask("HEAD", "/drive/f").headers["etag"]
    assert front.ask("COPY", "/drive/f", {"Destination": "/drive/g"}).status == 201
    assert front.ask("COPY", "/drive/f", {"Destination": "/drive/g"}).status == 204
    assert front.ask("HEAD", "/drive/g").headers["etag"] == etag
    assert used(front) == (100_000, 2)


def test_copy_when_tree_then_all_of_it_with_properties_and_without_locks(front: Any) -> None:
    front.ask("MKCOL", "/drive/a")
    front.ask("MKCOL", "/drive/a/b")
    front.put("/drive/a/b/f", b"deep")
    patch(front, "/drive/a/b", "<D:set><D:prop><X:note>n</X:note></D:prop></D:set>")
    lock(front, "/drive/a/b/f")
    assert front.ask("COPY", "/drive/a", {"Destination": "/drive/c"}).status == 201
    assert front.put("/drive/c/b/f", b"mine").status == 204
    assert ">n<" in front.ask("PROPFIND", "/drive/c/b", {"Depth": "0"}).text
    assert front.ask("COPY", "/drive/a", {"Destination": "/drive/d", "Depth": "0"}).status == 201
    assert front.ask("GET", "/drive/d").text == "This folder is empty.\n"


@pytest.mark.parametrize("target", ["/drive/a", "/drive/a/b/c", "/drive/"])
@pytest.mark.parametrize("verb", ["COPY", "MOVE"])
def test_move_and_copy_when_onto_itself_or_inside_then_403(front: Any, verb: str, target: str) -> None:
    front.ask("MKCOL", "/drive/a")
    front.ask("MKCOL", "/drive/a/b")
    assert front.ask(verb, "/drive/a", {"Destination": target}).status == 403
    assert front.ask("MOVE", "/drive/a/b", {"Destination": "/drive/a"}).status == 403


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://elsewhere.test/drive/x", 502),
        ("/dav/x", 502),
        ("http://house.test:443/drive/x", 201),
        ("https://house.test/drive/x", 201),
        ("/drive/none/x", 409),
        ("/drive/a?b", 400),
        ("/drive/%zz", 400),
        ("drive/x", 400),
        ("/drive/../x", 400),
    ],
)
def test_destination_when_odd_then_the_right_status(front: Any, target: str, status: int) -> None:
    front.put("/drive/f")
    assert front.ask("COPY", "/drive/f", {"Destination": target}).status == status


def test_destination_when_missing_then_400(front: Any) -> None:
    front.put("/drive/f")
    assert front.ask("MOVE", "/drive/f").status == 400


@pytest.mark.parametrize("name", ["Groups", "Shared", "Drop"])
def test_reserved_names_when_made_at_the_top_then_refused_and_free_below(front: Any, name: str) -> None:
    front.put("/drive/f")
    front.ask("MKCOL", "/drive/sub")
    assert front.ask("MKCOL", f"/drive/{name}").status in (403, 405)
    assert front.put(f"/drive/{name}").status in (403, 405)
    assert front.ask("MOVE", "/drive/f", {"Destination": f"/drive/{name}"}).status == 403
    assert front.ask("DELETE", f"/drive/{name}").status in (403, 404)
    assert front.ask("MKCOL", f"/drive/sub/{name}").status == 201


def test_roots_when_deleted_or_moved_then_403(front: Any) -> None:
    assert front.ask("DELETE", "/drive/").status == 403
    assert front.ask("DELETE", "/drive/Groups/team").status == 403
    assert front.ask("MOVE", "/drive/Groups/team", {"Destination": "/drive/mine"}).status == 403
    assert front.ask("MKCOL", "/drive/Groups/mine").status in (403, 405)


def test_group_when_a_plain_member_writes_then_403_and_the_administrator_may(front: Any) -> None:
    assert front.put("/drive/Groups/team/f", b"read me").status == 201
    assert front.ask("GET", "/drive/Groups/team/f", who="bob").body == b"read me"
    told = {"Destination": "/drive/Groups/team/g"}
    refused = [
        front.ask("PUT", "/drive/Groups/team/f", {}, b"x", who="bob"),
        front.ask("PUT", "/drive/Groups/team/new", {}, b"x", who="bob"),
        front.ask("MKCOL", "/drive/Groups/team/new", who="bob"),
        front.ask("DELETE", "/drive/Groups/team/f", who="bob"),
        front.ask("MOVE", "/drive/Groups/team/f", told, who="bob"),
        front.ask("COPY", "/drive/Groups/team/f", told, who="bob"),
        front.ask("LOCK", "/drive/Groups/team/f", {}, EXCLUSIVE, who="bob"),
        patch(front, "/drive/Groups/team/f", "<D:set><D:prop><X:a/></D:prop></D:set>", who="bob"),
    ]
    assert [answer.status for answer in refused] == [403] * 8
    assert "administrator" in refused[0].text


def test_group_when_a_member_is_removed_then_everything_is_gone_at_once(fronts: Callable[..., Any]) -> None:
    front = fronts()
    front.put("/drive/Groups/team/f")
    line = front.connect()
    assert line.request("GET", "/drive/Groups/team/f", who="bob").status == 200
    with front.store.read() as tx:
        bob, team = standing.find(tx, "bob").account, members.find(tx, "team").id
    front.store.write(lambda tx: leaving.remove(tx, team, bob))
    for verb in ("GET", "PROPFIND", "PUT", "DELETE", "LOCK"):
        body = EXCLUSIVE if verb == "LOCK" else b""
        answer = line.request(verb, "/drive/Groups/team/f", {"Depth": "0"}, body, who="bob")
        assert answer.status in (403, 404), verb
    assert "Groups" not in line.request("PROPFIND", "/drive/", {"Depth": "1"}, who="bob").text


def test_group_when_listed_then_its_own_room_is_told(front: Any) -> None:
    front.put("/drive/Groups/team/f", b"four")
    asked = b'<propfind xmlns="DAV:"><prop><quota-used-bytes/></prop></propfind>'
    for path, depth, numbers in (
        ("/drive/Groups", "1", ["4"]),
        ("/drive/Groups/team/", "0", ["4"]),
        ("/drive/", "0", ["0"]),
    ):
        text = front.ask("PROPFIND", path, {"Depth": depth}, asked).text
        assert re.findall(r"quota-used-bytes>(\d+)<", text) == numbers


def test_move_when_between_own_space_and_the_groups_then_both_are_booked(front: Any) -> None:
    front.ask("MKCOL", "/drive/a")
    front.put("/drive/a/f", b"12345")
    patch(front, "/drive/a/f", "<D:set><D:prop><X:colour>red</X:colour></D:prop></D:set>")
    assert used(front) == (5, 1)
    assert front.ask("MOVE", "/drive/a", {"Destination": "/drive/Groups/team/a"}).status == 201
    assert used(front) == (0, 0)
    assert ">red<" in front.ask("PROPFIND", "/drive/Groups/team/a/f", {"Depth": "0"}).text
    assert front.ask("MOVE", "/drive/Groups/team/a/f", {"Destination": "/drive/f"}).status == 201
    assert used(front) == (5, 1)
    assert ">red<" in front.ask("PROPFIND", "/drive/f", {"Depth": "0"}).text


def test_delete_when_folder_then_all_goes_and_the_room_comes_back(front: Any) -> None:
    front.ask("MKCOL", "/drive/a")
    front.ask("MKCOL", "/drive/a/b")
    front.put("/drive/a/b/f", b"12345")
    assert front.ask("DELETE", "/drive/a").status == 204
    assert used(front) == (0, 0)
    assert front.ask("PROPFIND", "/drive/a/b", {"Depth": "0"}).status == 404


def test_copy_when_there_is_no_room_then_507_and_nothing_of_it(front: Any) -> None:
    front.ask("PUT", "/drive/f", {}, b"x" * 600_000, who="eve")
    answer = front.ask("COPY", "/drive/f", {"Destination": "/drive/g"}, who="eve")
    assert answer.status == 507
    assert "quota-not-exceeded" in answer.text
    assert front.ask("GET", "/drive/g", who="eve").status == 404
    assert used(front, "eve") == (600_000, 1)


def test_proppatch_when_one_is_protected_then_none_is_set(front: Any) -> None:
    front.put("/drive/f")
    inside = "<D:set><D:prop><X:a>1</X:a><D:getetag>x</D:getetag></D:prop></D:set>"
    answer = patch(front, "/drive/f", inside)
    assert sorted(re.findall(r"HTTP/1.1 (\d+)", answer.text)) == ["403", "424"]
    assert "urn:x" not in front.ask("PROPFIND", "/drive/f", {"Depth": "0"}).text


def test_proppatch_when_time_is_set_then_kept(front: Any) -> None:
    front.put("/drive/f")
    inside = "<D:set><D:prop><D:getlastmodified>Fri, 13 Feb 2009 23:31:30 GMT</D:getlastmodified></D:prop></D:set>"
    assert "200" in patch(front, "/drive/f", inside).text
    assert front.ask("HEAD", "/drive/f").headers["last-modified"] == "Fri, 13 Feb 2009 23:31:30 GMT"


def test_proppatch_when_locked_then_423_as_a_whole(front: Any) -> None:
    front.put("/drive/f")
    lock(front, "/drive/f")
    assert patch(front, "/drive/f", "<D:set><D:prop><X:a/></D:prop></D:set>").status == 423


def test_conditions_when_they_fail_then_412_whatever_the_verb(front: Any) -> None:
    front.put("/drive/f")
    told = {"If-Match": '"none"', "Destination": "/drive/g"}
    for verb in ("DELETE", "MOVE", "COPY", "PUT"):
        assert front.ask(verb, "/drive/f", told).status == 412, verb
    assert front.ask("DELETE", "/drive/f", {"If": '<http://house.test/drive/f> (["none"])'}).status == 412
    assert front.ask("DELETE", "/drive/f", {"If": "garbage"}).status == 400


@pytest.mark.parametrize("body", [b"<", b"<x/>", b"\x00", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
@pytest.mark.parametrize("verb", ["PROPFIND", "PROPPATCH", "LOCK"])
def test_xml_when_bad_then_400(front: Any, verb: str, body: bytes) -> None:
    front.put("/drive/f")
    answer = front.ask(verb, "/drive/f", {"Depth": "0"}, body)
    assert answer.status == 400
    assert "wsgidav" not in answer.text.lower()


@pytest.mark.parametrize(
    ("verb", "path", "headers", "body", "status"),
    [
        ("MKCOL", "/drive/f", {}, b"", 405),
        ("MKCOL", "/drive/none/x", {}, b"", 409),
        ("MKCOL", "/drive/x", {}, b"<x/>", 415),
        ("DELETE", "/drive/none", {}, b"", 404),
        ("PROPPATCH", "/drive/f", {"Depth": "1"}, b"<x/>", 400),
        ("COPY", "/drive/f", {"Destination": "/drive/g", "Depth": "7"}, b"", 400),
        ("POST", "/drive/f", {}, b"x", 405),
        ("PATCH", "/drive/f", {}, b"x", 405),
        ("REPORT", "/drive/", {}, b"<x/>", 405),
        ("UNLOCK", "/drive/f", {}, b"", 400),
    ],
)
def test_requests_when_out_of_order_then_the_right_status(
    front: Any, verb: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    front.put("/drive/f")
    answer = front.ask(verb, path, headers, body)
    assert answer.status == status
    assert "wsgidav" not in answer.text.lower()


def _give_all(tx: Any, group: str) -> None:
    from coserver.groups import presets  # noqa: PLC0415
    from coserver.model.rights import Preset  # noqa: PLC0415

    found = members.find(tx, group)
    presets.give(tx, found.id, None, tool=Tool.DOCUMENTS, preset=Preset.EDIT)
