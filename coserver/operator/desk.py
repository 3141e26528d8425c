"""What an operator can have done: one table of verbs, used by the control socket and the command line.

Invariants: a verb acts at once and wholly or not at all; its answer is made of what JSON can hold;
a refusal is one of `coserver.model.errors` whose text says what to do; secrets are never logged.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from coserver.accounts import accounts
from coserver.accounts.house import House
from coserver.log import event
from coserver.model.act import Actor, Way
from coserver.model.errors import Malformed
from coserver.operator.arguments import Arguments
from coserver.operator.verbs import (
    account,
    address,
    domain,
    group,
    group_mail,
    joining,
    life,
    org_domain,
    organisation,
    outbox,
    plan,
    profile,
    rights,
    share,
    store,
)
from coserver.operator.verbs import log as log_verbs
from coserver.store import acting

log = logging.getLogger(__name__)

Verb = Callable[[House, Arguments], Any]

VERBS: Mapping[str, Verb] = {
    **domain.VERBS,
    **address.VERBS,
    **account.VERBS,
    **life.VERBS,
    **plan.VERBS,
    **profile.VERBS,
    **group.VERBS,
    **group_mail.VERBS,
    **organisation.VERBS,
    **org_domain.VERBS,
    **joining.VERBS,
    **rights.VERBS,
    **share.VERBS,
    **outbox.VERBS,
    **log_verbs.VERBS,
    **store.VERBS,
}
_LOGGED = (  # of the arguments
    "login", "domain", "by", "name", "owner", "group", "to", "tool", "preset", "plan", "key", "value",
)  # fmt: skip


def operate(house: House, verb: str, args: Mapping[str, Any]) -> Any:
    """Do what a verb says; its doc string tells the arguments.

    Raises:
        HouseError: it is refused. Malformed for a verb or an argument that there is not.
    """
    deed = VERBS.get(verb)
    if deed is None:
        raise Malformed(f"There is no command {verb!r}; there are: {', '.join(VERBS)}.")
    with acting.by(_actor(house, Arguments(args))):
        answer = deed(house, Arguments(args))
    event(log, "operated", verb=verb, **{name: args[name] for name in _LOGGED if name in args})
    return answer


def _actor(house: House, args: Arguments) -> Actor:
    """Whom the log names: the login `by`, for which something is asked; else the operator."""
    by = args.optional("by")
    if not by:
        return acting.OPERATOR
    with house.store.read() as tx:
        asker = accounts.lasting(tx, by)
    return Actor(asker.id, asker.login, Way.COMMAND)
