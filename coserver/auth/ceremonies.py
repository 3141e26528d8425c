"""What browsers do with passkeys (Web Authentication, level 3). The only door to the library that checks it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from coserver.model.errors import Malformed

_MINUTES = 5 * 60_000  # milliseconds that a browser waits for its owner
_ODD = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are made and shown: the origin that browsers name, as https://mail.example.org:8443."""

    origin: str

    @property
    def name(self) -> str:
        """The host, which a passkey is bound to (the relying party's id, 5.1.2)."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: the id that its device knows it by, the public key (COSE, RFC 9052 7), and how often it was used."""

    device_id: bytes
    public: bytes
    uses: int


def to_make(site: Site, challenge: bytes, *, handle: bytes, login: str, name: str, known: Iterable[bytes]) -> str:
    """What a browser is asked for a new passkey, as JSON; devices that hold a `known` one refuse (5.4)."""
    options = generate_registration_options(
        rp_id=site.name,
        rp_name=site.name,
        user_id=handle,
        user_name=login,
        user_display_name=name or login,
        challenge=challenge,
        timeout=_MINUTES,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return options_to_json(options)


def to_show(site: Site, challenge: bytes) -> str:
    """What a browser is asked for any passkey that it has for here, as JSON (5.5)."""
    options = generate_authentication_options(
        rp_id=site.name,
        challenge=challenge,
        timeout=_MINUTES,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def challenge_of(answer: str) -> bytes:
    """The challenge that a browser says it answers; nothing is checked yet.

    Raises:
        Malformed: it is no answer of a browser.
    """
    try:
        told = base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"])
        return parse_client_data_json(told).challenge
    except _ODD as error:
        raise _malformed() from error


def device_id_of(answer: str) -> tuple[bytes, bytes | None]:
    """Which key a browser says it shows, and whose it holds it to be.

    Raises:
        Malformed: it is no answer of a browser.
    """
    try:
        parsed = parse_authentication_credential_json(answer)
    except _ODD as error:
        raise _malformed() from error
    return parsed.raw_id, parsed.response.user_handle


def made(site: Site, challenge: bytes, answer: str) -> Made:
    """The key that a browser made; its owner was asked who he is (7.1).

    Raises:
        Malformed: the answer is none, or to another question.
    """
    try:
        found = verify_registration_response(
            credential=parse_registration_credential_json(answer),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _ODD as error:
        raise _malformed() from error
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def uses_of(site: Site, challenge: bytes, answer: str, *, public: bytes, uses: int) -> int:
    """How often the key was used, by the browser's answer that it signed; more than `uses`, where it counts (7.2).

    Raises:
        Malformed: it was not signed by the key, or answers another question.
    """
    try:
        found = verify_authentication_response(
            credential=parse_authentication_credential_json(answer),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=public,
            credential_current_sign_count=uses,
            require_user_verification=True,
        )
    except _ODD as error:
        raise _malformed() from error
    return found.new_sign_count


def _malformed() -> Malformed:
    return Malformed("What your browser sent is no passkey for this server. Please try again.")
