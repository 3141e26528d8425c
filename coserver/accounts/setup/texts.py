"""Texts of others in documents for programs: shown ones are made fit, exact ones are refused where they do not fit."""

import re
from xml.sax.saxutils import escape, quoteattr

from coserver.model.errors import Malformed

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

# What XML cannot hold (XML 1.0 2.2), and control characters, which no name, login or password has.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def shown(text: str, most: int) -> str:
    """A text for people: on one line, without what cannot be shown, in no more than `most` characters."""
    plain = " ".join(_UNFIT.sub(" ", text).split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"


def exact(text: str) -> str:
    """A text that counts to the letter, such as a login.

    Raises:
        Malformed: it has characters that a document cannot hold.
    """
    if _UNFIT.search(text):
        raise Malformed("Names and passwords have no control characters.")
    return text


def element(name: str, *inside: str, **attributes: str) -> str:
    """An element of XML around pieces of XML; of attributes, the texts; errors as those of `exact`."""
    told = "".join(f" {key}={quoteattr(exact(value))}" for key, value in attributes.items())
    return f"<{name}{told}>{''.join(inside)}</{name}>"


def leaf(name: str, text: str | int, **attributes: str) -> str:
    """An element of XML around a text; errors as those of `exact`."""
    return element(name, escape(exact(str(text))), **attributes)
