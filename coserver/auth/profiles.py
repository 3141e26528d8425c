"""What people tell the members of their groups about themselves (R52): names, organisation, picture.

Invariants: nothing else is kept of a person; a picture is kept as `coserver.accounts.pictures` let it
pass; whoever sees it is told of a change.
"""

from sqlalchemy import bindparam, delete, insert, select

from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.principal import Profile
from coserver.store.schema.auth import profile
from coserver.store.tx import Tx

LONGEST = 200  # characters of each text

_GET = select(
    profile.c.first, profile.c.last, profile.c.organisation, profile.c.media, profile.c.picture, profile.c.version
).where(profile.c.account_id == bindparam("account"))
_DROP = delete(profile).where(profile.c.account_id == bindparam("account"))
_ADD = insert(profile)


def of(tx: Tx, account: PrincipalId) -> Profile:
    """The profile of an account; an empty one if nothing was told."""
    row = tx.execute(_GET, {"account": account}).first()
    if row is None:
        return Profile()
    return Profile(row.first, row.last, row.organisation, row.media, row.picture or b"")


def put(tx: Tx, account: PrincipalId, told: Profile) -> None:
    """Keep a profile in place of the one there was.

    Raises:
        Malformed: a text is too long, or holds control characters.
    """
    for text in (told.first, told.last, told.organisation):
        if len(text) > LONGEST or not text.isprintable():
            raise Malformed(f"Names and organisations have {LONGEST} characters at most and stand on one line.")
    row = tx.execute(_GET, {"account": account}).first()
    before, version = (None, 0) if row is None else (row.picture, row.version)
    picture = told.picture or None
    tx.execute(_DROP, {"account": account})
    tx.execute(
        _ADD,
        {
            "account_id": account, "first": told.first, "last": told.last, "organisation": told.organisation,
            "media": told.media, "picture": picture, "version": version if picture == before else version + 1,
        },
    )  # fmt: skip
    tx.tell(account)
