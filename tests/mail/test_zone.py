"""What the DNS should say, as a zone file that other programs read, and beside what it says (R26)."""

from dataclasses import replace

import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import signing, zone
from coserver.mail.zone import Place, Record, Verdict, compared, wanted

HERE = Place(
    "mail.example.test",
    ("192.0.2.1", "2001:db8::1"),
    "",
    143,
    993,
    587,
    465,
    "mail.example.test",
    443,
    "v=STSv1; id=1;",
    "ca.test",
)


def read(text: str, origin: str = "example.test") -> dict[tuple[str, str], list[str]]:
    """A zone file as another program reads it: names and kinds to texts."""
    head = f"@ 60 IN SOA ns.{origin}. root.{origin}. 1 1 1 1 1\n@ 60 IN NS ns.{origin}.\n"
    found: dict[tuple[str, str], list[str]] = {}
    for name, node in dns.zone.from_text(head + text, f"{origin}.", relativize=False).nodes.items():
        for rdataset in node.rdatasets:
            kind = rdataset.rdtype.name
            for each in rdataset:
                value = b"".join(each.strings).decode() if kind == "TXT" else each.to_text(omit_final_dot=True)
                found.setdefault((name.to_text(omit_final_dot=True), kind), []).append(value)
    return {place: values for place, values in found.items() if place[1] not in ("SOA", "NS")}


def test_wanted_when_the_server_is_in_the_domain_then_everything_is_said_and_nothing_more() -> None:
    key = signing.record(signing.secret())
    records = wanted("example.test", HERE, [("c1", key), ("c2", "v=DKIM1; k=rsa; p=next")])
    assert read(zone.text(records)) == {
        ("mail.example.test", "A"): ["192.0.2.1"],
        ("mail.example.test", "AAAA"): ["2001:db8::1"],
        ("mail.example.test", "TXT"): ["v=spf1 a -all"],
        ("example.test", "MX"): ["10 mail.example.test"],
        ("example.test", "TXT"): ["v=spf1 mx -all"],
        ("c1._domainkey.example.test", "TXT"): [key],
        ("c2._domainkey.example.test", "TXT"): ["v=DKIM1; k=rsa; p=next"],
        ("_dmarc.example.test", "TXT"): ["v=DMARC1; p=quarantine"],
        ("_mta-sts.example.test", "TXT"): ["v=STSv1; id=1;"],
        ("mta-sts.example.test", "CNAME"): ["mail.example.test"],
        ("_smtp._tls.example.test", "TXT"): ["v=TLSRPTv1; rua=mailto:postmaster@example.test"],
        ("example.test", "CAA"): ['0 issue "ca.test"'],
        **{(f"_{name}._tcp.example.test", "SRV"): ["0 0 0 ."] for name in ("pop3s", "pop3", "caldav", "carddav")},
        ("_webdavs._tcp.example.test", "SRV"): ["0 1 443 mail.example.test"],
        ("_webdavs._tcp.example.test", "TXT"): ["path=/drive/"],
        ("_imaps._tcp.example.test", "SRV"): ["0 1 993 mail.example.test"],
        ("_imap._tcp.example.test", "SRV"): ["10 1 143 mail.example.test"],
        ("_submissions._tcp.example.test", "SRV"): ["0 1 465 mail.example.test"],
        ("_submission._tcp.example.test", "SRV"): ["10 1 587 mail.example.test"],
        ("_caldavs._tcp.example.test", "SRV"): ["0 1 443 mail.example.test"],
        ("_caldavs._tcp.example.test", "TXT"): ["path=/dav/"],
        ("_carddavs._tcp.example.test", "SRV"): ["0 1 443 mail.example.test"],
        ("_carddavs._tcp.example.test", "TXT"): ["path=/dav/"],
        ("_autodiscover._tcp.example.test", "SRV"): ["0 1 443 mail.example.test"],
        ("autoconfig.example.test", "CNAME"): ["mail.example.test"],
        ("autodiscover.example.test", "CNAME"): ["mail.example.test"],
        ("ua-auto-config.example.test", "CNAME"): ["mail.example.test"],
    }


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (replace(HERE, web="www.house.test"), {"CNAME": 4, "www.house.test": 8}),
        (replace(HERE, web="autoconfig.example.test"), {"CNAME": 3, "autoconfig.example.test": 7}),
        (replace(HERE, web_port=8443), {"CNAME": 0, "8443 mail.example.test": 4}),
        (replace(HERE, web=""), {"CNAME": 0, "_caldavs": 0, "_autodiscover": 0}),
    ],
)
def test_wanted_when_the_portal_is_elsewhere_then_programs_are_sent_there(place: Place, said: dict[str, int]) -> None:
    """A name of its own is asked for at the port of HTTPS only, and never to be an alias of itself."""
    lines = [
        line for line in zone.text(wanted("example.test", place, [])).splitlines()
        if any(name in line for name in ("dav", "CNAME", "_autodiscover"))
    ]  # fmt: skip
    assert {what: sum(what in line for line in lines) for what in said} == said


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ((), Verdict.MISSING),
        (("mail.example.test",), Verdict.RIGHT),
        (("MAIL.example.test.",), Verdict.RIGHT),
        (("old.example.test",), Verdict.DIFFERS),
    ],
)
def test_alias_when_looked_up_then_right_where_it_leads_to_the_portal(found: tuple[str, ...], verdict: Verdict) -> None:
    (record, *_) = [each for each in wanted("example.test", HERE, []) if each.kind == "CNAME"]
    assert compared(record, found) is verdict


def test_wanted_when_the_server_is_elsewhere_and_ports_are_shut_then_only_what_is_true_is_said() -> None:
    place = replace(
        HERE, host="mx.house.test", relay="a:out.relay.test", imap=0, submission=0, submissions=0, web_port=0
    )
    assert read(zone.text(wanted("example.test", place, []))) == {
        ("example.test", "MX"): ["10 mx.house.test"],
        ("example.test", "TXT"): ["v=spf1 mx a:out.relay.test ~all"],
        ("_dmarc.example.test", "TXT"): ["v=DMARC1; p=quarantine"],
        ("_imaps._tcp.example.test", "SRV"): ["0 1 993 mx.house.test"],
        ("example.test", "CAA"): ['0 issue "ca.test"'],
        **{
            (f"_{name}._tcp.example.test", "SRV"): ["0 0 0 ."]
            for name in ("imap", "submission", "submissions", "pop3s", "pop3", "caldav", "carddav")
        },
    }


def test_wanted_when_only_the_operator_knows_the_address_then_it_is_left_to_him() -> None:
    text = zone.text(wanted("example.test", replace(HERE, addresses=(), host="example.test"), []))
    assert text.startswith("; example.test. 3600 IN A <the address of this server>\n")
    assert ("example.test", "A") not in read(text)
    assert read(text)["example.test", "TXT"] == ["v=spf1 mx -all"]


@given(st.text(max_size=700))
def test_text_when_a_txt_is_any_then_it_is_read_back_as_it_was(value: str) -> None:
    assert read(zone.text([Record("example.test", "TXT", value or "x", "")])) == {
        ("example.test", "TXT"): [value or "x"]
    }  # fmt: skip


SPF = Record("example.test", "TXT", "v=spf1 mx -all", "")
DMARC = Record("_dmarc.example.test", "TXT", "v=DMARC1; p=quarantine", "")
DKIM = Record("c1._domainkey.example.test", "TXT", "v=DKIM1; k=rsa; p=AbC+/", "")
MX = Record("example.test", "MX", "10 mail.example.test", "")
SRV = Record("_imaps._tcp.example.test", "SRV", "0 1 993 mail.example.test", "")
STS = Record("_mta-sts.example.test", "TXT", "v=STSv1; id=0af1;", "")
REPORTS = Record("_smtp._tls.example.test", "TXT", "v=TLSRPTv1; rua=mailto:postmaster@example.test", "")
CAA = Record("example.test", "CAA", '0 issue "ca.test"', "")
NONE = Record("_pop3s._tcp.example.test", "SRV", "0 0 0 .", "")
R, M, D = Verdict.RIGHT, Verdict.MISSING, Verdict.DIFFERS


@pytest.mark.parametrize(
    ("record", "found", "verdict"),
    [
        (SPF, ["v=spf1 mx -all"], R),
        (SPF, ["other=1", "V=SPF1 a +mx include:x.test ~all"], R),
        (SPF, ["v=spf1 a -all"], D),
        (SPF, ["v=spf1 mx -all", "v=spf1 mx ~all"], D),
        (SPF, ["other=1"], M),
        (SPF, [], M),
        (DMARC, ["v=DMARC1; p=reject; rua=mailto:a@b.test"], R),
        (DMARC, ["v=DMARC1;rua=mailto:a@b.test;p=none"], R),
        (DMARC, ["v=DMARC1; sp=none"], D),
        (DMARC, ["v=DMARC1; p=none", "v=DMARC1; p=reject"], D),
        (DKIM, ["v=DKIM1; k=rsa; p=AbC+/"], R),
        (DKIM, ["p=AbC+/"], R),
        (DKIM, ["v=DKIM1; k=rsa; p=abc+/"], D),
        (DKIM, ["v=DKIM1; k=rsa; p="], D),
        (DKIM, ["v=DKIM1; k=ed25519; p=AbC+/"], D),
        (MX, ["10 mail.example.test"], R),
        (MX, ["5 mail.example.test", "20 backup.test"], R),
        (MX, ["5 other.test", "10 mail.example.test"], D),
        (SRV, ["5 9 993 mail.example.test"], R),
        (SRV, ["0 1 143 mail.example.test"], D),
        (SRV, [], M),
        (STS, ["v=STSv1;id=0af1"], R),
        (STS, ["v=STSv1; id=0af0;"], D),
        (STS, ["v=STSv1; id=0af1;", "v=STSv1; id=0af1;"], D),  # RFC 8461 3.1: two are as good as none
        (STS, ["v=spf1 -all"], M),
        (REPORTS, ["v=TLSRPTv1;rua=https://reports.test/tls"], R),
        (REPORTS, ["v=TLSRPTv1"], D),
        (CAA, ['0  issue "CA.test"', '0 issue "other.test"'], R),
        (CAA, ['0 issue ";"'], D),
        (NONE, ["0 0 0 ."], R),
        (NONE, ["0 1 110 mail.example.test"], D),
        (Record("x.test", "A", "192.0.2.1", ""), ["192.0.2.9", "192.0.2.1"], R),
        (Record("x.test", "A", "192.0.2.1", ""), ["192.0.2.9"], D),
        (Record("x.test", "A", "", ""), ["192.0.2.9"], R),
    ],
)
def test_compared_when_records_are_found_then_what_serves_the_same_end_is_right(record, found, verdict) -> None:
    assert compared(record, found) is verdict


@given(st.sampled_from([SPF, DMARC, DKIM, STS, REPORTS, CAA]), st.lists(st.text(max_size=60), max_size=3))
def test_compared_when_strangers_keep_anything_there_then_there_is_a_verdict(record, found) -> None:
    assert compared(record, found) in Verdict
