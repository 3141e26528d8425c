"""Claims of organisations to domains: each is proved by a record that only who holds the domain can set.

The proof is a TXT record under ``_coserver-challenge`` of the domain: a name of its own, so that it stands apart from
what the domain says of itself, and with an underscore, so that no host bears it and nobody is given it who is given a
host in the domain. Its text is made for one organisation and one domain, and says nothing to anybody else.

Invariants: a claim is not a domain and gives no right; several organisations may claim one name, and the first whose
record is seen has it; claims are few, and end after a time. Whether the name is under somebody else's is not asked:
who can set the record has been given that part of the tree.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from coserver.mail import domains
from coserver.mail.domains import Domain
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.store.schema.mail import domain_claim
from coserver.store.tx import Tx

MOST = 20  # claims of one organisation at a time
LASTS = 14 * 86_400_000  # milliseconds

_LABEL, _SAYS = "_coserver-challenge", "coserver-verification="
_claim = domain_claim.c
_ROWS = select(_claim.organisation_id, _claim.name, _claim.proof, _claim.created)
_of = _claim.organisation_id == bindparam("organisation")
_FIND = _ROWS.where(_of, _claim.name == bindparam("host"))
_OF = _ROWS.where(_of).order_by(_claim.name)
_DUE = _ROWS.where(_claim.asked <= bindparam("before")).order_by(_claim.asked, _claim.name).limit(bindparam("most"))
_COUNT = select(func.count()).select_from(domain_claim).where(_of)
_ADD = insert(domain_claim)
_ASKED = update(domain_claim).where(_of, _claim.name == bindparam("host")).values(asked=bindparam("moment"))
_REMOVE = delete(domain_claim).where(_of, _claim.name == bindparam("host"))
_FORGET = delete(domain_claim).where(_claim.name == bindparam("host"))
_SWEEP = delete(domain_claim).where(_claim.created <= bindparam("before"))


@dataclass(frozen=True, slots=True)
class Claim:
    """What an organisation claims; `proof` is the text its record has to say, `created` in milliseconds."""

    organisation: PrincipalId
    name: str
    proof: str = field(repr=False)
    created: int

    @property
    def place(self) -> str:
        """Under which name the record has to stand."""
        return f"{_LABEL}.{self.name}"

    @property
    def until(self) -> int:
        """When it ends if it is not proved, in milliseconds."""
        return self.created + LASTS

    def holds(self, texts: Sequence[str]) -> bool:
        """Whether one of these TXT records proves it; the text is public once it stands there."""
        return any(text.strip() == self.proof for text in texts)


def add(tx: Tx, organisation: PrincipalId, name: str) -> Claim:
    """Claim a domain; the same claim again if it is there already.

    Raises:
        Malformed: it is no name of a domain, or a single word.
        Exists: it is ours already, or was removed lately.
        Denied: the organisation has as many claims as it may.
    """
    kept = domains.normal(name)
    if "." not in kept or kept.rpartition(".")[2].isdigit():
        raise Malformed(f"{name!r} is not the name of a domain such as example.org.")
    domains.need_free(tx, kept)
    row = tx.execute(_FIND, {"organisation": organisation, "host": kept}).first()
    if row is not None:
        return _made(row)
    if tx.execute(_COUNT, {"organisation": organisation}).scalar_one() >= MOST:
        raise Denied(f"There are {MOST} claims that are not proved: prove some, or withdraw them, first.")
    proof = f"{_SAYS}{secrets.token_hex(20)}"
    row_ = {"organisation_id": organisation, "name": kept, "proof": proof, "created": tx.now, "asked": 0}
    tx.execute(_ADD, row_)
    return Claim(organisation, kept, proof, tx.now)


def find(tx: Tx, organisation: PrincipalId, name: str) -> Claim:
    """What an organisation claims under that name; Missing if it does not."""
    row = tx.execute(_FIND, {"organisation": organisation, "host": domains.normal(name)}).first()
    if row is None:
        raise Missing(f"{name!r} is not claimed: `coserver org domain add` begins that.", domain=name)
    return _made(row)


def of(tx: Tx, organisation: PrincipalId) -> list[Claim]:
    """What an organisation claims, by name."""
    return [_made(row) for row in tx.execute(_OF, {"organisation": organisation})]


def due(tx: Tx, *, before: int, most: int) -> list[Claim]:
    """Claims whose record was not looked for since then, those first that wait longest."""
    return [_made(row) for row in tx.execute(_DUE, {"before": before, "most": most})]


def asked(tx: Tx, claim: Claim) -> None:
    """Note that the record of a claim was looked for now."""
    tx.execute(_ASKED, {"organisation": claim.organisation, "host": claim.name, "moment": tx.now})


def settle(tx: Tx, claim: Claim) -> Domain:
    """Make a domain of a claim whose record was seen; the claims of others to it end.

    Raises:
        Missing: the claim was withdrawn meanwhile, or is another by now.
        Exists: somebody else was first.
    """
    if find(tx, claim.organisation, claim.name) != claim:
        raise Missing(f"{claim.name} is claimed anew: set the record that it has now.", domain=claim.name)
    made = domains.add(tx, claim.name, organisation=claim.organisation)
    tx.execute(_FORGET, {"host": claim.name})
    return made


def withdraw(tx: Tx, organisation: PrincipalId, name: str) -> None:
    """Claim a domain no more; Missing if it is not claimed."""
    find(tx, organisation, name)
    tx.execute(_REMOVE, {"organisation": organisation, "host": domains.normal(name)})


def sweep(tx: Tx) -> int:
    """Forget the claims that were not proved in time; how many."""
    return tx.execute(_SWEEP, {"before": tx.now - LASTS}).rowcount


def _made(row: Row[*tuple[object, ...]]) -> Claim:
    return Claim(PrincipalId(row.organisation_id), row.name, row.proof, row.created)
