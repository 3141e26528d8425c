"""Rights as bits, the presets people see, and the proof that a right was shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from types import MappingProxyType

from coserver.model.ids import CollectionId, PrincipalId


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
    }
)


@dataclass(frozen=True, slots=True)
class Grant:
    """Proof that `who` holds `rights` on `collection` in the running tx; made by groups.rights only.

    `who` is None for deliveries and other acts of the house itself.
    """

    who: PrincipalId | None
    collection: CollectionId
    rights: Right
