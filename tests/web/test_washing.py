"""HTML of strangers: what is let through, and what is not (the table grows with every trick that is heard of)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.web import washing

PICTURES = {"logo": ("image/png", b"abc")}
PIECES = (
    "<", ">", '"', "'", "img", " src=", " style=", "a", " href=", "javascript:", "url(", "https://evil.test/", "svg",
    "<!--", "-->", "\0", "&#", "/", "cid:logo", "script", " on=", "\n",
)  # fmt: skip
ALLOWED = re.compile(r"(?:https?|mailto):|data:image/(?:png|jpeg|gif|webp);base64,")


@pytest.mark.parametrize(
    ("html", "washed"),
    [
        ("<p onclick=x>hi<script>alert(1)</script></p>", "<p>hi</p>"),
        ('<img src="cid:logo" alt=a>', '<img src="data:image/png;base64,YWJj" alt="a">'),
        ('<img src="cid:other">', "<img>"),
        ('<img src="https://evil.test/x.png" srcset="https://evil.test/y.png 2x">', "<img>"),
        ('<img src="data:image/svg+xml,<svg onload=alert(1)>">', "<img>"),
        ('<p style="color:red;background:url(https://evil.test/)">x</p>', "<p>x</p>"),
        ('<p style="color:red; position:fixed">x</p>', '<p style="color:red">x</p>'),
        ('<p style="color:rgb(1,2,3)">x</p>', '<p style="color:rgb(1, 2, 3)">x</p>'),
        ("<style>@import 'https://evil.test/'</style>b", "b"),
        ('<link rel=stylesheet href="https://evil.test/">b', "b"),
        ('<meta http-equiv=refresh content="0;url=https://evil.test/">b', "b"),
        ('<base href="https://evil.test/">b', "b"),
        ("<form action=/x><input name=a><textarea>t</textarea></form>b", "tb"),
        ("<svg><script>1</script></svg><math><mi>1</mi></math>b", "b"),
        ('<video src="https://evil.test/" poster="https://evil.test/p"></video>b', "b"),
        ('<table background="https://evil.test/"><tr><td>1', "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        ("<!--[if IE]><script>1</script><![endif]-->b", "b"),
        ('<p id="main" class="wrong" name="x">b</p>', "<p>b</p>"),
    ],
)  # fmt: skip
def test_html_when_washed_then_this_is_left(html: str, washed: str) -> None:
    assert washing.clean(html, PICTURES) == washed


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:x", "java\nscript:x", "vbscript:x", "data:text/html,x",
     "/settings", "//evil.test/", "cid:logo", "file:///etc/passwd", "blob:x", "&#106;avascript:x"],
)  # fmt: skip
def test_link_when_it_leads_nowhere_good_then_it_is_none(address: str) -> None:
    assert "href" not in washing.clean(f'<a href="{address}">x</a>', PICTURES)


def test_link_when_it_is_one_then_it_opens_elsewhere_and_tells_nobody() -> None:
    washed = washing.clean('<a href="https://good.test/" target=_top rel=opener ping="https://evil.test/">x</a>', {})
    assert washed == '<a href="https://good.test/" target="_blank" rel="noopener noreferrer nofollow">x</a>'


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_html_whatever_it_is_then_no_script_and_no_address_that_is_loaded(html: str) -> None:
    washed = washing.clean(html, PICTURES)
    assert "<script" not in washed.lower()
    for name, value in re.findall(r'<[a-z][^<>]*?\s(src|href|style)="([^"]*)"', washed):
        assert ALLOWED.match(value) if name != "style" else "url" not in value
