"""XML of requests, read safely, and XML of answers, written plainly.

Invariants: any bytes give an element tree, Malformed, or TooBig where they are merely too many; no
document type, no entity, no outside reference is ever followed. What is written names its namespaces
itself, so that it can be put into any document.
"""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from coserver.model.errors import Malformed, TooBig

DEEPEST = 100
MOST_ELEMENTS = 20_000


class _Bounded(TreeBuilder):
    """Builds the tree and stops what grows too far."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Begin an element."""
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST or self._count > MOST_ELEMENTS:
            raise TooBig("The XML of the request is nested too deeply or has too many elements.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """End an element."""
        self._depth -= 1
        return super().end(tag)


def parse(body: bytes) -> Element | None:
    """The root element of a body; None for an empty body.

    Raises:
        Malformed: it is not XML, or uses a document type or entities.
        TooBig: too deep, or too many elements.
    """
    if not body.strip():
        return None
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(body)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise Malformed("The XML of the request must not have a document type or entities.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Malformed("The body of the request is not well-formed XML.", cause=str(error)) from error
    return root


def written(element: Element) -> str:
    """An element (of this or lxml's element tree) as XML that stands by itself, without what follows it."""
    names: dict[str, str] = {}
    inside = _content(element, names)
    head = _head(element, names)
    spaces = "".join(f" xmlns:{prefix}={quoteattr(space)}" for space, prefix in names.items())
    return f"<{head[0]}{spaces}{head[1]}>{inside}</{head[0]}>" if inside else f"<{head[0]}{spaces}{head[1]}/>"


def split(tag: str) -> tuple[str, str]:
    """Namespace and local name of a tag in Clark notation."""
    if tag.startswith("{"):
        space, _, local = tag[1:].partition("}")
        return space, local
    return "", tag


def _content(element: Element, names: dict[str, str]) -> str:
    pieces = [escape(element.text or "")]
    for child in element:
        if isinstance(child.tag, str):  # comments and instructions have another kind of tag
            name, attributes = _head(child, names)
            inside = _content(child, names)
            pieces.append(f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>")
        pieces.append(escape(child.tail or ""))
    return "".join(pieces)


def _head(element: Element, names: dict[str, str]) -> tuple[str, str]:
    attributes = "".join(f" {_name(name, names)}={quoteattr(value)}" for name, value in element.attrib.items())
    return _name(element.tag, names), attributes


def _name(tag: str, names: dict[str, str]) -> str:
    space, local = split(tag)
    if not space:
        return local
    if space == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{local}"
    return f"{names.setdefault(space, f'N{len(names)}')}:{local}"
