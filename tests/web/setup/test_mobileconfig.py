"""Profiles for devices of Apple, as plists."""

import plistlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.accounts.setup.places import Service
from coserver.model.errors import Malformed, Missing
from coserver.web.setup.mobileconfig import Person, profile
from tests.web.here import FIT, HERE, OFF, SHUT, TEXTS, UNFIT

ALICE = Person("alice@example.test", "alice@example.test", "Alice")

# What Apple says of the keys of each kind of payload: those it needs, and all it knows of what is used here.
NEEDED = {
    "com.apple.mail.managed": {
        "EmailAccountType", "IncomingMailServerAuthentication", "IncomingMailServerHostName",
        "OutgoingMailServerAuthentication", "OutgoingMailServerHostName",
    },
    "com.apple.caldav.account": {"CalDAVHostName"},
    "com.apple.carddav.account": {"CardDAVHostName"},
}  # fmt: skip
KINDS: dict[str, dict[str, type]] = {
    "com.apple.mail.managed": {
        "EmailAccountDescription": str, "EmailAccountName": str, "EmailAccountType": str, "EmailAddress": str,
        "IncomingMailServerAuthentication": str, "IncomingMailServerHostName": str,
        "IncomingMailServerPortNumber": int, "IncomingMailServerUseSSL": bool, "IncomingMailServerUsername": str,
        "IncomingPassword": str, "OutgoingPassword": str, "OutgoingPasswordSameAsIncomingPassword": bool,
        "OutgoingMailServerAuthentication": str, "OutgoingMailServerHostName": str,
        "OutgoingMailServerPortNumber": int, "OutgoingMailServerUseSSL": bool, "OutgoingMailServerUsername": str,
    },
} | {
    f"com.apple.{word.lower()}.account": {
        f"{word}AccountDescription": str, f"{word}HostName": str, f"{word}Username": str, f"{word}Password": str,
        f"{word}PrincipalURL": str, f"{word}UseSSL": bool, f"{word}Port": int,
    }
    for word in ("CalDAV", "CardDAV")
}  # fmt: skip
HEAD = {
    "PayloadType": str, "PayloadVersion": int, "PayloadIdentifier": str, "PayloadUUID": str,
    "PayloadDisplayName": str,
}  # fmt: skip


def read(made: bytes) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A profile, and its payloads by their kinds."""
    whole = plistlib.loads(made, fmt=plistlib.FMT_XML)
    return whole, {payload["PayloadType"]: payload for payload in whole["PayloadContent"]}


@pytest.mark.parametrize("person", [ALICE, replace(ALICE, name="", password="pass word")])
def test_profile_when_made_then_every_payload_has_the_keys_that_apple_knows(person) -> None:
    whole, payloads = read(profile(HERE, person))
    assert whole["PayloadType"] == "Configuration"
    assert set(payloads) == set(KINDS)
    for kind, payload in payloads.items():
        known = KINDS[kind] | HEAD
        assert {key: type(value) for key, value in payload.items()} == {key: known[key] for key in payload}
        assert NEEDED[kind] | set(HEAD) <= set(payload)


def test_profile_when_all_is_on_then_mail_calendars_and_contacts_are_where_they_are() -> None:
    _, payloads = read(profile(replace(HERE, https=Service("mail.example.test", 20443)), ALICE))
    mail, calendars = payloads["com.apple.mail.managed"], payloads["com.apple.caldav.account"]
    assert (mail["IncomingMailServerHostName"], mail["IncomingMailServerPortNumber"]) == ("mail.example.test", 993)
    assert (mail["OutgoingMailServerHostName"], mail["OutgoingMailServerPortNumber"]) == ("mail.example.test", 465)
    assert mail["EmailAccountName"] == "Alice"
    assert calendars["CalDAVPort"] == 20443
    assert calendars["CalDAVPrincipalURL"] == "https://mail.example.test:20443/dav/alice%40example.test/"
    assert payloads["com.apple.carddav.account"]["CardDAVPrincipalURL"] == calendars["CalDAVPrincipalURL"]


def test_profile_when_made_again_then_it_replaces_the_former() -> None:
    former, parts = read(profile(HERE, ALICE))
    newer, newer_parts = read(profile(replace(HERE, title="Renamed", imaps=OFF), replace(ALICE, password="new")))
    assert former["PayloadIdentifier"] == newer["PayloadIdentifier"]
    assert former["PayloadIdentifier"].startswith("test.example.setup.")
    names = [former, *parts.values()], [newer, *newer_parts.values()]
    assert [one["PayloadUUID"] for one in names[0]] == [one["PayloadUUID"] for one in names[1]]
    assert len({one["PayloadUUID"] for one in names[0]} | {one["PayloadIdentifier"] for one in names[0]}) == 8
    assert profile(HERE, ALICE) == profile(HERE, ALICE)


@pytest.mark.parametrize(
    ("places", "person"),
    [(HERE, replace(ALICE, login="bob@example.test")), (replace(HERE, domain="example.org"), ALICE)],
)
def test_profile_when_it_is_of_another_then_it_stands_beside(places, person) -> None:
    first, second = read(profile(HERE, ALICE))[0], read(profile(places, person))[0]
    assert first["PayloadUUID"] != second["PayloadUUID"]
    assert first["PayloadIdentifier"] != second["PayloadIdentifier"]


def test_profile_when_no_password_is_given_then_there_is_none_in_it() -> None:
    def passwords(person: Person) -> list[str]:
        _, payloads = read(profile(HERE, person))
        return sorted(key for payload in payloads.values() for key in payload if key.endswith(("Password",)))

    same = "OutgoingPasswordSameAsIncomingPassword"
    assert passwords(ALICE) == [same]
    given = replace(ALICE, password="tulip")
    assert passwords(given) == ["CalDAVPassword", "CardDAVPassword", "IncomingPassword", "OutgoingPassword", same]
    assert profile(HERE, given).count(b"<string>tulip</string>") == 4
    assert "tulip" not in repr(given)


def test_profile_when_services_are_off_then_only_the_others_are_set_up() -> None:
    assert set(read(profile(replace(HERE, https=OFF), ALICE))[1]) == {"com.apple.mail.managed"}
    assert set(read(profile(replace(SHUT, imaps=HERE.imaps, https=HERE.https), ALICE))[1]) == {
        "com.apple.caldav.account",
        "com.apple.carddav.account",
    }
    with pytest.raises(Missing):
        profile(SHUT, ALICE)


@pytest.mark.parametrize("text", UNFIT)
def test_profile_when_what_counts_to_the_letter_cannot_be_held_then_malformed(text) -> None:
    bad = [(HERE, replace(ALICE, **{name: text})) for name in ("login", "address", "password")]
    bad += [(replace(HERE, **{name: Service(text, 1)}), ALICE) for name in ("imaps", "submissions", "https")]
    bad += [(replace(HERE, https=OFF), replace(ALICE, password=text)), (replace(HERE, domain=text), ALICE)]
    bad.append((replace(SHUT, https=HERE.https), replace(ALICE, password=text)))
    for places, person in bad:
        with pytest.raises(Malformed):
            profile(places, person)


@given(FIT, TEXTS, FIT, st.builds(Person, FIT, FIT, TEXTS, FIT) | st.builds(Person, TEXTS, TEXTS, TEXTS, TEXTS))
def test_profile_when_texts_are_any_then_they_are_read_back_or_refused(domain, title, host, person) -> None:
    places = replace(HERE, domain=domain, title=title, https=Service(host, 443))
    try:
        whole, payloads = read(profile(places, person))
    except Malformed:
        return
    mail, contacts = payloads["com.apple.mail.managed"], payloads["com.apple.carddav.account"]
    assert (mail["EmailAddress"], mail["IncomingMailServerUsername"]) == (person.address, person.login)
    assert (contacts["CardDAVUsername"], contacts["CardDAVHostName"]) == (person.login, host)
    assert mail.get("IncomingPassword", "") == contacts.get("CardDAVPassword", "") == person.password
    assert whole["PayloadDisplayName"] == places.name(60)
