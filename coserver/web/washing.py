"""HTML of strangers made harmless: the one door to nh3.

Invariants: what comes out holds no script, form, frame, style sheet or address that is loaded by itself; a link opens
elsewhere and tells nobody where it was followed; pictures are those that came with the message, as `data:`.
This is the first of two walls: the second is the policy under which it is shown.
"""

import base64
from collections.abc import Mapping

import nh3

_TAGS = {
    "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
    "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol",
    "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"align", "valign", "dir", "lang", "title", "width", "height", "bgcolor", "style"},
    "a": {"href"},
    "img": {"src", "alt"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
}
_STYLES = {
    "background-color", "border", "border-collapse", "border-color", "border-radius", "border-spacing", "border-style",
    "border-width", "color", "display", "font", "font-family", "font-size", "font-style", "font-weight", "height",
    "letter-spacing", "line-height", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width",
    "word-break", "word-wrap",
}  # fmt: skip
_LOADS = ("url", "image", "expression", "import", "\\")  # what a style could fetch by; a backslash hides those
_DROPPED = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math"}
_SCHEMES = {"http", "https", "mailto", "cid"}


def clean(html: str, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """A piece of HTML that can be shown; `pictures` are those it may show, by the id that it calls them by."""

    def kept(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return _picture(value, pictures)
        if name == "href" and value.lower().startswith("cid:"):
            return None
        return None if name == "style" and any(each in value.lower() for each in _LOADS) else value

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        url_schemes=_SCHEMES,
        url_relative="deny",
        filter_style_properties=_STYLES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _picture(address: str, pictures: Mapping[str, tuple[str, bytes]]) -> str | None:
    found = pictures.get(address[4:]) if address.lower().startswith("cid:") else None
    return None if found is None else f"data:{found[0]};base64,{base64.b64encode(found[1]).decode('ascii')}"
