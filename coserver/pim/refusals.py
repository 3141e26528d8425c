"""Why an event, task, contact or a new calendar is refused: each with the condition its standard names."""

from coserver.model.errors import Denied, Exists, Malformed, TooBig


class BadCalendar(Malformed):
    """The body is no iCalendar text (RFC 4791 5.3.2.1, valid-calendar-data)."""


class BadObject(Malformed):
    """iCalendar, but not one object as a calendar keeps them (RFC 4791 4.1, valid-calendar-object-resource)."""


class BadCard(Malformed):
    """The body is no vCard (RFC 6352 6.3.2.1, valid-address-data)."""


class WrongComponent(Denied):
    """The calendar does not take this kind of entry (RFC 4791 5.3.2.1, supported-calendar-component)."""


class TooOften(TooBig):
    """The entry recurs more often than can be served (RFC 4791 5.3.2.1, max-instances)."""


class UidTaken(Exists):
    """Another object of the collection has this UID (RFC 4791 5.3.2.1, RFC 6352 6.3.2.1, no-uid-conflict).

    Args:
        name: of the object that has it.
    """

    def __init__(self, text: str, *, name: str, **private: object) -> None:
        super().__init__(text, **private)
        self.name = name
