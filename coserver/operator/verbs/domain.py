"""The operator's verbs about domains, and the first one: `init`."""

from coserver.accounts import accounts, claiming, roles, zones
from coserver.accounts.house import House
from coserver.auth import standing
from coserver.mail import domains, keys, signing, zone
from coserver.mail.domains import Domain
from coserver.mail.zone import Record
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown, moment
from coserver.quota import plans
from coserver.store.tx import Tx


def init(house: House, args: Arguments) -> Shown:
    """If wanted `domain` and `plans` (TOML): adds the domain, stores the plans; harmless to repeat.

    Without `plans`, a store that has none gets those that come with the program.
    """
    text, name = args.optional("plans"), args.optional("domain")
    offered = plans.parse(text or plans.bundled())
    secret = signing.secret() if name else ""

    def job(tx: Tx) -> Shown:
        if text or not plans.listed(tx):
            plans.publish(tx, offered)
        if name and not domains.is_ours(tx, name):
            _add(tx, name, secret, postmaster="")
        return {
            "plans": [each.code for each in plans.listed(tx)],
            "domains": [each.name for each in domains.listed(tx)],
        }

    return house.store.write(job)


def add(house: House, args: Arguments) -> Shown:
    """`name`, and if wanted `postmaster`, the login that reads the mail of its roles."""
    name, postmaster = args.text("name"), args.optional("postmaster")
    secret = signing.secret()
    return _shown(house.store.write(lambda tx: _add(tx, name, secret, postmaster=postmaster)), postmaster)


def listed(house: House, _args: Arguments) -> list[Shown]:
    """All domains, the standard one first, until when they rest, and who reads the mail of their roles."""
    with house.store.read() as tx:
        return [_shown(each, _postmaster(tx, each.name)) for each in domains.listed(tx)]


def remove(house: House, args: Arguments) -> Shown:
    """`name`: takes no more mail for a domain; it can be restored for 30 days, then its addresses are gone (S27)."""
    name = args.text("name")
    return _shown(house.store.write(lambda tx: claiming.lay_down(tx, name)), "")


def restore(house: House, args: Arguments) -> Shown:
    """`name`: brings a domain back that was removed, with its addresses."""
    name = args.text("name")
    return _shown(house.store.write(lambda tx: claiming.bring_back(tx, name)), "")


def records(house: House, args: Arguments) -> Shown:
    """`name`: what the DNS should say about a domain, as records and as the text of a zone file."""
    found = zones.records(house, args.text("name"))
    return {"records": [_record(each) for each in found], "zone": zone.text(found)}


def compare(house: House, args: Arguments) -> list[Shown]:
    """`name`: what the DNS should say about a domain beside what it says now."""
    told = zones.check(house, args.text("name"))
    return [_record(each.record) | {"verdict": str(each.verdict), "found": list(each.found)} for each in told]


def rotate(house: House, args: Arguments) -> Shown:
    """`name`, and `now` if mail is to be signed with the new key before its record is seen in the DNS."""
    done = zones.rotate(house, args.text("name"), at_once=args.yes("now"))
    return _record(done.record) | {"used": done.used, "zone": zone.text([done.record])}


def _record(each: Record) -> Shown:
    return {"name": each.name, "kind": each.kind, "value": each.value, "purpose": each.purpose}


def _add(tx: Tx, name: str, secret: str, *, postmaster: str) -> Domain:
    made = domains.add(tx, name)
    keys.give(tx, made.name, secret)
    if postmaster:
        roles.give(tx, made.name, accounts.find(tx, postmaster).id)
    else:
        roles.settle(tx)
    return made


def _postmaster(tx: Tx, host: str) -> str:
    reader = roles.holder(tx, host)
    found = None if reader is None else standing.get(tx, reader)
    return "" if found is None else found.login


def _shown(found: Domain, postmaster: str) -> Shown:
    until = moment(found.removed + domains.REST) if found.removed else None
    return {"name": found.name, "standard": found.standard, "postmaster": postmaster, "rests_until": until}


VERBS = {
    "init": init,
    "domain add": add,
    "domain list": listed,
    "domain remove": remove,
    "domain restore": restore,
    "domain records": records,
    "domain compare": compare,
    "domain rotate": rotate,
}
