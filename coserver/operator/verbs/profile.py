"""The operator's verb for what members of groups see of one another: `account profile`."""

import base64
from dataclasses import replace
from typing import Any

from coserver.accounts import accounts, appearing, pictures
from coserver.accounts.house import House
from coserver.auth import profiles, standing
from coserver.model.errors import Malformed
from coserver.model.principal import Profile
from coserver.operator.arguments import Arguments
from coserver.store.tx import Tx

Shown = dict[str, Any]


def profile(house: House, args: Arguments) -> Shown:
    """`login`, and what is to change: `first`, `last`, `organisation` (texts that may be empty), `picture` (a
    JPEG or PNG in Base64; empty: none), `address` with `group` (which of its addresses that group sees;
    empty: the primary one), `private` (what members see of private events: busy or nothing). The profile
    as it is then.
    """  # fmt: skip
    told = {name: text for name in appearing.texts(Profile()) if (text := args.given(name)) is not None}
    picture = args.given("picture")
    hides = _hides(args.given("private"))
    data, media = pictures.kept(_decoded(picture)) if picture else (b"", "")

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        after = appearing.told_anew(profiles.of(tx, account.id), told)
        if picture is not None:
            after = replace(after, media=media, picture=data)
        appearing.put(tx, account.id, after)
        address = args.given("address")
        if address is not None:
            appearing.choose(tx, account.id, args.text("group"), address)
        if hides is not None:
            appearing.hide(tx, account.id, hides=hides)
        private = appearing.NOTHING if standing.hides_private(tx, account.id) else appearing.BUSY
        return {"login": account.login, **shown(after), "private": private}

    return house.store.write(job)


def shown(found: Profile) -> Shown:
    """A profile without the bytes of its picture."""
    return {**appearing.texts(found), "picture": f"{found.media}, {len(found.picture)} bytes" if found.picture else ""}


def _hides(told: str | None) -> bool | None:
    """Whether what is private is not even to be seen as busy (C12)."""
    if told not in (None, appearing.BUSY, appearing.NOTHING):
        raise Malformed(f"private is {appearing.BUSY} or {appearing.NOTHING}.")
    return None if told is None else told == appearing.NOTHING


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("picture is not in Base64.") from error


VERBS = {"account profile": profile}
