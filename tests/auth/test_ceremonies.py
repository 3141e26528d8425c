"""What browsers answer about passkeys."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from coserver.auth import ceremonies
from coserver.auth.ceremonies import Made, Site
from coserver.model.errors import Malformed
from tests.passkey_device import ATTESTED, PRESENT, VERIFIED, Device, coded, plain

SITE = Site("https://mail.example.test:8443")
OTHER = Site("https://mail.example.org")


def to_make(*known: bytes) -> str:
    return ceremonies.to_make(SITE, b"challenge", handle=b"who", login="alice", name="Alice", known=known)


def made(device: Device, challenge: bytes = b"challenge", site: Site = SITE) -> Made:
    return ceremonies.made(site, challenge, json.dumps(device.make(to_make())))


def used(device: Device, key: Made, *, uses: int = 0, challenge: bytes = b"next", site: Site = SITE) -> int:
    answer = json.dumps(device.show(ceremonies.to_show(SITE, b"next")))
    return ceremonies.uses_of(site, challenge, answer, public=key.public, uses=uses)


def test_question_when_for_a_new_one_then_names_the_site_and_asks_who_the_owner_is() -> None:
    asked = json.loads(to_make(b"held"))
    assert asked["rp"] == {"id": "mail.example.test", "name": "mail.example.test"}
    assert (plain(asked["user"]["id"]), asked["user"]["name"], asked["user"]["displayName"]) == (
        b"who",
        "alice",
        "Alice",
    )
    assert [plain(each["id"]) for each in asked["excludeCredentials"]] == [b"held"]
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert asked["attestation"] == "none"  # which device somebody has is not for us
    shown = json.loads(ceremonies.to_show(SITE, b"challenge"))
    assert (shown["rpId"], plain(shown["challenge"])) == ("mail.example.test", b"challenge")
    assert (shown["userVerification"], shown["allowCredentials"]) == ("required", [])


def test_passkey_when_made_and_shown_then_it_is_known_and_its_uses_are_counted() -> None:
    device = Device(SITE.origin)
    key = made(device)
    assert key.device_id == device.id
    answer = json.dumps(device.show(ceremonies.to_show(SITE, b"next")))
    assert ceremonies.challenge_of(answer) == b"next"
    assert ceremonies.device_id_of(answer) == (device.id, b"who")
    assert ceremonies.uses_of(SITE, b"next", answer, public=key.public, uses=0) == 1
    assert used(device, key, uses=1) == 2


def test_device_when_it_does_not_count_then_it_is_taken_each_time() -> None:
    device = Device(SITE.origin, step=0)
    key = made(device)
    assert used(device, key) == 0
    assert used(device, key) == 0


@pytest.mark.parametrize(
    ("device", "challenge", "site"),
    [
        (Device(OTHER.origin), b"challenge", SITE),  # a page elsewhere handed it on
        (Device(SITE.origin), b"another", SITE),
        (Device(SITE.origin), b"challenge", OTHER),
        (Device(SITE.origin, flags=PRESENT), b"challenge", SITE),  # whoever holds the device
        (Device(SITE.origin, flags=VERIFIED), b"challenge", SITE),  # without anybody there
    ],
)
def test_new_one_when_anything_is_another_then_refused(device: Device, challenge: bytes, site: Site) -> None:
    with pytest.raises(Malformed):
        made(device, challenge, site)


def test_shown_one_when_anything_is_another_then_refused() -> None:
    device = Device(SITE.origin)
    key = made(device)
    for wrong in (
        lambda: used(device, key, challenge=b"another"),
        lambda: used(device, key, site=OTHER),
        lambda: used(device, key, uses=9),  # a copy of the device is behind
        lambda: used(Device(SITE.origin, id=device.id), key),  # signed by another key
        lambda: used(Device(OTHER.origin, id=device.id), key),
    ):
        with pytest.raises(Malformed):
            wrong()
    for flags in (PRESENT, VERIFIED):
        device.flags = flags
        with pytest.raises(Malformed):
            used(device, key)
    device.flags = PRESENT | VERIFIED
    assert used(device, key) == device.uses


BROKEN = ["", "null", "[]", "7", '"x"', "{}", "[" * 20_000, '{"response":{"clientDataJSON":7}}', "\ud800", "é"]


@pytest.mark.parametrize("read", [ceremonies.challenge_of, ceremonies.device_id_of])
@pytest.mark.parametrize("text", BROKEN)
def test_answer_when_it_is_none_then_malformed(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(Malformed):
        read(text)


@pytest.mark.parametrize("name", ["id", "rawId", "type", "clientDataJSON", "attestationObject"])
@pytest.mark.parametrize("value", [None, 7, "", "é", "AAAA", {}, "*" * 9])
def test_answer_when_a_part_of_it_is_odd_then_malformed(name: str, value: Any) -> None:
    answer = Device(SITE.origin).make(to_make())
    (answer if name in answer else answer["response"])[name] = value
    with pytest.raises(Malformed):
        ceremonies.made(SITE, b"challenge", json.dumps(answer))


def test_new_one_when_the_device_says_no_key_then_malformed() -> None:
    answer = Device(SITE.origin).make(to_make())
    whole = bytearray(plain(answer["response"]["attestationObject"]))
    at = whole.index(bytes([PRESENT | VERIFIED | ATTESTED]) + bytes(4))
    whole[at] = PRESENT | VERIFIED
    answer["response"]["attestationObject"] = coded(bytes(whole))
    with pytest.raises(Malformed):
        ceremonies.made(SITE, b"challenge", json.dumps(answer))
