"""The operator's verb about the store itself."""

from coserver.accounts.house import House
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.store import doctor as store_doctor


def doctor(house: House, args: Arguments) -> list[Shown]:
    """If wanted `repair`: verifies everything that is kept; what is wrong, and whether it was put right."""
    findings = store_doctor.check(house.store, repair=args.yes("repair"))
    return [{"kind": one.kind, "text": one.text, "mended": one.mended} for one in findings]


VERBS = {"doctor": doctor}
