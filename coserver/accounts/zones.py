"""What the DNS should say about our domains, whether it does, and the keys that it tells of.

Invariants: the DNS is never asked inside a tx; who does not answer is not asked again and again; a key is made
outside the tx and never shown, only its record is.
"""

import ipaddress
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from coserver.accounts import claiming
from coserver.accounts.house import House
from coserver.accounts.setup import pacc
from coserver.config import Config
from coserver.log import event
from coserver.mail import domains, keys, signing, sts, zone
from coserver.mail.signing import Key
from coserver.mail.sts import Mode
from coserver.mail.zone import Place, Record, Verdict
from coserver.model.act import ActKind
from coserver.model.errors import Busy, HouseError, Missing
from coserver.store.tx import Tx

log = logging.getLogger(__name__)

_MOST_SILENT = 2  # questions without an answer after which nothing more is asked
_MOST_KEYS = 20  # keys that are looked for in one round
_MOST_KEYS_SILENT = 3  # of them without an answer, after which the round ends
_ROUND = 900_000  # milliseconds, after which the turn is that of others


@dataclass(frozen=True, slots=True)
class Checked:
    """A record that is wanted, and what the DNS says instead of it or for it."""

    record: Record
    verdict: Verdict
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """The record of a new key, and whether mail is signed with that key already."""

    record: Record
    used: bool


def records(house: House, name: str) -> list[Record]:
    """The records a domain of ours should have.

    Raises:
        Missing: the domain is not ours.
        Denied: it was removed.
    """
    with house.store.read() as tx:
        found = domains.find(tx, name)
        held = [key for key in (keys.find(tx, found.name), keys.prepared(tx, found.name)) if key is not None]
    told = [(key.selector, signing.record(key.secret)) for key in held]
    return [*zone.wanted(found.name, place(house.config), told), *_vouching(house.config, found.name)]


def check(house: House, name: str) -> list[Checked]:
    """The same beside what the DNS says now; errors as those of `records`."""
    told: list[Checked] = []
    for record in records(house, name):
        silent = sum(each.verdict is Verdict.SILENT for each in told)
        told.append(Checked(record, Verdict.SILENT, ()) if silent >= _MOST_SILENT else _checked(house, record))
    return told


def rotate(house: House, name: str, *, at_once: bool) -> Rotation:
    """Make a new key for a domain; with it is signed when its record is seen in the DNS, or at once.

    Asked again, it looks for the record of the key that waits. Errors as those of `records`.
    """
    with house.store.read() as tx:
        waiting = keys.prepared(tx, domains.find(tx, name).name)
    key = waiting or _prepare(house, name, signing.secret())
    record = _record(key)
    used = at_once or (waiting is not None and _checked(house, record).verdict is Verdict.RIGHT)
    if used:
        house.store.write(lambda tx: _switch(tx, key))
    return Rotation(record, used)


def round_(house: House) -> None:
    """Give a key to every domain that has none, and use the keys whose records have come to stand in the DNS.

    Each round begins further on among those that wait, so that domains whose name servers are lame hold up no others.
    """
    with house.store.read() as tx:
        bare = keys.without(tx)
        waiting = keys.waiting(tx, most=_MOST_KEYS, turn=tx.now // _ROUND * _MOST_KEYS_SILENT)
    for name in bare:
        _give(house, name, signing.secret())
    silent = 0
    for key in waiting:
        verdict = _checked(house, _record(key)).verdict
        if verdict is Verdict.RIGHT:
            _use(house, key)
        silent += verdict is Verdict.SILENT
        if silent >= _MOST_KEYS_SILENT:
            event(log, "dns-silent", domain=key.domain)
            return


def place(config: Config) -> Place:
    """Where the configuration says this server stands; addresses only if people elsewhere can reach them."""
    listened = (ipaddress.ip_address(one) for one in (*config.server.listen, *config.server.listen_tls))
    ports, (web, port) = config.ports, _web(config)
    return Place(
        host=config.server.name.lower().rstrip("."),
        addresses=tuple(dict.fromkeys(str(one) for one in listened if one.is_global)),
        relay=_relay(config.smtp.smarthost),
        imap=ports.imap,
        imaps=ports.imaps,
        submission=ports.submission,
        submissions=ports.submissions,
        web=web,
        web_port=port if ports.https else 0,
        sts=sts.announced(policy(config)) if ports.smtp and config.smtp.sts != Mode.NONE else "",
        authority=config.tls.authority.lower(),
    )


def policy(config: Config) -> bytes:
    """What other servers are told of bringing mail here over TLS (RFC 8461 3.2)."""
    return sts.policy(config.server.name.lower().rstrip("."), Mode(config.smtp.sts))


def _vouching(config: Config, domain: str) -> list[Record]:
    """What vouches for the settings that any program may read, where there are any (draft-ietf-mailmaint-pacc)."""
    try:
        text = pacc.of(config, domain).record
    except HouseError:  # no service is where programs would look for it, or nothing here has a name
        return []
    return [Record(f"_ua-auto-config.{domain}", "TXT", text, "and it vouches for what they find")]


def _web(config: Config) -> tuple[str, int]:
    """The name and port at which people are sent to the portal; no name for an address."""
    told = urlsplit(config.web)
    name = (told.hostname or "").lower().rstrip(".")
    is_name = "." in name and not name.replace(".", "").isdigit()
    return (name if is_name and ":" not in name else ""), told.port or 443


def _relay(smarthost: str) -> str:
    """The term of SPF for a smarthost, HOST or HOST:PORT (RFC 7208 5.3, 5.6); none for one behind our own address."""
    host, colon, port = smarthost.rpartition(":")
    name = (host if colon and port.isdigit() and not host.endswith(":") else smarthost).strip("[]")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return f"a:{name.lower()}" if name else ""
    return f"ip{address.version}:{address}" if address.is_global else ""


def _checked(house: House, record: Record) -> Checked:
    kinds = (record.kind,) if record.value else ("A", "AAAA")
    try:
        found = tuple(text for kind in kinds for text in house.asks(record.name, kind))
    except Busy:
        return Checked(record, Verdict.SILENT, ())
    return Checked(record, zone.compared(record, found), found)


def _record(key: Key) -> Record:
    return zone.of_key(key.domain, key.selector, signing.record(key.secret))


def _prepare(house: House, name: str, secret: str) -> Key:
    def job(tx: Tx) -> Key:
        waiting = keys.prepared(tx, name)
        if waiting is not None:  # somebody was faster, and may have set the record of that one already
            return waiting
        made = keys.prepare(tx, name, secret)
        _note(tx, ActKind.KEY_MADE, made)
        return made

    return house.store.write(job)


def _give(house: House, name: str, secret: str) -> None:
    house.store.write(lambda tx: keys.give(tx, name, secret))
    event(log, "key-made", domain=name)


def _use(house: House, key: Key) -> None:
    try:
        house.store.write(lambda tx: _switch(tx, key))
    except Missing as error:  # another one was made meanwhile
        event(log, "key-not-used", domain=key.domain, why=error.text)


def _switch(tx: Tx, key: Key) -> None:
    keys.switch(tx, key)
    _note(tx, ActKind.KEY_USED, key)
    tx.after_commit(lambda: event(log, "key-used", domain=key.domain, selector=key.selector))


def _note(tx: Tx, kind: ActKind, key: Key) -> None:
    held = domains.known(tx, key.domain)  # it may have been removed meanwhile
    if held is not None:
        claiming.note(tx, kind, held.name, held.organisation)
