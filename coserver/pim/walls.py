"""The zone on whose walls an account reads and types times, as it chose, or as one of its programs told it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from coserver.pim import contact, definitions, lines


@dataclass(frozen=True, slots=True)
class Wall:
    """A zone, by its name and by the VTIMEZONE that defines it; UTC needs none."""

    name: str = "UTC"
    definition: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone."""
        return ZoneInfo(self.name)


def named(zone: str) -> Wall:
    """A zone that everybody knows, with a definition of ours."""
    return Wall() if zone == "UTC" else Wall(zone, definitions.defined(zone))


def of(calendar_timezone: str) -> Wall:
    """The zone of CALDAV:calendar-timezone (RFC 4791 5.2.2); UTC where that is none that everybody knows."""
    whole = contact.pieces(calendar_timezone.encode())
    told = lines.parse(calendar_timezone.encode())
    for part in told.parts if told else ():
        names = part.values("TZID")
        if part.name == "VTIMEZONE" and names and names[0] in available_timezones():
            start = next((at for at, piece in enumerate(whole) if lines.says(piece, "BEGIN", "VTIMEZONE")), None)
            end = next((at for at, piece in enumerate(whole) if lines.says(piece, "END", "VTIMEZONE")), None)
            if start is not None and end is not None:
                return Wall(names[0], "".join(f"{piece.rstrip()}\r\n" for piece in whole[start : end + 1]))
    return Wall()
