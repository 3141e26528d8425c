"""The operator's verb for what members of groups see of one another: `account profile`."""

import base64
from dataclasses import replace
from typing import Any

from coserver.accounts import accounts
from coserver.accounts.house import House
from coserver.auth import profiles, standing
from coserver.groups import faces, members
from coserver.mail import addresses
from coserver.model.act import ActKind
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.principal import Profile
from coserver.operator import pictures
from coserver.operator.arguments import Arguments
from coserver.store import journal
from coserver.store.tx import Tx

Shown = dict[str, Any]
BUSY, NOTHING = "busy", "nothing"


def profile(house: House, args: Arguments) -> Shown:
    """`login`, and what is to change: `first`, `last`, `organisation` (texts that may be empty), `picture` (a
    JPEG or PNG in Base64; empty: none), `address` with `group` (which of its addresses that group sees;
    empty: the primary one), `private` (what members see of private events: busy or nothing). The profile
    as it is then.
    """  # fmt: skip
    told = {name: text for name in _texts(Profile()) if (text := args.given(name)) is not None}
    picture = args.given("picture")
    hides = _hides(args.given("private"))
    data, media = pictures.kept(_decoded(picture)) if picture else (b"", "")

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        before = profiles.of(tx, account.id)
        after = Profile(media=before.media, picture=before.picture, **{**_texts(before), **told})
        if picture is not None:
            after = replace(after, media=media, picture=data)
        if after != before:
            profiles.put(tx, account.id, after)
            journal.own(tx, account.id, ActKind.PROFILE, detail=", ".join(_changed(before, after)))
        _choose(tx, account.id, args)
        if hides is not None:
            standing.set_hides_private(tx, account.id, hides=hides)
            journal.own(tx, account.id, ActKind.PROFILE, detail=f"private events: {NOTHING if hides else BUSY}")
        private = NOTHING if standing.hides_private(tx, account.id) else BUSY
        return {"login": account.login, **shown(after), "private": private}

    return house.store.write(job)


def shown(found: Profile) -> Shown:
    """A profile without the bytes of its picture."""
    return {**_texts(found), "picture": f"{found.media}, {len(found.picture)} bytes" if found.picture else ""}


def _changed(before: Profile, after: Profile) -> list[str]:
    """Which parts of a profile are others now."""
    old, new = _texts(before) | {"picture": before.picture}, _texts(after) | {"picture": after.picture}
    return [name for name in new if new[name] != old[name]]


def _texts(found: Profile) -> dict[str, str]:
    return {"first": found.first, "last": found.last, "organisation": found.organisation}


def _choose(tx: Tx, account: PrincipalId, args: Arguments) -> None:
    address = args.given("address")
    if address is None:
        return
    group = members.find(tx, args.text("group"))
    faces.choose(tx, group.id, account, address=addresses.number(tx, account, address) if address else None)
    journal.own(tx, account, ActKind.PROFILE, detail=f"address in {group.name}")


def _hides(told: str | None) -> bool | None:
    """Whether what is private is not even to be seen as busy (C12)."""
    if told not in (None, BUSY, NOTHING):
        raise Malformed(f"private is {BUSY} or {NOTHING}.")
    return None if told is None else told == NOTHING


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("picture is not in Base64.") from error


VERBS = {"account profile": profile}
