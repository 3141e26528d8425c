"""Time zones as iCalendar defines them: a VTIMEZONE out of the system's own list of zones (RFC 5545 3.6.5).

Invariant: within the years it knows a definition has the offsets of the zone at each second; what comes back every
year on the same day of a week is told as a rule, which goes on for ever, the rest date by date. Onsets are told on the
walls of the time before, as the RFC has it; the libraries that write definitions are an hour off there.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from coserver.pim import lines

_FIRST, _LAST = 2008, 2040  # years that a definition knows
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Onsets that are alike but for their year and day."""

    before: timedelta
    after: timedelta
    name: str
    summer: bool
    month: int
    weekday: int
    time: str


@lru_cache(maxsize=100)
def defined(zone: str) -> str:
    """The VTIMEZONE of a zone, in whole lines."""
    of = ZoneInfo(zone)
    begin = datetime(_FIRST, 1, 1, tzinfo=UTC)
    kinds: dict[_Kind, list[datetime]] = defaultdict(list)
    for onset in _onsets(of, begin, datetime(_LAST + 1, 1, 1, tzinfo=UTC)):
        kind, wall = _kind(of, onset)
        kinds[kind].append(wall)
    there = begin.astimezone(of)
    parts = [_part(_offset(there), _offset(there), there.tzname() or "", datetime(1970, 1, 1), [], summer=False)]  # noqa: DTZ001
    for kind, walls in kinds.items():
        parts.append(_part(kind.before, kind.after, kind.name, walls[0], _again(kind, walls), summer=kind.summer))
    told = ["BEGIN:VTIMEZONE", f"TZID:{zone}", *(line for part in parts for line in part), "END:VTIMEZONE"]
    return b"".join(lines.folded(line) for line in told).decode()


def _onsets(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which the offset becomes another, looked for day by day."""
    while begin < end:
        after = begin + timedelta(days=1)
        if begin.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _between(zone, begin, after)
        begin = after


def _between(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The first second of the offset that `late` has."""
    wanted = late.astimezone(zone).utcoffset()
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == wanted:
            late = middle
        else:
            early = middle
    return late


def _kind(zone: ZoneInfo, onset: datetime) -> tuple[_Kind, datetime]:
    """What an onset is like, and when it is on the walls of the time before."""
    before, after = (onset - _SECOND).astimezone(zone), onset.astimezone(zone)
    wall = (onset + _offset(before)).replace(tzinfo=None)
    summer = bool(after.dst())
    kind = _Kind(
        _offset(before), _offset(after), after.tzname() or "", summer, wall.month, wall.weekday(), f"{wall:%H%M%S}"
    )
    return kind, wall


def _again(kind: _Kind, walls: list[datetime]) -> list[str]:
    """When else after the first time: by a rule where it is the same day of a week each year."""
    weeks = {(wall.day - 1) // 7 + 1 for wall in walls}
    last = all(wall.day + 7 > calendar.monthrange(wall.year, wall.month)[1] for wall in walls)
    yearly = [wall.year for wall in walls] == list(range(walls[0].year, _LAST + 1))
    if yearly and len(walls) > 1 and (last or len(weeks) == 1):
        which = -1 if last else weeks.pop()
        return [f"RRULE:FREQ=YEARLY;BYMONTH={kind.month};BYDAY={which}{_DAYS[kind.weekday]}"]
    return [f"RDATE:{wall:%Y%m%dT%H%M%S}" for wall in walls[1:]]


def _part(
    before: timedelta, after: timedelta, name: str, first: datetime, again: list[str], *, summer: bool
) -> list[str]:  # fmt: skip
    kind = "DAYLIGHT" if summer else "STANDARD"
    offsets = [f"TZOFFSETFROM:{_told(before)}", f"TZOFFSETTO:{_told(after)}"]
    return [f"BEGIN:{kind}", f"DTSTART:{first:%Y%m%dT%H%M%S}", *again, *offsets, f"TZNAME:{name}", f"END:{kind}"]


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _told(offset: timedelta) -> str:
    """As RFC 5545 3.3.14 writes it."""
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
