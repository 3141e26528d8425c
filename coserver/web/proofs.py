"""What a typed password shows, for pages that ask for it once more."""

from coserver.model.errors import Denied, HouseError, Malformed, Unknown
from coserver.model.principal import State, Who
from coserver.web.visit import Visit

Proof = Who | HouseError


def need_self(visit: Visit, proof: Proof) -> None:
    """The present password, of this account; a refusal of another kind is told as it is."""
    if isinstance(proof, HouseError) and not isinstance(proof, Unknown):
        raise proof
    if not isinstance(proof, Who) or proof.account != visit.who.account:
        raise Malformed("The present password is wrong.")


def is_in_state(proof: Proof, state: State) -> bool:
    """Whether the password was right, and the account is not served because of that state."""
    return isinstance(proof, Denied) and proof.private.get("state") is state
