"""How somebody appears to the members of his groups (R52): what is changed of that, with its place in the journal."""

from collections.abc import Mapping
from dataclasses import replace

from coserver.auth import profiles, standing
from coserver.groups import faces, members
from coserver.mail import addresses
from coserver.model.act import ActKind
from coserver.model.ids import PrincipalId
from coserver.model.principal import Profile
from coserver.store import journal
from coserver.store.tx import Tx

BUSY, NOTHING = "busy", "nothing"  # what members see of private events


def put(tx: Tx, account: PrincipalId, after: Profile) -> None:
    """Keep a profile, if it is another one; Malformed if a text of it will not do."""
    before = profiles.of(tx, account)
    if after == before:
        return
    profiles.put(tx, account, after)
    journal.own(tx, account, ActKind.PROFILE, detail=", ".join(_changed(before, after)))


def tell(tx: Tx, account: PrincipalId, told: Mapping[str, str]) -> None:
    """Keep other texts: `first`, `last`, `organisation`, as far as they are told; the picture stays."""
    put(tx, account, told_anew(profiles.of(tx, account), told))


def show(tx: Tx, account: PrincipalId, *, media: str, picture: bytes) -> None:
    """Keep another picture, which was checked; empty: none."""
    put(tx, account, replace(profiles.of(tx, account), media=media, picture=picture))


def choose(tx: Tx, account: PrincipalId, group: str, address: str) -> None:
    """Show the members of a group this one of his addresses; empty: the primary one (S17).

    Missing if there is no such group, or the account is not in it, or the address is not the account's.
    """
    found = members.find(tx, group)
    number = addresses.number(tx, account, address) if address else None
    faces.choose(tx, found.id, account, address=number)
    journal.own(tx, account, ActKind.PROFILE, detail=f"address in {found.name}")


def hide(tx: Tx, account: PrincipalId, *, hides: bool) -> None:
    """Say whether members see somebody as busy by what is private, or nothing of it (C12)."""
    if standing.hides_private(tx, account) is not hides:
        standing.set_hides_private(tx, account, hides=hides)
        journal.own(tx, account, ActKind.PROFILE, detail=f"private events: {NOTHING if hides else BUSY}")


def told_anew(before: Profile, told: Mapping[str, str]) -> Profile:
    """A profile with other texts, as far as they are told."""
    first, last = told.get("first", before.first), told.get("last", before.last)
    return replace(before, first=first, last=last, organisation=told.get("organisation", before.organisation))


def texts(found: Profile) -> dict[str, str]:
    """The texts of a profile by name."""
    return {"first": found.first, "last": found.last, "organisation": found.organisation}


def _changed(before: Profile, after: Profile) -> list[str]:
    """Which parts of a profile are others now."""
    old, new = texts(before) | {"picture": before.picture}, texts(after) | {"picture": after.picture}
    return [name for name in new if new[name] != old[name]]
