"""What can go wrong, said once; every edge speaks these words in its own protocol.

The public text may be shown to anyone who caused the error. `private` fields go to the log only.
An error that is not a `HouseError` is our own fault.
"""


class HouseError(Exception):
    """Base of every error that somebody outside can cause.

    Args:
        text: one sentence for a person: what is wrong and, where there is one, the next step.
        private: fields for the log, never sent.
    """

    def __init__(self, text: str, **private: object) -> None:
        super().__init__(text)
        self.text = text
        self.private = private


class Malformed(HouseError):
    """The bytes do not follow the grammar or the rules of the format."""


class Unknown(HouseError):
    """The login is not known, or the password is wrong: never told apart."""


class Denied(HouseError):
    """The principal does not hold the right."""


class NotInPlan(HouseError):
    """The subscription lacks the feature, or its count is used up."""


class Missing(HouseError):
    """There is no such thing, or it may not be known to be there."""


class Exists(HouseError):
    """The name is taken."""


class Stale(HouseError):
    """A condition of the request does not hold any more."""


class Locked(HouseError):
    """Somebody else holds a lock."""


class NoRoom(HouseError):
    """The capacity of the space is used up.

    Args:
        text: see `HouseError`.
        lasting: it has been exceeded for so long that there is no use in trying again.
        private: see `HouseError`.
    """

    def __init__(self, text: str, *, lasting: bool = False, **private: object) -> None:
        super().__init__(text, **private)
        self.lasting = lasting


class TooBig(HouseError):
    """One thing is larger than may be sent."""


class Busy(HouseError):
    """Not now: the same request may succeed later, nothing was kept of it."""


class Unusable(HouseError):
    """The house cannot live on this data folder or with this configuration; the text says what to do."""
