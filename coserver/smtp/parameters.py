"""The parameters of MAIL and RCPT; no input or output.

SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), AUTH (RFC 4954 5), RET, ENVID, NOTIFY and
ORCPT (RFC 3461 4). Names and keywords are read in any case, values are kept as they came.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coserver.model.errors import HouseError, Malformed

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\Z")
_VALUE = re.compile(r"[\x21-\x3c\x3e-\x7e\x80-\U0010ffff]*=?[\x21-\x3c\x3e-\x7e\x80-\U0010ffff]*\Z")
_XTEXT = re.compile(r"(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})*\Z")  # RFC 3461 4
_HEX = re.compile(r"\+([0-9A-F]{2})")
_EVENTS = frozenset(("SUCCESS", "FAILURE", "DELAY"))


class NotKnown(HouseError):
    """A parameter that this server does not know: 555 (RFC 5321 4.1.1.11)."""


@dataclass(frozen=True, slots=True)
class MailParameters:
    """What came with MAIL. `size` is None when not declared; `ret` is "", "FULL" or "HDRS"."""

    size: int | None = None
    smtputf8: bool = False
    ret: str = ""
    envelope_id: str = ""


@dataclass(frozen=True, slots=True)
class RecipientParameters:
    """What came with RCPT. `notify` is "", "NEVER" or a comma list in a fixed order."""

    notify: str = ""
    original: str = ""


def mail_parameters(text: str) -> MailParameters:
    """Read the parameters of MAIL.

    Raises:
        Malformed: a value breaks its grammar, or a parameter came twice.
        NotKnown: a parameter is not offered.
    """
    found = _split(text)
    known = {"SIZE", "BODY", "SMTPUTF8", "AUTH", "RET", "ENVID"}
    _only(found, known)
    if found.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
        raise Malformed("BODY is 7BIT or 8BITMIME")
    if found.get("SMTPUTF8", ""):
        raise Malformed("SMTPUTF8 takes no value")
    if "AUTH" in found and found["AUTH"] != "<>":
        unxtext(found["AUTH"])  # taken, not believed (RFC 4954 5)
    ret = found.get("RET", "").upper()
    if "RET" in found and ret not in ("FULL", "HDRS"):
        raise Malformed("RET is FULL or HDRS")
    return MailParameters(
        size=_size(found["SIZE"]) if "SIZE" in found else None,
        smtputf8="SMTPUTF8" in found,
        ret=ret,
        envelope_id=_bounded(found, "ENVID", 100),
    )


def recipient_parameters(text: str) -> RecipientParameters:
    """Read the parameters of RCPT; raises as `mail_parameters`."""
    found = _split(text)
    _only(found, {"NOTIFY", "ORCPT"})
    original = found.get("ORCPT", "")
    if "ORCPT" in found:
        kind, semicolon, address = original.partition(";")
        if not semicolon or not _NAME.match(kind) or not address or len(original) > 500:
            raise Malformed("ORCPT is a type, a semicolon and an address")
        if kind.lower() != "utf-8":  # RFC 6533 3 has its own encoding
            unxtext(address)
    return RecipientParameters(notify=_notify(found.get("NOTIFY")), original=original)


def unxtext(text: str) -> str:
    """Decode xtext (RFC 3461 4).

    Raises:
        Malformed: it is not xtext.
    """
    if not _XTEXT.match(text):
        raise Malformed("A parameter is not encoded as xtext")
    return _HEX.sub(lambda found: chr(int(found.group(1), 16)), text)


def _split(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in text.split():
        name, equals, value = part.partition("=")
        upper = name.upper()
        if not _NAME.match(name) or not _VALUE.match(value) or (equals and not value):
            raise Malformed("A parameter is malformed")
        if upper in found:
            raise Malformed(f"{upper} was given twice")
        found[upper] = value
    return found


def _only(found: Mapping[str, str], known: set[str]) -> None:
    for name in found:
        if name not in known:
            raise NotKnown(f"The parameter {name} is not known here")


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):  # RFC 1870 6.2
        raise Malformed("SIZE is a number of bytes")
    return int(text)


def _bounded(found: Mapping[str, str], name: str, limit: int) -> str:
    value = found.get(name, "")
    if name in found and (not value or len(value) > limit):
        raise Malformed(f"{name} is 1 to {limit} characters long")
    unxtext(value)
    return value


def _notify(text: str | None) -> str:
    if text is None:
        return ""
    words = text.upper().split(",")
    if words == ["NEVER"]:
        return "NEVER"
    if not set(words) <= _EVENTS or len(set(words)) != len(words):
        raise Malformed("NOTIFY is NEVER or a list of SUCCESS, FAILURE and DELAY")
    return ",".join(word for word in ("SUCCESS", "FAILURE", "DELAY") if word in words)
