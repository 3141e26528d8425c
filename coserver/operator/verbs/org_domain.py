"""The operator's verbs about domains of organisations. Each takes `org`, and `by`: see `verbs.organisation`."""

from coserver.accounts import claiming, organisations
from coserver.accounts.house import House
from coserver.mail import claims, domains, zone
from coserver.mail.claims import Claim
from coserver.mail.domains import Domain
from coserver.mail.zone import Record
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown, moment
from coserver.operator.verbs import domain
from coserver.operator.verbs.organisation import asking


def add(house: House, args: Arguments) -> Shown:
    """`domain`: claims it; the answer tells the record that proves it."""
    asked = asking(house, args)
    return _claimed(claiming.claim(house, asked, args.text("domain")))


def check(house: House, args: Arguments) -> Shown:
    """`domain`: looks whether the record of a claim is set, and makes a domain of it then."""
    asked = asking(house, args)
    found = claiming.check(house, asked, args.text("domain"))
    return _claimed(found) if isinstance(found, Claim) else _held(found)


def listed(house: House, args: Arguments) -> list[Shown]:
    """Domains and claims of an organisation."""
    asked = asking(house, args)
    with house.store.read() as tx:
        found = organisations.acting_for(tx, asked.name, asked.by).id
        return [*map(_held, domains.of(tx, found)), *map(_claimed, claims.of(tx, found))]


def withdraw(house: House, args: Arguments) -> Shown:
    """`domain`: claims it no more."""
    name = args.text("domain")
    asked = asking(house, args)
    claiming.withdraw(house, asked, name)
    return {"name": name}


def remove(house: House, args: Arguments) -> Shown:
    """`domain`: takes no more mail for it; it can be restored for 30 days (S27)."""
    asked = asking(house, args)
    return _held(claiming.remove(house, asked, args.text("domain")))


def restore(house: House, args: Arguments) -> Shown:
    """`domain`: brings it back, with its addresses."""
    asked = asking(house, args)
    return _held(claiming.restore(house, asked, args.text("domain")))


def records(house: House, args: Arguments) -> Shown:
    """`domain`: as `domain records`."""
    return domain.records(house, _own(house, args))


def compare(house: House, args: Arguments) -> list[Shown]:
    """`domain`: as `domain compare`."""
    return domain.compare(house, _own(house, args))


def rotate(house: House, args: Arguments) -> Shown:
    """`domain`, and `now`: as `domain rotate`."""
    return domain.rotate(house, _own(house, args))


def _own(house: House, args: Arguments) -> Arguments:
    """The arguments of the operator's verb, for a domain that is the organisation's."""
    asked = asking(house, args)
    with house.store.read() as tx:
        return Arguments({"name": claiming.own(tx, asked, args.text("domain")).name, "now": args.yes("now")})


def _held(found: Domain) -> Shown:
    until = moment(found.removed + domains.REST) if found.removed else None
    return {"name": found.name, "proved": True, "rests_until": until}


def _claimed(found: Claim) -> Shown:
    record = Record(found.place, "TXT", found.proof, "proves that the domain is yours")
    return {"name": found.name, "proved": False, "until": moment(found.until), "zone": zone.text([record])}


VERBS = {
    "org domain add": add,
    "org domain check": check,
    "org domain list": listed,
    "org domain withdraw": withdraw,
    "org domain remove": remove,
    "org domain restore": restore,
    "org domain records": records,
    "org domain compare": compare,
    "org domain rotate": rotate,
}
