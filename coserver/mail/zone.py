"""What the DNS should say about a domain of ours: as records, as a zone file, and compared with what it says.

Only what this server does is asked for: no policy that it does not host. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from coserver.mail import sts

_TTL = 3600  # seconds
_HTTPS = 443
_ASKED = (("autoconfig", "Thunderbird"), ("autodiscover", "Outlook"), ("ua-auto-config", "any program"))
_NEVER = ("_pop3s", "_pop3", "_caldav", "_carddav")  # what is not served, or not without TLS
_NOWHERE = "0 0 0 ."  # RFC 2782
_STRING = 255  # octets of one string in a TXT record (RFC 1035 3.3.14)
_POLICY = re.compile(r"v=DMARC1\s*;(?:.*;)?\s*p\s*=\s*(?:none|quarantine|reject)\s*(?:;|\Z)")


class Verdict(StrEnum):
    """How what the DNS says compares with what it should say."""

    RIGHT = "right"
    MISSING = "missing"
    DIFFERS = "differs"
    SILENT = "no answer"


@dataclass(frozen=True, slots=True)
class Place:
    """Where this server stands in the DNS: its name, the addresses it is reached at, and its ports; 0: not open.

    `relay` is the term of SPF for the server that mail leaves by, empty: it leaves from here. `web` and `web_port` are
    where browsers and programs over HTTPS reach it; empty, where that has no name. `sts` is the record that tells of
    the policy for TLS, empty where none is told of; `authority` the only one that may issue certificates, empty: any.
    """

    host: str
    addresses: tuple[str, ...]
    relay: str
    imap: int
    imaps: int
    submission: int
    submissions: int
    web: str
    web_port: int
    sts: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `value` as zone files write it (of TXT the text itself), empty if only the operator knows it."""

    name: str
    kind: str
    value: str
    purpose: str


def wanted(domain: str, place: Place, keys: Sequence[tuple[str, str]]) -> list[Record]:
    """The records a domain should have; `keys` are the selectors of its keys with the texts of their records."""
    found = _of_host(domain, place)
    found += [
        Record(domain, "MX", f"10 {place.host}", "mail for the domain comes to this server"),
        Record(domain, "TXT", _senders(place), "who may send mail of the domain (SPF, RFC 7208)"),
    ]
    found += [of_key(domain, *each) for each in keys]
    why = "what to do with forged mail (DMARC)"
    found.append(Record(f"_dmarc.{domain}", "TXT", "v=DMARC1; p=quarantine", why))
    return [*found, *_of_tls(domain, place), *_services(domain, place)]


def of_key(domain: str, selector: str, text: str) -> Record:
    """The record of a key, whose text is `signing.record`."""
    return Record(f"{selector}._domainkey.{domain}", "TXT", text, "signatures (DKIM, RFC 6376)")


def compared(record: Record, found: Sequence[str]) -> Verdict:
    """What to say of the records found under the name and kind of one that is wanted.

    Where there is a choice - a stricter policy, another order of servers - what serves the same end is right.
    """
    same = [text for text in found if _kin(record, text)]
    if not same:
        return Verdict.MISSING
    return Verdict.RIGHT if _serves(record, same) else Verdict.DIFFERS


def text(records: Sequence[Record]) -> str:
    """The records as a zone file (RFC 1035 5.1); what is not known stands there as a comment."""
    return "".join(f"{_line(each)}\n" for each in records)


def _of_host(domain: str, place: Place) -> list[Record]:
    """What is said about the server itself, where its name is in the domain."""
    if place.host != domain and not place.host.endswith(f".{domain}"):
        return []
    known = [Record(place.host, "AAAA" if ":" in one else "A", one, "where the server is") for one in place.addresses]
    found = known or [Record(place.host, "A", "", "where the server is; AAAA too if it has IPv6")]
    if place.host != domain and not place.relay:
        why = "letters of the house and notifications have no sender but the server (RFC 7208 2.4)"
        found.append(Record(place.host, "TXT", "v=spf1 a -all", why))
    return found


def _senders(place: Place) -> str:
    return f"v=spf1 mx {place.relay} ~all" if place.relay else "v=spf1 mx -all"


def _of_tls(domain: str, place: Place) -> list[Record]:
    """That mail comes over TLS, who hears where it could not, and whose certificates count."""
    found = []
    if place.sts and place.web and place.web_port == _HTTPS:  # the policy is asked for at no other port
        host = f"{sts.LABEL}.{domain}"
        found.append(Record(f"_{host}", "TXT", place.sts, "mail for the domain comes over TLS (MTA-STS, RFC 8461)"))
        if place.web != host:
            found.append(Record(host, "CNAME", place.web, "where the policy for it is"))
        told = f"v=TLSRPTv1; rua=mailto:postmaster@{domain}"
        found.append(Record(f"_smtp._tls.{domain}", "TXT", told, "reports where it could not (TLSRPT, RFC 8460)"))
    if place.authority:
        told = f'0 issue "{place.authority}"'
        found.append(Record(domain, "CAA", told, "who alone may issue certificates (RFC 8659)"))
    return found


def _services(domain: str, place: Place) -> list[Record]:
    """Where programs find their services (RFC 6186, RFC 6764); TLS throughout is preferred (RFC 8314 5.1).

    Of what there is none, that is said, so that no program looks for it (RFC 6186 3.4).
    """
    offered = (
        ("_imaps", 0, place.imaps), ("_imap", 10, place.imap),
        ("_submissions", 0, place.submissions), ("_submission", 10, place.submission),
        *((service, 0, 0) for service in _NEVER),
    )  # fmt: skip
    found = [
        Record(f"{service}._tcp.{domain}", "SRV", f"{preference} 1 {port} {place.host}", "programs find the server")
        if port
        else Record(f"{service}._tcp.{domain}", "SRV", _NOWHERE, "there is none, and no program looks for it")
        for service, preference, port in offered
    ]
    return found + (_of_web(domain, place) if place.web and place.web_port else [])


def _of_web(domain: str, place: Place) -> list[Record]:
    """Where programs find what is served over HTTPS, and the settings that they look for at names of their own."""
    there = f"0 1 {place.web_port} {place.web}"
    found = []
    for service, path in (("caldavs", "/dav/"), ("carddavs", "/dav/"), ("webdavs", "/drive/")):
        found.append(Record(f"_{service}._tcp.{domain}", "SRV", there, "programs find the server"))
        found.append(Record(f"_{service}._tcp.{domain}", "TXT", f"path={path}", "and the way in it (RFC 6764 4)"))
    found.append(Record(f"_autodiscover._tcp.{domain}", "SRV", there, "Outlook finds its settings"))
    if place.web_port == _HTTPS:  # at these names programs ask no other port
        for name, who in _ASKED:
            if place.web != f"{name}.{domain}":
                found.append(Record(f"{name}.{domain}", "CNAME", place.web, f"{who} finds its settings"))
    return found


def _kin(record: Record, found: str) -> bool:
    """Whether a record found is one of those that are spoken of: a name has TXT records for many ends."""
    if record.kind != "TXT" or "._domainkey." in record.name:
        return True
    return _tag(found) == _tag(record.value)


def _tag(value: str) -> str:
    """With what TXT records of one purpose begin: ``v=spf1``, ``path=``."""
    return value.partition(";")[0].partition(" ")[0].strip().lower() if value[:2].lower() == "v=" else value[:5]


def _serves(record: Record, found: Sequence[str]) -> bool:
    if record.kind in ("A", "AAAA"):
        return not record.value or record.value in found
    if record.kind == "CNAME":
        return record.value in (one.lower().rstrip(".") for one in found)
    if record.kind == "MX":
        best = min(found, key=lambda one: int(one.split()[0]))
        return best.split()[1] == record.value.split()[1]
    if record.kind == "SRV":
        return any(one.split()[2:] == record.value.split()[2:] for one in found)
    if record.kind == "CAA":
        return record.value in (" ".join(one.lower().split()) for one in found)
    return len(found) == 1 and _says(record, found[0])  # RFC 7208 4.5, RFC 7489 6.6.3: two are as good as none


def _says(record: Record, found: str) -> bool:
    """Whether a text serves as the one that is wanted does."""
    if record.value.startswith("v=spf1"):
        return set(record.value.split()[1:-1]) <= {term.removeprefix("+") for term in found.lower().split()}
    if record.value.startswith("v=DMARC1"):
        return _POLICY.match(found) is not None
    if record.value.startswith("v=TLSRPTv1"):
        return "rua=" in found
    if record.value.startswith("v=STSv1"):
        return _tags(found).get("id") == _tags(record.value)["id"]
    if "._domainkey." in record.name:
        kept, told = _tags(record.value), _tags(found)
        return told.get("p") == kept["p"] and told.get("k", "rsa") == kept["k"]
    return found == record.value


def _tags(value: str) -> dict[str, str]:
    """The tags of a DKIM record (RFC 6376 3.2), blanks in their values taken away."""
    parts = (part.partition("=") for part in value.split(";"))
    return {name.strip(): "".join(kept.split()) for name, _, kept in parts}


def _line(record: Record) -> str:
    value = _quoted(record.value) if record.kind == "TXT" else _absolute(record)
    if not record.value:
        return f"; {record.name}. {_TTL} IN {record.kind} <the address of this server>"
    return f"{record.name}. {_TTL} IN {record.kind} {value}"


def _absolute(record: Record) -> str:
    whole = record.kind in ("A", "AAAA", "CAA") or record.value.endswith(".")
    return record.value if whole else f"{record.value}."


def _quoted(value: str) -> str:
    """A text as strings of a TXT record."""
    octets = value.encode()
    pieces = [octets[at : at + _STRING] for at in range(0, len(octets), _STRING)]
    return " ".join(f'"{"".join(map(_escaped, piece))}"' for piece in pieces)


def _escaped(octet: int) -> str:
    letter = chr(octet)
    if letter in '"\\':
        return f"\\{letter}"
    return letter if " " <= letter <= "~" else f"\\{octet:03}"
