"""What programs that cannot run here send, step by step: Windows, Finder, Office, LibreOffice, gvfs."""

import re
from typing import Any

import pytest

LOCK = (
    b'<?xml version="1.0" encoding="utf-8" ?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype><D:owner><D:href>HOUSE\\alice</D:href></D:owner></D:lockinfo>"
)
WINDOWS = {"User-Agent": "Microsoft-WebDAV-MiniRedir/10.0.19045"}
FINDER = {"User-Agent": "WebDAVFS/3.0.0 (03008000) Darwin/22.6.0 (x86_64)"}
OFFICE = {"User-Agent": "Microsoft Office Word 2014"}
WIN32 = (
    b'<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:">'
    b"<D:set><D:prop><Z:Win32CreationTime>Mon, 01 Jan 2024 10:00:00 GMT</Z:Win32CreationTime>"
    b"<Z:Win32LastAccessTime>Tue, 02 Jan 2024 10:00:00 GMT</Z:Win32LastAccessTime>"
    b"<Z:Win32LastModifiedTime>Wed, 03 Jan 2024 10:00:00 GMT</Z:Win32LastModifiedTime>"
    b"<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"
)


def token(answer: Any) -> str:
    found = re.fullmatch(r"<(urn:uuid:[0-9a-f-]{36})>", answer.headers["lock-token"])
    assert found
    return found.group(1)


def test_windows_when_it_maps_the_drive_then_every_folder_on_the_way_answers(front: Any) -> None:
    line = front.connect()
    answer = line.request("OPTIONS", "/", WINDOWS, who=None)
    assert (answer.status, answer.headers["ms-author-via"]) == (200, "DAV")
    for path in ("/", "/drive", "/drive/"):
        for depth in ("0", "1"):
            answer = line.request("PROPFIND", path, {**WINDOWS, "Depth": depth})
            assert answer.status == 207
    assert "<D:href>/drive/</D:href>" in line.request("PROPFIND", "/", {**WINDOWS, "Depth": "1"}).text


def test_windows_when_it_copies_a_file_then_all_steps_work_and_the_time_is_kept(front: Any) -> None:
    line = front.connect()
    assert line.request("PUT", "/drive/new.doc", {**WINDOWS, "Content-Length": "0"}).status == 201
    answer = line.request("LOCK", "/drive/new.doc", {**WINDOWS, "Timeout": "Second-3600"}, LOCK)
    assert answer.status == 200
    assert "timeout>Second-3600<" in answer.text  # the prefix is the serialiser's affair
    held = token(answer)
    assert line.request("PUT", "/drive/new.doc", {**WINDOWS, "If": f"(<{held}>)"}, b"words").status == 204
    answer = line.request("PROPPATCH", "/drive/new.doc", {**WINDOWS, "If": f"(<{held}>)"}, WIN32)
    assert answer.status == 207
    assert re.findall(r"HTTP/1.1 (\d+)", answer.text) == ["200"]
    answer = line.request("HEAD", "/drive/new.doc", WINDOWS)
    assert (answer.status, answer.headers["content-length"]) == (200, "5")
    assert answer.headers["last-modified"] == "Wed, 03 Jan 2024 10:00:00 GMT"
    assert line.request("UNLOCK", "/drive/new.doc", {**WINDOWS, "Lock-Token": f"<{held}>"}).status == 204


def test_windows_when_401_comes_while_it_sends_then_no_empty_file_is_left(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {**WINDOWS, "Content-Length": "1000000"}, who=None) + b"x" * 400_000)
    assert line.answer().status == 401
    line.send(b"x" * 600_000)
    assert line.request("GET", "/drive/f").status == 404


def test_finder_when_it_copies_a_file_then_chunks_and_announced_length_are_taken(front: Any) -> None:
    line = front.connect()
    for name in ("film.mov", "._film.mov"):
        path = f"/drive/{name}"
        assert line.request("PUT", path, {**FINDER, "Content-Length": "0"}).status == 201
        held = token(line.request("LOCK", path, {**FINDER, "Depth": "0", "Timeout": "Second-600"}, LOCK))
        told = {**FINDER, "If": f"(<{held}>)", "X-Expected-Entity-Length": "11"}
        line.send(front.head("PUT", path, told, chunked=True) + b"6\r\nhello \r\n5\r\nhouse\r\n0\r\n\r\n")
        assert line.answer().status == 204
        assert line.request("PROPFIND", path, {**FINDER, "Depth": "0"}).status == 207
        assert line.request("UNLOCK", path, {**FINDER, "Lock-Token": f"<{held}>"}).status == 204
        assert line.request("GET", path).body == b"hello house"


def test_finder_when_the_upload_is_shorter_than_announced_then_400_and_the_old_file_stays(front: Any) -> None:
    front.put("/drive/f", b"old")
    line = front.connect()
    told = {**FINDER, "X-Expected-Entity-Length": "12"}
    line.send(front.head("PUT", "/drive/f", told, chunked=True) + b"5\r\nhello\r\n0\r\n\r\n")
    assert line.answer().status == 400
    assert front.ask("GET", "/drive/f").body == b"old"


def test_finder_when_it_asks_for_space_then_both_numbers_come(front: Any) -> None:
    body = (
        b'<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/>'
        b"<D:quota-used-bytes/><D:quota/><D:quotaused/></D:prop></D:propfind>"
    )
    front.put("/drive/f", b"hello")
    answer = front.ask("PROPFIND", "/drive/", {**FINDER, "Depth": "0"}, body)
    assert "<D:quota-used-bytes>5</D:quota-used-bytes>" in answer.text
    assert "<D:quota-available-bytes>999999995</D:quota-available-bytes>" in answer.text


def test_office_when_it_saves_then_the_token_stays_the_same_and_the_new_bytes_are_there(front: Any) -> None:
    front.put("/drive/report.docx", b"one")
    line = front.connect()
    assert line.request("OPTIONS", "/drive/", OFFICE).status == 200
    assert line.request("HEAD", "/drive/report.docx", OFFICE).status == 200
    held = token(line.request("LOCK", "/drive/report.docx", {**OFFICE, "Timeout": "Second-3600"}, LOCK))
    assert line.request("GET", "/drive/report.docx", OFFICE).body == b"one"
    answer = line.request("LOCK", "/drive/report.docx", {**OFFICE, "Timeout": "Second-3600", "If": f"(<{held}>)"})
    assert answer.status == 200
    assert answer.text.count("activelock>") == 2
    assert held in answer.text
    assert line.request("PUT", "/drive/report.docx", {**OFFICE, "If": f"(<{held}>)"}, b"two").status == 204
    assert line.request("UNLOCK", "/drive/report.docx", {**OFFICE, "Lock-Token": f"<{held}>"}).status == 204
    assert front.ask("GET", "/drive/report.docx").body == b"two"


def test_office_when_it_saves_through_a_temporary_file_then_the_name_stays_locked(front: Any) -> None:
    front.put("/drive/report.docx", b"one")
    line = front.connect()
    held = token(line.request("LOCK", "/drive/report.docx", OFFICE, LOCK))
    assert line.request("PUT", "/drive/~tmp.docx", OFFICE, b"two").status == 201
    temporary = token(line.request("LOCK", "/drive/~tmp.docx", OFFICE, LOCK))
    host = "http://house.test"
    told = {
        **OFFICE,
        "Destination": f"{host}/drive/report.docx",
        "Overwrite": "T",
        "If": f"<{host}/drive/~tmp.docx> (<{temporary}>) <{host}/drive/report.docx> (<{held}>)",
    }
    assert line.request("MOVE", "/drive/~tmp.docx", told).status == 204
    assert front.put("/drive/report.docx", b"somebody else").status == 423
    assert line.request("UNLOCK", "/drive/report.docx", {**OFFICE, "Lock-Token": f"<{held}>"}).status == 204
    assert front.ask("GET", "/drive/report.docx").body == b"two"


def test_office_when_a_second_person_opens_then_sees_who_works_on_it(front: Any) -> None:
    front.ask("PUT", "/drive/Groups/team/plan.docx", OFFICE, b"one")
    assert front.ask("LOCK", "/drive/Groups/team/plan.docx", OFFICE, LOCK).status == 200
    answer = front.ask("PROPFIND", "/drive/Groups/team/plan.docx", {"Depth": "0"}, who="bob")
    assert "HOUSE\\alice" in answer.text


def test_libreoffice_when_it_opens_and_saves_then_lock_file_and_endless_timeout_work(front: Any) -> None:
    line = front.connect()
    assert line.request("PUT", "/drive/.~lock.letter.odt%23", {}, b",alice,;").status == 201
    assert "/drive/.~lock.letter.odt%23</D:href>" in line.request("PROPFIND", "/drive/", {"Depth": "1"}).text
    front.put("/drive/letter.odt", b"one")
    answer = line.request("LOCK", "/drive/letter.odt", {"Depth": "0", "Timeout": "Infinite"}, LOCK)
    assert "Second-86400" in answer.text
    asked = b'<propfind xmlns="DAV:"><prop><supportedlock/><lockdiscovery/></prop></propfind>'
    answer = line.request("PROPFIND", "/drive/letter.odt", {"Depth": "0"}, asked)
    assert "<D:exclusive/>" in answer.text
    assert "<D:timeout>Second-86400</D:timeout>" in answer.text


def test_gvfs_when_it_renames_without_overwriting_then_412_and_both_stay(front: Any) -> None:
    assert front.ask("MKCOL", "/drive/folder").status == 201
    front.put("/drive/a", b"a")
    front.put("/drive/b", b"b")
    answer = front.ask("MOVE", "/drive/a", {"Destination": "http://house.test/drive/b", "Overwrite": "F"})
    assert answer.status == 412
    assert (front.ask("GET", "/drive/a").body, front.ask("GET", "/drive/b").body) == (b"a", b"b")


def test_npm_client_when_it_unlocks_without_brackets_then_204(front: Any) -> None:
    front.put("/drive/f")
    held = token(front.ask("LOCK", "/drive/f", {}, LOCK))
    assert front.ask("UNLOCK", "/drive/f", {"Lock-Token": held}).status == 204


def test_rclone_when_it_sends_the_time_then_it_is_kept_and_said(front: Any) -> None:
    answer = front.put("/drive/f", b"x", X_OC_Mtime="1234567890.5")
    assert answer.headers["x-oc-mtime"] == "accepted"
    assert front.ask("HEAD", "/drive/f").headers["last-modified"] == "Fri, 13 Feb 2009 23:31:30 GMT"


@pytest.mark.parametrize(
    "name",
    ["a%3Bb.txt", "a%3Fb", "a%23b", "a%25b", "a+b", "a%26b", "it's", "%C3%A9%20%F0%9F%98%80", "e%CC%81", "a%5Cb"],
)
def test_names_when_special_then_put_listed_copied_and_moved_whole(front: Any, name: str) -> None:
    assert front.put(f"/drive/{name}", b"x").status == 201
    assert front.ask("COPY", f"/drive/{name}", {"Destination": f"/drive/copy-{name}"}).status == 201
    answer = front.ask("MOVE", f"/drive/{name}", {"Destination": f"http://house.test/drive/moved-{name}"})
    assert answer.status == 201
    listed = re.findall(r"<D:href>/drive/([^<]*[^/])</D:href>", front.ask("PROPFIND", "/drive/", {"Depth": "1"}).text)
    assert len(listed) == 2
    for path in listed:
        assert front.ask("GET", f"/drive/{path}").body == b"x"


def test_rename_when_only_the_case_changes_then_201(front: Any) -> None:
    front.put("/drive/readme")
    assert front.ask("MOVE", "/drive/readme", {"Destination": "/drive/README"}).status == 201
    assert front.ask("GET", "/drive/readme").status == 404


def test_names_when_too_long_then_400_and_the_longest_works(front: Any) -> None:
    assert front.put(f"/drive/{'n' * 255}").status == 201
    answer = front.put(f"/drive/{'n' * 256}")
    assert answer.status == 400
    assert "255" in answer.text
