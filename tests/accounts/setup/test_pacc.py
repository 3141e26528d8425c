"""The document that any program may read, and its digest in the DNS."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given

from coserver.accounts.setup.pacc import published
from coserver.accounts.setup.places import Service
from coserver.mail.zone import Record, text
from coserver.model.errors import Malformed, Missing
from tests.web.here import HERE, OFF, SHUT, TEXTS, UNFIT

HOST = "mail.example.test"


def test_published_when_all_is_on_then_it_names_everything() -> None:
    assert json.loads(published(HERE, guide="https://mail.example.test/setup").body) == {
        "protocols": {
            "imap": {"host": HOST},
            "submit": {"host": HOST},
            "smtp": {"host": HOST},
            "caldav": {"url": f"https://{HOST}/dav/"},
            "carddav": {"url": f"https://{HOST}/dav/"},
            "webdav": {"url": f"https://{HOST}/drive/"},
        },
        "authentication": {"password": True},
        "info": {
            "provider": {"name": "Example & <Sons>", "shortName": "Example & <Sons>"},
            "help": {"documentation": "https://mail.example.test/setup"},
        },
    }


def test_published_when_ports_are_odd_then_services_that_would_be_missed_are_not_named() -> None:
    odd = replace(HERE, imaps=Service(HOST, 20993), submissions=OFF)
    assert set(json.loads(published(odd).body)["protocols"]) == {"caldav", "carddav", "webdav"}
    assert set(json.loads(published(replace(HERE, https=Service(HOST, 444))).body)["protocols"]) == {
        "imap",
        "submit",
        "smtp",
    }
    with pytest.raises(Missing):
        published(replace(SHUT, imap=HERE.imap, submission=HERE.submission))


def test_published_when_a_provider_has_a_long_name_then_it_is_cut() -> None:
    provider = json.loads(published(replace(HERE, title="long " * 30)).body)["info"]["provider"]
    assert (len(provider["name"]), len(provider["shortName"])) == (60, 20)


@given(TEXTS, TEXTS, TEXTS)
def test_published_when_texts_are_any_then_the_digest_is_that_of_the_body(title, host, guide) -> None:
    places = replace(HERE, title=title, imaps=Service(host, 993))
    try:
        made = published(places, guide=guide)
    except Malformed:
        return
    assert made == published(replace(places), guide=guide)
    found = re.fullmatch(r"v=UAAC1; a=sha256; d=([A-Za-z0-9+/]{43}=)", made.record)
    assert b64decode(found[1]) == sha256(made.body).digest()
    read = json.loads(made.body)
    assert read["protocols"]["imap"] == {"host": host}
    assert read["info"]["provider"]["name"] == places.name(60)
    assert read["info"].get("help", {}).get("documentation", "") == guide


@pytest.mark.parametrize("text", UNFIT)
def test_published_when_a_host_or_the_guide_can_be_none_then_malformed(text) -> None:
    for name, port in (("imaps", 993), ("submissions", 465), ("https", 443)):
        with pytest.raises(Malformed):
            published(replace(HERE, **{name: Service(text, port)}))
    with pytest.raises(Malformed):
        published(HERE, guide=text)


def test_record_when_it_stands_in_a_zone_file_then_it_is_one_string() -> None:
    record = published(HERE).record
    line = text([Record("_ua-auto-config.example.test", "TXT", record, "")])
    assert line == f'_ua-auto-config.example.test. 3600 IN TXT "{record}"\n'
