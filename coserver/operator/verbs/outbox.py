"""The operator's verbs about what waits to leave, and about who is kept from logging in by wrong passwords."""

from coserver.accounts.house import House
from coserver.auth.throttle import Throttle
from coserver.model.errors import Missing
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown, moment
from coserver.store import outbox

MOST = 1000  # recipients in one answer: a line of the control socket bears no more


def listed(house: House, _args: Arguments) -> list[Shown]:
    """The recipients that wait, those first that are tried next."""
    with house.store.read() as tx:
        found, _ = outbox.some(tx, skip=0, most=MOST)
    return [
        {
            "id": each.id,
            "sender": each.sender,
            "recipient": each.recipient,
            "state": each.state,
            "attempts": each.attempts,
            "next_at": moment(each.next_at),
            "created": moment(each.created),
            "size": each.size,
            "last_reply": each.last_reply,
        }
        for each in found
    ]


def hurry(house: House, args: Arguments) -> Shown:
    """`id` of a recipient: it is tried now."""
    number = args.number("id")
    house.store.write(lambda tx: outbox.hurry(tx, number))
    return {"id": number}


def give_up(house: House, args: Arguments) -> Shown:
    """`id` of a recipient: it is tried no more, and the sender of the message is told."""
    number = args.number("id")
    house.store.write(lambda tx: outbox.give_up(tx, number))
    return {"id": number}


def throttled(house: House, _args: Arguments) -> list[Shown]:
    """Addresses, networks and accounts that wrong passwords slow down or shut out, of a server that runs."""
    found = _throttle(house).listed(most=MOST)
    return [
        {
            "kind": each.kind,
            "key": each.key,
            "failures": each.failures,
            "seconds": round(each.seconds),
            "refused": each.refused,
        }
        for each in found
    ]


def lift(house: House, args: Arguments) -> Shown:
    """`kind` and `key` as listed: it can try again at once."""
    kind, key = args.text("kind"), args.text("key")
    if not _throttle(house).lift(kind, key):
        raise Missing(f"{kind} {key!r} is not throttled: `coserver throttle list` shows what is.")
    return {"kind": kind, "key": key}


def _throttle(house: House) -> Throttle:
    if house.throttle is None:
        raise Missing("No server runs on this folder, so nobody is throttled.")
    return house.throttle


VERBS = {
    "outbox list": listed,
    "outbox try": hurry,
    "outbox give-up": give_up,
    "throttle list": throttled,
    "throttle lift": lift,
}
