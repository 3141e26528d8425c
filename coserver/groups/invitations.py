"""Invitations to groups: asked, renewed, accepted, declined, withdrawn (S16).

Invariants: only the SHA-256 of a token is kept; a token is good for one answer and for 14 days, and the
latest one mailed is the only good one; who is invited has his place in the administrator's plan (R63) until
he answers or the invitation expires; how many letters a group causes is bounded, to one address and by
hour, whether invitations are answered, withdrawn or renewed meanwhile. Rows outlive the answer for a
while, so that a second use can be told what became of the first.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from coserver.groups import members
from coserver.model.act import ActKind
from coserver.model.errors import Busy, Exists, Missing, Stale
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group
from coserver.store import journal
from coserver.store.schema.groups import group, invitation
from coserver.store.tx import Tx

LASTS = 14 * 86_400_000  # milliseconds
MOST_PENDING = 1000  # of a group, whatever the plan allows
MOST_LETTERS = 5  # to one address in the time an invitation lasts
MOST_BY_HOUR = 100  # letters of a group
_HOUR = 3_600_000
_LONGEST_TOKEN = 200  # characters of what is handed in

_row = invitation.c
_ROWS = select(
    _row.id, _row.group_id, _row.address, _row.invited_by, _row.created, _row.expires, _row.letters, _row.answer,
    group.c.name,
).join(group, group.c.id == _row.group_id)  # fmt: skip
_BY_TOKEN = _ROWS.where(_row.token == bindparam("digest"))
_BY_ADDRESS = _ROWS.where(_row.group_id == bindparam("group"), _row.address == bindparam("whose"))
_PENDING = _ROWS.where(
    _row.group_id == bindparam("group"), _row.answer == "", _row.expires > bindparam("now")
).order_by(_row.created, _row.id)
_LATELY = select(func.coalesce(func.sum(_row.letters), 0)).where(
    _row.group_id == bindparam("group"), _row.sent > bindparam("moment")
)
_ADD = insert(invitation)
_RENEW = (
    update(invitation)
    .where(_row.id == bindparam("which"))
    .values(
        token=bindparam("digest"), invited_by=bindparam("whom"), created=bindparam("begun"),
        expires=bindparam("until"), sent=bindparam("now"), letters=bindparam("number"), answer="",
    )
)  # fmt: skip
_ANSWER = update(invitation).where(_row.id == bindparam("which")).values(answer=bindparam("word"))
_FORGET = delete(invitation).where(_row.address == bindparam("whose"))
_SWEEP = delete(invitation).where(_row.expires <= bindparam("moment"))


class Answer(StrEnum):
    """What became of an invitation."""

    NONE = ""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody asked to join a group; `by` None is the operator, times are milliseconds since 1970."""

    id: int
    group: PrincipalId
    group_name: str
    address: str
    by: PrincipalId | None
    created: int
    expires: int
    letters: int
    answer: Answer


def make_token() -> str:
    """A token to be mailed: 256 random bits, in letters that no command line takes for an option."""
    return secrets.token_hex(32)


def need_invitable(tx: Tx, found: Group, address: str, *, by: PrincipalId | None = None) -> None:
    """Show that this address may be invited now.

    Raises:
        Denied: `by` does not manage the group, or it is frozen.
        Missing: `by` is not in it.
        NotInPlan: there is no place left (R63, S2).
        Busy: too many letters or too many pending ones.
    """
    members.need_managing(tx, found, by)
    members.need_active(found)
    if tx.execute(_LATELY, {"group": found.id, "moment": tx.now - _HOUR}).scalar_one() >= MOST_BY_HOUR:
        raise Busy(f"Group {found.name} sent {MOST_BY_HOUR} invitations within an hour: try again later.")
    members.need_place(tx, found, but=address)
    earlier = _by_address(tx, found.id, address)
    if earlier is not None and _letters_before(earlier, tx.now) >= MOST_LETTERS:
        raise Busy(f"{address} was sent {MOST_LETTERS} invitations to group {found.name} already: try again later.")
    if members.waiting(tx, found.id, but=address) >= MOST_PENDING:
        raise Busy(f"{MOST_PENDING} invitations to group {found.name} are not answered yet: wait, or withdraw some.")


def invite(
    tx: Tx, group_id: PrincipalId, address: str, *, token: str, by: PrincipalId | None = None
) -> Invitation:  # fmt: skip
    """Keep an invitation whose token is mailed in the same tx; what was mailed to that address before is void.

    `address` in the form in which addresses are compared. Errors as those of `need_invitable`; Missing if
    there is no such group.
    """
    found = members.get(tx, group_id)
    need_invitable(tx, found, address, by=by)
    earlier = _by_address(tx, found.id, address)
    values = {"digest": _digest(token), "whom": by, "until": tx.now + LASTS, "now": tx.now}
    if earlier is None:
        row = {"group_id": found.id, "address": address, "token": values["digest"], "invited_by": by}
        tx.execute(_ADD, row | {"created": tx.now, "expires": values["until"], "sent": tx.now, "letters": 1})
    else:
        before = _letters_before(earlier, tx.now)
        begun = earlier.created if before else tx.now
        tx.execute(_RENEW, values | {"which": earlier.id, "begun": begun, "number": before + 1})
    journal.own(tx, group_id, ActKind.INVITED)
    tx.tell(group_id)
    return _invitation(tx.execute(_BY_ADDRESS, {"group": group_id, "whose": address}).one())


def pending(tx: Tx, group_id: PrincipalId) -> list[Invitation]:
    """The invitations of a group that are not answered and have not expired, oldest first."""
    return [_invitation(row) for row in tx.execute(_PENDING, {"group": group_id, "now": tx.now})]


def find(tx: Tx, token: str) -> Invitation:
    """The invitation that a token was mailed for, if it can be answered.

    Raises:
        Missing: there is none such, or the group is gone.
        Exists: it was answered or withdrawn already; the text says which.
        Stale: it has expired.
    """
    found = None
    if len(token) <= _LONGEST_TOKEN:
        row = tx.execute(_BY_TOKEN, {"digest": _digest(token)}).first()
        found = None if row is None else _invitation(row)
    if found is None:
        raise Missing("There is no such invitation: it may have been renewed since. Use the code in the latest letter.")
    members.get(tx, found.group)
    if found.answer is not Answer.NONE:
        raise Exists(
            f"The invitation to group {found.group_name} was {found.answer} already: ask for a new one if you need it.",
            group=found.group,
        )
    if found.expires <= tx.now:
        raise Stale(f"The invitation to group {found.group_name} has expired: ask for a new one.", group=found.group)
    return found


def accept(tx: Tx, token: str, account_id: PrincipalId) -> Invitation:
    """Make an account a member by the token that was mailed; it is good for nothing afterwards.

    Raises:
        Missing, Exists, Stale: as `find`; Exists, too, if the account is a member.
        Denied: the group is frozen.
        NotInPlan: the administrator's plan has no place left (S2).
    """
    found = find(tx, token)
    members.need_active(members.get(tx, found.group))
    tx.execute(_ANSWER, {"which": found.id, "word": str(Answer.ACCEPTED)})
    members.add(tx, found.group, account_id, invited=True)
    return found


def decline(tx: Tx, token: str) -> Invitation:
    """Answer no; errors as those of `find`."""
    found = find(tx, token)
    tx.execute(_ANSWER, {"which": found.id, "word": str(Answer.DECLINED)})
    journal.own(tx, found.group, ActKind.DECLINED)
    tx.tell(found.group)
    return found


def withdraw(tx: Tx, group_id: PrincipalId, address: str, *, by: PrincipalId | None = None) -> Invitation:
    """Take a pending invitation back.

    Raises:
        Denied: `by` does not manage the group.
        Missing: there is no such group, `by` is not in it, or no invitation to that address is pending.
    """
    found = members.get(tx, group_id)
    members.need_managing(tx, found, by)
    asked = _by_address(tx, group_id, address)
    if asked is None or asked.answer is not Answer.NONE or asked.expires <= tx.now:
        raise Missing(f"No invitation of {address} to group {found.name} is pending.", group=group_id)
    tx.execute(_ANSWER, {"which": asked.id, "word": str(Answer.WITHDRAWN)})
    journal.record(tx, found.space, ActKind.UNINVITED)
    tx.tell(group_id)
    return asked


def forget(tx: Tx, address: str) -> None:
    """Forget every invitation of an address, in its compared form: for when its owner is erased."""
    tx.execute(_FORGET, {"whose": address})


def sweep(tx: Tx) -> int:
    """Forget invitations that expired long ago; how many."""
    return tx.execute(_SWEEP, {"moment": tx.now - LASTS}).rowcount


def _letters_before(earlier: Invitation, now: int) -> int:
    """How many letters count that went to the address already; those of long ago do not."""
    return earlier.letters if now - earlier.created < LASTS else 0


def _by_address(tx: Tx, group_id: PrincipalId, address: str) -> Invitation | None:
    row = tx.execute(_BY_ADDRESS, {"group": group_id, "whose": address}).first()
    return None if row is None else _invitation(row)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.strip().encode("utf-8", "surrogatepass")).digest()


def _invitation(row: Row[*tuple[object, ...]]) -> Invitation:
    return Invitation(
        row.id, row.group_id, row.name, row.address, row.invited_by, row.created, row.expires, row.letters,
        Answer(row.answer),
    )  # fmt: skip
