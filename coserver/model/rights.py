"""Rights as bits, the presets people see, and the proof that a right was shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag, StrEnum
from types import MappingProxyType

from coserver.model.ids import CollectionId, ItemId, PrincipalId


class Right(IntFlag):
    """What a principal may do with a collection and its items."""

    NOTHING = 0
    BUSY = 1
    READ = 2
    SEEN = 4
    ADD = 8
    EDIT_OWN = 16
    EDIT_ANY = 32
    DELETE_OWN = 64
    DELETE_ANY = 128
    POST = 256
    DROP = 512
    ADMINISTER = 1024


class Preset(StrEnum):
    """The only rights that people are shown."""

    NOTHING = "nothing"
    BUSY = "busy"
    READ = "read"
    CONTRIBUTE = "contribute"
    EDIT = "edit"
    MANAGE = "manage"
    DROP = "drop"


_READ = Right.BUSY | Right.READ
_CONTRIBUTE = _READ | Right.SEEN | Right.ADD | Right.EDIT_OWN | Right.DELETE_OWN | Right.POST
_EDIT = _CONTRIBUTE | Right.EDIT_ANY | Right.DELETE_ANY
ALL = _EDIT | Right.DROP | Right.ADMINISTER

PRESETS: Mapping[Preset, Right] = MappingProxyType(
    {
        Preset.NOTHING: Right.NOTHING,
        Preset.BUSY: Right.BUSY,
        Preset.READ: _READ,
        Preset.CONTRIBUTE: _CONTRIBUTE,
        Preset.EDIT: _EDIT,
        Preset.MANAGE: ALL,
        Preset.DROP: Right.DROP,
    }
)
NO_EXCEPTIONS: Mapping[ItemId, Right] = MappingProxyType({})


class Privacy(IntEnum):
    """How far an item is withheld from those who only inherit rights on it (the CLASS of RFC 5545 3.8.1.3)."""

    OPEN = 0
    CONFIDENTIAL = 1
    PRIVATE = 2


@dataclass(frozen=True, slots=True)
class Grant:
    """Proof that `who` holds `rights` on `collection` in the running tx; made by groups.rights only.

    `who` is None for deliveries and other acts of the house itself. `exceptions` are the items of the
    collection on which other rights are held: private ones, and ones that were shared by themselves.
    """

    who: PrincipalId | None
    collection: CollectionId
    rights: Right
    exceptions: Mapping[ItemId, Right] = field(default_factory=lambda: NO_EXCEPTIONS)

    def on(self, item: ItemId) -> Right:
        """What is held on one item of the collection."""
        return self.exceptions.get(item, self.rights)
