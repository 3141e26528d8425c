"""Whatever happens to rights, shares, privacy and entries: who synchronises ends where who looks anew begins (R15)."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from coserver.model.errors import HouseError
from coserver.model.rights import Preset
from coserver.model.space import Tool

_HIDE = sa.text("UPDATE account SET hides_private = 1 - hides_private WHERE id = :account")
_PRESETS = (Preset.BUSY, Preset.READ, Preset.CONTRIBUTE, Preset.EDIT, Preset.MANAGE)
_NAMES = tuple(f"{letter}.ics" for letter in "abcd")
_CLASSES = ("", "CLASS:PUBLIC\r\n", "CLASS:CONFIDENTIAL\r\n", "CLASS:PRIVATE\r\n", "TRANSP:TRANSPARENT\r\n")
STEPS = 30


def event(uid: str, more: str, number: int) -> str:
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART:20260102T100000Z\r\nSUMMARY:Words {number}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@dataclass
class Mirror:
    """What a client has copied of everything others share with it: segment -> token, and name -> ETag."""

    client: Any
    tokens: dict[str, str] = field(default_factory=dict)
    copies: dict[str, dict[str, str]] = field(default_factory=dict)

    def segments(self) -> set[str]:
        return {name for name in self.client.names("") if name.startswith(("shared-", "group-"))}

    def synchronise(self) -> None:
        there = self.segments()
        for segment in [each for each in self.copies if each not in there]:
            assert self.client.propfind(segment, "D:getetag").status == 404
            del self.copies[segment], self.tokens[segment]
        for segment in there:
            self._follow(segment)

    def _follow(self, segment: str) -> None:
        body = f"<D:sync-token>{self.tokens.get(segment, '')}</D:sync-token><D:prop><D:getetag/></D:prop>"
        found = self.client.report(segment, "D:sync-collection", body)
        copy = self.copies.setdefault(segment, {})
        for href in found.responses:
            name, etag = unquote(href).rpartition("/")[2], found.value(href, "D:getetag")
            if etag is None:
                copy.pop(name, None)
            else:
                copy[name] = etag.text
        self.tokens[segment] = found.tree.findtext("{DAV:}sync-token")

    def looked_at(self) -> dict[str, dict[str, str]]:
        seen: dict[str, dict[str, str]] = {}
        for segment in self.segments():
            found = self.client.propfind(segment, "D:getetag", depth="1")
            told = {unquote(href).rpartition("/")[2]: found.value(href, "D:getetag") for href in found.responses}
            seen[segment] = {name: etag.text for name, etag in told.items() if name}
        return seen


class Life:
    """Alice, her groups with bob and carol, and what may happen to them."""

    def __init__(self, estate: Any, seed: int) -> None:
        self.estate = estate
        self.chance = random.Random(seed)  # noqa: S311 - the same deeds each time
        self.alice, self.bob, self.carol = (estate.client(name) for name in ("alice", "bob", "carol"))
        self.groups = [
            estate.group("first", self.carol, self.alice, self.bob),
            estate.group("second", self.alice, self.carol),
        ]
        self.number = 0

    def step(self) -> None:
        deeds: list[Callable[[], object]] = [
            self.put, self.put, self.put, self.delete, self.share, self.share, self.unshare, self.unshare, self.hide,
            self.come, self.go, self.give,
        ]  # fmt: skip
        try:
            self.chance.choice(deeds)()
        except HouseError:
            return  # it cannot be done as things stand

    def put(self) -> None:
        self.number += 1
        who, name = self.chance.choice((self.alice, self.bob)), self.chance.choice(_NAMES)
        segment = (
            "calendar" if who is self.alice else self.chance.choice(sorted(Mirror(who).segments()) or ["calendar"])
        )
        who.put(f"{segment}/{name}", event(name, self.chance.choice(_CLASSES), self.number))

    def delete(self) -> None:
        self.alice.ask("DELETE", f"calendar/{self.chance.choice(_NAMES)}")

    def share(self) -> None:
        self.estate.share(*self._what(), self.chance.choice(_PRESETS), of=self.alice, to=self._whom())

    def unshare(self) -> None:
        self.estate.unshare(*self._what(), of=self.alice, to=self._whom())

    def hide(self) -> None:
        self.estate.store.write(lambda tx: tx.execute(_HIDE, {"account": self.alice.account.id}))

    def come(self) -> None:
        self.estate.join(self.chance.choice(self.groups), self.bob)

    def go(self) -> None:
        self.estate.leave(self.chance.choice(self.groups), self.bob)

    def give(self) -> None:
        preset = self.chance.choice((Preset.CONTRIBUTE, Preset.EDIT, Preset.READ))
        self.estate.give(self.chance.choice(self.groups), self.bob, Tool.CALENDAR, preset)

    def _what(self) -> tuple[Any, str]:
        path = self.chance.choice(("calendar", *(f"calendar/{name}" for name in _NAMES)))
        there = "/" not in path or path.partition("/")[2] in self.alice.names("calendar/")
        return self.chance.choice(self.groups), path if there else "calendar"

    def _whom(self) -> Any:
        return self.chance.choice((self.bob, None))


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, id=f"machine-{seed}") for seed in range(3, 8))])
def test_sync_when_things_change_at_random_then_it_agrees_with_a_new_look(estate: Any, seed: int) -> None:
    """R13 R15 R17 R55"""
    life = Life(estate, seed)
    mirror = Mirror(life.bob)
    for _ in range(STEPS):
        life.step()
        if life.chance.random() < 0.7:
            mirror.synchronise()
            assert mirror.copies == mirror.looked_at()
    assert life.number
