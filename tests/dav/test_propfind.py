"""PROPFIND: what is listed, and what is not there."""

import re
from typing import Any

import pytest

from coserver.dav.propfind import Mode, Question, question
from coserver.dav.xml_limits import parse
from coserver.model.errors import HouseError


def ask(front: Any, path: str, inside: str, depth: str = "0", **more: Any) -> Any:
    body = f'<D:propfind xmlns:D="DAV:" xmlns:X="urn:x">{inside}</D:propfind>'.encode()
    return front.ask("PROPFIND", path, {"Depth": depth}, body, **more)


def test_propfind_when_named_then_found_and_missing_apart_and_etag_as_in_the_header(front: Any) -> None:
    etag = front.put("/drive/f").headers["etag"]
    text = ask(front, "/drive/f", "<D:prop><D:getetag/><D:getcontentlength/><X:none/><D:nonsense/></D:prop>").text
    found, missing = re.findall(r"<D:propstat>(.*?)</D:propstat>", text)
    assert f"<D:getetag>{etag}</D:getetag>" in found
    assert "<D:getcontentlength>5</D:getcontentlength>" in found
    assert "200 OK" in found
    assert 'xmlns:N="urn:x"' in missing
    assert "<D:nonsense/>" in missing
    assert "404 Not Found" in missing


def test_propfind_when_propname_then_names_without_values(front: Any) -> None:
    front.put("/drive/f")
    patch = b'<propertyupdate xmlns="DAV:"><set><prop><a xmlns="urn:x">v</a></prop></set></propertyupdate>'
    front.ask("PROPPATCH", "/drive/f", {}, patch)
    text = ask(front, "/drive/f", "<D:propname/>").text
    assert "<D:getetag/>" in text
    assert '<N:a xmlns:N="urn:x"/>' in text
    assert ">v<" not in text


def test_propfind_when_allprop_then_dead_ones_too_and_what_is_included(front: Any) -> None:
    front.put("/drive/f")
    text = ask(front, "/drive/", "<D:allprop/>").text
    assert "quota" not in text
    text = ask(front, "/drive/", "<D:allprop/><D:include><D:quota-used-bytes/></D:include>").text
    assert "<D:quota-used-bytes>5</D:quota-used-bytes>" in text
    assert "404" not in text


def test_propfind_when_infinite_then_403_with_the_condition_and_a_file_is_answered(front: Any) -> None:
    front.put("/drive/f")
    for headers in ({"Depth": "infinity"}, {}):
        answer = front.ask("PROPFIND", "/drive/", headers)
        assert answer.status == 403
        assert "propfind-finite-depth" in answer.text
        assert front.ask("PROPFIND", "/drive/f", headers).status == 207


def test_propfind_when_depth_is_nonsense_then_400(front: Any) -> None:
    assert front.ask("PROPFIND", "/drive/", {"Depth": "2"}).status == 400


def test_propfind_when_chunked_then_the_body_counts(front: Any) -> None:
    body = b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
    front.put("/drive/f")
    line = front.connect()
    line.send(front.head("PROPFIND", "/drive/f", {"Depth": "0"}, chunked=True))
    line.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    text = line.answer().text
    assert "getetag" in text
    assert "displayname" not in text


def test_propfind_when_folder_then_all_members_with_the_right_paths(front: Any) -> None:
    front.ask("MKCOL", "/drive/a%20b")
    front.ask("MKCOL", "/drive/a%20b/deep%20&%20narrow")
    front.put("/drive/a%20b/f%3C.txt")
    text = ask(front, "/drive/a%20b", "<D:prop><D:displayname/></D:prop>", "1").text
    assert re.findall("<D:href>(.*?)</D:href>", text) == [
        "/drive/a%20b/", "/drive/a%20b/deep%20%26%20narrow/", "/drive/a%20b/f%3C.txt",
    ]  # fmt: skip
    assert re.findall("<D:displayname>(.*?)</D:displayname>", text) == ["a b", "deep &amp; narrow", "f&lt;.txt"]


def test_propfind_when_top_then_groups_are_shown_to_members_only(front: Any) -> None:
    assert "/drive/Groups/" in ask(front, "/drive/", "<D:allprop/>", "1").text
    assert "/drive/Groups/" not in ask(front, "/drive/", "<D:allprop/>", "1", who="dave").text
    assert "/drive/Groups/team/" in ask(front, "/drive/Groups", "<D:allprop/>", "1").text


def test_propfind_when_locked_above_then_the_lock_is_shown_with_its_root(front: Any) -> None:
    front.ask("MKCOL", "/drive/a")
    front.ask("MKCOL", "/drive/a/b")
    front.put("/drive/a/b/f")
    body = b'<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope><locktype><write/></locktype></lockinfo>'
    front.ask("LOCK", "/drive/a", {"Depth": "infinity"}, body)
    front.ask("LOCK", "/drive/a/b/f", {}, body)
    text = ask(front, "/drive/a/b", "<D:prop><D:lockdiscovery/></D:prop>", "1").text
    folder, file = re.findall(r"<D:response>(.*?)</D:response>", text)
    assert re.findall("<D:lockroot><D:href>(.*?)<", folder) == ["/drive/a/"]
    assert re.findall("<D:lockroot><D:href>(.*?)<", file) == ["/drive/a/", "/drive/a/b/f"]
    text = ask(front, "/drive/a/b/f", "<D:prop><D:lockdiscovery/></D:prop>").text
    assert sorted(re.findall("<D:lockroot><D:href>(.*?)<", text)) == ["/drive/a/", "/drive/a/b/f"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", Question(Mode.ALL)),
        (b'<propfind xmlns="DAV:"><allprop/></propfind>', Question(Mode.ALL)),
        (b'<propfind xmlns="DAV:"><propname/></propfind>', Question(Mode.NAMES)),
        (b'<propfind xmlns="DAV:"><prop><a/><a/></prop></propfind>', Question(Mode.NAMED, ("{DAV:}a",))),
        (b'<propfind xmlns="DAV:"><prop/></propfind>', Question(Mode.NAMED)),
    ],
)
def test_question_when_proper_then_what_is_asked(body: bytes, found: Question) -> None:
    assert question(parse(body)) == found


@pytest.mark.parametrize(
    "body",
    [
        b'<propfind xmlns="DAV:"/>',
        b'<propfind xmlns="DAV:"><allprop/><propname/></propfind>',
        b'<propfind xmlns="DAV:"><prop/><allprop/></propfind>',
        b"<propfind/>",
        b'<propfind xmlns="DAV:"><prop>' + b"".join(b"<a%d/>" % n for n in range(300)) + b"</prop></propfind>",
    ],
)
def test_question_when_it_asks_nothing_or_too_much_then_refused(body: bytes) -> None:
    with pytest.raises(HouseError):
        question(parse(body))
