"""A device that holds passkeys, as it answers through a browser (Web Authentication, level 3, 6 and 7)."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # flags of what a device says (6.1)


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """One key for one site; `flags` are what it says of its owner, `step` how it counts its uses."""

    origin: str
    flags: int = PRESENT | VERIFIED
    step: int = 1
    uses: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def make(self, asked: str) -> dict[str, Any]:
        """What the browser sends for a new passkey."""
        question = json.loads(asked)
        self.handle = plain(question["user"]["id"])
        assert self.id not in [plain(each["id"]) for each in question["excludeCredentials"]]
        numbers = self.key.public_key().public_numbers()
        # RFC 9053 7.1.1: an elliptic curve key of P-256, for ES256
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
        said = self._said(question["rp"]["id"], self.flags | ATTESTED) + attested
        whole = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        return self._answer("webauthn.create", question["challenge"], attestationObject=whole)

    def show(self, asked: str) -> dict[str, Any]:
        """What the browser sends for the one it has."""
        question = json.loads(asked)
        self.uses += self.step
        said = self._said(question["rpId"], self.flags)
        answer = self._answer("webauthn.get", question["challenge"], authenticatorData=said, userHandle=self.handle)
        told = plain(answer["response"]["clientDataJSON"])
        signed = self.key.sign(said + hashlib.sha256(told).digest(), ec.ECDSA(SHA256()))
        answer["response"]["signature"] = coded(signed)
        return answer

    def _said(self, site: str, flags: int) -> bytes:
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4)

    def _answer(self, kind: str, challenge: str, **parts: bytes) -> dict[str, Any]:
        told = json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False})
        response = {"clientDataJSON": coded(told.encode()), **{name: coded(part) for name, part in parts.items()}}
        return {"id": coded(self.id), "rawId": coded(self.id), "type": "public-key", "response": response}
