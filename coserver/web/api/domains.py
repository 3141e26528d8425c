"""The operations of the API about the domains of an organisation and the addresses in them (R26)."""

from coserver.accounts import accounts, addressing, claiming, zones
from coserver.accounts.api_tokens import Scope
from coserver.auth import standing
from coserver.mail import claims
from coserver.mail import domains as held_domains
from coserver.mail.addresses import Address
from coserver.mail.claims import Claim
from coserver.mail.domains import REST, Domain
from coserver.mail.zone import Record
from coserver.model.ids import PrincipalId
from coserver.operator import shown
from coserver.operator.shown import Shown
from coserver.store.tx import Tx
from coserver.web.api.operations import Call, Operation, Text

PART = 100  # addresses in one part of a list

_ALL = "/api/v1/domains"
_ONE = f"{_ALL}/<domain>"
_ADDRESSES = f"{_ONE}/addresses"


def listed(call: Call) -> Shown:
    """Those there are, and those that are claimed."""
    with call.house.store.read() as tx:
        held = [_held(each) for each in held_domains.of(tx, call.organisation)]
        claimed = [_claimed(each) for each in claims.of(tx, call.organisation)]
    return {"domains": [*held, *claimed]}


def claim(call: Call) -> Shown:
    """Claim one; the answer tells the record that proves it."""
    return _claimed(claiming.claim(call.house, call.asking, call.body["domain"]))


def check(call: Call) -> Shown:
    """Look for the record of a claim."""
    found = claiming.check(call.house, call.asking, call.values["domain"])
    return _claimed(found) if isinstance(found, Claim) else _held(found)


def remove(call: Call) -> Shown:
    """Take no more mail for a domain (S27), or claim it no more."""
    name = call.values["domain"]
    with call.house.store.read() as tx:
        claimed = any(each.name == held_domains.normal(name) for each in claims.of(tx, call.organisation))
    if not claimed:
        return _held(claiming.remove(call.house, call.asking, name))
    claiming.withdraw(call.house, call.asking, name)
    return {"name": held_domains.normal(name), "proved": False, "rests_until": None, "record": None}


def restore(call: Call) -> Shown:
    """Bring one back."""
    return _held(claiming.restore(call.house, call.asking, call.values["domain"]))


def records(call: Call) -> Shown:
    """What the DNS should say, and with `compare` what it says."""
    with call.house.store.read() as tx:
        name = claiming.own(tx, call.asking, call.values["domain"]).name
    if call.query.get("compare") == "yes":
        told = zones.check(call.house, name)
        return {
            "records": [
                {**_record(each.record), "verdict": str(each.verdict), "found": list(each.found)} for each in told
            ]
        }
    return {"records": [{**_record(each), "verdict": None, "found": []} for each in zones.records(call.house, name)]}


def addresses(call: Call) -> Shown:
    """Addresses beside those of logins, in parts."""
    by, skip = call.asking.by, (call.page - 1) * PART
    with call.house.store.read() as tx:
        name = claiming.own(tx, call.asking, call.values["domain"]).name
        found, whole = addressing.some(tx, name, by=by, skip=skip, most=PART)
        told = [_address(tx, each) for each in found]
    return {"addresses": told, "page": call.page, "pages": max(1, -(-whole // PART)), "total": whole}


def give(call: Call) -> Shown:
    """Another address for a user."""

    def job(tx: Tx) -> Shown:
        host = claiming.own(tx, call.asking, call.values["domain"]).name
        account = accounts.lasting(tx, call.body["login"]).id
        return _address(tx, addressing.give(tx, account, f"{call.values['local']}@{host}", by=call.asking.by))

    return call.house.store.write(job)


def take(call: Call) -> Shown:
    """Take an address away."""

    def job(tx: Tx) -> Shown:
        host = claiming.own(tx, call.asking, call.values["domain"]).name
        return _address(tx, addressing.take(tx, f"{call.values['local']}@{host}", by=call.asking.by))

    return call.house.store.write(job)


def _held(found: Domain) -> Shown:
    until = shown.moment(found.removed + REST) if found.removed else None
    return {"name": found.name, "proved": True, "rests_until": until, "record": None}


def _claimed(found: Claim) -> Shown:
    record = Record(found.place, "TXT", found.proof, "proves that the domain is yours")
    return {"name": found.name, "proved": False, "rests_until": None, "record": _record(record)}


def _record(each: Record) -> Shown:
    return {"name": each.name, "kind": each.kind, "value": each.value, "purpose": each.purpose}


def _address(tx: Tx, found: Address) -> Shown:
    return {"address": str(found), "kind": str(found.kind), "login": _login(tx, found.principal)}


def _login(tx: Tx, principal: PrincipalId) -> str | None:
    row = standing.get(tx, principal)
    return None if row is None else row.login  # it may lead to a group


OPERATIONS = (
    Operation("GET", _ALL, listed, "Domains and claims", Scope.DOMAINS_READ, "Domains"),
    Operation(
        "POST", _ALL, claim, "Claim a domain", Scope.DOMAINS_WRITE, "Domain", 201,
        body={"domain": Text("its name, such as example.org", most=253)},
    ),
    Operation("DELETE", _ONE, remove, "Remove a domain, or claim it no more", Scope.DOMAINS_WRITE, "Domain"),
    Operation(
        "POST", f"{_ONE}/check", check, "Look for the record of a claim", Scope.DOMAINS_WRITE, "Domain", outward=True,
    ),
    Operation("POST", f"{_ONE}/restore", restore, "Bring a removed domain back", Scope.DOMAINS_WRITE, "Domain"),
    Operation(
        "GET", f"{_ONE}/records", records, "What the DNS should say", Scope.DOMAINS_READ, "Records",
        choices={"compare": ("yes", "no")}, outward=True,
    ),
    Operation("GET", _ADDRESSES, addresses, "Addresses beside logins", Scope.DOMAINS_READ, "Addresses", paged=True),
    Operation(
        "PUT", f"{_ADDRESSES}/<local>", give, "Give a user another address", Scope.DOMAINS_WRITE, "Address",
        body={"login": Text("who gets its mail", most=320)},
    ),
    Operation("DELETE", f"{_ADDRESSES}/<local>", take, "Take an address away", Scope.DOMAINS_WRITE, "Address"),
)  # fmt: skip
