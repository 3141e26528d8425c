"""A member of a group as a vCard: last and first name, organisation, address, picture (R52).

Invariants: vCard 3.0 (RFC 2426), which every client reads; N, FN, ORG, EMAIL and PHOTO beside VERSION and
UID, and nothing else, whatever else is known of the account.
"""

import base64
import hashlib
import json
from dataclasses import dataclass

from coserver.model.ids import PrincipalId
from coserver.pim import lines

_FORM = 1  # to be raised when cards are written otherwise: clients then fetch them again


@dataclass(frozen=True, slots=True)
class Face:
    """What a member shows to the others of a group. `version` counts his pictures, which need not be loaded."""

    account: PrincipalId
    login: str
    display_name: str
    first: str
    last: str
    organisation: str
    address: str
    media: str
    version: int
    picture: bytes = b""

    @property
    def name(self) -> str:
        """The whole name."""
        return full_name(self.first, self.last, display_name=self.display_name, login=self.login)

    @property
    def digest(self) -> bytes:
        """Of everything that the card is made of."""
        told = [
            _FORM, self.login, self.display_name, self.first, self.last, self.organisation, self.address, self.media,
            self.version,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).digest()

    @property
    def uid(self) -> str:
        """The same in every group."""
        return f"coserver-account-{self.account}"


def full_name(first: str, last: str, *, display_name: str, login: str) -> str:
    """The name of a person as far as one was told; else what stands before the @."""
    return f"{first} {last}".strip() or display_name.strip() or login.partition("@")[0]


def name_of(account: PrincipalId) -> str:
    """The name of a member's card in the address book."""
    return f"{account}.vcf"


def card(face: Face) -> bytes:
    """The vCard of a member; one without a name that was told in parts has it as the last one."""
    parts = (face.last, face.first) if face.first or face.last else (face.name, "")
    told = [
        "BEGIN:VCARD", "VERSION:3.0", f"UID:{face.uid}", f"FN:{_escaped(face.name)}",
        f"N:{_escaped(parts[0])};{_escaped(parts[1])};;;",
    ]  # fmt: skip
    if face.organisation:
        told.append(f"ORG:{_escaped(face.organisation)}")
    told.append(f"EMAIL;TYPE=INTERNET:{_escaped(face.address)}")
    if face.picture:
        kind = face.media.partition("/")[2].upper()
        told.append(f"PHOTO;ENCODING=b;TYPE={kind}:{base64.b64encode(face.picture).decode()}")  # RFC 2426 3.1.4
    told.append("END:VCARD")
    return b"".join(lines.folded(line) for line in told)


def _escaped(text: str) -> str:
    """RFC 2426 2.4.2"""
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")
