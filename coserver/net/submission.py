"""Mail that an edge has been given to send, and what sends it: the same conduct as on the submission port."""

from collections.abc import Callable
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred

from coserver.model.principal import Who


@dataclass(frozen=True, slots=True)
class Submission:
    """A message with its envelope: who sends it from which address (`peer`), under which of his own, to whom."""

    who: Who
    peer: str
    sender: str
    recipients: tuple[str, ...]
    data: bytes = field(repr=False)


Submit = Callable[[Submission], "Deferred[None]"]
"""Fires once all of it is kept or queued for all recipients; fails with a HouseError where it is for none."""
