"""A contact as people read it: the common fields of a vCard (RFC 2426, RFC 6350), out of whatever a program kept.

Invariants: any bytes give a contact; what is no common field is passed over; a picture is one only if it is
bytes of a kind that every browser draws, in the card itself.
"""

import re
from dataclasses import dataclass

from coserver.pim import lines
from coserver.pim.lines import Line

MOST = 10  # mail addresses, phone numbers and places that are read; more stay as they are
PLACE = (2, 3, 4, 5, 6)  # the parts of ADR that are: street, town, region, code, country
CONTENT = re.compile(r"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r\n|\n|\r|\Z)")  # a content line with its folds
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # that are no line break or tabulator
FOLD = re.compile(r"\r?\n[ \t]")
_TOKEN = re.compile(r"\\.|;|[^\\;]+|\\", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:T.*)?")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,270000}={0,2}")
_PICTURES = {"jpeg": "jpeg", "jpg": "jpeg", "png": "png", "gif": "gif", "webp": "webp"}
_DATA = re.compile(r"data:image/([a-z]+);base64,(.*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contact:
    """The common fields; a place is street, town, region, code and country. `birthday` is YYYY-MM-DD or empty.

    `picture` is the address of the picture with the bytes in it.
    """

    shown_as: str = ""
    first: str = ""
    last: str = ""
    organisation: str = ""
    mails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    places: tuple[tuple[str, ...], ...] = ()
    birthday: str = ""
    note: str = ""
    picture: str = ""

    @property
    def whole(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}".strip()

    @property
    def called(self) -> str:
        """What it is called in a list; empty if nothing of it says."""
        told = (self.shown_as, self.whole, self.organisation, *self.mails, *self.phones)
        return next((one for one in told if one), "")


def read(data: bytes) -> Contact:
    """The common fields of a card; empty where there is nothing, or nothing that can be understood."""
    found: dict[str, list[Line]] = {}
    for line in filter(None, map(content, pieces(data))):
        found.setdefault(line.name, []).append(line)

    def first(name: str) -> str:
        return found[name][0].value if name in found else ""

    family, given = [*map(plain, parts(first("N"))), ""][:2]
    return Contact(
        shown_as=tidy(plain(first("FN"))),
        first=tidy(given),
        last=tidy(family),
        organisation=tidy(plain(parts(first("ORG"))[0])),
        mails=tuple(filter(None, map(simple, found.get("EMAIL", ())[:MOST]))),
        phones=tuple(filter(None, map(simple, found.get("TEL", ())[:MOST]))),
        places=tuple(filter(any, map(place, found.get("ADR", ())[:MOST]))),
        birthday=_birthday(first("BDAY")),
        note=plain(first("NOTE")),
        picture=next(filter(None, map(_picture, found.get("PHOTO", ()))), ""),
    )


def pieces(data: bytes) -> list[str]:
    """The content lines of a card as they are, with folds and ends; joined they are the card."""
    return [each for each in CONTENT.findall(data.decode("utf-8", "replace")) if each]


def content(piece: str) -> Line | None:
    """What a content line says; None if it is none."""
    return lines.read(FOLD.sub("", piece).rstrip("\r\n"))


def parts(value: str) -> list[str]:
    """The parts of a value, with their escapes (RFC 6350 3.4)."""
    found = [""]
    for piece in _TOKEN.findall(value):
        if piece == ";":
            found.append("")
        else:
            found[-1] += piece
    return found


def plain(text: str) -> str:
    """A text without its escapes."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def tidy(text: str) -> str:
    """A text on one line, as it is shown and typed."""
    return " ".join(CONTROLS.sub(" ", text).split())


def simple(line: Line) -> str:
    """A mail address or phone number."""
    return tidy(plain(line.value)).removeprefix("tel:").removeprefix("mailto:")


def place(line: Line) -> tuple[str, ...]:
    """Street, town, region, code and country."""
    held = parts(line.value)
    return tuple(tidy(plain(held[number])) if number < len(held) else "" for number in PLACE)


def _birthday(value: str) -> str:
    day = _DAY.fullmatch(value.strip())
    return "-".join(day.groups()) if day else ""


def _picture(line: Line) -> str:
    told = {name: value.strip('"').lower() for name, value in line.params}
    kind, value = told.get("TYPE", "").rpartition("/")[2], line.value.strip()
    if (inside := _DATA.fullmatch(value)) is not None:
        kind, value = inside[1].lower(), inside[2]
    elif told.get("ENCODING") not in ("b", "base64"):
        return ""
    return f"data:image/{_PICTURES[kind]};base64,{value}" if kind in _PICTURES and _BASE64.fullmatch(value) else ""
